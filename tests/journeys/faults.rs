//! What goes wrong behind the functions: nothing is half written, nothing of the cause is told, and
//! the member can go on once it has passed.

use std::collections::BTreeMap;
use std::time::Duration;

use local::{Fault, FaultKind, Service};
use serde_json::json;
use store::check::Rule;
use tests::{Answer, PEOPLE, Progress, SHOKO, START, TARO, TestStack};

use crate::samples::{Sample, with_each};

const WRONG: &str = "kaze-to-8sora";
/// The tables in which a step may have charged something before it failed; in all but the first, without
/// a new item.
const CHARGED: [&str; 4] = ["Throttles", "Registrations", "Resets", "Sessions"];

/// The steps of which a repetition writes something again: those that charge a try where they begin, and what opens the
/// session after an acceptance has its event.
const CHARGED_AGAIN: [&str; 7] = [
    "verify-member",
    "accept-terms",
    "login",
    "request-password-reset",
    "remind-user-id",
    "change-password",
    "change-email",
];

/// A call: its action, and the first table that it touches.
type Made = (String, String);

/// What a step makes when nothing goes wrong, and by which calls.
async fn without_faults(sample: &Sample) -> (BTreeMap<&'static str, Vec<String>>, Vec<Made>) {
    let stack = TestStack::start().await;
    let mut browser = sample.ready(&stack);
    let answer = sample.take(&mut browser).await;
    sample.succeeds(&answer);
    let shape = shape(&stack);
    let mut calls: Vec<Made> = Vec::new();
    for call in stack.calls() {
        let by_the_step = call.function.as_deref().is_some_and(|of| sample.is(of))
            && call.service == Service::Dynamodb;
        let made = (call.action, call.elements[0].resource.clone());
        if by_the_step && !calls.contains(&made) {
            calls.push(made);
        }
    }
    if sample.is("remind-user-id") {
        // What fails after the comparison is not told, in `reminders.rs`.
        let told = |(action, _): &Made| action != "GetItem" && action != "TransactWriteItems";
        calls.retain(told);
    }
    if sample.is("confirm-code") {
        // What fails beside the account that is made is not told, in `notices.rs`.
        calls.retain(|(action, _)| action != "GetItem");
    }
    (shape, calls)
}

fn fault(kind: FaultKind, (action, table): (&str, &str)) -> Fault {
    Fault::new(kind)
        .service(Service::Dynamodb)
        .action(action)
        .table(table)
}

fn at(kind: FaultKind, (action, table): &Made) -> Fault {
    fault(kind, (action, table))
}

/// The refusal that stands for everything behind us, telling nothing of it.
#[track_caller]
fn says_try_again(answer: &Answer) {
    answer.is_refused_with(503, "try-again");
    let told = answer.body.to_lowercase();
    for cause in ["dynamo", "throttl", "exceeded", "item", "conflict", "table"] {
        assert!(!told.contains(cause), "{told}");
    }
}

/// What a step has made, without what is drawn anew each time: per table, each item's kind, its
/// attributes, and how many stamps its sets hold; and what each event of the audit trail says.
fn shape(stack: &TestStack) -> BTreeMap<&'static str, Vec<String>> {
    let tables = [
        "Accounts",
        "Registrations",
        "Resets",
        "Sessions",
        "Throttles",
    ];
    tables
        .into_iter()
        .map(|table| {
            let key = table.trim_end_matches('s').to_lowercase();
            let mut items: Vec<String> = stack
                .items(table)
                .iter()
                .map(|item| {
                    let kind = item[&key]["S"].as_str().unwrap().split('#').next().unwrap();
                    let by_token = ["Resets", "Sessions"].contains(&table);
                    let kind = if by_token { "" } else { kind };
                    let attributes: Vec<String> = item
                        .iter()
                        .map(|(name, value)| match value["NS"].as_array() {
                            Some(set) => format!("{name}×{}", set.len()),
                            None if name == "failures" => format!("{name}={value}"),
                            None => name.clone(),
                        })
                        .collect();
                    format!("{kind}: {}", attributes.join(" "))
                })
                .collect();
            items.sort();
            (table, items)
        })
        .chain([("Audit", events(stack))])
        .collect()
}

