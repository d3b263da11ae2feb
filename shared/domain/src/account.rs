//! The account that a member ends up with: its id, and where a member goes after a step.

use uuid::{Builder, Uuid};

use crate::Entropy;

/// Names an account for as long as it lives, whatever becomes of its user ID. Random, so that it
/// tells nothing about its owner and may stand in a log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// A new id: a random UUID (RFC 9562, version 4).
    #[must_use]
    pub fn draw(entropy: &(impl Entropy + ?Sized)) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        Self::of(Builder::from_random_bytes(bytes).into_uuid())
    }

    /// Reads an id as [`as_str`](Self::as_str) wrote it.
    ///
    /// # Errors
    /// When the text is not a version 4 UUID in lower case with hyphens.
    pub fn parse(text: &str) -> Result<Self, AccountIdError> {
        let uuid = Uuid::try_parse(text).map_err(|_| AccountIdError)?;
        let id = Self::of(uuid);
        if uuid.get_version_num() == 4 && id.0 == text {
            Ok(id)
        } else {
            Err(AccountIdError)
        }
    }

    /// The id in lower case with hyphens, 36 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(uuid: Uuid) -> Self {
        Self(uuid.hyphenated().to_string())
    }
}

/// A stored account id that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an account")]
pub struct AccountIdError;

impl AccountIdError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "not_an_account_id"
    }
}

/// Where the member goes after a step has succeeded (manual, steps 4–7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// To the login page: the account was just made (step 5).
    Login,
    /// To the terms of use: the current version has not been accepted (step 6).
    Terms,
    /// To the top page (step 7).
    Top,
}

impl Next {
    /// The name of the place in the API: `login`, `terms` or `top`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Terms => "terms",
            Self::Top => "top",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountId, Next};
    use crate::Guessable;

    #[test]
    fn an_id_is_a_version_4_uuid_and_reads_back() {
        let id = AccountId::draw(&Guessable::byte(0xFF));
        assert_eq!(id.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(AccountId::parse(id.as_str()), Ok(id));
    }

    #[test]
    fn another_spelling_of_an_id_is_refused() {
        for text in [
            "",
            "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF",
            "ffffffffffff4fffbfffffffffffffff",
            "{ffffffff-ffff-4fff-bfff-ffffffffffff}",
            "ffffffff-ffff-1fff-bfff-ffffffffffff",
        ] {
            assert!(AccountId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn places_are_named_as_in_the_api() {
        assert_eq!(
            [Next::Login, Next::Terms, Next::Top].map(Next::as_str),
            ["login", "terms", "top"]
        );
    }
}
