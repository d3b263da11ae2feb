//! The parameters of a template: their defaults, or the values that they were given.

use std::collections::{BTreeMap, HashMap};

use super::resolve::named;
use crate::yaml::YamlError;
use crate::yaml::{Node, Value};

/// The values of all parameters.
pub(super) fn read(
    root: &Node,
    overrides: &BTreeMap<String, String>,
) -> Result<HashMap<String, Node>, YamlError> {
    let section = root.get("Parameters");
    let known = named(section)?;
    if let Some(unknown) = overrides.keys().find(|name| !known.contains_key(*name)) {
        return Err(section
            .unwrap_or(root)
            .error(format!("the template has no parameter `{unknown}`")));
    }
    let mut values = HashMap::new();
    for (name, node) in known {
        let text = match (overrides.get(&name), node.get("Default")) {
            (Some(text), _) => text.clone(),
            (None, Some(default)) => default.text()?,
            // An empty default (`Default: ""`) is a text, and `get` only hides nulls.
            (None, None) => {
                return Err(node.error(format!(
                    "the parameter `{name}` has no default: give it a value"
                )));
            }
        };
        if let Some(allowed) = node.get("AllowedValues") {
            let allowed: Result<Vec<_>, _> = allowed.items().iter().map(Node::text).collect();
            let allowed = allowed?;
            if !allowed.contains(&text) {
                return Err(node.error(format!(
                    "`{text}` is not among the allowed values of `{name}`: {}",
                    allowed.join(", ")
                )));
            }
        }
        let list = node
            .get("Type")
            .map(Node::text)
            .transpose()?
            .is_some_and(|kind| kind.contains("List"));
        let value = if list {
            Value::List(
                text.split(',')
                    .map(|part| Node::text_at(node.line, part.trim()))
                    .collect(),
            )
        } else {
            Value::Text(text)
        };
        values.insert(
            name,
            Node {
                line: node.line,
                value,
            },
        );
    }
    Ok(values)
}
