//! What a restore found, and what it brought back.

use serde::Serialize;
use store::RestoredFrom;
use time::OffsetDateTime;

use super::{Kept, Restore, beside::Counts};
use crate::{
    answer::{Answer, grouped, table},
    audited::Errand,
    language::word,
    world::in_japan,
};

/// A restore, before and after.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    dry_run: bool,
    table: Kept,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    insurer: Option<String>,
    /// The table that it was restored from, where DynamoDB tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(with = "time::serde::rfc3339::option")]
    as_of: Option<OffsetDateTime>,
    #[serde(skip)]
    is_ours: bool,
    #[serde(flatten)]
    counts: Counts,
    /// How many came back, once they have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) written: Option<u64>,
    #[serde(skip)]
    event: String,
}

impl Summary {
    /// Before anything is written.
    pub(super) fn of(
        restore: &Restore,
        from: &RestoredFrom,
        counts: Counts,
        errand: &Errand,
    ) -> Self {
        Self {
            dry_run: errand.is_rehearsal(),
            table: restore.table,
            from: restore.from.clone(),
            insurer: restore
                .insurer
                .as_ref()
                .map(|code| code.folded().to_owned()),
            restored_of: from.table.clone(),
            as_of: from.at,
            is_ours: from.is_ours,
            counts,
            written: None,
            event: errand.told(),
        }
    }

    /// What was found, and what is to be written: what a person is asked about.
    pub(super) fn told(&self) -> impl Iterator<Item = String> {
        self.found()
            .into_iter()
            .chain(self.writes(self.counts.missing))
    }

    fn found(&self) -> Vec<String> {
        let counts = &self.counts;
        let mut rows = vec![("from", self.source())];
        if let Some(code) = &self.insurer {
            rows.push(("insurer", code.clone()));
        }
        let staying = |count: u64, what: &str| {
            format!("{}{}", grouped(count), if count == 0 { "" } else { what })
        };
        rows.push(("the same", grouped(counts.same)));
        rows.push(("differ", staying(counts.differ, ", newer here, and stay")));
        rows.push(("missing", grouped(counts.missing)));
        if self.table == Kept::Accounts {
            let anew = ", and the account of before stays gone";
            rows.push(("registered anew", staying(counts.registered_anew, anew)));
            let taken = " by somebody else, and the account stays gone";
            rows.push(("user ID taken", staying(counts.user_id_taken, taken)));
        }
        if counts.erased > 0 {
            rows.push((
                word!(ja: "消去済み", en: "erased since"),
                staying(
                    counts.erased,
                    word!(ja: "件。戻しません", en: ", and stay gone"),
                ),
            ));
        }
        rows.push(("new since", staying(counts.new, ", and stay")));
        table(&rows)
    }

    fn source(&self) -> String {
        let mut source = self.from.clone();
        if let Some(table) = &self.restored_of {
            let other = if self.is_ours {
                ""
            } else {
                ", which is not the stack's"
            };
            source = format!("{source}, of {table}{other}");
        }
        if let Some(at) = self.as_of {
            source = format!("{source}, as of {}", in_japan(at));
        }
        source
    }

    fn writes(&self, count: u64) -> Vec<String> {
        let how = match self.table {
            Kept::Accounts => ", each with its member's claim, signed in nowhere",
            _ => "",
        };
        let mut lines = vec![format!(
            "  {:9}  {} come back{how}",
            self.table.name(),
            grouped(count)
        )];
        if self.table == Kept::Accounts {
            lines.push("  Audit      an event of each account and of its member".to_owned());
        }
        lines.push(format!("  Audit      {}", self.event));
        lines
    }

    /// What there is to do about what did not come back, or should not have.
    fn ways_on(&self) -> Vec<&'static str> {
        let (counts, mut ways) = (&self.counts, Vec::new());
        match self.table {
            Kept::Members if counts.missing + counts.differ > 0 => ways.push(
                "who left since comes back too, and who differs stays: import the latest full roster",
            ),
            Kept::Accounts if counts.differ > 0 => {
                ways.push("an account that differs is what its member made of it since: leave it");
            }
            Kept::Insurers if counts.differ > 0 => ways.push(
                "an insurer that differs: `operator insurer show` has what it is, `operator insurer put` \
                 changes it",
            ),
            Kept::Audit if counts.differ > 0 => {
                ways.push("no event ever changes: one that differs needs a developer");
            }
            _ => {}
        }
        if counts.registered_anew + counts.user_id_taken > 0 {
            ways.push(
                "who has registered anew uses the new account; whose user ID is taken registers anew",
            );
        }
        ways
    }
}

impl Answer for Summary {
    fn lines(&self) -> Vec<String> {
        let mut lines = self.found();
        let missing = self.counts.missing;
        if missing == 0 {
            lines.push("Nothing is missing, and nothing was written.".to_owned());
        } else {
            let title = if self.written.is_some() {
                "Written:"
            } else {
                "Would write:"
            };
            lines.push(title.to_owned());
            lines.extend(self.writes(self.written.unwrap_or(missing)));
        }
        if self.written.is_some_and(|written| written < missing) {
            lines.push("The rest is there by now, written by somebody else meanwhile.".to_owned());
        }
        let ways = self.ways_on();
        if !ways.is_empty() {
            lines.push("Then:".to_owned());
            lines.extend(ways.iter().map(|way| format!("  {way}")));
        }
        lines
    }
}
