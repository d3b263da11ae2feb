//! Work on many items: some of it at the same time, the rest as soon as there is room.

use std::{future::Future, ops::AddAssign};

use tokio::task::{JoinError, JoinSet};

use crate::{failure::Failure, progress::Progress};

/// Work that is under way, and what all that has ended came to.
pub(crate) struct Crew<T> {
    at_once: usize,
    under_way: JoinSet<(u64, Result<T, Failure>)>,
    progress: Progress,
    total: T,
}

impl<T: AddAssign + Default + Send + 'static> Crew<T> {
    /// Nothing yet, and later at most so much at once.
    pub(crate) fn new(at_once: usize, progress: Progress) -> Self {
        Self {
            at_once,
            under_way: JoinSet::new(),
            progress,
            total: T::default(),
        }
    }

    /// Begins more work, on so many items, as soon as there is room.
    ///
    /// # Errors
    /// When something that was begun before has failed; whatever is under way then ends with the crew.
    pub(crate) async fn give(
        &mut self,
        items: u64,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<(), Failure> {
        if self.under_way.len() >= self.at_once {
            let joined = self.under_way.join_next().await;
            self.ended(joined)?;
        }
        self.under_way.spawn(async move { (items, work.await) });
        Ok(())
    }

    /// Waits for all; gives what all came to.
    ///
    /// # Errors
    /// As [`give`](Self::give).
    pub(crate) async fn finish(mut self) -> Result<T, Failure> {
        while let Some(joined) = self.under_way.join_next().await {
            self.ended(Some(joined))?;
        }
        Ok(self.total)
    }

    fn ended(
        &mut self,
        joined: Option<Result<(u64, Result<T, Failure>), JoinError>>,
    ) -> Result<(), Failure> {
        let Some(joined) = joined else {
            return Ok(());
        };
        let (items, came_to) =
            joined.map_err(|error| Failure::Failed(format!("a task did not end: {error}")))?;
        self.total += came_to?;
        self.progress.add(items);
        Ok(())
    }
}
