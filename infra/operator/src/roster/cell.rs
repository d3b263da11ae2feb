//! A cell: what a spreadsheet puts around a text or does to it, taken away or named.

use super::refusal::Reason;

/// Takes what a cell holds: without what Excel writes around a text (`="0012"`), without blanks around it and what
/// nobody sees in it, each run of blanks in it one space.
pub(crate) fn text(cell: &str) -> Result<String, Reason> {
    if cell.contains('\u{FFFD}') {
        return Err(Reason::Undecodable);
    }
    let shown;
    let cell = if !cell.is_ascii() && cell.contains(INVISIBLE) {
        shown = cell.replace(INVISIBLE, "");
        shown.trim()
    } else {
        cell.trim()
    };
    let inner = cell
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    let inner = match inner {
        Some(inner) if inner.contains('"') => return Err(Reason::Formula),
        Some(inner) => inner,
        None if cell.starts_with(['=', '＝']) => return Err(Reason::Formula),
        None => cell,
    };
    if is_excel_error(inner) {
        return Err(Reason::ExcelError);
    }
    let text = inner.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().any(char::is_control) {
        return Err(Reason::Control);
    }
    Ok(text)
}

/// Characters without a width, which come along from web pages.
const INVISIBLE: [char; 5] = ['\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}', '\u{FEFF}'];

/// The same of what is digits, or may be: refused when Excel has made a number of it that it was not.
pub(crate) fn digits(cell: &str) -> Result<String, Reason> {
    let text = text(cell)?;
    if text.starts_with('\'') {
        return Err(Reason::ExcelQuote);
    }
    if is_excel_number(&text) {
        return Err(Reason::ExcelNumber);
    }
    Ok(text)
}

/// The same of 記号 and 番号, which Excel also takes for dates: `12-3` becomes `12月3日`.
pub(crate) fn identifier_text(cell: &str) -> Result<String, Reason> {
    let text = digits(cell)?;
    if is_excel_date(&text) {
        return Err(Reason::ExcelDate);
    }
    Ok(text)
}

/// What somebody should look at in a name, though it is one: what stands for a character that a program did not
/// have, or is written for another program.
pub(crate) fn oddity(name: &str) -> Option<Reason> {
    const STANDING_FOR: [char; 12] = [
        '●', '○', '◯', '◎', '■', '□', '◆', '〓', '?', '？', '＊', '*',
    ];
    if has_user_defined(name) {
        Some(Reason::LookUserDefined)
    } else if name.contains(STANDING_FOR) {
        Some(Reason::LookStandIn)
    } else if has_entity(name) {
        Some(Reason::LookEntity)
    } else {
        None
    }
}

