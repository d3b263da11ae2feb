//! Cookies: one token a flow, in `__Host-` cookies that scripts cannot read and other sites cannot send.

use std::time::Duration;

use domain::Token;
use http::{HeaderMap, HeaderValue, header::COOKIE};

/// As many tokens as one cookie has at most: a family shares a browser, a library's desk forgets.
const TOKENS: usize = 5;
/// What stands between two tokens of one cookie: no character of a token.
const BETWEEN: &str = ".";

/// A flow that a browser is in, each with its own cookie: a token of one means nothing to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// On the way to an account.
    Registration,
    /// On the way to a new password.
    Reset,
    /// Signed in.
    Session,
    /// Known to the accounts that were logged in to from this browser.
    Device,
}

impl Flow {
    /// The cookie's name.
    #[must_use]
    pub fn cookie_name(self) -> &'static str {
        match self {
            Self::Registration => "__Host-registration",
            Self::Reset => "__Host-reset",
            Self::Session => "__Host-session",
            Self::Device => "__Host-device",
        }
    }

    /// How long the browser keeps the cookie; the server's own expiry is what counts.
    fn kept_for(self) -> Duration {
        match self {
            Self::Registration => domain::REGISTRATION_VALID,
            Self::Reset => domain::RESET_VALID,
            Self::Session => domain::SESSION_VALID,
            Self::Device => domain::DEVICE_VALID,
        }
    }
}

/// A cookie to be set or cleared.
pub struct SetCookie(String);

impl SetCookie {
    /// Gives the browser a token.
    #[must_use]
    pub fn token(flow: Flow, token: &Token) -> Self {
        Self::build(flow, &token.encoded(), flow.kept_for())
    }

    /// Gives the browser several tokens, the newest first: no more than five of them.
    #[must_use]
    pub fn tokens<'a>(flow: Flow, tokens: impl IntoIterator<Item = &'a Token>) -> Self {
        let values: Vec<String> = tokens
            .into_iter()
            .take(TOKENS)
            .map(Token::encoded)
            .collect();
        Self::build(flow, &values.join(BETWEEN), flow.kept_for())
    }

    /// Takes the browser's token away.
    #[must_use]
    pub fn clear(flow: Flow) -> Self {
        Self::build(flow, "", Duration::ZERO)
    }

    fn build(flow: Flow, value: &str, kept_for: Duration) -> Self {
        Self(format!(
            "{}={value}; Max-Age={}; Path=/; Secure; HttpOnly; SameSite=Strict",
            flow.cookie_name(),
            kept_for.as_secs()
        ))
    }

    pub(crate) fn header_value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

/// Finds the token of `flow`. A cookie that is malformed is none.
pub(crate) fn token(headers: &HeaderMap, flow: Flow) -> Option<Token> {
    Token::parse(value(headers, flow)?).ok()
}

/// Finds the tokens of `flow`, without what is none.
pub(crate) fn tokens(headers: &HeaderMap, flow: Flow) -> Vec<Token> {
    let values = value(headers, flow).unwrap_or_default().split(BETWEEN);
    let read = values.filter_map(|value| Token::parse(value).ok());
    read.take(TOKENS).collect()
}

/// Finds the cookie of `flow`. One that is sent twice with different values is none: which of two is meant
/// cannot be known.
fn value(headers: &HeaderMap, flow: Flow) -> Option<&str> {
    let mut values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == flow.cookie_name())
        .map(|(_, value)| value);
    let first = values.next()?;
    if values.any(|other| other != first) {
        return None;
    }
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[String]) -> HeaderMap {
        cookies
            .iter()
            .map(|cookie| {
                (
                    COOKIE,
                    HeaderValue::from_str(cookie).expect("a header value"),
                )
            })
            .collect()
    }

    #[test]
    fn a_token_comes_back_from_its_own_flow_only() {
        let token_1 = Token::draw(&domain::Guessable::byte(1)).encoded();
        let jar = headers(&[format!("lang=ja; __Host-registration={token_1}")]);
        assert_eq!(
            token(&jar, Flow::Registration).map(|token| token.encoded()),
            Some(token_1)
        );
        assert!(token(&jar, Flow::Session).is_none());
    }

    #[test]
    fn two_different_cookies_of_one_name_are_none() {
        let [one, two] = [1, 2].map(|byte| Token::draw(&domain::Guessable::byte(byte)).encoded());
        let jar = headers(&[format!("__Host-session={one}; __Host-session={two}")]);
        assert!(token(&jar, Flow::Session).is_none());
    }

    #[test]
    fn a_cookie_of_several_tokens_gives_them_back_and_never_more_than_five() {
        let drawn: Vec<Token> = (1..=7)
            .map(|byte| Token::draw(&domain::Guessable::byte(byte)))
            .collect();
        let cookie = SetCookie::tokens(Flow::Device, &drawn).0;
        let (pair, _) = cookie.split_once(';').expect("attributes");
        let encoded = |tokens: &[Token]| tokens.iter().map(Token::encoded).collect::<Vec<_>>();
        let found = tokens(&headers(&[pair.to_owned()]), Flow::Device);
        assert_eq!(encoded(&found), encoded(&drawn[..5]));
        let damaged = format!("__Host-device=x.{}.", drawn[0].encoded());
        let found = tokens(&headers(&[damaged]), Flow::Device);
        assert_eq!(encoded(&found), encoded(&drawn[..1]));
        assert!(tokens(&headers(&[]), Flow::Device).is_empty());
    }

    #[test]
    fn a_cookie_is_closed_to_scripts_and_to_other_sites() {
        let cookie = SetCookie::token(Flow::Session, &Token::draw(&domain::Guessable::byte(7))).0;
        assert!(cookie.starts_with("__Host-session="));
        for attribute in [
            "Secure",
            "HttpOnly",
            "SameSite=Strict",
            "Path=/",
            "Max-Age=43200",
        ] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"));
        assert!(SetCookie::clear(Flow::Session).0.contains("Max-Age=0"));
    }
}
