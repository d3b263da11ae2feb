//! The member's birth date, western or of a Japanese era, as typed (manual, step 2:
//! 「生年月日を入力ください」, with no form prescribed). Which day is today is passed in.

use time::{Date, Month};

use crate::characters::{is_invisible, is_middle_dot, is_stroke, narrow};
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

/// What a year of one or two digits may be: the eras of living people that had such a day, up to today.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EraYears {
    year: u32,
    month: u32,
    day: u32,
    /// As in [`ERAS`].
    had: [bool; ERAS.len()],
}

opaque_debug!(EraYears);

impl EraYears {
    /// The eras before this one are those of people of a hundred years, whom no employer insures.
    const FIRST: usize = 2;

    fn of(year: u32, month: u32, day: u32, today: Date) -> Self {
        let mut had = [false; ERAS.len()];
        for (had, era) in had.iter_mut().zip(&ERAS).skip(Self::FIRST) {
            *had = day_of(Some(era), year, month, day).is_ok_and(|date| date <= today);
        }
        Self {
            year,
            month,
            day,
            had,
        }
    }

    /// The years as one writes them, `昭和55年`, the oldest first; none where no era had such a day.
    #[must_use]
    pub fn years(&self) -> Vec<String> {
        let eras = ERAS.iter().zip(self.had).filter(|(_, had)| *had);
        eras.map(|(Era { kanji: [a, b], .. }, _)| format!("{a}{b}{}年", self.year))
            .collect()
    }

    /// The whole day, `昭和55年1月1日`, where only one era had it.
    #[must_use]
    pub fn only_day(&self) -> Option<String> {
        match &*self.years() {
            [year] => Some(format!("{year}{}月{}日", self.month, self.day)),
            _ => None,
        }
    }
}

/// An era of the Japanese calendar.
struct Era {
    letter: char,
    /// Its two kanji, the first of which is also its short form.
    kanji: [char; 2],
    /// The one character that holds both.
    square: char,
    /// The western year before its year 1.
    year_before: i32,
    /// The number of the calendar year in which it ended.
    last: i32,
}

const ERAS: [Era; 5] = [
    Era {
        letter: 'M',
        kanji: ['明', '治'],
        square: '㍾',
        year_before: 1867,
        last: 45,
    },
    Era {
        letter: 'T',
        kanji: ['大', '正'],
        square: '㍽',
        year_before: 1911,
        last: 15,
    },
    Era {
        letter: 'S',
        kanji: ['昭', '和'],
        square: '㍼',
        year_before: 1925,
        last: 64,
    },
    Era {
        letter: 'H',
        kanji: ['平', '成'],
        square: '㍻',
        year_before: 1988,
        last: 31,
    },
    // The current era ends where two digits do.
    Era {
        letter: 'R',
        kanji: ['令', '和'],
        square: '㋿',
        year_before: 2018,
        last: 99,
    },
];

/// The most characters that are looked at: the longest form has some fifteen, the rest is room
/// for blanks.
const LONGEST: usize = 64;

