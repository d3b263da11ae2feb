//! How often something may be tried, and how long to wait (OWASP ASVS 5.0, 6.3.1 and 2.4.1; NIST SP
//! 800-63B-4, section 3.2.2). Here are the limits and the arithmetic over moments that somebody
//! else has recorded; counting so that parallel attempts are all counted is the store's.
//!
//! Every wait is given in whole seconds, rounded up and never zero, because it goes into a
//! `Retry-After` header: who waits that long is admitted.

use std::time::Duration;

use time::OffsetDateTime;

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

/// How often something may be tried that is charged before it is judged, and counted once it is judged
/// wrong (docs/adr/0023).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryLimit {
    /// The tries that were judged wrong.
    pub counted: Limit,
    /// All tries, counted or under way. Where it is as many as may be wrong, no more are ever judged.
    pub room: u16,
}

/// Failures to verify one 記号 and 番号 (verify-member and remind-user-id together).
pub const VERIFY_IDENTITY: TryLimit = TryLimit::exact(10);
/// Failures to verify a member from one client address.
pub const VERIFY_ADDRESS: TryLimit = TryLimit::of_address(30);
/// Failures to log in from one client address, whichever user IDs they were for.
pub const LOGIN_ADDRESS: TryLimit = TryLimit::of_address(30);
/// Password resets asked for from one client address, whatever came of them.
pub const RESET_ADDRESS: TryLimit = TryLimit::of_address(30);
/// Wrong current passwords of one account, given by somebody who is signed in to it: who found a phone
/// unlocked guesses no further than this.
pub const PASSWORD_CHECK: TryLimit = TryLimit::exact(5);
/// Codes mailed for whoever is at one client address. Behind one address may stand a whole company whose
/// letters arrived this morning, so it is wide; what it stops is a machine that mails strangers.
pub const CODE_ADDRESS: Limit = Limit {
    most: 100,
    within: Duration::from_mins(15),
};
/// Mails of one kind to one recipient, and codes sent to one registration.
pub const CODE_SENDS: Limit = Limit {
    most: 5,
    within: Duration::from_hours(1),
};
/// The least time between two mails of one kind to one recipient, and between two codes to one
/// registration.
pub const CODE_INTERVAL: Duration = Duration::from_mins(1);
/// How often one registration may try to create its user.
pub const CREATES_PER_REGISTRATION: u32 = 20;

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
    const fn in_a_quarter(most: u16) -> Self {
        Self {
            most,
            within: Duration::from_mins(15),
        }
    }

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

impl TryLimit {
    /// How many may be under way from one address beside those that may be wrong: behind it may stand a
    /// whole company, and a right answer stays under way for [`TRY_LIVES`] too.
    const COMPANY: u16 = 100;

    const fn exact(most: u16) -> Self {
        Self {
            counted: Limit::in_a_quarter(most),
            room: most,
        }
    }

    const fn of_address(most: u16) -> Self {
        Self {
            counted: Limit::in_a_quarter(most),
            room: most + Self::COMPANY,
        }
    }

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
        let mut ends = forgotten_at(counted, self.counted.within);
        ends.extend(forgotten_at(under_way, TRY_LIVES));
        room(&mut ends, usize::from(self.room), now)
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

/// Whether another code may be sent to where these were sent: one a minute, five an hour.
#[must_use]
pub fn send_admission(sends: &[OffsetDateTime], now: OffsetDateTime) -> Admission {
    let one_a_minute = Limit {
        most: 1,
        within: CODE_INTERVAL,
    }
    .admits(sends, now);
    let five_an_hour = CODE_SENDS.admits(sends, now);
    match (one_a_minute, five_an_hour) {
        (Admission::Refused { retry_after: a }, Admission::Refused { retry_after: b }) => {
            Admission::Refused {
                retry_after: a.max(b),
            }
        }
        (refused @ Admission::Refused { .. }, Admission::Admitted)
        | (Admission::Admitted, refused) => refused,
    }
}

/// When the next code may be sent to where these were sent: what the member is told after a code
/// has gone out.
#[must_use]
pub fn resend_at(sends: &[OffsetDateTime], now: OffsetDateTime) -> OffsetDateTime {
    match send_admission(sends, now) {
        Admission::Admitted => now,
        Admission::Refused { retry_after } => now + retry_after,
    }
}

/// The wrong password in a row from which on a user ID is locked for a while.
pub const LOCK_STARTS_AT: u32 = 5;
/// The longest that a user ID is locked for a while.
pub const LOCK_LONGEST: Duration = Duration::from_mins(15);
/// The wrong password in a row after which only a password reset or an operator opens a user ID
/// (NIST SP 800-63B-4, section 3.2.2: no more than 100).
pub const CLOSED_AT: u32 = 100;

/// The wrong passwords in a row after which a right one is told to the member by mail (OWASP ASVS 5.0,
/// 6.3.5): as many as lock the user ID for the first time. Fewer are a slip of one's own.
pub const FAILURES_TOLD: u32 = LOCK_STARTS_AT;

/// How long a user ID is locked after so many wrong passwords in a row: 2^(n−5) seconds from the
/// fifth on, at most 15 minutes.
#[must_use]
pub fn lock_after(count: u32) -> Duration {
    match count.checked_sub(LOCK_STARTS_AT) {
        None => Duration::ZERO,
        Some(beyond) => 1_u64.checked_shl(beyond).map_or(LOCK_LONGEST, |seconds| {
            Duration::from_secs(seconds).min(LOCK_LONGEST)
        }),
    }
}

/// The wrong passwords that were given for a user ID since the last right one, whether the ID
/// exists or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginFailures {
    /// How many in a row.
    pub count: u32,
    /// When the last of them was evaluated. Attempts while locked are not evaluated.
    pub last_at: OffsetDateTime,
}

