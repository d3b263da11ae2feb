//! What must hold of an event of the audit trail.

use domain::AUDIT_KEPT;

use super::{Audit, Event, KEY, SORT_KEY, TABLE};
use crate::{
    Item, Table as _,
    check::{Fact, Look, Seen, TableLook, millis},
};

pub(crate) const LOOK: TableLook = TableLook {
    table: TABLE,
    variable: Audit::VARIABLE,
    key: KEY,
    at,
};

fn at(item: &Item) -> Seen {
    let sort = item
        .get(SORT_KEY)
        .and_then(|at| at.as_n().ok())
        .map_or("?", String::as_str);
    let name = |key: &str| format!("{key} {sort}");
    Look::at(item, TABLE, KEY, name, |look, _| {
        let event = Event::from_item(look.row.item)?;
        look.collected_at(event.at.at() + AUDIT_KEPT);
        let written = event.to_item();
        let attributes: Vec<&str> = written.keys().map(String::as_str).collect();
        look.has_only(&attributes);
        Ok(Fact::Event {
            at: millis(event.at.at()),
            subject: event.subject,
            name: event.name,
            outcome: event.outcome,
        })
    })
}