/// A part of a written date.
#[derive(Clone, Copy)]
enum Part {
    /// A run of digits: its value and its length.
    Number {
        value: u32,
        digits: u8,
    },
    /// 元, the first year of an era.
    First,
    Era(&'static Era),
    Year,
    Month,
    Day,
    /// A hyphen, slash, full stop or comma.
    Separator,
    /// Blanks. They separate numbers, and mean nothing elsewhere.
    Blank,
}

/// The day that was written, of whatever year.
fn read(text: &str, today: Date) -> Result<Date, BirthDateError> {
    let mut parts = without_form(parts(text)?).into_iter().peekable();
    let era = match parts.peek().copied() {
        None => return Err(BirthDateError::Empty),
        Some(Part::Era(era)) => {
            parts.next();
            // S.60.1.1
            parts.next_if(|part| matches!(part, Part::Separator));
            Some(era)
        }
        Some(_) => None,
    };
    let (year, digits) = match parts.next() {
        Some(Part::Number { value, digits }) => (value, digits),
        Some(Part::First) if era.is_some() => (1, 1),
        None | Some(Part::Year) => return Err(BirthDateError::Incomplete),
        Some(_) => return Err(BirthDateError::NotADate),
    };
    let era = era.filter(|_| digits != 4 && digits != 8);
    if parts.peek().is_none() {
        return unseparated(era, year, digits, today);
    }
    divide(&mut parts, |part| matches!(part, Part::Year))?;
    let month = number(&mut parts)?;
    divide(&mut parts, |part| matches!(part, Part::Month))?;
    let day = number(&mut parts)?;
    parts.next_if(|part| matches!(part, Part::Day));
    if parts.next().is_some() {
        return Err(BirthDateError::NotADate);
    }
    // Only now: 1/1/1985 is no form of ours, rather than a year of one digit.
    match (era, digits) {
        (None, 4) | (Some(_), 1 | 2) => {}
        (None, 1 | 2) if day.digits <= 2 => {
            let may_be = EraYears::of(year, month.value, day.value, today);
            return Err(BirthDateError::TwoDigitYear(may_be));
        }
        _ => return Err(BirthDateError::NotADate),
    }
    if month.digits > 2 || day.digits > 2 {
        return Err(BirthDateError::NotADate);
    }
    day_of(era, year, month.value, day.value)
}

/// The parts without what a form has written around them a second time, or around nothing.
fn without_form(mut parts: Vec<Part>) -> Vec<Part> {
    if let [.., Part::Year, Part::Month, Part::Day] = *parts {
        parts.truncate(parts.len() - 3);
    }
    parts.dedup_by(|next, part| match (part, next) {
        (Part::Era(era), Part::Era(again)) => era.letter == again.letter,
        (Part::Year, Part::Year) | (Part::Month, Part::Month) | (Part::Day, Part::Day) => true,
        _ => false,
    });
    parts
}

/// A date in one run of digits.
fn unseparated(
    era: Option<&Era>,
    run: u32,
    digits: u8,
    today: Date,
) -> Result<Date, BirthDateError> {
    let (year, month, day) = (run / 10_000, run / 100 % 100, run % 100);
    match (era, digits) {
        (None, 8) | (Some(_), 6) => day_of(era, year, month, day),
        (None, 6) => Err(BirthDateError::TwoDigitYear(EraYears::of(
            year, month, day, today,
        ))),
        (None, 1..=5) | (Some(_), 1..=2) => Err(BirthDateError::Incomplete),
        // Also seven digits: the first may be an era, of which there are several numberings.
        _ => Err(BirthDateError::NotADate),
    }
}

fn day_of(era: Option<&Era>, year: u32, month: u32, day: u32) -> Result<Date, BirthDateError> {
    let no_such_day = BirthDateError::NoSuchDay;
    let year = i32::try_from(year).map_err(|_| no_such_day)?;
    let year = match era {
        None => year,
        Some(era) if (1..=era.last).contains(&year) => era.year_before + year,
        Some(_) => return Err(no_such_day),
    };
    let month = u8::try_from(month)
        .ok()
        .and_then(|month| Month::try_from(month).ok());
    let day = u8::try_from(day).map_err(|_| no_such_day)?;
    month
        .and_then(|month| Date::from_calendar_date(year, month, day).ok())
        .ok_or(no_such_day)
}

/// What stands between two numbers: a separator, the kanji of the first, or blanks.
fn divide(
    parts: &mut core::iter::Peekable<impl Iterator<Item = Part>>,
    kanji: impl Fn(&Part) -> bool,
) -> Result<(), BirthDateError> {
    match parts.next() {
        Some(Part::Separator | Part::Blank) => Ok(()),
        Some(part) if kanji(&part) => Ok(()),
        None => Err(BirthDateError::Incomplete),
        Some(_) => Err(BirthDateError::NotADate),
    }
}

struct Number {
    value: u32,
    digits: u8,
}

fn number(
    parts: &mut core::iter::Peekable<impl Iterator<Item = Part>>,
) -> Result<Number, BirthDateError> {
    match parts.next() {
        Some(Part::Number { value, digits }) => Ok(Number { value, digits }),
        // A form with three fields writes 昭和55年月1日 when one of them is empty.
        None | Some(Part::Month | Part::Day) => Err(BirthDateError::Incomplete),
        Some(_) => Err(BirthDateError::NotADate),
    }
}

/// Cuts the text into its parts, without the blanks that do not stand between two numbers.
fn parts(text: &str) -> Result<Vec<Part>, BirthDateError> {
    if text.chars().nth(LONGEST).is_some() {
        return Err(BirthDateError::NotADate);
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut blank = false;
    let mut characters = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(narrow)
        .peekable();
    while let Some(c) = characters.next() {
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if let Some(digit) = c.to_digit(10) {
            match parts.last_mut() {
                Some(Part::Number { digits: 8.., .. }) if !blank => {
                    return Err(BirthDateError::NotADate);
                }
                Some(Part::Number { value, digits }) if !blank => {
                    *value = *value * 10 + digit;
                    *digits += 1;
                }
                last => {
                    if matches!(last, Some(Part::Number { .. })) {
                        parts.push(Part::Blank);
                    }
                    parts.push(Part::Number {
                        value: digit,
                        digits: 1,
                    });
                }
            }
        } else if is_stroke(c) || is_middle_dot(c) {
            parts.push(Part::Separator);
        } else {
            parts.push(match c {
                '年' => Part::Year,
                '月' => Part::Month,
                '日' => Part::Day,
                '元' => Part::First,
                '/' | '.' | ',' | '、' | '。' | '､' | '｡' | '\u{2044}' | '\u{2215}' => {
                    Part::Separator
                }
                c => {
                    let era = era(c).ok_or(BirthDateError::NotADate)?;
                    if c == era.kanji[0] {
                        characters.next_if_eq(&era.kanji[1]);
                    }
                    Part::Era(era)
                }
            });
        }
        blank = false;
    }
    Ok(parts)
}

/// The era that a letter, a square character or the first kanji of its name stands for.
fn era(c: char) -> Option<&'static Era> {
    ERAS.iter()
        .find(|era| c == era.square || c == era.kanji[0] || c.to_ascii_uppercase() == era.letter)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::{BirthDate, BirthDateError};

    fn read(text: &str) -> Result<String, BirthDateError> {
        BirthDate::parse(text, date!(2026 - 11 - 22)).map(|born| born.iso())
    }

    #[track_caller]
    fn reads_as(iso: &str, texts: &[&str]) {
        for text in texts {
            assert_eq!(read(text), Ok(iso.to_owned()), "{text}");
        }
    }

    #[track_caller]
    fn refused_as(error: BirthDateError, texts: &[&str]) {
        for text in texts {
            assert_eq!(read(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_western_date_is_read_in_every_form() {
        reads_as(
            "1985-01-02",
            &[
                "19850102",
                "１９８５０１０２",
                "1985-01-02",
                "1985/1/2",
                "1985.1.2",
                "1985,1,2",
                "1985 1 2",
                "1985　01　02",
                "1985年1月2日",
                "1985年1月2",
                "1985 年 1 月 2 日",
                "1985ー1ー2",
                "1985・1・2",
                "１９８５－０１－０２",
                "1985/ 1/ 2",
                "\u{200E}1985-01-02\u{200E}",
                "1985年1/2",
            ],
        );
    }

    #[test]
    fn an_era_is_read_from_its_name_its_kanji_its_letter_and_its_square() {
        reads_as(
            "1985-01-02",
            &[
                "昭和60年1月2日",
                "昭60年1月2日",
                "㍼60.1.2",
                "S60.1.2",
                "s60-1-2",
                "Ｓ６０／１／２",
                "S.60.1.2",
                "S600102",
                "昭和600102",
                "昭和 60 1 2",
            ],
        );
        reads_as(
            "1912-07-30",
            &["大正元年7月30日", "明治45年7月30日", "M45.7.30", "T1.7.30"],
        );
        reads_as(
            "2019-05-01",
            &["令和元年5月1日", "㋿1.5.1", "r010501", "平成31年5月1日"],
        );
        reads_as("1989-01-08", &["㍻元.1.8", "平元/1/8"]);
    }

    #[test]
    fn the_years_of_an_era_are_whole_calendar_years() {
        reads_as("1989-12-31", &["昭和64年12月31日"]);
        reads_as("1989-01-01", &["平成元年1月1日"]);
        reads_as("1926-12-31", &["T15.12.31", "S1.12.31"]);
        refused_as(
            BirthDateError::NoSuchDay,
            &[
                "昭和65年1月1日",
                "平成32年1月1日",
                "大正16年1月1日",
                "明治46年1月1日",
                "昭和0年1月1日",
                "S000101",
            ],
        );
    }

    #[test]
    fn a_two_digit_year_and_a_digit_for_the_era_are_never_guessed() {
        for text in ["850101", "85/1/1", "60年1月1日", "1.1.1"] {
            assert!(
                matches!(read(text), Err(BirthDateError::TwoDigitYear(_))),
                "{text}"
            );
        }
        refused_as(
            BirthDateError::NotADate,
            &["3600101", "1/1/1985", "3-60-1985"],
        );
    }

    #[test]
    fn a_two_digit_year_is_asked_back_with_the_eras_that_had_it() {
        let asked = |text: &str| match read(text) {
            Err(BirthDateError::TwoDigitYear(may_be)) => (may_be.years(), may_be.only_day()),
            other => panic!("{text}: {other:?}"),
        };
        let years = |years: &[&str]| {
            years
                .iter()
                .map(|&year| year.to_owned())
                .collect::<Vec<_>>()
        };
        for text in ["55年1月1日", "５５/1/1", "550101"] {
            let day = Some("昭和55年1月1日".to_owned());
            assert_eq!(asked(text), (years(&["昭和55年"]), day), "{text}");
        }
        assert_eq!(asked("10.5.1"), (years(&["昭和10年", "平成10年"]), None));
        // Not in the future: today is in the eighth year of 令和.
        assert_eq!(
            asked("8.11.22").0,
            years(&["昭和8年", "平成8年", "令和8年"])
        );
        assert_eq!(asked("8.11.23").0, years(&["昭和8年", "平成8年"]));
        assert_eq!(asked("85.1.1"), (Vec::new(), None));
        assert_eq!(asked("55.2.30"), (Vec::new(), None));
    }

    #[test]
    fn what_was_typed_into_a_form_with_an_era_counts_once() {
        reads_as(
            "1980-01-02",
            &[
                "昭和昭和55年年1月2日",
                "昭和昭和55年1月2日",
                "昭和55年年1月月2日日",
                "昭和S55年1月2日",
                "昭和昭和55年1月2日年月日",
                "昭和S55.1.2年月日",
                "昭和19800102年月日",
                "19800102年月日",
                "昭和1980/1/2年月日",
                "昭和１９８０年1月2日",
                "平成1980年1月2日",
                "昭和19800102",
            ],
        );
        refused_as(BirthDateError::NotADate, &["平成昭和55年1月2日"]);
        refused_as(BirthDateError::Incomplete, &["昭和55年月日", "昭和年月日"]);
    }

    #[test]
    fn a_day_that_does_not_exist_is_no_birth_date() {
        refused_as(
            BirthDateError::NoSuchDay,
            &[
                "19850229",
                "1985/13/1",
                "1985/0/1",
                "1985/1/0",
                "1985/1/32",
                "1900-02-29",
            ],
        );
        reads_as("2000-02-29", &["20000229"]);
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        refused_as(BirthDateError::Empty, &["", " ", "　\u{200B}"]);
        refused_as(
            BirthDateError::Incomplete,
            &[
                "1985",
                "1985年1月",
                "1985年1月日",
                "昭和60年月1日",
                "1985年月日",
                "年1月1日",
                "1985年",
                "S60",
                "昭和",
                "平成元",
                "1985/1",
                "1985/",
                "198501年",
            ],
        );
    }

    #[test]
    fn other_forms_are_refused() {
        refused_as(
            BirthDateError::NotADate,
            &[
                "1985/1/1x",
                "x",
                "Jan 1 1985",
                "1985/001/1",
                "1985/1/001",
                "198511/1/1",
                "985/1/1",
                "1985/1/1/",
                "1985//1/1",
                "198501011",
                "S6001011",
                "S60101",
                "元年1月1日",
                "1985-元-1",
                "/1985/1/1",
                "1985年1月1日生",
                "昭和六十年一月一日",
                "SH60.1.1",
                "和60.1.1",
                "1985年1年1日",
                "\0",
            ],
        );
        refused_as(
            BirthDateError::NotADate,
            &[&"1".repeat(10_000), &" ".repeat(10_000)],
        );
    }

    #[test]
    fn today_is_the_last_day_and_1900_the_first_year() {
        reads_as("2026-11-22", &["20261122", "R8.11.22"]);
        refused_as(
            BirthDateError::Future,
            &["20261123", "令和9年1月1日", "99991231"],
        );
        reads_as("1900-01-01", &["19000101", "明治33年1月1日"]);
        refused_as(
            BirthDateError::TooOld,
            &["18991231", "明治元年1月1日", "00000101"],
        );
        assert_eq!(
            BirthDate::from_date(date!(1899 - 12 - 31)),
            Err(BirthDateError::TooOld)
        );
    }

    #[test]
    fn the_stored_form_reads_back_and_no_other_does() {
        let born = BirthDate::from_date(date!(1985 - 01 - 02)).unwrap();
        assert_eq!(BirthDate::from_iso(&born.iso()), Ok(born));
        for text in [
            "1985-1-2",
            "19850102",
            "1985/01/02",
            "S60-01-02",
            "1985-01-02 ",
            "１985-01-02",
            "",
        ] {
            assert_eq!(
                BirthDate::from_iso(text),
                Err(BirthDateError::NotADate),
                "{text}"
            );
        }
        assert_eq!(
            BirthDate::from_iso("1985-02-30"),
            Err(BirthDateError::NoSuchDay)
        );
        assert_eq!(
            BirthDate::from_iso("1899-01-01"),
            Err(BirthDateError::TooOld)
        );
    }

    #[test]
    fn a_day_is_written_in_western_and_in_era_years() {
        let forms = BirthDate::from_date(date!(1989 - 01 - 08))
            .unwrap()
            .written_forms();
        for form in [
            "19890108", "198918", "890108", "01081989", "08011989", "640108", "010108", "s6418",
            "h118",
        ] {
            // h118 is too short to forbid.
            assert_eq!(forms.contains(&form.to_owned()), form.len() >= 5, "{form}");
        }
    }

    #[test]
    fn a_birth_date_does_not_print() {
        let born = BirthDate::from_date(date!(1985 - 01 - 02)).unwrap();
        assert_eq!(format!("{born:?}"), "BirthDate(..)");
    }
}
