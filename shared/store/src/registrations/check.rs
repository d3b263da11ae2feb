//! What must hold of a registration, of the stub that it leaves, and of a reserved user ID.

use domain::{
    CODE_SENDS, CREATES_PER_REGISTRATION, InsurerCode, MemberId, Subject, TokenHash, UserId,
};

use super::{CREATES, KEY, OWNER, Registrations, TABLE, registration_key, reservation_key};
use crate::{
    Error, Item, Presented, Table as _, VerifiedMember,
    accounts::check::claim_of,
    check::{Fact, Look, RegistrationFact, Rule, Seen, TableLook, millis},
    codes,
};

pub(crate) const LOOK: TableLook = TableLook {
    table: TABLE,
    variable: Registrations::VARIABLE,
    key: KEY,
    at,
};

const USER_ID: &str = "user-id#";
/// What may stay of a registration that is over: nothing that a person has written or is called.
const STUB: [&str; 10] = [
    KEY,
    "token",
    OWNER,
    "member",
    "insurer",
    "verified_at",
    "survey_deadline",
    "expires_at",
    "completed_at",
    "ttl",
];

fn at(item: &Item) -> Seen {
    Look::at(item, TABLE, KEY, name, |look, key| {
        match key.strip_prefix(USER_ID) {
            Some(folded) => reservation(look, folded),
            None => registration(look, key),
        }
    })
}

fn name(key: &str) -> String {
    match key.strip_prefix(USER_ID) {
        Some(user_id) => format!("{USER_ID}{}", Subject::of(user_id).as_str()),
        None => key.to_owned(),
    }
}

fn registration(look: &mut Look<'_>, key: &str) -> Result<Fact, Error> {
    let item = look.row.item;
    let token = look.row.parsed("token", TokenHash::parse)?;
    look.stands_at(key, &registration_key(&token));
    let expires_at = look.row.instant("expires_at")?;
    look.collected_at(expires_at);
    let is_completed = item.contains_key("completed_at");
    if is_completed {
        look.has_only(&STUB);
    } else {
        for (what, most) in [
            (CREATES, CREATES_PER_REGISTRATION as usize),
            (codes::WRONG, domain::CODE_TRIES as usize),
            ("sends", CODE_SENDS.most.into()),
        ] {
            look.at_most(what, look.row.stamps(what)?.len(), most);
        }
        if item.contains_key("code") && !item.contains_key("user_id") {
            look.wrong(Rule::Bare, "a code without a choice");
        }
        // All that a live one is read for.
        let presented = Presented { token, page: None };
        drop(VerifiedMember::read(
            Some(item),
            &presented,
            time::OffsetDateTime::UNIX_EPOCH,
        )?);
    }
    let member = MemberId::from_stored(look.row.text("member")?.to_owned());
    let user_id = look.row.maybe_parsed("user_id", UserId::parse)?;
    Ok(Fact::Registration(RegistrationFact {
        claim: claim_of(&member),
        subject: member.subject(),
        member: member.as_str().to_owned(),
        insurer: look
            .row
            .parsed("insurer", InsurerCode::parse)?
            .folded()
            .to_owned(),
        verified_at: millis(look.row.instant("verified_at")?),
        expires_at: millis(expires_at),
        is_completed,
        reservation: user_id.as_ref().map(reservation_key),
    }))
}

fn reservation(look: &mut Look<'_>, folded: &str) -> Result<Fact, Error> {
    let expires_at = look.row.instant("expires_at")?;
    look.collected_at(expires_at);
    let holder = MemberId::from_stored(look.row.text("holder")?.to_owned());
    if let Ok(user_id) = UserId::parse(folded) {
        look.stands_at(&format!("{USER_ID}{folded}"), &reservation_key(&user_id));
        let written = Registrations::reservation_item(&holder, &user_id, expires_at);
        let attributes: Vec<&str> = written.keys().map(String::as_str).collect();
        look.has_only(&attributes);
    } else {
        look.wrong(Rule::Key, "it names no user ID");
    }
    Ok(Fact::Reservation {
        holder: holder.as_str().to_owned(),
        expires_at: millis(expires_at),
    })
}
