//! A session of an account.

use domain::{Code, DeviceName, Place};
use serde::Deserialize;
use store::{AccountKey, EmailChange, NewSession, Session};
use time::{OffsetDateTime, UtcOffset, macros::offset};

use super::{
    Entry, MemberEntry, account_id, address::DeliveryEntry, email, token, user_id, waiting_code,
};
use crate::{dynamodb::TableItem, encode::table_item, samples::SampleSet};

/// The day on which terms are in force is one of Japan.
const JAPAN: UtcOffset = offset!(+9);

/// A session of an account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SessionEntry {
    /// As in the browser's cookie.
    token: String,
    user_id: String,
    member: MemberEntry,
    #[serde(with = "time::serde::rfc3339")]
    signed_in_at: OffsetDateTime,
    /// It is of an account that had this user ID before, not of the one that has it now.
    #[serde(default)]
    of_earlier_account: bool,
    /// The version of the terms that the account had accepted.
    terms_accepted: Option<String>,
    /// Such as `iPhone (Safari)`.
    device: Option<String>,
    /// Such as `JP-13`.
    place: Option<String>,
    /// The login before.
    previous_login: Option<PreviousLoginEntry>,
    /// The address that the member is changing to.
    email_change: Option<EmailChangeEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PreviousLoginEntry {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    place: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EmailChangeEntry {
    email: String,
    code: String,
    #[serde(with = "time::serde::rfc3339")]
    sent_at: OffsetDateTime,
    #[serde(default)]
    wrong_tries: u32,
    /// What SES has told of its mail.
    delivery: Option<DeliveryEntry>,
}

impl Entry for SessionEntry {
    fn items(self, samples: &SampleSet) -> Result<Vec<TableItem>, String> {
        let (insurer, member) = self.member.find(samples)?;
        let token = token(&self.token)?;
        let today = self.signed_in_at.to_offset(JAPAN).date();
        let terms_version = insurer
            .terms_in_force(today)
            .map_err(|error| error.to_string())?
            .clone();
        let previous = self.previous_login;
        let mut session = Session::from(NewSession {
            token: token.hash(),
            account: AccountKey::of(&user_id(&self.user_id)?),
            account_id: if self.of_earlier_account {
                account_id(&format!("earlier {}", self.user_id))
            } else {
                account_id(&self.user_id)
            },
            member: member.id,
            insurer: insurer.code,
            created_at: self.signed_in_at,
            device: self.device.as_deref().map(device).transpose()?,
            place: self.place.as_deref().map(place).transpose()?,
            previous_login_at: previous.as_ref().map(|login| login.at),
            previous_login_place: previous
                .and_then(|login| login.place)
                .as_deref()
                .map(place)
                .transpose()?,
            has_accepted_terms: self.terms_accepted.as_deref() == Some(terms_version.as_str()),
            terms_version,
        });
        let mut items = Vec::new();
        if let Some(change) = &self.email_change {
            let waiting = EmailChange {
                email: email(&change.email)?,
                code: waiting_code(
                    Code::parse(&change.code),
                    &token,
                    change.sent_at,
                    change.wrong_tries,
                )?,
            };
            if let Some(delivery) = change.delivery {
                items.push(delivery.item(&waiting.mail())?);
            }
            session.email_change = Some(waiting);
        }
        items.push(table_item("Sessions", &session.to_item())?);
        Ok(items)
    }
}

fn device(text: &str) -> Result<DeviceName, String> {
    DeviceName::parse(text).map_err(|error| format!("device: {error}"))
}

fn place(text: &str) -> Result<Place, String> {
    Place::parse(text).map_err(|error| format!("place: {error}"))
}
