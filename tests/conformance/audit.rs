//! The audit trail: every outcome of the steps that are audited is in it, once, and nothing else is.

use std::collections::BTreeMap;

use domain::{Subject, UserId};
use local::Item;
use serde_json::{Value, json};

use crate::logs::line_of;
use crate::run::{Outcome, RUN};

/// What is no outcome for a member or an account.
const NOT_AUDITED: [&str; 6] = [
    "cross-site",
    "invalid-request",
    "mail-not-sent",
    "other-member",
    "registration-waiting",
    "try-again",
];
/// Three years and, for their leap days, not four days more.
const KEPT_SECONDS: std::ops::Range<i64> = 1_095 * 86_400..1_099 * 86_400;

#[test]
fn every_sample_event_leaves_exactly_what_its_outcome_calls_for() {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in &RUN.outcomes {
        let case = &outcome.case;
        let found: Vec<Item> = outcome
            .trail
            .iter()
            .map(|item| said(outcome, item))
            .collect();
        let expected = expected(outcome);
        assert!(
            found.len() == expected.len() && expected.iter().all(|item| found.contains(item)),
            "{}: {found:#?}, not {expected:#?}",
            case.label()
        );
        *left.entry(case.step.as_str()).or_default() += found.len();
    }
    for (step, count) in left {
        assert_eq!(count > 0, is_audited(step), "{step}");
    }
}

/// An item without its times, which are those of its request.
#[track_caller]
fn said(outcome: &Outcome, item: &Item) -> Item {
    let label = outcome.case.label();
    let mut said = item.clone();
    let mut taken = |name: &str| -> i64 {
        let number = said.remove(name).unwrap_or_default();
        number["N"].as_str().unwrap_or_default().parse().unwrap()
    };
    let (at, ttl) = (taken("at"), taken("ttl"));
    assert_eq!(at / 1_000_000, outcome.case.at_ms().unwrap(), "{label}");
    let kept = ttl - outcome.case.at_ms().unwrap() / 1_000;
    assert!(KEPT_SECONDS.contains(&kept), "{label}: {kept} s");
    said
}

/// What an event should have left, without times.
fn expected(outcome: &Outcome) -> Vec<Item> {
    let case = &outcome.case;
    let line = line_of(case);
    let who = line["who.hash"].as_str().unwrap();
    // What the member is not told, the trail says.
    let hidden = case.answer["audited"].as_str();
    let outcome = hidden.unwrap_or(line["outcome"].as_str().unwrap());
    if !is_audited(&case.step) || who.is_empty() || NOT_AUDITED.contains(&outcome) {
        return Vec::new();
    }
    let event = json!({
        "subject": {"S": who},
        "event": {"S": case.step},
        "outcome": {"S": outcome},
        "request": {"S": case.request()},
    });
    let mut events = vec![event.clone()];
    if case.step == "confirm-code" && outcome == "done" {
        // The member's, and the first of the account.
        let state = case.state.as_ref().unwrap();
        let chosen = &state["registrations"][0]["chosen"]["userId"];
        let user_id = UserId::parse(chosen.as_str().unwrap()).unwrap();
        let mut first = event;
        first["subject"] = json!({"S": Subject::of(user_id.folded()).as_str()});
        first["member"] = json!({"S": who});
        events.push(first);
    }
    let item = |event: Value| event.as_object().unwrap().clone();
    events.into_iter().map(item).collect()
}

/// Whether a step may write to the trail.
fn is_audited(step: &str) -> bool {
    let mut granted = RUN.granted[step].iter();
    granted.any(|grant| grant.resource == "Audit")
}
