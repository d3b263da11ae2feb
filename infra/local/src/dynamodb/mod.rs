//! DynamoDB: the JSON 1.0 protocol in front of an embedded database. [`elements`] says what a
//! request touches, so that IAM, faults and the call log can ask; [`dispatch`] performs it;
//! [`tables`] is the tests' and the samples' way in, [`units`] what a function's writes cost. What the database does not do is beside it: [`tokens`],
//! [`history`] (stale reads) and [`expiry`] (the collection of what is past its time to live).

mod dispatch;
mod elements;
mod expiry;
mod history;
pub(crate) mod schema;
mod tables;
mod tokens;
mod units;

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::calls::Service;
use crate::faults::FaultKind;
use crate::gate::{Caller, Effect, ErrorName, Gate, Job, Mistake, Served, WriteUnits};
use crate::serve::{Answer, Reply, answer};
pub(crate) use dispatch::KNOWN;
pub(crate) use history::History;
use history::Staleness;
use schema::Place;
pub use schema::{Item, TableError};
pub use tables::{TableItem, Tables};
use tokens::Checked;
pub(crate) use tokens::Tokens;

const MEDIA_TYPE: &str = "application/x-amz-json-1.0";
const TARGET: &str = "DynamoDB_20120810.";
const DYNAMODB: &str = "com.amazonaws.dynamodb.v20120810";
const CORAL: &str = "com.amazon.coral.service";

/// The service, and what it has beside its database.
#[derive(Debug)]
pub(crate) struct Dynamodb {
    pub(crate) tables: Tables,
    pub(crate) tokens: Tokens,
    pub(crate) history: Arc<History>,
    /// The seed by which every read may be stale that asks for no consistency.
    pub(crate) stale_reads: Option<u64>,
}

impl Served for Dynamodb {
    const SERVICE: Service = Service::Dynamodb;

    fn denied(message: &str) -> Answer {
        error(
            StatusCode::BAD_REQUEST,
            CORAL,
            "AccessDeniedException",
            message,
        )
    }

    fn unknown_key(message: &str) -> Answer {
        error(
            StatusCode::BAD_REQUEST,
            CORAL,
            "UnrecognizedClientException",
            message,
        )
    }
}

impl Dynamodb {
    /// A service of these tables.
    pub(crate) fn new(tables: Tables, stale_reads: Option<u64>) -> Self {
        Self {
            tables,
            tokens: Tokens::default(),
            history: Arc::default(),
            stale_reads,
        }
    }

    /// Answers a call; `target` is its header `x-amz-target`.
    pub(crate) async fn handle(
        &self,
        gate: &Gate,
        caller: &Caller,
        target: &str,
        body: Bytes,
    ) -> Reply {
        let Some(operation) = target
            .strip_prefix(TARGET)
            .filter(|name| KNOWN.contains(name))
        else {
            return error(
                StatusCode::BAD_REQUEST,
                CORAL,
                "UnknownOperationException",
                "",
            )
            .into();
        };
        let operation = operation.to_owned();
        let Ok(mut request) = serde_json::from_slice::<Value>(&body) else {
            return error(StatusCode::BAD_REQUEST, CORAL, "SerializationException", "").into();
        };
        let mut body = String::from_utf8_lossy(&body).into_owned();
        let mut refusal = None;
        if operation == "TransactWriteItems" {
            match self.tokens.check(&request, gate.time_of(caller)) {
                Checked::Known(token) => {
                    request["ClientRequestToken"] = token.into();
                    body = request.to_string();
                }
                Checked::Mismatch => refusal = Some(other_payload()),
                Checked::Missing => refusal = caller.identity().map(|_| without_token()),
            }
        }
        let (elements, demands) = elements::of(&self.tables, &operation, &request);
        let job = Job {
            action: operation.clone(),
            elements,
            demands,
        };
        let is_refused = refusal.is_some();
        let at_ms = gate.time_of(caller);
        let now = gate.seconds_of(caller);
        let call = (operation.as_str(), &mut request);
        let distorted = gate
            .mutants
            .distort(caller.function(), self.tables.schemas(), call, now);
        if distorted.is_made {
            body = request.to_string();
        }
        let asking = caller
            .identity()
            .and_then(|_| units::asking(&operation, &request));
        if let Some(asking) = &asking {
            body = asking.to_string();
        }
        let old = |staleness| {
            let (history, read) = (&self.history, distorted.stale.as_ref().unwrap_or(&request));
            history.overlay(&self.tables, &operation, read, at_ms, staleness)
        };
        let mode = self.stale_reads.map(Staleness::Any);
        gate.run_with::<Self>(
            caller,
            job,
            |kind| match kind {
                _ if is_refused => Effect::None,
                FaultKind::Stale if !old(Staleness::LastWrite).is_empty() => Effect::Differs,
                _ => fault(kind, &operation, &request).map_or(Effect::None, Effect::Answers),
            },
            async |differs| {
                if let Some(refusal) = refusal {
                    return refusal;
                }
                if distorted.is_empty {
                    return answer(StatusCode::OK, MEDIA_TYPE, "{}".to_owned());
                }
                let stale = differs.is_some() || distorted.stale.is_some();
                let staleness = stale.then_some(Staleness::LastWrite).or(mode);
                let work = Work {
                    tables: self.tables.clone(),
                    history: Arc::clone(&self.history),
                    overlay: staleness.map(old).unwrap_or_default(),
                    operation: operation.clone(),
                    request: request.clone(),
                    body,
                    at_ms,
                    now,
                };
                match tokio::task::spawn_blocking(move || work.perform()).await {
                    Ok((Ok(json), faults)) => {
                        for fault in faults {
                            gate.report(caller, fault);
                        }
                        done(json, asking.is_some())
                    }
                    Ok((Err((status, json)), _)) => failed(status, distorted.mend(json)),
                    Err(_) => internal_error(),
                }
            },
        )
        .await
    }
}

