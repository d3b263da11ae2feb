//! The words for what a member typed wrong: every reason of the domain, in polite Japanese that says
//! what to do. Each `match` is exhaustive, so a new reason cannot be left without words.

use domain::{
    BirthDateError, CodeError, EmailError, IdentifierError, KanaError, PasswordError,
    TermsVersionError, UserIdError,
};

/// A reason why a field cannot be used.
pub trait Explain {
    /// The reason, for programs; stable.
    fn code(&self) -> &'static str;
    /// The reason, for the member; `label` is what the page calls the field.
    fn explain(&self, label: &str) -> String;
}

/// Reasons that no type of the domain decides.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refused {
    Missing,
    NotText,
}

impl Explain for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotText => "not_text",
        }
    }

    fn explain(&self, label: &str) -> String {
        match self {
            Self::Missing => enter(label),
            Self::NotText => format!("{label}は文字で入力してください。"),
        }
    }
}

/// What the manual calls a field of the API.
pub(crate) fn label(field: &str) -> &'static str {
    match field {
        "insurerCode" => "保険者指定コード",
        "symbol" => "記号",
        "number" => "番号",
        "birthDate" => "生年月日",
        "nameKana" => "氏名（カナ）",
        "userId" => "ユーザーID",
        "password" => "パスワード",
        "email" => "メールアドレス",
        "code" => "認証番号",
        "version" => "利用規約の版",
        _ => "この項目",
    }
}

/// A wait in words, rounded up to what one says.
pub(crate) fn wait(seconds: u64) -> String {
    if seconds < 60 {
        format!("{seconds}秒")
    } else if seconds <= 3_600 {
        format!("{}分", seconds.div_ceil(60))
    } else {
        format!("{}時間", seconds.div_ceil(3_600))
    }
}

fn enter(label: &str) -> String {
    format!("{label}を入力してください。")
}

fn too_long(label: &str, most: u32) -> String {
    format!("{label}は{most}文字以内で入力してください。")
}

impl Explain for KanaError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn explain(&self, label: &str) -> String {
        match self {
            Self::Empty => enter(label),
            Self::NoKana => format!("{label}は、ひらがなまたはカタカナで入力してください。"),
            Self::TooLong => too_long(label, 200),
            Self::Kanji(found) => format!(
                "「{found}」は漢字です。{label}は、ひらがなまたはカタカナで入力してください。長音は「ー」で入力してください。"
            ),
            Self::Latin(found) => format!(
                "「{found}」は英字です。{label}は、ひらがなまたはカタカナで入力してください。"
            ),
            Self::Unconverted(found) => format!(
                "「{found}」がかなに変換されていません。{label}の最後までひらがなまたはカタカナで入力してください。"
            ),
            Self::Digit(found) => format!(
                "「{found}」は数字です。{label}は、ひらがなまたはカタカナで入力してください。"
            ),
            Self::OldKana(found) => format!(
                "「{found}」は使用できない文字です。{label}は、現在使われているひらがなまたはカタカナで入力してください。"
            ),
            Self::Iteration(found) => format!(
                "「{found}」の前に繰り返す文字がありません。{label}は、繰り返し記号を使わずに入力してください。"
            ),
            Self::Symbol(found) => format!(
                "「{found}」は使用できません。{label}は、ひらがなまたはカタカナで入力してください。"
            ),
        }
    }
}

impl Explain for IdentifierError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn explain(&self, label: &str) -> String {
        match self {
            Self::Empty => enter(label),
            Self::TooLong => too_long(label, 64),
            Self::Control(_) => {
                format!("{label}に使用できない文字が含まれています。もう一度入力してください。")
            }
            Self::NotAllowed(found) => format!(
                "「{found}」は使用できません。{label}は、お手元の書類のとおりに入力してください。"
            ),
        }
    }
}

impl Explain for BirthDateError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn explain(&self, label: &str) -> String {
        match self {
            Self::Empty => enter(label),
            Self::NotADate => format!(
                "{label}を読み取れませんでした。「1980年1月1日」「昭和55年1月1日」「19800101」のように入力してください。"
            ),
            Self::TwoDigitYear => format!(
                "{label}の年は、西暦4桁（例：1980年）か、元号を付けて（例：昭和55年）入力してください。"
            ),
            Self::NoSuchDay => {
                format!("{label}に存在しない日付が入力されています。年・月・日をご確認ください。")
            }
            Self::Future => {
                format!("{label}に未来の日付が入力されています。年・月・日をご確認ください。")
            }
            Self::TooOld => {
                format!("{label}の年をご確認ください。1900年より前の日付は入力できません。")
            }
            Self::Incomplete => format!("{label}は、年・月・日のすべてを入力してください。"),
        }
    }
}

