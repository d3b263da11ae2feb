//! What must hold of a session.

use domain::SESSION_VALID;

use super::{KEY, Sessions, TABLE, image::Session};
use crate::{
    Item, Table as _,
    check::{Fact, Look, Rule, Seen, SessionFact, TableLook, millis, nameless},
    codes,
};

pub(crate) const LOOK: TableLook = TableLook {
    table: TABLE,
    variable: Sessions::VARIABLE,
    key: KEY,
    at,
};

fn at(item: &Item) -> Seen {
    Look::at(item, TABLE, KEY, nameless, |look, _| {
        let session = Session::from_item(item)?;
        if session.expires_at != session.created_at + SESSION_VALID {
            look.wrong(Rule::Bounded, "it does not end when a session ends");
        }
        look.collected_at(session.expires_at);
        let wrong = look.row.stamps(codes::WRONG)?;
        look.at_most("wrong codes", wrong.len(), domain::CODE_TRIES as usize);
        let terms = session
            .has_accepted_terms
            .then(|| session.terms_version.clone());
        Ok(Fact::Session(SessionFact {
            account: session.account.as_str().to_owned(),
            subject: session.account.subject(),
            account_id: session.account_id.as_str().to_owned(),
            created_at: millis(session.created_at),
            expires_at: millis(session.expires_at),
            terms,
            new_email_at: session
                .email_change
                .as_ref()
                .map(|change| millis(change.code.sent_at())),
        }))
    })
}
