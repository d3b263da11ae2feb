//! `ClientRequestToken`: what makes the repeat of a transaction the same transaction.
//!
//! The database replays what succeeded. Here is what it does not do: it holds a token to the payload of its first
//! call even when that call was refused or struck by a fault, and counts the ten minutes in the stack's time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// How long a token stands for its transaction, in milliseconds.
const VALID: u64 = 10 * 60 * 1000;

/// The tokens of a stack.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    seen: Mutex<HashMap<String, Seen>>,
}

#[derive(Debug)]
struct Seen {
    items: Value,
    /// When it was used last, in milliseconds since 1970.
    at_ms: i64,
    /// How often it has stood for another transaction.
    issue: u64,
}

/// What a token says of a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// It has none.
    Missing,
    /// It stood for other items a moment ago.
    Mismatch,
    /// This is how the database knows it.
    Known(String),
}

impl Tokens {
    /// Checks the token of a transaction that is asked for at this time, and keeps it.
    pub(super) fn check(&self, request: &Value, at_ms: i64) -> Checked {
        let Some(token) = request.get("ClientRequestToken").and_then(Value::as_str) else {
            return Checked::Missing;
        };
        let items = request.get("TransactItems").unwrap_or(&Value::Null);
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Time may also go backwards: requests say when they came.
        all.retain(|known, seen| known == token || seen.at_ms.abs_diff(at_ms) <= VALID);
        let seen = all.entry(token.to_owned()).or_insert_with(|| Seen {
            items: items.clone(),
            at_ms,
            issue: 0,
        });
        if seen.at_ms.abs_diff(at_ms) > VALID {
            seen.items = items.clone();
            seen.at_ms = at_ms;
            seen.issue += 1;
        } else if seen.items != *items {
            return Checked::Mismatch;
        }
        Checked::Known(match seen.issue {
            0 => token.to_owned(),
            // At most 36 characters.
            issue => format!("{}~{issue}", token.chars().take(24).collect::<String>()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MINUTE: i64 = 60_000;

    fn call(token: &str, item: &str) -> Value {
        json!({"ClientRequestToken": token, "TransactItems": [{"Put": {"Item": item}}], "ReturnConsumedCapacity": item})
    }

    #[test]
    fn a_token_stands_for_one_payload_for_ten_minutes() {
        let tokens = Tokens::default();
        let known = |token: &str| Checked::Known(token.to_owned());
        assert_eq!(tokens.check(&call("a", "x"), 0), known("a"));
        assert_eq!(tokens.check(&call("b", "y"), 0), known("b"));
        assert_eq!(tokens.check(&call("a", "x"), 9 * MINUTE), known("a"));
        assert_eq!(
            tokens.check(&call("a", "y"), 10 * MINUTE),
            Checked::Mismatch
        );
        assert_eq!(tokens.check(&call("a", "y"), 10 * MINUTE + 1), known("a~1"));
        assert_eq!(
            tokens.check(&call("a", "x"), 11 * MINUTE),
            Checked::Mismatch
        );
        assert_eq!(
            tokens.check(&json!({"TransactItems": []}), 0),
            Checked::Missing
        );
    }
}
