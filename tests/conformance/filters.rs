//! CloudWatch's filter patterns for lines in JSON, as far as the template uses them (CloudWatch Logs User Guide, "Filter
//! pattern syntax"): conditions on fields, joined by `&&`.

use serde_json::Value;

/// Whether a line fits a pattern.
///
/// # Panics
/// When the pattern has what is not known here.
pub(crate) fn matches(pattern: &str, line: &str) -> bool {
    let inner = pattern
        .strip_prefix("{ ")
        .and_then(|rest| rest.strip_suffix(" }"));
    let conditions = inner.unwrap_or_else(|| panic!("{pattern}: not a pattern for JSON"));
    let Ok(line) = serde_json::from_str::<Value>(line) else {
        return false;
    };
    conditions
        .split(" && ")
        .all(|condition| holds(condition, &line))
}

fn holds(condition: &str, line: &Value) -> bool {
    let mut parts = condition.splitn(3, ' ');
    let (Some(field), Some(operator), Some(operand)) = (parts.next(), parts.next(), parts.next())
    else {
        panic!("{condition}: not a field, an operator and a value");
    };
    let path = field
        .strip_prefix('$')
        .unwrap_or_else(|| panic!("{condition}: no field"));
    // Of a field that is not there nothing holds, not even that it is another.
    let Some(found) = line.pointer(&path.replace('.', "/")) else {
        return false;
    };
    match (
        operator,
        operand
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"')),
    ) {
        ("=", Some(text)) => found.as_str().is_some_and(|found| is_like(found, text)),
        ("!=", Some(text)) => found.as_str().is_some_and(|found| !is_like(found, text)),
        (">", None) => found
            .as_f64()
            .is_some_and(|found| found > operand.parse().unwrap()),
        _ => panic!("{condition}: not known here"),
    }
}

/// Whether a text is a wildcard's, in which `*` stands for anything.
fn is_like(text: &str, wildcard: &str) -> bool {
    let Some((first, rest)) = wildcard.split_once('*') else {
        return text == wildcard;
    };
    let Some(mut left) = text.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some((_, after)) = left.split_once(part) else {
            return false;
        };
        left = after;
    }
    left.ends_with(last)
}

#[test]
fn a_wildcard_stands_for_anything() {
    for (text, wildcard, expected) in [
        (
            "UpdateItem failed with timeout",
            "*Item* failed with *",
            true,
        ),
        (
            "TransactWriteItems failed with timeout",
            "*Item* failed with *",
            true,
        ),
        (
            "SendEmail failed with timeout",
            "*Item* failed with *",
            false,
        ),
        ("error", "error", true),
        ("errors", "error", false),
    ] {
        assert_eq!(is_like(text, wildcard), expected, "{text} {wildcard}");
    }
}

#[test]
fn each_condition_has_to_hold() {
    let pattern = r#"{ $.type = "report" && $.record.took > 5 }"#;
    for (line, expected) in [
        (r#"{"type": "report", "record": {"took": 6}}"#, true),
        (r#"{"type": "report", "record": {"took": 5}}"#, false),
        (r#"{"type": "start", "record": {"took": 6}}"#, false),
        (r#"{"type": "report"}"#, false),
        ("no JSON", false),
    ] {
        assert_eq!(matches(pattern, line), expected, "{line}");
    }
}
