//! How an identifier folds: what of a text counts, and what of that under an insurer's rule.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use super::{Hyphens, IdentifierError, KeyRule, LONGEST, LeadingZeros};
use crate::characters::{is_blank, is_middle_dot, is_stroke};

/// Without hyphens, and without leading zeros if all is digits then, as the rule says; of zeros alone one stays.
pub(super) fn canonical(folded: &str, rule: KeyRule) -> Cow<'_, str> {
    if rule.hyphens == Hyphens::Dropped && folded.contains('-') {
        let bare = folded.replace('-', "");
        // What a hyphen parted may join: か, a hyphen, ゛.
        let bare = if bare.is_ascii() {
            bare
        } else {
            fold_unicode(&bare, Hyphens::Dropped)
        };
        let significant = significant(&bare, rule.zeros);
        return Cow::Owned(significant.to_owned());
    }
    Cow::Borrowed(significant(folded, rule.zeros))
}

fn significant(folded: &str, zeros: LeadingZeros) -> &str {
    match zeros {
        LeadingZeros::Kept => folded,
        LeadingZeros::Dropped if !folded.bytes().all(|b| b.is_ascii_digit()) => folded,
        LeadingZeros::Dropped => match folded.trim_start_matches('0') {
            "" => folded.get(..1).unwrap_or(folded),
            significant => significant,
        },
    }
}

pub(super) fn fold(text: &str, hyphens: Hyphens) -> Result<String, IdentifierError> {
    if text.chars().nth(LONGEST).is_some() {
        return Err(IdentifierError::TooLong);
    }
    if let Some(refused) = text.chars().find_map(refusal) {
        return Err(refused);
    }
    let folded = if text.is_ascii() {
        significant_only(text.chars(), hyphens)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    } else {
        fold_unicode(text, hyphens)
    };
    let folded = match hyphens {
        Hyphens::Dropped => folded,
        Hyphens::Kept => single_hyphens(&folded),
    };
    if folded.is_empty() {
        return Err(IdentifierError::Empty);
    }
    // ㍿ becomes four: what was folded must itself be an identifier that can be read again.
    if folded.chars().nth(LONGEST).is_some() {
        return Err(IdentifierError::TooLong);
    }
    Ok(folded)
}

/// What stands behind a label that was typed along; the label itself where nothing does.
pub(super) fn without_label<'a>(folded: &'a str, label: &str) -> &'a str {
    let mut rest = folded;
    while let Some(behind) = rest.strip_prefix(label) {
        match behind.trim_start_matches([':', '-']) {
            "" => break,
            behind => rest = behind,
        }
    }
    rest
}

/// Without hyphens at the ends, and of several in a row one: a dash is typed as two.
fn single_hyphens(folded: &str) -> String {
    let parts: Vec<&str> = folded.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// Normalises until nothing changes any more. Once is enough for what people type; but leaving a
/// character out can bring two together that normalisation then joins (か, a space, ゛), and a
/// second reading of a stored identifier must not change it.
fn fold_unicode(text: &str, hyphens: Hyphens) -> String {
    let mut folded = fold_once(text, hyphens);
    // Two rounds settle everything known; the bound is there so that no input can spin.
    for _ in 0..8 {
        let again = fold_once(&folded, hyphens);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

fn fold_once(text: &str, hyphens: Hyphens) -> String {
    // Each character's own lower case: the language's rule for a word's last sigma would make
    // the answer depend on what stands beside it.
    let lower: String = significant_only(text.chars(), hyphens)
        .nfkc()
        .flat_map(char::to_lowercase)
        .collect();
    significant_only(lower.chars(), hyphens).nfkc().collect()
}

/// The characters that count when identifiers are compared, each hyphen as `-`.
fn significant_only(
    text: impl Iterator<Item = char>,
    hyphens: Hyphens,
) -> impl Iterator<Item = char> {
    text.filter_map(move |c| match c {
        c if is_blank(c) || is_middle_dot(c) => None,
        c if is_stroke(c) => (hyphens == Hyphens::Kept).then_some('-'),
        c => Some(c),
    })
}

fn refusal(c: char) -> Option<IdentifierError> {
    match c {
        // A tab or a line end comes with a cell pasted from a spreadsheet: white space.
        c if c.is_control() && !c.is_whitespace() => Some(IdentifierError::Control(c)),
        '\u{FFFD}' | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}' => {
            Some(IdentifierError::NotAllowed(c))
        }
        '\u{FDD0}'..='\u{FDEF}' => Some(IdentifierError::NotAllowed(c)),
        // The last two code points of every plane.
        c if u32::from(c) & 0xFFFE == 0xFFFE => Some(IdentifierError::NotAllowed(c)),
        _ => None,
    }
}
