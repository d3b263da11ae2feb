//! What a member typed wrong, in plain English for who reads little Japanese. What the letter and the
//! insurance papers call a thing stands beside its English name.

use domain::{
    BOUNCE_PAUSE, BirthDateError, CodeError, EmailError, IdentifierError, ImpossiblePassword,
    KanaError, LetterKey, LetterKeyError, PasswordError, TermsVersionError, Undeliverable,
    UnknownInsurer, UserIdError,
};

use super::Refused;

/// What the English page calls a field of the API, as it stands within a sentence.
pub(super) fn label(field: &str) -> &'static str {
    match field {
        "insurerCode" => "your insurer code (保険者指定コード)",
        "symbol" => "your symbol (記号)",
        "number" => "your number (番号)",
        "birthDate" => "your date of birth",
        "nameKana" => "your name in kana",
        "letterKey" => "your letter key (確認キー)",
        "userId" => "your user ID",
        "currentPassword" => "your current password",
        "password" => "your password",
        "email" => "your email address",
        "code" => "your verification code",
        "session" => "a device",
        "version" => "the version of the terms of use",
        _ => "this item",
    }
}

fn enter(label: &str) -> String {
    format!("Please enter {label}.")
}

fn too_long(label: &str, most: u32) -> String {
    format!("Please use no more than {most} characters for {label}.")
}

fn unusable_character(label: &str) -> String {
    format!("There is a character in {label} that cannot be used. Please enter it again.")
}

pub(super) fn refused(reason: Refused, label: &str) -> String {
    match reason {
        Refused::Missing => enter(label),
        Refused::NotText => format!("Please enter {label} as text."),
        Refused::Unknown => "This item is not accepted.".to_owned(),
    }
}

pub(super) fn unknown_insurer(reason: UnknownInsurer, label: &str) -> String {
    match reason {
        UnknownInsurer::Code => {
            format!(
                "No insurer was found by this code. Please enter {label} as it is on your letter."
            )
        }
        UnknownInsurer::Number => format!(
            "This is the 8-digit insurer number (保険者番号). Please enter {label}, which is on your letter."
        ),
    }
}

pub(super) fn letter_key(reason: LetterKeyError, label: &str) -> String {
    match reason {
        LetterKeyError::Length => format!(
            "Please check {label} again: as printed on your letter, it has {} characters.",
            LetterKey::LENGTH
        ),
        LetterKeyError::NotAllowed => format!(
            "Please check {label} again: as printed on your letter, it has letters and digits only."
        ),
        LetterKeyError::Missing => format!(
            "Please enter {label}, the {} letters and digits printed on your letter. If you cannot find \
             the letter, please ask the contact desk.",
            LetterKey::LENGTH
        ),
    }
}

pub(super) fn kana(reason: KanaError, label: &str) -> String {
    let in_kana = format!("Please use hiragana or katakana for {label}");
    match reason {
        KanaError::Empty => enter(label),
        KanaError::NoKana => format!("{in_kana}."),
        KanaError::TooLong => too_long(label, 200),
        KanaError::Kanji(found) => {
            format!("“{found}” is a kanji. {in_kana}, with “ー” for a long vowel.")
        }
        KanaError::Latin(found) => {
            format!("“{found}” is a letter of the Latin alphabet. {in_kana}.")
        }
        KanaError::Unconverted(found) => {
            format!(
                "“{found}” has not been converted to kana. Please use hiragana or katakana for all of {label}."
            )
        }
        KanaError::Digit(found) => format!("“{found}” is a digit. {in_kana}."),
        KanaError::OldKana(found) => {
            format!(
                "“{found}” cannot be used. Please use the hiragana or katakana of today for {label}."
            )
        }
        KanaError::Iteration(found) => format!(
            "There is nothing before “{found}” that it could repeat. {in_kana}, without repetition marks."
        ),
        KanaError::Symbol(found) => format!("“{found}” cannot be used. {in_kana}."),
    }
}

pub(super) fn identifier(reason: IdentifierError, label: &str) -> String {
    match reason {
        IdentifierError::Empty => enter(label),
        IdentifierError::TooLong => too_long(label, 64),
        IdentifierError::Control(_) => unusable_character(label),
        IdentifierError::NotAllowed(found) => {
            format!("“{found}” cannot be used. Please enter {label} as in your papers.")
        }
    }
}

pub(super) fn birth_date(reason: BirthDateError, label: &str) -> String {
    match reason {
        BirthDateError::Empty => enter(label),
        BirthDateError::NotADate => format!(
            "We could not read {label}. Please enter it like “1980-01-01”, “1980/1/1” or “19800101”."
        ),
        BirthDateError::TwoDigitYear(may_be) => {
            let years: Vec<String> = may_be
                .years()
                .iter()
                .map(|year| format!("“{year}”"))
                .collect();
            let question = if years.is_empty() {
                String::new()
            } else {
                format!("Is it {}? ", years.join(" or "))
            };
            format!(
                "{question}Please enter the year of {label} with 4 digits (for example 1980), or with its \
                 Japanese era (for example “昭和55年”)."
            )
        }
        BirthDateError::NoSuchDay => format!(
            "There is no such day. Please check the year, the month and the day of {label}."
        ),
        BirthDateError::Future => format!(
            "This day is in the future. Please check the year, the month and the day of {label}."
        ),
        BirthDateError::TooOld => format!(
            "Please check the year of {label}. Days before the year 1900 cannot be entered."
        ),
        BirthDateError::Incomplete => {
            format!("Please enter the year, the month and the day of {label}.")
        }
    }
}

