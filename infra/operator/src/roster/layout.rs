//! Where the columns of a mapping are in a file, and what the rows around the members are: what stands above the
//! header, the header, and what stands below the last member.

use domain::{InsurerCode, KeyRule};
use time::Date;

use super::{
    cell::{digits, text},
    mapping::{BirthDates, Column, EmptySymbol, Joined, Mapping, Relationships, Removals},
    row::Row,
};
use crate::{failure::Failure, language::say};

/// How many rows may stand above a header that is looked for.
pub(crate) const ABOVE: u64 = 30;

/// Whose roster it is. // どの保険者の名簿か
#[derive(Clone, Debug)]
pub(crate) struct Whose {
    pub(crate) code: InsurerCode,
    pub(crate) rule: KeyRule,
}

/// The columns of a file, and how to read them.
pub(crate) struct Layout {
    pub(crate) whose: Option<Whose>,
    pub(crate) insurer_number: Option<String>,
    pub(crate) today: Date,
    pub(crate) width: usize,
    /// What stands between two cells; nothing in a workbook.
    pub(crate) delimiter: Option<char>,
    pub(crate) names: Vec<String>,
    pub(crate) has_header: bool,
    pub(crate) footer: Vec<String>,
    pub(crate) columns: Places,
    pub(crate) empty_symbol: EmptySymbol,
    pub(crate) symbol_divider: Option<String>,
    pub(crate) birth_dates: BirthDates,
    pub(crate) relationships: Option<Relationships>,
    pub(crate) removals: Option<Removals>,
}

/// The columns by their places, from 0 on.
pub(crate) struct Places {
    pub(crate) insurer: Option<usize>,
    pub(crate) insurer_number: Option<usize>,
    pub(crate) symbol: Vec<usize>,
    pub(crate) number: usize,
    pub(crate) former_symbol: Vec<usize>,
    pub(crate) former_number: Option<usize>,
    pub(crate) name: Vec<usize>,
    pub(crate) kana: Vec<usize>,
    pub(crate) alternate_kana: Vec<Vec<usize>>,
    pub(crate) birth_date: Vec<usize>,
    pub(crate) relationship: Option<usize>,
    pub(crate) removal: Option<usize>,
    pub(crate) left_on: Vec<usize>,
}

impl Places {
    /// Every place.
    pub(crate) fn all(&self) -> impl Iterator<Item = usize> {
        let one = [
            self.insurer,
            self.insurer_number,
            self.relationship,
            self.removal,
            self.former_number,
            Some(self.number),
        ];
        let several = [
            &self.symbol,
            &self.former_symbol,
            &self.name,
            &self.kana,
            &self.birth_date,
            &self.left_on,
        ];
        one.into_iter()
            .flatten()
            .chain(several.into_iter().flatten().copied())
            .chain(self.alternate_kana.iter().flatten().copied())
    }

    /// The places without which there is no member.
    pub(crate) fn required(&self) -> impl Iterator<Item = usize> {
        let several = [&self.name, &self.kana, &self.birth_date];
        [self.number]
            .into_iter()
            .chain(several.into_iter().flatten().copied())
            .chain(self.relationship)
    }
}

