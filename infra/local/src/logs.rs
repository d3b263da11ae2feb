//! What the functions write: every line of their standard output and error, as CloudWatch would
//! keep it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::console;
use crate::options::PrintLogs;

/// How many lines are kept before the older half is forgotten.
const KEPT: usize = 200_000;

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
    /// The stack itself: a crash, a timeout, a call that was denied.
    Stack,
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
            PrintLogs::None => false,
            PrintLogs::Stack => line.source == Source::Stack,
            PrintLogs::All => true,
        };
        if printed {
            console::note(&format!(
                "[{} {}] {}",
                line.function, line.instance, line.text
            ));
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= KEPT {
            lines.drain(..KEPT / 2);
        }
        lines.push(line);
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
