//! The yearly survey of dependants' eligibility: until when a member must have answered it.

use time::Date;

use crate::day;

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

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::SurveyDeadline;

    #[test]
    fn a_deadline_is_a_day_and_reads_back() {
        let deadline = SurveyDeadline::parse("2026-12-18").unwrap();
        assert_eq!(deadline.iso(), "2026-12-18");
        assert!(SurveyDeadline::parse("2026-12-32").is_err());
    }

    #[test]
    fn a_deadlines_own_day_is_still_open() {
        let deadline = SurveyDeadline::parse("2026-12-18").unwrap();
        assert!(!deadline.is_over(date!(2026 - 12 - 18)));
        assert!(deadline.is_over(date!(2026 - 12 - 19)));
    }
}
