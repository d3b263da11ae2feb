//! An office behind one address: everybody registers in one hour, and everybody mistypes something.

use std::time::Duration;

use serde_json::{Value, json};
use store::check::Rule;
use tests::{Member, START, TARO, TestStack};

/// The people who work there.
const PEOPLE: u64 = 500;

/// Puts a colleague of Taro's into the roster, and gives what the letter says.
fn colleague(stack: &TestStack, number: u64) -> Value {
    let mut items = stack.items("Members");
    items.retain(|item| item["number"]["S"] == TARO.number);
    let mut item = items.remove(0);
    let theirs = format!("jwd{number:04}");
    for name in ["member", "number"] {
        let of_taro = item[name]["S"].as_str().unwrap();
        let of_them = of_taro
            .replace("jvc0211", &theirs)
            .replace("JVC0211", &theirs);
        item.insert(name.to_owned(), json!({"S": of_them}));
    }
    stack.database().put("Members", &item).unwrap();
    TARO.identity_with("number", theirs)
}

/// What somebody types who mistypes one of the five fields.
fn mistyped(identity: &Value, field: u64, number: u64) -> Value {
    let mut typed = identity.clone();
    match field % 5 {
        0 => typed["insurerCode"] = json!("jkd"),
        1 => typed["symbol"] = json!("11"),
        2 => typed["number"] = json!(format!("jwe{number:04}")),
        3 => typed["birthDate"] = json!("1980-01-10"),
        _ => typed["nameKana"] = json!("ケンポ タロ"),
    }
    typed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_5_an_office_of_five_hundred_registers_in_an_hour_in_spite_of_its_typing_errors() {
    let stack = TestStack::start().await;
    stack.breaks(&[Rule::Event]);
    let (mut turned_away, mut errors) = (0, 0);
    for number in 0..PEOPLE {
        let identity = colleague(&stack, number);
        let mut browser = stack.browser();
        browser.from_address("192.0.2.77");
        browser.at(START + Duration::from_millis(number * 7_200));
        let mut refused = false;
        // One or two errors each, spread over all five fields.
        for error in 0..=(number % 2) {
            let typed = mistyped(&identity, number + 2 * error, number);
            let answer = browser.later(Duration::from_secs(20)).verify(&typed).await;
            errors += 1;
            refused |= answer.status == 429;
        }
        let answer = browser
            .later(Duration::from_secs(20))
            .verify(&identity)
            .await;
        refused |= answer.status != 200;
        let user = format!("office-{number}");
        let choice = json!({
            "userId": user,
            "password": TARO.password,
            "email": format!("{user}@example.jp"),
        });
        let answer = browser
            .later(Duration::from_mins(1))
            .create_user(&choice)
            .await;
        refused |= answer.status != 201;
        let answer = browser.send_code().await;
        refused |= answer.status != 202;
        turned_away += u64::from(refused);
    }
    assert_eq!(errors, PEOPLE * 3 / 2);
    assert!(
        turned_away * 1_000 <= PEOPLE * 5,
        "{turned_away} of {PEOPLE} met a 429"
    );
}

/// Somebody in the office who guesses at everybody, in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleague_who_guesses_closes_the_office_for_no_longer_than_its_limit() {
    let stack = TestStack::start().await;
    stack.breaks(&[Rule::Event]);
    let mut guessing = stack.browser();
    guessing.from_address("192.0.2.77");
    for number in 0..30 {
        let guess = TARO.identity_with("number", format!("jwf{number:04}"));
        let answer = guessing.verify(&guess).await;
        answer.is_refused_with(404, "member-not-matched");
    }
    let mut colleague = stack.browser();
    colleague.from_address("192.0.2.77");
    let member: Member = TARO;
    let answer = colleague.verify(&member.identity()).await;
    answer.is_refused_with(429, "too-many-attempts");
    let detail = answer.json["detail"].as_str().unwrap();
    assert!(detail.contains("別のネットワーク"), "{detail}");
    colleague.from_address("198.51.100.9");
    colleague
        .verify(&member.identity())
        .await
        .succeeds_with(200);
}
