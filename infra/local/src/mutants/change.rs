//! What can be distorted in a call to DynamoDB, and how it then goes on.

use serde_json::{Value, json};

use super::expression;
use crate::dynamodb::schema::{Schemas, bare};

/// The placeholder of a value that only a mutant has.
const PLACEHOLDER: &str = ":mutant";

/// The kinds of a transaction's elements, and what IAM calls them.
const KINDS: [(&str, &str); 4] = [
    ("Put", "PutItem"),
    ("Update", "UpdateItem"),
    ("Delete", "DeleteItem"),
    ("ConditionCheck", "ConditionCheckItem"),
];

/// How a call goes on that was distorted.
#[derive(Debug, Default)]
pub(crate) struct Distorted {
    /// The element of the transaction that was taken out.
    pub(crate) without: Option<usize>,
    /// The read that sees what items were before their last writes, its other tables read as they are.
    pub(crate) stale: Option<Value>,
    /// Nothing is left to be done.
    pub(crate) is_empty: bool,
    /// Whether anything was changed.
    pub(crate) is_made: bool,
}

impl Distorted {
    /// An error's answer as the function expects it, which knows nothing of what was taken out.
    pub(crate) fn mend(&self, answer: String) -> String {
        let Some(index) = self.without else {
            return answer;
        };
        let Ok(mut body) = serde_json::from_str::<Value>(&answer) else {
            return answer;
        };
        match body
            .get_mut("CancellationReasons")
            .and_then(Value::as_array_mut)
        {
            Some(reasons) if index <= reasons.len() => {
                reasons.insert(index, json!({"Code": "None"}));
                body.to_string()
            }
            _ => answer,
        }
    }
}

/// One change of a call.
#[derive(Debug)]
pub(super) enum Change {
    /// The element of a transaction, or the call, has another expression, or none.
    Expression {
        element: Option<usize>,
        name: &'static str,
        left: String,
    },
    /// The element writes another time to live.
    TimeToLive {
        element: Option<usize>,
        attribute: String,
        to: TimeToLive,
    },
    /// The transaction has one element less.
    Without(usize),
    /// The call is not made, and answered as if it were.
    Nothing,
    /// The table is read as it was before the last write of each item.
    Eventual(String),
}

/// A wrong time to live.
#[derive(Clone, Copy, Debug)]
pub(super) enum TimeToLive {
    /// In milliseconds: never.
    Milliseconds,
    /// The time of the write: at once.
    Now,
}

/// The changes that are possible for a call, by their names.
pub(super) fn possible(
    function: &str,
    schemas: &Schemas,
    operation: &str,
    request: &Value,
) -> Vec<(String, Change)> {
    let mut found = Found {
        prefix: format!("{function}: {operation}"),
        schemas,
        changes: Vec::new(),
    };
    match operation {
        "TransactWriteItems" => found.transaction(request),
        "PutItem" | "UpdateItem" | "DeleteItem" => found.single(operation, request),
        "GetItem" | "Query" | "Scan" | "BatchGetItem" => found.reads(operation, request),
        _ => {}
    }
    found.changes
}

struct Found<'a> {
    /// Function and action.
    prefix: String,
    schemas: &'a Schemas,
    changes: Vec<(String, Change)>,
}

