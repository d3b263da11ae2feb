//! Why something is wrong, in the language of the process. What the domain, the store and the libraries say of an error is
//! English, for developers; here is what an operator reads of it.

use std::{error::Error, io};

use domain::{
    EmailError, IdentifierError, LetterKeyRuleError, SURVEY_DAYS, SurveyAddressError,
    SurveyDeadlineError, SurveyOpeningError, TermsVersionError, UserIdError,
};
use files::{InsurerError, InsurerReason, MemberKeyError, Part};
use store::Unfit;

use crate::language::{Language, current, say};

/// What is wrong, as an operator reads it. What nobody has put in words is told as it is.
pub(crate) fn told(error: &(dyn Error + 'static)) -> String {
    match current() {
        Language::English => error.to_string(),
        Language::Japanese => japanese(error).unwrap_or_else(|| error.to_string()),
    }
}

/// The same in Japanese, of the errors that have words here.
pub(crate) fn japanese(error: &(dyn Error + 'static)) -> Option<String> {
    let is = Wrong(error);
    is.a(|error| identifier(error).to_owned())
        .or_else(|| is.a(email))
        .or_else(|| is.a(user_id))
        .or_else(|| is.a(|SurveyDeadlineError| DAY.to_owned()))
        .or_else(|| is.a(|TermsVersionError| DAY.to_owned()))
        .or_else(|| is.a(opening))
        .or_else(|| is.a(survey_address))
        .or_else(|| is.a(|LetterKeyRuleError| LETTER_KEY.to_owned()))
        .or_else(|| is.of(member_key))
        .or_else(|| is.of(insurer))
        .or_else(|| is.of(unfit))
        .or_else(|| is.of(of_system))
        .or_else(|| is.of(toml))
        .or_else(|| is.of(json))
}

/// An error of a kind that is to be found out.
struct Wrong<'a>(&'a (dyn Error + 'static));

impl Wrong<'_> {
    fn of<E: Error + 'static>(&self, words: impl Fn(&E) -> String) -> Option<String> {
        self.0.downcast_ref().map(words)
    }

    fn a<E: Error + Copy + 'static>(&self, words: impl Fn(E) -> String) -> Option<String> {
        self.of(|error: &E| words(*error))
    }
}

const DAY: &str = "日付は YYYY-MM-DD と書いてください";
const LETTER_KEY: &str = "off、accepted、required のどれかを書いてください";

pub(crate) fn identifier(error: IdentifierError) -> &'static str {
    match error {
        IdentifierError::Empty => "空です",
        IdentifierError::TooLong => "長すぎます（64文字まで）",
        IdentifierError::Control(_) => "制御文字があります",
        IdentifierError::NotAllowed(_) => "使えない文字があります",
    }
}

fn email(error: EmailError) -> String {
    match error {
        EmailError::Empty => "空です",
        EmailError::TooLong => "長すぎます",
        EmailError::NoAt => "@ がありません",
        EmailError::SeveralAddresses => "アドレスが2つ以上あります",
        EmailError::CommaForDot => "ドット（.）のところがカンマ（,）になっています",
        EmailError::LineBreak => "改行が入っています",
        EmailError::CarrierForm => {
            "@ の前に、連続するドットか、先頭・末尾のドットがあります。このアドレスには送れないため、ほかのアドレスが必要です"
        }
        EmailError::LocalPart => "@ の前に使えない文字があるか、何もありません",
        EmailError::Domain => "@ の後がドメイン名ではありません",
    }
    .to_owned()
}

fn user_id(error: UserIdError) -> String {
    match error {
        UserIdError::Empty => "空です".to_owned(),
        UserIdError::TooLong => "長すぎます（64文字まで）".to_owned(),
        UserIdError::NotAllowed(c) => {
            format!("「{c}」は使えません（半角英数字と @ - _ , + だけです）")
        }
    }
}

fn opening(error: SurveyOpeningError) -> String {
    match error {
        SurveyOpeningError::NotADay => DAY.to_owned(),
        SurveyOpeningError::AfterDeadline => "締切日（surveyDeadline）より後です".to_owned(),
        SurveyOpeningError::AnotherYears => {
            format!(
                "締切日（surveyDeadline）の {SURVEY_DAYS} 日より前です。別の年の日付ではありませんか"
            )
        }
    }
}

