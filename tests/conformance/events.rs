//! Every sample event is what API Gateway sends, and is answered as its case says.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use local::cases::{Came, Case, Events};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::logs::line_of;
use crate::run::{RUN, cases_of, functions, listeners, root, stack, steps, text_of};

/// When every request comes: 2026-11-22 01:10:00 UTC.
const EVERY_EVENT_MS: i64 = 1_795_309_800_000;

#[test]
fn every_event_is_answered_as_its_case_says() {
    let answered = RUN.outcomes.iter().map(|outcome| (outcome, Value::Null));
    let told = RUN.heard.iter();
    let told = told.map(|outcome| (outcome, line_of(&outcome.case)["outcome"].clone()));
    let wrong: Vec<String> = answered
        .chain(told)
        .filter_map(|(outcome, told)| {
            let found = outcome.case.differences(&Came {
                response: &outcome.response,
                mails: &outcome.mails,
                outcome: &told,
                left: &outcome.left,
            });
            (!found.is_empty()).then(|| {
                let label = outcome.case.label();
                format!("{label}: {found:#?}\n  in {}", outcome.response)
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let told: BTreeSet<String> = RUN
        .heard
        .iter()
        .map(|told| told.case.step.clone())
        .collect();
    assert_eq!(told, listeners());
}

#[test]
fn every_event_that_is_told_is_named_after_what_comes_of_it_and_fits_its_rule() {
    for case in RUN.heard.iter().map(|told| &told.case) {
        let label = case.label();
        let outcome = case.answer["outcome"].as_str().unwrap();
        let rest = case.name.strip_prefix(outcome);
        assert!(
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
            "{label} comes to {outcome}"
        );
        assert_eq!(case.event["version"], "0", "{label}");
        assert_eq!(case.event["source"], "aws.ses", "{label}");
        let stack = tokio::runtime::Runtime::new()
            .unwrap()
            .block_on(async { stack().await });
        assert_eq!(stack.told(&case.event), [case.step.as_str()], "{label}");
    }
}

#[test]
fn every_function_has_events_and_every_step_begins_with_its_success() {
    let events = Events::at(root().join("events"));
    let with_events: BTreeSet<String> = events.steps().unwrap().into_iter().collect();
    assert_eq!(
        functions(),
        with_events,
        "functions/ (left) and events/ (right)"
    );
    for step in steps() {
        assert_eq!(cases_of(&step)[0].name, "success", "{step}");
    }
}

#[test]
fn every_case_says_what_it_shows_in_a_sentence_of_its_own() {
    for step in functions() {
        let mut meanings = BTreeSet::new();
        for case in cases_of(&step) {
            let (label, meaning) = (case.label(), case.meaning);
            let is_sentence = meaning.starts_with(|c: char| !c.is_ascii_lowercase())
                && meaning.ends_with('.')
                && !meaning.contains('\n');
            assert!(is_sentence, "{label}: {meaning}");
            // Of several requests each has its own refusals, which mean the same.
            let first = meanings.insert((meaning.clone(), case.answer["status"].to_string()));
            let is_shared = case.name.ends_with("-begin");
            assert!(
                first || is_shared,
                "{label} means what another case means: {meaning}"
            );
        }
    }
}

#[test]
fn an_event_is_named_after_its_answer() {
    for case in all_cases() {
        let expected = case.problem().unwrap_or("success");
        let rest = case.name.strip_prefix(expected);
        assert!(
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
            "{} is answered with {expected}",
            case.label()
        );
        let keys: BTreeSet<&str> = keys(&case.answer).collect();
        let known = BTreeSet::from([
            "status",
            "retryAfter",
            "body",
            "cookies",
            "mails",
            "audited",
        ]);
        assert!(keys.is_subset(&known), "{}: {keys:?}", case.label());
    }
}

#[test]
fn every_event_is_one_of_payload_format_2_0_in_all_fields() {
    let routes: BTreeMap<String, String> = tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(async { stack().await.routes() })
        .into_iter()
        .map(|(route, step)| (step, route))
        .collect();
    let mut requests = BTreeSet::new();
    for case in all_cases() {
        let label = case.label();
        assert!(
            requests.insert(case.request().to_owned()),
            "{label}: another event has this request id"
        );
        assert_eq!(case.request().len(), 16, "{label}");
        let event = &case.event;
        let context = &event["requestContext"];
        let route = event["routeKey"].as_str().unwrap();
        assert_eq!(route, routes[&case.step], "{label}");
        let (method, pattern) = route.split_once(' ').unwrap();
        let variables = event["pathParameters"].as_object();
        let path = &variables
            .into_iter()
            .flatten()
            .fold(pattern.to_owned(), |path, (name, value)| {
                path.replace(&format!("{{{name}}}"), value.as_str().unwrap())
            });
        assert_eq!(variables.is_some(), pattern.contains('{'), "{label}");
        assert_eq!(
            keys(event)
                .filter(|key| !matches!(*key, "body" | "cookies" | "pathParameters"))
                .collect::<BTreeSet<_>>(),
            BTreeSet::from([
                "headers",
                "isBase64Encoded",
                "rawPath",
                "rawQueryString",
                "requestContext",
                "routeKey",
                "version"
            ]),
            "{label}"
        );
        let at = OffsetDateTime::from_unix_timestamp_nanos(
            i128::from(case.at_ms().unwrap()) * 1_000_000,
        )
        .unwrap();
        assert_eq!(
            case.at_ms(),
            Some(EVERY_EVENT_MS),
            "{label}: the cases of every-step.yaml count on this time"
        );
        let written =
            format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
        let headers = &event["headers"];
        let (viewer, edge) = headers["x-forwarded-for"]
            .as_str()
            .and_then(|forwarded| forwarded.split_once(", "))
            .unwrap();
        let told = headers["cloudfront-viewer-address"].as_str().unwrap();
        assert_eq!(told.rsplit_once(':').unwrap().0, viewer, "{label}");
        assert_eq!(event["version"], "2.0", "{label}");
        assert_eq!(event["rawPath"], *path, "{label}");
        assert_eq!(
            *context,
            json!({
                "accountId": "123456789012",
                "apiId": "a1b2c3d4e5",
                "domainName": "a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com",
                "domainPrefix": "a1b2c3d4e5",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": edge,
                    "userAgent": headers["user-agent"],
                },
                "requestId": case.request(),
                "routeKey": route,
                "stage": "$default",
                "time": at.format(written).unwrap(),
                "timeEpoch": context["timeEpoch"],
            }),
            "{label}"
        );
        assert_eq!(headers["host"], context["domainName"], "{label}");
        let length = request_body(event).map_or(0, |body| body.len());
        assert_eq!(headers["content-length"], length.to_string(), "{label}");
        assert!(
            keys(headers).all(|name| name != "cookie" && name == name.to_lowercase()),
            "{label}: API Gateway gives cookies a field of their own and names in lower case"
        );
        assert!(
            event["cookies"] != json!([]),
            "{label}: without cookies there is no such field"
        );
    }
}

#[test]
fn the_variables_for_other_tools_name_the_tables_of_the_local_stack() {
    let stack = tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(async { stack().await });
    let mut expected: BTreeMap<String, String> = stack
        .functions()
        .iter()
        .flat_map(|function| stack.environment(function))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    for service in ["DYNAMODB", "SESV2"] {
        expected.insert(
            format!("AWS_ENDPOINT_URL_{service}"),
            "http://127.0.0.1:8000".to_owned(),
        );
    }
    let of_sam: Value = serde_json::from_str(&text_of("events/env.json")).unwrap();
    assert_eq!(of_sam["Parameters"], json!(expected));

    // Operators' commands ask who they are.
    expected.insert(
        "AWS_ENDPOINT_URL_STS".to_owned(),
        "http://127.0.0.1:8000".to_owned(),
    );
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        expected.insert(name.to_owned(), "local".to_owned());
    }
    expected.insert("AWS_REGION".to_owned(), "ap-northeast-1".to_owned());
    let text = text_of("events/local.env");
    let of_shell: BTreeMap<String, String> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(of_shell, expected);
}

/// Every case of every step.
pub(crate) fn all_cases() -> Vec<Case> {
    steps().iter().flat_map(|step| cases_of(step)).collect()
}

/// The body of an event, decoded.
pub(crate) fn request_body(event: &Value) -> Option<Vec<u8>> {
    let body = event.get("body")?.as_str().unwrap();
    Some(if event["isBase64Encoded"] == true {
        STANDARD.decode(body).unwrap()
    } else {
        body.as_bytes().to_vec()
    })
}

/// The body of a response as JSON; null when there is none.
pub(crate) fn body(response: &Value) -> Value {
    assert_ne!(response["isBase64Encoded"], true, "our bodies are text");
    match response["body"].as_str() {
        None | Some("") => Value::Null,
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {text}")),
    }
}

/// The headers of a response.
pub(crate) fn headers(response: &Value) -> &Map<String, Value> {
    response["headers"].as_object().unwrap()
}

/// The cookies that a response sets.
pub(crate) fn cookies(response: &Value) -> Vec<&str> {
    response["cookies"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|cookie| cookie.as_str().unwrap())
        .collect()
}

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_object()
        .into_iter()
        .flat_map(|map| map.keys().map(String::as_str))
}
