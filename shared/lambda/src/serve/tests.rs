//! What the edge does with a request, seen by a step that gives back what it was given.

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::UserId;
use serde_json::{Value, json};

use super::*;
use crate::Form;

/// A step that gives back the user ID it was given.
struct Echo;

impl Part for Echo {
    fn ready(_: &Means<'_>) -> Result<Self, ConfigError> {
        Ok(Self)
    }
}

struct EchoRequest(UserId);

impl FromForm for EchoRequest {
    fn from_form(form: &mut Form) -> Option<Self> {
        form.required("userId", UserId::parse).map(Self)
    }
}

impl Step for Echo {
    const NAME: &'static str = "echo";
    type Request = EchoRequest;
    type Response = Value;

    async fn handle(
        &self,
        _: &Call,
        _: &mut Notes,
        request: EchoRequest,
    ) -> Result<Answer<Value>, Problem> {
        Ok(Answer::ok(json!({ "userId": request.0.as_typed() })))
    }
}

const TARO: &[u8] = br#"{"userId":"taro"}"#;
const JSON: (&str, &str) = ("content-type", "application/json");
const KEY: (&str, &str) = ("x-origin-key", "in-use");

/// An event that came through the distribution.
pub(super) fn event(headers: &[(&str, &str)], body: &[u8]) -> GatewayEvent {
    direct_event(&[headers, &[KEY]].concat(), body)
}

fn direct_event(headers: &[(&str, &str)], body: &[u8]) -> GatewayEvent {
    let headers: serde_json::Map<String, Value> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let (body, is_base64) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (BASE64_STANDARD.encode(body), true),
    };
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /api/echo",
        "rawPath": "/api/echo",
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "http": {
                "method": "POST",
                "path": "/api/echo",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "requestId": "id",
            "routeKey": "POST /api/echo",
            "stage": "$default",
            "timeEpoch": 1_795_312_800_000_i64,
        },
        "body": body,
        "isBase64Encoded": is_base64,
    });
    serde_json::from_value(event).expect("an event")
}

fn telemetry() -> Telemetry {
    Telemetry::new(&Env::from_lookup(|_| None), mail::Tally::default())
}

async fn answer(headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
    answer_to(event(headers, body)).await
}

pub(super) async fn answer_to(event: GatewayEvent) -> (u16, Value) {
    let site = Site::new(None, "in-use,before");
    let response = respond(&Echo, &site, &telemetry(), event)
        .await
        .expect("a response");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let body = serde_json::from_str(response.body().as_deref().unwrap_or_default()).expect("JSON");
    (response.status().as_u16(), body)
}

async fn field_codes(body: &[u8]) -> Vec<String> {
    let (status, problem) = answer(&[JSON], body).await;
    assert_eq!(status, 422, "{problem}");
    problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| format!("{}: {}", error["field"], error["code"]))
        .collect()
}

#[tokio::test]
async fn a_well_formed_request_reaches_the_step() {
    for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
        let (status, body) = answer(&[("content-type", content_type)], TARO).await;
        assert_eq!((status, &body["userId"]), (200, &json!("taro")));
    }
}

#[tokio::test]
async fn what_did_not_come_through_the_distribution_is_refused_before_it_is_read() {
    for (key, status) in [
        (Some("in-use"), 200),
        (Some("before"), 200),
        (Some("in-use,before"), 403),
        (Some("guess"), 403),
        (Some(""), 403),
        (None, 403),
    ] {
        let key = key.map(|key| (KEY.0, key));
        let headers: Vec<_> = [JSON].into_iter().chain(key).collect();
        let (found, _) = answer_to(direct_event(&headers, TARO)).await;
        assert_eq!(found, status, "{key:?}");
    }
    let (_, problem) = answer_to(direct_event(&[], b"no JSON")).await;
    assert_eq!(problem["type"], "/problems/direct-call");
}

#[tokio::test]
async fn without_a_key_nothing_is_let_in() {
    let nobody = Env::from_lookup(|_| None);
    assert!(Site::of(&nobody).is_err());
    let site = Site::new(None, ",");
    for headers in [&[JSON, (KEY.0, "")][..], &[JSON, (KEY.0, ",")], &[JSON]] {
        let response = respond(&Echo, &site, &telemetry(), direct_event(headers, TARO)).await;
        assert_eq!(response.expect("a response").status(), 403, "{headers:?}");
    }
}

#[tokio::test]
async fn what_another_sites_form_can_post_is_refused() {
    for content_type in ["application/x-www-form-urlencoded", "text/plain", ""] {
        let (status, problem) = answer(&[("content-type", content_type)], TARO).await;
        assert_eq!(status, 415);
        assert_eq!(problem["type"], "/problems/invalid-request");
    }
}

#[tokio::test]
async fn a_request_that_a_page_of_another_site_made_is_refused() {
    let host = ("host", "api.example.com");
    for (header, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "same-origin", 200),
        ("origin", "https://evil.example.com", 403),
        ("origin", "null", 403),
        ("origin", "https://api.example.com", 200),
    ] {
        let found = answer(&[JSON, host, (header, value)], TARO).await.0;
        assert_eq!(found, status, "{header}: {value}");
    }
}

#[tokio::test]
async fn behind_a_distribution_the_sites_own_origin_counts() {
    let site = Site::new(Some("https://site.example.com".to_owned()), KEY.1);
    for (origin, status) in [
        ("https://site.example.com", 200),
        ("https://api.example.com", 403),
    ] {
        let headers = [JSON, ("host", "api.example.com"), ("origin", origin)];
        let response = respond(&Echo, &site, &telemetry(), event(&headers, TARO))
            .await
            .expect("a response");
        assert_eq!(response.status().as_u16(), status, "{origin}");
    }
}

#[tokio::test]
async fn what_is_not_json_is_told_from_what_is_not_an_object() {
    for (body, status) in [
        (&b"{"[..], 400),
        (b"\xff\xfe", 400),
        (b"[1]", 422),
        (b"null", 422),
        (br#"{"userId":"a","userId":"b"}"#, 422),
    ] {
        assert_eq!(answer(&[JSON], body).await.0, status, "{body:?}");
    }
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let body = format!(r#"{{"userId":{nested}}}"#);
    assert_eq!(answer(&[JSON], body.as_bytes()).await.0, 413);
    let nested = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let body = format!(r#"{{"userId":{nested}}}"#);
    assert_eq!(answer(&[JSON], body.as_bytes()).await.0, 400);
}

#[tokio::test]
async fn thousands_of_unknown_fields_get_a_short_answer() {
    let fields: Vec<String> = (0..1_500).map(|index| format!(r#""f{index}":1"#)).collect();
    let body = format!("{{{}}}", fields.join(","));
    let (status, problem) = answer(&[JSON], body.as_bytes()).await;
    assert_eq!(status, 422);
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(11));
    assert!(problem.to_string().len() < 4_096, "{problem}");
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    assert_eq!(field_codes(b"{}").await, [r#""userId": "missing""#]);
    assert_eq!(field_codes(b"").await, [r#""userId": "missing""#]);
    assert_eq!(
        field_codes(br#"{"userId":1,"admin":true}"#).await,
        [r#""userId": "not_text""#, r#""admin": "unknown_field""#]
    );
}

#[tokio::test]
async fn an_unreadable_size_is_not_read() {
    let body = format!(r#"{{"userId":"{}"}}"#, "a".repeat(16 * 1024));
    let (status, problem) = answer(&[JSON], body.as_bytes()).await;
    assert_eq!(status, 413);
    assert_eq!(problem["type"], "/problems/invalid-request");
}
