//! Who is signed in to the account.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{HANAKO, TARO, TestStack};

fn ids(answer: &Value) -> Vec<&str> {
    let sessions = answer["sessions"].as_array().unwrap();
    sessions
        .iter()
        .map(|session| session["id"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_sees_where_they_are_signed_in() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let [mut phone, mut desk] = [stack.browser(), stack.browser()];
    let credentials = TARO.credentials().to_string();
    let agents = [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36",
    ];
    for (browser, agent) in [&mut phone, &mut desk].into_iter().zip(agents) {
        let login = browser
            .post("/api/sessions")
            .header("user-agent", agent)
            .header("x-local-place", "JP-13")
            .body(credentials.clone());
        login.send().await.succeeds_with(200);
    }
    phone.later(Duration::from_mins(5));
    let told = phone.sessions().await;
    let sessions = told.succeeds_with(200)["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let id = &sessions[0]["id"];
    assert_eq!(
        sessions[0],
        json!({
            "id": id,
            "current": true,
            "device": "iPhone (Safari)",
            "place": "東京都",
            "loggedInAt": "2026-04-01T01:00:00Z",
            "lastUsedAt": "2026-04-01T01:05:00Z",
        })
    );
    assert_eq!(sessions[1]["current"], false);
    assert_eq!(sessions[1]["device"], "Windows (Chrome)");
    assert_eq!(sessions[1]["lastUsedAt"], "2026-04-01T01:00:00Z");
    let in_english = phone
        .request(http::Method::GET, "/api/account/sessions")
        .header("accept-language", "en")
        .send()
        .await;
    assert_eq!(in_english.json["sessions"][0]["place"], "Tokyo");
    // What an id is made of opens nothing.
    let stored = format!("{:?}", stack.items("Sessions"));
    assert!(!stored.contains(id.as_str().unwrap()));

    desk.logout().await.succeeds_with(204);
    assert_eq!(ids(&phone.sessions().await.json).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_login_is_told_with_its_place() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    let first = browser
        .post("/api/sessions")
        .header("x-local-place", "JP-27")
        .body(TARO.credentials().to_string());
    first.send().await.succeeds_with(200);
    let session = browser.session().await;
    assert_eq!(session.json["lastLoginAt"], Value::Null);
    assert_eq!(session.json["lastLoginPlace"], Value::Null);
    browser.later(Duration::from_hours(1));
    browser.login_as(&TARO).await.succeeds_with(200);
    let session = browser.session().await;
    assert_eq!(session.json["lastLoginAt"], "2026-04-01T01:00:00Z");
    assert_eq!(session.json["lastLoginPlace"], "大阪府");
    // That one came from nobody knows where.
    browser.later(Duration::from_hours(1));
    browser.login_as(&TARO).await.succeeds_with(200);
    let session = browser.session().await;
    assert_eq!(session.json["lastLoginPlace"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_ends_one_session_or_all_others() {
    let stack = TestStack::start().await;
    let mut browsers = stack.has_browsers_signed_in(TARO, 4);
    let mut here = browsers.remove(0);
    let told = here.sessions().await;
    let ids: Vec<String> = ids(&told.json).into_iter().map(str::to_owned).collect();
    assert_eq!(ids.len(), 4);
    here.end_sessions(&ids[1]).await.succeeds_with(204);
    // Twice is as good as once.
    here.end_sessions(&ids[1]).await.succeeds_with(204);
    let mut alive = 0;
    for browser in &mut browsers {
        alive += usize::from(browser.session().await.status == 200);
    }
    assert_eq!(alive, 2);
    here.end_sessions("others").await.succeeds_with(204);
    for browser in &mut browsers {
        let answer = browser.session().await;
        answer.is_refused_with(401, "not-signed-in");
    }
    here.session().await.succeeds_with(200);
    assert_eq!(here.sessions().await.json["sessions"][0]["current"], true);
    here.end_sessions("others").await.succeeds_with(204);
    here.end_sessions(&ids[0]).await.succeeds_with(204);
    here.session().await.is_refused_with(401, "not-signed-in");
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_ends_the_sessions_of_another_account() {
    let stack = TestStack::start().await;
    let [mut taro] = stack.has_browsers_signed_in(TARO, 1).try_into().unwrap();
    let [mut hanako] = stack.has_browsers_signed_in(HANAKO, 1).try_into().unwrap();
    let told = hanako.sessions().await;
    taro.end_sessions(ids(&told.json)[0])
        .await
        .succeeds_with(204);
    taro.end_sessions("others").await.succeeds_with(204);
    hanako.session().await.succeeds_with(200);
    for text in ["", "all", "OTHERS", "0123456789abcde"] {
        let answer = taro.end_sessions(text).await;
        assert_eq!(answer.refused_fields()[0].0, "session", "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_used_while_it_is_logged_out_ends() {
    let stack = TestStack::start().await;
    for _ in 0..4 {
        let [browser] = stack.has_browsers_signed_in(TARO, 1).try_into().unwrap();
        let (mut using, mut leaving) = (browser.clone(), browser.clone());
        let (used, left) = tokio::join!(using.session(), leaving.logout());
        left.succeeds_with(204);
        assert!([200, 401].contains(&used.status), "{}", used.status);
        let mut after = browser.clone();
        let answer = after.session().await;
        answer.is_refused_with(401, "not-signed-in");
        assert!(stack.items("Sessions").is_empty());
    }
}
