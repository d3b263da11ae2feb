//! What has happened, line by line, as soon as it has: by it a soak goes on where it was killed, and by it the tables are
//! judged.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// What a member has been told, or must reckon with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "answers are lost, so each may be known without the others"
)]
pub(crate) struct Told {
    /// A code was sent in that may have made the account.
    pub(crate) may_have_account: bool,
    /// The account was made.
    pub(crate) has_account: bool,
    /// The user IDs that were asked for, the last one last, but for those that were refused.
    pub(crate) asked: Vec<usize>,
    /// The user ID that has opened the account.
    pub(crate) user_id: Option<usize>,
    /// The password, or those that it may be while an answer is missing, the likeliest first.
    pub(crate) passwords: Vec<usize>,
    /// The address, or those that it may be while an answer is missing; the first one before any change.
    #[serde(default)]
    pub(crate) addresses: Vec<usize>,
    /// The terms were accepted.
    pub(crate) has_accepted: bool,
    /// The member has come to the end.
    pub(crate) is_done: bool,
    /// The member has given up.
    pub(crate) gave_up: bool,
}

impl Told {
    /// The addresses that the account may have.
    pub(crate) fn may_have(&self) -> &[usize] {
        match &*self.addresses {
            [] => &[0],
            known => known,
        }
    }
}

/// A line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Line {
    /// A member was answered. Without a status, the answer was lost.
    Answer {
        journey: u64,
        at_ms: i64,
        step: String,
        status: Option<u16>,
        problem: String,
    },
    /// What a member knows from here on.
    Told { journey: u64, told: Told },
    /// Something was broken.
    Unkind { what: String },
    /// Something that must not happen.
    Surprise { journey: u64, what: String },
    /// So much time has been worked on it.
    Ran { millis: u64 },
}

/// All of it, added up.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How often each step came to what.
    pub(crate) answers: BTreeMap<String, BTreeMap<String, u64>>,
    pub(crate) unkind: BTreeMap<String, u64>,
    pub(crate) surprises: Vec<String>,
    pub(crate) told: BTreeMap<u64, Told>,
    /// When each journey was last heard of.
    pub(crate) heard_ms: BTreeMap<u64, i64>,
    pub(crate) ran_millis: u64,
    pub(crate) acts: u64,
}

impl Tally {
    fn add(&mut self, line: Line) {
        match line {
            Line::Answer {
                journey,
                at_ms,
                step,
                status,
                problem,
            } => {
                let outcome = match status {
                    Some(status) => format!("{status} {problem}").trim_end().to_owned(),
                    None => "no answer".to_owned(),
                };
                *self
                    .answers
                    .entry(step)
                    .or_default()
                    .entry(outcome)
                    .or_default() += 1;
                self.heard_ms.insert(journey, at_ms);
                self.acts += 1;
            }
            Line::Told { journey, told } => {
                self.told.insert(journey, told);
            }
            Line::Unkind { what } => *self.unkind.entry(what).or_default() += 1,
            Line::Surprise { journey, what } => {
                self.surprises.push(format!("journey {journey}: {what}"));
            }
            Line::Ran { millis } => self.ran_millis += millis,
        }
    }

    /// How many have come to the end.
    pub(crate) fn done(&self) -> usize {
        self.told.values().filter(|told| told.is_done).count()
    }
}

/// The file, and what is in it.
#[derive(Debug)]
pub(crate) struct Journal {
    inner: Mutex<(File, Tally)>,
}

impl Journal {
    /// Opens it, and reads what is there.
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        let mut tally = Tally::default();
        let text = std::fs::read_to_string(path).unwrap_or_default();
        // A process that was killed at the last line has not finished it.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text[..whole].lines() {
            tally.add(serde_json::from_str(line).map_err(std::io::Error::other)?);
        }
        let file = File::options().create(true).append(true).open(path)?;
        file.set_len(whole as u64)?;
        Ok(Self {
            inner: Mutex::new((file, tally)),
        })
    }

    /// Writes lines.
    pub(crate) fn write(&self, lines: impl IntoIterator<Item = Line>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for line in lines {
            let mut text = serde_json::to_string(&line).expect("a line");
            text.push('\n');
            inner.0.write_all(text.as_bytes()).expect("the journal");
            inner.1.add(line);
        }
    }

    /// Looks at what has happened.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Tally) -> T) -> T {
        look(&self.inner.lock().unwrap_or_else(PoisonError::into_inner).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_goes_on_after_its_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let told = Told {
            has_account: true,
            ..Told::default()
        };
        let line = Line::Told { journey: 7, told };
        Journal::open(&path).unwrap().write([line.clone()]);
        let half = std::fs::read_to_string(&path).unwrap() + "{\"Ran\":{\"mil";
        std::fs::write(&path, half).unwrap();
        let journal = Journal::open(&path).unwrap();
        assert!(journal.read(|tally| tally.told[&7].has_account));
        journal.write([Line::Ran { millis: 5 }]);
        let again = Journal::open(&path).unwrap();
        assert_eq!(
            again.read(|tally| (tally.told.len(), tally.ran_millis)),
            (1, 5)
        );
    }
}
