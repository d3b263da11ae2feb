//! What items were a moment ago, for reads that AWS may answer from there.
//!
//! The database knows no eventual consistency. So before each write that comes over the wire its items are read,
//! and what they were is kept. A stale read is performed on a scratch copy of the tables that it reads, in which
//! items are what they were, so that projections, filters and pages are the database's own.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::schema::{Item, Place, TableError, bare};
use super::tables::Tables;
use crate::chance::draw;

/// How old a read may be, in milliseconds of the stack's time.
const OLDEST: i64 = 3_000;
/// How many images of one item are kept.
const PER_ITEM: usize = 8;
/// How many items images are kept of.
const ITEMS: usize = 20_000;

/// How a read goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Staleness {
    /// To before the last write of each item.
    LastWrite,
    /// Anywhere from now to the oldest allowed, each item by itself.
    Any(u64),
}

/// What items were.
#[derive(Debug, Default)]
pub(crate) struct History {
    images: Mutex<HashMap<Place, Vec<Image>>>,
    reads: AtomicU64,
}

/// An item until a write.
#[derive(Clone, Debug)]
struct Image {
    /// When the write was that ended it, in milliseconds since 1970.
    until_ms: i64,
    /// Nothing before the item was made.
    item: Option<Item>,
}

/// Items as a read sees them, where that is not how they are.
type Overlay = BTreeMap<Place, Option<Item>>;

impl History {
    /// Keeps what an item was until a write at this time.
    pub(crate) fn keep(&self, place: Place, item: Option<Item>, at_ms: i64) {
        let mut images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if images.len() >= ITEMS {
            images.retain(|_, images| {
                images
                    .last()
                    .is_some_and(|image| at_ms.saturating_sub(image.until_ms) <= OLDEST)
            });
            if images.len() >= ITEMS {
                images.clear();
            }
        }
        let of_item = images.entry(place).or_default();
        if of_item.len() == PER_ITEM {
            of_item.remove(0);
        }
        of_item.push(Image {
            until_ms: at_ms,
            item,
        });
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let mut images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        images.clear();
    }

    /// What of the items that a read is of could be older at this time.
    pub(super) fn overlay(
        &self,
        tables: &Tables,
        operation: &str,
        request: &Value,
        at_ms: i64,
        staleness: Staleness,
    ) -> Overlay {
        let images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.reads.fetch_add(1, Ordering::Relaxed);
        let mut overlay = Overlay::new();
        let mut add = |place: &Place| {
            let of_item = images.get(place).map_or(&[] as &[_], Vec::as_slice);
            let mut young = of_item
                .iter()
                .rev()
                .filter(|image| at_ms.saturating_sub(image.until_ms) <= OLDEST);
            let chosen = match staleness {
                Staleness::LastWrite => young.next(),
                Staleness::Any(seed) => {
                    let count = young.clone().count() as u64 + 1;
                    let back = draw(seed, (place, read)) % count;
                    // Nothing back is how the item is now.
                    usize::try_from(back)
                        .ok()
                        .and_then(|back| young.nth(back.checked_sub(1)?))
                }
            };
            if let Some(image) = chosen {
                overlay.insert(place.clone(), image.item.clone());
            }
        };
        for table in eventual(operation, request) {
            match tables.places_read(operation, request, &table) {
                Some(places) => places.iter().for_each(&mut add),
                None => images
                    .keys()
                    .filter(|place| place.table == table)
                    .for_each(&mut add),
            }
        }
        overlay
    }
}

