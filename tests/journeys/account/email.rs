//! Another address.

use std::time::Duration;

use local::{Fault, FaultKind, Service};
use serde_json::{Value, json};
use tests::{Browser, SESSION_COOKIE, START, TARO, TestStack, all_at_once};

use super::*;
use crate::samples::{NEW_EMAIL, NEW_PASSWORD};

/// A browser that is about to confirm the code 061189 of its member's new address, two others beside it.
fn has_a_change_of_address(stack: &TestStack) -> Browser {
    let change = json!({"emailChange": {
        "email": NEW_EMAIL,
        "code": "061189",
        "sentAt": "2026-04-01T01:00:00Z",
    }});
    let mut browsers = stack.has_browsers_signed_in_with(TARO, 3, &change);
    browsers.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_address_is_confirmed_by_its_code_and_both_addresses_are_told() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let begun = browser.change_email(TARO.password, NEW_EMAIL).await;
    assert_eq!(
        begun.succeeds_with(202),
        &json!({"expiresAt": "2026-04-01T01:10:00Z", "resendAt": "2026-04-01T01:01:00Z"})
    );
    assert!(subjects(&stack, TARO.email).is_empty());
    let session = browser.session().await;
    let mut change = session.json["emailChange"].clone();
    // SES tells in its own time.
    change.as_object_mut().unwrap().remove("delivery");
    assert_eq!(
        change,
        json!({
            "email": NEW_EMAIL,
            "expiresAt": "2026-04-01T01:10:00Z",
            "resendAt": "2026-04-01T01:01:00Z",
        })
    );
    assert_eq!(session.json["email"], "K•••@example.jp".replace('•', "*"));

    let before = browser.cookie(SESSION_COOKIE).unwrap().to_owned();
    let code = stack.newest_code_to(NEW_EMAIL);
    browser.confirm_email(&code).await.succeeds_with(204);
    assert_ne!(browser.cookie(SESSION_COOKIE).unwrap(), before);
    let session = browser.session().await;
    assert_eq!(session.succeeds_with(200)["emailChange"], Value::Null);
    assert_eq!(
        subjects(&stack, TARO.email),
        ["【メールアドレス変更のお知らせ】"]
    );
    assert_eq!(
        subjects(&stack, NEW_EMAIL),
        [
            "【メールアドレス変更のお知らせ】",
            "【メールアドレス変更用認証番号のお知らせ】"
        ]
    );
    let account = &stack.items_of("Accounts", "user#")[0];
    assert_eq!(account["email"]["S"], NEW_EMAIL);
    // Used once.
    let answer = browser.confirm_email(&code).await;
    answer.is_refused_with(409, "code-not-sent");
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_address_that_cannot_be_one_is_refused() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let same = TARO.email.to_uppercase();
    for (email, code) in [
        ("", "empty"),
        ("taro@@example.jp", "domain"),
        (&*same, "unchanged"),
    ] {
        let answer = browser.change_email(TARO.password, email).await;
        assert_eq!(answer.refused_fields().len(), 1, "{}", answer.body);
        if code != "domain" {
            answer.refuses_fields(&[("email", code)]);
        }
    }
    assert!(stack.mailbox().is_empty());
    let answer = browser.confirm_email("061189").await;
    answer.is_refused_with(409, "code-not-sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_codes_kill_the_code_and_a_new_one_needs_the_password() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let begun = browser.change_email(TARO.password, NEW_EMAIL).await;
    begun.succeeds_with(202);
    let code = stack.newest_code_to(NEW_EMAIL);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for left in (1..=4).rev() {
        let answer = browser.confirm_email(wrong).await;
        answer.is_refused_with(422, "code-mismatch");
        assert_eq!(answer.json["attemptsLeft"], left);
    }
    for code in [wrong, &code, &code] {
        let answer = browser.confirm_email(code).await;
        answer.is_refused_with(429, "too-many-attempts");
        assert_eq!(answer.retry_after(), 60);
    }
    let answer = browser.change_email(TARO.password, NEW_EMAIL).await;
    answer.is_refused_with(429, "too-many-attempts");
    browser.later(Duration::from_mins(1));
    let again = browser.change_email(TARO.password, NEW_EMAIL).await;
    again.succeeds_with(202);
    let code = stack.newest_code_to(NEW_EMAIL);
    browser.confirm_email(&code).await.succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_of_a_new_address_is_valid_for_ten_minutes_and_in_its_own_session() {
    let stack = TestStack::start().await;
    let [mut here, mut there] = two_signed_in(&stack).await;
    let begun = here.change_email(TARO.password, NEW_EMAIL).await;
    begun.succeeds_with(202);
    let code = stack.newest_code_to(NEW_EMAIL);
    let answer = there.confirm_email(&code).await;
    answer.is_refused_with(409, "code-not-sent");
    here.at(START + Duration::from_mins(10));
    let answer = here.confirm_email(&code).await;
    answer.is_refused_with(410, "code-expired");
    assert_eq!(here.session().await.json["emailChange"], Value::Null);
    here.at(START + Duration::from_mins(10) - Duration::from_millis(1));
    here.confirm_email(&code).await.succeeds_with(204);
    // The other session goes on: its password is what it was.
    there.session().await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_address_whose_mail_is_refused_is_not_waited_for_and_can_be_given_again() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let refused = Fault::new(FaultKind::MessageRejected).service(Service::Ses);
    stack.faults().inject(refused);
    let answer = browser.change_email(TARO.password, NEW_EMAIL).await;
    answer.is_refused_with(503, "mail-not-sent");
    assert_eq!(browser.session().await.json["emailChange"], Value::Null);
    stack.faults().clear();
    let answer = browser.change_email(TARO.password, NEW_EMAIL).await;
    answer.succeeds_with(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_changed_though_no_notice_can_be_sent() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let begun = browser.change_email(TARO.password, NEW_EMAIL).await;
    begun.succeeds_with(202);
    let code = stack.newest_code_to(NEW_EMAIL);
    let refused = Fault::new(FaultKind::MessageRejected).service(Service::Ses);
    stack.faults().inject(refused);
    browser.confirm_email(&code).await.succeeds_with(204);
    let account = &stack.items_of("Accounts", "user#")[0];
    assert_eq!(account["email"]["S"], NEW_EMAIL);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_confirmed_twice_at_once_changes_the_address_once() {
    let stack = TestStack::start().await;
    let browser = has_a_change_of_address(&stack);
    let answers = all_at_once((0..4).map(|_| {
        let mut browser = browser.clone();
        async move { browser.confirm_email("061189").await.status }
    }))
    .await;
    let changed = answers.iter().filter(|status| **status == 204).count();
    assert_eq!(changed, 1, "{answers:?}");
    let told = stack.mailbox().len();
    assert_eq!(told, 2, "one notice to each address");
    stack.has_nothing_left_over();
}

/// Either the reset is first, and the session that would change the address has ended; or the change is,
/// and the reset's code, which went to the former address, is worthless.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_reset_and_a_change_of_address_at_once_one_happens() {
    for delayed in ["change-email", "reset-password"] {
        let stack = TestStack::start().await;
        let mut browser = has_a_change_of_address(&stack);
        let mut reset = stack.has_reset(TARO, "06118922");
        let slow = Fault::new(FaultKind::Latency(Duration::from_secs(1)))
            .action("TransactWriteItems")
            .function(delayed);
        stack.faults().inject(slow);
        let (change, reset) = tokio::join!(
            browser.confirm_email("061189"),
            reset.reset_password("06118922", NEW_PASSWORD),
        );
        let account = &stack.items_of("Accounts", "user#")[0];
        if delayed == "change-email" {
            reset.succeeds_with(204);
            change.is_refused_with(401, "not-signed-in");
            assert_eq!(account["email"]["S"], TARO.email);
            assert!(stack.items("Sessions").is_empty());
        } else {
            change.succeeds_with(204);
            reset.is_refused_with(410, "code-expired");
            assert_eq!(account["email"]["S"], NEW_EMAIL);
        }
        stack.has_nothing_left_over();
    }
}
