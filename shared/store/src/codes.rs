//! The code that waits in a flow: in a registration, a session or a reset, under the same attributes.

use domain::{CODE_VALID, IssuedCode, SealedCode};
use time::OffsetDateTime;

use crate::{
    Error, Item,
    item::{Reader, instant, text},
    tries::{Tries, TryNames},
};

/// The tries at the code.
pub(crate) const TRIES: TryNames = TryNames {
    all: "code_tries",
    counted: "code_tries_counted",
};
/// Whose code it is, as in `SET`.
pub(crate) const SET: &str = "code = :code, code_expires_at = :code_expires_at";
/// Forgets the tries at the code before, as in `REMOVE`.
pub(crate) const UNTRIED: &str = "code_tries, code_tries_counted";
/// Forgets all of it, as in `REMOVE`.
pub(crate) const NONE: &str = "code, code_expires_at, code_tries, code_tries_counted";

/// The values that [`SET`] names, of a code that is sent at `sent_at`.
pub(crate) fn values(sealed: &SealedCode, sent_at: OffsetDateTime) -> Item {
    let attributes = attributes(sealed, sent_at).into_iter();
    attributes
        .map(|(name, value)| (format!(":{name}"), value))
        .collect()
}

/// The attributes of a code that was sent at `sent_at`.
pub(crate) fn attributes(sealed: &SealedCode, sent_at: OffsetDateTime) -> Item {
    crate::item::item([
        ("code", text(sealed.hex())),
        ("code_expires_at", instant(sent_at + CODE_VALID)),
    ])
}

/// Takes the code out of an item.
pub(crate) fn remove(item: &mut Item) {
    for attribute in NONE.split(", ") {
        item.remove(attribute);
    }
}

/// The code of an item, with the tries at it, if it has one.
pub(crate) fn read(row: &Reader<'_>) -> Result<Option<IssuedCode>, Error> {
    let Some(sealed) = row.maybe_parsed("code", SealedCode::from_hex)? else {
        return Ok(None);
    };
    Ok(Some(IssuedCode {
        sealed,
        expires_at: row.instant("code_expires_at")?,
        tries: Tries::read(row, TRIES)?.count(),
    }))
}
