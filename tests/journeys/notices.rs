//! The mails that tell a member what has become of the account. What they tell of stands without them, and happens
//! once.

use local::{Fault, FaultKind, Service};
use tests::{Browser, DEVICE_COOKIE, Progress, TARO, TestStack};

const MADE: &str = "【ユーザーID作成完了のお知らせ】";
const NEW_BROWSER: &str = "【新しい端末からのログインのお知らせ】";
const AFTER_FAILURES: &str = "【ログインのお知らせ】";
const CODE: &str = "061189";

fn subjects(stack: &TestStack) -> Vec<String> {
    let mails = stack.mailbox().into_iter();
    mails.map(|mail| mail.subject).collect()
}

/// Taro's account, logged in to and out of from this browser.
async fn known(stack: &TestStack) -> Browser {
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    browser.logout().await.succeeds_with(204);
    browser
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_user_id_is_mailed_when_the_account_is_made_and_once() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent(CODE));
    browser.confirm(CODE).await.succeeds_with(200);
    let again = browser.confirm(CODE).await;
    again.is_refused_with(409, "already-registered");
    assert_eq!(subjects(&stack), [MADE]);
    let mail = &stack.mailbox()[0];
    assert_eq!(mail.to, TARO.email);
    let told = format!("ユーザーID：{}\n", TARO.user_id);
    assert!(mail.text.contains(&told), "{}", mail.text);
    assert!(!mail.text.contains(TARO.password), "{}", mail.text);
    // The first login follows, from whatever browser, and is told by no second mail.
    stack.browser().login_as(&TARO).await.succeeds_with(200);
    assert_eq!(subjects(&stack), [MADE]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_not_confirmed_mails_nothing() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent(CODE));
    let answer = browser.confirm("061180").await;
    answer.is_refused_with(422, "code-mismatch");
    assert!(subjects(&stack).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_is_made_though_its_notice_cannot_be() {
    for fault in [
        Fault::new(FaultKind::Throttle)
            .service(Service::Dynamodb)
            .action("GetItem")
            .table("Insurers"),
        Fault::new(FaultKind::MessageRejected).service(Service::Ses),
    ] {
        let stack = TestStack::start().await;
        let mut browser = stack.has_registration(TARO, Progress::CodeSent(CODE));
        stack.faults().inject(fault);
        browser.confirm(CODE).await.succeeds_with(200);
        stack.faults().clear();
        assert!(subjects(&stack).is_empty());
        browser.login_as(&TARO).await.succeeds_with(200);
        stack.has_nothing_left_over();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_sent_once_though_the_reply_to_what_it_tells_of_is_lost() {
    let stack = TestStack::start().await;
    let lost = || {
        Fault::new(FaultKind::LostReply)
            .service(Service::Dynamodb)
            .action("TransactWriteItems")
            .times(1)
    };
    let mut browser = stack.has_registration(TARO, Progress::CodeSent(CODE));
    stack.faults().inject(lost());
    browser.confirm(CODE).await.succeeds_with(200);
    assert_eq!(subjects(&stack), [MADE]);
    browser.login_as(&TARO).await.succeeds_with(200);
    stack.faults().inject(lost());
    stack.browser().login_as(&TARO).await.succeeds_with(200);
    assert_eq!(subjects(&stack), [NEW_BROWSER, MADE]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_from_a_browser_that_the_account_does_not_know_is_told() {
    let stack = TestStack::start().await;
    let mut phone = known(&stack).await;
    assert!(subjects(&stack).is_empty(), "the first login is no news");
    phone.login_as(&TARO).await.succeeds_with(200);
    assert!(subjects(&stack).is_empty(), "a known browser is no news");

    let mut other = stack.browser();
    other.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(subjects(&stack), [NEW_BROWSER]);
    other.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(subjects(&stack), [NEW_BROWSER], "it is known from then on");

    // What a browser brings of somebody's making does not make it known.
    let mut planted = stack.browser();
    planted.set_cookie(DEVICE_COOKIE, "a-token-that-stands-for-nothing-----------A");
    planted.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(subjects(&stack), [NEW_BROWSER, NEW_BROWSER]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_and_a_new_browser_are_told_by_one_mail() {
    let stack = TestStack::start().await;
    known(&stack).await;
    stack.loads(&serde_json::json!({"throttles": [
        {"of": "login-user-id", "userId": TARO.user_id, "at": "2026-04-01T00:55:00Z", "times": 5},
    ]}));
    stack.browser().login_as(&TARO).await.succeeds_with(200);
    assert_eq!(subjects(&stack), [AFTER_FAILURES]);
}
