//! `Sessions`: who is signed in.
//!
//! A session lives 12 hours at most and 30 minutes without use (ASVS 5.0 7.3). It keeps the version
//! of the terms that was in force at login and whether the member had accepted it, so that what the
//! terms gate is decided by the session alone. An address that the member is changing to waits in the
//! session for its code: it is worth nothing in another browser, and is gone when the session is.

mod image;

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{CODE_TRIES, TokenHash};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, Read, Stamp, Table, Write,
    database::{key, retrying_conflicts},
    item::{Reader, instant, number, stamps, text},
    transaction::{delete, put, update},
};

pub use image::{EmailChange, LiveSession, NewEmailChange, NewSession, SignedIn, TermsAccepted};

const TABLE: &str = "Sessions";
const KEY: &str = "session";
/// How long a session lives without use.
const IDLE: Duration = Duration::from_mins(30);
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

impl Sessions {
    /// The session of a login.
    pub fn create(&self, session: &NewSession) -> Write {
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

    /// The read of one session, for [`Database::read_batch`].
    #[must_use]
    pub fn read(&self, token: &TokenHash) -> Read {
        Read {
            table: Arc::clone(&self.table),
            key_name: KEY,
            key_value: token.as_str().to_owned(),
        }
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
            .touching(token, now)
            .update_expression("SET idle_expires_at = :idle")
            .condition_expression(LIVE);
        match retrying_conflicts(|| call.clone().send()).await {
            Ok(touched) => touched.attributes.map(SignedIn::from_item).transpose(),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(Error::unavailable("UpdateItem", &error)),
            },
        }
    }

    fn touching(&self, token: &TokenHash, now: OffsetDateTime) -> UpdateItemFluentBuilder {
        self.database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, token.as_str())))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":idle", instant(now + IDLE))
            .return_values(ReturnValue::AllNew)
    }

    /// Keeps the address that the member begins to change to, in place of one before.
    pub fn begin_email_change(&self, session: &SignedIn, change: &NewEmailChange) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, session.token().as_str())))
            .condition_expression("attribute_exists(#session)")
            .update_expression(
                "SET new_email = :email, new_email_code = :code, new_email_sent_at = :at \
                 REMOVE new_email_tries",
            )
            .expression_attribute_names("#session", KEY)
            .expression_attribute_values(":email", text(change.email.as_str()))
            .expression_attribute_values(":code", text(change.code.hex()))
            .expression_attribute_values(":at", instant(change.sent_at))
            .into()
    }

    /// Takes the address out of the session again, because its code could not be mailed. Refused when
    /// there is another by now.
    pub fn abandon_email_change(&self, session: &SignedIn, change: &NewEmailChange) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, session.token().as_str())))
            .condition_expression("new_email_code = :code")
            .update_expression(format!("REMOVE {}", image::EMAIL_CHANGE.join(", ")))
            .expression_attribute_values(":code", text(change.code.hex()))
            .into()
    }

    /// Like [`touch`](Self::touch), and charges a try at the code of the address that the member is
    /// changing to. A try that is refused, because all are used up, is counted in what is given back and
    /// nowhere else: it is judged as one too many.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn charge_code_try(
        &self,
        token: &TokenHash,
        stamp: Stamp,
    ) -> Result<Option<SignedIn>, Error> {
        let now = stamp.at();
        let call = self
            .touching(token, now)
            .update_expression("SET idle_expires_at = :idle ADD new_email_tries :stamp")
            .condition_expression(format!(
                "{LIVE} AND attribute_exists(new_email) AND \
                 (attribute_not_exists(new_email_tries) OR size(new_email_tries) < :most)"
            ))
            .expression_attribute_values(":stamp", stamps(&[stamp]))
            .expression_attribute_values(":most", number(CODE_TRIES))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let refused = match retrying_conflicts(|| call.clone().send()).await {
            Ok(charged) => return charged.attributes.map(SignedIn::from_item).transpose(),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    failed.item.clone()
                }
                _ => return Err(Error::unavailable("UpdateItem", &error)),
            },
        };
        let Some(item) = refused else {
            return Ok(None);
        };
        let charged = Reader {
            table: TABLE,
            item: &item,
        }
        .stamps("new_email_tries")?;
        let signed_in = SignedIn::from_item(item)?;
        Ok(signed_in.is_alive(now).then(|| {
            if charged.contains(&stamp) {
                signed_in // our own write, whose reply was lost
            } else {
                signed_in.tried_once_more()
            }
        }))
    }

    /// The session as it goes on under another token, because its member has shown the password again
    /// (ASVS 5.0 7.2.4); without an address that was waiting. The former one has to
    /// [`end`](Self::end_former) beside it.
    pub fn renew(&self, former: &SignedIn, token: &TokenHash) -> Write {
        self.put(former.renewed(token))
    }

    /// The end of a session: its member logged out, its browser signed in anew (ASVS 5.0 7.2.4), or all
    /// sessions of its account end.
    pub fn end(&self, token: &TokenHash) -> Write {
        delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, token.as_str())))
            .into()
    }

    /// The end of the session that [`renew`](Self::renew) takes over, if it has not ended meanwhile; and,
    /// where the code of a change was compared, if its code is still that one.
    pub fn end_former(&self, former: &SignedIn, compared: Option<&EmailChange>) -> Write {
        let mut write = delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, former.token().as_str())));
        write = match compared {
            None => write
                .condition_expression("attribute_exists(#session)")
                .expression_attribute_names("#session", KEY),
            Some(change) => write
                .condition_expression("new_email_code = :code")
                .expression_attribute_values(":code", text(change.code.sealed.hex())),
        };
        write.into()
    }

    /// Opens the session to what the terms gate.
    pub fn record_acceptance(&self, session: &SignedIn) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, session.token().as_str())))
            .condition_expression("attribute_exists(#session)")
            .update_expression("SET terms_accepted = :yes")
            .expression_attribute_names("#session", KEY)
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .into()
    }
}
