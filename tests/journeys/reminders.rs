//! A forgotten user ID: who is mailed it, and what nobody can tell.

use std::time::{Duration, Instant};

use local::{Fault, FaultKind, Service};
use serde_json::json;
use tests::{HANAKO, Member, PEOPLE, SHOKO, START, TARO, TestStack};

const PACE: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_mailed_the_user_id_as_it_was_chosen() {
    let stack = TestStack::start().await;
    for member in [TARO, HANAKO] {
        stack.has_account(member);
        let before = stack.snapshot();
        let mut browser = stack.browser();
        let typed = member.identity_with("nameKana", member.kana.replace(' ', "　"));
        let answer = browser.remind(&typed).await;
        assert_eq!(*answer.succeeds_with(202), json!({}));
        let mail = &stack.mailbox()[0];
        assert_eq!(mail.subject, "【ユーザーIDのお知らせ】");
        assert_eq!(mail.to, member.email);
        let told = format!("ユーザーID：{}\n", member.user_id);
        assert!(mail.text.contains(&told), "{}", mail.text);
        for hidden in [member.name, member.number, member.birth_date] {
            assert!(!mail.text.contains(hidden), "{}", mail.text);
        }
        let after = stack.snapshot();
        for table in ["Accounts", "Members", "Registrations", "Sessions"] {
            assert_eq!(before[table], after[table]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_tell_a_member_with_an_account_from_anybody_else() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let nobody = Member {
        number: "jvc9999",
        ..TARO
    };
    let mut bodies = Vec::new();
    for identity in [
        TARO.identity(),
        SHOKO.identity(),
        TARO.identity_with("birthDate", "1980-01-02"),
        nobody.identity(),
    ] {
        let began = Instant::now();
        let answer = stack.browser().remind(&identity).await;
        assert!(began.elapsed() >= PACE);
        answer.succeeds_with(202);
        let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        bodies.push((answer.body, headers));
    }
    assert!(bodies.iter().all(|told| *told == bodies[0]), "{bodies:?}");
    assert_eq!(stack.mailbox().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_here_and_at_the_verification_are_counted_together_and_successes_are_not() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.from_address("203.0.113.9");
    stack.loads(&json!({"throttles": [
        {"of": "verify-pair", "member": TARO.key(), "client": "203.0.113.9",
         "at": "2026-04-01T01:00:00Z", "times": 8},
    ]}));
    let wrong = TARO.identity_with("birthDate", "1980-01-02");
    browser.remind(&wrong).await.succeeds_with(202);
    let answer = browser.verify(&wrong).await;
    answer.is_refused_with(404, "member-not-matched");
    for identity in [&wrong, &TARO.identity()] {
        let answer = browser.remind(identity).await;
        answer.is_refused_with(429, "too-many-attempts");
        assert_eq!(answer.retry_after(), 15 * 60);
    }
    let answer = browser.verify(&TARO.identity()).await;
    answer.is_refused_with(429, "too-many-attempts");
    browser.remind(&SHOKO.identity()).await.succeeds_with(202);

    // A success costs nothing, and forgives what failed before it.
    browser.later(Duration::from_mins(15));
    browser.remind(&TARO.identity()).await.succeeds_with(202);
    for what in ["verify-pair#", "verify-identity#"] {
        for throttle in stack.items_of("Throttles", what) {
            assert!(!throttle.contains_key("tries_counted"), "{throttle:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_is_mailed_once_a_minute_and_five_times_an_hour_and_nobody_is_told() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut mailed = Vec::new();
    let mut browser = stack.browser();
    for second in [0, 59, 60, 120, 180, 240, 300, 3_599, 3_600] {
        let before = stack.mailbox().len();
        browser.at(START + Duration::from_secs(second));
        browser.remind(&TARO.identity()).await.succeeds_with(202);
        if stack.mailbox().len() > before {
            mailed.push(second);
        }
    }
    assert_eq!(mailed, [0, 60, 120, 180, 240, 3_600]);
    for throttle in stack.items_of("Throttles", "verify-") {
        assert!(!throttle.contains_key("tries_counted"), "{throttle:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_once_the_member_is_found_is_not_told() {
    for fault in [
        Fault::new(FaultKind::MessageRejected).service(Service::Ses),
        Fault::new(FaultKind::Latency(Duration::from_secs(4))).service(Service::Ses),
        Fault::new(FaultKind::InternalError).action("GetItem"),
        Fault::new(FaultKind::InternalError).action("TransactWriteItems"),
    ] {
        let stack = TestStack::start().await;
        stack.has_account(TARO);
        stack.faults().inject(fault);
        let began = Instant::now();
        let answer = stack.browser().remind(&TARO.identity()).await;
        let took = began.elapsed();
        assert_eq!(*answer.succeeds_with(202), json!({}));
        assert!(
            took >= PACE && took < PACE + Duration::from_secs(2),
            "{took:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_member_without_an_account_is_charged_nothing() {
    let stack = TestStack::start().await;
    for member in PEOPLE.iter().take(2) {
        let answer = stack.browser().remind(&member.identity()).await;
        answer.succeeds_with(202);
    }
    for throttle in stack.items("Throttles") {
        assert!(!throttle.contains_key("tries_counted"), "{throttle:?}");
    }
    assert!(stack.mailbox().is_empty());
}
