//! `Audit`: what happened to each member and each account, for good.
//!
//! An event is an item of its own under whom it is about and when, so that a history is one query in
//! order of time. Nothing here changes or deletes an event: functions may only put, and an event that is
//! put again, because a reply was lost, is the same item. It holds hashes and names of ours, never
//! anything that a member typed.

pub(crate) mod check;
mod erased;
mod import;

use std::sync::Arc;

use domain::{AUDIT_KEPT, Subject};
use time::OffsetDateTime;

use crate::{
    Database, Error, Item, Never, Pages, Pending, Refused, Restored, Stamp, Table, Transaction,
    Write,
    item::{Reader, item, number, text, ttl},
    restored::Only,
    transaction::put,
};

pub use self::{
    erased::ERASING,
    import::{Import, Reading},
};

const TABLE: &str = "Audit";
const KEY: &str = "subject";
const SORT_KEY: &str = "at";
/// The outcome of what was done.
const DONE: &str = "done";

/// The table of the audit trail.
#[derive(Clone, Debug)]
pub struct Audit {
    database: Database,
    table: Arc<str>,
}

impl Table for Audit {
    const VARIABLE: &'static str = "AUDIT_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

impl Audit {
    /// Begins the transaction of a change with the event that tells of it: both happen, or neither.
    pub fn act<'a, R: 'a>(&self, event: &Event) -> Transaction<'a, R> {
        Transaction::unaudited().and(self.record(event))
    }

    /// A further event of the same change.
    pub fn record(&self, event: &Event) -> Write<Never> {
        let put = put().table_name(&*self.table);
        Write::from(put.set_item(Some(event.to_item()))).unconditional()
    }

    /// Keeps an event that changed nothing else.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn note(&self, event: &Event) -> Result<(), Error> {
        self.database.put(&self.table, event.to_item()).await
    }

    /// Counts a try that was judged wrong, everywhere it was charged, beside the event that says so.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn count(
        &self,
        event: Option<&Event>,
        pending: &[Pending],
    ) -> Result<Result<(), Refused>, Error> {
        let counted = pending
            .iter()
            .map(Pending::count)
            .fold(Transaction::unaudited(), Transaction::with);
        counted
            .and_all(event.map(|event| self.record(event)))
            .commit(&self.database)
            .await
    }

    /// Counts a try that was judged wrong without its event, which could not be written: nobody is told, but
    /// nobody guesses on for nothing either.
    pub async fn count_alone(&self, pending: &[Pending]) {
        for pending in pending {
            pending.count_alone(&self.database).await;
        }
    }

    /// Takes the charges of a try back that our own failure left unjudged, so that the member may try again
    /// at once. Where even this fails, they are forgotten by themselves.
    pub async fn release(&self, pending: &[Pending]) {
        for pending in pending {
            pending.release(&self.database).await;
        }
    }

    /// What happened to a member or an account, in order of time, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or an item is corrupt.
    pub async fn history(&self, subject: &Subject) -> Result<Vec<Event>, Error> {
        let items: Vec<Item> = self
            .database
            .client
            .query()
            .table_name(&*self.table)
            .consistent_read(true)
            .key_condition_expression("#subject = :subject")
            .expression_attribute_names("#subject", KEY)
            .expression_attribute_values(":subject", text(subject.as_str()))
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .map_err(|error| Error::unavailable("Query", &error))?;
        items.iter().map(Event::from_item).collect()
    }

    /// What happened to anybody from `from` on and before `to`, in order of time, strongly consistent.
    ///
    /// Reads the whole table, page by page: it is asked for once in years, and an index would cost each
    /// event a second write.
    ///
    /// # Errors
    /// When DynamoDB fails or an item is corrupt.
    pub async fn between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Vec<Event>, Error> {
        let first_of = |at| number(Stamp::earliest_of(at).number());
        let items: Vec<Item> = self
            .database
            .client
            .scan()
            .table_name(&*self.table)
            .consistent_read(true)
            .filter_expression("#at >= :from AND #at < :to")
            .expression_attribute_names("#at", SORT_KEY)
            .expression_attribute_values(":from", first_of(from))
            .expression_attribute_values(":to", first_of(to))
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .map_err(|error| Error::unavailable("Scan", &error))?;
        let events: Result<Vec<Event>, Error> = items.iter().map(Event::from_item).collect();
        events.map(|mut events| {
            events.sort_by_key(|event| event.at);
            events
        })
    }

    /// The trail as a restore made it, without what is over: that would only be collected again.
    #[must_use]
    pub fn restored(&self, from: &str, now: OffsetDateTime) -> Restored {
        let only = [Only::After("ttl", ttl(now))];
        let key = &[KEY, SORT_KEY];
        Restored::new(&self.database, TABLE, [&self.table, from], key, only)
    }

    /// Where one of these steps was done, by anybody, eventually consistent. Reads the whole table.
    pub async fn done(&self, steps: &[&str]) -> Pages<StepDone> {
        let names: Vec<String> = (0..steps.len()).map(|index| format!(":s{index}")).collect();
        let mut scan = self
            .database
            .client
            .scan()
            .projection_expression("#subject, #at, #event, #member")
            .filter_expression(format!(
                "#outcome = :done AND #event IN ({})",
                names.join(", ")
            ))
            .expression_attribute_names("#subject", KEY)
            .expression_attribute_names("#at", SORT_KEY)
            .expression_attribute_names("#event", "event")
            .expression_attribute_names("#member", "member")
            .expression_attribute_names("#outcome", "outcome")
            .expression_attribute_values(":done", text(DONE));
        for (name, step) in names.into_iter().zip(steps) {
            scan = scan.expression_attribute_values(name, text(*step));
        }
        Pages::of(&self.database, &self.table, scan, StepDone::from_item).await
    }
}

