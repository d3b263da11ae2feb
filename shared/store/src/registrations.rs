//! `Registrations`: members between the letter and the account.
//!
//! Two kinds of item. `token#<hash>` is the registration of one browser: who was verified, what they
//! chose, the code that was sent. `user-id#<folded>` reserves a user ID for one member while that
//! registration lives. A completed registration stays as an empty stub until its expiry, so that a repeated step is
//! told that the account exists.

mod image;

use std::sync::Arc;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    CODE_SENDS, CREATES_PER_REGISTRATION, EmailAddress, IssuedCode, MemberId, SealedCode,
    TokenHash, UserId,
};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, Stamp, Table, Write,
    database::{key, retrying_conflicts},
    item::{Reader, instant, item, number, stamps, text, ttl},
    transaction::{delete, put, update},
};

pub use image::{
    Charge, Chosen, NewRegistration, Progress, Refusal, Registration, SentCode, Shown,
    VerifiedMember,
};

const TABLE: &str = "Registrations";
const KEY: &str = "registration";
const LIVE: &str = "expires_at > :now AND attribute_not_exists(completed_at)";
/// Everything that a completed registration no longer needs.
const PERSONAL: &str = "member_name, symbol, #number, birth_date, mail_sender, user_id, \
                        password_hash, email, code, code_expires_at, code_tries, creates, sends, \
                        last_send_at";

fn registration_key(token: &TokenHash) -> String {
    format!("token#{}", token.as_str())
}

fn reservation_key(user_id: &UserId) -> String {
    format!("user-id#{}", user_id.folded())
}

/// The table of registrations.
#[derive(Clone, Debug)]
pub struct Registrations {
    database: Database,
    table: Arc<str>,
}

impl Table for Registrations {
    const VARIABLE: &'static str = "REGISTRATIONS_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

impl Registrations {
    /// The registration of a member who was just verified.
    pub fn create(&self, registration: &NewRegistration<'_>) -> Write {
        put()
            .table_name(&*self.table)
            .set_item(Some(registration.to_item()))
            .condition_expression("attribute_not_exists(registration)")
            .into()
    }

