//! Tries: what is counted once it is judged wrong, and before anybody is told.
//!
//! Most are charged before they are judged. Their item keeps the stamps of the tries of one kind in two sets: of
//! all that are under way or counted, and of those that are counted. A charge adds its stamp to the first on the condition that there is room, so
//! parallel tries are all seen, whoever judges them. What is judged wrong is added to the second before
//! anybody is told. A try that is right, or that fails behind us, takes nothing back: it is forgotten when
//! its request cannot live any more ([`TRY_LIVES`](domain::TRY_LIVES)). docs/adr/0023.
//!
//! Where what is right writes the flow's own item anyway, nothing is charged: that write, and the one that counts
//! what is wrong, have one condition, that the limit has room. docs/adr/0052.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::{TRY_LIVES, Windows};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, Stamp, Write,
    database::{drawn, update_if},
    item::{Reader, item, number, present, stamps},
    transaction::update,
};

/// How often a charge looks again at an item that other charges keep changing. Each time at least one of
/// them gets its place, so this is more than there are places where it matters to be exact.
const LOOKS: u32 = 24;
/// How long a charge waits at most before it looks again.
const LOOK_PAUSE_MS: u64 = 10;

/// Counts a try, and what has to hold for one that was charged: it is not forgotten, and the limit has room.
const COUNT: &str = "ADD #counted :stamp";
const COUNTABLE: &str = "contains(#tries, :mark) AND \
                         (attribute_not_exists(#counted) OR size(#counted) < :most)";

/// The two attributes that tries of one kind are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TryNames {
    /// The stamps of all that are under way or counted.
    pub(crate) all: &'static str,
    /// The stamps of those that are counted.
    pub(crate) counted: &'static str,
}

/// The tries of one kind, as an item has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tries {
    all: Vec<Stamp>,
    counted: Vec<Stamp>,
}

impl Tries {
    /// These, which were judged wrong.
    pub(crate) fn judged_wrong(stamps: Vec<Stamp>) -> Self {
        Self {
            all: stamps.clone(),
            counted: stamps,
        }
    }

    pub(crate) fn read(row: &Reader<'_>, names: TryNames) -> Result<Self, Error> {
        Ok(Self {
            all: row.stamps(names.all)?,
            counted: row.stamps(names.counted)?,
        })
    }

    /// What an item has of them; DynamoDB has no empty set.
    pub(crate) fn attributes(&self, names: TryNames) -> Item {
        let set = |tries: &[Stamp]| (!tries.is_empty()).then(|| stamps(tries));
        present([
            (names.all, set(&self.all)),
            (names.counted, set(&self.counted)),
        ])
    }

    /// How many were judged wrong.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.counted.len()).unwrap_or(u32::MAX)
    }

    /// All that are under way or counted.
    pub(crate) fn all(&self) -> &[Stamp] {
        &self.all
    }

    /// Whether nothing is counted that was not charged.
    pub(crate) fn are_sound(&self) -> bool {
        self.counted.iter().all(|stamp| self.all.contains(stamp))
    }

    /// When the last was made.
    pub(crate) fn last(&self) -> Option<OffsetDateTime> {
        self.all.iter().max().map(|stamp| stamp.at())
    }

    /// When those were made that were judged wrong.
    pub(crate) fn counted(&self) -> Vec<OffsetDateTime> {
        self.counted.iter().map(|stamp| stamp.at()).collect()
    }

    /// When those began that are not judged, be their requests over or not.
    pub(crate) fn under_way(&self) -> Vec<OffsetDateTime> {
        self.unjudged().map(Stamp::at).collect()
    }

    fn unjudged(&self) -> impl Iterator<Item = Stamp> {
        let unjudged = |stamp: &&Stamp| !self.counted.contains(stamp);
        self.all.iter().filter(unjudged).copied()
    }

    /// The same without what is over at `now`: counted at `over` or before, or under way longer than a
    /// request lives.
    pub(crate) fn at(&self, now: OffsetDateTime, over: Option<OffsetDateTime>) -> Self {
        let is_kept = |stamp: &Stamp| over.is_none_or(|over| stamp.at() > over);
        let counted: Vec<Stamp> = self.counted.iter().copied().filter(is_kept).collect();
        let under_way = self.unjudged().filter(|stamp| now - stamp.at() < TRY_LIVES);
        Self {
            all: counted.iter().copied().chain(under_way).collect(),
            counted,
        }
    }
}

