//! Transactions: several writes, all or nothing, with the loser read back.

use std::{iter::repeat, sync::Arc, time::Duration};

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

/// How often a transaction is made anew, because other requests were faster. Each time one of them has
/// got what it wanted.
const ROUNDS: u32 = 5;

const OPERATION: &str = "TransactWriteItems";

/// What a write makes of the item that refused it, or of none.
type Reading<R> = Arc<dyn Fn(Option<&Item>) -> Result<R, Error> + Send + Sync>;
/// The same for whoever commits the transaction.
type Meaning<'a, R> = Box<dyn FnOnce(Option<&Item>) -> Result<R, Error> + Send + 'a>;

/// One write of a transaction, made by the table it belongs to. `R` is what it means when its condition fails.
#[derive(Clone)]
#[must_use = "a write does nothing before its transaction is committed"]
pub struct Write<R = Refused> {
    write: Result<TransactWriteItem, &'static str>,
    refusal: Reading<R>,
}

/// An item is not as a write needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// The refusal of a write without a condition: there is none.
#[derive(Clone, Copy, Debug)]
pub enum Never {}

impl From<Never> for Refused {
    fn from(never: Never) -> Self {
        match never {}
    }
}

impl Write<Refused> {
    /// The same write, whose refusal means what `read` makes of the item that refused it.
    pub(crate) fn refused<R>(
        self,
        read: impl Fn(Option<&Item>) -> Result<R, Error> + Send + Sync + 'static,
    ) -> Write<R> {
        Write {
            write: self.write,
            refusal: Arc::new(read),
        }
    }

    /// The same write, which has no condition.
    pub(crate) fn unconditional(self) -> Write<Never> {
        self.refused(|_| {
            Err(Error::Unavailable {
                operation: OPERATION,
                code: "a condition that nobody set".to_owned(),
            })
        })
    }
}

macro_rules! write_from {
    ($($builder:ty => $setter:ident),+ $(,)?) => {$(
        impl From<$builder> for Write {
            fn from(builder: $builder) -> Self {
                Self {
                    write: builder
                        // The refusal and its reason are read from the item that refused.
                        .return_values_on_condition_check_failure(
                            ReturnValuesOnConditionCheckFailure::AllOld,
                        )
                        .build()
                        .map(|write| TransactWriteItem::builder().$setter(write).build())
                        .map_err(|_| "construction failure"),
                    refusal: Arc::new(|_| Ok(Refused)),
                }
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

/// Writes that happen together or not at all. `R` is what a refusal means to whoever commits them.
///
/// A change that the audit trail is to have begins with [`Audit::act`](crate::Audit::act).
#[must_use = "a transaction does nothing before it is committed"]
pub struct Transaction<'a, R = Refused> {
    writes: Vec<(Result<TransactWriteItem, &'static str>, Meaning<'a, R>)>,
}

impl<'a, R: 'a> Transaction<'a, R> {
    /// A transaction that the audit trail has nothing of.
    pub fn unaudited() -> Self {
        Self { writes: Vec::new() }
    }

    /// Adds a write whose refusal is one of the transaction as it is.
    pub fn with<S: Into<R> + 'static>(self, write: Write<S>) -> Self {
        self.with_or(write, S::into)
    }

    /// Adds a write; `refusal` says what its refusal means. When several are refused, that of the write which
    /// was added first counts.
    pub fn with_or<S: 'static>(
        mut self,
        write: Write<S>,
        refusal: impl FnOnce(S) -> R + Send + 'a,
    ) -> Self {
        let read = write.refusal;
        let read: Meaning<'a, R> = Box::new(move |item| read(item).map(refusal));
        self.writes.push((write.write, read));
        self
    }

    /// Adds writes whose refusals are the transaction's as they are; none, where there is none.
    pub fn with_all<S: Into<R> + 'static>(
        self,
        writes: impl IntoIterator<Item = Write<S>>,
    ) -> Self {
        writes.into_iter().fold(self, Self::with)
    }

    /// Adds a write that is never refused.
    pub fn and(self, write: Write<Never>) -> Self {
        self.with_or(write, |never| match never {})
    }

    /// Adds writes that are never refused.
    pub fn and_all(self, writes: impl IntoIterator<Item = Write<Never>>) -> Self {
        writes.into_iter().fold(self, Self::and)
    }

    /// Commits all writes or none. Gives what it means when a condition failed.
    ///
    /// One commit has one token, whoever repeats the call: the SDK, because the reply was lost, or this
    /// crate, because another transaction held an item. So DynamoDB answers each repeat as it answered the
    /// first that it did, and a repeat never meets its own success as somebody else's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when DynamoDB fails, and [`Error::Corrupt`] when the item that refused cannot be
    /// read.
    pub async fn commit(self, database: &Database) -> Result<Result<(), R>, Error> {
        let mut call = database
            .client
            .transact_write_items()
            .client_request_token(format!("{:032x}", fastrand::u128(..)));
        let mut readings = Vec::with_capacity(self.writes.len());
        for (write, read) in self.writes {
            readings.push(read);
            call = call.transact_items(write.map_err(|code| Error::Unavailable {
                operation: OPERATION,
                code: code.to_owned(),
            })?);
        }
        let Err(error) = send(&call).await else {
            return Ok(Ok(()));
        };
        if let SdkError::ServiceError(service) = &error
            && let TransactWriteItemsError::TransactionCanceledException(cancelled) = service.err()
        {
            let refused = readings
                .into_iter()
                .zip(cancelled.cancellation_reasons())
                .find(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"));
            if let Some((read, reason)) = refused {
                return read(reason.item.as_ref()).map(Err);
            }
        }
        Err(Error::unavailable(OPERATION, &error))
    }
}

/// Why a transaction that was made of what was seen was not committed.
#[derive(Debug)]
pub enum Lost<S, P> {
    /// Another request was faster: this is what there is to see now.
    Overtaken(S),
    /// It is refused for good.
    Refused(P),
}

/// Commits what `act` makes of what was seen; and again, made of what there is to see then, while other
/// requests are faster. Gives what was seen at last, or why it is refused.
///
/// # Errors
/// When DynamoDB fails, an item cannot be read, or other requests stay faster.
pub async fn persist<'a, S, P>(
    database: &Database,
    mut seen: S,
    act: impl Fn(&S) -> Transaction<'a, Lost<S, P>>,
) -> Result<Result<S, P>, Error>
where
    S: 'a,
    P: 'a,
{
    for _ in 0..ROUNDS {
        match act(&seen).commit(database).await? {
            Ok(()) => return Ok(Ok(seen)),
            Err(Lost::Refused(why)) => return Ok(Err(why)),
            Err(Lost::Overtaken(now)) => seen = now,
        }
    }
    Err(Error::Unavailable {
        operation: OPERATION,
        code: "an item that keeps changing".to_owned(),
    })
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
