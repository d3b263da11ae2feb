//! What can be taken out of an expression of DynamoDB: a clause of a condition, an action of an update, the mildness
//! of an `if_not_exists`. Expressions come from our own code, so they are cut and not checked.

use std::collections::BTreeSet;

use serde_json::Value;

/// The words that begin a section of an update.
const SECTIONS: [&str; 4] = ["SET", "REMOVE", "ADD", "DELETE"];

/// The expressions of a call that names and values stand in.
const EXPRESSIONS: [&str; 5] = [
    "ConditionExpression",
    "UpdateExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
];

/// Each clause of a condition, with what is left without it. What is joined by `OR` is one clause.
pub(super) fn without_each_clause(condition: &str) -> Vec<(String, String)> {
    let words = words(condition);
    let at_top = |word: &str| words.iter().any(|found| found.is_top && found.text == word);
    // A BETWEEN has an AND of its own.
    if at_top("OR") || at_top("BETWEEN") {
        return vec![(condition.trim().to_owned(), String::new())];
    }
    let clauses = split(condition, &words, |word| word.text == "AND");
    without_each(&clauses, " AND ")
}

/// Each action of an update that has several, with what is left without it.
pub(super) fn without_each_action(update: &str) -> Vec<(String, String)> {
    let actions = actions(update);
    if actions.len() < 2 {
        return Vec::new();
    }
    let named = |(section, action): &(String, String)| format!("{section} {action}");
    let without = |index: usize| {
        let mut left = String::new();
        let mut last = "";
        for (_, (section, action)) in actions.iter().enumerate().filter(|(at, _)| *at != index) {
            let joint = if last == section {
                format!(", {action}")
            } else {
                format!(" {section} {action}")
            };
            left.push_str(&joint);
            last = section;
        }
        left.trim().to_owned()
    };
    actions
        .iter()
        .enumerate()
        .map(|(index, action)| (named(action), without(index)))
        .collect()
}

/// Each `if_not_exists` of an update, with the update in which the new value always wins.
pub(super) fn without_each_if_not_exists(update: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = update[from..].find("if_not_exists(").map(|at| from + at) {
        let inside = start + "if_not_exists(".len();
        let Some(end) = update[inside..].find(')').map(|at| inside + at) else {
            break;
        };
        if let Some((_, value)) = update[inside..end].split_once(',') {
            let rewritten = format!("{}{}{}", &update[..start], value.trim(), &update[end + 1..]);
            found.push((update[start..=end].to_owned(), rewritten));
        }
        from = end;
    }
    found
}

/// The placeholder of the value that an update gives an attribute, and the update with another placeholder there.
pub(super) fn with_value_of(
    update: &str,
    attribute: &str,
    names: Option<&Value>,
    placeholder: &str,
) -> Option<(String, String)> {
    let is_attribute = |path: &str| {
        let real = names.and_then(|names| names.get(path)?.as_str());
        real.unwrap_or(path) == attribute
    };
    let (_, action) = actions(update).into_iter().find(|(section, action)| {
        let path = action.split('=').next().unwrap_or_default().trim();
        section == "SET" && is_attribute(path)
    })?;
    let value = tokens(&action)
        .into_iter()
        .find(|token| token.starts_with(':'))?;
    let other = action.replace(&value, placeholder);
    Some((value, update.replace(&action, &other)))
}

/// Takes names and values away that no expression of this call or element uses: DynamoDB refuses those.
pub(super) fn prune(part: &mut Value) {
    let used: BTreeSet<String> = EXPRESSIONS
        .iter()
        .filter_map(|name| part.get(name)?.as_str())
        .flat_map(tokens)
        .collect();
    let Some(part) = part.as_object_mut() else {
        return;
    };
    for kind in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        let Some(held) = part.get_mut(kind).and_then(Value::as_object_mut) else {
            continue;
        };
        held.retain(|name, _| used.contains(name));
        if held.is_empty() {
            part.remove(kind);
        }
    }
}

/// The actions of an update, each with its section.
fn actions(update: &str) -> Vec<(String, String)> {
    let words = words(update);
    let mut found = Vec::new();
    let starts: Vec<_> = words
        .iter()
        .filter(|word| word.is_top && SECTIONS.contains(&word.text))
        .collect();
    for (index, start) in starts.iter().enumerate() {
        let from = start.at + start.text.len();
        let to = starts.get(index + 1).map_or(update.len(), |next| next.at);
        let mut depth = 0_i32;
        let parts = update[from..to].split(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            c == ',' && depth == 0
        });
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        found.extend(parts.map(|part| (start.text.to_owned(), part.to_owned())));
    }
    found
}

/// A word of an expression.
struct Word<'a> {
    text: &'a str,
    at: usize,
    /// Outside of all parentheses.
    is_top: bool,
}

fn words(expression: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_i32, None);
    let ends = expression.char_indices().chain([(expression.len(), ' ')]);
    for (at, c) in ends {
        if c.is_ascii_alphanumeric() || "_#:.".contains(c) {
            start.get_or_insert(at);
            continue;
        }
        if let Some(start) = start.take() {
            found.push(Word {
                text: &expression[start..at],
                at: start,
                is_top: depth == 0,
            });
        }
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    found
}

