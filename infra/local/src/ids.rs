//! The ids of requests and events.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::now_ms;

/// Makes the ids of requests.
#[derive(Debug)]
pub(crate) struct Ids {
    first: i64,
    count: AtomicU64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        Self {
            first: now_ms(),
            count: AtomicU64::new(0),
        }
    }

    /// The next id, in the form of a UUID.
    pub(crate) fn next(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let (high, low) = ((self.first >> 16) & 0xffff_ffff, self.first & 0xffff);
        format!("{high:08x}-{low:04x}-4000-8000-{count:012x}")
    }
}
