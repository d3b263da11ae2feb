//! A row, read into what the functions compare: the domain's own types, so that what is imported is what
//! verify-member finds.

use domain::{
    IdentifierError, InsurerCode, KanaError, KanaName, LeadingZeros, MemberId, MemberKey, Number,
    Symbol,
};
use store::{Insurer, Member};
use time::Date;

use super::{
    cell::{digits, has_user_defined, identifier_text, text, without_user_defined},
    limits::NAME,
    mapping::{BirthDates, Column, Joined, Mapping, Relationships, Removals},
    refusal::{Reason, Refusal},
    sheet::Row,
};
use crate::failure::Failure;

/// What a row says.
pub(crate) enum Read {
    /// Of an insured person.
    Insured(Member),
    /// That a member leaves.
    Removal(Removal),
    /// Of somebody who cannot register.
    Dependant,
    /// Nothing: every cell is empty.
    Blank,
}

/// Who leaves, as the file writes it.
pub(crate) struct Removal {
    pub(crate) id: MemberId,
    pub(crate) symbol: String,
    pub(crate) number: String,
}

/// The columns of a file, and how to read them.
pub(crate) struct Layout {
    insurer: InsurerCode,
    zeros: LeadingZeros,
    today: Date,
    width: usize,
    delimiter: char,
    names: Vec<String>,
    columns: Places,
    birth_dates: BirthDates,
    relationships: Option<Relationships>,
    removals: Option<Removals>,
}

/// The columns by their places, from 0 on.
struct Places {
    insurer: Option<usize>,
    symbol: Option<usize>,
    number: usize,
    name: Vec<usize>,
    kana: Vec<usize>,
    alternate_kana: Vec<Vec<usize>>,
    birth_date: Vec<usize>,
    relationship: Option<usize>,
    removal: Option<usize>,
}

impl Layout {
    /// Finds the mapping's columns in the first row, be it a header or not.
    pub(crate) fn of(
        mapping: &Mapping,
        first: &Row<'_>,
        insurer: &Insurer,
        today: Date,
    ) -> Result<Self, Failure> {
        if first
            .swallows_rows(mapping.delimiter, first.len())
            .is_some()
        {
            return Err(Failure::Usage(
                "a cell of the first row has other rows in it: is a quotation mark (\") opened there and not \
                 closed?"
                    .to_owned(),
            ));
        }
        let names: Vec<String> = if mapping.has_header() {
            let name = |cell| text(cell).unwrap_or_default();
            first.cells().map(name).collect()
        } else {
            (1..=first.len())
                .map(|place| format!("{place}列目"))
                .collect()
        };
        let finder = Finder {
            names: &names,
            mapping,
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
        let columns = &mapping.columns;
        let layout = Self {
            insurer: insurer.code.clone(),
            zeros: insurer.leading_zeros,
            today,
            width: first.len(),
            delimiter: mapping.delimiter,
            columns: Places {
                insurer: one(&columns.insurer)?,
                symbol: one(&columns.symbol)?,
                number: finder.find(&columns.number)?,
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
            },
            birth_dates: mapping.birth_date.clone(),
            relationships: mapping.relationship.clone(),
            removals: mapping.removal.clone(),
            names,
        };
        if mapping.has_header() && layout.is_of_a_member(first) {
            return Err(Failure::Usage(
                "the first row has a birth date where the name of that column should be: where the file has no \
                 header, say header = false in the mapping"
                    .to_owned(),
            ));
        }
        Ok(layout)
    }

    /// Whether a row that should be a header is a member's, who would be lost as one.
    fn is_of_a_member(&self, row: &Row<'_>) -> bool {
        let cells = self
            .columns
            .birth_date
            .iter()
            .map(|at| digits(row.cell(*at)));
        let cells: Result<Vec<String>, Reason> = cells.collect();
        cells.is_ok_and(|cells| self.birth_dates.read(&cells, self.today).is_ok())
    }

    /// What the column of the number is called, for what is wrong with a member as a whole.
    pub(crate) fn number_column(&self) -> &str {
        self.name(self.columns.number)
    }

    /// Reads a row, or says everything that is wrong with it.
    pub(crate) fn read(&self, row: &Row<'_>) -> Result<Read, Vec<Refusal>> {
        if row.cells().all(|cell| cell.trim().is_empty()) {
            return Ok(Read::Blank);
        }
        self.refuse_damaged(row)?;
        let mut wrong = Wrong {
            layout: self,
            row,
            refusals: Vec::new(),
        };
        wrong.insurer();
        match wrong.is_insured() {
            Some(true) => {}
            Some(false) if wrong.refusals.is_empty() => return Ok(Read::Dependant),
            _ => return Err(wrong.refusals),
        }
        let read = match wrong.is_leaving() {
            Some(true) => wrong.removal().map(Read::Removal),
            Some(false) => wrong.member().map(Read::Insured),
            None => None,
        };
        read.filter(|_| wrong.refusals.is_empty())
            .ok_or(wrong.refusals)
    }

    /// A row whose cells may stand in other columns than they seem to, or that has what is no text.
    fn refuse_damaged(&self, row: &Row<'_>) -> Result<(), Vec<Refusal>> {
        let last = self.names.last().map_or("", |name| &**name);
        let refused = |reason| vec![Refusal::new(row.number, last, "", reason)];
        if let Some(at) = row.swallows_rows(self.delimiter, self.width) {
            let refusal = Refusal::new(
                row.number,
                self.name(at),
                row.cell(at),
                Reason::SwallowedRows,
            );
            return Err(vec![refusal]);
        }
        if row.len() < self.width {
            return Err(refused(Reason::ShortRow));
        }
        if row
            .cells()
            .skip(self.width)
            .any(|cell| !cell.trim().is_empty())
        {
            return Err(refused(Reason::LongRow));
        }
        let undecodable: Vec<Refusal> = row
            .cells()
            .enumerate()
            .filter(|(_, cell)| cell.contains('\u{FFFD}'))
            .map(|(at, cell)| Refusal::new(row.number, self.name(at), cell, Reason::Undecodable))
            .collect();
        if undecodable.is_empty() {
            Ok(())
        } else {
            Err(undecodable)
        }
    }

    fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("", |name| name)
    }
}

