//! What an import found and did, in numbers.

mod told;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Serialize;
use store::{Insurer, RosterCounts};

use super::{
    encoding::Inspected,
    mapping::Mode,
    report::{Cause, Report},
};
use crate::{
    answer::grouped,
    audited::Errand,
    language::{say, word},
};

/// How many values of those who are skipped are told one by one.
const SKIPPED_VALUES: usize = 20;
/// From how many rows on the file is about a roster and not about a person: below, how many of them change would say
/// whether a birth date that somebody has guessed is right.
pub(super) const FEW: u64 = 20;

/// What the rows of a file were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rows {
    /// All but the header and those without anything.
    #[serde(rename = "rows")]
    pub(crate) count: u64,
    /// Of insured persons.
    pub(crate) insured: u64,
    /// Of others, who cannot register.
    pub(crate) dependants: u64,
    /// Their relationships, each with its rows.
    pub(crate) skipped: BTreeMap<String, u64>,
    /// That say that a member leaves, or has left.
    pub(crate) removals: u64,
    /// Insured persons who will have left on a day to come.
    pub(crate) leaving_later: u64,
    /// Insured persons without a 記号.
    pub(crate) without_symbol: u64,
    /// Names that have 〓 where the file has a user-defined character.
    pub(crate) user_defined_names: u64,
    /// Rows whose 記号 or 番号 is a number in a workbook.
    pub(crate) number_cells: u64,
    /// The header again.
    pub(crate) headers_again: u64,
    /// What stands below the members.
    pub(crate) footers: u64,
    /// Columns that are left out, and whose names tell that they may matter.
    pub(crate) unused: Vec<String>,
}

impl Rows {
    /// Counts a row that is skipped.
    pub(crate) fn skip(&mut self, relationship: String) {
        let is_there = self.skipped.contains_key(&relationship);
        if is_there || self.skipped.len() < SKIPPED_VALUES {
            *self.skipped.entry(relationship).or_default() += 1;
        }
    }

    /// The values that were skipped, the most frequent first.
    pub(crate) fn told_skipped(&self) -> String {
        let mut skipped: Vec<_> = self.skipped.iter().collect();
        skipped.sort_by_key(|(_, rows)| u64::MAX - **rows);
        let told = skipped.iter().map(|(value, rows)| {
            let rows = grouped(**rows);
            say!(ja: "「{value}」{rows} 行", en: "{value:?} {rows}")
        });
        told.collect::<Vec<_>>().join(word!(ja: "、", en: ", "))
    }

    /// What the next import is compared with.
    pub(crate) fn kept(&self) -> RosterCounts {
        RosterCounts {
            rows: self.count,
            insured: self.insured,
            skipped: self.dependants,
        }
    }
}

/// What the file makes of the roster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// How many the roster has.
    pub(crate) in_roster: u64,
    pub(crate) new: u64,
    #[serde(skip)]
    pub(crate) changed: u64,
    #[serde(skip)]
    pub(crate) unchanged: u64,
    pub(crate) leavers: u64,
    /// Who has another 記号 or 番号 by the file. Something else may change of them, too.
    pub(crate) moved: u64,
    /// Not in the file, and staying.
    pub(crate) not_in_file: u64,
    /// To leave, and not there.
    pub(crate) gone_already: u64,
    /// Rows that repeat another.
    pub(crate) repeated: u64,
    /// Rows of who left, and is insured again by another row.
    pub(crate) former: u64,
    /// Rows that do not agree with another of the same member.
    pub(crate) duplicates: u64,
    /// Rows that are another's without leading zeros or hyphens.
    pub(crate) collisions: u64,
    /// Changed ones who are somebody else.
    pub(crate) other_persons: u64,
}

impl Counts {
    /// How many members are to be written.
    pub(crate) fn differing(&self) -> u64 {
        self.new + self.changed + self.leavers + self.moved
    }
}

/// Whether a number is more than this share of all.
pub(crate) fn exceeds(count: u64, all: u64, percent: u64) -> bool {
    count.saturating_mul(100) > all.saturating_mul(percent)
}

