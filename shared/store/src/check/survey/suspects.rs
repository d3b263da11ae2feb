//! What does not go together, until it was read together.

use domain::Subject;

use crate::check::{Finding, Rule};

/// The most items that are read together: `DynamoDB`'s limit.
const TOGETHER: usize = 100;

/// Where an item is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The logical name of the table.
    pub table: &'static str,
    /// The partition key, which may be somebody's name.
    pub key: String,
}

/// What does not go together, until it was read together.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// What would be wrong.
    pub finding: Finding,
    /// The items that decide it.
    pub places: Vec<Place>,
    /// The events that decide it: about whom, from when and to when, in milliseconds since 1970.
    pub(crate) events: Option<(Subject, i64, i64)>,
}

/// An item: its table, its key, and its key without anybody's data.
pub(super) struct Named<'a>(
    pub(super) &'static str,
    pub(super) &'a str,
    pub(super) &'a str,
);

#[derive(Default)]
pub(super) struct Suspects {
    pub(super) all: Vec<Suspect>,
}

impl Suspects {
    pub(super) fn add<'b, K: AsRef<str> + ?Sized + 'b>(
        &mut self,
        rule: Rule,
        item: &Named<'_>,
        what: impl Into<String>,
        beside: impl IntoIterator<Item = (&'static str, &'b K)>,
    ) {
        let mut suspect = Suspect::of(rule, item, what);
        let beside = beside.into_iter().map(|(table, key)| Place {
            table,
            key: key.as_ref().to_owned(),
        });
        suspect.places.extend(beside);
        suspect.places.sort();
        suspect.places.dedup();
        suspect.places.truncate(TOGETHER);
        self.all.push(suspect);
    }
}

impl Suspect {
    pub(super) fn of(
        rule: Rule,
        Named(table, key, name): &Named<'_>,
        what: impl Into<String>,
    ) -> Self {
        Self {
            finding: Finding {
                rule,
                table,
                item: (*name).to_owned(),
                what: what.into(),
            },
            places: vec![Place {
                table,
                key: (*key).to_owned(),
            }],
            events: None,
        }
    }
}
