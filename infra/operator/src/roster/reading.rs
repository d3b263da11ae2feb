//! A row, read into what the functions compare: the domain's own types, so that what is imported is what
//! verify-member finds.

mod identity;
mod person;

use std::mem;

use domain::{InsurerCode, KanaName, MemberId, Symbol};
use store::Member;
use time::Date;

use super::{
    cell::digits,
    layout::Layout,
    record::Removal,
    refusal::{Reason, Refusal},
    row::Row,
};
use crate::{failure::Failure, language::say};

/// What a row says.
pub(crate) enum Read {
    /// Of an insured person.
    Insured(Box<Insured>),
    /// That a member leaves, or has left.
    Removal(Removal),
    /// Of somebody who cannot register, by this relationship.
    Dependant(String),
    /// Nothing: every cell is empty.
    Blank,
    /// The header again.
    HeaderAgain,
    /// A total, or whatever else is no member's.
    Footer,
}

/// An insured person.
pub(crate) struct Insured {
    pub(crate) member: Member,
    /// What somebody should look at, though it is taken.
    pub(crate) looks: Vec<Refusal>,
    /// Who they were until now, if 記号 or 番号 are others since.
    pub(crate) former: Option<MemberId>,
    /// The day on which they will have left.
    pub(crate) leaves_on: Option<Date>,
    /// Whether 記号 or 番号 is a number in a workbook, whose leading zeros nobody knows.
    pub(crate) is_numeric: bool,
}

/// Why a row was not read.
pub(crate) enum Unread {
    /// Something is wrong with the row.
    Row(Vec<Refusal>),
    /// Something is wrong with the file.
    File(Failure),
}

/// Reads rows, one after another.
pub(crate) struct Reader {
    pub(crate) layout: Layout,
    /// The 記号 that stands above, for rows that do not repeat it; nothing when it could not be read.
    above: Option<String>,
}

impl Reader {
    /// Reads by this layout.
    pub(crate) fn of(layout: Layout) -> Self {
        Self {
            layout,
            above: None,
        }
    }

    /// Reads a row, or says everything that is wrong with it.
    pub(crate) fn read(&mut self, row: &Row<'_>) -> Result<Read, Unread> {
        let layout = &self.layout;
        if row.is_blank() {
            return Ok(Read::Blank);
        }
        if layout.is_header_again(row) {
            return Ok(Read::HeaderAgain);
        }
        if layout.is_footer(row) {
            return Ok(Read::Footer);
        }
        let mut wrong = Wrong {
            layout,
            row,
            refusals: Vec::new(),
            looks: Vec::new(),
            is_numeric: false,
        };
        refuse_damaged(layout, row).map_err(Unread::Row)?;
        wrong.insurer()?;
        let symbol = wrong.symbol(&mut self.above);
        match wrong.standing() {
            Some(Standing::Insured) => {}
            // A dependant's 記号 is nobody's to compare, and what is wrong with it hurts nobody.
            Some(Standing::Dependant(relationship)) => return Ok(Read::Dependant(relationship)),
            None => return Err(Unread::Row(wrong.refusals)),
        }
        wrong.read(symbol).ok_or(Unread::Row(wrong.refusals))
    }
}

/// A row whose cells may stand in other columns than they seem to, or that has what is no text.
fn refuse_damaged(layout: &Layout, row: &Row<'_>) -> Result<(), Vec<Refusal>> {
    let last = layout.names.last().map_or("", |name| &**name);
    let refused = |reason| vec![Refusal::new(row.number, last, "", reason)];
    let swallowing = layout
        .delimiter
        .and_then(|delimiter| row.swallows_rows(delimiter, layout.width));
    if let Some(at) = swallowing {
        let (name, cell) = (layout.name(at), row.cell(at));
        return Err(vec![Refusal::new(
            row.number,
            name,
            cell,
            Reason::SwallowedRows,
        )]);
    }
    // Excel writes no empty cells at the end of a row, so only what is needed has to be there.
    if layout.columns.required().any(|at| at >= row.len()) {
        return Err(refused(Reason::ShortRow));
    }
    let mut beyond = row.cells().skip(layout.width);
    if beyond.any(|cell| !cell.trim().is_empty()) {
        return Err(refused(Reason::LongRow));
    }
    let undecodable: Vec<Refusal> = row
        .cells()
        .enumerate()
        .filter(|(_, cell)| cell.contains('\u{FFFD}'))
        .map(|(at, cell)| Refusal::new(row.number, layout.name(at), cell, Reason::Undecodable))
        .collect();
    if undecodable.is_empty() {
        Ok(())
    } else {
        Err(undecodable)
    }
}

