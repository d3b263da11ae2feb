//! Tries: charged before they are judged, and counted once they are judged wrong.
//!
//! An item keeps the stamps of the tries of one kind in two sets: of all that are under way or counted, and
//! of those that are counted. A charge adds its stamp to the first on the condition that there is room, so
//! parallel tries are all seen, whoever judges them. What is judged wrong is added to the second before
//! anybody is told. A try that is right, or that fails behind us, takes nothing back: it is forgotten when
//! its request cannot live any more ([`TRY_LIVES`](domain::TRY_LIVES)). docs/adr/0023.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::{TRY_LIVES, Windows, room_for_try};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, NoFlow, Presented, Stamp, Write,
    database::{drawn, update_if},
    item::{Reader, number, present, stamps},
    transaction::update,
};

/// How often a charge looks again at an item that other charges keep changing. Each time at least one of
/// them gets its place, so this is more than there are places where it matters to be exact.
const LOOKS: u32 = 24;
/// How long a charge waits at most before it looks again.
const LOOK_PAUSE_MS: u64 = 10;

/// Counts a try, and what has to hold for it: it is not forgotten, and the limit has room.
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
pub struct Tries {
    all: Vec<Stamp>,
    counted: Vec<Stamp>,
}

impl Tries {
    /// These, which were judged wrong.
    #[must_use]
    pub fn judged_wrong(stamps: Vec<Stamp>) -> Self {
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
    #[must_use]
    pub fn count(&self) -> u32 {
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
    /// Names the item, and has all values that `set` and `only_if` name.
    pub(crate) call: UpdateItemFluentBuilder,
    /// Where the tries are kept.
    pub(crate) names: TryNames,
    /// What else is set in the same write, as in `SET`.
    pub(crate) set: Option<&'static str>,
    /// What else has to hold.
    pub(crate) only_if: Option<String>,
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
            names: self.names,
            stamp: self.stamp,
            before,
            most,
        }
    }

    /// Charges where there is room, whatever of it is over.
    fn at_once(&self) -> UpdateItemFluentBuilder {
        let set = self.set.map_or(String::new(), |set| format!("SET {set} "));
        let room = "(attribute_not_exists(#tries) OR size(#tries) < :room) \
                    AND (attribute_not_exists(#counted) OR size(#counted) < :most)";
        self.call
            .clone()
            .update_expression(format!("{set}ADD #tries :stamp"))
            .condition_expression(self.only_if(room))
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
        let mut sets = vec!["#tries = :tries"];
        sets.extend(self.set);
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
            .condition_expression(self.only_if(&conditions.join(" AND ")))
    }

    fn only_if(&self, room: &str) -> String {
        match &self.only_if {
            Some(condition) => format!("{condition} AND {room}"),
            None => room.to_owned(),
        }
    }
}

/// What came of charging a try to a flow: a registration, a session or a reset.
pub enum Tried<F> {
    /// The try is charged and may be judged.
    Charged(F, Pending),
    /// It is not: all tries are used up.
    Spent(F),
    /// It is not, for so long, because as many tries are under way as are left.
    Crowded(Duration),
    /// There is no live flow to charge.
    NoFlow(NoFlow),
}

/// A charge to be made to a flow.
pub(crate) struct FlowCharge<'a> {
    /// The flow's table.
    pub(crate) table: &'static str,
    /// Names the item, and has the value `:now`.
    pub(crate) call: UpdateItemFluentBuilder,
    /// What the request presents.
    pub(crate) presented: &'a Presented,
    /// "The flow is alive", and the attribute that says whose it is.
    pub(crate) live: (&'a str, &'a str),
    /// What else is set in the same write, as in `SET`.
    pub(crate) set: Option<&'static str>,
    /// Where the tries are kept, and how many there may be.
    pub(crate) tries: (TryNames, u32),
    /// The try's mark.
    pub(crate) stamp: Stamp,
}