fn events(stack: &TestStack) -> Vec<String> {
    let said = |event: local::Item| format!("{} {}", event["event"]["S"], event["outcome"]["S"]);
    let mut events: Vec<String> = stack.items("Audit").into_iter().map(said).collect();
    events.sort();
    events
}

/// While a call is throttled for good the step says so, has written nothing but what it charged, and
/// succeeds afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_can_be_repeated_after_throttling() {
    with_each(Sample::all(), |sample| async move {
        let (expected, calls) = without_faults(sample).await;
        for call in calls {
            let stack = TestStack::start().await;
            let mut browser = sample.ready(&stack);
            let before = stack.snapshot_without(&CHARGED);
            let count = |stack: &TestStack| {
                CHARGED[1..]
                    .iter()
                    .map(|table| stack.items(table).len())
                    .collect::<Vec<_>>()
            };
            let counted = count(&stack);
            stack.faults().inject(at(FaultKind::Throttle, &call));
            says_try_again(&sample.take(&mut browser).await);
            // The session is opened last, and the acceptance stands.
            if !(sample.is("accept-terms") && call.0 == "UpdateItem" && call.1 == "Sessions") {
                assert_eq!(
                    stack.snapshot_without(&CHARGED),
                    before,
                    "{sample:?} {call:?}"
                );
            }
            assert_eq!(count(&stack), counted, "{sample:?} {call:?}");
            assert!(stack.mailbox().is_empty());
            stack.has_nothing_left_over();

            stack.faults().clear();
            let answer = sample.take(&mut browser).await;
            sample.succeeds(&answer);
            stack.has_nothing_left_over();
            if !CHARGED_AGAIN.iter().any(|step| sample.is(step)) {
                assert_eq!(shape(&stack), expected, "{sample:?} {call:?}");
            }
        }
    })
    .await;
}

/// Each step succeeds as if nothing had happened, though each of its calls meets this once.
async fn every_step_outlasts(times: u32, kind: FaultKind, of: impl Fn(&Made) -> bool + Copy) {
    with_each(Sample::all(), |sample| async move {
        let (expected, calls) = without_faults(sample).await;
        for call in calls.into_iter().filter(|call| of(call)) {
            let stack = TestStack::start().await;
            let mut browser = sample.ready(&stack);
            stack.faults().inject(at(kind, &call).times(times));
            let answer = sample.take(&mut browser).await;
            sample.succeeds(&answer);
            let left = stack.faults().list();
            assert!(left.is_empty(), "{sample:?}: {call:?} was not made");
            assert_eq!(shape(&stack), expected, "{sample:?} {call:?}");
            stack.has_nothing_left_over();
        }
    })
    .await;
}

