//! `make known-passwords`: writes the set of known passwords (`src/password/common.rs`) from the lines of its input, those
//! that satisfy the rule, and counts how many others seem to be in it.

#![expect(clippy::print_stdout, reason = "a command that says what it has done")]

use std::{
    error::Error,
    io::{BufRead as _, stdin},
};

use domain::{KnownPasswords, PasswordAttempt};

/// How many others are tried.
const TRIED: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("where to?")?;
    let mut lines = 0;
    let mut known = Vec::new();
    for line in stdin().lock().split(b'\n') {
        lines += 1;
        if let Ok(password) = String::from_utf8(line?)
            && PasswordAttempt::parse(&password).is_ok()
        {
            known.push(password);
        }
    }
    let bytes = KnownPasswords::build(known)?;
    std::fs::write(path, &bytes)?;
    let set = KnownPasswords::new(&bytes);
    // No published list has passwords like these.
    let others = (0..TRIED).map(|number| format!("{number:06x}-nobody-has-it"));
    let wrong = others.filter(|other| set.contains(other)).count();
    println!(
        "{lines} lines, {} passwords of the rule, {} bytes; {wrong} of {TRIED} others seem to be in it",
        set.count(),
        bytes.len(),
    );
    Ok(())
}
