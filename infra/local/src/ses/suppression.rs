//! The account's suppression list: whom SES does not deliver to, and the calls that read and change it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{bad_request, error};
use crate::clock::now_ms;
use crate::serve::{Answer, json as json_answer};

/// Where the calls go.
const PATH: &str = "/v2/email/suppression/addresses";

/// The list: addresses as they were sent to, each with the reason and when it was listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct SuppressionList(Arc<Mutex<BTreeMap<String, (String, i64)>>>);

/// A call about the list.
pub(super) enum Request {
    Get(String),
    Delete(String),
    Put(Listed),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    email_address: String,
    reason: String,
}

impl SuppressionList {
    /// Takes all addresses off it.
    pub(crate) fn clear(&self) {
        let Self(listed) = self;
        listed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl Request {
    /// The call, if it is one about the list; or why it cannot be read.
    pub(super) fn read(method: &Method, path: &str, body: &[u8]) -> Option<Result<Self, Answer>> {
        let rest = path.strip_prefix(PATH)?;
        match (method, rest.strip_prefix('/')) {
            (&Method::GET, Some(address)) => Some(address_in(address).map(Self::Get)),
            (&Method::DELETE, Some(address)) => Some(address_in(address).map(Self::Delete)),
            (&Method::PUT, None) => Some(
                serde_json::from_slice(body)
                    .map(Self::Put)
                    .map_err(|cause| bad_request(&cause.to_string())),
            ),
            _ => None,
        }
    }

    /// The operation, as IAM names it.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Get(_) => "GetSuppressedDestination",
            Self::Delete(_) => "DeleteSuppressedDestination",
            Self::Put(_) => "PutSuppressedDestination",
        }
    }
}

impl SuppressionList {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (String, i64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists an address.
    pub(crate) fn add(&self, address: &str, reason: &str) {
        let listed = (reason.to_owned(), now_ms());
        self.lock().insert(address.to_owned(), listed);
    }

    /// Why an address is listed, if it is.
    pub(crate) fn reason(&self, address: &str) -> Option<String> {
        self.lock().get(address).map(|(reason, _)| reason.clone())
    }

    pub(super) fn answer(&self, request: Request) -> Answer {
        let missing = || {
            let message = "Email address does not exist on your suppression list.";
            error(StatusCode::NOT_FOUND, "NotFoundException", message)
        };
        match request {
            Request::Get(address) => match self.lock().get(&address) {
                None => missing(),
                Some((reason, since)) => json_answer(
                    StatusCode::OK,
                    &json!({"SuppressedDestination": {
                        "EmailAddress": address,
                        "Reason": reason,
                        "LastUpdateTime": since / 1000,
                    }}),
                ),
            },
            Request::Delete(address) => match self.lock().remove(&address) {
                None => missing(),
                Some(_) => json_answer(StatusCode::OK, &json!({})),
            },
            Request::Put(listed) => match &*listed.reason {
                "BOUNCE" | "COMPLAINT" => {
                    self.add(&listed.email_address, &listed.reason);
                    json_answer(StatusCode::OK, &json!({}))
                }
                _ => bad_request("Reason must be BOUNCE or COMPLAINT."),
            },
        }
    }
}

#[expect(clippy::result_large_err, reason = "the answer is given at once")]
fn address_in(part: &str) -> Result<String, Answer> {
    decoded(part).ok_or_else(|| bad_request("The address is not encoded."))
}

/// A part of a path, without its percent signs; `None` when it is not encoded as it should be.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| byte == b'%');
        let escaped = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.map(|digits| u8::from_str_radix(digits, 16)) {
            Some(Ok(escaped)) => {
                bytes.push(escaped);
                rest = &after[2..];
            }
            Some(Err(_)) => return None,
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(list: &SuppressionList, method: &Method, path: &str) -> StatusCode {
        match Request::read(method, path, b"") {
            Some(Ok(request)) => list.answer(request).status(),
            Some(Err(answer)) => answer.status(),
            None => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    #[test]
    fn an_address_is_found_until_it_is_taken_off() {
        let list = SuppressionList::default();
        list.add("taro+a@example.jp", "BOUNCE");
        let path = format!("{PATH}/taro%2Ba%40example.jp");
        assert_eq!(status(&list, &Method::GET, &path), StatusCode::OK);
        assert_eq!(status(&list, &Method::DELETE, &path), StatusCode::OK);
        assert_eq!(status(&list, &Method::GET, &path), StatusCode::NOT_FOUND);
        assert_eq!(status(&list, &Method::DELETE, &path), StatusCode::NOT_FOUND);
        let broken = format!("{PATH}/%zz");
        assert_eq!(
            status(&list, &Method::GET, &broken),
            StatusCode::BAD_REQUEST
        );
    }
}
