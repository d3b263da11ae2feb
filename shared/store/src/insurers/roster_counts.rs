//! What the rows of an insurer's latest import were, for the next one to be compared with.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::InsurerCode;

use super::{Insurers, KEY, ROSTER_IMPORT, RosterImport, TABLE};
use crate::{
    Error, Write,
    database::key,
    item::{Reader, item, number, text},
    transaction::update,
};

const ROSTER_COUNTS: &str = "roster_counts";

/// How many rows a roster's file had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RosterCounts {
    /// All rows.
    pub rows: u64,
    /// Those of insured persons.
    pub insured: u64,
    /// Those of others, who cannot register.
    pub skipped: u64,
}

impl Insurers {
    /// What the rows of the latest import were that ended, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn roster_counts(&self, code: &InsurerCode) -> Result<Option<RosterCounts>, Error> {
        let found = self
            .database
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, code.folded())))
            .consistent_read(true)
            .projection_expression("#counts")
            .expression_attribute_names("#counts", ROSTER_COUNTS)
            .send()
            .await
            .map_err(|error| Error::unavailable("GetItem", &error))?;
        let counts = found.item.and_then(|mut item| item.remove(ROSTER_COUNTS));
        let Some(AttributeValue::M(counts)) = counts else {
            return Ok(None);
        };
        let row = Reader {
            table: TABLE,
            item: &counts,
        };
        let count = |name| {
            let count = row.maybe_number(name)?;
            count.ok_or_else(|| row.corrupt(name))
        };
        Ok(Some(RosterCounts {
            rows: count("rows")?,
            insured: count("insured")?,
            skipped: count("skipped")?,
        }))
    }

    /// Notes what the rows of an import were. Refused when another one has taken its place.
    pub fn note_roster_counts(
        &self,
        code: &InsurerCode,
        import: &RosterImport,
        counts: RosterCounts,
    ) -> Write {
        let counts = item([
            ("rows", number(counts.rows)),
            ("insured", number(counts.insured)),
            ("skipped", number(counts.skipped)),
        ]);
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, code.folded())))
            .condition_expression("#import.#run = :run")
            .update_expression("SET #counts = :counts")
            .expression_attribute_names("#import", ROSTER_IMPORT)
            .expression_attribute_names("#run", "run")
            .expression_attribute_names("#counts", ROSTER_COUNTS)
            .expression_attribute_values(":run", text(&import.run))
            .expression_attribute_values(":counts", AttributeValue::M(counts))
            .into()
    }
}
