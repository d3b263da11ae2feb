//! Whose flow it is: a browser's registration, session or password reset belongs to one person at a time,
//! and a window of it may still show another.

use crate::{Entropy, hex};

/// The person whom a flow belongs to, as the pages of the flow know them.
///
/// Random and stored. It is never computed from the roster: a hash of 記号 and 番号 can be enumerated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowSubject(String);

impl FlowSubject {
    const BYTES: usize = 16;

    /// A new one, 128 random bits.
    #[must_use]
    pub fn draw(entropy: &(impl Entropy + ?Sized)) -> Self {
        let mut bytes = [0; Self::BYTES];
        entropy.fill(&mut bytes);
        Self(hex::encode(&bytes))
    }

    /// Reads a subject as [`as_str`](Self::as_str) wrote it.
    ///
    /// # Errors
    /// When the text is not 32 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Result<Self, FlowSubjectError> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 2 * Self::BYTES && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FlowSubjectError)
        }
    }

    /// 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stored subject that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the subject of a flow")]
pub struct FlowSubjectError;

/// Whom the page shows that a request was sent from, as the page says: a [`FlowSubject`], the id of an
/// account, or anything else, which is then nobody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageSubject(String);

impl PageSubject {
    /// No subject is longer.
    const LONGEST: usize = 36;

    /// Takes what a page says. What is too long to be a subject is kept as nobody's.
    #[must_use]
    pub fn new(said: &str) -> Self {
        let is_possible = said.len() <= Self::LONGEST;
        Self(if is_possible { said } else { "" }.to_owned())
    }

    /// What the page said.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Guessable;

    #[test]
    fn a_subject_reads_back_and_nothing_else_is_one() {
        let drawn = FlowSubject::draw(&Guessable::byte(0xa5));
        assert_eq!(drawn.as_str(), "a5".repeat(16));
        assert_eq!(FlowSubject::parse(drawn.as_str()), Ok(drawn));
        for other in [
            "",
            "a5",
            &"A5".repeat(16),
            &"g5".repeat(16),
            &"a5".repeat(17),
        ] {
            assert!(FlowSubject::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn what_is_too_long_to_be_a_subject_is_nobodys() {
        assert_eq!(PageSubject::new(&"a".repeat(36)).as_str().len(), 36);
        assert_eq!(PageSubject::new(&"a".repeat(37)).as_str(), "");
    }
}
