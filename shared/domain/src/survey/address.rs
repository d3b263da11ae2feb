//! Where a survey is answered: an address on another site, which a page leads to.

/// How many characters an address has at most.
const LENGTH: usize = 1_000;
/// What begins it.
const SCHEME: &str = "https://";
/// What an address is written with, beside letters and digits (RFC 3986, section 2). The signs that browsers read in
/// ways of their own, such as `\`, are none of them.
const SIGNS: &str = "-._~:/?#[]@!$&'()*+,;=%";

/// The address of an insurer's survey: `https`, a host that has a name, and no user or password in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyAddress(String);

impl SurveyAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`SurveyAddressError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, SurveyAddressError> {
        if text.len() > LENGTH {
            return Err(SurveyAddressError::TooLong);
        }
        let rest = text
            .strip_prefix(SCHEME)
            .ok_or(SurveyAddressError::NotHttps)?;
        if let Some(sign) = text.chars().find(|sign| !is_written(*sign)) {
            return Err(SurveyAddressError::Character(sign));
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(SurveyAddressError::Credentials);
        }
        if !is_host(authority) {
            return Err(SurveyAddressError::Host);
        }
        if !has_whole_escapes(path) {
            return Err(SurveyAddressError::Escape);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_written(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || SIGNS.contains(sign)
}

/// Whether it is the name of a host in the public name system, with or without a port. A number is none: who answers
/// there could not be told by a certificate.
fn is_host(authority: &str) -> bool {
    let (name, port) = match authority.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (authority, None),
    };
    let has_port = port.is_none_or(is_port);
    let mut labels = name.split('.').rev().peekable();
    // What begins with a digit at the end, browsers take for a number.
    let is_top = |top: &&str| top.starts_with(|first: char| first.is_ascii_alphabetic());
    has_port
        && name.len() <= 253
        && name.contains('.')
        && labels.peek().is_some_and(is_top)
        && labels.all(is_label)
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse().is_ok_and(|port: u16| port > 0)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn has_whole_escapes(path: &str) -> bool {
    path.split('%').skip(1).all(|escaped| {
        escaped
            .as_bytes()
            .first_chunk::<2>()
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// Why a text is not the address of a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SurveyAddressError {
    /// It does not begin with `https://`.
    #[error("it does not begin with https://")]
    NotHttps,
    /// It has a user, perhaps with a password, in front of the host.
    #[error("it has a user or a password in it, which every member would get")]
    Credentials,
    /// The host is no name.
    #[error("its host is not a name such as survey.example.jp")]
    Host,
    /// A character that addresses are not written with.
    #[error(
        "it has the character {0:?}: letters beyond ASCII are written as %.. or, in the host, as xn--.."
    )]
    Character(char),
    /// A `%` without two hexadecimal digits.
    #[error("it has a % without two hexadecimal digits behind it")]
    Escape,
    /// It is longer than every browser, mail and letter takes.
    #[error("it is longer than {LENGTH} characters")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_on_another_site_is_one_and_stays_as_it_is_written() {
        for text in [
            "https://survey.example.jp",
            "https://survey.example.jp/",
            "https://SURVEY.example.jp:8443/2026/?insurer=jkc&from=ibss#begin",
            "https://survey.example.jp?insurer=jkc",
            "https://xn--q9jyb4c.example.jp/%E5%9B%9E%E7%AD%94",
            // Behind the host these mean nothing.
            "https://survey.example.jp/@jkc:1",
        ] {
            let address = SurveyAddress::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(address.as_str(), text);
        }
    }

    #[test]
    fn what_is_no_address_that_members_may_be_led_to_is_refused() {
        use SurveyAddressError::{Character, Credentials, Escape, Host, NotHttps, TooLong};
        let long = format!("https://survey.example.jp/{}", "a".repeat(LENGTH));
        for (text, why) in [
            ("", NotHttps),
            ("http://survey.example.jp/", NotHttps),
            ("javascript:alert(1)", NotHttps),
            ("//survey.example.jp/", NotHttps),
            ("survey.example.jp", NotHttps),
            (" https://survey.example.jp/", NotHttps),
            ("HTTPS://survey.example.jp/", NotHttps),
            ("https://jkc:secret@survey.example.jp/", Credentials),
            ("https://jkc@survey.example.jp", Credentials),
            ("https://", Host),
            ("https:///survey", Host),
            ("https://localhost/", Host),
            ("https://192.0.2.1/", Host),
            ("https://0x7f.1/", Host),
            ("https://127.0.0.0x1/", Host),
            ("https://[2001:db8::1]/", Host),
            ("https://survey..example.jp/", Host),
            ("https://-survey.example.jp/", Host),
            ("https://survey.example.jp./", Host),
            ("https://survey_1.example.jp/", Host),
            ("https://survey.example.jp:/", Host),
            ("https://survey.example.jp:0/", Host),
            ("https://survey.example.jp:65536/", Host),
            ("https://survey.example.jp:+1/", Host),
            ("https://%73urvey.example.jp/", Host),
            ("https://survey.example.jp\\@example.com/", Character('\\')),
            ("https://survey.example.jp/ 1", Character(' ')),
            ("https://survey.example.jp/\n", Character('\n')),
            ("https://survey.example.jp/\"", Character('"')),
            ("https://調査.example.jp/", Character('調')),
            ("https://survey.example.jp/回答", Character('回')),
            ("https://survey.example.jp/100%", Escape),
            ("https://survey.example.jp/%E5%9", Escape),
            (&long, TooLong),
        ] {
            assert_eq!(SurveyAddress::parse(text), Err(why), "{text}");
        }
    }
}
