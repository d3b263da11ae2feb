//! Moves of an import: whether they may be made, and each in a transaction of its own, before anything else is written.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::{
    difference::unreadable,
    moves::Moves,
    rehearsal::Rehearsal,
    write::{Stop, Writing, interruption},
};
use crate::{
    answer::grouped,
    audited::Errand,
    crew::Crew,
    desk::Desk,
    failure::Failure,
    language::{say, word},
    moving::{Mover, Moving, NAME, written},
    progress::Progress,
};

/// How many are moved at the same time.
const AT_ONCE: usize = 16;

impl Rehearsal {
    /// Whether whoever gives the command may make the moves of it; true where there are none.
    pub(super) async fn may_move(&self, desk: &Desk) -> Result<bool, Failure> {
        let Some(moves) = &self.moves else {
            return Ok(true);
        };
        let mut at_once = moves
            .at_once()
            .map_err(|error| Failure::Failed(unreadable(&error)))?;
        let first = match at_once.next() {
            Some(first) => Some(first.map_err(|error| Failure::Failed(unreadable(&error)))?),
            None => moves.then().first().cloned(),
        };
        match first {
            Some(first) => Mover::at(desk).may_move(&first.from).await,
            None => Ok(true),
        }
    }

    /// Refuses what would stop at its first move, before anything is written.
    pub(super) async fn refuse_without_rights(&self, desk: &Desk) -> Result<(), Failure> {
        if self.may_move(desk).await? {
            return Ok(());
        }
        let moved = grouped(self.summary.counts.moved);
        Err(Failure::Refused(say!(
            ja: "{moved} 名の記号・番号を変更する取込みで、SurveyPolicy のほかに MemberPolicy の権限も必要です。何も書き込んでいません。\
                 両方の権限のある方が、同じコマンドを実行してください",
            en: "this import moves {moved} members to another 記号 or 番号, which takes MemberPolicy beside SurveyPolicy. \
                 Nothing was written: have somebody with both give the same command",
        )))
    }
}

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
