//! The log of every call to DynamoDB and SES, and the counts that the design's budget is checked
//! against.
//!
//! **Rounds.** A round is a set of calls that were under way together: sorted by their start, a call belongs to the
//! current round when it starts before every call of that round has ended, else it opens the next
//! one. Locally a call takes microseconds, so two calls that a function sends out together could
//! still miss each other; for a request that is counted (see [`crate::Options::print_calls`] and
//! the header `x-local-calls`) every reply is therefore held back until the request has started no
//! further call for [`HOLD`], as if the network were slow. A function that waits for a reply before
//! its next call then always shows two rounds, and one that does not always shows one.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

/// How long a counted request must have been silent before its replies are let go.
pub(crate) const HOLD: Duration = Duration::from_millis(100);

/// How many calls are kept before the older half is forgotten, so that a stack that runs for weeks
/// does not fill the memory.
const KEPT: usize = 200_000;

/// A service that functions call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Amazon DynamoDB.
    Dynamodb,
    /// Amazon SES, API version 2.
    Ses,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dynamodb => "dynamodb",
            Self::Ses => "ses",
        })
    }
}

/// One element of a call: for most calls there is one, for batches and transactions several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Element {
    /// The action that IAM asks about, without the service: `PutItem`, `ConditionCheckItem`,
    /// `SendEmail`.
    pub action: String,
    /// The logical name of the table (`Members`), or the address that a mail comes from.
    pub resource: String,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CallOutcome {
    /// It succeeded.
    Ok,
    /// The service answered with this error, `ConditionalCheckFailedException` for example.
    Error(String),
    /// IAM denied it.
    Denied,
    /// It was performed, and its reply was thrown away by a fault.
    ReplyLost,
}

/// A call to DynamoDB or SES.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Counted from 1 over the whole stack, in the order of the starts.
    pub sequence: u64,
    /// The function that called, by the name of its binary; nothing for a client of the stack
    /// itself.
    pub function: Option<String>,
    /// The request on behalf of which it called; nothing during its initialisation.
    pub request: Option<String>,
    /// The service.
    pub service: Service,
    /// The action as it was called: `UpdateItem`, `TransactWriteItems`, `SendEmail`.
    pub action: String,
    /// What it touched.
    pub elements: Vec<Element>,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The write units that it consumed, as DynamoDB counts them: one for each begun KB of an item, two in a
    /// transaction, its checks included.
    pub write_units: f64,
    /// When it started, since the start of the stack.
    pub started: Duration,
    /// When it ended, since the start of the stack.
    pub ended: Duration,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.action)?;
        let several = self.elements.len() != 1
            || self
                .elements
                .iter()
                .any(|element| element.action != self.action);
        for (index, element) in self.elements.iter().enumerate() {
            f.write_str(if index == 0 { " " } else { "+" })?;
            if several && element.action != self.action {
                write!(f, "{}:", element.action)?;
            }
            f.write_str(&element.resource)?;
        }
        match &self.outcome {
            CallOutcome::Ok => Ok(()),
            CallOutcome::Error(code) => write!(f, " ({code})"),
            CallOutcome::Denied => f.write_str(" (denied)"),
            CallOutcome::ReplyLost => f.write_str(" (reply lost)"),
        }
    }
}

/// The counts of a request. As text: `dynamodb=4 ses=0 rounds=2 write-units=7; UpdateItem Throttles, ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct CallSummary {
    /// Calls to DynamoDB.
    pub dynamodb: usize,
    /// Calls to SES.
    pub ses: usize,
    /// Rounds, as the module says.
    pub rounds: usize,
    /// The write units of all calls.
    pub write_units: f64,
    /// The calls in the order of their starts.
    pub calls: Vec<String>,
}

impl CallSummary {
    /// Counts calls.
    #[must_use]
    pub fn of(calls: &[Call]) -> Self {
        let mut sorted: Vec<_> = calls.iter().collect();
        sorted.sort_by_key(|call| call.sequence);
        let mut rounds = 0;
        let mut round_ends = Duration::ZERO;
        for call in &sorted {
            if rounds == 0 || call.started > round_ends {
                rounds += 1;
                round_ends = call.ended;
            } else {
                round_ends = round_ends.max(call.ended);
            }
        }
        let count = |service| calls.iter().filter(|call| call.service == service).count();
        Self {
            dynamodb: count(Service::Dynamodb),
            ses: count(Service::Ses),
            rounds,
            write_units: calls.iter().map(|call| call.write_units).sum(),
            calls: sorted.iter().map(ToString::to_string).collect(),
        }
    }
}

