//! Whether a mail may go out: its recipient takes mail, and nobody who has a part in it has had their share.

use domain::EmailAddress;
use store::{
    Addresses, Lost, MarkedAddress, Read, Share, ShareCharge, Throttles, Transaction, Unpaid,
};
use time::OffsetDateTime;

use crate::{Problem, TooMany, made_of};

made_of! {
    /// The tables that say so.
    pub struct MailAdmission {
        addresses: Addresses,
        throttles: Throttles,
    }
}

/// A transaction that may have to be made anew, of what `S` is by then.
pub type Attempt<'a, S> = Transaction<'a, Lost<S, Problem>>;

impl MailAdmission {
    /// The read of what is known against a recipient, for [`store::Database::read`]: a mail of a moment ago may have come
    /// back.
    #[must_use]
    pub fn read(&self, to: &EmailAddress) -> Read<MarkedAddress> {
        self.addresses.read(to).consistent()
    }

    /// Refuses a recipient that mail comes back from, by what was read of it.
    ///
    /// # Errors
    /// [`Problem::InvalidRequest`], of the field `email`.
    pub fn require_reached(
        found: Option<&MarkedAddress>,
        now: OffsetDateTime,
    ) -> Result<(), Problem> {
        match found.and_then(|known| known.mark.refusal(now)) {
            Some(reason) => Err(Problem::field("email", reason)),
            None => Ok(()),
        }
    }

    /// Reads whether mail reaches the recipient. It is read right before the mail is charged, and no condition of the
    /// transaction: a mail that comes back later does so whether it was told before the mail is handed over or after.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn reaches(
        &self,
        to: &EmailAddress,
        now: OffsetDateTime,
    ) -> Result<Result<(), Problem>, store::Error> {
        let known = self.addresses.lookup(to).await?;
        Ok(Self::require_reached(known.as_ref(), now))
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
