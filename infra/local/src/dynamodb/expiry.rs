//! Time to live: items past their `ttl` are collected, as late as AWS does: some at once, some after up to two days.
//! Nothing may rely on either. How late is drawn for each item, so that the same run collects the same.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::schema::{Item, Place, Schemas};
use crate::chance::draw;

const HOUR: u64 = 60 * 60;
const YEAR: i64 = 366 * 24 * 60 * 60;
/// How far ahead a time to live may be. Beyond, it is no number of seconds. How long an item may be overdue: AWS
/// leaves what is older alone.
const FARTHEST: i64 = 5 * YEAR;

/// When items are collected.
#[derive(Debug)]
pub(crate) struct Expiry {
    /// How late each item is; nothing is collected without one.
    seed: Option<u64>,
    schemas: Schemas,
    /// By when, in seconds since 1970. What is written again may stand here more than once.
    due: Mutex<BTreeSet<(i64, Place)>>,
}

impl Expiry {
    pub(super) fn new(seed: Option<u64>, schemas: Schemas) -> Self {
        Self {
            seed,
            schemas,
            due: Mutex::default(),
        }
    }

    /// The time to live of an item, if its table has one.
    pub(super) fn of<'a>(&self, table: &str, item: &'a Item) -> Option<&'a Value> {
        item.get(self.schemas.ttl_attribute(table)?)
    }

    /// Keeps when an item is to be collected that was written.
    pub(super) fn note(&self, place: &Place, item: &Item) {
        let Some(seed) = self.seed else { return };
        if let Some(at) = self.of(&place.table, item).and_then(seconds) {
            let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
            due.insert((at.saturating_add(lateness(seed, place, at)), place.clone()));
        }
    }

    /// Takes out the places of items that are due at this time, in seconds since 1970.
    pub(super) fn take_due(&self, now: i64) -> Vec<Place> {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        while let Some(first) = due.first()
            && first.0 < now
            && let Some((_, place)) = due.pop_first()
        {
            taken.push(place);
        }
        taken
    }

    /// Whether an item is to be collected at this time.
    pub(super) fn is_due(&self, place: &Place, item: &Item, now: i64) -> bool {
        let at = self.of(&place.table, item).and_then(seconds);
        self.seed.zip(at).is_some_and(|(seed, at)| {
            at.saturating_add(lateness(seed, place, at)) < now && now.saturating_sub(at) < FARTHEST
        })
    }

    /// Says what is wrong with the time to live of an item that is written at this time, in seconds since 1970.
    pub(super) fn fault(
        &self,
        place: &Place,
        before: Option<&Item>,
        after: &Item,
        now: i64,
    ) -> Option<String> {
        let written = self.of(&place.table, after)?;
        if before.and_then(|before| self.of(&place.table, before)) == Some(written) {
            return None;
        }
        let at = seconds(written);
        if at.is_some_and(|at| at > now && at.saturating_sub(now) <= FARTHEST) {
            return None;
        }
        Some(format!(
            "a ttl of {written} was written at {now}: it is no number of seconds between then and five years"
        ))
    }
}

fn seconds(value: &Value) -> Option<i64> {
    value.get("N")?.as_str()?.parse().ok()
}

/// How late an item is collected, in seconds.
fn lateness(seed: u64, place: &Place, at: i64) -> i64 {
    let drawn = draw(seed, (place, at));
    let longest = match drawn % 4 {
        0 => 1,
        1 => HOUR,
        _ => 48 * HOUR,
    };
    i64::try_from((drawn >> 8) % longest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::template::Table;

    const NOW: i64 = 1_775_005_200;

    fn expiry() -> Expiry {
        let table = Table {
            logical: "TTable".to_owned(),
            name: "T".to_owned(),
            ttl: Some("ttl".to_owned()),
            create: json!({}),
        };
        Expiry::new(Some(1), Schemas::of(&[table]))
    }

    fn place(key: usize) -> Place {
        Place {
            table: "T".into(),
            key: key.to_string(),
        }
    }

    fn item(ttl: &Value) -> Item {
        json!({"ttl": ttl}).as_object().unwrap().clone()
    }

    #[test]
    fn items_are_collected_late_each_by_its_own_chance() {
        let expiry = expiry();
        let expired = item(&json!({"N": NOW.to_string()}));
        (0..100).for_each(|key| expiry.note(&place(key), &expired));
        let of_hours = |hours: i64| {
            let now = NOW + 1 + hours * 60 * 60;
            (0..100)
                .filter(|key| expiry.is_due(&place(*key), &expired, now))
                .count()
        };
        assert_eq!(expiry.take_due(NOW), [], "they have not expired");
        assert!((15..40).contains(&of_hours(0)), "{}", of_hours(0));
        assert!((40..70).contains(&of_hours(2)), "{}", of_hours(2));
        assert_eq!(of_hours(48), 100);
        assert_eq!(expiry.take_due(NOW + 1).len(), of_hours(0));
        assert_eq!(
            expiry.take_due(NOW + 1 + 48 * 60 * 60).len(),
            100 - of_hours(0)
        );
        let years_ago = item(&json!({"N": (NOW - FARTHEST).to_string()}));
        assert!(!expiry.is_due(&place(0), &years_ago, NOW));
    }

    #[test]
    fn a_time_to_live_is_a_number_of_seconds_between_now_and_five_years() {
        let expiry = expiry();
        let number = |ttl: i64| json!({"N": ttl.to_string()});
        let fault = |ttl: &Value| expiry.fault(&place(0), None, &item(ttl), NOW);
        for sound in [NOW + 1, NOW + 1800, NOW + 3 * YEAR] {
            assert_eq!(fault(&number(sound)), None);
        }
        for broken in [
            // When it was made.
            number(NOW),
            number(NOW - 1),
            // In milliseconds.
            number((NOW + 1800) * 1000),
            json!({"N": "1775005300.5"}),
            json!({"S": "1775005300"}),
        ] {
            let why = fault(&broken).unwrap();
            assert!(why.contains("no number of seconds"), "{why}");
        }
        let old = item(&number(NOW - 1));
        assert_eq!(
            expiry.fault(&place(0), Some(&old), &old, NOW),
            None,
            "it is not written"
        );
    }
}
