//! How often something may be tried, and how long to wait (OWASP ASVS 5.0, 6.3.1 and 2.4.1; NIST SP
//! 800-63B-4, section 3.2.2). Here are the limits and the arithmetic over moments that somebody
//! else has recorded; counting so that parallel attempts are all counted is the store's.
//!
//! Every wait is given in whole seconds, rounded up and never zero, because it goes into a
//! `Retry-After` header: who waits that long is admitted.

mod limits;
mod lockout;
mod mails;

use std::time::Duration;

use time::OffsetDateTime;

pub use limits::*;
pub use lockout::{
    CLOSED_AT, FAILURES_TOLD, LOCK_LONGEST, LOCK_STARTS_AT, LoginAdmission, LoginFailures,
    lock_after,
};
pub use mails::{resend_at, send_admission};

/// At most so many attempts within any stretch of time of that length: a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many attempts are admitted within the window.
    pub most: u16,
    /// The length of the window.
    pub within: Duration,
}

/// How long a try may be under way: longer than its request lives (a function may take 15 seconds). Until
/// then it stands against other tries at the same time; then it is forgotten, unless it was judged wrong.
pub const TRY_LIVES: Duration = Duration::from_secs(20);

/// One sliding window, or two: so many in a short time, and so many in a long one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The short one.
    pub short: Limit,
    /// The long one, which admits no fewer.
    pub long: Option<Limit>,
}

/// How often something may be tried that is charged before it is judged, and counted once it is judged
/// wrong (docs/adr/0023).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryLimit {
    /// The tries that were judged wrong.
    pub counted: Windows,
    /// How many may be under way beside those that may be wrong. Where it is none, no more are ever judged
    /// than may be wrong.
    pub beside: u16,
}

/// Whether an attempt may be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Admitted,
    /// It may not, and nothing of it is evaluated.
    Refused {
        /// When to come back: whole seconds, at least one.
        retry_after: Duration,
    },
}

impl Limit {
    /// Whether one more attempt fits, given the earlier ones in any order. Those that the window
    /// has left do not count; a moment after `now` (a clock that ran ahead) does.
    #[must_use]
    pub fn admits(&self, attempts: &[OffsetDateTime], now: OffsetDateTime) -> Admission {
        let most = usize::from(self.most);
        let mut live: Vec<OffsetDateTime> = attempts
            .iter()
            .copied()
            .filter(|attempt| !self.is_spent(*attempt, now))
            .collect();
        if live.len() < most {
            return Admission::Admitted;
        }
        // There is room again when fewer than `most` are left: when the one is gone that has
        // `most - 1` after it. A limit of nothing has no such moment; it waits a full window.
        live.sort_unstable();
        let frees = most
            .checked_sub(1)
            .and_then(|after| live.iter().rev().nth(after));
        let leaves_at = *frees.unwrap_or(&now) + self.within;
        Admission::Refused {
            retry_after: wait_until(leaves_at, now),
        }
    }

    /// Whether an attempt has left the window and may be forgotten.
    #[must_use]
    pub fn is_spent(&self, attempt: OffsetDateTime, now: OffsetDateTime) -> bool {
        now - attempt >= self.within
    }
}

impl Windows {
    fn both(self) -> impl Iterator<Item = Limit> {
        std::iter::once(self.short).chain(self.long)
    }

    /// The most that both windows ever hold.
    #[must_use]
    pub fn most(self) -> u16 {
        self.long.map_or(self.short.most, |long| long.most)
    }

    /// How long an attempt counts.
    #[must_use]
    pub fn kept_for(self) -> Duration {
        self.long.map_or(self.short.within, |long| long.within)
    }

    /// Whether one more attempt fits into both, given the earlier ones in any order.
    #[must_use]
    pub fn admits(self, attempts: &[OffsetDateTime], now: OffsetDateTime) -> Admission {
        let waits = self.both().map(|limit| limit.admits(attempts, now));
        waits.fold(Admission::Admitted, Admission::and)
    }

    /// How many more attempts fit into both.
    #[must_use]
    pub fn left(self, attempts: &[OffsetDateTime], now: OffsetDateTime) -> u16 {
        let left = |limit: Limit| {
            let live = attempts.iter().filter(|at| !limit.is_spent(**at, now));
            limit
                .most
                .saturating_sub(u16::try_from(live.count()).unwrap_or(u16::MAX))
        };
        self.both().map(left).min().unwrap_or_default()
    }
}

