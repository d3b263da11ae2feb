//! To the last millisecond: what time opens and closes, with the items still in the tables.

use std::time::Duration;

use serde_json::json;
use tests::{HANAKO, Progress, SHOKO, START, TARO, TestStack};

const MILLI: Duration = Duration::from_millis(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_accepted_at_9_59_and_refused_at_10_00() {
    let stack = TestStack::start().await;
    let ten_minutes = START + Duration::from_mins(10);
    for (member, at) in [
        (TARO, ten_minutes - Duration::from_secs(1)),
        (SHOKO, ten_minutes - MILLI),
    ] {
        let mut browser = stack.has_registration(member, Progress::CodeSent("061189"));
        browser.at(at);
        browser.confirm("061189").await.succeeds_with(200);
    }
    let mut browser = stack.has_registration(HANAKO, Progress::CodeSent("061189"));
    browser.at(ten_minutes);
    browser
        .confirm("061189")
        .await
        .is_refused_with(410, "code-expired");
    let registrations = stack.items_of("Registrations", "token#");
    assert!(
        registrations.iter().any(|item| item.contains_key("code")),
        "the code is still there"
    );
    browser.send_code().await.succeeds_with(202);
    let code = stack.newest_code_to(HANAKO.email);
    browser.confirm(&code).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_lives_two_hours() {
    let stack = TestStack::start().await;
    let two_hours = START + Duration::from_hours(2);
    let mut browser = stack.has_registration(TARO, Progress::Verified);
    browser.at(two_hours - MILLI);
    browser.create_user(&TARO.choice()).await.succeeds_with(201);
    browser.send_code().await.succeeds_with(202);
    let before = stack.snapshot();
    browser.at(two_hours);
    browser
        .create_user(&TARO.choice())
        .await
        .is_refused_with(401, "registration-missing");
    browser
        .send_code()
        .await
        .is_refused_with(401, "registration-missing");
    let code = stack.newest_code_to(TARO.email);
    browser
        .confirm(&code)
        .await
        .is_refused_with(401, "registration-missing");
    assert_eq!(stack.snapshot(), before, "TTL has not collected it yet");
    browser.verify(&TARO.identity()).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_after_30_minutes_without_use() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let half_an_hour = Duration::from_mins(30);
    let mut browser = stack.has_session(TARO, None);
    browser.at(START + half_an_hour - MILLI);
    browser.session().await.succeeds_with(200);
    browser.at(START + 2 * half_an_hour - 2 * MILLI);
    browser.accept_terms("2023-09-01").await.succeeds_with(200);
    browser.later(half_an_hour);
    browser
        .session()
        .await
        .is_refused_with(401, "not-signed-in");
    browser
        .accept_terms("2023-09-01")
        .await
        .is_refused_with(401, "not-signed-in");
    assert_eq!(
        stack.items("Sessions").len(),
        1,
        "TTL has not collected it yet"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_after_12_hours_of_use() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.has_session(TARO, Some("2023-09-01"));
    let end = START + Duration::from_hours(12);
    while browser.now() + Duration::from_mins(29) < end {
        browser.later(Duration::from_mins(29));
        browser.session().await.succeeds_with(200);
    }
    browser.at(end - MILLI);
    browser.session().await.succeeds_with(200);
    browser.at(end);
    browser
        .session()
        .await
        .is_refused_with(401, "not-signed-in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_can_be_sent_again_after_a_minute_and_not_before() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::UserCreated);
    browser.send_code().await.succeeds_with(202);
    for (seconds, wait) in [(0, 60), (59, 1)] {
        browser.at(START + Duration::from_secs(seconds));
        let answer = browser.send_code().await;
        answer.is_refused_with(429, "too-many-attempts");
        assert_eq!(answer.retry_after(), wait);
    }
    browser.at(START + Duration::from_mins(1) - MILLI);
    let answer = browser.send_code().await;
    assert_eq!((answer.status, answer.retry_after()), (429, 1));
    browser.at(START + Duration::from_mins(1));
    browser.send_code().await.succeeds_with(202);
    assert_eq!(stack.mailbox().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sixth_code_within_the_hour_waits_until_the_first_is_an_hour_old() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::UserCreated);
    // Each answer says when the next may be asked for: a minute later, and after the fifth an hour.
    for (minute, resend_at) in [
        (0, "2026-04-01T01:01:00Z"),
        (1, "2026-04-01T01:02:00Z"),
        (2, "2026-04-01T01:03:00Z"),
        (3, "2026-04-01T01:04:00Z"),
        (4, "2026-04-01T02:00:00Z"),
    ] {
        browser.at(START + Duration::from_mins(minute));
        let answer = browser.send_code().await;
        assert_eq!(answer.succeeds_with(202)["resendAt"], resend_at);
    }
    browser.at(START + Duration::from_mins(5));
    let answer = browser.send_code().await;
    answer.is_refused_with(429, "too-many-attempts");
    assert_eq!(answer.retry_after(), 55 * 60);
    browser.at(START + Duration::from_hours(1) - MILLI);
    browser
        .send_code()
        .await
        .is_refused_with(429, "too-many-attempts");
    browser.at(START + Duration::from_hours(1));
    browser.send_code().await.succeeds_with(202);
    browser.later(Duration::from_secs(30));
    browser
        .send_code()
        .await
        .is_refused_with(429, "too-many-attempts");
    assert_eq!(stack.mailbox().len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_is_that_of_japan() {
    let stack = TestStack::start().await;
    // 23:59 on 31 December in Japan, and a minute later.
    for (now, code) in [
        (time::macros::datetime!(2025-12-31 14:59 UTC), "future"),
        (time::macros::datetime!(2025-12-31 15:00 UTC), ""),
    ] {
        let mut browser = stack.browser();
        browser.at(now);
        let answer = browser
            .verify(&TARO.identity_with("birthDate", "2026-01-01"))
            .await;
        match code {
            "" => drop(answer.is_refused_with(404, "member-not-matched").clone()),
            code => answer.refuses_fields(&[("birthDate", code)]),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_of_long_ago_do_not_count() {
    let stack = TestStack::start().await;
    stack.loads(&json!({"throttles": [
        {"of": "verify-identity", "member": TARO.key(), "at": "2026-04-01T00:00:00Z", "times": 10},
        {"of": "code-recipient", "email": TARO.email, "at": "2026-04-01T00:00:00Z", "times": 5},
    ]}));
    stack.journey(TARO).code_sent().await;
}

/// An address that mail comes back from is closed for a time, which begins with the mail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_sent_when_it_is_asked_for() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::UserCreated);
    browser.send_code().await.succeeds_with(202);
    assert_eq!(stack.mailbox()[0].sent_at, "2026-04-01T01:00:00Z");
}
