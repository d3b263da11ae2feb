//! One JSON line per request on standard output, which Lambda hands to `CloudWatch` as it is, and from
//! which `CloudWatch` takes the metrics too: the member `_aws` makes it a record of the embedded metric
//! format.
//!
//! A line names the step, what came of it, and a hash of whom it concerns. It never holds a name, a
//! number, a birth date, an address, a code, a password or a token, for no such value reaches it: the
//! types that hold them have no `Debug`, and problems carry none.

use std::{io::Write as _, time::Duration};

use domain::Subject;
use http::StatusCode;
use mail::{Mails, Tally};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{Call, Env, Heard, Notes, Problem};

/// The outcome that is no problem, in log lines and in the audit trail.
pub(crate) const DONE: &str = "done";

/// The dimensions of each metric: of one step, and of all of them together.
const DIMENSIONS: [[&str; 1]; 2] = [["step"], ["service"]];
/// What all steps together are called.
const SERVICE: &str = "members";

/// Whether a request failed behind us: 0 or 1, so that the average is the rate and the number of samples
/// that of the requests.
const FAILED: &str = "Failed";
/// Whether a request was refused: the member can do something about it.
const REFUSED: &str = "Refused";
/// Whether a request was refused for being one too many.
const THROTTLED: &str = "Throttled";
/// Whether a mail was not sent, of each mail.
const MAIL_FAILED: &str = "MailFailed";
/// That a mail came back for good.
const MAIL_BOUNCED: &str = "MailBounced";
/// That a recipient complained of a mail.
const MAIL_COMPLAINED: &str = "MailComplained";

/// What of a process its lines and metrics come from.
#[derive(Clone, Debug)]
pub(crate) struct Telemetry {
    /// Without one there are no metrics.
    namespace: Option<String>,
    mails: Tally,
}

/// A line.
#[derive(Serialize)]
struct Line<'a> {
    level: &'static str,
    step: &'static str,
    outcome: &'a str,
    /// Which limit refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'static str>,
    /// The wrong passwords in a row before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<u32>,
    #[serde(rename = "http.status", skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(rename = "who.hash")]
    who: &'a str,
    #[serde(rename = "request.id")]
    request: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    took_ms: u64,
    #[serde(flatten)]
    metrics: Option<Metrics<'a>>,
}

/// The metrics of a line (`CloudWatch` User Guide, "Specification: Embedded metric format").
#[derive(Serialize)]
struct Metrics<'a> {
    service: &'static str,
    #[serde(flatten)]
    values: Values,
    #[serde(rename = "_aws")]
    metadata: Metadata<'a>,
}

