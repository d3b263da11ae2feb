//! Mail that comes back, from SES to the member: the recipients are those of the local stack's simulator.

use std::time::Duration;

use local::{CameBack, Fault, FaultKind, Service};
use serde_json::json;
use tests::{Journey, Member, START, TARO, TestStack};

const BOUNCE: &str = "bounce+taro@simulator.example.jp";
const COMPLAINT: &str = "complaint+taro@simulator.example.jp";

const RETURNING: Member = Member {
    email: BOUNCE,
    ..TARO
};

/// Until what SES tells has come as far as this.
async fn until(what: impl Fn() -> bool) {
    for _ in 0..500 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(what(), "it does not come");
}

/// A member who has been sent a code that came back.
async fn returned(stack: &TestStack, member: Member) -> Journey<'_> {
    let mut journey = stack.journey(member).user_created().await;
    journey.browser.send_code().await.succeeds_with(202);
    until(|| {
        let marked = stack.items("Addresses");
        marked.iter().any(|item| item.contains_key("refused_until"))
    })
    .await;
    journey
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_mistyped_the_address_is_told_and_goes_on_with_the_right_one() {
    let stack = TestStack::start().await;
    let mut journey = returned(&stack, RETURNING).await;
    assert_eq!(stack.mailbox()[0].came_back, Some(CameBack::Bounce));
    let answer = journey.browser.registration().await;
    assert_eq!(answer.succeeds_with(200)["code"]["bounced"], true);

    journey.browser.at(START + Duration::from_secs(61));
    let before = stack.snapshot();
    let again = journey.browser.send_code().await;
    again.refuses_fields(&[("email", "undelivered")]);
    assert_eq!(
        stack.snapshot(),
        before,
        "nothing is charged, and the code stays"
    );
    assert_eq!(stack.mailbox().len(), 1);

    let corrected = journey.browser.send_code_to(TARO.email).await;
    corrected.succeeds_with(202);
    let answer = journey.browser.registration().await;
    assert_eq!(answer.succeeds_with(200)["code"]["bounced"], false);
    let code = stack.newest_code_to(TARO.email);
    journey.browser.confirm(&code).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_arrived_nevertheless_is_still_good() {
    let stack = TestStack::start().await;
    let mut journey = returned(&stack, RETURNING).await;
    let code = stack.newest_code_to(BOUNCE);
    journey.browser.confirm(&code).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_complaint_closes_the_address_to_everybody() {
    let stack = TestStack::start().await;
    let complaining = Member {
        email: COMPLAINT,
        ..TARO
    };
    let mut journey = returned(&stack, complaining).await;
    journey.browser.at(START + Duration::from_secs(61));
    let again = journey.browser.send_code().await;
    again.refuses_fields(&[("email", "undeliverable")]);

    let mut other = stack.journey(tests::SHOKO).verified().await;
    let answer = other
        .browser
        .create_user(&json!({
            "userId": "shoko",
            "password": tests::SHOKO.password,
            "email": "Complaint+Taro@simulator.example.jp",
        }))
        .await;
    answer.refuses_fields(&[("email", "undeliverable")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_cannot_be_recorded_is_tried_again_and_then_kept() {
    let stack = TestStack::start().await;
    let broken = |times| {
        Fault::new(FaultKind::InternalError)
            .service(Service::Dynamodb)
            .function("record-mail-event")
            .times(times)
    };
    // The SDK makes three tries of each call.
    stack.faults().inject(broken(3));
    let mut journey = returned(&stack, RETURNING).await;
    assert!(stack.dead_letters().is_empty());

    stack.faults().inject(broken(9));
    journey.browser.at(START + Duration::from_secs(61));
    let corrected = journey.browser.send_code_to(COMPLAINT).await;
    corrected.succeeds_with(202);
    until(|| !stack.dead_letters().is_empty()).await;
    let letter = &stack.dead_letters()[0];
    assert_eq!(letter["detail"]["mail"]["destination"], json!([COMPLAINT]));
    assert_eq!(stack.items("Addresses").len(), 1);
}

/// What nobody may learn: who has an account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_password_is_answered_alike_whether_mail_comes_back_or_not() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.loads(&json!({"addresses": [{
        "email": TARO.email,
        "complainedAt": "2026-04-01T00:59:00Z",
    }]}));
    let mut calls = Vec::new();
    for (user_id, minutes) in [(TARO.user_id, 0), ("nobody", 2)] {
        let mut browser = stack.browser();
        browser.at(START + Duration::from_mins(minutes));
        let answer = browser.request_reset(user_id, TARO.email).await;
        answer.succeeds_with(202);
        let made = stack.calls_of(answer.request_id());
        let made = made.iter().map(|call| format!("{:?}", call.elements));
        calls.push(made.collect::<Vec<_>>());
    }
    assert!(stack.mailbox().is_empty());
    for made in &mut calls {
        made.sort();
    }
    assert_eq!(calls[0], calls[1]);
}
