//! What a file has: where its header is, which column is what, and which rows are no member's.

use std::collections::BTreeMap;

use time::Date;

use super::{
    super::{cell::text, layout::ABOVE, source::Source},
    content::{Column, Kept, Scheme, columns_of, day_of, scheme_of},
    names::{Role, role},
};
use crate::failure::Failure;

/// How many rows tell which column is what.
const SAMPLE: usize = 300;

/// What a file has.
pub(super) struct Survey {
    /// Rows above the header, or above the first member where there is none.
    pub(super) above: u64,
    /// The names of the columns; of two rows, what both have.
    pub(super) names: Option<Vec<String>>,
    /// Whether the names stand in two rows, so that no mapping can give them.
    pub(super) has_two_rows: bool,
    /// The columns by what they are; of some there are several.
    pub(super) roles: BTreeMap<Role, Vec<usize>>,
    /// What was found by what is in it, and not by its name.
    pub(super) by_content: Vec<Role>,
    /// All columns, over all rows of members.
    pub(super) columns: Vec<Column>,
    /// How rows begin that are no member's.
    pub(super) footer: Vec<String>,
    /// Rows of members from the beginning of the file.
    pub(super) sample: Vec<Kept>,
    /// How many rows of members there are.
    pub(super) rows: u64,
}

