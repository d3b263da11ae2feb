//! What stands behind the functions: DynamoDB, SES, IAM, faults, the counts.

use http::Request;
use local::{CallOutcome, CallSummary, Fault, FaultKind, Grant, Options, Service, Stack};
use serde_json::{Value, json};

use crate::support::{ask, options, send, start};

#[tokio::test]
async fn calls_are_counted_in_rounds() {
    let stack = start().await;
    let (status, _, headers) = ask(&stack, json!({"do": "parallel"})).await;
    assert_eq!(status, 200);
    let summary = headers["x-local-calls"].to_str().unwrap().to_owned();
    assert!(
        summary
            .starts_with("dynamodb=3 ses=0 rounds=1 write-units=0; GetItem Things, GetItem Things"),
        "{summary}"
    );
    let (_, _, headers) = ask(&stack, json!({"do": "sequence"})).await;
    assert!(
        headers["x-local-calls"]
            .to_str()
            .unwrap()
            .starts_with("dynamodb=2 ses=0 rounds=2 write-units=0;")
    );
    let calls = stack.calls_of(headers["apigw-requestid"].to_str().unwrap());
    assert_eq!(CallSummary::of(&calls).rounds, 2);
    assert_eq!(calls[0].function.as_deref(), Some("probe"));
}

#[tokio::test]
async fn a_write_arrives_and_a_lost_condition_is_an_error() {
    let stack = start().await;
    assert_eq!(
        ask(&stack, json!({"do": "put-new", "thing": "a"})).await.0,
        200
    );
    assert!(stack.database().get("Things", "a").unwrap().is_some());
    let (status, body, _) = ask(&stack, json!({"do": "put-new", "thing": "a"})).await;
    assert_eq!(
        (status, body["error"].as_str()),
        (503, Some("ConditionalCheckFailedException"))
    );
    let outcome = stack.calls().pop().unwrap().outcome;
    assert_eq!(
        outcome,
        CallOutcome::Error("ConditionalCheckFailedException".into())
    );
    stack.database().delete("ThingsTable", "a").unwrap();
    assert!(stack.database().scan("Things").unwrap().is_empty());
}

#[tokio::test]
async fn a_call_that_the_policy_does_not_allow_is_denied() {
    let stack = start().await;
    let (status, body, _) = ask(&stack, json!({"do": "other"})).await;
    assert_eq!(
        (status, body["error"].as_str()),
        (503, Some("AccessDeniedException"))
    );
    assert_eq!(stack.calls()[0].outcome, CallOutcome::Denied);
    let from_elsewhere =
        json!({"do": "mail", "from": "someone@ibss.example.jp", "to": "taro@example.jp"});
    let (_, body, _) = ask(&stack, from_elsewhere).await;
    assert_eq!(body["error"].as_str(), Some("AccessDeniedException"));
    assert!(stack.mailbox().is_empty());
    assert!(stack.used("probe").is_empty());
}

#[tokio::test]
async fn what_is_granted_and_what_is_used_can_be_compared() {
    let stack = start().await;
    let grant = |action: &str, resource: &str| Grant {
        action: action.into(),
        resource: resource.into(),
    };
    let identity = "arn:aws:ses:ap-northeast-1:123456789012:identity/ibss.example.jp";
    let granted = ["BatchGetItem", "ConditionCheckItem", "GetItem", "PutItem"]
        .map(|action| grant(&format!("dynamodb:{action}"), "Things"))
        .into_iter()
        .chain([grant("ses:SendEmail", identity)]);
    assert_eq!(stack.granted("probe"), granted.collect());
    ask(&stack, json!({"do": "transact", "thing": "a"})).await;
    let used = [
        grant("dynamodb:ConditionCheckItem", "Things"),
        grant("dynamodb:PutItem", "Things"),
    ];
    assert_eq!(stack.used("ProbeFunction"), used.into());
    for task in [
        json!({"do": "sequence"}),
        json!({"do": "get-batch", "thing": "a"}),
        json!({"do": "mail", "from": "a_kennin@ibss.example.jp", "to": "taro@example.jp"}),
    ] {
        assert_eq!(ask(&stack, task).await.0, 200);
    }
    assert_eq!(stack.used("probe"), stack.granted("probe"));
}

#[tokio::test]
async fn a_call_that_is_wrong_in_itself_is_told_with_its_cause() {
    let stack = start().await;
    // A condition that does not hold is none.
    ask(&stack, json!({"do": "put-new", "thing": "a"})).await;
    ask(&stack, json!({"do": "put-new", "thing": "a"})).await;
    assert!(stack.logs().is_empty(), "{:?}", stack.logs());
    let too_long = "t".repeat(40);
    ask(
        &stack,
        json!({"do": "transact", "thing": "a", "token": too_long}),
    )
    .await;
    let line = stack.logs().remove(0);
    assert_eq!(line.source, local::Source::Stack);
    let expected = "TransactWriteItems refused: ValidationException: ";
    assert!(
        line.text.starts_with(expected) && line.text.contains("length"),
        "{}",
        line.text
    );
}

