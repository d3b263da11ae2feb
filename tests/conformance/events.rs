//! Every sample event is what API Gateway sends, and is answered as its answer file says.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::logs::line_of;
use crate::run::{
    Case, Outcome, RUN, cases_of, functions, json_in, listeners, names_in, stack, steps, text_of,
};

/// What stands for a token in the cookies of an answer file.
const TOKEN: &str = "<token>";

#[test]
fn every_event_is_answered_as_its_answer_file_says() {
    let wrong: Vec<String> = RUN
        .outcomes
        .iter()
        .filter_map(|outcome| {
            let found = differences(outcome);
            (!found.is_empty()).then(|| {
                let body = body(&outcome.response);
                format!("{}: {found:#?}\n  in {body}", outcome.case.label())
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a function is told leaves a line that says what came of it, and in the tables what its answer file
/// lists.
#[test]
fn every_event_that_is_told_leaves_what_its_answer_file_says() {
    let mut found = Vec::new();
    for outcome in &RUN.heard {
        let label = outcome.case.label();
        assert_eq!(outcome.response, Value::Null, "{label}");
        let (expected, line) = (&outcome.case.answer, line_of(&outcome.case));
        let mut compare = |what: &str, expected: &Value, actual: &Value| {
            compare_listed(&format!("{label}: {what}"), expected, actual, &mut found);
        };
        compare("outcome", &expected["outcome"], &line["outcome"]);
        for (table, items) in expected["left"].as_object().unwrap() {
            compare(table, items, &json!(outcome.left[table]));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let told: BTreeSet<&str> = RUN
        .heard
        .iter()
        .map(|told| told.case.step.as_str())
        .collect();
    assert_eq!(told, listeners().iter().map(String::as_str).collect());
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
fn every_step_has_a_success_and_every_event_an_answer() {
    assert_eq!(
        functions(),
        names_in("events")
            .into_iter()
            .filter(|name| !name.contains('.'))
            .collect(),
        "functions/ (left) and events/ (right)"
    );
    for step in functions() {
        let events = json_in(format!("events/{step}"));
        assert!(
            events.contains("success") || listeners().contains(&step),
            "{step} has no success.json"
        );
        assert_eq!(events, json_in(format!("events/{step}/answer")), "{step}");
        let states = json_in(format!("events/{step}/state"));
        assert!(
            states.is_subset(&events),
            "{step}: states without an event: {:?}",
            states.difference(&events)
        );
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
        let (method, path) = route.split_once(' ').unwrap();
        assert_eq!(
            keys(event)
                .filter(|key| !matches!(*key, "body" | "cookies"))
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
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(case.millis()) * 1_000_000)
            .unwrap();
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
        assert_eq!(event["rawPath"], path, "{label}");
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
fn every_file_is_indented_by_two_spaces_and_ends_with_a_line() {
    for step in functions() {
        for folder in [
            format!("events/{step}"),
            format!("events/{step}/state"),
            format!("events/{step}/answer"),
        ] {
            for name in json_in(&folder) {
                let text = text_of(format!("{folder}/{name}.json"));
                let tidy = text.starts_with("{\n  \"")
                    && text.ends_with("\n}\n")
                    && !text.contains('\t')
                    && text
                        .lines()
                        .all(|line| line.len().wrapping_sub(line.trim_start().len()) % 2 == 0);
                assert!(tidy, "{folder}/{name}.json");
            }
        }
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

/// What of an outcome is not as its answer file says.
fn differences(outcome: &Outcome) -> Vec<String> {
    let (expected, response) = (&outcome.case.answer, &outcome.response);
    let mut found = Vec::new();
    let mut compare = |what: &str, expected: &Value, actual: &Value| {
        compare_listed(what, expected, actual, &mut found);
    };
    compare("status", &expected["status"], &response["statusCode"]);
    compare("body", &expected["body"], &body(response));
    let retry_after = headers(response)
        .get("retry-after")
        .and_then(Value::as_str)
        .map(|seconds| seconds.parse::<u64>().unwrap());
    compare("retryAfter", &expected["retryAfter"], &json!(retry_after));
    let cookies: Vec<String> = cookies(response)
        .into_iter()
        .map(with_token_hidden)
        .collect();
    compare("cookies", &expected["cookies"], &json!(cookies));
    let mails = serde_json::to_value(&outcome.mails).unwrap();
    compare("mails", &expected["mails"], &mails);
    found
}

/// Compares what is listed: of objects the members that the answer file has, of lists every element.
fn compare_listed(what: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(members), Value::Object(_)) => {
            for (name, value) in members {
                let actual = actual.get(name).unwrap_or(&Value::Null);
                compare_listed(&format!("{what}.{name}"), value, actual, found);
            }
        }
        (Value::Array(wanted), Value::Array(got)) if wanted.len() == got.len() => {
            for (index, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                compare_listed(&format!("{what}[{index}]"), wanted, got, found);
            }
        }
        _ if expected == actual => {}
        _ => found.push(format!("{what} is {actual}, not {expected}")),
    }
}

/// Puts [`TOKEN`] into the place of a token that is one.
fn with_token_hidden(cookie: &str) -> String {
    let (name, rest) = cookie.split_once('=').unwrap();
    let (value, attributes) = rest.split_once(';').unwrap();
    let token = value.len() == 43
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let value = if token { TOKEN } else { value };
    format!("{name}={value};{attributes}")
}
