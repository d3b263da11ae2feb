//! An account besieged: its login, and its reset.

use std::time::Duration;

use serde_json::json;
use tests::{Browser, DEVICE_COOKIE, SHOKO, START, TARO, TestStack};

use super::is_told;

const WRONG: &str = "kaze-to-8sora";

/// Waits as long as a refusal says.
async fn tries_again(browser: &mut Browser) {
    loop {
        let answer = browser.login(TARO.user_id, WRONG).await;
        if answer.status == 401 {
            return;
        }
        assert_eq!(answer.status, 429);
        let wait = Duration::from_secs(answer.retry_after());
        browser.later(wait);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_3_a_member_on_a_new_phone_gets_in_by_a_reset_and_stays_in() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut attacker = stack.browser();
    // One wrong login as each lock ends, and all resets that there are, by the member's own pair and by decoys.
    let six_hours = START + Duration::from_hours(6);
    while attacker.now() < six_hours {
        tries_again(&mut attacker).await;
        // What was asked for earlier is forgotten by then.
        if attacker.now() > START + Duration::from_hours(5) {
            for user_id in [TARO.user_id, "nobody-here"] {
                attacker.request_reset(user_id, TARO.email).await;
            }
        }
    }
    is_told(&stack, |line| line["failures"].as_u64() > Some(13)).await;
    // A browser's clock is the member's from here.
    let now = attacker.now();
    let mut phone = stack.browser();
    phone.at(now);
    let answer = phone.login_as(&TARO).await;
    answer.is_refused_with(429, "too-many-attempts");
    let answer = phone.request_reset(TARO.user_id, TARO.email).await;
    answer.succeeds_with(202);
    let code = stack.newest_code_to(TARO.email);
    phone.later(Duration::from_secs(90));
    let answer = phone.reset_password(&code, "sakura-8080").await;
    answer.succeeds_with(204);
    let answer = phone.login(TARO.user_id, "sakura-8080").await;
    answer.succeeds_with(200);
    assert!(phone.now() - now < Duration::from_mins(2));
    // The siege goes on, and the member stays in.
    attacker.at(phone.now());
    for _ in 0..8 {
        tries_again(&mut attacker).await;
    }
    phone.at(attacker.now());
    let answer = phone.login(TARO.user_id, "sakura-8080").await;
    answer.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_4_a_known_browser_is_let_in_behind_an_address_that_is_closed() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(SHOKO);
    let mut colleague = stack.browser();
    colleague.from_address("192.0.2.77");
    colleague.login_as(&TARO).await.succeeds_with(200);
    let mut attacker = stack.browser();
    attacker.from_address("192.0.2.77");
    for number in 0..30 {
        let answer = attacker.login(&format!("nobody-{number}"), WRONG).await;
        answer.is_refused_with(401, "invalid-credentials");
    }
    colleague.login_as(&TARO).await.succeeds_with(200);
    // It is known to its account, and to no other.
    let answer = colleague.login_as(&SHOKO).await;
    answer.is_refused_with(429, "too-many-attempts");
    // A reset is not judged by it either, and makes a browser known.
    let mut new = stack.browser();
    new.from_address("192.0.2.77");
    new.request_reset(SHOKO.user_id, SHOKO.email)
        .await
        .succeeds_with(202);
    let code = stack.newest_code_to(SHOKO.email);
    let answer = new.reset_password(&code, "sakura-8080").await;
    answer.succeeds_with(204);
    let answer = new.login(SHOKO.user_id, "sakura-8080").await;
    answer.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_mailed_twenty_codes_an_hour_and_sixty_a_day_from_all_addresses_together() {
    for (earlier, at, wait) in [
        (19, "2026-04-01T00:59:00Z", 59 * 60),
        (59, "2026-03-31T23:00:00Z", 22 * 60 * 60),
    ] {
        let stack = TestStack::start().await;
        stack.has_account(TARO);
        stack.loads(&json!({"throttles": [
            {"of": "reset-recipient", "userId": TARO.user_id, "email": TARO.email, "at": at, "times": earlier},
        ]}));
        let mut last = stack.browser();
        let answer = last.request_reset(TARO.user_id, TARO.email).await;
        answer.succeeds_with(202);
        assert_eq!(stack.mailbox().len(), 1);
        let mut next = stack.browser();
        let answer = next.request_reset(TARO.user_id, TARO.email).await;
        answer.is_refused_with(429, "too-many-attempts");
        assert_eq!(answer.retry_after(), wait);
        is_told(&stack, |line| line["limit"] == "resets-closed").await;
        // Another pair of user ID and address has a log of its own.
        let answer = next.request_reset("nobody-here", TARO.email).await;
        answer.succeeds_with(202);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_12_a_cookie_that_was_planted_before_a_reset_is_not_known_after_it() {
    let stack = TestStack::start().await;
    let planted = "A".repeat(43);
    stack.has_account(TARO);
    let mut browser = stack.has_reset(TARO, "06118922");
    browser.set_cookie(DEVICE_COOKIE, &planted);
    let answer = browser.reset_password("06118922", "sakura-8080").await;
    answer.succeeds_with(204);
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": TARO.user_id, "at": "2026-04-01T01:00:00Z", "times": 100},
    ]}));
    let mut elsewhere = stack.browser();
    elsewhere.set_cookie(DEVICE_COOKIE, &planted);
    let answer = elsewhere.login(TARO.user_id, "sakura-8080").await;
    answer.is_refused_with(429, "too-many-attempts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_13_who_has_left_is_told_the_same_and_mailed_nothing_useless() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.leaves_the_roster(TARO);
    let answer = stack
        .browser()
        .request_reset(TARO.user_id, TARO.email)
        .await;
    answer.succeeds_with(202);
    assert!(stack.mailbox().is_empty());
}
