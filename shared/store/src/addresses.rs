//! `Addresses`: what is known against an address that mail came back from.
//!
//! An item's key is the SHA-256 of the address, so who reads the table learns nobody's. SES tells what
//! came back at least once and in any order: a mail that came back is its time in a set, so to be told
//! twice changes nothing; and what was mailed before an operator lifted a mark is not held against the
//! address any more. `refused_until` is what the domain makes of it all, spelled out for the condition
//! of a write.

use std::sync::Arc;

use aws_sdk_dynamodb::{
    error::SdkError, operation::update_item::UpdateItemError, types::ReturnValue,
};
use domain::{AddressMark, BOUNCE_COUNTS, EmailAddress, Undeliverable, fingerprint};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, Read, Table, Write,
    database::{key, retrying_conflicts},
    item::{Reader, instant, instants, item, text, ttl},
    transaction::{condition_check, update},
};

const TABLE: &str = "Addresses";
const KEY: &str = "address";
/// "The mail was handed over after an operator lifted what was known before."
const NOT_LIFTED: &str = "attribute_not_exists(lifted_at) OR lifted_at < :mailed_at";

/// The table of marked addresses.
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
}

/// What came of noting it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// The address is marked.
    Marked,
    /// The mail is of before an operator lifted the mark.
    Lifted,
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
        let (how, at) = match back.how {
            Marked::Bounced => (
                "ADD bounces :back SET message_id = :id, #ttl = :ttl",
                instants(&[back.at]),
            ),
            Marked::Complained => (
                "SET complained_at = if_not_exists(complained_at, :back), message_id = :id, #ttl = :ttl",
                instant(back.at),
            ),
        };
        let call = self
            .database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(item_key(address)))
            .update_expression(how)
            .condition_expression(NOT_LIFTED)
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":back", at)
            .expression_attribute_values(":id", text(&back.message_id))
            .expression_attribute_values(":mailed_at", instant(back.mailed_at))
            // Of a mark that the write below does not complete.
            .expression_attribute_values(":ttl", ttl(back.at + BOUNCE_COUNTS))
            .return_values(ReturnValue::AllNew);
        let noted = match retrying_conflicts(|| call.clone().send()).await {
            Ok(noted) => noted.attributes.unwrap_or_default(),
            Err(error) if is_refused(&error) => return Ok(Noted::Lifted),
            Err(error) => return Err(Error::unavailable("UpdateItem", &error)),
        };
        let mark = MarkedAddress::from_item(&noted)?.mark;
        self.refuse(address, &mark, back.mailed_at).await
    }

    /// Spells out until when the address is refused; never earlier than another event has it, which may
    /// have come meanwhile.
    async fn refuse(
        &self,
        address: &EmailAddress,
        mark: &AddressMark,
        mailed_at: OffsetDateTime,
    ) -> Result<Noted, Error> {
        let Some(until) = mark.refused_until() else {
            return Ok(Noted::Marked);
        };
        let forgotten = mark
            .last()
            .map_or(until, |last| until.max(last + BOUNCE_COUNTS));
        let call = self
            .database
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(item_key(address)))
            .update_expression("SET refused_until = :until, #ttl = :ttl")
            .condition_expression(format!(
                "({NOT_LIFTED}) AND (attribute_not_exists(refused_until) OR refused_until < :until)"
            ))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":mailed_at", instant(mailed_at))
            .expression_attribute_values(":ttl", ttl(forgotten))
            .expression_attribute_values(":until", instant(until));
        match retrying_conflicts(|| call.clone().send()).await {
            Err(error) if !is_refused(&error) => Err(Error::unavailable("UpdateItem", &error)),
            // Refused: it is written already, or was lifted in between, which is as it should be.
            _ => Ok(Noted::Marked),
        }
    }

    /// Looks an address up, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup(&self, address: &EmailAddress) -> Result<Option<MarkedAddress>, Error> {
        self.get(address, true).await
    }

    /// Why nothing is sent to an address, eventually consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn refusal(
        &self,
        address: &EmailAddress,
        now: OffsetDateTime,
    ) -> Result<Option<Undeliverable>, Error> {
        let found = self.get(address, false).await?;
        Ok(found.and_then(|found| found.mark.refusal(now)))
    }

    async fn get(
        &self,
        address: &EmailAddress,
        consistent: bool,
    ) -> Result<Option<MarkedAddress>, Error> {
        self.database
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(item_key(address)))
            .consistent_read(consistent)
            .send()
            .await
            .map_err(|error| Error::unavailable("GetItem", &error))?
            .item
            .as_ref()
            .map(MarkedAddress::from_item)
            .transpose()
    }

    /// The read of an address, for [`Database::read_batch`].
    #[must_use]
    pub fn read(&self, address: &EmailAddress) -> Read {
        Read::of(&self.table, KEY, fingerprint(address.folded()))
    }

    /// "Mail may be sent to this address." Refused, [`Addresses::judge`] reads why.
    pub fn is_open(&self, address: &EmailAddress, now: OffsetDateTime) -> Write {
        condition_check()
            .table_name(&*self.table)
            .set_key(Some(item_key(address)))
            .condition_expression("attribute_not_exists(refused_until) OR refused_until <= :now")
            .expression_attribute_values(":now", instant(now))
            .into()
    }

    /// Says why nothing is sent to an address whose item was read, be it only in refusing a write.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the item is not as this table writes it.
    pub fn judge(
        found: Option<&Item>,
        now: OffsetDateTime,
    ) -> Result<Option<Undeliverable>, Error> {
        let found = found.map(MarkedAddress::from_item).transpose()?;
        Ok(found.and_then(|found| found.mark.refusal(now)))
    }

    /// Forgets what is known against an address; refused when that is nothing. That it was lifted stays
    /// for as long as SES may still tell of a mail of before.
    pub fn lift(&self, address: &EmailAddress, seen: &MarkedAddress, at: OffsetDateTime) -> Write {
        let is_marked = "attribute_exists(bounces) OR attribute_exists(complained_at)";
        // Each mark names its mail.
        let is_same = match seen.message_id {
            Some(_) => "message_id = :seen",
            None => "attribute_not_exists(message_id)",
        };
        let lift = update()
            .table_name(&*self.table)
            .set_key(Some(item_key(address)))
            .update_expression(
                "SET lifted_at = :at, #ttl = :ttl \
                 REMOVE bounces, complained_at, message_id, refused_until",
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
        let mut marked = item([(KEY, text(fingerprint(address.folded())))]);
        let mut add = |name: &str, value| marked.insert(name.to_owned(), value);
        if !self.mark.bounces.is_empty() {
            add("bounces", instants(&self.mark.bounces));
        }
        for (name, at) in [
            ("complained_at", self.mark.complained_at),
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
        let last = self.mark.refused_until().max(self.lifted_at);
        if let Some(last) = last {
            add("ttl", ttl(last + BOUNCE_COUNTS));
        }
        marked
    }

    fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            mark: AddressMark {
                bounces: row.instant_set("bounces")?,
                complained_at: row.maybe_instant("complained_at")?,
            },
            message_id: row.maybe_text("message_id")?.map(str::to_owned),
            lifted_at: row.maybe_instant("lifted_at")?,
        })
    }
}

fn item_key(address: &EmailAddress) -> Item {
    key(KEY, fingerprint(address.folded()))
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
            },
            message_id: Some("0106-1".to_owned()),
            lifted_at: None,
        };
        let item = marked.to_item(&address);
        assert_eq!(MarkedAddress::from_item(&item).unwrap(), marked);
        assert!(!format!("{item:?}").to_lowercase().contains("taro"));
    }
}
