//! Which operation of the embedded database a call is.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The operations that the local stack answers.
pub(crate) const KNOWN: &[&str] = &[
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "CreateTable",
    "DeleteItem",
    "DeleteTable",
    "DescribeTable",
    "DescribeTimeToLive",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetItem",
    "ListTables",
    "ListTagsOfResource",
    "PutItem",
    "Query",
    "Scan",
    "TagResource",
    "TransactGetItems",
    "TransactWriteItems",
    "UntagResource",
    "UpdateItem",
    "UpdateTable",
    "UpdateTimeToLive",
];

/// Performs an operation; takes and gives bodies of the protocol.
pub(super) fn dispatch(
    database: &Database,
    operation: &str,
    body: &str,
) -> Result<String, DynoxideError> {
    let db = database;
    match operation {
        "BatchExecuteStatement" => perform(body, |request| db.batch_execute_statement(request)),
        "BatchGetItem" => perform(body, |request| db.batch_get_item(request)),
        "BatchWriteItem" => perform(body, |request| db.batch_write_item(request)),
        "CreateTable" => perform(body, |request| db.create_table(request)),
        "DeleteItem" => perform(body, |request| db.delete_item(request)),
        "DeleteTable" => perform(body, |request| db.delete_table(request)),
        "DescribeTable" => perform(body, |request| db.describe_table(request)),
        "DescribeTimeToLive" => perform(body, |request| db.describe_time_to_live(request)),
        "ExecuteStatement" => perform(body, |request| db.execute_statement(request)),
        "ExecuteTransaction" => perform(body, |request| db.execute_transaction(request)),
        "GetItem" => perform(body, |request| db.get_item(request)),
        "ListTables" => perform(body, |request| db.list_tables(request)),
        "ListTagsOfResource" => perform(body, |request| db.list_tags_of_resource(request)),
        "PutItem" => perform(body, |request| db.put_item(request)),
        "Query" => perform(body, |request| db.query(request)),
        "Scan" => perform(body, |request| db.scan(request)),
        "TagResource" => perform(body, |request| db.tag_resource(request)),
        "TransactGetItems" => perform(body, |request| db.transact_get_items(request)),
        "TransactWriteItems" => perform(body, |request| db.transact_write_items(request)),
        "UntagResource" => perform(body, |request| db.untag_resource(request)),
        "UpdateItem" => perform(body, |request| db.update_item(request)),
        "UpdateTable" => perform(body, |request| db.update_table(request)),
        "UpdateTimeToLive" => perform(body, |request| db.update_time_to_live(request)),
        _ => Err(DynoxideError::SerializationException(
            "UnknownOperationException".into(),
        )),
    }
}

fn perform<Request: DeserializeOwned, Response: Serialize>(
    body: &str,
    operation: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request = serde_json::from_str(body).map_err(|error| refusal(&error.to_string()))?;
    let response = operation(request)?;
    serde_json::to_string(&response)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// A body that does not deserialise, as DynamoDB names it. The database marks its own validation
/// with a prefix; what is missing or unknown is a `ValidationException` too, a value of the wrong
/// JSON type a `SerializationException`.
fn refusal(message: &str) -> DynoxideError {
    let text = message
        .rsplit_once(" at line ")
        .map_or(message, |(text, _)| text);
    for (prefix, validation) in [
        ("SERIALIZATION_AS_READ:", false),
        ("VALIDATION_AS_READ:", true),
        ("VALIDATION_REQUEST:", true),
        ("SERIALIZATION:", false),
        ("VALIDATION:", true),
    ] {
        if let Some(text) = text.strip_prefix(prefix) {
            return if validation {
                DynoxideError::ValidationException(text.to_owned())
            } else {
                DynoxideError::SerializationException(text.to_owned())
            };
        }
    }
    let validation = [
        "missing field",
        "unknown variant",
        "invalid type: null",
        "AttributeValue",
    ];
    if validation.iter().any(|sign| text.contains(sign)) {
        DynoxideError::ValidationException(text.to_owned())
    } else {
        DynoxideError::SerializationException(text.to_owned())
    }
}
