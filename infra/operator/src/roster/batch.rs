//! `operator roster import --all`: the files of a folder, side by side. Each is rehearsed; what another principal has
//! approved is written.
//!
//! The files are read at the same time, on as many threads as there are processors. The table is looked through once
//! for all of them, and written for one insurer after the other, for each writes as fast as the table takes it.

mod told;

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
};

use serde::Serialize;
use store::Insurer;

use self::told::{Missing, Told};
use super::{
    Import,
    approval::{Standing, standing},
    delivery::Folder,
    guards::Said,
    rehearsal::{Asked, FileRead, NAME, Order, REHEARSED, Rehearsal},
    rosters::read_rosters,
};
use crate::{
    audited::Errand,
    desk::Desk,
    failure::Failure,
    language::{say, word},
    progress::Progress,
    world::now,
};

/// What became of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum State {
    /// It was rehearsed, and waits for an approval.
    Rehearsed,
    /// It was approved, and this is a rehearsal.
    Approved,
    /// It was approved, and is written.
    Written,
    /// The roster is so already.
    NothingToWrite,
    /// Something is wrong with it.
    Refused,
    /// It is approved, and another one failed before.
    NotBegun,
    /// Not all of it was written.
    Unfinished,
}

/// A file on its way.
struct File<T> {
    insurer: Insurer,
    path: PathBuf,
    /// How far it came, or why it is refused.
    stage: Result<T, String>,
}

impl<T> File<T> {
    fn then<U>(self, next: impl FnOnce(T) -> Result<U, Failure>) -> Result<File<U>, Failure> {
        let stage = match self.stage {
            Ok(stage) => refused(next(stage))?,
            Err(why) => Err(why),
        };
        Ok(File {
            insurer: self.insurer,
            path: self.path,
            stage,
        })
    }

    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// What is wrong with one file is no reason to stop the others; that AWS does not answer is.
fn refused<T>(read: Result<T, Failure>) -> Result<Result<T, String>, Failure> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(Failure::Usage(why) | Failure::Refused(why)) => Ok(Err(why)),
        Err(other) => Err(other),
    }
}

/// A file that was compared, and where it stands.
struct Compared {
    file: File<Rehearsal>,
    state: State,
    /// Why it is refused, or not finished.
    why: Option<String>,
}

pub(super) async fn run(desk: &Desk, import: Import, folder: &Path) -> Result<(), Failure> {
    let found = Folder::read(folder)?;
    let reports = import
        .reports
        .clone()
        .unwrap_or_else(|| folder.join("reports"));
    let careful = import.careful;
    let errand = desk
        .writing(NAME, import.by.clone(), careful.dry_run)
        .await?;
    std::fs::create_dir_all(&reports).map_err(|error| {
        let reports = reports.display();
        Failure::Usage(say!(
            ja: "フォルダー {reports} を作れません：{error}",
            en: "the folder {reports} cannot be made: {error}",
        ))
    })?;
    let mut asked = Vec::with_capacity(found.deliveries.len());
    for delivery in found.deliveries {
        let insurer = desk.insurer(&delivery.insurer).await?;
        let order = Order {
            beside: reports.join(delivery.file.file_name().unwrap_or_default()),
            file: delivery.file.clone(),
            insurer: delivery.insurer,
            mode: delivery.mode,
            charset: None,
            said: Said::default(),
            skip_refused: false,
            is_of_folder: true,
            report: None,
            take_over: false,
            rate: import.write_rate.map(u32::from),
        };
        let stage = match order.inspect(&delivery.mapping) {
            Ok(inspected) => {
                let of = insurer.clone();
                Asked::of(desk, order, delivery.mapping, inspected, of, &errand).await
            }
            Err(failure) => Err(failure),
        };
        asked.push(File {
            insurer,
            path: delivery.file,
            stage: refused(stage)?,
        });
    }
    let read = read_all(desk, asked)?;
    let rehearsed = compare_all(desk, read, &errand).await?;
    let mut compared = Vec::with_capacity(rehearsed.len());
    for file in rehearsed {
        compared.push(judge(desk, &errand, file).await?);
    }
    let failed = if careful.dry_run {
        None
    } else {
        let approved = || compared.iter().filter(|it| it.state == State::Approved);
        for rehearsal in approved().filter_map(|it| it.file.stage.as_ref().ok()) {
            rehearsal.refuse_without_rights(desk).await?;
        }
        let lines: Vec<String> = approved().flat_map(Compared::lines).collect();
        if !lines.is_empty() {
            careful.asks(lines.into_iter())?;
        }
        write_all(desk, &errand, &mut compared).await
    };
    let mut told = Told {
        dry_run: careful.dry_run,
        insurers: Vec::with_capacity(compared.len()),
        missing: found
            .missing
            .into_iter()
            .map(|(code, file)| Missing {
                insurer: code.folded().to_owned(),
                file,
            })
            .collect(),
    };
    for it in &compared {
        told.insurers.push(it.told(&reports)?);
    }
    desk.format.print(&told);
    let refused = compared
        .iter()
        .filter(|it| it.state == State::Refused)
        .count();
    match failed {
        Some(failure) => Err(failure),
        None if refused > 0 => Err(Failure::Refused(say!(
            ja: "{refused} 保険者のファイルに問題があり、書き込んでいません。保険者ごとの報告（*.reply.txt）を送り返してください",
            en: "the files of {refused} insurers were refused and not written: send each its reply (*.reply.txt)",
        ))),
        None => Ok(()),
    }
}

