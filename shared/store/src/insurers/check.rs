//! What must hold of an insurer.

use super::{Insurer, KEY, LetterRun, ROSTER_IMPORT, RosterImport, TABLE, letter_run::LETTER_RUN};
use crate::{
    Insurers, Item, Table as _,
    check::{Fact, Look, Rule, Seen, TableLook},
};

pub(crate) const LOOK: TableLook = TableLook {
    table: TABLE,
    variable: Insurers::VARIABLE,
    key: KEY,
    at,
};

fn at(item: &Item) -> Seen {
    Look::at(item, TABLE, KEY, str::to_owned, |look, _| {
        look.stays();
        let insurer = Insurer::from_item(look.row.item)?;
        if let Some(import) = look.row.item.get(ROSTER_IMPORT) {
            RosterImport::from_value(import)?;
        }
        if let Some(run) = look.row.item.get(LETTER_RUN) {
            LetterRun::from_value(run)?;
        }
        if insurer.terms_versions.is_empty() {
            look.wrong(Rule::Bounded, "no version of the terms");
        }
        Ok(Fact::Insurer)
    })
}
