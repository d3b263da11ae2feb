//! What an import compares: the rows of the file, read and sorted; and the count of their differences from the roster,
//! which is read in [`super::rosters`].

use std::{io, path::Path};

use time::Date;

use super::{
    difference::{Comparison, Difference},
    encoding::Inspected,
    layout::{ABOVE, Layout, Whose, is_header},
    mapping::{Column, Mapping},
    moves,
    reading::{Read, Reader, Unread},
    record,
    refusal::{Reason, Refusal},
    report::Report,
    row::Row,
    sort::{Sorted, Sorter},
    source::Source,
    summary::{Counts, Rows},
};
use crate::{failure::Failure, language::say, progress::Progress};

/// How many rows are read before the bar moves.
const STRIDE: u64 = 1_000;

/// Reads all rows of a file as a mapping says, and gives what each of them is. What is given back is how they were
/// read.
///
/// # Errors
/// When the mapping does not fit the file, or the file cannot be read.
pub(super) fn walk(
    source: &Source<'_>,
    mapping: &Mapping,
    whose: Option<&Whose>,
    today: Date,
    mut take: impl FnMut(&Row<'_>, Result<Read, Vec<Refusal>>, u64) -> Result<(), Failure>,
) -> Result<Option<Layout>, Failure> {
    let mut reader: Option<Reader> = None;
    let mut heading = Heading::of(mapping);
    source.each_row(|row, bytes| {
        if row.number <= mapping.skip.unwrap_or_default() || (reader.is_none() && row.is_blank()) {
            return Ok(true);
        }
        let layout = || Layout::of(mapping, row, source.delimiter(), whose.cloned(), today);
        if reader.is_none() && mapping.has_header() {
            if heading.is_at(row) {
                reader = Some(Reader::of(layout()?));
            } else {
                heading.note(row, layout);
            }
            return if row.number > ABOVE && reader.is_none() {
                Err(heading.failure(mapping))
            } else {
                Ok(true)
            };
        }
        let reader = match &mut reader {
            Some(reader) => reader,
            none => none.insert(Reader::of(layout()?)),
        };
        let read = match reader.read(row) {
            Ok(read) => Ok(read),
            Err(Unread::Row(refusals)) => Err(refusals),
            Err(Unread::File(failure)) => return Err(failure),
        };
        take(row, read, bytes).map(|()| true)
    })?;
    if reader.is_none() && heading.found.is_some() {
        return Err(heading.failure(mapping));
    }
    Ok(reader.map(|reader| reader.layout))
}

/// The search for the header.
struct Heading<'a> {
    mapping: &'a Mapping,
    is_sought: bool,
    /// What is wrong with the row that was most like it.
    found: Option<(usize, Failure)>,
}

impl<'a> Heading<'a> {
    fn of(mapping: &'a Mapping) -> Self {
        let mut columns = mapping.all_columns();
        let has_names = columns.any(|column| matches!(column, Column::Name(_)));
        Self {
            mapping,
            is_sought: has_names && mapping.skip.is_none(),
            found: None,
        }
    }

    fn is_at(&self, row: &Row<'_>) -> bool {
        !self.is_sought || is_header(self.mapping, row)
    }

    /// Notes what is wrong with a row that is no header.
    fn note(&mut self, row: &Row<'_>, layout: impl FnOnce() -> Result<Layout, Failure>) {
        let is_named = |column: &&Column| match column {
            Column::Name(name) => row.cells().any(|cell| cell.trim() == name),
            Column::Place(_) => false,
        };
        let named = self.mapping.all_columns().filter(is_named).count();
        let is_better = self.found.as_ref().is_none_or(|(best, _)| named > *best);
        if is_better && let Err(failure) = layout() {
            self.found = Some((named, failure));
        }
    }

    fn failure(&mut self, mapping: &Mapping) -> Failure {
        let number = mapping.skip.unwrap_or_default() + 1;
        self.found.take().map_or_else(
            || {
                Failure::Usage(say!(
                    ja: "{number}行目に見出しがありません",
                    en: "row {number} is no header",
                ))
            },
            |(_, failure)| failure,
        )
    }
}

/// What was read of the file.
pub(super) struct ReadFile {
    pub(super) sorted: Sorted,
    /// The rows that say who somebody was until now.
    pub(super) wanted: Sorted,
    pub(super) rows: Rows,
    /// What the column of the number is called.
    pub(super) column: String,
    /// Whether it has the days on which members left.
    pub(super) is_history: bool,
}

/// Where the rows of a file go that are not taken as they are.
pub(super) struct Reports<'a> {
    pub(super) refused: &'a mut Report,
    pub(super) looks: &'a mut Report,
}

