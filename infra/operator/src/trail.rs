//! What happened to a member and to an account, across the numbers that the member has had.

pub(crate) mod words;

use std::collections::BTreeSet;

use domain::{MemberId, Subject};
use store::{Event, Stamp};

use crate::{desk::Desk, failure::Failure, moving::NAME as MOVE};

/// More numbers nobody has had: a trail that goes on is damaged.
const MOST_NUMBERS: usize = 16;

/// The events of a member, and whose they are: the number of now, and those of before.
pub(crate) struct OfMember {
    pub(crate) subjects: BTreeSet<String>,
    pub(crate) events: Vec<Event>,
}

/// The trail of a member under the number of now, and under each of before until it was given up.
pub(crate) async fn of_member(desk: &Desk, subject: &Subject) -> Result<OfMember, Failure> {
    let mut whose = subject.clone();
    let mut until: Option<Stamp> = None;
    let mut found = OfMember {
        subjects: BTreeSet::new(),
        events: Vec::new(),
    };
    for _ in 0..MOST_NUMBERS {
        let mut events = desk.audit.history(&whose).await?;
        if let Some(until) = until {
            events.retain(|event| event.at < until);
        }
        found.subjects.insert(whose.as_str().to_owned());
        let came = events
            .iter()
            .rposition(|event| event.name == MOVE && event.member.is_some());
        let Some(came) = came else {
            found.events.extend(events);
            break;
        };
        // What is of before is of who had the number then.
        let own = events.split_off(came);
        let former = own.first().and_then(|event| event.member.clone());
        until = own.first().map(|event| event.at);
        found.events.extend(own);
        match former {
            Some(former) => whose = former,
            None => break,
        }
    }
    found.events.sort_by_key(|event| event.at);
    Ok(found)
}

/// Everything that happened to a member and to the member's account, in order of time.
pub(crate) async fn history_of(desk: &Desk, id: &MemberId) -> Result<Vec<Event>, Failure> {
    let of_member = of_member(desk, &id.subject()).await?;
    let claim = desk.claim(id).await?;
    let Some(user_id) = claim else {
        return Ok(of_member.events);
    };
    let account = store::AccountKey::of(&user_id).subject();
    let of_account = desk.audit.history(&account).await?;
    let of_account = since_others(of_account, &of_member.subjects);
    let both: BTreeSet<Stamp> = of_account.iter().map(|event| event.at).collect();
    let mut all = of_account;
    let only = of_member.events.into_iter();
    all.extend(only.filter(|event| !both.contains(&event.at)));
    all.sort_by_key(|event| event.at);
    Ok(all)
}

/// A trail of a user ID, without what is of accounts of other members that had it before.
pub(crate) fn since_others(mut of_user_id: Vec<Event>, member: &BTreeSet<String>) -> Vec<Event> {
    let is_anothers = |event: &Event| {
        let of = event.member.as_ref();
        of.is_some_and(|of| !member.contains(of.as_str()))
    };
    let begin = of_user_id.iter().rposition(is_anothers);
    of_user_id.split_off(begin.map_or(0, |last| last + 1))
}
