//! The failures to verify one 記号 and 番号 over all clients: until a success, a new survey, or the desk opens it.

use domain::{Admission, MemberId, OPENED_FOR, TryRefusal, VERIFY_IDENTITY};
use time::OffsetDateTime;

use super::{Bucket, KEPT, KEY, TABLE, TRIES, Throttles, tries_of};
use crate::{
    Error, Item, Pending, Read, Stamp, Write,
    database::key,
    item::{Reader, instant, ttl},
    transaction::{Never, update},
};

/// Until when the desk has opened the identity, whatever is counted.
pub(super) const OPENED_UNTIL: &str = "opened_until";

/// What stands against a try at an identity.
enum Against {
    Limit(TryRefusal),
    /// Nothing: the desk has opened it.
    Opened,
}

/// What is counted of an identity over all clients.
#[derive(Clone, Debug)]
pub struct IdentityTries {
    /// When those were made that were judged wrong, in any order.
    pub wrong: Vec<OffsetDateTime>,
    /// Until when the desk has opened it.
    pub opened_until: Option<OffsetDateTime>,
}

impl IdentityTries {
    /// Whether another try may be judged, in a survey that began at `since`.
    #[must_use]
    pub fn admission(&self, since: Option<OffsetDateTime>, now: OffsetDateTime) -> Admission {
        if self.opened_until.is_some_and(|until| now < until) {
            return Admission::Admitted;
        }
        let wrong = self.wrong.iter().copied();
        let counted: Vec<_> = wrong.filter(|at| Some(*at) > since).collect();
        VERIFY_IDENTITY.counted.admits(&counted, now)
    }
}

impl Throttles {
    /// Charges a try at an identity, in a survey that began at `since`: what was counted before is forgotten.
    /// Where the limit is reached but the desk has opened the identity, the try may be judged and nothing is
    /// charged.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn charge_identity(
        &self,
        member: &MemberId,
        since: Option<OffsetDateTime>,
        stamp: Stamp,
    ) -> Result<Result<Option<Pending>, TryRefusal>, Error> {
        let unless = |item: Option<&Item>, refusal| {
            let opened_until = item.map_or(Ok(None), opened_until)?;
            Ok(match opened_until {
                Some(until) if stamp.at() < until => Against::Opened,
                _ => Against::Limit(refusal),
            })
        };
        let bucket = Bucket::VerifyIdentity(member);
        Ok(
            match self.charge_unless(bucket, stamp, since, unless).await? {
                Ok(pending) => Ok(Some(pending)),
                Err(Against::Opened) => Ok(None),
                Err(Against::Limit(refusal)) => Err(refusal),
            },
        )
    }

    /// The read of what is counted of an identity, for [`Database::read`](crate::Database::read).
    #[must_use]
    pub fn read_identity(&self, member: &MemberId) -> Read<Option<IdentityTries>> {
        let key = Bucket::VerifyIdentity(member).key();
        Read::of(&self.table, KEY, key, |item| {
            Ok(Some(IdentityTries {
                wrong: tries_of(item)?.counted(),
                opened_until: opened_until(item)?,
            }))
        })
    }

    /// Opens an identity for [`OPENED_FOR`], and forgets what was counted.
    pub fn open_identity(&self, member: &MemberId, now: OffsetDateTime) -> Write<Never> {
        let until = now + OPENED_FOR;
        let open = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, Bucket::VerifyIdentity(member).key())))
            .update_expression(format!(
                "SET {OPENED_UNTIL} = :until, {KEPT} REMOVE {}, {}",
                TRIES.all, TRIES.counted
            ))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":until", instant(until))
            .expression_attribute_values(":ttl", ttl(now + VERIFY_IDENTITY.counted.kept_for()));
        Write::from(open).unconditional()
    }
}

fn opened_until(item: &Item) -> Result<Option<OffsetDateTime>, Error> {
    Reader { table: TABLE, item }.maybe_instant(OPENED_UNTIL)
}