/// Whether a password for a user ID is evaluated now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginAdmission {
    /// It is.
    Admitted,
    /// It is not for so long: whole seconds, at least one. It is not counted either.
    LockedFor(Duration),
    /// It is not for so long, for others are under way that may lock the ID.
    Crowded(Duration),
    /// It is not until a password reset or an operator opens the ID.
    Closed,
}

impl LoginFailures {
    /// Whether another password is evaluated at `now`, beside those that have been under way since.
    ///
    /// As many at once as there are before the first lock; from then on one by one, for each may lengthen
    /// the lock.
    #[must_use]
    pub fn admission(&self, under_way: &[OffsetDateTime], now: OffsetDateTime) -> LoginAdmission {
        if self.count >= CLOSED_AT {
            return LoginAdmission::Closed;
        }
        let lock = lock_after(self.count);
        let opens_at = self.last_at + lock;
        if !lock.is_zero() && now < opens_at {
            // A clock that ran ahead does not make a lock longer than it is.
            return LoginAdmission::LockedFor(wait_until(opens_at, now).min(lock));
        }
        match room_for_try(self.count, under_way, LOCK_STARTS_AT, now) {
            Ok(()) => LoginAdmission::Admitted,
            Err(refusal) => LoginAdmission::Crowded(refusal.wait()),
        }
    }
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

    use super::{
        Admission, CODE_SENDS, Limit, LoginAdmission, LoginFailures, TRY_LIVES, TryRefusal,
        VERIFY_ADDRESS, VERIFY_IDENTITY, lock_after, resend_at, send_admission,
    };

    const START: OffsetDateTime = datetime!(2023-09-01 10:00 UTC);

    fn at(seconds: u64) -> OffsetDateTime {
        START + Duration::from_secs(seconds)
    }

