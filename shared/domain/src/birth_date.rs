//! The member's birth date, western or of a Japanese era, as typed (manual, step 2:
//! 「生年月日を入力ください」, with no form prescribed). Which day is today is passed in.

mod era;
mod reading;
#[cfg(test)]
mod tests;

use time::Date;

pub use self::era::EraYears;
use self::{era::ERAS, reading::read};

use crate::day;

/// A day on which a living person can have been born: from 1900 to today.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BirthDate(Date);

opaque_debug!(BirthDate);

impl BirthDate {
    /// The first year that is accepted.
    pub const FIRST_YEAR: i32 = 1900;

    /// Reads a birth date as a member types it; `today` is the day in Japan.
    ///
    /// | form | examples |
    /// |---|---|
    /// | western, 8 digits | `19850101` |
    /// | western, separated | `1985-1-1`, `1985/01/01`, `1985.1.1`, `1985 1 1`, `1985年1月1日` |
    /// | era, separated | `昭和60年1月1日`, `昭60.1.1`, `㍼60/1/1`, `S60-1-1`, `平成元年1月8日` |
    /// | era, 6 digits | `S600101`, `昭和600101` |
    ///
    /// In full or half width; any horizontal stroke, also ー, is a hyphen; blanks around the
    /// parts do not matter; era letters are M T S H R in either case.
    ///
    /// A form with an era to choose and three fields writes `昭和…年…月…日` around what was typed into them. So an
    /// era, 年, 月 or 日 that was typed as well (`昭和昭和55年年1月1日`) counts once, and a whole date in the first
    /// field (`昭和S55.1.1年月日`) is that date. Four digits are a western year whatever the era before them: no era
    /// has had so many.
    ///
    /// The years of an era are taken as whole calendar years, from the era's first to the one in
    /// which it ended, because a member who is off by some weeks at the change of an era means
    /// exactly one day: 昭和64年3月1日 is 1989-03-01, and 平成元年1月1日 is 1989-01-01. A year that the
    /// era never had (平成32年) is no date.
    ///
    /// A two-digit western year and a digit for the era (`3600101`) are never guessed.
    ///
    /// # Errors
    /// [`BirthDateError`] says what is wrong.
    pub fn parse(text: &str, today: Date) -> Result<Self, BirthDateError> {
        let born = read(text, today)?;
        if born.year() < Self::FIRST_YEAR {
            Err(BirthDateError::TooOld)
        } else if born > today {
            Err(BirthDateError::Future)
        } else {
            Ok(Self(born))
        }
    }

    /// Reads a birth date as [`iso`](Self::iso) wrote it: from the roster or a registration.
    ///
    /// # Errors
    /// [`BirthDateError`] when the text is not `YYYY-MM-DD` of a real day since 1900.
    pub fn from_iso(text: &str) -> Result<Self, BirthDateError> {
        let digits = text.as_bytes();
        let shaped = digits.len() == 10
            && digits.iter().enumerate().all(|(i, b)| match i {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shaped {
            return Err(BirthDateError::NotADate);
        }
        Self::from_date(read(text, Date::MAX)?)
    }

    /// A birth date that is already a day.
    ///
    /// # Errors
    /// [`BirthDateError::TooOld`] for a day before 1900.
    pub fn from_date(date: Date) -> Result<Self, BirthDateError> {
        if date.year() < Self::FIRST_YEAR {
            Err(BirthDateError::TooOld)
        } else {
            Ok(Self(date))
        }
    }

    /// The day.
    #[must_use]
    pub fn date(&self) -> Date {
        self.0
    }

    /// The day as `YYYY-MM-DD`.
    #[must_use]
    pub fn iso(&self) -> String {
        day::iso(self.0)
    }

    /// The ways in which people write the day without separators, lower-case letters and digits
    /// only, five characters or more: western and era, padded and not, day first and last. The
    /// rule that a password does not contain the birth date looks for them.
    #[must_use]
    pub fn written_forms(&self) -> Vec<String> {
        let (year, month, day) = self.parts();
        let short = year.rem_euclid(100);
        let mut forms = vec![
            format!("{year:04}{month:02}{day:02}"),
            format!("{year:04}{month}{day}"),
            format!("{short:02}{month:02}{day:02}"),
            format!("{month:02}{day:02}{year:04}"),
            format!("{day:02}{month:02}{year:04}"),
        ];
        for era in &ERAS {
            let of_era = year - era.year_before;
            if (1..=era.last).contains(&of_era) {
                let letter = era.letter.to_ascii_lowercase();
                forms.push(format!("{of_era:02}{month:02}{day:02}"));
                forms.push(format!("{letter}{of_era}{month}{day}"));
            }
        }
        forms.retain(|form| form.len() >= 5);
        forms.sort();
        forms.dedup();
        forms
    }

    fn parts(self) -> (i32, u8, u8) {
        (self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

/// Why a text is no birth date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BirthDateError {
    /// Nothing was typed.
    #[error("the birth date is empty")]
    Empty,
    /// Not one of the forms in which a date is written.
    #[error("the birth date is in no form that is understood")]
    NotADate,
    /// A year of one or two digits without an era, and the years of eras that it may be.
    #[error("the year has two digits and no era")]
    TwoDigitYear(EraYears),
    /// A well-formed date that the calendar or the era does not have.
    #[error("the calendar has no such day")]
    NoSuchDay,
    /// After today.
    #[error("the birth date is in the future")]
    Future,
    /// Before 1900.
    #[error("the birth date is before 1900")]
    TooOld,
    /// The month or the day is missing.
    #[error("the birth date lacks its month or its day")]
    Incomplete,
}

impl BirthDateError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotADate => "not_a_date",
            Self::TwoDigitYear(_) => "two_digit_year",
            Self::NoSuchDay => "no_such_day",
            Self::Future => "future",
            Self::TooOld => "too_old",
            Self::Incomplete => "incomplete",
        }
    }
}
