//! The audit trail: whom an event is about, and how long it is kept. What an event says, and how the
//! trail is written and read, is the store's.

use std::time::Duration;

use crate::{fingerprint, hex};

/// How long an event is kept: three yearly surveys, and as long as damages can be claimed once the harm
/// is known (民法 724条).
pub const AUDIT_KEPT: Duration = Duration::from_hours(3 * 366 * 24);

/// Whom a log line or an event of the trail is about: a member by the member id, an account by its user
/// ID. It is the beginning of a hash, so who knows the name already finds what happened, and who reads
/// what happened does not see the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(String);

impl Subject {
    /// 64 bits: among a million subjects, one chance in 37 million that two share one.
    const BYTES: usize = 8;

    /// The subject of a name in the form that is compared: a member id, or a user ID in lower case.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let mut digits = fingerprint(name);
        digits.truncate(Self::BYTES * 2);
        Self(digits)
    }

    /// 16 lower-case hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The subject as a number, for who has many of them.
    #[must_use]
    pub fn number(&self) -> u64 {
        // Sixteen hexadecimal digits always are one.
        u64::from_str_radix(&self.0, 16).unwrap_or_default()
    }

    /// Reads a subject as [`as_str`](Self::as_str) wrote it.
    ///
    /// # Errors
    /// When the text is not 16 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, SubjectError> {
        hex::decode::<{ Self::BYTES }>(text)
            .map(|_| Self(text.to_owned()))
            .ok_or(SubjectError)
    }
}

/// A text that is no subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a subject of the audit trail")]
pub struct SubjectError;

impl SubjectError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "not_a_subject"
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{AUDIT_KEPT, Subject, SubjectError};
    use crate::{MemberId, UserId};

    #[test]
    fn an_event_is_kept_for_three_years_with_a_leap_day_each() {
        assert_eq!(AUDIT_KEPT, Duration::from_hours(26_352));
    }

    #[test]
    fn a_subject_is_what_sha256sum_begins_with() {
        // printf %s abc | sha256sum | cut -c1-16
        let subject = Subject::of("abc");
        assert_eq!(subject.as_str(), "ba7816bf8f01cfea");
        assert_eq!(subject.number(), 0xba78_16bf_8f01_cfea);
        assert_eq!(Subject::parse(subject.as_str()), Ok(subject));
    }

    #[test]
    fn a_user_id_is_one_subject_however_it_is_typed() {
        let typed = |text| UserId::parse(text).unwrap().subject();
        assert_eq!(typed("Kenpo-Taro"), typed("kenpo-TARO"));
        assert_eq!(typed("Kenpo-Taro"), Subject::of("kenpo-taro"));
    }

    #[test]
    fn a_member_is_the_subject_of_the_member_id() {
        let member = MemberId::from_stored("jkc#1#jvc0211".to_owned());
        assert_eq!(member.subject(), Subject::of("jkc#1#jvc0211"));
    }

    #[test]
    fn what_is_not_16_digits_is_no_subject() {
        for text in [
            "",
            "ba7816bf8f01cfe",
            "ba7816bf8f01cfea0",
            "BA7816BF8F01CFEA",
        ] {
            assert_eq!(Subject::parse(text), Err(SubjectError), "{text}");
        }
    }
}
