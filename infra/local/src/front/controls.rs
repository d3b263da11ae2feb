//! The local stack's own pages: the mailbox, and `/_local/*` for testers and for the `local`
//! command.

use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::{Front, method_not_allowed};
use crate::faults::Fault;
use crate::gateway::decoded;
use crate::serve::{Answer, answer, body, empty, header_text, json as json_answer};

/// The largest state or fault that is taken.
const LIMIT: usize = 16 * 1024 * 1024;

pub(super) async fn handle(front: &Front, path: &str, request: Request<Incoming>) -> Answer {
    let endpoint = &front.endpoint;
    let method = request.method().clone();
    match (&method, path) {
        (&Method::GET | &Method::HEAD, "/mailbox") => answer(
            StatusCode::OK,
            "text/html; charset=utf-8",
            endpoint.ses.mailbox.page(),
        ),
        (&Method::GET | &Method::HEAD, "/mailbox.json") => {
            let query = request.uri().query().unwrap_or_default();
            let address = query.strip_prefix("to=").map(decoded);
            let mails = endpoint.ses.mailbox.newest_first_to(address.as_deref());
            json_answer(StatusCode::OK, &json!(mails))
        }
        (&Method::GET, "/_local/faults") => {
            json_answer(StatusCode::OK, &json!(endpoint.gate.faults.list()))
        }
        (&Method::DELETE, "/_local/faults") => {
            endpoint.gate.faults.clear();
            empty(StatusCode::NO_CONTENT)
        }
        (&Method::POST, "/_local/faults") => match read::<Fault>(request).await {
            Ok(fault) => match endpoint.gate.faults.try_inject(fault) {
                Ok(()) => json_answer(StatusCode::CREATED, &json!(endpoint.gate.faults.list())),
                Err(why) => refused(&why),
            },
            Err(why) => refused(&why),
        },
        (&Method::POST, "/_local/state") => match read::<Value>(request).await {
            Ok(state) => match (front.load_state)(&state) {
                Ok(()) => {
                    front.cache.forget();
                    empty(StatusCode::NO_CONTENT)
                }
                Err(why) => refused(&why),
            },
            Err(why) => refused(&why),
        },
        (&Method::POST, "/_local/reset") => match read::<Value>(request).await {
            Ok(_) => match front.reset.run().await {
                Ok(()) => {
                    front.cache.forget();
                    empty(StatusCode::NO_CONTENT)
                }
                Err(why) => refused(&why.to_string()),
            },
            Err(why) => refused(&why),
        },
        (&Method::POST, "/_local/check") => match read::<Value>(request).await {
            Ok(_) => match (front.check)().await {
                Ok(found) => json_answer(StatusCode::OK, &found),
                Err(why) => refused(&why),
            },
            Err(why) => refused(&why),
        },
        (&Method::GET, "/_local/calls") => {
            json_answer(StatusCode::OK, &json!(endpoint.gate.calls.all()))
        }
        (
            _,
            "/mailbox" | "/mailbox.json" | "/_local/faults" | "/_local/state" | "/_local/reset"
            | "/_local/check" | "/_local/calls",
        ) => method_not_allowed(&method),
        _ => empty(StatusCode::NOT_FOUND),
    }
}

async fn read<T: serde::de::DeserializeOwned>(request: Request<Incoming>) -> Result<T, String> {
    // A form of another site cannot send this media type without asking first.
    if !header_text(&request, "content-type")
        .is_some_and(|value| value.starts_with("application/json"))
    {
        return Err("send it as application/json".into());
    }
    let body = body(request.into_body(), LIMIT)
        .await
        .map_err(|_| "the body is too large or broken".to_owned())?;
    serde_json::from_slice(&body).map_err(|error| error.to_string())
}

fn refused(why: &str) -> Answer {
    json_answer(StatusCode::BAD_REQUEST, &json!({"message": why}))
}
