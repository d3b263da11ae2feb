//! `Insurers`: what differs from insurer to insurer.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{EmailAddress, InsurerCode, LeadingZeros, LongMark, SurveyDeadline, TermsVersion};
use time::Date;

use crate::{
    Account, Database, Error, Item, Read, Table, Write,
    database::key,
    item::{Reader, item, text},
    transaction::{put, update},
};

const TABLE: &str = "Insurers";
const KEY: &str = "insurer";
/// The one attribute that an insurer may not have.
const SURVEY_DEADLINE: &str = "survey_deadline";
/// No insurer has this code.
const NOBODY: &str = "nobody";

/// The table of insurers.
#[derive(Clone, Debug)]
pub struct Insurers {
    database: Database,
    table: Arc<str>,
}

impl Table for Insurers {
    const VARIABLE: &'static str = "INSURERS_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

impl Insurers {
    /// The read of one insurer, for [`Database::read_batch`].
    #[must_use]
    pub fn read(&self, code: &InsurerCode) -> Read {
        Read {
            table: Arc::clone(&self.table),
            key_name: KEY,
            key_value: code.folded().to_owned(),
        }
    }

    /// The read of an account's insurer; of no account, a read that finds nothing, so that it takes the
    /// same call.
    #[must_use]
    pub fn read_of(&self, account: Option<&Account>) -> Read {
        Read {
            table: Arc::clone(&self.table),
            key_name: KEY,
            key_value: account
                .map_or(NOBODY, |account| account.insurer.folded())
                .to_owned(),
        }
    }

    /// Looks an insurer up, eventually consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup(&self, code: &InsurerCode) -> Result<Option<Insurer>, Error> {
        self.database
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, code.folded())))
            .send()
            .await
            .map_err(|error| Error::unavailable("GetItem", &error))?
            .item
            .as_ref()
            .map(Insurer::from_item)
            .transpose()
    }

    /// All insurers, by their code, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or an item is corrupt.
    pub async fn list(&self) -> Result<Vec<Insurer>, Error> {
        let items: Vec<Item> = self
            .database
            .client
            .scan()
            .table_name(&*self.table)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .map_err(|error| Error::unavailable("Scan", &error))?;
        let insurers: Result<Vec<Insurer>, Error> = items.iter().map(Insurer::from_item).collect();
        insurers.map(|mut insurers| {
            insurers.sort_by(|a, b| a.code.folded().cmp(b.code.folded()));
            insurers
        })
    }

    /// An insurer in the place of what was `seen` of it, be it nothing. Refused when it is another by now.
    pub fn replace(&self, seen: Option<&Insurer>, insurer: &Insurer) -> Write {
        let unchanged = seen.map_or_else(Unchanged::absent, Unchanged::since);
        put()
            .table_name(&*self.table)
            .set_item(Some(insurer.to_item()))
            .condition_expression(unchanged.conditions.join(" AND "))
            .set_expression_attribute_names(Some(unchanged.names))
            .set_expression_attribute_values(
                (!unchanged.values.is_empty()).then_some(unchanged.values),
            )
            .into()
    }

    /// Adds a version to the terms of an insurer. Refused when there is no such insurer.
    pub fn publish_terms(&self, code: &InsurerCode, version: &TermsVersion) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, code.folded())))
            .condition_expression("attribute_exists(#insurer)")
            .update_expression("ADD terms_versions :version")
            .expression_attribute_names("#insurer", KEY)
            .expression_attribute_values(
                ":version",
                AttributeValue::Ss(vec![version.as_str().to_owned()]),
            )
            .into()
    }
}