fn writes((action, _): &Made) -> bool {
    !action.contains("Get")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_throttled_once_is_made_again_and_nobody_notices() {
    every_step_outlasts(1, FaultKind::Throttle, |_| true).await;
}

/// A write whose reply is lost has happened; made again, it finds itself and charges nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_does_everything_once_when_a_reply_is_lost() {
    every_step_outlasts(1, FaultKind::LostReply, |_| true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_lost_to_another_transaction_is_made_again() {
    every_step_outlasts(2, FaultKind::TransactionConflict(0), writes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_always_loses_is_given_up_and_can_be_asked_for_again() {
    with_each(Sample::all(), |sample| async move {
        let (_, calls) = without_faults(sample).await;
        for call in calls.into_iter().filter(writes) {
            let stack = TestStack::start().await;
            let mut browser = sample.ready(&stack);
            let conflict = at(FaultKind::TransactionConflict(0), &call);
            stack.faults().inject(conflict);
            says_try_again(&sample.take(&mut browser).await);
            stack.has_nothing_left_over();
            stack.faults().clear();
            let answer = sample.take(&mut browser).await;
            sample.succeeds(&answer);
            stack.has_nothing_left_over();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_left_unprocessed_are_asked_for_again_but_not_forever() {
    for sample in [Sample::of("verify-member"), Sample::of("get-session")] {
        let stack = TestStack::start().await;
        let mut browser = sample.ready(&stack);
        let unprocessed = || Fault::new(FaultKind::Unprocessed).action("BatchGetItem");
        stack.faults().inject(unprocessed().times(2));
        sample.take(&mut browser).await.succeeds_with(200);
        stack.faults().inject(unprocessed());
        says_try_again(&sample.take(&mut browser).await);
        stack.faults().clear();
        sample.take(&mut browser).await.succeeds_with(200);
    }
}

/// Logs in while the reply to the charge of the user ID is lost: the second write of a login, after
/// that of the address.
async fn login_with_a_lost_charge(
    stack: &TestStack,
    user_id: &'static str,
    password: &'static str,
) -> Answer {
    let mut browser = stack.browser();
    let made_before = stack.calls().len();
    let slow_read = FaultKind::Latency(Duration::from_millis(400));
    stack
        .faults()
        .inject(fault(slow_read, ("GetItem", "Accounts")));
    let login = tokio::spawn(async move { browser.login(user_id, password).await });
    // The address is charged while the account is still being read.
    while stack.calls().len() == made_before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let lost = Fault::new(FaultKind::LostReply)
        .action("UpdateItem")
        .times(1);
    stack.faults().inject(lost);
    let answer = login.await.unwrap();
    let left = stack.faults().list();
    assert!(left.iter().all(|fault| fault.kind == slow_read), "{left:?}");
    stack.faults().clear();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_counted_once_though_the_reply_is_lost() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": "shoko", "at": "2026-04-01T00:00:00Z", "times": 99},
    ]}));
    let failures = |at: usize| {
        let mut counts: Vec<usize> = stack
            .items_of("Throttles", "login-user-id#")
            .iter()
            .map(|item| item["tries_counted"]["NS"].as_array().unwrap().len())
            .collect();
        counts.sort_unstable();
        counts[at]
    };
    for count in [1, 2] {
        let answer = login_with_a_lost_charge(&stack, TARO.user_id, WRONG).await;
        answer.is_refused_with(401, "invalid-credentials");
        assert_eq!(failures(0), count);
    }
    let answer = login_with_a_lost_charge(&stack, "shoko", WRONG).await;
    answer.is_refused_with(401, "invalid-credentials");
    assert_eq!(failures(1), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_right_password_signs_in_though_the_reply_to_its_charge_is_lost() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": "kenpo-taro", "at": "2026-04-01T00:00:00Z", "times": 99},
    ]}));
    let answer = login_with_a_lost_charge(&stack, TARO.user_id, TARO.password).await;
    answer.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_try_of_every_limit_succeeds_though_its_reply_is_lost() {
    let stack = TestStack::start().await;
    stack.has_account(SHOKO);
    stack.loads(&json!({"throttles": [
        {"of": "verify-identity", "member": TARO.key(), "at": "2026-04-01T01:00:00Z", "times": 9},
        {"of": "login-address", "client": "203.0.113.9", "at": "2026-04-01T01:00:00Z", "times": 29},
    ]}));
    let lose_each_charge = || {
        stack.faults().clear();
        stack.faults().inject(
            Fault::new(FaultKind::LostReply)
                .action("UpdateItem")
                .times(1),
        );
    };
    lose_each_charge();
    stack
        .browser()
        .verify(&TARO.identity())
        .await
        .succeeds_with(200);

    lose_each_charge();
    let mut creates =
        stack.has_registration_with(TARO, Progress::Verified, &json!({"creates": 19}));
    creates.create_user(&TARO.choice()).await.succeeds_with(201);

    lose_each_charge();
    let fifth = json!({"code": {
        "code": "061189", "sentAt": "2026-04-01T01:00:00Z", "wrongTries": 4,
    }});
    let mut tries = stack.has_registration_with(PEOPLE[4], Progress::CodeSent("061189"), &fifth);
    tries.confirm("061189").await.succeeds_with(200);

    lose_each_charge();
    let mut login = stack.browser();
    login.from_address("203.0.113.9");
    login.login_as(&SHOKO).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_whose_account_was_made_unheard_is_told_that_it_exists() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent("061189"));
    stack.faults().inject(fault(
        FaultKind::LostReply,
        ("TransactWriteItems", "Accounts"),
    ));
    says_try_again(&browser.confirm("061189").await);
    stack.faults().clear();
    browser
        .confirm("061189")
        .await
        .is_refused_with(409, "already-registered");
    browser.login_as(&TARO).await.succeeds_with(200);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_ses_takes_no_mail_the_member_can_send_again_at_once_and_loses_no_send() {
    for kind in [
        FaultKind::MessageRejected,
        FaultKind::Throttle,
        FaultKind::InternalError,
    ] {
        let stack = TestStack::start().await;
        let mut browser = stack.has_registration(TARO, Progress::UserCreated);
        stack
            .faults()
            .inject(Fault::new(kind).service(Service::Ses));
        let failures = if kind == FaultKind::MessageRejected {
            6
        } else {
            1
        };
        for _ in 0..failures {
            let answer = browser.send_code().await;
            answer.is_refused_with(503, "mail-not-sent");
            for cause in ["SES", "Rejected", "TooMany"] {
                assert!(!answer.body.contains(cause), "{}", answer.body);
            }
        }
        assert!(stack.mailbox().is_empty());
        stack.faults().clear();
        for minute in 0..5 {
            browser.at(START + Duration::from_mins(minute));
            browser.send_code().await.succeeds_with(202);
        }
        browser.later(Duration::from_mins(1));
        browser
            .send_code()
            .await
            .is_refused_with(429, "too-many-attempts");
        let code = stack.newest_code_to(TARO.email);
        browser.confirm(&code).await.succeeds_with(200);
        stack.has_nothing_left_over();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_fails_later_does_not_forget_the_mails_before_it() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::UserCreated);
    browser.send_code().await.succeeds_with(202);
    browser.later(Duration::from_mins(1));
    stack.faults().inject(
        Fault::new(FaultKind::MessageRejected)
            .service(Service::Ses)
            .times(1),
    );
    browser
        .send_code()
        .await
        .is_refused_with(503, "mail-not-sent");
    browser.send_code().await.succeeds_with(202);
    browser
        .send_code()
        .await
        .is_refused_with(429, "too-many-attempts");
    let registration = &stack.items_of("Registrations", "token#")[0];
    assert_eq!(registration["sends"]["NS"].as_array().unwrap().len(), 2);
    let recipient = &stack.items_of("Throttles", "code-recipient#")[0];
    assert_eq!(recipient["attempts"]["NS"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_reply_is_lost_still_brings_a_code_that_works() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::UserCreated);
    stack.faults().inject(
        Fault::new(FaultKind::LostReply)
            .service(Service::Ses)
            .times(1),
    );
    browser.send_code().await.succeeds_with(202);
    let mails = stack.mailbox();
    assert!(mails.iter().all(|mail| mail.text == mails[0].text));
    let code = stack.newest_code_to(TARO.email);
    browser.confirm(&code).await.succeeds_with(200);

    // Should every reply be lost, the member is told to send again; the mail that came is good.
    let mut browser = stack.has_registration(SHOKO, Progress::UserCreated);
    stack
        .faults()
        .inject(Fault::new(FaultKind::LostReply).service(Service::Ses));
    browser
        .send_code()
        .await
        .is_refused_with(503, "mail-not-sent");
    stack.faults().clear();
    let code = stack.newest_code_to(SHOKO.email);
    browser.confirm(&code).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_database_is_waited_for() {
    let stack = TestStack::start().await;
    stack
        .faults()
        .inject(Fault::new(FaultKind::Latency(Duration::from_millis(300))));
    stack.journey(TARO).terms_accepted().await;
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_insurer_that_is_not_configured_is_ours_to_fix() {
    let stack = TestStack::start().await;
    let mut browser = stack.journey(TARO).terms_accepted().await.browser;
    let mut forgetful = stack.has_reset(TARO, "482913");
    stack.database().delete("Insurers", "jkc").unwrap();
    stack.breaks(&[Rule::InsurerThere]);
    says_try_again(&stack.browser().login_as(&TARO).await);
    says_try_again(&browser.session().await);
    says_try_again(&browser.change_password(TARO.password, "hanami-4649").await);
    says_try_again(&forgetful.reset_password("482913", "hanami-4649").await);
    stack
        .browser()
        .verify(&TARO.identity())
        .await
        .refuses_fields(&[("insurerCode", "unknown_insurer")]);
}
