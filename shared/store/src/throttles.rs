//! `Throttles`: counters, each of one subject, so that no throttle puts all members behind one item.
//!
//! Three kinds. A **log** keeps the tries within a sliding window, a **lockout** the wrong passwords in a row
//! of a user ID; both are charged before a try is judged and count it once it is judged wrong (see
//! [`Pending`]). A **share** keeps the mails to a recipient, charged beside the code that they bring, and what a member had of both.

mod bucket;
pub(crate) mod check;
mod identity;
mod person;
mod share;

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::{
    CLOSED_AT, Client, LOCK_STARTS_AT, LoginAdmission, LoginFailures, Reach, TokenHash, TryRefusal,
    UserId, fingerprint,
};
use time::OffsetDateTime;

pub use self::{bucket::Bucket, identity::IdentityTries, share::Share};
use crate::{
    Database, Error, Item, Pending, Read, Stamp, Table, Write,
    database::key,
    item::{Reader, item, text, ttl},
    transaction::{Never, delete},
    tries::{Charge, Tries, TryNames},
};

pub(crate) use self::person::{is_of_address, keys_of_person};

const TABLE: &str = "Throttles";
const KEY: &str = "throttle";
/// How long failures of a user ID are remembered: past the next yearly survey, so that a closed
/// account does not open by itself.
pub const LOCKOUT_KEPT: Duration = Duration::from_hours(400 * 24);
const TRIES: TryNames = TryNames {
    all: "tries",
    counted: "tries_counted",
};
/// What each charge sets: until when the item is kept.
const KEPT: &str = "#ttl = :ttl";

/// Whose wrong passwords are counted, each with locks of its own.
#[derive(Clone, Copy)]
pub enum Guessed<'a> {
    /// Everybody's who is not known to the account, whether or not the user ID exists.
    ByAnybody(&'a UserId),
    /// Those of a browser that the account knows: no stranger's lock it out (OWASP's device cookies).
    ByDevice(&'a UserId, &'a TokenHash),
    /// Those from one client, while the desk has opened the account.
    ByClient(&'a UserId, &'a Client),
}

impl Guessed<'_> {
    /// The item of a lockout after these wrong passwords, for the states that sample events and tests begin
    /// from.
    #[must_use]
    pub fn to_item(self, wrong: &[Stamp]) -> Item {
        counted_item(self.key(), wrong, LOCKOUT_KEPT)
    }

    fn key(self) -> String {
        match self {
            Self::ByAnybody(user_id) => hashed("login-user-id", user_id.folded()),
            Self::ByDevice(user_id, device) => hashed(
                "login-device",
                // A hash has no other character than its digits, so the two cannot be told wrong.
                &format!("{}#{}", device.as_str(), user_id.folded()),
            ),
            Self::ByClient(user_id, client) => hashed(
                "login-client",
                &format!("{}#{}", client.line(), user_id.folded()),
            ),
        }
    }
}

/// What came of charging a try at a password.
#[derive(Debug)]
pub enum LoginCharge {
    /// The try is charged and may be evaluated.
    Charged {
        /// The charge.
        pending: Pending,
        /// The wrong passwords in a row before it.
        failures: u32,
    },
    /// It is not, for so long.
    LockedFor(Duration),
    /// It is not, for so long, because others are under way.
    Crowded(Duration),
    /// It is not, until a password reset or an operator opens the user ID.
    Closed,
}

impl LoginCharge {
    /// The wrong passwords in a row before it; of one that is locked, which is not charged, that is not told.
    #[must_use]
    pub fn failures(&self) -> Option<u32> {
        match self {
            Self::Charged { failures, .. } => Some(*failures),
            Self::Closed => Some(CLOSED_AT),
            Self::LockedFor(_) | Self::Crowded(_) => None,
        }
    }
}

/// The item of tries that were judged wrong.
fn counted_item(key: String, wrong: &[Stamp], kept: Duration) -> Item {
    let mut counter = item([(KEY, text(key))]);
    counter.extend(Tries::judged_wrong(wrong.to_vec()).attributes(TRIES));
    keep_after(&mut counter, wrong, kept);
    counter
}

/// Keeps an item for so long after the last of its stamps.
fn keep_after(item: &mut Item, stamps: &[Stamp], kept: Duration) {
    if let Some(last) = stamps.iter().max() {
        item.insert("ttl".to_owned(), ttl(last.at() + kept));
    }
}

/// A reader of the table learns no address, name or number.
fn hashed(what: &str, subject: &str) -> String {
    format!("{what}#{}", fingerprint(subject))
}

/// The table of throttles.
#[derive(Clone, Debug)]
pub struct Throttles {
    database: Database,
    table: Arc<str>,
}

impl Table for Throttles {
    const VARIABLE: &'static str = "THROTTLES_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

impl Throttles {
    /// Charges a try to a log.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn charge(
        &self,
        bucket: Bucket<'_>,
        stamp: Stamp,
    ) -> Result<Result<Pending, TryRefusal>, Error> {
        self.charge_unless(bucket, stamp, None, |_, refusal| Ok(refusal))
            .await
    }

