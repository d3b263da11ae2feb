//! The languages that refusals are told in, and which of them a reader wants.

use std::cmp::Reverse;

/// A language of the API's words. Japanese is the authority: it is what a reader gets who asks for
/// nothing, or for nothing that there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// 日本語.
    #[default]
    Japanese,
    /// English.
    English,
}

impl Language {
    /// The tag in `Content-Language`.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::English => "en",
        }
    }

    /// The better of the two for an `Accept-Language` (RFC 9110, section 12.5.4): the one of the
    /// higher quality, and of two alike the one that stands first. `*` is Japanese, where Japanese is
    /// not named itself. What cannot be read is not there.
    pub(crate) fn preferred(accept_language: &str) -> Self {
        let asked: Vec<Asked> = accept_language.split(',').filter_map(Asked::read).collect();
        let rank = |wanted: &str| {
            asked
                .iter()
                .enumerate()
                .filter(|(_, asked)| asked.language.eq_ignore_ascii_case(wanted))
                .map(|(place, asked)| (asked.quality, Reverse(place)))
                .max()
        };
        let japanese = rank("ja").or_else(|| rank("*"));
        let english = rank("en").filter(|(quality, _)| *quality > 0);
        if english > japanese {
            Self::English
        } else {
            Self::Japanese
        }
    }
}

/// An element of `Accept-Language`.
struct Asked<'a> {
    /// The first subtag, or `*`: `en` of `en-GB`.
    language: &'a str,
    /// In thousandths.
    quality: u16,
}

impl<'a> Asked<'a> {
    fn read(element: &'a str) -> Option<Self> {
        let (range, weight) = match element.split_once(';') {
            Some((range, weight)) => (range, Some(weight)),
            None => (element, None),
        };
        let range = range.trim();
        Some(Self {
            language: range.split('-').next().unwrap_or(range),
            quality: weight.map_or(Some(1_000), quality)?,
        })
    }
}

/// The thousandths of a weight: `q=0.5` is 500.
fn quality(weight: &str) -> Option<u16> {
    let (name, value) = weight.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, English, Japanese};

    #[test]
    fn the_better_of_the_two_is_chosen_and_japanese_where_neither_is() {
        for (accept_language, expected) in [
            // Nothing that there is.
            ("", Japanese),
            ("*", Japanese),
            ("fr", Japanese),
            ("zh-TW,zh;q=0.9", Japanese),
            // What browsers send.
            ("ja", Japanese),
            ("ja-JP,ja;q=0.9", Japanese),
            ("ja,en-US;q=0.9,en;q=0.8", Japanese),
            ("en-US,en;q=0.9,ja;q=0.8", English),
            ("en-US,en;q=0.5", English),
            ("zh-CN,zh;q=0.9,en;q=0.8,ja;q=0.7", English),
            ("pt-BR,pt;q=0.9,ja;q=0.8,en;q=0.7", Japanese),
            // Quality comes before place, place decides between two alike.
            ("en;q=0.8,ja;q=0.9", Japanese),
            ("ja;q=0.123,en;q=0.124", English),
            ("en,ja", English),
            ("ja,en", Japanese),
            ("en;q=0.5,ja;q=0.5", English),
            // Zero is a refusal.
            ("en;q=0", Japanese),
            ("ja;q=0,en;q=0", Japanese),
            ("ja;q=0,en;q=0.001", English),
            // `*` is Japanese where Japanese is not named.
            ("*,en;q=0.9", Japanese),
            ("en,*;q=0.5", English),
            ("en;q=0.5,*", Japanese),
            ("ja;q=0.1,en;q=0.5,*", English),
            ("ja;q=0,*", Japanese),
            // Case and blanks do not matter.
            ("EN-us", English),
            (" en ; q=0.9 , ja ; Q=0.8", English),
            ("en;q=1.000,ja;q=0.999", English),
            // What cannot be read is not there.
            ("english", Japanese),
            ("en;q=2,ja;q=0.1", Japanese),
            ("en;q=1.001", Japanese),
            ("en;q=0.1234", Japanese),
            ("en;q=-1", Japanese),
            ("en;q=", Japanese),
            ("en;level=1", Japanese),
            (",;,=,en", English),
        ] {
            assert_eq!(
                Language::preferred(accept_language),
                expected,
                "{accept_language:?}"
            );
        }
    }
}
