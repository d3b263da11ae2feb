//! What a member does with the account once it is there: another password, another address, and who is
//! signed in to it.

use std::time::Duration;

use local::{Fault, FaultKind, Service};
use serde_json::{Value, json};
use tests::{Browser, HANAKO, Member, SESSION_COOKIE, START, TARO, TestStack, all_at_once};

use crate::samples::{NEW_EMAIL, NEW_PASSWORD, Sample};

const WRONG: &str = "kaze-to-8sora";
const WINDOW: Duration = Duration::from_mins(15);

async fn signed_in(stack: &TestStack) -> Browser {
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    browser
}

/// Two browsers that are signed in to Taro's account.
async fn two_signed_in(stack: &TestStack) -> [Browser; 2] {
    let mut browsers = [signed_in(stack).await, stack.browser()];
    let second = browsers[1].later(Duration::from_secs(1));
    second.login_as(&TARO).await.succeeds_with(200);
    browsers
}

fn subjects(stack: &TestStack, to: &str) -> Vec<String> {
    let mails = stack.mailbox().into_iter().filter(|mail| mail.to == to);
    mails.map(|mail| mail.subject).collect()
}

fn ids(answer: &Value) -> Vec<&str> {
    let sessions = answer["sessions"].as_array().unwrap();
    sessions
        .iter()
        .map(|session| session["id"].as_str().unwrap())
        .collect()
}