impl Layout {
    /// Finds the mapping's columns in a row, be it a header or the first member's.
    pub(crate) fn of(
        mapping: &Mapping,
        first: &Row<'_>,
        delimiter: Option<char>,
        whose: Option<Whose>,
        today: Date,
    ) -> Result<Self, Failure> {
        if delimiter.is_some_and(|it| first.swallows_rows(it, first.len()).is_some()) {
            return Err(Failure::Usage(say!(
                ja: "見出しの行のセルに別の行が入っています。引用符（\"）が開いたままではありませんか",
                en: "a cell of the first row has other rows in it: is a quotation mark (\") opened there and not closed?",
            )));
        }
        let names = if mapping.has_header() {
            names_of(first)
        } else {
            (1..=first.len())
                .map(|place| format!("{place}列目"))
                .collect()
        };
        let finder = Finder {
            names: &names,
            mapping,
            delimiter,
        };
        let one = |column: &Option<Column>| {
            column
                .as_ref()
                .map(|column| finder.find(column))
                .transpose()
        };
        let several = |joined: &Joined| {
            let columns = joined.columns().iter();
            columns.map(|column| finder.find(column)).collect()
        };
        let if_any = |joined: &Option<Joined>| joined.as_ref().map_or(Ok(Vec::new()), several);
        let columns = &mapping.columns;
        let layout = Self {
            whose,
            insurer_number: mapping.insurer_number.clone(),
            today,
            width: first.len(),
            delimiter,
            has_header: mapping.has_header(),
            footer: mapping.footer.clone(),
            columns: Places {
                insurer: one(&columns.insurer)?,
                insurer_number: one(&columns.insurer_number)?,
                symbol: if_any(&columns.symbol)?,
                number: finder.find(&columns.number)?,
                former_symbol: if_any(&columns.former_symbol)?,
                former_number: one(&columns.former_number)?,
                name: several(&columns.name)?,
                kana: several(&columns.kana)?,
                alternate_kana: columns
                    .alternate_kana
                    .iter()
                    .map(several)
                    .collect::<Result<_, _>>()?,
                birth_date: several(&columns.birth_date)?,
                relationship: one(&columns.relationship)?,
                removal: one(&columns.removal)?,
                left_on: if_any(&columns.left_on)?,
            },
            empty_symbol: mapping.symbol.empty,
            symbol_divider: mapping.symbol.divided_by.clone(),
            birth_dates: mapping.birth_date.clone(),
            relationships: mapping.relationship.clone(),
            removals: mapping.removal.clone(),
            names,
        };
        if mapping.has_header() && layout.is_of_a_member(first) {
            return Err(Failure::Usage(say!(
                ja: "見出しのはずの行の生年月日の列に、日付があります。見出しのないファイルなら、マッピングに header = false \
                     と書いてください",
                en: "the first row has a birth date where the name of that column should be: where the file has no \
                     header, say header = false in the mapping",
            )));
        }
        Ok(layout)
    }

    /// Whether a row that should be a header is a member's, who would be lost as one.
    fn is_of_a_member(&self, row: &Row<'_>) -> bool {
        let cells = self.columns.birth_date.iter();
        let cells: Result<Vec<String>, _> = cells.map(|at| digits(row.cell(*at))).collect();
        cells.is_ok_and(|cells| self.birth_dates.read(&cells, self.today).is_ok())
    }

    /// Whether a row is the header again, as printed lists have it on each page.
    pub(crate) fn is_header_again(&self, row: &Row<'_>) -> bool {
        let is_named = |at: usize| text(row.cell(at)).is_ok_and(|cell| cell == self.name(at));
        self.has_header && self.columns.required().all(is_named)
    }

    /// Whether a row is a total or the like. One with a birth date is a member's, however it begins.
    pub(crate) fn is_footer(&self, row: &Row<'_>) -> bool {
        let mut filled = row.cells().filter_map(|cell| text(cell).ok());
        let first = filled.find(|cell| !cell.is_empty()).unwrap_or_default();
        self.footer
            .iter()
            .any(|begin| first.starts_with(begin.as_str()))
            && !self.is_of_a_member(row)
    }

    /// What the column of the number is called, for what is wrong with a member as a whole.
    pub(crate) fn number_column(&self) -> &str {
        self.name(self.columns.number)
    }

    /// What a column is called.
    pub(crate) fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("", |name| name)
    }

    /// The columns that are left out and whose names tell that they may say who has left.
    pub(crate) fn telling_unused(&self, mapping: &Mapping) -> Vec<String> {
        let used: Vec<usize> = self.columns.all().collect();
        let names = self.names.iter().enumerate();
        names
            .filter(|(at, name)| {
                self.has_header
                    && !used.contains(at)
                    && !mapping.unused.contains(name)
                    && tells_who_left(name)
            })
            .map(|(_, name)| name.clone())
            .collect()
    }
}

