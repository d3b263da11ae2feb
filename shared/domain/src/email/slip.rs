//! Slips of the finger in the domain of an address: `gmial.com`, `docomo.ne.jo`, `example.con`. Such an
//! address is well formed, and nobody can tell that it is wrong; so the member is asked once, and may
//! insist. The domains that are compared with are in `well_known.txt`, the rule is here.

/// The domains of mail that members have, one a line, with where they come from in its comments. A line
/// that begins with `=` is a real domain that nobody is asked about, and that is never proposed.
const WELL_KNOWN: &str = include_str!("well_known.txt");

/// Endings that no domain has, and the one that was meant. None of them is a top-level domain (IANA's
/// root zone database); Jordan's (`jo`) has neither a `ne` nor a `co` below it.
const ENDINGS: [(&str, &str); 15] = [
    (".con", ".com"),
    (".cmo", ".com"),
    (".ocm", ".com"),
    (".vom", ".com"),
    (".xom", ".com"),
    (".cpm", ".com"),
    (".comm", ".com"),
    (".coom", ".com"),
    (".ccom", ".com"),
    (".ne.jo", ".ne.jp"),
    (".co.jo", ".co.jp"),
    (".or.jo", ".or.jp"),
    (".jpp", ".jp"),
    (".ip", ".jp"),
    (".pj", ".jp"),
];

/// What people write behind a name that they remember.
const USUAL_ENDINGS: [&str; 8] = ["jp", "ne.jp", "co.jp", "or.jp", "com", "net", "ne", "co"];

/// Names with fewer letters than this (`ocn`, `au`, `me`) are one slip away from real ones: of these
/// domains the name has to be as it is, and only what follows may differ.
const SHORTEST_NAME: usize = 5;

/// The domain that was probably meant; nothing for one that is known, below a known one, or like none.
///
/// First an ending that no domain has is set right. What is not known then, and one slip away from a
/// well-known domain or has its name, is taken for that: one character left out, added or typed for another, or two
/// exchanged (Damerau 1964: four of five misspellings are one of these).
pub(super) fn meant(domain: &str) -> Option<String> {
    if is_known(domain) {
        return None;
    }
    let ended = ENDINGS.iter().find_map(|(slip, right)| {
        let name = domain.strip_suffix(slip)?;
        Some(format!("{name}{right}"))
    });
    let spelt = ended.as_deref().unwrap_or(domain);
    let near = (!is_known(spelt))
        .then(|| proposed().find(|known| is_one_slip(spelt, known)))
        .flatten();
    let near = near.or_else(|| of_the_name(spelt));
    near.map(str::to_owned).or(ended)
}

/// The first well-known domain whose name this is with another of Japan's usual endings: `gmail.jp`, `docomo.co.jp`. With
/// an ending of another country it may well be a domain of the same provider.
fn of_the_name(domain: &str) -> Option<&'static str> {
    let (name, ending) = domain.split_once('.')?;
    let is_usual = USUAL_ENDINGS.contains(&ending) && name.len() >= SHORTEST_NAME;
    proposed().find(|known| is_usual && known.split('.').next() == Some(name))
}

/// The lines of the list, without its comments.
fn lines() -> impl Iterator<Item = &'static str> {
    WELL_KNOWN
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn proposed() -> impl Iterator<Item = &'static str> {
    lines().filter(|line| !line.starts_with('='))
}

/// Whether a domain is on the list, or below one that is: `t.vodafone.ne.jp`.
fn is_known(domain: &str) -> bool {
    lines()
        .map(|line| line.trim_start_matches('='))
        .any(|known| {
            domain
                .strip_suffix(known)
                .is_some_and(|below| below.is_empty() || below.ends_with('.'))
        })
}

