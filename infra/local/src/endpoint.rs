//! The endpoint of AWS that the functions and operators call: DynamoDB, SES and STS behind one gate, on one port.

use std::sync::Arc;

use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use serde_json::Value;

use crate::check;
use crate::dynamodb::{Dynamodb, TableError, TableItem};
use crate::gate::{Gate, Served};
use crate::serve::{BodyError, Reply, body, empty, header_text};
use crate::ses::Ses;
use crate::sts;

/// The largest request of DynamoDB.
const LIMIT: usize = 16 * 1024 * 1024;

/// DynamoDB and SES, and what stands before them.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) gate: Arc<Gate>,
    pub(crate) dynamodb: Dynamodb,
    pub(crate) ses: Ses,
}

impl Endpoint {
    /// Empties the tables, the mailbox and the suppression list, takes all faults away, forgets the time, and loads what the stack
    /// began with.
    pub(crate) fn reset(&self, samples: &[TableItem]) -> Result<(), TableError> {
        self.gate.faults.clear();
        self.gate.clock.reset();
        let tables = &self.dynamodb.tables;
        let names: Vec<_> = tables.names().map(str::to_owned).collect();
        names.iter().try_for_each(|name| tables.clear(name))?;
        self.dynamodb.history.clear();
        self.ses.mailbox.clear();
        self.ses.suppressed.clear();
        tables.load(samples)
    }

    /// Says what does not hold in the tables while they are written to, as JSON; `url` is this endpoint's.
    pub(crate) async fn check(&self, url: &str) -> Result<Value, String> {
        let tables = &self.dynamodb.tables;
        let name = |variable: &str| {
            let short = variable.trim_end_matches("_TABLE").to_lowercase();
            let mut names = tables.names().filter(|name| name.to_lowercase() == short);
            let name = names.next().and_then(|name| tables.real_name(name).ok());
            name.unwrap_or_default().to_owned()
        };
        check::running(url, name, self.gate.clock.latest()).await
    }

    /// A request comes at this time, in milliseconds since 1970: what was due before is gone.
    pub(crate) async fn begin(&self, request: &str, at_ms: i64) {
        self.gate.clock.begin(request, at_ms);
        let (tables, history) = (
            self.dynamodb.tables.clone(),
            Arc::clone(&self.dynamodb.history),
        );
        let collect = move || {
            for (place, item) in tables.collect(at_ms.div_euclid(1_000)) {
                history.keep(place, Some(item), at_ms);
            }
        };
        // It fails only when the stack stops.
        let _ = tokio::task::spawn_blocking(collect).await;
    }

    /// Answers a call that came over HTTP.
    pub(crate) async fn handle(self: Arc<Self>, request: Request<Incoming>) -> Reply {
        let caller = self.gate.caller(&request);
        let target = header_text(&request, "x-amz-target").map(str::to_owned);
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let body = match body(request.into_body(), LIMIT).await {
            Ok(body) => body,
            Err(BodyError::TooLarge) => return empty(StatusCode::PAYLOAD_TOO_LARGE).into(),
            Err(BodyError::Broken) => return Reply::Hangup,
        };
        let is_mail = path.starts_with("/v2/email/");
        match (caller, target) {
            (Ok(caller), Some(target)) if method == Method::POST => {
                self.dynamodb
                    .handle(&self.gate, &caller, &target, body)
                    .await
            }
            (Err(message), Some(_)) => Dynamodb::unknown_key(&message).into(),
            (Ok(caller), None) if is_mail => {
                let call = (&method, path.as_str(), &*body);
                self.ses.handle(&self.gate, &caller, call).await
            }
            (Err(message), None) if is_mail => Ses::unknown_key(&message).into(),
            (caller, None) if sts::is_asked(&body) => match caller {
                Ok(caller) => sts::answer_to(&caller).into(),
                Err(_) => sts::unknown_key().into(),
            },
            _ => empty(StatusCode::NOT_FOUND).into(),
        }
    }
}
