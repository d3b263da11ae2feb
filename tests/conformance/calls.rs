//! What each step costs: the calls of its success, as `ARCHITECTURE.md` has them.

use std::collections::BTreeSet;

use crate::run::{RUN, functions, text_of};

/// Calls to DynamoDB, calls to SES, and the rounds that they take, one after the other.
const CALLS: [(&str, usize, usize, usize); 18] = [
    ("get-insurer", 1, 0, 1),
    ("verify-member", 5, 0, 3),
    ("create-user", 2, 0, 2),
    ("send-code", 2, 1, 3),
    ("confirm-code", 2, 0, 2),
    ("get-registration", 2, 0, 2),
    ("login", 5, 0, 3),
    ("accept-terms", 2, 0, 2),
    ("get-session", 2, 0, 2),
    ("logout", 2, 0, 2),
    ("request-password-reset", 4, 1, 4),
    ("reset-password", 3, 1, 4),
    ("change-password", 4, 1, 4),
    ("change-email", 3, 2, 4),
    ("list-sessions", 3, 0, 3),
    ("end-sessions", 3, 0, 3),
    ("remind-user-id", 6, 1, 5),
    ("record-mail-event", 4, 1, 3),
];

#[test]
fn the_success_of_each_step_makes_the_calls_that_were_counted_on() {
    let listed: BTreeSet<String> = CALLS.iter().map(|(step, ..)| (*step).to_owned()).collect();
    assert_eq!(listed, functions());
    for (step, dynamodb, ses, rounds) in CALLS {
        let success = RUN
            .outcomes
            .iter()
            .chain(&RUN.heard)
            .find(|outcome| {
                let case = &outcome.case;
                case.step == step && matches!(&*case.name, "success" | "bounced")
            })
            .unwrap();
        let summary = &success.summary;
        assert_eq!(
            (summary.dynamodb, summary.ses, summary.rounds),
            (dynamodb, ses, rounds),
            "{step}: {summary}"
        );
    }
}

#[test]
fn the_architecture_tells_the_calls_of_each_step() {
    let text = text_of("ARCHITECTURE.md");
    for (step, dynamodb, ses, rounds) in CALLS {
        let row = format!("| {step} | {dynamodb} | {ses} | {rounds} |");
        assert!(
            text.lines().any(|line| line.starts_with(&row)),
            "ARCHITECTURE.md has no row that begins with `{row}`"
        );
    }
}
