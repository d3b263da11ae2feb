//! The write units of a function's calls, as the database counts them: it is asked for them, and the function's answer is
//! what it would have been without.

use serde_json::Value;

const ASKED: &str = "ReturnConsumedCapacity";
const TOLD: &str = "ConsumedCapacity";
const WRITES: [&str; 4] = ["DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"];

/// The request that asks for them, too. `None` for one that writes nothing, or asks already.
pub(super) fn asking(operation: &str, request: &Value) -> Option<Value> {
    if !WRITES.contains(&operation) || request.get(ASKED).is_some() {
        return None;
    }
    let mut asking = request.clone();
    asking[ASKED] = "TOTAL".into();
    Some(asking)
}

/// Takes them out of an answer. A transaction tells them table by table.
pub(super) fn take(answer: &str) -> Option<(String, f64)> {
    let mut answer: Value = serde_json::from_str(answer).ok()?;
    let told = answer.as_object_mut()?.remove(TOLD)?;
    let of = |table: &Value| table.get("CapacityUnits").and_then(Value::as_f64);
    let units = match &told {
        Value::Array(tables) => tables.iter().filter_map(of).sum(),
        table => of(table)?,
    };
    Some((answer.to_string(), units))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_asked_for_is_taken_out_again() {
        let put = json!({"TableName": "Things", "Item": {"thing": {"S": "a"}}});
        assert_eq!(asking("PutItem", &put).unwrap()[ASKED], "TOTAL");
        assert!(asking("GetItem", &put).is_none());
        assert!(asking("PutItem", &json!({ASKED: "NONE"})).is_none());
        let one = json!({"Attributes": {}, TOLD: {"TableName": "Things", "CapacityUnits": 1.0}});
        assert_eq!(
            take(&one.to_string()),
            Some((json!({"Attributes": {}}).to_string(), 1.0))
        );
        let several = json!({TOLD: [{"CapacityUnits": 2.0}, {"CapacityUnits": 4.0}]});
        assert_eq!(take(&several.to_string()), Some(("{}".to_owned(), 6.0)));
        assert_eq!(take("{}"), None);
    }
}
