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
    /// Nothing says what an account's insurer is: operators have not put it, or have taken it away.
    #[error("an account's insurer is not configured")]
    InsurerMissing,
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

/// Items by table.
pub(crate) type Items = HashMap<String, Vec<Item>>;

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

    /// Reads items by key, from any tables, in one call: a [`Read`], none, several, or a tuple of them. A
    /// table of which one read is to be [`consistent`](Read::consistent) is read so, the others eventually
    /// consistent. Takes at most 100 keys, all different.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when DynamoDB fails, or still leaves keys unprocessed after some rounds;
    /// [`Error::Corrupt`] when an item cannot be read.
    pub async fn read<R: Reads>(&self, reads: R) -> Result<R::Found, Error> {
        let mut keys = Vec::new();
        reads.keys(&mut keys);
        let mut wanted: HashMap<String, KeysAndAttributes> = HashMap::new();
        for key in keys {
            let before = wanted.remove(&*key.table);
            let consistent = before.as_ref().and_then(|keys| keys.consistent_read);
            let keys = KeysAndAttributes::builder()
                .set_keys(before.map(|keys| keys.keys))
                .keys(key.item())
                .consistent_read(key.consistent || consistent == Some(true))
                .build()
                .map_err(|_| Error::Unavailable {
                    operation: "BatchGetItem",
                    code: "construction failure".to_owned(),
                })?;
            wanted.insert(key.table.to_string(), keys);
        }
        let mut found = self.read_all(wanted).await?;
        reads.take(&mut found)
    }

    /// Reads one item, strongly consistent.
    pub(crate) async fn get(&self, table: &str, key: Item) -> Result<Option<Item>, Error> {
        self.client
            .get_item()
            .table_name(table)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map(|got| got.item)
            .map_err(|error| Error::unavailable("GetItem", &error))
    }

    /// Puts one item, whatever is in its place.
    pub(crate) async fn put(&self, table: &str, item: Item) -> Result<(), Error> {
        let call = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(item));
        retrying_conflicts(|| call.clone().send())
            .await
            .map(drop)
            .map_err(|error| Error::unavailable("PutItem", &error))
    }

    /// Reads items by key, in no order, table by table. What DynamoDB leaves unprocessed is asked for again.
    pub(crate) async fn read_all(
        &self,
        mut wanted: HashMap<String, KeysAndAttributes>,
    ) -> Result<Items, Error> {
        let mut found = Items::new();
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

/// Where an item is that is to be read.
#[derive(Clone, Debug)]
pub(crate) struct ReadKey {
    table: Arc<str>,
    name: &'static str,
    value: String,
    consistent: bool,
}

impl ReadKey {
    fn item(&self) -> Item {
        key(self.name, &self.value)
    }

    fn take(&self, found: &mut Items) -> Option<Item> {
        let items = found.get_mut(&*self.table)?;
        let position = items.iter().position(|item| {
            item.get(self.name).and_then(|value| value.as_s().ok()) == Some(&self.value)
        })?;
        Some(items.swap_remove(position))
    }
}

/// One item to be read, and what it is.
#[derive(Clone, Debug)]
pub struct Read<T> {
    key: ReadKey,
    parse: fn(&Item) -> Result<T, Error>,
}

impl<T> Read<T> {
    /// The read of one item, eventually consistent.
    pub(crate) fn of(
        table: &Arc<str>,
        name: &'static str,
        value: impl Into<String>,
        parse: fn(&Item) -> Result<T, Error>,
    ) -> Self {
        let key = ReadKey {
            table: Arc::clone(table),
            name,
            value: value.into(),
            consistent: false,
        };
        Self { key, parse }
    }

    /// The same, strongly consistent: it has what was written a moment before. Twice the price, so only where
    /// a stale item would be told to a member.
    #[must_use]
    pub fn consistent(mut self) -> Self {
        self.key.consistent = true;
        self
    }
}

/// What one call can read.
#[expect(private_interfaces, reason = "nobody else has anything to be read")]
pub trait Reads {
    /// What is found.
    type Found;
    /// Where it is.
    #[doc(hidden)]
    fn keys<'a>(&'a self, keys: &mut Vec<&'a ReadKey>);
    /// Takes it out of what was found.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when an item is not as its table writes it.
    #[doc(hidden)]
    fn take(self, found: &mut Items) -> Result<Self::Found, Error>;
}

#[expect(private_interfaces, reason = "nobody else has anything to be read")]
impl<T> Reads for Read<T> {
    type Found = Option<T>;
    fn keys<'a>(&'a self, keys: &mut Vec<&'a ReadKey>) {
        keys.push(&self.key);
    }
    fn take(self, found: &mut Items) -> Result<Option<T>, Error> {
        self.key.take(found).as_ref().map(self.parse).transpose()
    }
}

#[expect(private_interfaces, reason = "nobody else has anything to be read")]
impl<T> Reads for Option<Read<T>> {
    type Found = Option<T>;
    fn keys<'a>(&'a self, keys: &mut Vec<&'a ReadKey>) {
        if let Some(read) = self {
            read.keys(keys);
        }
    }
    fn take(self, found: &mut Items) -> Result<Option<T>, Error> {
        self.map_or(Ok(None), |read| read.take(found))
    }
}

#[expect(private_interfaces, reason = "nobody else has anything to be read")]
impl<T> Reads for Vec<Read<T>> {
    type Found = Vec<Option<T>>;
    fn keys<'a>(&'a self, keys: &mut Vec<&'a ReadKey>) {
        for read in self {
            read.keys(keys);
        }
    }
    fn take(self, found: &mut Items) -> Result<Vec<Option<T>>, Error> {
        self.into_iter().map(|read| read.take(found)).collect()
    }
}

#[expect(private_interfaces, reason = "nobody else has anything to be read")]
impl Reads for () {
    type Found = ();
    fn keys<'a>(&'a self, _: &mut Vec<&'a ReadKey>) {}
    fn take(self, _: &mut Items) -> Result<(), Error> {
        Ok(())
    }
}

macro_rules! reads_of_tuples {
    ($($($part:ident)+),+) => {$(
        #[expect(private_interfaces, reason = "nobody else has anything to be read")]
        impl<$($part: Reads),+> Reads for ($($part,)+) {
            type Found = ($($part::Found,)+);
            fn keys<'a>(&'a self, keys: &mut Vec<&'a ReadKey>) {
                #[expect(non_snake_case, reason = "a part is named as its type is")]
                let ($($part,)+) = self;
                $($part.keys(keys);)+
            }
            fn take(self, found: &mut Items) -> Result<Self::Found, Error> {
                #[expect(non_snake_case, reason = "a part is named as its type is")]
                let ($($part,)+) = self;
                Ok(($($part.take(found)?,)+))
            }
        }
    )+};
}
reads_of_tuples!(A B, A B C, A B C D);

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
