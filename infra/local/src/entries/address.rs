//! What is known of an address, and of a mail.

use domain::{AddressMark, Delivery, DeliveryState, MailId};
use serde::Deserialize;
use store::{Addresses, MarkedAddress};

use super::{At, Entry, email};
use crate::{dynamodb::TableItem, encode::table_item, samples::SampleSet};

/// An address that mail came back from.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AddressEntry {
    email: String,
    /// When mails to it bounced.
    #[serde(default)]
    bounced_at: Vec<At>,
    /// When its owner complained of one.
    complained_at: Option<At>,
    /// When SES last did not try to deliver one.
    suppressed_at: Option<At>,
    /// When an operator lifted what was known before.
    lifted_at: Option<At>,
}

impl Entry for AddressEntry {
    fn items(self, _: &SampleSet) -> Result<Vec<TableItem>, String> {
        let mark = AddressMark {
            bounces: self.bounced_at.iter().map(|At(at)| *at).collect(),
            complained_at: self.complained_at.map(|At(at)| at),
            suppressed_at: self.suppressed_at.map(|At(at)| at),
        };
        let marked = MarkedAddress {
            message_id: mark.last().map(|_| "sample-mail".to_owned()),
            lifted_at: self.lifted_at.map(|At(at)| at),
            mark,
        };
        let item = marked.to_item(&email(&self.email)?);
        Ok(vec![table_item("Addresses", &item)?])
    }
}

/// What SES has told of a mail: when it was in which state.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are those of the JSON")]
pub(super) struct DeliveryEntry {
    handed_over_at: Option<At>,
    delayed_at: Option<At>,
    delivered_at: Option<At>,
    returned_at: Option<At>,
}

impl DeliveryEntry {
    pub(super) fn item(self, mail: &MailId) -> Result<TableItem, String> {
        let delivery = [
            (DeliveryState::HandedOver, self.handed_over_at),
            (DeliveryState::Delayed, self.delayed_at),
            (DeliveryState::Delivered, self.delivered_at),
            (DeliveryState::Returned, self.returned_at),
        ]
        .into_iter()
        .fold(Delivery::default(), |delivery, (state, at)| {
            delivery.and(state, at.map(|At(at)| at))
        });
        table_item("Addresses", &Addresses::mail_item(mail, &delivery))
    }
}

/// A mail by its name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MailEntry {
    id: String,
    delivery: DeliveryEntry,
}

impl Entry for MailEntry {
    fn items(self, _: &SampleSet) -> Result<Vec<TableItem>, String> {
        let id = MailId::parse(&self.id).map_err(|error| format!("id: {error}"))?;
        Ok(vec![self.delivery.item(&id)?])
    }
}
