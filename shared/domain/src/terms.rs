//! Versions of the terms of use. A version is the day on which it was published, so that versions
//! order themselves; the text of the terms lives with the site.

use time::Date;

use crate::day;

/// A version of the terms of use: a day, `YYYY-MM-DD`. A later version is greater.
///
/// The terms are asked for at the first login, and again only when a new version is published
/// (manual, step 6).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermsVersion(String);

impl TermsVersion {
    /// Reads a version.
    ///
    /// # Errors
    /// When the text is not a day of the calendar, written `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, TermsVersionError> {
        day::parse(text)
            .map(|_| Self(text.to_owned()))
            .ok_or(TermsVersionError)
    }

    /// The version in force on a day in Japan: the latest of `published` whose day has come. So a version
    /// can be published ahead of its day. `None` while there is none.
    #[must_use]
    pub fn in_force(published: &[Self], today: Date) -> Option<&Self> {
        let today = day::iso(today);
        published.iter().filter(|version| version.0 <= today).max()
    }

    /// The version as `YYYY-MM-DD`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A version of the terms that is not a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version of the terms is a day, YYYY-MM-DD")]
pub struct TermsVersionError;

impl TermsVersionError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "not_a_version"
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::TermsVersion;

    #[test]
    fn a_version_is_a_day_and_a_later_one_is_greater() {
        let old = TermsVersion::parse("2023-09-01").unwrap();
        let new = TermsVersion::parse("2024-02-29").unwrap();
        assert!(new > old);
        assert_eq!(old.as_str(), "2023-09-01");
    }

    #[test]
    fn what_is_no_day_is_no_version() {
        for text in ["", "2023-02-29", "2023-09-01 "] {
            assert!(TermsVersion::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_version_is_in_force_from_its_day_until_the_next_ones() {
        let published = ["2026-04-01", "2023-09-01", "2025-04-01"]
            .map(|version| TermsVersion::parse(version).unwrap());
        for (today, version) in [
            (date!(2023 - 08 - 31), None),
            (date!(2023 - 09 - 01), Some("2023-09-01")),
            (date!(2025 - 03 - 31), Some("2023-09-01")),
            (date!(2026 - 03 - 31), Some("2025-04-01")),
            (date!(2026 - 04 - 01), Some("2026-04-01")),
        ] {
            let in_force = TermsVersion::in_force(&published, today);
            assert_eq!(in_force.map(TermsVersion::as_str), version, "{today}");
        }
    }
}
