//! What must hold of a password reset.

use domain::{CODE_TRIES, RESET_VALID, TokenHash};

use super::{KEY, OWNER, Reset, Resets, TABLE};
use crate::{
    Item, Presented, Table as _,
    check::{Fact, Look, Rule, Seen, TableLook, millis, nameless},
    codes,
};

pub(crate) const LOOK: TableLook = TableLook {
    table: TABLE,
    variable: Resets::VARIABLE,
    key: KEY,
    at,
};

/// The attributes of every reset, also of a decoy.
const OF_ALL: [&str; 10] = [
    KEY,
    OWNER,
    "code",
    "subject",
    "code_expires_at",
    "requested_at",
    "expires_at",
    "ttl",
    // Of the version before.
    "code_tries",
    codes::WRONG,
];

fn at(item: &Item) -> Seen {
    Look::at(item, TABLE, KEY, nameless, |look, _| {
        let requested_at = look.row.instant("requested_at")?;
        let expires_at = look.row.instant("expires_at")?;
        if expires_at != requested_at + RESET_VALID {
            look.wrong(Rule::Bounded, "it does not end when a reset ends");
        }
        look.collected_at(expires_at);
        let presented = Presented {
            token: look.row.parsed(KEY, TokenHash::parse)?,
            page: None,
        };
        let long_ago = time::OffsetDateTime::UNIX_EPOCH;
        if let Ok(Reset { account: None, .. }) =
            Reset::read(Some(look.row.item), &presented, long_ago)?
        {
            look.has_only(&OF_ALL);
        }
        let wrong = look.row.stamps(codes::WRONG)?;
        look.at_most("wrong codes", wrong.len(), CODE_TRIES as usize);
        Ok(Fact::Reset {
            subject: look.row.parsed("subject", domain::Subject::parse)?,
            requested_at: millis(requested_at),
        })
    })
}
