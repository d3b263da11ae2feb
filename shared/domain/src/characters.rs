//! Code points that mean the same to whoever types them. Phones, IMEs, spreadsheets and contact
//! cards put other characters into a field than the member sees; this module says which ones are
//! taken for which. Only fixed ranges: no Unicode tables, so that the answer never changes with a
//! Unicode version. What a field makes of them is the field's own rule.

/// The ASCII character that a full-width one stands for (U+FF01–FF5E, ideographic space);
/// any other character is itself.
///
/// 「全て半角で」 (manual, step 2) is a rule that a phone makes hard to keep, so full-width input is
/// accepted everywhere but in passwords.
pub(crate) fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => {
            // The block repeats ASCII's order at a fixed distance.
            char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c)
        }
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// Takes no room and has no meaning of its own: zero-width characters, directional marks (pasted
/// from a contact card), soft hyphens and variation selectors.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' // soft hyphen
        | '\u{034F}' // combining grapheme joiner
        | '\u{061C}' // Arabic letter mark
        | '\u{180E}' // Mongolian vowel separator
        | '\u{200B}'..='\u{200F}' // zero-width space and joiners, directional marks
        | '\u{202A}'..='\u{202E}' // directional embeddings and overrides
        | '\u{2060}'..='\u{206F}' // word joiner, isolates, deprecated format characters
        | '\u{FE00}'..='\u{FE0F}' // variation selectors
        | '\u{FEFF}' // byte order mark
        | '\u{E0100}'..='\u{E01EF}' // variation selectors of kanji
    )
}

/// A horizontal stroke: everything that is typed for a hyphen or for the long mark ー.
/// The two cannot be told apart in what members type, so one set serves both; 一 is not in it,
/// because it is a kanji and a name.
pub(crate) fn is_stroke(c: char) -> bool {
    matches!(
        c,
        '-' | '~'
        | '\u{00AF}' // macron
        | '\u{02C9}' | '\u{02CD}' | '\u{02D7}' | '\u{02DC}' // modifier macrons, minus, small tilde
        | '\u{2010}'
            ..='\u{2015}' // hyphens, figure, en and em dash, horizontal bar
        | '\u{203E}' // overline
        | '\u{2043}' // hyphen bullet
        | '\u{2053}' // swung dash
        | '\u{207B}' | '\u{208B}' // superscript and subscript minus
        | '\u{2212}' // minus
        | '\u{223C}' // tilde operator
        | '\u{2500}' | '\u{2501}' | '\u{2504}' | '\u{2505}' | '\u{2508}' | '\u{2509}'
        | '\u{254C}' | '\u{254D}' | '\u{2574}' | '\u{2576}' | '\u{2578}' | '\u{257A}' // box drawing
        | '\u{2796}' // heavy minus
        | '\u{2E3A}' | '\u{2E3B}' // two- and three-em dash
        | '\u{301C}' | '\u{3030}' // wave dash, wavy dash
        | '\u{30FC}' | '\u{FF70}' // the long mark itself, full and half width
        | '\u{3161}' // Hangul letter EU
        | '\u{FE58}' | '\u{FE63}' // small em dash, small hyphen-minus
        | '\u{FF0D}' | '\u{FF5E}' | '\u{FFE3}' | '\u{FFDA}' // full-width hyphen, tilde, macron, EU
    )
}

/// A dot at half height: everything that is typed for ・.
pub(crate) fn is_middle_dot(c: char) -> bool {
    matches!(
        c,
        '\u{30FB}'
            | '\u{FF65}'
            | '\u{00B7}'
            | '\u{0387}'
            | '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22C5}'
            | '\u{2E31}'
            | '\u{A78F}'
    )
}

/// White space or nothing visible at all: left out wherever spacing has no meaning.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use super::narrow;

    #[test]
    fn full_width_ascii_and_nothing_else_becomes_ascii() {
        assert_eq!(narrow('！'), '!');
        assert_eq!(narrow('Ａ'), 'A');
        assert_eq!(narrow('９'), '9');
        assert_eq!(narrow('～'), '~');
        assert_eq!(narrow('　'), ' ');
        assert_eq!(narrow('ｱ'), 'ｱ');
        assert_eq!(narrow('é'), 'é');
    }
}
