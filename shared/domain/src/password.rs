//! Passwords: what a new one must be (manual, step 3), and what was given at a login. How one is
//! kept is in `hash`; which ones are known is in `common`.
//!
//! The manual's composition rule is the owner's decision, against OWASP ASVS 5.0, 6.2.5 and 6.2.9.
//! What ASVS asks beyond it is here too: common passwords (6.2.4) and those made of what an
//! attacker knows about the member (6.2.11) are refused, and a refusal says why.

mod common;
mod hash;

pub use common::KnownPasswords;
pub use hash::{ARGON2, Argon2Cost, HashError, HashMemory, PasswordHash, Verdict, hash, rehash};

use crate::{BirthDate, InsurerCode, Number, UserId};

/// What an attacker who targets this member would try first; as much of it as is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct PasswordContext<'a> {
    /// The user ID that the password is for.
    pub user_id: Option<&'a UserId>,
    /// 番号 of the member.
    pub number: Option<&'a Number>,
    /// The member's birth date.
    pub birth_date: Option<&'a BirthDate>,
    /// The member's insurer, whose code counts like the name of the service.
    pub insurer: Option<&'a InsurerCode>,
}

/// A password that the member may use from now on. Kept exactly as typed: never truncated,
/// never changed.
#[derive(Clone)]
pub struct NewPassword(String);

opaque_debug!(NewPassword, PasswordAttempt);

/// The name of the service, in no password.
const SERVICE: &str = "ibss";
/// Shorter user IDs and insurer codes are not looked for: they stand in too many good passwords
/// by chance.
const SHORTEST_NAME: usize = 3;
/// Shorter numbers are not looked for, for the same reason.
const SHORTEST_NUMBER: usize = 4;

impl NewPassword {
    /// The fewest characters (manual, step 3: 8桁以上; OWASP ASVS 5.0, 6.2.1).
    pub const SHORTEST: usize = 8;
    /// The most characters (manual, step 3: 20桁以内).
    pub const LONGEST: usize = 20;

    /// Reads a new password: 8–20 printable ASCII characters without the space, at least one
    /// letter, one digit and one symbol, no case asked for, not common, and with nothing of
    /// `context` in it.
    ///
    /// Full-width characters are refused, not narrowed: what a member does not see is not what
    /// they would type on another keyboard.
    ///
    /// # Errors
    /// The first [`PasswordError`] in the order of its variants.
    pub fn parse(text: &str, context: &PasswordContext<'_>) -> Result<Self, PasswordError> {
        could_be(text)?;
        if common::contains(&text.to_ascii_lowercase()) {
            return Err(PasswordError::Common);
        }
        let password = Self(text.to_owned());
        password.refuse_containing(context)?;
        Ok(password)
    }

    /// Refuses a password that has something of `context` in it, for when more of it becomes known
    /// after the password was read.
    ///
    /// Case does not count, and symbols do not either: `1985-01-02` contains 1985年1月2日, and
    /// `Taro_Yamada` is found in `taroyamada1!`. User IDs and insurer codes of fewer than 3
    /// characters and numbers of fewer than 4 are not looked for. The name of the service is looked
    /// for whatever the context.
    ///
    /// # Errors
    /// `ContainsUserId`, `ContainsNumber`, `ContainsBirthDate` or `ContainsServiceName`.
    pub fn refuse_containing(&self, context: &PasswordContext<'_>) -> Result<(), PasswordError> {
        let lower = self.0.to_ascii_lowercase();
        let bare = without_symbols(&lower);
        let contains = |word: &str, shortest: usize| {
            let bare_word = without_symbols(word);
            (word.chars().count() >= shortest && lower.contains(word))
                || (bare_word.len() >= shortest && bare.contains(&bare_word))
        };
        if context
            .user_id
            .is_some_and(|id| contains(id.folded(), SHORTEST_NAME))
        {
            return Err(PasswordError::ContainsUserId);
        }
        if context
            .number
            .is_some_and(|number| contains(number.folded(), SHORTEST_NUMBER))
        {
            return Err(PasswordError::ContainsNumber);
        }
        if context
            .birth_date
            .is_some_and(|born| born.written_forms().iter().any(|form| bare.contains(form)))
        {
            return Err(PasswordError::ContainsBirthDate);
        }
        if contains(SERVICE, SHORTEST_NAME)
            || context
                .insurer
                .is_some_and(|insurer| contains(insurer.folded(), SHORTEST_NAME))
        {
            return Err(PasswordError::ContainsServiceName);
        }
        Ok(())
    }