impl fmt::Display for CallSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "dynamodb={} ses={} rounds={} write-units={}",
            self.dynamodb, self.ses, self.rounds, self.write_units
        )?;
        for (index, call) in self.calls.iter().enumerate() {
            write!(f, "{}{call}", if index == 0 { "; " } else { ", " })?;
        }
        Ok(())
    }
}

/// All calls of a stack.
#[derive(Clone, Debug)]
pub(crate) struct CallLog {
    origin: Instant,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    calls: Vec<Call>,
    sequence: u64,
    /// The last start of a call, per request that is counted.
    counted: Vec<(String, Instant)>,
}

/// A call that has started.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) sequence: u64,
    at: Duration,
}

impl CallLog {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            inner: Arc::default(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, the replies to this request's calls are held back.
    pub(crate) fn count(&self, request: &str) {
        self.lock()
            .counted
            .push((request.to_owned(), Instant::now()));
    }

    /// The request has been answered.
    pub(crate) fn stop_counting(&self, request: &str) {
        self.lock().counted.retain(|(known, _)| known != request);
    }

    pub(crate) fn start(&self, request: Option<&str>) -> Started {
        let mut inner = self.lock();
        inner.sequence += 1;
        if let Some(entry) = inner
            .counted
            .iter_mut()
            .find(|(known, _)| Some(known.as_str()) == request)
        {
            entry.1 = Instant::now();
        }
        Started {
            sequence: inner.sequence,
            at: self.origin.elapsed(),
        }
    }

    /// Waits until the request has been silent long enough, if it is counted.
    pub(crate) async fn hold(&self, request: Option<&str>) {
        loop {
            let last = self
                .lock()
                .counted
                .iter()
                .find(|(known, _)| Some(known.as_str()) == request)
                .map(|(_, at)| *at);
            match last.and_then(|at| HOLD.checked_sub(at.elapsed())) {
                Some(left) if !left.is_zero() => tokio::time::sleep(left).await,
                _ => return,
            }
        }
    }

    /// Enters a call that has ended. `call` is made with the times in which it ran.
    pub(crate) fn end(&self, started: &Started, call: impl FnOnce(Duration, Duration) -> Call) {
        let call = call(started.at, self.origin.elapsed());
        let mut inner = self.lock();
        if inner.calls.len() >= KEPT {
            inner.calls.drain(..KEPT / 2);
        }
        inner.calls.push(call);
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        let mut calls = self.lock().calls.clone();
        calls.sort_by_key(|call| call.sequence);
        calls
    }

    /// The calls of one request, in the order of the starts.
    pub(crate) fn of(&self, request: &str) -> Vec<Call> {
        let inner = self.lock();
        let calls = inner.calls.iter();
        let mut calls: Vec<_> = calls
            .filter(|call| call.request.as_deref() == Some(request))
            .cloned()
            .collect();
        calls.sort_by_key(|call| call.sequence);
        calls
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(sequence: u64, started: u64, ended: u64) -> Call {
        Call {
            sequence,
            function: Some("probe".into()),
            request: Some("r".into()),
            service: Service::Dynamodb,
            action: "GetItem".into(),
            elements: vec![Element {
                action: "GetItem".into(),
                resource: "Members".into(),
            }],
            outcome: CallOutcome::Ok,
            write_units: 0.0,
            started: Duration::from_millis(started),
            ended: Duration::from_millis(ended),
        }
    }

    #[test]
    fn calls_that_overlap_are_one_round() {
        assert_eq!(
            CallSummary::of(&[call(1, 0, 10), call(2, 1, 4), call(3, 5, 12)]).rounds,
            1
        );
    }

    #[test]
    fn a_call_after_all_others_ended_opens_a_round() {
        assert_eq!(
            CallSummary::of(&[call(1, 0, 10), call(2, 1, 4), call(3, 11, 12)]).rounds,
            2
        );
        assert_eq!(CallSummary::of(&[]).rounds, 0);
    }

    #[test]
    fn the_summary_reads_as_one_line() {
        let mut transaction = call(2, 20, 30);
        transaction.action = "TransactWriteItems".into();
        transaction.outcome = CallOutcome::Error("TransactionCanceledException".into());
        transaction.write_units = 4.0;
        transaction.elements = ["PutItem", "UpdateItem"]
            .map(|action| Element {
                action: action.into(),
                resource: "Accounts".into(),
            })
            .to_vec();
        assert_eq!(
            CallSummary::of(&[call(1, 0, 10), transaction]).to_string(),
            "dynamodb=2 ses=0 rounds=2 write-units=4; GetItem Members, \
             TransactWriteItems PutItem:Accounts+UpdateItem:Accounts (TransactionCanceledException)"
        );
    }
}
