//! What must hold of a member in the roster.

use domain::Subject;

use super::{Addressee, KEY, TABLE};
use crate::{
    Item, Members, Table as _,
    check::{Fact, Look, Seen, TableLook},
};

pub(crate) const LOOK: TableLook = TableLook {
    table: TABLE,
    variable: Members::VARIABLE,
    key: KEY,
    at,
};

fn at(item: &Item) -> Seen {
    let name = |key: &str| Subject::of(key).as_str().to_owned();
    Look::at(item, TABLE, KEY, name, |look, key| {
        look.stays();
        Addressee::from_item(look.row.item)?;
        // A member id begins with its insurer's code.
        let insurer = key.split('#').next().unwrap_or_default().to_owned();
        Ok(Fact::Member { insurer })
    })
}
