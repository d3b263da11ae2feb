//! `operator roster import`: the file is read and sorted, the roster is read and sorted, and the difference
//! of both is told and then written.

use std::{io, path::PathBuf, sync::Arc};

use domain::{Entropy, InsurerCode};
use store::{Import as Imported, Insurer, Refused, RosterImport};
use tokio::time::{Instant, sleep_until};

use super::{
    Import,
    claim::{Claim, SILENCE},
    difference::{Comparison, Difference, Mode},
    encoding::{Inspected, hex},
    mapping::Mapping,
    reading::{Layout, Read},
    record,
    refusal::{Reason, Refusal},
    report::Report,
    sheet::{Row, Sheet},
    sort::{Sorted, Sorter},
    summary::{Counts, Rows, Summary},
    write::{Stop, Writing},
};
use crate::{
    answer::grouped,
    audited::Errand,
    change::{ask_for, is_attended},
    desk::Desk,
    failure::Failure,
    insurer::subject,
    progress::Progress,
    world::{OsEntropy, in_japan, now, today},
};

/// How many rows are read before the bar moves.
const STRIDE: u64 = 1_000;

pub(super) async fn run(desk: &Desk, import: Import) -> Result<(), Failure> {
    let mapping = Mapping::read(import.mapping.as_deref())?;
    let charset = import.encoding.or(mapping.encoding);
    let inspected = Inspected::of(&import.file, charset)?;
    let insurer = desk.insurer(&import.insurer).await?;
    let code = insurer.code.folded();
    let errand = Errand::writing("roster-import", import.by.clone(), import.careful.dry_run);
    let noted = desk.insurers.roster_import(&insurer.code).await?;
    let looked = Instant::now();
    let own = RosterImport {
        run: run_id(),
        file: inspected.sha256.clone(),
        mode: import.mode().name().to_owned(),
        mapping: mapping.sha256_with(inspected.encoding),
        operator: errand.operator().to_owned(),
        reason: errand.reason().to_owned(),
        began_at: now(),
        renewed_at: None,
        ended_at: None,
    };
    let start = refuse_beside_another(&import, &own, noted.as_ref())?;

    let mut summary = Summary::of(code, import.mode(), &import.file, inspected, &errand);
    let mut report = Report::at(report_of(&import)?);
    let read = read_file(
        desk,
        &import,
        &mapping,
        &insurer,
        &summary.inspected,
        &mut report,
    )?;
    summary.rows = read.rows;
    summary.skip_refused = import.skip_refused;
    if start == Start::InPlaceOfAnother && !import.careful.dry_run {
        sleep_until(looked + SILENCE).await;
        refuse_unless_silent(desk, &insurer.code, noted.as_ref()).await?;
    }
    let roster = read_roster(desk, &insurer.code).await?;

    let mut comparison = Comparison {
        file: &read.sorted,
        roster: &roster,
        mode: import.mode(),
        long_mark: insurer.long_mark,
        column: &read.column,
    };
    let takes_other_persons = import.other_persons.is_some();
    summary.counts = count(&comparison, takes_other_persons, Some(&mut report))?;
    report.flush()?;
    if report.refused() == 0 && import.report.is_none() {
        report.remove_older()?;
    }
    summary.refused = report.refused();
    summary.report = report.path().map(PathBuf::from);
    if summary.refused > 0 && import.skip_refused && comparison.mode == Mode::Full {
        // A refused row may be of any member who seems to be missing.
        comparison.mode = Mode::Delta;
        summary.counts = count(&comparison, takes_other_persons, None)?;
    }
    refuse_unless_as_said(desk, &import, &summary, start)?;
    if import.careful.dry_run {
        desk.format.print(&summary);
        return Ok(());
    }
    // What was interrupted is ended, be there nothing left to write.
    if summary.counts.differing() == 0 && start == Start::Anew {
        desk.format.print(&summary);
        return Ok(());
    }
    ask(desk, &import, &summary)?;

    let plan = Plan {
        desk,
        errand: &errand,
        insurer: &insurer,
        seen: noted.as_ref(),
        own,
        comparison: &comparison,
        takes_other_persons,
        rate: import.write_rate.map(u32::from),
    };
    plan.write(&mut summary).await?;
    desk.format.print(&summary);
    Ok(())
}