#[tokio::test]
async fn a_mail_reaches_the_mailbox() {
    let stack = start().await;
    let mail = json!({"do": "mail", "from": "\"IBSS\" <a_kennin@ibss.example.jp>", "to": "taro@example.jp"});
    assert_eq!(ask(&stack, mail).await.0, 200);
    let mail = stack.mailbox().remove(0);
    assert_eq!(
        (mail.from.as_str(), mail.to.as_str()),
        ("a_kennin@ibss.example.jp", "taro@example.jp")
    );
    assert_eq!(
        (mail.subject.as_str(), mail.text.as_str()),
        ("件名", "本文\n二行目")
    );
    assert_eq!(
        mail.headers,
        [("Auto-Submitted".to_owned(), "auto-generated".to_owned())]
    );
    assert_eq!(mail.reply_to, ["reply@example.jp"]);
    let response = send(&stack, Request::get("/mailbox.json"), "").await;
    let list: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(list[0]["text"], "本文\n二行目");
    assert_eq!(list[0]["to"], "taro@example.jp");
    for (address, count) in [
        ("taro@example.jp", 1),
        ("taro%40example.jp", 1),
        ("jiro@example.jp", 0),
    ] {
        let path = format!("/mailbox.json?to={address}");
        let response = send(&stack, Request::get(path), "").await;
        let list: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(list.as_array().map(Vec::len), Some(count), "{address}");
    }
    let page = send(&stack, Request::get("/mailbox"), "").await;
    assert!(String::from_utf8_lossy(page.body()).contains("件名"));
    let broken = json!({"do": "mail", "from": "a_kennin@ibss.example.jp", "to": "a..b@example.jp"});
    assert_eq!(ask(&stack, broken).await.1["error"], "BadRequestException");
}

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

/// A request at a time of its own.
async fn at(stack: &Stack, now: &str, task: Value) {
    let request = Request::post("/api/probe")
        .header("content-type", "application/json")
        .header("x-local-now", now);
    assert_eq!(send(stack, request, task.to_string()).await.status(), 200);
}

#[tokio::test]
async fn items_past_their_time_to_live_are_collected_as_requests_move_the_time() {
    let stack = start().await;
    // Of 2026-04-01T00:00:00Z.
    let thing =
        |index: usize| json!({"thing": {"S": index.to_string()}, "ttl": {"N": "1775001600"}});
    let things: Vec<_> = (0..40).map(thing).collect();
    stack.load(&json!({"items": {"Things": things}})).unwrap();
    let left = async |now: &str| {
        at(&stack, now, json!({"do": "echo"})).await;
        stack.database().scan("Things").unwrap().len()
    };
    assert_eq!(left("2026-04-01T00:00:00Z").await, 40);
    let at_once = left("2026-04-01T00:00:01Z").await;
    assert!((20..40).contains(&at_once), "{at_once}");
    assert!(left("2026-04-01T02:00:00Z").await < at_once);
    assert_eq!(left("2026-04-03T00:00:01Z").await, 0);
    // What is written again is due again.
    let again = |ttl: &str| json!({"do": "put", "thing": "a", "ttl": ttl});
    at(&stack, "2026-04-01T00:00:00Z", again("1775001601")).await;
    at(&stack, "2026-04-01T00:00:00Z", again("1775260800")).await;
    assert_eq!(left("2026-04-04T00:00:00Z").await, 1);
    assert_eq!(left("2026-04-06T00:00:01Z").await, 0);
    assert!(stack.logs().is_empty(), "{:?}", stack.logs());
}

#[tokio::test]
async fn a_time_to_live_that_is_none_is_told() {
    let stack = start().await;
    let put = |ttl: &str| json!({"do": "put", "thing": "a", "ttl": ttl});
    for broken in ["1775001600000", "1775001600"] {
        at(&stack, "2026-04-01T00:00:00Z", put(broken)).await;
        let line = stack.logs().pop().unwrap();
        assert_eq!(line.source, local::Source::Stack);
        assert!(line.text.starts_with("Things: a ttl of ") && line.text.contains(broken));
    }
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

#[tokio::test]
async fn a_reset_leaves_what_the_stack_began_with() {
    let with_samples = Options {
        samples: local::Samples::Loaded,
        template: Options::default().template,
        binaries: Options::default().binaries,
        ..options()
    };
    let stack = Stack::start(with_samples).await.unwrap();
    let sizes = || {
        let tables = stack.database().names();
        let sizes = tables.map(|table| stack.database().scan(table).unwrap().len());
        sizes.collect::<Vec<_>>()
    };
    let begun = sizes();
    assert!(begun.iter().sum::<usize>() > 0);
    stack.database().clear("Insurers").unwrap();
    let state = json!({
        "items": {"Throttles": [{"throttle": {"S": "a"}}]},
        "faults": [{"kind": "throttle"}],
    });
    stack.load(&state).unwrap();
    assert_ne!(sizes(), begun);
    stack.reset().await.unwrap();
    assert_eq!(sizes(), begun);
    assert!(stack.faults().list().is_empty());
}

#[tokio::test]
async fn data_stays_in_its_directory() {
    let directory = std::env::temp_dir().join(format!("local-stack-test-{}", std::process::id()));
    let with_data = || Options {
        data: Some(directory.clone()),
        ..options()
    };
    let stack = Stack::start(with_data()).await.unwrap();
    assert_eq!(
        ask(&stack, json!({"do": "put", "thing": "kept"})).await.0,
        200
    );
    stack.stop();
    let stack = Stack::start(with_data()).await.unwrap();
    let second = Stack::start(with_data()).await.unwrap_err().to_string();
    assert!(second.starts_with("another local stack uses "), "{second}");
    assert!(stack.database().get("Things", "kept").unwrap().is_some());
    stack.stop();
    std::fs::remove_dir_all(&directory).unwrap();
}