/// Reads the files side by side.
fn read_all(desk: &Desk, asked: Vec<File<Asked>>) -> Result<Vec<File<FileRead>>, Failure> {
    let format = desk.format;
    let read = side_by_side(asked, |file| {
        let code = file.insurer.code.folded().to_owned();
        file.then(|asked| {
            asked.read(|expected| {
                let what = say!(ja: "{code} 読込み", en: "reading {code}");
                Progress::of(format, what, expected)
            })
        })
    });
    read.into_iter().collect()
}

/// Does the work on as many threads as there are processors, and gives what came of each, in order.
fn side_by_side<T: Send, U: Send>(work: Vec<T>, each: impl Fn(T) -> U + Sync) -> Vec<U> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(work.len());
    let queue: Mutex<VecDeque<_>> = Mutex::new(work.into_iter().enumerate().collect());
    let next = || {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.pop_front()
    };
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((place, work)) = next() {
                    let came_to = each(work);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((place, came_to));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, came_to)| came_to).collect()
}

/// Compares each file that could be read with its roster.
async fn compare_all(
    desk: &Desk,
    read: Vec<File<FileRead>>,
    errand: &Errand,
) -> Result<Vec<File<Rehearsal>>, Failure> {
    let insurers: Vec<_> = read
        .iter()
        .filter(|file| file.stage.is_ok())
        .map(|file| &file.insurer)
        .collect();
    let rosters = if insurers.is_empty() {
        Vec::new()
    } else {
        read_rosters(desk, &insurers).await?
    };
    let mut rosters = rosters.into_iter();
    let paired = read.into_iter().map(|file| {
        let roster = if file.stage.is_ok() {
            rosters.next()
        } else {
            None
        };
        (file, roster)
    });
    let compared = side_by_side(paired.collect(), |(file, roster)| {
        file.then(|read| match roster {
            Some(roster) => read.compare(roster, errand),
            // There is one of each that was read.
            None => Err(Failure::changed_meanwhile(
                word!(ja: "名簿", en: "the roster"),
            )),
        })
    });
    compared.into_iter().collect()
}

/// Says where a file stands, and notes that it was looked at.
async fn judge(
    desk: &Desk,
    errand: &Errand,
    mut file: File<Rehearsal>,
) -> Result<Compared, Failure> {
    let Ok(rehearsal) = &mut file.stage else {
        let why = file.stage.as_ref().err().cloned();
        return Ok(Compared {
            file,
            state: State::Refused,
            why,
        });
    };
    let subject = crate::insurer::subject(&file.insurer.code);
    let trail = desk.audit.history(&subject).await?;
    if let Standing::Approved(import) = standing(&trail, &rehearsal.asked.own, now()) {
        let skipped = import.reading.as_ref().map(|reading| reading.skipped);
        rehearsal.asked.order.said = Said {
            leavers: Some(import.left),
            changed: Some(import.changed),
            skipped,
            other_persons: None,
            new: Some(import.added),
            moved: Some(import.moved),
        };
        if let Err(Failure::Refused(why)) = rehearsal.refusal() {
            let why = say!(
                ja: "承認されたときと名簿が変わっています：{why}。もう一度予行し、承認を受けてください",
                en: "the roster is another than the one that was approved: {why}. Rehearse it again, and have it approved",
            );
            rehearsal.asked.order.said = Said::default();
            desk.audit.note(&rehearsal.event(errand, REHEARSED)).await?;
            return Ok(Compared {
                file,
                state: State::Refused,
                why: Some(why),
            });
        }
        return Ok(Compared {
            file,
            state: State::Approved,
            why: None,
        });
    }
    desk.audit
        .note(&rehearsal.event(errand, rehearsal.outcome()))
        .await?;
    let (state, why) = match refused(rehearsal.blocked())? {
        Err(why) => (State::Refused, Some(why)),
        Ok(()) if rehearsal.is_as_it_is() => (State::NothingToWrite, None),
        Ok(()) => (State::Rehearsed, None),
    };
    Ok(Compared { file, state, why })
}

/// Writes what is approved, one insurer after the other, until one fails: what is behind that would fail, too, or
/// somebody has pressed Ctrl-C.
async fn write_all(desk: &Desk, errand: &Errand, compared: &mut [Compared]) -> Option<Failure> {
    let mut failed = None;
    for it in compared.iter_mut().filter(|it| it.state == State::Approved) {
        let Ok(rehearsal) = &mut it.file.stage else {
            continue;
        };
        if failed.is_some() {
            it.state = State::NotBegun;
            continue;
        }
        match rehearsal.write(desk, errand).await {
            Ok(()) => it.state = State::Written,
            Err(failure) => {
                it.state = State::Unfinished;
                failed = Some(failure);
            }
        }
    }
    failed
}
