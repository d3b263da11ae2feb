//! The difference between a file and a roster: both in the order of the member's id, read side by side, so
//! that it takes the memory of two rows.

use std::io;

use domain::{Hyphens, KeyRule, LeadingZeros, LongMark, MemberId, Number, Symbol};
use store::Member;

use super::{
    mapping::Mode,
    record::Record,
    refusal::{Reason, Refusal},
    sort::{self, Merge, Sorted},
};
use crate::{failure::Failure, language::say};

/// What the file makes of a member.
pub(crate) enum Difference {
    /// Not there yet.
    New(Member),
    /// There in other words.
    Changed {
        member: Member,
        /// Whether neither kana name nor birth date are those of who is there: the number went to somebody
        /// else.
        is_other_person: bool,
        /// The row.
        row: u64,
    },
    /// There just so.
    Unchanged,
    /// There, and the file says that they leave, or is full and has them not.
    Leaver(MemberId),
    /// There, and not in a file that is not full.
    NotInFile,
    /// Not there, and the file says that they leave.
    GoneAlready,
    /// The same row again.
    Repeated,
    /// A row of a time that is over, of a member who is insured again.
    Former,
    /// A row that does not agree with an earlier one of the same member.
    Refused(Refusal),
    /// A member whose rows do not agree: whatever is there stays.
    Disputed,
}

/// What is to be compared.
pub(crate) struct Comparison<'a> {
    /// The file's records: the row in eight bytes, then the member or the removal.
    pub(crate) file: &'a Sorted,
    /// The roster's records: members.
    pub(crate) roster: &'a Sorted,
    pub(crate) mode: Mode,
    pub(crate) long_mark: LongMark,
    /// What the column of the number is called.
    pub(crate) column: &'a str,
    /// Whether rows of who left may stand beside the row of who came back, as they do in a list that has the day
    /// on which somebody left.
    pub(crate) is_history: bool,
}

impl<'a> Comparison<'a> {
    /// The differences, in the order of the ids.
    pub(crate) fn differences(&'a self) -> io::Result<Differences<'a>> {
        let mut differences = Differences {
            comparison: self,
            file: Peeking::at(self.file)?,
            roster: Peeking::at(self.roster)?,
            ready: None,
            is_disputed: false,
        };
        differences.file.advance()?;
        differences.roster.advance()?;
        Ok(differences)
    }
}

/// The differences, one by one.
pub(crate) struct Differences<'a> {
    comparison: &'a Comparison<'a>,
    file: Peeking,
    roster: Peeking,
    /// The row before, whose repetitions are looked for first.
    ready: Option<FileRow>,
    /// Whether one of them did not agree with it.
    is_disputed: bool,
}

struct Peeking {
    merge: Merge,
    next: Option<sort::Record>,
}

impl Peeking {
    fn at(sorted: &Sorted) -> io::Result<Self> {
        Ok(Self {
            merge: sorted.merge()?,
            next: None,
        })
    }

    /// Takes the record, and reads the one after it.
    fn advance(&mut self) -> io::Result<Option<sort::Record>> {
        let after = self.merge.next_record()?;
        Ok(std::mem::replace(&mut self.next, after))
    }

    fn is_at(&self, key: &[u8]) -> bool {
        self.next.as_ref().is_some_and(|next| next.key == key)
    }
}

/// A row of the file, as it was sorted.
struct FileRow {
    key: Vec<u8>,
    row: u64,
    bytes: Vec<u8>,
}

impl FileRow {
    fn of(record: sort::Record) -> Option<Self> {
        let (row, bytes) = record.body.split_first_chunk()?;
        Some(Self {
            row: u64::from_be_bytes(*row),
            bytes: bytes.to_vec(),
            key: record.key,
        })
    }

    fn read(&self) -> Option<Record> {
        Record::read(std::str::from_utf8(&self.key).ok()?, &self.bytes)
    }
}