fn survey_address(error: SurveyAddressError) -> String {
    match error {
        SurveyAddressError::NotHttps => "https:// で始まっていません".to_owned(),
        SurveyAddressError::Credentials => {
            "ユーザー名かパスワードが入っています。すべての会員に見えてしまいます".to_owned()
        }
        SurveyAddressError::Host => {
            "ホストが survey.example.jp のような名前ではありません".to_owned()
        }
        SurveyAddressError::Character(c) => {
            format!("「{c}」は使えません。ASCII以外の文字は %.. と、ホストでは xn--.. と書きます")
        }
        SurveyAddressError::Escape => "% の後に16進数の2桁がありません".to_owned(),
        SurveyAddressError::TooLong => "長すぎます".to_owned(),
    }
}

fn member_key(wrong: &MemberKeyError) -> String {
    let part = match wrong.part {
        Part::InsurerCode => "保険者指定コード",
        Part::Symbol => "記号",
        Part::Number => "番号",
    };
    format!("{part}：{}", identifier(wrong.error))
}

fn insurer(wrong: &InsurerError) -> String {
    let (code, field) = (&wrong.code, wrong.field);
    let why = match wrong.reason {
        InsurerReason::Empty => "空です".to_owned(),
        InsurerReason::GoesWith(other) => format!("{other} と一緒に書いてください"),
        InsurerReason::Code(error) => identifier(error).to_owned(),
        InsurerReason::Mail(error) => email(error),
        InsurerReason::LetterKey(LetterKeyRuleError) => LETTER_KEY.to_owned(),
        InsurerReason::Terms(TermsVersionError) | InsurerReason::Deadline(SurveyDeadlineError) => {
            DAY.to_owned()
        }
        InsurerReason::Opens(error) => opening(error),
        InsurerReason::Address(error) => survey_address(error),
    };
    format!("保険者 {code} の {field}：{why}")
}

fn unfit(unfit: &Unfit) -> String {
    match unfit {
        Unfit::Itself(table) => {
            format!("{table} はスタックの表そのものです。復元で隣に作った表を指定してください")
        }
        Unfit::NotThere(table) => {
            format!(
                "{table} という表は、このリージョンとアカウントにありません（`aws dynamodb list-tables` で確認できます）"
            )
        }
        Unfit::NotReady { table, status } => format!(
            "表 {table} は {status} です。`aws dynamodb wait table-exists --table-name {table}` で待ってください"
        ),
        Unfit::OtherKey { table, there, here } => format!(
            "{table} のキーは {there} で、スタックの表の {here} と違います。別の表を復元したものです"
        ),
    }
}

/// What the system says of a file.
fn of_system(error: &io::Error) -> String {
    let known = match error.kind() {
        io::ErrorKind::NotFound => "ファイルかフォルダーがありません",
        io::ErrorKind::PermissionDenied => "権限がありません",
        io::ErrorKind::IsADirectory => "ファイルではなくフォルダーです",
        io::ErrorKind::NotADirectory => "フォルダーではありません",
        io::ErrorKind::AlreadyExists => "既にあります",
        io::ErrorKind::StorageFull => "ディスクに空きがありません",
        io::ErrorKind::ReadOnlyFilesystem => "書き込めないディスクです",
        io::ErrorKind::InvalidData => "UTF-8のテキストではありません",
        _ => return error.to_string(),
    };
    known.to_owned()
}

/// What the reader of TOML says, which names the line in front of it.
fn toml(error: &toml::de::Error) -> String {
    let written = error.to_string();
    // "TOML parse error at line 3, column 1", the line itself, and the message.
    let first = written.lines().next().unwrap_or_default();
    let place = first.split_once(" at line ").map(|(_, place)| place);
    let place = place.and_then(|place| place.split_once(", column "));
    let why = of_reader(error.message());
    match place {
        Some((line, column)) => format!("{line}行目の{column}文字目：{why}"),
        None => why,
    }
}

fn json(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let written = error.to_string();
    let message = written
        .split_once(" at line ")
        .map_or(&*written, |(message, _)| message);
    format!("{line}行目の{column}文字目：{}", of_reader(message))
}