impl Survey {
    /// Surveys a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn of(source: &Source<'_>, today: Date) -> Result<Self, Failure> {
        let mut first = Vec::new();
        source.each_row(|row, _| {
            if !row.is_blank() {
                first.push(Kept::of(row));
            }
            Ok(first.len() < SAMPLE)
        })?;
        let mut survey = Self::of_first(&first, today);
        survey.take_all(source, today)?;
        Ok(survey)
    }

    fn of_first(first: &[Kept], today: Date) -> Self {
        let heading = Heading::of(first, today);
        let rows = first.get(heading.rows..).unwrap_or_default();
        let width = first.iter().map(Kept::len).max().unwrap_or_default();
        let columns = columns_of(rows, width, today);
        let mut survey = Self {
            above: heading.above,
            has_two_rows: heading.has_two_rows,
            roles: roles_of(heading.names.as_deref().unwrap_or_default(), &columns),
            names: heading.names,
            by_content: Vec::new(),
            columns,
            footer: Vec::new(),
            sample: Vec::new(),
            rows: 0,
        };
        survey.find_by_content();
        survey
    }

    /// Reads all rows, now that it is known what is where.
    fn take_all(&mut self, source: &Source<'_>, today: Date) -> Result<(), Failure> {
        self.columns = vec![Column::default(); self.columns.len()];
        let relevant: Vec<usize> = self.roles.values().flatten().copied().collect();
        source.each_row(|row, _| {
            if row.is_blank() || row.number <= self.above {
                return Ok(true);
            }
            let kept = Kept::of(row);
            if self.is_header(&kept) {
                return Ok(true);
            }
            if let Some(begin) = self.footer_of(&kept) {
                if !self.footer.contains(&begin) {
                    self.footer.push(begin);
                }
                return Ok(true);
            }
            self.rows += 1;
            for at in &relevant {
                if let Some(column) = self.columns.get_mut(*at) {
                    let (cell, is_number) = kept.cell(*at);
                    column.take(cell, is_number, today);
                }
            }
            if self.sample.len() < SAMPLE {
                self.sample.push(kept);
            }
            Ok(true)
        })?;
        self.footer.sort();
        Ok(())
    }

    fn is_header(&self, row: &Kept) -> bool {
        let Some(names) = &self.names else {
            return false;
        };
        let required = [Role::Number, Role::BirthDate, Role::Kana, Role::FamilyKana];
        let mut at = required
            .iter()
            .filter_map(|role| self.one(*role))
            .peekable();
        let is_named = |at: usize| {
            let cell = text(row.cell(at).0).unwrap_or_default();
            names.get(at).is_some_and(|name| *name == cell)
        };
        at.peek().is_some() && at.all(is_named)
    }

    /// How a row begins that is no member's: it has neither a kana name nor a birth date, and few cells or a word
    /// that ends lists.
    fn footer_of(&self, row: &Kept) -> Option<String> {
        const WORDS: [&str; 14] = [
            "合計",
            "小計",
            "総計",
            "計",
            "件数",
            "総件数",
            "以上",
            "※",
            "＊",
            "*",
            "注",
            "出力",
            "作成",
            "ページ",
        ];
        let of_member = [Role::Kana, Role::FamilyKana, Role::BirthDate, Role::Year];
        let mut of_member = of_member.iter().filter_map(|role| self.one(*role));
        if of_member.any(|at| !row.cell(at).0.trim().is_empty()) {
            return None;
        }
        let mut filled = row.filled();
        let (_, first) = filled.next()?;
        let rest = filled.count();
        let is_word = WORDS.iter().any(|word| first.starts_with(word));
        let is_code = first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !is_word && (is_code || rest > 0) {
            return None;
        }
        let begin: String = first
            .chars()
            .take_while(|c| !c.is_numeric() && !matches!(c, ':' | '：' | '(' | '（' | ' '))
            .collect();
        Some(if begin.is_empty() {
            first.to_owned()
        } else {
            begin
        })
    }

    /// The first column of a role.
    pub(super) fn one(&self, role: Role) -> Option<usize> {
        self.roles
            .get(&role)
            .and_then(|columns| columns.first())
            .copied()
    }

    pub(super) fn column(&self, at: usize) -> Option<&Column> {
        self.columns.get(at)
    }

    /// What a column is called, for a person.
    pub(super) fn name(&self, at: usize) -> String {
        let named = self.names.as_ref().and_then(|names| names.get(at));
        named
            .filter(|name| !name.is_empty())
            .cloned()
            .unwrap_or_else(|| format!("{}列目", at + 1))
    }

    fn found(&mut self, role: Role, columns: Vec<usize>) {
        self.by_content.push(role);
        self.roles.insert(role, columns);
    }

    /// Finds what no name has told: kana, names, birth date, relationship, 記号 and 番号.
    fn find_by_content(&mut self) {
        let taken: Vec<usize> = self.roles.values().flatten().copied().collect();
        let free: Vec<usize> = (0..self.columns.len())
            .filter(|at| {
                let is_empty = self
                    .columns
                    .get(*at)
                    .is_none_or(|column| column.filled == 0);
                !taken.contains(at) && !is_empty
            })
            .collect();
        let all = self.columns.clone();
        let those = |is: &dyn Fn(&Column) -> bool| -> Vec<usize> {
            let columns = free.iter().filter(|at| all.get(**at).is_some_and(is));
            columns.copied().collect()
        };
        let kana = those(&|column| column.mostly(column.kana));
        let kanji = those(&|column| {
            let is_one_word = column.values.len() == 1 && column.filled > 1;
            let is_of_words =
                column.values.contains_key("本人") || column.values.contains_key("男");
            column.mostly(column.kanji) && !is_one_word && !is_of_words
        });
        let days = those(&|column| column.mostly(column.day_count()));
        let codes =
            those(&|column| column.mostly(column.codes) && !column.mostly(column.day_count()));
        if !self.has_any(&[Role::Kana, Role::FamilyKana]) {
            match &*kana {
                [family, given, ..] if *given == family + 1 && !self.is_spaced(*family) => {
                    self.found(Role::FamilyKana, vec![*family]);
                    self.found(Role::GivenKana, vec![*given]);
                }
                [first, ..] => self.found(Role::Kana, vec![*first]),
                [] => {}
            }
        }
        if !self.has_any(&[Role::Name, Role::FamilyName]) {
            match &*kanji {
                [family, given, ..] if *given == family + 1 && !self.is_spaced(*family) => {
                    self.found(Role::FamilyName, vec![*family]);
                    self.found(Role::GivenName, vec![*given]);
                }
                [first, ..] => self.found(Role::Name, vec![*first]),
                [] => {}
            }
        }
        if !self.has_any(&[Role::BirthDate, Role::Year]) {
            self.find_days(&days);
        }
        if !self.has_any(&[Role::Relationship]) && self.names.is_none() {
            let has_word = |column: &Column| column.values.contains_key("本人");
            if let Some(at) = those(&has_word).first() {
                self.found(Role::Relationship, vec![*at]);
            }
        }
        if !self.has_any(&[Role::Number, Role::SymbolAndNumber]) && self.names.is_none() {
            self.find_number(&codes);
        }
    }

    fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains_key(role))
    }

    fn is_spaced(&self, at: usize) -> bool {
        let column = self.columns.get(at);
        column.is_some_and(|column| column.mostly(column.spaced))
    }

    /// The birth date is the column of days that has one in every row, and the earliest.
    fn find_days(&mut self, days: &[usize]) {
        let most = days
            .iter()
            .filter_map(|at| self.columns.get(*at))
            .map(|column| column.filled)
            .max();
        let everywhere: Vec<usize> = days
            .iter()
            .copied()
            .filter(|at| self.columns.get(*at).map(|column| column.filled) == most)
            .collect();
        let earliest = |at: &usize| -> Option<Date> {
            let values = self.columns.get(*at).map(|column| column.values.keys());
            let days = values
                .into_iter()
                .flatten()
                .filter_map(|value| day_of(value));
            days.min()
        };
        let born = match &*everywhere {
            [only] => Some(*only),
            several => several
                .iter()
                .min_by_key(|at| earliest(at).unwrap_or(Date::MAX))
                .copied(),
        };
        if let Some(born) = born {
            self.found(Role::BirthDate, vec![born]);
        }
    }

    /// Of the first columns of codes, the one with the most values is 番号, and the one before it 記号.
    fn find_number(&mut self, codes: &[usize]) {
        let early: Vec<usize> = codes.iter().copied().take(4).collect();
        let values = |at: &usize| {
            self.columns.get(*at).map_or(0, |column| {
                let more = usize::from(column.has_more_values);
                column.values.len() + more
            })
        };
        // Of those with the same number of values, the later one: a 記号 stands before its 番号.
        let number = early.iter().copied().max_by_key(|at| (values(at), *at));
        let Some(number) = number else {
            return;
        };
        let symbol = early.iter().copied().rfind(|at| *at < number);
        if let Some(symbol) = symbol {
            self.found(Role::Symbol, vec![symbol]);
        }
        self.found(Role::Number, vec![number]);
    }
}

