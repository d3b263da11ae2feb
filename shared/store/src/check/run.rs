//! The check of a running deployment: it reads only, page by page, and reads again together what does not go
//! together.

use aws_sdk_dynamodb::types::{Get, TransactGetItem};
use time::OffsetDateTime;

use super::{Finding, NamedTables, Place, Survey, Suspect, look::Seen};
use crate::{
    Database, Error, Item, Pages, Stamp,
    database::key,
    item::{number, text},
    patience::patiently,
};

/// How often what does not go together is read again before it is named: another writer may hold an item, and
/// some things are written one after the other.
const LOOKS: usize = 3;

/// A check of all tables.
#[derive(Clone, Debug)]
pub struct Check {
    database: Database,
    tables: NamedTables,
}

/// A table that is being read.
#[derive(Clone, Copy, Debug)]
pub struct CheckedTable {
    /// Its logical name.
    pub table: &'static str,
    /// About how many items it has, if that is known.
    pub expected: Option<u64>,
}

/// How far a check has come.
#[derive(Clone, Copy, Debug)]
pub enum Looked {
    /// A table is begun.
    Begun(CheckedTable),
    /// So many more items were read of it.
    Read(u64),
    /// All tables were read; so many suspects are to be read again.
    Suspects(usize),
    /// One more of them was.
    Decided,
}

impl Check {
    /// A check of the tables that these variables name.
    ///
    /// # Errors
    /// What `name` says of a variable that names no table.
    pub fn of<E>(
        database: &Database,
        name: impl Fn(&'static str) -> Result<String, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            database: database.clone(),
            tables: NamedTables::of(name)?,
        })
    }

    /// Reads all tables and says what does not hold, as of a time. Gives how many items were read, too.
    ///
    /// # Errors
    /// When `DynamoDB` fails for longer than it is waited for.
    pub async fn run(
        &self,
        now: OffsetDateTime,
        mut tell: impl FnMut(Looked),
    ) -> Result<(u64, Vec<Finding>), Error> {
        let mut survey = Survey::since(now, now);
        let mut read = 0;
        for (look, name) in self.tables.iter() {
            let scan = self.database.client.scan();
            let mut pages = Pages::through(&self.database, name, scan, look.at).await;
            let expected = pages.expected();
            tell(Looked::Begun(CheckedTable {
                table: look.table,
                expected,
            }));
            while let Some(page) = pages.next().await? {
                read += page.read;
                tell(Looked::Read(page.read));
                page.rows
                    .into_iter()
                    .for_each(|seen: Seen| survey.see(seen));
            }
        }
        let suspects = survey.suspects();
        tell(Looked::Suspects(suspects.len()));
        let mut findings = survey.found().to_vec();
        for suspect in suspects {
            if self.is_so(&suspect, now).await? {
                findings.push(suspect.finding);
            }
            tell(Looked::Decided);
        }
        findings.sort();
        findings.dedup();
        Ok((read, findings))
    }

    /// Whether a suspect still is one when its items are read together.
    async fn is_so(&self, suspect: &Suspect, now: OffsetDateTime) -> Result<bool, Error> {
        for _ in 0..LOOKS {
            let mut again = Survey::at(now);
            for (place, item) in self.together(&suspect.places).await? {
                again.add(place.table, &item);
            }
            // Events are only ever added, and with what they tell of.
            for event in self.events(suspect).await? {
                again.add(crate::audit::check::LOOK.table, &event);
            }
            let is_it = |other: &Suspect| other.finding == suspect.finding;
            if !again.suspects().iter().any(is_it) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads items in one transaction.
    async fn together(&self, places: &[Place]) -> Result<Vec<(Place, Item)>, Error> {
        const OPERATION: &str = "TransactGetItems";
        let mut gets = Vec::with_capacity(places.len());
        for place in places {
            let (look, name) = self.tables.find(place.table)?;
            let get = Get::builder()
                .table_name(name)
                .set_key(Some(key(look.key, &place.key)))
                .build()
                .map_err(|_| built_wrong(OPERATION))?;
            gets.push(TransactGetItem::builder().get(get).build());
        }
        let call = self
            .database
            .client
            .transact_get_items()
            .set_transact_items(Some(gets));
        let answer = patiently(|| async {
            let sent = call.clone().send().await;
            sent.map_err(|error| Error::unavailable(OPERATION, &error))
        });
        let items = answer.await?.responses.unwrap_or_default();
        let found = places.iter().cloned().zip(items);
        Ok(found
            .filter_map(|(place, found)| Some((place, found.item?)))
            .collect())
    }

    /// Reads the events that decide a suspect.
    async fn events(&self, suspect: &Suspect) -> Result<Vec<Item>, Error> {
        let Some((subject, from, to)) = &suspect.events else {
            return Ok(Vec::new());
        };
        let (look, name) = self.tables.find(crate::audit::check::LOOK.table)?;
        let moment = |at: i64| {
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000)
                .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        };
        let call = self
            .database
            .client
            .query()
            .table_name(name)
            .consistent_read(true)
            .key_condition_expression("#subject = :subject AND #at BETWEEN :from AND :to")
            .expression_attribute_names("#subject", look.key)
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":subject", text(subject.as_str()))
            .expression_attribute_values(
                ":from",
                number(Stamp::earliest_of(moment(*from)).number()),
            )
            .expression_attribute_values(":to", number(Stamp::latest_of(moment(*to)).number()));
        let answer = patiently(|| async {
            let sent = call.clone().send().await;
            sent.map_err(|error| Error::unavailable("Query", &error))
        });
        Ok(answer.await?.items.unwrap_or_default())
    }
}

fn built_wrong(operation: &'static str) -> Error {
    Error::Unavailable {
        operation,
        code: "construction failure".to_owned(),
    }
}
