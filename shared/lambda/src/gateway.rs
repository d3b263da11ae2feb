//! What the gateway gives and takes: events and answers of an HTTP API, payload format 2.0, and of them no more than a
//! function reads. What a stranger may write into a path or a query is not read, so nothing can break on it.

use std::{collections::BTreeMap, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response,
    header::{COOKIE, SET_COOKIE},
};
use serde::{Deserialize, Serialize};

/// The one payload format that our gateway speaks.
const FORMAT: &str = "2.0";

/// A request, as the gateway tells a function of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayEvent {
    version: String,
    headers: Option<BTreeMap<String, String>>,
    /// All cookies; the headers have none.
    cookies: Option<Vec<String>>,
    path_parameters: Option<BTreeMap<String, String>>,
    request_context: RequestContext,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// What the gateway itself says of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestContext {
    http: Http,
    pub(crate) request_id: Option<String>,
    /// When it came, in milliseconds since 1970.
    pub(crate) time_epoch: i64,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

/// A request in parts.
pub(crate) struct Parts {
    pub(crate) context: RequestContext,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    /// The variables of the route, by their names in the template.
    pub(crate) path_variables: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl GatewayEvent {
    /// Takes it apart. `None` when it is of another format, or not what a gateway sends.
    pub(crate) fn into_parts(self) -> Option<Parts> {
        if self.version != FORMAT {
            return None;
        }
        // A header that is none says nothing; the others still count.
        let headers = self.headers.into_iter().flatten();
        let headers = headers.filter_map(|(name, value)| {
            let name = HeaderName::from_str(&name).ok()?;
            Some((name, HeaderValue::try_from(value).ok()?))
        });
        let mut headers: HeaderMap = headers.collect();
        let cookies = self.cookies.into_iter().flatten();
        for cookie in cookies.filter_map(|cookie| HeaderValue::try_from(cookie).ok()) {
            headers.append(COOKIE, cookie);
        }
        let body = self.body.unwrap_or_default();
        Some(Parts {
            method: Method::from_str(&self.request_context.http.method).ok()?,
            context: self.request_context,
            headers,
            path_variables: self.path_parameters.unwrap_or_default(),
            body: if self.is_base64_encoded == Some(true) {
                BASE64_STANDARD.decode(body).ok()?
            } else {
                body.into_bytes()
            },
        })
    }
}

/// An answer, as the gateway takes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayAnswer {
    status_code: u16,
    headers: BTreeMap<String, String>,
    cookies: Vec<String>,
    body: Option<String>,
}

impl From<Response<Option<String>>> for GatewayAnswer {
    fn from(response: Response<Option<String>>) -> Self {
        let (parts, body) = response.into_parts();
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = parts.headers.iter();
        let headers = headers.filter(|(name, _)| *name != SET_COOKIE);
        Self {
            status_code: parts.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
            cookies: parts.headers.get_all(SET_COOKIE).iter().map(text).collect(),
            body,
        }
    }
}

#[cfg(test)]
mod tests {
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
        let event: GatewayEvent = serde_json::from_value(event).ok()?;
        event.into_parts()
    }

    #[test]
    fn an_event_comes_apart() {
        let parts = parts(&json!({"pathParameters": {"code": "jkc"}})).expect("parts");
        assert_eq!(parts.method, Method::POST);
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
                "headers": {"host": strange, "x-forwarded-proto": strange},
            });
            assert!(parts(&change).is_some(), "{strange:?}");
        }
    }

    #[test]
    fn a_header_that_is_none_leaves_the_others() {
        let change = json!({"headers": {"a b": "1", "x-a": "line\nend", "x-b": "健保"}, "cookies": ["\n", "c=3"]});
        let headers = parts(&change).expect("parts").headers;
        let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["x-b", "cookie"]);
        assert_eq!(headers["cookie"], "c=3");
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
            json!(GatewayAnswer::from(response)),
            json!({
                "statusCode": 201,
                "headers": {"content-type": "text/plain"},
                "cookies": ["a=1; Secure", "b=2"],
                "body": "健",
            })
        );
    }
}