/// What serde says of a key or a value.
fn of_reader(message: &str) -> String {
    let quoted = |after: &str| -> Option<String> {
        let (_, rest) = message.split_once(after)?;
        rest.split_once('`').map(|(name, _)| name.to_owned())
    };
    let valid = message
        .split_once("expected ")
        .map(|(_, valid)| valid.trim_start_matches("one of ").replace(", ", "、"));
    let valid = valid.map_or(String::new(), |valid| {
        format!("。使えるのは {} です", valid.replace(" or ", "、"))
    });
    if let Some(name) = quoted("unknown field `") {
        format!("{name} というキーはありません{valid}")
    } else if let Some(name) = quoted("missing field `") {
        format!("{name} がありません")
    } else if let Some(name) = quoted("duplicate field `") {
        format!("{name} が2回あります")
    } else if let Some(name) = quoted("unknown variant `") {
        format!("{name} は使えません{valid}")
    } else if message.starts_with("duplicate key") {
        "同じキーが2回あります".to_owned()
    } else if message.starts_with("invalid type") {
        format!("値の種類が違います（{message}）")
    } else {
        format!("書き方が正しくありません（{message}）")
    }
}

/// What DynamoDB, or the way there, did not do.
pub(crate) fn of_store(error: &store::Error) -> String {
    match error {
        store::Error::Unavailable { operation, code } => say!(
            ja: "{operation} に失敗しました（{code}）",
            en: "{operation} failed with {code}",
        ),
        store::Error::Corrupt { table, attribute } => say!(
            ja: "表 {table} に、{attribute} を読めない項目があります",
            en: "an item of {table} has no readable {attribute}",
        ),
        store::Error::InsurerMissing => say!(
            ja: "アカウントの保険者が登録されていません",
            en: "an account's insurer is not configured",
        ),
    }
}

#[cfg(test)]
mod tests {
    use domain::{EmailAddress, InsurerCode, SurveyAddress, SurveyDeadline, UserId};

    use super::*;

    fn of<T: std::fmt::Debug, E: Error + 'static>(read: Result<T, E>) -> String {
        japanese(&read.unwrap_err()).unwrap()
    }

    #[test]
    fn what_is_wrong_is_told_in_japanese() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Entry {
            #[expect(dead_code, reason = "it is read and no more")]
            name: String,
        }
        let of_toml = |text: &str| of(toml::from_str::<Entry>(text));
        for (told, part) in [
            (of(InsurerCode::parse(" ")), "空です"),
            (of(EmailAddress::parse("taro")), "@ がありません"),
            (
                of(EmailAddress::parse("a..b@example.jp")),
                "ほかのアドレスが必要",
            ),
            (of(UserId::parse("太郎")), "「太」は使えません"),
            (of(SurveyDeadline::parse("soon")), "YYYY-MM-DD"),
            (
                of(SurveyAddress::parse("http://survey.example.jp")),
                "https:// で",
            ),
            (of(files::member_key("jkc", "", "")), "番号：空です"),
            (of(std::fs::read("/nobody/has/this")), "ありません"),
            (
                of_toml("nmae = 'x'"),
                "1行目の1文字目：nmae というキーはありません。使えるのは `name` です",
            ),
            (of_toml(""), "name がありません"),
            (of_toml("name = 1"), "1行目の8文字目：値の種類が違います"),
            (of_toml("name = '"), "書き方が正しくありません"),
            (
                of(serde_json::from_str::<Entry>("{\"a\": 1}")),
                "a というキーはありません",
            ),
            (
                japanese(&Unfit::NotThere("t".to_owned())).unwrap(),
                "t という表は",
            ),
        ] {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(
            told(&IdentifierError::Empty),
            IdentifierError::Empty.to_string()
        );
        assert_eq!(japanese(&std::fmt::Error), None);
    }

    #[test]
    fn an_insurers_field_is_named() {
        let reasons = [
            InsurerReason::Empty,
            InsurerReason::GoesWith("surveyOpens"),
            InsurerReason::Opens(SurveyOpeningError::AfterDeadline),
            InsurerReason::LetterKey(LetterKeyRuleError),
        ];
        for reason in reasons {
            let wrong = InsurerError {
                code: "jkc".to_owned(),
                field: "name",
                reason,
            };
            let told = japanese(&wrong).unwrap();
            assert!(
                told.starts_with("保険者 jkc の name：") && !told.ends_with('：'),
                "{told}"
            );
        }
    }
}
