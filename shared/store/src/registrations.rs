//! `Registrations`: members between the letter and the account.
//!
//! Two kinds of item. `token#<hash>` is the registration of one browser: who was verified, what they
//! chose, the code that was sent. `user-id#<folded>` reserves a user ID for one registration while it
//! lives. A completed registration stays as an empty stub until its expiry, so that a repeated step is
//! told that the account exists.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    Admission, BirthDate, CODE_SENDS, CREATES_PER_REGISTRATION, EmailAddress, InsurerCode,
    IssuedCode, MemberId, Number, PasswordHash, REGISTRATION_VALID, SealedCode, TokenHash, UserId,
    send_admission,
};
use time::OffsetDateTime;

use crate::{
    Database, Error, Insurer, Item, Member, Stamp, Table, Write,
    database::{key, retrying_conflicts},
    item::{Reader, instant, item, number, stamps, text, ttl},
    transaction::{delete, put, update},
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

    /// Finds the live registration of a token and charges it a try at its code, in one write.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn charge_code_try(&self, token: &TokenHash, stamp: Stamp) -> Result<Charge, Error> {
        self.charge(token, "code_tries", domain::CODE_TRIES, stamp)
            .await
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

    /// The item that reserves `user_id` for the registration of `holder` until `expires_at`.
    #[must_use]
    pub fn reservation_item(
        holder: &TokenHash,
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

    /// Reserves a user ID for this registration: free, already this one's, or another's that expired.
    pub fn reserve(&self, member: &VerifiedMember, user_id: &UserId, now: OffsetDateTime) -> Write {
        let registration = &member.registration;
        put()
            .table_name(&*self.table)
            .set_item(Some(Self::reservation_item(
                &registration.token,
                user_id,
                registration.expires_at,
            )))
            .condition_expression(
                "attribute_not_exists(registration) OR holder = :me OR expires_at <= :now",
            )
            .expression_attribute_values(":me", text(registration.token.as_str()))
            .expression_attribute_values(":now", instant(now))
            .into()
    }

    /// Gives up the user ID that this registration chose, if it chose one.
    #[must_use]
    pub fn release(&self, member: &VerifiedMember) -> Option<Write> {
        let chosen = member.registration.chosen.as_ref()?;
        Some(
            delete()
                .table_name(&*self.table)
                .set_key(Some(key(KEY, reservation_key(&chosen.user_id))))
                .condition_expression("attribute_not_exists(registration) OR holder = :me")
                .expression_attribute_values(":me", text(member.registration.token.as_str()))
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

/// What a registration starts with.
pub struct NewRegistration<'a> {
    /// The hash of the browser's token.
    pub token: TokenHash,
    /// The member that was verified.
    pub member: &'a Member,
    /// The member's insurer.
    pub insurer: &'a Insurer,
    /// When.
    pub verified_at: OffsetDateTime,
}

impl NewRegistration<'_> {
    /// The item of this registration.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let expires_at = self.verified_at + REGISTRATION_VALID;
        item([
            (KEY, text(registration_key(&self.token))),
            ("token", text(self.token.as_str())),
            ("member", text(self.member.id.as_str())),
            ("insurer", text(self.insurer.code.folded())),
            ("mail_sender", text(self.insurer.mail_sender.as_str())),
            ("member_name", text(&self.member.name)),
            ("symbol", text(&self.member.symbol)),
            ("number", text(&self.member.number)),
            ("birth_date", text(self.member.birth_date.iso())),
            ("verified_at", instant(self.verified_at)),
            ("expires_at", instant(expires_at)),
            ("ttl", ttl(expires_at)),
        ])
    }
}

/// Why there is no live registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is none of this token, or it has expired.
    Missing,
    /// Its member has an account.
    Completed,
}

/// What came of charging a try to a registration.
pub enum Charge {
    /// The try is charged and may be evaluated.
    Charged(VerifiedMember),
    /// All tries are used up.
    Spent(VerifiedMember),
    /// There is no live registration to charge.
    Refused(Refusal),
}

/// A live registration, as it was read.
#[derive(Clone)]
pub struct Registration {
    /// The hash of the browser's token.
    pub token: TokenHash,
    /// The member.
    pub member: MemberId,
    /// The member's insurer.
    pub insurer: InsurerCode,
    /// The address that the insurer's mails come from.
    pub mail_sender: EmailAddress,
    /// 番号, as the roster writes it.
    pub number: Number,
    /// The date of birth.
    pub birth_date: BirthDate,
    /// When the registration ends.
    pub expires_at: OffsetDateTime,
    /// What the member chose.
    pub chosen: Option<Chosen>,
    /// The code that was sent last, with the tries at it.
    pub code: Option<IssuedCode>,
    /// The mails that were sent.
    pub sends: Vec<Stamp>,
    last_send: Option<Stamp>,
}

