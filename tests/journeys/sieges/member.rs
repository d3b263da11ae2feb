//! A verified member who turns on others: what one person may look up, reserve and have mailed.

use std::time::Duration;

use domain::{MEMBER_CODES, MEMBER_USER_IDS};
use serde_json::json;
use tests::{Browser, SHOKO, START, TARO, TestStack};
use time::OffsetDateTime;

use super::DAY;

/// The same member, verified anew in a browser of its own, elsewhere.
async fn verified_anew(stack: &TestStack, number: u32, at: OffsetDateTime) -> Browser {
    let mut browser = stack.browser();
    browser
        .from_address(&format!("198.51.100.{}", number % 250 + 1))
        .at(at);
    browser.verify(&TARO.identity()).await.succeeds_with(200);
    browser
}

/// The message that the day's share is used up says that the desk opens it.
fn says_that_the_desk_helps(answer: &tests::Answer) {
    answer.is_refused_with(429, "too-many-attempts");
    let detail = answer.json["detail"].as_str().unwrap();
    assert!(
        detail.contains("1日の上限") && detail.contains("窓口ですぐに再開できます"),
        "{detail}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_10_a_member_is_told_of_thirty_user_ids_a_day_over_all_registrations() {
    let stack = TestStack::start().await;
    stack.has_account(SHOKO);
    let most = usize::from(MEMBER_USER_IDS.most());
    for day in 0..2 {
        let at = START + day * DAY;
        let (mut taken, mut free, mut refused) = (0, 0, 0);
        // A registration that has used up its own tries is followed by another.
        for number in 0..5 {
            let mut browser = verified_anew(&stack, number, at).await;
            for look_up in 0..10 {
                let mut choice = TARO.choice();
                choice["userId"] = if look_up % 2 == 0 {
                    json!(SHOKO.user_id)
                } else {
                    json!(format!("wanted-{number}-{look_up}"))
                };
                let answer = browser.create_user(&choice).await;
                match answer.status {
                    201 => free += 1,
                    409 => taken += 1,
                    _ => {
                        // It is not told any more whether the user ID is taken.
                        says_that_the_desk_helps(&answer);
                        assert_eq!(answer.retry_after(), DAY.as_secs());
                        refused += 1;
                    }
                }
            }
        }
        assert_eq!((taken + free, refused), (most, 50 - most), "day {day}");
        assert_eq!(taken, most / 2);
    }
    // Nobody else is touched.
    let mut other = stack.browser();
    other.at(START + DAY);
    other
        .verify(&tests::HANAKO.identity())
        .await
        .succeeds_with(200);
    let answer = other.create_user(&tests::HANAKO.choice()).await;
    answer.succeeds_with(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_lookups_at_once_exactly_thirty_are_answered() {
    let stack = TestStack::start().await;
    stack.has_account(SHOKO);
    let most = usize::from(MEMBER_USER_IDS.most());
    let mut choice = TARO.choice();
    choice["userId"] = json!(SHOKO.user_id);
    let mut answered = 0;
    for round in 0..6 {
        let mut at_once = Vec::new();
        for number in 0..10 {
            let mut browser = verified_anew(&stack, 10 * round + number, START).await;
            let choice = choice.clone();
            at_once.push(tokio::spawn(async move {
                browser.create_user(&choice).await.status
            }));
        }
        for answer in at_once {
            let status = answer.await.unwrap();
            // A client that meets too many others is asked to try again, and told nothing.
            assert!([409, 429, 503].contains(&status), "{status}");
            answered += usize::from(status == 409);
        }
    }
    assert_eq!(answered, most);
    let log = &stack.items_of("Throttles", "user-id-member#")[0];
    assert_eq!(log["attempts"]["NS"].as_array().unwrap().len(), most);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_10_a_member_has_twenty_codes_mailed_a_day_over_all_registrations() {
    let stack = TestStack::start().await;
    let most = usize::from(MEMBER_CODES.most());
    let mut mailed = 0;
    for day in 0..2 {
        for number in 0..u32::try_from(most).unwrap() + 5 {
            let at = START + day * DAY + number * Duration::from_millis(200);
            let mut browser = verified_anew(&stack, number, at).await;
            let mut choice = TARO.choice();
            choice["email"] = json!(format!("stranger-{day}-{number}@example.com"));
            browser.create_user(&choice).await.succeeds_with(201);
            let answer = browser.send_code().await;
            if answer.status == 202 {
                mailed += 1;
            } else {
                says_that_the_desk_helps(&answer);
            }
        }
        assert_eq!(mailed, most * (usize::try_from(day).unwrap() + 1));
    }
    assert_eq!(stack.mailbox().len(), mailed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_address_counts_among_the_codes_of_its_member() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.has_session(TARO, Some("2023-09-01"));
    stack.loads(&json!({"throttles": [
        {"of": "code-member", "member": TARO.key(), "at": "2026-04-01T00:59:00Z", "times": MEMBER_CODES.most() - 1},
    ]}));
    let answer = browser
        .change_email(TARO.password, "first@example.com")
        .await;
    answer.succeeds_with(202);
    let answer = browser
        .change_email(TARO.password, "second@example.com")
        .await;
    says_that_the_desk_helps(&answer);
    assert_eq!(stack.mailbox().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_could_not_be_mailed_is_not_counted() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, tests::Progress::UserCreated);
    stack.loads(&json!({"faults": [{"service": "ses", "kind": "messageRejected"}]}));
    let answer = browser.send_code().await;
    answer.is_refused_with(503, "mail-not-sent");
    let log = &stack.items_of("Throttles", "code-member#")[0];
    assert!(!log.contains_key("attempts"), "{log:?}");
}
