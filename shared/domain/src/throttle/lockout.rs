//! Lockouts: how long wrong passwords in a row lock what they were given for.

use std::time::Duration;

use time::OffsetDateTime;

use super::{room_for_try, wait_until};

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::{OffsetDateTime, macros::datetime};

    use super::{LoginAdmission, LoginFailures, lock_after};

    const START: OffsetDateTime = datetime!(2023-09-01 10:00 UTC);

    fn at(seconds: u64) -> OffsetDateTime {
        START + Duration::from_secs(seconds)
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
