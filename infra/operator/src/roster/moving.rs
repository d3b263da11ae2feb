//! Moves of an import: each in a transaction of its own, before anything else is written.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::{
    difference::unreadable,
    moves::Moves,
    write::{Stop, Writing, interruption},
};
use crate::{
    audited::Errand,
    crew::Crew,
    failure::Failure,
    language::{say, word},
    moving::{Mover, Moving, NAME, written},
    progress::Progress,
};

/// How many are moved at the same time.
const AT_ONCE: usize = 16;

impl Writing<'_> {
    /// Moves all that can be moved at once, and then those that wait for another.
    /// `count` says how many were, as they are.
    pub(super) async fn move_all(&self, moves: &Moves, count: &Arc<AtomicU64>) -> Result<(), Stop> {
        let interrupted = interruption();
        let errand = Arc::new(self.errand.under(NAME));
        let tables = Mover::at(self.desk);
        let progress = Progress::of(
            self.desk.format,
            word!(ja: "番号の変更", en: "moving"),
            Some(moves.len()),
        );
        let at_once = moves.at_once().map_err(|error| unread(&error))?;
        let mut crew: Crew<Done> = Crew::new(AT_ONCE, progress);
        for moving in at_once {
            let moving = moving.map_err(|error| unread(&error))?;
            crew.room().await.map_err(Stop::Short)?;
            self.go_on(&interrupted).await?;
            let (tables, errand) = (tables.clone(), Arc::clone(&errand));
            let count = Arc::clone(count);
            crew.begin(1, async move {
                one(&tables, &moving, &errand).await?;
                count.fetch_add(1, Ordering::Relaxed);
                Ok(Done)
            });
        }
        crew.finish().await.map_err(Stop::Short)?;
        for moving in moves.then() {
            self.go_on(&interrupted).await?;
            one(&tables, moving, &errand).await.map_err(Stop::Short)?;
            count.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Nothing is moved once another import has the roster, or somebody has pressed Ctrl-C.
    async fn go_on(&self, interrupted: &AtomicBool) -> Result<(), Stop> {
        if interrupted.load(Ordering::Relaxed) {
            let told = say!(ja: "中断されました", en: "interrupted");
            return Err(Stop::Short(Failure::Failed(told)));
        }
        match self.claim.holds().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Stop::Lost(self.claim.lost().await)),
            Err(error) => Err(Stop::Short(error.into())),
        }
    }
}

fn unread(error: &std::io::Error) -> Stop {
    Stop::Short(Failure::Failed(unreadable(error)))
}

/// A move that was made. There is nothing to add up.
#[derive(Default)]
struct Done;

impl std::ops::AddAssign for Done {
    fn add_assign(&mut self, _: Self) {}
}

async fn one(tables: &Mover, moving: &Moving, errand: &Errand) -> Result<(), Failure> {
    let seen = tables.look(moving).await?;
    if seen.row.is_none() {
        // It was moved already, by the same file in another run.
        return Ok(());
    }
    let against = match tables.against(moving, &seen).await? {
        Some(against) => against,
        None => match tables.write(moving, errand, seen).await? {
            Ok(()) => return Ok(()),
            Err(against) => against,
        },
    };
    let (from, why) = (written(&moving.from), against.words(&moving.to));
    Err(Failure::Refused(say!(
        ja: "{from} の番号を変更できません：{why}",
        en: "{from} cannot be moved: {why}",
    )))
}
