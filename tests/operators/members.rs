//! What the desk sees and does of a member whom strangers have closed out.

use std::time::Duration;

use domain::MEMBER_USER_IDS;
use serde_json::json;
use store::check::Rule;
use tests::{SHOKO, TARO, TestStack};
use time::format_description::well_known::Rfc3339;

use crate::{now, run_why, run_yes, trail};

const TARO_ON_THE_CARD: &str = "jkc/01/jvc0211";

/// Strangers have made so many wrong entries for Taro, just now.
fn strangers_failed(stack: &TestStack, times: u32) {
    let at = (now() - Duration::from_mins(1)).format(&Rfc3339).unwrap();
    stack.loads(&json!({"throttles": [
        {"of": "verify-identity", "member": TARO.key(), "at": at, "times": times},
    ]}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_member_is_shown_and_opened_by_one_command_and_stays_open_for_a_day() {
    let stack = TestStack::start().await;
    strangers_failed(&stack, 300);
    let mut phone = stack.browser();
    let closed = phone.at(now()).verify(&TARO.identity()).await;
    closed.is_refused_with(429, "too-many-attempts");
    let shown = run_why(&stack, &["member", "show", TARO_ON_THE_CARD]);
    assert!(
        shown.done().contains("300, 300 of them within a day"),
        "{}",
        shown.out
    );
    assert!(shown.out.contains("`operator member open` opens it"));

    let opened = run_yes(&stack, &["member", "open", TARO_ON_THE_CARD]);
    assert!(
        opened
            .done()
            .contains("300 wrong entries for jkc#1#jvc0211"),
        "{}",
        opened.out
    );
    let trail = trail(&stack, "jkc#1#jvc0211").await;
    for name in ["member-show", "member-open"] {
        let noted = (name.to_owned(), "done".to_owned());
        assert!(trail.contains(&noted), "{trail:?}");
    }

    // Whatever a botnet does now, the member gets in.
    let guess = TARO.identity_with("birthDate", "1911-02-01");
    for address in 1..=10 {
        let mut stranger = stack.browser();
        stranger
            .from_address(&format!("203.0.113.{address}"))
            .at(now());
        for _ in 0..10 {
            let answer = stranger.verify(&guess).await;
            answer.is_refused_with(404, "member-not-matched");
        }
        let answer = stranger.verify(&guess).await;
        answer.is_refused_with(429, "too-many-attempts");
    }
    phone
        .at(now())
        .verify(&TARO.identity())
        .await
        .succeeds_with(200);
    let shown = run_why(&stack, &["member", "show", TARO_ON_THE_CARD, "--json"]).json();
    assert_eq!(shown["isClosed"], json!(false));
    assert!(shown["openedUntil"].is_string(), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_member_has_used_up_for_a_day_is_shown_and_given_anew() {
    let stack = TestStack::start().await;
    let at = (now() - Duration::from_mins(1)).format(&Rfc3339).unwrap();
    stack.loads(&json!({"throttles": [
        {"of": "user-id-member", "member": TARO.key(), "at": at, "times": MEMBER_USER_IDS.most()},
        {"of": "code-member", "member": TARO.key(), "at": at, "times": 7},
    ]}));
    let mut phone = stack.browser();
    phone.at(now());
    phone.verify(&TARO.identity()).await.succeeds_with(200);
    let answer = phone.create_user(&TARO.choice()).await;
    answer.is_refused_with(429, "too-many-attempts");
    let shown = run_why(&stack, &["member", "show", TARO_ON_THE_CARD]);
    let told = shown.done();
    assert!(told.contains("30, which is all for a day"), "{told}");
    assert!(told.contains("7 of 20"), "{told}");
    let opened = run_yes(&stack, &["member", "open", TARO_ON_THE_CARD]);
    let told = opened.done();
    assert!(
        told.contains("30 answers about user IDs and 7 codes"),
        "{told}"
    );
    phone.at(now());
    phone.create_user(&TARO.choice()).await.succeeds_with(201);
    let shown = run_why(&stack, &["member", "show", TARO_ON_THE_CARD, "--json"]).json();
    assert_eq!(shown["userIdsToday"], json!(1));
    assert_eq!(shown["codesToday"], json!(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_that_strangers_used_up_are_given_anew_when_the_desk_unlocks_the_account() {
    let stack = TestStack::start().await;
    stack.has_account(SHOKO);
    let at = (now() - Duration::from_mins(1)).format(&Rfc3339).unwrap();
    stack.loads(&json!({"throttles": [
        {"of": "reset-recipient", "userId": SHOKO.user_id, "email": SHOKO.email, "at": at, "times": 20},
    ]}));
    let mut phone = stack.browser();
    let answer = phone
        .at(now())
        .request_reset(SHOKO.user_id, SHOKO.email)
        .await;
    answer.is_refused_with(429, "too-many-attempts");
    run_yes(&stack, &["account", "unlock", SHOKO.user_id]).done();
    let answer = phone
        .at(now())
        .request_reset(SHOKO.user_id, SHOKO.email)
        .await;
    answer.succeeds_with(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opening_is_over_after_a_day() {
    let stack = TestStack::start().await;
    stack.breaks(&[Rule::Ttl]);
    run_yes(&stack, &["member", "open", TARO_ON_THE_CARD]).done();
    let tomorrow = now() + Duration::from_hours(24);
    let guess = TARO.identity_with("birthDate", "1911-02-01");
    let mut judged = 0;
    for address in 1..=10 {
        let mut stranger = stack.browser();
        stranger
            .from_address(&format!("203.0.113.{address}"))
            .at(tomorrow);
        for _ in 0..10 {
            judged += usize::from(stranger.verify(&guess).await.status == 404);
        }
    }
    assert_eq!(judged, 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_in_the_roster_is_not_opened() {
    let stack = TestStack::start().await;
    run_yes(&stack, &["member", "open", "jkc/01/nobody"]).failed(3, "not in the roster");
    let shown = run_why(&stack, &["member", "show", "jkc/01/nobody", "--json"]).json();
    assert_eq!(shown["inRoster"], json!(false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unlocked_account_is_locked_by_no_stranger_for_a_day() {
    let stack = TestStack::start().await;
    stack.has_account(SHOKO);
    let at = (now() - Duration::from_mins(1)).format(&Rfc3339).unwrap();
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": SHOKO.user_id, "at": at, "times": 100},
    ]}));
    run_yes(&stack, &["account", "unlock", SHOKO.user_id]).done();
    for address in 1..=3 {
        let mut stranger = stack.browser();
        stranger
            .from_address(&format!("203.0.113.{address}"))
            .at(now());
        for _ in 0..5 {
            let answer = stranger.login(SHOKO.user_id, "kaze-to-8sora").await;
            answer.is_refused_with(401, "invalid-credentials");
        }
        let answer = stranger.login_as(&SHOKO).await;
        answer.is_refused_with(429, "too-many-attempts");
    }
    let mut phone = stack.browser();
    phone.at(now()).login_as(&SHOKO).await.succeeds_with(200);
}
