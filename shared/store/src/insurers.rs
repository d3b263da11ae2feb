//! `Insurers`: what differs from insurer to insurer.

pub(crate) mod check;
mod image;
mod letter_run;
mod roster_counts;

use std::{collections::HashMap, sync::Arc};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Hyphens, InsurerCode, LeadingZeros, TermsVersion};
use time::OffsetDateTime;

use crate::{
    Account, Database, Error, Item, Read, Restored, Table, Write,
    database::key,
    item::{Reader, instant, item, text},
    restored::Only,
    transaction::{delete, update},
};

use self::image::{CAMPAIGN_BEGAN, CAMPAIGN_REMOVING, KEEP_HYPHENS, KEEP_LEADING_ZEROS, OPTIONAL};
pub use self::{
    image::{Campaign, Contact, English, Insurer},
    letter_run::{LetterRun, Printed},
    roster_counts::RosterCounts,
};

const TABLE: &str = "Insurers";
const KEY: &str = "insurer";
/// The roster's latest import. It belongs to no [`Insurer`]: who changes one does not know it.
const ROSTER_IMPORT: &str = "roster_import";
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
    /// The read of one insurer, for [`Database::read`].
    #[must_use]
    pub fn read(&self, code: &InsurerCode) -> Read<Insurer> {
        Read::of(&self.table, KEY, code.folded(), Insurer::from_item)
    }

    /// The read of an account's insurer; of no account, a read that finds nothing, so that it takes the
    /// same call.
    #[must_use]
    pub fn read_of(&self, account: Option<&Account>) -> Read<Insurer> {
        let code = account.map_or(NOBODY, |account| account.insurer.folded());
        Read::of(&self.table, KEY, code, Insurer::from_item)
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

    /// The insurers as a restore made them, or the one of this code.
    #[must_use]
    pub fn restored(&self, from: &str, insurer: Option<&InsurerCode>) -> Restored {
        let only = insurer.map(|code| Only::Is(KEY, text(code.folded())));
        Restored::new(&self.database, TABLE, [&self.table, from], &[KEY], only)
    }

    /// The roster's latest import, under way or ended, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn roster_import(&self, code: &InsurerCode) -> Result<Option<RosterImport>, Error> {
        self.database
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, code.folded())))
            .consistent_read(true)
            .projection_expression("#import")
            .expression_attribute_names("#import", ROSTER_IMPORT)
            .send()
            .await
            .map_err(|error| Error::unavailable("GetItem", &error))?
            .item
            .as_ref()
            .and_then(|item| item.get(ROSTER_IMPORT))
            .map(RosterImport::from_value)
            .transpose()
    }

    /// Notes that an import of the roster is under way. Refused when another one began or ended since
    /// `seen`, or the insurer's rule, by which members are keyed, is no more this; and while keys
    /// of letters are drawn, unless the insurer is being removed.
    pub fn begin_import(
        &self,
        insurer: &Insurer,
        seen: Option<&RosterImport>,
        import: &RosterImport,
    ) -> Write {
        let mut unchanged = Unchanged::default();
        unchanged.has(KEY, text(insurer.code.folded()));
        let keeps_zeros = insurer.key_rule.zeros == LeadingZeros::Kept;
        unchanged.has(KEEP_LEADING_ZEROS, AttributeValue::Bool(keeps_zeros));
        match insurer.key_rule.hyphens {
            Hyphens::Kept => unchanged.has(KEEP_HYPHENS, AttributeValue::Bool(true)),
            Hyphens::Dropped => unchanged.lacks(KEEP_HYPHENS),
        }
        match seen {
            Some(seen) => unchanged.has(ROSTER_IMPORT, seen.to_value()),
            None => unchanged.lacks(ROSTER_IMPORT),
        }
        if !import.is_removal() {
            unchanged.no_letters();
        }
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, insurer.code.folded())))
            .condition_expression(unchanged.conditions.join(" AND "))
            .update_expression(format!("SET #{ROSTER_IMPORT} = :import"))
            .set_expression_attribute_names(Some(unchanged.names))
            .set_expression_attribute_values(Some(unchanged.values))
            .expression_attribute_values(":import", import.to_value())
            .into()
    }

    /// Notes that the import goes on: whoever has seen its note before does not begin another after that.
    /// Refused when another one has taken its place.
    pub fn renew_import(
        &self,
        code: &InsurerCode,
        import: &RosterImport,
        at: OffsetDateTime,
    ) -> Write {
        self.note_of(code, import, "renewed_at", at)
    }

    /// Notes that the import has ended. Refused when another one has taken its place.
    pub fn end_import(
        &self,
        code: &InsurerCode,
        import: &RosterImport,
        at: OffsetDateTime,
    ) -> Write {
        self.note_of(code, import, "ended_at", at)
    }

    /// Removes an insurer, of whom nothing is left. Refused when another import, or another removal, has taken the
    /// place of this one's note.
    pub fn remove(&self, code: &InsurerCode, removal: &RosterImport) -> Write {
        delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, code.folded())))
            .condition_expression("#import.#run = :run")
            .expression_attribute_names("#import", ROSTER_IMPORT)
            .expression_attribute_names("#run", "run")
            .expression_attribute_values(":run", text(&removal.run))
            .into()
    }

    /// Notes when something became of an import. Refused when another one has taken its place.
    fn note_of(
        &self,
        code: &InsurerCode,
        import: &RosterImport,
        what: &str,
        at: OffsetDateTime,
    ) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, code.folded())))
            .condition_expression("#import.#run = :run")
            .update_expression("SET #import.#what = :at")
            .expression_attribute_names("#import", ROSTER_IMPORT)
            .expression_attribute_names("#run", "run")
            .expression_attribute_names("#what", what)
            .expression_attribute_values(":run", text(&import.run))
            .expression_attribute_values(":at", instant(at))
            .into()
    }

    /// An insurer in the place of what was `seen` of it, be it nothing. Refused when it is another by now,
    /// or while its roster is imported: by its rules, members are being keyed. The note of the latest import
    /// stays, as it is no part of an [`Insurer`].
    pub fn replace(&self, seen: Option<&Insurer>, insurer: &Insurer) -> Write {
        let mut unchanged = seen.map_or_else(Unchanged::absent, Unchanged::since);
        unchanged.no_import();
        let mut item = insurer.to_item();
        item.remove(KEY);
        let mut remove = Vec::new();
        for attribute in OPTIONAL {
            if !item.contains_key(attribute) {
                remove.push(unchanged.name(attribute));
            }
        }
        let mut set = Vec::with_capacity(item.len());
        for (attribute, value) in item {
            let placeholder = format!(":new_{attribute}");
            set.push(format!("{} = {placeholder}", unchanged.name(&attribute)));
            unchanged.values.insert(placeholder, value);
        }
        let mut change = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            change.push_str(" REMOVE ");
            change.push_str(&remove.join(", "));
        }
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, insurer.code.folded())))
            .condition_expression(unchanged.conditions.join(" AND "))
            .update_expression(change)
            .set_expression_attribute_names(Some(unchanged.names))
            .set_expression_attribute_values(Some(unchanged.values))
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

    /// Notes that no account from before the campaign is left. Refused when it is another by now, or somebody
    /// has noted so already.
    pub fn end_removal(&self, code: &InsurerCode, campaign: &Campaign) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, code.folded())))
            .condition_expression("#began = :began AND attribute_exists(#removing)")
            .update_expression("REMOVE #removing")
            .expression_attribute_names("#began", CAMPAIGN_BEGAN)
            .expression_attribute_names("#removing", CAMPAIGN_REMOVING)
            .expression_attribute_values(":began", instant(campaign.began))
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
        for attribute in OPTIONAL {
            if !item.contains_key(attribute) {
                unchanged.lacks(attribute);
            }
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

/// An import of a roster, as it is noted on its insurer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterImport {
    /// Which run of the command: no two have the same.
    pub run: String,
    /// The SHA-256 of the file, 64 hexadecimal digits.
    pub file: String,
    /// How the file is taken: `full` or `delta`; or [`REMOVAL`](Self::REMOVAL), without a file.
    pub mode: String,
    /// The SHA-256 of how the file is read, its mapping and its encoding: read otherwise, it is another.
    pub mapping: String,
    /// Who gave the command.
    pub operator: String,
    /// Why.
    pub reason: String,
    /// When it began to write.
    pub began_at: OffsetDateTime,
    /// When it was last about to write; absent in its first seconds.
    pub renewed_at: Option<OffsetDateTime>,
    /// When all was written; absent while it is under way, or was interrupted.
    pub ended_at: Option<OffsetDateTime>,
}

