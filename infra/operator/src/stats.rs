//! `operator stats`: how many of a roster came how far, by day, and where they stopped.
//!
//! It reads the roster's keys and the whole audit trail and shows numbers only, so it leaves no event.

mod counted;
mod moved;
mod plot;
mod report;
mod sheet;
mod tally;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use clap::Args;
use domain::{InsurerCode, MemberId, TermsVersion};
use store::Insurer;
use time::{Date, OffsetDateTime};

use self::{
    counted::Counted,
    moved::Told,
    report::{Funnel, Report},
    tally::{Period, Roster, STEPS, Tally},
};
use crate::language::{say, word};
use crate::{
    desk::Desk,
    failure::Failure,
    progress::Progress,
    world::{begin_of, day, in_japan, now, to_japan, today},
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator stats --insurer jkc
  operator stats --insurer jkc --from 2026-12-01 --csv jkc.csv --plot jkc.svg
  operator stats --all --json

It counts from the begin of the insurer's campaign (`operator campaign reset`) on, or without one from three
years ago; --from, where it is earlier, from that day on. A member is counted once, on the first day of each
step. Who kept an account and only logs in counts as registered on that day, and as having accepted the terms
if they had been accepted before. Who is not in the roster any more is not counted. // 保険者の調査の開始
（`operator campaign reset`）以降を、なければ3年前から数えます。--from がそれより前なら、その日から数えます。会員は段階ごとに、
最初の日に1回だけ数えます。アカウントを残してログインしただけの方は、その日に登録したものとし、以前に規約へ同意していれば同意も
済んだものとします。名簿にいない方は数えません。

It reads the whole roster, all accounts and the whole audit trail: for 100,000 members after three years some
65,000 read units, a cent, and a minute. // 名簿、全アカウント、監査証跡をすべて読みます。10万人の3年後で
約65,000読込みユニット、約1セント、約1分です。";

#[derive(Args, Debug)]
pub(crate) struct Stats {
    /// The insurer whose members are counted // 集計する保険者
    #[arg(long, value_name = "CODE", required_unless_present = "all", value_parser = InsurerCode::parse)]
    insurer: Option<InsurerCode>,
    /// Every insurer by itself, and all together // すべての保険者を、保険者ごとと合計で
    #[arg(long, conflicts_with = "insurer")]
    all: bool,
    /// The first day that is listed, in Japan; what was before is in the totals // 一覧の最初の日（日本の日付）
    /// 。それより前は合計に入ります
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Date>,
    /// The last day that is counted, in Japan [default: today] // 集計の最後の日（日本の日付）。なければ今日です
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<Date>,
    /// Write every day to this file too, as CSV for Excel // すべての日を、
    /// このファイルにも書きます（Excel用のCSV）
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draw the days to this file too, as SVG; with --all, those of all insurers together // すべての日を、
    /// このファイルにも図にします（SVG）。--all なら全保険者の合計です
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

impl Stats {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let at = now();
        let to = self.to.unwrap_or_else(|| to_japan(at).date());
        if self.from.is_some_and(|from| from > to) {
            return Err(Failure::Usage(
                say!(ja: "--from が --to より後です", en: "--from is after --to"),
            ));
        }
        let insurers = match &self.insurer {
            Some(code) => vec![desk.insurer(code).await?],
            None => desk.insurers.list().await?,
        };
        let periods: Vec<Period> = insurers
            .iter()
            .map(|insurer| self.period(insurer, to))
            .collect();
        if let (Some(code), [period]) = (&self.insurer, &*periods)
            && let Some(began) = period.from.filter(|from| *from >= period.before)
        {
            return Err(Failure::Usage({
                let code = code.folded();
                let began = in_japan(began);
                say!(ja: "{code} の年度は {began} に始まり、--to より後です。それより前を数えるには --from も付けてください", en: "the survey of {code} began at {began}, after --to: give --from too, to count what was before it")
            }));
        }
        let (counted, others) = self.count(desk, &insurers, &periods).await?;
        let funnels = insurers
            .iter()
            .zip(&periods)
            .zip(&counted)
            .map(|((insurer, period), counted)| {
                let code = insurer.code.folded();
                Funnel::of(
                    Some((code, &insurer.name)),
                    period.from,
                    counted,
                    self.from,
                    to,
                )
            })
            .collect();
        let together = self.all.then(|| {
            let all = counted.iter().fold(Counted::default(), Counted::with);
            // From the first of the surveys on: an insurer whose own began later is not in the days before.
            let from = periods.iter().map(|period| period.from).min().flatten();
            (Funnel::of(None, from, &all, self.from, to), others)
        });
        let report = Report::of(at, to, funnels, together);
        if let Some(path) = &self.csv {
            write(path, &sheet::csv(&report)?)?;
        }
        if let Some(path) = &self.plot {
            write(path, plot::svg(report.widest()).as_bytes())?;
        }
        desk.format.print(&report);
        Ok(())
    }

    fn period(&self, insurer: &Insurer, to: Date) -> Period {
        let asked = self.from.map(begin_of);
        let began = insurer.campaign.as_ref().map(|campaign| campaign.began);
        Period {
            from: match (asked, began) {
                (Some(asked), Some(began)) => Some(asked.min(began)),
                (_, began) => began,
            },
            before: to.next_day().map_or(OffsetDateTime::UNIX_EPOCH, begin_of),
        }
    }

    /// Reads the rosters, then whose the accounts are, then the trail.
    async fn count(
        &self,
        desk: &Desk,
        insurers: &[Insurer],
        periods: &[Period],
    ) -> Result<(Vec<Counted>, usize), Failure> {
        let numbers: HashMap<String, u16> = insurers
            .iter()
            .map(|insurer| MemberId::prefix_of(&insurer.code))
            .zip(0..)
            .collect();
        let number = |id: &MemberId| {
            let (insurer, _) = id.as_str().split_once('#')?;
            numbers.get(&format!("{insurer}#")).copied()
        };
        let mut roster = Roster::new();
        let mut pages = desk.members.ids(self.insurer.as_ref()).await;
        let progress = Progress::of(
            desk.format,
            word!(ja: "名簿", en: "roster"),
            pages.expected(),
        );
        while let Some(page) = pages.next().await? {
            progress.add(page.read);
            for id in &page.rows {
                if let Some(insurer) = number(id) {
                    roster.add(&id.subject(), insurer);
                }
            }
        }
        drop(progress);
        let mut tally = roster.tally(periods.to_vec());
        let in_force: Vec<Option<&TermsVersion>> = insurers
            .iter()
            .map(|insurer| TermsVersion::in_force(&insurer.terms_versions, today()))
            .collect();
        let mut pages = desk.accounts.holders(self.insurer.as_ref()).await;
        let progress = Progress::of(
            desk.format,
            word!(ja: "アカウント", en: "accounts"),
            pages.expected(),
        );
        while let Some(page) = pages.next().await? {
            progress.add(page.read);
            page.rows
                .iter()
                .for_each(|holder| tally.hold(holder, &in_force));
        }
        drop(progress);
        // What was done under another number is known to be a member's only once all moves are: the trail is read again
        // where there are any.
        let begun = tally.clone();
        let moved = read_trail(desk, &mut tally).await?;
        if !moved.is_empty() {
            tally = begun.knowing(moved.settled());
            read_trail(desk, &mut tally).await?;
        }
        Ok(tally.end())
    }
}

/// Counts what the trail has. Gives the moves that it tells of.
async fn read_trail(desk: &Desk, tally: &mut Tally) -> Result<Told, Failure> {
    let steps = STEPS.map(tally::Step::event);
    let events = [&steps[..], &[Told::EVENT]].concat();
    let mut pages = desk.audit.done(&events).await;
    let progress = Progress::of(
        desk.format,
        word!(ja: "監査の記録", en: "audit trail"),
        pages.expected(),
    );
    let mut moved = Told::default();
    while let Some(page) = pages.next().await? {
        progress.add(page.read);
        for done in &page.rows {
            moved.note(done);
            tally.add(done);
        }
    }
    Ok(moved)
}

fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, content).map_err(|error| {
        Failure::Usage({
            let path = path.display();
            say!(ja: "{path} に書き込めません：{error}", en: "{path} cannot be written: {error}")
        })
    })
}
