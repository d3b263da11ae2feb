//! The members' site, by its origin.

use std::fmt::Write as _;

use domain::{InsurerCode, LetterKey};

use crate::language::say;

/// `https://` and a host, as it is printed and scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site(String);

impl Site {
    /// Reads an origin; a slash at its end does not matter.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let origin = text.strip_suffix('/').unwrap_or(text);
        let host = origin.strip_prefix("https://").unwrap_or_default();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        if host.is_empty() || !host.chars().all(allowed) || !host.contains('.') {
            return Err(say!(
                ja: "https:// と小文字のホスト名だけを書いてください",
                en: "it is https:// and a host in small letters, and nothing behind it",
            ));
        }
        Ok(Self(origin.to_owned()))
    }

    /// Where the members of an insurer begin: the page knows it by its code.
    pub(crate) fn signup(&self, insurer: &InsurerCode) -> String {
        let mut address = format!("{}/portal/signup.ibss?", self.0);
        for byte in insurer.folded().bytes() {
            // RFC 3986, section 2.3: what needs no encoding anywhere.
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                address.push(char::from(byte));
            } else {
                let _ = write!(address, "%{byte:02X}");
            }
        }
        address
    }

    /// The same, for who reads the code of a letter that has a key: what stands behind the # stays in the browser.
    pub(crate) fn signup_with(&self, insurer: &InsurerCode, key: &LetterKey) -> String {
        format!("{}#{}", self.signup(insurer), key.plain())
    }

    /// Where members log in from then on.
    pub(crate) fn login(&self) -> String {
        format!("{}/portal/", self.0)
    }
}

#[cfg(test)]
mod tests {
    use domain::{InsurerCode, LetterKey};

    use super::Site;

    #[test]
    fn a_site_is_an_origin() {
        let site = Site::parse("https://ibss.example.jp/").unwrap();
        let signup = |code| site.signup(&InsurerCode::parse(code).unwrap());
        for (code, query) in [
            ("JKC", "jkc"),
            ("j.k_c", "j.k_c"),
            ("a&b=c#d%e", "a%26b%3Dc%23d%25e"),
            ("健保", "%E5%81%A5%E4%BF%9D"),
        ] {
            let expected = format!("https://ibss.example.jp/portal/signup.ibss?{query}");
            assert_eq!(signup(code), expected);
        }
        let key = LetterKey::parse("7K2M-0XQ4-1BVW").unwrap();
        let jkc = InsurerCode::parse("jkc").unwrap();
        let scanned = "https://ibss.example.jp/portal/signup.ibss?jkc#7K2M0XQ41BVW";
        assert_eq!(site.signup_with(&jkc, &key), scanned);
        assert_eq!(site.login(), "https://ibss.example.jp/portal/");
        for text in [
            "",
            "ibss.example.jp",
            "http://ibss.example.jp",
            "https://",
            "https://localhost",
            "https://ibss.example.jp/portal/",
            "https://ibss.example.jp?a",
            "https://ibss.example.jp:8080",
            "https://IBSS.example.jp",
            "https://いぶす.example.jp",
        ] {
            assert!(Site::parse(text).is_err(), "{text}");
        }
    }
}