    fn refused(seconds: u64) -> Admission {
        Admission::Refused {
            retry_after: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn the_tenth_attempt_is_admitted_and_the_eleventh_waits_for_the_first_to_leave() {
        let attempts: Vec<_> = (0..10).map(|i| at(i * 10)).collect();
        assert_eq!(
            VERIFY_IDENTITY.counted.admits(&attempts[..9], at(100)),
            Admission::Admitted
        );
        assert_eq!(
            VERIFY_IDENTITY.counted.admits(&attempts, at(100)),
            refused(800)
        );
        assert_eq!(
            VERIFY_IDENTITY.counted.admits(&attempts, at(899)),
            refused(1)
        );
        assert_eq!(
            VERIFY_IDENTITY.counted.admits(&attempts, at(900)),
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
    fn a_code_is_sent_once_a_minute_and_five_times_an_hour() {
        assert_eq!(send_admission(&[], START), Admission::Admitted);
        assert_eq!(send_admission(&[START], at(1)), refused(59));
        assert_eq!(send_admission(&[START], at(60)), Admission::Admitted);
        let five: Vec<_> = (0..5).map(|i| at(i * 60)).collect();
        assert_eq!(send_admission(&five[..4], at(240)), Admission::Admitted);
        assert_eq!(send_admission(&five, at(241)), refused(3_359));
        assert_eq!(send_admission(&five, at(3_600)), Admission::Admitted);
        // Here the minute is the longer of the two.
        let last_just_now = [at(0), at(60), at(120), at(180), at(3_590)];
        assert_eq!(send_admission(&last_just_now, at(3_595)), refused(55));
    }

    #[test]
    fn the_member_is_told_when_the_next_code_can_be_sent() {
        assert_eq!(resend_at(&[START], START), at(60));
        assert_eq!(resend_at(&[], START), START);
        let five: Vec<_> = (0..5).map(|i| at(i * 60)).collect();
        assert_eq!(resend_at(&five, at(240)), at(3_600));
    }

    #[test]
    fn the_lock_doubles_from_the_fifth_failure_to_fifteen_minutes() {
        let seconds: Vec<u64> = (0..=17).map(|count| lock_after(count).as_secs()).collect();
        assert_eq!(
            seconds,
            [
                0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900
            ]
        );
        assert_eq!(lock_after(u32::MAX), Duration::from_mins(15));
    }

    #[test]
    fn a_password_is_evaluated_again_when_the_lock_is_over() {
        let failures = |count| LoginFailures {
            count,
            last_at: START,
        };
        assert_eq!(failures(4).admission(&[], START), LoginAdmission::Admitted);
        assert_eq!(
            failures(5).admission(&[], START),
            LoginAdmission::LockedFor(Duration::from_secs(1))
        );
        assert_eq!(failures(5).admission(&[], at(1)), LoginAdmission::Admitted);
        assert_eq!(
            failures(15).admission(&[], at(899)),
            LoginAdmission::LockedFor(Duration::from_secs(1))
        );
        assert_eq!(
            failures(15).admission(&[], at(900)),
            LoginAdmission::Admitted
        );
        let half = at(0) + Duration::from_millis(500);
        assert_eq!(
            failures(6).admission(&[], half),
            LoginAdmission::LockedFor(Duration::from_secs(2))
        );
    }

    #[test]
    fn after_a_hundred_in_a_row_time_does_not_help() {
        let failures = |count| LoginFailures {
            count,
            last_at: START,
        };
        assert_eq!(
            failures(99).admission(&[], at(900)),
            LoginAdmission::Admitted
        );
        assert_eq!(
            failures(100).admission(&[], at(900)),
            LoginAdmission::Closed
        );
        assert_eq!(
            failures(100).admission(&[], at(1_000_000_000)),
            LoginAdmission::Closed
        );
    }

    #[test]
    fn tries_under_way_take_room_until_their_requests_are_over() {
        let under_way = [at(0), at(1), at(2)];
        let counted: Vec<_> = (0..7).map(|_| at(0)).collect();
        let admits = |now| VERIFY_IDENTITY.admits(&counted, &under_way, now);
        let crowded = |seconds| {
            Err(TryRefusal::Crowded {
                retry_after: Duration::from_secs(seconds),
            })
        };
        assert_eq!(admits(at(2)), crowded(18));
        assert_eq!(admits(at(19)), crowded(1));
        assert_eq!(admits(at(20)), Ok(()));
        assert_eq!(
            VERIFY_IDENTITY.admits(&counted, &under_way[..2], at(2)),
            Ok(())
        );
    }

    #[test]
    fn what_was_judged_wrong_is_told_from_what_is_under_way() {
        let ten: Vec<_> = (0..10).map(|_| at(0)).collect();
        let spent = TryRefusal::Spent {
            retry_after: Duration::from_mins(15),
        };
        assert_eq!(VERIFY_IDENTITY.admits(&ten, &ten, at(0)), Err(spent));
        let crowded = TryRefusal::Crowded {
            retry_after: TRY_LIVES,
        };
        assert_eq!(VERIFY_IDENTITY.admits(&[], &ten, at(0)), Err(crowded));
        // A company behind one address has more room than it may be wrong.
        assert_eq!(VERIFY_ADDRESS.admits(&[], &[START; 129], at(0)), Ok(()));
        assert_eq!(
            VERIFY_ADDRESS.admits(&[], &[START; 130], at(0)),
            Err(crowded)
        );
    }

    #[test]
    fn passwords_are_evaluated_at_once_before_the_first_lock_and_one_by_one_after_it() {
        let failures = |count| LoginFailures {
            count,
            last_at: START,
        };
        let crowded = |seconds| LoginAdmission::Crowded(Duration::from_secs(seconds));
        let since = [at(100), at(101), at(102), at(103), at(104)];
        assert_eq!(
            failures(0).admission(&since[..4], at(104)),
            LoginAdmission::Admitted
        );
        assert_eq!(failures(0).admission(&since, at(104)), crowded(16));
        assert_eq!(
            failures(3).admission(&since[..1], at(104)),
            LoginAdmission::Admitted
        );
        assert_eq!(failures(3).admission(&since[..2], at(104)), crowded(16));
        assert_eq!(
            failures(7).admission(&[], at(104)),
            LoginAdmission::Admitted
        );
        assert_eq!(failures(7).admission(&since[..1], at(104)), crowded(16));
        assert_eq!(
            failures(7).admission(&since[..1], at(120)),
            LoginAdmission::Admitted
        );
    }

    #[test]
    fn a_clock_that_ran_ahead_does_not_lengthen_a_lock() {
        let ahead = LoginFailures {
            count: 5,
            last_at: at(3_600),
        };
        assert_eq!(
            ahead.admission(&[], START),
            LoginAdmission::LockedFor(Duration::from_secs(1))
        );
    }
}
