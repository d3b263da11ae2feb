//! Who had another 記号 and 番号 before: what was done under the former ones is theirs.

use std::collections::{HashMap, HashSet};

use store::StepDone;
use time::OffsetDateTime;

use crate::moving::NAME;

/// More numbers nobody has had: a trail that goes on is damaged.
const MOST: usize = 16;

/// Milliseconds since 1970.
pub(super) fn millis_of(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// What the trail tells of moves: when, from which subject, to which.
#[derive(Default)]
pub(super) struct Told(Vec<(i64, u64, u64)>);

impl Told {
    /// The event that tells of one.
    pub(super) const EVENT: &str = NAME;

    /// Takes an event. The one under the former number says nothing more.
    pub(super) fn note(&mut self, done: &StepDone) {
        if let (Self::EVENT, Some(former)) = (&*done.step, &done.member) {
            let at = millis_of(done.at);
            self.0.push((at, former.number(), done.subject.number()));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The moves. An account that goes along has an event of that moment, too, from the new number to itself: that is
    /// none of them.
    pub(super) fn settled(self) -> Moved {
        let arrived: HashSet<(i64, u64)> = self.0.iter().map(|(at, _, to)| (*at, *to)).collect();
        let mut moved = Moved::default();
        for (at, former, to) in self.0 {
            if !arrived.contains(&(at, former)) {
                moved.0.entry(former).or_default().push((at, to));
            }
        }
        moved
    }
}

/// The moves, by the former number's subject: when, and to which subject.
#[derive(Clone, Default)]
pub(super) struct Moved(HashMap<u64, Vec<(i64, u64)>>);

impl Moved {
    /// The subject now of who had this one at a time, in milliseconds since 1970.
    pub(super) fn now(&self, subject: u64, at: i64) -> u64 {
        let mut subject = subject;
        let mut since = at;
        for _ in 0..MOST {
            let moves = self.0.get(&subject).into_iter().flatten();
            let Some((moved_at, to)) = moves.filter(|(moved_at, _)| *moved_at >= since).min()
            else {
                break;
            };
            (subject, since) = (*to, *moved_at);
        }
        subject
    }
}

#[cfg(test)]
mod tests {
    use domain::Subject;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_number_is_followed_from_its_time_on() {
        let mut told = Told::default();
        let begin = datetime!(2026-11-01 00:00 UTC);
        let at = |hours| millis_of(begin + time::Duration::hours(hours));
        for (hours, former, to) in [
            (1, "a", "b"),
            // The account of it.
            (1, "b", "user-a"),
            (3, "b", "c"),
            (5, "a", "d"),
        ] {
            told.note(&StepDone {
                subject: Subject::of(to),
                at: begin + time::Duration::hours(hours),
                step: NAME.to_owned(),
                member: Some(Subject::of(former)),
            });
        }
        let moved = told.settled();
        for (hours, subject, now) in [
            (0, "a", "c"),
            (2, "b", "c"),
            (2, "a", "d"),
            (4, "b", "b"),
            (6, "a", "a"),
            (0, "z", "z"),
        ] {
            let [subject, now] = [subject, now].map(|name| Subject::of(name).number());
            assert_eq!(moved.now(subject, at(hours)), now, "{hours}");
        }
    }
}
