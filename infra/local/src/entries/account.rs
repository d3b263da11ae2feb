//! An account and its member's claim.

use domain::{BegunSession, KnownDevice, TokenHash};
use serde::Deserialize;
use store::{Account, NewAccount, Recovery};
use time::OffsetDateTime;

use super::{At, Entry, MemberEntry, account_id, email, hash, terms_version, token, user_id};
use crate::{dynamodb::TableItem, encode::table_item, samples::SampleSet};

/// An account and its member's claim.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AccountEntry {
    user_id: String,
    password: String,
    email: String,
    member: MemberEntry,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// The version of the terms that was accepted last.
    terms_accepted: Option<String>,
    /// The sessions that the account lists; what they hold is an entry of its own.
    #[serde(default)]
    sessions: Vec<ListedEntry>,
    /// The browsers that the account knows.
    #[serde(default)]
    devices: Vec<ListedEntry>,
    /// When it was last logged in to.
    last_login_at: Option<At>,
    /// When an operator disabled it.
    disabled_at: Option<At>,
    /// The address that an operator lets the next password reset go to.
    recovery: Option<RecoveryEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RecoveryEntry {
    email: String,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
}

/// A session, or a browser, that an account lists.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListedEntry {
    /// As in the browser's cookie.
    token: String,
    #[serde(with = "time::serde::rfc3339")]
    signed_in_at: OffsetDateTime,
}

impl Entry for AccountEntry {
    fn items(self, samples: &SampleSet) -> Result<Vec<TableItem>, String> {
        let (insurer, member) = self.member.find(samples)?;
        let accepted = self.terms_accepted.as_deref().map(terms_version);
        let recovery = self.recovery.map(|noted| {
            Ok::<_, String>(Recovery {
                email: email(&noted.email)?,
                until: noted.until,
            })
        });
        let account = Account {
            acceptances: accepted
                .transpose()?
                .map(|version| (version, self.created_at))
                .into_iter()
                .collect(),
            sessions: listed(&self.sessions, |token, at| BegunSession { token, at })?,
            devices: listed(&self.devices, |token, at| KnownDevice { token, at })?,
            recovery: recovery.transpose()?,
            last_login_at: self.last_login_at.map(|At(at)| at),
            disabled_at: self.disabled_at.map(|At(at)| at),
            ..Account::from(NewAccount {
                id: account_id(&self.user_id),
                user_id: user_id(&self.user_id)?,
                member: member.id,
                insurer: insurer.code,
                email: email(&self.email)?,
                password_hash: hash(&self.password)?,
                created_at: self.created_at,
            })
        };
        Ok(vec![
            table_item("Accounts", &account.to_item())?,
            table_item("Accounts", &account.to_claim())?,
        ])
    }
}

fn listed<T>(
    entries: &[ListedEntry],
    of: impl Fn(TokenHash, OffsetDateTime) -> T,
) -> Result<Vec<T>, String> {
    let each = entries.iter();
    each.map(|entry| Ok(of(token(&entry.token)?.hash(), entry.signed_in_at)))
        .collect()
}
