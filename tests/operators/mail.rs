//! Addresses that mail came back from, at the desk.

use domain::EmailAddress;
use serde_json::json;
use store::Origin;
use tests::{TARO, TestStack};
use time::{Duration, format_description::well_known::Rfc3339};

use crate::{now, run_why, run_yes};

/// Two mails came back, so none is sent any more.
fn closes(stack: &TestStack, email: &str) {
    let at = |days: i64| (now() - Duration::days(days)).format(&Rfc3339).unwrap();
    stack.loads(&json!({"addresses": [{"email": email, "bouncedAt": [at(3), at(1)]}]}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_address_is_shown_masked_and_lifted_once() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    closes(&stack, TARO.email);
    let shown = run_why(&stack, &["mail", "show", TARO.email]);
    assert!(shown.done().contains("not sent until "), "{}", shown.out);
    assert!(shown.out.contains("2 came back"), "{}", shown.out);
    assert!(!shown.out.contains(TARO.email), "{}", shown.out);
    let of_account = run_why(&stack, &["account", "show", TARO.user_id, "--json"]).json();
    assert_eq!(of_account["mail"]["bounces"], 2);

    let words = ["mail", "lift", TARO.email];
    let before = stack.snapshot_without(&["Audit"]);
    let rehearsed = run_why(&stack, &[&words[..], &["--dry-run"]].concat());
    assert!(rehearsed.done().starts_with("Would write:\n  Addresses  "));
    run_why(&stack, &words).failed(4, "no terminal to ask at");
    assert_eq!(stack.snapshot_without(&["Audit"]), before);

    let upper = TARO.email.to_uppercase();
    assert!(
        run_yes(&stack, &["mail", "lift", &upper])
            .done()
            .contains("もう一度")
    );
    run_yes(&stack, &words).failed(4, "nothing is known against the address");
    let after = run_why(&stack, &["mail", "show", TARO.email, "--json"]).json();
    assert_eq!(
        (&after["refusedUntil"], &after["bounces"]),
        (&json!(null), &json!(0))
    );
    assert!(after["liftedAt"].is_string());

    let subject = EmailAddress::parse(TARO.email).unwrap().subject();
    let trail = stack.audit().history(&subject).await.unwrap();
    let told: Vec<_> = trail
        .iter()
        .map(|event| (event.name.as_str(), event.outcome.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("mail-show", "done"),
            ("mail-lift", "shown"),
            ("mail-lift", "done"),
            ("mail-lift", "not-marked"),
            ("mail-show", "done"),
        ]
    );
    assert!(
        trail
            .iter()
            .all(|event| matches!(event.origin, Origin::Operator { .. }))
    );
}
