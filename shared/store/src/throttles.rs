//! `Throttles`: counters, each of one subject, so that no throttle puts all members behind one item.
//!
//! Two kinds. A **log** keeps the stamps of the attempts within a sliding window: a charge adds one on
//! the condition that the set is not full, so parallel attempts are all counted and never more than
//! the limit get through. A **lockout** counts the wrong passwords of a user ID and when the last one
//! was: its back-off is spelled out in the condition of the charge.
//!
//! An attempt is charged before it is evaluated, and the charge is taken back when the attempt turns
//! out not to be a failure.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    AccountId, Admission, CLOSED_AT, CODE_ADDRESS, CODE_INTERVAL, CODE_SENDS, EmailAddress,
    LOCK_LONGEST, LOCK_STARTS_AT, LOGIN_ADDRESS, Limit, LoginAdmission, LoginFailures, MemberId,
    PASSWORD_CHECK, RESET_ADDRESS, TokenHash, UserId, VERIFY_ADDRESS, VERIFY_IDENTITY, fingerprint,
    lock_after, send_admission,
};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, Read, Stamp, Table, Write,
    database::{key, retrying_conflicts},
    item::{Reader, item, number, stamps, text, ttl},
    transaction::{delete, update},
};

const TABLE: &str = "Throttles";
const KEY: &str = "throttle";
/// How long failures of a user ID are remembered: past the next yearly survey, so that a closed
/// account does not open by itself.
const LOCKOUT_KEPT: Duration = Duration::from_hours(400 * 24);
/// The shortest wait that can be told.
const AT_ONCE: Duration = Duration::from_secs(1);
/// A full log is pruned and charged again at most this often; a log that is still full then is full
/// of attempts made since.
const PRUNE_ROUNDS: u32 = 3;

