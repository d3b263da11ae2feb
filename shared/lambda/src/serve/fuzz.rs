//! Whatever a client sends, or a gateway: an answer that can be read, short, and nothing breaks.

use domain::Guessable;
use lambda_http::http::{HeaderMap, HeaderValue, header::COOKIE};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::tests::{answer_to, event};
use crate::{Flow, Language, SetCookie, cookies, gateway::GatewayEvent};

/// A refusal names at most ten fields that are not known, and says a sentence to each.
const LONGEST_ANSWER: usize = 8_000;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,80}",
        Just("taro".to_owned()),
        Just("\u{0}\u{200B}\u{FEFF}㍻ｱﾞ".to_owned()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((name(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just("userId".to_owned()), text()]
}

/// Bodies: any bytes, any JSON, JSON that was cut or changed, names that are given twice.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let json = value().prop_map(|value| value.to_string().into_bytes());
    let cut = (value(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(value, at, byte)| {
        let mut bytes = value.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes
    });
    let twice = (text(), text()).prop_map(|(one, other)| {
        format!("{{\"userId\":{},\"userId\":{}}}", json!(one), json!(other)).into_bytes()
    });
    let deep = (1_usize..9_000).prop_map(|depth| "[".repeat(depth).into_bytes());
    prop_oneof![vec(any::<u8>(), 0..200), json, cut, twice, deep]
}

/// Headers that a client or the distribution sends.
fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let name = prop::sample::select(vec![
        "content-type",
        "content-length",
        "cookie",
        "accept-language",
        "origin",
        "sec-fetch-site",
        "x-subject",
        "user-agent",
        "cloudfront-viewer-address",
        "cloudfront-viewer-country",
        "cloudfront-viewer-country-region",
    ]);
    let value = prop_oneof![
        "[\\t -~]{0,60}",
        Just("application/json".to_owned()),
        Just("same-origin".to_owned()),
        "(ja|en|\\*|[a-z]{1,8})(;q=[0-9.]{0,5})?(, ?[a-zA-Z-]{1,9}(;q=-?[0-9.]{0,9})?){0,4}",
        "[0-9a-f:.\\[\\]]{0,45}:[0-9]{0,6}",
        "__Host-(session|registration|device|reset)=[A-Za-z0-9._=; -]{0,300}",
    ];
    vec((name, value), 0..8)
}

/// The answer to an event is one that a page can read.
fn answers(event: GatewayEvent) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let (status, body) = runtime.expect("a runtime").block_on(answer_to(event));
    let written = body.to_string();
    prop_assert!(written.len() < LONGEST_ANSWER, "{} bytes", written.len());
    if status == 200 {
        prop_assert!(body["userId"].is_string());
        return Ok(());
    }
    prop_assert!([400, 403, 413, 415, 422].contains(&status), "{}", status);
    prop_assert_eq!(&body["status"], status);
    prop_assert!(
        body["type"]
            .as_str()
            .is_some_and(|name| name.starts_with("/problems/"))
    );
    prop_assert!(
        body["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty())
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_body_with_any_headers_is_answered(headers in headers(), body in body(), is_json: bool) {
        let mut headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if is_json {
            headers.retain(|(name, _)| !["content-type", "sec-fetch-site", "origin"].contains(name));
            headers.push(("content-type", "application/json"));
        }
        answers(event(&headers, &body))?;
    }

    #[test]
    fn an_event_of_the_gateway_with_anything_in_it_breaks_nothing(
        at in any::<i64>(),
        place in prop::sample::select(vec![
            "/headers", "/body", "/requestContext/http/method", "/pathParameters", "/cookies", "/version",
            "/isBase64Encoded", "/rawPath", "/rawQueryString", "/headers/host", "/requestContext/timeEpoch",
        ]),
        put in value(),
        path in any::<String>(),
        query in any::<String>(),
        is_base64: bool,
    ) {
        let mut event = json!({
            "version": "2.0",
            "routeKey": "POST /api/echo",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"content-type": "application/json", "x-origin-key": "in-use", "host": "api.example.com"},
            "pathParameters": {},
            "cookies": [],
            "requestContext": {
                "accountId": "123456789012", "apiId": "api", "domainName": "api.example.com",
                "http": {"method": "POST", "path": "/api/echo", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
                "requestId": "id", "routeKey": "POST /api/echo", "stage": "$default", "timeEpoch": at,
            },
            "body": "{\"userId\":\"taro\"}",
            "isBase64Encoded": is_base64,
        });
        *event.pointer_mut(place).expect("a place") = put;
        // What is no event is none for Lambda's runtime, too; what is one is taken apart, or refused whole.
        if let Ok(event) = serde_json::from_value(event)
            && let Some(call) = crate::Call::from_event(event)
        {
            let _ = call.today();
        }
    }

    #[test]
    fn cookies_give_at_most_the_tokens_that_are_in_them(
        values in vec(prop_oneof![vec(any::<u8>(), 0..80), "__Host-(session|device)=[A-Za-z0-9_.-]{0,230}(; ?[a-z_A-Z-]{0,20}=?[a-zA-Z0-9_-]{0,45}){0,3}".prop_map(String::into_bytes)], 0..4),
        own in prop::option::of(any::<u8>()),
    ) {
        let own = own.map(|byte| domain::Token::draw(&Guessable::byte(byte)));
        let mut jar = HeaderMap::new();
        for value in values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok()) {
            jar.append(COOKIE, value);
        }
        for flow in [Flow::Session, Flow::Registration, Flow::Reset, Flow::Device] {
            let found = cookies::tokens(&jar, flow);
            prop_assert!(found.len() <= 5);
            for token in found.iter().chain(&cookies::token(&jar, flow)) {
                let encoded = token.encoded();
                prop_assert!(jar.values().any(|value| value.to_str().is_ok_and(|line| line.contains(&encoded))));
            }
        }
        // A cookie of ours comes back, whatever other cookies there are of other names.
        if let Some(own) = own {
            let cookie = SetCookie::token(Flow::Reset, &own).header_value().expect("a header");
            let pair = cookie.to_str().expect("text").split(';').next().expect("a pair").to_owned();
            let mut jar = jar.clone();
            jar.append(COOKIE, HeaderValue::from_str(&pair).expect("a header"));
            prop_assert_eq!(cookies::token(&jar, Flow::Reset).map(|token| token.encoded()), Some(own.encoded()));
        }
    }

    #[test]
    fn every_reader_gets_a_language(accepted in prop_oneof![any::<String>(), "[a-z*-]{0,12}(;q=[-+0-9.eE]{0,12}){0,2}(,[ a-z;=0-9.-]{0,20}){0,5}"]) {
        let _ = Language::preferred(&accepted);
        // Japanese is the authority: who asks for nothing else gets it.
        prop_assert_eq!(Language::preferred(&format!("ja,{accepted};q=0")).tag(), "ja");
    }
}