impl Found<'_> {
    fn transaction(&mut self, request: &Value) {
        let items = request.get("TransactItems").and_then(Value::as_array);
        for (index, item) in items.into_iter().flatten().enumerate() {
            for (kind, action) in KINDS {
                let Some(part) = item.get(kind) else { continue };
                let element = self.named(action, part);
                let whole = described(part);
                self.add(
                    &element,
                    &format!("left out: {whole}"),
                    Change::Without(index),
                );
                self.expressions(&element, Some(index), part);
            }
        }
    }

    fn single(&mut self, action: &str, request: &Value) {
        let element = self.table_of(request);
        // An update whose item is asked for in return cannot be answered without being made.
        if action != "UpdateItem" && request.get("ReturnValues").is_none() {
            self.add(&element, "left out", Change::Nothing);
        }
        self.expressions(&element, None, request);
    }

    fn expressions(&mut self, element: &str, index: Option<usize>, part: &Value) {
        let text = |name: &str| part.get(name).and_then(Value::as_str);
        // Without its condition, a check is left out.
        let is_check = element.starts_with("ConditionCheckItem");
        if let Some(condition) = text("ConditionExpression") {
            for (clause, left) in expression::without_each_clause(condition) {
                if is_check && left.is_empty() {
                    continue;
                }
                let change = Change::Expression {
                    element: index,
                    name: "ConditionExpression",
                    left,
                };
                self.add(element, &format!("without the condition {clause}"), change);
            }
        }
        if let Some(update) = text("UpdateExpression") {
            let lost = expression::without_each_action(update);
            let lost = lost
                .into_iter()
                .map(|(action, left)| (format!("without {action}"), left));
            let bold = expression::without_each_if_not_exists(update);
            let bold = bold
                .into_iter()
                .map(|(call, left)| (format!("always, not {call}"), left));
            for (what, left) in lost.chain(bold).collect::<Vec<_>>() {
                let change = Change::Expression {
                    element: index,
                    name: "UpdateExpression",
                    left,
                };
                self.add(element, &what, change);
            }
        }
        self.times_to_live(element, index, part);
    }

    fn times_to_live(&mut self, element: &str, index: Option<usize>, part: &Value) {
        let table = bare(table_name(part));
        let Some(attribute) = self.schemas.ttl_attribute(&table).map(str::to_owned) else {
            return;
        };
        let is_written = part.pointer(&format!("/Item/{attribute}")).is_some()
            || updated(part, &attribute).is_some();
        if !is_written {
            return;
        }
        for (what, to) in [
            ("ttl in milliseconds", TimeToLive::Milliseconds),
            ("ttl at once", TimeToLive::Now),
        ] {
            let change = Change::TimeToLive {
                element: index,
                attribute: attribute.clone(),
                to,
            };
            self.add(element, what, change);
        }
    }

    fn reads(&mut self, operation: &str, request: &Value) {
        let mut eventual = |name: &str, part: &Value| {
            if part.get("ConsistentRead") == Some(&Value::Bool(true)) {
                let element = self.short(name);
                self.add(&element, "stale", Change::Eventual(name.to_owned()));
            }
        };
        if operation == "BatchGetItem" {
            let wanted = request.get("RequestItems").and_then(Value::as_object);
            for (name, part) in wanted.into_iter().flatten() {
                eventual(name, part);
            }
        } else {
            eventual(table_name(request), request);
        }
    }

    fn add(&mut self, element: &str, what: &str, change: Change) {
        let mut name = format!("{} {element}: {what}", self.prefix);
        let same = self.changes.iter().filter(|(known, _)| {
            known
                .strip_prefix(&name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(" (no. "))
        });
        let same = same.count();
        if same > 0 {
            name = format!("{name} (no. {})", same + 1);
        }
        self.changes.push((name, change));
    }

    fn named(&self, action: &str, part: &Value) -> String {
        format!("{action} {}", self.table_of(part))
    }

    fn table_of(&self, part: &Value) -> String {
        self.short(table_name(part))
    }

    fn short(&self, name: &str) -> String {
        let name = bare(name);
        self.schemas.short(&name).unwrap_or(&name).to_owned()
    }
}

impl Change {
    /// Makes the change.
    pub(super) fn make(self, operation: &str, request: &mut Value, now: i64) -> Distorted {
        let mut distorted = Distorted {
            is_made: true,
            ..Distorted::default()
        };
        match self {
            Self::Nothing => distorted.is_empty = true,
            Self::Without(index) => {
                if let Some(items) = request
                    .get_mut("TransactItems")
                    .and_then(Value::as_array_mut)
                {
                    items.remove(index);
                    distorted.is_empty = items.is_empty();
                    distorted.without = Some(index);
                }
            }
            Self::Expression {
                element,
                name,
                left,
            } => {
                if let Some(part) = part_of(request, element) {
                    if left.is_empty() {
                        part.as_object_mut().map(|part| part.remove(name));
                    } else {
                        part[name] = left.into();
                    }
                    expression::prune(part);
                }
            }
            Self::TimeToLive {
                element,
                attribute,
                to,
            } => {
                if let Some(part) = part_of(request, element) {
                    set_ttl(part, &attribute, to, now);
                }
            }
            Self::Eventual(table) => {
                let consistent = |part: &mut Value, is_consistent| {
                    part["ConsistentRead"] = Value::Bool(is_consistent);
                };
                if operation == "BatchGetItem" {
                    consistent(&mut request["RequestItems"][&table], false);
                    let mut read = request.clone();
                    let wanted = read["RequestItems"].as_object_mut();
                    for (name, part) in wanted.into_iter().flatten() {
                        consistent(part, *name != table);
                    }
                    distorted.stale = Some(read);
                } else {
                    consistent(request, false);
                    distorted.stale = Some(request.clone());
                }
            }
        }
        distorted
    }
}

