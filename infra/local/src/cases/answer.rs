//! What must come of a case, held against what came.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::case::Case;
use crate::dynamodb::Item;
use crate::mailbox::Mail;

/// What stands for a token in the cookies of an answer.
const TOKEN: &str = "<token>";

/// What came of a case.
#[derive(Clone, Copy, Debug)]
pub struct Came<'a> {
    /// What the function returned.
    pub response: &'a Value,
    /// The mails that it sent.
    pub mails: &'a [Mail],
    /// The outcome of its log line; looked at where the answer names one.
    pub outcome: &'a Value,
    /// What the tables have that the answer names.
    pub left: &'a BTreeMap<String, Vec<Item>>,
}

impl Case {
    /// The tables whose items the answer tells.
    #[must_use]
    pub fn tables_left(&self) -> Vec<&str> {
        let left = self.answer["left"].as_object().into_iter().flatten();
        left.map(|(table, _)| table.as_str()).collect()
    }

    /// What of what came is not as the answer says; a line each. What the answer does not name is not compared, but a
    /// body, `retryAfter`, cookies and mails are never there unsaid.
    #[must_use]
    pub fn differences(&self, came: &Came<'_>) -> Vec<String> {
        let mut found = Vec::new();
        let expected = &self.answer;
        let mut compare = |what: &str, expected: &Value, actual: &Value| {
            compare_listed(what, expected, actual, &mut found);
        };
        if expected.get("outcome").is_some() {
            compare("response", &Value::Null, came.response);
            compare("outcome", &expected["outcome"], came.outcome);
            for table in self.tables_left() {
                let items = json!(came.left.get(table));
                compare(table, &expected["left"][table], &items);
            }
            return found;
        }
        let response = came.response;
        compare("status", &expected["status"], &response["statusCode"]);
        compare("body", &expected["body"], &body(response));
        let retry_after = response["headers"]["retry-after"].as_str();
        let retry_after = retry_after.map(|seconds| {
            seconds
                .parse::<u64>()
                .map_or_else(|_| json!(seconds), |seconds| json!(seconds))
        });
        compare("retryAfter", &expected["retryAfter"], &json!(retry_after));
        let cookies = response["cookies"].as_array().into_iter().flatten();
        let cookies: Value = cookies
            .filter_map(Value::as_str)
            .map(with_token_hidden)
            .collect();
        compare("cookies", &expected["cookies"], &cookies);
        compare("mails", &expected["mails"], &json!(came.mails));
        found
    }
}

/// The body of a response: JSON, or the text that is none; null when there is none.
fn body(response: &Value) -> Value {
    let text = response["body"].as_str().unwrap_or("");
    let decoded = if response["isBase64Encoded"] == true {
        STANDARD.decode(text).map_or_else(
            |_| text.to_owned(),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    } else {
        text.to_owned()
    };
    match decoded.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    }
}

/// Compares what is listed: of objects the members that the answer has, of lists every element.
fn compare_listed(what: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(members), Value::Object(_)) => {
            for (name, value) in members {
                let actual = actual.get(name).unwrap_or(&Value::Null);
                compare_listed(&format!("{what}.{name}"), value, actual, found);
            }
        }
        (Value::Array(wanted), Value::Array(got)) if wanted.len() == got.len() => {
            for (index, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                compare_listed(&format!("{what}[{index}]"), wanted, got, found);
            }
        }
        _ if expected == actual => {}
        _ => found.push(format!("{what} is {actual}, not {expected}")),
    }
}

/// Puts [`TOKEN`] into the place of a token that is one.
fn with_token_hidden(cookie: &str) -> String {
    let split = cookie
        .split_once('=')
        .and_then(|(name, rest)| Some((name, rest.split_once(';')?)));
    let Some((name, (value, attributes))) = split else {
        return cookie.to_owned();
    };
    let is_token = value.len() == 43
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let value = if is_token { TOKEN } else { value };
    format!("{name}={value};{attributes}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(answer: Value) -> Case {
        Case {
            step: "probe".to_owned(),
            name: "success".to_owned(),
            meaning: String::new(),
            event: Value::Null,
            state: None,
            answer,
        }
    }

    fn differences(answer: Value, response: &Value) -> Vec<String> {
        case(answer).differences(&Came {
            response,
            mails: &[],
            outcome: &Value::Null,
            left: &BTreeMap::new(),
        })
    }

    #[test]
    fn what_an_answer_names_is_compared_and_what_it_must_name_is_missed() {
        let response = json!({
            "statusCode": 429,
            "headers": {"retry-after": "42"},
            "cookies": [format!("a={}; Path=/", "x".repeat(43))],
            "body": r#"{"type":"/problems/too-many-attempts","title":"late"}"#,
        });
        let right = json!({
            "status": 429,
            "retryAfter": 42,
            "body": {"type": "/problems/too-many-attempts"},
            "cookies": ["a=<token>; Path=/"],
            "mails": [],
        });
        assert_eq!(differences(right.clone(), &response), Vec::<String>::new());
        for (name, value, expected) in [
            ("status", json!(200), "status is 429, not 200"),
            ("retryAfter", Value::Null, "retryAfter is 42, not null"),
            ("body", json!({"type": "x", "left": 1}), "body.type is "),
            ("body", Value::Null, "body is {"),
            ("cookies", json!([]), "cookies is ["),
            ("mails", json!([{"to": "a"}]), "mails is [], not ["),
        ] {
            let mut wrong = right.clone();
            wrong[name] = value;
            let found = differences(wrong, &response);
            assert!(
                found.iter().any(|line| line.starts_with(expected)),
                "{name}: {found:?}"
            );
        }
    }

    #[test]
    fn of_what_is_told_the_outcome_and_what_is_left_are_compared() {
        let told = case(json!({"outcome": "sent", "left": {"Addresses": []}}));
        let item = Item::from_iter([("address".to_owned(), json!({"S": "a"}))]);
        let left = BTreeMap::from([("Addresses".to_owned(), vec![item])]);
        let found = told.differences(&Came {
            response: &Value::Null,
            mails: &[],
            outcome: &json!("bounced"),
            left: &left,
        });
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
