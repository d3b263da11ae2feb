//! The code that waits in a flow: in a registration, a session or a reset, under the same attributes.

use domain::{CODE_VALID, Code, CodeVerdict, IssuedCode, SealedCode, Token};
use time::OffsetDateTime;

use crate::{
    Error, Item,
    item::{Reader, instant, item, text},
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

/// A code that waits in a flow.
#[derive(Clone, Debug)]
pub struct WaitingCode {
    /// Sealed with the flow's token.
    pub sealed: SealedCode,
    /// The first moment at which it is refused.
    pub expires_at: OffsetDateTime,
    /// The tries at it.
    pub tries: Tries,
}

impl WaitingCode {
    /// A code that is sent at `sent_at`, which nobody has tried.
    #[must_use]
    pub fn sent(sealed: SealedCode, sent_at: OffsetDateTime) -> Self {
        Self {
            sealed,
            expires_at: sent_at + CODE_VALID,
            tries: Tries::default(),
        }
    }

    /// When it was sent.
    #[must_use]
    pub fn sent_at(&self) -> OffsetDateTime {
        self.expires_at - CODE_VALID
    }

    /// Judges a try at it.
    #[must_use]
    pub fn judge(&self, code: &Code, token: &Token, now: OffsetDateTime) -> CodeVerdict {
        let issued = IssuedCode {
            sealed: self.sealed.clone(),
            expires_at: self.expires_at,
            tries: self.tries.count(),
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
            tries: Tries::read(row, TRIES)?,
        }))
    }

    /// What an item has of it.
    pub(crate) fn attributes(&self) -> Item {
        let mut code = item([
            ("code", text(self.sealed.hex())),
            ("code_expires_at", instant(self.expires_at)),
        ]);
        code.extend(self.tries.attributes(TRIES));
        code
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
