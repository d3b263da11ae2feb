//! The count: who of the roster came how far, from the roster and the audit trail in whatever order they
//! are read.
//!
//! Of a member there are a hash and the first day of each step, 24 bytes; of an account its member and its
//! first login and acceptance. Nothing else is kept, and nobody's name, number or user ID is known here.
//!
//! A step is counted on the first day it was done since the count began, and never later than a step after
//! it: whoever accepted the terms is taken to have logged in, and who kept an account from last year and
//! only logs in counts as registered, and as having accepted the terms if they were accepted with it then. So
//! the figures of the steps never rise along the way.

use std::collections::HashSet;

use domain::{Subject, TermsVersion};
use store::{Holder, StepDone};
use time::{Date, OffsetDateTime};

use super::{
    counted::Counted,
    moved::{Moved, millis_of},
};
use crate::world::to_japan;

/// The steps that are counted, in the order of the way.
pub(super) const STEPS: [Step; 5] = [
    Step::Verified,
    Step::Created,
    Step::Confirmed,
    Step::LoggedIn,
    Step::Accepted,
];

/// How far a member came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Verified,
    Created,
    Confirmed,
    LoggedIn,
    Accepted,
}

impl Step {
    /// The function that does it, as the audit trail names it.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::Verified => "verify-member",
            Self::Created => "create-user",
            Self::Confirmed => "confirm-code",
            Self::LoggedIn => "login",
            Self::Accepted => "accept-terms",
        }
    }

    fn of_event(event: &str) -> Option<Self> {
        STEPS.into_iter().find(|step| step.event() == event)
    }
}

/// A day in Japan, in two bytes: since 1970.
pub(super) type Day = u16;
pub(super) const NEVER: Day = Day::MAX;
const FIRST_DAY: i32 = 2_440_588;

fn day_of(date: Date) -> Day {
    Day::try_from(date.to_julian_day() - FIRST_DAY).unwrap_or(NEVER)
}

/// A day as it is written.
pub(super) fn date_of(day: Day) -> Option<Date> {
    Date::from_julian_day(i32::from(day) + FIRST_DAY).ok()
}

/// A member of the roster.
#[derive(Clone, Copy)]
pub(super) struct Member {
    subject: u64,
    insurer: u16,
    /// The first day of each step.
    pub(super) first: [Day; STEPS.len()],
}

/// What is known of an account: at a time, either whose it became, or what was done with it. 24 bytes too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct OfAccount {
    account: u64,
    /// Milliseconds since 1970.
    at: i64,
    /// A member's place in the roster, or one of the three below. Of one moment, the member comes first.
    what: u32,
}

const SOMEBODY_ELSES: u32 = u32::MAX - 2;
const LOGGED_IN: u32 = u32::MAX - 1;
const ACCEPTED: u32 = u32::MAX;

/// From when on, and until when, the steps of an insurer's members count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Period {
    /// The beginning; without one, whatever the trail has.
    pub(super) from: Option<OffsetDateTime>,
    /// The first moment that counts no longer.
    pub(super) before: OffsetDateTime,
}

impl Period {
    fn has(&self, millis: i64) -> bool {
        self.from.is_none_or(|from| millis >= millis_of(from)) && millis < millis_of(self.before)
    }
}

/// The roster, read and not yet in order.
pub(super) struct Roster(Vec<Member>);

impl Roster {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a member of the insurer of this number.
    pub(super) fn add(&mut self, subject: &Subject, insurer: u16) {
        self.0.push(Member {
            subject: subject.number(),
            insurer,
            first: [NEVER; STEPS.len()],
        });
    }

    /// Begins the count of these members; `periods` are the insurers', by their number.
    pub(super) fn tally(self, periods: Vec<Period>) -> Tally {
        let mut members = self.0;
        members.sort_unstable_by_key(|member| member.subject);
        // Two who share a subject, once in 37 million rosters of a million, cannot be told apart.
        members.dedup_by_key(|member| member.subject);
        members.shrink_to_fit();
        Tally {
            members,
            periods,
            accounts: Vec::new(),
            accepted: HashSet::new(),
            compacted: 0,
            others: Vec::new(),
            moved: Moved::default(),
        }
    }
}

/// The count.
#[derive(Clone)]
pub(super) struct Tally {
    members: Vec<Member>,
    periods: Vec<Period>,
    accounts: Vec<OfAccount>,
    /// The accounts with which the terms in force had been accepted before the count began: they are asked for
    /// nothing more.
    accepted: HashSet<u64>,
    compacted: usize,
    /// Members who were verified and are in none of the rosters.
    others: Vec<u64>,
    /// Members who had another number before.
    moved: Moved,
}