/// The tables that a call reads without asking for consistency.
fn eventual(operation: &str, request: &Value) -> Vec<String> {
    let is_eventual = |part: &Value| part.get("ConsistentRead") != Some(&Value::Bool(true));
    match operation {
        "GetItem" | "Query" | "Scan" if is_eventual(request) => {
            let name = request.get("TableName").and_then(Value::as_str);
            name.map(bare).into_iter().collect()
        }
        "BatchGetItem" => {
            let wanted = request.get("RequestItems").and_then(Value::as_object);
            wanted
                .into_iter()
                .flatten()
                .filter(|(_, wanted)| is_eventual(wanted))
                .map(|(name, _)| bare(name))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Tables that hold what a read sees.
pub(super) fn scratch(
    tables: &Tables,
    operation: &str,
    request: &Value,
    overlay: &Overlay,
) -> Result<Tables, TableError> {
    let names: Vec<String> = match operation {
        "BatchGetItem" => {
            let wanted = request.get("RequestItems").and_then(Value::as_object);
            let names = wanted.into_iter().flatten();
            names.map(|(name, _)| bare(name)).collect()
        }
        _ => overlay
            .keys()
            .take(1)
            .map(|place| place.table.clone())
            .collect(),
    };
    let scratch = tables.empty_copy(&names)?;
    for name in names {
        let mut items = BTreeMap::new();
        match tables.places_read(operation, request, &name) {
            Some(places) => {
                for place in places {
                    if let Some(item) = tables.read(&place)? {
                        items.insert(place, item);
                    }
                }
            }
            None => {
                for item in tables.scan(&name)? {
                    if let Some(place) = tables.schemas().place(&name, &item) {
                        items.insert(place, item);
                    }
                }
            }
        }
        for (place, item) in overlay.iter().filter(|(place, _)| place.table == name) {
            match item {
                Some(item) => items.insert(place.clone(), item.clone()),
                None => items.remove(place),
            };
        }
        for item in items.values() {
            scratch.call("PutItem", &json!({"TableName": name, "Item": item}))?;
        }
    }
    Ok(scratch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Table;

    const GET: &str = "GetItem";

    fn tables() -> Tables {
        let create = json!({
            "TableName": "local-Things",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "thing", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "thing", "KeyType": "HASH"}],
        });
        let table = Table {
            logical: "Things".into(),
            name: "local-Things".into(),
            create,
            ttl: None,
        };
        Tables::open(None, &[table], None).unwrap().0
    }

    /// Writes an item, or deletes it, and keeps what it was.
    fn write(tables: &Tables, history: &History, thing: &str, value: Option<&str>, at_ms: i64) {
        let key = json!({"thing": {"S": thing}});
        let place = tables
            .schemas()
            .place("local-Things", key.as_object().unwrap())
            .unwrap();
        let before = tables.read(&place).unwrap();
        match value {
            Some(value) => {
                let item = json!({"thing": {"S": thing}, "value": {"S": value}});
                tables.put("Things", item.as_object().unwrap()).unwrap();
            }
            None => tables.delete("Things", thing).unwrap(),
        }
        history.keep(place, before, at_ms);
    }

    /// What a read answers; nothing where it cannot be stale.
    fn read(
        tables: &Tables,
        history: &History,
        operation: &str,
        mut request: Value,
        at_ms: i64,
    ) -> Option<Value> {
        if operation != "BatchGetItem" {
            request["TableName"] = "local-Things".into();
        }
        let staleness = Staleness::LastWrite;
        let overlay = history.overlay(tables, operation, &request, at_ms, staleness);
        if overlay.is_empty() {
            return None;
        }
        let scratch = scratch(tables, operation, &request, &overlay).unwrap();
        Some(scratch.call(operation, &request).unwrap())
    }

    #[test]
    fn a_stale_read_sees_what_was_before_the_last_write() {
        let (tables, history) = (tables(), History::default());
        write(&tables, &history, "a", Some("1"), 0);
        write(&tables, &history, "a", Some("2"), 0);
        write(&tables, &history, "a", Some("3"), 1_000);
        write(&tables, &history, "b", Some("new"), 1_000);
        write(&tables, &history, "c", Some("old"), 0);
        write(&tables, &history, "c", None, 1_000);
        let key = |thing: &str| json!({"thing": {"S": thing}});
        let value = |answer: &Value| answer["value"]["S"].as_str().map(str::to_owned);

        let get = |thing, at_ms| read(&tables, &history, GET, json!({"Key": key(thing)}), at_ms);
        let a = get("a", 1_000).unwrap();
        assert_eq!(value(&a["Item"]).as_deref(), Some("2"));
        assert!(get("b", 1_000).unwrap().get("Item").is_none());
        assert_eq!(
            value(&get("c", 1_000).unwrap()["Item"]).as_deref(),
            Some("old")
        );
        assert!(get("d", 1_000).is_none(), "it was never written");
        assert!(get("a", 4_000).is_some(), "three seconds ago");
        assert!(get("a", 4_001).is_none(), "longer ago");

        let batch =
            json!({"RequestItems": {"local-Things": {"Keys": [key("a"), key("b"), key("c")]}}});
        let batch = read(&tables, &history, "BatchGetItem", batch, 1_000).unwrap();
        let mut found: Vec<_> = list(&batch["Responses"]["local-Things"])
            .map(value)
            .collect();
        found.sort();
        assert_eq!(found, [Some("2".to_owned()), Some("old".to_owned())]);

        let scan = json!({
            "FilterExpression": "#v <> :v",
            "ExpressionAttributeNames": {"#v": "value"},
            "ExpressionAttributeValues": {":v": {"S": "2"}},
            "ProjectionExpression": "thing",
        });
        let scan = read(&tables, &history, "Scan", scan, 1_000).unwrap();
        assert_eq!(scan["Items"], json!([key("c")]));
    }

    fn list(value: &Value) -> impl Iterator<Item = &Value> {
        value.as_array().into_iter().flatten()
    }

    #[test]
    fn a_read_that_asks_for_consistency_is_never_stale() {
        let (tables, history) = (tables(), History::default());
        write(&tables, &history, "a", Some("1"), 0);
        let key = json!({"thing": {"S": "a"}});
        for (operation, request) in [
            (GET, json!({"Key": key, "ConsistentRead": true})),
            ("Scan", json!({"ConsistentRead": true})),
            (
                "BatchGetItem",
                json!({"RequestItems": {"local-Things": {"Keys": [key], "ConsistentRead": true}}}),
            ),
            (
                "TransactGetItems",
                json!({"TransactItems": [{"Get": {"TableName": "local-Things", "Key": key}}]}),
            ),
        ] {
            let answer = read(&tables, &history, operation, request, 0);
            assert!(answer.is_none(), "{operation}");
        }
    }

    #[test]
    fn by_chance_reads_go_back_and_forth_and_the_same_seed_repeats_them() {
        let seen = |seed: u64| -> Vec<Option<String>> {
            let (tables, history) = (tables(), History::default());
            for value in ["1", "2", "3"] {
                write(&tables, &history, "a", Some(value), 0);
            }
            let request = json!({"TableName": "local-Things", "Key": {"thing": {"S": "a"}}});
            let read = || {
                let by_chance = Staleness::Any(seed);
                let overlay = history.overlay(&tables, GET, &request, 0, by_chance);
                overlay.into_values().next().map(|item| {
                    item.map_or_else(String::new, |item| item["value"]["S"].to_string())
                })
            };
            (0..40).map(|_| read()).collect()
        };
        let reads = seen(1);
        // As it is, before the last write, before that, and before there was one.
        for expected in [None, Some("\"2\""), Some("\"1\""), Some("")] {
            assert!(
                reads.iter().any(|read| read.as_deref() == expected),
                "{expected:?}"
            );
        }
        assert_eq!(reads, seen(1));
        assert_ne!(reads, seen(2));
    }
}
