//! The programs that the tests are in, and how they are run.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tests::{MADE, NOTED_IN};

use crate::results::Verdict;

/// The programs with tests that call functions.
pub(crate) const NAMES: [&str; 2] = ["journeys", "operators"];
/// How many tests run together. A test waits more than it works.
const THREADS: &str = "8";
/// How many tests the first run of a mutant has; each further run has twice as many.
const FIRST: usize = 4;

/// A test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Test {
    pub(crate) suite: String,
    pub(crate) name: String,
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.suite, self.name)
    }
}

/// A program of tests.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    program: PathBuf,
}

impl Suite {
    /// Builds all, and finds them.
    pub(crate) fn all() -> Vec<Self> {
        NAMES.map(Self::built).into()
    }

    fn built(name: &'static str) -> Self {
        let output = Command::new("cargo")
            .args([
                "test",
                "--workspace",
                "--no-run",
                "--message-format=json-render-diagnostics",
                "--test",
                name,
            ])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo");
        let text = String::from_utf8_lossy(&output.stdout);
        let messages = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut programs = messages.filter_map(|message| {
            let is_it = message["target"]["name"] == name;
            let program = message["executable"].as_str().filter(|_| is_it)?;
            Some(PathBuf::from(program))
        });
        let program = programs.next().expect("the program of these tests");
        Self { name, program }
    }

    /// Its tests.
    pub(crate) fn tests(&self) -> BTreeSet<Test> {
        let output = self
            .command()
            .args(["--list", "--format", "terse"])
            .output()
            .expect("the program of these tests");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
        names
            .map(|name| Test {
                suite: self.name.to_owned(),
                name: name.to_owned(),
            })
            .collect()
    }

    /// Runs tests as they are, and lets them note which mutants are possible. They must pass: what fails without a
    /// mutant notices nothing.
    pub(crate) fn note(&self, tests: &[Test], file: &Path) {
        let fresh = file.with_extension("fresh");
        let _ = fs::remove_file(&fresh);
        let ran = self.run_twice(tests.iter(), NOTED_IN, &fresh.to_string_lossy());
        assert!(
            ran.failed.is_empty(),
            "these fail without any mutant: {:?}",
            ran.failed
        );
        let mut notes = fs::read_to_string(&fresh).unwrap_or_default();
        // Tests that start no stack have noted nothing: they are known, too.
        for test in tests {
            let line = serde_json::json!({"test": test.name, "mutants": []});
            let _ = writeln!(notes, "{line}");
        }
        let before = fs::read_to_string(file).unwrap_or_default();
        fs::write(file, before + &notes).expect("a file in target");
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            // To find its lines costs more than the test.
            .env("RUST_BACKTRACE", "0")
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .stdin(Stdio::null());
        command
    }

    /// Runs tests, and those that fail once more by themselves: on a busy machine a test fails that has waited for too
    /// long, and that is no notice of anything.
    fn run_twice<'a>(
        &self,
        tests: impl Iterator<Item = &'a Test>,
        variable: &str,
        value: &str,
    ) -> Ran {
        let first = self.run(tests, variable, value);
        if first.failed.is_empty() {
            return first;
        }
        let failed = first.failed.iter().map(|name| Test {
            suite: self.name.to_owned(),
            name: name.clone(),
        });
        self.run(failed.collect::<Vec<_>>().iter(), variable, value)
    }

    fn run<'a>(&self, tests: impl Iterator<Item = &'a Test>, variable: &str, value: &str) -> Ran {
        let output = self
            .command()
            .args(["--exact", "--test-threads", THREADS])
            .args(tests.map(|test| &test.name))
            .env(variable, value)
            .output()
            .expect("the program of these tests");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let failed: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"))
            .map(str::to_owned)
            .collect();
        assert!(
            output.status.success() || !failed.is_empty(),
            "{} ended without a result: {text}{}",
            self.name,
            String::from_utf8_lossy(&output.stderr)
        );
        Ran { failed, text }
    }
}

/// What came of a run.
struct Ran {
    failed: Vec<String>,
    text: String,
}

/// Runs tests with a mutant, until one notices it.
pub(crate) fn try_out(suites: &[Suite], mutant: &str, tests: &[Test]) -> Verdict {
    let (mut left, mut size) = (tests, FIRST);
    while !left.is_empty() {
        let (now, later) = left.split_at(size.min(left.len()));
        for suite in suites {
            let of_suite: Vec<_> = now.iter().filter(|test| test.suite == suite.name).collect();
            if of_suite.is_empty() {
                continue;
            }
            let ran = suite.run_twice(of_suite.into_iter(), MADE, mutant);
            let broken = ran
                .text
                .lines()
                .find(|line| line.contains("refused: ValidationE"));
            if let Some(why) = broken.filter(|_| !ran.failed.is_empty()) {
                return Verdict::Invalid {
                    why: why.trim().to_owned(),
                };
            }
            if let Some(name) = ran.failed.first() {
                let by = Test {
                    suite: suite.name.to_owned(),
                    name: name.clone(),
                };
                return Verdict::Noticed { by };
            }
        }
        (left, size) = (later, size * 2);
    }
    Verdict::Survived {
        tried: tests.iter().cloned().collect(),
    }
}
