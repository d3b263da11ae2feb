//! States in the words of the domain: what stands in `events/<step>/state/*.json` beside `items` and
//! `faults`. Tokens, codes and passwords are written as the browser and the member have them; the store's
//! own code turns them into what the tables hold.

mod account;
mod address;
mod letter;
mod registration;
mod reset;
mod session;
mod throttle;

use domain::{
    AccountId, Code, CodeError, EmailAddress, FlowSubject, Guessable, HashMemory, LetterKey,
    LetterKeyHash, NewPassword, PasswordContext, PasswordHash, TermsVersion, Token, UserId,
};
use files::{InsurerEntry, member_key};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use store::{Insurer, Member, Stamp, WaitingCode};
use time::OffsetDateTime;

use self::{
    account::AccountEntry,
    address::{AddressEntry, MailEntry},
    letter::LetterEntry,
    registration::RegistrationEntry,
    reset::ResetEntry,
    session::SessionEntry,
    throttle::ThrottleEntry,
};
use crate::{dynamodb::TableItem, encode::table_item, samples::SampleSet};

/// Reads the entries of one name.
type ReadEntries = fn(&Value, &SampleSet) -> Result<Vec<TableItem>, String>;

/// What a state has beside `items`, `gone` and `faults`.
const ENTRIES: [(&str, ReadEntries); 9] = [
    ("insurers", each::<InsurerEntry>),
    ("letters", each::<LetterEntry>),
    ("registrations", each::<RegistrationEntry>),
    ("accounts", each::<AccountEntry>),
    ("sessions", each::<SessionEntry>),
    ("resets", each::<ResetEntry>),
    ("throttles", each::<ThrottleEntry>),
    ("addresses", each::<AddressEntry>),
    ("mails", each::<MailEntry>),
];

/// One entry of a state.
trait Entry: DeserializeOwned {
    /// The items that it stands for, its members being of these samples.
    fn items(self, samples: &SampleSet) -> Result<Vec<TableItem>, String>;
}

impl Entry for InsurerEntry {
    fn items(self, _: &SampleSet) -> Result<Vec<TableItem>, String> {
        let insurer = self.read().map_err(|error| error.to_string())?;
        Ok(vec![table_item("Insurers", &insurer.to_item())?])
    }
}

/// The items that an entry stands for, its members being of these samples.
///
/// # Errors
/// When there is no such entry, or its value is not one for it.
pub(crate) fn read(
    name: &str,
    value: &Value,
    samples: &SampleSet,
) -> Result<Vec<TableItem>, String> {
    let entry = ENTRIES.iter().find(|(known, _)| *known == name);
    let Some((_, read)) = entry else {
        let known = ENTRIES.map(|(name, _)| name).join(", ");
        return Err(format!(
            "a state has no entry `{name}`; it has {known}, items, gone and faults"
        ));
    };
    read(value, samples).map_err(|error| format!("{name}: {error}"))
}

fn each<T: Entry>(value: &Value, samples: &SampleSet) -> Result<Vec<TableItem>, String> {
    let entries = Vec::<T>::deserialize(value).map_err(|error| error.to_string())?;
    let mut all = Vec::new();
    for entry in entries {
        all.extend(entry.items(samples)?);
    }
    Ok(all)
}

/// A member of the sample roster: insurer code, 記号, 番号.
#[derive(Deserialize)]
struct MemberEntry([String; 3]);

impl MemberEntry {
    fn find(&self, samples: &SampleSet) -> Result<(Insurer, Member), String> {
        let [insurer, symbol, number] = &self.0;
        let key = member_key(insurer, symbol, number).map_err(|error| error.to_string())?;
        let insurer = samples
            .insurers
            .iter()
            .find(|known| known.code.folded() == key.insurer.folded())
            .cloned()
            .ok_or_else(|| format!("there is no sample insurer {insurer}"))?;
        let id = key.id(insurer.key_rule);
        let member = samples
            .members
            .iter()
            .find(|known| known.id.as_str() == id.as_str())
            .cloned()
            .ok_or_else(|| format!("there is no sample member {symbol} {number}"))?;
        Ok((insurer, member))
    }
}

