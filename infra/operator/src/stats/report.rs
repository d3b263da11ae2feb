//! What was counted, as it is told.

use serde::Serialize;
use time::{Date, OffsetDateTime};

use super::{counted::Counted, sheet, tally::STEPS};
use crate::{
    answer::{Answer, at_left, at_right, width_of},
    language::{Language, current, say, word},
    world::in_japan,
};

/// The steps by the names that the table and JSON have.
const NAMES: [&str; STEPS.len()] = ["verified", "created", "confirmed", "loggedIn", "accepted"];
/// What is said of them in the table; in Japanese as the sheet says it.
fn said() -> [&'static str; STEPS.len()] {
    match current() {
        Language::Japanese => sheet::SAID,
        Language::English => [
            "verified",
            "user created",
            "address confirmed",
            "logged in",
            "terms accepted",
        ],
    }
}

/// The answer: each insurer, and all together where more than one was asked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    to: String,
    insurers: Vec<Funnel>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    together: Option<Together>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Together {
    all: Funnel,
    /// Members who were verified and are in no roster any more.
    in_no_roster: usize,
}

/// How many of a roster came how far.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Funnel {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    counted_from: Option<OffsetDateTime>,
    roster: u64,
    went_no_further: u64,
    steps: Vec<Reached>,
    days: Vec<Day>,
}

/// How many did a step, and how many of those none after it.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reached {
    step: &'static str,
    members: u64,
    went_no_further: u64,
}

/// A day: how many did each step, and how many have until its end.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Day {
    #[serde(rename = "day", serialize_with = "iso")]
    pub(super) date: Date,
    pub(super) members: [u64; STEPS.len()],
    pub(super) until_then: [u64; STEPS.len()],
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn iso<S: serde::Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

impl Funnel {
    /// Of an insurer, by code and name, or of all.
    pub(super) fn of(
        insurer: Option<(&str, &str)>,
        counted_from: Option<OffsetDateTime>,
        counted: &Counted,
        from: Option<Date>,
        to: Date,
    ) -> Self {
        let total = counted.total();
        let steps = (0..STEPS.len()).map(|step| Reached {
            step: NAMES[step],
            members: total[step],
            went_no_further: total[step] - total.get(step + 1).unwrap_or(&0),
        });
        let mut steps: Vec<Reached> = steps.collect();
        // The last step is the end of the way.
        if let Some(last) = steps.last_mut() {
            last.went_no_further = 0;
        }
        Self {
            code: insurer.map(|(code, _)| code.to_owned()),
            name: insurer.map(|(_, name)| name.to_owned()),
            counted_from,
            roster: counted.roster,
            went_no_further: counted.roster - total[0],
            steps,
            days: days(
                counted,
                from.or_else(|| counted.first_day()).unwrap_or(to),
                to,
            ),
        }
    }

    /// The name that stands above it.
    pub(super) fn title(&self) -> &str {
        self.name.as_deref().unwrap_or("全保険者")
    }

    pub(super) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    pub(super) fn roster(&self) -> u64 {
        self.roster
    }

    pub(super) fn days(&self) -> &[Day] {
        &self.days
    }

    fn head(&self) -> String {
        let from = self.counted_from.map(in_japan);
        let from = from.map_or_else(
            || say!(ja: "監査証跡の初めから集計", en: "counted from the begin of the audit trail"),
            |from| say!(ja: "{from} から集計", en: "counted from {from}"),
        );
        match (&self.code, &self.name) {
            (Some(code), Some(name)) => {
                say!(ja: "{code}  {name}、{from}", en: "{code}  {name}, {from}")
            }
            _ => say!(ja: "全保険者", en: "all insurers"),
        }
    }

    fn table(&self) -> Vec<String> {
        let row = |step: &str, members: &str, of_roster: &str, no_further: &str| {
            let step = at_left(step, 17);
            let [members, of_roster] = [members, of_roster].map(|cell| at_right(cell, 9));
            let no_further = at_right(no_further, 15);
            format!("{step}  {members}  {of_roster}  {no_further}")
        };
        let counted = |step: &str, members: u64, no_further: u64| {
            let of_roster = percent(members, self.roster);
            row(
                step,
                &members.to_string(),
                &of_roster,
                &no_further.to_string(),
            )
        };
        let mut lines = vec![
            row(
                word!(ja: "段階", en: "step"),
                word!(ja: "人数", en: "members"),
                word!(ja: "名簿比", en: "of roster"),
                word!(ja: "ここまでの方", en: "went no further"),
            ),
            counted(
                word!(ja: "名簿", en: "in the roster"),
                self.roster,
                self.went_no_further,
            ),
        ];
        let steps = self.steps.iter().zip(said());
        lines.extend(steps.map(|(step, said)| counted(said, step.members, step.went_no_further)));
        lines
    }

