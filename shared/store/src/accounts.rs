//! `Accounts`: who can log in.
//!
//! Two kinds of item: `user#<user id>` is the account, `member#<member id>` the claim that gives a
//! member at most one account. Both are put in one transaction, each on the condition that its key is
//! free, so neither can exist twice and neither without the other. Nothing here ever expires.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{AccountId, EmailAddress, InsurerCode, MemberId, PasswordHash, TermsVersion, UserId};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, Read, Table, Write,
    database::key,
    item::{Reader, instant, item, text},
    transaction::{condition_check, put, update},
};

const TABLE: &str = "Accounts";
const KEY: &str = "account";
const KEY_FREE: &str = "attribute_not_exists(account)";

/// Where an account is: its user ID without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountKey(String);

impl AccountKey {
    /// The account of this user ID.
    #[must_use]
    pub fn of(user_id: &UserId) -> Self {
        Self(format!("user#{}", user_id.folded()))
    }

    pub(crate) fn from_stored(key: &str) -> Self {
        Self(key.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn claim_key(member: &MemberId) -> String {
    format!("member#{}", member.as_str())
}

/// The table of accounts.
#[derive(Clone, Debug)]
pub struct Accounts {
    database: Database,
    table: Arc<str>,
}

impl Table for Accounts {
    const VARIABLE: &'static str = "ACCOUNTS_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

impl Accounts {
    /// Looks an account up by user ID, strongly consistent: a member logs in a second after confirming.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup(&self, user_id: &UserId) -> Result<Option<Account>, Error> {
        self.database
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, AccountKey::of(user_id).as_str())))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::unavailable("GetItem", &error))?
            .item
            .as_ref()
            .map(Account::from_item)
            .transpose()
    }

    /// The read of an account, for [`Database::read_batch`].
    #[must_use]
    pub fn read(&self, account: &AccountKey) -> Read {
        self.read_key(account.as_str().to_owned())
    }

    /// The read of a member's claim, which exists when the member has an account.
    #[must_use]
    pub fn read_claim(&self, member: &MemberId) -> Read {
        self.read_key(claim_key(member))
    }

    fn read_key(&self, key_value: String) -> Read {
        Read {
            table: Arc::clone(&self.table),
            key_name: KEY,
            key_value,
        }
    }

    /// The check that no account has this user ID.
    pub fn user_id_free(&self, user_id: &UserId) -> Write {
        condition_check()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, AccountKey::of(user_id).as_str())))
            .condition_expression(KEY_FREE)
            .into()
    }

    /// The account itself, if its user ID is free.
    pub fn create(&self, account: &NewAccount) -> Write {
        put()
            .table_name(&*self.table)
            .set_item(Some(account.to_item()))
            .condition_expression(KEY_FREE)
            .into()
    }

    /// The member's claim, if the member has no account.
    pub fn claim(&self, account: &NewAccount) -> Write {
        put()
            .table_name(&*self.table)
            .set_item(Some(account.to_claim()))
            .condition_expression(KEY_FREE)
            .into()
    }

    /// Notes a login at `now`, and keeps the password's new hash where the old one's cost was outdated.
    /// Refused when the password is no longer the one that was compared.
    pub fn record_login(
        &self,
        account: &Account,
        now: OffsetDateTime,
        rehashed: Option<&PasswordHash>,
    ) -> Write {
        let mut write = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, account.key.as_str())))
            .condition_expression("password_hash = :compared")
            .expression_attribute_values(":compared", text(account.password_hash.as_str()))
            .expression_attribute_values(":now", instant(now));
        write = match rehashed {
            None => write.update_expression("SET last_login_at = :now"),
            Some(hash) => write
                .update_expression("SET last_login_at = :now, password_hash = :hash")
                .expression_attribute_values(":hash", text(hash.as_str())),
        };
        write.into()
    }

    /// Keeps that this version of the terms was accepted at `now`; an earlier acceptance of the same
    /// version stands.
    pub fn record_acceptance(
        &self,
        account: &AccountKey,
        version: &TermsVersion,
        now: OffsetDateTime,
    ) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, account.as_str())))
            .condition_expression("attribute_exists(account)")
            .update_expression(
                "SET terms_accepted = :version, \
                 acceptances.#version = if_not_exists(acceptances.#version, :now)",
            )
            .expression_attribute_names("#version", version.as_str())
            .expression_attribute_values(":version", text(version.as_str()))
            .expression_attribute_values(":now", instant(now))
            .into()
    }
}

