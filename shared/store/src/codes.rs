//! The code that waits in a flow: in a registration, a session or a reset, under the same attributes.

use domain::{CODE_TRIES, CODE_VALID, Code, CodeVerdict, IssuedCode, SealedCode, Token};
use time::OffsetDateTime;

use crate::{
    Error, Item, Pending, Stamp,
    item::{Reader, instant, item, number, present, stamps, text},
};

/// The tries at the code that were judged wrong.
pub(crate) const WRONG: &str = "code_tries_counted";
/// "The code is the one that was compared, and may be tried still": what has to hold for a try at it to be told, be
/// it right or wrong. The write that tells decides, so of any number at once no more are told than there are tries.
pub(crate) const COMPARED: &str = "code = :code AND \
     (attribute_not_exists(code_tries_counted) OR size(code_tries_counted) < :code_tries)";
/// Whose code it is, as in `SET`.
pub(crate) const SET: &str = "code = :code, code_expires_at = :code_expires_at";
/// Forgets the tries at the code before, as in `REMOVE`; `code_tries` is of the version before, which charged each.
pub(crate) const UNTRIED: &str = "code_tries, code_tries_counted";
/// Forgets all of it, as in `REMOVE`.
pub(crate) const NONE: &str = "code, code_expires_at, code_tries, code_tries_counted";

/// A code that waits in a flow.
#[derive(Clone, Debug)]
pub struct WaitingCode {
    /// Sealed with the flow's token.
    pub sealed: SealedCode,
    /// The first moment at which it is refused.
    pub expires_at: OffsetDateTime,
    /// The tries at it that were judged wrong.
    pub wrong: Vec<Stamp>,
}

impl WaitingCode {
    /// A code that is sent at `sent_at`, which nobody has tried.
    #[must_use]
    pub fn sent(sealed: SealedCode, sent_at: OffsetDateTime) -> Self {
        Self {
            sealed,
            expires_at: sent_at + CODE_VALID,
            wrong: Vec::new(),
        }
    }

    /// When it was sent.
    #[must_use]
    pub fn sent_at(&self) -> OffsetDateTime {
        self.expires_at - CODE_VALID
    }

    /// How often it may be tried still.
    #[must_use]
    pub fn tries_left(&self) -> u32 {
        let wrong = u32::try_from(self.wrong.len()).unwrap_or(u32::MAX);
        CODE_TRIES.saturating_sub(wrong)
    }

    /// Judges a try at it.
    #[must_use]
    pub fn judge(&self, code: &Code, token: &Token, now: OffsetDateTime) -> CodeVerdict {
        let issued = IssuedCode {
            sealed: self.sealed.clone(),
            expires_at: self.expires_at,
            tries: CODE_TRIES - self.tries_left(),
        };
        issued.judge(code, token, now)
    }

    /// The code of an item, if it has one.
    pub(crate) fn read(row: &Reader<'_>) -> Result<Option<Self>, Error> {
        let Some(sealed) = row.maybe_parsed("code", SealedCode::from_hex)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            sealed,
            expires_at: row.instant("code_expires_at")?,
            wrong: row.stamps(WRONG)?,
        }))
    }

    /// What an item has of it.
    pub(crate) fn attributes(&self) -> Item {
        let mut code = item([
            ("code", text(self.sealed.hex())),
            ("code_expires_at", instant(self.expires_at)),
        ]);
        let wrong = (!self.wrong.is_empty()).then(|| stamps(&self.wrong));
        code.extend(present([(WRONG, wrong)]));
        code
    }

    /// The values that [`COMPARED`] names.
    pub(crate) fn compared(&self) -> Item {
        item([
            (":code", text(self.sealed.hex())),
            (":code_tries", number(CODE_TRIES)),
        ])
    }

    /// A wrong try at it, to be counted in the item that it waits in.
    pub(crate) fn tried(&self, table: &str, key: Item, stamp: Stamp) -> Pending {
        Pending::judged(table, key, WRONG, stamp, (COMPARED, self.compared()))
    }

    /// The values that [`SET`] names.
    pub(crate) fn values(&self) -> Item {
        item([
            (":code", text(self.sealed.hex())),
            (":code_expires_at", instant(self.expires_at)),
        ])
    }
}

/// Takes the code out of an item.
pub(crate) fn remove(item: &mut Item) {
    for attribute in NONE.split(", ") {
        item.remove(attribute);
    }
}
