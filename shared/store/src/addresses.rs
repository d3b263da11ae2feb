//! `Addresses`: what is known against an address that mail came back from, and what became of mails.
//!
//! Three kinds of item. `<hash>` is an address by its SHA-256, with what is known against it. `mail#<id>` is
//! a mail by its name, with a time for each state it was in. `latest#<hash>` names the newest mail to an
//! address. Who reads the table learns nobody's address.
//!
//! SES tells at least once and in any order. A mail that came back is its time in a set, and a state's time
//! only grows, so to be told twice changes nothing. What was mailed before an operator lifted a mark is not
//! held against the address any more. `refused_until` is what the domain makes of a mark, spelled out.

pub(crate) mod check;

use std::sync::Arc;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    AddressMark, BOUNCE_COUNTS, DELIVERY_KEPT, Delivery, DeliveryState, EmailAddress, MailId,
    fingerprint,
};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, Read, Table, Write,
    database::{key, retrying_conflicts},
    item::{Reader, instant, instants, item, text, ttl},
    transaction::update,
};

const TABLE: &str = "Addresses";
const KEY: &str = "address";
/// "The mail was handed over after an operator lifted what was known before."
const NOT_LIFTED: &str = "attribute_not_exists(lifted_at) OR lifted_at < :mailed_at";

/// The table of marked addresses, and of mails.
#[derive(Clone, Debug)]
pub struct Addresses {
    database: Database,
    table: Arc<str>,
}

impl Table for Addresses {
    const VARIABLE: &'static str = "ADDRESSES_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

/// A mail that came back from its recipient.
#[derive(Clone, Debug)]
pub struct Returned {
    /// How.
    pub how: Marked,
    /// When; the same whenever it is told again.
    pub at: OffsetDateTime,
    /// When the mail was handed over.
    pub mailed_at: OffsetDateTime,
    /// What SES called it.
    pub message_id: String,
}

/// What an address is marked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// A mail could not be delivered and never will be.
    Bounced,
    /// The recipient called a mail unwanted.
    Complained,
    /// SES did not try to deliver a mail, because one of its own lists has the address.
    Suppressed,
}

/// What came of noting it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noted {
    /// The address is marked; this is all that is known against it.
    Marked(AddressMark),
    /// The mail is of before an operator lifted the mark.
    Lifted,
}

/// A mail, as SES tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldMail {
    /// Its name.
    pub id: MailId,
    /// When SES took it.
    pub mailed_at: OffsetDateTime,
}

/// What the table has of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkedAddress {
    /// What is known against it; nothing, once an operator has lifted it.
    pub mark: AddressMark,
    /// The mail that came back last, as SES called it.
    pub message_id: Option<String>,
    /// When an operator lifted it.
    pub lifted_at: Option<OffsetDateTime>,
}

