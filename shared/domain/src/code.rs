//! The verification code (認証番号, manual, step 4): how it is drawn, read and kept. What an attempt
//! with it means is decided in [`IssuedCode`](crate::IssuedCode).

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::characters::{is_blank, is_invisible, is_stroke, narrow};
use crate::{Entropy, Token, hex};

/// How long a code can be used (manual, step 4: 10分; OWASP ASVS 5.0, 6.5.5).
pub const CODE_VALID: Duration = Duration::from_mins(10);

/// How often one code can be tried; after that many wrong ones it is dead (OWASP ASVS 5.0, 6.6.3).
pub const CODE_TRIES: u32 = 5;

/// The most characters that are looked at: the mail has some four hundred, with what a mail program puts around
/// it when it is quoted.
const LONGEST: usize = 2_000;

/// Digits, leading zeros included: six that confirm an address, or eight that open a password reset.
#[derive(Clone)]
pub struct Code(String);

opaque_debug!(Code, SealedCode);

impl Code {
    /// How many digits a code has that confirms an address (manual, step 4).
    pub const DIGITS: usize = 6;
    /// How many a code has that opens a password reset: a stranger may have sixty a day of one account's, and five
    /// tries at each.
    pub const RESET_DIGITS: usize = 8;

    /// A new code, each of 000000–999999 as likely as any other (OWASP ASVS 5.0, 6.5.3).
    #[must_use]
    pub fn draw(entropy: &(impl Entropy + ?Sized)) -> Self {
        Self::drawn(Self::DIGITS, 1_000_000, entropy)
    }

    /// A new code for a password reset, each of 00000000–99999999 as likely as any other.
    #[must_use]
    pub fn draw_for_reset(entropy: &(impl Entropy + ?Sized)) -> Self {
        Self::drawn(Self::RESET_DIGITS, 100_000_000, entropy)
    }

    fn drawn(digits: usize, codes: u32, entropy: &(impl Entropy + ?Sized)) -> Self {
        // The largest multiple of the codes that a u32 holds: above it, some codes would come once more often
        // than others, so such a draw is thrown away. Of six digits one in 4,400 is, of eight one in 45.
        let fair = u32::MAX - u32::MAX % codes;
        loop {
            let mut bytes = [0; 4];
            entropy.fill(&mut bytes);
            let drawn = u32::from_le_bytes(bytes);
            if drawn < fair {
                return Self(format!("{:0digits$}", drawn % codes));
            }
        }
    }

    /// Reads a code as a member types or pastes it: full-width digits, blanks and hyphens between the digits
    /// are accepted; and of a text with words in it, as the mail's own line `認証番号：611898`, the only six
    /// digits that stand together.
    ///
    /// # Errors
    /// [`CodeError`]; none of them is an attempt, because no code can look like that.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        Self::read(text, &[Self::DIGITS], CodeError::NotSixDigits)
    }

    /// Reads the code of a password reset in the same way: eight digits; or six, which the version before this
    /// one mailed. Those open only a reset that was made with them.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_for_reset(text: &str) -> Result<Self, CodeError> {
        let lengths = [Self::RESET_DIGITS, Self::DIGITS];
        Self::read(text, &lengths, CodeError::NotEightDigits)
    }

    fn read(text: &str, lengths: &[usize], other_length: CodeError) -> Result<Self, CodeError> {
        let mut digits = String::with_capacity(Self::RESET_DIGITS);
        for c in text.chars().filter(|c| !is_blank(*c) && !is_stroke(*c)) {
            match narrow(c) {
                digit @ '0'..='9' => digits.push(digit),
                _ => return Self::within(text, lengths),
            }
            if digits.len() > LONGEST {
                return Err(other_length);
            }
        }
        match digits.len() {
            0 => Err(CodeError::Empty),
            length if lengths.contains(&length) => Ok(Self(digits)),
            _ => Err(other_length),
        }
    }

    /// The only digits of the first of these lengths that stand together in a text, which may be the whole mail.
    fn within(text: &str, lengths: &[usize]) -> Result<Self, CodeError> {
        // A mail's text has line ends, and no other control characters.
        let is_stray = |c: char| c.is_control() && !is_blank(c);
        if text.chars().nth(LONGEST).is_some() || text.contains(is_stray) {
            return Err(CodeError::NotDigits);
        }
        let narrowed: String = text
            .chars()
            .filter(|c| !is_invisible(*c))
            .map(narrow)
            .collect();
        let only = |length: &usize| {
            let mut runs = narrowed
                .split(|c: char| !c.is_ascii_digit())
                .filter(|run| run.len() == *length);
            let first = runs.next()?;
            // The mail says it once in each language.
            Some(runs.all(|other| other == first).then_some(first))
        };
        match lengths.iter().find_map(only) {
            Some(Some(code)) => Ok(Self(code.to_owned())),
            _ => Err(CodeError::NotDigits),
        }
    }

    /// The digits, to be mailed.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The code as the database keeps it: HMAC-SHA256 (RFC 2104) with the 32 bytes of the
    /// browser's token as the key and the digits as the message.
    ///
    /// The database has only the hash of the token. So nobody who reads it can search the million
    /// codes for the one, no secret of the server is needed, and a code is worth nothing in
    /// another browser (OWASP ASVS 5.0, 6.6.2 and 11.2.4).
    #[must_use]
    pub fn seal(&self, token: &Token) -> SealedCode {
        // HMAC fills a key that is shorter than its block with zeros (RFC 2104, section 2); done
        // here, the key has the one length that cannot fail.
        let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
        for (padded, byte) in key.iter_mut().zip(token.bytes()) {
            *padded = *byte;
        }
        let mut mac = Hmac::<Sha256>::new(&key);
        mac.update(self.0.as_bytes());
        SealedCode(mac.finalize().into_bytes().into())
    }
}