impl Admission {
    /// Admitted by both, or not before both admit.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Refused { retry_after: a }, Self::Refused { retry_after: b }) => Self::Refused {
                retry_after: a.max(b),
            },
            (refused @ Self::Refused { .. }, Self::Admitted) | (Self::Admitted, refused) => refused,
        }
    }
}

impl TryLimit {
    /// Whether one more try may be judged, given those that were judged wrong and those that are not judged
    /// yet, in any order.
    ///
    /// # Errors
    /// When it may not; nothing of it is judged then.
    pub fn admits(
        &self,
        counted: &[OffsetDateTime],
        under_way: &[OffsetDateTime],
        now: OffsetDateTime,
    ) -> Result<(), TryRefusal> {
        if let Admission::Refused { retry_after } = self.counted.admits(counted, now) {
            return Err(TryRefusal::Spent { retry_after });
        }
        let forgotten_at = |tries: &[OffsetDateTime], within: Duration| -> Vec<OffsetDateTime> {
            let ends = tries.iter().map(|at| *at + within);
            ends.filter(|end| *end > now).collect()
        };
        for window in self.counted.both() {
            let mut ends = forgotten_at(counted, window.within);
            ends.extend(forgotten_at(under_way, TRY_LIVES));
            room(&mut ends, usize::from(window.most + self.beside), now)?;
        }
        Ok(())
    }
}

/// Whether there is room for one more beside those that are forgotten at `ends`.
fn room(ends: &mut [OffsetDateTime], room: usize, now: OffsetDateTime) -> Result<(), TryRefusal> {
    if ends.len() < room {
        return Ok(());
    }
    ends.sort_unstable();
    let frees = ends.get(ends.len() - room).unwrap_or(&now);
    Err(TryRefusal::Crowded {
        retry_after: wait_until(*frees, now),
    })
}

/// Why a try is not judged. When to come back is whole seconds, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRefusal {
    /// Too many were judged wrong.
    Spent {
        /// When to come back.
        retry_after: Duration,
    },
    /// Too many are under way, of which some may be judged wrong.
    Crowded {
        /// When to come back.
        retry_after: Duration,
    },
}

impl TryRefusal {
    /// When to come back.
    #[must_use]
    pub fn wait(self) -> Duration {
        match self {
            Self::Spent { retry_after } | Self::Crowded { retry_after } => retry_after,
        }
    }
}

/// Whether one more try may be under way, given how many were judged wrong and when those began that are not
/// judged yet: no more at once than may still be wrong, and one in any case.
///
/// # Errors
/// When as many are under way.
pub fn room_for_try(
    counted: u32,
    under_way: &[OffsetDateTime],
    most: u32,
    now: OffsetDateTime,
) -> Result<(), TryRefusal> {
    let left = usize::try_from(most.saturating_sub(counted)).unwrap_or(usize::MAX);
    let mut ends: Vec<_> = under_way
        .iter()
        .map(|at| *at + TRY_LIVES)
        .filter(|end| *end > now)
        .collect();
    room(&mut ends, left.max(1), now)
}

