//! CloudFormation's intrinsic functions. A [`Scope`] knows the parameters, mappings, conditions and
//! resources of a template and replaces every `Ref`, `Fn::Sub`, `Fn::If` ... of a node by its
//! value, as CloudFormation does on deployment; what it does not know is an error that names the
//! line, never a guess.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use super::names::{ACCOUNT, REGION, STACK, function_arn, identity_arn, table_arn};
use super::parameters;
use crate::yaml::YamlError;
use crate::yaml::{Node, Value};

/// What intrinsic functions can refer to.
pub(crate) struct Scope<'a> {
    parameters: HashMap<String, Node>,
    conditions: HashMap<String, &'a Node>,
    decided: RefCell<HashMap<String, bool>>,
    mappings: Option<&'a Node>,
    resources: HashMap<String, &'a Node>,
}

impl<'a> Scope<'a> {
    /// The scope of a template, with `overrides` in the place of its parameters' defaults.
    pub(crate) fn new(
        root: &'a Node,
        overrides: &BTreeMap<String, String>,
    ) -> Result<Self, YamlError> {
        let parameters = parameters::read(root, overrides)?;
        let conditions = named(root.get("Conditions"))?;
        let resources = named(root.get("Resources"))?;
        Ok(Self {
            parameters,
            conditions,
            decided: RefCell::default(),
            mappings: root.get("Mappings"),
            resources,
        })
    }

    /// Whether the condition `name` holds.
    pub(crate) fn holds(&self, name: &str, at: &Node) -> Result<bool, YamlError> {
        if let Some(&known) = self.decided.borrow().get(name) {
            return Ok(known);
        }
        let node = self
            .conditions
            .get(name)
            .ok_or_else(|| at.error(format!("there is no condition `{name}`")))?;
        let holds = self.truth(node)?;
        self.decided.borrow_mut().insert(name.to_owned(), holds);
        Ok(holds)
    }

    /// The node without intrinsic functions.
    pub(crate) fn resolve(&self, node: &Node) -> Result<Node, YamlError> {
        self.optional(node)?.map_or_else(
            || {
                Ok(Node {
                    line: node.line,
                    value: Value::Null,
                })
            },
            Ok,
        )
    }

    /// Looks for references to nothing in the outputs whose conditions hold.
    pub(crate) fn resolve_outputs(&self, outputs: &Node) -> Result<(), YamlError> {
        for (_, output) in outputs.entries()? {
            match output.get("Condition") {
                Some(condition) if !self.holds(&condition.text()?, condition)? => {}
                _ => drop(self.resolve(output)?),
            }
        }
        Ok(())
    }

    /// As [`Self::resolve`]; nothing for `AWS::NoValue`.
    fn optional(&self, node: &Node) -> Result<Option<Node>, YamlError> {
        let value = match &node.value {
            Value::List(items) => {
                let mut resolved = Vec::with_capacity(items.len());
                for item in items {
                    resolved.extend(self.optional(item)?);
                }
                Value::List(resolved)
            }
            Value::Map(entries) => {
                if let [(name, argument)] = entries.as_slice()
                    && (name == "Ref" || name.starts_with("Fn::"))
                {
                    return self.call(name, argument);
                }
                let mut resolved = Vec::with_capacity(entries.len());
                for (name, entry) in entries {
                    resolved.extend(self.optional(entry)?.map(|entry| (name.clone(), entry)));
                }
                Value::Map(resolved)
            }
            Value::Text(text) => Value::Text(dynamic(text, node)?),
            scalar => scalar.clone(),
        };
        Ok(Some(Node {
            line: node.line,
            value,
        }))
    }

