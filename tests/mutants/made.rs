//! Which mutant is made for one of a function: its own, or that of all functions which make the same statement.

use local::EVERY;

/// What is a function's own: which reads it wants consistent, which writes it makes, which mails it sends. The rest of a
/// name is the text of a statement, or the time to live that it has, and the code says that once.
const OWN: [&str; 3] = [": stale", ": left out", ": not sent"];

/// The mutant that is made for this one.
pub(crate) fn made(mutant: &str) -> String {
    match mutant.split_once(':') {
        Some((_, statement)) if !OWN.iter().any(|own| mutant.contains(own)) => {
            format!("{EVERY}:{statement}")
        }
        _ => mutant.to_owned(),
    }
}
