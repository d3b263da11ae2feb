//! What a step says of a request beside its answer: for the log line, for the audit trail, and for what its
//! try was charged to.

use std::fmt::Display;

use domain::Subject;
use store::{Audit, Event, Pending, Refused, Stamp};

use crate::{Call, Problem};

/// The notes of one request.
#[derive(Default)]
pub struct Notes {
    who: Option<Subject>,
    concealed: Option<String>,
    pending: Vec<Pending>,
    failures: Option<u32>,
}

impl Notes {
    /// Says for the log, and for the audit trail of refusals, who the request is about: the member on the way
    /// to an account, from then on the account.
    pub fn concerns(&mut self, subject: &Subject) {
        self.who = Some(subject.clone());
    }

    /// Says where the request's try was charged, or would be. It is counted there if the answer is that the try was
    /// wrong.
    pub fn charged(&mut self, pending: Pending) {
        self.pending.push(pending);
    }

    /// Says for the log how many wrong passwords in a row there were before this try.
    pub fn failed_before(&mut self, failures: u32) {
        self.failures = Some(failures);
    }

    /// Says that the try counts here, and nowhere that was said before.
    pub fn charged_to_this_alone(&mut self, pending: Pending) {
        self.pending = vec![pending];
    }

    /// Says that the try is no news where one of these was counted: it is not counted there again.
    pub fn spares(&mut self, counted: &[Stamp]) {
        self.pending.retain(|pending| {
            let mut before = pending.before().iter();
            !before.any(|stamp| counted.contains(stamp))
        });
    }

    /// Says for the log what failed behind us while the member is told that all is well: because it is
    /// none of what was asked for, or because to tell would tell that there is an account.
    pub fn conceals(&mut self, cause: &impl Display) {
        self.concealed = Some(cause.to_string());
    }

    /// The event that `step` refuses whom the request concerns. `None` when that is not known, or the problem
    /// is none for the audit trail.
    #[must_use]
    pub fn refusal(&self, call: &Call, step: &'static str, problem: &Problem) -> Option<Event> {
        let subject = self.who.as_ref().filter(|_| problem.is_audited())?;
        Some(call.event(step, problem.name(), subject.clone()))
    }

    /// Counts what was charged for the request's try, because it was wrong, beside the event that `step`
    /// refuses it: before the answer, or instead of it where the answer does not tell.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn count_wrong(
        &self,
        call: &Call,
        audit: &Audit,
        step: &'static str,
        problem: &Problem,
    ) -> Result<Result<(), Refused>, store::Error> {
        let event = self.refusal(call, step, problem);
        audit.count(event.as_ref(), &self.pending).await
    }

    pub(crate) fn who(&self) -> Option<&Subject> {
        self.who.as_ref()
    }

    pub(crate) fn failures(&self) -> Option<u32> {
        self.failures
    }

    pub(crate) fn concealed(&self) -> Option<&str> {
        self.concealed.as_deref()
    }

    pub(crate) fn pending(&self) -> &[Pending] {
        &self.pending
    }
}