/// Cuts an expression at the words outside of parentheses for which `is_joint` holds.
fn split(
    expression: &str,
    words: &[Word<'_>],
    is_joint: impl Fn(&Word<'_>) -> bool,
) -> Vec<String> {
    let mut parts = Vec::new();
    let mut from = 0;
    for word in words.iter().filter(|word| word.is_top && is_joint(word)) {
        parts.push(expression[from..word.at].trim().to_owned());
        from = word.at + word.text.len();
    }
    parts.push(expression[from..].trim().to_owned());
    parts
}

fn without_each(parts: &[String], joint: &str) -> Vec<(String, String)> {
    let without = |index: usize| {
        let left = parts.iter().enumerate().filter(|(at, _)| *at != index);
        let left: Vec<_> = left.map(|(_, part)| part.as_str()).collect();
        left.join(joint)
    };
    parts
        .iter()
        .enumerate()
        .map(|(index, part)| (part.clone(), without(index)))
        .collect()
}

/// The placeholders in an expression.
fn tokens(expression: &str) -> Vec<String> {
    let of_word = |word: Word<'_>| {
        let parts = word.text.split('.');
        let parts = parts.filter(|part| part.starts_with('#') || part.starts_with(':'));
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    words(expression).into_iter().flat_map(of_word).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(cut, left): &(&str, &str)| ((*cut).to_owned(), (*left).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn a_condition_loses_one_clause_at_a_time() {
        assert_eq!(
            without_each_clause(
                "code = :code AND (a < :b OR attribute_not_exists(c)) AND d > :now"
            ),
            pairs(&[
                (
                    "code = :code",
                    "(a < :b OR attribute_not_exists(c)) AND d > :now"
                ),
                (
                    "(a < :b OR attribute_not_exists(c))",
                    "code = :code AND d > :now"
                ),
                (
                    "d > :now",
                    "code = :code AND (a < :b OR attribute_not_exists(c))"
                ),
            ])
        );
        assert_eq!(without_each_clause("a = :a"), pairs(&[("a = :a", "")]));
        assert_eq!(
            without_each_clause("a = :a OR b = :b AND c = :c"),
            pairs(&[("a = :a OR b = :b AND c = :c", "")])
        );
    }

    #[test]
    fn an_update_loses_one_action_at_a_time() {
        assert_eq!(
            without_each_action(
                "ADD tries :stamp SET #a = if_not_exists(#a, :a), b.#c = :b REMOVE d"
            ),
            pairs(&[
                (
                    "ADD tries :stamp",
                    "SET #a = if_not_exists(#a, :a), b.#c = :b REMOVE d"
                ),
                (
                    "SET #a = if_not_exists(#a, :a)",
                    "ADD tries :stamp SET b.#c = :b REMOVE d"
                ),
                (
                    "SET b.#c = :b",
                    "ADD tries :stamp SET #a = if_not_exists(#a, :a) REMOVE d"
                ),
                (
                    "REMOVE d",
                    "ADD tries :stamp SET #a = if_not_exists(#a, :a), b.#c = :b"
                ),
            ])
        );
        assert_eq!(without_each_action("SET a = :a"), []);
    }

    #[test]
    fn a_value_that_yielded_to_the_first_wins() {
        assert_eq!(
            without_each_if_not_exists("SET a.#v = if_not_exists(a.#v, :now), b = :b"),
            pairs(&[("if_not_exists(a.#v, :now)", "SET a.#v = :now, b = :b")])
        );
    }

    #[test]
    fn the_value_of_an_attribute_is_found_by_its_name() {
        let names = json!({"#ttl": "ttl"});
        assert_eq!(
            with_value_of(
                "ADD t :s SET a = :ttl, #ttl = if_not_exists(#ttl, :ttl)",
                "ttl",
                Some(&names),
                ":x"
            ),
            Some((
                ":ttl".to_owned(),
                "ADD t :s SET a = :ttl, #ttl = if_not_exists(#ttl, :x)".to_owned()
            ))
        );
        assert_eq!(with_value_of("SET a = :ttl", "ttl", None, ":x"), None);
    }

    #[test]
    fn what_no_expression_uses_any_more_is_taken_away() {
        let mut part = json!({
            "ConditionExpression": "a.#b = :b",
            "ExpressionAttributeNames": {"#b": "b", "#c": "c"},
            "ExpressionAttributeValues": {":bc": {"N": "1"}, ":b": {"N": "2"}},
        });
        prune(&mut part);
        assert_eq!(
            part,
            json!({
                "ConditionExpression": "a.#b = :b",
                "ExpressionAttributeNames": {"#b": "b"},
                "ExpressionAttributeValues": {":b": {"N": "2"}},
            })
        );
        part["ConditionExpression"] = json!("attribute_exists(x)");
        prune(&mut part);
        assert_eq!(part, json!({"ConditionExpression": "attribute_exists(x)"}));
    }
}
