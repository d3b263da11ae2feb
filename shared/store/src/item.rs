//! Items as we write them, read back attribute by attribute.

use std::{collections::HashMap, fmt::Display};

use aws_sdk_dynamodb::types::AttributeValue;
use time::OffsetDateTime;

use crate::{Error, Stamp};

/// A DynamoDB item.
pub type Item = HashMap<String, AttributeValue>;

/// A text value.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number.
pub(crate) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// An instant, in milliseconds since the epoch.
pub(crate) fn instant(at: OffsetDateTime) -> AttributeValue {
    number(at.unix_timestamp_nanos() / 1_000_000)
}

/// An instant as DynamoDB's TTL wants it, in seconds since the epoch; rounded up, for what is
/// collected must have expired.
pub(crate) fn ttl(at: OffsetDateTime) -> AttributeValue {
    number(at.unix_timestamp() + i64::from(at.nanosecond() > 0))
}

/// Reads what [`instant`] wrote.
fn instant_of(value: &AttributeValue) -> Option<OffsetDateTime> {
    instant_in(value.as_n().ok()?)
}

fn instant_in(millis: &str) -> Option<OffsetDateTime> {
    let millis: i64 = millis.parse().ok()?;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

/// Instants, each once.
pub(crate) fn instants(times: &[OffsetDateTime]) -> AttributeValue {
    let millis = times
        .iter()
        .map(|at| (at.unix_timestamp_nanos() / 1_000_000).to_string());
    AttributeValue::Ns(millis.collect())
}

/// A set of stamps.
pub(crate) fn stamps(stamps: &[Stamp]) -> AttributeValue {
    AttributeValue::Ns(stamps.iter().map(|stamp| stamp.number()).collect())
}

/// An item under construction.
pub(crate) fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Those attributes of an item that have a value.
pub(crate) fn present<const N: usize>(attributes: [(&str, Option<AttributeValue>); N]) -> Item {
    attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// Reads an item of one table; what is missing or of another type is [`Error::Corrupt`], which names
/// the attribute and never its value.
pub(crate) struct Reader<'a> {
    pub(crate) table: &'static str,
    pub(crate) item: &'a Item,
}

impl<'a> Reader<'a> {
    pub(crate) fn corrupt(&self, attribute: &'static str) -> Error {
        Error::Corrupt {
            table: self.table,
            attribute,
        }
    }

    pub(crate) fn maybe_text(&self, attribute: &'static str) -> Result<Option<&'a str>, Error> {
        self.item
            .get(attribute)
            .map(|value| value.as_s().map(String::as_str))
            .transpose()
            .map_err(|_| self.corrupt(attribute))
    }

    pub(crate) fn text(&self, attribute: &'static str) -> Result<&'a str, Error> {
        self.maybe_text(attribute)?
            .ok_or_else(|| self.corrupt(attribute))
    }

    /// A text that must parse as a type of the domain.
    pub(crate) fn parsed<T, E>(
        &self,
        attribute: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Error> {
        parse(self.text(attribute)?).map_err(|_| self.corrupt(attribute))
    }

    pub(crate) fn maybe_parsed<T, E>(
        &self,
        attribute: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Error> {
        self.maybe_text(attribute)?
            .map(parse)
            .transpose()
            .map_err(|_| self.corrupt(attribute))
    }

    /// A set of texts, each of which must parse as a type of the domain.
    pub(crate) fn parsed_all<T, E>(
        &self,
        attribute: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, Error> {
        self.item
            .get(attribute)
            .and_then(|value| value.as_ss().ok())
            .and_then(|texts| texts.iter().map(|text| parse(text).ok()).collect())
            .ok_or_else(|| self.corrupt(attribute))
    }

    pub(crate) fn maybe_number<T: std::str::FromStr>(
        &self,
        attribute: &'static str,
    ) -> Result<Option<T>, Error> {
        self.item
            .get(attribute)
            .map(|value| value.as_n().ok().and_then(|digits| digits.parse().ok()))
            .map(|number| number.ok_or_else(|| self.corrupt(attribute)))
            .transpose()
    }

    pub(crate) fn maybe_instant(
        &self,
        attribute: &'static str,
    ) -> Result<Option<OffsetDateTime>, Error> {
        self.item
            .get(attribute)
            .map(|value| instant_of(value).ok_or_else(|| self.corrupt(attribute)))
            .transpose()
    }

    pub(crate) fn instant(&self, attribute: &'static str) -> Result<OffsetDateTime, Error> {
        self.maybe_instant(attribute)?
            .ok_or_else(|| self.corrupt(attribute))
    }

    /// A set of instants; DynamoDB has no empty set, so a missing one is empty.
    pub(crate) fn instant_set(
        &self,
        attribute: &'static str,
    ) -> Result<Vec<OffsetDateTime>, Error> {
        let Some(value) = self.item.get(attribute) else {
            return Ok(Vec::new());
        };
        value
            .as_ns()
            .ok()
            .and_then(|numbers| numbers.iter().map(|number| instant_in(number)).collect())
            .ok_or_else(|| self.corrupt(attribute))
    }

    /// Instants by name.
    pub(crate) fn instants(
        &self,
        attribute: &'static str,
    ) -> Result<Vec<(&'a str, OffsetDateTime)>, Error> {
        self.item
            .get(attribute)
            .and_then(|value| value.as_m().ok())
            .and_then(|map| {
                map.iter()
                    .map(|(name, value)| Some((name.as_str(), instant_of(value)?)))
                    .collect()
            })
            .ok_or_else(|| self.corrupt(attribute))
    }

    /// A flag; a missing one is down.
    pub(crate) fn flag(&self, attribute: &'static str) -> Result<bool, Error> {
        self.item.get(attribute).map_or(Ok(false), |value| {
            value
                .as_bool()
                .copied()
                .map_err(|_| self.corrupt(attribute))
        })
    }

    pub(crate) fn maybe_stamp(&self, attribute: &'static str) -> Result<Option<Stamp>, Error> {
        let number: Option<i64> = self.maybe_number(attribute)?;
        Ok(number.and_then(|number| Stamp::parse(&number.to_string())))
    }

    pub(crate) fn stamp(&self, attribute: &'static str) -> Result<Stamp, Error> {
        self.maybe_stamp(attribute)?
            .ok_or_else(|| self.corrupt(attribute))
    }

    /// A set of stamps; DynamoDB has no empty set, so a missing one is empty.
    pub(crate) fn stamps(&self, attribute: &'static str) -> Result<Vec<Stamp>, Error> {
        let Some(value) = self.item.get(attribute) else {
            return Ok(Vec::new());
        };
        value
            .as_ns()
            .ok()
            .and_then(|numbers| numbers.iter().map(|number| Stamp::parse(number)).collect())
            .ok_or_else(|| self.corrupt(attribute))
    }
}