/// That a step was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepDone {
    /// Whom it is about: a member, or an account.
    pub subject: Subject,
    /// When.
    pub at: OffsetDateTime,
    /// The step.
    pub step: String,
    /// The account's member, where the step made the account.
    pub member: Option<Subject>,
}

impl StepDone {
    fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            subject: row.parsed(KEY, Subject::parse)?,
            at: row.stamp(SORT_KEY)?.at(),
            step: row.text("event")?.to_owned(),
            member: row.maybe_parsed("member", Subject::parse)?,
        })
    }
}

/// Something that happened to a member or an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whom it is about.
    pub subject: Subject,
    /// When it happened; a stamp, for two things can happen to one subject in one millisecond.
    pub at: Stamp,
    /// What: the name of a step, or of an operator's command.
    pub name: String,
    /// What came of it: `done`, or the name of the problem it was refused with.
    pub outcome: String,
    /// What it came from.
    pub origin: Origin,
    /// The member of the account that it is about, where it is the account's first or its last: the trail
    /// of before, and of after, is under this subject.
    pub member: Option<Subject>,
}

/// What an event came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A request, by its id, which its log lines have too.
    Request(String),
    /// An operator's command.
    Operator(Operator),
    /// An operator's import of a file.
    Import {
        /// Who gave the command, and why.
        by: Operator,
        /// What was imported.
        import: Import,
    },
}

/// Who gave a command, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name that the operator gave.
    pub name: String,
    /// Whose credentials AWS took the calls for: an ARN. Events of before this was noted have none.
    pub principal: Option<String>,
    /// Why.
    pub reason: String,
}

impl Event {
    /// The same event of a member as the first, or the last, of their account.
    #[must_use]
    pub fn also_of(&self, account: Subject) -> Self {
        Self {
            subject: account,
            member: Some(self.subject.clone()),
            ..self.clone()
        }
    }

