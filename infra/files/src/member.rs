//! How a member is written: insurer code, 記号 and 番号, as on the insurance card.

use domain::{IdentifierError, InsurerCode, MemberKey, Number, Symbol};

/// Why three texts are no member's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {error}")]
pub struct MemberKeyError {
    part: &'static str,
    error: IdentifierError,
}

/// Reads the key of a member from its three parts, as typed. The symbol is empty at insurers without one.
///
/// # Errors
/// When a part is none, saying which.
pub fn member_key(insurer: &str, symbol: &str, number: &str) -> Result<MemberKey, MemberKeyError> {
    let wrong = |part| move |error| MemberKeyError { part, error };
    Ok(MemberKey {
        insurer: InsurerCode::parse(insurer).map_err(wrong("insurer code"))?,
        symbol: (!symbol.is_empty())
            .then(|| Symbol::parse(symbol))
            .transpose()
            .map_err(wrong("symbol"))?,
        number: Number::parse(number).map_err(wrong("number"))?,
    })
}
