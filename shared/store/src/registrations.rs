//! `Registrations`: members between the letter and the account.
//!
//! Two kinds of item. `token#<hash>` is the registration of one browser: who was verified, what they
//! chose, the code that was sent. `user-id#<folded>` reserves a user ID for one member while that
//! registration lives. A completed registration stays as an empty stub until its expiry, so that a repeated step is
//! told that the account exists.

pub(crate) mod check;
mod image;

use std::{sync::Arc, time::Duration};

use domain::{
    CODE_SENDS, CREATES_PER_REGISTRATION, EmailAddress, MemberId, SealedCode, TRY_LIVES, TokenHash,
    UserId,
};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, NoFlow, Pending, Presented, Read, Stamp, Table, WaitingCode, Write,
    codes,
    database::key,
    item::{instant, item, number, stamps, text, ttl},
    transaction::{delete, put, update},
};

pub use image::{
    Chosen, NewRegistration, Owner, Registration, SentCode, Shown, Unproven, VerifiedMember,
};

const TABLE: &str = "Registrations";
const KEY: &str = "registration";
const LIVE: &str = "expires_at > :now AND attribute_not_exists(completed_at)";
/// The attribute that says whose registration it is.
const OWNER: &str = "flow_subject";
/// The tries at creating a user: those that came to an answer about a user ID.
const CREATES: &str = "creates_counted";
/// "The registration is alive, and a user may be created in it still": what has to hold for a try to be told.
const CREATABLE: &str = "expires_at > :now AND attribute_not_exists(completed_at) AND \
     (attribute_not_exists(creates_counted) OR size(creates_counted) < :creates)";
