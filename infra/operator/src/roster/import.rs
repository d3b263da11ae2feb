//! `operator roster import`: the file is read and sorted, the roster is read and sorted, and the difference
//! of both is told and then written.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use store::{Refused, RosterImport, Transaction};
use tokio::time::{Instant, sleep_until};

use super::{
    Import,
    beside::{Start, refuse_unless_silent},
    claim::{Claim, SILENCE},
    difference::unreadable,
    guards::ask,
    mapping::Mapping,
    rehearsal::{Asked, NAME, Rehearsal},
    rosters::read_roster,
    summary::Summary,
    write::{Stop, Writing},
};
use crate::{
    answer::grouped,
    audited::Errand,
    desk::Desk,
    failure::Failure,
    insurer::refuse_during_letters,
    language::{say, word},
    progress::Progress,
    world::now,
};

pub(super) async fn run(desk: &Desk, import: Import) -> Result<(), Failure> {
    let mapping = Mapping::read(import.mapping.as_deref())?;
    let (by, careful) = (import.by.clone(), import.careful);
    let order = import.order(&mapping)?;
    let inspected = order.inspect(&mapping)?;
    let insurer = desk.insurer(&order.insurer).await?;
    let errand = desk.writing(NAME, by, careful.dry_run).await?;
    refuse_during_letters(desk, &insurer.code).await?;
    let asked = Asked::of(desk, order, mapping, inspected, insurer, &errand).await?;
    let read = asked
        .read(|expected| Progress::of(desk.format, word!(ja: "読込み", en: "reading"), expected))?;
    let asked = &read.asked;
    if asked.start == Start::InPlaceOfAnother && !careful.dry_run {
        sleep_until(asked.looked + SILENCE).await;
        refuse_unless_silent(desk, &asked.insurer.code, asked.noted.as_ref()).await?;
    }
    let roster = read_roster(desk, &asked.insurer).await?;
    let mut rehearsal = read.compare(roster, &errand)?;
    // What is shown and not written is a reading of members, and is noted as one.
    let mut refusal = rehearsal.refusal();
    if careful.dry_run {
        rehearsal.summary.lacks_rights = !rehearsal.may_move(desk).await?;
    } else if refusal.is_ok() {
        refusal = rehearsal.refuse_without_rights(desk).await;
    }
    let has_nothing = rehearsal.has_nothing();
    if refusal.is_err() || has_nothing || careful.shows() {
        let event = rehearsal.event(&errand, rehearsal.outcome());
        desk.audit.note(&event).await?;
    }
    if refusal.is_err() || has_nothing || careful.dry_run {
        if has_nothing && !careful.dry_run {
            rehearsal.summary.unveil();
        }
        desk.format.print(&rehearsal.summary);
        return refusal;
    }
    ask(desk, careful, &rehearsal)?;
    rehearsal.write(desk, &errand).await?;
    desk.format.print(&rehearsal.summary);
    Ok(())
}

impl Rehearsal {
    /// Writes what differs.
    ///
    /// # Errors
    /// When not all was written, with what to do then.
    pub(super) async fn write(&mut self, desk: &Desk, errand: &Errand) -> Result<(), Failure> {
        let ended = self.write_all(desk, errand).await;
        let (written, stop) = ended?;
        self.summary.written = written;
        if let Some(stop) = stop {
            return Err(unfinished(stop, &self.summary));
        }
        self.summary.unveil();
        Ok(())
    }

    async fn write_all(
        &self,
        desk: &Desk,
        errand: &Errand,
    ) -> Result<(u64, Option<Stop>), Failure> {
        let (asked, summary) = (&self.asked, &self.summary);
        let code = &asked.insurer.code;
        let since = Instant::now();
        let import = RosterImport {
            began_at: now(),
            ..asked.own.clone()
        };
        let begin = desk
            .insurers
            .begin_import(&asked.insurer, asked.noted.as_ref(), &import);
        desk.audit
            .act(&self.event(errand, "begun"))
            .with(begin)
            .commit(&desk.database)
            .await?
            .map_err(|Refused| {
                Failure::changed_meanwhile(
                    word!(ja: "名簿か保険者", en: "the roster or its insurer"),
                )
            })?;
        let claim = Arc::new(Claim::of(desk, code, &import, since));
        let writing = Writing {
            desk,
            errand,
            claim: Arc::clone(&claim),
            takes_other_persons: self.takes_other_persons(),
            rate: asked.order.rate,
            progress: Progress::of(
                desk.format,
                word!(ja: "書込み", en: "writing"),
                Some(summary.counts.differing()),
            ),
        };
        let moved = Arc::new(AtomicU64::new(0));
        if let Some(moves) = &self.moves
            && let Err(stop) = writing.move_all(moves, &moved).await
        {
            return Ok((moved.load(Ordering::Relaxed), Some(stop)));
        }
        let moved = moved.load(Ordering::Relaxed);
        let comparison = self.comparison();
        let mut differences = match comparison.differences() {
            Ok(differences) => differences,
            Err(error) => {
                let failure = Failure::Failed(unreadable(&error));
                return Ok((moved, Some(Stop::Short(failure))));
            }
        };
        let ended = writing.run(&mut differences).await;
        drop(writing);
        if ended.stop.is_some() {
            return Ok((moved + ended.written, ended.stop));
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
            .act(&self.event(errand, "done"))
            .with(desk.insurers.end_import(code, &import, now()))
            .commit(&desk.database)
            .await;
        let stop = match committed {
            Ok(Ok(())) => None,
            Ok(Err(Refused)) => Some(Stop::Lost(claim.lost().await)),
            Err(error) => Some(Stop::Short(error.into())),
        };
        Ok((moved + ended.written, stop))
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
