//! Mutants: each does to a call what its name says, and nothing to what the function is told besides.

use local::{CallOutcome, Mutation, Options, Stack};
use serde_json::{Value, json};

use crate::support::{ask, options};

async fn with(mutation: Mutation) -> Stack {
    let options = Options {
        mutation,
        ..options()
    };
    Stack::start(options).await.unwrap()
}

async fn made(name: &str) -> Stack {
    with(Mutation::Made(name.to_owned())).await
}

#[tokio::test]
async fn what_could_go_wrong_with_a_call_is_noted_and_goes_well() {
    let stack = with(Mutation::Noted).await;
    let new = json!({"do": "put-new", "thing": "a"});
    assert_eq!(ask(&stack, new.clone()).await.0, 200);
    assert_eq!(ask(&stack, new).await.0, 503);
    ask(
        &stack,
        json!({"do": "get", "thing": "a", "consistent": true}),
    )
    .await;
    ask(
        &stack,
        json!({"do": "get", "thing": "a", "consistent": false}),
    )
    .await;
    ask(
        &stack,
        json!({"do": "put", "thing": "b", "ttl": "2000000000"}),
    )
    .await;
    let noted: Vec<_> = stack.mutants().into_iter().collect();
    assert_eq!(
        noted,
        [
            "probe: GetItem Things: stale",
            "probe: PutItem Things: left out",
            "probe: PutItem Things: ttl at once",
            "probe: PutItem Things: ttl in milliseconds",
            "probe: PutItem Things: without the condition attribute_not_exists(thing)",
        ]
    );
}

#[tokio::test]
async fn a_write_without_its_condition_overwrites() {
    let name = "probe: PutItem Things: without the condition attribute_not_exists(thing)";
    let stack = made(name).await;
    let new = json!({"do": "put-new", "thing": "a"});
    assert_eq!(ask(&stack, new.clone()).await.0, 200);
    assert_eq!(ask(&stack, new).await.0, 200);
    assert!(stack.mutants().is_empty());
}

#[tokio::test]
async fn a_write_that_is_left_out_is_answered_and_counted_as_if_it_were_made() {
    let stack = made("probe: PutItem Things: left out").await;
    let put = json!({"do": "put", "thing": "a"});
    assert_eq!(ask(&stack, put).await.0, 200);
    assert!(stack.database().scan("Things").unwrap().is_empty());
    let calls = stack.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].outcome, CallOutcome::Ok);
}

#[tokio::test]
async fn a_time_to_live_is_another() {
    let ttl = async |name: &str| {
        let stack = made(name).await;
        ask(
            &stack,
            json!({"do": "put", "thing": "b", "ttl": "2000000000"}),
        )
        .await;
        let items = stack.database().scan("Things").unwrap();
        let ttl: i64 = items[0]["ttl"]["N"].as_str().unwrap().parse().unwrap();
        ttl
    };
    assert_eq!(
        ttl("probe: PutItem Things: ttl in milliseconds").await,
        2_000_000_000_000
    );
    assert!(ttl("probe: PutItem Things: ttl at once").await < 2_000_000_000);
    assert_eq!(
        ttl("probe: PutItem Others: ttl at once").await,
        2_000_000_000
    );
}

#[tokio::test]
async fn a_read_that_asks_for_consistency_is_stale() {
    let stack = made("probe: GetItem Things: stale").await;
    for value in ["old", "new"] {
        ask(&stack, json!({"do": "put", "thing": "a", "value": value})).await;
    }
    let get = async |consistent: bool| -> Value {
        let get = json!({"do": "get", "thing": "a", "consistent": consistent});
        ask(&stack, get).await.1["value"].clone()
    };
    assert_eq!(get(true).await, "old");
    assert_eq!(get(false).await, "new");
}

#[tokio::test]
async fn a_transaction_loses_one_element_and_is_logged_whole() {
    let transact = || json!({"do": "transact", "thing": "a", "token": "t"});
    let never = || json!({"do": "put", "thing": "never"});
    let check = "ConditionCheckItem Things: left out: it if attribute_not_exists(thing)";
    let stack = made(&format!("probe: TransactWriteItems {check}")).await;
    ask(&stack, never()).await;
    assert_eq!(ask(&stack, transact()).await.0, 200);
    assert_eq!(stack.database().scan("Things").unwrap().len(), 2);
    assert_eq!(stack.calls()[1].elements.len(), 2);

    let stack = made("probe: TransactWriteItems PutItem Things: left out: it").await;
    assert_eq!(ask(&stack, transact()).await.0, 200);
    assert!(stack.database().scan("Things").unwrap().is_empty());
    ask(&stack, never()).await;
    // Another token: what was done is not done again.
    let again = json!({"do": "transact", "thing": "a", "token": "u"});
    assert_eq!(ask(&stack, again).await.0, 503);
}