/// What is to be written once somebody has said so.
struct Plan<'a> {
    desk: &'a Desk,
    errand: &'a Errand,
    insurer: &'a Insurer,
    /// The latest import when the roster was compared.
    seen: Option<&'a RosterImport>,
    own: RosterImport,
    comparison: &'a Comparison<'a>,
    takes_other_persons: bool,
    rate: Option<u32>,
}

impl Plan<'_> {
    async fn write(&self, summary: &mut Summary) -> Result<(), Failure> {
        let (desk, errand, code) = (self.desk, self.errand, &self.insurer.code);
        let since = Instant::now();
        let import = RosterImport {
            began_at: now(),
            ..self.own.clone()
        };
        let event = |outcome| {
            let changes = Imported {
                file: import.file.clone(),
                added: summary.counts.new,
                changed: summary.counts.changed,
                left: summary.counts.leavers,
            };
            errand.event_of(changes, subject(code), outcome)
        };
        let begin = desk.insurers.begin_import(self.insurer, self.seen, &import);
        desk.audit
            .act(&event("begun"))
            .with(begin)
            .commit(&desk.database)
            .await?
            .map_err(|Refused| Failure::changed_meanwhile("the roster or its insurer"))?;
        let writing = Writing {
            desk,
            errand,
            claim: Arc::new(Claim::of(desk, code, &import, since)),
            takes_other_persons: self.takes_other_persons,
            rate: self.rate,
            progress: Progress::of(desk.format, "writing", Some(summary.counts.differing())),
        };
        let mut differences = match self.comparison.differences() {
            Ok(differences) => differences,
            Err(error) => {
                let failure = format!("the temporary file cannot be read: {error}");
                return Err(unfinished(Stop::Short(Failure::Failed(failure)), summary));
            }
        };
        let ended = writing.run(&mut differences).await;
        let claim = Arc::clone(&writing.claim);
        drop(writing);
        summary.written = ended.written;
        if let Some(stop) = ended.stop {
            return Err(unfinished(stop, summary));
        }
        let committed = desk
            .audit
            .act(&event("done"))
            .with(desk.insurers.end_import(code, &import, now()))
            .commit(&desk.database)
            .await;
        match committed {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Refused)) => Err(unfinished(Stop::Lost(claim.lost().await), summary)),
            Err(error) => Err(unfinished(Stop::Short(error.into()), summary)),
        }
    }
}

/// Where the refused rows go: beside the file if nobody says, and never into it.
fn report_of(import: &Import) -> Result<PathBuf, Failure> {
    let Some(report) = &import.report else {
        let mut name = import.file.as_os_str().to_owned();
        name.push(".refused.csv");
        return Ok(PathBuf::from(name));
    };
    let place = |path: &PathBuf| path.canonicalize().ok();
    if report == &import.file || (place(report).is_some() && place(report) == place(&import.file)) {
        return Err(Failure::Usage(
            "--report would be written over the file itself".to_owned(),
        ));
    }
    Ok(report.clone())
}

/// What an import begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// No other.
    Anew,
    /// The same, which was interrupted.
    Again,
    /// Another, in whose place it was told to go.
    InPlaceOfAnother,
}

/// Refuses to import beside another import of the same roster.
fn refuse_beside_another(
    import: &Import,
    own: &RosterImport,
    noted: Option<&RosterImport>,
) -> Result<Start, Failure> {
    let Some(other) = noted.filter(|noted| noted.ended_at.is_none()) else {
        return Ok(Start::Anew);
    };
    if other.is_same_as(own) {
        return Ok(Start::Again);
    }
    if import.take_over {
        return Ok(Start::InPlaceOfAnother);
    }
    let file = if (&other.file, &other.mode) == (&own.file, &own.mode) {
        "this file, with another mapping or encoding".to_owned()
    } else {
        format!("the file {}…", other.file.get(..12).unwrap_or_default())
    };
    Err(Failure::Refused(format!(
        "an import of this roster began at {} and has not ended: --{} of {file}, by {}: {}. Let it end, or \
         repeat it as it was if it was interrupted. If it surely runs no more and will not be finished, take \
         its place with --take-over",
        in_japan(other.began_at),
        other.mode,
        other.operator,
        other.reason
    )))
}

