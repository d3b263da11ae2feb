//! Which route of the HTTP API a request takes: the most specific one, as API Gateway chooses.

use std::collections::BTreeMap;

use crate::template::Route;

/// A route that fits, and its path variables.
#[derive(Debug, PartialEq)]
pub(crate) struct Match<'a> {
    pub(crate) route: &'a Route,
    pub(crate) parameters: BTreeMap<String, String>,
}

/// How exactly a segment fits; the larger, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Greedy,
    Variable,
    Literal,
}

/// Finds the route of a request. `path` is decoded.
pub(crate) fn find<'a>(routes: &'a [Route], method: &str, path: &str) -> Option<Match<'a>> {
    routes
        .iter()
        .filter(|route| route.method == method || route.method == "ANY")
        .filter_map(|route| {
            let (fits, parameters) = fit(&route.path, path)?;
            Some(((fits, route.method == method), Match { route, parameters }))
        })
        .max_by(|(left, _), (right, _)| left.cmp(right))
        .map(|(_, found)| found)
}

/// How the segments of a path fit a route's; nothing when they do not.
fn fit(pattern: &str, path: &str) -> Option<(Vec<Fit>, BTreeMap<String, String>)> {
    let mut parameters = BTreeMap::new();
    if pattern == "$default" {
        return Some((Vec::new(), parameters));
    }
    let segments: Vec<_> = path.strip_prefix('/')?.split('/').collect();
    let mut fits = Vec::new();
    let mut at = 0;
    for wanted in pattern.strip_prefix('/')?.split('/') {
        let variable = wanted
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'));
        let segment = *segments.get(at)?;
        match variable.map(|name| (name, name.strip_suffix('+'))) {
            Some((_, Some(greedy))) => {
                let rest = segments.get(at..)?.join("/");
                if rest.is_empty() {
                    return None;
                }
                parameters.insert(greedy.to_owned(), rest);
                fits.push(Fit::Greedy);
                return Some((fits, parameters));
            }
            Some((name, None)) if !segment.is_empty() => {
                parameters.insert(name.to_owned(), segment.to_owned());
                fits.push(Fit::Variable);
            }
            None if segment == wanted => fits.push(Fit::Literal),
            _ => return None,
        }
        at += 1;
    }
    (at == segments.len()).then_some((fits, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Vec<Route> {
        [
            ("POST", "/api/codes", "send-code"),
            ("POST", "/api/codes/confirm", "confirm-code"),
            ("GET", "/api/codes/{id}", "get-code"),
            ("ANY", "/api/codes/{id}", "any-code"),
            ("ANY", "/api/{proxy+}", "rest"),
        ]
        .map(|(method, path, function)| Route::new(method, path, function))
        .to_vec()
    }

    fn function(method: &str, path: &str) -> Option<String> {
        find(&routes(), method, path).map(|found| found.route.function.clone())
    }

    #[test]
    fn the_most_specific_route_is_taken() {
        for (method, path, expected) in [
            ("POST", "/api/codes", Some("send-code")),
            ("POST", "/api/codes/confirm", Some("confirm-code")),
            ("GET", "/api/codes/confirm", Some("get-code")),
            ("PUT", "/api/codes/7", Some("any-code")),
            ("GET", "/api/codes/7/8", Some("rest")),
            ("GET", "/api/codes/", Some("rest")),
            ("GET", "/api", None),
            ("GET", "/api/", None),
            ("GET", "/other", None),
        ] {
            assert_eq!(
                function(method, path).as_deref(),
                expected,
                "{method} {path}"
            );
        }
    }

    #[test]
    fn the_default_route_takes_what_is_left() {
        let mut routes = routes();
        routes.push(Route::new("ANY", "$default", "default"));
        assert_eq!(
            find(&routes, "GET", "/x").unwrap().route.function,
            "default"
        );
        assert_eq!(
            find(&routes, "GET", "/api/x").unwrap().route.function,
            "rest"
        );
    }

    #[test]
    fn path_variables_are_named() {
        let routes = routes();
        let found = find(&routes, "GET", "/api/a/b c").unwrap();
        assert_eq!(
            found.parameters.get("proxy").map(String::as_str),
            Some("a/b c")
        );
        assert_eq!(found.route.key(), "ANY /api/{proxy+}");
    }
}
