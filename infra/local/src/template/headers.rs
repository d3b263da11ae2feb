//! `AWS::CloudFront::ResponseHeadersPolicy`: the headers that CloudFront adds, for the site and for
//! the API. What of a policy the local stack would not do is refused.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Node, TemplateError};

/// A header that CloudFront adds.
#[derive(Clone, Debug, PartialEq)]
struct Header {
    name: HeaderName,
    value: HeaderValue,
    precedence: Precedence,
}

/// Whose header goes out when the origin has sent one of the same name: `Override` of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precedence {
    /// The policy's.
    Policy,
    /// The origin's.
    Origin,
}

/// The headers of a policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Policy(Vec<Header>);

impl Policy {
    /// Adds its headers to those of the origin.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        for header in &self.0 {
            match header.precedence {
                Precedence::Origin if headers.contains_key(&header.name) => {}
                Precedence::Policy | Precedence::Origin => {
                    headers.insert(header.name.clone(), header.value.clone());
                }
            }
        }
    }
}

/// What CloudFront adds to answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SecurityHeaders {
    /// To the site's.
    pub(crate) site: Policy,
    /// To those of the HTTP API.
    pub(crate) api: Policy,
}

pub(super) fn read(properties: &Node) -> Result<Policy, TemplateError> {
    let config = properties.require("ResponseHeadersPolicyConfig")?;
    let mut headers = Vec::new();
    for (name, section) in config.entries()? {
        match name.as_str() {
            "Name" | "Comment" => {}
            "SecurityHeadersConfig" => {
                for (name, node) in section.entries()? {
                    let (header, value) = security_header(name, node)?;
                    headers.push(read_header(node, header, &value)?);
                }
            }
            "CustomHeadersConfig" => {
                for item in section.require("Items")?.items() {
                    let name = item.require("Header")?.text()?;
                    headers.push(read_header(item, &name, &item.require("Value")?.text()?)?);
                }
            }
            other => {
                return Err(section.error(format!(
                    "the local stack does not know `{other}` of a response headers policy"
                )));
            }
        }
    }
    Ok(Policy(headers))
}

/// A header whose value is made; `node` says which one goes out.
fn read_header(node: &Node, name: &str, value: &str) -> Result<Header, TemplateError> {
    Ok(Header {
        name: HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| node.error(format!("`{name}` is no name of a header")))?,
        value: HeaderValue::from_str(value)
            .map_err(|_| node.error(format!("`{value}` is no value of a header")))?,
        precedence: if flag(node.require("Override")?)? {
            Precedence::Policy
        } else {
            Precedence::Origin
        },
    })
}

fn security_header(name: &str, node: &Node) -> Result<(&'static str, String), TemplateError> {
    let is_set = |key: &str| node.get(key).map_or(Ok(false), flag);
    Ok(match name {
        "ContentSecurityPolicy" => (
            "content-security-policy",
            node.require("ContentSecurityPolicy")?.text()?,
        ),
        "ContentTypeOptions" => ("x-content-type-options", "nosniff".to_owned()),
        "FrameOptions" => ("x-frame-options", node.require("FrameOption")?.text()?),
        "ReferrerPolicy" => ("referrer-policy", node.require("ReferrerPolicy")?.text()?),
        "StrictTransportSecurity" => {
            let mut value = format!(
                "max-age={}",
                node.require("AccessControlMaxAgeSec")?.whole()?
            );
            if is_set("IncludeSubdomains")? {
                value.push_str("; includeSubDomains");
            }
            if is_set("Preload")? {
                value.push_str("; preload");
            }
            ("strict-transport-security", value)
        }
        "XSSProtection" => {
            if let Some(report) = node.get("ReportUri") {
                return Err(report.error("the local stack does not know `ReportUri`"));
            }
            let value = match (is_set("Protection")?, is_set("ModeBlock")?) {
                (false, _) => "0",
                (true, false) => "1",
                (true, true) => "1; mode=block",
            };
            ("x-xss-protection", value.to_owned())
        }
        other => return Err(node.error(format!("`{other}` is no security header of CloudFront"))),
    })
}

fn flag(node: &Node) -> Result<bool, TemplateError> {
    match node.text()?.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(node.error("`true` or `false` is expected here")),
    }
}

/// Finds which policy is for the site and which for the API. Without a distribution that says so,
/// the only policy is for both.
///
/// `policies` are by their ids, each with the line that it begins on.
pub(super) fn attach(
    policies: &BTreeMap<String, (usize, Policy)>,
    distributions: &[Node],
) -> Result<SecurityHeaders, TemplateError> {
    match distributions {
        [] => without_distribution(policies),
        [distribution] => with_distribution(policies, distribution),
        [_, second, ..] => {
            Err(second.error("the local stack has one origin, so one distribution only"))
        }
    }
}

fn without_distribution(
    policies: &BTreeMap<String, (usize, Policy)>,
) -> Result<SecurityHeaders, TemplateError> {
    let mut all = policies.values();
    let only = all
        .next()
        .map(|(_, policy)| policy.clone())
        .unwrap_or_default();
    if let Some((line, _)) = all.next() {
        return Err(TemplateError {
            line: *line,
            message: "there are several response headers policies and no distribution that says \
                      which is for what"
                .to_owned(),
        });
    }
    Ok(SecurityHeaders {
        site: only.clone(),
        api: only,
    })
}

fn with_distribution(
    policies: &BTreeMap<String, (usize, Policy)>,
    distribution: &Node,
) -> Result<SecurityHeaders, TemplateError> {
    let of = |behaviour: &Node| -> Result<Policy, TemplateError> {
        let Some(id) = behaviour.get("ResponseHeadersPolicyId") else {
            return Ok(Policy::default());
        };
        let id_text = id.text()?;
        match policies.get(&id_text) {
            Some((_, policy)) => Ok(policy.clone()),
            None => Err(id.error(format!(
                "the template has no response headers policy `{id_text}`"
            ))),
        }
    };
    let config = distribution.require("DistributionConfig")?;
    let default = config.require("DefaultCacheBehavior")?;
    if !default.get("Compress").map_or(Ok(false), flag)? {
        return Err(default.error("the local stack compresses the site: say `Compress: true`"));
    }
    let site = of(default)?;
    let mut api = None;
    for behaviour in config
        .get("CacheBehaviors")
        .map_or(&[] as &[Node], Node::items)
    {
        let pattern = behaviour.require("PathPattern")?;
        match pattern.text()?.trim_start_matches('/') {
            "api/*" if api.is_none() => api = Some(of(behaviour)?),
            other => {
                return Err(pattern.error(format!(
                    "the local stack knows a behaviour of its own for `api/*` only, not for `{other}`"
                )));
            }
        }
    }
    Ok(SecurityHeaders {
        api: api.unwrap_or_else(|| site.clone()),
        site,
    })
}