impl RosterImport {
    /// The mode of what is no import: the insurer is being removed, and nothing may come beside that.
    pub const REMOVAL: &'static str = "removal";

    /// Whether the insurer is being removed.
    #[must_use]
    pub fn is_removal(&self) -> bool {
        self.mode == Self::REMOVAL
    }

    /// Whether it writes the same, be it another run: the same file, taken and read in the same way.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        (&self.file, &self.mode, &self.mapping) == (&other.file, &other.mode, &other.mapping)
    }

    fn to_value(&self) -> AttributeValue {
        let mut import = item([
            ("run", text(&self.run)),
            ("file", text(&self.file)),
            ("mode", text(&self.mode)),
            ("mapping", text(&self.mapping)),
            ("operator", text(&self.operator)),
            ("reason", text(&self.reason)),
            ("began_at", instant(self.began_at)),
        ]);
        if let Some(renewed_at) = self.renewed_at {
            import.insert("renewed_at".to_owned(), instant(renewed_at));
        }
        if let Some(ended_at) = self.ended_at {
            import.insert("ended_at".to_owned(), instant(ended_at));
        }
        AttributeValue::M(import)
    }

    fn from_value(value: &AttributeValue) -> Result<Self, Error> {
        let item = value.as_m().map_err(|_| Error::Corrupt {
            table: TABLE,
            attribute: ROSTER_IMPORT,
        })?;
        let row = Reader { table: TABLE, item };
        Ok(Self {
            run: row.text("run")?.to_owned(),
            file: row.text("file")?.to_owned(),
            mode: row.text("mode")?.to_owned(),
            mapping: row.text("mapping")?.to_owned(),
            operator: row.text("operator")?.to_owned(),
            reason: row.text("reason")?.to_owned(),
            began_at: row.instant("began_at")?,
            renewed_at: row.maybe_instant("renewed_at")?,
            ended_at: row.maybe_instant("ended_at")?,
        })
    }
}