/// Whether there is a character as HTML and XML write it: `&#39641;`, `&#x9AD9;`, `&amp;`.
fn has_entity(text: &str) -> bool {
    text.split('&').skip(1).any(|rest| {
        rest.split_once(';').is_some_and(|(name, _)| {
            let name = name.strip_prefix('#').unwrap_or(name);
            (1..=10).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    })
}

/// Whether there is a character that each machine had its own for (外字).
pub(crate) fn has_user_defined(text: &str) -> bool {
    text.contains(is_user_defined)
}

/// The same text with 〓, the printers' sign for a character that they do not have.
pub(crate) fn without_user_defined(text: &str) -> String {
    text.replace(is_user_defined, "〓")
}

fn is_user_defined(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// `1.23E+11` and `1.2345678E7`, whose further digits are lost, `123.0`, and `300,112`, whose mark may stand for
/// another. `1E5` is what it is: no program writes a number so.
fn is_excel_number(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_decimal = |text: &str| match text.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(text),
    };
    if let Some((mantissa, exponent)) = text.split_once(['E', 'e']) {
        let is_signed = exponent.starts_with(['+', '-']);
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let is_number = is_decimal(mantissa) && is_digits(exponent);
        return is_number && (is_signed || mantissa.contains('.'));
    }
    let groups = text
        .split_once(',')
        .map(|(first, rest)| (first, rest.split(',')));
    let is_grouped = groups.is_some_and(|(first, mut rest)| {
        first.len() < 4
            && is_digits(first)
            && rest.all(|group| group.len() == 3 && is_digits(group))
    });
    if is_grouped {
        return true;
    }
    let fraction = text.split_once('.');
    fraction.is_some_and(|(whole, fraction)| {
        is_digits(whole) && !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0')
    })
}

/// A day as Excel shows it: `12月3日`, `2026年12月3日`, `2026/12/3`, `3-Dec`, `Dec-26`.
fn is_excel_date(text: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    // Full-width digits are no work of Excel's.
    let is_short =
        |text: &str| matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_year = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((before, day)) = text.split_once('月') {
        let month = match before.split_once('年') {
            Some((year, month)) => is_year(year).then_some(month),
            None => Some(before),
        };
        let is_day = day.is_empty() || day.strip_suffix('日').is_some_and(is_short);
        return is_day && month.is_some_and(is_short);
    }
    if let Some((one, other)) = text.split_once('-') {
        return (MONTHS.contains(&one) && is_short(other))
            || (MONTHS.contains(&other) && is_short(one));
    }
    let mut parts = text.split('/');
    matches!(
        (parts.next(), parts.next(), parts.next(), parts.next()),
        (Some(year), Some(month), Some(day), None) if is_year(year) && is_short(month) && is_short(day)
    )
}

/// What Excel shows where there is no value, or a column is too narrow for it.
fn is_excel_error(text: &str) -> bool {
    const ERRORS: [&str; 7] = [
        "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!",
    ];
    ERRORS.contains(&text) || (text.len() > 2 && text.bytes().all(|byte| byte == b'#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_excel_puts_around_a_text_is_taken_away() {
        for (cell, expected) in [
            ("0012", "0012"),
            ("=\"0012\"", "0012"),
            (" =\"00 12\" ", "00 12"),
            ("　健保　 太郎\u{A0}", "健保 太郎"),
            ("健保\r\n太郎", "健保 太郎"),
            ("\u{FEFF}健\u{200B}保 \u{200B}", "健保"),
            ("=\"\"", ""),
            ("", ""),
        ] {
            assert_eq!(text(cell).as_deref(), Ok(expected), "{cell:?}");
        }
    }

    #[test]
    fn what_excel_has_lost_is_named() {
        for (cell, reason) in [
            ("1.23E+11", Reason::ExcelNumber),
            ("1E+05", Reason::ExcelNumber),
            ("1.2345678E7", Reason::ExcelNumber),
            ("123.0", Reason::ExcelNumber),
            ("300,112", Reason::ExcelNumber),
            ("1,300,112", Reason::ExcelNumber),
            ("'300112", Reason::ExcelQuote),
            ("#N/A", Reason::ExcelError),
            ("########", Reason::ExcelError),
            ("=A1&B1", Reason::Formula),
            ("=\"1\"&\"2\"", Reason::Formula),
            ("12\u{FFFD}", Reason::Undecodable),
            ("12\0", Reason::Control),
        ] {
            assert_eq!(digits(cell), Err(reason), "{cell:?}");
        }
        for cell in ["1E5", "12.3", "3.60.1.1", "1980.01.01", "E+11", "#", "a0.0"] {
            assert_eq!(digits(cell).as_deref(), Ok(cell));
        }
    }

    #[test]
    fn a_date_is_no_number_of_a_member() {
        for cell in [
            "12月3日",
            "2026年12月3日",
            "12月",
            "2026/12/3",
            "3-Dec",
            "Dec-26",
        ] {
            assert_eq!(identifier_text(cell), Err(Reason::ExcelDate), "{cell}");
            assert_eq!(digits(cell).as_deref(), Ok(cell));
        }
        for cell in [
            "12-3",
            "12/3",
            "2026-12-3",
            "1234/56/789",
            "12,3",
            "1234,567",
            "月",
            "い月3日",
            "A-Dec",
        ] {
            assert_eq!(identifier_text(cell).as_deref(), Ok(cell));
        }
    }

    #[test]
    fn a_user_defined_character_is_found_and_can_be_shown() {
        assert!(has_user_defined("髙\u{E000}"));
        assert!(!has_user_defined("髙﨑①"));
        assert_eq!(without_user_defined("鈴木 \u{E757}子"), "鈴木 〓子");
    }

    #[test]
    fn a_name_that_a_program_has_damaged_is_to_be_looked_at() {
        for (name, reason) in [
            ("●木 太郎", Reason::LookStandIn),
            ("?木 次郎", Reason::LookStandIn),
            ("〓木 次郎", Reason::LookStandIn),
            ("&#39641;木 三郎", Reason::LookEntity),
            ("&#x9AD9;木", Reason::LookEntity),
            ("R&amp;D 太郎", Reason::LookEntity),
            ("\u{E000}木", Reason::LookUserDefined),
        ] {
            assert_eq!(oddity(name), Some(reason), "{name}");
        }
        for name in ["髙木 太郎", "𠮷田 花子", "R & D; 太郎", "Ａ・Ｂ", ""] {
            assert_eq!(oddity(name), None, "{name}");
        }
    }
}
