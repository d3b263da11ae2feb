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

/// Which answers of the HTTP API CloudFront keeps: `AWS::CloudFront::CachePolicy`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Keeping {
    /// What the paths of the requests begin with; empty when nothing is kept.
    pub(crate) prefix: String,
    /// The names, in lower case, of the headers that tell two requests for one path apart.
    pub(crate) headers: BTreeSet<String>,
    /// For how many seconds at most, whatever the answer says.
    pub(crate) at_most: u64,
}

/// What of a template a distribution refers to, by its physical names.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// Response headers policies, each with the line that it begins on.
    pub(super) headers: BTreeMap<String, (usize, Policy)>,
    /// Origin request policies.
    pub(super) requests: BTreeMap<String, Forwarding>,
    /// Cache policies, without a prefix.
    pub(super) caching: BTreeMap<String, Keeping>,
}

/// What a distribution does.
#[derive(Debug, Default)]
pub(super) struct Distribution {
    pub(super) headers: SecurityHeaders,
    pub(super) to_api: Option<Forwarding>,
    pub(super) keeping: Keeping,
}

/// Reads an origin request policy.
pub(super) fn read_requests(properties: &Node) -> Result<Forwarding, YamlError> {
    let config = properties.require("OriginRequestPolicyConfig")?;
    let (headers, cookies) = listed(config)?;
    Ok(Forwarding {
        headers,
        cookies,
        added: Vec::new(),
    })
}

/// Reads a cache policy.
pub(super) fn read_caching(properties: &Node) -> Result<Keeping, YamlError> {
    let config = properties.require("CachePolicyConfig")?;
    for time in ["MinTTL", "DefaultTTL"] {
        let time = config.require(time)?;
        if time.whole()? != 0 {
            return Err(time.error("the local stack keeps an answer only for as long as it says"));
        }
    }
    let key = config.require("ParametersInCacheKeyAndForwardedToOrigin")?;
    let (headers, cookies) = listed(key)?;
    if !cookies.is_empty() {
        return Err(key.error("the local stack keeps no answer by its cookies"));
    }
    Ok(Keeping {
        prefix: String::new(),
        headers,
        at_most: config.require("MaxTTL")?.whole()?,
    })
}

/// The names, in lower case, of the headers and those of the cookies that a policy lists.
fn listed(config: &Node) -> Result<(BTreeSet<String>, BTreeSet<String>), YamlError> {
    let names = |section: &str, behaviour: &str, list: &str| {
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
    let headers = names("HeadersConfig", "HeaderBehavior", "Headers")?;
    let queries = names("QueryStringsConfig", "QueryStringBehavior", "QueryStrings")?;
    if !queries.is_empty() {
        return Err(config.error("the local stack sends no query on to the API"));
    }
    let cookies = names("CookiesConfig", "CookieBehavior", "Cookies")?;
    let headers = headers.iter().map(|name| name.to_lowercase()).collect();
    Ok((headers, cookies))
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
        keeping: Keeping::default(),
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
    let (mut api, mut kept) = (None, None);
    for behaviour in config
        .get("CacheBehaviors")
        .map_or(&[] as &[Node], Node::items)
    {
        let pattern = behaviour.require("PathPattern")?;
        match pattern.text()?.trim_start_matches('/') {
            "api/*" if api.is_none() => api = Some(behaviour),
            // CloudFront takes the first behaviour that fits.
            path if api.is_none() && kept.is_none() && path.starts_with("api/") => {
                kept = Some((pattern, behaviour));
            }
            other => {
                return Err(pattern.error(format!(
                    "the local stack knows behaviours of their own for `api/*`, and for one path below it \
                     before that, not for `{other}`"
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
            keeping: Keeping::default(),
        });
    };
    let caching = api.require("CachePolicyId")?;
    if caching.text()? != CACHING_DISABLED {
        return Err(caching.error("the local stack caches no answer of the API"));
    }
    let mut to_api = policies.requests_of(api)?;
    to_api.added = added_for(config, api)?;
    let keeping = kept.map_or(Ok(Keeping::default()), |(pattern, behaviour)| {
        policies.keeping_of(pattern, behaviour, api)
    })?;
    Ok(Distribution {
        headers: SecurityHeaders {
            site,
            api: policies.headers_of(api)?,
        },
        to_api: Some(to_api),
        keeping,
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

    /// What the behaviour of a path below that of the API keeps. All else of it is as the API's.
    fn keeping_of(
        &self,
        pattern: &Node,
        behaviour: &Node,
        api: &Node,
    ) -> Result<Keeping, YamlError> {
        for same in [
            "TargetOriginId",
            "OriginRequestPolicyId",
            "ResponseHeadersPolicyId",
        ] {
            let of = |node: &Node| node.get(same).map(Node::text).transpose();
            if of(behaviour)? != of(api)? {
                return Err(behaviour.error(format!("the local stack takes `{same}` of `api/*`")));
            }
        }
        let path = pattern.text()?;
        let prefix = format!("/{}", path.trim_start_matches('/').trim_end_matches('*'));
        if prefix.contains(['*', '?']) || !prefix.ends_with('/') {
            return Err(pattern.error("the local stack keeps whole folders: `api/things/*`"));
        }
        let id = behaviour.require("CachePolicyId")?;
        let id_text = id.text()?;
        let policy = self.caching.get(&id_text).cloned();
        let policy = policy
            .ok_or_else(|| id.error(format!("the template has no cache policy `{id_text}`")))?;
        Ok(Keeping { prefix, ..policy })
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
