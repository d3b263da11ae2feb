//! Whether a mail may go out: its recipient takes mail, and nobody who has a part in it has had their share.

use domain::{EmailAddress, Undeliverable};
use store::{Addresses, Database, Lost, Share, ShareCharge, Throttles, Transaction, Unpaid};
use time::OffsetDateTime;

use crate::{ConfigError, Env, Problem, TooMany};

/// What becomes of a transaction whose recipient mail comes back from; without a reason, it did until a moment
/// ago, and the transaction is made anew of what was `seen`.
fn unreached<S>(reason: Option<Undeliverable>, seen: S) -> Lost<S, Problem> {
    match reason {
        Some(reason) => Lost::Refused(Problem::field("email", reason)),
        None => Lost::Overtaken(seen),
    }
}

/// The tables that say so.
pub struct MailAdmission {
    addresses: Addresses,
    throttles: Throttles,
}

/// A transaction that may have to be made anew, of what `S` is by then.
pub type Attempt<'a, S> = Transaction<'a, Lost<S, Problem>>;

impl MailAdmission {
    /// Opens the tables.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] when one has no name.
    pub fn new(env: &Env, database: &Database) -> Result<Self, ConfigError> {
        Ok(Self {
            addresses: env.table(database)?,
            throttles: env.table(database)?,
        })
    }

    /// Adds to a transaction that mail reaches the recipient. `seen` is what the transaction is made of.
    pub fn reaching<'a, S: Send + 'a>(
        &self,
        transaction: Attempt<'a, S>,
        to: &EmailAddress,
        now: OffsetDateTime,
        seen: S,
    ) -> Attempt<'a, S> {
        let open = self.addresses.is_open(to, now);
        transaction.with_or(open, move |reason| unreached(reason, seen))
    }

    /// Adds charges to a transaction. `again` is what it is made of when a log was full of the
    /// past only.
    pub fn charging<'a, S: 'a>(
        &self,
        transaction: Attempt<'a, S>,
        charge: &ShareCharge<'a>,
        again: impl Fn(ShareCharge<'a>) -> S + Clone + Send + 'a,
    ) -> Attempt<'a, S> {
        charge.charge(&self.throttles, transaction, move |unpaid| match unpaid {
            Unpaid::TooSoon(share, retry_after) => Lost::Refused(Problem::TooManyAttempts {
                of: too_many(share),
                retry_after,
            }),
            Unpaid::Outdated(charge) => Lost::Overtaken(again(charge)),
        })
    }

    /// Adds to a transaction that the mail was not sent, so that another may be asked for at once.
    pub fn releasing<'a, R: 'a>(
        &self,
        transaction: Transaction<'a, R>,
        charge: &ShareCharge<'a>,
    ) -> Transaction<'a, R> {
        charge.release(&self.throttles, transaction)
    }
}

fn too_many(share: Share<'_>) -> TooMany {
    match share {
        Share::Code(_)
        | Share::ResetFrom(..)
        | Share::NewAddressCode(_)
        | Share::UserId(_)
        | Share::CodesOfClient(_) => TooMany::CodeMails,
        Share::Reset(..) => TooMany::ResetsClosed,
        Share::CodesOfMember(_) => TooMany::CodesOfMember,
        Share::UserIdsOfMember(_) => TooMany::UserIdsOfMember,
    }
}
