//! The words for what a member typed wrong: every reason of the domain, and what to do. The words of
//! each language are in a file of its own, each an exhaustive `match`, so that no reason is without
//! them.

mod en;
mod ja;

use domain::{
    BirthDateError, CodeError, EmailAddress, EmailError, IdentifierError, ImpossiblePassword,
    KanaError, LetterKeyError, PasswordError, TermsVersionError, Undeliverable, UnknownInsurer,
    UserIdError,
};

use crate::Language;

/// A reason why a field cannot be used, with words in each language of the API. They are made when the
/// answer is written, in the reader's.
pub trait Explain: Send + Sync + 'static {
    /// The reason, for programs; stable.
    fn code(&self) -> &'static str;
    /// The reason, for the member, in polite Japanese that says what to do; `label` is what the page
    /// calls the field.
    fn in_japanese(&self, label: &str) -> String;
    /// The same in plain English; `label` stands within the sentence: `your password`.
    fn in_english(&self, label: &str) -> String;
    /// What was probably meant, to be sent in place of what was typed.
    fn suggestion(&self) -> Option<String> {
        None
    }
}

/// Reasons that no type of the domain decides.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refused {
    Missing,
    NotText,
    Unknown,
}

impl Explain for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotText => "not_text",
            Self::Unknown => "unknown_field",
        }
    }

    fn in_japanese(&self, label: &str) -> String {
        ja::refused(*self, label)
    }

    fn in_english(&self, label: &str) -> String {
        en::refused(*self, label)
    }
}

/// The address is probably mistyped; what was meant.
#[derive(Clone)]
pub(crate) struct PerhapsMistyped(pub(crate) EmailAddress);

impl Explain for PerhapsMistyped {
    fn code(&self) -> &'static str {
        "perhaps_mistyped"
    }

    fn in_japanese(&self, label: &str) -> String {
        ja::perhaps_mistyped(self.0.domain(), label)
    }

    fn in_english(&self, label: &str) -> String {
        en::perhaps_mistyped(self.0.domain(), label)
    }

    fn suggestion(&self) -> Option<String> {
        Some(self.0.as_str().to_owned())
    }
}

/// What the member reads about `field`.
pub(crate) fn of(field: &str, reason: &dyn Explain, language: Language) -> String {
    match language {
        Language::Japanese => reason.in_japanese(ja::label(field)),
        Language::English => reason.in_english(en::label(field)),
    }
}

/// A reason of the domain has its code from there, and its words from the function of this name in the
/// file of each language.
macro_rules! explain {
    ($($reason:ident: $words:ident $(, suggests $suggestion:path)?;)+) => {$(
        impl Explain for $reason {
            fn code(&self) -> &'static str {
                $reason::code(self)
            }

            fn in_japanese(&self, label: &str) -> String {
                ja::$words(*self, label)
            }

            fn in_english(&self, label: &str) -> String {
                en::$words(*self, label)
            }

            $(fn suggestion(&self) -> Option<String> {
                $suggestion(*self)
            })?
        }
    )+};
}

/// The only day that a date without an era can be.
fn born(reason: BirthDateError) -> Option<String> {
    match reason {
        BirthDateError::TwoDigitYear(may_be) => may_be.only_day(),
        _ => None,
    }
}

explain! {
    BirthDateError: birth_date, suggests born;
    CodeError: code;
    EmailError: email;
    IdentifierError: identifier;
    ImpossiblePassword: impossible_password;
    KanaError: kana;
    LetterKeyError: letter_key;
    PasswordError: password;
    TermsVersionError: terms_version;
    Undeliverable: undeliverable;
    UnknownInsurer: unknown_insurer;
    UserIdError: user_id;
}

#[cfg(test)]
mod tests {
    use domain::{BirthDate, EraYears};
    use time::macros::date;

    use super::*;
    use crate::tongue::{assert_english, assert_japanese, every};

    fn mail(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("an address")
    }

    fn era_years(text: &str) -> EraYears {
        match BirthDate::parse(text, date!(2026 - 11 - 28)) {
            Err(BirthDateError::TwoDigitYear(may_be)) => may_be,
            _ => panic!("{text}"),
        }
    }

    #[test]
    fn a_year_without_its_era_is_asked_back() {
        let told = |text, language| {
            of(
                "birthDate",
                &BirthDateError::TwoDigitYear(era_years(text)),
                language,
            )
        };
        assert_eq!(
            told("55.1.1", Language::Japanese),
            "「昭和55年」ですか。生年月日の年は、西暦4桁（例：1980年）か、元号を付けて（例：昭和55年）入力してください。"
        );
        assert!(
            told("10.1.1", Language::Japanese)
                .starts_with("「昭和10年」「平成10年」のどれかですか。")
        );
        assert!(told("99.1.1", Language::Japanese).starts_with("生年月日の年は"));
        assert!(told("55.1.1", Language::English).starts_with("Is it “昭和55年”? Please enter"));
        let reason = BirthDateError::TwoDigitYear(era_years("55.1.1"));
        assert_eq!(reason.suggestion().as_deref(), Some("昭和55年1月1日"));
        let several = BirthDateError::TwoDigitYear(era_years("10.1.1"));
        assert_eq!(several.suggestion(), None);
    }

    #[test]
    fn an_address_that_may_be_mistyped_is_asked_back_with_what_was_meant() {
        let reason = PerhapsMistyped(mail("taro@gmail.com"));
        assert_eq!(
            of("email", &reason, Language::Japanese),
            "「gmail.com」ではありませんか。入力したメールアドレスで間違いがなければ、このままもう一度お進みください。"
        );
        assert_eq!(
            of("email", &reason, Language::English),
            "Did you mean “gmail.com”? If your email address is right as you entered it, please go on once more."
        );
        assert_eq!(reason.suggestion().as_deref(), Some("taro@gmail.com"));
    }

