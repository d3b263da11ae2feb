//! How many of a roster came how far, and when.

use std::collections::BTreeMap;

use time::Date;

use super::tally::{Member, NEVER, STEPS, date_of};

/// How many of a roster came how far, and when.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    /// The roster.
    pub(super) roster: u64,
    /// How many did each step on each day for the first time.
    pub(super) days: BTreeMap<Date, [u64; STEPS.len()]>,
}

impl Counted {
    /// Counts a member.
    pub(super) fn add(&mut self, member: &Member) {
        self.roster += 1;
        let mut earliest = NEVER;
        for step in STEPS.into_iter().rev() {
            earliest = earliest.min(member.first[step as usize]);
            if let Some(date) = date_of(earliest).filter(|_| earliest != NEVER) {
                self.days.entry(date).or_default()[step as usize] += 1;
            }
        }
    }

    /// Both together.
    pub(super) fn with(mut self, other: &Self) -> Self {
        self.roster += other.roster;
        for (date, counts) in &other.days {
            let sum = self.days.entry(*date).or_default();
            *sum = std::array::from_fn(|step| sum[step] + counts[step]);
        }
        self
    }

    /// The first day on which anybody did anything.
    pub(super) fn first_day(&self) -> Option<Date> {
        self.days.keys().next().copied()
    }

    /// How many did each step on a day.
    pub(super) fn on(&self, day: Date) -> [u64; STEPS.len()] {
        self.days.get(&day).copied().unwrap_or_default()
    }

    /// How many have done each step before a day.
    pub(super) fn before(&self, day: Date) -> [u64; STEPS.len()] {
        let mut sum = [0; STEPS.len()];
        for counts in self.days.range(..day).map(|(_, counts)| counts) {
            sum = std::array::from_fn(|step| sum[step] + counts[step]);
        }
        sum
    }

    /// How many have done each step.
    pub(super) fn total(&self) -> [u64; STEPS.len()] {
        self.before(Date::MAX)
    }
}