    /// The bytes to be hashed.
    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Why a password is refused. In the order in which a member best hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// A full-width or Japanese character: the input method is still on.
    #[error("the password has a full-width character")]
    FullWidth,
    /// A space, a control character, or something else that is not printable ASCII.
    #[error("the password has a character that is not printable ASCII")]
    NotAllowed,
    /// Fewer than [`NewPassword::SHORTEST`] characters.
    #[error("the password has fewer than 8 characters")]
    TooShort,
    /// More than [`NewPassword::LONGEST`] characters.
    #[error("the password has more than 20 characters")]
    TooLong,
    /// No letter.
    #[error("the password has no letter")]
    NoLetter,
    /// No digit.
    #[error("the password has no digit")]
    NoDigit,
    /// No symbol.
    #[error("the password has no symbol")]
    NoSymbol,
    /// One of those that are tried first, or that was leaked (OWASP ASVS 5.0, 6.2.4 and 6.2.12).
    #[error("the password is a known one")]
    Common,
    /// The user ID is in it (OWASP ASVS 5.0, 6.2.11).
    #[error("the password contains the user ID")]
    ContainsUserId,
    /// 番号 is in it.
    #[error("the password contains the member's number")]
    ContainsNumber,
    /// The birth date is in it.
    #[error("the password contains the birth date")]
    ContainsBirthDate,
    /// The name of the service or the code of the insurer is in it.
    #[error("the password contains the name of the service or the insurer")]
    ContainsServiceName,
}

impl PasswordError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::FullWidth => "full_width",
            Self::NotAllowed => "not_allowed",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::NoLetter => "no_letter",
            Self::NoDigit => "no_digit",
            Self::NoSymbol => "no_symbol",
            Self::Common => "common",
            Self::ContainsUserId => "contains_user_id",
            Self::ContainsNumber => "contains_number",
            Self::ContainsBirthDate => "contains_birth_date",
            Self::ContainsServiceName => "contains_service_name",
        }
    }
}

/// What was given as the password of an account: anything that one can have, compared as it is.
#[derive(Clone)]
pub struct PasswordAttempt(String);

impl PasswordAttempt {
    /// Takes what was typed. What no account can have as its password is no guess: who types it is told why,
    /// and nothing is charged. The rules that may grow, such as the set of known passwords, do not count:
    /// an account may be older than they are.
    ///
    /// # Errors
    /// The first [`ImpossiblePassword`] in the order of its variants.
    pub fn parse(text: &str) -> Result<Self, ImpossiblePassword> {
        could_be(text)?;
        Ok(Self(text.to_owned()))
    }

    /// Whether this is what is to be the new password.
    #[must_use]
    pub fn is(&self, password: &NewPassword) -> bool {
        self.0 == password.0
    }

    /// The bytes to be hashed.
    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Why a text is the password of no account. A member who chooses a password reads the same as [`PasswordError`]: it is
/// another matter what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no account has such a password: {}", PasswordError::from(*self))]
pub enum ImpossiblePassword {
    /// [`PasswordError::Empty`].
    Empty,
    /// [`PasswordError::FullWidth`].
    FullWidth,
    /// [`PasswordError::NotAllowed`].
    NotAllowed,
    /// [`PasswordError::TooShort`].
    TooShort,
    /// [`PasswordError::TooLong`].
    TooLong,
    /// [`PasswordError::NoLetter`].
    NoLetter,
    /// [`PasswordError::NoDigit`].
    NoDigit,
    /// [`PasswordError::NoSymbol`].
    NoSymbol,
}

impl ImpossiblePassword {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        PasswordError::from(*self).code()
    }
}

