//! Browsers that an account knows, and what they keep a member from.

use std::time::Duration;

use serde_json::json;
use store::check::Rule;
use tests::{Browser, DEVICE_COOKIE, HANAKO, SESSION_COOKIE, START, TARO, TestStack, all_at_once};

const WRONG: &str = "kaze-to-8sora";

/// A browser that Taro logged in from, and out again.
async fn known(stack: &TestStack) -> Browser {
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    browser.logout().await.succeeds_with(204);
    assert!(browser.cookie(DEVICE_COOKIE).is_some());
    browser
}

/// Has strangers give so many wrong passwords for Taro's user ID.
fn strangers_fail(stack: &TestStack, times: u32) {
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": TARO.user_id, "at": "2026-04-01T01:00:00Z", "times": times},
    ]}));
}

async fn fail(browser: &mut Browser, times: usize) {
    for _ in 0..times {
        let answer = browser.login(TARO.user_id, WRONG).await;
        answer.is_refused_with(401, "invalid-credentials");
    }
}

fn notices(stack: &TestStack) -> usize {
    let mails = stack.mailbox();
    mails
        .iter()
        .filter(|mail| mail.subject == "【ログインのお知らせ】")
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_stranger_locks_a_member_out_of_their_own_phone() {
    let stack = TestStack::start().await;
    let mut phone = known(&stack).await;
    for times in [20, 100] {
        strangers_fail(&stack, times);
        let answer = stack.browser().login_as(&TARO).await;
        answer.is_refused_with(429, "too-many-attempts");
        phone.login_as(&TARO).await.succeeds_with(200);
    }
    // What a hundred closed stays closed to strangers, right password or not.
    let answer = stack.browser().login_as(&TARO).await;
    answer.is_refused_with(429, "too-many-attempts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_browser_is_locked_by_its_own_wrong_passwords_and_no_others() {
    let stack = TestStack::start().await;
    let mut phone = known(&stack).await;
    fail(&mut phone, 5).await;
    let answer = phone.login_as(&TARO).await;
    answer.is_refused_with(429, "too-many-attempts");
    assert_eq!(answer.retry_after(), 1);
    stack.browser().login_as(&TARO).await.succeeds_with(200);
    phone.later(Duration::from_secs(1));
    phone.login_as(&TARO).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_wrong_passwords_at_once_from_a_known_browser_five_are_compared() {
    let stack = TestStack::start().await;
    let phone = known(&stack).await;
    let answers = all_at_once((0..12).map(|_| {
        let mut phone = phone.clone();
        async move { phone.login(TARO.user_id, WRONG).await.status }
    }))
    .await;
    let compared = answers.iter().filter(|status| **status == 401).count();
    assert_eq!(compared, 5, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_is_known_to_the_accounts_that_logged_in_from_it_and_to_no_others() {
    let stack = TestStack::start().await;
    let mut shared = known(&stack).await;
    stack.has_account(HANAKO);
    // The browsers' clocks differ by more than those of functions.
    stack.breaks(&[Rule::Ttl]);
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": HANAKO.user_id, "at": "2026-04-01T01:00:00Z", "times": 20},
    ]}));
    let answer = shared.login_as(&HANAKO).await;
    answer.is_refused_with(429, "too-many-attempts");

    let device = shared.cookie(DEVICE_COOKIE).unwrap().to_owned();
    shared.later(Duration::from_mins(15));
    shared.login_as(&HANAKO).await.succeeds_with(200);
    // A token of its own for each account, so that nobody can plant one.
    let both = shared.cookie(DEVICE_COOKIE).unwrap().to_owned();
    assert!(both.ends_with(&format!(".{device}")), "{both}");
    strangers_fail(&stack, 20);
    shared.at(START).login_as(&TARO).await.succeeds_with(200);
    // Only the hash is kept.
    let held = format!("{:?}", stack.items("Accounts"));
    assert!(!held.contains(&device) && held.contains("devices"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_is_known_for_400_days_after_its_last_login() {
    let stack = TestStack::start().await;
    let phone = known(&stack).await;
    let token = phone.cookie(DEVICE_COOKIE).unwrap().to_owned();
    let known_for = Duration::from_hours(400 * 24);
    let moment_before = Duration::from_secs(400 * 24 * 60 * 60 - 1);
    for (after, status) in [(moment_before, 200), (known_for, 429)] {
        let stack = TestStack::start().await;
        stack.loads(&json!({
            "accounts": [{
                "userId": TARO.user_id,
                "password": TARO.password,
                "email": TARO.email,
                "member": TARO.key(),
                "createdAt": "2026-03-31T01:00:00Z",
                "devices": [{"token": token, "signedInAt": "2026-04-01T01:00:00Z"}],
            }],
            "throttles": [
                {"of": "login-user-id", "userId": TARO.user_id, "at": "2027-05-05T00:59:00Z", "times": 100},
            ],
        }));
        let mut browser = stack.browser();
        browser.at(START + after).set_cookie(DEVICE_COOKIE, &token);
        assert_eq!(browser.login_as(&TARO).await.status, status);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_knows_ten_browsers_and_forgets_the_one_unused_longest() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browsers = Vec::new();
    for second in 0..11 {
        let mut browser = stack.browser();
        browser.at(START + Duration::from_secs(5 * second));
        browser.login_as(&TARO).await.succeeds_with(200);
        browsers.push(browser);
    }
    let account = &stack.items_of("Accounts", "user#")[0];
    assert_eq!(account["devices"]["M"].as_object().unwrap().len(), 10);
    strangers_fail(&stack, 100);
    let (first, others) = browsers.split_first_mut().unwrap();
    let answer = first.login_as(&TARO).await;
    answer.is_refused_with(429, "too-many-attempts");
    for browser in others {
        browser.login_as(&TARO).await.succeeds_with(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_no_session_and_a_session_no_device() {
    let stack = TestStack::start().await;
    let mut phone = known(&stack).await;
    let device = phone.cookie(DEVICE_COOKIE).unwrap().to_owned();
    phone.set_cookie(SESSION_COOKIE, &device);
    phone.session().await.is_refused_with(401, "not-signed-in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_reset_forgets_every_browser_but_its_own() {
    let stack = TestStack::start().await;
    let mut phone = known(&stack).await;
    let mut reset = stack.has_reset(TARO, "06118922");
    let changed = reset.reset_password("06118922", "sakura-8080").await;
    changed.succeeds_with(204);
    strangers_fail(&stack, 100);
    let answer = phone.login(TARO.user_id, "sakura-8080").await;
    answer.is_refused_with(429, "too-many-attempts");
    let answer = reset.login(TARO.user_id, "sakura-8080").await;
    answer.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_reset_one_accounts_password_stays_known_to_the_others() {
    let stack = TestStack::start().await;
    let mut shared = known(&stack).await;
    stack.has_account(HANAKO);
    let of_taro = shared.cookie(DEVICE_COOKIE).unwrap().to_owned();
    let answer = shared.request_reset(HANAKO.user_id, HANAKO.email).await;
    answer.succeeds_with(202);
    let code = stack.newest_code_to(HANAKO.email);
    let answer = shared.reset_password(&code, "sakura-8080").await;
    answer.succeeds_with(204);
    let both = shared.cookie(DEVICE_COOKIE).unwrap();
    assert!(both.ends_with(&format!(".{of_taro}")), "{both}");
    strangers_fail(&stack, 100);
    shared.login_as(&TARO).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_password_forgets_every_browser_but_its_own() {
    let stack = TestStack::start().await;
    let (mut phone, mut desk) = (known(&stack).await, stack.browser());
    desk.login_as(&TARO).await.succeeds_with(200);
    phone.login_as(&TARO).await.succeeds_with(200);
    let changed = phone.change_password(TARO.password, "sakura-8080").await;
    changed.succeeds_with(204);
    strangers_fail(&stack, 100);
    let answer = desk.login(TARO.user_id, "sakura-8080").await;
    answer.is_refused_with(429, "too-many-attempts");
    let answer = phone.login(TARO.user_id, "sakura-8080").await;
    answer.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_after_five_wrong_passwords_is_told_by_mail_once() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    fail(&mut browser, 4).await;
    browser.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(notices(&stack), 0, "four are a slip of one's own");

    let mut browser = stack.browser();
    fail(&mut browser, 5).await;
    browser.later(Duration::from_secs(1));
    browser.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(notices(&stack), 1);
    let mail = &stack.mailbox()[0];
    assert_eq!(mail.to, TARO.email);
    assert!(mail.text.contains("誤り：5回"), "{}", mail.text);
    browser.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(notices(&stack), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_strangers_tried_is_told_at_the_login_of_a_known_browser() {
    let stack = TestStack::start().await;
    let mut phone = known(&stack).await;
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": TARO.user_id, "at": "2026-04-01T01:00:01Z", "times": 7},
    ]}));
    phone.later(Duration::from_secs(1));
    phone.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(notices(&stack), 1);
    assert!(stack.mailbox()[0].text.contains("誤り：7回"));
    phone.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(notices(&stack), 1);
    // What they have closed stays counted, and is told once.
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": TARO.user_id, "at": "2026-04-01T01:00:02Z", "times": 100},
    ]}));
    for _ in 0..2 {
        phone.later(Duration::from_secs(5));
        phone.login_as(&TARO).await.succeeds_with(200);
        assert_eq!(notices(&stack), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_somebody_planted_before_the_login_is_not_known_after_it() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    // Somebody at the same desk has put a cookie there whose value they know.
    let planted = "A".repeat(43);
    let mut browser = stack.browser();
    browser.set_cookie(DEVICE_COOKIE, &planted);
    browser.login_as(&TARO).await.succeeds_with(200);
    let cookie = browser.cookie(DEVICE_COOKIE).unwrap().to_owned();
    assert!(!cookie.starts_with(&planted), "{cookie}");
    strangers_fail(&stack, 20);
    let mut elsewhere = stack.browser();
    elsewhere.set_cookie(DEVICE_COOKIE, &planted);
    let answer = elsewhere.login_as(&TARO).await;
    answer.is_refused_with(429, "too-many-attempts");
    browser.login_as(&TARO).await.succeeds_with(200);
}
