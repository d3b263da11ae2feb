//! `operator account history`: the audit trail of an account and its member, as one.

use std::collections::BTreeSet;

use domain::Subject;
use serde::Serialize;
use store::{Event, Origin, Stamp};
use time::OffsetDateTime;

use super::OfAccount;
use crate::{answer::Answer, audited::Errand, desk::Desk, failure::Failure, world::in_japan};

#[derive(Serialize)]
struct History(Vec<Line>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    about: About,
    event: String,
    outcome: String,
    #[serde(flatten)]
    origin: From,
}

/// Whom an event is about.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
enum About {
    Account,
    Member,
}

/// What an event came from.
#[derive(Serialize)]
#[serde(untagged)]
enum From {
    Request { request: String },
    Operator { operator: String, reason: String },
}

impl Line {
    fn of(about: About, event: Event) -> Self {
        Self {
            at: event.at.at(),
            about,
            event: event.name,
            outcome: event.outcome,
            origin: match event.origin {
                Origin::Request(request) => From::Request { request },
                Origin::Operator { actor, reason } | Origin::Import { actor, reason, .. } => {
                    From::Operator {
                        operator: actor,
                        reason,
                    }
                }
            },
        }
    }
}

impl Answer for History {
    fn lines(&self) -> Vec<String> {
        let lines = self.0.iter().map(|line| {
            let about = match line.about {
                About::Account => "account",
                About::Member => "member",
            };
            let from = match &line.origin {
                From::Request { request } => format!("request {request}"),
                From::Operator { operator, reason } => format!("{operator}: {reason}"),
            };
            let (at, event, outcome) = (in_japan(line.at), &line.event, &line.outcome);
            format!("{at}  {about:7}  {event:22}  {outcome:20}  {from}")
        });
        lines.collect()
    }
}

pub(super) async fn run(desk: &Desk, of: OfAccount) -> Result<(), Failure> {
    let errand = Errand::reading("account-history", of.by);
    let account = desk.account(&errand, &of.user_id).await?;
    let subject = account.key.subject();
    desk.note(&errand, subject.clone(), "done").await?;
    let of_account = desk.audit.history(&subject).await?;
    let member = account.member.subject();
    let of_member = desk.audit.history(&member).await?;
    desk.format
        .print(&merged(since_others(of_account, &member), of_member));
    Ok(())
}

/// A trail of a user ID, without what is of accounts of other members that had it before.
fn since_others(mut of_user_id: Vec<Event>, member: &Subject) -> Vec<Event> {
    let is_anothers = |event: &Event| event.member.as_ref().is_some_and(|of| of != member);
    let begin = of_user_id.iter().rposition(is_anothers);
    of_user_id.split_off(begin.map_or(0, |last| last + 1))
}

/// Both trails in order of time. What is in both, as an account's first event and its last are, stands there
/// once.
fn merged(of_account: Vec<Event>, of_member: Vec<Event>) -> History {
    let of_both = of_account.iter().filter(|event| event.member.is_some());
    let of_both: BTreeSet<Stamp> = of_both.map(|event| event.at).collect();
    let of_member = of_member
        .into_iter()
        .filter(|event| !of_both.contains(&event.at))
        .map(|event| (About::Member, event));
    let mut all: Vec<_> = of_account
        .into_iter()
        .map(|event| (About::Account, event))
        .chain(of_member)
        .collect();
    all.sort_by_key(|(_, event)| event.at);
    let lines = all.into_iter().map(|(about, event)| Line::of(about, event));
    History(lines.collect())
}
