//! The answer that API Gateway makes of what a function returned.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::Value;

use crate::serve::{Answer, answer};

/// Headers that belong to a connection, not to an answer.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
];

/// Reads a function's response. Nothing when API Gateway would not understand it.
pub(super) fn make(response: &[u8]) -> Option<Answer> {
    let response: Value = serde_json::from_slice(response).ok()?;
    let Some(status) = response.get("statusCode") else {
        // Without a status code the response itself is the body.
        let body = response
            .as_str()
            .map_or_else(|| response.to_string(), str::to_owned);
        return Some(answer(StatusCode::OK, "application/json", body));
    };
    let status = match status {
        Value::String(text) => text.parse().ok()?,
        status => status.as_u64()?,
    };
    let body = match response.get("body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) if response["isBase64Encoded"] == true => {
            STANDARD.decode(text).ok()?.into()
        }
        Some(Value::String(text)) => Bytes::from(text.clone()),
        Some(_) => return None,
    };
    let mut answer = Response::new(Full::new(body.clone()));
    *answer.status_mut() = StatusCode::from_u16(u16::try_from(status).ok()?).ok()?;
    let headers = answer.headers_mut();
    for (name, value) in response
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        if HOP_BY_HOP.contains(&name.as_str()) {
            continue;
        }
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null => continue,
            other => other.to_string(),
        };
        headers.append(name, HeaderValue::from_bytes(text.as_bytes()).ok()?);
    }
    for cookie in response
        .get("cookies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        headers.append(
            header::SET_COOKIE,
            HeaderValue::from_str(cookie.as_str()?).ok()?,
        );
    }
    if !body.is_empty() && !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain;charset=UTF-8"),
        );
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn bytes_of(body: Full<Bytes>) -> Bytes {
        body.collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn status_headers_cookies_and_body_are_passed() {
        let answer = make(
            br#"{"statusCode": 201, "headers": {"X-A": "1", "content-length": "99"}, "cookies": ["a=1", "b=2"],
                "multiValueHeaders": {"x-a": ["2"]}, "body": "5YGl", "isBase64Encoded": true}"#,
        )
        .unwrap();
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.headers()["x-a"], "1");
        assert_eq!(
            answer
                .headers()
                .get_all("set-cookie")
                .iter()
                .collect::<Vec<_>>(),
            ["a=1", "b=2"]
        );
        assert!(!answer.headers().contains_key("content-length"));
        assert_eq!(bytes_of(answer.into_body()).await, "健");
    }

    #[tokio::test]
    async fn a_response_without_a_status_is_the_body() {
        let answer = make(br#"{"a": 1}"#).unwrap();
        assert_eq!(
            (answer.status(), &answer.headers()["content-type"]),
            (
                StatusCode::OK,
                &HeaderValue::from_static("application/json")
            )
        );
        assert_eq!(bytes_of(answer.into_body()).await, r#"{"a":1}"#);
        assert_eq!(
            bytes_of(make(br#""hello""#).unwrap().into_body()).await,
            "hello"
        );
    }

    #[test]
    fn what_is_no_response_is_refused() {
        for response in [
            r#"{"statusCode": "x"}"#,
            r#"{"statusCode": 200, "body": {}}"#,
            "{",
            r#"{"statusCode": 99999}"#,
        ] {
            assert!(make(response.as_bytes()).is_none(), "{response}");
        }
    }
}
