//! `operator roster import`: the file is read and sorted, the roster is read and sorted, and the difference
//! of both is told and then written.

use std::sync::Arc;

use domain::{Entropy, InsurerCode};
use store::{Event, Import as Imported, Insurer, Refused, RosterImport, Transaction};
use tokio::time::{Instant, sleep_until};

use super::{
    Import,
    beside::{Start, refuse_beside_another, refuse_unless_silent},
    claim::{Claim, SILENCE},
    difference::{Comparison, Mode, unreadable},
    encoding::{Inspected, hex},
    guards::{ask, refuse_unless_as_said},
    intake::{Reports, count, read_file, read_roster},
    layout::Whose,
    mapping::Mapping,
    report::{Report, place_of},
    summary::Summary,
    write::{Stop, Writing},
};
use crate::{
    answer::grouped,
    audited::Errand,
    desk::Desk,
    failure::Failure,
    insurer::{refuse_during_letters, subject},
    language::{say, word},
    progress::Progress,
    world::{OsEntropy, now, today},
};

pub(super) async fn run(desk: &Desk, import: Import) -> Result<(), Failure> {
    let mapping = Mapping::read(import.mapping.as_deref())?;
    let charset = import.encoding.or(mapping.encoding);
    let inspected = Inspected::of(&import.file, charset)?;
    let insurer = desk.insurer(&import.insurer).await?;
    let errand = desk
        .writing("roster-import", import.by.clone(), import.careful.dry_run)
        .await?;
    refuse_during_letters(desk, &insurer.code).await?;
    let noted = desk.insurers.roster_import(&insurer.code).await?;
    let looked = Instant::now();
    let own = RosterImport {
        run: run_id(),
        file: inspected.sha256.clone(),
        mode: import.mode().name().to_owned(),
        mapping: mapping.sha256_with(inspected.form),
        operator: errand.operator().to_owned(),
        reason: errand.reason().to_owned(),
        began_at: now(),
        renewed_at: None,
        ended_at: None,
    };
    let start = refuse_beside_another(&import, &own, noted.as_ref())?;

    let mut summary = Summary::of(&insurer, import.mode(), &import.file, inspected, &errand);
    summary.last = desk.insurers.roster_counts(&insurer.code).await?;
    let mut refused = Report::at(place_of(&import.file, import.report.as_deref(), "refused")?);
    let mut looks = Report::at(place_of(&import.file, None, "look")?);
    let whose = Whose {
        code: insurer.code.clone(),
        zeros: insurer.leading_zeros,
    };
    let read = read_file(
        desk,
        &import.file,
        &summary.inspected,
        &mapping,
        &whose,
        today(),
        &mut Reports {
            refused: &mut refused,
            looks: &mut looks,
        },
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
        is_history: read.is_history,
    };
    let takes_other_persons = import.other_persons.is_some();
    summary.counts = count(&comparison, takes_other_persons, Some(&mut refused))?;
    refused.flush()?;
    looks.flush()?;
    summary.note_reports(&refused, &looks);
    if summary.refused > 0 && import.skip_refused && comparison.mode == Mode::Full {
        // A refused row may be of any member who seems to be missing.
        comparison.mode = Mode::Delta;
        summary.counts = count(&comparison, takes_other_persons, None)?;
    }
    summary.veil();
    // What is shown and not written is a reading of members, and is noted as one.
    let refusal = refuse_unless_as_said(&import, &mapping.limits, &summary, start);
    // What was interrupted is ended, be there nothing left to write.
    let has_nothing = summary.counts.differing() == 0 && start == Start::Anew;
    if refusal.is_err() || has_nothing || import.careful.shows() {
        let event = event_of(&errand, &own.file, &summary, &insurer.code, "rehearsed");
        desk.audit.note(&event).await?;
    }
    if refusal.is_err() || has_nothing || import.careful.dry_run {
        if has_nothing && !import.careful.dry_run {
            summary.unveil();
        }
        desk.format.print(&summary);
        return refusal;
    }
    ask(desk, &import, &mapping.limits, &summary)?;

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
    summary.unveil();
    desk.format.print(&summary);
    Ok(())
}

/// The event of what a file makes of a roster.
fn event_of(
    errand: &Errand,
    file: &str,
    summary: &Summary,
    insurer: &InsurerCode,
    outcome: &str,
) -> Event {
    let changes = Imported {
        file: file.to_owned(),
        added: summary.counts.new,
        changed: summary.counts.changed,
        left: summary.counts.leavers,
    };
    errand.event_of(changes, subject(insurer), outcome)
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
        let event =
            |summary: &Summary, outcome| event_of(errand, &import.file, summary, code, outcome);
        let begin = desk.insurers.begin_import(self.insurer, self.seen, &import);
        desk.audit
            .act(&event(summary, "begun"))
            .with(begin)
            .commit(&desk.database)
            .await?
            .map_err(|Refused| {
                Failure::changed_meanwhile(
                    word!(ja: "名簿か保険者", en: "the roster or its insurer"),
                )
            })?;
        let writing = Writing {
            desk,
            errand,
            claim: Arc::new(Claim::of(desk, code, &import, since)),
            takes_other_persons: self.takes_other_persons,
            rate: self.rate,
            progress: Progress::of(
                desk.format,
                word!(ja: "書込み", en: "writing"),
                Some(summary.counts.differing()),
            ),
        };
        let mut differences = match self.comparison.differences() {
            Ok(differences) => differences,
            Err(error) => {
                let failure = Failure::Failed(unreadable(&error));
                return Err(unfinished(Stop::Short(failure), summary));
            }
        };
        let ended = writing.run(&mut differences).await;
        let claim = Arc::clone(&writing.claim);
        drop(writing);
        summary.written = ended.written;
        if let Some(stop) = ended.stop {
            return Err(unfinished(stop, summary));
        }
        let counts = desk
            .insurers
            .note_roster_counts(code, &import, summary.rows.kept());
        // What the next import is compared with is no reason to call this one unfinished.
        drop::<Result<Result<(), Refused>, _>>(
            Transaction::unaudited()
                .with(counts)
                .commit(&desk.database)
                .await,
        );
        let committed = desk
            .audit
            .act(&event(summary, "done"))
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

/// What to do when not all was written. Who lost the roster to another import is not to repeat anything.
fn unfinished(stop: Stop, summary: &Summary) -> Failure {
    let (written, all) = (summary.written, summary.counts.differing());
    let (written, all) = (grouped(written), grouped(all));
    let told = say!(
        ja: "{all} 名のうち {written} 名を書き込みました",
        en: "{written} of {all} members were written",
    );
    let (failure, rest) = match stop {
        Stop::Lost(failure) => (failure, told),
        Stop::Short(failure) => (
            failure,
            say!(
                ja: "{told}。同じファイルとマッピングで、同じコマンドを繰り返してください。残りを書き込みます",
                en: "{told}. Repeat the command as it was, with the same file and mapping: it writes the rest",
            ),
        ),
    };
    match failure {
        Failure::Failed(cause) => {
            Failure::Failed(say!(ja: "{cause}。{rest}", en: "{cause}. {rest}"))
        }
        Failure::Refused(cause) => {
            Failure::Refused(say!(ja: "{cause}。{rest}", en: "{cause}. {rest}"))
        }
        other => other,
    }
}

/// A name for this run that no other has.
pub(crate) fn run_id() -> String {
    let mut random = [0; 8];
    OsEntropy.fill(&mut random);
    hex(&random)
}