/// A row that is read, and what was found wrong with it.
struct Wrong<'a> {
    layout: &'a Layout,
    row: &'a Row<'a>,
    refusals: Vec<Refusal>,
    looks: Vec<Refusal>,
    is_numeric: bool,
}

/// Whose row it is.
enum Standing {
    Insured,
    /// Somebody else's, by this relationship.
    Dependant(String),
}

/// When a member lost the right to register, or will.
enum Leaving {
    Never,
    On(Date),
}

/// 記号 as it is written, and as it compares.
type ReadSymbol = Option<(String, Option<Symbol>)>;

impl Wrong<'_> {
    fn refuse(&mut self, at: usize, reason: Reason) {
        self.refusals.push(self.refusal(at, reason));
    }

    fn refusal(&self, at: usize, reason: Reason) -> Refusal {
        let (row, name) = (self.row, self.layout.name(at));
        Refusal::new(row.number, name, row.cell(at), reason)
    }

    /// What was read of a column, or nothing and a refusal.
    fn take<T>(&mut self, at: usize, read: Result<T, Reason>) -> Option<T> {
        read.map_err(|reason| self.refuse(at, reason)).ok()
    }

    /// Refuses another insurer's row by our code, and another insurer's file by its number.
    fn insurer(&mut self) -> Result<(), Unread> {
        let row = self.row.number;
        let columns = &self.layout.columns;
        if let (Some(at), Some(own)) = (columns.insurer_number, &self.layout.insurer_number) {
            let found = digits(self.row.cell(at)).unwrap_or_default();
            let zeros = |number: &str| number.trim_start_matches('0').to_owned();
            if zeros(&narrow(&found)) != zeros(own) {
                return Err(Unread::File(Failure::Refused(say!(
                    ja: "{row}行目の保険者番号は {found} で、マッピングの {own} と違います。別の保険者のファイルです。何も書き込んでいません",
                    en: "row {row} has the 保険者番号 {found}, and the mapping says {own}: it is another insurer's file. \
                         Nothing was written",
                ))));
            }
        }
        let (Some(at), Some(whose)) = (columns.insurer, &self.layout.whose) else {
            return Ok(());
        };
        let code = match digits(self.row.cell(at)) {
            Ok(code) => code,
            Err(reason) => {
                self.refuse(at, reason);
                return Ok(());
            }
        };
        let is_own = InsurerCode::parse(&code).is_ok_and(|code| code == whose.code);
        if !is_own && matches!(code.len(), 7 | 8) && code.bytes().all(|byte| byte.is_ascii_digit())
        {
            let (name, own) = (self.layout.name(at), whose.code.folded());
            return Err(Unread::File(Failure::Usage(say!(
                ja: "列 {name} は保険者番号（8桁）で、保険者指定コード {own} ではありません。マッピングの columns.insurer をやめ、\
                     columns.insurerNumber = \"{name}\" と insurerNumber = \"（この保険者の番号）\" を書いてください",
                en: "the column {name} has 保険者番号 (8 digits) and not our code {own}: in the mapping, take columns.insurer \
                     out, and write columns.insurerNumber = \"{name}\" and insurerNumber = \"(this insurer's number)\"",
            ))));
        }
        if !is_own {
            self.refuse(at, Reason::OtherInsurer);
        }
        Ok(())
    }

    /// Whether the row is of an insured person; nothing when the mapping cannot tell.
    fn standing(&mut self) -> Option<Standing> {
        let (Some(at), Some(of)) = (
            self.layout.columns.relationship,
            self.layout.relationships.as_ref(),
        ) else {
            return Some(Standing::Insured);
        };
        let read = digits(self.row.cell(at)).and_then(|value| {
            if of.insured.contains(&value) {
                return Ok(Standing::Insured);
            }
            let is_dependant = match &of.dependants {
                Some(dependants) => dependants.contains(&value),
                None => !value.is_empty(),
            };
            match (is_dependant, value.is_empty()) {
                (true, _) => Ok(Standing::Dependant(value)),
                (false, true) => Err(Reason::Empty),
                (false, false) => Err(Reason::Relationship),
            }
        });
        self.take(at, read)
    }

    /// What the row says of an insured person.
    fn read(&mut self, symbol: ReadSymbol) -> Option<Read> {
        let is_leaving = self.is_leaving();
        let leaving = self.leaving();
        let key = self.key(symbol);
        let has_left = matches!(leaving, Some(Leaving::On(day)) if day <= self.layout.today);
        if is_leaving? || has_left {
            let (id, symbol, number) = key?;
            let removal = Removal { id, symbol, number };
            return self.refusals.is_empty().then_some(Read::Removal(removal));
        }
        let member = self.member(key);
        let former = self.former(member.as_ref());
        let insured = Insured {
            member: member?,
            former,
            looks: mem::take(&mut self.looks),
            leaves_on: match leaving? {
                Leaving::Never => None,
                Leaving::On(day) => Some(day),
            },
            is_numeric: self.is_numeric,
        };
        let is_whole = self.refusals.is_empty();
        is_whole.then(|| Read::Insured(Box::new(insured)))
    }

    /// Whether the row says that the member leaves; nothing when the mapping cannot tell.
    fn is_leaving(&mut self) -> Option<bool> {
        let (Some(at), Some(of)) = (self.layout.columns.removal, self.layout.removals.as_ref())
        else {
            return Some(false);
        };
        let read = digits(self.row.cell(at)).and_then(|value| {
            if of.values.contains(&value) {
                Ok(true)
            } else if of.stay.contains(&value) {
                Ok(false)
            } else {
                Err(Reason::Removal)
            }
        });
        self.take(at, read)
    }

    /// Whether the member has lost the right to register, or will; nothing when that cannot be read.
    fn leaving(&mut self) -> Option<Leaving> {
        let columns = &self.layout.columns.left_on;
        let Some(last) = columns.last() else {
            return Some(Leaving::Never);
        };
        let mut cells = Vec::with_capacity(columns.len());
        for at in columns {
            let read = digits(self.row.cell(*at));
            cells.push(self.take(*at, read)?);
        }
        let read = self.layout.birth_dates.read_if_any(&cells);
        let read = read.map(|day| day.map_or(Leaving::Never, Leaving::On));
        self.take(*last, read)
    }

    fn member(&mut self, key: Option<(MemberId, String, String)>) -> Option<Member> {
        let layout = self.layout;
        let name = self.name();
        let kana = self.kana(&layout.columns.kana, true);
        let mut alternate_kana: Vec<KanaName> = layout
            .columns
            .alternate_kana
            .iter()
            .filter_map(|columns| self.kana(columns, false))
            .collect();
        let born = self.birth_date();
        let ((id, symbol, number), name_kana) = (key?, kana?);
        alternate_kana.sort_by(|a, b| a.folded().cmp(b.folded()));
        alternate_kana.dedup();
        alternate_kana.retain(|name| *name != name_kana);
        Some(Member {
            id,
            symbol,
            number,
            name: name?,
            name_kana,
            alternate_kana,
            birth_date: born?,
        })
    }
}

/// Full-width digits as ASCII.
fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '０'..='９' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .collect()
}