impl Explain for UserIdError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn explain(&self, label: &str) -> String {
        match self {
            Self::Empty => enter(label),
            Self::TooLong => too_long(label, 64),
            Self::NotAllowed(found) if found.is_control() => {
                format!("{label}に使用できない文字が含まれています。もう一度入力してください。")
            }
            Self::NotAllowed(' ') => format!("{label}に空白は使用できません。"),
            Self::NotAllowed(found) => format!(
                "「{found}」は使用できません。{label}は、半角英字、半角数字、半角記号（@ - _ , +）で入力してください。"
            ),
        }
    }
}

impl Explain for PasswordError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn explain(&self, label: &str) -> String {
        match self {
            Self::Empty => enter(label),
            Self::TooShort => {
                format!("{label}が短すぎます。8文字以上20文字以内で設定してください。")
            }
            Self::TooLong => {
                format!("{label}が長すぎます。8文字以上20文字以内で設定してください。")
            }
            Self::FullWidth => {
                format!("{label}に全角文字が含まれています。半角で入力してください。")
            }
            Self::NotAllowed => format!(
                "{label}に使用できない文字が含まれています。半角の英字・数字・記号だけで設定してください（空白は使用できません）。"
            ),
            Self::NoLetter => format!("{label}に英字を1文字以上含めてください。"),
            Self::NoDigit => format!("{label}に数字を1文字以上含めてください。"),
            Self::NoSymbol => {
                format!("{label}に記号を1文字以上含めてください（例：! # % - _ @）。")
            }
            Self::Common => format!(
                "この{label}は広く使われていて推測されやすいため、使用できません。別のものを設定してください。"
            ),
            Self::ContainsUserId => {
                format!("{label}にユーザーIDを含めることはできません。別のものを設定してください。")
            }
            Self::ContainsNumber => {
                format!("{label}に番号を含めることはできません。別のものを設定してください。")
            }
            Self::ContainsBirthDate => {
                format!("{label}に生年月日を含めることはできません。別のものを設定してください。")
            }
            Self::ContainsServiceName => format!(
                "{label}にサービス名や保険者指定コードを含めることはできません。別のものを設定してください。"
            ),
        }
    }
}

impl Explain for EmailError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn explain(&self, label: &str) -> String {
        match self {
            Self::Empty => enter(label),
            Self::TooLong => format!("{label}が長すぎます。入力内容をご確認ください。"),
            Self::NoAt => format!("{label}に「@」がありません。入力内容をご確認ください。"),
            Self::SeveralAddresses => format!("{label}は1つだけ入力してください。"),
            Self::LineBreak => format!(
                "{label}に改行などの使用できない文字が含まれています。もう一度入力してください。"
            ),
            Self::CarrierForm => format!(
                "この形式の{label}（「.」が連続する、または「@」の直前に「.」があるもの）には、メールをお届けできません。別の{label}を入力してください。"
            ),
            Self::LocalPart => format!(
                "{label}の「@」より前の部分に使用できない文字が含まれています。入力内容をご確認ください。"
            ),
            Self::Domain => {
                format!("{label}の「@」より後の部分が正しくありません。入力内容をご確認ください。")
            }
        }
    }
}

impl Explain for CodeError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn explain(&self, label: &str) -> String {
        match self {
            Self::Empty => enter(label),
            Self::NotSixDigits => {
                format!("{label}は、メールに記載されている6桁の数字を入力してください。")
            }
            Self::NotDigits => format!("{label}は数字で入力してください。"),
        }
    }
}

impl Explain for TermsVersionError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn explain(&self, _label: &str) -> String {
        "利用規約の版が正しくありません。画面を読み込み直して、もう一度お試しください。".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_the_unit_one_would_say() {
        assert_eq!(wait(1), "1秒");
        assert_eq!(wait(59), "59秒");
        assert_eq!(wait(60), "1分");
        assert_eq!(wait(61), "2分");
        assert_eq!(wait(3_600), "60分");
        assert_eq!(wait(3_601), "2時間");
    }

    #[test]
    fn a_kanji_is_named_with_what_to_type_instead() {
        let message = KanaError::Kanji('健').explain(label("nameKana"));
        assert!(message.contains("「健」は漢字です"), "{message}");
        assert!(message.contains("ひらがなまたはカタカナ"), "{message}");
    }
}
