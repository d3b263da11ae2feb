//! IAM: a function may do what it does, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use local::{CallOutcome, Grant, Options, Source, Stack};
use serde_json::Value;

use crate::events::body;
use crate::run::{RUN, cases_of, functions, run_case, text_of};

/// What only the version before does. While a deployment goes on it answers most members, with the permissions of this
/// one: so what a change no longer needs is listed here, and granted for one version more (docs/adr/0053).
const OF_THE_VERSION_BEFORE: [(&str, &str, &str); 6] = [
    ("accept-terms", "dynamodb:ConditionCheckItem", "Members"),
    ("change-email", "dynamodb:ConditionCheckItem", "Addresses"),
    ("create-user", "dynamodb:ConditionCheckItem", "Accounts"),
    ("create-user", "dynamodb:ConditionCheckItem", "Addresses"),
    ("remind-user-id", "dynamodb:ConditionCheckItem", "Addresses"),
    ("send-code", "dynamodb:ConditionCheckItem", "Addresses"),
];

#[test]
fn each_function_is_granted_exactly_what_its_events_use_and_what_the_version_before_does() {
    for step in functions() {
        let (granted, used) = (&RUN.granted[&step], &RUN.used[&step]);
        let before: BTreeSet<Grant> = OF_THE_VERSION_BEFORE
            .iter()
            .filter(|(of, ..)| *of == step)
            .map(|(_, action, resource)| Grant {
                action: (*action).to_owned(),
                resource: (*resource).to_owned(),
            })
            .collect();
        let both: Vec<_> = used.intersection(&before).collect();
        assert!(both.is_empty(), "{step}: this version does {both:?}, too");
        let needed: BTreeSet<Grant> = used.union(&before).cloned().collect();
        let idle: Vec<_> = granted.difference(&needed).collect();
        assert!(idle.is_empty(), "{step} never uses {idle:?}");
        assert_eq!(*granted, needed, "{step}");
    }
}

#[test]
fn a_function_can_add_to_the_audit_trail_and_nothing_else() {
    let granted = RUN.granted.values().flatten();
    let actions: BTreeSet<&str> = granted
        .filter(|grant| grant.resource == "Audit")
        .map(|grant| grant.action.as_str())
        .collect();
    assert_eq!(actions, BTreeSet::from(["dynamodb:PutItem"]));
}

#[test]
fn no_event_is_denied_a_call() {
    let own: Vec<_> = RUN
        .logs
        .iter()
        .filter(|line| line.source == Source::Stack)
        .collect();
    assert!(own.is_empty(), "{own:?}");
}

/// Runs the success of a step with a template in which one permission is another.
#[tokio::test]
async fn a_permission_that_is_taken_away_fails_its_step_and_is_logged() {
    let template = text_of("template.yaml");
    let (before, function) = template.split_once("  VerifyMemberFunction:").unwrap();
    let granted = "Action: dynamodb:PutItem";
    assert!(function.contains(granted));
    let without = function.replacen(granted, "Action: dynamodb:GetItem", 1);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("without-a-permission.yaml");
    fs::write(&path, format!("{before}  VerifyMemberFunction:{without}")).unwrap();
    let stack = Stack::start(Options {
        template: path,
        ..Options::default()
    })
    .await
    .unwrap();

    let success = cases_of("verify-member")
        .into_iter()
        .find(|case| case.name == "success")
        .unwrap();
    let request = success.request().to_owned();
    let outcome = run_case(&stack, success).await;

    assert_eq!(outcome.response["statusCode"], 503);
    assert_eq!(body(&outcome.response)["type"], "/problems/try-again");
    let denied: Vec<_> = stack
        .calls()
        .into_iter()
        .filter(|call| call.outcome == CallOutcome::Denied)
        .collect();
    assert_eq!(denied.len(), 1, "{denied:?}");
    assert_eq!(denied[0].action, "PutItem");
    assert!(stack.database().scan("Registrations").unwrap().is_empty());

    // The operator reads what was denied; the member does not.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let logs = stack.logs();
    let of_stack: Vec<_> = logs
        .iter()
        .filter(|line| line.source == Source::Stack)
        .collect();
    assert!(
        of_stack.iter().any(|line| line.text.contains("PutItem")),
        "{of_stack:?}"
    );
    let line = logs
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(&line.text).ok())
        .find(|line| line["request.id"] == *request)
        .unwrap();
    assert_eq!(line["outcome"], "try-again");
    let cause = line["cause"].as_str().unwrap();
    assert!(cause.contains("AccessDenied"), "{cause}");
}
