//! `Throttles`: counters, each of one subject, so that no throttle puts all members behind one item.
//!
//! Three kinds. A **log** keeps the tries within a sliding window, a **lockout** the wrong passwords in a row
//! of a user ID; both are charged before a try is judged and count it once it is judged wrong (see
//! [`Pending`]). A **mailed** log keeps the mails to a recipient, charged beside the code that they bring.

pub(crate) mod check;
mod person;

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::{
    AccountId, Admission, CLOSED_AT, CODE_ADDRESS, CODE_INTERVAL, CODE_SENDS, EmailAddress,
    LOCK_STARTS_AT, LOGIN_ADDRESS, Limit, LoginAdmission, LoginFailures, MemberId, PASSWORD_CHECK,
    RESET_ADDRESS, TokenHash, TryLimit, TryRefusal, UserId, VERIFY_ADDRESS, VERIFY_IDENTITY,
    fingerprint, send_admission,
};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, Pending, Read, Stamp, Table, Write,
    database::key,
    item::{Reader, item, number, stamps, text, ttl},
    transaction::{Never, delete, update},
    tries::{Charge, Tries, TryNames, add_counted},
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

/// What a log counts, and of whom: the registry of all keys of this kind.
#[derive(Clone, Copy)]
pub enum Bucket<'a> {
    /// Failed verifications of one 記号 and 番号.
    VerifyIdentity(&'a MemberId),
    /// Failed verifications from one client address.
    VerifyAddress(&'a str),
    /// Failed logins from one client address.
    LoginAddress(&'a str),
    /// Password resets asked for from one client address.
    ResetAddress(&'a str),
    /// Wrong current passwords of an account that somebody is signed in to.
    PasswordCheck(&'a AccountId),
}

/// Whose wrong passwords are counted, each with locks of its own.
#[derive(Clone, Copy)]
pub enum Guessed<'a> {
    /// Everybody's who is not known to the account, whether or not the user ID exists.
    ByAnybody(&'a UserId),
    /// Those of a browser that the account knows: no stranger's lock it out (OWASP's device cookies).
    ByDevice(&'a UserId, &'a TokenHash),
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

/// Mails of a kind, and to whom: a log of its own each, so that nobody can use up the mails of one kind
/// by asking for those of another.
#[derive(Clone, Copy)]
pub enum Mailed<'a> {
    /// Codes for a sign-up.
    Code(&'a EmailAddress),
    /// Codes for a password reset.
    ResetCode(&'a EmailAddress),
    /// Codes for a change of address.
    NewAddressCode(&'a EmailAddress),
    /// Forgotten user IDs.
    UserId(&'a EmailAddress),
    /// Codes for whoever is at one client address, at a sign-up or a change of address.
    CodesOfClient(&'a str),
}

impl Mailed<'_> {
    /// The item of a log, for the states that sample events and tests begin from.
    #[must_use]
    pub fn to_item(self, sent: &[Stamp]) -> Item {
        let mut log = item([(KEY, text(self.key())), ("attempts", stamps(sent))]);
        keep_after(&mut log, sent, self.limit().within);
        if let (Some(last), false) = (sent.iter().max(), self.is_of_client()) {
            log.insert("last_at".to_owned(), number(last.number()));
        }
        log
    }

    fn key(self) -> String {
        match self {
            Self::Code(to) => hashed("code-recipient", &to.recipient_key()),
            Self::ResetCode(to) => hashed("reset-recipient", &to.recipient_key()),
            Self::NewAddressCode(to) => hashed("new-address-recipient", &to.recipient_key()),
            Self::UserId(to) => hashed("user-id-recipient", &to.recipient_key()),
            Self::CodesOfClient(client) => hashed("code-address", client),
        }
    }

    fn is_of_client(self) -> bool {
        matches!(self, Self::CodesOfClient(_))
    }

    fn limit(self) -> Limit {
        if self.is_of_client() {
            CODE_ADDRESS
        } else {
            CODE_SENDS
        }
    }

    /// Whether another mail may go out at `now`: to one recipient one a minute, too.
    pub(crate) fn admits(self, sent: &[OffsetDateTime], now: OffsetDateTime) -> Admission {
        if self.is_of_client() {
            CODE_ADDRESS.admits(sent, now)
        } else {
            send_admission(sent, now)
        }
    }
}

impl Bucket<'_> {
    /// The item of a log that holds these failures, for the states that sample events and tests begin from.
    #[must_use]
    pub fn to_item(self, failures: &[Stamp]) -> Item {
        counted_item(self.key(), failures, self.limit().counted.within)
    }

    fn limit(self) -> TryLimit {
        match self {
            Self::VerifyIdentity(_) => VERIFY_IDENTITY,
            Self::VerifyAddress(_) => VERIFY_ADDRESS,
            Self::LoginAddress(_) => LOGIN_ADDRESS,
            Self::ResetAddress(_) => RESET_ADDRESS,
            Self::PasswordCheck(_) => PASSWORD_CHECK,
        }
    }

    fn key(self) -> String {
        match self {
            Self::VerifyIdentity(member) => hashed("verify-identity", member.as_str()),
            Self::VerifyAddress(address) => hashed("verify-address", address),
            Self::LoginAddress(address) => hashed("login-address", address),
            Self::ResetAddress(address) => hashed("reset-address", address),
            Self::PasswordCheck(account) => hashed("password-check", account.as_str()),
        }
    }
}

/// The item of tries that were judged wrong.
fn counted_item(key: String, wrong: &[Stamp], kept: Duration) -> Item {
    let mut counter = item([(KEY, text(key))]);
    add_counted(&mut counter, TRIES, wrong);
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
        let (limit, now) = (bucket.limit(), stamp.at());
        let counted = limit.counted;
        let charge = Charge {
            call: self.update(&bucket.key(), now + counted.within),
            names: TRIES,
            set: Some(KEPT),
            only_if: None,
            room: limit.room.into(),
            most: counted.most.into(),
            kept_for: Some(counted.within),
            stamp,
        };
        let refusal = |_: Option<&Item>, tries: &Tries| {
            let admits = limit.admits(&tries.counted(), &tries.under_way(), now);
            Ok(admits.err())
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
            set: Some(KEPT),
            only_if: None,
            // Behind the first lock it is the time that decides.
            room: LOCK_STARTS_AT,
            most: LOCK_STARTS_AT,
            kept_for: None,
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

    /// Charges a mail: to its recipient one of its kind a minute, five an hour; to the client's address so
    /// many as a company may need. Where the log was found full of mails of the past, they are `spent`, and
    /// go with the charge. Refused with what there is in the log.
    pub(crate) fn charge_mail(
        &self,
        mailed: Mailed<'_>,
        stamp: Stamp,
        spent: Option<&[Stamp]>,
    ) -> Write<Vec<Stamp>> {
        let limit = mailed.limit();
        let mut charge = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, mailed.key())))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", ttl(stamp.at() + limit.within));
        let mut sets = vec![KEPT];
        let mut conditions = Vec::new();
        let mut add = "";
        if let Some(seen) = spent {
            let is_kept = |seen: &Stamp| !limit.is_spent(seen.at(), stamp.at());
            let kept = seen.iter().copied().filter(is_kept);
            let next: Vec<Stamp> = kept.chain([stamp]).collect();
            sets.push("attempts = :next");
            conditions.push("attempts = :seen");
            charge = charge
                .expression_attribute_values(":next", stamps(&next))
                .expression_attribute_values(":seen", stamps(seen));
        } else {
            add = "ADD attempts :stamp ";
            conditions.push("(attribute_not_exists(attempts) OR size(attempts) < :most)");
            charge = charge
                .expression_attribute_values(":stamp", stamps(&[stamp]))
                .expression_attribute_values(":most", number(limit.most));
        }
        if !mailed.is_of_client() {
            let interval_ago = Stamp::latest_of(stamp.at() - CODE_INTERVAL);
            sets.push("last_at = :at");
            conditions.push("(attribute_not_exists(last_at) OR last_at <= :interval_ago)");
            charge = charge
                .expression_attribute_values(":at", number(stamp.number()))
                .expression_attribute_values(":interval_ago", number(interval_ago.number()));
        }
        let charge = charge
            .update_expression(format!("{add}SET {}", sets.join(", ")))
            .condition_expression(conditions.join(" AND "));
        Write::from(charge).refused(|log| {
            log.map_or(Ok(Vec::new()), |item| {
                Reader { table: TABLE, item }.stamps("attempts")
            })
        })
    }

    /// Takes a mail's charge back, because the mail was not sent.
    pub(crate) fn take_back(&self, mailed: Mailed<'_>, stamp: Stamp) -> Write<Never> {
        let last = if mailed.is_of_client() {
            ""
        } else {
            "REMOVE last_at "
        };
        let take_back = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, mailed.key())))
            // Should TTL have collected the item, this makes an empty one, which TTL collects again.
            .update_expression(format!("DELETE attempts :stamp {last}SET {KEPT}"))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":stamp", stamps(&[stamp]))
            .expression_attribute_values(":ttl", ttl(stamp.at() + mailed.limit().within));
        Write::from(take_back).unconditional()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_what_is_counted_and_hides_of_whom() {
        let key = Bucket::LoginAddress("192.0.2.1").key();
        assert!(key.starts_with("login-address#"));
        assert!(!key.contains("192.0.2.1"));
        assert_ne!(key, Bucket::VerifyAddress("192.0.2.1").key());
    }
}
