//! A forgotten password: who gets a new one, who does not, and what nobody can tell.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use local::{Fault, FaultKind, Service};
use serde_json::json;
use tests::{
    Answer, Browser, HANAKO, Member, RESET_COOKIE, SESSION_COOKIE, SHOKO, START, TARO, TestStack,
    all_at_once,
};

const NEW: &str = "sakura-8080";
const OTHER: &str = "tsubaki-9090";
/// How long each answer to a request takes at least, and, but for a slow machine, at most.
const PACE: Duration = Duration::from_millis(1_500);

fn with_password(member: Member, password: &'static str) -> Member {
    Member { password, ..member }
}

/// Asks for a code in a new browser.
async fn asked(stack: &TestStack, member: Member) -> Browser {
    let mut browser = stack.browser();
    let answer = browser.request_reset(member.user_id, member.email).await;
    answer.succeeds_with(202);
    browser
}

fn subjects(stack: &TestStack) -> Vec<String> {
    let mails = stack.mailbox();
    mails.iter().map(|mail| mail.subject.clone()).collect()
}

/// The codes that differ from this one in their last digit.
fn wrong(code: &str) -> impl Iterator<Item = String> + use<> {
    let (start, last) = (code[..5].to_owned(), code[5..].to_owned());
    let others = (0..10).map(|digit| digit.to_string());
    others
        .filter(move |digit| *digit != last)
        .map(move |digit| format!("{start}{digit}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_is_locked_out_gets_a_new_password_and_every_session_ends() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut signed_in = Vec::new();
    for second in 0..3 {
        let mut browser = stack.browser();
        browser.at(START + Duration::from_secs(second));
        browser.login_as(&TARO).await.succeeds_with(200);
        signed_in.push(browser);
    }
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": TARO.user_id, "at": "2026-04-01T00:59:00Z", "times": 100},
    ]}));
    stack
        .browser()
        .login_as(&TARO)
        .await
        .is_refused_with(429, "too-many-attempts");
    let account = stack.items("Accounts");

    let mut browser = stack.browser();
    let answer = browser
        .request_reset("KENPO-taro", "Kenpo-TARO@Example.jp")
        .await;
    let told = answer.succeeds_with(202);
    assert_eq!(told["expiresAt"], "2026-04-01T01:10:00Z");
    assert_eq!(told["resendAt"], "2026-04-01T01:01:00Z");
    let cookie = answer.set_cookie(RESET_COOKIE).unwrap();
    assert!(
        cookie.ends_with("; Max-Age=1800; Path=/; Secure; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    assert_eq!(stack.items("Accounts"), account, "asking changes nothing");
    assert_eq!(
        subjects(&stack),
        [
            "【パスワード再設定用認証番号のお知らせ】",
            "【新しい端末からのログインのお知らせ】",
            "【新しい端末からのログインのお知らせ】"
        ]
    );
    for browser in &mut signed_in {
        browser.session().await.succeeds_with(200);
    }

    let code = stack.newest_code_to(TARO.email);
    browser.later(Duration::from_mins(5));
    let answer = browser.reset_password(&code, NEW).await;
    answer.succeeds_with(204);
    assert!(answer.set_cookie(SESSION_COOKIE).is_none(), "no login");
    assert!(browser.cookie(RESET_COOKIE).is_none());
    for browser in &mut signed_in {
        browser
            .session()
            .await
            .is_refused_with(401, "not-signed-in");
    }
    for table in ["Resets", "Sessions"] {
        assert!(stack.items(table).is_empty(), "{table}");
    }
    let notice = &stack.mailbox()[0];
    assert_eq!(notice.subject, "【パスワード変更のお知らせ】");
    assert_eq!(notice.to, TARO.email);
    for told in [TARO.user_id, "2026年4月1日 10時05分", "050-2018-3292"] {
        assert!(notice.text.contains(told), "{}", notice.text);
    }

    browser
        .login_as(&TARO)
        .await
        .is_refused_with(401, "invalid-credentials");
    browser
        .login_as(&with_password(TARO, NEW))
        .await
        .succeeds_with(200);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_tell_whether_user_id_and_address_belong_together() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(HANAKO);
    // Who has left the roster is told the same, and mailed nothing.
    stack.has_account(SHOKO);
    stack.leaves_the_roster(SHOKO);
    let mut asked: Vec<(Answer, Duration, Browser)> = Vec::new();
    for (user_id, email) in [
        (TARO.user_id, TARO.email),
        ("nobody-here", "nobody@example.jp"),
        (TARO.user_id, "somebody-else@example.jp"),
        ("another-nobody", HANAKO.email),
        (SHOKO.user_id, SHOKO.email),
    ] {
        let mut browser = stack.browser();
        browser.counting_calls();
        let began = Instant::now();
        let answer = browser.request_reset(user_id, email).await;
        asked.push((answer, began.elapsed(), browser));
    }
    assert_eq!(stack.mailbox().len(), 1);
    let code = stack.newest_code_to(TARO.email);

    let headers = |answer: &Answer| -> BTreeSet<String> {
        let names = answer.headers.keys().map(|name| name.as_str().to_owned());
        names.collect()
    };
    // The mail is the one call that differs, and nobody outside sees it. What goes out together comes in
    // any order.
    let calls = |answer: &Answer| -> BTreeSet<String> {
        let calls = answer.calls().split("; ").nth(1).unwrap().split(", ");
        calls
            .filter(|call| !call.starts_with("SendEmail"))
            .map(str::to_owned)
            .collect()
    };
    let (first, rest) = asked.split_at_mut(1);
    let (known, took, known_browser) = &mut first[0];
    known.succeeds_with(202);
    assert!(*took >= PACE, "{took:?}");
    for (answer, took, browser) in rest {
        let told = |answer: &Answer| {
            let mut told = answer.json.clone();
            let subject = told["subject"].take();
            assert_eq!(subject.as_str().map(str::len), Some(32));
            (answer.status, answer.body.len(), told)
        };
        assert_eq!(told(answer), told(known));
        assert_eq!(headers(answer), headers(known));
        assert_eq!(calls(answer), calls(known));
        assert!(*took >= PACE, "{took:?}");

        // Neither can they with codes.
        let mut known_tab = known_browser.clone();
        let other = wrong(&code).next().unwrap();
        let ours = known_tab.reset_password(&other, NEW).await;
        let theirs = browser.reset_password(&other, NEW).await;
        theirs.is_refused_with(422, "code-mismatch");
        let left = |answer: &Answer| answer.json["attemptsLeft"].as_u64().unwrap();
        assert_eq!(left(&theirs), 4);
        assert_eq!(calls(&theirs), calls(&ours));
        assert_eq!(theirs.json["detail"].as_str().is_some(), left(&ours) > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_code_of_a_decoy_is_a_wrong_one() {
    let stack = TestStack::start().await;
    let mut decoy = stack.has_decoy("06118922");
    decoy.counting_calls();
    for left in [4, 3, 2, 1] {
        let answer = decoy.reset_password("06118922", NEW).await;
        answer.is_refused_with(422, "code-mismatch");
        assert_eq!(answer.json["attemptsLeft"], left);
        assert!(answer.calls().starts_with("dynamodb=2 ses=0"));
    }
    for _ in 0..2 {
        let answer = decoy.reset_password("06118922", NEW).await;
        answer.is_refused_with(429, "too-many-attempts");
        assert_eq!(answer.retry_after(), 60);
    }
    decoy.at(START + Duration::from_mins(10));
    decoy
        .reset_password("06118922", NEW)
        .await
        .is_refused_with(410, "code-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_of_one_browser_fails_in_another() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(SHOKO);
    let mut taro = stack.has_reset(TARO, "06118922");
    let mut shoko = stack.has_reset(SHOKO, "21723022");
    for (browser, code) in [(&mut taro, "21723022"), (&mut shoko, "06118922")] {
        browser
            .reset_password(code, NEW)
            .await
            .is_refused_with(422, "code-mismatch");
    }
    stack
        .browser()
        .reset_password("06118922", NEW)
        .await
        .is_refused_with(401, "reset-missing");
    taro.reset_password("06118922", NEW)
        .await
        .succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sixth_try_is_refused_even_if_it_is_right() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.has_reset(TARO, "06118922");
    browser.at(START + Duration::from_secs(18));
    for left in [4, 3, 2, 1] {
        let answer = browser.reset_password("06118822", NEW).await;
        answer.is_refused_with(422, "code-mismatch");
        assert_eq!(answer.json["attemptsLeft"], left);
    }
    for code in ["06118822", "06118922"] {
        let answer = browser.reset_password(code, NEW).await;
        answer.is_refused_with(429, "too-many-attempts");
        assert_eq!(answer.retry_after(), 42);
    }
    // What is no code, or no password, was no try.
    let mut browser = stack.has_reset(TARO, "06118922");
    for (code, password) in [("06118", NEW), ("06118922", "sakura")] {
        let answer = browser.reset_password(code, password).await;
        answer.is_refused_with(422, "invalid-request");
    }
    for reset in stack.items("Resets") {
        let tries = reset.get("code_tries");
        assert!(tries.is_none_or(|tries| tries["NS"].as_array().unwrap().len() == 5));
    }
    browser
        .reset_password("06118922", NEW)
        .await
        .succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_accepted_at_9_59_and_refused_at_10_00() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let minutes = Duration::from_mins;
    let mut late = stack.has_reset(TARO, "06118922");
    late.at(START + minutes(10));
    late.reset_password("06118922", NEW)
        .await
        .is_refused_with(410, "code-expired");
    late.at(START + minutes(30) - Duration::from_millis(1));
    late.reset_password("06118922", NEW)
        .await
        .is_refused_with(410, "code-expired");
    late.at(START + minutes(30));
    late.reset_password("06118922", NEW)
        .await
        .is_refused_with(401, "reset-missing");
    let mut in_time = stack.has_reset(TARO, "06118922");
    in_time.at(START + minutes(10) - Duration::from_millis(1));
    in_time
        .reset_password("06118922", NEW)
        .await
        .succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_with_the_members_own_data_costs_no_try_and_leaves_the_code_good() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.has_reset(TARO, "06118922");
    for (password, reason) in [
        ("kenpo-taro-1!", "contains_user_id"),
        ("wa-jvc0211-ha", "contains_number"),
        ("s55-19800101-x", "contains_birth_date"),
    ] {
        for _ in 0..2 {
            let answer = browser.reset_password("06118922", password).await;
            answer.refuses_fields(&[("password", reason)]);
        }
        // Who does not have the code is not told whose data it is.
        let mut guesser = stack.has_reset(TARO, "06118922");
        guesser
            .reset_password("06118822", password)
            .await
            .is_refused_with(422, "code-mismatch");
    }
    browser
        .reset_password("06118922", NEW)
        .await
        .succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_is_dead_after_another_reset_or_a_change_of_address() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut first = stack.has_reset(TARO, "06118922");
    let mut second = stack.has_reset(TARO, "21723022");
    second
        .reset_password("21723022", NEW)
        .await
        .succeeds_with(204);
    first
        .reset_password("06118922", OTHER)
        .await
        .is_refused_with(410, "code-expired");
    second
        .reset_password("21723022", OTHER)
        .await
        .is_refused_with(401, "reset-missing");
    second
        .login_as(&with_password(TARO, NEW))
        .await
        .succeeds_with(200);

    stack.has_account(SHOKO);
    let moved = Member {
        email: "moved@example.jp",
        ..SHOKO
    };
    let mut browser = stack.has_reset(moved, "06118922");
    browser
        .reset_password("06118922", NEW)
        .await
        .is_refused_with(410, "code-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_left_the_roster_gets_no_new_password() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.has_reset(TARO, "06118922");
    stack.database().delete("Members", "jkc#1#jvc0211").unwrap();
    browser
        .reset_password("06118922", NEW)
        .await
        .is_refused_with(401, "reset-missing");
    assert!(stack.mailbox().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_asked_for_once_a_minute_and_five_times_an_hour_from_one_client_whether_there_is_an_account_or_not()
 {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    for member in [TARO, SHOKO] {
        let mut waits = Vec::new();
        let client = stack.browser();
        for minute in 0..6 {
            let mut browser = client.clone();
            browser.at(START + Duration::from_mins(minute));
            let answer = browser.request_reset(member.user_id, member.email).await;
            if minute < 5 {
                answer.succeeds_with(202);
                let again = browser.request_reset(member.user_id, member.email).await;
                again.is_refused_with(429, "too-many-attempts");
                waits.push(again.retry_after());
            } else {
                answer.is_refused_with(429, "too-many-attempts");
                waits.push(answer.retry_after());
            }
        }
        assert_eq!(
            waits,
            [60, 60, 60, 60, 56 * 60, 55 * 60],
            "{}",
            member.user_id
        );
    }
    assert_eq!(stack.mailbox().len(), 5);
    // The codes of a sign-up have a log of their own.
    let mut journey = stack.journey(SHOKO).user_created().await;
    journey.browser.at(START + Duration::from_mins(6));
    journey.browser.send_code().await.succeeds_with(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_requests_close_a_client_address_for_15_minutes() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.loads(&json!({"throttles": [
        {"of": "reset-address", "client": "203.0.113.9", "at": "2026-04-01T01:00:00Z", "times": 29},
    ]}));
    let mut browser = stack.browser();
    browser.from_address("203.0.113.9");
    let answer = browser.request_reset("nobody", "nobody@example.jp").await;
    answer.succeeds_with(202);
    let before = stack.snapshot();
    for email in [TARO.email, "another@example.jp"] {
        let answer = browser.request_reset(TARO.user_id, email).await;
        answer.is_refused_with(429, "too-many-attempts");
        assert_eq!(answer.retry_after(), 900);
    }
    assert_eq!(stack.snapshot(), before);
    browser.later(Duration::from_mins(15));
    let answer = browser.request_reset(TARO.user_id, TARO.email).await;
    answer.succeeds_with(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_fails_or_hangs_changes_neither_the_answer_nor_its_time() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let (mut ask, mut told) = (stack.browser(), Vec::new());
    for (minute, kind) in [
        (0, None),
        (1, Some(FaultKind::MessageRejected)),
        (2, Some(FaultKind::Latency(Duration::from_secs(4)))),
    ] {
        stack.faults().clear();
        if let Some(kind) = kind {
            let fault = Fault::new(kind).service(Service::Ses);
            stack.faults().inject(fault);
        }
        ask.at(START + Duration::from_mins(minute));
        let began = Instant::now();
        let answer = ask.request_reset(TARO.user_id, TARO.email).await;
        let took = began.elapsed();
        answer.succeeds_with(202);
        assert!(
            took >= PACE && took < PACE + Duration::from_secs(2),
            "{took:?}"
        );
        told.push(answer.json.as_object().unwrap().len());
    }
    assert_eq!(told, [3, 3, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_that_cannot_be_sent_changes_nothing() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.has_reset(TARO, "06118922");
    let rejected = Fault::new(FaultKind::MessageRejected).service(Service::Ses);
    stack.faults().inject(rejected);
    browser
        .reset_password("06118922", NEW)
        .await
        .succeeds_with(204);
    assert!(stack.mailbox().is_empty());
    browser
        .login_as(&with_password(TARO, NEW))
        .await
        .succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_resets_at_once_one_wins() {
    let stack = TestStack::start().await;
    for member in [TARO, SHOKO, HANAKO] {
        stack.has_account(member);
        // One browser twice, and another one.
        let tab = stack.has_reset(member, "06118922");
        let other = stack.has_reset(member, "06118922");
        let tries = [(tab.clone(), NEW), (tab, OTHER), (other, "momiji-7070")];
        let answers = all_at_once(tries.map(|(mut browser, password)| async move {
            let answer = browser.reset_password("06118922", password).await;
            (password, answer)
        }))
        .await;
        let won: Vec<_> = answers
            .iter()
            .filter(|(_, answer)| answer.status == 204)
            .collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        for (_, answer) in answers.iter().filter(|(_, answer)| answer.status != 204) {
            assert!(matches!(answer.status, 401 | 410), "{answer:?}");
        }
        stack
            .browser()
            .login_as(&with_password(member, won[0].0))
            .await
            .succeeds_with(200);
        stack.has_nothing_left_over();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_session_with_the_old_password_outlives_a_reset() {
    let stack = TestStack::start().await;
    for member in [TARO, SHOKO, HANAKO] {
        stack.has_account(member);
        let mut reset = stack.has_reset(member, "06118922");
        let logins = (0..4).map(|_| stack.browser()).collect::<Vec<_>>();
        let reset = tokio::spawn(async move { reset.reset_password("06118922", NEW).await });
        let browsers = all_at_once(logins.into_iter().map(|mut browser| async move {
            let answer = browser.login_as(&member).await;
            (browser, answer)
        }))
        .await;
        reset.await.unwrap().succeeds_with(204);
        for (mut browser, answer) in browsers {
            // It was before the reset, which ended it; or after, and refused.
            // Or the reset forgot it while it was judged.
            assert!(matches!(answer.status, 200 | 401 | 429), "{answer:?}");
            browser
                .session()
                .await
                .is_refused_with(401, "not-signed-in");
        }
        assert!(stack.items("Sessions").is_empty());
        stack.has_nothing_left_over();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_whose_password_was_changed_unheard_can_log_in_with_it() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.has_reset(TARO, "06118922");
    let lost = Fault::new(FaultKind::LostReply).action("TransactWriteItems");
    stack.faults().inject(lost);
    browser
        .reset_password("06118922", NEW)
        .await
        .is_refused_with(503, "try-again");
    stack.faults().clear();
    browser
        .reset_password("06118922", NEW)
        .await
        .is_refused_with(401, "reset-missing");
    browser
        .login_as(&with_password(TARO, NEW))
        .await
        .succeeds_with(200);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_try_succeeds_though_the_reply_to_its_charge_is_lost() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.has_reset(TARO, "06118922");
    for _ in 0..4 {
        browser
            .reset_password("06118822", NEW)
            .await
            .is_refused_with(422, "code-mismatch");
    }
    let lost = Fault::new(FaultKind::LostReply).action("UpdateItem");
    stack.faults().inject(lost.table("Resets").times(1));
    browser
        .reset_password("06118922", NEW)
        .await
        .succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_request_in_the_same_browser_makes_the_code_before_worthless() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = asked(&stack, TARO).await;
    let first = stack.newest_code_to(TARO.email);
    browser.later(Duration::from_mins(1));
    let answer = browser.request_reset(TARO.user_id, TARO.email).await;
    answer.succeeds_with(202);
    let second = stack.newest_code_to(TARO.email);
    if first != second {
        browser
            .reset_password(&first, NEW)
            .await
            .is_refused_with(422, "code-mismatch");
    }
    browser
        .reset_password(&second, NEW)
        .await
        .succeeds_with(204);
}

/// A fault that holds one of a step's reads up, so that something else happens between it and the write.
fn slow(action: &str, table: &str) -> Fault {
    Fault::new(FaultKind::Latency(Duration::from_millis(1_200)))
        .action(action)
        .table(table)
}

/// Waits until so many calls have ended: those before the one that is held up.
async fn calls_ended(stack: &TestStack, count: usize) {
    while stack.calls().len() < count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_between_the_read_and_the_write_of_a_reset_is_ended_too() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut reset = stack.has_reset(TARO, "06118922");
    let slow_reset = slow("TransactWriteItems", "Accounts").function("reset-password");
    stack.faults().inject(slow_reset);
    reset.counting_calls();
    let reset = tokio::spawn(async move { reset.reset_password("06118922", NEW).await });
    // The try is charged and the account read; the change is on its way.
    calls_ended(&stack, 2).await;
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    browser.session().await.succeeds_with(200);
    let answer = reset.await.unwrap();
    answer.succeeds_with(204);
    let written = answer.calls().matches("TransactWriteItems").count();
    assert_eq!(written, 2, "{}", answer.calls());
    browser
        .session()
        .await
        .is_refused_with(401, "not-signed-in");
    assert!(stack.items("Sessions").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_between_the_read_and_the_write_of_a_login_refuses_it() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let slow_login = slow("BatchGetItem", "Insurers").function("login");
    stack.faults().inject(slow_login);
    let mut browser = stack.browser();
    let login = tokio::spawn(async move { browser.login_as(&TARO).await });
    // Address and user ID are charged and the account read.
    calls_ended(&stack, 3).await;
    let mut reset = stack.has_reset(TARO, "06118922");
    reset
        .reset_password("06118922", NEW)
        .await
        .succeeds_with(204);
    // The reset forgot all tries, this one too, so that it may not be told that it was wrong.
    login
        .await
        .unwrap()
        .is_refused_with(429, "too-many-attempts");
    assert!(stack.items("Sessions").is_empty());
}

/// An account whose own address works no longer, and for which an operator has noted another until 1 April,
/// three in the afternoon in Japan.
fn has_account_with_a_noted_address(stack: &TestStack) {
    stack.loads(&json!({"accounts": [{
        "userId": TARO.user_id,
        "password": TARO.password,
        "email": TARO.email,
        "member": TARO.key(),
        "createdAt": "2026-03-31T01:00:00Z",
        "termsAccepted": "2023-09-01",
        "recovery": {"email": NOTED, "until": "2026-04-01T06:00:00Z"},
    }]}));
}

const NOTED: &str = "taro-now@example.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lost_the_address_too_gets_a_password_by_the_one_that_an_operator_noted() {
    let stack = TestStack::start().await;
    has_account_with_a_noted_address(&stack);
    let mut browser = stack.browser();
    let answer = browser
        .request_reset(TARO.user_id, &NOTED.to_uppercase())
        .await;
    answer.succeeds_with(202);
    let code = stack.newest_code_to(NOTED);
    browser.reset_password(&code, NEW).await.succeeds_with(204);

    let account = &stack.items_of("Accounts", "user#")[0];
    assert_eq!(account["email"]["S"], NOTED);
    assert!(!account.contains_key("recovery_email") && !account.contains_key("recovery_until"));
    let mut told: Vec<(String, String)> = stack
        .mailbox()
        .into_iter()
        .map(|mail| (mail.to, mail.subject))
        .collect();
    told.sort();
    let told: Vec<(&str, &str)> = told.iter().map(|(to, what)| (&**to, &**what)).collect();
    assert_eq!(
        told,
        [
            (TARO.email, "【メールアドレス変更のお知らせ】"),
            (NOTED, "【パスワード再設定用認証番号のお知らせ】"),
            (NOTED, "【パスワード変更のお知らせ】"),
            (NOTED, "【メールアドレス変更のお知らせ】"),
        ]
    );
    let answer = stack.browser().login(TARO.user_id, NEW).await;
    answer.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_noted_address_changes_nothing_until_it_is_used_and_is_noted_for_a_time() {
    let stack = TestStack::start().await;
    has_account_with_a_noted_address(&stack);
    // The member's own address, and password, work as before.
    let mut browser = asked(&stack, TARO).await;
    stack.browser().login_as(&TARO).await.succeeds_with(200);
    // A reset by the own address ends what was noted.
    let code = stack.newest_code_to(TARO.email);
    browser.reset_password(&code, NEW).await.succeeds_with(204);
    let account = &stack.items_of("Accounts", "user#")[0];
    assert_eq!(account["email"]["S"], TARO.email);
    assert!(!account.contains_key("recovery_email"));

    let stack = TestStack::start().await;
    has_account_with_a_noted_address(&stack);
    let mut late = stack.browser();
    late.at(time::macros::datetime!(2026-04-01 06:00 UTC));
    let answer = late.request_reset(TARO.user_id, NOTED).await;
    answer.succeeds_with(202);
    assert!(subjects(&stack).is_empty(), "what is over is a decoy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_account_gets_no_password() {
    let stack = TestStack::start().await;
    let disabled = json!({"accounts": [{
        "userId": TARO.user_id,
        "password": TARO.password,
        "email": TARO.email,
        "member": TARO.key(),
        "createdAt": "2026-03-31T01:00:00Z",
        "disabledAt": "2026-04-01T00:00:00Z",
    }]});
    stack.loads(&disabled);
    asked(&stack, TARO).await;
    assert!(stack.mailbox().is_empty());
    // Asked for before it was disabled.
    let mut reset = stack.has_reset(TARO, "06118922");
    let answer = reset.reset_password("06118922", NEW).await;
    answer.is_refused_with(410, "code-expired");
}
