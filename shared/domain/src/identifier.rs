//! What is printed on the insurance card: the insurer's code (保険者指定コード), 記号 and 番号, and the
//! key of a member that they make together. How an identifier is shown is the roster's business;
//! here is only how it compares.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use crate::{
    Subject,
    characters::{is_blank, is_middle_dot, is_stroke},
};

/// What leading zeros of an all-digit identifier mean. A property of the insurer: members leave
/// them out, so they are dropped, unless the insurer's roster would collide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeadingZeros {
    /// 00123 and 123 are the same.
    #[default]
    Dropped,
    /// 00123 and 123 are two numbers.
    Kept,
}

/// Why a text is no identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Nothing was typed, or nothing but what does not count.
    #[error("the identifier is empty")]
    Empty,
    /// More than 64 code points, typed or folded.
    #[error("the identifier has more than 64 code points")]
    TooLong,
    /// A control character.
    #[error("the identifier has a control character")]
    Control(char),
    /// A character without a meaning that all share: private use (外字), U+FFFD, noncharacters.
    #[error("the identifier has a character that is not allowed")]
    NotAllowed(char),
}

impl IdentifierError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Control(_) => "control",
            Self::NotAllowed(_) => "not_allowed",
        }
    }

    /// The character that was refused, as it was typed.
    #[must_use]
    pub fn character(&self) -> Option<char> {
        match self {
            Self::Control(c) | Self::NotAllowed(c) => Some(*c),
            Self::Empty | Self::TooLong => None,
        }
    }
}

/// The most code points of an identifier, typed or folded.
const LONGEST: usize = 64;

macro_rules! of_card {
    ($type:ident) => {
        impl $type {
            /// Reads the identifier as a member types it or as a roster has it: NFKC, lower case,
            /// without white space, hyphens of any kind and middle dots; leading zeros kept.
            ///
            /// # Errors
            /// [`IdentifierError`] says what is wrong.
            pub fn parse(text: &str) -> Result<Self, IdentifierError> {
                fold(text).map(Self)
            }
        }
    };
}

macro_rules! identifier {
    ($(#[$doc:meta])+ $type:ident) => {
        $(#[$doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        opaque_debug!($type);

        impl $type {
            /// The identifier as it compares where leading zeros count. Reading it again gives
            /// the same identifier.
            #[must_use]
            pub fn folded(&self) -> &str {
                &self.0
            }
        }
    };
}

identifier! {
    /// The code that the insurer's letter tells its members (保険者指定コード, `jkc`). It is chosen by
    /// the operators, so its zeros always count.
    InsurerCode
}

identifier! {
    /// 記号 of the insurance card: digits, letters or kanji (`01`, `公立東京`). Some insurers have none.
    Symbol
}

identifier! {
    /// 番号 of the insurance card: digits, sometimes letters (`00123`, `jvc0211`).
    Number
}

of_card!(Symbol);
of_card!(Number);

impl InsurerCode {
    /// Reads the code as the other identifiers are read, and without what members copy along with it:
    /// the brackets and the full stop of 「jkc」。
    ///
    /// # Errors
    /// [`IdentifierError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let folded = fold(text)?;
        match folded.trim_matches(|c: char| !c.is_alphanumeric()) {
            "" => Err(IdentifierError::Empty),
            code => Ok(Self(code.to_owned())),
        }
    }

    /// What to tell about this code when no insurer has it.
    #[must_use]
    pub fn unknown(&self) -> UnknownInsurer {
        let is_number = self.0.len() == INSURER_NUMBER_DIGITS
            && self.0.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            UnknownInsurer::Number
        } else {
            UnknownInsurer::Code
        }
    }
}

/// How many digits the number of a health-insurance society has (保険者番号).
const INSURER_NUMBER_DIGITS: usize = 8;

/// Why no insurer is found by a code. The codes are public, so this may be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownInsurer {
    /// No insurer has this code.
    #[error("no insurer has this code")]
    Code,
    /// It is no code but an insurer's number (保険者番号), which insurance papers have beside 記号 and 番号.
    #[error("this is an insurer's number in the place of its code")]
    Number,
}

impl UnknownInsurer {
    /// Stable name of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Code => "unknown_insurer",
            Self::Number => "insurer_number",
        }
    }
}