impl Differences<'_> {
    /// The next difference.
    pub(crate) fn next_difference(&mut self) -> Result<Option<Difference>, Failure> {
        self.step()
            .map_err(|error| Failure::Failed(unreadable(&error)))
    }

    fn step(&mut self) -> io::Result<Option<Difference>> {
        if let Some(row) = self.ready.take() {
            if !self.file.is_at(&row.key) {
                return self.against_roster(&row).map(Some);
            }
            // The same member once more.
            if let Some(again) = self.file.advance()?.and_then(FileRow::of) {
                if self.comparison.is_history
                    && let Some(insured) = insured_again(&row, &again)
                {
                    self.ready = Some(if insured { again } else { row });
                    return Ok(Some(Difference::Former));
                }
                let difference = again_of(self.comparison.column, &row, &again)?;
                self.is_disputed |= matches!(difference, Difference::Refused(_));
                self.ready = Some(row);
                return Ok(Some(difference));
            }
        }
        let is_file_first = match (&self.file.next, &self.roster.next) {
            (None, None) => return Ok(None),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(of_file), Some(of_roster)) => of_file.key <= of_roster.key,
        };
        if is_file_first {
            self.ready = self.file.advance()?.and_then(FileRow::of);
            return self.step();
        }
        let gone = self.roster.advance()?;
        Ok(gone.map(|record| match self.comparison.mode {
            Mode::Full => Difference::Leaver(id_of(&record.key)),
            Mode::Delta => Difference::NotInFile,
        }))
    }

    /// A row of the file against what the roster has.
    fn against_roster(&mut self, row: &FileRow) -> io::Result<Difference> {
        let of_roster = if self.roster.is_at(&row.key) {
            self.roster.advance()?
        } else {
            None
        };
        if std::mem::take(&mut self.is_disputed) {
            return Ok(Difference::Disputed);
        }
        let read = row.read().ok_or_else(damaged)?;
        Ok(match (read, of_roster) {
            (Record::Member(member), None) => Difference::New(member),
            (Record::Member(_), Some(there)) if there.body == row.bytes => Difference::Unchanged,
            (Record::Member(member), Some(there)) => Difference::Changed {
                is_other_person: self.is_other_person(&member, &there),
                member,
                row: row.row,
            },
            (Record::Removal { .. }, Some(_)) => Difference::Leaver(id_of(&row.key)),
            (Record::Removal { .. }, None) => Difference::GoneAlready,
        })
    }

    fn is_other_person(&self, member: &Member, there: &sort::Record) -> bool {
        let id = std::str::from_utf8(&there.key).unwrap_or_default();
        let Some(Record::Member(there)) = Record::read(id, &there.body) else {
            return false;
        };
        there.birth_date != member.birth_date
            && !std::iter::once(&member.name_kana)
                .chain(&member.alternate_kana)
                .any(|name| there.is_called(name, self.comparison.long_mark))
    }
}

/// Of two rows of which one says that the member left and the other that they are insured: whether it is the
/// second that does.
fn insured_again(first: &FileRow, again: &FileRow) -> Option<bool> {
    match (first.read()?, again.read()?) {
        (Record::Removal { .. }, Record::Member(_)) => Some(true),
        (Record::Member(_), Record::Removal { .. }) => Some(false),
        _ => None,
    }
}

/// A further row of the same id.
fn again_of(column: &str, first: &FileRow, again: &FileRow) -> io::Result<Difference> {
    if first.bytes == again.bytes {
        return Ok(Difference::Repeated);
    }
    let (Some(of_first), Some(of_again)) = (first.read(), again.read()) else {
        return Err(damaged());
    };
    let (symbol, number) = of_again.written();
    let is_same_by = |zeros, hyphens| {
        let rule = KeyRule { zeros, hyphens };
        canonical(of_first.written(), rule) == canonical((symbol, number), rule)
    };
    let row = first.row;
    let reason = if is_same_by(LeadingZeros::Kept, Hyphens::Kept) {
        Reason::Duplicate { row }
    } else if is_same_by(LeadingZeros::Kept, Hyphens::Dropped) {
        Reason::Hyphens { row }
    } else {
        Reason::Collision { row }
    };
    let refusal = Refusal::new(again.row, column, number, reason);
    Ok(Difference::Refused(refusal))
}

fn id_of(key: &[u8]) -> MemberId {
    MemberId::from_stored(String::from_utf8_lossy(key).into_owned())
}

/// 記号 and 番号 as they compare by a rule.
fn canonical((symbol, number): (&str, &str), rule: KeyRule) -> [Option<String>; 2] {
    let symbol = Symbol::parse(symbol).ok();
    let number = Number::parse(number).ok();
    [
        symbol.map(|symbol| symbol.canonical(rule).into_owned()),
        number.map(|number| number.canonical(rule).into_owned()),
    ]
}

/// What is said of a temporary file that cannot be read.
pub(crate) fn unreadable(error: &io::Error) -> String {
    say!(
        ja: "一時ファイルを読めません：{error}",
        en: "the temporary file cannot be read: {error}",
    )
}

fn damaged() -> io::Error {
    io::Error::other("a record in it is damaged")
}

#[cfg(test)]
mod tests;
