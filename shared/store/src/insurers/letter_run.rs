//! The latest run that drew keys of letters, as it is noted on its insurer (docs/adr/0038).

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{InsurerCode, SurveyDeadline};
use time::OffsetDateTime;

use super::{Insurers, KEY, ROSTER_IMPORT, TABLE, Unchanged};
use crate::{
    Error, Write,
    database::key,
    item::{Reader, instant, item, number, text},
    transaction::update,
};

pub(super) const LETTER_RUN: &str = "letter_run";
const NOT_PRINTED: &str = "not_printed";

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterRun {
    /// Its name: no two have the same.
    pub run: String,
    /// Who gave the command.
    pub operator: String,
    /// Why.
    pub reason: String,
    /// When it began to write.
    pub began_at: OffsetDateTime,
    /// The deadline of the survey that it drew for, where there was one.
    pub survey: Option<SurveyDeadline>,
    /// The runs before it that were interrupted: it draws anew what they have drawn.
    pub not_printed: Vec<String>,
    /// What came of it; absent while it is under way, or was interrupted.
    pub printed: Option<Printed>,
}

/// What a run has printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// When all was written.
    pub at: OffsetDateTime,
    /// The SHA-256 of the printer's file, 64 hexadecimal digits.
    pub file: String,
    /// How many keys are in it.
    pub keys: u64,
}

impl LetterRun {
    /// The runs whose keys nobody has printed, if this is the latest one.
    #[must_use]
    pub fn unprinted(&self) -> Vec<String> {
        match self.printed {
            Some(_) => Vec::new(),
            None => [&self.not_printed[..], std::slice::from_ref(&self.run)].concat(),
        }
    }

    fn to_value(&self) -> AttributeValue {
        let mut run = item([
            ("run", text(&self.run)),
            ("operator", text(&self.operator)),
            ("reason", text(&self.reason)),
            ("began_at", instant(self.began_at)),
        ]);
        if let Some(survey) = &self.survey {
            run.insert("survey".to_owned(), text(survey.iso()));
        }
        // DynamoDB has no empty set.
        if !self.not_printed.is_empty() {
            let runs = AttributeValue::Ss(self.not_printed.clone());
            run.insert(NOT_PRINTED.to_owned(), runs);
        }
        if let Some(printed) = &self.printed {
            run.insert("ended_at".to_owned(), instant(printed.at));
            run.insert("file".to_owned(), text(&printed.file));
            run.insert("keys".to_owned(), number(printed.keys));
        }
        AttributeValue::M(run)
    }

    pub(super) fn from_value(value: &AttributeValue) -> Result<Self, Error> {
        let item = value.as_m().map_err(|_| Error::Corrupt {
            table: TABLE,
            attribute: LETTER_RUN,
        })?;
        let row = Reader { table: TABLE, item };
        let printed = row.maybe_instant("ended_at")?.map(|at| {
            Ok::<_, Error>(Printed {
                at,
                file: row.text("file")?.to_owned(),
                keys: row
                    .maybe_number("keys")?
                    .ok_or_else(|| row.corrupt("keys"))?,
            })
        });
        let mut not_printed = if item.contains_key(NOT_PRINTED) {
            row.parsed_all(NOT_PRINTED, |run| Ok::<_, Error>(run.to_owned()))?
        } else {
            Vec::new()
        };
        // DynamoDB's sets have no order.
        not_printed.sort();
        Ok(Self {
            run: row.text("run")?.to_owned(),
            operator: row.text("operator")?.to_owned(),
            reason: row.text("reason")?.to_owned(),
            began_at: row.instant("began_at")?,
            survey: row.maybe_parsed("survey", SurveyDeadline::parse)?,
            not_printed,
            printed: printed.transpose()?,
        })
    }
}

impl Insurers {
    /// The latest run, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn letter_run(&self, code: &InsurerCode) -> Result<Option<LetterRun>, Error> {
        let found = self
            .database
            .get(&self.table, key(KEY, code.folded()))
            .await?;
        found
            .as_ref()
            .and_then(|item| item.get(LETTER_RUN))
            .map(LetterRun::from_value)
            .transpose()
    }

    /// Notes that a run is under way. Refused when there is another than was `seen`, or while the roster is
    /// imported: what puts a row would put it without its key.
    pub fn begin_letters(
        &self,
        code: &InsurerCode,
        seen: Option<&LetterRun>,
        run: &LetterRun,
    ) -> Write {
        let mut unchanged = Unchanged::default();
        unchanged.has(KEY, text(code.folded()));
        match seen {
            Some(seen) => unchanged.has(LETTER_RUN, seen.to_value()),
            None => unchanged.lacks(LETTER_RUN),
        }
        unchanged.no_import();
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, code.folded())))
            .condition_expression(unchanged.conditions.join(" AND "))
            .update_expression(format!("SET {LETTER_RUN} = :run"))
            .set_expression_attribute_names(Some(unchanged.names))
            .set_expression_attribute_values(Some(unchanged.values))
            .expression_attribute_values(":run", run.to_value())
            .into()
    }

    /// Notes what a run has printed. Refused when another one has taken its place.
    pub fn end_letters(&self, code: &InsurerCode, run: &LetterRun) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, code.folded())))
            .condition_expression(format!("{LETTER_RUN}.#run = :run"))
            .update_expression(format!("SET {LETTER_RUN} = :ended"))
            .expression_attribute_names("#run", "run")
            .expression_attribute_values(":run", text(&run.run))
            .expression_attribute_values(":ended", run.to_value())
            .into()
    }
}

impl Unchanged {
    /// "No import is under way, nor was interrupted."
    pub(super) fn no_import(&mut self) {
        self.none_under_way(ROSTER_IMPORT);
    }

    /// "No run is under way that draws keys, nor was interrupted."
    pub(super) fn no_letters(&mut self) {
        self.none_under_way(LETTER_RUN);
    }

    fn none_under_way(&mut self, note: &str) {
        let (note, ended_at) = (self.name(note), self.name("ended_at"));
        self.conditions.push(format!(
            "(attribute_not_exists({note}) OR attribute_exists({note}.{ended_at}))"
        ));
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_run_reads_back_and_says_what_nobody_has_printed() {
        let mut run = LetterRun {
            run: "c".to_owned(),
            operator: "suzuki".to_owned(),
            reason: "ticket 4711".to_owned(),
            began_at: datetime!(2026-11-22 01:00 UTC),
            survey: None,
            not_printed: Vec::new(),
            printed: None,
        };
        assert_eq!(LetterRun::from_value(&run.to_value()).unwrap(), run);
        assert_eq!(run.unprinted(), ["c"]);
        run.survey = Some(SurveyDeadline::parse("2027-01-29").unwrap());
        run.not_printed = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(LetterRun::from_value(&run.to_value()).unwrap(), run);
        assert_eq!(run.unprinted(), ["a", "b", "c"]);
        run.printed = Some(Printed {
            at: datetime!(2026-11-22 02:00 UTC),
            file: "0".repeat(64),
            keys: 3,
        });
        assert_eq!(LetterRun::from_value(&run.to_value()).unwrap(), run);
        assert!(run.unprinted().is_empty());
    }
}
