//! `AWS::Serverless::HttpApi` and the `HttpApi` events of functions.

use super::known::{EVENT, HTTP_API_EVENT, only_known};
use crate::yaml::{Node, YamlError};

/// The methods that a route may have.
const METHODS: [&str; 10] = [
    "*",
    "ANY",
    "DELETE",
    "GET",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "POST",
    "PUT",
    "X-AMAZON-APIGATEWAY-ANY-METHOD",
];

/// A route of the HTTP API and the function behind it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    /// The method in upper case, or `ANY`.
    pub(crate) method: String,
    /// The path with its variables, such as `/api/codes/{id}`; `$default` for the catch-all route.
    pub(crate) path: String,
    /// The binary of the function.
    pub(crate) function: String,
    line: usize,
}

impl Route {
    /// The route key as API Gateway writes it.
    pub(crate) fn key(&self) -> String {
        if self.path == "$default" {
            self.path.clone()
        } else {
            format!("{} {}", self.method, self.path)
        }
    }

    #[cfg(test)]
    pub(crate) fn new(method: &str, path: &str, function: &str) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            function: function.into(),
            line: 0,
        }
    }
}

/// Refuses what the gateway of the local stack would do differently from API Gateway.
pub(super) fn check(properties: &Node) -> Result<(), YamlError> {
    for key in [
        "Auth",
        "CorsConfiguration",
        "DefinitionBody",
        "DefinitionUri",
    ] {
        if let Some(node) = properties.get(key) {
            return Err(node.error(format!(
                "the local stack does not know `{key}` of an HTTP API"
            )));
        }
    }
    match properties.get("StageName") {
        Some(stage) if stage.text()? != "$default" => {
            Err(stage.error("the local stack serves the stage `$default` only"))
        }
        _ => Ok(()),
    }
}

/// The routes on which `function` is called.
pub(super) fn routes(function: &str, properties: &Node) -> Result<Vec<Route>, YamlError> {
    let Some(events) = properties.get("Events") else {
        return Ok(Vec::new());
    };
    let mut routes = Vec::new();
    for (_, event) in events.entries()? {
        only_known(EVENT, event)?;
        match event.require("Type")?.text()?.as_str() {
            "HttpApi" => routes.push(route(function, event)?),
            "Api" => {
                return Err(event
                    .error("the local stack runs HTTP APIs (`HttpApi`), not REST APIs (`Api`)"));
            }
            // Read by [`super::rule`].
            "EventBridgeRule" => {}
            other => {
                return Err(event.error(format!(
                    "the local stack calls functions by HttpApi and EventBridgeRule, not by `{other}`"
                )));
            }
        }
    }
    Ok(routes)
}

fn route(function: &str, event: &Node) -> Result<Route, YamlError> {
    let Some(properties) = event.get("Properties") else {
        return Ok(Route {
            method: "ANY".into(),
            path: "$default".into(),
            function: function.into(),
            line: event.line,
        });
    };
    only_known(HTTP_API_EVENT, properties)?;
    for key in ["Auth", "TimeoutInMillis"] {
        if let Some(node) = properties.get(key) {
            return Err(node.error(format!(
                "the local stack does not know `{key}` of an HttpApi event"
            )));
        }
    }
    if let Some(version) = properties.get("PayloadFormatVersion")
        && version.text()? != "2.0"
    {
        return Err(version.error("the local stack sends events of payload format 2.0 only"));
    }
    let method = properties
        .get("Method")
        .map_or(Ok("ANY".into()), Node::text)?
        .to_uppercase();
    if !METHODS.contains(&method.as_str()) {
        let at = properties.get("Method").unwrap_or(properties);
        return Err(at.error(format!("there is no method `{method}`")));
    }
    let path = properties.require("Path")?.text()?;
    if !path.starts_with('/') && path != "$default" {
        return Err(event.error("a path begins with `/`"));
    }
    Ok(Route {
        method: if matches!(method.as_str(), "*" | "X-AMAZON-APIGATEWAY-ANY-METHOD") {
            "ANY".into()
        } else {
            method
        },
        path,
        function: function.to_owned(),
        line: event.line,
    })
}

/// Refuses two functions on one route.
pub(super) fn distinct(routes: &[Route]) -> Result<(), YamlError> {
    for (index, route) in routes.iter().enumerate() {
        if let Some(twin) = routes
            .iter()
            .take(index)
            .find(|other| other.key() == route.key())
        {
            let message = format!(
                "`{}` is the route of both {} and {}",
                route.key(),
                twin.function,
                route.function
            );
            return Err(YamlError {
                line: route.line,
                message,
            });
        }
    }
    Ok(())
}