    pub(crate) fn to_item(&self) -> Item {
        let mut event = item([
            (KEY, text(self.subject.as_str())),
            (SORT_KEY, number(self.at.number())),
            ("event", text(&self.name)),
            ("outcome", text(&self.outcome)),
            ("ttl", ttl(self.at.at() + AUDIT_KEPT)),
        ]);
        let mut add = |name: &str, value| {
            event.insert(name.to_owned(), value);
        };
        let mut add_operator = |by: &Operator| {
            add("actor", text(&by.name));
            add("reason", text(&by.reason));
            if let Some(principal) = &by.principal {
                add("principal", text(principal));
            }
        };
        match &self.origin {
            Origin::Request(id) => add("request", text(id)),
            Origin::Operator(by) => add_operator(by),
            Origin::Import { by, import } => {
                add_operator(by);
                for (name, value) in import.to_attributes() {
                    add(&name, value);
                }
            }
        }
        if let Some(member) = &self.member {
            add("member", text(member.as_str()));
        }
        event
    }

    fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            subject: row.parsed(KEY, Subject::parse)?,
            at: row.stamp(SORT_KEY)?,
            name: row.text("event")?.to_owned(),
            outcome: row.text("outcome")?.to_owned(),
            origin: origin_from(&row)?,
            member: row.maybe_parsed("member", Subject::parse)?,
        })
    }
}

fn origin_from(row: &Reader<'_>) -> Result<Origin, Error> {
    let Some(actor) = row.maybe_text("actor")? else {
        return Ok(Origin::Request(row.text("request")?.to_owned()));
    };
    let by = Operator {
        name: actor.to_owned(),
        principal: row.maybe_text("principal")?.map(str::to_owned),
        reason: row.text("reason")?.to_owned(),
    };
    Ok(match Import::read(row)? {
        Some(import) => Origin::Import { by, import },
        None => Origin::Operator(by),
    })
}

#[cfg(test)]
mod tests {
    use domain::Guessable;
    use time::macros::datetime;

    use super::*;

    fn event(origin: Origin) -> Event {
        Event {
            subject: Subject::of("jkc#1#jvc0211"),
            at: Stamp::draw(datetime!(2026-11-22 03:04:05.678 UTC), &Guessable::byte(7)),
            name: "confirm-code".to_owned(),
            outcome: "done".to_owned(),
            origin,
            member: None,
        }
    }

    fn import(reading: Option<Reading>) -> Import {
        Import {
            file: "ab".repeat(32),
            reading,
            added: 1,
            changed: 2,
            left: 3,
            moved: 4,
        }
    }

    #[test]
    fn an_event_reads_back_whatever_it_came_from() {
        let of_request = event(Origin::Request("r-1".to_owned()));
        let by = |principal: Option<&str>| Operator {
            name: "operator-7".to_owned(),
            principal: principal.map(str::to_owned),
            reason: "ticket 42".to_owned(),
        };
        let of_operator = event(Origin::Operator(by(None)));
        let of_import = event(Origin::Import {
            by: by(Some("arn:aws:iam::123456789012:user/seven")),
            import: import(None),
        });
        let of_reading = event(Origin::Import {
            by: by(None),
            import: import(Some(Reading {
                mapping: "cd".repeat(32),
                mode: "full".to_owned(),
                rows: 9,
                skipped: 4,
                in_roster: 7,
                beyond: vec!["changed".to_owned(), "leavers".to_owned()],
            })),
        });
        let of_account = of_request.also_of(Subject::of("kenpo-taro"));
        for event in [of_request, of_operator, of_import, of_reading, of_account] {
            assert_eq!(Event::from_item(&event.to_item()).unwrap(), event);
        }
    }

    #[test]
    fn the_first_event_of_an_account_leads_to_its_members() {
        let of_member = event(Origin::Request("r-1".to_owned()));
        let of_account = of_member.also_of(Subject::of("kenpo-taro"));
        assert_eq!(of_account.subject, Subject::of("kenpo-taro"));
        assert_eq!(of_account.member, Some(of_member.subject));
        assert_eq!(of_account.at, of_member.at);
    }

    #[test]
    fn an_event_is_collected_three_years_later_and_not_before() {
        let item = event(Origin::Request("r-1".to_owned())).to_item();
        let ttl: i64 = item["ttl"].as_n().unwrap().parse().unwrap();
        assert!(ttl >= datetime!(2029-11-22 03:04:05.678 UTC).unix_timestamp());
    }
}
