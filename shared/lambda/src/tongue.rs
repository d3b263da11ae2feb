//! What the tests of the words share: every variant of an enum, and whether a text is of a language.

/// Every variant of an enum, once. A new one does not compile here until it is listed.
macro_rules! every {
    ($reason:ident { $($variant:ident $(($($value:expr),+))? $({ $($field:ident: $of:expr),+ })?),+ $(,)? }) => {{
        fn _every_variant_is_listed(reason: &$reason) {
            match reason {
                $($reason::$variant { .. } => ()),+
            }
        }
        vec![$($reason::$variant $(($($value),+))? $({ $($field: $of),+ })?),+]
    }};
}

pub(crate) use every;

/// Whether a character is Japanese, punctuation and full width included.
fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}')
}

/// Kana and a full stop, and no sentence of another language in between.
#[track_caller]
pub(crate) fn assert_japanese(text: &str) {
    assert!(text.chars().any(|c| ('ぁ'..='ん').contains(&c)), "{text}");
    assert!(text.ends_with('。'), "{text}");
    let words = text.split(' ').collect::<Vec<_>>();
    let is_word = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_alphabetic());
    let sentence = words
        .windows(2)
        .any(|pair| pair.iter().all(|word| is_word(word)));
    assert!(!sentence, "{text}");
}

/// A sentence with a full stop, and Japanese only where it is quoted, or names a thing in brackets.
#[track_caller]
pub(crate) fn assert_english(text: &str) {
    assert!(
        text.starts_with(|c: char| c.is_ascii_uppercase() || c == '“'),
        "{text}"
    );
    assert!(text.ends_with('.') && !text.contains('\n'), "{text}");
    assert!(
        !text.contains("  ") && text.split(' ').count() > 2,
        "{text}"
    );
    let (mut depth, mut own) = (0_u32, String::new());
    for c in text.chars() {
        match c {
            '“' | '(' => depth += 1,
            '”' | ')' => depth -= 1,
            c if depth == 0 => own.push(c),
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{text}");
    assert!(!own.chars().any(is_japanese), "{text}");
}
