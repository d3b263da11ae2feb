//! API Gateway: an HTTP API whose integrations are the functions, with events of payload format
//! 2.0.
//!
//! It is also the functions' clock. A request that carries `x-local-now` (RFC 3339) came at that
//! time. One that carries `x-local-client` came from that address: of a request that came through the
//! distribution, the client is the distribution, which has told whose request it is. Headers of the
//! local stack never reach an event.

mod event;
mod response;
mod routes;

use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::Bytes;
use serde_json::json;

use crate::calls::CallSummary;
use crate::clock::{http_date, now_ms, parse_rfc3339};
use crate::console;
use crate::endpoint::Endpoint;
use crate::ids::Ids;
use crate::runtime::{InvokeError, Runtime};
use crate::serve::{Answer, answer, json as json_answer};
use crate::template::Route;
pub(crate) use event::{decoded, is_text, written};

/// The largest request body of an HTTP API.
pub(crate) const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// The most bytes of all headers together.
const HEADERS_LIMIT: usize = 10_240;
/// The largest event of Lambda.
const EVENT_LIMIT: usize = 6 * 1024 * 1024;

/// How long API Gateway waits for a function, whatever the function's own limit.
const INTEGRATION_LIMIT: Duration = Duration::from_secs(30);

/// The HTTP API of a stack.
pub(crate) struct Gateway {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) routes: Vec<Route>,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) print_calls: bool,
    pub(crate) ids: Arc<Ids>,
}

/// An answer of API Gateway itself.
fn message(status: StatusCode, text: &str) -> Answer {
    json_answer(status, &json!({"message": text}))
}

fn internal_error() -> Answer {
    message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

/// The answer to a body over [`BODY_LIMIT`].
pub(crate) fn too_large() -> Answer {
    message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
}

impl Gateway {
    /// Answers a request to the API that came to `port`.
    pub(crate) async fn handle(&self, parts: &Parts, body: &Bytes, port: u16) -> Answer {
        if head_size(&parts.headers) > HEADERS_LIMIT {
            return message(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Request Header Fields Too Large",
            );
        }
        let header = |name| {
            parts
                .headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let now = match header("x-local-now") {
            None => now_ms(),
            Some(text) => match parse_rfc3339(text) {
                Some(now) => now,
                None => {
                    return unreadable(
                        "x-local-now",
                        "an RFC 3339 time such as 2026-04-01T09:00:00Z",
                    );
                }
            },
        };
        let client = header("x-local-client").unwrap_or("127.0.0.1");
        if client.parse::<std::net::IpAddr>().is_err() {
            return unreadable("x-local-client", "an IP address such as 203.0.113.7");
        }
        let path = decoded(parts.uri.path());
        let Some(found) = routes::find(&self.routes, parts.method.as_str(), &path) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        let id = self.ids.next();
        let context = event::Context {
            request_id: &id,
            client,
            now_ms: now,
            port,
            path: &path,
        };
        let event = Bytes::from(event::make(&found, parts, body, &context).to_string());
        if event.len() > EVENT_LIMIT {
            return too_large();
        }
        let counted = self.print_calls || header("x-local-calls").is_some();
        if counted {
            self.endpoint.gate.calls.count(&id);
        }
        self.endpoint.begin(&id, now).await;
        let invocation = self.runtime.invoke(&found.route.function, &id, event);
        let mut answer = match tokio::time::timeout(INTEGRATION_LIMIT, invocation).await {
            Ok(Ok(response)) => response::make(&response).unwrap_or_else(|| {
                let function = &found.route.function;
                let why = "the function's response is none of payload format 2.0";
                self.endpoint.gate.report_of(function, &id, why);
                internal_error()
            }),
            Err(_) | Ok(Err(InvokeError::Timeout(_))) => {
                message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            Ok(Err(error)) => {
                // What else there is has been told by who ran the function.
                if matches!(error, InvokeError::Function(_)) {
                    let function = &found.route.function;
                    self.endpoint
                        .gate
                        .report_of(function, &id, &error.to_string());
                }
                internal_error()
            }
        };
        self.endpoint.gate.clock.end(&id);
        if counted {
            self.endpoint.gate.calls.stop_counting(&id);
            let summary = CallSummary::of(&self.endpoint.gate.calls.of(&id));
            if self.print_calls {
                console::say(&format!(
                    "{} {path} {} {summary}",
                    parts.method,
                    answer.status().as_u16()
                ));
            }
            if let Ok(value) = HeaderValue::from_str(&summary.to_string()) {
                answer.headers_mut().insert("x-local-calls", value);
            }
        }
        // Pages reckon with it: it has to be of the same time as what the answer says.
        for (name, value) in [("apigw-requestid", id), ("date", http_date(now))] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                answer.headers_mut().insert(name, value);
            }
        }
        answer
    }
}

/// The answer to a header of the local stack that cannot be read.
pub(crate) fn unreadable(name: &str, expected: &str) -> Answer {
    answer(
        StatusCode::BAD_REQUEST,
        "text/plain; charset=utf-8",
        format!("The header {name} takes {expected}.\n"),
    )
}

/// The size of the headers without those of the local stack.
fn head_size(headers: &HeaderMap) -> usize {
    let own = |name: &str| name.starts_with("x-local-");
    headers
        .iter()
        .filter(|(name, _)| !own(name.as_str()))
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}
