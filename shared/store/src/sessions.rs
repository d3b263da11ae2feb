//! `Sessions`: who is signed in.
//!
//! A session lives 12 hours at most and 30 minutes without use (ASVS 5.0 7.3). It keeps the version
//! of the terms that was in force at login and whether the member had accepted it, so that what the
//! terms gate is decided by the session alone. An address that the member is changing to waits in the
//! session for its code: it is worth nothing in another browser, and is gone when the session is.

pub(crate) mod check;
mod image;

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder, types::AttributeValue,
};
use domain::TokenHash;
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, NoFlow, Pending, Presented, Read, Stamp, Table, WaitingCode, Write,
    codes,
    database::{key, update_if},
    item::{instant, text},
    transaction::{Never, delete, put, update},
};

pub use image::{EmailChange, NewSession, Session, SignedIn, TermsAccepted};

const TABLE: &str = "Sessions";
const KEY: &str = "session";
/// How long a session lives without use.
const IDLE: Duration = Duration::from_mins(30);
/// The attribute that says whose session it is: an account keeps its id whatever token its sessions have.
const OWNER: &str = "account_id";
/// Puts the idle end off.
const TOUCHED: &str = "idle_expires_at = :idle";
/// "The session is alive."
const LIVE: &str = "expires_at > :now AND idle_expires_at > :now";

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

/// What has become meanwhile of a session that was to be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overtaken {
    /// It has ended.
    Ended,
    /// It waits for another code, or its code was tried too often.
    OtherCode,
}

impl Sessions {
    /// The session of a login.
    pub fn create(&self, session: &Session) -> Write {
        self.put(session.to_item())
    }

    fn put(&self, item: Item) -> Write {
        put()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#session)")
            .expression_attribute_names("#session", KEY)
            .into()
    }

    /// The read of one session, for [`Database::read`].
    #[must_use]
    pub fn read(&self, token: &TokenHash) -> Read<Session> {
        Read::of(&self.table, KEY, token.as_str(), Session::from_item)
    }

    /// Finds the live session that a request belongs to and puts its idle end off, in one write.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn touch(
        &self,
        presented: &Presented,
        now: OffsetDateTime,
    ) -> Result<Result<SignedIn, NoFlow>, Error> {
        let call = self
            .at(&presented.token, now)
            .update_expression(format!("SET {TOUCHED}"))
            .condition_expression(presented.only_if(LIVE, OWNER));
        let call = presented.value(call);
        let item = match update_if(call).await? {
            Ok(touched) => Some(touched),
            Err(refused) => refused,
        };
        SignedIn::read(item.as_ref(), presented, now)
    }

    /// Finds the live session that a request belongs to, strongly consistent, and leaves its idle end to a write that
    /// follows.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup(
        &self,
        presented: &Presented,
        now: OffsetDateTime,
    ) -> Result<Result<SignedIn, NoFlow>, Error> {
        let key = key(KEY, presented.token.as_str());
        let item = self.database.get(&self.table, key).await?;
        SignedIn::read(item.as_ref(), presented, now)
    }

    fn at(&self, token: &TokenHash, now: OffsetDateTime) -> UpdateItemFluentBuilder {
        self.database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, token.as_str())))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":idle", instant(now + IDLE))
    }

    /// Keeps the address that the member begins to change to, in place of one before.
    pub fn begin_email_change(&self, session: &SignedIn, change: &EmailChange) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, session.token().as_str())))
            .condition_expression("attribute_exists(#session)")
            .update_expression(format!(
                "SET email = :email, {} REMOVE {}",
                codes::SET,
                codes::UNTRIED
            ))
            .expression_attribute_names("#session", KEY)
            .set_expression_attribute_values(Some(change.code.values()))
            .expression_attribute_values(":email", text(change.email.as_str()))
            .into()
    }

    /// Takes the address out of the session again, because its code could not be mailed. Refused when
    /// there is another by now.
    pub fn abandon_email_change(&self, session: &SignedIn, change: &EmailChange) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, session.token().as_str())))
            .condition_expression("code = :code")
            .update_expression(format!("REMOVE email, {}", codes::NONE))
            .expression_attribute_values(":code", text(change.code.sealed.hex()))
            .into()
    }

    /// A wrong try at the code of the address that the member is changing to, to be counted.
    #[must_use]
    pub fn wrong_code(&self, session: &SignedIn, code: &WaitingCode, stamp: Stamp) -> Pending {
        let key = key(KEY, session.token().as_str());
        code.tried(&self.table, key, stamp)
    }

    /// The session as it goes on under another token, because its member has shown the password again
    /// (ASVS 5.0 7.2.4); without an address that was waiting. The former one has to
    /// [`end`](Self::end_former) beside it.
    pub fn renew(&self, former: &SignedIn, token: &TokenHash) -> Write {
        self.put(former.renewed(token))
    }

    /// The end of a session: its member logged out, its browser signed in anew (ASVS 5.0 7.2.4), or all
    /// sessions of its account end.
    pub fn end(&self, token: &TokenHash) -> Write<Never> {
        Write::from(
            delete()
                .table_name(&*self.table)
                .set_key(Some(key(KEY, token.as_str()))),
        )
        .unconditional()
    }

    /// The end of the session that [`renew`](Self::renew) takes over, if it has not ended meanwhile; and,
    /// where the code of a change was compared, if its code is still that one and has not been tried too often.
    pub fn end_former(
        &self,
        former: &SignedIn,
        compared: Option<&EmailChange>,
    ) -> Write<Overtaken> {
        let mut write = delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, former.token().as_str())));
        write = match compared {
            None => write
                .condition_expression("attribute_exists(#session)")
                .expression_attribute_names("#session", KEY),
            Some(change) => write
                .condition_expression(codes::COMPARED)
                .set_expression_attribute_values(Some(change.code.compared())),
        };
        Write::from(write).refused(|item| {
            Ok(match item {
                Some(_) => Overtaken::OtherCode,
                None => Overtaken::Ended,
            })
        })
    }

    /// Opens the session to what the terms gate, once the account has the acceptance, and puts its idle end off.
    /// Gives whether it goes on still.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn open(&self, session: &SignedIn, now: OffsetDateTime) -> Result<bool, Error> {
        let call = self
            .at(session.token(), now)
            .update_expression(format!("SET {TOUCHED}, terms_accepted = :yes"))
            .condition_expression(LIVE)
            .expression_attribute_values(":yes", AttributeValue::Bool(true));
        Ok(update_if(call).await?.is_ok())
    }
}
