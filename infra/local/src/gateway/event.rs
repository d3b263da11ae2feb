//! The event of payload format 2.0 that API Gateway makes of a request.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::request::Parts;
use hyper::body::Bytes;
use serde_json::{Value, json};
use time::macros::format_description;

use super::routes::Match;
use crate::clock::moment;
use crate::template::names::ACCOUNT;

/// The headers by which a client of the local stack plays another time and address, and asks for
/// counts. They exist here only, so that no event carries them.
const LOCAL_HEADERS: &str = "x-local-";

/// What the gateway knows about a request beside its head and body.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) request_id: &'a str,
    /// The address of the client.
    pub(crate) client: &'a str,
    /// When the request came, in milliseconds since 1970.
    pub(crate) now_ms: i64,
    /// The port of the gateway.
    pub(crate) port: u16,
    /// The path, decoded.
    pub(crate) path: &'a str,
}

/// Makes the event.
pub(crate) fn make(found: &Match<'_>, parts: &Parts, body: &Bytes, context: &Context<'_>) -> Value {
    let headers = headers(&parts.headers, context);
    let domain = headers.get("host").map_or("localhost", |host| {
        host.split(':').next().unwrap_or_default()
    });
    let query = parts.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": found.route.key(),
        "rawPath": context.path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.split('.').next().unwrap_or_default(),
            "http": {
                "method": parts.method.as_str(),
                "path": context.path,
                "protocol": format!("{:?}", parts.version),
                "sourceIp": context.client,
                "userAgent": headers.get("user-agent").map_or("", String::as_str),
            },
            "requestId": context.request_id,
            "routeKey": found.route.key(),
            "stage": "$default",
            "time": written(context.now_ms),
            "timeEpoch": context.now_ms,
        },
        "isBase64Encoded": false,
    });
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    let parameters = query_parameters(query);
    if !parameters.is_empty() {
        event["queryStringParameters"] = json!(parameters);
    }
    if !found.parameters.is_empty() {
        event["pathParameters"] = json!(found.parameters);
    }
    if !body.is_empty() {
        let media_type = headers.get("content-type").map_or("", String::as_str);
        match std::str::from_utf8(body) {
            Ok(text) if is_text(media_type) => event["body"] = Value::String(text.to_owned()),
            _ => {
                event["body"] = Value::String(STANDARD.encode(body));
                event["isBase64Encoded"] = Value::Bool(true);
            }
        }
    }
    event
}

/// Names in lower case, values of one name joined by commas, cookies left out: they have their own
/// field.
fn headers(headers: &HeaderMap, context: &Context<'_>) -> BTreeMap<String, String> {
    let mut result: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let name = name.as_str();
        if name == "cookie" || name == "connection" || name.starts_with(LOCAL_HEADERS) {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        result
            .entry(name.to_owned())
            .and_modify(|known| {
                known.push(',');
                known.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    let forwarded = result
        .get("x-forwarded-for")
        .map_or_else(String::new, |known| format!("{known}, "));
    result.insert(
        "x-forwarded-for".into(),
        format!("{forwarded}{}", context.client),
    );
    result.insert("x-forwarded-port".into(), context.port.to_string());
    result.insert("x-forwarded-proto".into(), "http".into());
    let trace = context.request_id.replace('-', "");
    let trace = trace.get(..24).unwrap_or("000000000000000000000000");
    result.insert(
        "x-amzn-trace-id".into(),
        format!("Root=1-{:08x}-{trace}", context.now_ms / 1000),
    );
    result
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all("cookie")
        .iter()
        .flat_map(|value| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            value
                .split(';')
                .map(|cookie| cookie.trim().to_owned())
                .collect::<Vec<_>>()
        })
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut result: BTreeMap<String, String> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(&value.replace('+', " "));
        result
            .entry(decoded(&name.replace('+', " ")))
            .and_modify(|known| {
                known.push(',');
                known.push_str(&value);
            })
            .or_insert(value);
    }
    result
}

/// Whether API Gateway passes a body of this media type as text.
pub(crate) fn is_text(media_type: &str) -> bool {
    let essence = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence.starts_with("text/")
        || matches!(
            essence.as_str(),
            "application/json" | "application/javascript" | "application/xml"
        )
}

/// `12/Mar/2020:19:03:58 +0000`.
pub(crate) fn written(epoch_ms: i64) -> String {
    let format =
        format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    moment(epoch_ms).format(format).unwrap_or_default()
}

/// Percent-decoded; what is not encoded properly stays as it is.
pub(crate) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut result = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = (byte == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let value = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        result.push(value.unwrap_or(byte));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&result).into_owned()
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::gateway::routes::find;
    use crate::template::Route;

    fn event(request: http::request::Builder, body: &'static [u8]) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let path = decoded(parts.uri.path());
        let routes = [Route::new("POST", "/api/things/{id}", "probe")];
        let found = find(&routes, "POST", &path).unwrap();
        let context = Context {
            request_id: "0197a2b4-0000-4000-8000-000000000001",
            client: "203.0.113.7",
            now_ms: 1_583_349_317_135,
            port: 8080,
            path: &path,
        };
        make(&found, &parts, &Bytes::from_static(body), &context)
    }

    fn request() -> http::request::Builder {
        Request::post("/api/things/%E5%81%A5?a=1&b=x%20y&a=2&c").header("Host", "localhost:8080")
    }

    #[test]
    fn the_event_is_the_one_of_api_gateway() {
        let request = request()
            .header("Content-Type", "application/json")
            .header("User-Agent", "curl/8")
            .header("X-Many", "1")
            .header("X-Many", "2")
            .header("X-Forwarded-For", "198.51.100.1")
            .header("X-Local-Now", "2020-03-04T19:15:17Z")
            .header("Cookie", "a=1; __Host-b=2")
            .header("Cookie", "c=3");
        let expected: Value =
            serde_json::from_str(include_str!("../../tests/fixtures/event.json")).unwrap();
        assert_eq!(event(request, br#"{"a":1}"#), expected);
    }

    #[test]
    fn a_body_that_is_no_text_is_base64() {
        for (media_type, body, expected) in [
            (
                "application/json; charset=utf-8",
                "{}".as_bytes(),
                ("{}", false),
            ),
            ("text/plain", "健".as_bytes(), ("健", false)),
            ("application/json", b"\xff\xfe".as_slice(), ("//4=", true)),
            ("application/x-www-form-urlencoded", b"a=b", ("YT1i", true)),
            ("application/octet-stream", b"a", ("YQ==", true)),
        ] {
            let event = event(request().header("content-type", media_type), body);
            assert_eq!(
                (
                    event["body"].as_str().unwrap(),
                    event["isBase64Encoded"] == true
                ),
                expected,
                "{media_type}"
            );
        }
        let nothing = event(request(), b"");
        assert_eq!(
            (nothing.get("body"), &nothing["isBase64Encoded"]),
            (None, &json!(false))
        );
    }
}