/// Where the columns of a mapping are.
struct Finder<'a> {
    names: &'a [String],
    mapping: &'a Mapping,
}

impl Finder<'_> {
    fn find(&self, column: &Column) -> Result<usize, Failure> {
        let name = match column {
            Column::Place(place) if *place <= self.names.len() => return Ok(place - 1),
            Column::Place(place) => {
                let count = self.names.len();
                return Err(Failure::Usage(format!(
                    "the mapping has a column {place}, and the first row has {count}: is the delimiter {:?} \
                     right?",
                    self.mapping.delimiter
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
            (Some((first, _)), Some((second, _))) => Err(Failure::Usage(format!(
                "the file has two columns {name}: say which in the mapping, by its place: {} or {}",
                first + 1,
                second + 1
            ))),
            (None, _) => Err(Failure::Usage(format!(
                "the file has no column {name}: {}",
                self.what_there_is()
            ))),
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
        let is_header =
            is_named(&columns.number) || joined.into_iter().flat_map(Joined::columns).any(is_named);
        if is_header {
            format!(
                "it has {}. Correct the mapping (--mapping)",
                self.names.join(", ")
            )
        } else {
            "its first row has none of the mapping's columns. Give the mapping of this insurer's files \
             (--mapping), or, where they have no header, header = false and the columns by their places"
                .to_owned()
        }
    }
}

/// A row that is read, and what was found wrong with it.
struct Wrong<'a> {
    layout: &'a Layout,
    row: &'a Row<'a>,
    refusals: Vec<Refusal>,
}

impl Wrong<'_> {
    fn refuse(&mut self, at: usize, reason: Reason) {
        let (row, name) = (self.row, self.layout.name(at));
        self.refusals
            .push(Refusal::new(row.number, name, row.cell(at), reason));
    }

    /// What was read of a column, or nothing and a refusal.
    fn take<T>(&mut self, at: usize, read: Result<T, Reason>) -> Option<T> {
        read.map_err(|reason| self.refuse(at, reason)).ok()
    }

    fn insurer(&mut self) {
        let Some(at) = self.layout.columns.insurer else {
            return;
        };
        let read = digits(self.row.cell(at)).and_then(|code| {
            InsurerCode::parse(&code)
                .ok()
                .filter(|code| *code == self.layout.insurer)
                .ok_or(Reason::OtherInsurer)
        });
        self.take(at, read);
    }

    /// Whether the row is of an insured person; nothing when the mapping cannot tell.
    fn is_insured(&mut self) -> Option<bool> {
        let (Some(at), Some(of)) = (
            self.layout.columns.relationship,
            self.layout.relationships.as_ref(),
        ) else {
            return Some(true);
        };
        let read = digits(self.row.cell(at)).and_then(|value| {
            if of.insured.contains(&value) {
                return Ok(true);
            }
            let is_dependant = match &of.dependants {
                Some(dependants) => dependants.contains(&value),
                None => !value.is_empty(),
            };
            match (is_dependant, value.is_empty()) {
                (true, _) => Ok(false),
                (false, true) => Err(Reason::Empty),
                (false, false) => Err(Reason::Relationship),
            }
        });
        self.take(at, read)
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

    fn removal(&mut self) -> Option<Removal> {
        let (id, symbol, number) = self.key()?;
        Some(Removal { id, symbol, number })
    }

    fn member(&mut self) -> Option<Member> {
        let layout = self.layout;
        let key = self.key();
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

    /// 記号 and 番号, compared and as they are written.
    fn key(&mut self) -> Option<(MemberId, String, String)> {
        let layout = self.layout;
        let written_symbol = match layout.columns.symbol {
            Some(at) => self.take(at, identifier_text(self.row.cell(at))),
            None => Some(String::new()),
        };
        let symbol = match (&written_symbol, layout.columns.symbol) {
            (Some(written), Some(at)) if !written.is_empty() => {
                let read = identifier(written, Symbol::parse);
                self.take(at, read).map(Some)
            }
            (Some(_), _) => Some(None),
            (None, _) => None,
        };
        let at = layout.columns.number;
        let read = identifier_text(self.row.cell(at)).and_then(|written| {
            let number = identifier(&written, Number::parse)?;
            Ok((written, number))
        });
        let (written_number, number) = self.take(at, read)?;
        let key = MemberKey {
            insurer: layout.insurer.clone(),
            symbol: symbol?,
            number,
        };
        Some((key.id(layout.zeros), written_symbol?, written_number))
    }

    /// The name as it is shown.
    fn name(&mut self) -> Option<String> {
        let columns = &self.layout.columns.name;
        let parts = self.texts(columns)?;
        let name = without_user_defined(&parts.join(" "));
        let name = name.trim();
        let at = columns.first().copied().unwrap_or_default();
        let read = if name.is_empty() {
            Err(Reason::Empty)
        } else if name.chars().nth(NAME).is_some() {
            Err(Reason::TooLong)
        } else {
            Ok(name.to_owned())
        };
        self.take(at, read)
    }

    /// A name in kana; of what is not required, nothing where nothing stands. A name of several columns is
    /// none when one of them has nothing: the given name alone would be a name of everybody who never had
    /// another family name.
    fn kana(&mut self, columns: &[usize], is_required: bool) -> Option<KanaName> {
        let parts = self.texts(columns)?;
        let nothing = parts.iter().zip(columns).find(|(part, _)| {
            matches!(
                KanaName::parse(part),
                Err(KanaError::Empty | KanaError::NoKana)
            )
        });
        if let Some((_, at)) = nothing.filter(|_| columns.len() > 1) {
            if is_required {
                self.refuse(*at, Reason::Empty);
            }
            return None;
        }
        let name = parts.join(" ");
        if name.trim().is_empty() && !is_required {
            return None;
        }
        let read = if has_user_defined(&name) {
            Err(Reason::UserDefined)
        } else {
            KanaName::parse(&name).map_err(|error| match error {
                KanaError::Empty => Reason::Empty,
                KanaError::TooLong => Reason::TooLong,
                error => Reason::Kana(error),
            })
        };
        // The cell that has the character.
        let character = match &read {
            Err(Reason::Kana(error)) => error.character(),
            _ => None,
        };
        let has_it = |at: &&usize| {
            let cell = self.row.cell(**at);
            match (&read, character) {
                (_, Some(character)) => cell.contains(character),
                (Err(Reason::UserDefined), _) => has_user_defined(cell),
                _ => true,
            }
        };
        let at = columns.iter().find(has_it).or(columns.first());
        self.take(at.copied().unwrap_or_default(), read)
    }

    fn birth_date(&mut self) -> Option<domain::BirthDate> {
        let columns = &self.layout.columns.birth_date;
        let mut cells = Vec::with_capacity(columns.len());
        for at in columns {
            let read = digits(self.row.cell(*at));
            cells.push(self.take(*at, read)?);
        }
        let at = columns.last().copied().unwrap_or_default();
        let read = if cells.iter().any(|cell| has_user_defined(cell)) {
            Err(Reason::UserDefined)
        } else {
            self.layout
                .birth_dates
                .read(&cells, self.layout.today)
                .map_err(|reason| match reason {
                    Reason::BirthDate(domain::BirthDateError::Empty) => Reason::Empty,
                    reason => reason,
                })
        };
        self.take(at, read)
    }

    /// The texts of columns that are read as one.
    fn texts(&mut self, columns: &[usize]) -> Option<Vec<String>> {
        let mut parts = Vec::with_capacity(columns.len());
        let mut is_whole = true;
        for at in columns {
            match self.take(*at, text(self.row.cell(*at))) {
                Some(part) => parts.push(part),
                None => is_whole = false,
            }
        }
        is_whole.then_some(parts)
    }
}

fn identifier<T>(
    written: &str,
    parse: impl Fn(&str) -> Result<T, IdentifierError>,
) -> Result<T, Reason> {
    if has_user_defined(written) {
        return Err(Reason::UserDefined);
    }
    parse(written).map_err(|error| match error {
        IdentifierError::Empty => Reason::Empty,
        IdentifierError::TooLong => Reason::TooLong,
        IdentifierError::Control(_) => Reason::Control,
        error @ IdentifierError::NotAllowed(_) => Reason::Identifier(error),
    })
}