    fn call(&self, name: &str, argument: &Node) -> Result<Option<Node>, YamlError> {
        let line = argument.line;
        let text = |text: String| Ok(Some(Node::text_at(line, text)));
        match name {
            "Ref" => {
                let target = argument.text()?;
                if target == "AWS::NoValue" {
                    Ok(None)
                } else {
                    self.reference(&target, argument).map(Some)
                }
            }
            "Fn::GetAtt" => match argument.items() {
                [resource, attribute] => text(self.attribute(
                    &resource.text()?,
                    &self.resolve(attribute)?.text()?,
                    argument,
                )?),
                _ => Err(argument.error("`GetAtt` takes a resource and an attribute")),
            },
            "Fn::Sub" => text(dynamic(&self.substitute(argument)?, argument)?),
            "Fn::If" => match argument.items() {
                [condition, yes, no] => {
                    self.optional(if self.holds(&condition.text()?, condition)? {
                        yes
                    } else {
                        no
                    })
                }
                _ => Err(argument.error("`If` takes a condition and two values")),
            },
            "Fn::Join" => match argument.items() {
                [separator, list] => {
                    let list = self.resolve(list)?;
                    let parts: Result<Vec<_>, _> = list.items().iter().map(Node::text).collect();
                    text(parts?.join(&separator.text()?))
                }
                _ => Err(argument.error("`Join` takes a separator and a list")),
            },
            "Fn::Split" => match argument.items() {
                [separator, whole] => {
                    let whole = self.resolve(whole)?.text()?;
                    let parts = whole
                        .split(&separator.text()?)
                        .map(|part| Node::text_at(line, part))
                        .collect();
                    Ok(Some(Node {
                        line,
                        value: Value::List(parts),
                    }))
                }
                _ => Err(argument.error("`Split` takes a separator and a text")),
            },
            "Fn::Select" => match argument.items() {
                [index, list] => {
                    let index = self.resolve(index)?.whole()?;
                    let list = self.resolve(list)?;
                    let chosen = usize::try_from(index)
                        .ok()
                        .and_then(|index| list.items().get(index));
                    chosen
                        .cloned()
                        .map(Some)
                        .ok_or_else(|| argument.error("`Select` points behind the list"))
                }
                _ => Err(argument.error("`Select` takes an index and a list")),
            },
            "Fn::FindInMap" => self.find_in_map(argument).map(Some),
            "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" => {
                Err(argument.error(format!("`{name}` may only be used under `Conditions`")))
            }
            _ => Err(argument.error(format!("the local stack does not know `{name}`"))),
        }
    }

    /// The truth of a condition's definition.
    fn truth(&self, node: &Node) -> Result<bool, YamlError> {
        let [(name, argument)] = node.entries()? else {
            return Err(
                node.error("a condition is one of `Equals`, `Not`, `And`, `Or`, `Condition`")
            );
        };
        match name.as_str() {
            "Condition" => self.holds(&argument.text()?, argument),
            "Fn::Equals" => match argument.items() {
                [left, right] => Ok(self.resolve(left)?.text()? == self.resolve(right)?.text()?),
                _ => Err(argument.error("`Equals` takes two values")),
            },
            "Fn::Not" => match argument.items() {
                [inner] => Ok(!self.truth(inner)?),
                _ => Err(argument.error("`Not` takes one condition")),
            },
            "Fn::And" => argument
                .items()
                .iter()
                .try_fold(true, |all, inner| Ok(all & self.truth(inner)?)),
            "Fn::Or" => argument
                .items()
                .iter()
                .try_fold(false, |any, inner| Ok(any | self.truth(inner)?)),
            _ => Err(argument.error(format!(
                "`{name}` decides nothing: use `Equals`, `Not`, `And`, `Or`, `Condition`"
            ))),
        }
    }

