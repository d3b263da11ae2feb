//! `template.yaml` as the local stack reads it: the functions with their routes, environment and
//! policies, the policies of people, the tables, the mail identities and what the distribution does. It reads the file itself and
//! nothing generated from it, so that what is run and tested here is what is deployed. What would
//! be silently different from production (an authorizer, a CORS configuration, an unknown condition
//! of a policy, ...) is refused with its line.

mod api;
mod distribution;
mod function;
mod headers;
mod known;
mod mail;
pub(crate) mod names;
mod parameters;
mod policy;
mod resolve;
mod rule;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::yaml::{self, Node, Value, YamlError};
pub(crate) use api::Route;
pub(crate) use distribution::{Forwarding, Keeping, SecurityHeaders};
pub(crate) use function::Function;
pub(crate) use headers::Policy;
pub(crate) use mail::MailSettings;
pub(crate) use policy::ManagedPolicy;
use resolve::{Scope, kind};
pub(crate) use rule::Rule;
pub(crate) use table::Table;

/// What of a template the local stack runs.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub(crate) functions: Vec<Function>,
    pub(crate) tables: Vec<Table>,
    /// What people may do, and what functions may do alike.
    pub(crate) managed: Vec<ManagedPolicy>,
    /// SES.
    pub(crate) mail: MailSettings,
    /// The routes of the HTTP API.
    pub(crate) routes: Vec<Route>,
    /// The rules of `EventBridge`.
    pub(crate) rules: Vec<Rule>,
    /// The properties of every resource, without intrinsic functions, by its type and its logical id.
    pub(crate) resources: BTreeMap<String, BTreeMap<String, Json>>,
    /// What CloudFront adds to answers.
    pub(crate) headers: SecurityHeaders,
    /// What CloudFront sends on to the HTTP API; nothing where it sends on requests as they are.
    pub(crate) to_api: Option<Forwarding>,
    /// What CloudFront keeps of the HTTP API's answers.
    pub(crate) keeping: Keeping,
}

