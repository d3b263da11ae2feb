//! How many mails were sent and how many were not, for the metrics. Counted here, where each mail passes, so
//! that no step can forget to.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

/// The mails since it was last asked. An instance of a function works on one request at a time, so these
/// are the request's.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    begun: AtomicU32,
    sent: AtomicU32,
}

/// Mails that SES took, and mails that it did not take, or not in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mails {
    /// Those that it took.
    pub sent: u32,
    /// The others.
    pub failed: u32,
}

impl Tally {
    pub(crate) fn begin(&self) {
        self.0.begun.fetch_add(1, Relaxed);
    }

    pub(crate) fn sent(&self) {
        self.0.sent.fetch_add(1, Relaxed);
    }

    /// The mails since it was last asked. One that was begun and given up has failed.
    #[must_use]
    pub fn take(&self) -> Mails {
        let sent = self.0.sent.swap(0, Relaxed);
        let begun = self.0.begun.swap(0, Relaxed);
        Mails {
            sent,
            failed: begun.saturating_sub(sent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_that_was_begun_and_given_up_has_failed() {
        let tally = Tally::default();
        let mailer = tally.clone();
        mailer.begin();
        mailer.sent();
        mailer.begin();
        assert_eq!(tally.take(), Mails { sent: 1, failed: 1 });
        assert_eq!(tally.take(), Mails::default());
    }
}
