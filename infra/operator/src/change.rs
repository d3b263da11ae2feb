//! Changes: what is to be written, told before it is, and not written without a yes.

use std::{
    io::{BufRead, Write as _},
    path::Path,
};

use clap::Args;
use serde::Serialize;

use crate::language::{say, word};
use crate::{
    answer::{Answer, Format, note},
    audited::Errand,
    failure::Failure,
    input::is_attended,
};

/// How careful a change is made.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Careful {
    /// Do not ask // 確認を求めません
    #[arg(long)]
    yes: bool,
    /// Print what would be written, and write nothing // 書き込む内容を表示するだけで、書き込みません
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
    files: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tell: Vec<String>,
    /// What changes line by line, where it is text.
    #[serde(skip_serializing_if = "String::is_empty")]
    difference: String,
    /// What has to be said so that it is written, where a yes is not enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<String>,
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

    /// With what changes line by line.
    pub(crate) fn showing(mut self, difference: impl AsRef<str>) -> Self {
        self.difference.push_str(difference.as_ref());
        self
    }

    /// With a file that was written beside the tables.
    pub(crate) fn with_file(mut self, path: &Path) -> Self {
        self.files.push(path.display().to_string());
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

    /// What is shown to who is asked.
    pub(crate) fn asked(&self) -> impl Iterator<Item = String> {
        self.writes()
            .chain(self.difference.lines().map(str::to_owned))
    }

    fn writes(&self) -> impl Iterator<Item = String> {
        let longest = self.writes.iter().map(|write| write.table.len()).max();
        // As wide as most are, so that one command's lines stand under another's.
        let width = longest.unwrap_or_default().max(9);
        self.writes
            .iter()
            .map(move |write| format!("  {:width$}  {}", write.table, write.change))
    }
}

impl Answer for Plan {
    fn lines(&self) -> Vec<String> {
        let (title, say) = if self.dry_run {
            (
                word!(ja: "書き込む内容:", en: "Would write:"),
                word!(ja: "そのあとの案内:", en: "Then say:"),
            )
        } else {
            (
                word!(ja: "書き込みました:", en: "Written:"),
                word!(ja: "案内:", en: "Say:"),
            )
        };
        let mut lines = vec![title.to_owned()];
        lines.extend(self.writes());
        lines.extend(self.files.iter().map(|file| format!("  {file}")));
        if self.dry_run {
            lines.extend(self.difference.lines().map(str::to_owned));
        }
        if !self.tell.is_empty() {
            lines.push(say.to_owned());
            lines.extend(self.tell.iter().map(|sentence| format!("  {sentence}")));
        }
        if let Some(words) = &self.confirm {
            lines.push(say!(ja: "元に戻せません。実行するには --confirm {words} を付けてください", en: "It cannot be undone. To do it: --confirm {words}"));
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
        if self.rehearses(plan, format) {
            return Ok(false);
        }
        self.asks(plan.asked()).map(|()| true)
    }

    /// Whether anything is shown before it is written, be it only shown.
    pub(crate) fn shows(self) -> bool {
        self.dry_run || (!self.yes && is_attended())
    }

    /// Asks whether to write what these lines say, unless the answer was given with the command.
    ///
    /// # Errors
    /// When the person says no, or there is nobody to ask.
    pub(crate) fn asks(self, lines: impl Iterator<Item = String>) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        ask(
            lines,
            word!(ja: "書き込みますか？ [y/N] ", en: "Write this? [y/N] "),
            is_yes,
        )
    }

    /// The same of what cannot be undone: a yes is not enough, these words have to be typed, or to have been
    /// `given` on the command line. They say whom it is about and how much there is, as it was counted now.
    ///
    /// # Errors
    /// When the words are others, or there is nobody to ask.
    pub(crate) fn consents_to_the_end(
        self,
        plan: &Plan,
        format: Format,
        (words, question): (&str, &str),
        given: Option<&str>,
    ) -> Result<bool, Failure> {
        let plan = Plan {
            confirm: Some(words.to_owned()),
            ..plan.clone()
        };
        if self.rehearses(&plan, format) {
            return Ok(false);
        }
        match given {
            Some(given) if is_said(given, words) => Ok(true),
            Some(given) => Err(Failure::Refused(
                say!(ja: "--confirm は {given} ですが、いまは {words} です。--dry-run で確認してください", en: "--confirm says {given}, and it is {words} now: look at it with --dry-run"),
            )),
            None if self.yes || !is_attended() => Err(Failure::Refused(
                say!(ja: "元に戻せないため、--yes では実行できません。--dry-run で確認し、そこに出る --confirm を付けて繰り返してください", en: "this cannot be undone, so --yes is not enough: look at it with --dry-run, then repeat it with the --confirm that it names"),
            )),
            None => ask(plan.asked(), question, |answer| is_said(answer, words)).map(|()| true),
        }
    }

    /// Whether it is a rehearsal, which prints the plan.
    fn rehearses(self, plan: &Plan, format: Format) -> bool {
        if self.dry_run {
            format.print(&Plan {
                dry_run: true,
                ..plan.clone()
            });
        }
        self.dry_run
    }
}

/// Asks for a number, which nobody types by habit.
///
/// # Errors
/// When another one is typed, or there is nobody to ask.
pub(crate) fn ask_for(number: u64, lines: impl Iterator<Item = String>) -> Result<(), Failure> {
    ask(
        lines,
        word!(ja: "続けるには、その数を入力してください: ", en: "Type the number to go on: "),
        |answer| answer.replace(',', "") == number.to_string(),
    )
}

fn ask(
    lines: impl Iterator<Item = String>,
    question: &str,
    is_consent: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    if !is_attended() {
        return Err(Failure::Refused(
            say!(ja: "変更する操作ですが、確認を求める端末がありません。--dry-run で確認してから、--yes を付けて繰り返してください", en: "this changes something and there is no terminal to ask at: look at it with --dry-run, then repeat it with --yes"),
        ));
    }
    note(word!(ja: "書き込む内容:", en: "To be written:"));
    lines.for_each(|line| note(&line));
    let _ = write!(std::io::stderr().lock(), "{question}");
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && is_consent(answer.trim()) {
        Ok(())
    } else {
        Err(Failure::Refused(
            say!(ja: "何も書き込んでいません", en: "nothing was written"),
        ))
    }
}

/// Whatever is no clear yes is a no.
fn is_yes(answer: &str) -> bool {
    matches!(answer, "y" | "Y" | "yes" | "はい")
}

/// Whether the words are these, but for case and spaces.
fn is_said(given: &str, words: &str) -> bool {
    let given: String = given.split_whitespace().collect();
    given.to_lowercase() == words
}

#[cfg(test)]
mod tests {
    use super::{is_said, is_yes};

    #[test]
    fn only_a_clear_yes_is_one() {
        for yes in ["y", "Y", "yes", "はい"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "n", "no", "yep", "yy"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }

    #[test]
    fn what_cannot_be_undone_takes_its_own_words() {
        for said in ["jkc=12", " JKC = 12 "] {
            assert!(is_said(said, "jkc=12"), "{said:?}");
        }
        for other in ["", "y", "jkc", "12", "jkc=1", "jkc=120", "demo=12"] {
            assert!(!is_said(other, "jkc=12"), "{other:?}");
        }
    }
}
