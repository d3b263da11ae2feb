//! `AWS::CloudFront::ResponseHeadersPolicy`: the headers that CloudFront adds to answers. What of a
//! policy the local stack would not do is refused.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::yaml::{Node, YamlError};

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

pub(super) fn read(properties: &Node) -> Result<Policy, YamlError> {
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
fn read_header(node: &Node, name: &str, value: &str) -> Result<Header, YamlError> {
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

fn security_header(name: &str, node: &Node) -> Result<(&'static str, String), YamlError> {
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

pub(super) fn flag(node: &Node) -> Result<bool, YamlError> {
    match node.text()?.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(node.error("`true` or `false` is expected here")),
    }
}
