//! What has been found of each mutant, kept from run to run: a line is added as soon as one is known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::accepted::Accepted;
use crate::made::made;
use crate::suite::Test;

/// These tests send thousands of requests each, and decide how many guesses there are, not what a call must have.
const SIEGES: &str = "sieges::";

/// What came of a mutant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Verdict {
    /// A test failed.
    Noticed { by: Test },
    /// None of these tests failed.
    Survived { tried: BTreeSet<Test> },
    /// The stack refused the call that the mutant makes: this is no fault that code could have.
    Invalid { why: String },
}

#[derive(Serialize, Deserialize)]
struct Line {
    mutant: String,
    verdict: Verdict,
}

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// By what is made.
    by_mutant: BTreeMap<String, Verdict>,
}

/// Where results and notes are kept: beside what is built.
pub(crate) fn folder() -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    let target = program.ancestors().nth(3).expect("target/debug/examples");
    let folder = target.join("mutants");
    std::fs::create_dir_all(&folder).expect("a folder in target");
    folder
}

fn file() -> PathBuf {
    folder().join("results")
}

impl Results {
    pub(crate) fn read() -> Self {
        let text = std::fs::read_to_string(file()).unwrap_or_default();
        let lines = text.lines().map(|line| {
            let line: Line = serde_json::from_str(line).expect("a line that this program wrote");
            (line.mutant, line.verdict)
        });
        Self {
            by_mutant: lines.collect(),
        }
    }

    pub(crate) fn of(&self, mutant: &str) -> Option<&Verdict> {
        self.by_mutant.get(&made(mutant))
    }

    pub(crate) fn is_noticed(&self, mutant: &str) -> bool {
        matches!(self.of(mutant), Some(Verdict::Noticed { .. }))
    }

    /// Forgets these.
    pub(crate) fn forget<'a>(&mut self, mutants: impl Iterator<Item = &'a str>) {
        for mutant in mutants {
            self.by_mutant.remove(&made(mutant));
        }
        let _ = std::fs::remove_file(file());
        for (mutant, verdict) in &self.by_mutant {
            write(mutant, verdict);
        }
    }

    /// Keeps what was found; the tests that passed before still count.
    pub(crate) fn keep(&mut self, mutant: &str, mut verdict: Verdict) {
        if let Verdict::Survived { tried } = &mut verdict
            && let Some(Verdict::Survived { tried: before }) = self.of(mutant)
        {
            tried.extend(before.iter().cloned());
        }
        let mutant = made(mutant);
        write(&mutant, &verdict);
        self.by_mutant.insert(mutant, verdict);
    }

    /// The tests to be tried with a mutant that it has not survived yet: first those that noticed others of the same
    /// function or statement, then those that do little else.
    pub(crate) fn order(&self, mutant: &str, mut tests: Vec<(Test, usize)>) -> Vec<Test> {
        if let Some(Verdict::Survived { tried }) = self.of(mutant) {
            tests.retain(|(test, _)| !tried.contains(test));
        }
        let kin = |mutant: &str| mutant.split(':').next().map(str::to_owned);
        let mutant = made(mutant);
        let mut keen: BTreeMap<&Test, usize> = BTreeMap::new();
        for (known, verdict) in &self.by_mutant {
            if let Verdict::Noticed { by } = verdict
                && kin(known) == kin(&mutant)
            {
                *keen.entry(by).or_default() += 1;
            }
        }
        tests.retain(|(test, _)| !test.name.starts_with(SIEGES));
        tests.sort_by_key(|(test, others)| {
            let noticed = keen.get(test).copied().unwrap_or_default();
            (std::cmp::Reverse(noticed), *others)
        });
        tests.into_iter().map(|(test, _)| test).collect()
    }

    /// How many of each function were noticed.
    pub(crate) fn table(&self, mutants: &[&str], accepted: &Accepted) -> String {
        let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
        for mutant in mutants {
            let of = mutant.split(':').next().unwrap_or_default();
            for function in [of, "~ all"] {
                let [all, noticed, reasoned, left] = counts.entry(function).or_default();
                *all += 1;
                if self.is_noticed(mutant) {
                    *noticed += 1;
                } else if accepted.has(mutant) {
                    *reasoned += 1;
                } else {
                    *left += 1;
                }
            }
        }
        let mut table = format!(
            "{:<24}{:>8}{:>9}{:>10}{:>6}\n",
            "function", "mutants", "noticed", "accepted", "left"
        );
        for (function, [all, noticed, reasoned, left]) in counts {
            let _ = writeln!(
                table,
                "{:<24}{all:>8}{noticed:>9}{reasoned:>10}{left:>6}",
                function.trim_start_matches("~ ")
            );
        }
        table
    }
}

fn write(mutant: &str, verdict: &Verdict) {
    let line = Line {
        mutant: mutant.to_owned(),
        verdict: verdict.clone(),
    };
    let line = serde_json::to_string(&line).expect("JSON");
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(file())
        .expect("a file in target");
    writeln!(file, "{line}").expect("a file in target");
}
