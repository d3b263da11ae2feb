//! Where the header of a file is, or its first member where it has none.

use std::collections::BTreeMap;

use time::Date;

use super::super::{
    super::{cell::text, layout::ABOVE},
    content::{Kept, Scheme, scheme_of},
    names::{Role, role},
};

/// The header, among the first rows.
pub(super) struct Heading {
    pub(super) above: u64,
    pub(super) names: Option<Vec<String>>,
    /// Whether the names stand in several rows, so that no mapping can give them.
    pub(super) is_stacked: bool,
    /// How many of the first rows stand above the first member.
    pub(super) rows: usize,
    /// What each member's row begins with, where a file without a header says so in its first column.
    pub(super) record: Option<String>,
}

impl Heading {
    pub(super) fn of(first: &[Kept], today: Date) -> Self {
        let mut best: Option<(usize, usize)> = None;
        for (index, row) in first.iter().enumerate() {
            if row.number > ABOVE {
                break;
            }
            let known = known_in(row);
            if known >= 2 && best.is_none_or(|(most, _)| known > most) {
                best = Some((known, index));
            }
        }
        let Some((_, mut index)) = best else {
            return Self::none(first, today);
        };
        let is_name = |row: &Kept| {
            // 本人 is a value far more often than a name.
            let is_word = |(_, cell): (usize, &str)| {
                is_known(cell) && cell != "本人" && !cell.contains(char::is_numeric)
            };
            row.filled().any(is_word) && row.filled().count() > 1 && !has_day(row, today)
        };
        // A blank row divides a header from a title.
        let is_beside = |upper: usize, lower: usize| match (first.get(upper), first.get(lower)) {
            (Some(above), Some(below)) => below.number == above.number + 1,
            _ => false,
        };
        let has_names = |at: usize| first.get(at).is_some_and(is_name);
        let known = |at: usize| first.get(at).map_or(0, known_in);
        let says_little = |at: usize| {
            let names = first.get(at).map(names_of).unwrap_or_default();
            names.iter().any(|name| name.is_empty() || is_bare(name))
        };
        // The same names twice, in two languages: those below, beside which nothing is missing.
        while is_beside(index, index + 1)
            && has_names(index + 1)
            && known(index + 1) >= known(index)
            && !says_little(index + 1)
        {
            index += 1;
        }
        // A name that spans columns has their own names below it, or above.
        let mut last = index;
        while last + 1 - index < HEADER_ROWS && is_beside(last, last + 1) && has_names(last + 1) {
            last += 1;
        }
        let mut begin = index;
        while let Some(above) = begin.checked_sub(1)
            && last - above < HEADER_ROWS
            && says_little(begin)
            && is_beside(above, begin)
            && has_names(above)
        {
            begin = above;
        }
        let rows = first.get(begin..=last).unwrap_or_default();
        let rows: Vec<Vec<String>> = rows.iter().map(names_of).collect();
        let number = |at: usize| first.get(at).map_or(1, |row| row.number);
        let is_stacked = rows.len() > 1;
        Self {
            above: if is_stacked {
                number(last)
            } else {
                number(begin) - 1
            },
            names: Some(stacked(&rows)),
            is_stacked,
            rows: last + 1,
            record: None,
        }
    }

    /// Without a header, the first row that has a day is a member's: of rows of several widths, one that is as wide as
    /// most are.
    fn none(first: &[Kept], today: Date) -> Self {
        let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
        for row in first.iter().filter(|row| has_day(row, today)) {
            *widths.entry(row.len()).or_default() += 1;
        }
        let most = widths.iter().max_by_key(|(width, rows)| (**rows, **width));
        let width = most.map_or(0, |(width, _)| *width);
        let is_member = |row: &&Kept| row.len() >= width && has_day(row, today);
        let rows = first
            .iter()
            .position(|row| is_member(&row))
            .unwrap_or_default();
        let above = first
            .get(rows)
            .map_or(0, |row| row.number.saturating_sub(1));
        let mut kinds = first.iter().filter(is_member).map(|row| row.cell(0).0);
        let record = kinds
            .next()
            .filter(|kind| kind.len() == 1 && kinds.all(|other| other == *kind));
        Self {
            above: if rows == 0 { 0 } else { above },
            names: None,
            is_stacked: false,
            rows,
            record: record.map(str::to_owned),
        }
    }
}

/// How many rows a header may have.
const HEADER_ROWS: usize = 3;

fn names_of(row: &Kept) -> Vec<String> {
    let cells = (0..row.len()).map(|at| text(row.cell(at).0).unwrap_or_default());
    cells.collect()
}

/// Whether a name says so little that only the one above it tells what the column is.
fn is_bare(name: &str) -> bool {
    matches!(name, "年月日" | "日付")
}

/// The names of columns whose header has several rows. A name above goes on over the columns to its right, until there
/// is another in its row or above.
fn stacked(rows: &[Vec<String>]) -> Vec<String> {
    let width = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut groups = vec![String::new(); rows.len()];
    let names = (0..width).map(|at| {
        let own = |level: usize| rows[level].get(at).map_or("", |name| name);
        let mut lowest = 0;
        for level in 0..rows.len() {
            if !own(level).is_empty() {
                own(level).clone_into(&mut groups[level]);
                groups[level + 1..].iter_mut().for_each(String::clear);
                lowest = level;
            }
        }
        let lower = own(lowest);
        let combined = format!("{}{lower}", groups[..lowest].concat());
        // 氏名 over 漢字 and カナ, 生年月日 over 元号, 年, 月, 日; but 喪失 over 年月日, 被扶養者 over 氏名.
        let is_another = matches!(role(&combined), Some(Role::LeftOn | Role::Other));
        if role(lower).is_some() && !is_another {
            lower.to_owned()
        } else if lower.is_empty() {
            String::new()
        } else {
            combined
        }
    });
    names.collect()
}

/// How a row begins, up to where it may be another on the next page.
pub(super) fn begin_of(first: &str) -> String {
    let begin: String = first
        .chars()
        .take_while(|c| {
            !c.is_numeric() && !c.is_whitespace() && !matches!(c, ':' | '：' | '(' | '（')
        })
        .collect();
    if begin.is_empty() {
        first.to_owned()
    } else {
        begin
    }
}

fn is_known(cell: &str) -> bool {
    role(&text(cell).unwrap_or_default()).is_some()
}

fn known_in(row: &Kept) -> usize {
    row.filled().filter(|(_, cell)| is_known(cell)).count()
}

pub(super) fn has_day(row: &Kept, today: Date) -> bool {
    let plain = |cell: &str| {
        let text = text(cell).unwrap_or_default();
        matches!(
            scheme_of(&text, today),
            Some(Scheme::Plain | Scheme::EraCode)
        )
    };
    row.filled().filter(|(_, cell)| plain(cell)).count() > 0 && row.filled().count() > 2
}
