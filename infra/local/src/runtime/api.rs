//! The Lambda Runtime API of one instance: it hands out events, takes responses and errors.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderValue, Method, Request, StatusCode};
use hyper::body::{Bytes, Incoming};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::clock::now_ms;
use crate::gate::Identity;
use crate::serve::{Answer, Reply, answer, body, json as json_answer};
use crate::template::names::function_arn;

const PREFIX: &str = "/2018-06-01/runtime/";

/// The largest response of a function.
pub(crate) const RESPONSE_LIMIT: usize = 6 * 1024 * 1024;

/// An event for an instance.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) request: String,
    pub(super) event: Bytes,
    pub(super) timeout: Duration,
    /// Told when the instance takes the event.
    pub(super) started: oneshot::Sender<()>,
    /// Told what the function answers, or the error that it reports.
    pub(super) reply: oneshot::Sender<Result<Bytes, String>>,
}

/// What the runtime API of an instance knows.
#[derive(Debug)]
pub(super) struct Shared {
    identity: Arc<Identity>,
    waiting: tokio::sync::Mutex<mpsc::Receiver<Work>>,
    current: Mutex<Option<Current>>,
    init_error: Mutex<Option<String>>,
}

#[derive(Debug)]
struct Current {
    request: String,
    reply: oneshot::Sender<Result<Bytes, String>>,
}

impl Shared {
    pub(super) fn new(identity: Arc<Identity>, waiting: mpsc::Receiver<Work>) -> Self {
        Self {
            identity,
            waiting: tokio::sync::Mutex::new(waiting),
            current: Mutex::default(),
            init_error: Mutex::default(),
        }
    }

    /// What the function reported instead of becoming ready.
    pub(super) fn init_error(&self) -> Option<String> {
        self.init_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn current(&self) -> MutexGuard<'_, Option<Current>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn next(&self) -> Reply {
        let Some(work) = self.waiting.lock().await.recv().await else {
            // The instance is being dropped.
            return Reply::Hangup;
        };
        self.identity.work_on(Some(&work.request));
        let deadline =
            now_ms().saturating_add(i64::try_from(work.timeout.as_millis()).unwrap_or(i64::MAX));
        let mut event = answer(StatusCode::OK, "application/json", work.event);
        for (name, value) in [
            ("lambda-runtime-aws-request-id", work.request.clone()),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            (
                "lambda-runtime-invoked-function-arn",
                function_arn(&self.identity.function.name),
            ),
            (
                "lambda-runtime-trace-id",
                format!("Root=1-00000000-{:0>24};Sampled=0", self.identity.instance),
            ),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                event.headers_mut().insert(name, value);
            }
        }
        *self.current() = Some(Current {
            request: work.request,
            reply: work.reply,
        });
        // Nobody waits any more when the stack stops.
        let _ = work.started.send(());
        event.into()
    }

    /// Ends the current invocation, if it is `request`.
    fn finish(&self, request: &str, result: Result<Bytes, String>) -> Answer {
        let mut current = self.current();
        if current
            .as_ref()
            .is_none_or(|current| current.request != request)
        {
            let body =
                json!({"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"});
            return json_answer(StatusCode::BAD_REQUEST, &body);
        }
        self.identity.work_on(None);
        if let Some(current) = current.take() {
            // Nobody waits any more after a timeout.
            let _ = current.reply.send(result);
        }
        json_answer(StatusCode::ACCEPTED, &json!({"status": "OK"}))
    }
}

/// Answers a call of the function's runtime.
pub(super) async fn handle(shared: Arc<Shared>, request: Request<Incoming>) -> Reply {
    let method = request.method().clone();
    let path = request
        .uri()
        .path()
        .strip_prefix(PREFIX)
        .unwrap_or_default()
        .to_owned();
    let parts: Vec<_> = path.split('/').collect();
    match (method, parts.as_slice()) {
        (Method::GET, ["invocation", "next"]) => shared.next().await,
        (Method::POST, ["invocation", id, "response"]) => {
            let Ok(response) = body(request.into_body(), RESPONSE_LIMIT).await else {
                let message = format!(
                    "Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
                );
                return shared.finish(id, Err(message)).into();
            };
            shared.finish(id, Ok(response)).into()
        }
        (Method::POST, ["invocation", id, "error"]) => {
            let error = body(request.into_body(), RESPONSE_LIMIT)
                .await
                .unwrap_or_default();
            shared.finish(id, Err(message(&error))).into()
        }
        (Method::POST, ["init", "error"]) => {
            let error = body(request.into_body(), RESPONSE_LIMIT)
                .await
                .unwrap_or_default();
            *shared
                .init_error
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(message(&error));
            json_answer(StatusCode::ACCEPTED, &json!({"status": "OK"})).into()
        }
        _ => json_answer(StatusCode::NOT_FOUND, &json!({"errorType": "NotFound"})).into(),
    }
}

/// `{"errorType": .., "errorMessage": ..}` as one line.
fn message(error: &[u8]) -> String {
    let Ok(error) = serde_json::from_slice::<Value>(error) else {
        return String::from_utf8_lossy(error).into_owned();
    };
    let text = |key: &str| {
        error
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    format!("{}: {}", text("errorType"), text("errorMessage")).replace('\n', " ")
}
