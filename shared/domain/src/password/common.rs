//! The passwords that everybody uses and every attacker tries first (OWASP ASVS 5.0, 6.2.4: the
//! 3,000 most common that satisfy the rule). `common.py` beside this file makes the list and says
//! how; it is compiled in as text and searched where it lies, so a start costs nothing.

/// One password a line, in lower case, in the order of its bytes.
const LIST: &str = include_str!("common.txt");

/// Whether a password in lower case is on the list.
pub(super) fn contains(lower: &str) -> bool {
    search(LIST, lower)
}

/// Binary search among lines of different lengths: the middle of what is left is moved back to the
/// start of its line.
fn search(list: &str, wanted: &str) -> bool {
    let mut left = list.as_bytes();
    let wanted = wanted.as_bytes();
    while !left.is_empty() {
        let (before, from_middle) = left.split_at(left.len() / 2);
        let start = before
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |newline| newline + 1);
        let end = from_middle
            .iter()
            .position(|b| *b == b'\n')
            .map_or(left.len(), |newline| before.len() + newline);
        match wanted.cmp(&left[start..end]) {
            core::cmp::Ordering::Equal => return true,
            core::cmp::Ordering::Less => left = &left[..start],
            core::cmp::Ordering::Greater => left = left.get(end + 1..).unwrap_or_default(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{LIST, contains, search};

    #[test]
    fn the_list_has_at_least_three_thousand_and_is_small() {
        assert!(LIST.lines().count() >= 3_000, "{}", LIST.lines().count());
        assert!(LIST.len() <= 60 * 1024, "{}", LIST.len());
    }

    #[test]
    fn the_list_is_sorted_and_without_repetition() {
        assert!(LIST.ends_with('\n'));
        assert!(
            LIST.lines()
                .is_sorted_by(|a, b| a.as_bytes() < b.as_bytes())
        );
    }

    #[test]
    fn every_entry_satisfies_the_rule_in_lower_case() {
        for entry in LIST.lines() {
            assert!((8..=20).contains(&entry.len()), "{entry}");
            let bytes = entry.as_bytes();
            assert!(
                bytes
                    .iter()
                    .all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()),
                "{entry}"
            );
            assert!(bytes.iter().any(u8::is_ascii_alphabetic), "{entry}");
            assert!(bytes.iter().any(u8::is_ascii_digit), "{entry}");
            assert!(bytes.iter().any(u8::is_ascii_punctuation), "{entry}");
        }
    }

    #[test]
    fn every_entry_is_found_and_its_neighbours_are_not() {
        for entry in LIST.lines() {
            assert!(contains(entry), "{entry}");
            assert!(!contains(&format!("{entry} ")), "{entry}");
            assert!(
                !contains(&entry[..entry.len() - 1])
                    || LIST.lines().any(|e| e == &entry[..entry.len() - 1]),
                "{entry}"
            );
        }
        for absent in ["", "\n", "!", "~~~~~~~~", "kzmv-4711"] {
            assert!(!contains(absent), "{absent:?}");
        }
    }

    #[test]
    fn lists_of_any_length_are_searched() {
        for list in ["", "b\n", "b\nd\n", "b\nd\nffff\n", "b\nd\nffff\nh\n", "b"] {
            for wanted in ["a", "b", "c", "d", "e", "ffff", "g", "h", "i"] {
                assert_eq!(
                    search(list, wanted),
                    list.lines().any(|line| line == wanted),
                    "{wanted} in {list:?}"
                );
            }
        }
    }
}
