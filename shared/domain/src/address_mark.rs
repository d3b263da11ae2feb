//! Addresses that mail came back from: when a code is not sent to one, and for how long.
//!
//! A provider that returns a mail for good often only refuses an unknown sender: Japanese carriers answer
//! "unknown user" for what a member's own settings keep out. So the first mail that comes back closes the
//! address for as long as it takes to change such a setting, and only the next one for good. Nobody may
//! send much to addresses that return it: SES reviews an account from 5% on, and pauses it at 10%.
//!
//! A mail that SES itself did not try to deliver, because its own lists have the address, says nothing of
//! the provider. It closes the address for an hour, and never counts towards the closing for good.

use std::time::Duration;

use time::OffsetDateTime;

/// How long an address is closed after the first mail that came back.
pub const BOUNCE_PAUSE: Duration = Duration::from_mins(5);
/// How long a mail that came back counts: who has changed a setting since begins anew.
pub const BOUNCE_COUNTS: Duration = Duration::from_hours(30 * 24);
/// How long an address is closed after SES did not try to deliver a mail. SES forgets within 14 days, and
/// each try counts as a bounce of the account meanwhile.
pub const SUPPRESSION_PAUSE: Duration = Duration::from_hours(1);
/// How long a closed address stays closed, unless an operator lifts it: past the next yearly survey.
pub const MARK_KEPT: Duration = Duration::from_hours(400 * 24);

/// What is known against an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressMark {
    /// When mails came back for good.
    pub bounces: Vec<OffsetDateTime>,
    /// When its owner called one of our mails unwanted.
    pub complained_at: Option<OffsetDateTime>,
    /// When SES last did not try to deliver a mail, because one of its own lists has the address.
    pub suppressed_at: Option<OffsetDateTime>,
}

/// Why nothing is sent to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undeliverable {
    /// A mail came back a moment ago.
    ForNow,
    /// SES does not try to deliver there, and may again later.
    Suppressed,
    /// Mails keep coming back, or their owner does not want them.
    UntilLifted,
}

impl Undeliverable {
    /// Stable name of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForNow => "undelivered",
            Self::Suppressed => "suppressed",
            Self::UntilLifted => "undeliverable",
        }
    }
}

impl AddressMark {
    /// Until when nothing is sent to the address. `None` when nothing is known against it.
    #[must_use]
    pub fn refused_until(&self) -> Option<OffsetDateTime> {
        self.returned_until().max(self.suppressed_until())
    }

    /// Why nothing is sent to the address at `now`; `None` when it may be.
    #[must_use]
    pub fn refusal(&self, now: OffsetDateTime) -> Option<Undeliverable> {
        let lasts = |until: Option<OffsetDateTime>| until.is_some_and(|until| now < until);
        let returned = lasts(self.returned_until());
        if returned && self.is_final() {
            Some(Undeliverable::UntilLifted)
        } else if lasts(self.suppressed_until()) {
            Some(Undeliverable::Suppressed)
        } else {
            returned.then_some(Undeliverable::ForNow)
        }
    }

    /// When something was last known against the address.
    #[must_use]
    pub fn last(&self) -> Option<OffsetDateTime> {
        self.last_returned().max(self.suppressed_at)
    }

    /// What the provider and the owner let the address be closed for.
    fn returned_until(&self) -> Option<OffsetDateTime> {
        let closed = if self.is_final() {
            MARK_KEPT
        } else {
            BOUNCE_PAUSE
        };
        Some(self.last_returned()? + closed)
    }

    fn suppressed_until(&self) -> Option<OffsetDateTime> {
        Some(self.suppressed_at? + SUPPRESSION_PAUSE)
    }

    fn last_returned(&self) -> Option<OffsetDateTime> {
        self.bounces.iter().copied().chain(self.complained_at).max()
    }