/// Refuses to take the place of an import that still writes: it has renewed its note since.
async fn refuse_unless_silent(
    desk: &Desk,
    code: &InsurerCode,
    seen: Option<&RosterImport>,
) -> Result<(), Failure> {
    let noted = desk.insurers.roster_import(code).await?;
    let Some(noted) = noted.filter(|noted| Some(noted) != seen) else {
        return Ok(());
    };
    Err(Failure::Refused(format!(
        "nothing was written: the other import, by {}: {}, goes on. Let it end, or end it with Ctrl-C there, \
         and repeat this command",
        noted.operator, noted.reason
    )))
}

/// What was read of the file.
struct ReadFile {
    sorted: Sorted,
    rows: Rows,
    /// What the column of the number is called.
    column: String,
}

fn read_file(
    desk: &Desk,
    import: &Import,
    mapping: &Mapping,
    insurer: &Insurer,
    inspected: &Inspected,
    report: &mut Report,
) -> Result<ReadFile, Failure> {
    let progress = Progress::of(desk.format, "reading", Some(inspected.bytes));
    let mut sheet = Sheet::open(&import.file, inspected.encoding, mapping.delimiter)?;
    let mut sorter = Sorter::new().map_err(|error| temporary(&error))?;
    let mut rows = Rows::default();
    let no_rows = || Failure::Usage(format!("{}: it has no rows", import.file.display()));
    let layout = {
        let first = sheet.next_row()?.ok_or_else(no_rows)?;
        let layout = Layout::of(mapping, &first, insurer, today())?;
        if !mapping.has_header() {
            take_row(&layout, &first, &mut rows, &mut sorter, report)?;
        }
        layout
    };
    while let Some(row) = sheet.next_row()? {
        take_row(&layout, &row, &mut rows, &mut sorter, report)?;
        if rows.count % STRIDE == 0 {
            progress.reach(sheet.bytes());
        }
    }
    drop(progress);
    if rows.count == 0 {
        return Err(no_rows());
    }
    if sheet.sha256() != inspected.sha256 {
        return Err(Failure::Usage(format!(
            "{} changed while it was read: wait until it is whole, and repeat the command",
            import.file.display()
        )));
    }
    Ok(ReadFile {
        sorted: sorter.finish().map_err(|error| temporary(&error))?,
        rows,
        column: layout.number_column().to_owned(),
    })
}

fn take_row(
    layout: &Layout,
    row: &Row<'_>,
    rows: &mut Rows,
    sorter: &mut Sorter,
    report: &mut Report,
) -> Result<(), Failure> {
    let (id, bytes) = match layout.read(row) {
        Ok(Read::Blank) => return Ok(()),
        Ok(Read::Dependant) => {
            rows.count += 1;
            rows.dependants += 1;
            return Ok(());
        }
        Ok(Read::Insured(member)) => {
            rows.insured += 1;
            rows.without_symbol += u64::from(member.symbol.is_empty());
            rows.user_defined_names += u64::from(member.name.contains('〓'));
            let bytes = record::of_member(&member);
            (member.id, bytes)
        }
        Ok(Read::Removal(removal)) => {
            rows.removals += 1;
            let bytes = record::of_removal(&removal);
            (removal.id, bytes)
        }
        Err(refusals) => {
            rows.count += 1;
            return refusals.iter().try_for_each(|refusal| report.add(refusal));
        }
    };
    rows.count += 1;
    let body = [&row.number.to_be_bytes()[..], &bytes].concat();
    sorter
        .push(id.as_str().as_bytes(), &body)
        .map_err(|error| temporary(&error))
}

/// Reads the roster.
async fn read_roster(desk: &Desk, insurer: &InsurerCode) -> Result<Sorted, Failure> {
    let mut sorter = Sorter::new().map_err(|error| temporary(&error))?;
    let mut pages = desk.members.roster(insurer).await;
    let progress = Progress::of(desk.format, "comparing", pages.expected());
    while let Some(page) = pages.next().await? {
        for found in &page.rows {
            // An item that cannot be read is another than any in the file.
            let bytes = found.member.as_ref().map(record::of_member);
            sorter
                .push(found.id.as_str().as_bytes(), &bytes.unwrap_or_default())
                .map_err(|error| temporary(&error))?;
        }
        progress.add(page.read);
    }
    sorter.finish().map_err(|error| temporary(&error))
}

/// Counts the differences, and reports those that are refused.
fn count(
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
            Difference::Refused(refusal) => {
                match refusal.reason {
                    Reason::Collision { .. } => counts.collisions += 1,
                    _ => counts.duplicates += 1,
                }
                refuse(&refusal)?;
            }
            Difference::Disputed => {}
        }
    }
    Ok(counts)
}

