//! What was counted, as it is told.

use serde::Serialize;
use time::{Date, OffsetDateTime};

use super::{counted::Counted, tally::STEPS};
use crate::{answer::Answer, world::in_japan};

/// The steps by the names that the table and JSON have.
const NAMES: [&str; STEPS.len()] = ["verified", "created", "confirmed", "loggedIn", "accepted"];
/// What is said of them in the table.
const SAID: [&str; STEPS.len()] = [
    "verified",
    "user created",
    "address confirmed",
    "logged in",
    "terms accepted",
];

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
    /// Who was verified and is in no roster any more.
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
        let from = self.counted_from.map_or_else(
            || "from the begin of the audit trail".to_owned(),
            |from| format!("from {}", in_japan(from)),
        );
        match (&self.code, &self.name) {
            (Some(code), Some(name)) => format!("{code}  {name}, counted {from}"),
            _ => "all insurers".to_owned(),
        }
    }

    fn table(&self) -> Vec<String> {
        let of_roster = |members: u64| percent(members, self.roster);
        let mut lines = vec![
            format!(
                "{:17}  {:>9}  {:>9}  {:>15}",
                "step", "members", "of roster", "went no further"
            ),
            format!(
                "{:17}  {:9}  {:>9}  {:15}",
                "in the roster",
                self.roster,
                of_roster(self.roster),
                self.went_no_further
            ),
        ];
        lines.extend(self.steps.iter().zip(SAID).map(|(step, said)| {
            let (members, no_further) = (step.members, step.went_no_further);
            let of_roster = of_roster(members);
            format!("{said:17}  {members:9}  {of_roster:>9}  {no_further:15}")
        }));
        lines
    }

    /// The days on which anybody did anything.
    fn day_table(&self) -> Vec<String> {
        let row = |name: &str, of: &dyn Fn(usize) -> String| {
            (0..STEPS.len()).fold(format!("{name:10}"), |row, step| {
                row + &format!("  {:>width$}", of(step), width = SAID[step].len())
            })
        };
        let mut lines = Vec::new();
        if let Some(first) = self.days.first() {
            let before = |step| first.until_then[step] - first.members[step];
            if (0..STEPS.len()).any(|step| before(step) > 0) {
                lines.push(row("before", &|step| before(step).to_string()));
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
            let head = row("day", &|step| SAID[step].to_owned());
            lines.splice(..0, [String::new(), head]);
        }
        lines
    }

    /// One line of the list of insurers.
    fn line(&self) -> String {
        let roster = self.roster;
        let steps = self
            .steps
            .iter()
            .zip(SAID)
            .fold(String::new(), |line, (step, said)| {
                line + &format!("  {:>width$}", step.members, width = said.len())
            });
        let done = self.steps.last().map_or(0, |step| step.members);
        let (code, name) = (self.code().unwrap_or_default(), self.title());
        let done = percent(done, roster);
        format!("{code:10}  {roster:>9}{steps}  {done:>6}  {name}")
    }
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
        let mut lines = vec![format!("until {to}, as of {at}"), String::new()];
        if let Some(together) = &self.together {
            lines.push(format!(
                "{:10}  {:>9}  {}  {:>6}",
                "insurer",
                "in roster",
                SAID.join("  "),
                "done"
            ));
            lines.extend(self.insurers.iter().map(Funnel::line));
            lines.push(String::new());
            if together.in_no_roster > 0 {
                lines.push(format!(
                    "not counted: {} who were verified and are in no roster any more",
                    together.in_no_roster
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
