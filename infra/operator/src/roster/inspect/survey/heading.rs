//! Where the header of a file is, or its first member where it has none.

use std::collections::BTreeMap;

use time::Date;

use super::super::{
    super::{cell::text, layout::ABOVE},
    content::{Kept, Scheme, scheme_of},
    names::role,
};

/// The header, among the first rows.
pub(super) struct Heading {
    pub(super) above: u64,
    pub(super) names: Option<Vec<String>>,
    pub(super) has_two_rows: bool,
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
        let Some((_, index)) = best else {
            return Self::none(first, today);
        };
        let names = |row: &Kept| -> Vec<String> {
            let cells = (0..row.len()).map(|at| text(row.cell(at).0).unwrap_or_default());
            cells.collect()
        };
        let Some(header) = first.get(index) else {
            return Self::none(first, today);
        };
        // A name that spans columns has their own names below it, or above.
        let is_name =
            |row: &Kept| known_in(row) > 0 && row.filled().count() > 1 && !has_day(row, today);
        if let Some(below) = first.get(index + 1).filter(|row| is_name(row)) {
            return Self::of_two(&names(header), &names(below), below.number, index + 2);
        }
        let above = index.checked_sub(1).and_then(|above| first.get(above));
        let own = names(header);
        if let Some(above) = above.filter(|row| is_name(row) && own.iter().any(String::is_empty)) {
            return Self::of_two(&names(above), &own, header.number, index + 1);
        }
        Self {
            above: header.number - 1,
            names: Some(own),
            has_two_rows: false,
            rows: index + 1,
            record: None,
        }
    }

    fn of_two(above: &[String], below: &[String], number: u64, rows: usize) -> Self {
        let width = above.len().max(below.len());
        let mut group = String::new();
        let names = (0..width).map(|at| {
            let upper = above.get(at).map_or("", |name| name);
            let lower = below.get(at).map_or("", |name| name);
            if !upper.is_empty() {
                upper.clone_into(&mut group);
            }
            match (upper.is_empty(), lower.is_empty()) {
                (_, true) => upper.to_owned(),
                // 氏名 over 漢字 and カナ, 生年月日 over 元号, 年, 月, 日.
                (_, false) if role(lower).is_some() => lower.to_owned(),
                _ => format!("{group}{lower}"),
            }
        });
        Self {
            names: Some(names.collect()),
            above: number,
            has_two_rows: true,
            rows,
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
            has_two_rows: false,
            rows,
            record: record.map(str::to_owned),
        }
    }
}

/// How a row begins, up to where it may be another on the next page.
pub(super) fn begin_of(first: &str) -> String {
    let begin: String = first
        .chars()
        .take_while(|c| !c.is_numeric() && !matches!(c, ':' | '：' | '(' | '（' | ' '))
        .collect();
    if begin.is_empty() {
        first.to_owned()
    } else {
        begin
    }
}

fn known_in(row: &Kept) -> usize {
    let known = row.filled().filter(|(_, cell)| {
        let name = text(cell).unwrap_or_default();
        role(&name).is_some()
    });
    known.count()
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