impl From<ImpossiblePassword> for PasswordError {
    fn from(impossible: ImpossiblePassword) -> Self {
        match impossible {
            ImpossiblePassword::Empty => Self::Empty,
            ImpossiblePassword::FullWidth => Self::FullWidth,
            ImpossiblePassword::NotAllowed => Self::NotAllowed,
            ImpossiblePassword::TooShort => Self::TooShort,
            ImpossiblePassword::TooLong => Self::TooLong,
            ImpossiblePassword::NoLetter => Self::NoLetter,
            ImpossiblePassword::NoDigit => Self::NoDigit,
            ImpossiblePassword::NoSymbol => Self::NoSymbol,
        }
    }
}

/// Whether a text has the form that every password has, by the rules that never change (manual, step 3).
fn could_be(text: &str) -> Result<(), ImpossiblePassword> {
    if text.is_empty() {
        return Err(ImpossiblePassword::Empty);
    }
    // Far too long is said before every character is looked at.
    if text.chars().nth(1024).is_some() {
        return Err(ImpossiblePassword::TooLong);
    }
    if text.chars().any(is_wide) {
        return Err(ImpossiblePassword::FullWidth);
    }
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(ImpossiblePassword::NotAllowed);
    }
    match text.len() {
        ..NewPassword::SHORTEST => return Err(ImpossiblePassword::TooShort),
        NewPassword::SHORTEST..=NewPassword::LONGEST => {}
        _ => return Err(ImpossiblePassword::TooLong),
    }
    let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
    if !has(u8::is_ascii_alphabetic) {
        return Err(ImpossiblePassword::NoLetter);
    }
    if !has(u8::is_ascii_digit) {
        return Err(ImpossiblePassword::NoDigit);
    }
    if !has(u8::is_ascii_punctuation) {
        return Err(ImpossiblePassword::NoSymbol);
    }
    Ok(())
}

/// What an input method makes when it is on: the full-width forms, kana, kanji, their punctuation.
fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF01}'..='\u{FFEF}'
        | '\u{20000}'..='\u{3FFFD}')
}

