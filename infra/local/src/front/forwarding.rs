//! What CloudFront makes of a request on its way to the API: what the policy lists, what CloudFront has
//! found out about the client, and the headers of the origin. Nothing else of it arrives.
//!
//! The client's address is that of `x-local-client`, its place that of `x-local-place` (`JP-13`, `JP`):
//! both headers exist in the local stack only.

use std::net::{IpAddr, Ipv4Addr};

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::CLIENT;
use crate::gateway::unreadable;
use crate::serve::Answer;
use crate::template::Forwarding;

const VIEWER_ADDRESS: HeaderName = HeaderName::from_static("cloudfront-viewer-address");
const VIEWER_COUNTRY: HeaderName = HeaderName::from_static("cloudfront-viewer-country");
const VIEWER_REGION: HeaderName = HeaderName::from_static("cloudfront-viewer-country-region");

const PLACE: &str = "x-local-place";

/// What reaches every origin. That `Host` is the viewer's own is different from CloudFront, where it is
/// the API's: with it, the functions know the site's origin without being told.
const ALWAYS: [HeaderName; 2] = [header::HOST, header::CONTENT_LENGTH];

/// The port that clients have.
const PORT: u16 = 46_532;

/// Takes from a request what does not arrive, and adds what CloudFront adds.
///
/// # Errors
/// The answer to a header of the local stack that cannot be read.
pub(super) fn send_on(forwarding: &Forwarding, parts: &mut Parts) -> Result<(), Box<Answer>> {
    let own = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let client = own(CLIENT).map_or(Ok(IpAddr::from(Ipv4Addr::LOCALHOST)), str::parse);
    let unreadable = |_| Box::new(unreadable(CLIENT, "an IP address such as 203.0.113.7"));
    let client = client.map_err(unreadable)?;
    let place = own(PLACE).map(str::to_owned);

    let mut found = vec![(VIEWER_ADDRESS, format!("{client}:{PORT}"))];
    if let Some(place) = place {
        let (country, region) = place.split_once('-').unwrap_or((&place, ""));
        found.push((VIEWER_COUNTRY, country.to_owned()));
        if !region.is_empty() {
            found.push((VIEWER_REGION, region.to_owned()));
        }
    }

    let cookies = cookies(&parts.headers, forwarding);
    let sent = std::mem::take(&mut parts.headers);
    let mut last = None;
    for (name, value) in sent {
        // A further value of a name comes without the name.
        let Some(name) = name.or_else(|| last.clone()) else {
            continue;
        };
        last = Some(name.clone());
        let is_listed = forwarding.headers.contains(name.as_str());
        let is_found = name.as_str().starts_with("cloudfront-");
        let is_local = name.as_str().starts_with("x-local-") && name.as_str() != CLIENT;
        if is_local || ALWAYS.contains(&name) || (is_listed && !is_found) {
            parts.headers.append(name, value);
        }
    }
    for (name, value) in found {
        if forwarding.headers.contains(name.as_str())
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            parts.headers.insert(name, value);
        }
    }
    if let Some(cookies) = cookies {
        parts.headers.insert(header::COOKIE, cookies);
    }
    for (name, value) in &forwarding.added {
        parts.headers.insert(name.clone(), value.clone());
    }
    parts.uri = without_query(&parts.uri);
    Ok(())
}

/// The cookies that are sent on.
fn cookies(headers: &HeaderMap, forwarding: &Forwarding) -> Option<HeaderValue> {
    let sent = headers.get_all(header::COOKIE).iter();
    let kept: Vec<&str> = sent
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .filter(|cookie| {
            let name = cookie.split('=').next().unwrap_or_default();
            forwarding.cookies.contains(name)
        })
        .collect();
    (!kept.is_empty())
        .then(|| HeaderValue::from_str(&kept.join("; ")).ok())
        .flatten()
}

fn without_query(uri: &Uri) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(uri.path()).ok();
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use http::Request;

    use super::*;

    fn sent_on(request: http::request::Builder) -> Parts {
        let names = |names: &[&str]| -> BTreeSet<String> {
            names.iter().map(|&name| name.to_owned()).collect()
        };
        let forwarding = Forwarding {
            headers: names(&[
                "content-type",
                "x-many",
                "cloudfront-viewer-address",
                "cloudfront-viewer-country",
            ]),
            cookies: names(&["__Host-a"]),
            added: vec![(
                HeaderName::from_static("x-origin-key"),
                HeaderValue::from_static("key"),
            )],
        };
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        assert!(send_on(&forwarding, &mut parts).is_ok());
        parts
    }

    fn listed(parts: &Parts) -> Vec<String> {
        let mut all: Vec<String> = parts
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn what_is_listed_arrives_and_nothing_else() {
        let parts = sent_on(
            Request::post("/api/things?a=1")
                .header("Host", "localhost:8080")
                .header("Content-Type", "application/json")
                .header("X-Many", "1")
                .header("X-Many", "2")
                .header("X-Forwarded-For", "198.51.100.1")
                .header("Referer", "http://localhost:8080/portal/")
                .header("X-Local-Now", "2020-03-04T19:15:17Z")
                .header("Cookie", "a=1; __Host-a=2")
                .header("Cookie", "__Host-ab=3"),
        );
        assert_eq!(
            listed(&parts),
            [
                "cloudfront-viewer-address: 127.0.0.1:46532",
                "content-type: application/json",
                "cookie: __Host-a=2",
                "host: localhost:8080",
                "x-local-now: 2020-03-04T19:15:17Z",
                "x-many: 1",
                "x-many: 2",
                "x-origin-key: key",
            ]
        );
        assert_eq!(parts.uri, "/api/things");
    }

    #[test]
    fn nothing_that_a_client_writes_stands_for_what_cloudfront_finds_out() {
        let parts = sent_on(
            Request::get("/api/things")
                .header("X-Origin-Key", "guess")
                .header("CloudFront-Viewer-Address", "198.51.100.1:1")
                .header("CloudFront-Viewer-Country", "US")
                .header("X-Local-Client", "2001:db8::7"),
        );
        assert_eq!(
            listed(&parts),
            [
                "cloudfront-viewer-address: 2001:db8::7:46532",
                "x-origin-key: key",
            ]
        );
    }

    #[test]
    fn a_place_arrives_as_far_as_it_is_listed() {
        let parts = sent_on(Request::get("/api/things").header("X-Local-Place", "JP-13"));
        assert_eq!(parts.headers[VIEWER_COUNTRY], "JP");
        assert!(!parts.headers.contains_key(VIEWER_REGION));
    }
}