/// A call that is performed.
struct Work {
    tables: Tables,
    history: Arc<History>,
    /// What a read sees of old.
    overlay: BTreeMap<Place, Option<Item>>,
    operation: String,
    request: Value,
    body: String,
    at_ms: i64,
    /// What the caller takes for now, in seconds since 1970.
    now: i64,
}

impl Work {
    /// Gives the answer, and what is wrong with what was written.
    fn perform(self) -> (Result<String, (StatusCode, String)>, Vec<String>) {
        let mut faults = Vec::new();
        let answer = self.answer(&mut faults);
        (answer, faults)
    }

    fn answer(&self, faults: &mut Vec<String>) -> Result<String, (StatusCode, String)> {
        let Self {
            tables,
            operation,
            request,
            body,
            ..
        } = self;
        if !self.overlay.is_empty() {
            let scratch = history::scratch(tables, operation, request, &self.overlay);
            return match scratch {
                Ok(scratch) => scratch.dispatch(operation, body),
                Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
            };
        }
        let read = |(place, written): (Place, Option<Item>)| {
            let item = tables.read(&place).ok()?;
            Some((place, item, written))
        };
        let places = tables.places_written(operation, request);
        let before: Vec<_> = places.into_iter().filter_map(read).collect();
        let answer = tables.dispatch(operation, body)?;
        for (place, before, written) in before {
            let after = written.or_else(|| tables.read(&place).ok().flatten());
            // The repeat of a transaction changes nothing.
            if before == after {
                continue;
            }
            if let Some(after) = &after {
                tables.expiry.note(&place, after);
                let fault = tables
                    .expiry
                    .fault(&place, before.as_ref(), after, self.now);
                let table = tables.schemas().short(&place.table).unwrap_or(&place.table);
                faults.extend(fault.map(|fault| format!("{table}: {fault}")));
            }
            self.history.keep(place, before, self.at_ms);
        }
        Ok(answer)
    }
}

/// The answer of a call that was performed; `counts` says that it has the units, which nobody asked for.
fn done(json: String, counts: bool) -> Answer {
    let Some((json, units)) = counts.then(|| units::take(&json)).flatten() else {
        return answer(StatusCode::OK, MEDIA_TYPE, json);
    };
    let mut answer = answer(StatusCode::OK, MEDIA_TYPE, json);
    answer.extensions_mut().insert(WriteUnits(units));
    answer
}

/// The answer to a token that stood for another transaction a moment ago.
fn other_payload() -> Answer {
    error(
        StatusCode::BAD_REQUEST,
        DYNAMODB,
        "IdempotentParameterMismatchException",
        "The request uses the same client token as a previous, but non-identical request.",
    )
}

/// The answer to a function whose transaction cannot be repeated. AWS would take it.
fn without_token() -> Answer {
    error(
        StatusCode::BAD_REQUEST,
        DYNAMODB,
        "ValidationException",
        "The local stack takes no TransactWriteItems of a function without ClientRequestToken: its repeat after a lost \
         reply would be another transaction.",
    )
}

