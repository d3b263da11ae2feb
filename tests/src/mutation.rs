//! Mutants at the bus, for every stack of a test's own: `tests/mutants` tells this process by its environment which
//! mutant its stacks make, or where to note which are possible.

#![expect(
    clippy::disallowed_methods,
    reason = "the environment is how a process of tests is told anything"
)]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use local::{Mutation, Stack};
use serde_json::json;

/// The name of the mutant to be made.
pub const MADE: &str = "MUTANT";
/// The file that is to have which mutants were possible, by test.
pub const NOTED_IN: &str = "MUTANTS_NOTED_IN";

/// What this process's stacks do to calls.
pub(crate) fn mutation() -> Mutation {
    match std::env::var(MADE) {
        Ok(name) => Mutation::Made(name),
        Err(_) if std::env::var_os(NOTED_IN).is_some() => Mutation::Noted,
        Err(_) => Mutation::None,
    }
}

/// Notes which mutants were possible on a stack, for the test that this thread runs.
pub(crate) fn note(stack: &Stack, test: &str) {
    let Some(file) = std::env::var_os(NOTED_IN) else {
        return;
    };
    let line = json!({"test": test, "mutants": stack.mutants()});
    let mut file: File = File::options()
        .create(true)
        .append(true)
        .open(Path::new(&file))
        .unwrap();
    // One write, so that lines of several tests do not mix.
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}
