//! What is printed on the insurance card: the insurer's code (保険者指定コード), 記号 and 番号, and the
//! key of a member that they make together. How an identifier is shown is the roster's business;
//! here is only how it compares.

mod folding;

use std::borrow::Cow;

use self::folding::{canonical, fold, without_label};
use crate::Subject;

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

/// What hyphens within 記号 and 番号 mean. A property of the insurer: members leave them out, so they are dropped,
/// unless two of the insurer's members would be one without them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hyphens {
    /// 12-3, 1-23 and 123 are the same.
    #[default]
    Dropped,
    /// 12-3, 1-23 and 123 are three numbers. What is typed for a hyphen is still one, whichever it is.
    Kept,
}

/// What of 記号 and 番号 counts at an insurer: by this its members are keyed, be it of its roster or of what they type.
/// The default drops all that may be dropped, so no two members that any rule takes for one are two by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyRule {
    /// Whether leading zeros count.
    pub zeros: LeadingZeros,
    /// Whether hyphens count.
    pub hyphens: Hyphens,
}

impl KeyRule {
    /// All rules, the one that drops most first.
    pub const ALL: [Self; 4] = [
        Self::of(LeadingZeros::Dropped, Hyphens::Dropped),
        Self::of(LeadingZeros::Kept, Hyphens::Dropped),
        Self::of(LeadingZeros::Dropped, Hyphens::Kept),
        Self::of(LeadingZeros::Kept, Hyphens::Kept),
    ];

    const fn of(zeros: LeadingZeros, hyphens: Hyphens) -> Self {
        Self { zeros, hyphens }
    }
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
    ($type:ident, $label:literal) => {
        impl $type {
            /// Reads the identifier as a member types it or as a roster has it: NFKC, lower case,
            /// without white space and middle dots, each hyphen of any kind `-`; leading zeros kept. The
            /// label that stands before it on the card does not count.
            ///
            /// # Errors
            /// [`IdentifierError`] says what is wrong.
            pub fn parse(text: &str) -> Result<Self, IdentifierError> {
                let folded = fold(text, Hyphens::Kept)?;
                Ok(Self(without_label(&folded, $label).to_owned()))
            }

            /// The identifier as it compares under the insurer's rule.
            #[must_use]
            pub fn canonical(&self, rule: KeyRule) -> Cow<'_, str> {
                canonical(&self.0, rule)
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
            /// The identifier as it compares where everything counts that may. Reading it again gives
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

of_card!(Symbol, "記号");
of_card!(Number, "番号");

impl Symbol {
    /// Reads 記号 as a member types it who may have none: なし, or a stroke, is none.
    ///
    /// # Errors
    /// [`IdentifierError`] says what is wrong.
    pub fn parse_where_there_may_be_none(text: &str) -> Result<Option<Self>, IdentifierError> {
        match Self::parse(text) {
            Ok(symbol) if NO_SYMBOL.contains(&symbol.folded()) => Ok(None),
            Err(IdentifierError::Empty) => Ok(None),
            read => read.map(Some),
        }
    }
}

/// What is typed for "there is none".
const NO_SYMBOL: [&str; 4] = ["なし", "ナシ", "無し", "無"];

impl InsurerCode {
    /// Reads the code as the other identifiers are read, and without what members copy along with it:
    /// the label that stands before it on the letter, the brackets and the full stop of 「jkc」。
    ///
    /// # Errors
    /// [`IdentifierError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let folded = fold(text, Hyphens::Dropped)?;
        let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        let label = |code: String, label: &&str| bare(without_label(&code, label));
        let code = INSURER_LABELS.iter().fold(bare(&folded), label);
        match code.as_str() {
            "" => Err(IdentifierError::Empty),
            _ => Ok(Self(code)),
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

/// What stands before a code, as it folds: without ー. And what stands before the number that is typed in its place.
const INSURER_LABELS: [&str; 4] = ["保険者指定コド", "指定コド", "コド", "保険者番号"];

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
    /// The member's id under the insurer's rule.
    #[must_use]
    pub fn id(&self, rule: KeyRule) -> MemberId {
        let symbol = self.symbol.as_ref();
        let symbol = symbol.map_or(Cow::Borrowed(""), |symbol| symbol.canonical(rule));
        let number = self.number.canonical(rule);
        let mut id = String::with_capacity(self.insurer.0.len() + symbol.len() + number.len() + 2);
        escape_onto(&mut id, &self.insurer.0);
        id.push('#');
        escape_onto(&mut id, &symbol);
        id.push('#');
        escape_onto(&mut id, &number);
        MemberId(id)
    }

    /// The ids under which the member may be found while the insurer's rule is not known yet, so
    /// that one round of reads fetches both the rule and the member: the one that drops most first. One
    /// of most keys, two with leading zeros, four at most.
    #[must_use]
    pub fn candidate_ids(&self) -> Vec<MemberId> {
        let mut ids = Vec::with_capacity(1);
        for rule in KeyRule::ALL {
            let id = self.id(rule);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
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

#[cfg(test)]
mod tests;
