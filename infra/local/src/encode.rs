//! Items of the store, in the JSON of DynamoDB.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::dynamodb::{Item, TableItem};

/// An item of the store, and the table it belongs into.
pub(crate) fn table_item(table: &str, item: &store::Item) -> Result<TableItem, String> {
    let item: Item = item
        .iter()
        .map(|(name, value)| Ok((name.clone(), attribute(value)?)))
        .collect::<Result<_, String>>()?;
    Ok(TableItem {
        table: table.to_owned(),
        item,
    })
}

fn attribute(value: &AttributeValue) -> Result<Value, String> {
    Ok(match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::M(map) => {
            let map = map
                .iter()
                .map(|(name, value)| Ok((name.clone(), attribute(value)?)))
                .collect::<Result<serde_json::Map<_, _>, String>>()?;
            json!({ "M": map })
        }
        _ => return Err("the store writes no attribute of this type".to_owned()),
    })
}
