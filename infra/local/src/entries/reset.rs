//! A password reset.

use domain::Code;
use serde::Deserialize;
use store::{Account, NewAccount, NewReset, Reset, ResetAccount};
use time::OffsetDateTime;

use super::{
    Entry, MemberEntry, account_id, email, flow_subject, hash, token, user_id, waiting_code,
};
use crate::{dynamodb::TableItem, encode::table_item, samples::SampleSet};

/// A password reset.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResetEntry {
    /// As in the browser's cookie.
    token: String,
    #[serde(with = "time::serde::rfc3339")]
    requested_at: OffsetDateTime,
    code: String,
    #[serde(default)]
    wrong_tries: u32,
    /// The account as it was then; without one it is a decoy.
    account: Option<ResetAccountEntry>,
    /// The user ID that was typed for a decoy.
    user_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResetAccountEntry {
    user_id: String,
    password: String,
    email: String,
    member: MemberEntry,
}

impl Entry for ResetEntry {
    fn items(self, samples: &SampleSet) -> Result<Vec<TableItem>, String> {
        let token = token(&self.token)?;
        let typed = match (&self.account, &self.user_id) {
            (Some(account), None) => &account.user_id,
            (None, Some(decoy)) => decoy,
            _ => return Err("either account or, of a decoy, userId".to_owned()),
        };
        let code = waiting_code(
            Code::parse_for_reset(&self.code),
            &token,
            self.requested_at,
            self.wrong_tries,
        )?;
        let mut reset = Reset::from(NewReset {
            token: token.hash(),
            flow_subject: flow_subject(&token),
            code: code.sealed.clone(),
            subject: user_id(typed)?.subject(),
            requested_at: self.requested_at,
            account: None,
        });
        reset.code = code;
        if let Some(account) = self.account {
            let account = account.read(self.requested_at, samples)?;
            reset.account = Some(ResetAccount::of(&account, &account.email));
        }
        Ok(vec![table_item("Resets", &reset.to_item())?])
    }
}

impl ResetAccountEntry {
    fn read(&self, created_at: OffsetDateTime, samples: &SampleSet) -> Result<Account, String> {
        let (insurer, member) = self.member.find(samples)?;
        Ok(Account::from(NewAccount {
            id: account_id(&self.user_id),
            user_id: user_id(&self.user_id)?,
            member: member.id,
            insurer: insurer.code,
            email: email(&self.email)?,
            password_hash: hash(&self.password)?,
            created_at,
        }))
    }
}
