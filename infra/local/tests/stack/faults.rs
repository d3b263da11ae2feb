//! What AWS does seldom, and the stack when it is told to: failures, lost replies, stale reads.

use http::Request;
use local::{CallOutcome, Fault, FaultKind, Options, Service, Stack};
use serde_json::{Value, json};

use crate::support::{ask, options, send, start};

#[tokio::test]
async fn faults_strike_and_the_sdk_names_them() {
    let stack = start().await;
    let transact = json!({"do": "transact", "thing": "a"});
    for (kind, task, expected) in [
        (
            FaultKind::Throttle,
            json!({"do": "put", "thing": "a"}),
            "ProvisionedThroughputExceededException",
        ),
        (
            FaultKind::TransactionConflict(0),
            json!({"do": "put", "thing": "a"}),
            "TransactionConflictException",
        ),
        (
            FaultKind::TransactionConflict(1),
            transact.clone(),
            "TransactionCanceledException",
        ),
        (
            FaultKind::TransactionInProgress,
            transact,
            "TransactionInProgressException",
        ),
        (
            FaultKind::InternalError,
            json!({"do": "put", "thing": "a"}),
            "InternalServerError",
        ),
    ] {
        stack.faults().inject(
            Fault::new(kind)
                .service(Service::Dynamodb)
                .table("Things")
                .function("probe"),
        );
        assert_eq!(ask(&stack, task).await.1["error"], expected);
        stack.faults().clear();
    }
    assert!(stack.database().scan("Things").unwrap().is_empty());
    stack.faults().inject(
        Fault::new(FaultKind::Unprocessed)
            .action("BatchGetItem")
            .times(1),
    );
    assert_eq!(
        ask(&stack, json!({"do": "get-batch", "thing": "a"}))
            .await
            .1["unprocessed"],
        true
    );
    stack
        .faults()
        .inject(Fault::new(FaultKind::MessageRejected).service(Service::Ses));
    let mail = json!({"do": "mail", "from": "a_kennin@ibss.example.jp", "to": "taro@example.jp"});
    assert_eq!(ask(&stack, mail).await.1["error"], "MessageRejected");
}

#[tokio::test]
async fn a_lost_reply_is_a_call_that_was_performed() {
    let stack = start().await;
    stack
        .faults()
        .inject(Fault::new(FaultKind::LostReply).action("PutItem").times(1));
    // The SDK tries again, and finds its own write.
    let (status, body, _) = ask(&stack, json!({"do": "put-new", "thing": "a"})).await;
    assert_eq!(
        (status, body["error"].as_str()),
        (503, Some("ConditionalCheckFailedException"))
    );
    let outcomes: Vec<_> = stack.calls().into_iter().map(|call| call.outcome).collect();
    let lost = CallOutcome::Error("ConditionalCheckFailedException".into());
    assert_eq!(outcomes, [CallOutcome::ReplyLost, lost]);
}

#[tokio::test]
async fn a_pair_of_faults_strikes_one_call_and_its_repeat() {
    let stack = start().await;
    // The SDK repeats after the first and the second, and finds its own write.
    let pair = Fault::new(FaultKind::Throttle).then(FaultKind::LostReply);
    stack.faults().inject(pair.action("PutItem").times(1));
    let (status, body, _) = ask(&stack, json!({"do": "put-new", "thing": "a"})).await;
    assert_eq!(
        (status, body["error"].as_str()),
        (503, Some("ConditionalCheckFailedException"))
    );
    let outcomes: Vec<_> = stack.calls().into_iter().map(|call| call.outcome).collect();
    let failed = |name: &str| CallOutcome::Error(name.to_owned());
    assert_eq!(
        outcomes,
        [
            failed("ProvisionedThroughputExceededException"),
            CallOutcome::ReplyLost,
            failed("ConditionalCheckFailedException"),
        ]
    );
    assert!(stack.faults().list().is_empty());
}

#[tokio::test]
async fn a_token_stands_for_one_transaction_for_ten_minutes_of_the_stacks_time() {
    let stack = start().await;
    let transact = |at: &str, thing: &str| {
        let request = Request::post("/api/probe")
            .header("content-type", "application/json")
            .header("x-local-now", at.to_owned());
        let task = json!({"do": "transact", "thing": thing, "token": "t"}).to_string();
        let stack = &stack;
        async move {
            let answer = send(stack, request, task).await;
            let body: Value = serde_json::from_slice(answer.body()).unwrap();
            body["error"].as_str().unwrap_or("none").to_owned()
        }
    };
    let things = || stack.database().scan("Things").unwrap().len();
    // The first call does nothing, and yet the token is its own.
    let conflict = Fault::new(FaultKind::TransactionConflict(0)).times(1);
    stack.faults().inject(conflict);
    let start = "2026-04-01T00:00:00Z";
    assert_eq!(transact(start, "a").await, "TransactionCanceledException");
    assert_eq!(
        transact(start, "b").await,
        "IdempotentParameterMismatchException"
    );
    assert_eq!((transact(start, "a").await.as_str(), things()), ("none", 1));
    // A repeat does nothing.
    stack.database().delete("Things", "a").unwrap();
    assert_eq!(transact("2026-04-01T00:10:00Z", "a").await, "none");
    assert_eq!(things(), 0);
    assert_eq!(transact("2026-04-01T00:10:01Z", "a").await, "none");
    assert_eq!(things(), 1);
}

