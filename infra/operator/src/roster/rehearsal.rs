//! One file against its roster: asked for, read, compared, and told. What is written of it is in [`super::write`].
//!
//! Each stage is a type of its own, so that many files can be read side by side and compared with rosters that one
//! look through the table has found.

use std::path::{Path, PathBuf};

use domain::{Entropy as _, InsurerCode};
use store::{Event, Import as Imported, Insurer, Reading, RosterCounts, RosterImport};
use tokio::time::Instant;

use super::{
    beside::{Start, refuse_beside_another},
    difference::Comparison,
    encoding::{Charset, Inspected, hex},
    guards::{Said, beyond, refuse_unless_as_said, refuse_wrong_rows},
    intake::{ReadFile, Reports, count, read_file, temporary},
    layout::Whose,
    mapping::Mapping,
    mapping::Mode,
    moves::{self, Moves},
    report::{Report, place_of},
    rosters::Roster,
    sort::Sorted,
    summary::Summary,
};
use crate::{
    audited::Errand,
    desk::Desk,
    failure::Failure,
    insurer::subject,
    language::say,
    progress::Progress,
    world::{OsEntropy, now, today},
};

/// The name of the command in the trail.
pub(super) const NAME: &str = "roster-import";
/// The outcome of what was compared and may be written.
pub(super) const REHEARSED: &str = "rehearsed";
/// The outcome of what was compared and may not, whoever approves it.
pub(super) const REFUSED: &str = "refused";

/// What is asked for of one file.
pub(super) struct Order {
    pub(super) file: PathBuf,
    pub(super) insurer: InsurerCode,
    pub(super) mode: Mode,
    pub(super) charset: Option<Charset>,
    pub(super) said: Said,
    /// Write what is not refused.
    pub(super) skip_refused: bool,
    /// It is one of a folder, which others send, look at and approve.
    pub(super) is_of_folder: bool,
    /// Where refused rows are reported, if somebody said so.
    pub(super) report: Option<PathBuf>,
    /// What the reports are named after, where nobody said so.
    pub(super) beside: PathBuf,
    pub(super) take_over: bool,
    /// The most items that are written a second.
    pub(super) rate: Option<u32>,
}

/// A file that is asked for, and its insurer.
pub(super) struct Asked {
    pub(super) order: Order,
    pub(super) mapping: Mapping,
    pub(super) insurer: Insurer,
    /// The latest import of the roster, before anything was read of it.
    pub(super) noted: Option<RosterImport>,
    pub(super) looked: Instant,
    pub(super) own: RosterImport,
    pub(super) start: Start,
    inspected: Inspected,
    last: Option<RosterCounts>,
}

/// A file that was read.
pub(super) struct FileRead {
    pub(super) asked: Asked,
    read: ReadFile,
    refused: Report,
    looks: Report,
}

/// A file that was compared.
pub(super) struct Rehearsal {
    pub(super) asked: Asked,
    pub(super) summary: Summary,
    pub(super) read: ReadFile,
    pub(super) roster: Sorted,
    /// Who has another 記号 or 番号 by it.
    pub(super) moves: Option<Moves>,
    /// How it is compared: a full file of which rows are skipped lets nobody leave.
    mode: Mode,
}

impl Order {
    /// What the file is.
    pub(super) fn inspect(&self, mapping: &Mapping) -> Result<Inspected, Failure> {
        Inspected::of(&self.file, self.charset.or(mapping.encoding))
    }
}