impl Symbol {
    /// The 記号 as it compares under the insurer's rule for leading zeros.
    #[must_use]
    pub fn canonical(&self, zeros: LeadingZeros) -> Cow<'_, str> {
        Cow::Borrowed(canonical(&self.0, zeros))
    }
}

impl Number {
    /// The 番号 as it compares under the insurer's rule for leading zeros.
    #[must_use]
    pub fn canonical(&self, zeros: LeadingZeros) -> Cow<'_, str> {
        Cow::Borrowed(canonical(&self.0, zeros))
    }
}

/// Which member: an insurer, the 記号 where there is one, the 番号. Only the insured person may
/// register, so no branch number is part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberKey {
    /// 保険者指定コード.
    pub insurer: InsurerCode,
    /// 記号; absent at insurers that have none.
    pub symbol: Option<Symbol>,
    /// 番号.
    pub number: Number,
}

impl InsurerCode {
    /// What log lines and the audit trail call the insurer: no member and no account has this name.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::of(&format!("insurer#{}", self.folded()))
    }
}

impl MemberKey {
    /// The member's id under the insurer's rule for leading zeros.
    #[must_use]
    pub fn id(&self, zeros: LeadingZeros) -> MemberId {
        let symbol = self
            .symbol
            .as_ref()
            .map_or("", |symbol| canonical(&symbol.0, zeros));
        let number = canonical(&self.number.0, zeros);
        let mut id = String::with_capacity(self.insurer.0.len() + symbol.len() + number.len() + 2);
        escape_onto(&mut id, &self.insurer.0);
        id.push('#');
        escape_onto(&mut id, symbol);
        id.push('#');
        escape_onto(&mut id, number);
        MemberId(id)
    }

    /// The ids under which the member may be found while the insurer's rule is not known yet, so
    /// that one round of reads fetches both the rule and the member: with zeros dropped first,
    /// then with zeros kept if that is another. One or two.
    #[must_use]
    pub fn candidate_ids(&self) -> Vec<MemberId> {
        let dropped = self.id(LeadingZeros::Dropped);
        let kept = self.id(LeadingZeros::Kept);
        if dropped == kept {
            vec![dropped]
        } else {
            vec![dropped, kept]
        }
    }
}

/// A member's key in one text: `insurer#symbol#number`, folded, with `%` and `#` written `%25` and
/// `%23`, so that two members never share one. The symbol is empty where the insurer has none
/// (`demo##100001`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(String);

opaque_debug!(MemberId);

impl MemberId {
    /// The id as the database has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An id that the database gave back. It is taken as it is: what stands there came from
    /// [`MemberKey::id`].
    #[must_use]
    pub fn from_stored(id: String) -> Self {
        Self(id)
    }

    /// What the ids of all members of an insurer begin with, and no others.
    #[must_use]
    pub fn prefix_of(insurer: &InsurerCode) -> String {
        let mut prefix = String::with_capacity(insurer.0.len() + 1);
        escape_onto(&mut prefix, &insurer.0);
        prefix.push('#');
        prefix
    }

    /// What log lines and the audit trail call the member.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::of(&self.0)
    }
}

fn escape_onto(id: &mut String, part: &str) {
    for c in part.chars() {
        match c {
            '%' => id.push_str("%25"),
            '#' => id.push_str("%23"),
            c => id.push(c),
        }
    }
}

/// Without leading zeros if all are digits and the rule says so; of zeros alone one stays.
fn canonical(folded: &str, zeros: LeadingZeros) -> &str {
    match zeros {
        LeadingZeros::Kept => folded,
        LeadingZeros::Dropped if !folded.bytes().all(|b| b.is_ascii_digit()) => folded,
        LeadingZeros::Dropped => match folded.trim_start_matches('0') {
            "" => folded.get(..1).unwrap_or(folded),
            significant => significant,
        },
    }
}

fn fold(text: &str) -> Result<String, IdentifierError> {
    if text.chars().nth(LONGEST).is_some() {
        return Err(IdentifierError::TooLong);
    }
    if let Some(refused) = text.chars().find_map(refusal) {
        return Err(refused);
    }
    let folded = if text.is_ascii() {
        text.chars()
            .filter(counts)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    } else {
        fold_unicode(text)
    };
    if folded.is_empty() {
        return Err(IdentifierError::Empty);
    }
    // ㍿ becomes four: what was folded must itself be an identifier that can be read again.
    if folded.chars().nth(LONGEST).is_some() {
        return Err(IdentifierError::TooLong);
    }
    Ok(folded)
}

