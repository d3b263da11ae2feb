//! What is read of accounts.

use std::time::Duration;

use serde_json::Value;
use tests::{HANAKO, SHOKO, TARO, TestStack};

use crate::{now, run_why, trail};

const WRONG: &str = "kaze-to-8sora";

fn outcomes(events: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |&(name, outcome): &(&str, &str)| (name.to_owned(), outcome.to_owned());
    events.iter().map(owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_found_by_user_id_and_by_member() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(HANAKO);
    let by_user_id = run_why(&stack, &["account", "find", "--user-id", "kenpo-taro"]);
    assert_eq!(
        by_user_id.done(),
        "user ID        Kenpo-Taro\nmember         jkc#1#jvc0211\nin the roster  yes\n"
    );
    let by_member = run_why(&stack, &["account", "find", "--member", "JKC/０１/JVC0211"]);
    assert_eq!(by_member.done(), by_user_id.done());
    let found = run_why(
        &stack,
        &["account", "find", "--member", "demo//100001", "--json"],
    )
    .json();
    assert_eq!(found["userId"], HANAKO.user_id);
    assert_eq!(found["inRoster"], true);
    let done = outcomes(&[("account-find", "done")]);
    for name in ["kenpo-taro", "jkc#1#jvc0211", "demo##100001"] {
        assert_eq!(trail(&stack, name).await, done, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_found_is_noted_and_told_what_to_try() {
    let stack = TestStack::start().await;
    let find = |words: &[&str]| run_why(&stack, &[&["account", "find"], words].concat());
    find(&["--user-id", "nobody-here"]).failed(3, "there is no account nobody-here");
    find(&["--member", "jkc/01/jvc0212"]).failed(3, "the member can register");
    find(&["--member", "jkc/01/9"]).failed(3, "is not in the roster");
    find(&["--member", "nobody/01/9"]).failed(3, "there is no insurer nobody");
    find(&["--member", "jkc"]).failed(2, "write it as CODE/記号/番号");
    find(&[]).failed(2, "--member");
    run_why(&stack, &["account", "show", "nobody-here"])
        .failed(3, "operator account find --member");
    let not_found = ("account-find", "not-found");
    assert_eq!(
        trail(&stack, "nobody-here").await,
        outcomes(&[not_found, ("account-show", "not-found")])
    );
    assert_eq!(trail(&stack, "jkc#1#jvc0212").await, outcomes(&[not_found]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_shown_masked_with_what_locks_it() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.at(now() - Duration::from_mins(1));
    browser.login_as(&TARO).await.succeeds_with(200);
    let mut stranger = stack.browser();
    stranger.at(now());
    for _ in 0..5 {
        stranger.login(TARO.user_id, WRONG).await;
    }
    let shown = run_why(&stack, &["account", "show", TARO.user_id, "--json"]);
    let account = shown.json();
    for (field, value) in [
        ("userId", "Kenpo-Taro"),
        ("member", "jkc#1#jvc0211"),
        ("email", "K***@example.jp"),
        ("createdAt", "2026-03-31T01:00:00Z"),
    ] {
        assert_eq!(account[field], value);
    }
    assert_eq!(account["sessions"], 1);
    assert_eq!(account["devices"], 1);
    assert_eq!(account["termsAccepted"][0], "2023-09-01");
    assert_eq!(account["disabledAt"], Value::Null);
    assert_eq!(account["recovery"], Value::Null);
    assert_eq!(account["wrongPasswords"][0]["by"], "anybody");
    assert_eq!(account["wrongPasswords"][0]["count"], 5);
    let text = run_why(&stack, &["account", "show", TARO.user_id]);
    assert!(
        text.done()
            .contains("wrong passwords  5 by anybody, the last at ")
    );

    let stored = &stack.items_of("Accounts", "user#")[0];
    let tokens = stored["sessions"]["M"].as_object().unwrap().keys();
    let secrets = [
        TARO.email,
        TARO.kana,
        TARO.name,
        TARO.birth_date,
        stored["password_hash"]["S"].as_str().unwrap(),
    ];
    for secret in secrets.into_iter().chain(tokens.map(String::as_str)) {
        assert!(
            !shown.out.contains(secret) && !text.out.contains(secret),
            "{secret}"
        );
    }
    let shown = trail(&stack, "kenpo-taro").await.split_off(6);
    assert_eq!(shown, outcomes(&[("account-show", "done"); 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_is_noted_first_or_not_shown() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    for command in ["show", "history"] {
        stack.faults().inject(
            local::Fault::new(local::FaultKind::Throttle)
                .table("Audit")
                .action("PutItem"),
        );
        run_why(&stack, &["account", command, TARO.user_id]).failed(1, "PutItem failed");
        stack.faults().clear();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_is_that_of_the_account_and_its_member_in_order() {
    let stack = TestStack::start().await;
    // Of one millisecond, events have no order.
    let mut journey = stack.journey(SHOKO).verified().await;
    journey.browser.later(Duration::from_secs(1));
    let mut journey = journey.code_sent().await;
    journey.browser.later(Duration::from_secs(1));
    journey.confirmed().await;
    let mut browser = stack.browser();
    browser.later(Duration::from_mins(1));
    browser.login(SHOKO.user_id, WRONG).await;
    let lines = run_why(&stack, &["account", "history", SHOKO.user_id, "--json"]).json();
    let told: Vec<_> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            ["about", "event", "outcome"].map(|field| line[field].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(
        told,
        [
            ["member", "verify-member", "done"],
            ["member", "create-user", "done"],
            ["account", "confirm-code", "done"],
            ["account", "login", "invalid-credentials"],
            ["account", "account-history", "done"],
        ]
    );
    assert!(lines[0]["request"].is_string());
    assert_eq!(lines[4]["operator"], "suzuki");
    assert_eq!(lines[4]["reason"], "ticket 4711");
    let text = run_why(&stack, &["account", "history", SHOKO.user_id]);
    let first = text.done().lines().next().unwrap();
    assert!(
        first.starts_with("2026-04-01 10:00:00 JST  member   verify-member  "),
        "{first}"
    );
    assert!(
        text.out
            .trim_end()
            .ends_with("suzuki (user/DeskPolicy): ticket 4711")
    );
}
