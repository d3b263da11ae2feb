//! What is wrong with a cell and what to do, in both languages.

use domain::{BirthDateError, IdentifierError, KanaError};

use super::Reason;
use crate::{language::Language, reasons};

impl Reason {
    /// What is wrong and what to do, for whoever mends the file.
    #[expect(
        clippy::too_many_lines,
        reason = "each reason has its words, in both languages"
    )]
    pub(crate) fn words(&self, language: Language) -> String {
        let (japanese, english): (&str, &str) = match self {
            Self::Undecodable => (
                "文字として読めないバイトがあります。文字コード（UTF-8、CP932）をご確認ください",
                "bytes that are no character: is it the right encoding (UTF-8, CP932)?",
            ),
            Self::UserDefined => (
                "外字があります。照合する項目では使えませんので、標準の文字に置き換えてください",
                "a user-defined character (外字), which cannot be compared: put a standard character in its place",
            ),
            Self::Control => (
                "制御文字があります。取り除いてください",
                "a control character: take it out",
            ),
            Self::Empty => ("空です", "it is empty"),
            Self::TooLong => ("長すぎます", "it is too long"),
            Self::Formula => (
                "値ではなく数式です。値として保存し直してください",
                "a formula and not its value: save the values",
            ),
            Self::ExcelNumber => (
                "Excelなどが数値に変えたため、桁が失われています。元のファイルから、文字列として出力し直してください",
                "a program such as Excel has made a number of it and lost digits: export it again as text",
            ),
            Self::ExcelDate => (
                "Excelが日付に変えたようです。元のファイルから、文字列として出力し直してください",
                "Excel has made a date of it: export it again as text",
            ),
            Self::ExcelQuote => (
                "先頭に、Excelが文字列に付ける引用符（'）があります。取り除いてください",
                "Excel's mark of a text (') has become a part of it: take it out",
            ),
            Self::ExcelError => (
                "Excelのエラー値です。元のファイルから出力し直してください",
                "an error value of Excel: export it again",
            ),
            Self::Kana(error) => return kana(*error, language),
            Self::Identifier(error) => identifier(*error),
            Self::BirthDate(error) => birth_date(*error),
            Self::EraCode => (
                "先頭の数字が元号のコードのようですが、対応がマッピングの eraCodes に宣言されていません",
                "its first digit seems to be an era's code, and the mapping does not declare it in eraCodes",
            ),
            Self::ExcelSerial => (
                "Excelの日付の通し番号のようです。そうであれば、マッピングに excelSerials を宣言してください",
                "it seems to be a serial number of Excel's: if it is, declare excelSerials in the mapping",
            ),
            Self::Relationship => (
                "本人か家族かを、マッピングの relationship の値から決められません",
                "neither in `insured` nor in `dependants` of the mapping's [relationship]",
            ),
            Self::Removal => (
                "喪失かどうかを、マッピングの removal の値から決められません",
                "neither in `values` nor in `stay` of the mapping's [removal]",
            ),
            Self::OtherInsurer => (
                "別の保険者の行です。ファイルと保険者をご確認ください",
                "another insurer's row: is it the right file, and the right insurer?",
            ),
            Self::ShortRow => ("必要な列がありません", "a column that is needed is missing"),
            Self::LongRow => (
                "列が多すぎます。区切り文字を含む値は、引用符（\"）で囲んでください",
                "more cells than the header has: a value with the delimiter needs quotation marks (\")",
            ),
            Self::SwallowedRows => (
                "別の行がこの値の中に入っています。引用符（\"）が閉じられているかご確認ください",
                "other rows stand in this cell: is a quotation mark (\") closed?",
            ),
            Self::Duplicate { row } => {
                return in_language(
                    language,
                    format!(
                        "{row}行目と同じ加入者ですが、内容が違います。どちらかを除いてください"
                    ),
                    format!("the same member as in row {row}, otherwise: take one of them out"),
                );
            }
            Self::Collision { row } => {
                return in_language(
                    language,
                    format!(
                        "先頭の0を除くと{row}行目と同じ記号・番号です。0の有無で区別する保険者では keepLeadingZeros が必要です"
                    ),
                    format!(
                        "without leading zeros the same as in row {row}: an insurer that tells them apart needs keepLeadingZeros"
                    ),
                );
            }
            Self::Hyphens { row } => {
                return in_language(
                    language,
                    format!(
                        "ハイフンを除くと{row}行目と同じ記号・番号です。ハイフンの有無や位置で区別する保険者では keepHyphens が必要です"
                    ),
                    format!(
                        "without hyphens the same as in row {row}: an insurer that tells them apart needs keepHyphens"
                    ),
                );
            }
            Self::OtherPerson => (
                "登録済みの加入者とカナ氏名も生年月日も違います。別の方であれば、以前の方のアカウントを停止してから、人数を --other-persons で指定してください",
                "neither the kana name nor the birth date is that of the roster: if it is somebody else, disable the former's account, then say how many with --other-persons",
            ),
            Self::FormerOther => (
                "変更前の記号・番号の方とは、カナ氏名か生年月日が違います。同じ方であれば、先に氏名か生年月日だけを直して取り込んでください",
                "kana name or birth date is another than that of the former 記号 and 番号: if it is the same person, import that change first, by itself",
            ),
            Self::FormerTwice { row } => {
                return match language {
                    Language::Japanese => {
                        format!("変更前の記号・番号が{row}行目と同じで、変更後が違います")
                    }
                    Language::English => {
                        format!("row {row} has the same former 記号 and 番号, and others now")
                    }
                };
            }
            Self::NewTaken => (
                "変更後の記号・番号は、名簿では別の方のものです",
                "in the roster, the new 記号 and 番号 are somebody else's",
            ),
            Self::Swapped => (
                "番号を入れ替えています。一度に入れ替えることはできませんので、先にどちらかを別の番号にして取り込んでください",
                "these change places, which is not done at once: import one of them under another number first",
            ),
            Self::EmptySymbol => (
                "記号が空です。上の行の記号を引き継ぐ表なら、マッピングに [symbol] empty = \"above\" と書いてください",
                "no 記号: if the row above says it for a group, write [symbol] empty = \"above\" in the mapping",
            ),
            Self::NumberCell => (
                "Excelの数値のセルです。先頭の0が失われている可能性があり、この保険者では0の有無を区別します。文字列として出力し直してください",
                "a number in the workbook: leading zeros may be lost, and this insurer's count. Export it as text",
            ),
            Self::LookUserDefined => (
                "氏名に外字があり、〓と表示されます",
                "a user-defined character (外字) in a name, which is shown as 〓",
            ),
            Self::LookStandIn => (
                "氏名に、文字の代わりの記号（●、? など）があります。元の文字をご確認ください",
                "a sign in the place of a character (●, ?) in a name: what is the character?",
            ),
            Self::LookEntity => (
                "氏名に、HTMLの書き方の文字（&#…;）があります。元の文字をご確認ください",
                "a character of a name as HTML writes it (&#…;): export it as the character itself",
            ),
        };
        in_language(language, japanese, english).to_owned()
    }
}