/// A code that only its token and the code itself open again.
///
/// It is compared by [`opens_with`](Self::opens_with) and in no other way, because any other would take as
/// long as the two agree:
///
/// ```compile_fail,E0369
/// # fn sealed() -> domain::SealedCode { unimplemented!() }
/// assert!(sealed() == sealed());
/// ```
#[derive(Clone)]
pub struct SealedCode([u8; 32]);

impl SealedCode {
    /// 64 lower-case hexadecimal digits, for the database.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(&self.0)
    }

    /// Reads what [`hex`](Self::hex) wrote.
    ///
    /// # Errors
    /// When the text is not 64 lower-case hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Self, SealedCodeError> {
        hex::decode(text).map(Self).ok_or(SealedCodeError)
    }

    /// Whether this is the seal of that code under that token. Takes the same time whatever the
    /// answer (OWASP ASVS 5.0, 11.2.4).
    #[must_use]
    pub fn opens_with(&self, code: &Code, token: &Token) -> bool {
        self.0.ct_eq(&code.seal(token).0).into()
    }
}

/// Why a text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Nothing was typed.
    #[error("the code is empty")]
    Empty,
    /// More or fewer than six digits.
    #[error("the code does not have six digits")]
    NotSixDigits,
    /// More or fewer than the eight digits of a password reset.
    #[error("the code does not have eight digits")]
    NotEightDigits,
    /// Something other than digits.
    #[error("the code has something other than digits")]
    NotDigits,
}

impl CodeError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotSixDigits => "not_six_digits",
            Self::NotEightDigits => "not_eight_digits",
            Self::NotDigits => "not_digits",
        }
    }
}

/// A stored text that is no sealed code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a sealed code")]
pub struct SealedCodeError;

