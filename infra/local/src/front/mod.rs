//! CloudFront: the site and the API on one origin. `/api/*` goes to the HTTP API, the rest is the
//! site's files, compressed, and both get the headers of the template's response headers policy; of a
//! request, the API gets what the template's distribution sends on. Beside them stand the pages of
//! the local stack itself: `/mailbox`, `/mailbox.json` and `/_local/*`, which answer only to a
//! browser that came by a loopback name, so that no page from elsewhere can reach them by pointing
//! its own name here.

mod cache;
mod compression;
mod controls;
mod forwarding;
mod site;

use std::pin::Pin;
use std::sync::Arc;

use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderValue, Method, Request, StatusCode};
use hyper::body::Incoming;
use serde_json::Value;

pub(crate) use self::cache::Cache;
pub(crate) use self::site::Site;
use crate::endpoint::Endpoint;
use crate::gateway::{self, Gateway, decoded};
use crate::reset::Reset;
use crate::serve::{Answer, BodyError, Peer, Reply, answer, body, empty, header_text};
use crate::template::{Forwarding, Policy, SecurityHeaders};

/// The API's own name, as `<id>.execute-api.<region>.amazonaws.com` is in AWS: who calls it there passes
/// the distribution by.
const API_HOST: &str = "api.localhost";

/// The header that says which address a request came from, where that is not the peer's.
const CLIENT: &str = "x-local-client";

/// Puts a state into the running stack.
pub(crate) type LoadState = Box<dyn Fn(&Value) -> Result<(), String> + Send + Sync>;

/// Says what does not hold in the tables of the running stack.
pub(crate) type CheckTables =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send>> + Send + Sync>;

/// What the front serves.
pub(crate) struct Front {
    pub(crate) gateway: Gateway,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) site: Site,
    pub(crate) headers: SecurityHeaders,
    pub(crate) to_api: Option<Forwarding>,
    pub(crate) cache: Cache,
    pub(crate) load_state: LoadState,
    pub(crate) reset: Arc<Reset>,
    pub(crate) check: CheckTables,
    pub(crate) port: u16,
}

/// Answers a request that came by https. It is never told to come by https only: the browser would hold plain
/// `http://localhost` to that, also of other programs.
pub(crate) async fn handle_secure(front: Arc<Front>, request: Request<Incoming>) -> Reply {
    let mut reply = handle(front, request).await;
    if let Reply::Answer(answer) = &mut reply {
        answer.headers_mut().remove(STRICT_TRANSPORT_SECURITY);
    }
    reply
}

/// Answers a request.
pub(crate) async fn handle(front: Arc<Front>, mut request: Request<Incoming>) -> Reply {
    let path = decoded(request.uri().path());
    let own = path == "/mailbox" || path == "/mailbox.json" || path.starts_with("/_local/");
    let peer = request.extensions().get().map(|Peer(address)| *address);
    let elsewhere = peer.filter(|address| !address.is_loopback());
    if let Some(address) = elsewhere
        && let Ok(value) = HeaderValue::from_str(&address.to_string())
    {
        // A client may say another address: this is no production.
        request.headers_mut().entry(CLIENT).or_insert(value);
    }
    if own {
        if elsewhere.is_some() || !comes_by_loopback(&request) {
            let text = "The pages of the local stack answer on localhost only.\n";
            return answer(StatusCode::FORBIDDEN, "text/plain; charset=utf-8", text).into();
        }
        return controls::handle(&front, &path, request).await.into();
    }
    // A client calls the API at its own address, past the distribution.
    let direct = name_of_host(&request) == Some(API_HOST);
    if !direct && path != "/api" && !path.starts_with("/api/") {
        let answer = site::serve(&front.site, &path, request.method(), request.headers());
        return with(answer, &front.headers.site).into();
    }
    let (mut parts, incoming) = request.into_parts();
    let kept = (!direct).then(|| front.cache.place(&parts)).flatten();
    if let Some(answer) = kept.as_ref().and_then(|place| front.cache.fresh(place)) {
        return with(answer, &front.headers.api).into();
    }
    if let Some(forwarding) = front.to_api.as_ref().filter(|_| !direct)
        && let Err(refusal) = forwarding::send_on(forwarding, &mut parts)
    {
        return (*refusal).into();
    }
    let answer = match body(incoming, gateway::BODY_LIMIT).await {
        Ok(body) => front.gateway.handle(&parts, &body, front.port).await,
        Err(BodyError::TooLarge) => gateway::too_large(),
        Err(BodyError::Broken) => return Reply::Hangup,
    };
    if direct {
        return answer.into();
    }
    let answer = match kept {
        Some(place) => front.cache.keep(place, answer),
        None => answer,
    };
    with(answer, &front.headers.api).into()
}

/// Adds the headers of a policy.
fn with(mut answer: Answer, policy: &Policy) -> Answer {
    policy.add_to(answer.headers_mut());
    answer
}

fn comes_by_loopback(request: &Request<Incoming>) -> bool {
    matches!(name_of_host(request), Some("localhost" | "127.0.0.1"))
}

/// The name in the `Host` of a request, without the port.
fn name_of_host(request: &Request<Incoming>) -> Option<&str> {
    let host = header_text(request, "host")?;
    Some(host.rsplit_once(':').map_or(host, |(name, _)| name))
}

/// An answer to a method that a page does not know.
fn method_not_allowed(method: &Method) -> Answer {
    let mut answer = empty(StatusCode::METHOD_NOT_ALLOWED);
    let allowed = if *method == Method::OPTIONS {
        "GET"
    } else {
        "GET, HEAD"
    };
    answer
        .headers_mut()
        .insert("allow", HeaderValue::from_static(allowed));
    answer
}