fn set_ttl(part: &mut Value, attribute: &str, to: TimeToLive, now: i64) {
    let wrong = |right: &Value| {
        let seconds = right.get("N").and_then(Value::as_str);
        let seconds = seconds
            .and_then(|text| text.parse::<i64>().ok())
            .unwrap_or(now);
        let number = match to {
            TimeToLive::Milliseconds => seconds.saturating_mul(1_000),
            TimeToLive::Now => now,
        };
        json!({"N": number.to_string()})
    };
    if let Some(item) = part.pointer_mut(&format!("/Item/{attribute}")) {
        *item = wrong(item);
    } else if let Some((value, update)) = updated(part, attribute) {
        let wrong = wrong(&part["ExpressionAttributeValues"][&value]);
        part["ExpressionAttributeValues"][PLACEHOLDER] = wrong;
        part["UpdateExpression"] = update.into();
        expression::prune(part);
    }
}

/// The value that an update gives an attribute, and the update that gives it the mutant's.
fn updated(part: &Value, attribute: &str) -> Option<(String, String)> {
    let update = part.get("UpdateExpression")?.as_str()?;
    let names = part.get("ExpressionAttributeNames");
    expression::with_value_of(update, attribute, names, PLACEHOLDER)
}

/// The call, or an element of it.
fn part_of(request: &mut Value, element: Option<usize>) -> Option<&mut Value> {
    let Some(index) = element else {
        return Some(request);
    };
    let item = request.get_mut("TransactItems")?.get_mut(index)?;
    item.as_object_mut()?.values_mut().next()
}

fn table_name(part: &Value) -> &str {
    let name = part.get("TableName").and_then(Value::as_str);
    name.unwrap_or_default()
}

/// What an element does, by its expressions.
fn described(part: &Value) -> String {
    let text = |name: &str| part.get(name).and_then(Value::as_str);
    let update = text("UpdateExpression").unwrap_or("it");
    match text("ConditionExpression") {
        Some(condition) => format!("{update} if {condition}"),
        None => update.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_of_a_refusal_stand_where_the_elements_of_the_function_do() {
        let distorted = Distorted {
            without: Some(1),
            ..Distorted::default()
        };
        let answer =
            json!({"CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]});
        let mended: Value = serde_json::from_str(&distorted.mend(answer.to_string())).unwrap();
        let codes: Vec<_> = mended["CancellationReasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reason| reason["Code"].as_str().unwrap())
            .collect();
        assert_eq!(codes, ["None", "None", "ConditionalCheckFailed"]);
        let other = json!({"message": "another error"}).to_string();
        assert_eq!(distorted.mend(other.clone()), other);
    }

    #[test]
    fn a_batch_is_stale_in_one_table_only() {
        let mut request = json!({"RequestItems": {
            "local-A": {"Keys": [], "ConsistentRead": true},
            "local-B": {"Keys": []},
        }});
        let change = Change::Eventual("local-A".to_owned());
        let distorted = change.make("BatchGetItem", &mut request, 0);
        assert_eq!(request["RequestItems"]["local-A"]["ConsistentRead"], false);
        assert!(
            request["RequestItems"]["local-B"]
                .get("ConsistentRead")
                .is_none()
        );
        let stale = &distorted.stale.unwrap()["RequestItems"];
        assert_eq!(stale["local-A"]["ConsistentRead"], false);
        assert_eq!(stale["local-B"]["ConsistentRead"], true);
    }
}
