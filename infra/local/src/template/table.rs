//! `AWS::DynamoDB::Table`: the request that creates the table, and its time-to-live attribute.

use serde_json::{Map, Value as Json};

use crate::yaml::{Node, YamlError};

/// A table of the template.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its logical id in the template, such as `MembersTable`.
    pub(crate) logical: String,
    /// Its name in DynamoDB.
    pub(crate) name: String,
    /// The body of the `CreateTable` call that makes it.
    pub(crate) create: Json,
    /// The attribute of its time to live.
    pub(crate) ttl: Option<String>,
}

impl Table {
    /// What people call it: the logical id without `Table`, such as `Members`.
    pub(crate) fn short(&self) -> &str {
        self.logical.strip_suffix("Table").unwrap_or(&self.logical)
    }
}

pub(super) fn read(logical: &str, name: String, properties: &Node) -> Result<Table, YamlError> {
    let mut create = Map::new();
    create.insert("TableName".into(), Json::String(name.clone()));
    create.insert("BillingMode".into(), Json::String("PAY_PER_REQUEST".into()));
    for key in ["AttributeDefinitions", "KeySchema"] {
        create.insert(key.into(), properties.require(key)?.json());
    }
    for key in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        if let Some(indexes) = properties.get(key) {
            create.insert(key.into(), indexes.json());
        }
    }
    let ttl = match properties.get("TimeToLiveSpecification") {
        Some(node) if node.get("Enabled").map_or(Ok("true".into()), Node::text)? == "true" => {
            Some(node.require("AttributeName")?.text()?)
        }
        _ => None,
    };
    Ok(Table {
        logical: logical.to_owned(),
        name,
        create: Json::Object(create),
        ttl,
    })
}
