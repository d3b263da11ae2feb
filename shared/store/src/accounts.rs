//! `Accounts`: who can log in.
//!
//! Two kinds of item: `user#<user id>` is the account, `member#<member id>` the claim that gives a
//! member at most one account. Both are put in one transaction, each on the condition that its key is
//! free, so neither can exist twice and neither without the other. Nothing here ever expires.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    AccountId, BegunSession, EmailAddress, InsurerCode, MemberId, PasswordHash,
    SESSIONS_PER_ACCOUNT, Subject, Superseded, TermsVersion, TokenHash, UserId,
};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, Read, Table, Write,
    database::key,
    item::{Reader, instant, item, number, text},
    transaction::{condition_check, put, update},
};

const TABLE: &str = "Accounts";
const KEY: &str = "account";
/// What the key of an account begins with.
const USER: &str = "user#";
const KEY_FREE: &str = "attribute_not_exists(account)";

/// Where an account is: its user ID without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountKey(String);

impl AccountKey {
    /// The account of this user ID.
    #[must_use]
    pub fn of(user_id: &UserId) -> Self {
        Self(format!("{USER}{}", user_id.folded()))
    }

    pub(crate) fn from_stored(key: &str) -> Self {
        Self(key.to_owned())
    }

    /// What log lines and the audit trail call the account.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::of(self.0.strip_prefix(USER).unwrap_or(&self.0))
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
        self.lookup_key(&AccountKey::of(user_id)).await
    }

    /// Looks an account up where it is, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup_key(&self, account: &AccountKey) -> Result<Option<Account>, Error> {
        self.database
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, account.as_str())))
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

    /// The user ID of the account that a claim is of.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the item is not as [`NewAccount::to_claim`] writes it.
    pub fn user_id_of_claim(claim: &Item) -> Result<UserId, Error> {
        let row = Reader {
            table: TABLE,
            item: claim,
        };
        row.parsed("user_id", UserId::parse)
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

    /// Notes a login at `now`: lists its session in the place of those that it supersedes, and keeps the
    /// password's new hash where the old one's cost was outdated.
    ///
    /// Refused when the password is no longer the one that was compared; and when another login listed
    /// or ended sessions meanwhile, so that they would become too many.
    pub fn record_login(
        &self,
        account: &Account,
        token: &TokenHash,
        superseded: &Superseded,
        now: OffsetDateTime,
        rehashed: Option<&PasswordHash>,
    ) -> Write {
        let gone: Vec<&TokenHash> = superseded.all().collect();
        let mut set = "SET last_login_at = :now, sessions.#token = :now".to_owned();
        let mut remove = String::new();
        // Sessions of other logins at this moment may come, as long as there is room.
        let mut condition = "password_hash = :compared AND size(sessions) < :room".to_owned();
        let mut write = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, account.key.as_str())))
            .expression_attribute_names("#token", token.as_str())
            .expression_attribute_values(":compared", text(account.password_hash.as_str()))
            .expression_attribute_values(":room", number(SESSIONS_PER_ACCOUNT + gone.len()))
            .expression_attribute_values(":now", instant(now));
        for (index, token) in gone.into_iter().enumerate() {
            let _ = write!(condition, " AND attribute_exists(sessions.#gone{index})");
            let start = if index == 0 { " REMOVE" } else { "," };
            let _ = write!(remove, "{start} sessions.#gone{index}");
            write = write.expression_attribute_names(format!("#gone{index}"), token.as_str());
        }
        if let Some(hash) = rehashed {
            set.push_str(", password_hash = :hash");
            write = write.expression_attribute_values(":hash", text(hash.as_str()));
        }
        write
            .update_expression(set + &remove)
            .condition_expression(condition)
            .into()
    }

    /// Gives the account another password and an empty list of sessions. Refused when address, password
    /// or sessions are not those of `seen` any more: who ends the sessions that are listed there has
    /// ended all.
    pub fn change_password(&self, seen: &Account, password_hash: &PasswordHash) -> Write {
        let sessions = |sessions: &[BegunSession]| {
            let listed = sessions.iter().map(|session| {
                let token = session.token.as_str().to_owned();
                (token, instant(session.at))
            });
            AttributeValue::M(listed.collect())
        };
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, seen.key.as_str())))
            .condition_expression(
                "password_hash = :seen_hash AND email = :seen_email AND sessions = :seen_sessions",
            )
            .update_expression("SET password_hash = :hash, sessions = :none")
            .expression_attribute_values(":seen_hash", text(seen.password_hash.as_str()))
            .expression_attribute_values(":seen_email", text(seen.email.as_str()))
            .expression_attribute_values(":seen_sessions", sessions(&seen.sessions))
            .expression_attribute_values(":hash", text(password_hash.as_str()))
            .expression_attribute_values(":none", sessions(&[]))
            .into()
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
            // The maps must be there for an acceptance, or a session, to be put into them.
            ("acceptances", AttributeValue::M(HashMap::new())),
            ("sessions", AttributeValue::M(HashMap::new())),
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

    /// Lists a session in the account's item, as [`Accounts::record_login`] would have, for the states
    /// that sample events and tests begin from.
    pub fn add_session(item: &mut Item, session: &BegunSession) {
        if let Some(AttributeValue::M(sessions)) = item.get_mut("sessions") {
            sessions.insert(session.token.as_str().to_owned(), instant(session.at));
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
    /// The sessions that were begun and that no later login superseded. Some may be over: who logs out
    /// ends the session alone.
    pub sessions: Vec<BegunSession>,
}

impl Account {
    /// Whether the password is still the one that it was in `before`.
    #[must_use]
    pub fn has_password_of(&self, before: &Self) -> bool {
        self.password_hash.as_str() == before.password_hash.as_str()
    }

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
            sessions: begun_sessions(&row)?,
        })
    }
}

fn begun_sessions(row: &Reader<'_>) -> Result<Vec<BegunSession>, Error> {
    row.instants("sessions")?
        .into_iter()
        .map(|(token, at)| {
            let token = TokenHash::parse(token).map_err(|_| row.corrupt("sessions"))?;
            Ok(BegunSession { token, at })
        })
        .collect()
}
