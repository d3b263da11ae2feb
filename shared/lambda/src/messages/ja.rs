//! What a member typed wrong, in polite Japanese that says what to do.

use domain::{
    BOUNCE_PAUSE, BirthDateError, CodeError, EmailError, IdentifierError, ImpossiblePassword,
    KanaError, LetterKey, LetterKeyError, PasswordError, TermsVersionError, Undeliverable,
    UnknownInsurer, UserIdError,
};

use super::Refused;

/// What the manual calls a field of the API.
pub(super) fn label(field: &str) -> &'static str {
    match field {
        "insurerCode" => "保険者指定コード",
        "symbol" => "記号",
        "number" => "番号",
        "birthDate" => "生年月日",
        "nameKana" => "氏名(カナ)",
        "letterKey" => "確認キー",
        "userId" => "ユーザーID",
        "currentPassword" => "現在のパスワード",
        "password" => "パスワード",
        "email" => "メールアドレス",
        "code" => "認証番号",
        "session" => "端末",
        "version" => "利用規約の版",
        _ => "この項目",
    }
}

fn enter(label: &str) -> String {
    format!("{label}を入力してください。")
}

fn too_long(label: &str, most: u32) -> String {
    format!("{label}は{most}文字以内で入力してください。")
}

pub(super) fn refused(reason: Refused, label: &str) -> String {
    match reason {
        Refused::Missing => enter(label),
        Refused::NotText => format!("{label}は文字で入力してください。"),
        Refused::Unknown => "この項目は受け付けていません。".to_owned(),
    }
}

pub(super) fn unknown_insurer(reason: UnknownInsurer, label: &str) -> String {
    match reason {
        UnknownInsurer::Code => format!(
            "この{label}の健康保険組合は見つかりませんでした。お手元のご案内に記載されている{label}を入力してください。"
        ),
        UnknownInsurer::Number => format!(
            "8桁の「保険者番号」ではなく、お手元のご案内に記載されている{label}を入力してください。"
        ),
    }
}

pub(super) fn letter_key(reason: LetterKeyError, label: &str) -> String {
    match reason {
        LetterKeyError::Length => format!(
            "{label}は{}文字です。お手元のご案内に印刷されている{label}を、もう一度ご確認ください。",
            LetterKey::LENGTH
        ),
        LetterKeyError::NotAllowed => format!(
            "{label}は英字と数字だけです。お手元のご案内に印刷されている{label}を、もう一度ご確認ください。"
        ),
        LetterKeyError::Missing => format!(
            "お手元のご案内に印刷されている{label}（英字と数字の{}文字）を入力してください。\
             ご案内が見当たらない場合は、お問い合わせ窓口へご連絡ください。",
            LetterKey::LENGTH
        ),
    }
}

pub(super) fn kana(reason: KanaError, label: &str) -> String {
    match reason {
        KanaError::Empty => enter(label),
        KanaError::NoKana => format!("{label}は、ひらがなまたはカタカナで入力してください。"),
        KanaError::TooLong => too_long(label, 200),
        KanaError::Kanji(found) => format!(
            "「{found}」は漢字です。{label}は、ひらがなまたはカタカナで入力してください。長音は「ー」で入力してください。"
        ),
        KanaError::Latin(found) => {
            format!("「{found}」は英字です。{label}は、ひらがなまたはカタカナで入力してください。")
        }
        KanaError::Unconverted(found) => format!(
            "「{found}」がかなに変換されていません。{label}の最後までひらがなまたはカタカナで入力してください。"
        ),
        KanaError::Digit(found) => {
            format!("「{found}」は数字です。{label}は、ひらがなまたはカタカナで入力してください。")
        }
        KanaError::OldKana(found) => format!(
            "「{found}」は使用できない文字です。{label}は、現在使われているひらがなまたはカタカナで入力してください。"
        ),
        KanaError::Iteration(found) => format!(
            "「{found}」の前に繰り返す文字がありません。{label}は、繰り返し記号を使わずに入力してください。"
        ),
        KanaError::Symbol(found) => format!(
            "「{found}」は使用できません。{label}は、ひらがなまたはカタカナで入力してください。"
        ),
    }
}

