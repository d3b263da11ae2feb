//! What the functions write: every line of their standard output and error, as CloudWatch would
//! keep it.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::console;

/// How many lines are kept before the older half is forgotten.
const KEPT: usize = 200_000;

/// What of the log is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrintLogs {
    /// Nothing.
    #[default]
    None,
    /// What failed behind the functions, and why: a crash, a timeout, a call that was denied or refused for what
    /// it said, and the cause that a function gives.
    Stack,
    /// What the functions write, too.
    All,
}

/// A line that a function wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The function, by the name of its binary.
    pub function: String,
    /// The instance of the function, counted from 1 over the whole stack.
    pub instance: u64,
    /// The request that the instance was working on, if any.
    pub request: Option<String>,
    /// Where the line came from.
    pub source: Source,
    /// The line without its end.
    pub text: String,
}

/// Where a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The function's standard output.
    Stdout,
    /// The function's standard error.
    Stderr,
    /// The stack itself: a crash, a timeout, a call that was denied or refused for what it said.
    Stack,
}

impl LogLine {
    /// What failed behind a function, and why, if the line tells that: the stack's own lines do, and those of a
    /// function that have a `cause`.
    pub(crate) fn failure(&self) -> Option<String> {
        if self.source == Source::Stack {
            return Some(self.text.clone());
        }
        let line: Value = serde_json::from_str(&self.text).ok()?;
        let text = |name: &str| line.get(name).and_then(Value::as_str);
        let cause = text("cause")?;
        let outcome = text("outcome").or(text("message")).unwrap_or("failed");
        Some(format!("{outcome}: {cause}"))
    }
}

/// All lines of a stack, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    lines: Arc<Mutex<Vec<LogLine>>>,
    print: PrintLogs,
}

impl Logs {
    /// An empty log, of which `print` is also printed.
    pub(crate) fn new(print: PrintLogs) -> Self {
        Self {
            lines: Arc::default(),
            print,
        }
    }

    pub(crate) fn push(&self, line: LogLine) {
        let printed = match self.print {
            PrintLogs::None => None,
            PrintLogs::Stack => line.failure(),
            PrintLogs::All => Some(line.text.clone()),
        };
        if let Some(text) = printed {
            console::note(&format!("[{} {}] {text}", line.function, line.instance));
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= KEPT {
            lines.drain(..KEPT / 2);
        }
        lines.push(line);
    }

    /// Prints a line about a function that is nobody's fault to keep: an event that it could not take yet.
    pub(crate) fn tell(&self, function: &str, text: &str) {
        if self.print != PrintLogs::None {
            console::note(&format!("[{function}] {text}"));
        }
    }

    pub(crate) fn all(&self) -> Vec<LogLine> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The last lines that an instance wrote, for the report of its end.
    pub(crate) fn last_of(&self, instance: u64, count: usize) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let of_instance = lines
            .iter()
            .rev()
            .filter(|line| line.instance == instance && line.source != Source::Stack);
        let mut last: Vec<_> = of_instance
            .take(count)
            .map(|line| line.text.clone())
            .collect();
        last.reverse();
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_cause_tells_a_failure() {
        let line = |source, text: &str| LogLine {
            function: "login".into(),
            instance: 1,
            request: None,
            source,
            text: text.into(),
        };
        let told = |source, text: &str| line(source, text).failure();
        let failed =
            r#"{"step":"login","outcome":"try-again","cause":"Accounts: `email` is no text"}"#;
        assert_eq!(
            told(Source::Stdout, failed).as_deref(),
            Some("try-again: Accounts: `email` is no text")
        );
        assert_eq!(told(Source::Stdout, r#"{"outcome":"done"}"#), None);
        assert_eq!(told(Source::Stderr, "a text"), None);
        assert_eq!(told(Source::Stack, "crashed").as_deref(), Some("crashed"));
    }
}