/// What a member chooses for the account.
#[derive(Clone)]
pub struct Chosen {
    /// The user ID, as typed.
    pub user_id: UserId,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// The address to be confirmed.
    pub email: EmailAddress,
}

/// The proof that a request comes from a browser whose member was verified and has no account from it
/// yet. Only [`Registrations`] makes it.
#[derive(Clone)]
pub struct VerifiedMember {
    registration: Registration,
}

impl VerifiedMember {
    /// The live registration.
    #[must_use]
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Reads the registration of an item that the table gave, be it only in refusing a write.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the item is not as this table writes it.
    pub fn read(item: Option<&Item>, now: OffsetDateTime) -> Result<Result<Self, Refusal>, Error> {
        let Some(item) = item else {
            return Ok(Err(Refusal::Missing));
        };
        let row = Reader { table: TABLE, item };
        if row.instant("expires_at")? <= now {
            return Ok(Err(Refusal::Missing));
        }
        if item.contains_key("completed_at") {
            return Ok(Err(Refusal::Completed));
        }
        let last_send: Option<i64> = row.maybe_number("last_send_at")?;
        Ok(Ok(Self {
            registration: Registration {
                token: row.parsed("token", TokenHash::parse)?,
                member: MemberId::from_stored(row.text("member")?.to_owned()),
                insurer: row.parsed("insurer", InsurerCode::parse)?,
                mail_sender: row.parsed("mail_sender", EmailAddress::parse)?,
                number: row.parsed("number", Number::parse)?,
                birth_date: row.parsed("birth_date", BirthDate::from_iso)?,
                expires_at: row.instant("expires_at")?,
                chosen: Chosen::from_row(&row)?,
                code: issued_code(&row)?,
                sends: row.stamps("sends")?,
                last_send: last_send.and_then(|stamp| Stamp::parse(&stamp.to_string())),
            },
        }))
    }
}

impl Registration {
    /// How long the registration still lives at `now`.
    #[must_use]
    pub fn remaining(&self, now: OffsetDateTime) -> Duration {
        Duration::try_from(self.expires_at - now).unwrap_or_default()
    }

    /// Whether another code may be mailed at `now`: one a minute, five an hour.
    #[must_use]
    pub fn send_admission(&self, now: OffsetDateTime) -> Admission {
        let sent: Vec<_> = self.sends.iter().map(|stamp| stamp.at()).collect();
        send_admission(&sent, now)
    }
}

impl Chosen {
    fn from_row(row: &Reader<'_>) -> Result<Option<Self>, Error> {
        if row.maybe_text("user_id")?.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            user_id: row.parsed("user_id", UserId::parse)?,
            password_hash: row.parsed("password_hash", PasswordHash::parse)?,
            email: row.parsed("email", EmailAddress::parse)?,
        }))
    }
}

fn issued_code(row: &Reader<'_>) -> Result<Option<IssuedCode>, Error> {
    let Some(sealed) = row.maybe_parsed("code", SealedCode::from_hex)? else {
        return Ok(None);
    };
    Ok(Some(IssuedCode {
        sealed,
        expires_at: row.instant("code_expires_at")?,
        tries: u32::try_from(row.stamps("code_tries")?.len()).unwrap_or(u32::MAX),
    }))
}

/// How far a registration has come, for the states that sample events and tests begin from.
#[derive(Default)]
pub struct Progress {
    /// What the member chose.
    pub chosen: Option<Chosen>,
    /// The code that was sent last, and when it expires.
    pub code: Option<(SealedCode, OffsetDateTime)>,
    /// The wrong tries at it.
    pub code_tries: Vec<Stamp>,
    /// The tries at creating a user.
    pub creates: Vec<Stamp>,
    /// The mails that were sent, the last one last.
    pub sends: Vec<Stamp>,
    /// When the account was made.
    pub completed_at: Option<OffsetDateTime>,
}

impl Progress {
    /// Adds the progress to the item of a registration, as the table's own writes would have.
    pub fn add_to(&self, registration: &mut Item) {
        let mut add = |name: &str, value| registration.insert(name.to_owned(), value);
        if let Some(chosen) = &self.chosen {
            add("user_id", text(chosen.user_id.as_typed()));
            add("password_hash", text(chosen.password_hash.as_str()));
            add("email", text(chosen.email.as_str()));
        }
        if let Some((sealed, expires_at)) = &self.code {
            add("code", text(sealed.hex()));
            add("code_expires_at", instant(*expires_at));
        }
        for (name, set) in [
            ("code_tries", &self.code_tries),
            ("creates", &self.creates),
            ("sends", &self.sends),
        ] {
            if !set.is_empty() {
                add(name, stamps(set));
            }
        }
        if let Some(last) = self.sends.last() {
            add("last_send_at", number(last.number()));
        }
        if let Some(at) = self.completed_at {
            add("completed_at", instant(at));
        }
    }
}
