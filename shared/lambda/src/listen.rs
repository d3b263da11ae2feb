//! The loop of a function that is told of something: an event of `EventBridge` in, and nothing out. No
//! member waits for it, so a failure is given back to Lambda, which tries again twice and then keeps the
//! event among the dead letters.

use std::{future::Future, time::Instant};

use domain::Subject;
use lambda_http::{LambdaEvent, lambda_runtime, service_fn};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Part, serve::start, telemetry::Telemetry};

/// A function that is told of something: what it is called, needs and does.
pub trait Listener: Part + Send + Sync {
    /// The function's name, the same in folder, binary and template.
    const NAME: &'static str;
    /// What it is told.
    type Detail: DeserializeOwned + Send;

    /// Does what is to be done. An event comes at least once, and in any order.
    ///
    /// # Errors
    /// What failed, for the log, when the event is to come again.
    fn hear(
        &self,
        notice: Notice<Self::Detail>,
    ) -> impl Future<Output = Result<Heard, String>> + Send;
}

/// An event of `EventBridge`.
#[derive(Deserialize)]
pub struct Notice<Detail> {
    /// The event's own id, the same whenever it comes.
    pub id: String,
    /// What happened.
    pub detail: Detail,
}

/// What came of an event, for the log.
pub struct Heard {
    /// What was done.
    pub outcome: &'static str,
    /// Whom it is about.
    pub who: Option<Subject>,
}

/// Serves a listener as a Lambda function until Lambda ends the process.
///
/// # Errors
/// When the environment is not as the template should make it, or the runtime cannot be reached.
pub async fn listen<L: Listener>() -> Result<(), lambda_http::Error> {
    let started = start(L::NAME, |_, means| L::ready(means)).await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        take(&started.function, &started.telemetry, event.payload).await
    }))
    .await
}

async fn take<L: Listener>(
    listener: &L,
    telemetry: &Telemetry,
    event: Value,
) -> Result<(), lambda_http::Error> {
    let started = Instant::now();
    let at = event["time"].as_str().unwrap_or_default();
    let at = OffsetDateTime::parse(at, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let id = event["id"].as_str().unwrap_or_default().to_owned();
    let heard = match serde_json::from_value(event) {
        Ok(notice) => listener.hear(notice).await,
        // What cannot be read may hold an address; what is wrong with it may quote it.
        Err(error) => Err(format!("the event cannot be read: {:?}", error.classify())),
    };
    telemetry.heard(L::NAME, &id, at, &heard, started.elapsed());
    heard.map(drop).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ConfigError, Env, Means};

    struct Ear;

    impl Part for Ear {
        fn ready(_: &Means<'_>) -> Result<Self, ConfigError> {
            Ok(Self)
        }
    }

    impl Listener for Ear {
        const NAME: &'static str = "ear";
        type Detail = String;

        async fn hear(&self, notice: Notice<String>) -> Result<Heard, String> {
            match notice.detail.as_str() {
                "broken" => Err("it is broken".to_owned()),
                _ => Ok(Heard {
                    outcome: "done",
                    who: None,
                }),
            }
        }
    }

    #[tokio::test]
    async fn what_fails_or_cannot_be_read_comes_again() {
        for (detail, is_heard) in [
            (json!("fine"), true),
            (json!("broken"), false),
            (json!({"address": "taro@example.jp"}), false),
        ] {
            let telemetry = Telemetry::new(&Env::from_lookup(|_| None), mail::Tally::default());
            let took = take(&Ear, &telemetry, json!({"id": "1", "detail": detail})).await;
            assert_eq!(took.is_ok(), is_heard);
            let told = took.err().map(|error| error.to_string());
            assert!(!told.unwrap_or_default().contains("taro"));
        }
    }
}
