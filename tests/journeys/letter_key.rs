//! The key of a member's letter, as an insurer asks for it.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{HANAKO, SHOKO, START, TARO, TestStack};

const KEY: &str = "7K2M-0XQ4-1BVW";
const WRONG: &str = "7K2M-0XQ4-1BVX";

async fn stack_with(rule: &str) -> TestStack {
    let stack = TestStack::start().await;
    stack.asks_for_letter_key(TARO, rule);
    stack.has_letter(TARO, KEY);
    stack
}

fn shown(key: impl Into<Value>) -> Value {
    TARO.identity_with("letterKey", key)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_key_is_asked_for_nothing_changes_whatever_is_shown() {
    let stack = TestStack::start().await;
    let of_insurer = stack.browser().insurer("jkc").await;
    assert_eq!(of_insurer.json["letterKey"], "off");
    stack.has_letter(TARO, KEY);
    for body in [
        TARO.identity(),
        shown(KEY),
        shown(WRONG),
        shown(Value::Null),
    ] {
        stack.browser().verify(&body).await.succeeds_with(200);
    }
    let wrong = TARO.identity_with("birthDate", "1911-02-01");
    let answer = stack.browser().verify(&wrong).await;
    answer.is_refused_with(404, "member-not-matched");
    assert!(!answer.body.contains("確認キー"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_keys_are_accepted_the_five_fields_let_in_with_and_without_one() {
    let stack = stack_with("accepted").await;
    let of_insurer = stack.browser().insurer("jkc").await;
    assert_eq!(of_insurer.json["letterKey"], "accepted");
    for body in [
        TARO.identity(),
        shown(""),
        shown(KEY),
        shown("７ｋ２ｍ　０ｘｑ４　１ｂｖｗ"),
        shown("7k2moxq4lbuw"),
        // A mistyped key, or that of an old letter, is none.
        shown(WRONG),
    ] {
        stack.browser().verify(&body).await.succeeds_with(200);
    }
    // A member for whom none was drawn has the five fields.
    let answer = stack.browser().verify(&SHOKO.identity()).await;
    answer.succeeds_with(200);
    let answer = stack.browser().verify(&shown("7K2M")).await;
    answer.is_refused_with(422, "invalid-request");
    assert_eq!(answer.json["errors"][0]["field"], "letterKey");
    assert_eq!(answer.json["errors"][0]["code"], "letter_key_length");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_key_is_required_it_opens_and_all_five_fields_must_agree_still() {
    let stack = stack_with("required").await;
    stack.browser().verify(&shown(KEY)).await.succeeds_with(200);
    for (field, value) in [
        ("birthDate", "1911-02-01"),
        ("nameKana", "ケンポ ジロウ"),
        ("number", "jvd99999"),
    ] {
        let mut wrong = shown(KEY);
        wrong[field] = json!(value);
        let answer = stack.browser().verify(&wrong).await;
        answer.is_refused_with(404, "member-not-matched");
        let detail = answer.json["detail"].as_str().unwrap();
        assert!(detail.contains("確認キー"), "{detail}");
    }
    // Another member's letter is none.
    let mut of_shoko = SHOKO.identity();
    of_shoko["letterKey"] = json!(KEY);
    let answer = stack.browser().verify(&of_shoko).await;
    answer.is_refused_with(404, "member-not-matched");
    // A forgotten user ID is mailed without one: its address was confirmed with it.
    let answer = stack.browser().remind(&TARO.identity()).await;
    answer.succeeds_with(202);
    // And an insurer that asks for none is as before.
    stack
        .browser()
        .verify(&HANAKO.identity())
        .await
        .succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_words_about_a_missing_key_are_in_the_readers_language() {
    let stack = stack_with("required").await;
    let answer = stack.browser().verify(&TARO.identity()).await;
    answer.is_refused_with(422, "invalid-request");
    let message = answer.json["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("お手元のご案内に印刷されている確認キー"),
        "{message}"
    );
    assert!(message.contains("お問い合わせ窓口"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_tried_by_as_many_calls_whether_or_not_there_is_such_a_member() {
    let stack = stack_with("required").await;
    let mut calls = Vec::new();
    for (number, address) in [
        (TARO.number, "203.0.113.1"),
        ("jvd99999", "203.0.113.2"),
        (SHOKO.number, "203.0.113.3"),
    ] {
        let mut guess = shown(WRONG);
        guess["number"] = json!(number);
        let mut browser = stack.browser();
        browser.from_address(address).counting_calls();
        let answer = browser.verify(&guess).await;
        answer.is_refused_with(404, "member-not-matched");
        assert!(
            answer.calls().contains("BatchGetItem"),
            "{}",
            answer.calls()
        );
        // Of calls that go out together, either may be the first.
        let (counts, made) = answer.calls().split_once("; ").unwrap();
        let mut made: Vec<String> = made.split(", ").map(str::to_owned).collect();
        made.sort();
        calls.push((counts.to_owned(), made));
    }
    assert_eq!(calls[0], calls[1]);
    assert_eq!(calls[0], calls[2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_success_with_the_key_takes_back_what_was_mistyped_with_it() {
    let stack = stack_with("required").await;
    let mut phone = stack.browser();
    let mut wrong = shown(KEY);
    wrong["nameKana"] = json!("ケンポ タロ");
    for _ in 0..9 {
        let answer = phone.verify(&wrong).await;
        answer.is_refused_with(404, "member-not-matched");
    }
    phone.verify(&shown(KEY)).await.succeeds_with(200);
    for _ in 0..9 {
        let answer = phone.verify(&wrong).await;
        answer.is_refused_with(404, "member-not-matched");
    }
    assert!(
        stack
            .items_of("Throttles", "verify-pair#")
            .iter()
            .all(|item| !item.contains_key("tries_counted"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_a_survey_that_is_over_is_none() {
    let stack = stack_with("required").await;
    stack.browser().verify(&shown(KEY)).await.succeeds_with(200);
    let mut insurer = stack.items_of("Insurers", "jkc").remove(0);
    let began = (START - Duration::from_hours(1)).unix_timestamp() * 1_000;
    insurer.insert("campaign_began".to_owned(), json!({"N": began.to_string()}));
    insurer.insert("campaign_deadline".to_owned(), json!({"S": "2026-09-30"}));
    stack.puts("Insurers", &insurer);
    let answer = stack.browser().verify(&shown(KEY)).await;
    answer.is_refused_with(404, "member-not-matched");
}
