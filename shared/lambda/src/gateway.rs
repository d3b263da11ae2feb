//! What the gateway gives and takes: events and answers of an HTTP API, payload format 2.0, by the types of `lambda_http`.
//!
//! Its own loop makes a URI of what a stranger wrote into path, query and host, and panics where there is none
//! (docs/adr/0054). Nothing here reads them, so nothing breaks on them.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_STANDARD};
/// A request, as the gateway tells a function of it.
pub(crate) use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest as GatewayEvent;
/// An answer, as the gateway takes it.
pub(crate) use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse as GatewayAnswer;
use lambda_http::{
    Body,
    aws_lambda_events::apigw::ApiGatewayV2httpRequestContext,
    http::{
        HeaderMap, HeaderValue, Response,
        header::{COOKIE, SET_COOKIE},
    },
};

/// The one payload format that our gateway speaks.
const FORMAT: &str = "2.0";

/// A request in parts.
pub(crate) struct Parts {
    pub(crate) context: ApiGatewayV2httpRequestContext,
    pub(crate) headers: HeaderMap,
    /// The variables of the route, by their names in the template.
    pub(crate) path_variables: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// Takes an event apart. `None` when it is of another format, or not what a gateway sends.
pub(crate) fn parts_of(event: GatewayEvent) -> Option<Parts> {
    // Without a time there is no clock for the request.
    if event.version.as_deref() != Some(FORMAT) || event.request_context.time_epoch == 0 {
        return None;
    }
    let mut headers = event.headers;
    // All cookies; the headers have none.
    let cookies = event.cookies.into_iter().flatten();
    for cookie in cookies.filter_map(|cookie| HeaderValue::try_from(cookie).ok()) {
        headers.append(COOKIE, cookie);
    }
    let body = event.body.unwrap_or_default();
    Some(Parts {
        context: event.request_context,
        headers,
        path_variables: event.path_parameters,
        body: if event.is_base64_encoded {
            BASE64_STANDARD.decode(body).ok()?
        } else {
            body.into_bytes()
        },
    })
}

/// Makes an answer of a response.
pub(crate) fn answer_of(response: Response<Option<String>>) -> GatewayAnswer {
    let (mut parts, body) = response.into_parts();
    let cookies = parts.headers.get_all(SET_COOKIE).iter();
    let cookies = cookies.filter_map(|cookie| cookie.to_str().ok());
    let mut answer = GatewayAnswer::default();
    answer.cookies = cookies.map(str::to_owned).collect();
    parts.headers.remove(SET_COOKIE);
    answer.status_code = parts.status.as_u16().into();
    answer.headers = parts.headers;
    answer.body = body.map(Body::Text);
    answer
}

#[cfg(test)]
mod tests {
    use lambda_http::http::Method;
    use serde_json::json;

    use super::*;

    fn parts(change: &serde_json::Value) -> Option<Parts> {
        let mut event = json!({
            "version": "2.0",
            "rawPath": "/api/echo",
            "rawQueryString": "",
            "headers": {"Content-Type": "application/json"},
            "cookies": ["a=1", "b=2"],
            "requestContext": {
                "http": {"method": "POST", "path": "/api/echo"},
                "requestId": "id",
                "timeEpoch": 1_795_312_800_000_i64,
            },
            "body": "5YGl",
            "isBase64Encoded": true,
        });
        for (pointer, value) in change.as_object().into_iter().flatten() {
            event[pointer.as_str()] = value.clone();
        }
        parts_of(serde_json::from_value(event).ok()?)
    }

    #[test]
    fn an_event_comes_apart() {
        let parts = parts(&json!({"pathParameters": {"code": "jkc"}})).expect("parts");
        assert_eq!(parts.context.http.method, Method::POST);
        assert_eq!(parts.context.time_epoch, 1_795_312_800_000);
        assert_eq!(parts.context.request_id.as_deref(), Some("id"));
        assert_eq!(parts.headers["content-type"], "application/json");
        let cookies: Vec<_> = parts.headers.get_all(COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
        assert_eq!(parts.path_variables["code"], "jkc");
        assert_eq!(parts.body, "健".as_bytes());
    }

    #[test]
    fn what_a_stranger_writes_into_path_and_query_breaks_nothing() {
        for strange in [
            ">", "a b", "no slash", "//", "?", "健保", "[", "\u{0}", "%zz", "http://[",
        ] {
            let change = json!({
                "rawPath": strange,
                "rawQueryString": strange,
                "queryStringParameters": {strange: strange},
                "headers": {"host": strange.replace('\0', ""), "x-forwarded-proto": "["},
            });
            assert!(parts(&change).is_some(), "{strange:?}");
        }
    }

    #[test]
    fn what_no_gateway_of_ours_sends_is_no_request() {
        for change in [
            json!({"version": "1.0"}),
            json!({"version": null}),
            json!({"requestContext": {"http": {"method": "NO METHOD"}, "timeEpoch": 0}}),
            json!({"requestContext": {"http": {"method": "GET"}}}),
            json!({"body": "no base64!"}),
        ] {
            assert!(parts(&change).is_none(), "{change}");
        }
    }

    #[test]
    fn an_answer_has_its_cookies_apart() {
        let response = Response::builder()
            .status(201)
            .header("content-type", "text/plain")
            .header(SET_COOKIE, "a=1; Secure")
            .header(SET_COOKIE, "b=2")
            .body(Some("健".to_owned()))
            .expect("a response");
        assert_eq!(
            json!(answer_of(response)),
            json!({
                "statusCode": 201,
                "headers": {"content-type": "text/plain"},
                "multiValueHeaders": {},
                "isBase64Encoded": false,
                "cookies": ["a=1; Secure", "b=2"],
                "body": "健",
            })
        );
    }
}
