//! States: what a stack, or one invocation, needs to find. A state is JSON: `items`, DynamoDB's
//! JSON by table; `gone`, keys by table whose items are taken away; `faults`, as in [`crate::Fault`]; and entries in the words of the domain, which a
//! [`ReadEntry`] turns into items.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::dynamodb::{Item, TableItem};
use crate::faults::Fault;
use crate::samples::SampleSet;

/// Turns an entry of a state, by its name and value, into items; its members are of the samples. The error says what
/// is wrong with it.
pub(crate) type ReadEntry =
    fn(name: &str, value: &Value, samples: &SampleSet) -> Result<Vec<TableItem>, String>;

/// A state that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    pub(crate) items: Vec<TableItem>,
    /// Tables and the partition keys of what is taken away.
    pub(crate) gone: Vec<(String, String)>,
    pub(crate) faults: Vec<Fault>,
}

impl State {
    /// Reads a state.
    pub(crate) fn read(
        state: &Value,
        read_entry: ReadEntry,
        samples: &SampleSet,
    ) -> Result<Self, String> {
        let mut result = Self::default();
        let entries = state.as_object().ok_or("a state is a JSON object")?;
        for (name, value) in entries {
            match name.as_str() {
                "items" => result.items.extend(items(value)?),
                "gone" => {
                    let tables = BTreeMap::<String, Vec<String>>::deserialize(value)
                        .map_err(|error| format!("gone: {error}"))?;
                    result.gone = tables
                        .into_iter()
                        .flat_map(|(table, keys)| {
                            keys.into_iter().map(move |key| (table.clone(), key))
                        })
                        .collect();
                }
                "faults" => {
                    result.faults = Vec::<Fault>::deserialize(value)
                        .map_err(|error| format!("faults: {error}"))?;
                }
                _ => result.items.extend(read_entry(name, value, samples)?),
            }
        }
        Ok(result)
    }
}

fn items(value: &Value) -> Result<Vec<TableItem>, String> {
    let tables = value
        .as_object()
        .ok_or("items: an object of tables is expected")?;
    let mut result = Vec::new();
    for (table, items) in tables {
        let items = Vec::<Item>::deserialize(items)
            .map_err(|_| format!("items: {table}: a list of items is expected"))?;
        result.extend(items.into_iter().map(|item| TableItem {
            table: table.clone(),
            item,
        }));
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn no_entries(name: &str, _: &Value, _: &SampleSet) -> Result<Vec<TableItem>, String> {
        Err(format!("no {name}"))
    }

    #[test]
    fn a_state_holds_items_and_faults() {
        let state = json!({"items": {"Accounts": [{"account": {"S": "a"}}]}, "gone": {"Members": ["b"]}, "faults": [{"kind": "throttle"}]});
        let state = State::read(&state, no_entries, &SampleSet::default()).unwrap();
        assert_eq!(
            (state.items[0].table.as_str(), state.faults.len()),
            ("Accounts", 1)
        );
        assert_eq!(state.gone, [("Members".to_owned(), "b".to_owned())]);
    }

    #[test]
    fn what_is_wrong_with_a_state_is_named() {
        for (state, expected) in [
            (json!([]), "object"),
            (json!({"items": {"Accounts": {}}}), "Accounts"),
            (json!({"faults": [{"kind": "nonsense"}]}), "faults"),
            (json!({"gone": {"Members": "b"}}), "gone"),
            (json!({"member": {}}), "no member"),
        ] {
            let error = State::read(&state, no_entries, &SampleSet::default()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