/// Adds a stamp to a log, and the condition that there is room for it.
const CHARGE: &str = "ADD attempts :stamp SET #ttl = :ttl";
const NOT_FULL: &str = "attribute_not_exists(attempts) OR size(attempts) < :most";

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
    /// Codes mailed for whoever is at one client address.
    CodeAddress(&'a str),
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
    /// The item of a lockout, for the states that sample events and tests begin from.
    #[must_use]
    pub fn to_item(self, failures: u32, last: Stamp) -> Item {
        item([
            (KEY, text(self.key())),
            ("failures", number(failures)),
            ("last_at", number(last.number())),
        ])
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginCharge {
    /// The try is charged and may be evaluated.
    Charged {
        /// The wrong passwords in a row before it.
        failures: u32,
    },
    /// It is not, for so long.
    LockedFor(Duration),
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
}

impl Mailed<'_> {
    /// The item of a log, for the states that sample events and tests begin from.
    #[must_use]
    pub fn to_item(self, sent: &[Stamp]) -> Item {
        let mut log = item([(KEY, text(self.key())), ("attempts", stamps(sent))]);
        if let Some(last) = sent.iter().max() {
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
        }
    }
}

impl Bucket<'_> {
    /// The item of a log that holds `attempts`, for the states that sample events and tests begin from.
    #[must_use]
    pub fn to_item(self, attempts: &[Stamp]) -> Item {
        item([(KEY, text(self.key())), ("attempts", stamps(attempts))])
    }

    fn limit(self) -> Limit {
        match self {
            Self::VerifyIdentity(_) => VERIFY_IDENTITY,
            Self::VerifyAddress(_) => VERIFY_ADDRESS,
            Self::LoginAddress(_) => LOGIN_ADDRESS,
            Self::ResetAddress(_) => RESET_ADDRESS,
            Self::CodeAddress(_) => CODE_ADDRESS,
            Self::PasswordCheck(_) => PASSWORD_CHECK,
        }
    }

    fn key(self) -> String {
        match self {
            Self::VerifyIdentity(member) => hashed("verify-identity", member.as_str()),
            Self::VerifyAddress(address) => hashed("verify-address", address),
            Self::LoginAddress(address) => hashed("login-address", address),
            Self::ResetAddress(address) => hashed("reset-address", address),
            Self::CodeAddress(address) => hashed("code-address", address),
            Self::PasswordCheck(account) => hashed("password-check", account.as_str()),
        }
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
    /// Charges an attempt to a log.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn charge(&self, bucket: Bucket<'_>, stamp: Stamp) -> Result<Admission, Error> {
        let limit = bucket.limit();
        let item_key = bucket.key();
        for _ in 0..PRUNE_ROUNDS {
            let refused = self
                .update(&item_key, CHARGE, NOT_FULL, |call| {
                    call.expression_attribute_names("#ttl", "ttl")
                        .expression_attribute_values(":stamp", stamps(&[stamp]))
                        .expression_attribute_values(":most", number(limit.most))
                        .expression_attribute_values(":ttl", ttl(stamp.at() + limit.within))
                })
                .await?;
            let Some(full) = refused else {
                return Ok(Admission::Admitted);
            };
            let attempts = Reader {
                table: TABLE,
                item: &full,
            }
            .stamps("attempts")?;
            if attempts.contains(&stamp) {
                return Ok(Admission::Admitted); // our own write, whose reply was lost
            }
            let times: Vec<_> = attempts.iter().map(|stamp| stamp.at()).collect();
            if let refusal @ Admission::Refused { .. } = limit.admits(&times, stamp.at()) {
                return Ok(refusal);
            }
            self.prune(&item_key, limit, &attempts, stamp.at()).await?;
        }
        Ok(Admission::Refused {
            retry_after: AT_ONCE,
        })
    }

    /// Takes the attempts out of a log that have left its window.
    async fn prune(
        &self,
        item_key: &str,
        limit: Limit,
        attempts: &[Stamp],
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let spent: Vec<Stamp> = attempts
            .iter()
            .copied()
            .filter(|attempt| limit.is_spent(attempt.at(), now))
            .collect();
        self.update(
            item_key,
            "DELETE attempts :spent",
            "attribute_exists(throttle)",
            |call| call.expression_attribute_values(":spent", stamps(&spent)),
        )
        .await
        .map(drop)
    }

    /// Takes a charge back at once, because another throttle refused the attempt and so it is not
    /// evaluated.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn refund(&self, bucket: Bucket<'_>, stamp: Stamp) -> Result<(), Error> {
        self.update(
            &bucket.key(),
            "DELETE attempts :stamp",
            "attribute_exists(throttle)",
            |call| call.expression_attribute_values(":stamp", stamps(&[stamp])),
        )
        .await
        .map(drop)
    }

    /// Takes a charge back, because the attempt was no failure.
    pub fn take_back(&self, bucket: Bucket<'_>, stamp: Stamp) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, bucket.key())))
            // Should TTL have collected the item, this makes an empty one, which TTL collects again.
            .update_expression("DELETE attempts :stamp SET #ttl = :ttl")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":stamp", stamps(&[stamp]))
            .expression_attribute_values(":ttl", ttl(stamp.at() + bucket.limit().within))
            .into()
    }

    /// Charges an attempt to a log beside other writes.
    ///
    /// When this write is the one refused, [`judge`](Self::judge) reads why.
    pub fn charge_beside(&self, bucket: Bucket<'_>, stamp: Stamp) -> Write {
        let limit = bucket.limit();
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, bucket.key())))
            .update_expression(CHARGE)
            .condition_expression(NOT_FULL)
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":stamp", stamps(&[stamp]))
            .expression_attribute_values(":most", number(limit.most))
            .expression_attribute_values(":ttl", ttl(stamp.at() + limit.within))
            .into()
    }

    /// Says whether a log really stands against an attempt at `stamp`. Where only attempts of the past
    /// fill it, they are taken out and the attempt may be charged again.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn judge(
        &self,
        bucket: Bucket<'_>,
        full: Option<&Item>,
        stamp: Stamp,
    ) -> Result<Admission, Error> {
        let limit = bucket.limit();
        self.judge_log(&bucket.key(), limit, full, stamp, |times, now| {
            limit.admits(times, now)
        })
        .await
    }

    async fn judge_log(
        &self,
        item_key: &str,
        limit: Limit,
        full: Option<&Item>,
        stamp: Stamp,
        admission: impl Fn(&[OffsetDateTime], OffsetDateTime) -> Admission,
    ) -> Result<Admission, Error> {
        let Some(item) = full else {
            return Ok(Admission::Admitted);
        };
        let attempts = Reader { table: TABLE, item }.stamps("attempts")?;
        let times: Vec<_> = attempts.iter().map(|stamp| stamp.at()).collect();
        let admission = admission(&times, stamp.at());
        if matches!(admission, Admission::Admitted) {
            self.prune(item_key, limit, &attempts, stamp.at()).await?;
        }
        Ok(admission)
    }

    /// Charges a mail to its recipient: one of its kind a minute, five an hour.
    ///
    /// When this write is the one refused, [`judge_recipient`](Self::judge_recipient) reads why.
    pub fn charge_recipient(&self, mailed: Mailed<'_>, stamp: Stamp) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, mailed.key())))
            .update_expression("ADD attempts :stamp SET last_at = :at, #ttl = :ttl")
            .condition_expression(
                "(attribute_not_exists(last_at) OR last_at <= :interval_ago) \
                 AND (attribute_not_exists(attempts) OR size(attempts) < :most)",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":stamp", stamps(&[stamp]))
            .expression_attribute_values(":at", number(stamp.number()))
            .expression_attribute_values(
                ":interval_ago",
                number(Stamp::latest_of(stamp.at() - CODE_INTERVAL).number()),
            )
            .expression_attribute_values(":most", number(CODE_SENDS.most))
            .expression_attribute_values(":ttl", ttl(stamp.at() + CODE_SENDS.within))
            .into()
    }

    /// Says whether a recipient's log really stands against a mail at `stamp`. Where only attempts of
    /// the past fill it, they are taken out and the mail may be charged again.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn judge_recipient(
        &self,
        mailed: Mailed<'_>,
        full: Option<&Item>,
        stamp: Stamp,
    ) -> Result<Admission, Error> {
        self.judge_log(&mailed.key(), CODE_SENDS, full, stamp, send_admission)
            .await
    }

    /// Takes a mail's charge back, because the mail was not sent.
    pub fn take_back_recipient(&self, mailed: Mailed<'_>, stamp: Stamp) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, mailed.key())))
            .update_expression("DELETE attempts :stamp REMOVE last_at SET #ttl = :ttl")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":stamp", stamps(&[stamp]))
            .expression_attribute_values(":ttl", ttl(stamp.at() + CODE_SENDS.within))
            .into()
    }

    /// Charges a try at a password.
    ///
    /// A try while locked is not counted, so it does not extend the lock.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn charge_login(
        &self,
        guessed: Guessed<'_>,
        stamp: Stamp,
    ) -> Result<LoginCharge, Error> {
        let mut call = self
            .database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, guessed.key())))
            .update_expression(
                "SET failures = if_not_exists(failures, :none) + :one, \
                 last_at = :stamp, #ttl = :ttl",
            )
            .condition_expression(unlocked_condition())
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":closed", number(CLOSED_AT))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":stamp", number(stamp.number()))
            .expression_attribute_values(":ttl", ttl(stamp.at() + LOCKOUT_KEPT))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (index, lock) in locks().enumerate() {
            let unlocked = Stamp::latest_of(stamp.at() - lock);
            call = call
                .expression_attribute_values(
                    format!(":n{index}"),
                    number(LOCK_STARTS_AT + index_u32(index)),
                )
                .expression_attribute_values(format!(":t{index}"), number(unlocked.number()));
        }
        let found = match retrying_conflicts(|| call.clone().send()).await {
            Ok(charged) => charged.attributes,
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    failed.item.clone()
                }
                _ => return Err(Error::unavailable("UpdateItem", &error)),
            },
        };
        let (failures, last) = lockout(&found.unwrap_or_default())?;
        if last == stamp {
            // Charged, be it by a write whose reply was lost.
            return Ok(LoginCharge::Charged {
                failures: failures.count.saturating_sub(1),
            });
        }
        Ok(match failures.admission(stamp.at()) {
            LoginAdmission::LockedFor(wait) => LoginCharge::LockedFor(wait),
            LoginAdmission::Closed => LoginCharge::Closed,
            // The lock ended between the write's look and ours.
            LoginAdmission::Admitted => LoginCharge::LockedFor(AT_ONCE),
        })
    }

    /// The read of a lockout, for [`Database::read_batch`].
    #[must_use]
    pub fn read_lockout(&self, guessed: Guessed<'_>) -> Read {
        Read {
            table: Arc::clone(&self.table),
            key_name: KEY,
            key_value: guessed.key(),
        }
    }

    /// The wrong passwords in a row of a lockout that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the item is no lockout.
    pub fn failures(lockout_item: &Item) -> Result<LoginFailures, Error> {
        Ok(lockout(lockout_item)?.0)
    }

    /// Forgets wrong passwords, because the right one came.
    pub fn reset_login(&self, guessed: Guessed<'_>) -> Write {
        delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, guessed.key())))
            .into()
    }

    /// Makes one conditional update. Gives the item that refused it, or `None` when it happened.
    async fn update(
        &self,
        item_key: &str,
        expression: &str,
        condition: &str,
        values: impl FnOnce(
            aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder,
        )
            -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder,
    ) -> Result<Option<Item>, Error> {
        let call = values(
            self.database
                .client
                .update_item()
                .table_name(&*self.table)
                .set_key(Some(key(KEY, item_key)))
                .update_expression(expression)
                .condition_expression(condition)
                .return_values(ReturnValue::None)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                ),
        );
        match retrying_conflicts(|| call.clone().send()).await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Some(failed.item.clone().unwrap_or_default()))
                }
                _ => Err(Error::unavailable("UpdateItem", &error)),
            },
        }
    }
}

