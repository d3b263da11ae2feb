//! Which mutant is made for one of a function: its own, or that of all functions which make the same statement.

use local::EVERY;

/// What is a function's own: which reads it wants consistent, which writes it makes, which mails it sends. The rest of a
/// name is the text of a statement, or the time to live that it has, and the code says that once.
const OWN: [&str; 3] = [": stale", ": left out", ": not sent"];

/// The mutant that is made for this one. A statement that a transaction has several times is distorted where it stands first.
pub(crate) fn made(mutant: &str) -> String {
    match mutant.split_once(':') {
        Some((_, statement)) if !OWN.iter().any(|own| mutant.contains(own)) => {
            let (first, _) = statement.split_once(" (no. ").unwrap_or((statement, ""));
            format!("{EVERY}:{first}")
        }
        _ => mutant.to_owned(),
    }
}