#[derive(Clone, Copy, Deserialize)]
struct At(#[serde(with = "time::serde::rfc3339")] OffsetDateTime);

/// What is kept of a key that a letter has.
fn letter_key(text: &str) -> Result<LetterKeyHash, String> {
    let key = LetterKey::parse(text).map_err(|error| format!("key: {error}"))?;
    Ok(key.hash(&Guessable(0)))
}

/// Stamps of one time that all differ.
fn stamps(at: OffsetDateTime, times: u32) -> Vec<Stamp> {
    (0..times)
        .map(|index| Stamp::draw(at, &Guessable(index)))
        .collect()
}

fn token(text: &str) -> Result<Token, String> {
    Token::parse(text).map_err(|error| format!("token: {error}"))
}

/// A code that was sent in the flow of this token, after so many wrong tries at it.
fn waiting_code(
    code: Result<Code, CodeError>,
    token: &Token,
    sent_at: OffsetDateTime,
    wrong_tries: u32,
) -> Result<WaitingCode, String> {
    let code = code.map_err(|error| format!("code: {error}"))?;
    Ok(WaitingCode {
        wrong: stamps(sent_at, wrong_tries),
        ..WaitingCode::sent(code.seal(token), sent_at)
    })
}

/// The same token has the same subject in every state.
fn flow_subject(token: &Token) -> FlowSubject {
    let sum = token.hash().as_str().bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    FlowSubject::draw(&Guessable(sum))
}

fn user_id(text: &str) -> Result<UserId, String> {
    UserId::parse(text).map_err(|error| format!("userId: {error}"))
}

fn email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(|error| format!("email: {error}"))
}

fn terms_version(text: &str) -> Result<TermsVersion, String> {
    TermsVersion::parse(text).map_err(|error| format!("termsAccepted: {error}"))
}

fn hash(password: &str) -> Result<PasswordHash, String> {
    let password = NewPassword::parse(password, &PasswordContext::default())
        .map_err(|error| format!("password: {error}"))?;
    domain::hash(&password, [0; 16], &mut HashMemory::new()).map_err(|error| error.to_string())
}

/// The same account has the same name in every entry of a state.
fn account_id(user_id: &str) -> AccountId {
    let folded = user_id.to_ascii_lowercase();
    let sum = folded.bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    AccountId::draw(&Guessable(sum))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

    #[test]
    fn a_registration_brings_the_reservation_of_its_user_id() {
        let items = read(
            "registrations",
            &json!([{
                "token": TOKEN,
                "member": ["jkc", "01", "jvc0211"],
                "verifiedAt": "2026-11-22T01:00:00Z",
                "chosen": {"userId": "taro", "password": "kaze-to-7sora", "email": "taro@example.jp"},
                "code": {"code": "611898", "sentAt": "2026-11-22T01:01:00Z", "wrongTries": 2},
                "sentAt": ["2026-11-22T01:01:00Z"],
            }]),
            &SampleSet::as_filed().unwrap(),
        )
        .unwrap();
        assert_eq!(items.len(), 2);
        let registration = &items[1].item;
        assert_eq!(
            registration["code_tries_counted"]["NS"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert!(
            !format!("{items:?}").contains("611898"),
            "the code is sealed"
        );
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_named() {
        let samples = SampleSet::as_filed().unwrap();
        for (name, value, expected) in [
            ("members", json!([]), "no entry `members`"),
            (
                "sessions",
                json!([{"token": "x"}]),
                "sessions: missing field",
            ),
            (
                "resets",
                json!([{"token": TOKEN, "requestedAt": "2026-11-22T01:00:00Z", "code": "611898"}]),
                "resets: either account or, of a decoy, userId",
            ),
            (
                "throttles",
                json!([{"of": "code-recipient", "email": "x", "at": "2026-11-22T01:00:00Z", "times": 1}]),
                "throttles: email",
            ),
        ] {
            let error = read(name, &value, &samples).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
