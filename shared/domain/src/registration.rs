//! A member on the way to an account: how long the way may take, and what an attempt with the code
//! means. Where they stand on it is what the registration holds: a choice, a code, or neither. What is written to the database at each step is the store's.

use std::time::Duration;

use time::OffsetDateTime;

use crate::{CODE_TRIES, Code, SealedCode, Token};

/// How long a registration lives after the member was verified, and how long it holds the user ID
/// that was chosen. Long enough to look for the letter, a password and the mail; short enough
/// that an ID is not held for somebody who has gone.
pub const REGISTRATION_VALID: Duration = Duration::from_hours(2);

/// A member who is verified once more in the same browser goes on with the registration that is under way
/// there, if it lives this much longer: enough for the code in the mailbox, which holds for ten minutes,
/// and for another one.
pub const REGISTRATION_GOES_ON: Duration = Duration::from_mins(20);

/// A code that was mailed, as the item has it that waits for it.
#[derive(Clone, Debug)]
pub struct IssuedCode {
    /// The code itself, which only the right digits under the right token open.
    pub sealed: SealedCode,
    /// The first moment at which it is refused: [`CODE_VALID`](crate::CODE_VALID) after it was
    /// issued.
    pub expires_at: OffsetDateTime,
    /// How many tries at this code were judged wrong, before the one to be judged.
    pub tries: u32,
}

/// What an attempt with a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeVerdict {
    /// It is the code, in time.
    Accepted,
    /// It is another; the code can be tried this often again. With none left it is dead.
    Mismatch {
        /// Attempts that remain to this code.
        attempts_left: u32,
    },
    /// Its time is over. Whether the digits were right is not told.
    Expired,
    /// It was tried too often before. Whether the digits were right is not told.
    TooManyAttempts,
}

impl IssuedCode {
    /// Judges an attempt.
    ///
    /// A code is accepted in the last second of its ten minutes and refused when they are over,
    /// whatever the database still holds (OWASP ASVS 5.0, 6.5.5). The sixth attempt is refused
    /// even if it is right (6.6.3).
    #[must_use]
    pub fn judge(&self, code: &Code, token: &Token, now: OffsetDateTime) -> CodeVerdict {
        if now >= self.expires_at {
            CodeVerdict::Expired
        } else if self.tries >= CODE_TRIES {
            CodeVerdict::TooManyAttempts
        } else if self.sealed.opens_with(code, token) {
            CodeVerdict::Accepted
        } else {
            CodeVerdict::Mismatch {
                attempts_left: CODE_TRIES - self.tries - 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime, macros::datetime};

    use super::{CodeVerdict, IssuedCode};
    use crate::{CODE_TRIES, CODE_VALID, Code, Token};

    const ISSUED_AT: OffsetDateTime = datetime!(2023-09-01 10:00 UTC);

    fn token() -> Token {
        Token::parse(&"A".repeat(43)).unwrap()
    }

    fn right() -> Code {
        Code::parse("000042").unwrap()
    }

    fn wrong() -> Code {
        Code::parse("000043").unwrap()
    }

    fn issued(tries: u32) -> IssuedCode {
        IssuedCode {
            sealed: right().seal(&token()),
            expires_at: ISSUED_AT + CODE_VALID,
            tries,
        }
    }

    fn at(minutes: i64, seconds: i64) -> OffsetDateTime {
        ISSUED_AT + Duration::minutes(minutes) + Duration::seconds(seconds)
    }

    #[test]
    fn a_code_is_accepted_at_9_59_and_refused_at_10_00() {
        assert_eq!(
            issued(0).judge(&right(), &token(), at(0, 0)),
            CodeVerdict::Accepted
        );
        assert_eq!(
            issued(0).judge(&right(), &token(), at(9, 59)),
            CodeVerdict::Accepted
        );
        let last = at(10, 0) - Duration::NANOSECOND;
        assert_eq!(
            issued(0).judge(&right(), &token(), last),
            CodeVerdict::Accepted
        );
        assert_eq!(
            issued(0).judge(&right(), &token(), at(10, 0)),
            CodeVerdict::Expired
        );
        assert_eq!(
            issued(0).judge(&wrong(), &token(), at(10, 0)),
            CodeVerdict::Expired
        );
    }

    #[test]
    fn each_wrong_attempt_leaves_one_less() {
        for tries in 0..CODE_TRIES {
            assert_eq!(
                issued(tries).judge(&wrong(), &token(), at(1, 0)),
                CodeVerdict::Mismatch {
                    attempts_left: 4 - tries
                }
            );
        }
    }

    #[test]
    fn the_fifth_attempt_can_succeed_and_the_sixth_is_refused_even_if_right() {
        assert_eq!(
            issued(4).judge(&right(), &token(), at(1, 0)),
            CodeVerdict::Accepted
        );
        assert_eq!(
            issued(5).judge(&right(), &token(), at(1, 0)),
            CodeVerdict::TooManyAttempts
        );
        assert_eq!(
            issued(u32::MAX).judge(&right(), &token(), at(1, 0)),
            CodeVerdict::TooManyAttempts
        );
    }

    #[test]
    fn a_code_of_one_registration_fails_on_another() {
        let other = Token::parse(&("B".to_owned() + &"A".repeat(42))).unwrap();
        assert_eq!(
            issued(0).judge(&right(), &other, at(1, 0)),
            CodeVerdict::Mismatch { attempts_left: 4 }
        );
    }
}
