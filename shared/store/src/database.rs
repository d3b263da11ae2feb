//! The connection to DynamoDB: batch reads, errors, and the retry of conflicts.

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        transact_write_items::TransactWriteItemsError,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{AttributeValue, KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use crate::item::{Item, text};

/// How long to wait, at most, before each further try of a write that lost to another transaction.
pub(crate) const CONFLICT_PAUSES_MS: [u64; 5] = [10, 25, 50, 100, 200];
/// How often the rest of a batch read is asked for before giving up.
const BATCH_ROUNDS: u32 = 4;
/// What is said of keys that were left after that.
const UNPROCESSED: &str = "unprocessed keys";

/// What can go wrong behind us. Nothing in it comes from a member's data, so it may be logged whole.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// DynamoDB did not do what was asked, after all retries.
    #[error("{operation} failed with {code}")]
    Unavailable {
        /// The operation, as IAM names it.
        operation: &'static str,
        /// DynamoDB's error code, or what failed before it could answer.
        code: String,
    },
    /// An item is not as this version of the code writes it.
    #[error("an item of {table} has no readable {attribute}")]
    Corrupt {
        /// The logical name of the table.
        table: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
}

impl Error {
    /// Whether it may pass by itself: throttling, a conflict, the network. What the caller may not do or
    /// does wrong does not.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        const PASSING: [&str; 12] = [
            "InternalServerError",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "ReplicatedWriteConflictException",
            "ServiceUnavailable",
            "ThrottlingException",
            "TransactionCanceledException",
            "TransactionInProgressException",
            "dispatch failure",
            "timeout",
            UNPROCESSED,
            "unreadable response",
        ];
        matches!(self, Self::Unavailable { code, .. } if PASSING.contains(&&**code))
    }

    pub(crate) fn unavailable<E>(operation: &'static str, error: &SdkError<E>) -> Self
    where
        SdkError<E>: ProvideErrorMetadata,
    {
        let code = error.code().map_or_else(
            || {
                match error {
                    SdkError::ConstructionFailure(_) => "construction failure",
                    SdkError::TimeoutError(_) => "timeout",
                    SdkError::DispatchFailure(_) => "dispatch failure",
                    SdkError::ResponseError(_) => "unreadable response",
                    _ => "unknown error",
                }
                .to_owned()
            },
            str::to_owned,
        );
        Self::Unavailable { operation, code }
    }
}

/// A connection to DynamoDB; cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    pub(crate) client: Client,
}

impl Database {
    /// Uses `client` for all tables.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads items by key, from any tables, in one call. A table of which one read is to be
    /// [`consistent`](Read::consistent) is read so, the others eventually consistent.
    ///
    /// Takes at most 100 keys, all different. Gives an item, or `None`, per key, in the order of the
    /// keys. What DynamoDB leaves unprocessed is asked for again.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when DynamoDB fails, or still leaves keys unprocessed after some rounds.
    pub async fn read_batch<const N: usize>(
        &self,
        reads: [&[Read]; N],
    ) -> Result<[Vec<Option<Item>>; N], Error> {
        let mut wanted: HashMap<String, KeysAndAttributes> = HashMap::new();
        for read in reads.iter().copied().flatten() {
            let before = wanted.remove(&*read.table);
            let consistent = before.as_ref().and_then(|keys| keys.consistent_read);
            let keys = KeysAndAttributes::builder()
                .set_keys(before.map(|keys| keys.keys))
                .keys(read.key())
                .consistent_read(read.consistent || consistent == Some(true))
                .build()
                .map_err(|_| Error::Unavailable {
                    operation: "BatchGetItem",
                    code: "construction failure".to_owned(),
                })?;
            wanted.insert(read.table.to_string(), keys);
        }
        let mut found = self.read_all(wanted).await?;
        Ok(reads.map(|group| group.iter().map(|read| read.take(&mut found)).collect()))
    }

    /// Reads items by key, in no order, table by table. What DynamoDB leaves unprocessed is asked for again.
    pub(crate) async fn read_all(
        &self,
        mut wanted: HashMap<String, KeysAndAttributes>,
    ) -> Result<HashMap<String, Vec<Item>>, Error> {
        let mut found: HashMap<String, Vec<Item>> = HashMap::new();
        for round in 0..BATCH_ROUNDS {
            if round > 0 {
                pause(CONFLICT_PAUSES_MS[round as usize]).await;
            }
            let answer = self
                .client
                .batch_get_item()
                .set_request_items(Some(wanted))
                .send()
                .await
                .map_err(|error| Error::unavailable("BatchGetItem", &error))?;
            for (table, items) in answer.responses.unwrap_or_default() {
                found.entry(table).or_default().extend(items);
            }
            wanted = answer.unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(found);
            }
        }
        Err(Error::Unavailable {
            operation: "BatchGetItem",
            code: UNPROCESSED.to_owned(),
        })
    }
}

