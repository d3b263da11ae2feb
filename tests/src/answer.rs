//! An answer of the API, and what every answer has to be.

use http::{HeaderMap, Response};
use hyper::body::Bytes;
use serde_json::Value;

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
    /// The body, as JSON; null when it is none.
    pub json: Value,
}

impl Answer {
    pub(crate) fn new(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            json: serde_json::from_slice(&body).unwrap_or_default(),
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// A header; empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The last part of the problem's type; empty when the answer is no problem.
    #[must_use]
    pub fn problem(&self) -> &str {
        self.json["type"]
            .as_str()
            .and_then(|name| name.strip_prefix("/problems/"))
            .unwrap_or_default()
    }

    /// The request's id, which [`local::Stack::calls_of`] takes.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.header("apigw-requestid")
    }

    /// The calls that the request made, when the browser asked to have them counted.
    #[must_use]
    pub fn calls(&self) -> &str {
        self.header("x-local-calls")
    }

    /// The time to wait, in seconds.
    #[must_use]
    pub fn retry_after(&self) -> u64 {
        self.header("retry-after").parse().unwrap_or_default()
    }

    /// The `Set-Cookie` header of this name.
    #[must_use]
    pub fn set_cookie(&self, name: &str) -> Option<String> {
        self.headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find(|cookie| cookie.split('=').next() == Some(name))
            .map(str::to_owned)
    }

    /// The fields that were refused, each with its code.
    #[must_use]
    pub fn refused_fields(&self) -> Vec<(&str, &str)> {
        self.json["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| {
                (
                    error["field"].as_str().unwrap_or_default(),
                    error["code"].as_str().unwrap_or_default(),
                )
            })
            .collect()
    }

    /// The answer is this success, never to be stored. Gives its body.
    #[track_caller]
    pub fn succeeds_with(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("cache-control"), "no-store");
        if status == 204 {
            assert_eq!(self.body, "");
        } else {
            assert_eq!(
                self.header("content-type"),
                "application/json; charset=utf-8"
            );
        }
        &self.json
    }

    /// The answer is a success that is nobody's own: whoever likes may keep it. Gives its body.
    #[track_caller]
    pub fn is_public(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.body);
        let control = self.header("cache-control");
        assert_eq!(control, "public, max-age=300, stale-if-error=86400");
        assert!(!self.headers.contains_key("set-cookie"));
        &self.json
    }

    /// The answer is this refusal, and all that the contract asks of one: RFC 9457, never to be
    /// stored, in polite Japanese, with a time to wait exactly where waiting helps. Gives the answer
    /// back.
    #[track_caller]
    pub fn is_refused_with(&self, status: u16, name: &str) -> &Self {
        self.is_refusal(status, name);
        assert_eq!(self.header("content-language"), "ja");
        assert!(has_kana(&self.json["title"]), "{}", self.body);
        assert_polite(&self.json["detail"]);
        for error in self.json["errors"].as_array().into_iter().flatten() {
            assert_polite(&error["message"]);
        }
        self
    }

    /// The same in English.
    #[track_caller]
    pub fn is_refused_in_english_with(&self, status: u16, name: &str) -> &Self {
        self.is_refusal(status, name);
        assert_eq!(self.header("content-language"), "en");
        assert!(!has_kana(&self.json["title"]), "{}", self.body);
        assert_english(&self.json["detail"]);
        for error in self.json["errors"].as_array().into_iter().flatten() {
            assert_english(&error["message"]);
        }
        self
    }

    /// The answer is this refusal, in whichever language.
    #[track_caller]
    fn is_refusal(&self, status: u16, name: &str) {
        assert_eq!(
            (self.status, self.problem()),
            (status, name),
            "{}",
            self.body
        );
        assert_eq!(self.json["status"], status);
        assert_eq!(
            self.header("content-type"),
            "application/problem+json; charset=utf-8"
        );
        assert_eq!(self.header("cache-control"), "no-store");
        for error in self.json["errors"].as_array().into_iter().flatten() {
            assert!(error["field"].is_string() && error["code"].is_string());
        }
        assert_eq!(self.headers.contains_key("retry-after"), status == 429);
        assert!(self.set_cookie(crate::SESSION_COOKIE).is_none());
        assert!(self.set_cookie(crate::REGISTRATION_COOKIE).is_none());
        assert!(self.set_cookie(crate::RESET_COOKIE).is_none());
    }

    /// The answer refuses these fields of the request, for these reasons, and no others.
    #[track_caller]
    pub fn refuses_fields(&self, fields: &[(&str, &str)]) {
        self.is_refused_with(422, "invalid-request");
        assert_eq!(self.refused_fields(), fields, "{}", self.body);
    }
}

fn has_kana(text: &Value) -> bool {
    text.as_str()
        .is_some_and(|text| text.chars().any(|c| ('ぁ'..='ヿ').contains(&c)))
}

/// An English sentence; what it quotes or names in brackets may be Japanese.
#[track_caller]
fn assert_english(text: &Value) {
    let said = text.as_str().unwrap_or_default();
    assert!(said.ends_with('.') && said.contains(' '), "{said}");
    assert!(!said.contains(['。', '、']), "{said}");
}

/// Polite Japanese ends its sentences in です, ます, ください or the like, and with 「。」.
#[track_caller]
fn assert_polite(text: &Value) {
    let said = text.as_str().unwrap_or_default();
    assert!(has_kana(text) && said.ends_with('。'), "{said}");
    let polite = ["です", "ます", "ください", "ません", "ました", "せん"];
    assert!(polite.iter().any(|ending| said.contains(ending)), "{said}");
}
