//! Versions of the terms of use. A version is the day on which it was published, so that versions
//! order themselves; the text of the terms lives with the site.

use time::{Date, macros::format_description};

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
        // The length first: the parser would take a sign before the year.
        if text.len() != 10 {
            return Err(TermsVersionError);
        }
        Date::parse(text, format_description!("[year]-[month]-[day]"))
            .map(|_| Self(text.to_owned()))
            .map_err(|_| TermsVersionError)
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
        for text in [
            "",
            "2023-9-1",
            "2023-02-29",
            "20230901",
            "+023-09-01",
            "-023-09-01",
            "2023-09-01 ",
            "２０２３-09-01",
        ] {
            assert!(TermsVersion::parse(text).is_err(), "{text}");
        }
    }
}