/// Whether one slip makes `typed` of `known`.
fn is_one_slip(typed: &str, known: &str) -> bool {
    let name = known.split('.').next().unwrap_or_default();
    if name.len() < SHORTEST_NAME && !typed.starts_with(name) {
        return false;
    }
    let (typed, known) = (typed.as_bytes(), known.as_bytes());
    let same = |a: &[u8], b: &[u8]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    // What is alike at the beginning is left out; of the rest, everything but the slip is alike.
    let start = same(typed, known);
    let (typed, known) = (&typed[start..], &known[start..]);
    match (typed, known) {
        ([], [_]) | ([_], []) => true,
        ([a, b, typed @ ..], [c, d, known @ ..]) if a == d && b == c && typed == known => true,
        ([_, left @ ..], [_, right @ ..]) => left == right || left == known || typed == right,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{ENDINGS, lines, meant, proposed};

    #[track_caller]
    fn means(pairs: &[(&str, &str)]) {
        for (typed, expected) in pairs {
            assert_eq!(meant(typed).as_deref(), Some(*expected), "{typed}");
        }
    }

    #[test]
    fn one_slip_away_from_a_well_known_domain_is_that() {
        means(&[
            ("gmial.com", "gmail.com"),
            ("gmai.com", "gmail.com"),
            ("gmaill.com", "gmail.com"),
            ("gnail.com", "gmail.com"),
            ("gmail.co", "gmail.com"),
            ("gmail.cm", "gmail.com"),
            ("docomo.ne.jo", "docomo.ne.jp"),
            ("docmo.ne.jp", "docomo.ne.jp"),
            ("dokomo.ne.jp", "docomo.ne.jp"),
            ("docomo.nejp", "docomo.ne.jp"),
            ("ezwed.ne.jp", "ezweb.ne.jp"),
            ("sofbank.ne.jp", "softbank.ne.jp"),
            ("i.sotfbank.jp", "i.softbank.jp"),
            ("yaho.co.jp", "yahoo.co.jp"),
            ("yahoo.co.j", "yahoo.co.jp"),
            ("iclud.com", "icloud.com"),
            ("hotmial.co.jp", "hotmail.co.jp"),
            ("outlok.jp", "outlook.jp"),
            ("bigrobe.ne.jp", "biglobe.ne.jp"),
        ]);
    }

    #[test]
    fn an_ending_that_no_domain_has_is_set_right_before_whatever_name() {
        means(&[
            ("gmail.con", "gmail.com"),
            ("gmail.cmo", "gmail.com"),
            ("gmial.con", "gmail.com"),
            ("example.con", "example.com"),
            ("example.co.jo", "example.co.jp"),
            ("example.jpp", "example.jp"),
            ("ocn.ne.ip", "ocn.ne.jp"),
        ]);
    }

    #[test]
    fn a_well_known_name_with_another_ending_is_asked_about() {
        means(&[
            ("gmail.jp", "gmail.com"),
            ("gmail.co.jp", "gmail.com"),
            ("gmail.ne.jp", "gmail.com"),
            ("docomo.co.jp", "docomo.ne.jp"),
            ("docomo.ne", "docomo.ne.jp"),
            ("ezweb.jp", "ezweb.ne.jp"),
            ("icloud.jp", "icloud.com"),
            ("yahoo.jp", "yahoo.co.jp"),
        ]);
        for elsewhere in ["gmail.de", "yahoo.es", "home.com", "icloud.example.jp"] {
            assert_eq!(meant(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn nobody_is_asked_about_a_domain_that_there_is() {
        for domain in lines().map(|line| line.trim_start_matches('=')) {
            assert_eq!(meant(domain), None, "{domain}");
            assert_eq!(meant(&format!("mail.{domain}")), None, "{domain}");
        }
        for domain in [
            "example.jp",
            "example.com",
            "ibss.example.jp",
            "kenpo.or.jp",
        ] {
            assert_eq!(meant(domain), None, "{domain}");
        }
    }

    #[test]
    fn a_short_name_is_like_too_many_to_be_asked_about() {
        for domain in ["ocm.ne.jp", "ccn.ne.jp", "an.com", "we.com", "nsn.com"] {
            assert_eq!(meant(domain), None, "{domain}");
        }
        means(&[("ocn.ne.jpp", "ocn.ne.jp"), ("au.con", "au.com")]);
    }

    #[test]
    fn two_slips_are_another_domain() {
        for domain in ["gmxil.net", "dcm.ne.jp", "softbenk.co.jp", "gaml.com"] {
            assert_eq!(meant(domain), None, "{domain}");
        }
    }

    #[test]
    fn the_list_has_each_domain_once_and_is_no_ending_that_nobody_has() {
        let mut all: Vec<&str> = lines().map(|line| line.trim_start_matches('=')).collect();
        let listed = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), listed);
        assert!(proposed().count() >= 60, "{}", proposed().count());
        for domain in all {
            assert!(domain.contains('.') && domain == domain.trim(), "{domain}");
            assert!(
                !ENDINGS.iter().any(|(slip, _)| domain.ends_with(slip)),
                "{domain}"
            );
        }
    }
}
