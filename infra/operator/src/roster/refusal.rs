//! Why a row is refused: a code for programs and the guide, and words for whoever mends the file.

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
    /// Another person than the one who has the 記号 and 番号 now.
    OtherPerson,
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
            Self::OtherPerson => "other-person",
        }
    }

    /// What is wrong and what to do, for whoever mends the file.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Undecodable => "文字として読めないバイトがあります。文字コード（UTF-8、CP932）をご確認ください".to_owned(),
            Self::UserDefined => "外字があります。照合する項目では使えませんので、標準の文字に置き換えてください".to_owned(),
            Self::Control => "制御文字があります。取り除いてください".to_owned(),
            Self::Empty => "空です".to_owned(),
            Self::TooLong => "長すぎます".to_owned(),
            Self::Formula => "値ではなく数式です。値として保存し直してください".to_owned(),
            Self::ExcelNumber => "Excelが数値に変えたため、桁が失われています。元のファイルから、文字列として出力し直してください".to_owned(),
            Self::ExcelDate => "Excelが日付に変えたようです。元のファイルから、文字列として出力し直してください".to_owned(),
            Self::ExcelQuote => "先頭に、Excelが文字列に付ける引用符（'）があります。取り除いてください".to_owned(),
            Self::ExcelError => "Excelのエラー値です。元のファイルから出力し直してください".to_owned(),
            Self::Kana(error) => kana(*error),
            Self::Identifier(error) => identifier(*error),
            Self::BirthDate(error) => birth_date(*error).to_owned(),
            Self::EraCode => "先頭の数字が元号のコードのようですが、対応がマッピングの eraCodes に宣言されていません".to_owned(),
            Self::ExcelSerial => "Excelの日付の通し番号のようです。そうであれば、マッピングに excelSerials を宣言してください".to_owned(),
            Self::Relationship => "本人か家族かを、マッピングの relationship の値から決められません".to_owned(),
            Self::Removal => "喪失かどうかを、マッピングの removal の値から決められません".to_owned(),
            Self::OtherInsurer => "別の保険者の行です。ファイルと保険者をご確認ください".to_owned(),
            Self::ShortRow => "列が足りません".to_owned(),
            Self::LongRow => "列が多すぎます。区切り文字を含む値は、引用符（\"）で囲んでください".to_owned(),
            Self::SwallowedRows => "別の行がこの値の中に入っています。引用符（\"）が閉じられているかご確認ください".to_owned(),
            Self::Duplicate { row } => format!("{row}行目と同じ加入者ですが、内容が違います。どちらかを除いてください"),
            Self::Collision { row } => format!("先頭の0を除くと{row}行目と同じ記号・番号です。0の有無で区別する保険者では keepLeadingZeros が必要です"),
            Self::OtherPerson => "登録済みの加入者とカナ氏名も生年月日も違います。別の方であれば、以前の方のアカウントを停止してから、人数を --other-persons で指定してください".to_owned(),
        }
    }
}

fn kana(error: KanaError) -> String {
    let what = match error {
        KanaError::Empty => return "空です".to_owned(),
        KanaError::NoKana => return "カナがありません".to_owned(),
        KanaError::TooLong => return "長すぎます".to_owned(),
        KanaError::Kanji(_) => "は漢字です",
        KanaError::Latin(_) | KanaError::Unconverted(_) => "は英字です",
        KanaError::Digit(_) => "は数字です",
        KanaError::OldKana(_) => "はいま使われていない仮名です",
        KanaError::Iteration(_) => "の前に、繰り返すカナがありません",
        KanaError::Symbol(_) => "はカナではありません",
    };
    let character = error.character().map(String::from).unwrap_or_default();
    format!("「{character}」{what}")
}

fn identifier(error: IdentifierError) -> String {
    match error {
        IdentifierError::Empty => "空です".to_owned(),
        IdentifierError::TooLong => "長すぎます（64文字まで）".to_owned(),
        IdentifierError::Control(_) => "制御文字があります".to_owned(),
        IdentifierError::NotAllowed(_) => "使えない文字があります".to_owned(),
    }
}

fn birth_date(error: BirthDateError) -> &'static str {
    match error {
        BirthDateError::Empty => "空です",
        BirthDateError::NotADate => "日付として読めません",
        BirthDateError::TwoDigitYear => "年が2桁で、元号がありません",
        BirthDateError::NoSuchDay => "暦にない日です",
        BirthDateError::Future => "未来の日です",
        BirthDateError::TooOld => "1900年より前の日です",
        BirthDateError::Incomplete => "月または日がありません",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Reason; 24] = [
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