    /// What `Ref` gives.
    fn reference(&self, target: &str, at: &Node) -> Result<Node, YamlError> {
        if let Some(value) = self.parameters.get(target) {
            return Ok(value.clone());
        }
        let value = match target {
            "AWS::AccountId" => ACCOUNT.to_owned(),
            "AWS::Region" => REGION.to_owned(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => STACK.to_owned(),
            "AWS::StackId" => format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/1"),
            _ => self.physical(target, at)?,
        };
        Ok(Node::text_at(at.line, value))
    }

    /// The physical name of a resource: the name that the template gives, or `local-` and the
    /// logical id.
    pub(crate) fn physical(&self, logical: &str, at: &Node) -> Result<String, YamlError> {
        let Some(resource) = self.resources.get(logical) else {
            return self.generated(logical, at);
        };
        let property = match kind(resource) {
            "AWS::DynamoDB::Table" => "TableName",
            "AWS::Serverless::Function" => "FunctionName",
            "AWS::SES::ConfigurationSet" => "Name",
            "AWS::SES::EmailIdentity" => "EmailIdentity",
            "AWS::Logs::LogGroup" => "LogGroupName",
            _ => return Ok(format!("{STACK}-{logical}")),
        };
        match resource
            .get("Properties")
            .and_then(|properties| properties.get(property))
        {
            Some(name) => self.resolve(name)?.text(),
            None => Ok(format!("{STACK}-{logical}")),
        }
    }

    /// What `GetAtt` gives.
    fn attribute(&self, logical: &str, attribute: &str, at: &Node) -> Result<String, YamlError> {
        let name = self.physical(logical, at)?;
        let of = self
            .resources
            .get(logical)
            .map_or("", |resource| kind(resource));
        Ok(match (of, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => table_arn(&name),
            ("AWS::Serverless::Function", "Arn") => function_arn(&name),
            ("AWS::SES::EmailIdentity", "Arn") => identity_arn(&name),
            ("AWS::Logs::LogGroup", "Arn") => {
                format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*")
            }
            (
                "AWS::DynamoDB::Table" | "AWS::Serverless::Function" | "AWS::SES::EmailIdentity",
                other,
            ) if other != "StreamArn" && !other.starts_with("DkimDNS") => {
                return Err(at.error(format!("`{logical}` has no attribute `{other}`")));
            }
            (_, "Arn") => format!("arn:aws:{STACK}:{REGION}:{ACCOUNT}:{name}"),
            (_, other) => format!("{name}-{other}"),
        })
    }

    /// The name of a resource that SAM makes beside one of the template, such as a function's role.
    fn generated(&self, logical: &str, at: &Node) -> Result<String, YamlError> {
        let made = ["Role", "Version", "ApiGatewayDefaultStage", "Stage"];
        let parent = made.iter().find_map(|suffix| logical.strip_suffix(suffix));
        if parent.is_some_and(|parent| self.resources.contains_key(parent)) {
            return Ok(format!("{STACK}-{logical}"));
        }
        Err(at.error(format!("there is no parameter or resource `{logical}`")))
    }

    fn substitute(&self, argument: &Node) -> Result<String, YamlError> {
        let (template, variables) = match argument.items() {
            [template] => (template.text()?, None),
            [template, variables] => (template.text()?, Some(variables)),
            _ => return Err(argument.error("`Sub` takes a text, or a text and a mapping")),
        };
        let mut result = String::with_capacity(template.len());
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let (name, behind) = after
                .split_once('}')
                .ok_or_else(|| argument.error("`${` has no `}` in this `Sub`"))?;
            rest = behind;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
                continue;
            }
            let name = name.trim();
            let value = match (
                variables.and_then(|variables| variables.get(name)),
                name.split_once('.'),
            ) {
                (Some(node), _) => self.resolve(node)?.text()?,
                (None, Some((resource, attribute))) => {
                    self.attribute(resource, attribute, argument)?
                }
                (None, None) => self.reference(name, argument)?.text()?,
            };
            result.push_str(&value);
        }
        result.push_str(rest);
        Ok(result)
    }

    fn find_in_map(&self, argument: &Node) -> Result<Node, YamlError> {
        let [map, first, second] = argument.items() else {
            return Err(argument.error("`FindInMap` takes a map and two keys"));
        };
        let keys = [
            map.text()?,
            self.resolve(first)?.text()?,
            self.resolve(second)?.text()?,
        ];
        let mut node = self.mappings;
        for key in &keys {
            node = node.and_then(|node| node.get(key));
        }
        node.cloned()
            .ok_or_else(|| argument.error(format!("there is no mapping `{}`", keys.join("."))))
    }
}

/// The text with the values of secrets in the place of references to them. A secret of the local stack
/// is no secret: its value is its name.
fn dynamic(text: &str, at: &Node) -> Result<String, YamlError> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{resolve:") {
        result.push_str(before);
        let reference = after.split_once("}}");
        let Some((secret, behind)) = reference.and_then(|(reference, behind)| {
            let secret = reference.strip_prefix("secretsmanager:")?;
            Some((secret.strip_suffix(":SecretString")?, behind))
        }) else {
            return Err(at.error(
                "of dynamic references the local stack knows `{{resolve:secretsmanager:NAME:SecretString}}` only",
            ));
        };
        result.push_str(secret);
        rest = behind;
    }
    result.push_str(rest);
    Ok(result)
}

/// The type of a resource.
pub(crate) fn kind(resource: &Node) -> &str {
    match resource.get("Type").map(|node| &node.value) {
        Some(Value::Text(kind)) => kind,
        _ => "",
    }
}

/// The entries of a section by their names.
pub(super) fn named(section: Option<&Node>) -> Result<HashMap<String, &Node>, YamlError> {
    let Some(section) = section else {
        return Ok(HashMap::new());
    };
    Ok(section
        .entries()?
        .iter()
        .map(|(name, node)| (name.clone(), node))
        .collect())
}
