//! The audit trail: what happened to an account, who was affected, and that nothing happens without it.

use std::time::Duration;

use domain::{MemberId, Subject, UserId};
use local::{Fault, FaultKind};
use serde_json::{Value, json};
use store::Event;
use store::check::Rule;
use tests::{Answer, HANAKO, Member, SHOKO, START, TARO, TestStack};
use time::OffsetDateTime;

use crate::samples::{Sample, with_each};

const WRONG: &str = "kaze-to-8sora";
const NEW: &str = "sakura-8080";

fn account_of(user_id: &str) -> Subject {
    UserId::parse(user_id).unwrap().subject()
}

fn member_of(id: &str) -> Subject {
    MemberId::from_stored(id.to_owned()).subject()
}

fn said(events: &[Event]) -> Vec<(&str, &str)> {
    events
        .iter()
        .map(|event| (event.name.as_str(), event.outcome.as_str()))
        .collect()
}

/// What the trail has of whoever the user ID is, or would be.
async fn history_of(stack: &TestStack, user_id: &str) -> Vec<Event> {
    stack.audit().history(&account_of(user_id)).await.unwrap()
}

fn broken() -> Fault {
    let fault = Fault::new(FaultKind::InternalError);
    fault.action("PutItem").table("Audit")
}

fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_has_its_history_from_the_verification_on() {
    let stack = TestStack::start().await;
    let mut journey = stack.journey(TARO);
    let second = Duration::from_secs(1);
    let wrong = TARO.identity_with("birthDate", "1980-01-02");
    let answer = journey.browser.verify(&wrong).await;
    answer.is_refused_with(404, "member-not-matched");
    journey.browser.later(second);
    let mut journey = journey.verified().await;
    journey.browser.later(second);
    let mut journey = journey.code_sent().await;
    let code = journey.code();
    journey.browser.later(second);
    let answer = journey.browser.confirm(other_than(&code)).await;
    answer.is_refused_with(422, "code-mismatch");
    journey.browser.later(second);
    let mut journey = journey.confirmed().await;
    let confirmed_at = journey.browser.now();
    journey.browser.later(second);
    let answer = journey.browser.login(TARO.user_id, WRONG).await;
    answer.is_refused_with(401, "invalid-credentials");
    journey.browser.later(second);
    let mut journey = journey.signed_in().await;
    journey.browser.later(second);
    let mut browser = journey.terms_accepted().await.browser;
    browser.later(second).session().await.succeeds_with(200);
    browser.later(second).logout().await.succeeds_with(204);
    browser.logout().await.succeeds_with(204);
    browser.later(second);
    let answer = browser.request_reset(TARO.user_id, TARO.email).await;
    answer.succeeds_with(202);
    let code = stack.newest_code_to(TARO.email);
    browser.later(second);
    let answer = browser.reset_password(other_than(&code), NEW).await;
    answer.is_refused_with(422, "code-mismatch");
    browser.later(second);
    browser.reset_password(&code, NEW).await.succeeds_with(204);
    browser.later(second);
    let answer = browser.remind(&TARO.identity()).await;
    answer.succeeds_with(202);

    let of_account = history_of(&stack, "kenpo-taro").await;
    assert_eq!(
        said(&of_account),
        [
            ("confirm-code", "done"),
            ("login", "invalid-credentials"),
            ("login", "done"),
            ("accept-terms", "done"),
            ("logout", "done"),
            ("request-password-reset", "done"),
            ("reset-password", "code-mismatch"),
            ("reset-password", "done"),
        ]
    );
    let first = &of_account[0];
    assert_eq!(first.at.at(), confirmed_at);
    assert!(of_account[1..].iter().all(|event| event.member.is_none()));

    // From the account's first event to what was before it.
    let member = first.member.clone().unwrap();
    assert_eq!(member, member_of("jkc#1#jvc0211"));
    let of_member = stack.audit().history(&member).await.unwrap();
    assert_eq!(
        said(&of_member),
        [
            ("verify-member", "member-not-matched"),
            ("verify-member", "done"),
            ("create-user", "done"),
            ("confirm-code", "code-mismatch"),
            ("confirm-code", "done"),
            ("remind-user-id", "done"),
        ]
    );
    assert_eq!(of_member[4].origin, first.origin, "one request, two views");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_affected_between_two_times_is_told() {
    let stack = TestStack::start().await;
    let at = |seconds| START + Duration::from_secs(seconds);
    for (seconds, member) in [(10, TARO), (20, HANAKO), (30, SHOKO)] {
        stack.has_account(member);
        let mut browser = stack.browser();
        browser.at(at(seconds));
        browser.login_as(&member).await.succeeds_with(200);
    }
    let trail = stack.audit();
    let affected = async |from, to| -> Vec<Subject> {
        let events = trail.between(from, to).await.unwrap();
        events.into_iter().map(|event| event.subject).collect()
    };
    let [taro, hanako, shoko] = [TARO, HANAKO, SHOKO].map(|member| account_of(member.user_id));
    assert_eq!(affected(at(15), at(35)).await, [hanako, shoko.clone()]);
    assert_eq!(
        affected(at(30), at(31)).await,
        [shoko],
        "from its first moment on"
    );
    assert_eq!(affected(at(0), at(20)).await, [taro], "and before its last");
    assert!(affected(at(31), at(3_600)).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trail_of_many_pages_is_read_whole() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.browser().login_as(&TARO).await.succeeds_with(200);
    let mut item = stack.items("Audit").remove(0);
    let first: i64 = item["at"]["N"].as_str().unwrap().parse().unwrap();
    stack.breaks(&[Rule::Bare]);
    item.insert("padding".to_owned(), json!({"S": "x".repeat(300_000)}));
    // A page ends at a mebibyte.
    for number in 1..=8 {
        item.insert("at".to_owned(), json!({"N": (first + number).to_string()}));
        stack.database().put("Audit", &item).unwrap();
    }
    assert_eq!(history_of(&stack, TARO.user_id).await.len(), 9);
    let end = START + Duration::from_secs(1);
    let events = stack.audit().between(START, end).await.unwrap();
    assert_eq!(events.len(), 9);
    assert!(events.is_sorted_by_key(|event| event.at));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_and_the_locks_they_bring_are_there_whether_there_is_an_account_or_not() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut calls = Vec::new();
    for user_id in [TARO.user_id, "nobody-here"] {
        let mut browser = stack.browser();
        browser.counting_calls();
        for _ in 0..5 {
            let answer = browser.login(user_id, WRONG).await;
            answer.is_refused_with(401, "invalid-credentials");
            calls.push(counts(&answer));
        }
        let answer = browser.login(user_id, WRONG).await;
        answer.is_refused_with(429, "too-many-attempts");
        let events = history_of(&stack, user_id).await;
        let mut said = said(&events);
        // All of one moment, so in any order.
        said.sort_unstable();
        assert_eq!(said[..5], [("login", "invalid-credentials"); 5]);
        assert_eq!(said[5..], [("login", "too-many-attempts")]);
    }
    let (of_account, of_nobody) = calls.split_at(5);
    assert_eq!(of_account, of_nobody);
}

/// How many calls an answer took, in how many rounds, and what they wrote.
fn counts(answer: &Answer) -> String {
    answer.calls().split(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decoy_leaves_the_trail_of_a_reset() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut trails = Vec::new();
    for (user_id, email) in [
        (TARO.user_id, TARO.email),
        ("Nobody-Here", "nobody@example.jp"),
    ] {
        let mut browser = stack.browser();
        browser.counting_calls();
        let answer = browser.request_reset(user_id, email).await;
        answer.succeeds_with(202);
        browser.later(Duration::from_secs(1));
        let code = stack.newest_code_to(TARO.email);
        let answer = browser.reset_password(other_than(&code), NEW).await;
        answer.is_refused_with(422, "code-mismatch");
        let events = history_of(&stack, user_id).await;
        trails.push((counts(&answer), format!("{:?}", said(&events))));
    }
    assert_eq!(trails[0], trails[1]);
    assert!(trails[0].1.contains("code-mismatch"), "{trails:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reminder_that_is_not_sent_is_in_the_trail_though_nobody_is_told() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    for identity in [
        TARO.identity_with("nameKana", "ミホン タロウ"),
        TARO.identity(),
        TARO.identity(),
    ] {
        browser.later(Duration::from_secs(1));
        browser.remind(&identity).await.succeeds_with(202);
    }
    let trail = stack.audit();
    let events = trail.history(&member_of("jkc#1#jvc0211")).await.unwrap();
    assert_eq!(
        said(&events),
        [
            ("remind-user-id", "member-not-matched"),
            ("remind-user-id", "done"),
            ("remind-user-id", "too-many-attempts"),
        ]
    );
    assert_eq!(stack.mailbox().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_one_subject_from_the_letter_on_also_where_leading_zeros_count() {
    const JUN: Member = tests::PEOPLE[7];
    let stack = TestStack::start().await;
    let tables = stack.database();
    let mut insurer = tables.get("Insurers", "jkc").unwrap().unwrap();
    insurer.insert("keep_leading_zeros".to_owned(), json!({"BOOL": true}));
    tables.put("Insurers", &insurer).unwrap();
    let mut member = tables.get("Members", "jkc#2#123").unwrap().unwrap();
    member.insert("member".to_owned(), json!({"S": "jkc#02#00123"}));
    tables.put("Members", &member).unwrap();

    let mut journey = stack.journey(JUN);
    let wrong = JUN.identity_with("birthDate", "1977-11-29");
    let answer = journey.browser.verify(&wrong).await;
    answer.is_refused_with(404, "member-not-matched");
    journey.browser.later(Duration::from_secs(1));
    let mut journey = journey.verified().await;
    journey.browser.later(Duration::from_secs(1));
    let mut journey = journey.code_sent().await;
    journey.browser.later(Duration::from_secs(1));
    journey.confirmed().await;
    let trail = stack.audit();
    let events = trail.history(&member_of("jkc#02#00123")).await.unwrap();
    assert_eq!(
        said(&events),
        [
            ("verify-member", "member-not-matched"),
            ("verify-member", "done"),
            ("create-user", "done"),
            ("confirm-code", "done"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_success_of_an_audited_step_is_in_the_trail() {
    with_each(Sample::all(), |sample| async move {
        let stack = TestStack::start().await;
        if !sample.is_audited(&stack) || sample.only_reads() {
            return;
        }
        let mut browser = sample.ready(&stack);
        let is_of_step = |event: &local::Item| sample.is(event["event"]["S"].as_str().unwrap());
        let events = || {
            stack
                .items("Audit")
                .iter()
                .filter(|event| is_of_step(event))
                .count()
        };
        let before = events();
        sample.succeeds(&sample.take(&mut browser).await);
        assert!(events() > before, "{sample:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_whose_event_cannot_be_written_does_not_happen() {
    with_each(Sample::all(), |sample| async move {
        let stack = TestStack::start().await;
        if !sample.is_audited(&stack) {
            return;
        }
        let mut browser = sample.ready(&stack);
        let changed = ["Accounts", "Registrations", "Resets", "Sessions"];
        // What is put off before the change stays so.
        let without = |mut item: local::Item| -> Value {
            item.remove("idle_expires_at");
            item.into()
        };
        let held = || -> Vec<Vec<Value>> {
            let items = changed.iter().map(|table| stack.items(table));
            items
                .map(|items| items.into_iter().map(without).collect())
                .collect()
        };
        let before = held();
        stack.faults().inject(broken());
        let answer = sample.take(&mut browser).await;
        if sample.is("remind-user-id") {
            answer.succeeds_with(202);
        } else {
            answer.is_refused_with(503, "try-again");
        }
        assert_eq!(held(), before, "{sample:?}");
        assert!(stack.mailbox().is_empty(), "{sample:?}");
        assert!(stack.items("Audit").is_empty(), "{sample:?}");

        stack.faults().clear();
        let answer = sample.take(&mut browser).await;
        answer.succeeds_with(sample.success());
        let events = stack.items("Audit").len();
        let expected = if sample.is("confirm-code") { 2 } else { 1 };
        assert_eq!(events, expected, "{sample:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_try_whose_event_cannot_be_written_is_counted_and_not_told() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.faults().inject(broken());
    for password in [WRONG, TARO.password] {
        let answer = stack.browser().login(TARO.user_id, password).await;
        answer.is_refused_with(503, "try-again");
    }
    // The wrong one, and not the right one.
    for throttle in stack.items_of("Throttles", "login-user-id#") {
        let counted = throttle["tries_counted"]["NS"].as_array().unwrap();
        assert_eq!(counted.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_whose_event_cannot_be_written_is_the_same_refusal_and_logged() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": TARO.user_id, "at": "2026-04-01T01:00:00Z", "times": 20},
    ]}));
    let noted = stack.browser().login(TARO.user_id, WRONG).await;
    stack.faults().inject(broken());
    let unnoted = stack.browser().login(TARO.user_id, WRONG).await;
    unnoted.is_refused_with(429, "too-many-attempts");
    assert_eq!(unnoted.body, noted.body);
    assert_eq!(history_of(&stack, TARO.user_id).await.len(), 1);
    // A line that was written just before an answer may come just after it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let lines: Vec<Value> = stack
        .logs()
        .iter()
        .filter_map(|line| serde_json::from_str(&line.text).ok())
        .filter(|line: &Value| line["outcome"] == "too-many-attempts")
        .collect();
    let levels: Vec<_> = lines.iter().map(|line| &line["level"]).collect();
    assert_eq!(levels, ["INFO", "ERROR"]);
    let cause = lines[1]["cause"].as_str().unwrap();
    assert!(cause.starts_with("PutItem failed"), "{cause}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_reply_is_lost_is_there_once() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let lost = Fault::new(FaultKind::LostReply).table("Audit").times(1);
    for (password, outcome) in [(WRONG, "invalid-credentials"), (TARO.password, "done")] {
        stack.faults().inject(lost.clone());
        let mut browser = stack.browser();
        browser.later(Duration::from_secs(outcome.len() as u64));
        browser.login(TARO.user_id, password).await;
        assert!(stack.faults().list().is_empty());
        let events = history_of(&stack, TARO.user_id).await;
        let same = events.iter().filter(|event| event.outcome == outcome);
        assert_eq!(same.count(), 1, "{events:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_outcome_for_anybody_is_not_in_the_trail() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser
        .verify(&json!({}))
        .await
        .is_refused_with(422, "invalid-request");
    browser
        .confirm("061189")
        .await
        .is_refused_with(401, "registration-missing");
    browser
        .accept_terms("2023-09-01")
        .await
        .is_refused_with(401, "not-signed-in");
    browser.logout().await.succeeds_with(204);
    let refused = browser
        .post("/api/sessions")
        .header("sec-fetch-site", "cross-site");
    let refused = refused.body(TARO.credentials().to_string()).send().await;
    refused.is_refused_with(403, "cross-site");
    stack
        .faults()
        .inject(Fault::new(FaultKind::Throttle).table("Accounts"));
    browser
        .login_as(&TARO)
        .await
        .is_refused_with(503, "try-again");
    let end = OffsetDateTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 200);
    assert!(
        stack
            .audit()
            .between(OffsetDateTime::UNIX_EPOCH, end)
            .await
            .unwrap()
            .is_empty()
    );
}