/// What an account starts with.
pub struct NewAccount {
    /// The account's own name, which never changes and tells nothing.
    pub id: AccountId,
    /// The user ID, as typed.
    pub user_id: UserId,
    /// The member.
    pub member: MemberId,
    /// The member's insurer.
    pub insurer: InsurerCode,
    /// The confirmed address.
    pub email: EmailAddress,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// When the address was confirmed, and so the account made.
    pub created_at: OffsetDateTime,
}

impl NewAccount {
    /// The item of the account.
    #[must_use]
    pub fn to_item(&self) -> Item {
        item([
            (KEY, text(AccountKey::of(&self.user_id).as_str())),
            ("account_id", text(self.id.as_str())),
            ("user_id", text(self.user_id.as_typed())),
            ("member", text(self.member.as_str())),
            ("insurer", text(self.insurer.folded())),
            ("email", text(self.email.as_str())),
            ("password_hash", text(self.password_hash.as_str())),
            ("created_at", instant(self.created_at)),
            // The map must be there for an acceptance to be put into it.
            ("acceptances", AttributeValue::M(HashMap::new())),
        ])
    }

    /// Adds the acceptance of a version of the terms to the account's item, as
    /// [`Accounts::record_acceptance`] would have, for the states that sample events and tests begin from.
    pub fn add_acceptance(item: &mut Item, version: &TermsVersion, at: OffsetDateTime) {
        item.insert("terms_accepted".to_owned(), text(version.as_str()));
        if let Some(AttributeValue::M(acceptances)) = item.get_mut("acceptances") {
            acceptances.insert(version.as_str().to_owned(), instant(at));
        }
    }

    /// The item of the member's claim.
    #[must_use]
    pub fn to_claim(&self) -> Item {
        item([
            (KEY, text(claim_key(&self.member))),
            ("account_id", text(self.id.as_str())),
            ("user_id", text(self.user_id.as_typed())),
            ("created_at", instant(self.created_at)),
        ])
    }
}

/// An account.
#[derive(Clone)]
pub struct Account {
    /// Where it is.
    pub key: AccountKey,
    /// The account's own name, which never changes and tells nothing.
    pub id: AccountId,
    /// The user ID, as typed.
    pub user_id: UserId,
    /// The member.
    pub member: MemberId,
    /// The member's insurer.
    pub insurer: InsurerCode,
    /// The confirmed address.
    pub email: EmailAddress,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// The version of the terms accepted last.
    pub terms_accepted: Option<TermsVersion>,
    /// The login before.
    pub last_login_at: Option<OffsetDateTime>,
}

impl Account {
    /// Reads an account.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the item is not as [`NewAccount::to_item`] writes it.
    pub fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            key: AccountKey::from_stored(row.text(KEY)?),
            id: row.parsed("account_id", AccountId::parse)?,
            user_id: row.parsed("user_id", UserId::parse)?,
            member: MemberId::from_stored(row.text("member")?.to_owned()),
            insurer: row.parsed("insurer", InsurerCode::parse)?,
            email: row.parsed("email", EmailAddress::parse)?,
            password_hash: row.parsed("password_hash", PasswordHash::parse)?,
            terms_accepted: row.maybe_parsed("terms_accepted", TermsVersion::parse)?,
            last_login_at: row.maybe_instant("last_login_at")?,
        })
    }
}
