//! Documents that are written by a program: held to what it writes, or written anew.

#![expect(
    clippy::disallowed_methods,
    reason = "the environment is how a process of tests is told anything"
)]

use std::fs;

use crate::run::root;

/// Set by `make reference`: the documents are written, not held.
const WRITES: &str = "WRITE_REFERENCE";

/// Holds a document of the repository to a text, or writes it.
#[track_caller]
pub(crate) fn holds(path: &str, text: &str) {
    let file = root().join(path);
    if std::env::var_os(WRITES).is_some() {
        fs::write(&file, text).unwrap();
        return;
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    if found == text {
        return;
    }
    let (mut found, mut text) = (found.lines(), text.lines());
    let differs = loop {
        match (found.next(), text.next()) {
            (here, there) if here == there => {}
            (here, there) => break (here, there),
        }
    };
    panic!(
        "{path} is not what the code says; `make reference` writes it anew.\n  it has: {:?}\n  it must have: {:?}",
        differs.0, differs.1
    );
}
