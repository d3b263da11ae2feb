//! How a member is written: insurer code, 記号 and 番号, as on the insurance card.

use domain::{IdentifierError, InsurerCode, MemberKey, Number, Symbol};

/// Why three texts are no member's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {error}")]
pub struct MemberKeyError {
    /// Which part.
    pub part: Part,
    /// What is wrong with it.
    pub error: IdentifierError,
}

/// A part of a member's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Part {
    /// 保険者指定コード.
    #[error("insurer code")]
    InsurerCode,
    /// 記号.
    #[error("symbol")]
    Symbol,
    /// 番号.
    #[error("number")]
    Number,
}

/// Reads the key of a member from its three parts, as typed. The symbol is empty at insurers without one.
///
/// # Errors
/// When a part is none, saying which.
pub fn member_key(insurer: &str, symbol: &str, number: &str) -> Result<MemberKey, MemberKeyError> {
    let wrong = |part| move |error| MemberKeyError { part, error };
    Ok(MemberKey {
        insurer: InsurerCode::parse(insurer).map_err(wrong(Part::InsurerCode))?,
        symbol: (!symbol.is_empty())
            .then(|| Symbol::parse(symbol))
            .transpose()
            .map_err(wrong(Part::Symbol))?,
        number: Number::parse(number).map_err(wrong(Part::Number))?,
    })
}