pub(super) fn user_id(reason: UserIdError, label: &str) -> String {
    match reason {
        UserIdError::Empty => enter(label),
        UserIdError::TooLong => too_long(label, 64),
        UserIdError::NotAllowed(found) if found.is_control() => unusable_character(label),
        UserIdError::NotAllowed(' ') => format!("Please enter {label} without spaces."),
        UserIdError::NotAllowed(found) => format!(
            "“{found}” cannot be used. Please enter {label} in half-width letters, digits and symbols \
             (@ - _ , +)."
        ),
    }
}

pub(super) fn password(reason: PasswordError, label: &str) -> String {
    let without =
        |what: &str| format!("Please choose another one: {label} must not contain {what}.");
    match reason {
        PasswordError::Empty => enter(label),
        PasswordError::TooShort => {
            format!("Please make {label} longer. It must have 8 to 20 characters.")
        }
        PasswordError::TooLong => {
            format!("Please make {label} shorter. It must have 8 to 20 characters.")
        }
        PasswordError::FullWidth => format!(
            "There are full-width characters in {label}. Please enter it in half-width characters."
        ),
        PasswordError::NotAllowed => format!(
            "There is a character in {label} that cannot be used. Please use only half-width letters, \
             digits and symbols, and no spaces."
        ),
        PasswordError::NoLetter => {
            format!("Please put at least 1 letter of the Latin alphabet into {label}.")
        }
        PasswordError::NoDigit => format!("Please put at least 1 digit into {label}."),
        PasswordError::NoSymbol => {
            format!("Please put at least 1 symbol into {label} (for example ! # % - _ @).")
        }
        PasswordError::Common => format!(
            "Please choose another one: what you entered for {label} is widely used, or was leaked somewhere before, so it \
             is easy to guess. Some words that do not belong together, with a digit and a symbol, make a good one."
        ),
        PasswordError::ContainsUserId => without("your user ID"),
        PasswordError::ContainsNumber => without("your number (番号)"),
        PasswordError::ContainsBirthDate => without("your date of birth"),
        PasswordError::ContainsServiceName => {
            without("the name of this service or your insurer code (保険者指定コード)")
        }
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
            "Please check what you entered for {label}. Every password here has 8 to 20 characters, with at least \
             1 letter, 1 digit and 1 symbol."
        ),
    }
}

pub(super) fn email(reason: EmailError, label: &str) -> String {
    match reason {
        EmailError::Empty => enter(label),
        EmailError::TooLong => {
            format!("What you entered for {label} is too long. Please check it.")
        }
        EmailError::NoAt => format!("There is no “@” in {label}. Please check it."),
        EmailError::SeveralAddresses => {
            format!("Please enter only 1 address for {label}.")
        }
        EmailError::CommaForDot => {
            format!("There is a comma “,” in {label}. Please put a full stop “.” in its place.")
        }
        EmailError::LineBreak => format!(
            "There is a line break or the like in {label}, which cannot be used. Please enter it again."
        ),
        EmailError::CarrierForm => format!(
            "Email cannot be delivered to an address with two “.” in a row or a “.” right before the “@”. \
             Please enter another one for {label}."
        ),
        EmailError::LocalPart => format!(
            "There is a character before the “@” in {label} that cannot be used. Please check it."
        ),
        EmailError::Domain => {
            format!("The part after the “@” in {label} is not correct. Please check it.")
        }
    }
}

pub(super) fn perhaps_mistyped(meant: &str, label: &str) -> String {
    format!(
        "Did you mean “{meant}”? If {label} is right as you entered it, please go on once more."
    )
}

pub(super) fn undeliverable(reason: Undeliverable, label: &str) -> String {
    match reason {
        Undeliverable::ForNow => format!(
            "An email that we sent to {label} came back. If there is a mistake in it, please correct it. If \
             not, change your settings so that our email reaches you, and try again after about {} minutes.",
            BOUNCE_PAUSE.as_secs() / 60
        ),
        Undeliverable::Suppressed => format!(
            "Email cannot be sent to {label} for now. Please enter another one, or contact us."
        ),
        Undeliverable::UntilLifted => format!(
            "Email cannot be delivered to {label}. Please enter another one, or contact us."
        ),
    }
}

pub(super) fn code(reason: CodeError, label: &str) -> String {
    match reason {
        CodeError::Empty => enter(label),
        CodeError::NotSixDigits => format!("Please enter {label}: the 6 digits from the email."),
        CodeError::NotEightDigits => format!("Please enter {label}: the 8 digits from the email."),
        CodeError::NotDigits => format!("Please enter {label} in digits."),
    }
}

pub(super) fn terms_version(_: TermsVersionError, _label: &str) -> String {
    "This is not a version of the terms of use. Please reload the page and try again.".to_owned()
}