impl Addresses {
    /// Notes against an address that a mail came back, for as long as the domain says.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn note(&self, address: &EmailAddress, back: &Returned) -> Result<Noted, Error> {
        let (how, only, at) = match back.how {
            Marked::Bounced => ("ADD bounces :back SET", "", instants(&[back.at])),
            Marked::Complained => (
                "SET complained_at = if_not_exists(complained_at, :back),",
                "",
                instant(back.at),
            ),
            // The last one counts.
            Marked::Suppressed => (
                "SET suppressed_at = :back,",
                " AND (attribute_not_exists(suppressed_at) OR suppressed_at < :back)",
                instant(back.at),
            ),
        };
        let call = self
            .update(address_key(address))
            .update_expression(format!(
                "{how} message_id = :id, #ttl = if_not_exists(#ttl, :ttl)"
            ))
            .condition_expression(format!("({NOT_LIFTED}){only}"))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":back", at)
            .expression_attribute_values(":id", text(&back.message_id))
            .expression_attribute_values(":mailed_at", instant(back.mailed_at))
            // Of a mark that the write below does not complete. Another event may have kept it for longer: SES
            // tells at least once, and in any order.
            .expression_attribute_values(":ttl", ttl(back.at + BOUNCE_COUNTS))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let (noted, is_refused) = match retrying_conflicts(|| call.clone().send()).await {
            Ok(noted) => (noted.attributes, false),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    (refused.item.clone(), true)
                }
                _ => return Err(Error::unavailable("UpdateItem", &error)),
            },
        };
        let known = MarkedAddress::from_item(&noted.unwrap_or_default())?;
        let is_lifted = known.lifted_at.is_some_and(|at| at >= back.mailed_at);
        if is_refused && is_lifted {
            return Ok(Noted::Lifted);
        }
        self.refuse(address, known.mark, back.mailed_at).await
    }

    /// Spells out until when the address is refused, and keeps the item until then; never earlier than another
    /// event has it, which may have come meanwhile.
    async fn refuse(
        &self,
        address: &EmailAddress,
        mark: AddressMark,
        mailed_at: OffsetDateTime,
    ) -> Result<Noted, Error> {
        let Some(until) = mark.refused_until() else {
            return Ok(Noted::Marked(mark));
        };
        let forgotten = mark
            .last()
            .map_or(until, |last| until.max(last + BOUNCE_COUNTS));
        let call = self
            .update(address_key(address))
            .update_expression("SET refused_until = :until, #ttl = :ttl")
            .condition_expression(format!(
                "({NOT_LIFTED}) AND (attribute_not_exists(refused_until) OR refused_until < :until \
                 OR (refused_until = :until AND #ttl < :ttl))"
            ))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":mailed_at", instant(mailed_at))
            .expression_attribute_values(":ttl", ttl(forgotten))
            .expression_attribute_values(":until", instant(until));
        match retrying_conflicts(|| call.clone().send()).await {
            Err(error) if !is_refused(&error) => Err(Error::unavailable("UpdateItem", &error)),
            // Refused: it is written already, or was lifted in between, which is as it should be.
            _ => Ok(Noted::Marked(mark)),
        }
    }

    /// Notes that a mail was in a state at a time. A state is never taken back: the last time of each is
    /// kept, in whatever order they are told.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn observe(
        &self,
        mail: &ToldMail,
        state: DeliveryState,
        at: OffsetDateTime,
    ) -> Result<(), Error> {
        let reached = attribute_of(state);
        // Whatever SES tells of a mail, it has taken it.
        let taken = match state {
            DeliveryState::HandedOver => String::new(),
            _ => format!("{} = :mailed_at, ", attribute_of(DeliveryState::HandedOver)),
        };
        let mut call = self
            .update(mail_key(&mail.id))
            .update_expression(format!("SET {taken}{reached} = :at, #ttl = :ttl"))
            .condition_expression(format!(
                "attribute_not_exists({reached}) OR {reached} < :at"
            ))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":at", instant(at))
            .expression_attribute_values(":ttl", ttl(mail.mailed_at + DELIVERY_KEPT));
        if !taken.is_empty() {
            call = call.expression_attribute_values(":mailed_at", instant(mail.mailed_at));
        }
        write_once(call).await
    }

    /// Keeps which mail to an address is the newest, for the desk.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn point_to(&self, address: &EmailAddress, mail: &ToldMail) -> Result<(), Error> {
        let call = self
            .update(latest_key(address))
            .update_expression("SET mail = :mail, mailed_at = :mailed_at, #ttl = :ttl")
            .condition_expression("attribute_not_exists(mailed_at) OR mailed_at < :mailed_at")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":mail", text(mail.id.as_str()))
            .expression_attribute_values(":mailed_at", instant(mail.mailed_at))
            .expression_attribute_values(":ttl", ttl(mail.mailed_at + DELIVERY_KEPT));
        write_once(call).await
    }

    fn update(&self, key_value: String) -> UpdateItemFluentBuilder {
        self.database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, key_value)))
    }

    /// Looks an address up, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup(&self, address: &EmailAddress) -> Result<Option<MarkedAddress>, Error> {
        let found = self.get(address_key(address)).await?;
        found.as_ref().map(MarkedAddress::from_item).transpose()
    }

    /// What became of the newest mail to an address, strongly consistent. `None` when there was none in the
    /// last 14 days.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn latest_delivery(&self, address: &EmailAddress) -> Result<Option<Delivery>, Error> {
        let Some(latest) = self.get(latest_key(address)).await? else {
            return Ok(None);
        };
        let row = Reader {
            table: TABLE,
            item: &latest,
        };
        let mail = row.parsed("mail", MailId::parse)?;
        let found = self.get(mail_key(&mail)).await?;
        found
            .as_ref()
            .map_or(Ok(Some(Delivery::default())), |told| {
                delivery(told).map(Some)
            })
    }

    async fn get(&self, key_value: String) -> Result<Option<Item>, Error> {
        self.database.get(&self.table, key(KEY, key_value)).await
    }

    /// The read of an address, for [`Database::read`].
    #[must_use]
    pub fn read(&self, address: &EmailAddress) -> Read<MarkedAddress> {
        let key_value = address_key(address);
        Read::of(&self.table, KEY, key_value, MarkedAddress::from_item)
    }

    /// The read of what became of a mail, for [`Database::read`]; there is none before SES has told of it.
    /// Nobody has written it a moment before: SES tells in its own time.
    #[must_use]
    pub fn read_mail(&self, mail: &MailId) -> Read<Delivery> {
        Read::of(&self.table, KEY, mail_key(mail), delivery)
    }

    /// The item of a mail, for the states that sample events and tests begin from.
    #[must_use]
    pub fn mail_item(mail: &MailId, delivery: &Delivery) -> Item {
        let mut told = item([(KEY, text(mail_key(mail)))]);
        for state in DeliveryState::ALL {
            if let Some(at) = delivery.at(state) {
                told.insert(attribute_of(state).to_owned(), instant(at));
                let kept = told.entry("ttl".to_owned());
                kept.or_insert_with(|| ttl(at + DELIVERY_KEPT));
            }
        }
        told
    }

    /// Forgets what is known against an address; refused when that is nothing. That it was lifted stays
    /// for as long as SES may still tell of a mail of before.
    pub fn lift(&self, address: &EmailAddress, seen: &MarkedAddress, at: OffsetDateTime) -> Write {
        let is_marked = "attribute_exists(bounces) OR attribute_exists(complained_at) \
                         OR attribute_exists(suppressed_at)";
        // Each mark names its mail.
        let is_same = match seen.message_id {
            Some(_) => "message_id = :seen",
            None => "attribute_not_exists(message_id)",
        };
        let lift = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, address_key(address))))
            .update_expression(
                "SET lifted_at = :at, #ttl = :ttl \
                 REMOVE bounces, complained_at, suppressed_at, message_id, refused_until",
            )
            .condition_expression(format!("({is_marked}) AND {is_same}"))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":at", instant(at))
            .expression_attribute_values(":ttl", ttl(at + BOUNCE_COUNTS));
        match &seen.message_id {
            Some(id) => lift.expression_attribute_values(":seen", text(id)).into(),
            None => lift.into(),
        }
    }
}