/// How much longer a user ID is reserved than its registration lives: longer than any request is under way. So when
/// somebody else can have it, the account is there to be read that a request of the last moment made of it.
pub(crate) const RESERVED_LONGER: Duration = TRY_LIVES;
/// Everything that a completed registration no longer needs; `creates` and `code_tries` are of the version before.
const PERSONAL: [&str; 16] = [
    "member_name",
    "symbol",
    NUMBER,
    "birth_date",
    "mail_sender",
    "user_id",
    "password_hash",
    "email",
    "code",
    "code_expires_at",
    "code_tries",
    "code_tries_counted",
    "creates",
    "creates_counted",
    "sends",
    "last_send_at",
];
/// A word of DynamoDB's own, which an expression cannot name.
const NUMBER: &str = "number";

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
    /// Keeps the registration of a member who was just verified. Its token was drawn for it, so nothing is in its
    /// place but itself, when a lost reply has it put again.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn create(&self, registration: &Registration) -> Result<(), Error> {
        self.database.put(&self.table, registration.to_item()).await
    }

    /// The read of whose a registration is, for [`Database::read`].
    #[must_use]
    pub fn read_owner(&self, token: &TokenHash) -> Read<Owner> {
        Read::of(&self.table, KEY, registration_key(token), Owner::from_item)
    }

    /// Finds the live registration that a request belongs to, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup(
        &self,
        presented: &Presented,
        now: OffsetDateTime,
    ) -> Result<Result<VerifiedMember, NoFlow>, Error> {
        let key = key(KEY, registration_key(&presented.token));
        let item = self.database.get(&self.table, key).await?;
        VerifiedMember::read(item.as_ref(), presented, now)
    }

    /// The read of the registration that a request presents, for [`Database::read`], strongly consistent.
    #[must_use]
    pub fn read(&self, presented: &Presented) -> Read<Unproven> {
        let key_value = registration_key(&presented.token);
        Read::of(&self.table, KEY, key_value, Unproven::from_item).consistent()
    }

    /// A wrong try at creating a user, to be counted.
    #[must_use]
    pub fn wrong_create(&self, member: &VerifiedMember, stamp: Stamp) -> Pending {
        let key = key(KEY, registration_key(&member.registration.token));
        let only_if = (CREATABLE, creatable(stamp.at()));
        Pending::judged(&self.table, key, CREATES, stamp, only_if)
    }

    /// A wrong try at a code, to be counted.
    #[must_use]
    pub fn wrong_code(&self, member: &VerifiedMember, code: &WaitingCode, stamp: Stamp) -> Pending {
        let key = key(KEY, registration_key(&member.registration.token));
        code.tried(&self.table, key, stamp)
    }

    /// The item that reserves `user_id` for the member `holder`, in a registration that ends at `expires_at`.
    #[must_use]
    pub fn reservation_item(
        holder: &MemberId,
        user_id: &UserId,
        expires_at: OffsetDateTime,
    ) -> Item {
        item([
            (KEY, text(reservation_key(user_id))),
            ("holder", text(holder.as_str())),
            ("expires_at", instant(expires_at + RESERVED_LONGER)),
            ("ttl", ttl(expires_at + RESERVED_LONGER)),
        ])
    }

    /// Reserves a user ID for the member: free, already theirs, or another's that expired. It stays reserved when the
    /// account is made of it: until then, an account of it that was not there when it was read cannot have been made.
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

    /// Keeps what the member chose, in place of what this registration had when it was read, and counts the
    /// try under `stamp`. A code that was sent before is void: its address may not be the one chosen now.
    /// Refused with the registration as it is now.
    pub fn choose(
        &self,
        member: &VerifiedMember,
        chosen: &Chosen,
        stamp: Stamp,
    ) -> Write<Result<VerifiedMember, NoFlow>> {
        let mut write = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, registration_key(&member.registration.token))))
            .update_expression(format!(
                "SET user_id = :user_id, password_hash = :hash, email = :email \
                 REMOVE {} ADD creates_counted :stamp",
                codes::NONE
            ))
            .set_expression_attribute_values(Some(creatable(stamp.at())))
            .expression_attribute_values(":stamp", stamps(&[stamp]))
            .expression_attribute_values(":user_id", text(chosen.user_id.as_typed()))
            .expression_attribute_values(":hash", text(chosen.password_hash.as_str()))
            .expression_attribute_values(":email", text(chosen.email.as_str()));
        // Two tabs choosing at once: the second must not forget the first one's reservation.
        write = match &member.registration.chosen {
            None => {
                write.condition_expression(format!("{CREATABLE} AND attribute_not_exists(user_id)"))
            }
            Some(seen) => write
                .condition_expression(format!("{CREATABLE} AND user_id = :seen"))
                .expression_attribute_values(":seen", text(seen.user_id.as_typed())),
        };
        Self::or_as_it_is(write.into(), member, stamp.at())
    }

    /// The write, refused with the registration as it is now.
    fn or_as_it_is(
        write: Write,
        member: &VerifiedMember,
        now: OffsetDateTime,
    ) -> Write<Result<VerifiedMember, NoFlow>> {
        let presented = member.presented();
        write.refused(move |item| VerifiedMember::read(item, &presented, now))
    }

    /// Keeps a new code for `email` and charges its mail to this registration. The code before is
    /// void. Refused, with the registration as it is now, when something else changed it since it was read.
    pub fn issue_code(
        &self,
        member: &VerifiedMember,
        email: &EmailAddress,
        sealed: &SealedCode,
        stamp: Stamp,
    ) -> Write<Result<VerifiedMember, NoFlow>> {
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
            .update_expression(format!(
                "SET {}, email = :email, sends = :sends, last_send_at = :stamp REMOVE {}",
                codes::SET,
                codes::UNTRIED
            ))
            .set_expression_attribute_values(Some(WaitingCode::sent(sealed.clone(), now).values()))
            .expression_attribute_values(":now", instant(now))
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
        Self::or_as_it_is(write.condition_expression(condition).into(), member, now)
    }

    /// Takes a mail's charge back, because the mail was not sent: the member may send again at once.
    /// Nothing happens when another mail was charged since.
    pub fn release_send(&self, member: &VerifiedMember, stamp: Stamp) -> Write {
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
    /// compared, and has not been tried too often meanwhile. Refused with the registration as it is now.
    pub fn complete(
        &self,
        member: &VerifiedMember,
        code: &WaitingCode,
        now: OffsetDateTime,
    ) -> Write<Result<VerifiedMember, NoFlow>> {
        let mut values = code.compared();
        values.insert(":now".to_owned(), instant(now));
        let write = self
            .end(member)
            .condition_expression(format!("{LIVE} AND {}", codes::COMPARED))
            .set_expression_attribute_values(Some(values));
        Self::or_as_it_is(write.into(), member, now)
    }

    /// Ends the registration because its member got an account through another one.
    pub fn abandon(&self, member: &VerifiedMember, now: OffsetDateTime) -> Write {
        self.end(member)
            .condition_expression(LIVE)
            .expression_attribute_values(":now", instant(now))
            .into()
    }

    /// Ends it at `:now`.
    fn end(&self, member: &VerifiedMember) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        let names = PERSONAL.map(|name| (format!("#{name}"), name.to_owned()));
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, registration_key(&member.registration.token))))
            .update_expression(format!(
                "SET completed_at = :now REMOVE #{}",
                PERSONAL.join(", #")
            ))
            .set_expression_attribute_names(Some(names.into()))
    }
}

/// The values that [`CREATABLE`] names.
fn creatable(now: OffsetDateTime) -> Item {
    item([
        (":now", instant(now)),
        (":creates", number(CREATES_PER_REGISTRATION)),
    ])
}
