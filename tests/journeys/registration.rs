//! What a page is told that opens in the middle of a registration: a reload, the back button, a second
//! tab.

use std::time::Duration;

use local::{Fault, FaultKind, Service};
use serde_json::{Value, json};
use tests::{Answer, HANAKO, Progress, REGISTRATION_COOKIE, SHOKO, START, TARO, TestStack};

/// What is told, but for whose page it is, which is drawn.
fn told(answer: &Answer) -> Value {
    let mut told = answer.succeeds_with(200).clone();
    let subject = told.as_object_mut().unwrap().remove("subject");
    assert_eq!(subject.unwrap().as_str().unwrap().len(), 32);
    told
}

/// What is told of TARO once he is verified.
fn verified() -> Value {
    json!({
        "memberName": "健保 太郎",
        "symbol": "01",
        "number": "jvc0211",
        "mailSender": "jvckwd_kennin@ibss.example.jp",
        "insurerCode": "jkc",
        "surveyDeadline": "2027-01-29",
        "expiresAt": "2026-04-01T03:00:00Z",
        "user": null,
        "code": null,
    })
}

/// The same with his choice.
fn user_created() -> Value {
    let mut told = verified();
    told["user"] = json!({"userId": TARO.user_id, "email": TARO.email});
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_stage_is_told_and_nothing_is_changed_by_asking() {
    let stack = TestStack::start().await;
    let mut journey = stack.journey(TARO).verified().await;
    let answer = journey.browser.registration().await;
    assert_eq!(told(&answer), verified());
    for field in ["memberName", "symbol", "number", "mailSender"] {
        assert_eq!(answer.json[field], journey.answer().json[field]);
    }

    journey = journey.user_created().await;
    let answer = journey.browser.registration().await;
    assert_eq!(told(&answer), user_created());

    journey = journey.code_sent().await;
    let mut expected = user_created();
    expected["code"] = arriving(&journey.answer().json);
    let before = stack.snapshot();
    for later in [0, 1, 59, 60, 599] {
        journey.browser.at(START + Duration::from_secs(later));
        let answer = journey.browser.registration().await;
        let mut found = told(&answer);
        found["code"] = code_in(&found);
        assert_eq!(found, expected, "{later} s later");
    }
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_without_symbol_is_told_an_empty_one() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(HANAKO, Progress::Verified);
    let answer = browser.registration().await;
    assert_eq!(answer.succeeds_with(200)["symbol"], "");
    assert_eq!(answer.json["insurerCode"], "demo");
}

/// What is told of a code, but how far its mail has come: SES tells that in its own time.
fn code_in(registration: &Value) -> Value {
    let mut code = registration["code"].clone();
    if let Some(code) = code.as_object_mut() {
        code.remove("delivery");
    }
    code
}

/// What is told of a code that was sent so, and whose mail has not come back.
fn arriving(sent: &Value) -> Value {
    let mut code = sent.clone();
    code["bounced"] = json!(false);
    code
}

/// What was typed comes back as it was kept: the page shows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_code_is_still_told_and_so_is_the_next_and_the_corrected_address() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent("061189"));
    browser.later(Duration::from_hours(1));
    let answer = browser.registration().await;
    assert_eq!(
        answer.succeeds_with(200)["code"],
        json!({
            "expiresAt": "2026-04-01T01:10:00Z",
            "resendAt": "2026-04-01T01:01:00Z",
            "bounced": false,
        })
    );

    let sent = browser.send_code_to("taro.kenpo@example.com").await;
    sent.succeeds_with(202);
    let answer = browser.registration().await;
    assert_eq!(code_in(answer.succeeds_with(200)), arriving(&sent.json));
    assert_eq!(answer.json["user"]["email"], "taro.kenpo@example.com");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fifth_mail_of_an_hour_tells_when_the_hour_is_over() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::UserCreated);
    for minute in 0..5 {
        browser.at(START + Duration::from_mins(minute));
        let sent = browser.send_code().await;
        sent.succeeds_with(202);
        let answer = browser.registration().await;
        assert_eq!(code_in(answer.succeeds_with(200)), arriving(&sent.json));
    }
    let answer = browser.registration().await;
    assert_eq!(answer.json["code"]["resendAt"], "2026-04-01T02:00:00Z");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_another_choice_no_code_is_in_force() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent("061189"));
    let mut choice = TARO.choice();
    choice["email"] = json!("another@example.jp");
    browser.create_user(&choice).await.succeeds_with(201);
    let answer = browser.registration().await;
    assert_eq!(answer.succeeds_with(200)["code"], Value::Null);
    assert_eq!(answer.json["user"]["email"], "another@example.jp");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_whose_mail_was_refused_is_not_told() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::UserCreated);
    let refused = || {
        Fault::new(FaultKind::MessageRejected)
            .service(Service::Ses)
            .times(1)
    };
    stack.faults().inject(refused());
    let answer = browser.send_code().await;
    answer.is_refused_with(503, "mail-not-sent");
    let answer = browser.registration().await;
    assert_eq!(told(&answer), user_created());

    // Nor is the one before it, which the refused one replaced.
    browser.send_code().await.succeeds_with(202);
    browser.later(Duration::from_mins(1));
    stack.faults().inject(refused());
    let answer = browser.send_code().await;
    answer.is_refused_with(503, "mail-not-sent");
    let answer = browser.registration().await;
    assert_eq!(told(&answer), user_created());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_that_is_over_tells_nothing() {
    let stack = TestStack::start().await;
    let two_hours = START + Duration::from_hours(2);
    let mut browser = stack.has_registration(TARO, Progress::CodeSent("061189"));
    browser.at(two_hours - Duration::from_millis(1));
    browser.registration().await.succeeds_with(200);
    browser.at(two_hours);
    browser
        .registration()
        .await
        .is_refused_with(401, "registration-missing");

    let mut journey = stack.journey(SHOKO).confirmed().await;
    journey
        .browser
        .registration()
        .await
        .is_refused_with(409, "already-registered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_is_told_of_its_own_registration_only() {
    let stack = TestStack::start().await;
    let mut taro = stack.has_registration(TARO, Progress::UserCreated);
    let mut shoko = stack.has_registration(SHOKO, Progress::Verified);
    stack
        .browser()
        .registration()
        .await
        .is_refused_with(401, "registration-missing");
    let answer = shoko.registration().await;
    assert_eq!(answer.succeeds_with(200)["memberName"], SHOKO.name);
    assert_eq!(answer.json["user"], Value::Null);

    // Only who holds a token is told what belongs to it.
    let token = shoko.cookie(REGISTRATION_COOKIE).unwrap().to_owned();
    taro.set_cookie(REGISTRATION_COOKIE, &token);
    let answer = taro.registration().await;
    assert_eq!(answer.succeeds_with(200)["memberName"], SHOKO.name);

    stack.has_account(TARO);
    let mut signed_in = stack.has_session(TARO, None);
    signed_in
        .registration()
        .await
        .is_refused_with(401, "registration-missing");
}