fn kana(error: KanaError, language: Language) -> String {
    let (japanese, english) = match error {
        KanaError::Empty => return in_language(language, "空です", "it is empty").to_owned(),
        KanaError::NoKana => {
            return in_language(language, "カナがありません", "there is no kana").to_owned();
        }
        KanaError::TooLong => {
            return in_language(language, "長すぎます", "it is too long").to_owned();
        }
        KanaError::Kanji(_) => ("は漢字です", "is a kanji"),
        KanaError::Latin(_) | KanaError::Unconverted(_) => ("は英字です", "is a Latin letter"),
        KanaError::Digit(_) => ("は数字です", "is a digit"),
        KanaError::OldKana(_) => ("はいま使われていない仮名です", "is a kana of the past"),
        KanaError::Iteration(_) => ("の前に、繰り返すカナがありません", "repeats no kana"),
        KanaError::Symbol(_) => ("はカナではありません", "is no kana"),
    };
    let character = error.character().map(String::from).unwrap_or_default();
    let space = in_language(language, "", " ");
    format!(
        "「{character}」{space}{}",
        in_language(language, japanese, english)
    )
}

fn identifier(error: IdentifierError) -> (&'static str, &'static str) {
    let english = match error {
        IdentifierError::Empty => "it is empty",
        IdentifierError::TooLong => "it is longer than 64 characters",
        IdentifierError::Control(_) => "it has a control character",
        IdentifierError::NotAllowed(_) => "it has a character that is none",
    };
    (reasons::identifier(error), english)
}

fn birth_date(error: BirthDateError) -> (&'static str, &'static str) {
    match error {
        BirthDateError::Empty => ("空です", "it is empty"),
        BirthDateError::NotADate => ("日付として読めません", "it is no date"),
        BirthDateError::TwoDigitYear(_) => (
            "年が2桁で、元号がありません",
            "its year has two digits and no era",
        ),
        BirthDateError::NoSuchDay => ("暦にない日です", "there is no such day"),
        BirthDateError::Future => ("未来の日です", "it is in the future"),
        BirthDateError::TooOld => ("1900年より前の日です", "it is before 1900"),
        BirthDateError::Incomplete => ("月または日がありません", "month or day is missing"),
    }
}

fn in_language<T>(language: Language, japanese: T, english: T) -> T {
    match language {
        Language::Japanese => japanese,
        Language::English => english,
    }
}
