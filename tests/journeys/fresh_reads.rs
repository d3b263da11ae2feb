//! What was just written is what the next page shows: reads that follow a write ask for consistency.

use serde_json::Value;
use tests::{TARO, TestStack};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_for_a_new_password_is_mailed_as_soon_as_there_is_an_account() {
    let stack = TestStack::start().await;
    let mut journey = stack.journey(TARO).confirmed().await;
    let before = stack.mailbox().len();
    let answer = journey
        .browser
        .request_reset(TARO.user_id, TARO.email)
        .await;
    answer.succeeds_with(202);
    assert_eq!(stack.mailbox().len(), before + 1);
    let code = stack.newest_code_to(TARO.email);
    let reset = journey.browser.reset_password(&code, "sakura-8080").await;
    reset.succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_is_in_the_list_of_another_browser_at_once() {
    let stack = TestStack::start().await;
    let mut first = stack.journey(TARO).terms_accepted().await.browser;
    let mut second = stack.browser();
    second.login_as(&TARO).await.succeeds_with(200);
    let listed = first.sessions().await.succeeds_with(200)["sessions"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_ends_all_other_sessions_ends_one_that_has_just_begun() {
    let stack = TestStack::start().await;
    let mut member = stack.journey(TARO).terms_accepted().await.browser;
    let mut stranger = stack.browser();
    stranger.login_as(&TARO).await.succeeds_with(200);
    member.end_sessions("others").await.succeeds_with(204);
    stranger
        .session()
        .await
        .is_refused_with(401, "not-signed-in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_top_page_shows_a_new_address_at_once() {
    let stack = TestStack::start().await;
    let mut browser = stack.journey(TARO).terms_accepted().await.browser;
    let shown = |session: &Value| session["email"].as_str().map(str::to_owned);
    let former = shown(browser.session().await.succeeds_with(200));
    let begun = browser
        .change_email(TARO.password, "another@example.com")
        .await;
    begun.succeeds_with(202);
    let code = stack.newest_code_to("another@example.com");
    browser.confirm_email(&code).await.succeeds_with(204);
    let now = shown(browser.session().await.succeeds_with(200));
    assert_ne!(now, former);
    assert!(now.is_some_and(|address| address.ends_with("example.com")));
}
