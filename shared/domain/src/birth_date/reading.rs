//! How a day is read as people write it.

use time::{Date, Month};

use super::{
    BirthDateError, EraYears,
    era::{ERAS, Era},
};
use crate::characters::{is_invisible, is_middle_dot, is_stroke, narrow};

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
pub(super) fn read(text: &str, today: Date) -> Result<Date, BirthDateError> {
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

pub(super) fn day_of(
    era: Option<&Era>,
    year: u32,
    month: u32,
    day: u32,
) -> Result<Date, BirthDateError> {
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

/// What stands behind the label that was copied along. 生年月日 is as well 生, and what a form writes around its fields.
fn without_label(text: &str) -> &str {
    match text.split_once("生年月日") {
        Some((_, date)) if date.contains(char::is_numeric) => {
            date.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '：'))
        }
        _ => text,
    }
}

/// Cuts the text into its parts, without the blanks that do not stand between two numbers.
fn parts(text: &str) -> Result<Vec<Part>, BirthDateError> {
    if text.chars().nth(LONGEST).is_some() {
        return Err(BirthDateError::NotADate);
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut blank = false;
    let mut characters = without_label(text)
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
                '生' if matches!(parts.last(), Some(Part::Day)) => {
                    characters.next_if_eq(&'ま');
                    characters.next_if_eq(&'れ');
                    continue;
                }
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
