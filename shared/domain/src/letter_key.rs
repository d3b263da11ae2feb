//! The key in a member's letter (docs/adr/0038): what only who holds the letter knows.
//!
//! Twelve characters of Crockford's base 32, which has no I, L, O and U: 60 random bits. A letter is read by
//! the light of a kitchen and typed on a phone, so what looks alike is read as the character that is meant.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{
    Entropy,
    characters::{is_blank, is_stroke, narrow},
    hex,
};

/// What a letter's key is worth at an insurer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LetterKeyRule {
    /// Nobody is asked for one.
    #[default]
    Off,
    /// With one, no guess of others counts.
    Accepted,
    /// Nobody is verified without it.
    Required,
}

impl LetterKeyRule {
    /// As files, tables and the API write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Accepted => "accepted",
            Self::Required => "required",
        }
    }

    /// Reads what [`as_str`](Self::as_str) writes.
    ///
    /// # Errors
    /// [`LetterKeyRuleError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, LetterKeyRuleError> {
        [Self::Off, Self::Accepted, Self::Required]
            .into_iter()
            .find(|rule| rule.as_str() == text)
            .ok_or(LetterKeyRuleError)
    }
}

/// A text that is none of the three rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is off, accepted or required")]
pub struct LetterKeyRuleError;

/// Why a text is no letter's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterKeyError {
    /// More or fewer than twelve characters.
    #[error("a letter's key has 12 characters")]
    Length,
    /// A character that no key has.
    #[error("a letter's key is of letters and digits")]
    NotAllowed,
    /// An insurer asks for a key, and none was typed.
    #[error("the letter's key is missing")]
    Missing,
}

impl LetterKeyError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Length => "letter_key_length",
            Self::NotAllowed => "letter_key_characters",
            Self::Missing => "letter_key_missing",
        }
    }
}

/// A letter's key: who shows it has the letter.
#[derive(Clone)]
pub struct LetterKey([u8; LetterKey::LENGTH]);

opaque_debug!(LetterKey, LetterKeyHash);

impl LetterKey {
    /// How many characters a key has.
    pub const LENGTH: usize = 12;
    const ALPHABET: &'static [u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const GROUP: usize = 4;

    /// A new key.
    #[must_use]
    pub fn draw(entropy: &(impl Entropy + ?Sized)) -> Self {
        let mut bytes = [0; Self::LENGTH];
        entropy.fill(&mut bytes);
        // 256 is a multiple of 32, so each character is as likely as any other.
        Self(bytes.map(|byte| Self::ALPHABET[usize::from(byte % 32)]))
    }

    /// Reads a key as a member types it: full width, any case, with blanks and strokes wherever; what looks like
    /// a character of the alphabet is that one.
    ///
    /// # Errors
    /// [`LetterKeyError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, LetterKeyError> {
        let mut key = [0; Self::LENGTH];
        let mut length = 0;
        for c in text.chars().filter(|c| !is_blank(*c) && !is_stroke(*c)) {
            let read = read(narrow(c)).ok_or(LetterKeyError::NotAllowed)?;
            *key.get_mut(length).ok_or(LetterKeyError::Length)? = read;
            length += 1;
        }
        if length == Self::LENGTH {
            Ok(Self(key))
        } else {
            Err(LetterKeyError::Length)
        }
    }

    /// The key as it stands in an address: twelve capitals and digits.
    #[must_use]
    pub fn plain(&self) -> String {
        self.0.iter().copied().map(char::from).collect()
    }

    /// The key as it is printed: three groups of four.
    #[must_use]
    pub fn printed(&self) -> String {
        let groups = self.0.chunks(Self::GROUP);
        let groups = groups.map(|group| group.iter().copied().map(char::from).collect());
        groups.collect::<Vec<String>>().join("-")
    }

    /// What the database has of the key.
    #[must_use]
    pub fn hash(&self, entropy: &(impl Entropy + ?Sized)) -> LetterKeyHash {
        let mut salt = [0; LetterKeyHash::SALT];
        entropy.fill(&mut salt);
        self.hashed(salt)
    }

    /// Whether this is the key that was hashed. Takes as long where nothing was.
    #[must_use]
    pub fn is(&self, hash: Option<&LetterKeyHash>) -> bool {
        let salt = hash.map_or([0; LetterKeyHash::SALT], |hash| hash.salt);
        let own = self.hashed(salt);
        let kept = hash.map_or([0; 32], |hash| hash.digest);
        let is_same: bool = own.digest.ct_eq(&kept).into();
        is_same && hash.is_some()
    }

    fn hashed(&self, salt: [u8; LetterKeyHash::SALT]) -> LetterKeyHash {
        let digest = Sha256::new().chain_update(salt).chain_update(self.0);
        LetterKeyHash {
            salt,
            digest: digest.finalize().into(),
        }
    }
}

/// The character of the alphabet that is meant.
fn read(c: char) -> Option<u8> {
    let meant = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        'U' => 'V',
        c => c,
    };
    let byte = u8::try_from(meant).ok()?;
    LetterKey::ALPHABET.contains(&byte).then_some(byte)
}

