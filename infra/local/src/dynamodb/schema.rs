//! The tables by their names, their keys and their time to live.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::template::Table;

/// An item as DynamoDB's JSON: `{"account": {"S": "user#taro"}, ...}`.
pub type Item = Map<String, Value>;

/// Where an item is: the real name of its table, and its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) table: String,
    /// The key as JSON, its parts in the order of the schema.
    pub(crate) key: String,
}

/// The database refused something.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TableError(pub(super) String);

impl TableError {
    pub(crate) fn of(why: String) -> Self {
        Self(why)
    }
}

/// The name of a table that may be given by its ARN.
pub(crate) fn bare(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_owned()
}

/// The names, the key and the time to live of a table.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    logical: String,
    pub(super) short: String,
    pub(super) name: String,
    pub(super) partition_key: String,
    pub(super) key: Vec<String>,
    ttl: Option<String>,
    pub(super) create: Value,
}

impl Schema {
    fn of(table: &Table) -> Self {
        let key: Vec<_> = table.create["KeySchema"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|part| part["AttributeName"].as_str().map(str::to_owned))
            .collect();
        Self {
            logical: table.logical.clone(),
            short: table.short().to_owned(),
            name: table.name.clone(),
            partition_key: key.first().cloned().unwrap_or_default(),
            key,
            ttl: table.ttl.clone(),
            create: table.create.clone(),
        }
    }
}

/// All tables of a stack; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Schemas(Arc<[Schema]>);

impl Schemas {
    pub(super) fn of(tables: &[Table]) -> Self {
        Self(tables.iter().map(Schema::of).collect())
    }

    /// The logical names of the tables: `Accounts`, `Members`, ...
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|schema| schema.short.as_str())
    }

    /// The table of this logical or real name.
    ///
    /// # Errors
    /// When there is no such table.
    pub(super) fn of_table(&self, name: &str) -> Result<&Schema, TableError> {
        let names = |schema: &Schema| {
            [&schema.short, &schema.logical, &schema.name]
                .iter()
                .any(|known| *known == name)
        };
        self.0.iter().find(|schema| names(schema)).ok_or_else(|| {
            let known: Vec<_> = self.names().collect();
            TableError(format!(
                "there is no table {name}, only {}",
                known.join(", ")
            ))
        })
    }

    /// The table that is really named so.
    fn named(&self, name: &str) -> Option<&Schema> {
        self.0.iter().find(|schema| schema.name == name)
    }

    /// The short logical name of the table that is really named so.
    pub(crate) fn short(&self, name: &str) -> Option<&str> {
        Some(self.named(name)?.short.as_str())
    }

    /// The attribute of a table's time to live, by its real name.
    pub(crate) fn ttl_attribute(&self, name: &str) -> Option<&str> {
        self.named(name)?.ttl.as_deref()
    }

    /// The attribute of a table's partition key, by its real name.
    pub(super) fn partition_key(&self, name: &str) -> Option<&str> {
        Some(self.named(name)?.partition_key.as_str())
    }

    /// Where an item, or one with this key, is. The table is named as it really is.
    pub(super) fn place(&self, table: &str, item: &Item) -> Option<Place> {
        let schema = self.named(table)?;
        let parts: Option<Vec<_>> = schema.key.iter().map(|name| item.get(name)).collect();
        Some(Place {
            table: table.to_owned(),
            key: json!(parts?).to_string(),
        })
    }
}
