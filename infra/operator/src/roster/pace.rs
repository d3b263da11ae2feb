//! How fast to write: as fast as the table takes it. More calls at the same time as long as all goes well,
//! half as many when the table throttles (as TCP finds out what a line takes), and no more items a second
//! than the operator allows.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How many calls are under way at first, and at most.
const AT_FIRST: u32 = 4;
const AT_MOST: u32 = 32;
/// How often a call is made again without anything of it done.
pub(crate) const TRIES: u32 = 12;
/// The longest pause before the second try, which doubles from try to try, and the longest of all.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The pace of an import.
pub(crate) struct Pace {
    calls: Mutex<f64>,
    rate: Option<u32>,
}

impl Pace {
    /// A pace of at most so many items a second.
    pub(crate) fn of(rate: Option<u32>) -> Self {
        Self {
            calls: Mutex::new(f64::from(AT_FIRST)),
            rate,
        }
    }

    /// How many calls may be under way.
    pub(crate) fn calls(&self) -> usize {
        let calls = *self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let more = (2..=AT_MOST).take_while(|count| f64::from(*count) <= calls);
        1 + more.count()
    }

    /// A call did all that it was asked for.
    pub(crate) fn went_well(&self) {
        self.set(|calls| (calls + 1.0 / calls).min(f64::from(AT_MOST)));
    }

    /// A call was throttled, or did a part.
    pub(crate) fn was_throttled(&self) {
        self.set(|calls| (calls / 2.0).max(1.0));
    }

    fn set(&self, next: impl Fn(f64) -> f64) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls = next(*calls);
    }

    /// When the call after one of so many items may be made that may be made at `at`.
    pub(crate) fn after(&self, at: Instant, items: usize) -> Instant {
        let (Some(rate), Ok(items)) = (self.rate, u32::try_from(items)) else {
            return at;
        };
        at + Duration::from_secs(1) * items / rate
    }
}

/// A pause before the next try, drawn from none to the longest, so that clients that were throttled together
/// do not come back together.
pub(crate) fn pause_before(retry: u32) -> Duration {
    let longest = FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(retry))
        .min(LONGEST_PAUSE);
    longest.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_more_calls_while_it_goes_well_and_half_as_many_when_it_does_not() {
        let pace = Pace::of(None);
        assert_eq!(pace.calls(), 4);
        (0..1_000).for_each(|_| pace.went_well());
        assert_eq!(pace.calls(), 32);
        pace.was_throttled();
        assert_eq!(pace.calls(), 16);
        (0..10).for_each(|_| pace.was_throttled());
        assert_eq!(pace.calls(), 1);
    }

    #[test]
    fn a_rate_spaces_the_calls() {
        let begin = Instant::now();
        let hundred = Pace::of(Some(100));
        assert_eq!(hundred.after(begin, 25), begin + Duration::from_millis(250));
        assert_eq!(Pace::of(None).after(begin, 25), begin);
    }

    #[test]
    fn pauses_grow_to_an_end_and_differ() {
        for (retry, longest) in [(0, 50), (3, 400), (30, 10_000)] {
            let drawn: Vec<_> = (0..100).map(|_| pause_before(retry)).collect();
            assert!(
                drawn
                    .iter()
                    .all(|pause| *pause <= Duration::from_millis(longest))
            );
            assert!(drawn.iter().any(|pause| *pause != drawn[0]));
        }
    }
}