/// The salted SHA-256 of a [`LetterKey`]. 60 random bits need no slow hash, and the salt keeps whoever reads the
/// table from searching for all members at once.
#[derive(Clone, PartialEq, Eq)]
pub struct LetterKeyHash {
    salt: [u8; Self::SALT],
    digest: [u8; 32],
}

impl LetterKeyHash {
    const SALT: usize = 16;
    const DIGITS: usize = Self::SALT * 2;

    /// Salt and digest, in lower-case hexadecimal digits.
    #[must_use]
    pub fn encoded(&self) -> String {
        hex::encode(&self.salt) + &hex::encode(&self.digest)
    }

    /// Reads what [`encoded`](Self::encoded) wrote.
    ///
    /// # Errors
    /// [`LetterKeyHashError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, LetterKeyHashError> {
        let (salt, digest) = text
            .split_at_checked(Self::DIGITS)
            .ok_or(LetterKeyHashError)?;
        Ok(Self {
            salt: hex::decode(salt).ok_or(LetterKeyHashError)?,
            digest: hex::decode(digest).ok_or(LetterKeyHashError)?,
        })
    }
}

/// A text that is not the hash of a letter's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the hash of a letter's key")]
pub struct LetterKeyHashError;

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts up from a number, so that no two draws are the same.
    struct From(std::cell::Cell<u8>);
    impl Entropy for From {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.replace(self.0.get().wrapping_add(1));
            }
        }
    }

    fn entropy(from: u8) -> From {
        From(std::cell::Cell::new(from))
    }

    #[test]
    fn a_key_is_printed_in_groups_of_characters_that_do_not_look_alike() {
        let key = LetterKey::draw(&entropy(16));
        assert_eq!(key.printed(), "GHJK-MNPQ-RSTV");
        assert_eq!(key.plain(), "GHJKMNPQRSTV");
        let all: Vec<char> = (0..=255)
            .flat_map(|from| LetterKey::draw(&entropy(from)).0)
            .map(char::from)
            .collect();
        let alphabet = LetterKey::ALPHABET.map(char::from);
        assert!(all.iter().all(|c| alphabet.contains(c)));
        assert!(!all.iter().any(|c| "ILOU".contains(*c)));
        // Each character as often as any other.
        let counts = alphabet.map(|c| all.iter().filter(|other| **other == c).count());
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    }

    #[test]
    fn a_key_is_read_however_it_is_typed() {
        for typed in [
            "7K2M-0XQ4-1BVW",
            "7k2m0xq41bvw",
            " 7K2M　0XQ4 1BVW ",
            "７Ｋ２Ｍ－０ＸＱ４－１ＢＶＷ",
            "7k2mー0xq4ー1bvw",
            "7K2M–OXQ4–IBUW",
            "7k2m oxq4 lbuw",
            "7K2M\u{200b}0XQ41BVW\u{feff}",
        ] {
            assert_eq!(
                LetterKey::parse(typed).unwrap().plain(),
                "7K2M0XQ41BVW",
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_key_says_why() {
        for (typed, error) in [
            ("", LetterKeyError::Length),
            ("7K2M-0XQ4-1BV", LetterKeyError::Length),
            ("7K2M-0XQ4-1BVWX", LetterKeyError::Length),
            ("7K2M-0XQ4-1BV?", LetterKeyError::NotAllowed),
            ("7K2M-0XQ4-1BVあ", LetterKeyError::NotAllowed),
            ("7K2M-0XQ4-1BVé", LetterKeyError::NotAllowed),
        ] {
            assert_eq!(LetterKey::parse(typed).unwrap_err(), error, "{typed}");
        }
    }

    #[test]
    fn a_key_is_known_by_its_hash_and_no_other_is() {
        let key = LetterKey::parse("7K2M-0XQ4-1BVW").unwrap();
        let hash = key.hash(&entropy(1));
        let read = LetterKeyHash::parse(&hash.encoded()).unwrap();
        assert!(key.is(Some(&read)));
        assert!(!key.is(None));
        for other in ["7K2M-0XQ4-1BVX", "8K2M-0XQ4-1BVW"] {
            assert!(!LetterKey::parse(other).unwrap().is(Some(&read)), "{other}");
        }
        // The same key of another member has another hash.
        assert_ne!(key.hash(&entropy(2)).encoded(), hash.encoded());
        // printf '\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\0207K2M0XQ41BVW' | sha256sum
        assert_eq!(
            hash.encoded(),
            "0102030405060708090a0b0c0d0e0f10987facc2e2e22068b4e97d2835e81b13499e6efc65ca67fda845c53961d5b7e1"
        );
        for wrong in ["", "00", &"0".repeat(95), &"F".repeat(96), &"あ".repeat(32)] {
            assert!(LetterKeyHash::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_does_not_print() {
        let key = LetterKey::draw(&entropy(0));
        let printed = format!("{key:?} {:?}", key.hash(&entropy(0)));
        assert_eq!(printed, "LetterKey(..) LetterKeyHash(..)");
    }

    #[test]
    fn a_rule_is_one_of_three() {
        for rule in [
            LetterKeyRule::Off,
            LetterKeyRule::Accepted,
            LetterKeyRule::Required,
        ] {
            assert_eq!(LetterKeyRule::parse(rule.as_str()), Ok(rule));
        }
        assert!(LetterKeyRule::parse("on").is_err());
    }
}
