//! One JSON line per request on standard output, which Lambda hands to `CloudWatch`.
//!
//! A line names the step, what came of it, and a hash of whom it concerns. It never holds a name, a
//! number, a birth date, an address, a code, a password or a token, for no such value reaches it: the
//! types that hold them have no `Debug`, and problems carry none.

use std::time::Duration;

use tracing::{error, info};

use crate::{Call, Problem, Subject};

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

/// Logs what came of a request.
pub(crate) fn outcome(step: &'static str, call: &Call, problem: Option<&Problem>, took: Duration) {
    let took_ms = took.as_millis();
    let who = call.who();
    let (outcome, status) = problem.map_or(("done", 0), |problem| {
        let (name, status) = problem.kind();
        (name, status.as_u16())
    });
    let request = &call.request_id;
    let cause = problem.and_then(Problem::cause).unwrap_or_default();
    if problem.map(Problem::subject) == Some(Subject::Service) {
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
