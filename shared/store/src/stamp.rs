//! Stamps: the unique marks that charges leave in a set, and under which events stand in the audit
//! trail.

use time::OffsetDateTime;

use domain::Entropy;

const NANOS_PER_MILLI: i128 = 1_000_000;

/// A charge's mark: the request's time to the millisecond, and a random remainder that tells two
/// charges of one millisecond apart.
///
/// It reads as a time in nanoseconds since the epoch. As a member of a number set it makes a charge
/// idempotent (adding it twice is adding it once) and refundable (it can be taken out again).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(i64);

impl Stamp {
    /// Makes the mark of a charge at `now`.
    #[must_use]
    pub fn draw(now: OffsetDateTime, entropy: &impl Entropy) -> Self {
        let mut random = [0; 4];
        entropy.fill(&mut random);
        let remainder = i128::from(u32::from_le_bytes(random)) % NANOS_PER_MILLI;
        let millis = now.unix_timestamp_nanos() / NANOS_PER_MILLI;
        Self(i64::try_from(millis * NANOS_PER_MILLI + remainder).unwrap_or(i64::MAX))
    }

    /// The time of the charge, to the millisecond; its further digits are random.
    #[must_use]
    pub fn at(self) -> OffsetDateTime {
        let millis = i128::from(self.0) / NANOS_PER_MILLI;
        OffsetDateTime::from_unix_timestamp_nanos(millis * NANOS_PER_MILLI)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    pub(crate) fn number(self) -> String {
        self.0.to_string()
    }

    pub(crate) fn parse(number: &str) -> Option<Self> {
        number.parse().ok().map(Self)
    }

    /// The smallest stamp that anything at `at` or after can have.
    pub(crate) fn earliest_of(at: OffsetDateTime) -> Self {
        let millis = at.unix_timestamp_nanos() / NANOS_PER_MILLI;
        Self(i64::try_from(millis * NANOS_PER_MILLI).unwrap_or(i64::MAX))
    }

    /// The largest stamp that a charge at `at` or before can have.
    pub(crate) fn latest_of(at: OffsetDateTime) -> Self {
        let millis = at.unix_timestamp_nanos() / NANOS_PER_MILLI;
        Self(i64::try_from(millis * NANOS_PER_MILLI + NANOS_PER_MILLI - 1).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use domain::Guessable;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn two_charges_of_one_millisecond_differ() {
        let now = datetime!(2026-11-22 03:04:05.678 UTC);
        assert_ne!(
            Stamp::draw(now, &Guessable::byte(1)),
            Stamp::draw(now, &Guessable::byte(2))
        );
    }

    #[test]
    fn a_stamp_keeps_its_millisecond() {
        let now = datetime!(2026-11-22 03:04:05.678 UTC);
        let stamp = Stamp::draw(now, &Guessable::byte(255));
        assert_eq!(stamp.at(), now);
        assert_eq!(Stamp::parse(&stamp.number()), Some(stamp));
        assert!(stamp >= Stamp::earliest_of(now) && stamp <= Stamp::latest_of(now));
    }
}
