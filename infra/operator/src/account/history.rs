//! `operator account history`: the audit trail of an account and its member, as one.

use std::collections::BTreeSet;

use serde::Serialize;
use store::{Event, Origin, Stamp};
use time::OffsetDateTime;

use super::OfAccount;
use crate::language::{Language, current, say, word};
use crate::{
    answer::{Answer, at_left, width_of},
    desk::Desk,
    failure::Failure,
    identity::short,
    trail::{of_member, since_others, words},
    world::in_japan,
};

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
    Request {
        request: String,
    },
    Operator {
        operator: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        principal: Option<String>,
        reason: String,
    },
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
                Origin::Operator(by) | Origin::Import { by, .. } => From::Operator {
                    operator: by.name,
                    principal: by.principal,
                    reason: by.reason,
                },
            },
        }
    }
}

impl Answer for History {
    fn lines(&self) -> Vec<String> {
        let lines = self.0.iter().map(|line| {
            let about = match line.about {
                About::Account => word!(ja: "アカウント", en: "account"),
                About::Member => word!(ja: "会員", en: "member"),
            };
            let from = match &line.origin {
                From::Request { request } => say!(ja: "要求 {request}", en: "request {request}"),
                From::Operator {
                    operator,
                    principal: Some(arn),
                    reason,
                } => format!("{operator} ({}): {reason}", short(arn)),
                From::Operator {
                    operator, reason, ..
                } => format!("{operator}: {reason}"),
            };
            let (event, outcome): (&str, &str) = match current() {
                Language::Japanese => (words::event(&line.event), words::outcome(&line.outcome)),
                Language::English => (&line.event, &line.outcome),
            };
            let about = at_left(about, width_of(word!(ja: "アカウント", en: "account")));
            let (at, event, outcome) =
                (in_japan(line.at), at_left(event, 22), at_left(outcome, 20));
            format!("{at}  {about}  {event}  {outcome}  {from}")
        });
        lines.collect()
    }
}

pub(super) async fn run(desk: &Desk, of: OfAccount) -> Result<(), Failure> {
    let errand = desk.reading("account-history", of.by).await?;
    let account = desk.account(&errand, &of.user_id).await?;
    let subject = account.key.subject();
    desk.note(&errand, subject.clone(), "done").await?;
    let of_account = desk.audit.history(&subject).await?;
    let of_member = of_member(desk, &account.member.subject()).await?;
    let of_account = since_others(of_account, &of_member.subjects);
    desk.format.print(&merged(of_account, of_member.events));
    Ok(())
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