impl FlowCharge<'_> {
    /// Finds the live flow of a request and charges it a try, in one write as a rule. `read` reads the flow of
    /// an item that the table gave, or of none.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub(crate) async fn make<F>(
        self,
        read: impl Fn(Option<&Item>) -> Result<Result<F, NoFlow>, Error>,
    ) -> Result<Tried<F>, Error> {
        let (names, most) = self.tries;
        let (live, owner) = self.live;
        let now = self.stamp.at();
        let charge = Charge {
            call: self.presented.value(self.call),
            names,
            set: self.set,
            only_if: Some(self.presented.only_if(live, owner)),
            room: most,
            most,
            windows: None,
            over: None,
            stamp: self.stamp,
        };
        let refusal = |item: Option<&Item>, tries: &Tries| {
            Ok(match read(item)? {
                Err(no_flow) => Some(Tried::NoFlow(no_flow)),
                Ok(flow) if tries.count() >= most => Some(Tried::Spent(flow)),
                Ok(_) => room_for_try(tries.count(), &tries.under_way(), most, now)
                    .err()
                    .map(|refusal| Tried::Crowded(refusal.wait())),
            })
        };
        Ok(match charge.make(self.table, refusal).await? {
            Err(refused) => refused,
            Ok((item, pending)) => match read(Some(&item))? {
                Ok(flow) => Tried::Charged(flow, pending),
                Err(no_flow) => Tried::NoFlow(no_flow),
            },
        })
    }
}

/// A try that is charged and not judged yet.
#[derive(Clone, Debug)]
pub struct Pending {
    table: String,
    key: Item,
    names: TryNames,
    stamp: Stamp,
    /// Those that had been judged wrong before it.
    before: Vec<Stamp>,
    /// At most so many tries are told to be wrong.
    most: u32,
}

impl Pending {
    /// The same, told to be wrong as long as no more than `most` are.
    pub(crate) fn up_to(self, most: u32) -> Self {
        Self { most, ..self }
    }

    /// The tries that had been judged wrong where this one was charged, and are not forgotten. Those that one
    /// request was charged for have the same stamp everywhere.
    #[must_use]
    pub fn before(&self) -> &[Stamp] {
        &self.before
    }

    /// Forgets tries that were judged wrong where this one was charged, because a right one came.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn forgive(&self, database: &Database, wrong: &[Stamp]) -> Result<(), Error> {
        if wrong.is_empty() {
            return Ok(());
        }
        let call = database
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(self.key.clone()))
            .update_expression("DELETE #tries :wrong, #counted :wrong")
            // Not what was collected meanwhile: that would make an item anew.
            .condition_expression("attribute_exists(#counted)")
            .expression_attribute_names("#tries", self.names.all)
            .expression_attribute_names("#counted", self.names.counted)
            .expression_attribute_values(":wrong", stamps(wrong));
        update_if(call).await.map(drop)
    }

    /// Counts the try: it was judged wrong. Refused when it was under way for so long that it has been
    /// forgotten, or when others have been counted meanwhile up to the limit: then it must not be told.
    pub fn count(&self) -> Write {
        update()
            .table_name(&self.table)
            .set_key(Some(self.key.clone()))
            .update_expression(COUNT)
            .condition_expression(COUNTABLE)
            .expression_attribute_names("#tries", self.names.all)
            .expression_attribute_names("#counted", self.names.counted)
            .expression_attribute_values(":stamp", stamps(&[self.stamp]))
            .expression_attribute_values(":mark", number(self.stamp.number()))
            .expression_attribute_values(":most", number(self.most))
            .into()
    }

    /// Counts it by itself, for the transaction that should have failed. Whether it does is not told.
    pub async fn count_alone(&self, database: &Database) {
        let call = self
            .update(database)
            .update_expression(COUNT)
            .condition_expression(COUNTABLE)
            .expression_attribute_names("#counted", self.names.counted)
            .expression_attribute_values(":most", number(self.most));
        drop(update_if(call).await);
    }

    /// Takes the charge back at once, for nobody was told how the try was judged. Should this fail, it is forgotten by
    /// itself, unless it was counted: a transaction may have counted it whose every reply was lost.
    pub async fn release(&self, database: &Database) {
        let call = self
            .update(database)
            .update_expression("DELETE #tries :stamp, #counted :stamp")
            // Not what was collected meanwhile: that would make an item anew.
            .condition_expression("contains(#tries, :mark)")
            .expression_attribute_names("#counted", self.names.counted);
        drop(update_if(call).await);
    }

    fn update(&self, database: &Database) -> UpdateItemFluentBuilder {
        database
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(self.key.clone()))
            .expression_attribute_names("#tries", self.names.all)
            .expression_attribute_values(":stamp", stamps(&[self.stamp]))
            .expression_attribute_values(":mark", number(self.stamp.number()))
    }
}

#[cfg(test)]
mod tests {
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
