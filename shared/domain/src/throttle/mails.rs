//! How often a code is mailed.

use time::OffsetDateTime;

use super::{
    Admission, Limit,
    limits::{CODE_INTERVAL, CODE_SENDS},
};

/// Whether another code may be sent to where these were sent: one a minute, five an hour.
#[must_use]
pub fn send_admission(sends: &[OffsetDateTime], now: OffsetDateTime) -> Admission {
    let one_a_minute = Limit {
        most: 1,
        within: CODE_INTERVAL,
    };
    one_a_minute
        .admits(sends, now)
        .and(CODE_SENDS.admits(sends, now))
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

#[cfg(test)]
mod tests {
    use super::{Admission, resend_at, send_admission};
    use crate::throttle::tests::{START, at, refused};

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
}