impl MarkedAddress {
    /// The item of an address, for the states that sample events and tests begin from.
    #[must_use]
    pub fn to_item(&self, address: &EmailAddress) -> Item {
        let mut marked = item([(KEY, text(address_key(address)))]);
        let mut add = |name: &str, value| marked.insert(name.to_owned(), value);
        if !self.mark.bounces.is_empty() {
            add("bounces", instants(&self.mark.bounces));
        }
        for (name, at) in [
            ("complained_at", self.mark.complained_at),
            ("suppressed_at", self.mark.suppressed_at),
            ("lifted_at", self.lifted_at),
            ("refused_until", self.mark.refused_until()),
        ] {
            if let Some(at) = at {
                add(name, instant(at));
            }
        }
        if let Some(id) = &self.message_id {
            add("message_id", text(id));
        }
        let counts = self.mark.last().max(self.lifted_at);
        let kept = counts.map(|at| at + BOUNCE_COUNTS);
        if let Some(kept) = kept.max(self.mark.refused_until()) {
            add("ttl", ttl(kept));
        }
        marked
    }

    fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            mark: AddressMark {
                bounces: row.instant_set("bounces")?,
                complained_at: row.maybe_instant("complained_at")?,
                suppressed_at: row.maybe_instant("suppressed_at")?,
            },
            message_id: row.maybe_text("message_id")?.map(str::to_owned),
            lifted_at: row.maybe_instant("lifted_at")?,
        })
    }
}