impl Template {
    /// Reads a template; `parameters` take the place of its parameters' defaults.
    pub(crate) fn read(
        source: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Self, YamlError> {
        let root = yaml::read(source)?;
        let scope = Scope::new(&root, parameters)?;
        let globals = root.get("Globals");
        let mut template = Self::default();
        for (section, of) in globals.map_or(Ok(&[][..]), Node::entries)? {
            if !["Function", "HttpApi"].contains(&section.as_str()) {
                return Err(of.error(format!("there is no `{section}` in Globals")));
            }
            known::only_known(&format!("AWS::Serverless::{section}"), of)
                .map_err(|error| error.of("Globals"))?;
        }
        // What names other resources is read after them.
        let mut distributions = Vec::new();
        let mut attached = Vec::new();
        let mut policies = distribution::Policies::default();
        for (logical, resource) in root.require("Resources")?.entries()? {
            known::check(resource).map_err(|error| error.of(logical))?;
            let Some(resource) = active(&scope, logical, resource, globals)? else {
                continue;
            };
            let empty = Node {
                line: resource.line,
                value: Value::Map(Vec::new()),
            };
            let properties = resource.get("Properties").unwrap_or(&empty);
            let physical = scope.physical(logical, properties)?;
            let of_kind = template.resources.entry(kind(&resource).to_owned());
            of_kind
                .or_default()
                .insert(logical.clone(), properties.json());
            let read = || -> Result<(), YamlError> {
                match kind(&resource) {
                    "AWS::Serverless::Function" => {
                        let (mut function, routes) =
                            function::read(logical, physical, &resource, properties)?;
                        let rules = rule::rules(&function.binary, properties)?;
                        function.is_told = !rules.is_empty();
                        template.rules.extend(rules);
                        attached.push(properties.get("Policies").cloned());
                        template.functions.push(function);
                        template.routes.extend(routes);
                    }
                    "AWS::Serverless::HttpApi" => api::check(properties)?,
                    "AWS::DynamoDB::Table" => template
                        .tables
                        .push(table::read(logical, physical, properties)?),
                    "AWS::IAM::ManagedPolicy" => template
                        .managed
                        .push(policy::read_managed(logical, physical, properties)?),
                    "AWS::SES::EmailIdentity" => template.mail.add_identity(properties)?,
                    "AWS::SES::ConfigurationSet" => template.mail.add_set(physical, properties)?,
                    "AWS::SES::ConfigurationSetEventDestination" => {
                        template.mail.add_destination(properties)?;
                    }
                    "AWS::CloudFront::ResponseHeadersPolicy" => {
                        let policy = headers::read(properties)?;
                        policies.headers.insert(physical, (resource.line, policy));
                    }
                    "AWS::CloudFront::OriginRequestPolicy" => {
                        let forwarding = distribution::read_requests(properties)?;
                        policies.requests.insert(physical, forwarding);
                    }
                    "AWS::CloudFront::CachePolicy" => {
                        let keeping = distribution::read_caching(properties)?;
                        policies.caching.insert(physical, keeping);
                    }
                    "AWS::CloudFront::Distribution" => distributions.push(properties.clone()),
                    // It is not needed here, and no other type has passed.
                    _ => {}
                }
                Ok(())
            };
            read().map_err(|error| error.of(logical))?;
        }
        for (function, attached) in template.functions.iter_mut().zip(&attached) {
            function.statements = policy::read(attached.as_ref(), &template.managed)
                .map_err(|error| error.of(&function.logical))?;
        }
        let distribution = distribution::read(&policies, &distributions)?;
        template.headers = distribution.headers;
        template.to_api = distribution.to_api;
        template.keeping = distribution.keeping;
        api::distinct(&template.routes)?;
        if let Some(outputs) = root.get("Outputs") {
            scope.resolve_outputs(outputs)?;
        }
        Ok(template)
    }
}

/// The resource without intrinsic functions and with the globals in it; nothing when its condition
/// does not hold.
fn active(
    scope: &Scope<'_>,
    logical: &str,
    resource: &Node,
    globals: Option<&Node>,
) -> Result<Option<Node>, YamlError> {
    if let Some(condition) = resource.get("Condition")
        && !scope
            .holds(&condition.text()?, condition)
            .map_err(|error| error.of(logical))?
    {
        return Ok(None);
    }
    let section = match kind(resource) {
        "AWS::Serverless::Function" => "Function",
        "AWS::Serverless::HttpApi" => "HttpApi",
        _ => {
            return scope
                .resolve(resource)
                .map(Some)
                .map_err(|error| error.of(logical));
        }
    };
    let resolved = scope.resolve(resource).map_err(|error| error.of(logical))?;
    let Some(global) = globals.and_then(|globals| globals.get(section)) else {
        return Ok(Some(resolved));
    };
    let global = scope.resolve(global).map_err(|error| error.of("Globals"))?;
    let Value::Map(mut entries) = resolved.value else {
        return Err(resolved.error("a mapping is expected here"));
    };
    if !entries.iter().any(|(name, _)| name == "Properties") {
        let empty = Node {
            line: resolved.line,
            value: Value::Map(Vec::new()),
        };
        entries.push(("Properties".into(), empty));
    }
    for (name, entry) in &mut entries {
        if name == "Properties" {
            *entry = merged(&global, entry);
        }
    }
    Ok(Some(Node {
        line: resolved.line,
        value: Value::Map(entries),
    }))
}

/// SAM's merge of `Globals`: mappings entry by entry, lists one after the other, else what the
/// resource says.
fn merged(global: &Node, own: &Node) -> Node {
    let value = match (&global.value, &own.value) {
        (Value::Map(theirs), Value::Map(ours)) => {
            let mut entries = ours.clone();
            for (name, theirs) in theirs {
                match entries.iter_mut().find(|(known, _)| known == name) {
                    Some((_, ours)) => *ours = merged(theirs, ours),
                    None => entries.push((name.clone(), theirs.clone())),
                }
            }
            Value::Map(entries)
        }
        (Value::List(theirs), Value::List(ours)) => Value::List([theirs.as_slice(), ours].concat()),
        (_, ours) => ours.clone(),
    };
    Node {
        line: own.line,
        value,
    }
}
