//! The random values that a browser carries in a cookie to prove who it is: for a registration,
//! a password reset, a session. The database has only their hash, so nobody who reads it can
//! take a member's place (OWASP ASVS 5.0, 7.2.3). Cookies themselves are the edge's business.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{Entropy, hex};

/// 256 random bits. A browser that shows it is let in: it never stands in a log, an address or a table.
#[derive(Clone)]
pub struct Token([u8; Self::BYTES]);

opaque_debug!(Token, TokenHash);

impl Token {
    const BYTES: usize = 32;
    /// The length of [`encoded`](Self::encoded), in characters.
    pub const ENCODED_LENGTH: usize = 43;

    /// A new token.
    #[must_use]
    pub fn draw(entropy: &(impl Entropy + ?Sized)) -> Self {
        let mut bytes = [0; Self::BYTES];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a token from a cookie: base64url without padding (RFC 4648, section 5), exactly 43
    /// characters, in the one spelling that [`encoded`](Self::encoded) writes.
    ///
    /// # Errors
    /// [`TokenError`] for anything else, whatever is wrong with it: a cookie is not typed by
    /// hand, so nobody can act on the reason.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        // First the length: a cookie can be long, and decoding allocates nothing this way.
        if text.len() != Self::ENCODED_LENGTH {
            return Err(TokenError);
        }
        let mut bytes = [0; Self::BYTES];
        // The engine refuses padding and set bits behind the last byte: one token, one spelling.
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(Self::BYTES) => Ok(Self(bytes)),
            _ => Err(TokenError),
        }
    }

    /// The token as it stands in the cookie: 43 characters of `A–Z a–z 0–9 - _`.
    #[must_use]
    pub fn encoded(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the database has of the token: its SHA-256. A token is 256 random bits, so a plain
    /// hash cannot be searched, and no salt or slow hash is needed.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(hex::encode(&Sha256::digest(self.0)))
    }

    /// The bits themselves: the key that seals the code (see [`Code::seal`](crate::Code::seal)).
    pub(crate) fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

/// The SHA-256 of a [`Token`]: finds what the token stands for, and does not give the token.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenHash(String);

impl TokenHash {
    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a hash as [`as_str`](Self::as_str) wrote it.
    ///
    /// # Errors
    /// When the text is not 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        hex::decode::<32>(text)
            .map(|_| Self(text.to_owned()))
            .ok_or(TokenError)
    }
}

/// A text that is not a token, or not the hash of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct TokenError;

impl TokenError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "not_a_token"
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, TokenHash};

    #[test]
    fn a_token_reads_back_from_its_cookie() {
        let token = Token(*b"0123456789abcdef0123456789abcdef");
        assert_eq!(
            token.encoded(),
            "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
        );
        let again = Token::parse(&token.encoded()).unwrap();
        assert_eq!(again.bytes(), token.bytes());
    }

    #[test]
    fn the_hash_is_the_sha_256_of_the_bits() {
        // printf 0123456789abcdef0123456789abcdef | sha256sum
        let hash = Token(*b"0123456789abcdef0123456789abcdef").hash();
        assert_eq!(
            hash.as_str(),
            "3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9"
        );
        assert_eq!(TokenHash::parse(hash.as_str()).unwrap(), hash);
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let good = Token([0xFF; 32]).encoded();
        assert_eq!(good.len(), Token::ENCODED_LENGTH);
        let stem = &good[..42];
        for text in [
            String::new(),
            stem.to_owned(),
            format!("{good}="),
            format!("{good}A"),
            // The last character carries four bits; the other two must be zero.
            format!("{stem}9"),
            format!("{stem}+"),
            format!("{stem}="),
            format!("{stem} "),
            "あ".repeat(43),
            "あ".repeat(14) + "A",
        ] {
            assert!(Token::parse(&text).is_err(), "{text}");
        }
        assert!(TokenHash::parse("0").is_err());
        assert!(TokenHash::parse(&"F".repeat(64)).is_err());
    }

    #[test]
    fn a_token_does_not_print() {
        let token = Token([7; 32]);
        assert_eq!(
            format!("{token:?} {:?}", token.hash()),
            "Token(..) TokenHash(..)"
        );
    }
}