    /// Charges a try to all that a client's tries are counted for. What one refuses is not judged, so the
    /// other's charge is taken back.
    ///
    /// # Errors
    /// When DynamoDB fails or an item is corrupt.
    pub async fn charge_client<'a>(
        &self,
        of: impl Fn(Reach<'a>) -> Bucket<'a>,
        client: &'a Client,
        stamp: Stamp,
    ) -> Result<Result<Vec<Pending>, TryRefusal>, Error> {
        let charge = |reach: Option<Reach<'a>>| {
            let bucket = reach.map(&of);
            async move {
                match bucket {
                    Some(bucket) => self.charge(bucket, stamp).await.map(Some),
                    None => Ok(None),
                }
            }
        };
        let mut reaches = client.reaches();
        let (line, site) = tokio::join!(charge(reaches.next()), charge(reaches.next()));
        let (mut charged, mut refusal) = (Vec::new(), None);
        for outcome in [line?, site?].into_iter().flatten() {
            match outcome {
                Ok(pending) => charged.push(pending),
                Err(refused) => refusal = Some(refused),
            }
        }
        let Some(refusal) = refusal else {
            return Ok(Ok(charged));
        };
        for pending in charged {
            pending.release(&self.database).await;
        }
        Ok(Err(refusal))
    }

    /// Charges a try to a log, in which what was counted by `over` is forgotten. `unless` says what becomes
    /// of a refusal, given the item that refused.
    async fn charge_unless<R>(
        &self,
        bucket: Bucket<'_>,
        stamp: Stamp,
        over: Option<OffsetDateTime>,
        unless: impl Fn(Option<&Item>, TryRefusal) -> Result<R, Error>,
    ) -> Result<Result<Pending, R>, Error> {
        let (limit, now) = (bucket.limit(), stamp.at());
        let windows = limit.counted;
        let kept_for = windows.kept_for();
        let over = over.max(Some(now - kept_for));
        let charge = Charge {
            call: self.update(&bucket.key(), now + kept_for),
            names: TRIES,
            set: KEPT,
            room: (windows.short.most + limit.beside).into(),
            most: windows.short.most.into(),
            windows: Some(windows),
            over,
            stamp,
        };
        let refusal = |item: Option<&Item>, tries: &Tries| {
            let tries = tries.at(now, over);
            let admitted = limit.admits(&tries.counted(), &tries.under_way(), now);
            admitted
                .err()
                .map(|refusal| unless(item, refusal))
                .transpose()
        };
        let charged = charge.make(TABLE, refusal).await?;
        Ok(charged.map(|(_, pending)| pending))
    }

    /// Charges a try at a password.
    ///
    /// A try while locked is not charged, so it does not extend the lock.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn charge_login(
        &self,
        guessed: Guessed<'_>,
        stamp: Stamp,
    ) -> Result<LoginCharge, Error> {
        let now = stamp.at();
        let charge = Charge {
            call: self.update(&guessed.key(), now + LOCKOUT_KEPT),
            names: TRIES,
            set: KEPT,
            // Behind the first lock it is the time that decides.
            room: LOCK_STARTS_AT,
            most: LOCK_STARTS_AT,
            windows: None,
            over: None,
            stamp,
        };
        let refusal = |_: Option<&Item>, tries: &Tries| {
            let Some(failures) = failures_of(tries) else {
                // As many are under way as are let in at once.
                let crowded = domain::room_for_try(0, &tries.under_way(), LOCK_STARTS_AT, now);
                return Ok(crowded
                    .err()
                    .map(|refusal| LoginCharge::Crowded(refusal.wait())));
            };
            Ok(match failures.admission(&tries.under_way(), now) {
                LoginAdmission::Admitted => None,
                LoginAdmission::LockedFor(wait) => Some(LoginCharge::LockedFor(wait)),
                LoginAdmission::Crowded(wait) => Some(LoginCharge::Crowded(wait)),
                LoginAdmission::Closed => Some(LoginCharge::Closed),
            })
        };
        Ok(match charge.make(TABLE, refusal).await? {
            Err(refused) => refused,
            Ok((charged, pending)) => LoginCharge::Charged {
                failures: tries_of(&charged)?.count(),
                // The lock has let it in; what counts from here on is when the user ID closes.
                pending: pending.up_to(CLOSED_AT),
            },
        })
    }

    fn update(&self, item_key: &str, kept_until: OffsetDateTime) -> UpdateItemFluentBuilder {
        self.database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, item_key)))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", ttl(kept_until))
    }

    /// The read of the wrong passwords in a row of a lockout, for [`Database::read`].
    #[must_use]
    pub fn read_failures(&self, guessed: Guessed<'_>) -> Read<Option<LoginFailures>> {
        Read::of(&self.table, KEY, guessed.key(), |lockout| {
            Ok(failures_of(&tries_of(lockout)?))
        })
    }

    /// Forgets wrong passwords, because the right one came.
    pub fn reset_login(&self, guessed: Guessed<'_>) -> Write<Never> {
        let item = key(KEY, guessed.key());
        Write::from(delete().table_name(&*self.table).set_key(Some(item))).unconditional()
    }
}

fn tries_of(item: &Item) -> Result<Tries, Error> {
    Tries::read(&Reader { table: TABLE, item }, TRIES)
}

fn failures_of(tries: &Tries) -> Option<LoginFailures> {
    let last_at = tries.counted().into_iter().max()?;
    Some(LoginFailures {
        count: tries.count(),
        last_at,
    })
}