impl Asked {
    /// Looks the insurer up, and what was imported of it before.
    pub(super) async fn of(
        desk: &Desk,
        order: Order,
        mapping: Mapping,
        inspected: Inspected,
        insurer: Insurer,
        errand: &Errand,
    ) -> Result<Self, Failure> {
        let noted = desk.insurers.roster_import(&insurer.code).await?;
        let looked = Instant::now();
        let own = RosterImport {
            run: run_id(),
            file: inspected.sha256.clone(),
            mode: order.mode.name().to_owned(),
            mapping: mapping.sha256_with(inspected.form),
            operator: errand.operator().to_owned(),
            reason: errand.reason().to_owned(),
            began_at: now(),
            renewed_at: None,
            ended_at: None,
        };
        let start = refuse_beside_another(order.take_over, &own, noted.as_ref())?;
        let last = desk.insurers.roster_counts(&insurer.code).await?;
        Ok(Self {
            order,
            mapping,
            insurer,
            noted,
            looked,
            own,
            start,
            inspected,
            last,
        })
    }

    /// Reads the file. What is wrong with its rows goes into its reports.
    pub(super) fn read(
        self,
        progress: impl FnOnce(Option<u64>) -> Progress,
    ) -> Result<FileRead, Failure> {
        let order = &self.order;
        let place = |said: Option<&Path>, kind| place_of(&order.beside, said, kind, "csv");
        let mut refused = Report::at(place(order.report.as_deref(), "refused")?);
        let mut looks = Report::at(place(None, "look")?);
        let whose = Whose {
            code: self.insurer.code.clone(),
            rule: self.insurer.key_rule,
        };
        let read = read_file(
            progress,
            &order.file,
            &self.inspected,
            &self.mapping,
            &whose,
            today(),
            &mut Reports {
                refused: &mut refused,
                looks: &mut looks,
            },
        )?;
        Ok(FileRead {
            asked: self,
            read,
            refused,
            looks,
        })
    }
}

impl FileRead {
    /// Compares the file with the roster.
    pub(super) fn compare(self, roster: Roster, errand: &Errand) -> Result<Rehearsal, Failure> {
        let Self {
            asked,
            read,
            mut refused,
            mut looks,
        } = self;
        let order = &asked.order;
        let mut summary = Summary::of(
            &asked.insurer,
            order.mode,
            &order.file,
            asked.inspected.clone(),
            errand,
        );
        summary.last = asked.last;
        summary.rows = read.rows.clone();
        summary.skip_refused = order.skip_refused;
        let mode = order.mode;
        let Roster { sorted, rekeyed } = roster;
        let is_rekeyed = rekeyed.len() > 0;
        if is_rekeyed && read.wanted.len() > 0 {
            return Err(former_beside_rekeyed());
        }
        let wanted = if is_rekeyed { &rekeyed } else { &read.wanted };
        let (roster, moves) = if wanted.len() == 0 {
            (sorted, None)
        } else {
            let reading = moves::Reading {
                long_mark: asked.insurer.long_mark,
                column: &read.column,
            };
            let found = moves::find(wanted, &sorted, reading);
            let found = found.map_err(|error| temporary(&error))?;
            if is_rekeyed && !found.refusals.is_empty() {
                return Err(two_by_the_rule(found.refusals.len()));
            }
            for refusal in &found.refusals {
                refused.add(refusal)?;
            }
            (found.roster, Some(found.moves))
        };
        let mut rehearsal = Rehearsal {
            asked,
            summary,
            read,
            roster,
            moves,
            mode,
        };
        let takes_others = rehearsal.takes_other_persons();
        let going = rehearsal.moves.as_ref().map_or(0, Moves::len);
        rehearsal.summary.counts =
            count(&rehearsal.comparison(), takes_others, Some(&mut refused))?;
        rehearsal.summary.counts.moved = going;
        refused.flush()?;
        looks.flush()?;
        rehearsal.summary.note_reports(&refused, &looks);
        if rehearsal.summary.refused > 0 && rehearsal.summary.skip_refused && mode == Mode::Full {
            // A refused row may be of any member who seems to be missing.
            rehearsal.mode = Mode::Delta;
            rehearsal.summary.counts = count(&rehearsal.comparison(), takes_others, None)?;
            rehearsal.summary.counts.moved = going;
        }
        rehearsal.summary.veil();
        Ok(rehearsal)
    }
}

