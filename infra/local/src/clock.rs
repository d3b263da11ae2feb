//! The one place of the local stack that asks the machine for the time. Functions never do: theirs
//! is the time of the request, which the gateway sets (see [`crate::gateway`]). What AWS does by its own clock
//! (how long a token holds, how old a read may be, when an item is collected) goes by the [`StackClock`], which
//! requests move.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

/// Now, in milliseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the local stack plays the part of AWS, whose clock this is"
)]
pub(crate) fn now_ms() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// The time of a stack. A request sets it, and then it runs on.
#[derive(Clone, Debug, Default)]
pub(crate) struct StackClock {
    inner: Arc<Mutex<Set>>,
}

#[derive(Debug, Default)]
struct Set {
    /// How far the stack is ahead of the machine, in milliseconds.
    ahead: i64,
    /// The latest time that a request came at, in milliseconds since 1970.
    latest: Option<i64>,
    /// When the requests came that are being answered.
    requests: HashMap<String, i64>,
}

impl StackClock {
    fn lock(&self) -> MutexGuard<'_, Set> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request came at this time, in milliseconds since 1970.
    pub(crate) fn begin(&self, request: &str, at_ms: i64) {
        let mut set = self.lock();
        set.ahead = at_ms.saturating_sub(now_ms());
        set.latest = set.latest.max(Some(at_ms));
        set.requests.insert(request.to_owned(), at_ms);
    }

    /// Nobody has seen any time yet.
    pub(crate) fn reset(&self) {
        let mut set = self.lock();
        set.ahead = 0;
        set.latest = None;
    }

    /// The latest time that anybody has seen; without a request, now.
    pub(crate) fn latest(&self) -> OffsetDateTime {
        moment(self.lock().latest.unwrap_or_else(now_ms))
    }

    /// A request has been answered.
    pub(crate) fn end(&self, request: &str) {
        self.lock().requests.remove(request);
    }

    /// The time of what is done for a request: when it came. Without one, that of the stack.
    pub(crate) fn at(&self, request: Option<&str>) -> i64 {
        let set = self.lock();
        let of_request = request.and_then(|request| set.requests.get(request));
        of_request.map_or_else(|| now_ms().saturating_add(set.ahead), |at| *at)
    }
}

/// A time as RFC 3339 in UTC, to the millisecond.
pub(crate) fn rfc3339(epoch_ms: i64) -> String {
    moment(epoch_ms).format(&Rfc3339).unwrap_or_default()
}

/// A time as the header `Date` has it (RFC 9110, section 5.6.7).
pub(crate) fn http_date(epoch_ms: i64) -> String {
    let date = moment(epoch_ms).format(&Rfc2822).unwrap_or_default();
    date.replace("+0000", "GMT")
}

/// Milliseconds since 1970 as a time.
pub(crate) fn moment(epoch_ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(epoch_ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Reads an RFC 3339 time as milliseconds since 1970.
pub(crate) fn parse_rfc3339(text: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_request_stands_still_and_that_of_the_stack_runs_on_from_it() {
        let clock = StackClock::default();
        clock.begin("a", 1_000_000);
        clock.begin("b", 5_000_000);
        assert_eq!(clock.at(Some("a")), 1_000_000);
        assert_eq!(clock.at(Some("b")), 5_000_000);
        let run_on = 5_000_000..5_060_000;
        assert!(run_on.contains(&clock.at(None)));
        clock.end("a");
        assert!(run_on.contains(&clock.at(Some("a"))));
    }
}
