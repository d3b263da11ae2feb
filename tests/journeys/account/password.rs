//! Another password.

use std::time::Duration;

use local::{Fault, FaultKind};
use tests::{HANAKO, Member, SESSION_COOKIE, START, TARO, TestStack, all_at_once};

use super::*;
use crate::samples::{NEW_EMAIL, NEW_PASSWORD};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_ends_the_other_sessions_and_renews_this_one() {
    let stack = TestStack::start().await;
    let [mut here, mut there] = two_signed_in(&stack).await;
    let before = here.cookie(SESSION_COOKIE).unwrap().to_owned();
    here.later(Duration::from_mins(10));
    here.change_password(TARO.password, NEW_PASSWORD)
        .await
        .succeeds_with(204);

    let after = here.cookie(SESSION_COOKIE).unwrap().to_owned();
    assert_ne!(before, after, "a new token for a password that was shown");
    here.session().await.succeeds_with(200);
    there.session().await.is_refused_with(401, "not-signed-in");
    let mut old_token = stack.browser();
    old_token.set_cookie(SESSION_COOKIE, &before);
    let answer = old_token.session().await;
    answer.is_refused_with(401, "not-signed-in");
    assert_eq!(
        subjects(&stack, TARO.email),
        [
            "【パスワード変更のお知らせ】",
            "【新しい端末からのログインのお知らせ】"
        ]
    );

    let mut browser = stack.browser();
    let answer = browser.login_as(&TARO).await;
    answer.is_refused_with(401, "invalid-credentials");
    let answer = browser.login(TARO.user_id, NEW_PASSWORD).await;
    answer.succeeds_with(200);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_session_ends_when_it_would_have() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    for _ in 0..23 {
        browser.later(Duration::from_mins(29));
        browser.session().await.succeeds_with(200);
    }
    let told = browser.session().await.json["session"]["expiresAt"].clone();
    browser
        .change_password(TARO.password, NEW_PASSWORD)
        .await
        .succeeds_with(204);
    assert_eq!(browser.session().await.json["session"]["expiresAt"], told);
    browser.at(START + Duration::from_hours(12));
    // The browser would have thrown the cookie of a login away; what counts is the server.
    let answer = browser.session().await;
    answer.is_refused_with(401, "not-signed-in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_cannot_be_one_changes_nothing() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let before = stack.snapshot_without(&["Sessions", "Throttles"]);
    for (password, code) in [
        ("short-1", "too_short"),
        (TARO.password, "unchanged"),
        ("Kenpo-Taro-1", "contains_user_id"),
        ("a-jvc0211-z", "contains_number"),
        ("19800101-ab", "contains_birth_date"),
    ] {
        let answer = browser.change_password(TARO.password, password).await;
        answer.refuses_fields(&[("password", code)]);
    }
    let answer = browser.change_password("", "").await;
    answer.refuses_fields(&[("currentPassword", "empty"), ("password", "empty")]);
    assert_eq!(stack.snapshot_without(&["Sessions", "Throttles"]), before);
    // None of them was a guess.
    for _ in 0..2 {
        let answer = browser.change_password(WRONG, NEW_PASSWORD).await;
        answer.is_refused_with(422, "password-mismatch");
    }
    let answer = browser.change_password(TARO.password, NEW_PASSWORD).await;
    answer.succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_found_a_phone_unlocked_guesses_five_times_at_either_page_and_locks_nobody_out() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    for _ in 0..3 {
        let answer = browser.change_password(WRONG, NEW_PASSWORD).await;
        answer.is_refused_with(422, "password-mismatch");
    }
    for _ in 0..2 {
        let answer = browser.change_email(WRONG, NEW_EMAIL).await;
        answer.is_refused_with(422, "password-mismatch");
    }
    let answer = browser.change_password(TARO.password, NEW_PASSWORD).await;
    answer.is_refused_with(429, "too-many-attempts");
    assert_eq!(answer.retry_after(), 900);
    let answer = browser.change_email(TARO.password, NEW_EMAIL).await;
    answer.is_refused_with(429, "too-many-attempts");
    assert!(stack.mailbox().is_empty());
    stack.browser().login_as(&TARO).await.succeeds_with(200);

    browser.later(WINDOW);
    let answer = browser.change_password(TARO.password, NEW_PASSWORD).await;
    answer.succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_current_passwords_guessed_at_once_five_are_compared() {
    let stack = TestStack::start().await;
    let browser = signed_in(&stack).await;
    let answers = all_at_once((0..12).map(|_| {
        let mut browser = browser.clone();
        async move { browser.change_password(WRONG, NEW_PASSWORD).await }
    }))
    .await;
    let compared = answers.iter().filter(|answer| answer.status == 422).count();
    assert_eq!(compared, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_changes_of_password_at_once_one_happens() {
    let stack = TestStack::start().await;
    let browsers = two_signed_in(&stack).await;
    let passwords = [NEW_PASSWORD, "tsubaki-9090"];
    let answers = all_at_once(browsers.into_iter().zip(passwords).map(
        |(mut browser, password)| async move {
            browser
                .change_password(TARO.password, password)
                .await
                .status
        },
    ))
    .await;
    let mut opened = 0;
    for (status, password) in answers.iter().zip(passwords) {
        let login = stack.browser().login(TARO.user_id, password).await;
        assert_eq!(*status == 204, login.status == 200, "{answers:?}");
        opened += usize::from(login.status == 200);
    }
    assert_eq!(opened, 1, "{answers:?}");
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_while_the_password_is_changed_is_ended_too() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let slow = Fault::new(FaultKind::Latency(Duration::from_millis(1_200)))
        .action("TransactWriteItems")
        .function("change-password");
    stack.faults().inject(slow);
    browser.counting_calls();
    let made = stack.calls().len();
    let change = tokio::spawn(async move {
        let answer = browser.change_password(TARO.password, NEW_PASSWORD).await;
        (browser, answer)
    });
    // The session is touched, the try charged and the account read; the change is on its way.
    while stack.calls().len() < made + 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut other = stack.browser();
    other.login_as(&TARO).await.succeeds_with(200);
    let (mut browser, answer) = change.await.unwrap();
    answer.succeeds_with(204);
    let written = answer.calls().matches("TransactWriteItems").count();
    assert_eq!(written, 2, "{}", answer.calls());
    other.session().await.is_refused_with(401, "not-signed-in");
    browser.session().await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_opens_what_strangers_have_locked() {
    let stack = TestStack::start().await;
    let [mut member] = stack.has_browsers_signed_in(TARO, 1).try_into().unwrap();
    let mut elsewhere = stack.browser();
    for _ in 0..5 {
        elsewhere
            .login(TARO.user_id, "kaze-to-9sora")
            .await
            .is_refused_with(401, "invalid-credentials");
    }
    elsewhere
        .login_as(&TARO)
        .await
        .is_refused_with(429, "too-many-attempts");
    let changed = member.change_password(TARO.password, NEW_PASSWORD).await;
    changed.succeeds_with(204);
    elsewhere
        .login(TARO.user_id, NEW_PASSWORD)
        .await
        .succeeds_with(200);
}

/// What is in one account's session is of no use for another's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_compared_with_that_of_the_account_that_is_signed_in() {
    const HERS: Member = Member {
        password: "ume-ni-8uguisu",
        ..HANAKO
    };
    let stack = TestStack::start().await;
    stack.has_account(HERS);
    let mut browser = signed_in(&stack).await;
    let answer = browser.change_password(HERS.password, NEW_PASSWORD).await;
    answer.is_refused_with(422, "password-mismatch");
    stack.browser().login_as(&HERS).await.succeeds_with(200);
}
