//! Why a row is refused: a code for programs and the guide, and words for whoever mends the file.

mod words;

use domain::{BirthDateError, IdentifierError, KanaError};

/// Why a row is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Bytes that are no character of the file's encoding, or were lost before.
    Undecodable,
    /// 外字, where it would be compared.
    UserDefined,
    /// A control character.
    Control,
    /// Nothing, where there must be something.
    Empty,
    /// More than a field holds.
    TooLong,
    /// A formula in the place of its value.
    Formula,
    /// A number in the place of a text, its digits lost.
    ExcelNumber,
    /// A date in the place of 記号 or 番号.
    ExcelDate,
    /// The quote mark that Excel shows before a text, as a part of it.
    ExcelQuote,
    /// `#N/A` and the like.
    ExcelError,
    /// No name in kana.
    Kana(KanaError),
    /// No 記号 or 番号.
    Identifier(IdentifierError),
    /// No birth date.
    BirthDate(BirthDateError),
    /// A digit for an era that the mapping does not declare.
    EraCode,
    /// A serial number, of which the mapping does not say from when it counts.
    ExcelSerial,
    /// A relationship that is in neither of the mapping's lists.
    Relationship,
    /// A value that is in neither of the mapping's lists of who leaves and who stays.
    Removal,
    /// Another insurer's row.
    OtherInsurer,
    /// Fewer cells than columns.
    ShortRow,
    /// More cells than columns.
    LongRow,
    /// A cell in which there are other rows.
    SwallowedRows,
    /// The same member as in another row, otherwise.
    Duplicate {
        /// The other row.
        row: u64,
    },
    /// Another 記号 or 番号 that is the same without leading zeros.
    Collision {
        /// The other row.
        row: u64,
    },
    /// Another 記号 or 番号 that is the same without hyphens.
    Hyphens {
        /// The other row.
        row: u64,
    },
    /// Another person than the one who has the 記号 and 番号 now.
    OtherPerson,
    /// The former 記号 and 番号 are of somebody who is not surely this one.
    FormerOther,
    /// The former 記号 and 番号 stand in another row, too.
    FormerTwice {
        /// The other row.
        row: u64,
    },
    /// The new 記号 and 番号 are somebody else's.
    NewTaken,
    /// Two who change places.
    Swapped,
    /// No 記号, where the mapping has a column for it.
    EmptySymbol,
    /// A number in a workbook, where leading zeros count.
    NumberCell,
    /// 外字 in a name that is shown.
    LookUserDefined,
    /// A sign in the place of a character of a name.
    LookStandIn,
    /// A character of a name as HTML writes it.
    LookEntity,
}

/// A cell that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The row, as a spreadsheet counts.
    pub(crate) row: u64,
    /// The column, by its name in the header or its place.
    pub(crate) column: String,
    /// What stands there, masked.
    pub(crate) masked: String,
    /// Why.
    pub(crate) reason: Reason,
}

impl Refusal {
    pub(crate) fn new(row: u64, column: &str, value: &str, reason: Reason) -> Self {
        Self {
            row,
            column: column.to_owned(),
            masked: masked(value),
            reason,
        }
    }
}

/// A value of which enough is left to find it, and not enough to know it: its first character and, of
/// longer ones, how many follow.
pub(crate) fn masked(value: &str) -> String {
    let value = value.trim();
    let count = value.chars().count();
    let shown = usize::from(count > 2);
    let first = value
        .chars()
        .take(shown)
        .map(|c| if c.is_control() { '*' } else { c });
    first
        .chain(std::iter::repeat_n('*', count.min(24) - shown))
        .collect()
}

impl Reason {
    /// Stable name of the reason.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Undecodable => "undecodable",
            Self::UserDefined => "user-defined-character",
            Self::Control => "control-character",
            Self::Empty => "empty",
            Self::TooLong => "too-long",
            Self::Formula => "formula",
            Self::ExcelNumber => "excel-number",
            Self::ExcelDate => "excel-date",
            Self::ExcelQuote => "excel-quote",
            Self::ExcelError => "excel-error",
            Self::Kana(_) => "not-kana",
            Self::Identifier(_) => "not-an-identifier",
            Self::BirthDate(_) => "not-a-birth-date",
            Self::EraCode => "era-code",
            Self::ExcelSerial => "excel-serial",
            Self::Relationship => "relationship",
            Self::Removal => "removal",
            Self::OtherInsurer => "other-insurer",
            Self::ShortRow => "short-row",
            Self::LongRow => "long-row",
            Self::SwallowedRows => "swallowed-rows",
            Self::Duplicate { .. } => "duplicate",
            Self::Collision { .. } => "collision",
            Self::Hyphens { .. } => "hyphens",
            Self::OtherPerson => "other-person",
            Self::FormerOther => "former-other",
            Self::FormerTwice { .. } => "former-twice",
            Self::NewTaken => "new-taken",
            Self::Swapped => "swapped",
            Self::EmptySymbol => "empty-symbol",
            Self::NumberCell => "number-cell",
            Self::LookUserDefined => "look-user-defined",
            Self::LookStandIn => "look-stand-in",
            Self::LookEntity => "look-entity",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    const ALL: [Reason; 34] = [
        Reason::Undecodable,
        Reason::UserDefined,
        Reason::Control,
        Reason::Empty,
        Reason::TooLong,
        Reason::Formula,
        Reason::ExcelNumber,
        Reason::ExcelDate,
        Reason::ExcelQuote,
        Reason::ExcelError,
        Reason::Kana(KanaError::NoKana),
        Reason::Identifier(IdentifierError::Empty),
        Reason::BirthDate(BirthDateError::Empty),
        Reason::EraCode,
        Reason::ExcelSerial,
        Reason::Relationship,
        Reason::Removal,
        Reason::OtherInsurer,
        Reason::ShortRow,
        Reason::LongRow,
        Reason::SwallowedRows,
        Reason::Duplicate { row: 2 },
        Reason::Collision { row: 2 },
        Reason::OtherPerson,
        Reason::FormerOther,
        Reason::FormerTwice { row: 2 },
        Reason::NewTaken,
        Reason::Swapped,
        Reason::Hyphens { row: 2 },
        Reason::EmptySymbol,
        Reason::NumberCell,
        Reason::LookUserDefined,
        Reason::LookStandIn,
        Reason::LookEntity,
    ];

    #[test]
    fn every_code_is_in_the_guide() {
        let guide = include_str!("../../../../docs/roster.md");
        for reason in ALL {
            let row = format!("| `{}` |", reason.code());
            assert!(guide.contains(&row), "docs/roster.md has no {row}");
        }
    }

    #[test]
    fn every_reason_has_words_in_both_languages() {
        for reason in ALL {
            let [japanese, english] =
                [Language::Japanese, Language::English].map(|language| reason.words(language));
            assert!(!japanese.is_ascii(), "{japanese}");
            assert!(
                english.starts_with(|c: char| c.is_ascii() || c == '「'),
                "{english}"
            );
        }
    }

    #[test]
    fn a_masked_value_is_not_the_value() {
        for (value, masked_value) in [
            ("", ""),
            ("1", "*"),
            ("12", "**"),
            ("健保 太郎", "健****"),
            ("19800101", "1*******"),
            ("=1+2", "=***"),
            ("\u{7}12", "***"),
        ] {
            assert_eq!(masked(value), masked_value, "{value}");
        }
        assert_eq!(masked(&"x".repeat(1_000)).len(), 24);
    }
}
