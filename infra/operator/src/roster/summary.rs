//! What an import found and did, in numbers.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{difference::Mode, encoding::Inspected};
use crate::{
    answer::{Answer, grouped, table},
    audited::Errand,
};

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
    /// That say that a member leaves.
    pub(crate) removals: u64,
    /// Insured persons without a 記号.
    pub(crate) without_symbol: u64,
    /// Names that have 〓 where the file has a user-defined character.
    pub(crate) user_defined_names: u64,
}

/// What the file makes of the roster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// How many the roster has.
    pub(crate) in_roster: u64,
    pub(crate) new: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
    pub(crate) leavers: u64,
    /// Not in the file, and staying.
    pub(crate) not_in_file: u64,
    /// To leave, and not there.
    pub(crate) gone_already: u64,
    /// Rows that repeat another.
    pub(crate) repeated: u64,
    /// Rows that do not agree with another of the same member.
    pub(crate) duplicates: u64,
    /// Rows that are another's without leading zeros.
    pub(crate) collisions: u64,
    /// Changed ones who are somebody else.
    pub(crate) other_persons: u64,
}

impl Counts {
    /// How many members are to be written.
    pub(crate) fn differing(&self) -> u64 {
        self.new + self.changed + self.leavers
    }

    /// Whether so many leave that it has to be said: more than one of twenty.
    pub(crate) fn has_many_leavers(&self) -> bool {
        self.leavers.saturating_mul(20) > self.in_roster
    }
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
    #[serde(flatten)]
    pub(crate) counts: Counts,
    /// How many members were written.
    pub(crate) written: u64,
    #[serde(skip)]
    pub(crate) event: String,
}

impl Summary {
    /// Before anything is written.
    pub(crate) fn of(
        insurer: &str,
        mode: Mode,
        file: &Path,
        inspected: Inspected,
        errand: &Errand,
    ) -> Self {
        Self {
            dry_run: errand.is_rehearsal(),
            insurer: insurer.to_owned(),
            mode,
            file: file.to_owned(),
            inspected,
            rows: Rows::default(),
            refused: 0,
            skip_refused: false,
            report: None,
            counts: Counts::default(),
            written: 0,
            event: errand.told(),
        }
    }

    /// What is to be written, line by line.
    pub(crate) fn plan(&self) -> Vec<String> {
        let counts = &self.counts;
        let audited = counts.changed + counts.leavers;
        let mut lines = vec![
            format!(
                "  Members    new {}, changed {}, leave {}",
                grouped(counts.new),
                grouped(counts.changed),
                grouped(counts.leavers)
            ),
            format!("  Audit      {}", self.event),
        ];
        if audited > 0 {
            lines.push(format!(
                "  Audit      an event of each who changes or leaves: {}",
                grouped(audited)
            ));
        }
        lines
    }

    /// What was found, and what is to be written: what a person is asked about.
    pub(crate) fn told(&self) -> impl Iterator<Item = String> {
        self.found().into_iter().chain(self.plan())
    }

    fn found(&self) -> Vec<String> {
        let (rows, counts, file) = (&self.rows, &self.counts, &self.inspected);
        let mut lines = vec![
            ("file", self.file.display().to_string()),
            (
                "",
                format!("{}, {} bytes", file.encoding.name(), grouped(file.bytes)),
            ),
            ("SHA-256", file.sha256.clone()),
            ("rows", grouped(rows.count)),
            ("insured", grouped(rows.insured)),
        ];
        let share = match counts.in_roster {
            0 => String::new(),
            all => format!(
                ", {}.{} % of the roster",
                counts.leavers * 100 / all,
                counts.leavers * 1_000 / all % 10
            ),
        };
        let has_both = rows.without_symbol > 0 && rows.without_symbol < rows.insured;
        let if_any = [
            ("dependants", rows.dependants, ", who cannot register"),
            ("removals", rows.removals, ""),
            (
                "no 記号",
                if has_both { rows.without_symbol } else { 0 },
                ", others have one",
            ),
            (
                "外字",
                rows.user_defined_names,
                " names, shown with 〓 for them",
            ),
            ("repeated", counts.repeated, " rows, taken once"),
            ("duplicates", counts.duplicates, " rows, refused"),
            ("collisions", counts.collisions, " rows, refused"),
        ];
        let if_any = if_any
            .into_iter()
            .filter(|(_, count, _)| *count > 0)
            .map(|(name, count, more)| (name, format!("{}{more}", grouped(count))));
        lines.extend(if_any);
        lines.push(("in roster", grouped(counts.in_roster)));
        lines.push(("new", grouped(counts.new)));
        lines.push(("changed", grouped(counts.changed)));
        lines.push(("unchanged", grouped(counts.unchanged)));
        lines.push(("leave", format!("{}{share}", grouped(counts.leavers))));
        let stay = [
            ("not in file", counts.not_in_file, ", who stay"),
            ("gone already", counts.gone_already, ""),
            (
                "other persons",
                counts.other_persons,
                " under a number of the roster",
            ),
        ];
        let stay = stay
            .into_iter()
            .filter(|(_, count, _)| *count > 0)
            .map(|(name, count, more)| (name, format!("{}{more}", grouped(count))));
        lines.extend(stay);
        if let Some(report) = &self.report {
            lines.push((
                "refused",
                format!("{} cells, in {}", grouped(self.refused), report.display()),
            ));
        }
        table(&lines)
    }
}

impl Answer for Summary {
    fn lines(&self) -> Vec<String> {
        let mut lines = self.found();
        if self.refused > 0 && !self.skip_refused {
            // Why nothing is written is the message beside this.
        } else if self.counts.differing() == 0 {
            lines.push("Nothing to write: the roster is so already.".to_owned());
        } else if self.dry_run {
            lines.push("Would write:".to_owned());
            lines.extend(self.plan());
        } else if self.written > 0 {
            lines.push("Written:".to_owned());
            lines.extend(self.plan());
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_one_of_twenty_is_many() {
        let of = |leavers, in_roster| {
            let counts = Counts {
                in_roster,
                leavers,
                ..Counts::default()
            };
            counts.has_many_leavers()
        };
        assert!(!of(0, 0) && !of(5, 100) && !of(1, 20));
        assert!(of(6, 100) && of(1, 19) && of(1, 1));
    }
}
