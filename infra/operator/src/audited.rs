//! Who asks, and why: what every event of an operator says (ASVS 5.0 16.2.1).

use clap::Args;
use domain::Subject;
use store::{Event, Import, Origin, Stamp};

use crate::world::{OsEntropy, now};

/// The longest name or reason: the trail is no place for stories.
const LONGEST: usize = 200;

/// Who asks, and why.
#[derive(Args, Clone, Debug)]
pub(crate) struct Accountable {
    /// Who you are, as the audit trail shall name you
    #[arg(long, env = "OPERATOR", value_name = "NAME", value_parser = line)]
    operator: String,
    /// Why, such as the number of a ticket; it is kept for three years, so nobody's name or address
    #[arg(long, value_name = "TEXT", value_parser = line)]
    reason: String,
}

/// A text that makes one legible line of the trail.
fn line(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("it is empty".to_owned())
    } else if text.chars().any(char::is_control) {
        Err("it must be one line".to_owned())
    } else if text.chars().count() > LONGEST {
        Err(format!("it is longer than {LONGEST} characters"))
    } else {
        Ok(text.to_owned())
    }
}

/// A command, as the audit trail has it.
#[derive(Clone, Debug)]
pub(crate) struct Errand {
    name: &'static str,
    by: Accountable,
    is_rehearsal: bool,
}

impl Errand {
    /// A command that only reads.
    pub(crate) fn reading(name: &'static str, by: Accountable) -> Self {
        Self {
            name,
            by,
            is_rehearsal: false,
        }
    }

    /// A command that writes, unless it is a rehearsal.
    pub(crate) fn writing(name: &'static str, by: Accountable, is_rehearsal: bool) -> Self {
        Self {
            name,
            by,
            is_rehearsal,
        }
    }

    /// Whether nothing may be written for it.
    pub(crate) fn is_rehearsal(&self) -> bool {
        self.is_rehearsal
    }

    /// What is to be read in the trail of what it does.
    pub(crate) fn told(&self) -> String {
        format!("{} by {}: {}", self.name, self.by.operator, self.by.reason)
    }

    /// The event that it was done.
    pub(crate) fn done(&self, subject: Subject) -> Event {
        self.event(subject, "done")
    }

    /// Who gave it.
    pub(crate) fn operator(&self) -> &str {
        &self.by.operator
    }

    /// Why.
    pub(crate) fn reason(&self) -> &str {
        &self.by.reason
    }

    /// The event of another outcome.
    pub(crate) fn event(&self, subject: Subject, outcome: &str) -> Event {
        let origin = Origin::Operator {
            actor: self.by.operator.clone(),
            reason: self.by.reason.clone(),
        };
        self.event_from(origin, subject, outcome)
    }

    /// The event that a file was imported, or is about to be.
    pub(crate) fn event_of(&self, import: Import, subject: Subject, outcome: &str) -> Event {
        let origin = Origin::Import {
            actor: self.by.operator.clone(),
            reason: self.by.reason.clone(),
            import,
        };
        self.event_from(origin, subject, outcome)
    }

    fn event_from(&self, origin: Origin, subject: Subject, outcome: &str) -> Event {
        Event {
            subject,
            at: Stamp::draw(now(), &OsEntropy),
            name: self.name.to_owned(),
            outcome: outcome.to_owned(),
            origin,
            member: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_reason_is_one_line_that_says_something() {
        assert_eq!(line(" ticket 42 ").as_deref(), Ok("ticket 42"));
        for text in ["", "  ", "two\nlines", &"x".repeat(201)] {
            assert!(line(text).is_err(), "{text:?}");
        }
    }
}
