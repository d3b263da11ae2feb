//! The name that a member chooses to log in with: which characters, how long, and what counts as
//! the same. That it is taken is for the store to say.

use crate::{
    Subject,
    characters::{is_invisible, narrow},
};

/// A user ID: 1–64 of the ASCII letters, digits and `@ - _ , +` (manual, step 3:
/// 「半角英字、半角数字、半角記号(@ - _ , +)」).
///
/// Shown as typed; unique over all insurers and matched without regard to case.
#[derive(Clone)]
pub struct UserId {
    typed: String,
    folded: String,
}

impl PartialEq for UserId {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for UserId {}

opaque_debug!(UserId);

impl UserId {
    /// The most characters of a user ID.
    pub const LONGEST: usize = 64;

    /// Reads a user ID as a member types it. Full-width characters are taken for their ASCII
    /// ones, white space around it and invisible characters are dropped: a phone puts them there
    /// unseen, and the ID would never be typed the same again.
    ///
    /// # Errors
    /// [`UserIdError`] says what to change; white space inside is
    /// [`NotAllowed`](UserIdError::NotAllowed).
    pub fn parse(text: &str) -> Result<Self, UserIdError> {
        let mut typed = String::new();
        for c in text.trim().chars().filter(|c| !is_invisible(*c)) {
            match narrow(c) {
                narrow @ ('A'..='Z' | 'a'..='z' | '0'..='9' | '@' | '-' | '_' | ',' | '+') => {
                    typed.push(narrow);
                }
                _ => return Err(UserIdError::NotAllowed(c)),
            }
            if typed.len() > Self::LONGEST {
                return Err(UserIdError::TooLong);
            }
        }
        if typed.is_empty() {
            return Err(UserIdError::Empty);
        }
        let folded = typed.to_ascii_lowercase();
        Ok(Self { typed, folded })
    }

    /// The ID as its owner chose it, to be shown to its owner.
    #[must_use]
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// The ID by which two are the same: lower case.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// What log lines and the audit trail call its account, be there one or not.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::of(&self.folded)
    }
}

/// Why a text is no user ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserIdError {
    /// Nothing was typed.
    #[error("the user ID is empty")]
    Empty,
    /// More than [`UserId::LONGEST`] characters.
    #[error("the user ID has more than 64 characters")]
    TooLong,
    /// A character that a user ID cannot have, as it was typed.
    #[error("the user ID has a character that is not allowed")]
    NotAllowed(char),
}

impl UserIdError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::NotAllowed(_) => "not_allowed",
        }
    }

    /// The character that was refused.
    #[must_use]
    pub fn character(&self) -> Option<char> {
        match self {
            Self::NotAllowed(c) => Some(*c),
            Self::Empty | Self::TooLong => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{UserId, UserIdError};

    #[test]
    fn the_manuals_characters_are_accepted_and_kept_as_typed() {
        let id = UserId::parse("Taro_Kenpo-01@a,b+c").unwrap();
        assert_eq!(id.as_typed(), "Taro_Kenpo-01@a,b+c");
        assert_eq!(id.folded(), "taro_kenpo-01@a,b+c");
        assert_eq!(id, UserId::parse("TARO_KENPO-01@A,B+C").unwrap());
    }

    #[test]
    fn full_width_and_surrounding_blanks_are_accepted_silently() {
        let id = UserId::parse("　Ｔａｒｏ＿０１\u{200B} \n").unwrap();
        assert_eq!(id.as_typed(), "Taro_01");
    }

    #[test]
    fn other_characters_are_refused_by_name() {
        for (text, c) in [
            ("taro.kenpo", '.'),
            ("taro kenpo", ' '),
            ("太郎", '太'),
            ("taroー", 'ー'),
            ("taro\0", '\0'),
            ("taro#1", '#'),
            ("ｔａｒｏ．", '．'),
            ("é", 'é'),
        ] {
            assert_eq!(
                UserId::parse(text),
                Err(UserIdError::NotAllowed(c)),
                "{text}"
            );
        }
    }

    #[test]
    fn one_to_sixty_four_characters() {
        assert_eq!(UserId::parse(""), Err(UserIdError::Empty));
        assert_eq!(UserId::parse(" 　"), Err(UserIdError::Empty));
        assert!(UserId::parse("a").is_ok());
        assert!(UserId::parse(&"a".repeat(64)).is_ok());
        assert_eq!(UserId::parse(&"a".repeat(65)), Err(UserIdError::TooLong));
        assert_eq!(
            UserId::parse(&"ａ".repeat(10_000)),
            Err(UserIdError::TooLong)
        );
    }
}
