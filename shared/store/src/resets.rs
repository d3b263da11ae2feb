//! `Resets`: forgotten passwords on the way to new ones.
//!
//! A reset belongs to the browser that asked for it. When user ID and address belong together it names
//! the account as it was then: a later reset, or another address, makes it worthless. When they do not,
//! it is a decoy: the same item, charged and compared in the same way, that no code opens.

use std::sync::Arc;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    CODE_INTERVAL, CODE_TRIES, CODE_VALID, EmailAddress, InsurerCode, IssuedCode, MemberId,
    PasswordHash, RESET_VALID, SealedCode, Subject, TokenHash, fingerprint,
};
use time::OffsetDateTime;

use crate::{
    Account, AccountKey, Database, Error, Item, Stamp, Table, Write,
    database::{key, retrying_conflicts},
    item::{Reader, instant, item, number, stamps, text, ttl},
    transaction::{delete, put},
};

const TABLE: &str = "Resets";
const KEY: &str = "reset";

/// The table of password resets.
#[derive(Clone, Debug)]
pub struct Resets {
    database: Database,
    table: Arc<str>,
}

impl Table for Resets {
    const VARIABLE: &'static str = "RESETS_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

impl Resets {
    /// The reset that a browser asks for.
    pub fn create(&self, reset: &NewReset) -> Write {
        put()
            .table_name(&*self.table)
            .set_item(Some(reset.to_item()))
            .condition_expression("attribute_not_exists(#reset)")
            .expression_attribute_names("#reset", KEY)
            .into()
    }

    /// Finds the live reset of a token and charges it a try at its code, in one write. A try that is
    /// refused, because all are used up, is counted in what is given back and nowhere else: it is judged as
    /// one too many. `None` when there is no live reset.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn charge_try(
        &self,
        token: &TokenHash,
        stamp: Stamp,
    ) -> Result<Option<Reset>, Error> {
        let now = stamp.at();
        let call = self
            .database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, token.as_str())))
            .update_expression("ADD tries :stamp")
            .condition_expression(
                "expires_at > :now AND (attribute_not_exists(tries) OR size(tries) < :most)",
            )
            .expression_attribute_values(":stamp", stamps(&[stamp]))
            .expression_attribute_values(":most", number(CODE_TRIES))
            .expression_attribute_values(":now", instant(now))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let refused = match retrying_conflicts(|| call.clone().send()).await {
            Ok(charged) => {
                return Reset::live(charged.attributes.as_ref(), now);
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    failed.item.clone()
                }
                _ => return Err(Error::unavailable("UpdateItem", &error)),
            },
        };
        Ok(Reset::live(refused.as_ref(), now)?.map(|reset| {
            if reset.tries.contains(&stamp) {
                return reset; // our own write, whose reply was lost
            }
            let code = reset.code.tried_once_more();
            Reset { code, ..reset }
        }))
    }

    /// Takes a try back, because its code was right and only what came with it was not.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn take_back_try(&self, reset: &Reset, stamp: Stamp) -> Result<(), Error> {
        let call = self
            .database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, reset.token.as_str())))
            .update_expression("DELETE tries :stamp")
            .condition_expression("attribute_exists(#reset)")
            .expression_attribute_names("#reset", KEY)
            .expression_attribute_values(":stamp", stamps(&[stamp]));
        match retrying_conflicts(|| call.clone().send()).await {
            Ok(_) => Ok(()),
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(UpdateItemError::ConditionalCheckFailedException(_))
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::unavailable("UpdateItem", &error)),
        }
    }

    /// The one use of a reset, if it is alive and its code is still the one that was compared.
    pub fn consume(&self, reset: &Reset, now: OffsetDateTime) -> Write {
        delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, reset.token.as_str())))
            .condition_expression("code = :code AND expires_at > :now")
            .expression_attribute_values(":code", text(reset.code.sealed.hex()))
            .expression_attribute_values(":now", instant(now))
            .into()
    }
}

/// What a reset starts with.
pub struct NewReset {
    /// The hash of the browser's token.
    pub token: TokenHash,
    /// The code, sealed with the token.
    pub code: SealedCode,
    /// Whom it is about: the account of the user ID that was typed, be there one or not.
    pub subject: Subject,
    /// When it was asked for.
    pub requested_at: OffsetDateTime,
    /// The account, if user ID and address belong together.
    pub account: Option<ResetAccount>,
}