/// From `now` to `then` in whole seconds, rounded up, at least one.
fn wait_until(then: OffsetDateTime, now: OffsetDateTime) -> Duration {
    let wait = Duration::try_from(then - now).unwrap_or_default();
    let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Duration::from_secs(whole.max(1))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::{OffsetDateTime, macros::datetime};

    use super::*;

    pub(super) const START: OffsetDateTime = datetime!(2023-09-01 10:00 UTC);

    pub(super) fn at(seconds: u64) -> OffsetDateTime {
        START + Duration::from_secs(seconds)
    }

    pub(super) fn refused(seconds: u64) -> Admission {
        Admission::Refused {
            retry_after: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn the_tenth_attempt_is_admitted_and_the_eleventh_waits_for_the_first_to_leave() {
        let attempts: Vec<_> = (0..10).map(|i| at(i * 10)).collect();
        assert_eq!(
            VERIFY_PAIR.counted.admits(&attempts[..9], at(100)),
            Admission::Admitted
        );
        assert_eq!(VERIFY_PAIR.counted.admits(&attempts, at(100)), refused(800));
        assert_eq!(VERIFY_PAIR.counted.admits(&attempts, at(899)), refused(1));
        assert_eq!(
            VERIFY_PAIR.counted.admits(&attempts, at(900)),
            Admission::Admitted
        );
    }

    #[test]
    fn the_wait_is_rounded_up_to_a_second_and_never_zero() {
        let limit = Limit {
            most: 1,
            within: Duration::from_mins(1),
        };
        let now = at(60) - Duration::from_nanos(1);
        assert_eq!(limit.admits(&[START], now), refused(1));
        assert_eq!(
            limit.admits(&[START], now - Duration::from_secs(1)),
            refused(2)
        );
    }

    #[test]
    fn when_more_than_the_limit_were_recorded_enough_must_leave() {
        let limit = Limit {
            most: 2,
            within: Duration::from_mins(1),
        };
        assert_eq!(
            limit.admits(&[at(30), at(0), at(20), at(10)], at(40)),
            refused(40)
        );
    }

    #[test]
    fn a_limit_of_nothing_admits_nothing() {
        let limit = Limit {
            most: 0,
            within: Duration::from_mins(1),
        };
        assert_eq!(limit.admits(&[], START), refused(60));
        assert_eq!(limit.admits(&[START], START), refused(60));
    }

    #[test]
    fn an_attempt_is_spent_when_the_window_is_over() {
        assert!(!CODE_SENDS.is_spent(START, at(3_599)));
        assert!(CODE_SENDS.is_spent(START, at(3_600)));
    }

    #[test]
    fn tries_under_way_take_room_until_their_requests_are_over() {
        let under_way = [at(0), at(1), at(2)];
        let counted: Vec<_> = (0..7).map(|_| at(0)).collect();
        let admits = |now| VERIFY_PAIR.admits(&counted, &under_way, now);
        let crowded = |seconds| {
            Err(TryRefusal::Crowded {
                retry_after: Duration::from_secs(seconds),
            })
        };
        assert_eq!(admits(at(2)), crowded(18));
        assert_eq!(admits(at(19)), crowded(1));
        assert_eq!(admits(at(20)), Ok(()));
        assert_eq!(VERIFY_PAIR.admits(&counted, &under_way[..2], at(2)), Ok(()));
    }

    #[test]
    fn what_was_judged_wrong_is_told_from_what_is_under_way() {
        let ten: Vec<_> = (0..10).map(|_| at(0)).collect();
        let spent = TryRefusal::Spent {
            retry_after: Duration::from_mins(15),
        };
        assert_eq!(VERIFY_PAIR.admits(&ten, &ten, at(0)), Err(spent));
        let crowded = TryRefusal::Crowded {
            retry_after: TRY_LIVES,
        };
        assert_eq!(VERIFY_PAIR.admits(&[], &ten, at(0)), Err(crowded));
        // A company behind one address has more room than it may be wrong.
        assert_eq!(VERIFY_ADDRESS.admits(&[], &[START; 129], at(0)), Ok(()));
        assert_eq!(
            VERIFY_ADDRESS.admits(&[], &[START; 130], at(0)),
            Err(crowded)
        );
    }

    #[test]
    fn of_two_windows_the_one_that_waits_longer_decides() {
        let hours = |hours: u64| at(hours * 3_600);
        let thirty: Vec<_> = (0..30).map(|i| at(i * 1_000)).collect();
        assert_eq!(VERIFY_PAIR.counted.left(&thirty[..9], at(8_900)), 10);
        assert_eq!(VERIFY_PAIR.counted.left(&thirty[..29], hours(9)), 1);
        let spent = |seconds| {
            Err(TryRefusal::Spent {
                retry_after: Duration::from_secs(seconds),
            })
        };
        assert_eq!(VERIFY_PAIR.admits(&thirty[..29], &[], hours(9)), Ok(()));
        assert_eq!(
            VERIFY_PAIR.admits(&thirty, &[], hours(9)),
            spent(15 * 3_600)
        );
        assert_eq!(VERIFY_PAIR.admits(&thirty, &[], hours(24)), Ok(()));
        // The last place of the day is one place, also for tries at the same time.
        let now = hours(9);
        assert_eq!(
            VERIFY_PAIR.admits(&thirty[..29], &[now], now),
            Err(TryRefusal::Crowded {
                retry_after: TRY_LIVES
            })
        );
    }

    #[test]
    fn the_network_around_a_line_has_a_multiple() {
        let site = VERIFY_ADDRESS.of_a_site();
        assert_eq!((site.counted.short.most, site.counted.most()), (120, 360));
        assert_eq!(site.counted.kept_for(), VERIFY_ADDRESS.counted.kept_for());
    }
}
