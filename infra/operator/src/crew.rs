//! Work on many items: some of it at the same time, the rest as soon as there is room.

use std::{future::Future, ops::AddAssign};

use tokio::task::JoinSet;

use crate::language::say;
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

    /// Waits until there is room for more.
    ///
    /// # Errors
    /// When something that was begun has failed; whatever is under way then ends with the crew.
    pub(crate) async fn room(&mut self) -> Result<(), Failure> {
        while self.under_way.len() >= self.at_once {
            self.wait_for_one().await?;
        }
        Ok(())
    }

    /// Begins work on so many items.
    pub(crate) fn begin(
        &mut self,
        items: u64,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) {
        self.under_way.spawn(async move { (items, work.await) });
    }

    /// Waits for all; gives what all came to.
    ///
    /// # Errors
    /// As [`room`](Self::room).
    pub(crate) async fn finish(mut self) -> Result<T, Failure> {
        while !self.under_way.is_empty() {
            self.wait_for_one().await?;
        }
        Ok(self.total)
    }

    async fn wait_for_one(&mut self) -> Result<(), Failure> {
        let Some(joined) = self.under_way.join_next().await else {
            return Ok(());
        };
        let (items, came_to) = joined.map_err(|error| {
            Failure::Failed(
                say!(ja: "処理が終わりませんでした：{error}", en: "a task did not end: {error}"),
            )
        })?;
        self.total += came_to?;
        self.progress.add(items);
        Ok(())
    }
}