impl SealedCodeError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "not_a_sealed_code"
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::{Code, CodeError, SealedCode};
    use crate::{Entropy, Token};

    /// Gives out the numbers it was made with, in order.
    struct Numbers(RefCell<Vec<u32>>);

    impl Numbers {
        fn new(numbers: &[u32]) -> Self {
            Self(RefCell::new(numbers.iter().rev().copied().collect()))
        }
    }

    impl Entropy for Numbers {
        fn fill(&self, bytes: &mut [u8]) {
            let number = self
                .0
                .borrow_mut()
                .pop()
                .expect("more numbers than foreseen");
            bytes.copy_from_slice(&number.to_le_bytes());
        }
    }

    #[test]
    fn leading_zeros_are_kept() {
        assert_eq!(Code::draw(&Numbers::new(&[0])).digits(), "000000");
        assert_eq!(Code::draw(&Numbers::new(&[7_000_042])).digits(), "000042");
        assert_eq!(Code::parse("000042").unwrap().digits(), "000042");
    }

    #[test]
    fn a_draw_that_would_favour_some_codes_is_thrown_away() {
        assert_eq!(
            Code::draw(&Numbers::new(&[4_293_999_999])).digits(),
            "999999"
        );
        assert_eq!(
            Code::draw(&Numbers::new(&[4_294_000_000, u32::MAX, 1])).digits(),
            "000001"
        );
    }

    #[test]
    fn full_width_digits_blanks_and_hyphens_are_accepted() {
        for text in [
            "611898",
            "６１１８９８",
            " 611 898\n",
            "611-898",
            "611　ー898",
            "6 1 1 8 9 8\u{200B}",
        ] {
            assert_eq!(Code::parse(text).unwrap().digits(), "611898", "{text}");
        }
    }

    #[test]
    fn the_only_six_digits_of_the_mails_own_line_are_the_code() {
        for text in [
            "認証番号：611898",
            "-----\n認証番号：６１１８９８\n-----",
            "Verification code: 611898 (10 minutes)",
            "下記の認証番号を入力してください。\n認証番号：611898\n有効期限は発行より 10 分です。",
            "「611898」",
            "611898です",
            "認証番号：611898\nVerification code: 611898",
        ] {
            assert_eq!(Code::parse(text).unwrap().digits(), "611898", "{text}");
        }
        for text in [
            "認証番号：61189",
            "認証番号：6118980",
            "611898 または 123456",
            "認証番号：611898\0",
            "611898\u{1b}[2J",
            &format!("{}611898", "あ".repeat(10_000)),
        ] {
            assert_eq!(
                Code::parse(text).unwrap_err(),
                CodeError::NotDigits,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let refused = |text: &str| Code::parse(text).unwrap_err();
        assert_eq!(refused(""), CodeError::Empty);
        assert_eq!(refused(" - "), CodeError::Empty);
        assert_eq!(refused("61189"), CodeError::NotSixDigits);
        assert_eq!(refused("6118980"), CodeError::NotSixDigits);
        assert_eq!(refused(&"6".repeat(10_000)), CodeError::NotSixDigits);
        assert_eq!(refused("61189a"), CodeError::NotDigits);
        assert_eq!(refused("認証番号"), CodeError::NotDigits);
        assert_eq!(refused("٦١١٨٩٨"), CodeError::NotDigits);
        assert_eq!(refused("61189\0"), CodeError::NotDigits);
    }

    #[test]
    fn the_code_of_a_reset_has_eight_digits_each_as_likely() {
        let drawn = |numbers: &[u32]| Code::draw_for_reset(&Numbers::new(numbers)).0;
        assert_eq!(drawn(&[7]), "00000007");
        assert_eq!(drawn(&[4_199_999_999]), "99999999");
        assert_eq!(drawn(&[4_200_000_000, u32::MAX, 1]), "00000001");
        for text in [
            "06118922",
            "０６１１ ８９２２",
            "認証番号：06118922",
            "認証番号：06118922\n有効期限は 123456 です。",
        ] {
            assert_eq!(Code::parse_for_reset(text).unwrap().digits(), "06118922");
        }
        for text in ["0611892", "061189222", "1"] {
            let refused = Code::parse_for_reset(text).unwrap_err();
            assert_eq!(refused, CodeError::NotEightDigits, "{text}");
        }
        let refused = |text: &str| Code::parse_for_reset(text).unwrap_err();
        assert_eq!(refused("06118922 または 12345678"), CodeError::NotDigits);
        assert_eq!(
            Code::parse("06118922").unwrap_err(),
            CodeError::NotSixDigits
        );
    }

    /// While a deployment goes on, or is taken back, one version mails the code and the other reads it.
    #[test]
    fn six_digits_open_only_the_reset_that_was_made_with_them() {
        let token = Token::parse(&"A".repeat(43)).unwrap();
        let of_before = Code::parse("611898").unwrap().seal(&token);
        let read = |text| Code::parse_for_reset(text).unwrap();
        assert!(of_before.opens_with(&read("認証番号：611898"), &token));
        assert!(!of_before.opens_with(&read("00611898"), &token));
        let of_now = read("00611898").seal(&token);
        assert!(!of_now.opens_with(&read("611898"), &token));
    }

    #[test]
    fn the_seal_is_the_hmac_of_the_digits_under_the_token() {
        // python3 -c 'import hmac; print(hmac.new(bytes(range(32)), b"611898", "sha256").hexdigest())'
        let bytes = Token::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let seal = Code::parse("611898").unwrap().seal(&bytes);
        assert_eq!(
            seal.hex(),
            "ed1116506e977f4157ab46b2f6293dda3938606dc0462b1aedc304404e21e510"
        );
    }

    #[test]
    fn only_the_same_code_under_the_same_token_opens_the_seal() {
        let ours = Token::parse(&"A".repeat(43)).unwrap();
        let theirs = Token::parse(&("B".to_owned() + &"A".repeat(42))).unwrap();
        let code = Code::parse("611898").unwrap();
        let seal = SealedCode::from_hex(&code.seal(&ours).hex()).unwrap();
        assert!(seal.opens_with(&code, &ours));
        assert!(!seal.opens_with(&code, &theirs));
        assert!(!seal.opens_with(&Code::parse("611899").unwrap(), &ours));
        assert!(SealedCode::from_hex("").is_err());
        assert!(SealedCode::from_hex(&"G".repeat(64)).is_err());
    }

    #[test]
    fn a_code_does_not_print() {
        let code = Code::parse("611898").unwrap();
        let token = Token::parse(&"A".repeat(43)).unwrap();
        assert_eq!(
            format!("{code:?} {:?}", code.seal(&token)),
            "Code(..) SealedCode(..)"
        );
    }
}