/// How much more may be known of accounts before what does not count is dropped.
const UNCOMPACTED: usize = 1 << 20;

impl Tally {
    /// Notes whose an account is, and whether the terms in force, of each insurer by its number, had been
    /// accepted with it before the count began. The trail forgets the one, and has the other of another time.
    pub(super) fn hold(&mut self, holder: &Holder, in_force: &[Option<&TermsVersion>]) {
        let Some(place) = self.place(holder.member.number()) else {
            return;
        };
        let account = holder.account.number();
        let insurer = usize::from(self.members[place].insurer);
        let accepted_at = in_force[insurer].and_then(|version| holder.acceptances.get(version));
        if let (Some(begin), Some(accepted_at)) = (self.periods[insurer].from, accepted_at)
            && *accepted_at < begin
        {
            self.accepted.insert(account);
        }
        if let Ok(place) = u32::try_from(place) {
            self.accounts.push(OfAccount {
                account,
                at: millis_of(holder.created_at),
                what: place,
            });
        }
    }

    /// The same count of whoever had another number before, too: nothing of the trail is counted yet.
    pub(super) fn knowing(mut self, moved: Moved) -> Self {
        self.moved = moved;
        self
    }

    /// Counts what was done.
    pub(super) fn add(&mut self, done: &StepDone) {
        let Some(step) = Step::of_event(&done.step) else {
            return;
        };
        let (subject, at) = (done.subject.number(), millis_of(done.at));
        let what = match (step, &done.member) {
            (Step::LoggedIn | Step::Accepted, _) if !self.counts_for_any(at) => return,
            (Step::LoggedIn, _) => LOGGED_IN,
            (Step::Accepted, _) => ACCEPTED,
            (_, Some(member)) => self
                .place_of(member.number(), at)
                .and_then(|place| u32::try_from(place).ok())
                .unwrap_or(SOMEBODY_ELSES),
            (_, None) => {
                match self.place_of(subject, at) {
                    Some(place) => self.note(place, step, at),
                    None if step == Step::Verified && self.counts_for_any(at) => {
                        self.others.push(subject);
                    }
                    None => {}
                }
                return;
            }
        };
        self.accounts.push(OfAccount {
            account: subject,
            at,
            what,
        });
        if self.accounts.len() > 2 * self.compacted + UNCOMPACTED {
            self.compact();
        }
    }

    fn counts_for_any(&self, millis: i64) -> bool {
        self.periods.iter().any(|period| period.has(millis))
    }

    /// The member who had a number at a time, wherever they are now.
    fn place_of(&self, subject: u64, at: i64) -> Option<usize> {
        self.place(self.moved.now(subject, at))
    }

    fn place(&self, subject: u64) -> Option<usize> {
        let found = self
            .members
            .binary_search_by_key(&subject, |member| member.subject);
        found.ok()
    }

    fn note(&mut self, place: usize, step: Step, millis: i64) {
        let member = &mut self.members[place];
        let period = self.periods[usize::from(member.insurer)];
        if !period.has(millis) {
            return;
        }
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
        let day = at.map_or(NEVER, |at| day_of(to_japan(at).date()));
        let first = &mut member.first[step as usize];
        *first = day.min(*first);
    }

    /// Gives what accounts did to the members whose they were then, and keeps what is not yet known whose
    /// it is. A user ID may be another member's after a reset: what was done is its member's at that time.
    fn compact(&mut self) {
        let mut known = std::mem::take(&mut self.accounts);
        known.sort_unstable();
        let mut whose: Option<(u64, u32)> = None;
        let mut kept = Vec::new();
        for of in known {
            let of_member = whose.filter(|(account, _)| *account == of.account);
            let step = match of.what {
                LOGGED_IN => Step::LoggedIn,
                ACCEPTED => Step::Accepted,
                place => {
                    whose = Some((of.account, place));
                    kept.push(of);
                    continue;
                }
            };
            match of_member {
                Some((_, SOMEBODY_ELSES)) => {}
                Some((_, place)) => {
                    self.note(place as usize, step, of.at);
                    if step == Step::LoggedIn && self.accepted.contains(&of.account) {
                        self.note(place as usize, Step::Accepted, of.at);
                    }
                }
                None => kept.push(of),
            }
        }
        self.compacted = kept.len();
        self.accounts = kept;
    }

    /// What was counted, by insurer, and how many were verified who are in none of the rosters.
    pub(super) fn end(mut self) -> (Vec<Counted>, usize) {
        self.compact();
        self.others.sort_unstable();
        self.others.dedup();
        let mut counted = vec![Counted::default(); self.periods.len()];
        for member in &self.members {
            counted[usize::from(member.insurer)].add(member);
        }
        (counted, self.others.len())
    }
}

#[cfg(test)]
mod tests;
