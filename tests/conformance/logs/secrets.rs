//! What is a member's own, and in which lines it is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use domain::LetterKeyRule;
use local::{LogLine, Source};
use serde_json::Value;

/// Text that is looked for in every line, by what it is.
pub(super) type Secrets = BTreeSet<(String, String)>;

#[test]
fn a_secret_is_found_in_whatever_form_it_is_written() {
    let mut secrets = Secrets::new();
    insert("password", "Qx\"7\\%w ん", &mut secrets);
    for line in [
        "password: Qx\"7\\%w ん!",
        r#"{"message":"a \"Qx\\\"7\\\\%w ん\" b"}"#,
        r#"{"message":"Qx\"7\\%w \u3093"}"#,
        "GET /?p=Qx%227%5C%25w%20%E3%82%93",
        "p=Qx%227%5c%25w+%e3%82%93",
        "UXgiN1wldyDjgpM=",
        "ICBReCI3XCV3IOOCkyAg",
        "51782237 5178223 517822375c257720e38293",
    ] {
        let line = LogLine {
            function: "login".to_owned(),
            instance: 1,
            request: None,
            source: Source::Stderr,
            text: line.to_owned(),
        };
        assert_eq!(
            leaks(std::slice::from_ref(&line), &secrets).len(),
            1,
            "{line:?}"
        );
    }
}

/// Adds what is a member's own in a value: every text but those that are the same for all.
pub(super) fn collect(value: &Value, secrets: &mut Secrets) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    // 保険者指定コード, 記号, 番号.
                    ("member", Value::Array(key)) => {
                        insert("number", key[2].as_str().unwrap(), secrets);
                    }
                    (
                        "type" | "title" | "detail" | "errors" | "next" | "insurer" | "insurerCode"
                        | "symbol" | "version" | "termsAccepted" | "mailSender" | "faults" | "of"
                        | "method" | "path" | "protocol" | "refusal" | "state",
                        _,
                    ) => {}
                    // What the insurer says keys are worth, not a key.
                    ("letterKey", Value::String(rule)) if LetterKeyRule::parse(rule).is_ok() => {}
                    (name, Value::String(text)) => insert(name, text, secrets),
                    _ => collect(value, secrets),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, secrets)),
        _ => {}
    }
}

pub(super) fn collect_cookie(cookie: &str, secrets: &mut Secrets) {
    let (name, value) = cookie.split_once('=').unwrap();
    if name.starts_with("__Host-") {
        let value = value.split(';').next().unwrap();
        insert("token", value, secrets);
    }
}

pub(super) fn insert(kind: &str, value: &str, secrets: &mut Secrets) {
    // A shorter text says nothing of anybody.
    if value.chars().count() >= 5 {
        secrets.insert((kind.to_owned(), value.to_owned()));
    }
}

/// The lines in which a secret is, in any form.
pub(super) fn leaks(logs: &[LogLine], secrets: &Secrets) -> Vec<String> {
    let forms: Vec<(&str, Vec<String>)> = secrets
        .iter()
        .map(|(kind, value)| (kind.as_str(), forms(value)))
        .collect();
    let mut found = Vec::new();
    for line in logs {
        let text = without_ids(&line.text);
        for (kind, forms) in &forms {
            if forms.iter().any(|form| text.contains(form.as_str())) {
                found.push(format!("{kind} in {}: {}", line.function, line.text));
            }
        }
    }
    found
}

/// A line without the hash and the request's id, in which any six digits may be.
fn without_ids(line: &str) -> String {
    match serde_json::from_str(line) {
        Ok(Value::Object(mut members)) => {
            members.remove("who.hash");
            members.remove("request.id");
            // As it was written and as it reads.
            let mut text = Value::Object(members.clone()).to_string();
            for value in members.values() {
                let _ = write!(text, " {}", value.as_str().unwrap_or_default());
            }
            text
        }
        _ => line.to_owned(),
    }
}

/// A text as it stands in lines: as it is, in JSON, percent-encoded, in base64, in hexadecimal.
fn forms(text: &str) -> Vec<String> {
    let in_json = |text: &str| {
        let quoted = Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let once = in_json(text);
    let mut forms = vec![
        text.to_owned(),
        in_json(&once),
        escaped(&once),
        escaped(text),
        hexadecimal(text, "%02x"),
        hexadecimal(text, "%02X"),
        once,
    ];
    for (upper, blank) in [(true, "%20"), (true, "+"), (false, "%20"), (false, "+")] {
        forms.push(percent_encoded(text, upper, blank));
    }
    // Where in a longer text it stood moves the bits: three ways, without what neighbours share.
    for offset in 0..3 {
        let shifted = [&[b' '; 2][..offset], text.as_bytes()].concat();
        let first = (offset * 8).div_ceil(6);
        let last = shifted.len() * 8 / 6;
        for encoded in [
            STANDARD_NO_PAD.encode(&shifted),
            URL_SAFE_NO_PAD.encode(&shifted),
        ] {
            forms.push(encoded[first..last].to_owned());
        }
    }
    forms
}

/// What is not ASCII as `\u3093`.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => escaped.push(char::from(byte)),
            _ => {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

fn hexadecimal(text: &str, format: &str) -> String {
    text.bytes().fold(String::new(), |mut written, byte| {
        let _ = if format == "%02x" {
            write!(written, "{byte:02x}")
        } else {
            write!(written, "{byte:02X}")
        };
        written
    })
}

fn percent_encoded(text: &str, upper: bool, blank: &str) -> String {
    text.bytes().fold(String::new(), |mut written, byte| {
        if byte == b' ' {
            written.push_str(blank);
        } else if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else if upper {
            let _ = write!(written, "%{byte:02X}");
        } else {
            let _ = write!(written, "%{byte:02x}");
        }
        written
    })
}