#[tokio::test]
async fn a_stale_read_is_one_that_asks_for_no_consistency() {
    let stack = start().await;
    let put = |value: &'static str| ask(&stack, json!({"do": "put", "thing": "a", "value": value}));
    let get = async |consistent: bool| {
        let task = json!({"do": "get", "thing": "a", "consistent": consistent});
        ask(&stack, task).await.1["value"].clone()
    };
    stack.faults().inject(Fault::new(FaultKind::Stale).times(1));
    assert_eq!(get(false).await, Value::Null);
    put("old").await;
    put("new").await;
    assert_eq!(get(true).await, "new");
    assert_eq!(stack.faults().list().len(), 1, "nothing could be stale");
    assert_eq!(get(false).await, "old");
    assert!(stack.faults().list().is_empty());
    assert_eq!(get(false).await, "new");

    let by_chance = Options {
        stale_reads: Some(7),
        ..options()
    };
    let stack = Stack::start(by_chance).await.unwrap();
    let put = |value: &'static str| ask(&stack, json!({"do": "put", "thing": "a", "value": value}));
    put("old").await;
    put("new").await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..12 {
        let task = json!({"do": "get", "thing": "a", "consistent": false});
        // The time of the stack runs on from the last request: the writes must stay young.
        seen.insert(ask(&stack, task).await.1["value"].to_string());
    }
    assert!(seen.len() > 1, "{seen:?}");
}

#[tokio::test]
async fn the_repeat_of_a_transaction_is_no_write_that_a_read_could_go_back_to() {
    let stack = start().await;
    ask(&stack, json!({"do": "put", "thing": "a", "value": "old"})).await;
    // It puts an item without a value; its reply is lost, and the SDK repeats it.
    let lost = Fault::new(FaultKind::LostReply).action("TransactWriteItems");
    stack.faults().inject(lost.times(1));
    let transact = json!({"do": "transact", "thing": "a", "token": "t"});
    assert_eq!(ask(&stack, transact).await.0, 200);
    stack.faults().inject(Fault::new(FaultKind::Stale));
    let get = json!({"do": "get", "thing": "a", "consistent": false});
    assert_eq!(ask(&stack, get).await.1["value"], "old");
}

#[tokio::test]
async fn a_fault_waits_for_a_call_that_it_can_strike() {
    let stack = start().await;
    let conflict = Fault::new(FaultKind::TransactionConflict(0)).times(1);
    stack.faults().inject(conflict);
    assert_eq!(ask(&stack, json!({"do": "sequence"})).await.0, 200);
    assert_eq!(stack.faults().list().len(), 1);
    let (status, body, _) = ask(&stack, json!({"do": "put", "thing": "a"})).await;
    // The SDK does not repeat a conflict by itself.
    assert_eq!(
        (status, body["error"].as_str()),
        (503, Some("TransactionConflictException"))
    );
    assert!(stack.faults().list().is_empty());
}

#[tokio::test]
async fn faults_and_states_can_be_given_over_http() {
    let stack = start().await;
    let json_post = |path: &str| Request::post(path).header("content-type", "application/json");
    let fault = r#"{"kind": {"latency": 5}, "action": "GetItem"}"#;
    assert_eq!(
        send(&stack, json_post("/_local/faults"), fault)
            .await
            .status(),
        201
    );
    assert_eq!(stack.faults().list().len(), 1);
    assert_eq!(
        send(&stack, Request::delete("/_local/faults"), "")
            .await
            .status(),
        204
    );
    assert!(stack.faults().list().is_empty());
    let state = r#"{"items": {"Things": [{"thing": {"S": "x"}}]}}"#;
    assert_eq!(
        send(&stack, json_post("/_local/state"), state)
            .await
            .status(),
        204
    );
    assert!(stack.database().get("Things", "x").unwrap().is_some());
    let refused = send(
        &stack,
        json_post("/_local/state"),
        r#"{"items": {"Nothing": [{}]}}"#,
    )
    .await;
    assert_eq!(refused.status(), 400);
    // Nothing is done of what is refused.
    for (path, body, expected) in [
        (
            "/_local/faults",
            json!({"kind": "throttle", "function": "porbe"}),
            "there is no function porbe, only probe",
        ),
        (
            "/_local/state",
            json!({"items": {"Things": [{"thing": {"S": "y"}}], "Nothing": [{}]}}),
            "there is no table Nothing",
        ),
        (
            "/_local/state",
            json!({"items": {"Things": [{"thing": {"S": "y"}}]}, "faults": [{"kind": "throttle", "table": "Thigns"}]}),
            "there is no table Thigns, only Things, Others",
        ),
    ] {
        let refused = send(&stack, json_post(path), body.to_string()).await;
        let why = String::from_utf8_lossy(refused.body()).into_owned();
        assert!(refused.status() == 400 && why.contains(expected), "{why}");
    }
    assert!(stack.database().get("Things", "y").unwrap().is_none());
    assert!(stack.faults().list().is_empty());
    assert_eq!(
        send(&stack, Request::post("/_local/faults"), fault)
            .await
            .status(),
        400
    );
}
