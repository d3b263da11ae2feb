//! What a file has: where its header is, which column is what, and which rows are no member's.

mod by_content;
mod heading;

use std::collections::BTreeMap;

use time::Date;

use self::heading::{Heading, begin_of, has_day};
use super::{
    super::{cell::text, source::Source},
    content::{Column, Kept, columns_of},
    names::{Role, may_count_rows, role},
};
use crate::{failure::Failure, language::say};

/// How many rows tell which column is what.
const SAMPLE: usize = 300;

/// What a file has.
pub(super) struct Survey {
    /// Rows above the header, or above the first member where there is none.
    pub(super) above: u64,
    /// The names of the columns; of several rows, what they have together.
    pub(super) names: Option<Vec<String>>,
    /// Whether the names stand in several rows, so that no mapping can give them.
    pub(super) is_stacked: bool,
    /// The columns by what they are; of some there are several.
    pub(super) roles: BTreeMap<Role, Vec<usize>>,
    /// What was found by what is in it, and not by its name.
    pub(super) by_content: Vec<Role>,
    /// All columns, over all rows of members.
    pub(super) columns: Vec<Column>,
    /// How rows begin that are no member's.
    pub(super) footer: Vec<String>,
    /// How the rows above the header begin, which a printed list has on each page.
    titles: Vec<String>,
    /// What rows of members begin with, where a file without a header has other kinds of rows, too.
    record: Option<String>,
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
        let titles = first.iter().take_while(|row| row.number <= heading.above);
        let titles = titles.filter_map(|row| row.filled().next().map(|(_, cell)| begin_of(cell)));
        let titles: Vec<String> = if heading.names.is_some() {
            titles.collect()
        } else {
            Vec::new()
        };
        let mut survey = Self {
            titles,
            record: heading.record,
            above: heading.above,
            is_stacked: heading.is_stacked,
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
            if let Some(begin) = self.footer_of(&kept, today) {
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
    fn footer_of(&self, row: &Kept, today: Date) -> Option<String> {
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
        let mut filled = row.filled();
        let (at, first) = filled.next()?;
        let rest = filled.count();
        let begin = begin_of(first);
        if self.titles.contains(&begin) && !has_day(row, today) {
            return Some(begin);
        }
        let of_member = [Role::Kana, Role::FamilyKana, Role::BirthDate, Role::Year];
        let mut of_member = of_member.iter().filter_map(|role| self.one(*role));
        if of_member.any(|at| !row.cell(at).0.trim().is_empty()) {
            return None;
        }
        if self.record.as_ref().is_some_and(|own| own != first) && at == 0 {
            return Some(first.to_owned());
        }
        let is_word = WORDS.iter().any(|word| first.starts_with(word));
        let is_code = first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        (is_word || !(is_code || rest > 0)).then_some(begin)
    }

    /// Why the file is no list at all, if so.
    pub(super) fn is_no_list(&self) -> Option<String> {
        if self.columns.len() < 2 && self.rows + self.footer.len() as u64 > 0 {
            return Some(say!(
                ja: "列に分かれていません。カンマやタブで区切ったCSVか、.xlsx で出力するよう、保険者にご依頼ください（固定長のファイルは\
                     読めません）",
                en: "it is not divided into columns: ask the insurer for a CSV file with commas or tabs, or an .xlsx (fields \
                     of a fixed length cannot be read)",
            ));
        }
        (self.rows == 0).then(|| {
            say!(
                ja: "加入者の行がありません。名簿のファイルか、保険者にご確認ください",
                en: "it has no row of a member: ask the insurer whether it is the roster",
            )
        })
    }

    /// Whether there are rows of people who have a number or a birth date.
    pub(super) fn is_roster(&self) -> bool {
        let has = |role| self.one(role).is_some();
        self.rows > 0
            && (has(Role::Number) || has(Role::SymbolAndNumber))
            && (has(Role::BirthDate) || has(Role::Kana) || has(Role::FamilyKana))
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
            let counts_rows = |at: &usize| names.get(*at).is_some_and(|name| may_count_rows(name));
            found.sort_by_key(|at| (counts_rows(at), u64::MAX - filled(at), *at));
        }
    }
    for (part, other, whole) in [
        (Role::GivenName, Role::FamilyName, Role::Name),
        (Role::GivenKana, Role::FamilyKana, Role::Kana),
    ] {
        // 被保険者名 by itself is the whole name, and so is 名 where family and given name stand in it.
        if roles.contains_key(&other) || roles.contains_key(&whole) {
            continue;
        }
        let is_whole = |at: &usize| {
            let column = columns.get(*at);
            names.get(*at).is_some_and(|name| name.contains("保険者"))
                || column.is_some_and(|column| column.mostly(column.spaced))
        };
        if let Some(found) = roles.remove(&part) {
            let role = if found.iter().all(is_whole) {
                whole
            } else {
                part
            };
            roles.insert(role, found);
        }
    }
    roles
}
