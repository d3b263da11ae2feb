//! Two faults one after the other on the same transaction: the reply is lost and then the repeat meets something
//! else, or the other way round. The step ends as if nothing had happened.

use std::collections::BTreeMap;

use local::{Fault, FaultKind};
use serde_json::Value;
use tests::{Progress, SHOKO, Snapshot, TARO, TestStack};

use crate::samples::{Sample, with_each};

/// What happens to the first call and to its repeats.
fn pairs() -> Vec<Vec<FaultKind>> {
    use FaultKind::{
        InternalError, LostReply, Throttle, TransactionConflict, TransactionInProgress,
    };
    vec![
        vec![LostReply, TransactionConflict(0)],
        vec![LostReply, Throttle],
        vec![LostReply, InternalError],
        vec![TransactionConflict(0), LostReply],
        vec![TransactionConflict(1), LostReply, TransactionConflict(0)],
        vec![
            LostReply,
            TransactionInProgress,
            TransactionInProgress,
            TransactionInProgress,
        ],
    ]
}

/// Whether the SDK waits for up to a second before it makes a call again that met this.
fn is_waited_for(kind: &FaultKind) -> bool {
    use FaultKind::{InternalError, Throttle, TransactionInProgress};
    matches!(kind, InternalError | Throttle | TransactionInProgress)
}

fn fault(kinds: &[FaultKind]) -> Fault {
    let first = Fault::new(kinds[0]).action("TransactWriteItems").times(1);
    kinds[1..]
        .iter()
        .fold(first, |fault, kind| fault.then(*kind))
}

/// The names of what the tables hold, without what is drawn: two runs of a step are the same if these are.
fn shape(snapshot: &Snapshot) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut shapes = BTreeMap::new();
    for (table, items) in snapshot {
        let mut names: Vec<Vec<String>> = items
            .iter()
            .map(|item| {
                let item: Value = serde_json::from_str(item).unwrap();
                item.as_object().unwrap().keys().cloned().collect()
            })
            .collect();
        names.sort();
        shapes.insert(table.clone(), names);
    }
    shapes
}

/// What a step leaves behind: the shape of the tables, the events, the mails.
async fn outcome(sample: &Sample, fault: Option<Fault>) -> (u16, Value, Vec<String>, usize) {
    let stack = TestStack::start().await;
    let mut browser = sample.ready(&stack);
    if let Some(fault) = fault {
        stack.faults().inject(fault);
    }
    let answer = sample.take(&mut browser).await;
    let left = stack.faults().list();
    let is_given_up = sample.is("remind-user-id");
    assert!(
        left.is_empty() || is_given_up,
        "{sample:?}: not struck: {left:?}"
    );
    let mut events: Vec<String> = stack
        .items("Audit")
        .iter()
        .map(|event| event["outcome"]["S"].as_str().unwrap().to_owned())
        .collect();
    events.sort();
    let shape = serde_json::to_value(shape(&stack.snapshot())).unwrap();
    (answer.status, shape, events, stack.mailbox().len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_ends_as_if_nothing_had_happened() {
    // What only reads writes nothing that belongs together.
    let changing = Sample::all().filter(|sample| !sample.only_reads());
    with_each(changing, |sample| async move {
        let expected = outcome(sample, None).await;
        assert_eq!(expected.0, sample.success());
        for kinds in pairs() {
            let found = outcome(sample, Some(fault(&kinds))).await;
            if sample.is("remind-user-id") && kinds.iter().any(is_waited_for) {
                // Its answer has a fixed time, and what is not done by then is given up.
                assert_eq!(found.0, expected.0);
                continue;
            }
            assert_eq!(found, expected, "{sample:?} {kinds:?}");
        }
    })
    .await;
}

/// DynamoDB may say so for five seconds after the first try.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_in_progress_for_five_seconds_is_waited_for() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    let lost = fault(&[FaultKind::LostReply]);
    let in_progress = Fault::new(FaultKind::TransactionInProgress).action("TransactWriteItems");
    stack.faults().inject(lost);
    stack.faults().inject(in_progress);
    let login = tokio::spawn(async move {
        let answer = browser.login_as(&TARO).await;
        (answer, browser)
    });
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    stack.faults().clear();
    let (answer, mut browser) = login.await.unwrap();
    answer.succeeds_with(200);
    browser.session().await.succeeds_with(200);
    assert_eq!(stack.items("Sessions").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_try_is_told_and_counted_once_whatever_its_transaction_meets() {
    for kinds in pairs() {
        let stack = TestStack::start().await;
        stack.has_account(TARO);
        stack.faults().inject(fault(&kinds));
        let answer = stack.browser().login(TARO.user_id, "kaze-to-8sora").await;
        answer.is_refused_with(401, "invalid-credentials");

        stack.faults().inject(fault(&kinds));
        let wrong = SHOKO.identity_with("birthDate", "1999-09-09");
        let answer = stack.browser().verify(&wrong).await;
        answer.is_refused_with(404, "member-not-matched");

        let mut browser = stack.has_registration(SHOKO, Progress::CodeSent("061189"));
        stack.faults().inject(fault(&kinds));
        let answer = browser.confirm("999999").await;
        answer.is_refused_with(422, "code-mismatch");
        assert_eq!(answer.json["attemptsLeft"], 4);

        assert!(stack.faults().list().is_empty());
        for throttle in stack.items("Throttles") {
            assert_eq!(throttle["tries_counted"]["NS"].as_array().unwrap().len(), 1);
        }
        let registration = &stack.items_of("Registrations", "token#")[0];
        let counted = &registration["code_tries_counted"]["NS"];
        assert_eq!(counted.as_array().unwrap().len(), 1);
        assert_eq!(stack.items("Audit").len(), 3);
        browser.confirm("061189").await.succeeds_with(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_made_a_moment_ago_is_found_by_every_read_behind_it() {
    let stack = TestStack::start().await;
    stack.faults().inject(Fault::new(FaultKind::Stale));
    let mut journey = stack.journey(TARO).terms_accepted().await;
    journey.browser.session().await.succeeds_with(200);
    let mut elsewhere = stack.browser();
    elsewhere.login_as(&TARO).await.succeeds_with(200);
    let told = journey.browser.sessions().await;
    assert_eq!(told.json["sessions"].as_array().unwrap().len(), 2);
    elsewhere.session().await.succeeds_with(200);
    stack.faults().clear();
}