/// "The item is still what was seen of it", attribute by attribute.
#[derive(Default)]
struct Unchanged {
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Unchanged {
    fn absent() -> Self {
        let mut unchanged = Self::default();
        unchanged.lacks(KEY);
        unchanged
    }

    fn since(seen: &Insurer) -> Self {
        let mut unchanged = Self::default();
        let item = seen.to_item();
        if !item.contains_key(SURVEY_DEADLINE) {
            unchanged.lacks(SURVEY_DEADLINE);
        }
        for (attribute, value) in item {
            unchanged.has(&attribute, value);
        }
        unchanged
    }

    fn lacks(&mut self, attribute: &str) {
        let name = self.name(attribute);
        self.conditions
            .push(format!("attribute_not_exists({name})"));
    }

    fn has(&mut self, attribute: &str, value: AttributeValue) {
        let name = self.name(attribute);
        let placeholder = format!(":{attribute}");
        self.conditions.push(match value {
            // A flag that is missing is down.
            AttributeValue::Bool(false) => {
                format!("(attribute_not_exists({name}) OR {name} = {placeholder})")
            }
            _ => format!("{name} = {placeholder}"),
        });
        self.values.insert(placeholder, value);
    }

    fn name(&mut self, attribute: &str) -> String {
        let name = format!("#{attribute}");
        self.names.insert(name.clone(), attribute.to_owned());
        name
    }
}

/// A health-insurance society and how it does things.
#[derive(Clone)]
pub struct Insurer {
    /// 保険者指定コード.
    pub code: InsurerCode,
    /// The name, to be shown.
    pub name: String,
    /// The address that its members' mails come from.
    pub mail_sender: EmailAddress,
    /// Whom its members can ask.
    pub contact: Contact,
    /// The versions of the terms of use that were published, be it ahead of their day.
    pub terms_versions: Vec<TermsVersion>,
    /// Until when this year's survey is to be answered, while there is one.
    pub survey_deadline: Option<SurveyDeadline>,
    /// Whether ー counts when kana names are compared.
    pub long_mark: LongMark,
    /// Whether leading zeros count in 記号 and 番号.
    pub leading_zeros: LeadingZeros,
}

/// Whom a member can ask (the manual's お問い合わせ先).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The call centre's telephone number.
    pub telephone: String,
    /// When it is answered.
    pub hours: String,
    /// The address that takes questions at any time.
    pub mail: String,
}

impl Insurer {
    /// The terms of use in force on a day in Japan.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when none has come into force yet: an insurer begins with terms.
    pub fn terms_in_force(&self, today: Date) -> Result<&TermsVersion, Error> {
        TermsVersion::in_force(&self.terms_versions, today).ok_or(Error::Corrupt {
            table: TABLE,
            attribute: "terms_versions",
        })
    }

    /// Reads an insurer.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the item is not as [`to_item`](Self::to_item) writes it.
    pub fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            code: row.parsed(KEY, InsurerCode::parse)?,
            name: row.text("name")?.to_owned(),
            mail_sender: row.parsed("mail_sender", EmailAddress::parse)?,
            contact: Contact {
                telephone: row.text("contact_telephone")?.to_owned(),
                hours: row.text("contact_hours")?.to_owned(),
                mail: row.text("contact_mail")?.to_owned(),
            },
            terms_versions: row.parsed_all("terms_versions", TermsVersion::parse)?,
            survey_deadline: row.maybe_parsed(SURVEY_DEADLINE, SurveyDeadline::parse)?,
            long_mark: if row.flag("ignore_long_mark")? {
                LongMark::Ignored
            } else {
                LongMark::Significant
            },
            leading_zeros: if row.flag("keep_leading_zeros")? {
                LeadingZeros::Kept
            } else {
                LeadingZeros::Dropped
            },
        })
    }

    /// The item of this insurer.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let terms_versions = self.terms_versions.iter().map(TermsVersion::as_str);
        let mut insurer = item([
            (KEY, text(self.code.folded())),
            ("name", text(&self.name)),
            ("mail_sender", text(self.mail_sender.as_str())),
            ("contact_telephone", text(&self.contact.telephone)),
            ("contact_hours", text(&self.contact.hours)),
            ("contact_mail", text(&self.contact.mail)),
            (
                "terms_versions",
                AttributeValue::Ss(terms_versions.map(str::to_owned).collect()),
            ),
            (
                "ignore_long_mark",
                AttributeValue::Bool(matches!(self.long_mark, LongMark::Ignored)),
            ),
            (
                "keep_leading_zeros",
                AttributeValue::Bool(matches!(self.leading_zeros, LeadingZeros::Kept)),
            ),
        ]);
        if let Some(deadline) = &self.survey_deadline {
            insurer.insert(SURVEY_DEADLINE.to_owned(), text(deadline.iso()));
        }
        insurer
    }
}