pub(super) fn identifier(reason: IdentifierError, label: &str) -> String {
    match reason {
        IdentifierError::Empty => enter(label),
        IdentifierError::TooLong => too_long(label, 64),
        IdentifierError::Control(_) => {
            format!("{label}に使用できない文字が含まれています。もう一度入力してください。")
        }
        IdentifierError::NotAllowed(found) => format!(
            "「{found}」は使用できません。{label}は、お手元の書類のとおりに入力してください。"
        ),
    }
}

pub(super) fn birth_date(reason: BirthDateError, label: &str) -> String {
    match reason {
        BirthDateError::Empty => enter(label),
        BirthDateError::NotADate => format!(
            "{label}を読み取れませんでした。「1980年1月1日」「昭和55年1月1日」「19800101」のように入力してください。"
        ),
        BirthDateError::TwoDigitYear(may_be) => {
            let years = may_be.years();
            let named = years.join("」「");
            let question = match years.len() {
                0 => String::new(),
                1 => format!("「{named}」ですか。"),
                _ => format!("「{named}」のどれかですか。"),
            };
            format!(
                "{question}{label}の年は、西暦4桁（例：1980年）か、元号を付けて（例：昭和55年）入力してください。"
            )
        }
        BirthDateError::NoSuchDay => {
            format!("{label}に存在しない日付が入力されています。年・月・日をご確認ください。")
        }
        BirthDateError::Future => {
            format!("{label}に未来の日付が入力されています。年・月・日をご確認ください。")
        }
        BirthDateError::TooOld => {
            format!("{label}の年をご確認ください。1900年より前の日付は入力できません。")
        }
        BirthDateError::Incomplete => format!("{label}は、年・月・日のすべてを入力してください。"),
    }
}

pub(super) fn user_id(reason: UserIdError, label: &str) -> String {
    match reason {
        UserIdError::Empty => enter(label),
        UserIdError::TooLong => too_long(label, 64),
        UserIdError::NotAllowed(found) if found.is_control() => {
            format!("{label}に使用できない文字が含まれています。もう一度入力してください。")
        }
        UserIdError::NotAllowed(' ') => format!("{label}に空白は使用できません。"),
        UserIdError::NotAllowed(found) => format!(
            "「{found}」は使用できません。{label}は、半角英字、半角数字、半角記号（@ - _ , +）で入力してください。"
        ),
    }
}

pub(super) fn password(reason: PasswordError, label: &str) -> String {
    match reason {
        PasswordError::Empty => enter(label),
        PasswordError::TooShort => {
            format!("{label}が短すぎます。8文字以上20文字以内で設定してください。")
        }
        PasswordError::TooLong => {
            format!("{label}が長すぎます。8文字以上20文字以内で設定してください。")
        }
        PasswordError::FullWidth => {
            format!("{label}に全角文字が含まれています。半角で入力してください。")
        }
        PasswordError::NotAllowed => format!(
            "{label}に使用できない文字が含まれています。半角の英字・数字・記号だけで入力してください（空白は使用できません）。"
        ),
        PasswordError::NoLetter => format!("{label}に英字を1文字以上含めてください。"),
        PasswordError::NoDigit => format!("{label}に数字を1文字以上含めてください。"),
        PasswordError::NoSymbol => {
            format!("{label}に記号を1文字以上含めてください（例：! # % - _ @）。")
        }
        PasswordError::Common => format!(
            "この{label}は、広く使われているか、過去にどこかから流出したことがあり、推測されやすいため、使用できません。\
             別のものを設定してください。関係のない言葉をいくつかつなげて数字と記号を加えると、推測されにくくなります。"
        ),
        PasswordError::ContainsUserId => {
            format!("{label}にユーザーIDを含めることはできません。別のものを設定してください。")
        }
        PasswordError::ContainsNumber => {
            format!("{label}に番号を含めることはできません。別のものを設定してください。")
        }
        PasswordError::ContainsBirthDate => {
            format!("{label}に生年月日を含めることはできません。別のものを設定してください。")
        }
        PasswordError::ContainsServiceName => format!(
            "{label}にサービス名や保険者指定コードを含めることはできません。別のものを設定してください。"
        ),
    }
}

