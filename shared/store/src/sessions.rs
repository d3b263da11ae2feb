//! `Sessions`: who is signed in.
//!
//! A session lives 12 hours at most and 30 minutes without use (ASVS 5.0 7.3). It keeps the version
//! of the terms that was in force at login and whether the member had accepted it, so that what the
//! terms gate is decided by the session alone.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue},
};
use domain::{AccountId, InsurerCode, MemberId, SESSION_VALID, TermsVersion, TokenHash};
use time::OffsetDateTime;

use crate::{
    AccountKey, Database, Error, Item, Table, Write,
    database::{key, retrying_conflicts},
    item::{Reader, instant, item, text, ttl},
    transaction::{delete, put, update},
};

const TABLE: &str = "Sessions";
const KEY: &str = "session";
/// How long a session lives without use.
const IDLE: Duration = Duration::from_mins(30);

/// The table of sessions.
#[derive(Clone, Debug)]
pub struct Sessions {
    database: Database,
    table: Arc<str>,
}

impl Table for Sessions {
    const VARIABLE: &'static str = "SESSIONS_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

impl Sessions {
    /// The session of a login.
    pub fn create(&self, session: &NewSession) -> Write {
        put()
            .table_name(&*self.table)
            .set_item(Some(session.to_item()))
            .condition_expression("attribute_not_exists(#session)")
            .expression_attribute_names("#session", KEY)
            .into()
    }

    /// Finds the live session of a token and puts its idle end off, in one write.
    ///
    /// Gives `None` when there is no such session or it has ended.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn touch(
        &self,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> Result<Option<SignedIn>, Error> {
        let call = self
            .database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, token.as_str())))
            .condition_expression("expires_at > :now AND idle_expires_at > :now")
            .update_expression("SET idle_expires_at = :idle")
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":idle", instant(now + IDLE))
            .return_values(ReturnValue::AllNew);
        match retrying_conflicts(|| call.clone().send()).await {
            Ok(touched) => touched
                .attributes
                .as_ref()
                .map(SignedIn::from_item)
                .transpose(),
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(UpdateItemError::ConditionalCheckFailedException(_))
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(Error::unavailable("UpdateItem", &error)),
        }
    }

    /// The end of a session: its member logged out, its browser signed in anew (ASVS 5.0 7.2.4), or all
    /// sessions of its account end.
    pub fn end(&self, token: &TokenHash) -> Write {
        delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, token.as_str())))
            .into()
    }

    /// Opens the session to what the terms gate.
    pub fn record_acceptance(&self, session: &SignedIn) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, session.token.as_str())))
            .condition_expression("attribute_exists(#session)")
            .update_expression("SET terms_accepted = :yes")
            .expression_attribute_names("#session", KEY)
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .into()
    }
}

/// What a session starts with.
pub struct NewSession {
    /// The hash of the browser's token.
    pub token: TokenHash,
    /// The account.
    pub account: AccountKey,
    /// The account's own name.
    pub account_id: AccountId,
    /// The member.
    pub member: MemberId,
    /// The member's insurer.
    pub insurer: InsurerCode,
    /// When the member logged in.
    pub created_at: OffsetDateTime,
    /// The login before this one.
    pub previous_login_at: Option<OffsetDateTime>,
    /// The terms in force.
    pub terms_version: TermsVersion,
    /// The terms that the account accepted last.
    pub terms_accepted: Option<TermsVersion>,
}

impl NewSession {
    /// Whether the member has accepted the terms in force.
    #[must_use]
    pub fn has_accepted_terms(&self) -> bool {
        self.terms_accepted.as_ref() == Some(&self.terms_version)
    }

    /// The item of this session.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let mut session = item([
            (KEY, text(self.token.as_str())),
            ("account", text(self.account.as_str())),
            ("account_id", text(self.account_id.as_str())),
            ("member", text(self.member.as_str())),
            ("insurer", text(self.insurer.folded())),
            ("created_at", instant(self.created_at)),
            ("expires_at", instant(self.created_at + SESSION_VALID)),
            ("idle_expires_at", instant(self.created_at + IDLE)),
            ("ttl", ttl(self.created_at + SESSION_VALID)),
            ("terms_version", text(self.terms_version.as_str())),
            (
                "terms_accepted",
                AttributeValue::Bool(self.has_accepted_terms()),
            ),
        ]);
        if let Some(at) = self.previous_login_at {
            session.insert("previous_login_at".to_owned(), instant(at));
        }
        session
    }
}

/// The proof that a request comes from a signed-in member. Only [`Sessions::touch`] makes it.
#[derive(Clone)]
pub struct SignedIn {
    token: TokenHash,
    account: AccountKey,
    account_id: AccountId,
    member: MemberId,
    insurer: InsurerCode,
    expires_at: OffsetDateTime,
    idle_expires_at: OffsetDateTime,
    previous_login_at: Option<OffsetDateTime>,
    terms_version: TermsVersion,
    has_accepted_terms: bool,
}

impl SignedIn {
    fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            token: row.parsed(KEY, TokenHash::parse)?,
            account: AccountKey::from_stored(row.text("account")?),
            account_id: row.parsed("account_id", AccountId::parse)?,
            member: MemberId::from_stored(row.text("member")?.to_owned()),
            insurer: row.parsed("insurer", InsurerCode::parse)?,
            expires_at: row.instant("expires_at")?,
            idle_expires_at: row.instant("idle_expires_at")?,
            previous_login_at: row.maybe_instant("previous_login_at")?,
            terms_version: row.parsed("terms_version", TermsVersion::parse)?,
            has_accepted_terms: row.flag("terms_accepted")?,
        })
    }

    /// The hash of the browser's token, under which the session is.
    #[must_use]
    pub fn token(&self) -> &TokenHash {
        &self.token
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountKey {
        &self.account
    }

    /// The account's own name.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// The member.
    #[must_use]
    pub fn member(&self) -> &MemberId {
        &self.member
    }

    /// The member's insurer.
    #[must_use]
    pub fn insurer(&self) -> &InsurerCode {
        &self.insurer
    }

    /// When the session ends, however much it is used.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }

    /// When the session ends if it is not used again.
    #[must_use]
    pub fn idle_expires_at(&self) -> OffsetDateTime {
        self.idle_expires_at
    }

    /// The login before this session's.
    #[must_use]
    pub fn previous_login_at(&self) -> Option<OffsetDateTime> {
        self.previous_login_at
    }

    /// The terms that were in force at login.
    #[must_use]
    pub fn terms_version(&self) -> &TermsVersion {
        &self.terms_version
    }

    /// The proof that the member has accepted the terms, which everything behind the terms asks for.
    #[must_use]
    pub fn terms_accepted(&self) -> Option<TermsAccepted<'_>> {
        self.has_accepted_terms.then_some(TermsAccepted(self))
    }
}

/// The proof that a signed-in member has accepted the terms in force.
#[derive(Clone, Copy)]
pub struct TermsAccepted<'a>(&'a SignedIn);

impl TermsAccepted<'_> {
    /// The signed-in member.
    #[must_use]
    pub fn signed_in(&self) -> &SignedIn {
        self.0
    }
}
