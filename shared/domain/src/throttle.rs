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

/// Failures to verify one 記号 and 番号 (verify-member and remind-user-id together).
pub const VERIFY_IDENTITY: Limit = Limit {
    most: 10,
    within: Duration::from_mins(15),
};
/// Failures to verify a member from one client address.
pub const VERIFY_ADDRESS: Limit = Limit {
    most: 30,
    within: Duration::from_mins(15),
};
/// Failures to log in from one client address, whichever user IDs they were for.
pub const LOGIN_ADDRESS: Limit = Limit {
    most: 30,
    within: Duration::from_mins(15),
};
/// Password resets asked for from one client address, whatever came of them.
pub const RESET_ADDRESS: Limit = Limit {
    most: 30,
    within: Duration::from_mins(15),
};
/// Wrong current passwords of one account, given by somebody who is signed in to it: who found a phone
/// unlocked guesses no further than this.
pub const PASSWORD_CHECK: Limit = Limit {
    most: 5,
    within: Duration::from_mins(15),
};
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
    /// It is not until a password reset or an operator opens the ID.
    Closed,
}

impl LoginFailures {
    /// Whether another password is evaluated at `now`.
    #[must_use]
    pub fn admission(&self, now: OffsetDateTime) -> LoginAdmission {
        if self.count >= CLOSED_AT {
            return LoginAdmission::Closed;
        }
        let lock = lock_after(self.count);
        let opens_at = self.last_at + lock;
        if lock.is_zero() || now >= opens_at {
            LoginAdmission::Admitted
        } else {
            // A clock that ran ahead does not make a lock longer than it is.
            LoginAdmission::LockedFor(wait_until(opens_at, now).min(lock))
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
        Admission, CODE_SENDS, Limit, LoginAdmission, LoginFailures, VERIFY_IDENTITY, lock_after,
        resend_at, send_admission,
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
            VERIFY_IDENTITY.admits(&attempts[..9], at(100)),
            Admission::Admitted
        );
        assert_eq!(VERIFY_IDENTITY.admits(&attempts, at(100)), refused(800));
        assert_eq!(VERIFY_IDENTITY.admits(&attempts, at(899)), refused(1));
        assert_eq!(
            VERIFY_IDENTITY.admits(&attempts, at(900)),
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
        assert_eq!(failures(4).admission(START), LoginAdmission::Admitted);
        assert_eq!(
            failures(5).admission(START),
            LoginAdmission::LockedFor(Duration::from_secs(1))
        );
        assert_eq!(failures(5).admission(at(1)), LoginAdmission::Admitted);
        assert_eq!(
            failures(15).admission(at(899)),
            LoginAdmission::LockedFor(Duration::from_secs(1))
        );
        assert_eq!(failures(15).admission(at(900)), LoginAdmission::Admitted);
        let half = at(0) + Duration::from_millis(500);
        assert_eq!(
            failures(6).admission(half),
            LoginAdmission::LockedFor(Duration::from_secs(2))
        );
    }

    #[test]
    fn after_a_hundred_in_a_row_time_does_not_help() {
        let failures = |count| LoginFailures {
            count,
            last_at: START,
        };
        assert_eq!(failures(99).admission(at(900)), LoginAdmission::Admitted);
        assert_eq!(failures(100).admission(at(900)), LoginAdmission::Closed);
        assert_eq!(
            failures(100).admission(at(1_000_000_000)),
            LoginAdmission::Closed
        );
    }

    #[test]
    fn a_clock_that_ran_ahead_does_not_lengthen_a_lock() {
        let ahead = LoginFailures {
            count: 5,
            last_at: at(3_600),
        };
        assert_eq!(
            ahead.admission(START),
            LoginAdmission::LockedFor(Duration::from_secs(1))
        );
    }
}
