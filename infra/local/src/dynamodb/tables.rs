//! The tables of the template in the embedded database, by their logical names.

use std::path::Path;
use std::sync::Arc;

use dynoxide::Database;
use http::StatusCode;
use serde_json::{Value, json};

use super::dispatch::dispatch;
use super::expiry::Expiry;
use super::schema::{Item, Place, Schemas, TableError, bare};
use crate::template::Table;

/// An item and the logical name of the table that it belongs into.
#[derive(Clone, Debug, PartialEq)]
pub struct TableItem {
    /// Such as `Accounts`.
    pub table: String,
    /// The item.
    pub item: Item,
}

/// The tables of a stack: straight to the database, past IAM, faults and the call log.
///
/// A table is named by its logical id (`AccountsTable`), by that without `Table` (`Accounts`) or by
/// its real name.
#[derive(Clone)]
pub struct Tables {
    database: Database,
    schemas: Schemas,
    pub(super) expiry: Arc<Expiry>,
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Tables {
    /// Opens the database, in `directory` or in memory, and makes the tables that are not there.
    /// The second value says which ones were made. `collection` is the seed by which items past their time to live
    /// are collected.
    pub(crate) fn open(
        directory: Option<&Path>,
        tables: &[Table],
        collection: Option<u64>,
    ) -> Result<(Self, Vec<String>), TableError> {
        let database = match directory {
            None => Database::memory(),
            Some(directory) => {
                std::fs::create_dir_all(directory).map_err(|error| {
                    TableError(format!("{} cannot be made: {error}", directory.display()))
                })?;
                Database::new(&directory.join("dynamodb.sqlite3").to_string_lossy())
            }
        };
        let database = database.map_err(|error| TableError(error.to_string()))?;
        let schemas = Schemas::of(tables);
        let opened = Self {
            database,
            expiry: Arc::new(Expiry::new(collection, schemas.clone())),
            schemas,
        };
        let mut made = Vec::new();
        for table in tables {
            if opened
                .call("DescribeTable", &json!({"TableName": table.name}))
                .is_ok()
            {
                if table.ttl.is_some() {
                    for item in opened.scan(&table.name)? {
                        opened.note(&table.name, &item);
                    }
                }
                continue;
            }
            let named =
                |error: TableError| TableError(format!("the table {}: {error}", table.logical));
            opened.call("CreateTable", &table.create).map_err(named)?;
            if let Some(attribute) = &table.ttl {
                let specification = json!({"AttributeName": attribute, "Enabled": true});
                let request =
                    json!({"TableName": table.name, "TimeToLiveSpecification": specification});
                opened.call("UpdateTimeToLive", &request).map_err(named)?;
            }
            made.push(table.short().to_owned());
        }
        Ok((opened, made))
    }

    /// The logical names of the tables: `Accounts`, `Members`, ...
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.schemas.names()
    }