/// A charge to be made.
pub(crate) struct Charge {
    /// Names the item, and has all values that `set` names.
    pub(crate) call: UpdateItemFluentBuilder,
    /// Where the tries are kept.
    pub(crate) names: TryNames,
    /// What else is set in the same write, as in `SET`.
    pub(crate) set: &'static str,
    /// At most so many tries, counted or under way.
    pub(crate) room: u32,
    /// With so many counted ones it is not charged at once, but looked at.
    pub(crate) most: u32,
    /// How many may be counted within which time; `most` of the item, when absent.
    pub(crate) windows: Option<Windows>,
    /// What was counted by then is forgotten.
    pub(crate) over: Option<OffsetDateTime>,
    /// The try's mark.
    pub(crate) stamp: Stamp,
}

impl Charge {
    /// Makes the charge, in one write as a rule. Gives the item with it and what is pending now, or why it is
    /// refused.
    ///
    /// `refusal` says of an item that refused, or of none, why the try may not be judged; `None` when only
    /// what is over stands against it. Then that is taken out in the write that charges.
    ///
    /// # Errors
    /// When DynamoDB fails, the item is corrupt, or other charges keep changing it.
    pub(crate) async fn make<R>(
        self,
        table: &'static str,
        refusal: impl Fn(Option<&Item>, &Tries) -> Result<Option<R>, Error>,
    ) -> Result<Result<(Item, Pending), R>, Error> {
        let mut seen: Option<Tries> = None;
        for _ in 0..LOOKS {
            let call = match &seen {
                None => self.at_once(),
                Some(seen) => {
                    tokio::time::sleep(drawn(LOOK_PAUSE_MS)).await;
                    self.in_place_of(seen)
                }
            };
            let refused = match update_if(call).await? {
                Ok(charged) => {
                    let tries = Tries::read(
                        &Reader {
                            table,
                            item: &charged,
                        },
                        self.names,
                    )?;
                    return Ok(Ok((charged, self.pending(&tries))));
                }
                Err(refused) => refused,
            };
            let tries = match &refused {
                Some(item) => Tries::read(&Reader { table, item }, self.names)?,
                None => Tries::default(),
            };
            match refused {
                // Our own write, whose reply was lost.
                Some(item) if tries.all.contains(&self.stamp) => {
                    return Ok(Ok((item, self.pending(&tries))));
                }
                refused => {
                    if let Some(refusal) = refusal(refused.as_ref(), &tries)? {
                        return Ok(Err(refusal));
                    }
                }
            }
            seen = Some(tries);
        }
        Err(Error::Unavailable {
            operation: "UpdateItem",
            code: "an item that keeps changing".to_owned(),
        })
    }

    /// The charge beside `tries`.
    fn pending(&self, tries: &Tries) -> Pending {
        let now = self.stamp.at();
        let before = tries.at(now, self.over).counted;
        let most = self.windows.map_or(self.most, |windows| {
            let times: Vec<_> = before.iter().map(|stamp| stamp.at()).collect();
            let left = u32::from(windows.left(&times, now));
            (tries.count() + left).min(windows.most().into())
        });
        Pending {
            table: self.call.get_table_name().clone().unwrap_or_default(),
            key: self.call.get_key().clone().unwrap_or_default(),
            counted: self.names.counted,
            stamp: self.stamp,
            state: State::Charged {
                tries: self.names.all,
                before,
                most,
            },
        }
    }

