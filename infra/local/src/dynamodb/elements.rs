//! What a call touches: its elements, for the call log and the faults, and the demands that IAM
//! decides over. A transaction asks for the action of each of its elements, a batch for its own
//! action on each table.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::tables::Tables;
use crate::calls::Element;
use crate::iam::Demand;
use crate::template::names::table_arn;

pub(super) fn of(tables: &Tables, operation: &str, request: &Value) -> (Vec<Element>, Vec<Demand>) {
    let mut touched = Touched {
        tables,
        elements: Vec::new(),
        demands: Vec::new(),
    };
    match operation {
        "TransactWriteItems" | "TransactGetItems" => touched.transaction(request),
        "BatchGetItem" | "BatchWriteItem" => touched.batch(operation, request),
        "ListTables" => {
            let demand = Demand {
                action: "dynamodb:ListTables".into(),
                resource: "*".into(),
                context: BTreeMap::new(),
            };
            touched.demands.push(demand);
        }
        // PartiQL names its table within a statement: no function uses it, and the operators' own
        // key needs no permission.
        "ExecuteStatement" | "ExecuteTransaction" | "BatchExecuteStatement" => {
            let action = format!("dynamodb:{operation}");
            touched.demands.push(Demand {
                action,
                resource: "*".into(),
                context: BTreeMap::new(),
            });
        }
        _ => touched.one(
            operation,
            request,
            request.get("IndexName").and_then(Value::as_str),
        ),
    }
    (touched.elements, touched.demands)
}

struct Touched<'a> {
    tables: &'a Tables,
    elements: Vec<Element>,
    demands: Vec<Demand>,
}

impl Touched<'_> {
    fn transaction(&mut self, request: &Value) {
        for item in request
            .get("TransactItems")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            for (kind, element) in item.as_object().into_iter().flatten() {
                let action = match kind.as_str() {
                    "Put" => "PutItem",
                    "Update" => "UpdateItem",
                    "Delete" => "DeleteItem",
                    "ConditionCheck" => "ConditionCheckItem",
                    "Get" => "GetItem",
                    _ => continue,
                };
                self.one(action, element, None);
            }
        }
    }

    fn batch(&mut self, operation: &str, request: &Value) {
        for (table, wanted) in request
            .get("RequestItems")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let requests = wanted.get("Keys").unwrap_or(wanted).as_array();
            let keys = requests.into_iter().flatten().filter_map(|entry| {
                let key = entry
                    .pointer("/PutRequest/Item")
                    .or_else(|| entry.pointer("/DeleteRequest/Key"));
                self.leading_key(table, key.unwrap_or(entry))
            });
            let keys = keys.collect();
            self.touch(operation, table, None, keys);
        }
    }

    fn one(&mut self, action: &str, request: &Value, index: Option<&str>) {
        // A table may be named by its ARN.
        let name = request
            .get("TableName")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let table = name.rsplit('/').next().unwrap_or(name);
        let key = request.get("Key").or_else(|| request.get("Item"));
        let keys = key
            .and_then(|key| self.leading_key(table, key))
            .into_iter()
            .collect();
        self.touch(action, table, index, keys);
    }

    fn touch(&mut self, action: &str, table: &str, index: Option<&str>, keys: BTreeSet<String>) {
        let suffix = index
            .map(|index| format!("/index/{index}"))
            .unwrap_or_default();
        let logical = self.tables.schemas().short(table).unwrap_or(table);
        self.elements.push(Element {
            action: action.to_owned(),
            resource: format!("{logical}{suffix}"),
        });
        let mut context = BTreeMap::new();
        if !keys.is_empty() {
            context.insert("dynamodb:LeadingKeys", keys.into_iter().collect());
        }
        self.demands.push(Demand {
            action: format!("dynamodb:{action}"),
            resource: format!("{}{suffix}", table_arn(table)),
            context,
        });
    }

    /// The partition key within a key or an item, when it is a text.
    fn leading_key(&self, table: &str, key: &Value) -> Option<String> {
        let attribute = self.tables.schemas().partition_key(table)?;
        key.get(attribute)?.get("S")?.as_str().map(str::to_owned)
    }
}
