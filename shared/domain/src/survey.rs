//! The yearly survey of dependants' eligibility: from when on, until when and where a member answers it.
//!
//! The deadline is what makes a survey; the opening day belongs to it, and the address to the opening day.

mod address;

use time::Date;

use crate::day;

pub use self::address::{SurveyAddress, SurveyAddressError};

/// How many days a survey is open at most: half a year. An opening day that is further from the deadline is that of
/// another year's survey, left beside a new deadline.
pub const SURVEY_DAYS: i64 = 183;

/// The last day on which the survey is answered, `YYYY-MM-DD`, in Japan: an insurer's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SurveyDeadline(Date);

impl SurveyDeadline {
    /// Reads a deadline.
    ///
    /// # Errors
    /// When the text is not a day of the calendar, written `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, SurveyDeadlineError> {
        day::parse(text).map(Self).ok_or(SurveyDeadlineError)
    }

    /// The deadline that is this day.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self(day)
    }

    /// Whether it was before a day in Japan.
    #[must_use]
    pub fn is_over(&self, today: Date) -> bool {
        self.0 < today
    }

    /// The deadline's day.
    #[must_use]
    pub fn day(&self) -> Date {
        self.0
    }

    /// The day as `YYYY-MM-DD`.
    #[must_use]
    pub fn iso(&self) -> String {
        day::iso(self.0)
    }
}

/// A deadline that is not a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a deadline is a day, YYYY-MM-DD")]
pub struct SurveyDeadlineError;

/// The first day on which the survey is answered, `YYYY-MM-DD`, in Japan: an insurer's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyOpening(Date);

impl SurveyOpening {
    /// Reads an opening day.
    ///
    /// # Errors
    /// [`NotADay`](SurveyOpeningError::NotADay) when the text is not a day of the calendar, written `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, SurveyOpeningError> {
        day::parse(text)
            .map(Self)
            .ok_or(SurveyOpeningError::NotADay)
    }

    /// The opening that is this day.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self(day)
    }

    /// The opening's day.
    #[must_use]
    pub fn day(&self) -> Date {
        self.0
    }

    /// Checks that it is the opening day of the survey that ends with `deadline`.
    ///
    /// # Errors
    /// When it is after the deadline, or more than [`SURVEY_DAYS`] before it.
    pub fn opens(&self, deadline: &SurveyDeadline) -> Result<(), SurveyOpeningError> {
        // Both days count.
        match (deadline.0 - self.0).whole_days() + 1 {
            ..1 => Err(SurveyOpeningError::AfterDeadline),
            1..=SURVEY_DAYS => Ok(()),
            _ => Err(SurveyOpeningError::AnotherYears),
        }
    }

    /// The day as `YYYY-MM-DD`.
    #[must_use]
    pub fn iso(&self) -> String {
        day::iso(self.0)
    }
}

/// Why a text is not the opening day of a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SurveyOpeningError {
    /// It is not a day.
    #[error("an opening day is a day, YYYY-MM-DD")]
    NotADay,
    /// The survey would be over before it opens.
    #[error("it is after surveyDeadline")]
    AfterDeadline,
    /// The survey would be open for longer than any is.
    #[error("it is more than {SURVEY_DAYS} days before surveyDeadline: that of another year?")]
    AnotherYears,
}

/// An insurer's survey, as its members are told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survey<'a> {
    /// The last day.
    pub deadline: &'a SurveyDeadline,
    /// The first day; of none, it is open already.
    pub opens: Option<&'a SurveyOpening>,
    /// Where it is answered.
    pub address: Option<&'a SurveyAddress>,
}

impl<'a> Survey<'a> {
    /// The survey that ends with `deadline`. An opening day of another one is none, and an address that no opening
    /// day says to be this survey's is none either: last year's must not lead anybody astray.
    #[must_use]
    pub fn of(
        deadline: &'a SurveyDeadline,
        opens: Option<&'a SurveyOpening>,
        address: Option<&'a SurveyAddress>,
    ) -> Self {
        let opens = opens.filter(|opens| opens.opens(deadline).is_ok());
        Self {
            deadline,
            opens,
            address: opens.and(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn deadline(text: &str) -> SurveyDeadline {
        SurveyDeadline::parse(text).unwrap()
    }

    fn opening(text: &str) -> SurveyOpening {
        SurveyOpening::parse(text).unwrap()
    }

    #[test]
    fn a_deadline_and_an_opening_are_days_and_read_back() {
        assert_eq!(deadline("2026-12-18").iso(), "2026-12-18");
        assert_eq!(opening("2026-11-02").iso(), "2026-11-02");
        assert!(SurveyDeadline::parse("2026-12-32").is_err());
        assert_eq!(
            SurveyOpening::parse("2026-12-32"),
            Err(SurveyOpeningError::NotADay)
        );
    }

    #[test]
    fn a_deadlines_own_day_is_still_open() {
        let deadline = deadline("2026-12-18");
        assert!(!deadline.is_over(date!(2026 - 12 - 18)));
        assert!(deadline.is_over(date!(2026 - 12 - 19)));
    }

    #[test]
    fn a_survey_opens_on_its_last_day_or_at_most_half_a_year_before() {
        let deadline = deadline("2027-01-29");
        for (day, checked) in [
            ("2027-01-30", Err(SurveyOpeningError::AfterDeadline)),
            ("2027-01-29", Ok(())),
            ("2026-11-02", Ok(())),
            ("2026-07-31", Ok(())),
            ("2026-07-30", Err(SurveyOpeningError::AnotherYears)),
            ("2025-11-02", Err(SurveyOpeningError::AnotherYears)),
        ] {
            assert_eq!(opening(day).opens(&deadline), checked, "{day}");
        }
    }

    #[test]
    fn what_is_of_another_survey_is_not_told() {
        let address = SurveyAddress::parse("https://survey.example.jp/").unwrap();
        let (this_year, next_year) = (deadline("2027-01-29"), deadline("2028-01-28"));
        let opens = opening("2026-11-02");
        let told = Survey::of(&this_year, Some(&opens), Some(&address));
        assert_eq!((told.opens, told.address), (Some(&opens), Some(&address)));
        let told = Survey::of(&next_year, Some(&opens), Some(&address));
        assert_eq!((told.opens, told.address), (None, None));
        let told = Survey::of(&this_year, None, Some(&address));
        assert_eq!((told.opens, told.address), (None, None));
    }
}
