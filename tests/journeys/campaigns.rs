//! From one survey to the next: who leaves the roster, whose account is disabled, who registers anew.

use local::Item;
use serde_json::{Value, json};
use store::check::Rule;
use tests::{Browser, HANAKO, START, TARO, TestStack};

use crate::samples::{Flow, NEW_PASSWORD, Sample};

/// Changes Taro's account as an operator's command does.
fn changes_the_account(stack: &TestStack, change: impl FnOnce(&mut Item)) {
    let mut account = stack.items_of("Accounts", "user#").remove(0);
    change(&mut account);
    stack.puts("Accounts", &account);
}

fn disables(stack: &TestStack) {
    changes_the_account(stack, |account| {
        account.insert("disabled_at".to_owned(), json!({"N": "1775005200000"}));
    });
}

/// The steps of who is signed in. (To log out, one need not be.)
fn signed_in() -> impl Iterator<Item = &'static Sample> {
    Sample::in_a_flow()
        .filter(|(sample, flow)| *flow == Flow::Session && !sample.is("logout"))
        .map(|(sample, _)| sample)
}

/// Every step of who is signed in refuses, and the account is as before.
async fn is_signed_out(stack: &TestStack, ready: impl Fn(&Sample) -> Browser) {
    // Each step's account takes the place of the one before, which listed the sessions.
    stack.breaks(&[Rule::SessionListed, Rule::SessionTerms]);
    for sample in signed_in() {
        let mut browser = ready(sample);
        let before = stack.items("Accounts");
        let answer = sample.take(&mut browser).await;
        answer.is_refused_with(401, "not-signed-in");
        assert_eq!(stack.items("Accounts"), before, "{sample:?}");
    }
    assert!(stack.mailbox().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_the_roster_is_signed_in_no_longer() {
    let stack = TestStack::start().await;
    stack.leaves_the_roster(TARO);
    is_signed_out(&stack, |sample| sample.ready(&stack)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_disabled_is_signed_in_no_longer() {
    let stack = TestStack::start().await;
    is_signed_out(&stack, |sample| {
        let browser = sample.ready(&stack);
        disables(&stack);
        browser
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_the_roster_or_is_disabled_is_told_so_for_the_right_password_only() {
    for leave in [true, false] {
        let stack = TestStack::start().await;
        stack.has_account(TARO);
        if leave {
            stack.leaves_the_roster(TARO);
        } else {
            disables(&stack);
        }
        let mut browser = stack.browser();
        let answer = browser.login(TARO.user_id, NEW_PASSWORD).await;
        answer.is_refused_with(401, "invalid-credentials");
        // However often: it is no guess.
        for _ in 0..7 {
            let answer = browser.login_as(&TARO).await;
            answer.is_refused_with(403, "account-unavailable");
        }
        assert!(stack.items("Sessions").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_to_the_roster_logs_in_as_before() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let member = stack.leaves_the_roster(TARO);
    let mut browser = stack.browser();
    let answer = browser.login_as(&TARO).await;
    answer.is_refused_with(403, "account-unavailable");
    stack.database().put("Members", &member).unwrap();
    browser.login_as(&TARO).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_disabled_while_its_password_is_compared_opens_nothing() {
    use local::{Fault, FaultKind};
    use std::time::Duration;

    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let slow = Fault::new(FaultKind::Latency(Duration::from_millis(800))).action("BatchGetItem");
    stack.faults().inject(slow);
    let mut browser = stack.browser();
    let login = tokio::spawn(async move { browser.login_as(&TARO).await });
    while stack.calls().len() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    disables(&stack);
    let answer = login.await.unwrap();
    answer.is_refused_with(403, "account-unavailable");
    assert!(stack.items("Sessions").is_empty());
}

/// The yearly reset takes accounts and claims away; sessions of before may still be there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_registers_anew_after_a_reset_has_a_new_account_and_the_old_session_opens_nothing() {
    let stack = TestStack::start().await;
    let [mut old] = stack.has_browsers_signed_in(TARO, 1).try_into().unwrap();
    // The operators' command ends them; here they stay.
    stack.breaks(&[Rule::SessionHasAccount]);
    for account in stack.items("Accounts") {
        let key = account["account"]["S"].as_str().unwrap();
        stack.database().delete("Accounts", key).unwrap();
    }
    old.session().await.is_refused_with(401, "not-signed-in");

    let mut journey = stack.journey(TARO).terms_accepted().await;
    journey.browser.session().await.succeeds_with(200);
    let before = stack.items("Accounts");
    for sample in signed_in() {
        let answer = sample.take(&mut old).await;
        if sample.path() == "/api/account/email" && sample.body().contains("\"code\"") {
            answer.is_refused_with(409, "code-not-sent");
        } else {
            answer.is_refused_with(401, "not-signed-in");
        }
    }
    assert_eq!(stack.items("Accounts"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_survey_is_told_where_the_insurer_has_one() {
    let stack = TestStack::start().await;
    let mut taro = stack.journey(TARO).terms_accepted().await;
    let told = taro.browser.session().await;
    let survey = |told: &Value| {
        let of = |field: &str| told["insurer"][field].clone();
        [of("surveyOpens"), of("surveyDeadline"), of("surveyAddress")]
    };
    let [opens, closes] = [json!("2026-11-02"), json!("2027-01-29")];
    let address = json!("https://survey.example.jp/jkc");
    assert_eq!(survey(&told.json), [opens, closes, address]);
    let mut hanako = stack.journey(HANAKO).terms_accepted().await;
    let told = hanako.browser.session().await;
    assert_eq!(survey(&told.json), [Value::Null, Value::Null, Value::Null]);
    let verified = &hanako.answers[0];
    assert_eq!(verified.json["surveyDeadline"], Value::Null);
}

/// A command from before there were opening days knows the deadline alone. After a rollback it leaves last year's day
/// and address beside a new deadline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn last_years_opening_day_and_address_are_not_told_beside_a_new_deadline() {
    let stack = TestStack::start().await;
    let mut insurer = stack.database().get("Insurers", "jkc").unwrap().unwrap();
    assert_eq!(insurer["survey_opens"], json!({"S": "2026-11-02"}));
    insurer.insert("survey_deadline".to_owned(), json!({"S": "2028-01-28"}));
    stack.database().put("Insurers", &insurer).unwrap();
    let mut taro = stack.journey(TARO).terms_accepted().await;
    let told = taro.browser.session().await;
    let insurer = &told.succeeds_with(200)["insurer"];
    assert_eq!(insurer["surveyDeadline"], "2028-01-28");
    assert_eq!(insurer["surveyOpens"], Value::Null);
    assert_eq!(insurer["surveyAddress"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_insurer_whose_terms_are_still_to_come_lets_nobody_in() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut insurer = stack.database().get("Insurers", "jkc").unwrap().unwrap();
    insurer.insert("terms_versions".to_owned(), json!({"SS": ["2026-04-02"]}));
    stack.database().put("Insurers", &insurer).unwrap();
    let mut browser = stack.browser();
    let answer = browser.at(START).login_as(&TARO).await;
    answer.is_refused_with(503, "try-again");
    assert!(stack.items("Sessions").is_empty());
}

/// What is accepted is what was shown: a version that is published in between is asked for at the next
/// login.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terms_that_are_published_while_others_are_read_are_asked_for_at_the_next_login() {
    let stack = TestStack::start().await;
    let mut journey = stack.journey(TARO).signed_in().await;
    let mut insurer = stack.database().get("Insurers", "jkc").unwrap().unwrap();
    insurer.insert(
        "terms_versions".to_owned(),
        json!({"SS": ["2023-09-01", "2026-04-01"]}),
    );
    stack.database().put("Insurers", &insurer).unwrap();
    let mut next = stack.browser();
    let (accepted, login) = tokio::join!(
        journey.browser.accept_terms("2023-09-01"),
        next.login_as(&TARO),
    );
    accepted.succeeds_with(200);
    assert_eq!(login.succeeds_with(200)["next"], "terms");
    let told = next.session().await;
    assert_eq!(
        told.json["terms"],
        json!({"version": "2026-04-01", "accepted": false})
    );
    next.accept_terms("2026-04-01").await.succeeds_with(200);
    let account = &stack.items_of("Accounts", "user#")[0];
    let acceptances = account["acceptances"]["M"].as_object().unwrap();
    assert_eq!(acceptances.len(), 2, "each is kept");
}