    /// Whether the address is closed until an operator lifts that.
    /// Once it is, it stays so whatever else becomes known: events come late, and in any order.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let mut bounces = self.bounces.clone();
        bounces.sort_unstable();
        let again = |pair: &[OffsetDateTime]| pair[1] - pair[0] < BOUNCE_COUNTS;
        self.complained_at.is_some() || bounces.windows(2).any(again)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-22 03:00 UTC);
    const SECOND: Duration = Duration::from_secs(1);

    fn bounced(bounces: &[OffsetDateTime]) -> AddressMark {
        AddressMark {
            bounces: bounces.to_vec(),
            ..AddressMark::default()
        }
    }

    #[test]
    fn the_first_mail_that_came_back_closes_for_five_minutes_to_the_last_second() {
        let mark = bounced(&[NOON]);
        let last = NOON + BOUNCE_PAUSE - SECOND;
        assert_eq!(mark.refusal(NOON), Some(Undeliverable::ForNow));
        assert_eq!(mark.refusal(last), Some(Undeliverable::ForNow));
        assert_eq!(mark.refusal(NOON + BOUNCE_PAUSE), None);
    }

    #[test]
    fn the_second_one_within_thirty_days_closes_until_an_operator_lifts() {
        let mark = bounced(&[NOON + BOUNCE_COUNTS - SECOND, NOON]);
        let last = NOON + BOUNCE_COUNTS - SECOND + MARK_KEPT;
        assert_eq!(
            mark.refusal(last - SECOND),
            Some(Undeliverable::UntilLifted)
        );
        assert_eq!(mark.refusal(last), None);
    }

    #[test]
    fn one_of_thirty_days_ago_does_not_count() {
        let again = NOON + BOUNCE_COUNTS;
        let mark = bounced(&[NOON, again]);
        assert_eq!(mark.refusal(again), Some(Undeliverable::ForNow));
        assert_eq!(mark.refusal(again + BOUNCE_PAUSE), None);
    }

    #[test]
    fn what_becomes_known_later_never_opens_an_address() {
        let twice = bounced(&[NOON, NOON + SECOND]);
        let later = bounced(&[NOON, NOON + SECOND, NOON + 2 * BOUNCE_COUNTS]);
        assert_eq!(later.refusal(NOON), Some(Undeliverable::UntilLifted));
        assert!(later.refused_until() > twice.refused_until());
    }

    #[test]
    fn one_complaint_closes_until_an_operator_lifts() {
        let mark = AddressMark {
            complained_at: Some(NOON),
            ..AddressMark::default()
        };
        let refusal = mark.refusal(NOON + BOUNCE_COUNTS);
        assert_eq!(refusal, Some(Undeliverable::UntilLifted));
    }

    #[test]
    fn what_ses_did_not_try_closes_for_an_hour_however_often_and_never_for_good() {
        let mark = AddressMark {
            suppressed_at: Some(NOON),
            ..AddressMark::default()
        };
        let last = NOON + SUPPRESSION_PAUSE - SECOND;
        assert_eq!(mark.refusal(last), Some(Undeliverable::Suppressed));
        assert_eq!(mark.refusal(NOON + SUPPRESSION_PAUSE), None);

        let beside_a_bounce = AddressMark {
            suppressed_at: Some(NOON + BOUNCE_PAUSE),
            ..bounced(&[NOON])
        };
        assert!(!beside_a_bounce.is_final());
        let refusal = beside_a_bounce.refusal(NOON + SECOND);
        assert_eq!(refusal, Some(Undeliverable::Suppressed));
        assert_eq!(
            beside_a_bounce.refused_until(),
            Some(NOON + BOUNCE_PAUSE + SUPPRESSION_PAUSE)
        );
    }

    #[test]
    fn what_is_closed_for_good_stays_so_when_ses_does_not_try_either() {
        let mark = AddressMark {
            suppressed_at: Some(NOON + SECOND),
            ..bounced(&[NOON, NOON - SECOND])
        };
        let refusal = mark.refusal(NOON + SECOND);
        assert_eq!(refusal, Some(Undeliverable::UntilLifted));
        assert_eq!(mark.refused_until(), Some(NOON + MARK_KEPT));
    }

    #[test]
    fn what_nothing_is_known_against_is_open() {
        assert_eq!(AddressMark::default().refusal(NOON), None);
    }
}
