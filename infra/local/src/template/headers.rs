//! `AWS::CloudFront::ResponseHeadersPolicy`: the security headers that CloudFront adds, for the
//! site and for the API.

use std::collections::BTreeMap;

use super::{Node, TemplateError};

/// Names and values of headers.
pub(crate) type Headers = Vec<(String, String)>;

/// The headers that CloudFront adds to answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SecurityHeaders {
    /// On pages.
    pub(crate) site: Headers,
    /// On answers of the HTTP API.
    pub(crate) api: Headers,
}

pub(super) fn read(properties: &Node) -> Result<Headers, TemplateError> {
    let config = properties.require("ResponseHeadersPolicyConfig")?;
    let mut headers = Headers::new();
    if let Some(security) = config.get("SecurityHeadersConfig") {
        for (name, node) in security.entries()? {
            headers.push(security_header(name, node)?);
        }
    }
    if let Some(items) = config
        .get("CustomHeadersConfig")
        .and_then(|node| node.get("Items"))
    {
        for item in items.items() {
            headers.push((
                item.require("Header")?.text()?.to_lowercase(),
                item.require("Value")?.text()?,
            ));
        }
    }
    Ok(headers)
}

fn security_header(name: &str, node: &Node) -> Result<(String, String), TemplateError> {
    let flag = |key: &str| {
        node.get(key)
            .map_or(Ok("false".into()), Node::text)
            .map(|text| text == "true")
    };
    let (header, value) = match name {
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
            if flag("IncludeSubdomains")? {
                value.push_str("; includeSubDomains");
            }
            if flag("Preload")? {
                value.push_str("; preload");
            }
            ("strict-transport-security", value)
        }
        "XSSProtection" => {
            let mode = if flag("ModeBlock")? {
                "; mode=block"
            } else {
                ""
            };
            (
                "x-xss-protection",
                if flag("Protection")? {
                    format!("1{mode}")
                } else {
                    "0".to_owned()
                },
            )
        }
        other => return Err(node.error(format!("`{other}` is no security header of CloudFront"))),
    };
    Ok((header.to_owned(), value))
}

/// Finds which policy is for the site and which for the API. Without a distribution that says so,
/// the only policy is for both.
pub(super) fn attach(
    policies: &BTreeMap<String, Headers>,
    distributions: &[Node],
) -> Result<SecurityHeaders, TemplateError> {
    let Some(config) = distributions
        .first()
        .and_then(|node| node.get("DistributionConfig"))
    else {
        let only = policies.values().next().cloned().unwrap_or_default();
        return Ok(SecurityHeaders {
            site: only.clone(),
            api: only,
        });
    };
    let of = |behaviour: Option<&Node>| -> Result<Headers, TemplateError> {
        match behaviour.and_then(|node| node.get("ResponseHeadersPolicyId")) {
            Some(id) => Ok(policies.get(&id.text()?).cloned().unwrap_or_default()),
            None => Ok(Headers::new()),
        }
    };
    let site = of(config.get("DefaultCacheBehavior"))?;
    let mut api = None;
    for behaviour in config
        .get("CacheBehaviors")
        .map_or(&[] as &[Node], Node::items)
    {
        if behaviour
            .require("PathPattern")?
            .text()?
            .trim_start_matches('/')
            .starts_with("api/")
        {
            api = Some(of(Some(behaviour))?);
        }
    }
    Ok(SecurityHeaders {
        api: api.unwrap_or_else(|| site.clone()),
        site,
    })
}
