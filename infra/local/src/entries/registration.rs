//! A registration, as far as it has come.

use domain::{Code, MailId};
use serde::Deserialize;
use store::{Chosen, NewRegistration, Registration, Registrations};
use time::OffsetDateTime;

use super::{
    At, Entry, MemberEntry, address::DeliveryEntry, email, flow_subject, hash, stamps, token,
    user_id, waiting_code,
};
use crate::{dynamodb::TableItem, encode::table_item, samples::SampleSet};

/// A registration, as far as it has come.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RegistrationEntry {
    /// As in the browser's cookie.
    token: String,
    member: MemberEntry,
    #[serde(with = "time::serde::rfc3339")]
    verified_at: OffsetDateTime,
    /// What `create-user` was given.
    chosen: Option<ChosenEntry>,
    /// What `send-code` mailed last.
    code: Option<CodeEntry>,
    /// When `send-code` mailed, the last time last.
    #[serde(default)]
    sent_at: Vec<At>,
    /// How often `create-user` was tried.
    #[serde(default)]
    creates: u32,
    /// When `confirm-code` made the account.
    completed_at: Option<At>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChosenEntry {
    user_id: String,
    password: String,
    email: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CodeEntry {
    code: String,
    #[serde(with = "time::serde::rfc3339")]
    sent_at: OffsetDateTime,
    #[serde(default)]
    wrong_tries: u32,
    /// What SES has told of its mail.
    delivery: Option<DeliveryEntry>,
}

impl Entry for RegistrationEntry {
    fn items(self, samples: &SampleSet) -> Result<Vec<TableItem>, String> {
        let token = token(&self.token)?;
        let (insurer, member) = self.member.find(samples)?;
        let mut registration = Registration::from(NewRegistration {
            token: token.hash(),
            subject: flow_subject(&token),
            member: &member,
            insurer: &insurer,
            verified_at: self.verified_at,
        });
        let sent = self.sent_at.iter();
        registration.sends = sent.flat_map(|At(at)| stamps(*at, 1)).collect();
        registration.last_send = registration.sends.last().copied();
        registration.creates = stamps(self.verified_at, self.creates);
        let mut items = Vec::new();
        if let Some(chosen) = self.chosen {
            let chosen = chosen.read()?;
            let reservation = Registrations::reservation_item(
                &member.id,
                &chosen.user_id,
                registration.expires_at,
            );
            items.push(table_item("Registrations", &reservation)?);
            registration.chosen = Some(chosen);
        }
        if let Some(sent) = self.code {
            let waiting = waiting_code(
                Code::parse(&sent.code),
                &token,
                sent.sent_at,
                sent.wrong_tries,
            )?;
            if let Some(delivery) = sent.delivery {
                items.push(delivery.item(&MailId::of(&waiting.sealed, sent.sent_at))?);
            }
            registration.code = Some(waiting);
        }
        let item = match self.completed_at {
            None => registration.to_item(),
            Some(At(at)) => registration.to_stub(at),
        };
        items.push(table_item("Registrations", &item)?);
        Ok(items)
    }
}

impl ChosenEntry {
    fn read(&self) -> Result<Chosen, String> {
        Ok(Chosen {
            user_id: user_id(&self.user_id)?,
            password_hash: hash(&self.password)?,
            email: email(&self.email)?,
        })
    }
}