/// The header, among the first rows.
struct Heading {
    above: u64,
    names: Option<Vec<String>>,
    has_two_rows: bool,
    /// How many of the first rows stand above the first member.
    rows: usize,
}

impl Heading {
    fn of(first: &[Kept], today: Date) -> Self {
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
        let is_name = |row: &Kept| known_in(row) > 0 && !has_day(row, today);
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
        }
    }

    /// Without a header, the first row that has a day is a member's.
    fn none(first: &[Kept], today: Date) -> Self {
        let rows = first
            .iter()
            .position(|row| has_day(row, today))
            .unwrap_or_default();
        let above = first
            .get(rows)
            .map_or(0, |row| row.number.saturating_sub(1));
        Self {
            above: if rows == 0 { 0 } else { above },
            names: None,
            has_two_rows: false,
            rows,
        }
    }
}

fn known_in(row: &Kept) -> usize {
    let known = row.filled().filter(|(_, cell)| {
        let name = text(cell).unwrap_or_default();
        role(&name).is_some()
    });
    known.count()
}

fn has_day(row: &Kept, today: Date) -> bool {
    let plain = |cell: &str| {
        let text = text(cell).unwrap_or_default();
        matches!(
            scheme_of(&text, today),
            Some(Scheme::Plain | Scheme::EraCode)
        )
    };
    row.filled().filter(|(_, cell)| plain(cell)).count() > 0 && row.filled().count() > 2
}

/// The columns by what their names say. Of a role that only one column can have, the one that has the most in it.
fn roles_of(names: &[String], columns: &[Column]) -> BTreeMap<Role, Vec<usize>> {
    let mut roles: BTreeMap<Role, Vec<usize>> = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        if let Some(role) = role(name) {
            roles.entry(role).or_default().push(at);
        }
    }
    let filled = |at: &usize| columns.get(*at).map_or(0, |column| column.filled);
    for (role, found) in &mut roles {
        if !matches!(
            role,
            Role::SymbolPart | Role::FormerFamilyKana | Role::Other | Role::LeftOn
        ) {
            found.sort_by_key(|at| (u64::MAX - filled(at), *at));
        }
    }
    roles
}