    /// Charges where there is room, whatever of it is over.
    fn at_once(&self) -> UpdateItemFluentBuilder {
        let room = "(attribute_not_exists(#tries) OR size(#tries) < :room) \
                    AND (attribute_not_exists(#counted) OR size(#counted) < :most)";
        self.call
            .clone()
            .update_expression(format!("SET {} ADD #tries :stamp", self.set))
            .condition_expression(room)
            .expression_attribute_names("#tries", self.names.all)
            .expression_attribute_names("#counted", self.names.counted)
            .expression_attribute_values(":stamp", stamps(&[self.stamp]))
            .expression_attribute_values(":room", number(self.room))
            .expression_attribute_values(":most", number(self.most))
    }

    /// Charges in the place of what is over, if the item is still as it was seen.
    fn in_place_of(&self, seen: &Tries) -> UpdateItemFluentBuilder {
        let mut next = seen.at(self.stamp.at(), self.over);
        next.all.push(self.stamp);
        let mut call = self
            .call
            .clone()
            .expression_attribute_names("#tries", self.names.all)
            .expression_attribute_names("#counted", self.names.counted)
            .expression_attribute_values(":tries", stamps(&next.all));
        let mut sets = vec!["#tries = :tries", self.set];
        let mut removes = "";
        if next.counted.is_empty() {
            removes = " REMOVE #counted";
        } else {
            sets.push("#counted = :counted");
            call = call.expression_attribute_values(":counted", stamps(&next.counted));
        }
        let mut conditions = Vec::new();
        for (name, value, set) in [
            ("#tries", ":seen_tries", &seen.all),
            ("#counted", ":seen_counted", &seen.counted),
        ] {
            if set.is_empty() {
                conditions.push(format!("attribute_not_exists({name})"));
            } else {
                conditions.push(format!("{name} = {value}"));
                call = call.expression_attribute_values(value, stamps(set));
            }
        }
        call.update_expression(format!("SET {}{removes}", sets.join(", ")))
            .condition_expression(conditions.join(" AND "))
    }
}

/// A try that is to be counted where it was wrong.
#[derive(Clone, Debug)]
pub struct Pending {
    table: String,
    key: Item,
    /// Where it is counted.
    counted: &'static str,
    stamp: Stamp,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// It was charged before it was judged.
    Charged {
        /// Where it is under way.
        tries: &'static str,
        /// Those that had been judged wrong before it.
        before: Vec<Stamp>,
        /// At most so many tries are told to be wrong.
        most: u32,
    },
    /// It was judged, and nothing is written of it yet.
    Judged {
        /// What has to hold for it to be told: what it was compared with is there still, and the limit has room.
        only_if: &'static str,
        values: Item,
    },
}

impl Pending {
    /// A try that was judged on what was read of an item, in a table of this name. It is counted in the attribute
    /// `counted` if what `only_if` says still holds, of these values.
    pub(crate) fn judged(
        table: &str,
        key: Item,
        counted: &'static str,
        stamp: Stamp,
        (only_if, values): (&'static str, Item),
    ) -> Self {
        Self {
            table: table.to_owned(),
            key,
            counted,
            stamp,
            state: State::Judged { only_if, values },
        }
    }

    /// The same, told to be wrong as long as no more than this are.
    pub(crate) fn up_to(mut self, limit: u32) -> Self {
        if let State::Charged { most, .. } = &mut self.state {
            *most = limit;
        }
        self
    }

    /// The tries that had been judged wrong where this one was charged, and are not forgotten. Those that one
    /// request was charged for have the same stamp everywhere.
    #[must_use]
    pub fn before(&self) -> &[Stamp] {
        match &self.state {
            State::Charged { before, .. } => before,
            State::Judged { .. } => &[],
        }
    }

    /// Forgets tries that were judged wrong where this one was charged, because a right one came.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn forgive(&self, database: &Database, wrong: &[Stamp]) -> Result<(), Error> {
        let State::Charged { tries, .. } = self.state else {
            return Ok(());
        };
        if wrong.is_empty() {
            return Ok(());
        }
        let call = self
            .update(database)
            .update_expression("DELETE #tries :wrong, #counted :wrong")
            // Not what was collected meanwhile: that would make an item anew.
            .condition_expression("attribute_exists(#counted)")
            .expression_attribute_names("#tries", tries)
            .expression_attribute_names("#counted", self.counted)
            .expression_attribute_values(":wrong", stamps(wrong));
        update_if(call).await.map(drop)
    }