    /// The real name of a table, as clients of DynamoDB use it.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn real_name(&self, table: &str) -> Result<&str, TableError> {
        self.schemas
            .of_table(table)
            .map(|schema| schema.name.as_str())
    }

    /// The attribute of a table's partition key.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn partition_key_of(&self, table: &str) -> Result<&str, TableError> {
        self.schemas
            .of_table(table)
            .map(|schema| schema.partition_key.as_str())
    }

    /// Reads the item whose partition key is the text `key`.
    ///
    /// # Errors
    /// When there is no such table, or its key has two parts.
    pub fn get(&self, table: &str, key: &str) -> Result<Option<Item>, TableError> {
        let schema = self.schemas.of_table(table)?;
        let key = json!({schema.partition_key.as_str(): {"S": key}});
        let answer = self.call(
            "GetItem",
            &json!({"TableName": schema.name, "Key": key, "ConsistentRead": true}),
        )?;
        Ok(answer.get("Item").and_then(Value::as_object).cloned())
    }

    /// Writes an item, over any that has its key.
    ///
    /// # Errors
    /// When there is no such table or the item is not one for it.
    pub fn put(&self, table: &str, item: &Item) -> Result<(), TableError> {
        let name = self.real_name(table)?;
        self.call("PutItem", &json!({"TableName": name, "Item": item}))?;
        self.note(name, item);
        Ok(())
    }

    /// Keeps when an item is to be collected. The table is named as it really is.
    fn note(&self, table: &str, item: &Item) {
        if let Some(place) = self.schemas.place(table, item) {
            self.expiry.note(&place, item);
        }
    }

    /// Deletes what is due at this time, in seconds since 1970; gives what it was.
    pub(crate) fn collect(&self, now: i64) -> Vec<(Place, Item)> {
        let collected = |place: Place| {
            let item = self.read(&place).ok()??;
            if !self.expiry.is_due(&place, &item, now) {
                // It was written again meanwhile, and is noted for then.
                return None;
            }
            let written = self.expiry.of(&place.table, &item)?;
            let name = self.schemas.ttl_attribute(&place.table)?;
            let request = json!({
                "TableName": place.table,
                "Key": self.key_of(&place).ok()?,
                "ConditionExpression": "#ttl = :ttl",
                "ExpressionAttributeNames": {"#ttl": name},
                "ExpressionAttributeValues": {":ttl": written},
            });
            self.call("DeleteItem", &request).ok()?;
            Some((place, item))
        };
        self.expiry
            .take_due(now)
            .into_iter()
            .filter_map(collected)
            .collect()
    }

    /// Writes items into their tables.
    ///
    /// # Errors
    /// As [`Self::put`], at the first item that is refused.
    pub fn load(&self, items: &[TableItem]) -> Result<(), TableError> {
        // All tables first, so that nothing is written of what names one that is not there.
        items
            .iter()
            .try_for_each(|entry| self.schemas.of_table(&entry.table).map(drop))?;
        items.iter().try_for_each(|entry| {
            let named = |error| TableError(format!("an item for {}: {error}", entry.table));
            self.put(&entry.table, &entry.item).map_err(named)
        })
    }

    /// Deletes the item whose partition key is the text `key`, if it is there.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn delete(&self, table: &str, key: &str) -> Result<(), TableError> {
        let schema = self.schemas.of_table(table)?;
        let key = json!({schema.partition_key.as_str(): {"S": key}});
        self.call("DeleteItem", &json!({"TableName": schema.name, "Key": key}))
            .map(drop)
    }

    /// Reads a whole table.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn scan(&self, table: &str) -> Result<Vec<Item>, TableError> {
        let name = self.real_name(table)?;
        let mut request = json!({"TableName": name, "ConsistentRead": true});
        let mut items = Vec::new();
        loop {
            let answer = self.call("Scan", &request)?;
            let page = answer
                .get("Items")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            items.extend(page.filter_map(Value::as_object).cloned());
            match answer.get("LastEvaluatedKey") {
                Some(last) if !last.is_null() => request["ExclusiveStartKey"] = last.clone(),
                _ => return Ok(items),
            }
        }
    }

    /// Deletes every item of a table.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn clear(&self, table: &str) -> Result<(), TableError> {
        let schema = self.schemas.of_table(table)?;
        for item in self.scan(table)? {
            let key: Item = schema
                .key
                .iter()
                .filter_map(|name| Some((name.clone(), item.get(name)?.clone())))
                .collect();
            self.call("DeleteItem", &json!({"TableName": schema.name, "Key": key}))?;
        }
        Ok(())
    }

    /// Performs any operation of DynamoDB with bodies of its protocol, table names being real ones.
    ///
    /// # Errors
    /// The error's body as DynamoDB writes it.
    pub fn call(&self, operation: &str, request: &Value) -> Result<Value, TableError> {
        match self.dispatch(operation, &request.to_string()) {
            Ok(body) => serde_json::from_str(&body).map_err(|error| TableError(error.to_string())),
            Err((_, body)) => Err(TableError(body)),
        }
    }

    pub(super) fn dispatch(
        &self,
        operation: &str,
        body: &str,
    ) -> Result<String, (StatusCode, String)> {
        dispatch(&self.database, operation, body).map_err(|error| {
            let status = StatusCode::from_u16(error.status_code())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.to_json())
        })
    }

    /// The items that a write is of, and what they will be where the write alone decides that.
    pub(super) fn places_written(
        &self,
        operation: &str,
        request: &Value,
    ) -> Vec<(Place, Option<Item>)> {
        let place = |part: &Value| {
            let name = bare(part.get("TableName")?.as_str()?);
            let key = part.get("Key").or_else(|| part.get("Item"))?;
            self.schemas.place(&name, key.as_object()?)
        };
        match operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => {
                let item = request.get("Item").and_then(Value::as_object);
                let place = place(request).map(|place| (place, item.cloned()));
                place.into_iter().collect()
            }
            "TransactWriteItems" => list(request.get("TransactItems"))
                .filter_map(Value::as_object)
                .flatten()
                .filter(|(action, _)| *action != "ConditionCheck")
                // A repeat puts nothing.
                .filter_map(|(_, part)| Some((place(part)?, None)))
                .collect(),
            "BatchWriteItem" => {
                let wanted = request.get("RequestItems").and_then(Value::as_object);
                let of_tables = wanted.into_iter().flatten();
                of_tables
                    .flat_map(|(name, writes)| list(Some(writes)).map(move |write| (name, write)))
                    .filter_map(|(name, write)| {
                        let item = write.pointer("/PutRequest/Item");
                        let key = item.or_else(|| write.pointer("/DeleteRequest/Key"))?;
                        let place = self.schemas.place(&bare(name), key.as_object()?)?;
                        Some((place, item.and_then(Value::as_object).cloned()))
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The items that a read asks a table for; nothing for one that looks for them.
    pub(super) fn places_read(
        &self,
        operation: &str,
        request: &Value,
        table: &str,
    ) -> Option<Vec<Place>> {
        let place = |key: &Value| self.schemas.place(table, key.as_object()?);
        match operation {
            "GetItem" => Some(request.get("Key").and_then(place).into_iter().collect()),
            "BatchGetItem" => {
                let wanted = request.get("RequestItems").and_then(Value::as_object);
                let of_table = wanted
                    .into_iter()
                    .flatten()
                    .filter(|(name, _)| bare(name) == table);
                let keys = of_table.flat_map(|(_, wanted)| list(wanted.get("Keys")));
                Some(keys.filter_map(place).collect())
            }
            _ => None,
        }
    }

    /// Reads the item of a place.
    pub(super) fn read(&self, place: &Place) -> Result<Option<Item>, TableError> {
        let key = self.key_of(place)?;
        let request = json!({"TableName": place.table, "Key": key, "ConsistentRead": true});
        let answer = self.call("GetItem", &request)?;
        Ok(answer.get("Item").and_then(Value::as_object).cloned())
    }

    fn key_of(&self, place: &Place) -> Result<Item, TableError> {
        let schema = self.schemas.of_table(&place.table)?;
        let parts: Vec<Value> =
            serde_json::from_str(&place.key).map_err(|error| TableError(error.to_string()))?;
        Ok(schema.key.iter().cloned().zip(parts).collect())
    }

    /// The same tables in memory, without items.
    pub(super) fn empty_copy(&self, names: &[String]) -> Result<Self, TableError> {
        let database = Database::memory().map_err(|error| TableError(error.to_string()))?;
        let copy = Self {
            database,
            schemas: self.schemas.clone(),
            expiry: Arc::new(Expiry::new(None, self.schemas.clone())),
        };
        for name in names {
            copy.call("CreateTable", &self.schemas.of_table(name)?.create)?;
        }
        Ok(copy)
    }

    /// The names, keys and times to live of the tables.
    pub(crate) fn schemas(&self) -> &Schemas {
        &self.schemas
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}