/// Whether a number is the one that was said with the command. A command that is repeated finds what it has
/// not done yet, or nothing.
fn is_as_said(said: Option<u64>, found: u64, start: Start) -> bool {
    let is_rest = |said| start == Start::Again && found < said;
    said.is_none_or(|said| found == said || found == 0 || is_rest(said))
}

/// Refuses to write beside refused rows, and numbers that are not those that were said.
fn refuse_unless_as_said(
    desk: &Desk,
    import: &Import,
    summary: &Summary,
    start: Start,
) -> Result<(), Failure> {
    let counts = &summary.counts;
    let refusal = if summary.refused > 0 && !import.skip_refused {
        let report = summary.report.as_deref().unwrap_or(&import.file).display();
        format!(
            "{} cells were refused, and nothing was written: mend what {report} names and repeat the command \
             (or write the rest with --skip-refused)",
            grouped(summary.refused)
        )
    } else if !is_as_said(import.other_persons, counts.other_persons, start) {
        format!(
            "{} numbers have gone to somebody else, not {}: nothing was written",
            grouped(counts.other_persons),
            import.other_persons.unwrap_or_default()
        )
    } else if !is_as_said(import.leavers, counts.leavers, start) {
        format!(
            "{} would leave, not {}: nothing was written",
            grouped(counts.leavers),
            import.leavers.unwrap_or_default()
        )
    } else {
        return Ok(());
    };
    desk.format.print(summary);
    Err(Failure::Refused(refusal))
}

/// Asks whether to write. Where many leave, `--yes` is no answer: their number is.
fn ask(desk: &Desk, import: &Import, summary: &Summary) -> Result<(), Failure> {
    let leavers = summary.counts.leavers;
    if import.leavers.is_some() || !summary.counts.has_many_leavers() {
        return import.careful.asks(summary.told());
    }
    if !is_attended() {
        desk.format.print(summary);
        return Err(Failure::Refused(format!(
            "{} of {} would leave, more than 5 %: if that is right, repeat the command with --leavers {leavers}",
            grouped(leavers),
            grouped(summary.counts.in_roster)
        )));
    }
    let warning = format!("  {} MEMBERS WOULD LEAVE", grouped(leavers));
    ask_for(leavers, summary.told().chain([warning]))
}

/// What to do when not all was written. Who lost the roster to another import is not to repeat anything.
fn unfinished(stop: Stop, summary: &Summary) -> Failure {
    let (written, all) = (summary.written, summary.counts.differing());
    let told = format!(
        "{} of {} members were written",
        grouped(written),
        grouped(all)
    );
    let (failure, rest) = match stop {
        Stop::Lost(failure) => (failure, told),
        Stop::Short(failure) => (
            failure,
            format!(
                "{told}. Repeat the command as it was, with the same file and mapping: it writes the rest"
            ),
        ),
    };
    match failure {
        Failure::Failed(cause) => Failure::Failed(format!("{cause}. {rest}")),
        Failure::Refused(cause) => Failure::Refused(format!("{cause}. {rest}")),
        other => other,
    }
}

/// A name for this run that no other has.
fn run_id() -> String {
    let mut random = [0; 8];
    OsEntropy.fill(&mut random);
    hex(&random)
}

/// What sorts on the disk needs room there. All of that is before the import begins.
fn temporary(error: &io::Error) -> Failure {
    Failure::Failed(format!(
        "the temporary file cannot be written: {error}: nothing was written to the tables; make room, or \
         name another folder in TMPDIR"
    ))
}

#[cfg(test)]
mod tests {
    use super::{Start, is_as_said};

    #[test]
    fn a_number_is_as_it_was_said_or_what_is_left_of_it() {
        for (said, found, start, is_so) in [
            (None, 7, Start::Anew, true),
            (Some(7), 7, Start::Anew, true),
            (Some(7), 6, Start::Anew, false),
            (Some(7), 8, Start::Anew, false),
            (Some(7), 0, Start::Anew, true),
            (Some(7), 6, Start::Again, true),
            (Some(7), 8, Start::Again, false),
            (Some(7), 6, Start::InPlaceOfAnother, false),
        ] {
            assert_eq!(is_as_said(said, found, start), is_so, "{said:?} {found}");
        }
    }
}