    /// Counts the try: it was judged wrong. Refused when it may not be told: others have been counted meanwhile up
    /// to the limit, what it was compared with is gone, or it was under way for so long that it has been forgotten.
    pub fn count(&self) -> Write {
        let (condition, names, values) = self.counting();
        update()
            .table_name(&self.table)
            .set_key(Some(self.key.clone()))
            .update_expression(COUNT)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .into()
    }

    /// Counts it by itself, for the transaction that should have failed. Whether it does is not told.
    pub async fn count_alone(&self, database: &Database) {
        let (condition, names, values) = self.counting();
        let call = self
            .update(database)
            .update_expression(COUNT)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values));
        drop(update_if(call).await);
    }

    /// What has to hold for it to be counted, with the names and values of that and of [`COUNT`].
    fn counting(&self) -> (&'static str, HashMap<String, String>, Item) {
        let mut names = HashMap::from([("#counted".to_owned(), self.counted.to_owned())]);
        let (condition, mut values) = match &self.state {
            State::Charged { tries, most, .. } => {
                names.insert("#tries".to_owned(), (*tries).to_owned());
                let mark = number(self.stamp.number());
                let values = item([(":mark", mark), (":most", number(*most))]);
                (COUNTABLE, values)
            }
            State::Judged { only_if, values } => (*only_if, values.clone()),
        };
        values.insert(":stamp".to_owned(), stamps(&[self.stamp]));
        (condition, names, values)
    }

    /// Takes the charge back at once, for nobody was told how the try was judged. Should this fail, it is forgotten by
    /// itself, unless it was counted: a transaction may have counted it whose every reply was lost.
    pub async fn release(&self, database: &Database) {
        let State::Charged { tries, .. } = self.state else {
            return;
        };
        let call = self
            .update(database)
            .update_expression("DELETE #tries :stamp, #counted :stamp")
            // Not what was collected meanwhile: that would make an item anew.
            .condition_expression("contains(#tries, :mark)")
            .expression_attribute_names("#tries", tries)
            .expression_attribute_names("#counted", self.counted)
            .expression_attribute_values(":stamp", stamps(&[self.stamp]))
            .expression_attribute_values(":mark", number(self.stamp.number()));
        drop(update_if(call).await);
    }

    fn update(&self, database: &Database) -> UpdateItemFluentBuilder {
        database
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(self.key.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::datetime;

    use super::*;

    fn stamp(seconds: u64, which: u8) -> Stamp {
        let at = datetime!(2026-11-22 03:00 UTC) + Duration::from_secs(seconds);
        Stamp::draw(at, &domain::Guessable::byte(which))
    }

    #[test]
    fn what_is_over_is_forgotten_and_what_is_counted_stays_for_its_time() {
        let (wrong, old_wrong) = (stamp(60, 1), stamp(0, 2));
        let (over, live) = (stamp(880, 3), stamp(890, 4));
        let tries = Tries {
            all: vec![wrong, old_wrong, over, live],
            counted: vec![wrong, old_wrong],
        };
        let now = stamp(900, 0).at();
        let kept = tries.at(now, Some(now - Duration::from_mins(15)));
        assert_eq!(kept.counted, [wrong]);
        assert_eq!(kept.all, [wrong, live]);
        let kept = tries.at(now, None);
        assert_eq!(kept.counted, [wrong, old_wrong]);
        assert_eq!(kept.all, [wrong, old_wrong, live]);
        assert_eq!(tries.under_way(), [over.at(), live.at()]);
    }
}
