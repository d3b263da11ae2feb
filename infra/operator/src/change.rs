//! Changes: what is to be written, told before it is, and not written without a yes.

use std::io::{BufRead, IsTerminal, Write as _};

use clap::Args;
use serde::Serialize;

use crate::{
    answer::{Answer, Format, note},
    audited::Errand,
    failure::Failure,
};

/// How careful a change is made.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Careful {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print what would be written, and write nothing
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
}

/// What a change writes.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    dry_run: bool,
    writes: Vec<Planned>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tell: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Planned {
    table: &'static str,
    change: String,
}

impl Plan {
    /// With a change of a table.
    pub(crate) fn with(mut self, table: &'static str, change: impl Into<String>) -> Self {
        let change = change.into();
        self.writes.push(Planned { table, change });
        self
    }

    /// With the event of the audit trail.
    pub(crate) fn with_event(self, errand: &Errand) -> Self {
        self.with("Audit", errand.told())
    }

    /// With a sentence that the member, or whoever asked, is to be told once it is written.
    pub(crate) fn tell(mut self, sentence: impl Into<String>) -> Self {
        self.tell.push(sentence.into());
        self
    }

    fn writes(&self) -> impl Iterator<Item = String> {
        self.writes
            .iter()
            .map(|write| format!("  {:9}  {}", write.table, write.change))
    }
}

impl Answer for Plan {
    fn lines(&self) -> Vec<String> {
        let (title, say) = if self.dry_run {
            ("Would write:", "Then say:")
        } else {
            ("Written:", "Say:")
        };
        let mut lines = vec![title.to_owned()];
        lines.extend(self.writes());
        if !self.tell.is_empty() {
            lines.push(say.to_owned());
            lines.extend(self.tell.iter().map(|sentence| format!("  {sentence}")));
        }
        lines
    }
}

impl Careful {
    /// Whether to write. A rehearsal prints the plan and says no.
    ///
    /// # Errors
    /// When the person says no, or there is nobody to ask.
    pub(crate) fn consents(self, plan: &Plan, format: Format) -> Result<bool, Failure> {
        if self.dry_run {
            format.print(&Plan {
                dry_run: true,
                ..plan.clone()
            });
            return Ok(false);
        }
        if self.yes {
            return Ok(true);
        }
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return Err(Failure::Refused(
                "this changes something and there is no terminal to ask at: look at it with \
                 --dry-run, then repeat it with --yes"
                    .to_owned(),
            ));
        }
        note("To be written:");
        plan.writes().for_each(|line| note(&line));
        let _ = write!(std::io::stderr().lock(), "Write this? [y/N] ");
        if is_yes(&mut stdin.lock()) {
            Ok(true)
        } else {
            Err(Failure::Refused("nothing was written".to_owned()))
        }
    }
}

/// Reads an answer; whatever is no clear yes is a no.
fn is_yes(input: &mut impl BufRead) -> bool {
    let mut answer = String::new();
    let read = input.read_line(&mut answer);
    read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes" | "はい")
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_clear_yes_is_one() {
        for yes in ["y\n", "Y\n", " yes \n", "はい\n", "y"] {
            assert!(is_yes(&mut yes.as_bytes()), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "no\n", "yep\n", "yy\n"] {
            assert!(!is_yes(&mut no.as_bytes()), "{no:?}");
        }
    }
}