/// A member who logs in has a password that meets the rules: the thing to do is to look at what was typed.
pub(super) fn impossible_password(reason: ImpossiblePassword, label: &str) -> String {
    match reason {
        ImpossiblePassword::Empty
        | ImpossiblePassword::FullWidth
        | ImpossiblePassword::NotAllowed => password(reason.into(), label),
        ImpossiblePassword::TooShort
        | ImpossiblePassword::TooLong
        | ImpossiblePassword::NoLetter
        | ImpossiblePassword::NoDigit
        | ImpossiblePassword::NoSymbol => format!(
            "入力した{label}をご確認ください。登録できるパスワードは、英字・数字・記号をそれぞれ1文字以上含む、8文字以上20文字以内のものです。"
        ),
    }
}

pub(super) fn email(reason: EmailError, label: &str) -> String {
    match reason {
        EmailError::Empty => enter(label),
        EmailError::TooLong => format!("{label}が長すぎます。入力内容をご確認ください。"),
        EmailError::NoAt => format!("{label}に「@」がありません。入力内容をご確認ください。"),
        EmailError::SeveralAddresses => format!("{label}は1つだけ入力してください。"),
        EmailError::CommaForDot => {
            format!(
                "{label}に「,」（カンマ）が入っています。「,」を「.」（ドット）に直してください。"
            )
        }
        EmailError::LineBreak => format!(
            "{label}に改行などの使用できない文字が含まれています。もう一度入力してください。"
        ),
        EmailError::CarrierForm => format!(
            "この形式の{label}（「.」が連続する、または「@」の直前に「.」があるもの）には、メールをお届けできません。別の{label}を入力してください。"
        ),
        EmailError::LocalPart => format!(
            "{label}の「@」より前の部分に使用できない文字が含まれています。入力内容をご確認ください。"
        ),
        EmailError::Domain => {
            format!("{label}の「@」より後の部分が正しくありません。入力内容をご確認ください。")
        }
    }
}

pub(super) fn perhaps_mistyped(meant: &str, label: &str) -> String {
    format!(
        "「{meant}」ではありませんか。入力した{label}で間違いがなければ、このままもう一度お進みください。"
    )
}

pub(super) fn undeliverable(reason: Undeliverable, label: &str) -> String {
    match reason {
        Undeliverable::ForNow => format!(
            "この{label}へお送りしたメールが届きませんでした。誤りがある場合は訂正してください。誤りがない場合は、メールを受信できるように設定し、{}分ほどおいてもう一度お試しください。",
            BOUNCE_PAUSE.as_secs() / 60
        ),
        Undeliverable::Suppressed => format!(
            "この{label}には、現在メールをお送りできません。別の{label}を入力するか、お問い合わせ窓口へご連絡ください。"
        ),
        Undeliverable::UntilLifted => format!(
            "この{label}にはメールをお届けできません。別の{label}を入力するか、お問い合わせ窓口へご連絡ください。"
        ),
    }
}

pub(super) fn code(reason: CodeError, label: &str) -> String {
    match reason {
        CodeError::Empty => enter(label),
        CodeError::NotSixDigits => {
            format!("{label}は、メールに記載されている6桁の数字を入力してください。")
        }
        CodeError::NotEightDigits => {
            format!("{label}は、メールに記載されている8桁の数字を入力してください。")
        }
        CodeError::NotDigits => format!("{label}は数字で入力してください。"),
    }
}

pub(super) fn terms_version(_: TermsVersionError, _label: &str) -> String {
    "利用規約の版が正しくありません。画面を読み込み直して、もう一度お試しください。".to_owned()
}
