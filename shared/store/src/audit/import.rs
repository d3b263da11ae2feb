//! What an event says of an import: the file, how it was read, and what became of the roster.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    Error, Item,
    item::{Reader, item, number, text},
};

const FILE: &str = "file";
const MAPPING: &str = "mapping";
const BEYOND: &str = "beyond";

/// What a file changed, or is about to change, of a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The SHA-256 of the file, 64 hexadecimal digits.
    pub file: String,
    /// How it was read. Events of before this was noted have none.
    pub reading: Option<Reading>,
    /// How many members were not there before.
    pub added: u64,
    /// How many were there in another form.
    pub changed: u64,
    /// How many leave.
    pub left: u64,
    /// How many have another 記号 or 番号.
    pub moved: u64,
}

/// How a file was read, and what it was compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The SHA-256 of its mapping and its encoding.
    pub mapping: String,
    /// How it was taken: `full` or `delta`.
    pub mode: String,
    /// How many rows it has.
    pub rows: u64,
    /// How many of these are of who cannot register.
    pub skipped: u64,
    /// How many members the roster had.
    pub in_roster: u64,
    /// Which of the numbers are beyond the insurer's limits.
    pub beyond: Vec<String>,
}

impl Import {
    /// The attributes of an event that say this.
    pub(super) fn to_attributes(&self) -> Item {
        let mut import = item([
            (FILE, text(&self.file)),
            ("added", number(self.added)),
            ("changed", number(self.changed)),
            ("left", number(self.left)),
        ]);
        if self.moved > 0 {
            import.insert("moved".to_owned(), number(self.moved));
        }
        if let Some(reading) = &self.reading {
            import.extend(item([
                (MAPPING, text(&reading.mapping)),
                ("mode", text(&reading.mode)),
                ("rows", number(reading.rows)),
                ("skipped", number(reading.skipped)),
                ("in_roster", number(reading.in_roster)),
            ]));
            // A set has something in it.
            if !reading.beyond.is_empty() {
                let beyond = AttributeValue::Ss(reading.beyond.clone());
                import.insert(BEYOND.to_owned(), beyond);
            }
        }
        import
    }

    /// What an event says of an import; nothing of an event of anything else.
    pub(super) fn read(row: &Reader<'_>) -> Result<Option<Self>, Error> {
        let Some(file) = row.maybe_text(FILE)? else {
            return Ok(None);
        };
        let count = |name| Ok::<_, Error>(row.maybe_number(name)?.unwrap_or_default());
        let reading = match row.maybe_text(MAPPING)? {
            None => None,
            Some(mapping) => {
                let mut beyond = if row.item.contains_key(BEYOND) {
                    row.parsed_all(BEYOND, |name| Ok::<_, Error>(name.to_owned()))?
                } else {
                    Vec::new()
                };
                // DynamoDB's sets have no order.
                beyond.sort();
                Some(Reading {
                    mapping: mapping.to_owned(),
                    mode: row.text("mode")?.to_owned(),
                    rows: count("rows")?,
                    skipped: count("skipped")?,
                    in_roster: count("in_roster")?,
                    beyond,
                })
            }
        };
        Ok(Some(Self {
            file: file.to_owned(),
            reading,
            added: count("added")?,
            changed: count("changed")?,
            left: count("left")?,
            moved: count("moved")?,
        }))
    }
}