/// The answer that a fault gives instead of performing the call; nothing when the fault is none of
/// DynamoDB's.
fn fault(kind: FaultKind, operation: &str, request: &Value) -> Option<Answer> {
    let bad = StatusCode::BAD_REQUEST;
    let transaction = request.get("TransactItems").and_then(Value::as_array);
    let count = transaction.map_or(0, Vec::len);
    match kind {
        FaultKind::Throttle => Some(error(
            bad,
            DYNAMODB,
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded. Consider increasing your \
             provisioning level with the UpdateTable API.",
        )),
        FaultKind::InternalError => Some(internal_error()),
        FaultKind::TransactionConflict(index) if count > 0 => Some(cancelled(index, count)),
        FaultKind::TransactionConflict(_)
            if ["PutItem", "UpdateItem", "DeleteItem"].contains(&operation) =>
        {
            Some(error(
                bad,
                DYNAMODB,
                "TransactionConflictException",
                "Transaction is ongoing for the item",
            ))
        }
        FaultKind::TransactionInProgress if operation == "TransactWriteItems" => Some(error(
            bad,
            DYNAMODB,
            "TransactionInProgressException",
            "The transaction with the given request token is already in progress.",
        )),
        FaultKind::Unprocessed => {
            let wanted = request.get("RequestItems").cloned().unwrap_or_default();
            let body = match operation {
                "BatchGetItem" => json!({"Responses": {}, "UnprocessedKeys": wanted}),
                "BatchWriteItem" => json!({"UnprocessedItems": wanted}),
                _ => return None,
            };
            Some(answer(StatusCode::OK, MEDIA_TYPE, body.to_string()))
        }
        FaultKind::Latency(_)
        | FaultKind::LostReply
        | FaultKind::TransactionConflict(_)
        | FaultKind::TransactionInProgress
        | FaultKind::Stale
        | FaultKind::MessageRejected => None,
    }
}

fn cancelled(index: usize, count: usize) -> Answer {
    let conflict = |at: usize| at == index.min(count - 1);
    let codes: Vec<_> = (0..count)
        .map(|at| {
            if conflict(at) {
                "TransactionConflict"
            } else {
                "None"
            }
        })
        .collect();
    let reasons: Vec<_> = codes
        .iter()
        .map(|code| match *code {
            "None" => json!({"Code": "None"}),
            code => json!({"Code": code, "Message": "Transaction is ongoing for the item"}),
        })
        .collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    let body = json!({
        "__type": format!("{DYNAMODB}#TransactionCanceledException"),
        "Message": message,
        "CancellationReasons": reasons,
    });
    failed(StatusCode::BAD_REQUEST, body.to_string())
}

fn internal_error() -> Answer {
    error(
        StatusCode::INTERNAL_SERVER_ERROR,
        DYNAMODB,
        "InternalServerError",
        "Internal server error",
    )
}

fn error(status: StatusCode, family: &str, name: &str, message: &str) -> Answer {
    let mut body = json!({"__type": format!("{family}#{name}")});
    if !message.is_empty() {
        // The service's own errors write `message`, those of the layer before it `Message`.
        let key = if family == DYNAMODB {
            "message"
        } else {
            "Message"
        };
        body[key] = Value::String(message.to_owned());
    }
    failed(status, body.to_string())
}

/// An error's answer, with its name beside it.
fn failed(status: StatusCode, body: String) -> Answer {
    let name = error_name(body.as_bytes()).unwrap_or_default();
    let mistake = mistake(&name, &body);
    let mut answer = answer(status, MEDIA_TYPE, body);
    answer.extensions_mut().insert(ErrorName(name));
    if let Some(why) = mistake {
        answer.extensions_mut().insert(Mistake(why));
    }
    answer
}

/// What is wrong with a call that no other state of the tables would let pass; nothing for an error that says how
/// things are, such as a condition that does not hold.
fn mistake(name: &str, body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let message = |value: &Value| {
        let text = value.get("message").or_else(|| value.get("Message"))?;
        text.as_str().map(str::to_owned)
    };
    match name {
        "TransactionCanceledException" => {
            let reasons = body.get("CancellationReasons")?.as_array()?;
            let broken = reasons.iter().position(|reason| {
                reason.get("Code").and_then(Value::as_str) == Some("ValidationError")
            })?;
            let why = reasons.get(broken).and_then(message).unwrap_or_default();
            Some(format!("ValidationError of element {broken}: {why}"))
        }
        "IdempotentParameterMismatchException"
        | "ItemCollectionSizeLimitExceededException"
        | "ResourceNotFoundException"
        | "SerializationException"
        | "ValidationException" => Some(format!("{name}: {}", message(&body).unwrap_or_default())),
        _ => None,
    }
}

/// The name of the error in an answer, such as `ConditionalCheckFailedException`.
fn error_name(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let kind = body.get("__type")?.as_str()?;
    Some(kind.rsplit('#').next().unwrap_or(kind).to_owned())
}
