//! The one place that prints.

use std::io::Write;

/// Prints a line for the person who started the program. A closed pipe is no error: there is nobody
/// to tell.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Prints a line beside the program's result: a log line, a warning, an error.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
