//! Items of the store, in the JSON of DynamoDB, and back.

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

/// An item of a table, as the store has it.
pub(crate) fn store_item(item: &Item) -> Result<store::Item, String> {
    item.iter()
        .map(|(name, value)| Ok((name.clone(), value_of(value)?)))
        .collect()
}

fn value_of(value: &Value) -> Result<AttributeValue, String> {
    let unknown = || format!("no value of DynamoDB: {value}");
    let (kind, content) = value
        .as_object()
        .and_then(|of| of.iter().next())
        .ok_or_else(unknown)?;
    let text = || content.as_str().map(str::to_owned).ok_or_else(unknown);
    let texts = || {
        let texts = content.as_array().into_iter().flatten();
        texts
            .map(|text| text.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(unknown)
    };
    Ok(match kind.as_str() {
        "S" => AttributeValue::S(text()?),
        "N" => AttributeValue::N(text()?),
        "BOOL" => AttributeValue::Bool(content.as_bool().ok_or_else(unknown)?),
        "NS" => AttributeValue::Ns(texts()?),
        "SS" => AttributeValue::Ss(texts()?),
        "NULL" => AttributeValue::Null(true),
        "M" => AttributeValue::M(store_item(content.as_object().ok_or_else(unknown)?)?),
        "L" => {
            let list = content.as_array().ok_or_else(unknown)?;
            AttributeValue::L(list.iter().map(value_of).collect::<Result<_, _>>()?)
        }
        _ => return Err(unknown()),
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
