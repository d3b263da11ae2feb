//! `AWS::CloudFront::Distribution`: what CloudFront does between members and the two origins, the
//! site and the HTTP API. What the local stack would do differently is refused.

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, HeaderValue};

use super::Policy;
use super::headers::flag;
use crate::yaml::{Node, YamlError};

/// AWS's policy of a behaviour that caches nothing, so that each request reaches the API.
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

/// What CloudFront adds to answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SecurityHeaders {
    /// To the site's.
    pub(crate) site: Policy,
    /// To those of the HTTP API.
    pub(crate) api: Policy,
}

/// What CloudFront sends on to the HTTP API: of a request, what `AWS::CloudFront::OriginRequestPolicy`
/// lists, and the headers of the origin.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Forwarding {
    /// The names of headers, in lower case, CloudFront's own among them.
    pub(crate) headers: BTreeSet<String>,
    /// The names of cookies.
    pub(crate) cookies: BTreeSet<String>,
    /// What CloudFront adds, whatever the request had there.
    pub(crate) added: Vec<(HeaderName, HeaderValue)>,
}

/// What of a template a distribution refers to, by its physical names.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// Response headers policies, each with the line that it begins on.
    pub(super) headers: BTreeMap<String, (usize, Policy)>,
    /// Origin request policies.
    pub(super) requests: BTreeMap<String, Forwarding>,
}

/// What a distribution does.
#[derive(Debug, Default)]
pub(super) struct Distribution {
    pub(super) headers: SecurityHeaders,
    pub(super) to_api: Option<Forwarding>,
}

/// Reads an origin request policy.
pub(super) fn read_requests(properties: &Node) -> Result<Forwarding, YamlError> {
    let config = properties.require("OriginRequestPolicyConfig")?;
    let listed = |section: &str, behaviour: &str, list: &str| {
        let section = config.require(section)?;
        let behaviour = section.require(behaviour)?;
        match behaviour.text()?.as_str() {
            "none" => Ok(BTreeSet::new()),
            "whitelist" => section
                .require(list)?
                .items()
                .iter()
                .map(Node::text)
                .collect(),
            other => Err(behaviour.error(format!(
                "the local stack sends on what is listed (`whitelist`, `none`), not `{other}`"
            ))),
        }
    };
    let headers = listed("HeadersConfig", "HeaderBehavior", "Headers")?;
    let queries = listed("QueryStringsConfig", "QueryStringBehavior", "QueryStrings")?;
    if !queries.is_empty() {
        return Err(config.error("the local stack sends no query on to the API"));
    }
    Ok(Forwarding {
        headers: headers.iter().map(|name| name.to_lowercase()).collect(),
        cookies: listed("CookiesConfig", "CookieBehavior", "Cookies")?,
        added: Vec::new(),
    })
}

/// Reads the distribution. Without one, the only response headers policy is for site and API, and
/// requests reach the API as they are.
pub(super) fn read(policies: &Policies, distributions: &[Node]) -> Result<Distribution, YamlError> {
    match distributions {
        [] => without(&policies.headers),
        [distribution] => with(policies, distribution.require("DistributionConfig")?),
        [_, second, ..] => {
            Err(second.error("the local stack has one origin, so one distribution only"))
        }
    }
}

fn without(policies: &BTreeMap<String, (usize, Policy)>) -> Result<Distribution, YamlError> {
    let mut all = policies.values();
    let only = all
        .next()
        .map(|(_, policy)| policy.clone())
        .unwrap_or_default();
    if let Some((line, _)) = all.next() {
        return Err(YamlError {
            line: *line,
            message: "there are several response headers policies and no distribution that says \
                      which is for what"
                .to_owned(),
        });
    }
    Ok(Distribution {
        headers: SecurityHeaders {
            site: only.clone(),
            api: only,
        },
        to_api: None,
    })
}

fn with(policies: &Policies, config: &Node) -> Result<Distribution, YamlError> {
    if let Some(errors) = config.get("CustomErrorResponses") {
        return Err(errors.error(
            "the local stack knows no `CustomErrorResponses`: they would take the place of the API's refusals",
        ));
    }
    let default = config.require("DefaultCacheBehavior")?;
    if !default.get("Compress").map_or(Ok(false), flag)? {
        return Err(default.error("the local stack compresses the site: say `Compress: true`"));
    }
    let site = policies.headers_of(default)?;
    let mut api = None;
    for behaviour in config
        .get("CacheBehaviors")
        .map_or(&[] as &[Node], Node::items)
    {
        let pattern = behaviour.require("PathPattern")?;
        match pattern.text()?.trim_start_matches('/') {
            "api/*" if api.is_none() => api = Some(behaviour),
            other => {
                return Err(pattern.error(format!(
                    "the local stack knows a behaviour of its own for `api/*` only, not for `{other}`"
                )));
            }
        }
    }
    let Some(api) = api else {
        return Ok(Distribution {
            headers: SecurityHeaders {
                api: site.clone(),
                site,
            },
            to_api: None,
        });
    };
    let caching = api.require("CachePolicyId")?;
    if caching.text()? != CACHING_DISABLED {
        return Err(caching.error("the local stack caches no answer of the API"));
    }
    let mut to_api = policies.requests_of(api)?;
    to_api.added = added_for(config, api)?;
    Ok(Distribution {
        headers: SecurityHeaders {
            site,
            api: policies.headers_of(api)?,
        },
        to_api: Some(to_api),
    })
}

impl Policies {
    /// The response headers policy of a behaviour.
    fn headers_of(&self, behaviour: &Node) -> Result<Policy, YamlError> {
        let Some(id) = behaviour.get("ResponseHeadersPolicyId") else {
            return Ok(Policy::default());
        };
        let id_text = id.text()?;
        match self.headers.get(&id_text) {
            Some((_, policy)) => Ok(policy.clone()),
            None => Err(id.error(format!(
                "the template has no response headers policy `{id_text}`"
            ))),
        }
    }

    /// The origin request policy of a behaviour.
    fn requests_of(&self, behaviour: &Node) -> Result<Forwarding, YamlError> {
        let Some(id) = behaviour.get("OriginRequestPolicyId") else {
            return Ok(Forwarding::default());
        };
        let id_text = id.text()?;
        self.requests.get(&id_text).cloned().ok_or_else(|| {
            id.error(format!(
                "the template has no origin request policy `{id_text}`"
            ))
        })
    }
}

/// The headers that CloudFront adds to requests for the origin of a behaviour.
fn added_for(config: &Node, behaviour: &Node) -> Result<Vec<(HeaderName, HeaderValue)>, YamlError> {
    let target = behaviour.require("TargetOriginId")?;
    let id = target.text()?;
    for origin in config.require("Origins")?.items() {
        if origin.require("Id")?.text()? == id {
            let headers = origin.get("OriginCustomHeaders");
            return headers
                .map_or(&[] as &[Node], Node::items)
                .iter()
                .map(added)
                .collect();
        }
    }
    Err(target.error(format!("the distribution has no origin `{id}`")))
}

fn added(header: &Node) -> Result<(HeaderName, HeaderValue), YamlError> {
    let (name, value) = (
        header.require("HeaderName")?,
        header.require("HeaderValue")?,
    );
    Ok((
        HeaderName::from_bytes(name.text()?.as_bytes())
            .map_err(|_| name.error("this is no name of a header"))?,
        HeaderValue::from_str(&value.text()?)
            .map_err(|_| value.error("this is no value of a header"))?,
    ))
}
