//! What a column has in it, whatever it is called.

use std::collections::BTreeMap;

use domain::{KanaError, KanaName};
use time::Date;

use super::super::{
    cell::text,
    mapping::{BirthDates, Era, Serials},
    row::Row,
};

/// How many different values are kept.
const VALUES: usize = 60;

/// How a day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scheme {
    /// With a year of four digits or an era: read in one way only.
    Plain,
    /// With a digit for the era.
    EraCode,
    /// As a workbook counts days.
    Serial,
    /// Six digits or fewer, with the era in another column.
    WithoutEra,
}

/// A column.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    /// Cells that have something.
    pub(super) filled: u64,
    /// Cells that have nothing.
    pub(super) empty: u64,
    /// Of these, those that a workbook keeps as numbers.
    pub(super) numbers: u64,
    /// Names in kana, and texts with a kanji.
    pub(super) kana: u64,
    pub(super) kanji: u64,
    /// Texts of digits and letters.
    pub(super) codes: u64,
    /// Cells with a blank within.
    pub(super) spaced: u64,
    /// Days, by how they are written.
    pub(super) days: BTreeMap<Scheme, u64>,
    /// Digits that seem to stand for an era.
    pub(super) era_digits: BTreeMap<char, u64>,
    /// The values, if they are few.
    pub(super) values: BTreeMap<String, u64>,
    /// Whether there are more values than are kept.
    pub(super) has_more_values: bool,
    /// How often a filled cell has the same as the filled cell of the row before it.
    pub(super) repeats: u64,
    /// Lengths of codes.
    pub(super) lengths: Option<(usize, usize)>,
    before: Option<String>,
}

impl Column {
    /// Takes a cell.
    pub(super) fn take(&mut self, cell: &str, is_number: bool, today: Date) {
        let text = text(cell).unwrap_or_default();
        if text.is_empty() {
            self.empty += 1;
            self.before = None;
            return self.value(text);
        }
        self.filled += 1;
        self.numbers += u64::from(is_number);
        self.spaced += u64::from(text.contains(' '));
        self.repeats += u64::from(self.before.as_ref() == Some(&text));
        match KanaName::parse(&text) {
            Ok(_) => self.kana += 1,
            Err(KanaError::Kanji(_)) => self.kanji += 1,
            Err(_) => {}
        }
        let is_code = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if is_code {
            self.codes += 1;
            let length = text.len();
            let (least, most) = self.lengths.unwrap_or((length, length));
            self.lengths = Some((least.min(length), most.max(length)));
        }
        if let Some(scheme) = scheme_of(&text, today) {
            *self.days.entry(scheme).or_default() += 1;
            if scheme == Scheme::EraCode
                && let Some(digit) = text.chars().next()
            {
                *self.era_digits.entry(digit).or_default() += 1;
            }
        }
        self.before = Some(text.clone());
        self.value(text);
    }

    fn value(&mut self, value: String) {
        if self.values.contains_key(&value) || self.values.len() < VALUES {
            *self.values.entry(value).or_default() += 1;
        } else {
            self.has_more_values = true;
        }
    }

    /// How many days there are, however they are written.
    pub(super) fn day_count(&self) -> u64 {
        self.days.values().sum()
    }

    /// Whether nearly all filled cells are so.
    pub(super) fn mostly(&self, count: u64) -> bool {
        self.filled > 0 && count * 10 >= self.filled * 8
    }

    /// The scheme that most days have.
    pub(super) fn scheme(&self) -> Option<Scheme> {
        let most = self.days.iter().max_by_key(|(_, count)| **count);
        most.map(|(scheme, _)| *scheme)
    }
}

/// The day that a text is, where it can be read in one way only.
pub(super) fn day_of(text: &str) -> Option<Date> {
    let read = BirthDates::default().read_if_any(&[text.to_owned()]);
    read.ok().flatten()
}

/// How a day is written, if it is one.
pub(super) fn scheme_of(text: &str, today: Date) -> Option<Scheme> {
    let cells = [text.to_owned()];
    if BirthDates::default()
        .read_if_any(&cells)
        .is_ok_and(|day| day.is_some())
    {
        return Some(Scheme::Plain);
    }
    let is_digits = text.chars().all(|c| c.is_ascii_digit());
    let with_codes = every_code();
    if with_codes.read(&cells, today).is_ok() {
        return Some(if text.len() == 5 {
            Scheme::Serial
        } else {
            Scheme::EraCode
        });
    }
    let rest = format!("S{text:0>6}");
    let is_short = is_digits && matches!(text.len(), 5 | 6);
    if is_short && BirthDates::default().read(&[rest], today).is_ok() {
        return Some(Scheme::WithoutEra);
    }
    None
}

/// A reading that takes every digit for an era and five digits for a serial number: whether it is one at all.
fn every_code() -> BirthDates {
    let codes = [
        ('1', Era::Meiji),
        ('2', Era::Taisho),
        ('3', Era::Showa),
        ('4', Era::Heisei),
        ('5', Era::Showa),
        ('7', Era::Heisei),
        ('9', Era::Reiwa),
    ];
    BirthDates {
        era_codes: codes.into_iter().collect(),
        excel_serials: Some(Serials::From1900),
    }
}

/// The columns of rows.
pub(super) fn columns_of(rows: &[Kept], width: usize, today: Date) -> Vec<Column> {
    let mut columns = vec![Column::default(); width];
    for row in rows {
        for (at, column) in columns.iter_mut().enumerate() {
            let (cell, is_number) = row.cell(at);
            column.take(cell, is_number, today);
        }
    }
    columns
}

/// A row that is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) number: u64,
    cells: Vec<(String, bool)>,
}

impl Kept {
    pub(super) fn of(row: &Row<'_>) -> Self {
        let cells = row.cells().enumerate();
        Self {
            number: row.number,
            cells: cells
                .map(|(at, cell)| (cell.to_owned(), row.is_number(at)))
                .collect(),
        }
    }

    pub(super) fn cell(&self, at: usize) -> (&str, bool) {
        self.cells
            .get(at)
            .map_or(("", false), |(cell, is_number)| (cell, *is_number))
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The cells that have something.
    pub(super) fn filled(&self) -> impl Iterator<Item = (usize, &str)> {
        let cells = self.cells.iter().map(|(cell, _)| cell.trim()).enumerate();
        cells.filter(|(_, cell)| !cell.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_day_is_known_by_how_it_is_written() {
        for (text, scheme) in [
            ("19800101", Some(Scheme::Plain)),
            ("1980/1/9", Some(Scheme::Plain)),
            ("S55.1.1", Some(Scheme::Plain)),
            ("昭和55年1月1日", Some(Scheme::Plain)),
            ("2031-03-31", Some(Scheme::Plain)),
            ("3550101", Some(Scheme::EraCode)),
            ("3-55-01-01", Some(Scheme::EraCode)),
            ("29221", Some(Scheme::Serial)),
            ("550101", Some(Scheme::WithoutEra)),
            ("1001", None),
            ("健保 太郎", None),
            ("99999999", None),
            ("", None),
        ] {
            assert_eq!(scheme_of(text, date!(2026 - 04 - 01)), scheme, "{text}");
        }
    }
}