/// A value, or one of each mail, by the name of its metric.
type Values = std::collections::BTreeMap<&'static str, Vec<u8>>;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: i128,
    cloud_watch_metrics: [Directive<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'a str,
    dimensions: [[&'static str; 1]; 2],
    metrics: Vec<Metric>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
}

/// Sets up what the libraries have to say, and the reason why a function does not start. Later calls change
/// nothing.
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

impl Telemetry {
    pub(crate) fn new(env: &Env, mails: Tally) -> Self {
        Self {
            namespace: env.optional("METRICS_NAMESPACE"),
            mails,
        }
    }

    /// Logs what came of a request: the status of an answer, or the problem in its place.
    pub(crate) fn outcome(
        &self,
        step: &'static str,
        call: &Call,
        notes: &Notes,
        came: Result<StatusCode, &Problem>,
        took: Duration,
    ) {
        let (outcome, status) = match came {
            Ok(status) => (DONE, status),
            Err(problem) => (problem.name(), problem.status()),
        };
        let told = came.err().and_then(Problem::cause);
        let cause = told.or_else(|| notes.concealed());
        let values = values_of(came.err(), self.mails.take());
        write(&Line {
            level: level(cause),
            step,
            outcome,
            limit: came.err().and_then(Problem::limit),
            failures: notes.failures(),
            status: Some(status.as_u16()),
            who: notes.who().map_or("", Subject::as_str),
            request: &call.request_id,
            cause,
            took_ms: millis(took),
            metrics: self.metrics(values, call.now),
        });
    }

    /// Logs what came of an event that nobody waits for.
    pub(crate) fn heard(
        &self,
        step: &'static str,
        event: &str,
        at: OffsetDateTime,
        heard: &Result<Heard, String>,
        took: Duration,
    ) {
        let told = heard.as_ref().ok();
        let cause = heard.as_ref().err().map(String::as_str);
        let outcome = told.map_or("try-again", |heard| heard.outcome);
        let mut values = Values::from([(FAILED, vec![u8::from(cause.is_some())])]);
        match outcome {
            "bounced" => values.insert(MAIL_BOUNCED, vec![1]),
            "complained" => values.insert(MAIL_COMPLAINED, vec![1]),
            _ => None,
        };
        write(&Line {
            level: level(cause),
            step,
            outcome,
            limit: None,
            failures: None,
            status: None,
            who: told
                .and_then(|heard| heard.who.as_ref())
                .map_or("", Subject::as_str),
            request: event,
            cause,
            took_ms: millis(took),
            metrics: self.metrics(values, at),
        });
    }

    fn metrics(&self, values: Values, at: OffsetDateTime) -> Option<Metrics<'_>> {
        let namespace = self.namespace.as_deref()?;
        Some(Metrics {
            service: SERVICE,
            metadata: Metadata {
                timestamp: at.unix_timestamp_nanos() / 1_000_000,
                cloud_watch_metrics: [Directive {
                    namespace,
                    dimensions: DIMENSIONS,
                    metrics: values.keys().map(|name| Metric { name }).collect(),
                }],
            },
            values,
        })
    }
}

fn values_of(problem: Option<&Problem>, mails: Mails) -> Values {
    let status = problem.map(Problem::status);
    let failed = status.is_some_and(|status| status.is_server_error());
    let throttled = status == Some(StatusCode::TOO_MANY_REQUESTS);
    let refused = problem.is_some() && !failed && !throttled;
    let mut values = Values::from([
        (FAILED, vec![u8::from(failed)]),
        (REFUSED, vec![u8::from(refused)]),
        (THROTTLED, vec![u8::from(throttled)]),
    ]);
    let of_mails: Vec<u8> = std::iter::repeat_n(0, mails.sent as usize)
        .chain(std::iter::repeat_n(1, mails.failed as usize))
        .collect();
    if !of_mails.is_empty() {
        values.insert(MAIL_FAILED, of_mails);
    }
    values
}

/// A line is written whole, so that none is torn. Nobody could be told that it cannot be.
fn write(line: &Line<'_>) {
    if let Ok(mut text) = serde_json::to_vec(line) {
        text.push(b'\n');
        let _ = std::io::stdout().lock().write_all(&text);
    }
}

fn level(cause: Option<&str>) -> &'static str {
    if cause.is_some() { "ERROR" } else { "INFO" }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_is_of_one_class() {
        let classes = |problem: Option<Problem>| {
            let values = values_of(problem.as_ref(), Mails::default());
            [FAILED, REFUSED, THROTTLED].map(|name| values[name][0])
        };
        let throttled = Problem::TooManyAttempts {
            of: crate::TooMany::Logins,
            retry_after: Duration::from_secs(1),
        };
        assert_eq!(classes(None), [0, 0, 0]);
        assert_eq!(classes(Some(Problem::TryAgain(String::new()))), [1, 0, 0]);
        assert_eq!(
            classes(Some(Problem::MailNotSent(String::new()))),
            [1, 0, 0]
        );
        assert_eq!(classes(Some(Problem::CodeExpired)), [0, 1, 0]);
        assert_eq!(classes(Some(throttled)), [0, 0, 1]);
    }

    #[test]
    fn each_mail_is_a_value_of_its_own() {
        let values = values_of(None, Mails { sent: 1, failed: 1 });
        assert_eq!(values[MAIL_FAILED], [0, 1]);
    }
}