/// Normalises until nothing changes any more. Once is enough for what people type; but leaving a
/// character out can bring two together that normalisation then joins (か, a space, ゛), and a
/// second reading of a stored identifier must not change it.
fn fold_unicode(text: &str) -> String {
    let mut folded = fold_once(text);
    // Two rounds settle everything known; the bound is there so that no input can spin.
    for _ in 0..8 {
        let again = fold_once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

fn fold_once(text: &str) -> String {
    // Each character's own lower case: the language's rule for a word's last sigma would make
    // the answer depend on what stands beside it.
    let lower: String = text
        .chars()
        .filter(counts)
        .nfkc()
        .flat_map(char::to_lowercase)
        .collect();
    lower.chars().filter(counts).nfkc().collect()
}

/// Whether a character counts when identifiers are compared.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that filter asks for"
)]
fn counts(c: &char) -> bool {
    !is_blank(*c) && !is_stroke(*c) && !is_middle_dot(*c)
}

fn refusal(c: char) -> Option<IdentifierError> {
    match c {
        // A tab or a line end comes with a cell pasted from a spreadsheet: white space.
        c if c.is_control() && !c.is_whitespace() => Some(IdentifierError::Control(c)),
        '\u{FFFD}' | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}' => {
            Some(IdentifierError::NotAllowed(c))
        }
        '\u{FDD0}'..='\u{FDEF}' => Some(IdentifierError::NotAllowed(c)),
        // The last two code points of every plane.
        c if u32::from(c) & 0xFFFE == 0xFFFE => Some(IdentifierError::NotAllowed(c)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        IdentifierError, InsurerCode, LeadingZeros, MemberId, MemberKey, Number, Symbol,
        UnknownInsurer,
    };

    fn key(insurer: &str, symbol: &str, number: &str) -> MemberKey {
        MemberKey {
            insurer: InsurerCode::parse(insurer).unwrap(),
            symbol: Symbol::parse(symbol).ok(),
            number: Number::parse(number).unwrap(),
        }
    }

    #[test]
    fn width_case_blanks_hyphens_and_dots_do_not_count() {
        for text in [
            "jvc0211",
            "JVC 0211",
            "ＪＶＣ０２１１",
            "jvc-0211",
            "jvc－02・11\t",
            "Jvcー0211\u{200E}",
        ] {
            assert_eq!(Number::parse(text).unwrap().folded(), "jvc0211", "{text}");
        }
    }

    #[test]
    fn what_is_copied_along_with_a_code_does_not_count() {
        for text in [
            "jkc",
            "「jkc」",
            "「ｊｋｃ」。",
            "\u{201C}JKC\u{201D},",
            "（jkc）",
            "['jkc']",
            "<jkc>",
        ] {
            assert_eq!(InsurerCode::parse(text).unwrap().folded(), "jkc", "{text}");
        }
        // Only around it: what stands within is the code's own.
        assert_eq!(InsurerCode::parse("(j.k_c)").unwrap().folded(), "j.k_c");
        assert_eq!(InsurerCode::parse("「」"), Err(IdentifierError::Empty));
        assert_eq!(Number::parse("(7)").unwrap().folded(), "(7)");
    }

    #[test]
    fn the_eight_digits_of_an_insurer_are_told_from_a_code() {
        for (text, unknown) in [
            ("06139999", UnknownInsurer::Number),
            ("０６１３－９９９９", UnknownInsurer::Number),
            ("0613999", UnknownInsurer::Code),
            ("0613999a", UnknownInsurer::Code),
            ("abc", UnknownInsurer::Code),
        ] {
            assert_eq!(
                InsurerCode::parse(text).unwrap().unknown(),
                unknown,
                "{text}"
            );
        }
    }

    #[test]
    fn half_width_kana_of_a_symbol_compare_with_full_width() {
        assert_eq!(Symbol::parse("ｶﾞ１").unwrap(), Symbol::parse("ガ1").unwrap());
        assert_eq!(
            Symbol::parse("カ ゛").unwrap(),
            Symbol::parse("ガ").unwrap()
        );
    }

    #[test]
    fn leading_zeros_are_dropped_from_digits_only() {
        let canonical =
            |text: &str, zeros| Number::parse(text).unwrap().canonical(zeros).into_owned();
        assert_eq!(canonical("00123", LeadingZeros::Dropped), "123");
        assert_eq!(canonical("00123", LeadingZeros::Kept), "00123");
        assert_eq!(canonical("000", LeadingZeros::Dropped), "0");
        assert_eq!(canonical("0a1", LeadingZeros::Dropped), "0a1");
        assert_eq!(canonical("０１", LeadingZeros::Dropped), "1");
        let symbol = Symbol::parse("01").unwrap();
        assert_eq!(symbol.canonical(LeadingZeros::Dropped), "1");
        assert_eq!(symbol.canonical(LeadingZeros::Kept), "01");
    }

    #[test]
    fn an_id_joins_the_three_parts() {
        let taro = key("JKC", "01", "JVC0211");
        assert_eq!(taro.id(LeadingZeros::Kept).as_str(), "jkc#01#jvc0211");
        assert_eq!(taro.id(LeadingZeros::Dropped).as_str(), "jkc#1#jvc0211");
        assert_eq!(
            key("demo", "", "100001").id(LeadingZeros::Dropped).as_str(),
            "demo##100001"
        );
        assert_eq!(
            key("007", "", "7").id(LeadingZeros::Dropped).as_str(),
            "007##7"
        );
        assert_eq!(
            MemberId::from_stored("jkc#1#jvc0211".to_owned()),
            taro.id(LeadingZeros::Dropped)
        );
    }

    #[test]
    fn parts_that_hold_the_separator_do_not_collide() {
        let a = key("a", "b#c", "d").id(LeadingZeros::Kept);
        let b = key("a", "b", "c#d").id(LeadingZeros::Kept);
        assert_eq!(a.as_str(), "a#b%23c#d");
        assert_ne!(a, b);
        assert_ne!(
            key("a", "%23", "d").id(LeadingZeros::Kept),
            key("a", "#", "d").id(LeadingZeros::Kept)
        );
    }

    #[test]
    fn the_ids_of_an_insurers_members_begin_alike_and_no_others_do() {
        let prefix = |code| MemberId::prefix_of(&InsurerCode::parse(code).unwrap());
        for (code, of) in [
            ("a", "a"),
            ("a", "a#b"),
            ("a#b", "a"),
            ("a%23b", "a#b"),
            ("ab", "a"),
        ] {
            let id = key(of, "1", "2").id(LeadingZeros::Dropped);
            assert_eq!(
                id.as_str().starts_with(&prefix(code)),
                code == of,
                "{code} {of}"
            );
        }
    }

    #[test]
    fn there_is_a_second_candidate_only_where_zeros_make_a_difference() {
        let ids = |key: MemberKey| -> Vec<String> {
            key.candidate_ids()
                .iter()
                .map(|id| id.as_str().to_owned())
                .collect()
        };
        assert_eq!(
            ids(key("jkc", "02", "00123")),
            ["jkc#2#123", "jkc#02#00123"]
        );
        assert_eq!(ids(key("jkc", "公立東京", "3001")), ["jkc#公立東京#3001"]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_name() {
        let refused = |text: &str| Number::parse(text).unwrap_err();
        assert_eq!(refused(""), IdentifierError::Empty);
        assert_eq!(refused(" ー・- "), IdentifierError::Empty);
        assert_eq!(refused("1\0"), IdentifierError::Control('\0'));
        assert_eq!(refused("1\u{1B}"), IdentifierError::Control('\u{1B}'));
        assert_eq!(
            refused("1\u{FFFD}"),
            IdentifierError::NotAllowed('\u{FFFD}')
        );
        assert_eq!(refused("\u{E000}"), IdentifierError::NotAllowed('\u{E000}'));
        assert_eq!(refused("\u{FFFF}"), IdentifierError::NotAllowed('\u{FFFF}'));
        assert_eq!(refused(&"1".repeat(65)), IdentifierError::TooLong);
        assert_eq!(refused(&"1".repeat(10_000)), IdentifierError::TooLong);
        assert_eq!(refused(&"㍿".repeat(17)), IdentifierError::TooLong);
        assert!(Number::parse(&"1".repeat(64)).is_ok());
    }

    #[test]
    fn an_identifier_does_not_print() {
        let printed = format!(
            "{:?} {:?}",
            key("jkc", "01", "0211"),
            key("jkc", "01", "0211").candidate_ids()
        );
        assert!(!printed.contains("0211"), "{printed}");
        assert!(printed.contains("Number(..)"), "{printed}");
    }
}