/// One item that a batch is to read.
#[derive(Clone, Debug)]
pub struct Read {
    pub(crate) table: Arc<str>,
    pub(crate) key_name: &'static str,
    pub(crate) key_value: String,
    pub(crate) consistent: bool,
}

impl Read {
    /// The read of one item, eventually consistent.
    pub(crate) fn of(
        table: &Arc<str>,
        key_name: &'static str,
        key_value: impl Into<String>,
    ) -> Self {
        Self {
            table: Arc::clone(table),
            key_name,
            key_value: key_value.into(),
            consistent: false,
        }
    }

    /// The same, strongly consistent: it has what was written a moment before. Twice the price, so only where
    /// a stale item would be told to a member.
    #[must_use]
    pub fn consistent(self) -> Self {
        Self {
            consistent: true,
            ..self
        }
    }

    fn key(&self) -> Item {
        HashMap::from([(self.key_name.to_owned(), text(&self.key_value))])
    }

    fn take(&self, found: &mut HashMap<String, Vec<Item>>) -> Option<Item> {
        let items = found.get_mut(&*self.table)?;
        let position = items.iter().position(|item| {
            item.get(self.key_name).and_then(|value| value.as_s().ok()) == Some(&self.key_value)
        })?;
        Some(items.swap_remove(position))
    }
}

/// Makes a call again while it only lost to another transaction on the same item.
///
/// The SDK does not: a `TransactionCanceledException` may as well be a condition that failed, and
/// `TransactionConflictException` is not in its list of what may be retried.
pub(crate) async fn retrying_conflicts<T, E, F>(call: impl Fn() -> F) -> Result<T, SdkError<E>>
where
    E: Conflict,
    F: Future<Output = Result<T, SdkError<E>>>,
{
    for longest_ms in CONFLICT_PAUSES_MS {
        match call().await {
            Err(SdkError::ServiceError(error)) if error.err().is_conflict() => {
                pause(longest_ms).await;
            }
            outcome => return outcome,
        }
    }
    call().await
}

pub(crate) async fn pause(longest_ms: u64) {
    tokio::time::sleep(drawn(longest_ms)).await;
}

/// A pause of at least a millisecond. The dice only spread colliding clients; nothing depends on them.
pub(crate) fn drawn(longest_ms: u64) -> Duration {
    Duration::from_millis(fastrand::u64(1..=longest_ms))
}

/// True for a conflict with another transaction, false for a failed condition.
pub(crate) trait Conflict {
    fn is_conflict(&self) -> bool;
}

macro_rules! conflict_by_code {
    ($($error:ty),+) => {$(
        impl Conflict for $error {
            fn is_conflict(&self) -> bool {
                self.code() == Some("TransactionConflictException")
            }
        }
    )+};
}
conflict_by_code!(
    aws_sdk_dynamodb::operation::put_item::PutItemError,
    UpdateItemError
);

impl Conflict for TransactWriteItemsError {
    fn is_conflict(&self) -> bool {
        let Self::TransactionCanceledException(cancelled) = self else {
            return false;
        };
        let codes = || {
            cancelled
                .cancellation_reasons()
                .iter()
                .filter_map(|reason| reason.code())
        };
        // A failed condition decides; beside it a conflict does not matter.
        codes().any(passes_by_itself)
            && codes().all(|code| code == "None" || passes_by_itself(code))
    }
}

fn passes_by_itself(code: &str) -> bool {
    matches!(
        code,
        "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
    )
}

/// Makes a conditional update. Gives the item as it is now, or the one that refused it, where there is one.
pub(crate) async fn update_if(
    call: UpdateItemFluentBuilder,
) -> Result<Result<Item, Option<Item>>, Error> {
    let call = call
        .return_values(ReturnValue::AllNew)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    match retrying_conflicts(|| call.clone().send()).await {
        Ok(updated) => Ok(Ok(updated.attributes.unwrap_or_default())),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Err(failed.item.clone()))
            }
            _ => Err(Error::unavailable("UpdateItem", &error)),
        },
    }
}

/// The key of one item, as the SDK takes it.
pub(crate) fn key(name: &str, value: impl Into<String>) -> HashMap<String, AttributeValue> {
    HashMap::from([(name.to_owned(), text(value))])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn clients_that_collided_pause_differently_and_never_longer_than_they_may() {
        for longest_ms in CONFLICT_PAUSES_MS {
            let drawn: HashSet<_> = (0..1_000).map(|_| drawn(longest_ms)).collect();
            // A thousand draws miss half of even ten values once in 10^290 runs.
            assert!(drawn.len() > usize::try_from(longest_ms).unwrap() / 2);
            let within = Duration::from_millis(1)..=Duration::from_millis(longest_ms);
            assert!(drawn.iter().all(|pause| within.contains(pause)));
        }
    }
}