    fn birth_dates() -> Vec<BirthDateError> {
        let mut birth_date = every!(BirthDateError {
            Empty,
            NotADate,
            TwoDigitYear(era_years("55.1.1")),
            NoSuchDay,
            Future,
            TooOld,
            Incomplete,
        });
        birth_date
            .extend(["10.1.1", "99.1.1"].map(|text| BirthDateError::TwoDigitYear(era_years(text))));
        birth_date
    }

    fn given<E: Explain>(
        field: &'static str,
        reasons: Vec<E>,
    ) -> impl Iterator<Item = (&'static str, Box<dyn Explain>)> {
        reasons
            .into_iter()
            .map(move |reason| (field, Box::new(reason) as Box<dyn Explain>))
    }

    fn addresses() -> impl Iterator<Item = (&'static str, Box<dyn Explain>)> {
        let written = every!(EmailError {
            Empty,
            TooLong,
            NoAt,
            SeveralAddresses,
            CommaForDot,
            LineBreak,
            CarrierForm,
            LocalPart,
            Domain,
        });
        let refused = every!(Undeliverable {
            ForNow,
            Suppressed,
            UntilLifted
        });
        let perhaps = vec![PerhapsMistyped(mail("taro@example.com"))];
        given("email", written)
            .chain(given("email", refused))
            .chain(given("email", perhaps))
    }

    /// Every reason, with a field that it is given for.
    fn every_reason() -> Vec<(&'static str, Box<dyn Explain>)> {
        let fields = [
            "insurerCode",
            "symbol",
            "number",
            "letterKey",
            "email",
            "code",
            "version",
            "other",
        ];
        let everywhere = fields.into_iter().flat_map(|field| {
            given(
                field,
                every!(Refused {
                    Missing,
                    NotText,
                    Unknown
                }),
            )
        });
        let identifier = ["insurerCode", "symbol", "number"]
            .into_iter()
            .flat_map(|field| {
                given(
                    field,
                    every!(IdentifierError { Empty, TooLong, Control('\u{7}'), NotAllowed('\u{E000}') }),
                )
            });
        let unknown_insurer = every!(UnknownInsurer { Code, Number });
        let letter_key = every!(LetterKeyError {
            Length,
            NotAllowed,
            Missing
        });
        let kana = every!(KanaError {
            Empty, NoKana, TooLong, Kanji('健'), Latin('T'), Unconverted('k'), Digit('1'),
            OldKana('𛀁'), Iteration('ゝ'), Symbol('!'),
        });
        let mut user_id = every!(UserIdError { Empty, TooLong, NotAllowed('。') });
        user_id.extend([' ', '\u{7}'].map(UserIdError::NotAllowed));
        let password = every!(PasswordError {
            Empty,
            FullWidth,
            NotAllowed,
            TooShort,
            TooLong,
            NoLetter,
            NoDigit,
            NoSymbol,
            Common,
            ContainsUserId,
            ContainsNumber,
            ContainsBirthDate,
            ContainsServiceName,
        });
        let impossible = every!(ImpossiblePassword {
            Empty,
            FullWidth,
            NotAllowed,
            TooShort,
            TooLong,
            NoLetter,
            NoDigit,
            NoSymbol,
        });
        let code = every!(CodeError {
            Empty,
            NotSixDigits,
            NotEightDigits,
            NotDigits
        });
        everywhere
            .chain(identifier)
            .chain(given("insurerCode", unknown_insurer))
            .chain(given("letterKey", letter_key))
            .chain(given("birthDate", birth_dates()))
            .chain(given("nameKana", kana))
            .chain(given("userId", user_id))
            .chain(given("password", password))
            .chain(given("currentPassword", impossible))
            .chain(addresses())
            .chain(given("code", code))
            .chain(given("version", vec![TermsVersionError]))
            .collect()
    }

    #[test]
    fn every_reason_has_words_in_both_languages() {
        for (field, reason) in every_reason() {
            assert_japanese(&of(field, &*reason, Language::Japanese));
            assert_english(&of(field, &*reason, Language::English));
        }
    }

    #[test]
    fn a_kanji_is_named_with_what_to_type_instead() {
        let kanji = KanaError::Kanji('健');
        assert_eq!(
            of("nameKana", &kanji, Language::Japanese),
            "「健」は漢字です。氏名(カナ)は、ひらがなまたはカタカナで入力してください。長音は「ー」で入力してください。"
        );
        assert_eq!(
            of("nameKana", &kanji, Language::English),
            "“健” is a kanji. Please use hiragana or katakana for your name in kana, with “ー” for a long \
             vowel."
        );
    }

    #[test]
    fn a_field_goes_by_the_name_on_the_page_and_on_paper() {
        for (field, japanese, english) in [
            (
                "insurerCode",
                "保険者指定コード",
                "your insurer code (保険者指定コード)",
            ),
            ("symbol", "記号", "your symbol (記号)"),
            ("number", "番号", "your number (番号)"),
            ("birthDate", "生年月日", "your date of birth"),
            ("nameKana", "氏名(カナ)", "your name in kana"),
            ("userId", "ユーザーID", "your user ID"),
            ("password", "パスワード", "your password"),
            ("email", "メールアドレス", "your email address"),
            ("code", "認証番号", "your verification code"),
        ] {
            assert_eq!(
                of(field, &Refused::Missing, Language::Japanese),
                format!("{japanese}を入力してください。")
            );
            assert_eq!(
                of(field, &Refused::Missing, Language::English),
                format!("Please enter {english}.")
            );
        }
    }
}