fn delivery(told: &Item) -> Result<Delivery, Error> {
    let row = Reader {
        table: TABLE,
        item: told,
    };
    DeliveryState::ALL
        .into_iter()
        .try_fold(Delivery::default(), |delivery, state| {
            let at = row.maybe_instant(attribute_of(state))?;
            Ok(delivery.and(state, at))
        })
}

/// The keys of what is known of an address: its mark, and which mail to it was the newest.
pub(crate) fn keys_of(address: &EmailAddress) -> [String; 2] {
    [address_key(address), latest_key(address)]
}

fn address_key(address: &EmailAddress) -> String {
    fingerprint(address.folded())
}

fn latest_key(address: &EmailAddress) -> String {
    format!("latest#{}", fingerprint(address.folded()))
}

fn mail_key(mail: &MailId) -> String {
    format!("mail#{}", mail.as_str())
}

/// Where a mail's item has the time of a state.
fn attribute_of(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::HandedOver => "handed_over_at",
        DeliveryState::Delayed => "delayed_at",
        DeliveryState::Delivered => "delivered_at",
        DeliveryState::Returned => "returned_at",
    }
}

/// Makes a write whose refusal says that it, or a later one, is made already.
async fn write_once(call: UpdateItemFluentBuilder) -> Result<(), Error> {
    match retrying_conflicts(|| call.clone().send()).await {
        Err(error) if !is_refused(&error) => Err(Error::unavailable("UpdateItem", &error)),
        _ => Ok(()),
    }
}

fn is_refused(error: &SdkError<UpdateItemError>) -> bool {
    matches!(
        error.as_service_error(),
        Some(UpdateItemError::ConditionalCheckFailedException(_))
    )
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_mark_reads_back_and_its_item_has_no_address() {
        let address = EmailAddress::parse("Taro.Kenpo@example.jp").unwrap();
        let marked = MarkedAddress {
            mark: AddressMark {
                bounces: vec![datetime!(2026-11-22 01:00 UTC)],
                complained_at: Some(datetime!(2026-11-22 01:05 UTC)),
                suppressed_at: Some(datetime!(2026-11-22 01:06 UTC)),
            },
            message_id: Some("0106-1".to_owned()),
            lifted_at: None,
        };
        let item = marked.to_item(&address);
        assert_eq!(MarkedAddress::from_item(&item).unwrap(), marked);
        assert!(!format!("{item:?}").to_lowercase().contains("taro"));
    }

    #[test]
    fn what_became_of_a_mail_reads_back() {
        let mail = MailId::parse("0106-1").unwrap();
        let at = datetime!(2026-11-22 01:00 UTC);
        let delivery = Delivery::default()
            .and(DeliveryState::HandedOver, Some(at))
            .and(DeliveryState::Delayed, Some(at + BOUNCE_COUNTS));
        let item = Addresses::mail_item(&mail, &delivery);
        assert_eq!(super::delivery(&item).unwrap(), delivery);
    }
}
