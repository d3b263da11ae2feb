//! What a mail costs: it is charged to its recipient, and where somebody asks for codes, to the client's
//! address and to the member, in the transaction that keeps what the mail brings. An answer about a user ID is charged
//! to the member in the same way.

use std::time::Duration;

use domain::Admission;

use crate::{Share, Stamp, Throttles, Transaction};

/// The charges of one mail, or one answer, one to each log.
#[derive(Clone)]
pub struct ShareCharge<'a> {
    stamp: Stamp,
    logs: Vec<Log<'a>>,
}

#[derive(Clone)]
struct Log<'a> {
    share: Share<'a>,
    /// What there was in it when it was found full, of the past only.
    spent: Option<Vec<Stamp>>,
}

/// Why something was not charged.
pub enum Unpaid<'a> {
    /// There were too many in this log, for so long.
    TooSoon(Share<'a>, Duration),
    /// A log was full of the past: charge it so.
    Outdated(ShareCharge<'a>),
}

impl<'a> ShareCharge<'a> {
    /// The charges of what is given under `stamp` to these logs.
    pub fn new(stamp: Stamp, logs: impl IntoIterator<Item = Share<'a>>) -> Self {
        let logs = logs.into_iter().map(|share| Log { share, spent: None });
        Self {
            stamp,
            logs: logs.collect(),
        }
    }

    /// Adds the charges to a transaction. `refusal` says what it means when there is no room for one.
    pub fn charge<R: 'a>(
        &self,
        throttles: &Throttles,
        transaction: Transaction<'a, R>,
        refusal: impl Fn(Unpaid<'a>) -> R + Clone + Send + 'a,
    ) -> Transaction<'a, R> {
        let logs = self.logs.iter().enumerate();
        logs.fold(transaction, |transaction, (index, log)| {
            let write = throttles.charge_share(log.share, self.stamp, log.spent.as_deref());
            let (charge, refusal) = (self.clone(), refusal.clone());
            transaction.with_or(write, move |sent: Vec<Stamp>| {
                refusal(charge.judged(index, sent))
            })
        })
    }

    /// Adds to a transaction that nothing was given.
    pub fn release<R: 'a>(
        &self,
        throttles: &Throttles,
        transaction: Transaction<'a, R>,
    ) -> Transaction<'a, R> {
        let logs = self.logs.iter();
        transaction.and_all(logs.map(|log| throttles.release_share(log.share, self.stamp)))
    }

    fn judged(mut self, index: usize, sent: Vec<Stamp>) -> Unpaid<'a> {
        let times: Vec<_> = sent.iter().map(|stamp| stamp.at()).collect();
        match self.logs[index].share.admits(&times, self.stamp.at()) {
            Admission::Refused { retry_after } => {
                Unpaid::TooSoon(self.logs[index].share, retry_after)
            }
            Admission::Admitted => {
                self.logs[index].spent = Some(sent);
                Unpaid::Outdated(self)
            }
        }
    }
}