/// A browser that is about to confirm the code 061189 of its member's new address, two others beside it.
fn has_a_change_of_address(stack: &TestStack) -> Browser {
    let change = json!({"emailChange": {
        "email": NEW_EMAIL,
        "code": "061189",
        "sentAt": "2026-04-01T01:00:00Z",
    }});
    let mut browsers = stack.has_browsers_signed_in_with(TARO, 3, &change);
    browsers.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_behind_the_terms_opens_to_nobody_who_has_not_accepted_them() {
    let stack = TestStack::start().await;
    stack.has_account_with(TARO, None);
    let mut browser = stack.has_session(TARO, None);
    let before = stack.snapshot_without(&["Sessions"]);
    for sample in Sample::behind_terms() {
        let answer = sample.take(&mut browser).await;
        answer.is_refused_with(403, "terms-not-accepted");
        let mut nobody = stack.browser();
        let answer = sample.take(&mut nobody).await;
        answer.is_refused_with(401, "not-signed-in");
    }
    assert_eq!(stack.snapshot_without(&["Sessions"]), before);
    assert!(stack.mailbox().is_empty());
}

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
async fn a_new_address_is_confirmed_by_its_code_and_both_addresses_are_told() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let begun = browser.change_email(TARO.password, NEW_EMAIL).await;
    assert_eq!(
        begun.succeeds_with(202),
        &json!({"expiresAt": "2026-04-01T01:10:00Z", "resendAt": "2026-04-01T01:01:00Z"})
    );
    assert!(subjects(&stack, TARO.email).is_empty());
    let session = browser.session().await;
    let mut change = session.json["emailChange"].clone();
    // SES tells in its own time.
    change.as_object_mut().unwrap().remove("delivery");
    assert_eq!(
        change,
        json!({
            "email": NEW_EMAIL,
            "expiresAt": "2026-04-01T01:10:00Z",
            "resendAt": "2026-04-01T01:01:00Z",
        })
    );
    assert_eq!(session.json["email"], "K•••@example.jp".replace('•', "*"));

    let before = browser.cookie(SESSION_COOKIE).unwrap().to_owned();
    let code = stack.newest_code_to(NEW_EMAIL);
    browser.confirm_email(&code).await.succeeds_with(204);
    assert_ne!(browser.cookie(SESSION_COOKIE).unwrap(), before);
    let session = browser.session().await;
    assert_eq!(session.succeeds_with(200)["emailChange"], Value::Null);
    assert_eq!(
        subjects(&stack, TARO.email),
        ["【メールアドレス変更のお知らせ】"]
    );
    assert_eq!(
        subjects(&stack, NEW_EMAIL),
        [
            "【メールアドレス変更のお知らせ】",
            "【メールアドレス変更用認証番号のお知らせ】"
        ]
    );
    let account = &stack.items_of("Accounts", "user#")[0];
    assert_eq!(account["email"]["S"], NEW_EMAIL);
    // Used once.
    let answer = browser.confirm_email(&code).await;
    answer.is_refused_with(409, "code-not-sent");
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_address_that_cannot_be_one_is_refused() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let same = TARO.email.to_uppercase();
    for (email, code) in [
        ("", "empty"),
        ("taro@@example.jp", "domain"),
        (&*same, "unchanged"),
    ] {
        let answer = browser.change_email(TARO.password, email).await;
        assert_eq!(answer.refused_fields().len(), 1, "{}", answer.body);
        if code != "domain" {
            answer.refuses_fields(&[("email", code)]);
        }
    }
    assert!(stack.mailbox().is_empty());
    let answer = browser.confirm_email("061189").await;
    answer.is_refused_with(409, "code-not-sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_codes_kill_the_code_and_a_new_one_needs_the_password() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let begun = browser.change_email(TARO.password, NEW_EMAIL).await;
    begun.succeeds_with(202);
    let code = stack.newest_code_to(NEW_EMAIL);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for left in (1..=4).rev() {
        let answer = browser.confirm_email(wrong).await;
        answer.is_refused_with(422, "code-mismatch");
        assert_eq!(answer.json["attemptsLeft"], left);
    }
    for code in [wrong, &code, &code] {
        let answer = browser.confirm_email(code).await;
        answer.is_refused_with(429, "too-many-attempts");
        assert_eq!(answer.retry_after(), 60);
    }
    let answer = browser.change_email(TARO.password, NEW_EMAIL).await;
    answer.is_refused_with(429, "too-many-attempts");
    browser.later(Duration::from_mins(1));
    let again = browser.change_email(TARO.password, NEW_EMAIL).await;
    again.succeeds_with(202);
    let code = stack.newest_code_to(NEW_EMAIL);
    browser.confirm_email(&code).await.succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_of_a_new_address_is_valid_for_ten_minutes_and_in_its_own_session() {
    let stack = TestStack::start().await;
    let [mut here, mut there] = two_signed_in(&stack).await;
    let begun = here.change_email(TARO.password, NEW_EMAIL).await;
    begun.succeeds_with(202);
    let code = stack.newest_code_to(NEW_EMAIL);
    let answer = there.confirm_email(&code).await;
    answer.is_refused_with(409, "code-not-sent");
    here.at(START + Duration::from_mins(10));
    let answer = here.confirm_email(&code).await;
    answer.is_refused_with(410, "code-expired");
    assert_eq!(here.session().await.json["emailChange"], Value::Null);
    here.at(START + Duration::from_mins(10) - Duration::from_millis(1));
    here.confirm_email(&code).await.succeeds_with(204);
    // The other session goes on: its password is what it was.
    there.session().await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_address_whose_mail_is_refused_is_not_waited_for_and_can_be_given_again() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let refused = Fault::new(FaultKind::MessageRejected).service(Service::Ses);
    stack.faults().inject(refused);
    let answer = browser.change_email(TARO.password, NEW_EMAIL).await;
    answer.is_refused_with(503, "mail-not-sent");
    assert_eq!(browser.session().await.json["emailChange"], Value::Null);
    stack.faults().clear();
    let answer = browser.change_email(TARO.password, NEW_EMAIL).await;
    answer.succeeds_with(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_changed_though_no_notice_can_be_sent() {
    let stack = TestStack::start().await;
    let mut browser = signed_in(&stack).await;
    let begun = browser.change_email(TARO.password, NEW_EMAIL).await;
    begun.succeeds_with(202);
    let code = stack.newest_code_to(NEW_EMAIL);
    let refused = Fault::new(FaultKind::MessageRejected).service(Service::Ses);
    stack.faults().inject(refused);
    browser.confirm_email(&code).await.succeeds_with(204);
    let account = &stack.items_of("Accounts", "user#")[0];
    assert_eq!(account["email"]["S"], NEW_EMAIL);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_confirmed_twice_at_once_changes_the_address_once() {
    let stack = TestStack::start().await;
    let browser = has_a_change_of_address(&stack);
    let answers = all_at_once((0..4).map(|_| {
        let mut browser = browser.clone();
        async move { browser.confirm_email("061189").await.status }
    }))
    .await;
    let changed = answers.iter().filter(|status| **status == 204).count();
    assert_eq!(changed, 1, "{answers:?}");
    let told = stack.mailbox().len();
    assert_eq!(told, 2, "one notice to each address");
    stack.has_nothing_left_over();
}

/// Either the reset is first, and the session that would change the address has ended; or the change is,
/// and the reset's code, which went to the former address, is worthless.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_reset_and_a_change_of_address_at_once_one_happens() {
    for delayed in ["change-email", "reset-password"] {
        let stack = TestStack::start().await;
        let mut browser = has_a_change_of_address(&stack);
        let mut reset = stack.has_reset(TARO, "06118922");
        let slow = Fault::new(FaultKind::Latency(Duration::from_secs(1)))
            .action("TransactWriteItems")
            .function(delayed);
        stack.faults().inject(slow);
        let (change, reset) = tokio::join!(
            browser.confirm_email("061189"),
            reset.reset_password("06118922", NEW_PASSWORD),
        );
        let account = &stack.items_of("Accounts", "user#")[0];
        if delayed == "change-email" {
            reset.succeeds_with(204);
            change.is_refused_with(401, "not-signed-in");
            assert_eq!(account["email"]["S"], TARO.email);
            assert!(stack.items("Sessions").is_empty());
        } else {
            change.succeeds_with(204);
            reset.is_refused_with(410, "code-expired");
            assert_eq!(account["email"]["S"], NEW_EMAIL);
        }
        stack.has_nothing_left_over();
    }
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
    // One that has ended takes no place of the ten that an account lists.
    let listed = || {
        let account = stack.items_of("Accounts", "user#").remove(0);
        account["sessions"]["M"].as_object().map(|some| some.len())
    };
    here.end_sessions(&ids[1]).await.succeeds_with(204);
    assert_eq!(listed(), Some(3));
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
    assert_eq!(listed(), Some(1));
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