/// Reads the item of a lockout, with the mark of the try that it counted last.
fn lockout(item: &Item) -> Result<(LoginFailures, Stamp), Error> {
    let row = Reader { table: TABLE, item };
    let last = row.stamp("last_at")?;
    let count = row
        .maybe_number("failures")?
        .ok_or_else(|| row.corrupt("failures"))?;
    let last_at = last.at();
    Ok((LoginFailures { count, last_at }, last))
}

fn index_u32(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The locks of the fifth failure, the sixth, and so on, up to the first of the longest.
fn locks() -> impl Iterator<Item = Duration> {
    (LOCK_STARTS_AT..)
        .map(lock_after)
        .scan(false, |reached, lock| {
            if *reached {
                return None;
            }
            *reached = lock >= LOCK_LONGEST;
            Some(lock)
        })
}

/// "This try is not counted yet, and there are no failures yet, or so few that there is no lock, or the
/// lock of that many is over."
///
/// Counting is not idempotent, so a try whose reply was lost must be refused when it comes again: that
/// it has been counted is then read from the refusal.
fn unlocked_condition() -> String {
    let mut condition =
        "attribute_not_exists(failures) OR (last_at <> :stamp AND (failures < :n0".to_owned();
    let longest = locks().count() - 1;
    for index in 0..longest {
        let _ = write!(
            condition,
            " OR (failures = :n{index} AND last_at <= :t{index})"
        );
    }
    let _ = write!(
        condition,
        " OR (failures >= :n{longest} AND failures < :closed AND last_at <= :t{longest})))"
    );
    condition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_condition_spells_out_every_lock_up_to_the_longest() {
        // 1, 2, 4, … 512 seconds, then 900.
        assert_eq!(locks().count(), 11);
        let condition = unlocked_condition();
        assert!(condition.starts_with(
            "attribute_not_exists(failures) OR (last_at <> :stamp AND (failures < :n0 OR \
             (failures = :n0 AND last_at <= :t0)"
        ));
        assert!(
            condition.ends_with("(failures >= :n10 AND failures < :closed AND last_at <= :t10)))")
        );
    }

    #[test]
    fn a_key_names_what_is_counted_and_hides_of_whom() {
        let key = Bucket::LoginAddress("192.0.2.1").key();
        assert!(key.starts_with("login-address#"));
        assert!(!key.contains("192.0.2.1"));
        assert_ne!(key, Bucket::VerifyAddress("192.0.2.1").key());
    }
}