    /// The days on which anybody did anything.
    fn day_table(&self) -> Vec<String> {
        let row = |name: &str, of: &dyn Fn(usize) -> String| {
            let cells = said().into_iter().enumerate();
            cells.fold(at_left(name, 10), |row, (step, said)| {
                row + "  " + &at_right(&of(step), width_of(said))
            })
        };
        let mut lines = Vec::new();
        if let Some(first) = self.days.first() {
            let before = |step| first.until_then[step] - first.members[step];
            if (0..STEPS.len()).any(|step| before(step) > 0) {
                let name = word!(ja: "以前", en: "before");
                lines.push(row(name, &|step| before(step).to_string()));
            }
        }
        let busy = self
            .days
            .iter()
            .filter(|day| day.members != [0; STEPS.len()]);
        lines.extend(
            busy.map(|day| row(&day.date.to_string(), &|step| day.members[step].to_string())),
        );
        if !lines.is_empty() {
            let head = row(word!(ja: "日付", en: "day"), &|step| {
                said()[step].to_owned()
            });
            lines.splice(..0, [String::new(), head]);
        }
        lines
    }

    /// One line of the list of insurers.
    fn line(&self) -> String {
        let roster = self.roster.to_string();
        let counts = self.steps.iter().map(|step| step.members.to_string());
        let done = self.steps.last().map_or(0, |step| step.members);
        let (code, name) = (self.code().unwrap_or_default(), self.title());
        listed(code, &roster, counts, &percent(done, self.roster)) + "  " + name
    }
}

/// A line of the list of insurers, or its head.
fn listed(code: &str, roster: &str, steps: impl IntoIterator<Item = String>, done: &str) -> String {
    let steps = steps.into_iter().zip(said());
    let line = at_left(code, 10) + "  " + &at_right(roster, 9);
    let line = steps.fold(line, |line, (step, said)| {
        line + "  " + &at_right(&step, width_of(said))
    });
    line + "  " + &at_right(done, 6)
}

/// Every day from the first to the last.
fn days(counted: &Counted, from: Date, to: Date) -> Vec<Day> {
    let mut until_then = counted.before(from);
    let all = std::iter::successors(Some(from), |day| day.next_day());
    all.take_while(|day| *day <= to)
        .map(|day| {
            let members = counted.on(day);
            until_then = std::array::from_fn(|step| until_then[step] + members[step]);
            Day {
                date: day,
                members,
                until_then,
            }
        })
        .collect()
}

/// A part of a whole, to a tenth; cut off, so that only all are 100.0 %.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let tenths = part * 1_000 / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

impl Report {
    pub(super) fn of(
        at: OffsetDateTime,
        to: Date,
        insurers: Vec<Funnel>,
        together: Option<(Funnel, usize)>,
    ) -> Self {
        Self {
            at,
            to: to.to_string(),
            insurers,
            together: together.map(|(all, in_no_roster)| Together { all, in_no_roster }),
        }
    }

    pub(super) fn insurers(&self) -> &[Funnel] {
        &self.insurers
    }

    /// The one that has all that was asked for in it.
    pub(super) fn widest(&self) -> Option<&Funnel> {
        let together = self.together.as_ref().map(|together| &together.all);
        together.or_else(|| self.insurers.first())
    }
}

impl Answer for Report {
    fn lines(&self) -> Vec<String> {
        let (to, at) = (&self.to, in_japan(self.at));
        let mut lines = vec![
            say!(ja: "{to} まで（{at} 現在）", en: "until {to}, as of {at}"),
            String::new(),
        ];
        if let Some(together) = &self.together {
            lines.push(listed(
                word!(ja: "保険者", en: "insurer"),
                word!(ja: "名簿", en: "in roster"),
                said().map(str::to_owned),
                word!(ja: "完了", en: "done"),
            ));
            lines.extend(self.insurers.iter().map(Funnel::line));
            lines.push(String::new());
            let gone = together.in_no_roster;
            if gone > 0 {
                lines.push(say!(
                    ja: "集計外：本人確認を済ませ、いまはどの名簿にもいない方 {gone}",
                    en: "not counted: {gone} who were verified and are in no roster any more",
                ));
                lines.push(String::new());
            }
        }
        if let Some(funnel) = self.widest() {
            lines.push(funnel.head());
            lines.push(String::new());
            lines.extend(funnel.table());
            lines.extend(funnel.day_table());
        }
        lines
    }
}
