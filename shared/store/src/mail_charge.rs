//! What a mail costs: it is charged to its recipient, and where a client asks for codes, to the client's
//! address, in the transaction that keeps what the mail brings.

use std::time::Duration;

use domain::Admission;

use crate::{Mailed, Stamp, Throttles, Transaction};

/// The charges of one mail, one to each log.
#[derive(Clone)]
pub struct MailCharge<'a> {
    stamp: Stamp,
    logs: Vec<Log<'a>>,
}

#[derive(Clone)]
struct Log<'a> {
    mailed: Mailed<'a>,
    /// What there was in it when it was found full, of mails of the past only.
    spent: Option<Vec<Stamp>>,
}

/// Why a mail was not charged.
pub enum Unpaid<'a> {
    /// There were too many, for so long.
    TooSoon(Duration),
    /// A log was full of mails of the past: charge it so.
    Outdated(MailCharge<'a>),
}

impl<'a> MailCharge<'a> {
    /// The charges of the mail of `stamp` to these logs.
    pub fn new(stamp: Stamp, logs: impl IntoIterator<Item = Mailed<'a>>) -> Self {
        let logs = logs.into_iter().map(|mailed| Log {
            mailed,
            spent: None,
        });
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
            let write = throttles.charge_mail(log.mailed, self.stamp, log.spent.as_deref());
            let (charge, refusal) = (self.clone(), refusal.clone());
            transaction.with_or(write, move |sent: Vec<Stamp>| {
                refusal(charge.judged(index, sent))
            })
        })
    }

    /// Adds to a transaction that the mail was not sent.
    pub fn take_back<R: 'a>(
        &self,
        throttles: &Throttles,
        transaction: Transaction<'a, R>,
    ) -> Transaction<'a, R> {
        let logs = self.logs.iter();
        transaction.and_all(logs.map(|log| throttles.take_back(log.mailed, self.stamp)))
    }

    fn judged(mut self, index: usize, sent: Vec<Stamp>) -> Unpaid<'a> {
        let times: Vec<_> = sent.iter().map(|stamp| stamp.at()).collect();
        match self.logs[index].mailed.admits(&times, self.stamp.at()) {
            Admission::Refused { retry_after } => Unpaid::TooSoon(retry_after),
            Admission::Admitted => {
                self.logs[index].spent = Some(sent);
                Unpaid::Outdated(self)
            }
        }
    }
}