/// Only letters and digits.
fn without_symbols(lower: &str) -> String {
    lower.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::{NewPassword, PasswordContext, PasswordError};
    use crate::{BirthDate, InsurerCode, Number, UserId};

    fn read(text: &str) -> Result<(), PasswordError> {
        NewPassword::parse(text, &PasswordContext::default()).map(|_| ())
    }

    #[test]
    fn eight_to_twenty_characters() {
        assert_eq!(read(""), Err(PasswordError::Empty));
        assert_eq!(read("kz7-mvq"), Err(PasswordError::TooShort));
        assert_eq!(read("kz7-mvqw"), Ok(()));
        assert_eq!(read("kz7-mvqwkz7-mvqwkz7-"), Ok(()));
        assert_eq!(read("kz7-mvqwkz7-mvqwkz7-m"), Err(PasswordError::TooLong));
        assert_eq!(read(&"a".repeat(100_000)), Err(PasswordError::TooLong));
        assert_eq!(read(&"あ".repeat(100_000)), Err(PasswordError::TooLong));
    }

    #[test]
    fn a_letter_a_digit_and_a_symbol_whatever_the_case() {
        assert_eq!(read("4711-0815"), Err(PasswordError::NoLetter));
        assert_eq!(read("kzmv-wqxb"), Err(PasswordError::NoDigit));
        assert_eq!(read("kzmv4711"), Err(PasswordError::NoSymbol));
        assert_eq!(read("kzmv-4711"), Ok(()));
        assert_eq!(read("KZMV-4711"), Ok(()));
    }

    #[test]
    fn every_printable_symbol_is_a_symbol() {
        for symbol in ('!'..='~').filter(char::is_ascii_punctuation) {
            assert_eq!(read(&format!("kzmv4711{symbol}")), Ok(()), "{symbol}");
        }
    }

    #[test]
    fn only_printable_ascii() {
        for text in [
            "kzmv 4711-",
            "kzmv-4711\n",
            "kzmv-4711\0",
            "kzmv-4711é",
            "kzmv-4711\u{7F}",
            "kzmv-4711😀",
            " kzmv-4711",
        ] {
            assert_eq!(read(text), Err(PasswordError::NotAllowed), "{text:?}");
        }
    }

    #[test]
    fn an_input_method_that_is_on_is_named() {
        for text in [
            "ｋzmv-4711",
            "kzmv－4711",
            "kzmv-４711",
            "かzmv-4711",
            "kzmv　4711",
            "ｶzmv-4711",
            "健zmv-4711",
            "kzmvー4711",
        ] {
            assert_eq!(read(text), Err(PasswordError::FullWidth), "{text}");
        }
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for text in [
            "P@ssw0rd",
            "p@SSW0RD",
            "Passw0rd!",
            "Qwerty@123",
            "1qaz@WSX",
            "!QAZ2wsx",
            "Abcd@1234",
            "Pa$$w0rd1",
            "Admin@123",
            "Sakura123!",
            // As others have published them, after a leak.
            "Buster123!",
            "QWASZX--09",
        ] {
            assert_eq!(read(text), Err(PasswordError::Common), "{text}");
        }
    }

    #[test]
    fn what_an_attacker_knows_about_the_member_is_refused() {
        let user_id = UserId::parse("Taro_Kenpo").unwrap();
        let number = Number::parse("JVC-0211").unwrap();
        let born = BirthDate::from_date(date!(1985 - 01 - 02)).unwrap();
        let insurer = InsurerCode::parse("jkc").unwrap();
        let context = PasswordContext {
            user_id: Some(&user_id),
            number: Some(&number),
            birth_date: Some(&born),
            insurer: Some(&insurer),
        };
        let refused = |text: &str| NewPassword::parse(text, &context).map(|_| ()).err();
        assert_eq!(refused("taro_KENPO1"), Some(PasswordError::ContainsUserId));
        assert_eq!(refused("xTaroKenpo-1"), Some(PasswordError::ContainsUserId));
        assert_eq!(refused("jvc0211-x"), Some(PasswordError::ContainsNumber));
        assert_eq!(refused("x-JVC-0211"), Some(PasswordError::ContainsNumber));
        for text in [
            "kz-19850102",
            "1985-01-02k",
            "kz!850102",
            "S60.1.2-x",
            "S60/01/02k",
            "k-1985/1/2",
            "k-60.01.02",
        ] {
            assert_eq!(
                refused(text),
                Some(PasswordError::ContainsBirthDate),
                "{text}"
            );
        }
        assert_eq!(
            refused("my-ibss-4711"),
            Some(PasswordError::ContainsServiceName)
        );
        assert_eq!(
            refused("my-JKC-4711"),
            Some(PasswordError::ContainsServiceName)
        );
        assert_eq!(refused("kzmv-4711"), None);
    }

    #[test]
    fn very_short_words_of_the_context_do_not_forbid_everything() {
        let user_id = UserId::parse("k-").unwrap();
        let number = Number::parse("471").unwrap();
        let insurer = InsurerCode::parse("zm").unwrap();
        let symbols = UserId::parse("@-_").unwrap();
        for user_id in [&user_id, &symbols] {
            let context = PasswordContext {
                user_id: Some(user_id),
                number: Some(&number),
                insurer: Some(&insurer),
                birth_date: None,
            };
            assert!(NewPassword::parse("kzmv-4711", &context).is_ok());
        }
    }

    #[test]
    fn the_context_can_be_told_later() {
        let password = NewPassword::parse("jvc0211-x", &PasswordContext::default()).unwrap();
        let number = Number::parse("jvc0211").unwrap();
        let context = PasswordContext {
            number: Some(&number),
            ..PasswordContext::default()
        };
        assert_eq!(
            password.refuse_containing(&context),
            Err(PasswordError::ContainsNumber)
        );
        assert_eq!(
            password.refuse_containing(&PasswordContext::default()),
            Ok(())
        );
    }

    #[test]
    fn a_password_does_not_print() {
        let password = NewPassword::parse("kzmv-4711", &PasswordContext::default()).unwrap();
        assert_eq!(format!("{password:?}"), "NewPassword(..)");
    }
}