    /// Finds the live registration of a token, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup(
        &self,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> Result<Result<VerifiedMember, Refusal>, Error> {
        let item = self
            .database
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, registration_key(token))))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::unavailable("GetItem", &error))?
            .item;
        VerifiedMember::read(item.as_ref(), now)
    }

    /// Finds the live registration of a token and charges it a try at creating a user, in one write.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn charge_create(&self, token: &TokenHash, stamp: Stamp) -> Result<Charge, Error> {
        self.charge(token, "creates", CREATES_PER_REGISTRATION, stamp)
            .await
    }

    /// Finds the live registration of a token and charges it a try at its code, in one write. A try that
    /// is refused, because all are used up, is counted in what is given back and nowhere else: it is
    /// judged as one too many.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn charge_code_try(
        &self,
        token: &TokenHash,
        stamp: Stamp,
    ) -> Result<Result<VerifiedMember, Refusal>, Error> {
        let charge = self
            .charge(token, "code_tries", domain::CODE_TRIES, stamp)
            .await?;
        Ok(match charge {
            Charge::Charged(member) => Ok(member),
            Charge::Spent(mut member) => {
                let code = member.registration.code.take();
                member.registration.code = code.map(IssuedCode::tried_once_more);
                Ok(member)
            }
            Charge::Refused(refusal) => Err(refusal),
        })
    }

    async fn charge(
        &self,
        token: &TokenHash,
        tries: &'static str,
        most: u32,
        stamp: Stamp,
    ) -> Result<Charge, Error> {
        let now = stamp.at();
        let call = self
            .database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, registration_key(token))))
            .update_expression("ADD #tries :stamp")
            .condition_expression(format!(
                "{LIVE} AND (attribute_not_exists(#tries) OR size(#tries) < :most)"
            ))
            .expression_attribute_names("#tries", tries)
            .expression_attribute_values(":stamp", stamps(&[stamp]))
            .expression_attribute_values(":most", number(most))
            .expression_attribute_values(":now", instant(now))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let refused = match retrying_conflicts(|| call.clone().send()).await {
            Ok(charged) => {
                return Ok(
                    match VerifiedMember::read(charged.attributes.as_ref(), now)? {
                        Ok(member) => Charge::Charged(member),
                        Err(refusal) => Charge::Refused(refusal),
                    },
                );
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    failed.item.clone()
                }
                _ => return Err(Error::unavailable("UpdateItem", &error)),
            },
        };
        let member = match VerifiedMember::read(refused.as_ref(), now)? {
            Ok(member) => member,
            Err(refusal) => return Ok(Charge::Refused(refusal)),
        };
        let mine = refused
            .as_ref()
            .map(|item| Reader { table: TABLE, item }.stamps(tries))
            .transpose()?
            .is_some_and(|charged| charged.contains(&stamp));
        Ok(if mine {
            Charge::Charged(member) // our own write, whose reply was lost
        } else {
            Charge::Spent(member)
        })
    }

    /// The item that reserves `user_id` for the member `holder` until `expires_at`.
    #[must_use]
    pub fn reservation_item(
        holder: &MemberId,
        user_id: &UserId,
        expires_at: OffsetDateTime,
    ) -> Item {
        item([
            (KEY, text(reservation_key(user_id))),
            ("holder", text(holder.as_str())),
            ("expires_at", instant(expires_at)),
            ("ttl", ttl(expires_at)),
        ])
    }

    /// Reserves a user ID for the member: free, already theirs, or another's that expired.
    ///
    /// It is theirs in every browser: who verifies anew, having lost the first registration, is not
    /// refused the user ID they chose in it.
    pub fn reserve(&self, member: &VerifiedMember, user_id: &UserId, now: OffsetDateTime) -> Write {
        let registration = &member.registration;
        put()
            .table_name(&*self.table)
            .set_item(Some(Self::reservation_item(
                &registration.member,
                user_id,
                registration.expires_at,
            )))
            .condition_expression(
                "attribute_not_exists(registration) OR holder = :me OR expires_at <= :now",
            )
            .expression_attribute_values(":me", text(registration.member.as_str()))
            .expression_attribute_values(":now", instant(now))
            .into()
    }

    /// Gives up the user ID that was chosen in this registration, if one was.
    #[must_use]
    pub fn release(&self, member: &VerifiedMember) -> Option<Write> {
        let chosen = member.registration.chosen.as_ref()?;
        Some(
            delete()
                .table_name(&*self.table)
                .set_key(Some(key(KEY, reservation_key(&chosen.user_id))))
                .condition_expression("attribute_not_exists(registration) OR holder = :me")
                .expression_attribute_values(":me", text(member.registration.member.as_str()))
                .into(),
        )
    }

    /// Gives up the user ID chosen before, unless `user_id` is the same.
    #[must_use]
    pub fn release_unless(&self, member: &VerifiedMember, user_id: &UserId) -> Option<Write> {
        let chosen = member.registration.chosen.as_ref()?;
        (chosen.user_id.folded() != user_id.folded())
            .then(|| self.release(member))
            .flatten()
    }

    /// Keeps what the member chose, in place of what this registration had when it was read. A code
    /// that was sent before is void: its address may not be the one chosen now.
    pub fn choose(&self, member: &VerifiedMember, chosen: &Chosen, now: OffsetDateTime) -> Write {
        let mut write = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, registration_key(&member.registration.token))))
            .update_expression(
                "SET user_id = :user_id, password_hash = :hash, email = :email \
                 REMOVE code, code_expires_at, code_tries",
            )
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":user_id", text(chosen.user_id.as_typed()))
            .expression_attribute_values(":hash", text(chosen.password_hash.as_str()))
            .expression_attribute_values(":email", text(chosen.email.as_str()));
        // Two tabs choosing at once: the second must not forget the first one's reservation.
        write = match &member.registration.chosen {
            None => write.condition_expression(format!("{LIVE} AND attribute_not_exists(user_id)")),
            Some(seen) => write
                .condition_expression(format!("{LIVE} AND user_id = :seen"))
                .expression_attribute_values(":seen", text(seen.user_id.as_typed())),
        };
        write.into()
    }

    /// Keeps a new code for `email` and charges its mail to this registration. The code before is
    /// void. Refused when something else changed the registration since it was read.
    pub fn issue_code(
        &self,
        member: &VerifiedMember,
        email: &EmailAddress,
        sealed: &SealedCode,
        expires_at: OffsetDateTime,
        stamp: Stamp,
    ) -> Write {
        let registration = &member.registration;
        let now = stamp.at();
        let sends: Vec<Stamp> = registration
            .sends
            .iter()
            .copied()
            .filter(|sent| !CODE_SENDS.is_spent(sent.at(), now))
            .chain([stamp])
            .collect();
        let mut condition = format!("{LIVE} AND email = :seen_email");
        let mut write = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, registration_key(&registration.token))))
            .update_expression(
                "SET code = :code, code_expires_at = :code_expires_at, email = :email, \
                 sends = :sends, last_send_at = :stamp REMOVE code_tries",
            )
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":code", text(sealed.hex()))
            .expression_attribute_values(":code_expires_at", instant(expires_at))
            .expression_attribute_values(":email", text(email.as_str()))
            .expression_attribute_values(
                ":seen_email",
                text(
                    registration
                        .chosen
                        .as_ref()
                        .map_or("", |chosen| chosen.email.as_str()),
                ),
            )
            .expression_attribute_values(":sends", stamps(&sends))
            .expression_attribute_values(":stamp", number(stamp.number()));
        match registration.last_send {
            None => condition.push_str(" AND attribute_not_exists(last_send_at)"),
            Some(seen) => {
                condition.push_str(" AND last_send_at = :seen_send");
                write = write.expression_attribute_values(":seen_send", number(seen.number()));
            }
        }
        write.condition_expression(condition).into()
    }

    /// Takes a mail's charge back, because the mail was not sent: the member may send again at once.
    /// Nothing happens when another mail was charged since.
    pub fn take_back_send(&self, member: &VerifiedMember, stamp: Stamp) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, registration_key(&member.registration.token))))
            .update_expression("DELETE sends :sent REMOVE last_send_at")
            .condition_expression("last_send_at = :stamp")
            .expression_attribute_values(":sent", stamps(&[stamp]))
            .expression_attribute_values(":stamp", number(stamp.number()))
            .into()
    }

    /// Ends the registration because its account is made, if its code is still the one that was
    /// compared.
    pub fn complete(
        &self,
        member: &VerifiedMember,
        code: &SealedCode,
        now: OffsetDateTime,
    ) -> Write {
        self.end(member, now)
            .condition_expression(format!("{LIVE} AND code = :code"))
            .expression_attribute_values(":code", text(code.hex()))
            .into()
    }

    /// Ends the registration because its member got an account through another one.
    pub fn abandon(&self, member: &VerifiedMember, now: OffsetDateTime) -> Write {
        self.end(member, now).condition_expression(LIVE).into()
    }

    fn end(
        &self,
        member: &VerifiedMember,
        now: OffsetDateTime,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, registration_key(&member.registration.token))))
            .update_expression(format!("SET completed_at = :now REMOVE {PERSONAL}"))
            .expression_attribute_names("#number", "number")
            .expression_attribute_values(":now", instant(now))
    }
}
