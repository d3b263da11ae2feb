//! The sessions that an account has at a time.

use std::time::Duration;

use tests::{Browser, HANAKO, START, TARO, TestStack};

/// Logs in from so many browsers, five seconds after each other.
async fn logins(stack: &TestStack, count: u64) -> Vec<Browser> {
    let mut browsers = Vec::new();
    for second in 0..count {
        let mut browser = stack.browser();
        browser.at(START + Duration::from_secs(5 * second));
        browser.login_as(&TARO).await.succeeds_with(200);
        browsers.push(browser);
    }
    browsers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twelve_logins_the_last_ten_are_alive() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browsers = logins(&stack, 12).await;
    for (index, browser) in browsers.iter_mut().enumerate() {
        let answer = browser.session().await;
        if index < 2 {
            answer.is_refused_with(401, "not-signed-in");
        } else {
            answer.succeeds_with(200);
        }
    }
    assert_eq!(stack.items("Sessions").len(), 10);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_logs_in_again_takes_the_place_of_no_other() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browsers = logins(&stack, 10).await;
    for _ in 0..3 {
        let last = browsers.last_mut().unwrap();
        last.later(Duration::from_secs(5));
        last.login_as(&TARO).await.succeeds_with(200);
    }
    for browser in &mut browsers {
        browser.session().await.succeeds_with(200);
    }
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_listed_no_longer_than_it_can_live() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let browsers = logins(&stack, 3).await;
    let mut next = stack.browser();
    next.at(browsers[1].now() + Duration::from_hours(12));
    next.login_as(&TARO).await.succeeds_with(200);
    let account = &stack.items_of("Accounts", "user#")[0];
    // The third, and the one that was begun now.
    assert_eq!(account["sessions"]["M"].as_object().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_changes_accounts_leaves_no_session_behind() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(HANAKO);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    browser.login_as(&HANAKO).await.succeeds_with(200);
    assert_eq!(stack.items("Sessions").len(), 1);
    stack.has_nothing_left_over();
}