/// How many of those who are in the roster change.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Known {
    /// Each by itself.
    Told { changed: u64, unchanged: u64 },
    /// Both together.
    Veiled {
        #[serde(rename = "changedOrUnchanged")]
        both: u64,
    },
}

/// An import, before and after.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) dry_run: bool,
    pub(crate) insurer: String,
    pub(crate) mode: Mode,
    pub(crate) file: PathBuf,
    #[serde(flatten)]
    pub(crate) inspected: Inspected,
    #[serde(flatten)]
    pub(crate) rows: Rows,
    /// How many cells were refused, and are in the report.
    pub(crate) refused: u64,
    /// Whether the rest is written all the same.
    #[serde(skip)]
    pub(crate) skip_refused: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) report: Option<PathBuf>,
    /// What was wrong, each cause once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) causes: Vec<Cause>,
    /// How many names somebody should look at, and where they are listed.
    looks: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    looks_report: Option<PathBuf>,
    #[serde(flatten)]
    pub(crate) counts: Counts,
    #[serde(flatten)]
    known: Known,
    /// The rows of the last import.
    #[serde(skip)]
    pub(crate) last: Option<RosterCounts>,
    /// Whether whoever gives the command may not make its moves.
    pub(crate) lacks_rights: bool,
    /// How many members were written.
    pub(crate) written: u64,
    #[serde(skip)]
    pub(crate) event: String,
}

impl Summary {
    /// Before anything is written.
    pub(crate) fn of(
        insurer: &Insurer,
        mode: Mode,
        file: &Path,
        inspected: Inspected,
        errand: &Errand,
    ) -> Self {
        Self {
            dry_run: errand.is_rehearsal(),
            insurer: insurer.code.folded().to_owned(),
            mode,
            file: file.to_owned(),
            inspected,
            rows: Rows::default(),
            refused: 0,
            skip_refused: false,
            report: None,
            causes: Vec::new(),
            looks: 0,
            looks_report: None,
            counts: Counts::default(),
            known: Known::Veiled { both: 0 },
            last: None,
            lacks_rights: false,
            written: 0,
            event: errand.told(),
        }
    }

    /// Whether the file has everybody.
    pub(crate) fn is_full(&self) -> bool {
        self.mode == Mode::Full
    }

    /// Takes what the reports have.
    pub(crate) fn note_reports(&mut self, refused: &Report, looks: &Report) {
        self.refused = refused.refused();
        self.report = refused.path().map(PathBuf::from);
        self.causes = refused.causes();
        self.looks = looks.refused();
        self.looks_report = looks.path().map(PathBuf::from);
    }

    /// Tells how many change only where that says nothing about a single person.
    pub(crate) fn veil(&mut self) {
        if self.rows.insured + self.rows.removals >= FEW {
            return self.unveil();
        }
        self.known = Known::Veiled {
            both: self.counts.changed + self.counts.unchanged,
        };
    }

    /// Tells how many changed: they did, and each has an event.
    pub(crate) fn unveil(&mut self) {
        self.known = Known::Told {
            changed: self.counts.changed,
            unchanged: self.counts.unchanged,
        };
    }

    /// How many change and how many do not, where that may be told.
    pub(crate) fn told_changed(&self) -> Option<[u64; 2]> {
        match self.known {
            Known::Told { changed, unchanged } => Some([changed, unchanged]),
            Known::Veiled { .. } => None,
        }
    }

    /// How many names somebody should look at, and the name of the file that lists them.
    pub(crate) fn told_looks(&self) -> Option<[String; 2]> {
        let name = self.looks_report.as_ref()?.file_name()?;
        Some([grouped(self.looks), name.to_string_lossy().into_owned()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_what_may_be_reached() {
        let many = |leavers, in_roster| exceeds(leavers, in_roster, 5);
        assert!(!many(0, 0) && !many(5, 100) && !many(1, 20));
        assert!(many(6, 100) && many(1, 19) && many(1, 1));
    }
}
