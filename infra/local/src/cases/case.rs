//! One sample event with all that belongs to it.

use serde_json::Value;

/// One sample event: what it is, what it finds and what must come of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The function, such as `send-code`.
    pub step: String,
    /// The name: what comes of it, and more where several cases come to the same.
    pub name: String,
    /// What it shows, in a sentence.
    pub meaning: String,
    /// The event, whole, as the function gets it.
    pub event: Value,
    /// What it finds beside the samples; nothing when these are enough.
    pub state: Option<Value>,
    /// What must come of it.
    pub answer: Value,
}

impl Case {
    /// The words that run it: `login too-many-attempts`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.step, self.name)
    }

    /// The id of the request in the event, or of the event itself; empty when it has none.
    #[must_use]
    pub fn request(&self) -> &str {
        let of_request = self.event["requestContext"]["requestId"].as_str();
        of_request
            .or_else(|| self.event["id"].as_str())
            .unwrap_or_default()
    }

    /// When the request came, in milliseconds since 1970; nothing of an event that is told.
    #[must_use]
    pub fn at_ms(&self) -> Option<i64> {
        self.event["requestContext"]["timeEpoch"].as_i64()
    }

    /// The name of the problem that must come; nothing for a success.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.answer["body"]["type"]
            .as_str()?
            .strip_prefix("/problems/")
    }
}