/// Reads the file and sorts it.
pub(super) fn read_file(
    progress: impl FnOnce(Option<u64>) -> Progress,
    path: &Path,
    inspected: &Inspected,
    mapping: &Mapping,
    whose: &Whose,
    today: Date,
    reports: &mut Reports<'_>,
) -> Result<ReadFile, Failure> {
    let source = Source::of(path, inspected, mapping)?;
    let expected = source.delimiter().map(|_| inspected.bytes);
    let progress = progress(expected);
    let mut sorter = Sorter::new().map_err(|error| temporary(&error))?;
    let mut wanted = Sorter::new().map_err(|error| temporary(&error))?;
    let mut rows = Rows::default();
    let layout = walk(&source, mapping, Some(whose), today, |row, read, bytes| {
        take_row(row, read, &mut rows, [&mut sorter, &mut wanted], reports)?;
        if rows.count.is_multiple_of(STRIDE) {
            progress.reach(if expected.is_some() {
                bytes
            } else {
                row.number
            });
        }
        Ok(())
    })?;
    drop(progress);
    let layout = layout.filter(|_| rows.count > 0).ok_or_else(|| {
        let path = path.display();
        Failure::Usage(say!(ja: "{path}：行がありません", en: "{path}: it has no rows"))
    })?;
    rows.unused = layout.telling_unused(mapping);
    Ok(ReadFile {
        sorted: sorter.finish().map_err(|error| temporary(&error))?,
        wanted: wanted.finish().map_err(|error| temporary(&error))?,
        rows,
        column: layout.number_column().to_owned(),
        is_history: !layout.columns.left_on.is_empty(),
    })
}

fn take_row(
    row: &Row<'_>,
    read: Result<Read, Vec<Refusal>>,
    rows: &mut Rows,
    [sorter, wanted]: [&mut Sorter; 2],
    reports: &mut Reports<'_>,
) -> Result<(), Failure> {
    let (id, bytes) = match read {
        Ok(Read::Blank) => return Ok(()),
        Ok(Read::HeaderAgain) => {
            rows.headers_again += 1;
            return Ok(());
        }
        Ok(Read::Footer) => {
            rows.footers += 1;
            return Ok(());
        }
        Ok(Read::Dependant(relationship)) => {
            rows.count += 1;
            rows.dependants += 1;
            rows.skip(relationship);
            return Ok(());
        }
        Ok(Read::Insured(insured)) => {
            rows.insured += 1;
            rows.without_symbol += u64::from(insured.member.symbol.is_empty());
            rows.user_defined_names += u64::from(insured.member.name.contains('〓'));
            rows.leaving_later += u64::from(insured.leaves_on.is_some());
            rows.number_cells += u64::from(insured.is_numeric);
            for look in &insured.looks {
                reports.looks.add(look)?;
            }
            if let Some(former) = &insured.former {
                wanted
                    .push(
                        former.as_str().as_bytes(),
                        &moves::pack(row.number, &insured.member),
                    )
                    .map_err(|error| temporary(&error))?;
            }
            let bytes = record::of_member(&insured.member);
            (insured.member.id, bytes)
        }
        Ok(Read::Removal(removal)) => {
            rows.removals += 1;
            let bytes = record::of_removal(&removal);
            (removal.id, bytes)
        }
        Err(refusals) => {
            rows.count += 1;
            return refusals
                .iter()
                .try_for_each(|refusal| reports.refused.add(refusal));
        }
    };
    rows.count += 1;
    let body = [&row.number.to_be_bytes()[..], &bytes].concat();
    sorter
        .push(id.as_str().as_bytes(), &body)
        .map_err(|error| temporary(&error))
}

/// Counts the differences, and reports those that are refused.
pub(super) fn count(
    comparison: &Comparison<'_>,
    takes_other_persons: bool,
    mut report: Option<&mut Report>,
) -> Result<Counts, Failure> {
    let mut counts = Counts {
        in_roster: comparison.roster.len(),
        ..Counts::default()
    };
    let mut refuse = |refusal: &Refusal| {
        let report = report.as_deref_mut();
        report.map_or(Ok(()), |report| report.add(refusal))
    };
    let mut differences = comparison
        .differences()
        .map_err(|error| temporary(&error))?;
    while let Some(difference) = differences.next_difference()? {
        match difference {
            Difference::New(_) => counts.new += 1,
            Difference::Changed {
                is_other_person: true,
                row,
                member,
            } => {
                counts.other_persons += 1;
                if takes_other_persons {
                    counts.changed += 1;
                } else {
                    let number = &member.number;
                    refuse(&Refusal::new(
                        row,
                        comparison.column,
                        number,
                        Reason::OtherPerson,
                    ))?;
                }
            }
            Difference::Changed { .. } => counts.changed += 1,
            Difference::Unchanged => counts.unchanged += 1,
            Difference::Leaver(_) => counts.leavers += 1,
            Difference::NotInFile => counts.not_in_file += 1,
            Difference::GoneAlready => counts.gone_already += 1,
            Difference::Repeated => counts.repeated += 1,
            Difference::Former => counts.former += 1,
            Difference::Refused(refusal) => {
                match refusal.reason {
                    Reason::Collision { .. } | Reason::Hyphens { .. } => counts.collisions += 1,
                    _ => counts.duplicates += 1,
                }
                refuse(&refusal)?;
            }
            Difference::Disputed => {}
        }
    }
    Ok(counts)
}

/// What sorts on the disk needs room there. All of that is before the import begins.
pub(super) fn temporary(error: &io::Error) -> Failure {
    Failure::Failed(say!(
        ja: "一時ファイルに書けません：{error}。表には何も書き込んでいません。空きを作るか、TMPDIR で別のフォルダーを指定してください",
        en: "the temporary file cannot be written: {error}: nothing was written to the tables; make room, or name \
             another folder in TMPDIR",
    ))
}
