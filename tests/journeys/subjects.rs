//! Whose page it is: two windows of one browser, of which one still shows somebody whom the browser's flow does
//! not belong to any more.

use std::time::Duration;

use serde_json::json;
use tests::{Answer, Browser, HANAKO, PEOPLE, REGISTRATION_COOKIE, SHOKO, TARO, TestStack};

use crate::samples::{Flow, Sample};

const SOMEBODY: &str = "0123456789abcdef0123456789abcdef";

/// Whom the flow belongs to that this browser is in.
async fn owner_of(stack: &TestStack, browser: &Browser, flow: Flow) -> String {
    let mut asking = browser.clone();
    asking.showing_nobody();
    match flow {
        Flow::Registration => told(&asking.registration().await),
        Flow::Session => told(&asking.session().await),
        Flow::Reset => {
            let resets = stack.items("Resets");
            resets[0]["flow_subject"]["S"].as_str().unwrap().to_owned()
        }
    }
}

fn told(answer: &Answer) -> String {
    answer.succeeds_with(answer.status)["subject"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn everything(stack: &TestStack) -> (tests::Snapshot, usize, usize) {
    // The idle end of a session is put off by asking whose it is.
    (
        stack.snapshot(),
        stack.items("Audit").len(),
        stack.mailbox().len(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_step_acts_for_another_person_than_its_page_shows() {
    for (sample, flow) in Sample::in_a_flow() {
        let stack = TestStack::start().await;
        let mut browser = sample.ready(&stack);
        let owner = owner_of(&stack, &browser, flow).await;
        // A step that touches the flow nevertheless shows: its end would be another.
        browser.later(Duration::from_mins(1));
        for other in [SOMEBODY, "", "昇子", &"f".repeat(500)] {
            let before = everything(&stack);
            browser.showing(other);
            let answer = sample.take(&mut browser).await;
            answer.is_refused_with(409, "other-member");
            assert_eq!(everything(&stack), before, "{sample:?} {other}");
        }
        let answer = sample.take(browser.clone().showing(&owner)).await;
        answer.succeeds_with(sample.success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_live_flow_the_answer_is_what_it_was_whomever_the_page_shows() {
    let stack = TestStack::start().await;
    for (sample, flow) in Sample::in_a_flow() {
        let mut nobody = stack.browser();
        nobody.showing(SOMEBODY);
        let mut stale = nobody.clone();
        for flow in Flow::ALL {
            stale.set_cookie(flow.cookie(), &"A".repeat(43));
        }
        for browser in [&mut nobody, &mut stale] {
            let answer = sample.take(browser).await;
            if sample.is("logout") {
                answer.succeeds_with(204);
            } else {
                answer.is_refused_with(401, flow.missing());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_couple_at_one_browser_makes_two_accounts_of_two_people() {
    let stack = TestStack::start().await;
    let mut taros = stack.browser();
    let taro = told(&taros.verify(&TARO.identity()).await);
    taros.showing(&taro);
    // Her window has the same cookies, before and after.
    let mut shokos = taros.clone();
    let shoko = told(&shokos.showing_nobody().verify(&SHOKO.identity()).await);
    shokos.showing(&shoko);
    assert_ne!(taro, shoko);
    let cookie = shokos.cookie(REGISTRATION_COOKIE).unwrap().to_owned();
    taros.set_cookie(REGISTRATION_COOKIE, &cookie);

    let answer = taros.create_user(&TARO.choice()).await;
    answer.is_refused_with(409, "other-member");
    assert_eq!(told(&shokos.create_user(&SHOKO.choice()).await), shoko);
    shokos.send_code().await.succeeds_with(202);
    for _ in 0..6 {
        let answer = taros.confirm("000000").await;
        answer.is_refused_with(409, "other-member");
        let answer = taros.send_code_to(TARO.email).await;
        answer.is_refused_with(409, "other-member");
    }
    let code = stack.newest_code_to(SHOKO.email);
    shokos.confirm(&code).await.succeeds_with(200);
    // Her registration is over in his window too, and he is not told that he has an account.
    taros.set_cookie(REGISTRATION_COOKIE, &cookie);
    let answer = taros.registration().await;
    answer.is_refused_with(409, "other-member");

    let mut journey = stack.journey(TARO).confirmed().await;
    let signed_in = journey.browser.login_as(&TARO).await;
    signed_in.succeeds_with(200);
    assert_eq!(
        journey.browser.session().await.json["memberName"],
        TARO.name
    );
    let claims = stack.items_of("Accounts", "member#");
    assert_eq!(claims.len(), 2);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terms_are_accepted_by_whom_the_page_shows_and_by_nobody_else() {
    let stack = TestStack::start().await;
    stack.has_account_with(TARO, None);
    stack.has_account_with(SHOKO, None);
    let mut window = stack.browser();
    let taro = told(&window.login_as(&TARO).await);
    let shoko = told(&window.login_as(&SHOKO).await);
    let answer = window
        .clone()
        .showing(&taro)
        .accept_terms("2023-09-01")
        .await;
    answer.is_refused_with(409, "other-member");
    for account in stack.items_of("Accounts", "user#") {
        assert_eq!(account["acceptances"]["M"], json!({}));
    }
    let answer = window.clone().showing(&taro).logout().await;
    answer.is_refused_with(409, "other-member");
    window.showing(&shoko);
    window.accept_terms("2023-09-01").await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_subject_of_a_flow_stays_while_the_flow_goes_on_and_tells_nothing() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    let first = told(&browser.verify(&TARO.identity()).await);
    browser.create_user(&TARO.choice()).await.succeeds_with(201);
    // The same person in another window of the browser: one procedure, not two.
    let again = told(&browser.verify(&TARO.identity()).await);
    assert_eq!(again, first);
    assert_eq!(told(&browser.registration().await), first);
    // Another browser, and another person, draw another one.
    let elsewhere = told(&stack.browser().verify(&TARO.identity()).await);
    assert_ne!(elsewhere, first);
    let other = told(&browser.verify(&HANAKO.identity()).await);
    assert_ne!(other, first);
    let back = told(&browser.verify(&TARO.identity()).await);
    assert_ne!(back, first);

    let [member, ..] = PEOPLE;
    stack.has_account(member);
    let mut browser = stack.browser();
    let account = told(&browser.login_as(&member).await);
    assert_eq!(told(&browser.session().await), account);
    assert_eq!(told(&browser.sessions().await), account);
    // The account keeps its subject whatever token its session has.
    browser
        .change_password(member.password, "sakura-8080")
        .await
        .succeeds_with(204);
    assert_eq!(told(&browser.showing(&account).session().await), account);
}
