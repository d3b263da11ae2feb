//! What is changed of accounts.

use serde_json::json;
use store::{Accounts, Origin, Refused, Transaction, Write};
use tests::{TARO, TestStack};
use time::Duration;

use crate::{Ran, by, now, run_given, run_why, run_yes, trail};

const WRONG: &str = "kaze-to-8sora";
const NEW: &str = "umi-to-9yama";
const NOTED: &str = "taro-now@example.com";

/// Lets the next reset go to this address.
fn starts(stack: &TestStack, email: &str) -> Ran {
    run_given(
        stack,
        &[email],
        &["account", "start-reset", TARO.user_id, "--yes"],
    )
}

fn done(name: &str) -> (String, String) {
    (name.to_owned(), "done".to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_and_a_change_that_nobody_confirms_write_nothing() {
    let stack = TestStack::start().await;
    stack.has_browsers_signed_in(TARO, 2);
    let before = stack.snapshot_without(&["Audit"]);
    for change in [
        &["unlock"][..],
        &["end-sessions"],
        &["disable"],
        &["enable"],
        &["start-reset"],
    ] {
        let words = [&["account"], change, &[TARO.user_id]].concat();
        let rehearsed = run_given(&stack, &[NOTED], &[&words[..], &["--dry-run"]].concat());
        let name = format!("account-{}", change[0]);
        // What was shown was read, and is noted.
        let outcome = if change == ["enable"] {
            rehearsed.failed(4, "is not disabled");
            "not-disabled"
        } else {
            assert!(
                rehearsed.done().starts_with("Would write:\n  "),
                "{}",
                rehearsed.out
            );
            assert!(!rehearsed.out.contains(NOTED));
            run_given(&stack, &[NOTED], &words).failed(4, "no terminal to ask at");
            "shown"
        };
        let noted = trail(&stack, "kenpo-taro").await;
        assert!(noted.contains(&(name, outcome.to_owned())), "{noted:?}");
        assert_eq!(stack.snapshot_without(&["Audit"]), before, "{change:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_locked_out_can_try_again_at_once() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    for _ in 0..5 {
        browser.login(TARO.user_id, WRONG).await;
    }
    let locked = browser.login_as(&TARO).await;
    locked.is_refused_with(429, "too-many-attempts");
    let unlocked = run_yes(&stack, &["account", "unlock", TARO.user_id]);
    assert!(
        unlocked.done().starts_with("Written:\n  Throttles "),
        "{}",
        unlocked.out
    );
    browser.login_as(&TARO).await.succeeds_with(200);
    assert!(
        trail(&stack, "kenpo-taro")
            .await
            .contains(&done("account-unlock"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_browser_that_is_locked_can_try_again_at_once_too() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    for _ in 0..5 {
        browser.login(TARO.user_id, WRONG).await;
    }
    let locked = browser.login_as(&TARO).await;
    locked.is_refused_with(429, "too-many-attempts");
    run_yes(&stack, &["account", "unlock", TARO.user_id]).done();
    browser.login_as(&TARO).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_ends_every_session_at_once() {
    let stack = TestStack::start().await;
    let mut browsers = stack.has_browsers_signed_in(TARO, 3);
    let ended = run_yes(&stack, &["account", "end-sessions", TARO.user_id, "--json"]).json();
    assert_eq!(
        ended["writes"][1],
        json!({"table": "Sessions", "change": "3 listed, each deleted"})
    );
    for browser in &mut browsers {
        let answer = browser.session().await;
        answer.is_refused_with(401, "not-signed-in");
    }
    assert!(stack.items("Sessions").is_empty());
    assert_eq!(
        trail(&stack, "kenpo-taro").await[0],
        done("account-end-sessions")
    );
    stack.browser().login_as(&TARO).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_disabled_is_signed_in_nowhere_until_enabled() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_browsers_signed_in(TARO, 1).remove(0);
    let disable = ["account", "disable", TARO.user_id];
    run_yes(&stack, &disable).done();
    assert!(stack.items("Sessions").is_empty());
    let answer = browser.session().await;
    answer.is_refused_with(401, "not-signed-in");
    let answer = stack.browser().login_as(&TARO).await;
    answer.is_refused_with(403, "account-unavailable");
    run_yes(&stack, &disable).failed(4, "disabled already");
    starts(&stack, NOTED).failed(4, "the account is disabled");

    let enable = ["account", "enable", TARO.user_id];
    run_yes(&stack, &enable).done();
    stack.browser().login_as(&TARO).await.succeeds_with(200);
    run_yes(&stack, &enable).failed(4, "not disabled");
    let trail = trail(&stack, "kenpo-taro").await;
    let by_operators: Vec<_> = trail
        .iter()
        .filter(|(name, _)| name.starts_with("account-"))
        .map(|(name, outcome)| (&**name, &**outcome))
        .collect();
    assert_eq!(
        by_operators,
        [
            ("account-disable", "done"),
            ("account-disable", "already-disabled"),
            ("account-start-reset", "disabled"),
            ("account-enable", "done"),
            ("account-enable", "not-disabled"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_starts_a_reset_and_the_member_chooses_the_password() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let account = || stack.items_of("Accounts", "user#").remove(0);
    let before = account();
    let started = starts(&stack, NOTED);
    assert!(
        started
            .done()
            .contains("recovery_email becomes t***@example.com")
    );
    assert!(!started.out.contains(NOTED));
    assert!(stack.mailbox().is_empty());

    // Nothing but the note is written: the password and the address are what they were.
    let mut noted = account();
    assert_eq!(noted.remove("recovery_email").unwrap()["S"], NOTED);
    assert!(noted.remove("recovery_until").is_some());
    assert_eq!(noted, before);
    let shown = run_why(&stack, &["account", "show", TARO.user_id, "--json"]).json();
    assert_eq!(shown["recovery"]["email"], "t***@example.com");

    let mut browser = stack.browser();
    browser.at(now());
    let answer = browser.request_reset(TARO.user_id, NOTED).await;
    answer.succeeds_with(202);
    let code = stack.newest_code_to(NOTED);
    browser.reset_password(&code, NEW).await.succeeds_with(204);
    assert_eq!(account()["email"]["S"], NOTED);
    assert!(!account().contains_key("recovery_email"));
    let answer = browser.login(TARO.user_id, NEW).await;
    answer.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_operator_started_is_over_after_a_day() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    starts(&stack, NOTED).done();
    let mut browser = stack.browser();
    browser.at(now() + Duration::hours(24));
    let answer = browser.request_reset(TARO.user_id, NOTED).await;
    answer.succeeds_with(202);
    assert!(stack.mailbox().is_empty());
    starts(&stack, TARO.email).failed(
        4,
        "the member can ask for a new password with it, without you",
    );
    starts(&stack, "taro").failed(2, "this is no mail address");
    let words = ["account", "start-reset", TARO.user_id];
    run_yes(&stack, &words).failed(2, "a line of standard input");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_whose_event_cannot_be_written_does_not_happen() {
    let stack = TestStack::start().await;
    stack.has_browsers_signed_in(TARO, 1);
    let before = stack.snapshot();
    for change in [
        &["unlock"][..],
        &["end-sessions"],
        &["disable"],
        &["start-reset"],
    ] {
        stack
            .faults()
            .inject(local::Fault::new(local::FaultKind::Throttle).table("Audit"));
        let words = [&["account"], change, &[TARO.user_id]].concat();
        run_given(&stack, &[NOTED], &[&words[..], &["--yes"]].concat())
            .failed(1, "TransactWriteItems failed");
        stack.faults().clear();
        assert_eq!(stack.snapshot(), before, "{change:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_says_who_made_it_and_why() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    run_yes(&stack, &["account", "disable", TARO.user_id]).done();
    let subject = domain::Subject::of("kenpo-taro");
    let events = stack.audit().history(&subject).await.unwrap();
    assert_eq!(
        events[0].origin,
        Origin::Operator(by("arn:aws:iam::123456789012:user/DeskPolicy"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_since_it_was_seen_is_not_overwritten() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let accounts: Accounts = stack.opens("Accounts");
    let user_id = domain::UserId::parse(TARO.user_id).unwrap();
    let seen = accounts.lookup(&user_id).await.unwrap().unwrap();
    let noted = store::Recovery {
        email: domain::EmailAddress::parse(NOTED).unwrap(),
        until: now(),
    };
    stack.browser().login_as(&TARO).await.succeeds_with(200);
    starts(&stack, "another@example.com").done();
    let before = stack.snapshot();
    refused(&stack, accounts.disable(&seen, now())).await;
    refused(&stack, accounts.unlist_all_sessions(&seen)).await;
    refused(&stack, accounts.note_recovery(&seen, &noted)).await;
    refused(&stack, accounts.enable(&seen, now())).await;
    assert_eq!(stack.snapshot(), before);
    // Disabled, enabled and disabled again: that is not what was seen.
    for command in ["disable", "enable", "disable"] {
        run_yes(&stack, &["account", command, TARO.user_id]).done();
    }
    let write = accounts.enable(&seen, now() - Duration::hours(1));
    refused(&stack, write).await;
}

async fn refused<R: 'static>(stack: &TestStack, write: Write<R>) {
    let transaction = Transaction::unaudited().with_or(write, |_| Refused);
    let committed = transaction.commit(&stack.store()).await.unwrap();
    assert_eq!(committed, Err(Refused));
}
