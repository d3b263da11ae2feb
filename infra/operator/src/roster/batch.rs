//! `operator roster import --all`: the files of a folder, side by side. Each is rehearsed; what another principal has
//! approved is written.
//!
//! The files are read at the same time, on as many threads as there are processors. The table is looked through once
//! for all of them, and written for one insurer after the other, for each writes as fast as the table takes it.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
};

use serde::Serialize;
use store::Insurer;

use super::{
    Import,
    approval::{Standing, standing},
    delivery::Folder,
    guards::Said,
    intake::read_rosters,
    rehearsal::{Asked, FileRead, NAME, Order, REHEARSED, Rehearsal},
    reply::{self, Outcome, Written},
    report::place_of,
};
use crate::{
    answer::{Answer, grouped},
    audited::Errand,
    desk::Desk,
    failure::Failure,
    language::{say, word},
    output::{For, write_new},
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

impl State {
    fn told(self) -> &'static str {
        match self {
            Self::Rehearsed => word!(ja: "予行済み、承認待ち", en: "rehearsed, to be approved"),
            Self::Approved => word!(ja: "承認済み", en: "approved"),
            Self::Written => word!(ja: "書き込みました", en: "written"),
            Self::NothingToWrite => word!(ja: "変更なし", en: "nothing to write"),
            Self::Refused => word!(ja: "要修正", en: "refused"),
            Self::NotBegun => word!(ja: "未着手", en: "not begun"),
            Self::Unfinished => word!(ja: "途中で停止", en: "not finished"),
        }
    }
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
        let approved = compared.iter().filter(|it| it.state == State::Approved);
        let lines: Vec<String> = approved.flat_map(Compared::lines).collect();
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
    let codes: Vec<_> = read
        .iter()
        .filter(|file| file.stage.is_ok())
        .map(|file| &file.insurer.code)
        .collect();
    let rosters = if codes.is_empty() {
        Vec::new()
    } else {
        read_rosters(desk, &codes).await?
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

impl Compared {
    /// A line of numbers, and what is wrong.
    fn lines(&self) -> Vec<String> {
        let code = self.file.insurer.code.folded();
        let (name, state) = (self.file.name(), self.state.told());
        let mut lines = match &self.file.stage {
            Err(_) => vec![format!("{code}  {name}  {state}")],
            Ok(rehearsal) => {
                let (rows, counts) = (&rehearsal.summary.rows, &rehearsal.summary.counts);
                let insured = grouped(rows.insured);
                let (new, leave) = (grouped(counts.new), grouped(counts.leavers));
                let changed = match rehearsal.summary.told_changed() {
                    Some([changed, _]) => {
                        let changed = grouped(changed);
                        say!(ja: "、変更 {changed}", en: ", changed {changed}")
                    }
                    None => String::new(),
                };
                vec![say!(
                    ja: "{code}  {name}  被保険者 {insured}：追加 {new}{changed}、喪失 {leave}  {state}",
                    en: "{code}  {name}  insured {insured}: new {new}{changed}, leave {leave}  {state}",
                )]
            }
        };
        let why = self.why.iter().flat_map(|why| why.lines());
        lines.extend(why.map(|why| format!("    {why}")));
        lines
    }

    /// Writes the reply for the insurer, and tells what became of the file.
    fn told(&self, reports: &Path) -> Result<One, Failure> {
        let name = self.file.name();
        let place = place_of(&reports.join(&name), None, "reply", "txt")?;
        let written = match self.state {
            State::Written | State::NothingToWrite => Written::Yes,
            _ => Written::NotYet,
        };
        let outcome = match &self.file.stage {
            Err(why) => Outcome::Unread(why),
            Ok(rehearsal) => Outcome::Compared(rehearsal, written),
        };
        let text = reply::text(&self.file.insurer, &name, &outcome);
        write_new(&place, text.as_bytes(), For::OneselfAlone)?;
        let rehearsal = self.file.stage.as_ref().ok();
        let counts = rehearsal.map(|it| &it.summary.counts);
        Ok(One {
            insurer: self.file.insurer.code.folded().to_owned(),
            file: name,
            state: self.state,
            sha256: rehearsal.map(|it| it.summary.inspected.sha256.clone()),
            insured: rehearsal.map(|it| it.summary.rows.insured),
            new: counts.map(|it| it.new),
            changed: rehearsal
                .and_then(|it| it.summary.told_changed())
                .map(|[changed, _]| changed),
            leavers: counts.map(|it| it.leavers),
            written: rehearsal.map_or(0, |it| it.summary.written),
            why: self.why.clone(),
            reply: place,
            lines: self.lines(),
        })
    }
}

/// What became of one file, as it is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct One {
    insurer: String,
    file: String,
    state: State,
    sha256: Option<String>,
    insured: Option<u64>,
    new: Option<u64>,
    changed: Option<u64>,
    leavers: Option<u64>,
    written: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    reply: PathBuf,
    #[serde(skip)]
    lines: Vec<String>,
}

/// An insurer that has sent nothing.
#[derive(Serialize)]
struct Missing {
    insurer: String,
    file: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    dry_run: bool,
    insurers: Vec<One>,
    missing: Vec<Missing>,
}

impl Answer for Told {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for one in &self.insurers {
            lines.extend(one.lines.iter().cloned());
            let reply = one.reply.display();
            lines.push(say!(ja: "    送り返す報告：{reply}", en: "    to send back: {reply}"));
        }
        for missing in &self.missing {
            let (insurer, file) = (&missing.insurer, &missing.file);
            lines.push(say!(
                ja: "{insurer}  {file}  ファイルがありません",
                en: "{insurer}  {file}  no file yet",
            ));
        }
        let sum = |of: fn(&One) -> u64| grouped(self.insurers.iter().map(of).sum());
        let count = self.insurers.len();
        let (insured, new, leave, written) = (
            sum(|one| one.insured.unwrap_or_default()),
            sum(|one| one.new.unwrap_or_default()),
            sum(|one| one.leavers.unwrap_or_default()),
            sum(|one| one.written),
        );
        lines.push(say!(
            ja: "{count} 保険者：被保険者 {insured}、追加 {new}、喪失 {leave}、書き込み {written}",
            en: "{count} insurers: insured {insured}, new {new}, leave {leave}, written {written}",
        ));
        if self
            .insurers
            .iter()
            .any(|one| one.state == State::Rehearsed)
        {
            lines.push(say!(
                ja: "次に、別の方が `operator roster approve FOLDER` で承認し、このコマンドをもう一度実行すると書き込みます",
                en: "Next, somebody else approves it with `operator roster approve FOLDER`, and this command, given again, \
                     writes it",
            ));
        }
        lines
    }
}
