//! Policies of IAM. Those of a function are inline documents and managed policies of the template:
//! SAM's policy templates grant more than a function calls, and AWS's managed policies are not in the
//! template, so both are refused, but for those that only write logs and traces. The other managed
//! policies of the template are for people.

use super::known::is_action;
use crate::iam::{Condition, Effect, Operator, Patterns, Quantifier, Statement, key_is_known};
use crate::yaml::{Node, Value, YamlError};

const LOGS_AND_TRACES: &[&str] = &[
    "AWSLambdaBasicExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
];

/// A managed policy of the template: what a function or a person may do to whom it is attached.
#[derive(Debug)]
pub(crate) struct ManagedPolicy {
    /// What `Ref` gives.
    pub(super) physical: String,
    /// Its logical id in the template, such as `DeskPolicy`.
    pub(crate) logical: String,
    pub(crate) statements: Vec<Statement>,
}

pub(super) fn read_managed(
    logical: &str,
    physical: String,
    properties: &Node,
) -> Result<ManagedPolicy, YamlError> {
    Ok(ManagedPolicy {
        physical,
        logical: logical.to_owned(),
        statements: document(properties.require("PolicyDocument")?)?,
    })
}

/// The statements of a function's policies.
pub(super) fn read(
    policies: Option<&Node>,
    managed: &[ManagedPolicy],
) -> Result<Vec<Statement>, YamlError> {
    let mut statements = Vec::new();
    for policy in policies.map_or(&[] as &[Node], Node::items) {
        if let Value::Text(name) = &policy.value {
            if let Some(own) = managed.iter().find(|own| own.physical == *name) {
                statements.extend(own.statements.iter().cloned());
                continue;
            }
            if LOGS_AND_TRACES
                .iter()
                .any(|known| name.rsplit('/').next() == Some(known))
            {
                continue;
            }
            return Err(policy.error(format!(
                "the local stack cannot know what the managed policy `{name}` allows"
            )));
        }
        statements.extend(document(policy)?);
    }
    Ok(statements)
}

fn document(policy: &Node) -> Result<Vec<Statement>, YamlError> {
    let list = policy.get("Statement").ok_or_else(|| {
        policy.error("a policy is written out here as a document with `Statement`")
    })?;
    list.items().iter().map(statement).collect()
}

fn statement(node: &Node) -> Result<Statement, YamlError> {
    for (key, entry) in node.entries()? {
        let known = [
            "Sid",
            "Effect",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        if !known.contains(&key.as_str()) {
            return Err(entry.error(format!(
                "the local stack does not know `{key}` of a policy statement"
            )));
        }
    }
    let effect = match node.require("Effect")?.text()?.as_str() {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        other => return Err(node.error(format!("`Effect` is `Allow` or `Deny`, not `{other}`"))),
    };
    for pattern in ["Action", "NotAction"]
        .into_iter()
        .filter_map(|key| node.get(key))
        .flat_map(Node::items)
    {
        let text = pattern.text()?;
        if !is_action(&text) {
            return Err(pattern.error(format!("there is no action `{text}`")));
        }
    }
    let mut conditions = Vec::new();
    for (operator, keys) in node
        .get("Condition")
        .map_or(Ok(&[] as &[_]), Node::entries)?
    {
        for (key, values) in keys.entries()? {
            conditions.push(condition(operator, key, values)?);
        }
    }
    Ok(Statement {
        effect,
        actions: patterns(node, "Action", "NotAction")?,
        resources: patterns(node, "Resource", "NotResource")?,
        conditions,
    })
}

fn patterns(statement: &Node, these: &str, others: &str) -> Result<Patterns, YamlError> {
    match (statement.get(these), statement.get(others)) {
        (Some(_), Some(both)) => {
            Err(both.error(format!("a statement has `{these}` or `{others}`, not both")))
        }
        (None, Some(excepted)) => texts(excepted).map(Patterns::None),
        _ => texts(statement.require(these)?).map(Patterns::Any),
    }
}

fn condition(operator: &str, key: &str, values: &Node) -> Result<Condition, YamlError> {
    let (quantifier, name) = match operator.split_once(':') {
        Some(("ForAllValues", name)) => (Quantifier::All, name),
        Some(("ForAnyValue", name)) => (Quantifier::Any, name),
        _ => (Quantifier::Single, operator),
    };
    let operator = match name {
        "StringEquals" => Operator::Equals,
        "StringEqualsIgnoreCase" => Operator::EqualsIgnoreCase,
        "StringLike" => Operator::Like,
        _ => {
            return Err(values.error(format!(
                "the local stack does not know the condition operator `{operator}`"
            )));
        }
    };
    if !key_is_known(key) {
        return Err(values.error(format!(
            "the local stack does not know the condition key `{key}`"
        )));
    }
    Ok(Condition {
        quantifier,
        operator,
        key: key.to_owned(),
        values: texts(values)?,
    })
}

fn texts(node: &Node) -> Result<Vec<String>, YamlError> {
    node.items().iter().map(Node::text).collect()
}
