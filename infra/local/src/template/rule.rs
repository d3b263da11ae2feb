//! The `EventBridgeRule` events of functions: which events a function is told.

use serde_json::Value as Json;

use super::known::{EVENT_BRIDGE_EVENT, only_known};
use crate::yaml::{Node, Value, YamlError};

/// A rule of `EventBridge` with a function as its target.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// The binary of the function.
    pub(crate) function: String,
    pattern: Json,
}

impl Rule {
    /// Whether an event fits the pattern.
    pub(crate) fn fits(&self, event: &Json) -> bool {
        fits(&self.pattern, event)
    }
}

/// The rules by which `function` is told of something.
pub(super) fn rules(function: &str, properties: &Node) -> Result<Vec<Rule>, YamlError> {
    let mut rules = Vec::new();
    for (_, event) in properties
        .get("Events")
        .map_or(Ok(&[][..]), Node::entries)?
    {
        if event.require("Type")?.text()? != "EventBridgeRule" {
            continue;
        }
        let of_rule = event.require("Properties")?;
        only_known(EVENT_BRIDGE_EVENT, of_rule)?;
        if let Some(bus) = of_rule.get("EventBusName") {
            return Err(bus.error("the local stack has the default event bus only"));
        }
        let pattern = of_rule.require("Pattern")?;
        check(pattern)?;
        rules.push(Rule {
            function: function.to_owned(),
            pattern: pattern.json(),
        });
    }
    Ok(rules)
}

/// Refuses what would be matched differently here: anything but values that are equal.
fn check(pattern: &Node) -> Result<(), YamlError> {
    match &pattern.value {
        Value::Map(entries) => entries.iter().try_for_each(|(_, entry)| check(entry)),
        Value::List(values) => values.iter().try_for_each(|value| match value.value {
            Value::Map(_) | Value::List(_) => Err(value.error(
                "the local stack knows patterns of values that are equal, and no other filters",
            )),
            _ => Ok(()),
        }),
        _ => Err(pattern.error("the values of a pattern stand in a list")),
    }
}

/// A field fits when it is, or when one of its values is, one of those that the pattern lists.
fn fits(pattern: &Json, event: &Json) -> bool {
    match (pattern, event) {
        (Json::Object(fields), event) => fields
            .iter()
            .all(|(name, pattern)| event.get(name).is_some_and(|field| fits(pattern, field))),
        (Json::Array(values), Json::Array(found)) => {
            found.iter().any(|found| values.contains(found))
        }
        (Json::Array(values), found) => values.contains(found),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_fits_when_each_field_of_the_pattern_has_one_of_its_values() {
        let rule = Rule {
            function: "f".into(),
            pattern: json!({"source": ["aws.ses"], "detail": {"tags": {"set": ["a", "b"]}}}),
        };
        let event = |source: &str, set: &str| json!({"source": source, "detail": {"tags": {"set": [set], "more": ["x"]}}, "id": "1"});
        assert!(rule.fits(&event("aws.ses", "a")));
        assert!(!rule.fits(&event("aws.ses", "c")));
        assert!(!rule.fits(&event("aws.s3", "a")));
        assert!(!rule.fits(&json!({"source": "aws.ses"})));
    }
}
