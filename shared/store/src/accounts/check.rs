//! What must hold of an account and of a claim.

use domain::{DEVICES_PER_ACCOUNT, MemberId, SESSIONS_PER_ACCOUNT, Subject, UserId};

use super::{
    KEY, TABLE,
    image::{Account, AccountKey, USER, claim_item, claim_key},
};
use crate::{
    Accounts, Error, Item, Table as _,
    check::{AccountFact, Fact, Look, Rule, Seen, TableLook, millis},
};

pub(crate) const LOOK: TableLook = TableLook {
    table: TABLE,
    variable: Accounts::VARIABLE,
    key: KEY,
    at,
};

/// What the key of a claim begins with.
const CLAIM: &str = "member#";

/// The key of a member's claim.
pub(crate) fn claim_of(member: &MemberId) -> String {
    claim_key(member)
}

fn at(item: &Item) -> Seen {
    Look::at(item, TABLE, KEY, name, |look, key| {
        look.stays();
        if key.starts_with(USER) {
            account(look, key)
        } else {
            claim(look, key)
        }
    })
}

fn name(key: &str) -> String {
    let (kind, whose) = key.split_once('#').unwrap_or(("?", key));
    format!("{kind}#{}", Subject::of(whose).as_str())
}

fn account(look: &mut Look<'_>, key: &str) -> Result<Fact, Error> {
    let account = Account::from_item(look.row.item)?;
    look.stands_at(key, AccountKey::of(&account.user_id).as_str());
    look.at_most("sessions", account.sessions.len(), SESSIONS_PER_ACCOUNT);
    look.at_most("browsers", account.devices.len(), DEVICES_PER_ACCOUNT);
    Ok(Fact::Account(AccountFact {
        id: account.id.as_str().to_owned(),
        subject: account.key.subject(),
        member: account.member.subject(),
        claim: claim_key(&account.member),
        insurer: account.insurer.folded().to_owned(),
        created_at: millis(account.created_at),
        acceptances: account
            .acceptances
            .iter()
            .map(|(version, at)| (version.clone(), millis(*at)))
            .collect(),
        last_login_at: account.last_login_at.map(millis),
        disabled_at: account.disabled_at.map(millis),
        sessions: account
            .sessions
            .iter()
            .map(|session| session.token.as_str().to_owned())
            .collect(),
    }))
}

fn claim(look: &mut Look<'_>, key: &str) -> Result<Fact, Error> {
    if !key.starts_with(CLAIM) {
        look.wrong(Rule::Key, "neither an account's nor a claim's");
        return Ok(Fact::None);
    }
    let id = look.row.parsed("account_id", domain::AccountId::parse)?;
    let user_id = look.row.parsed("user_id", UserId::parse)?;
    let created_at = look.row.instant("created_at")?;
    let member = MemberId::from_stored(key.trim_start_matches(CLAIM).to_owned());
    let written = claim_item(&member, &id, &user_id, created_at);
    let attributes: Vec<&str> = written.keys().map(String::as_str).collect();
    look.has_only(&attributes);
    Ok(Fact::Claim {
        account_id: id.as_str().to_owned(),
        account: AccountKey::of(&user_id).as_str().to_owned(),
    })
}