/// Whether the name of a column tells that it may say who is insured no longer.
pub(crate) fn tells_who_left(name: &str) -> bool {
    const TELLING: [&str; 17] = [
        "喪失",
        "退職",
        "異動",
        "脱退",
        "死亡",
        "停止",
        "削除",
        "失効",
        "任継",
        "任意継続",
        "終了",
        "資格状",
        "加入状",
        "在籍",
        "有効区分",
        "有効フラグ",
        "ステータス",
    ];
    TELLING.iter().any(|part| name.contains(part))
}

/// The names that a header has.
pub(crate) fn names_of(row: &Row<'_>) -> Vec<String> {
    row.cells()
        .map(|cell| text(cell).unwrap_or_default())
        .collect()
}

/// Whether a row has all names of a mapping, and so is its header.
pub(crate) fn is_header(mapping: &Mapping, row: &Row<'_>) -> bool {
    let names = names_of(row);
    let mut has_name = false;
    let has_all = mapping.all_columns().all(|column| match column {
        Column::Place(place) => *place <= names.len(),
        Column::Name(name) => {
            has_name = true;
            names.contains(name)
        }
    });
    has_all && has_name
}

/// Where the columns of a mapping are.
struct Finder<'a> {
    names: &'a [String],
    mapping: &'a Mapping,
    delimiter: Option<char>,
}

impl Finder<'_> {
    fn find(&self, column: &Column) -> Result<usize, Failure> {
        let name = match column {
            Column::Place(place) if *place <= self.names.len() => return Ok(place - 1),
            Column::Place(place) => {
                let count = self.names.len();
                let delimiter = self.delimiter.unwrap_or(',');
                return Err(Failure::Usage(say!(
                    ja: "マッピングに {place} 列目とありますが、最初の行は {count} 列です。区切り文字 {delimiter:?} は正しいですか",
                    en: "the mapping has a column {place}, and the first row has {count}: is the delimiter {delimiter:?} \
                         right?",
                )));
            }
            Column::Name(name) => name,
        };
        let mut found = self
            .names
            .iter()
            .enumerate()
            .filter(|(_, own)| *own == name);
        match (found.next(), found.next()) {
            (Some((at, _)), None) => Ok(at),
            (Some((first, _)), Some((second, _))) => {
                let (first, second) = (first + 1, second + 1);
                Err(Failure::Usage(say!(
                    ja: "列 {name} が2つあります。{first} と {second} のどちらかを、マッピングに番号で書いてください",
                    en: "the file has two columns {name}: say which in the mapping, by its place: {first} or {second}",
                )))
            }
            (None, _) => {
                let there = self.what_there_is();
                Err(Failure::Usage(say!(
                    ja: "列 {name} がありません。{there}",
                    en: "the file has no column {name}: {there}",
                )))
            }
        }
    }

    /// What the header has. A first row that has nothing of the mapping is perhaps none, but somebody's
    /// name and birth date, and is not printed.
    fn what_there_is(&self) -> String {
        let columns = &self.mapping.columns;
        let is_named = |column: &Column| match column {
            Column::Name(name) => self.names.contains(name),
            Column::Place(_) => false,
        };
        let joined = [&columns.name, &columns.kana, &columns.birth_date];
        let mut joined = joined.into_iter().flat_map(Joined::columns);
        if is_named(&columns.number) || joined.any(is_named) {
            let names = self.names.join(", ");
            say!(
                ja: "あるのは {names} です。マッピング（--mapping）を直してください",
                en: "it has {names}. Correct the mapping (--mapping)",
            )
        } else {
            say!(
                ja: "最初の行に、マッピングの列が1つもありません。`operator roster inspect FILE` がマッピングを提案します",
                en: "its first row has none of the mapping's columns. `operator roster inspect FILE` proposes a mapping \
                     for it",
            )
        }
    }
}
