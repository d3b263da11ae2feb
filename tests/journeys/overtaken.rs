//! What another tab does between the reads of a registration's step and its transaction, which then sees it.

use std::time::Duration;

use local::{Fault, FaultKind};
use serde_json::json;
use store::check::Rule;
use tests::{Answer, Progress, START, TARO, TestStack};

const TRANSACTION: &str = "TransactWriteItems";
/// How long the transaction is held back.
const HELD: Duration = Duration::from_secs(2);

/// Has one tab act, and lets something happen once what it has read is read. Gives the answer to the tab.
async fn while_held<T: Future<Output = Answer> + Send + 'static>(
    stack: &TestStack,
    act: impl FnOnce() -> T,
    happens: impl AsyncFnOnce(),
) -> Answer {
    let held = Fault::new(FaultKind::Latency(HELD))
        .action(TRANSACTION)
        .times(1);
    stack.faults().inject(held);
    let acting = tokio::spawn(act());
    // The call that is held is known as soon as it has come.
    while !stack.faults().list().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    happens().await;
    acting.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_choice_for_a_registration_that_is_completed_meanwhile_is_told_so() {
    let stack = TestStack::start().await;
    stack.breaks(&[Rule::Bare, Rule::Event]);
    let mut browser = stack.has_registration(TARO, Progress::Verified);
    let answer = while_held(
        &stack,
        || async move { browser.create_user(&TARO.choice()).await },
        async || {
            let mut registration = stack.items_of("Registrations", "token#").remove(0);
            let now = START.unix_timestamp() * 1_000;
            registration.insert("completed_at".to_owned(), json!({"N": now.to_string()}));
            stack
                .database()
                .put("Registrations", &registration)
                .unwrap();
        },
    )
    .await;
    answer.is_refused_with(409, "already-registered");
}