impl Rehearsal {
    /// What is to be compared.
    pub(super) fn comparison(&self) -> Comparison<'_> {
        Comparison {
            file: &self.read.sorted,
            roster: &self.roster,
            mode: self.mode,
            long_mark: self.asked.insurer.long_mark,
            column: &self.read.column,
            is_history: self.read.is_history,
        }
    }

    /// Whether a number may go to somebody else.
    pub(super) fn takes_other_persons(&self) -> bool {
        self.asked.order.said.other_persons.is_some()
    }

    /// Why nothing may be written, if so.
    pub(super) fn refusal(&self) -> Result<(), Failure> {
        let asked = &self.asked;
        refuse_unless_as_said(
            &asked.order,
            &asked.mapping.limits,
            &self.summary,
            asked.start,
        )
    }

    /// Why nothing may be written whatever numbers are said: the rows are wrong.
    pub(super) fn blocked(&self) -> Result<(), Failure> {
        refuse_wrong_rows(&self.asked.order, &self.summary)
    }

    /// What the trail says of its having been compared.
    pub(super) fn outcome(&self) -> &'static str {
        if self.blocked().is_ok() {
            REHEARSED
        } else {
            REFUSED
        }
    }

    /// Whether nothing differs, where that may be told.
    pub(super) fn is_as_it_is(&self) -> bool {
        self.has_nothing() && self.summary.told_changed().is_some()
    }

    /// Whether there is nothing to do. What was interrupted is ended, be there nothing left to write.
    pub(super) fn has_nothing(&self) -> bool {
        self.summary.counts.differing() == 0 && self.asked.start == Start::Anew
    }

    /// What the file makes of the roster, as the trail has it.
    pub(super) fn imported(&self) -> Imported {
        let (summary, own) = (&self.summary, &self.asked.own);
        let limits = &self.asked.mapping.limits;
        let beyond = beyond(summary, limits)
            .into_iter()
            .map(|it| it.name().to_owned());
        Imported {
            file: own.file.clone(),
            reading: Some(Reading {
                mapping: own.mapping.clone(),
                mode: own.mode.clone(),
                rows: summary.rows.count,
                skipped: summary.rows.dependants,
                in_roster: summary.counts.in_roster,
                beyond: beyond.collect(),
            }),
            added: summary.counts.new,
            changed: summary.counts.changed,
            left: summary.counts.leavers,
            moved: summary.counts.moved,
        }
    }

    /// The event of it.
    pub(super) fn event(&self, errand: &Errand, outcome: &str) -> Event {
        errand.event_of(self.imported(), subject(&self.asked.insurer.code), outcome)
    }
}

/// That a file has former numbers, and the insurer's rule has changed since the last import: which of the two a member
/// is found by would have to be guessed.
fn former_beside_rekeyed() -> Failure {
    Failure::Refused(say!(
        ja: "保険者の keepLeadingZeros か keepHyphens が変わっています。先に、変更前の記号・番号の列（formerSymbol、formerNumber）の\
             ないマッピングで一度取り込んでください",
        en: "the insurer's keepLeadingZeros or keepHyphens has changed: import once with a mapping without formerSymbol and \
             formerNumber first",
    ))
}

/// That members of the roster would be one by the insurer's rule.
fn two_by_the_rule(count: usize) -> Failure {
    Failure::Refused(say!(
        ja: "保険者の keepLeadingZeros か keepHyphens が変わり、名簿の {count} 名がほかの方と同じ記号・番号になります。\
             `operator insurer put --rekey` で元に戻してください",
        en: "the insurer's keepLeadingZeros or keepHyphens has changed, and by it {count} members of the roster have the 記号 \
             and 番号 of others: take it back with `operator insurer put --rekey`",
    ))
}

/// A name for this run that no other has.
pub(crate) fn run_id() -> String {
    let mut random = [0; 8];
    OsEntropy.fill(&mut random);
    hex(&random)
}
