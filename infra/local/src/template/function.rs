//! `AWS::Serverless::Function`: which binary runs, with what environment, for how long, on which
//! routes and with which permissions.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Route, api};
use crate::iam::Statement;
use crate::yaml::{Node, YamlError};

/// A function of the template.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its logical id in the template, such as `SendCodeFunction`.
    pub(crate) logical: String,
    /// Its name in Lambda.
    pub(crate) name: String,
    /// The name of its binary, such as `send-code`: what people call it.
    pub(crate) binary: String,
    pub(crate) timeout: Duration,
    pub(crate) memory_mb: u64,
    /// How often an event is tried again that nobody waits for.
    pub(crate) retries: u64,
    /// Whether it is told of something by `EventBridge`, in its own time.
    pub(crate) is_told: bool,
    /// `Text` or `JSON`, if it says.
    pub(crate) log_format: Option<String>,
    pub(crate) environment: BTreeMap<String, String>,
    /// What its policies say, once all of the template are read.
    pub(crate) statements: Vec<Statement>,
}

pub(super) fn read(
    logical: &str,
    name: String,
    resource: &Node,
    properties: &Node,
) -> Result<(Function, Vec<Route>), YamlError> {
    let binary = match resource
        .get("Metadata")
        .and_then(|node| node.get("BuildProperties")?.get("Binary"))
    {
        Some(node) => node.text()?,
        None => kebab(logical.strip_suffix("Function").unwrap_or(logical)),
    };
    if let Some(role) = properties.get("Role") {
        return Err(role.error(
            "the local stack reads a function's permissions from `Policies`, not from a `Role`",
        ));
    }
    let mut environment = BTreeMap::new();
    if let Some(variables) = properties
        .get("Environment")
        .and_then(|node| node.get("Variables"))
    {
        for (variable, value) in variables.entries()? {
            environment.insert(variable.clone(), value.text()?);
        }
    }
    let log_format = properties
        .get("LoggingConfig")
        .and_then(|node| node.get("LogFormat"));
    let routes = api::routes(&binary, properties)?;
    let function = Function {
        logical: logical.to_owned(),
        name,
        binary,
        timeout: Duration::from_secs(properties.get("Timeout").map_or(Ok(3), Node::whole)?),
        memory_mb: properties.get("MemorySize").map_or(Ok(128), Node::whole)?,
        log_format: log_format.map(Node::text).transpose()?,
        retries: properties
            .get("EventInvokeConfig")
            .and_then(|config| config.get("MaximumRetryAttempts"))
            .map_or(Ok(2), Node::whole)?,
        is_told: false,
        environment,
        statements: Vec::new(),
    };
    Ok((function, routes))
}

/// `SendCode` as `send-code`.
fn kebab(name: &str) -> String {
    let mut result = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !result.is_empty() {
            result.push('-');
        }
        result.push(letter.to_ascii_lowercase());
    }
    result
}