impl NewReset {
    /// The item of this reset.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let expires_at = self.requested_at + RESET_VALID;
        let mut reset = item([
            (KEY, text(self.token.as_str())),
            ("code", text(self.code.hex())),
            ("subject", text(self.subject.as_str())),
            ("code_expires_at", instant(self.requested_at + CODE_VALID)),
            ("requested_at", instant(self.requested_at)),
            ("expires_at", instant(expires_at)),
            ("ttl", ttl(expires_at)),
        ]);
        if let Some(account) = &self.account {
            reset.extend(item([
                ("account", text(account.key.as_str())),
                ("member", text(account.member.as_str())),
                ("insurer", text(account.insurer.folded())),
                ("email", text(account.email.as_str())),
                ("password", text(&account.password)),
            ]));
        }
        reset
    }

    /// Adds wrong tries at the code to the item of a reset, for the states that sample events and tests
    /// begin from.
    pub fn add_tries(reset: &mut Item, tries: &[Stamp]) {
        if !tries.is_empty() {
            reset.insert("tries".to_owned(), stamps(tries));
        }
    }
}

/// The account of a reset, as it was when the reset was asked for.
#[derive(Clone)]
pub struct ResetAccount {
    /// Where it is.
    pub key: AccountKey,
    /// The member.
    pub member: MemberId,
    /// The member's insurer.
    pub insurer: InsurerCode,
    /// The address that the code went to.
    pub email: EmailAddress,
    /// The fingerprint of the password's hash.
    password: String,
}

impl ResetAccount {
    /// The account as it is now, with the address that the code goes to.
    #[must_use]
    pub fn of(account: &Account, email: &EmailAddress) -> Self {
        Self::with(
            account.key.clone(),
            account.member.clone(),
            account.insurer.clone(),
            email.clone(),
            &account.password_hash,
        )
    }

    /// An account of these, for the states that sample events and tests begin from.
    #[must_use]
    pub fn with(
        key: AccountKey,
        member: MemberId,
        insurer: InsurerCode,
        email: EmailAddress,
        password_hash: &PasswordHash,
    ) -> Self {
        Self {
            key,
            member,
            insurer,
            email,
            password: fingerprint(password_hash.as_str()),
        }
    }

    /// Whether nothing that the reset relies on has changed at `now`: the code was mailed to an address
    /// that it would be mailed to still, and nobody has changed the password since.
    #[must_use]
    pub fn is_still(&self, account: &Account, now: OffsetDateTime) -> bool {
        self.key == account.key
            && account.reset_address(&self.email, now) == Some(&self.email)
            && self.password == fingerprint(account.password_hash.as_str())
    }
}

/// A live reset, as it was read.
pub struct Reset {
    /// The code, with the tries at it.
    pub code: IssuedCode,
    /// Whom it is about, a decoy too: what is noted of its tries is nothing to tell it by.
    pub subject: Subject,
    /// The account; none is that of a decoy.
    pub account: Option<ResetAccount>,
    token: TokenHash,
    requested_at: OffsetDateTime,
    tries: Vec<Stamp>,
}

impl Reset {
    /// Reads the reset of an item that the table gave, be it only in refusing a write. `None` when there
    /// is none, or it is over.
    fn live(item: Option<&Item>, now: OffsetDateTime) -> Result<Option<Self>, Error> {
        let Some(item) = item else {
            return Ok(None);
        };
        let row = Reader { table: TABLE, item };
        if row.instant("expires_at")? <= now {
            return Ok(None);
        }
        let tries = row.stamps("tries")?;
        Ok(Some(Self {
            token: row.parsed(KEY, TokenHash::parse)?,
            code: IssuedCode {
                sealed: row.parsed("code", SealedCode::from_hex)?,
                expires_at: row.instant("code_expires_at")?,
                tries: u32::try_from(tries.len()).unwrap_or(u32::MAX),
            },
            subject: row.parsed("subject", Subject::parse)?,
            requested_at: row.instant("requested_at")?,
            account: reset_account(&row)?,
            tries,
        }))
    }

    /// When another code may be asked for.
    #[must_use]
    pub fn resend_at(&self) -> OffsetDateTime {
        self.requested_at + CODE_INTERVAL
    }
}

fn reset_account(row: &Reader<'_>) -> Result<Option<ResetAccount>, Error> {
    let Some(account) = row.maybe_text("account")? else {
        return Ok(None);
    };
    Ok(Some(ResetAccount {
        key: AccountKey::from_stored(account),
        member: MemberId::from_stored(row.text("member")?.to_owned()),
        insurer: row.parsed("insurer", InsurerCode::parse)?,
        email: row.parsed("email", EmailAddress::parse)?,
        password: row.text("password")?.to_owned(),
    }))
}
