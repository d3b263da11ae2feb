//! One JSON line per request on standard output, which Lambda hands to `CloudWatch`.
//!
//! A line names the step, what came of it, and a hash of whom it concerns. It never holds a name, a
//! number, a birth date, an address, a code, a password or a token, for no such value reaches it: the
//! types that hold them have no `Debug`, and problems carry none.

use std::time::Duration;

use domain::Subject;
use lambda_http::http::StatusCode;
use tracing::{error, info};

use crate::{Call, Heard, Problem};

/// The outcome that is no problem, in log lines and in the audit trail.
pub(crate) const DONE: &str = "done";

/// Sets the process's subscriber up. Later calls change nothing.
pub(crate) fn init() {
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        // CloudWatch stamps every line with its own time.
        .without_time()
        .with_max_level(tracing::Level::INFO)
        .try_init();
}

/// Logs what came of a request: the status of an answer, or the problem in its place.
pub(crate) fn outcome(
    step: &'static str,
    call: &Call,
    came: Result<StatusCode, &Problem>,
    took: Duration,
) {
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let who = call.who();
    let who = who.as_ref().map_or("", Subject::as_str);
    let request = &call.request_id;
    let (outcome, status) = match came {
        Ok(status) => (DONE, status.as_u16()),
        Err(problem) => (problem.name(), problem.status().as_u16()),
    };
    let told = came.err().and_then(Problem::cause).map(str::to_owned);
    if let Some(cause) = told.or_else(|| call.concealed()) {
        error!(
            step,
            outcome,
            http.status = status,
            who.hash = who,
            request.id = request,
            cause,
            took_ms
        );
    } else {
        info!(
            step,
            outcome,
            http.status = status,
            who.hash = who,
            request.id = request,
            took_ms
        );
    }
}

/// Logs what came of an event that nobody waits for.
pub(crate) fn heard(
    step: &'static str,
    event: &str,
    heard: &Result<Heard, String>,
    took: Duration,
) {
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match heard {
        Ok(heard) => {
            let who = heard.who.as_ref().map_or("", Subject::as_str);
            let outcome = heard.outcome;
            info!(step, outcome, who.hash = who, request.id = event, took_ms);
        }
        Err(cause) => {
            let outcome = "try-again";
            error!(
                step,
                outcome,
                who.hash = "",
                request.id = event,
                cause,
                took_ms
            );
        }
    }
}
