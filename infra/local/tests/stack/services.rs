//! What stands behind the functions: DynamoDB, SES, IAM, the counts.

use http::Request;
use local::{CallOutcome, CallSummary, Grant, Options, Stack};
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
