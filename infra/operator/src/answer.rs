//! What a command prints: lines for a person, or JSON for a program. The one place that prints.

use std::io::Write;

use serde::Serialize;

/// What a command has found out or done.
pub(crate) trait Answer: Serialize {
    /// The lines that a person reads.
    fn lines(&self) -> Vec<String>;
}

/// For whom it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A person.
    Text,
    /// A program.
    Json,
}

impl Format {
    /// Prints the answer.
    pub(crate) fn print(self, answer: &impl Answer) {
        let text = match self {
            Self::Text => answer.lines().join("\n"),
            Self::Json => serde_json::to_string_pretty(answer).unwrap_or_default(),
        };
        print(&text);
    }
}

/// Prints what is no answer but a text of its own. A closed pipe is no error: there is nobody to tell.
pub(crate) fn print(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a line beside the answer: an error, or what is about to be done.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Lines of a name and a value each, the values below each other.
pub(crate) fn table(rows: &[(&str, String)]) -> Vec<String> {
    let width = rows.iter().map(|(name, _)| width_of(name)).max();
    let width = width.unwrap_or_default();
    rows.iter()
        .map(|(name, value)| {
            let blanks = " ".repeat(width - width_of(name));
            format!("{name}{blanks}  {value}")
        })
        .collect()
}

/// How many columns of a terminal a name takes: two for a kana or a kanji.
pub(crate) fn width_of(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// A text at the left of so many columns of a terminal.
pub(crate) fn at_left(text: &str, columns: usize) -> String {
    let blanks = " ".repeat(columns.saturating_sub(width_of(text)));
    format!("{text}{blanks}")
}

/// A text at the right of so many columns of a terminal.
pub(crate) fn at_right(text: &str, columns: usize) -> String {
    let blanks = " ".repeat(columns.saturating_sub(width_of(text)));
    format!("{blanks}{text}")
}

/// A count as people read it: 500,000.
pub(crate) fn grouped(count: u64) -> String {
    indicatif::HumanCount(count).to_string()
}
