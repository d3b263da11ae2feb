//! Which test makes which calls: noted by the tests themselves, in a run without a mutant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

use crate::made::made;
use crate::results::folder;
use crate::suite::{Suite, Test};

/// What tests have noted.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The mutants that are possible in each test.
    by_test: BTreeMap<Test, BTreeSet<String>>,
}

#[derive(Deserialize)]
struct Line {
    test: String,
    mutants: BTreeSet<String>,
}

impl Notes {
    pub(crate) fn read() -> Self {
        let mut notes = Self::default();
        for suite in crate::suite::NAMES {
            let written = std::fs::read_to_string(file_of(suite)).unwrap_or_default();
            for line in written.lines() {
                let line: Line = serde_json::from_str(line).expect("a line that a test wrote");
                let test = Test {
                    suite: suite.to_owned(),
                    name: line.test,
                };
                notes.by_test.entry(test).or_default().extend(line.mutants);
            }
        }
        notes
    }

    /// Runs the tests that have noted nothing yet, or all of them anew, and forgets those that are gone.
    pub(crate) fn bring_up_to_date(&mut self, suites: &[Suite], anew: bool) {
        for suite in suites {
            if anew {
                let _ = std::fs::remove_file(file_of(suite.name));
            }
            let known = if anew { Self::default() } else { Self::read() };
            let new: Vec<_> = suite
                .tests()
                .into_iter()
                .filter(|test| !known.by_test.contains_key(test))
                .collect();
            if !new.is_empty() {
                println!("{}: noting what {} tests ask for", suite.name, new.len());
                suite.note(&new, &file_of(suite.name));
            }
        }
        *self = Self::read();
        let there: BTreeSet<_> = suites.iter().flat_map(Suite::tests).collect();
        self.by_test.retain(|test, _| there.contains(test));
    }

    /// All mutants that are possible.
    pub(crate) fn mutants(&self) -> impl Iterator<Item = &str> {
        let all: BTreeSet<_> = self
            .by_test
            .values()
            .flatten()
            .map(String::as_str)
            .collect();
        all.into_iter()
    }

    /// The tests in which a mutant is possible, each with how many others are.
    pub(crate) fn tests_of(&self, mutant: &str) -> Vec<(Test, usize)> {
        let meant = made(mutant);
        let with = self
            .by_test
            .iter()
            .filter(|(_, possible)| possible.iter().any(|possible| made(possible) == meant));
        with.map(|(test, possible)| (test.clone(), possible.len()))
            .collect()
    }
}

fn file_of(suite: &str) -> PathBuf {
    folder().join(format!("{suite}.notes"))
}
