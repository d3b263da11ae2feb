//! Addresses that mail came back from, at the desk.

use domain::EmailAddress;
use serde_json::json;
use store::Origin;
use tests::{Member, TARO, TestStack};
use time::{Duration, format_description::well_known::Rfc3339};

use crate::{now, run_given, run_why};

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
    let shown = run_given(&stack, &[TARO.email], &["mail", "show"]);
    assert!(shown.done().contains("not sent until "), "{}", shown.out);
    assert!(shown.out.contains("2 came back"), "{}", shown.out);
    assert!(!shown.out.contains(TARO.email), "{}", shown.out);
    let of_account = run_why(&stack, &["account", "show", TARO.user_id, "--json"]).json();
    assert_eq!(of_account["mail"]["bounces"], 2);

    let words = ["mail", "lift"];
    let before = stack.snapshot_without(&["Audit"]);
    let rehearsed = run_given(
        &stack,
        &[TARO.email],
        &[&words[..], &["--dry-run"]].concat(),
    );
    assert!(rehearsed.done().starts_with("Would write:\n  Addresses  "));
    run_given(&stack, &[TARO.email], &words).failed(4, "no terminal to ask at");
    assert_eq!(stack.snapshot_without(&["Audit"]), before);

    let upper = TARO.email.to_uppercase();
    assert!(
        run_given(&stack, &[&upper], &["mail", "lift", "--yes"])
            .done()
            .contains("もう一度")
    );
    run_given(&stack, &[TARO.email], &["mail", "lift", "--yes"])
        .failed(4, "nothing is known against the address");
    let after = run_given(&stack, &[TARO.email], &["mail", "show", "--json"]).json();
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
            .all(|event| matches!(event.origin, Origin::Operator(_)))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_lift_clears_both_lists() {
    let stack = TestStack::start().await;
    let show = || run_given(&stack, &[TARO.email], &["mail", "show"]);
    let words = ["mail", "lift"];
    for closed_by_us in [true, false] {
        stack.suppress(TARO.email, "BOUNCE");
        if closed_by_us {
            closes(&stack, TARO.email);
        }
        let shown = show();
        assert!(
            shown
                .done()
                .contains("SES          does not send there since "),
            "{}",
            shown.out
        );
        let rehearsed = run_given(
            &stack,
            &[TARO.email],
            &[&words[..], &["--dry-run"]].concat(),
        );
        assert!(
            rehearsed.done().contains("off the account's list"),
            "{}",
            rehearsed.out
        );
        assert!(stack.suppressed(TARO.email).is_some());

        let lifted = run_given(&stack, &[TARO.email], &["mail", "lift", "--yes"]);
        assert_eq!(
            lifted.done().contains("  Addresses  forgotten"),
            closed_by_us,
            "{}",
            lifted.out
        );
        assert_eq!(stack.suppressed(TARO.email), None);
        let shown = show();
        assert!(
            shown.done().contains("SES          sends there"),
            "{}",
            shown.out
        );
        assert!(
            shown.out.contains("mail         goes there"),
            "{}",
            shown.out
        );
    }
    run_given(&stack, &[TARO.email], &["mail", "lift", "--yes"])
        .failed(4, "nothing is known against the address");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_sees_how_far_the_newest_mail_has_come_whichever_it_was() {
    const OTHER: &str = "success@simulator.example.jp";
    const SLOW: &str = "delay+taro@simulator.example.jp";
    let stack = TestStack::start().await;
    let shown = run_given(&stack, &[SLOW], &["mail", "show"]);
    assert!(
        shown
            .done()
            .contains("latest mail  none in the last 14 days"),
        "{}",
        shown.out
    );

    let member = Member {
        email: SLOW,
        ..TARO
    };
    let mut journey = stack.journey(member).user_created().await;
    journey.browser.send_code().await.succeeds_with(202);
    shows(&stack, SLOW, &["handed-over", "delayed"]).await;

    // A reset's code has no name of ours, and is shown by SES's.
    stack.has_account(Member {
        email: OTHER,
        ..tests::SHOKO
    });
    let mut browser = stack.browser();
    let asked = browser.request_reset(tests::SHOKO.user_id, OTHER).await;
    asked.succeeds_with(202);
    shows(&stack, OTHER, &["handed-over", "delivered"]).await;
    let lines = run_given(&stack, &[OTHER], &["mail", "show"]);
    assert!(
        lines.done().contains("latest mail  handed over "),
        "{}",
        lines.out
    );
    assert!(lines.out.contains(", delivered "), "{}", lines.out);
}

/// Waits until the desk is shown that the newest mail to an address went through these states.
async fn shows(stack: &TestStack, email: &str, states: &[&str]) {
    let mut reached = Vec::new();
    for _ in 0..50 {
        let shown = run_given(stack, &[email], &["mail", "show", "--json"]).json();
        let latest = shown["latest"].as_array().unwrap();
        let of = |at: &serde_json::Value| at["state"].as_str().unwrap().to_owned();
        reached = latest.iter().map(of).collect();
        if reached == states {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(reached, states, "{email}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_can_lift_is_said_to_end_by_itself() {
    let stack = TestStack::start().await;
    let at = now().format(&Rfc3339).unwrap();
    stack.loads(&json!({"addresses": [{"email": TARO.email, "suppressedAt": at}]}));
    let shown = run_given(&stack, &[TARO.email], &["mail", "show"]);
    assert!(
        shown.done().contains("SES did not try to deliver"),
        "{}",
        shown.out
    );
    assert!(
        shown.out.contains("ends by itself, within 14 days"),
        "{}",
        shown.out
    );
    // Ours is lifted all the same: the next mail is tried.
    run_given(&stack, &[TARO.email], &["mail", "lift", "--yes"]).done();
    run_given(&stack, &[TARO.email], &["mail", "lift", "--yes"]).failed(4, "nothing is known");
}
