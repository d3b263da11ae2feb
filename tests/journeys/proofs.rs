//! What each step has to prove before the next: no step can be skipped, reordered or borrowed.

use std::time::Duration;

use serde_json::json;
use store::check::Rule;
use tests::{HANAKO, Progress, REGISTRATION_COOKIE, SESSION_COOKIE, SHOKO, TARO, TestStack};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_cannot_be_skipped() {
    let stack = TestStack::start().await;
    let mut verified = stack.has_registration(TARO, Progress::Verified);
    verified
        .send_code()
        .await
        .is_refused_with(409, "user-not-created");
    verified
        .send_code_to("taro@example.jp")
        .await
        .is_refused_with(409, "user-not-created");
    verified
        .confirm("000000")
        .await
        .is_refused_with(409, "user-not-created");

    let mut created = stack.has_registration(SHOKO, Progress::UserCreated);
    created
        .confirm("000000")
        .await
        .is_refused_with(409, "code-not-sent");
    created
        .login_as(&SHOKO)
        .await
        .is_refused_with(409, "registration-waiting");
    created
        .accept_terms("2023-09-01")
        .await
        .is_refused_with(401, "not-signed-in");
    created
        .session()
        .await
        .is_refused_with(401, "not-signed-in");
    assert!(stack.mailbox().is_empty());
    assert!(stack.items("Accounts").is_empty());
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_logs_in_before_the_code_is_confirmed() {
    let stack = TestStack::start().await;
    let mut journey = stack.journey(TARO).code_sent().await;
    journey
        .browser
        .login_as(&TARO)
        .await
        .is_refused_with(409, "registration-waiting");
    // Elsewhere nobody learns that the user ID is about to exist.
    stack
        .browser()
        .login_as(&TARO)
        .await
        .is_refused_with(401, "invalid-credentials");
    journey
        .confirmed()
        .await
        .browser
        .login_as(&TARO)
        .await
        .succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_of_one_registration_fails_in_another_browser() {
    let stack = TestStack::start().await;
    stack.has_registration(TARO, Progress::CodeSent("061189"));
    let mut other = stack.has_registration(SHOKO, Progress::CodeSent("724510"));
    other
        .confirm("061189")
        .await
        .is_refused_with(422, "code-mismatch");
    let mut nowhere = stack.browser();
    nowhere
        .confirm("061189")
        .await
        .is_refused_with(401, "registration-missing");
    assert!(stack.items("Accounts").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_code_kills_the_one_before() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent("061189"));
    browser.later(Duration::from_mins(1));
    browser.send_code().await.succeeds_with(202);
    let code = stack.newest_code_to(TARO.email);
    if code != "061189" {
        browser
            .confirm("061189")
            .await
            .is_refused_with(422, "code-mismatch");
    }
    browser.confirm(&code).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn choosing_anew_voids_the_code_whose_address_may_be_another() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent("061189"));
    let mut other = TARO.choice();
    other["email"] = json!("other@example.jp");
    browser.create_user(&other).await.succeeds_with(201);
    browser
        .confirm("061189")
        .await
        .is_refused_with(409, "code-not-sent");
    assert!(stack.items("Accounts").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_good_for_one_account_only() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent("061189"));
    browser.confirm("061189").await.succeeds_with(200);
    browser
        .confirm("061189")
        .await
        .is_refused_with(409, "already-registered");
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verifying_again_in_the_same_browser_goes_on_and_the_code_in_the_mailbox_works() {
    let stack = TestStack::start().await;
    let mut journey = stack.journey(TARO).verified().await;
    let answer = journey.browser.verify(&TARO.identity()).await;
    assert_eq!(answer.succeeds_with(200)["next"], "user");
    let mut journey = journey.user_created().await.code_sent().await;
    let code = journey.code();
    let browser = &mut journey.browser;
    let held = browser.cookie(REGISTRATION_COOKIE).unwrap().to_owned();
    let answer = browser
        .later(Duration::from_mins(5))
        .verify(&TARO.identity())
        .await;
    assert_eq!(answer.succeeds_with(200)["next"], "code");
    assert_eq!(browser.cookie(REGISTRATION_COOKIE).unwrap(), held);
    browser.confirm(&code).await.succeeds_with(200);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verifying_again_elsewhere_late_or_after_too_many_tries_begins_anew() {
    let stack = TestStack::start().await;
    let begun = stack.journey(TARO).user_created().await.browser;
    let held = begun.cookie(REGISTRATION_COOKIE).unwrap();
    let mut elsewhere = begun.clone();
    elsewhere.clear_cookies();
    let mut late = begun.clone();
    // A quarter of an hour before it ends.
    late.later(Duration::from_mins(105));
    for mut browser in [elsewhere, late] {
        let answer = browser.verify(&TARO.identity()).await;
        assert_eq!(answer.succeeds_with(200)["next"], "user");
        assert_ne!(browser.cookie(REGISTRATION_COOKIE).unwrap(), held);
        browser
            .send_code()
            .await
            .is_refused_with(409, "user-not-created");
        // The user ID chosen before is still the member's own.
        browser.create_user(&TARO.choice()).await.succeeds_with(201);
    }
    let mut spent = stack.browser();
    spent.verify(&SHOKO.identity()).await.succeeds_with(200);
    for _ in 0..20 {
        spent.create_user(&SHOKO.choice()).await.succeeds_with(201);
    }
    let answer = spent.create_user(&SHOKO.choice()).await;
    answer.is_refused_with(429, "too-many-attempts");
    let answer = spent.verify(&SHOKO.identity()).await;
    assert_eq!(answer.succeeds_with(200)["next"], "user");
    spent.create_user(&SHOKO.choice()).await.succeeds_with(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_else_who_is_verified_in_the_browser_does_not_go_on_with_it() {
    let stack = TestStack::start().await;
    let mut browser = stack.journey(TARO).user_created().await.browser;
    let held = browser.cookie(REGISTRATION_COOKIE).unwrap().to_owned();
    let answer = browser.showing_nobody().verify(&SHOKO.identity()).await;
    assert_eq!(answer.succeeds_with(200)["next"], "user");
    assert_ne!(browser.cookie(REGISTRATION_COOKIE).unwrap(), held);
    let answer = browser.send_code().await;
    answer.is_refused_with(409, "user-not-created");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_dead_after_logging_out() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.has_session(TARO, Some("2023-09-01"));
    let mut thief = browser.clone();
    thief.session().await.succeeds_with(200);
    browser.logout().await.succeeds_with(204);
    thief.session().await.is_refused_with(401, "not-signed-in");
    thief
        .accept_terms("2023-09-01")
        .await
        .is_refused_with(401, "not-signed-in");
    assert!(stack.items("Sessions").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_login_gives_a_new_token() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    let mut before = browser.clone();
    browser.login_as(&TARO).await.succeeds_with(200);
    assert_ne!(
        browser.cookie(SESSION_COOKIE),
        before.cookie(SESSION_COOKIE)
    );
    browser.session().await.succeeds_with(200);
    before.session().await.is_refused_with(401, "not-signed-in");
    assert_eq!(stack.items("Sessions").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_one_flow_means_nothing_to_the_other() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let registered = stack.has_registration(SHOKO, Progress::CodeSent("061189"));
    let signed_in = stack.has_session(TARO, None);
    let before = stack.snapshot();

    let mut crossed = stack.browser();
    crossed.set_cookie(
        SESSION_COOKIE,
        registered.cookie(REGISTRATION_COOKIE).unwrap(),
    );
    crossed.set_cookie(
        REGISTRATION_COOKIE,
        signed_in.cookie(SESSION_COOKIE).unwrap(),
    );
    crossed
        .session()
        .await
        .is_refused_with(401, "not-signed-in");
    crossed
        .accept_terms("2023-09-01")
        .await
        .is_refused_with(401, "not-signed-in");
    crossed
        .confirm("061189")
        .await
        .is_refused_with(401, "registration-missing");
    crossed.logout().await.succeeds_with(204);
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_the_roster_or_loses_the_account_is_no_longer_signed_in() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(SHOKO);
    let mut taro = stack.has_session(TARO, Some("2023-09-01"));
    let mut shoko = stack.has_session(SHOKO, None);
    stack.database().delete("Members", "jkc#1#jvc0211").unwrap();
    stack.database().delete("Accounts", "user#shoko").unwrap();
    stack.breaks(&[Rule::ClaimHeld, Rule::SessionHasAccount]);
    taro.session().await.is_refused_with(401, "not-signed-in");
    shoko.session().await.is_refused_with(401, "not-signed-in");
    shoko
        .accept_terms("2023-09-01")
        .await
        .is_refused_with(401, "not-signed-in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_a_user_id_is_taken_is_told_to_verified_members_only() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack
        .browser()
        .create_user(&TARO.choice())
        .await
        .is_refused_with(401, "registration-missing");
    let mut verified = stack.has_registration(SHOKO, Progress::Verified);
    let mut choice = SHOKO.choice();
    choice["userId"] = json!(TARO.user_id);
    verified
        .create_user(&choice)
        .await
        .is_refused_with(409, "user-id-taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_two_insurers_are_told_their_own_and_nothing_else() {
    let stack = TestStack::start().await;
    let mut taro = stack.journey(TARO).terms_accepted().await.browser;
    let mut hanako = stack.journey(HANAKO).terms_accepted().await.browser;
    for (browser, member, insurer) in [(&mut taro, TARO, "jkc"), (&mut hanako, HANAKO, "demo")] {
        let session = browser.session().await.succeeds_with(200).clone();
        assert_eq!(session["userId"], member.user_id);
        assert_eq!(session["memberName"], member.name);
        assert_eq!(session["insurer"]["code"], insurer);
    }
    // To end one session ends no other.
    taro.logout().await.succeeds_with(204);
    taro.session().await.is_refused_with(401, "not-signed-in");
    hanako.session().await.succeeds_with(200);
}
