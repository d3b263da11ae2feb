//! Lower-case hexadecimal, the form in which digests are kept in the database.

use core::fmt::Write as _;

/// Two lower-case digits for each byte.
pub(crate) fn encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// Reads exactly `N` bytes from exactly `2 × N` lower-case digits.
pub(crate) fn decode<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let digits = hex.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_was_encoded_is_decoded() {
        assert_eq!(encode(&[0, 15, 255]), "000fff");
        assert_eq!(decode::<3>("000fff"), Some([0, 15, 255]));
    }

    #[test]
    fn a_wrong_length_and_a_wrong_digit_are_refused() {
        assert_eq!(decode::<3>("000ff"), None);
        assert_eq!(decode::<3>("000fff0"), None);
        assert_eq!(decode::<1>("0F"), None);
        assert_eq!(decode::<1>("あ"), None);
        assert_eq!(decode::<3>("ああ"), None);
    }
}
