//! The same sieges against members who have the key of their letter.

use serde_json::{Value, json};
use tests::{Answer, Browser, HANAKO, Member, SHOKO, START, TARO, TestStack, all_at_once};

use super::{Attacker, DAY, QUARTER, desk_is_told_of, list};

const KEY: &str = "7K2M-0XQ4-1BVW";

/// A stack whose insurer says what keys are worth, with Taro's letter in his hands.
async fn stack_with(rule: &str) -> TestStack {
    let stack = TestStack::start().await;
    stack.asks_for_letter_key(TARO, rule);
    stack.has_letter(TARO, KEY);
    stack
}

fn with_key(member: &Member) -> Value {
    member.identity_with("letterKey", KEY)
}

fn key_is_told_of(answer: &Answer) {
    answer.is_refused_with(429, "too-many-attempts");
    let detail = answer.json["detail"].as_str().unwrap();
    assert!(detail.contains("確認キーを正しく入力すると"), "{detail}");
}

async fn is_admitted_with_the_key(browser: &mut Browser) {
    browser.verify(&with_key(&TARO)).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_2_the_key_lets_the_member_in_whatever_a_botnet_does() {
    for rule in ["accepted", "required"] {
        let stack = stack_with(rule).await;
        let mut botnet = Attacker::with_a_botnet(&stack);
        if rule == "accepted" {
            assert_eq!(botnet.guesses_at(&TARO, START).await.judged, 60);
        } else {
            stack.loads(
                &json!({"throttles": [{"of": "verify-identity", "member": TARO.key(),
                "at": "2026-04-01T00:30:00Z", "times": 60}]}),
            );
        }
        let mut phone = stack.browser();
        if rule == "accepted" {
            key_is_told_of(&phone.verify(&TARO.identity()).await);
        }
        // A wrong one does not open what is closed.
        let wrong = TARO.identity_with("letterKey", "7K2M-0XQ4-1BVX");
        key_is_told_of(&phone.verify(&wrong).await);
        is_admitted_with_the_key(&mut phone).await;
        // Nor do the members of an insurer without keys hear of one.
        let mut other = stack.browser();
        stack.loads(
            &json!({"throttles": [{"of": "verify-identity", "member": HANAKO.key(),
            "at": "2026-04-01T00:30:00Z", "times": 60}]}),
        );
        desk_is_told_of(&other.verify(&HANAKO.identity()).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenes_5_and_8_the_key_lets_a_member_in_behind_an_address_that_is_closed() {
    let stack = stack_with("accepted").await;
    let lines = (0..4).map(|line| format!("2001:db8:1:{line:x}00::1"));
    let mut neighbours = Attacker::with_addresses(&stack, lines);
    assert_eq!(neighbours.goes_through(list(), START).await, 120);
    let mut member = stack.browser();
    member.from_address("2001:db8:1:e00::9");
    key_is_told_of(&member.verify(&TARO.identity()).await);
    is_admitted_with_the_key(&mut member).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_6_without_the_letter_even_the_right_guess_does_not_let_in() {
    let stack = stack_with("required").await;
    let mut stranger = stack.browser();
    // A client that shows none is told that one is needed, and has guessed nothing.
    for birth_date in [TARO.birth_date, "1911-02-01"] {
        let guess = TARO.identity_with("birthDate", birth_date);
        let answer = stranger.verify(&guess).await;
        answer.is_refused_with(422, "invalid-request");
        assert_eq!(answer.json["errors"][0]["code"], "letter_key_missing");
    }
    assert!(stack.items_of("Throttles", "verify-identity#").is_empty());
    // A client that shows another is told no more than that something is wrong.
    let mut answers = Vec::new();
    for (number, birth_date) in [
        (TARO.number, TARO.birth_date),
        (TARO.number, "1911-02-01"),
        ("jvd99999", TARO.birth_date),
    ] {
        let mut guess = TARO.identity_with("birthDate", birth_date);
        guess["number"] = json!(number);
        guess["letterKey"] = json!("7K2M-0XQ4-1BVX");
        let answer = stranger.verify(&guess).await;
        answer.is_refused_with(404, "member-not-matched");
        answers.push(answer.body);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    // And it was counted.
    let counted = &stack.items_of("Throttles", "verify-identity#");
    let of_taro = counted
        .iter()
        .map(|item| item["tries_counted"]["NS"].as_array().unwrap().len());
    assert_eq!(of_taro.max(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_7_a_list_of_right_entries_is_worth_nothing_without_the_letters() {
    let stack = TestStack::start().await;
    stack.asks_for_letter_key(TARO, "required");
    let mut attacker = Attacker::with_one_address(&stack);
    let guess = |member: &Member| member.identity_with("letterKey", "0000-0000-0000");
    let list = [guess(&TARO), guess(&SHOKO)];
    assert_eq!(attacker.goes_through(list, START).await, 2);
    assert!(stack.items("Registrations").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_holds_the_letter_guesses_no_faster_than_others_and_another_letter_is_open() {
    let stack = stack_with("accepted").await;
    let guess = |key: &str, day: usize| {
        let mut guess = TARO.identity_with("birthDate", format!("1911-02-{:02}", day % 28 + 1));
        guess["letterKey"] = json!(key);
        guess
    };
    let mut judged = 0;
    let mut lines = (1..=200).map(|line| format!("203.0.113.{line}"));
    for quarter in 0..8 {
        // From as many addresses as there are guesses.
        loop {
            let mut thief = stack.browser();
            thief.from_address(&lines.next().unwrap());
            thief.at(START + quarter * QUARTER);
            let answer = thief.verify(&guess(KEY, judged)).await;
            if answer.status == 429 {
                break;
            }
            answer.is_refused_with(404, "member-not-matched");
            judged += 1;
        }
    }
    assert_eq!(judged, 30, "a day's worth");
    // None of it is counted against the member without the letter, who goes in by the five fields.
    let mut phone = stack.browser();
    phone.at(START + 8 * QUARTER);
    phone.verify(&TARO.identity()).await.succeeds_with(200);
    let refused = phone.verify(&with_key(&TARO)).await;
    refused.is_refused_with(429, "too-many-attempts");
    // Another letter has a log of its own.
    let another = "8K2M-0XQ4-1BVW";
    stack.has_letter(TARO, another);
    let mut with_another = TARO.identity();
    with_another["letterKey"] = json!(another);
    phone.verify(&with_another).await.succeeds_with(200);
    // And a day later the first would have been open again.
    stack.has_letter(TARO, KEY);
    phone.at(START + 8 * QUARTER + DAY);
    is_admitted_with_the_key(&mut phone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_guesses_at_once_with_the_letter_ten_are_judged() {
    let stack = stack_with("accepted").await;
    let guess = |day: usize| {
        let mut guess = TARO.identity_with("birthDate", format!("1911-02-{:02}", day % 28 + 1));
        guess["letterKey"] = json!(KEY);
        guess
    };
    let guesses = (0..50).map(|number| {
        let mut thief = stack.browser();
        thief.from_address(&format!("203.0.113.{}", number + 1));
        async move { thief.verify(&guess(number)).await.status }
    });
    let statuses = all_at_once(guesses).await;
    let judged = statuses.iter().filter(|status| **status == 404).count();
    assert_eq!(judged, 10, "{statuses:?}");
    assert!(statuses.iter().all(|status| [404, 429].contains(status)));
}
