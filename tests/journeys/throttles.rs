//! How often something may be tried: every limit to its last try, and what does not count.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Answer, Browser, Member, Progress, SHOKO, START, TARO, TestStack};

const MILLI: Duration = Duration::from_millis(1);
const WINDOW: Duration = Duration::from_mins(15);
const WRONG: &str = "kaze-to-8sora";

async fn fail_to_verify(browser: &mut Browser, member: &Member) {
    browser
        .verify(&member.identity_with("birthDate", "1999-09-09"))
        .await
        .is_refused_with(404, "member-not-matched");
}

fn throttle(of: &str, times: u32, subject: &Value) -> Value {
    let mut throttle = json!({"of": of, "at": "2026-04-01T01:00:00Z", "times": times});
    for (name, value) in subject.as_object().unwrap() {
        throttle[name] = value.clone();
    }
    json!({"throttles": [throttle]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_failures_close_a_member_to_where_they_came_from_for_15_minutes() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    for second in 0..10 {
        browser.at(START + Duration::from_secs(second));
        fail_to_verify(&mut browser, &TARO).await;
    }
    let before = stack.snapshot();
    let answer = browser.verify(&TARO.identity()).await;
    answer.is_refused_with(429, "too-many-attempts");
    assert_eq!(answer.retry_after(), 15 * 60 - 9);
    let counted = |snapshot: &tests::Snapshot| {
        let mut items = snapshot["Throttles"].clone();
        items.retain(|item| item.contains("tries_counted"));
        items
    };
    assert_eq!(
        counted(&before),
        counted(&stack.snapshot()),
        "what is refused is not counted"
    );
    fail_to_verify(&mut browser, &SHOKO).await;

    browser.at(START + WINDOW - MILLI);
    let answer = browser.verify(&TARO.identity()).await;
    assert_eq!((answer.status, answer.retry_after()), (429, 1));
    browser.at(START + WINDOW);
    browser.verify(&TARO.identity()).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_failures_a_day_close_a_member_to_where_they_came_from_until_the_next() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    for quarter in 0..3 {
        browser.at(START + quarter * WINDOW);
        for _ in 0..10 {
            fail_to_verify(&mut browser, &TARO).await;
        }
    }
    browser.at(START + 3 * WINDOW);
    let answer = browser.verify(&TARO.identity()).await;
    answer.is_refused_with(429, "too-many-attempts");
    assert_eq!(answer.retry_after(), 24 * 60 * 60 - 45 * 60);
    let mut elsewhere = stack.browser();
    elsewhere.at(START + 3 * WINDOW);
    fail_to_verify(&mut elsewhere, &TARO).await;
    browser.at(START + Duration::from_hours(24));
    browser.verify(&TARO.identity()).await.succeeds_with(200);
}

/// Somebody who is in no roster.
fn nobody(number: usize) -> Value {
    TARO.identity_with("number", format!("zzz{number:05}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_identities_that_fail_close_an_address_and_a_success_forgives_its_own_and_two() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    for number in 0..28 {
        // A client that fails again is counted once.
        for _ in 0..2 {
            let answer = browser.verify(&nobody(number)).await;
            answer.is_refused_with(404, "member-not-matched");
        }
    }
    fail_to_verify(&mut browser, &TARO).await;
    let answer = browser.verify(&nobody(28)).await;
    answer.is_refused_with(404, "member-not-matched");
    let mut closed = browser.clone();
    let answer = closed.verify(&SHOKO.identity()).await;
    answer.is_refused_with(429, "too-many-attempts");
    assert_eq!(answer.retry_after(), 15 * 60);
    let mut elsewhere = stack.browser();
    elsewhere.verify(&SHOKO.identity()).await.succeeds_with(200);

    browser.later(WINDOW);
    browser.verify(&TARO.identity()).await.succeeds_with(200);
    let counted = &stack.items_of("Throttles", "verify-address#")[0]["tries_counted"]["NS"];
    assert_eq!(
        counted.as_array().unwrap().len(),
        27,
        "30 without Taro's and two"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn successes_and_refusals_of_fields_are_no_failures() {
    let stack = TestStack::start().await;
    stack.has_account(SHOKO);
    let mut browser = stack.browser();
    for _ in 0..11 {
        browser.later(Duration::from_secs(5));
        browser.verify(&TARO.identity()).await.succeeds_with(200);
        browser
            .verify(&SHOKO.identity())
            .await
            .is_refused_with(409, "already-registered");
        browser
            .verify(&TARO.identity_with("nameKana", "健保"))
            .await
            .is_refused_with(422, "invalid-request");
    }
    browser.later(Duration::from_secs(20));
    for _ in 0..10 {
        fail_to_verify(&mut browser, &TARO).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_one_member_however_the_number_is_written() {
    let stack = TestStack::start().await;
    stack.loads(&throttle(
        "verify-pair",
        9,
        &json!({"member": TARO.key(), "client": "203.0.113.9"}),
    ));
    let mut browser = stack.browser();
    browser.from_address("203.0.113.9");
    let mut wrong = TARO.identity_with("number", "ＪＶＣ 0211");
    wrong["birthDate"] = json!("1999-09-09");
    browser
        .verify(&wrong)
        .await
        .is_refused_with(404, "member-not-matched");
    browser
        .verify(&TARO.identity())
        .await
        .is_refused_with(429, "too-many-attempts");
}

/// Header values that differ between two answers of one kind.
const OF_THE_REQUEST: [&str; 2] = ["apigw-requestid", "date"];

fn comparable(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !OF_THE_REQUEST.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (answer.status, answer.body.clone(), headers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_lock_a_user_id_for_longer_and_longer_whether_it_exists_or_not() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let (mut known, mut unknown) = (stack.browser(), stack.browser());
    let mut at = START;
    for failure in 1..=17_u32 {
        let mut answers = Vec::new();
        for (browser, user_id) in [(&mut known, TARO.user_id), (&mut unknown, "nobody-here")] {
            browser.at(at);
            let answer = browser.login(user_id, WRONG).await;
            answer.is_refused_with(401, "invalid-credentials");
            answers.push(comparable(&answer));
        }
        assert_eq!(answers[0], answers[1]);
        let lock = match failure {
            ..5 => continue,
            5..15 => 1 << (failure - 5),
            15.. => 900,
        };
        let opens_at = at + Duration::from_secs(lock);
        for (early, wait) in [(at, lock), (opens_at - MILLI, 1)] {
            let mut answers = Vec::new();
            for (browser, user_id) in [(&mut known, TARO.user_id), (&mut unknown, "nobody-here")] {
                browser.at(early);
                let answer = browser.login(user_id, TARO.password).await;
                answer.is_refused_with(429, "too-many-attempts");
                assert_eq!(answer.retry_after(), wait, "after failure {failure}");
                answers.push(comparable(&answer));
            }
            assert_eq!(answers[0], answers[1]);
        }
        at = opens_at;
    }
    known.at(at).from_address("203.0.113.1");
    known.login_as(&TARO).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_while_locked_neither_count_nor_prolong_the_lock() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.loads(&throttle(
        "login-user-id",
        7,
        &json!({"userId": "kenpo-taro"}),
    ));
    let before = stack.snapshot();
    let mut browser = stack.browser();
    for millis in [0, 1000, 2000, 3999] {
        browser.at(START + Duration::from_millis(millis));
        browser
            .login(TARO.user_id, WRONG)
            .await
            .is_refused_with(429, "too-many-attempts");
    }
    let failures = |snapshot: &tests::Snapshot| {
        let mut items = snapshot["Throttles"].clone();
        items.retain(|item| item.contains("failures") || item.contains("attempts"));
        items
    };
    assert_eq!(failures(&stack.snapshot()), failures(&before));
    browser.at(START + Duration::from_secs(4));
    browser.login_as(&TARO).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_success_forgets_the_wrong_passwords_before_it() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    for _ in 0..3 {
        for _ in 0..4 {
            browser
                .login(TARO.user_id, WRONG)
                .await
                .is_refused_with(401, "invalid-credentials");
        }
        browser.login_as(&TARO).await.succeeds_with(200);
    }
    assert!(stack.items_of("Throttles", "login-user-id#").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_hundred_wrong_passwords_in_a_row_the_right_one_does_not_help() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(SHOKO);
    for user_id in ["kenpo-taro", "shoko"] {
        stack.loads(&throttle("login-user-id", 99, &json!({"userId": user_id})));
    }
    let mut browser = stack.browser();
    browser.at(START + WINDOW);
    browser.login_as(&SHOKO).await.succeeds_with(200);
    browser
        .login(TARO.user_id, WRONG)
        .await
        .is_refused_with(401, "invalid-credentials");
    for hours in [0, 1, 24 * 365] {
        browser.at(START + WINDOW + Duration::from_hours(hours));
        let answer = browser.login_as(&TARO).await;
        answer.is_refused_with(429, "too-many-attempts");
        let detail = answer.json["detail"].as_str().unwrap();
        assert!(detail.contains("お問い合わせ窓口"), "a way on: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_failed_logins_close_an_address_whichever_user_ids_they_were_for() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    for number in 0..30 {
        browser
            .login(&format!("nobody-{number}"), WRONG)
            .await
            .is_refused_with(401, "invalid-credentials");
    }
    let answer = browser.login_as(&TARO).await;
    answer.is_refused_with(429, "too-many-attempts");
    assert_eq!(answer.retry_after(), 15 * 60);
    assert_eq!(
        stack.items_of("Throttles", "login-user-id#").len(),
        30,
        "who is refused by address locks nobody"
    );
    stack.browser().login_as(&TARO).await.succeeds_with(200);
    browser.at(START + WINDOW);
    browser.login_as(&TARO).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_that_succeed_do_not_close_an_address() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.from_address("203.0.113.9");
    stack.loads(&throttle(
        "login-address",
        29,
        &json!({"client": "203.0.113.9"}),
    ));
    for _ in 0..3 {
        browser.clear_cookies();
        browser.login_as(&TARO).await.succeeds_with(200);
    }
    browser.clear_cookies();
    browser
        .login(TARO.user_id, WRONG)
        .await
        .is_refused_with(401, "invalid-credentials");
    browser
        .login_as(&TARO)
        .await
        .is_refused_with(429, "too-many-attempts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_mistypes_and_then_logs_in_leaves_nothing_to_the_address() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    for _ in 0..3 {
        let answer = browser.login(TARO.user_id, WRONG).await;
        answer.is_refused_with(401, "invalid-credentials");
    }
    let counted = |stack: &TestStack| {
        let of_client = &stack.items_of("Throttles", "login-address#")[0];
        of_client
            .get("tries_counted")
            .map_or(0, |tries| tries["NS"].as_array().unwrap().len())
    };
    assert_eq!(counted(&stack), 1, "a user ID that failed is counted once");
    browser.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(counted(&stack), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_creates_at_most_20_times() {
    let stack = TestStack::start().await;
    let mut browser =
        stack.has_registration_with(TARO, Progress::Verified, &json!({"creates": 19}));
    browser.create_user(&TARO.choice()).await.succeeds_with(201);
    let mut other = TARO.choice();
    other["userId"] = json!("another");
    let answer = browser.create_user(&other).await;
    answer.is_refused_with(429, "too-many-attempts");
    assert_eq!(answer.retry_after(), 2 * 60 * 60);
    browser.send_code().await.succeeds_with(202);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_codes_kill_the_code_even_for_the_right_one_and_a_new_one_helps() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent("061189"));
    for _ in 0..4 {
        browser
            .confirm("061188")
            .await
            .is_refused_with(422, "code-mismatch");
    }
    for code in ["061188", "061189", "061189"] {
        let answer = browser.confirm(code).await;
        answer.is_refused_with(429, "too-many-attempts");
        assert_eq!(answer.retry_after(), 60, "until a new code may be sent");
    }
    browser.at(START + Duration::from_mins(1));
    browser.send_code().await.succeeds_with(202);
    let code = stack.newest_code_to(TARO.email);
    browser.confirm(&code).await.succeeds_with(200);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_is_not_flooded_through_several_registrations_or_tags() {
    let stack = TestStack::start().await;
    let mut taro = stack.has_registration(TARO, Progress::UserCreated);
    let mut shoko = stack.has_registration(SHOKO, Progress::UserCreated);
    taro.send_code_to("family@example.jp")
        .await
        .succeeds_with(202);
    for address in [
        "family@example.jp",
        "family+1@example.jp",
        "FAMILY@example.jp",
    ] {
        let answer = shoko.send_code_to(address).await;
        answer.is_refused_with(429, "too-many-attempts");
    }
    shoko
        .send_code_to("other@example.jp")
        .await
        .succeeds_with(202);
    assert_eq!(stack.mailbox().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_codes_close_an_address_whoever_they_are_for() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::UserCreated);
    browser.from_address("203.0.113.9");
    stack.loads(&throttle(
        "code-address",
        299,
        &json!({"client": "203.0.113.9"}),
    ));
    browser.send_code().await.succeeds_with(202);
    let mut next = stack.has_registration(SHOKO, Progress::UserCreated);
    next.from_address("203.0.113.9");
    let answer = next.send_code().await;
    answer.is_refused_with(429, "too-many-attempts");
    assert_eq!(answer.retry_after(), 900);
    assert_eq!(stack.mailbox().len(), 1);
    next.from_address("203.0.113.10");
    next.send_code().await.succeeds_with(202);
    // The log is full of what is over, and makes room.
    browser.later(WINDOW);
    browser.send_code().await.succeeds_with(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_x_forwarded_for_changes_nothing() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.from_address("203.0.113.9");
    stack.loads(&throttle(
        "login-address",
        30,
        &json!({"client": "203.0.113.9"}),
    ));
    stack.loads(&throttle(
        "verify-address",
        30,
        &json!({"client": "203.0.113.9"}),
    ));
    for forged in ["198.51.100.1", "198.51.100.1, 203.0.113.9", "127.0.0.1"] {
        for (path, body) in [
            ("/api/sessions", TARO.credentials()),
            ("/api/members/verify", TARO.identity()),
        ] {
            let answer = browser
                .post(path)
                .header("x-forwarded-for", forged)
                .header("cloudfront-viewer-address", format!("{forged}:443"))
                .header("x-real-ip", forged)
                .header("forwarded", format!("for={forged}"))
                .body(body.to_string())
                .send()
                .await;
            answer.is_refused_with(429, "too-many-attempts");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neighbours_of_one_ipv6_subscriber_share_their_tries() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    for number in 0..30 {
        browser.from_address(&format!("2001:db8:1:2:{number:x}::1"));
        browser
            .login(&format!("nobody-{number}"), WRONG)
            .await
            .is_refused_with(401, "invalid-credentials");
    }
    browser.from_address("2001:db8:1:2::ffff");
    browser
        .login_as(&TARO)
        .await
        .is_refused_with(429, "too-many-attempts");
    browser.from_address("2001:db8:1:100::1");
    browser.login_as(&TARO).await.succeeds_with(200);
}
