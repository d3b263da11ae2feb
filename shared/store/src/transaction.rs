//! Transactions: several writes, all or nothing, with the loser read back.

use std::{iter::repeat, time::Duration};

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::{
        TransactWriteItemsError, TransactWriteItemsOutput,
        builders::TransactWriteItemsFluentBuilder,
    },
    types::{
        ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
    },
};
use tokio::time::Instant;

use crate::{
    Database, Error, Item,
    database::{CONFLICT_PAUSES_MS, Conflict as _, pause},
};

/// How long a commit is repeated while DynamoDB says that its first try is still in progress. DynamoDB may
/// say so for five seconds after it (Amazon DynamoDB API Reference, `TransactionInProgressException`).
const PATIENCE: Duration = Duration::from_millis(6_500);
/// The pauses, at most, before each further try of a commit that is in progress; the last one again and
/// again.
const IN_PROGRESS_PAUSES_MS: [u64; 4] = [50, 100, 200, 400];

const OPERATION: &str = "TransactWriteItems";

/// One write of a transaction, made by the table it belongs to.
#[derive(Clone, Debug)]
#[must_use = "a write does nothing before its transaction is committed"]
pub struct Write(pub(crate) Result<TransactWriteItem, &'static str>);

macro_rules! write_from {
    ($($builder:ty => $setter:ident),+ $(,)?) => {$(
        impl From<$builder> for Write {
            fn from(builder: $builder) -> Self {
                Self(
                    builder
                        // Who refused, and why, is read from the item that refused.
                        .return_values_on_condition_check_failure(
                            ReturnValuesOnConditionCheckFailure::AllOld,
                        )
                        .build()
                        .map(|write| TransactWriteItem::builder().$setter(write).build())
                        .map_err(|_| "construction failure"),
                )
            }
        }
    )+};
}
write_from!(
    aws_sdk_dynamodb::types::builders::PutBuilder => put,
    aws_sdk_dynamodb::types::builders::UpdateBuilder => update,
    aws_sdk_dynamodb::types::builders::DeleteBuilder => delete,
    aws_sdk_dynamodb::types::builders::ConditionCheckBuilder => condition_check,
);

/// Writes that happen together or not at all.
///
/// `Guard` names what each write guards, so that a refusal says which of them lost.
#[derive(Clone, Debug)]
#[must_use = "a transaction does nothing before it is committed"]
pub struct Transaction<Guard> {
    writes: Vec<(Guard, Write)>,
}

impl<Guard: Copy + PartialEq> Transaction<Guard> {
    /// A transaction without writes.
    pub fn new() -> Self {
        Self { writes: Vec::new() }
    }

    /// Adds a write; `guard` is what its condition guards.
    pub fn with(mut self, guard: Guard, write: Write) -> Self {
        self.writes.push((guard, write));
        self
    }

    /// Adds a write where there is one.
    pub fn with_any(self, guard: Guard, write: Option<Write>) -> Self {
        match write {
            Some(write) => self.with(guard, write),
            None => self,
        }
    }

    /// Commits all writes or none.
    ///
    /// One commit has one token, whoever repeats the call: the SDK, because the reply was lost, or this
    /// crate, because another transaction held an item. So DynamoDB answers each repeat as it answered the
    /// first that it did, and a repeat never meets its own success as somebody else's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when DynamoDB fails. A failed condition is no error but
    /// [`Commit::Refused`].
    pub async fn commit(self, database: &Database) -> Result<Commit<Guard>, Error> {
        let mut call = database
            .client
            .transact_write_items()
            .client_request_token(format!("{:032x}", fastrand::u128(..)));
        let mut guards = Vec::with_capacity(self.writes.len());
        for (guard, write) in self.writes {
            guards.push(guard);
            call = call.transact_items(write.0.map_err(|code| Error::Unavailable {
                operation: OPERATION,
                code: code.to_owned(),
            })?);
        }
        let Err(error) = send(&call).await else {
            return Ok(Commit::Done);
        };
        if let SdkError::ServiceError(service) = &error
            && let TransactWriteItemsError::TransactionCanceledException(cancelled) = service.err()
        {
            let failed: Vec<(Guard, Option<Item>)> = guards
                .into_iter()
                .zip(cancelled.cancellation_reasons())
                .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
                .map(|(guard, reason)| (guard, reason.item.clone()))
                .collect();
            if !failed.is_empty() {
                return Ok(Commit::Refused(Refused { failed }));
            }
        }
        Err(Error::unavailable(OPERATION, &error))
    }
}

/// Sends a commit, and again while it only lost to another transaction, or is still in progress; and once more
/// when the reply was lost after the SDK's own tries were used up by such answers.
async fn send(
    call: &TransactWriteItemsFluentBuilder,
) -> Result<TransactWriteItemsOutput, SdkError<TransactWriteItemsError>> {
    let began = Instant::now();
    let mut conflict_pauses = CONFLICT_PAUSES_MS.into_iter();
    let slowest_ms = IN_PROGRESS_PAUSES_MS[IN_PROGRESS_PAUSES_MS.len() - 1];
    let mut progress_pauses = IN_PROGRESS_PAUSES_MS.into_iter().chain(repeat(slowest_ms));
    let mut lost_pauses = [slowest_ms].into_iter();
    loop {
        let error = match call.clone().send().await {
            Err(SdkError::ServiceError(error)) => error,
            Err(
                lost @ (SdkError::DispatchFailure(_)
                | SdkError::TimeoutError(_)
                | SdkError::ResponseError(_)),
            ) => match lost_pauses.next().filter(|_| began.elapsed() < PATIENCE) {
                Some(longest_ms) => {
                    pause(longest_ms).await;
                    continue;
                }
                None => return Err(lost),
            },
            outcome => return outcome,
        };
        let pause_ms = if error.err().is_conflict() {
            conflict_pauses.next()
        } else if error.err().code() == Some("TransactionInProgressException") {
            progress_pauses
                .next()
                .filter(|_| began.elapsed() < PATIENCE)
        } else {
            None
        };
        match pause_ms {
            Some(longest_ms) => pause(longest_ms).await,
            None => return Err(SdkError::ServiceError(error)),
        }
    }
}

impl<Guard: Copy + PartialEq> Default for Transaction<Guard> {
    fn default() -> Self {
        Self::new()
    }
}

/// How a transaction ended.
#[derive(Debug)]
#[must_use]
pub enum Commit<Guard> {
    /// Every write happened.
    Done,
    /// A condition failed, and nothing happened.
    Refused(Refused<Guard>),
}

/// Which conditions failed, and on what.
#[derive(Debug)]
pub struct Refused<Guard> {
    failed: Vec<(Guard, Option<Item>)>,
}

impl<Guard: Copy + PartialEq> Refused<Guard> {
    /// Whether the write under `guard` was among those that failed.
    #[must_use]
    pub fn failed(&self, guard: Guard) -> bool {
        self.failed.iter().any(|(name, _)| *name == guard)
    }

    /// The item that stood against the write under `guard`.
    #[must_use]
    pub fn item(&self, guard: Guard) -> Option<&Item> {
        self.failed
            .iter()
            .find(|(name, _)| *name == guard)
            .and_then(|(_, item)| item.as_ref())
    }
}

pub(crate) fn put() -> aws_sdk_dynamodb::types::builders::PutBuilder {
    Put::builder()
}

pub(crate) fn update() -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
    Update::builder()
}

pub(crate) fn delete() -> aws_sdk_dynamodb::types::builders::DeleteBuilder {
    Delete::builder()
}

pub(crate) fn condition_check() -> aws_sdk_dynamodb::types::builders::ConditionCheckBuilder {
    ConditionCheck::builder()
}
