//! The stack as a whole, with the example function `probe` and a template of its own.
#![expect(
    clippy::unwrap_used,
    reason = "what cannot be unwrapped fails the test"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use local::{
    CallOutcome, CallSummary, Fault, FaultKind, Grant, InvokeError, Options, Samples, Service,
    Stack,
};
use serde_json::{Value, json};
use tokio::net::TcpStream;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn options() -> Options {
    let options = Options::default();
    Options {
        template: fixture("template.yaml"),
        binaries: options.binaries.join("examples"),
        site: fixture("site"),
        samples: Samples::None,
        ..options
    }
}

async fn start() -> Stack {
    Stack::start(options()).await.unwrap()
}

async fn send(
    stack: &Stack,
    request: http::request::Builder,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let authority = stack.url().replace("http://localhost", "127.0.0.1");
    let stream = TcpStream::connect(&authority).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = request
        .header("host", authority)
        .body(Full::new(body.into()))
        .unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

async fn ask(stack: &Stack, task: Value) -> (u16, Value, http::HeaderMap) {
    let request = Request::post("/api/probe")
        .header("content-type", "application/json")
        .header("x-local-calls", "1");
    let response = send(stack, request, task.to_string()).await;
    let value = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    (
        response.status().as_u16(),
        value,
        response.headers().clone(),
    )
}

#[tokio::test]
async fn a_request_goes_through_all_of_it() {
    let stack = start().await;
    let request = Request::post("/api/probe")
        .header("content-type", "application/json")
        .header("x-local-now", "2026-04-01T00:09:59Z")
        .header("x-local-client", "203.0.113.7");
    let response = send(&stack, request, json!({"do": "echo"}).to_string()).await;
    assert_eq!(response.status(), 200);
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["first=1; Path=/", "second=2; Path=/"]);
    assert_eq!(response.headers()["x-frame-options"], "DENY");
    assert_eq!(
        response.headers()["strict-transport-security"],
        "max-age=63072000; includeSubDomains"
    );
    let body = String::from_utf8(response.into_body().to_vec()).unwrap();
    assert!(body.contains("203.0.113.7"), "{body}");
    assert!(body.contains("1775002199000"), "{body}");
}

#[tokio::test]
async fn calls_are_counted_in_rounds() {
    let stack = start().await;
    let (status, _, headers) = ask(&stack, json!({"do": "parallel"})).await;
    assert_eq!(status, 200);
    let summary = headers["x-local-calls"].to_str().unwrap().to_owned();
    assert!(
        summary.starts_with("dynamodb=3 ses=0 rounds=1; GetItem Things, GetItem Things"),
        "{summary}"
    );
    let (_, _, headers) = ask(&stack, json!({"do": "sequence"})).await;
    assert!(
        headers["x-local-calls"]
            .to_str()
            .unwrap()
            .starts_with("dynamodb=2 ses=0 rounds=2;")
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
            transact,
            "TransactionCanceledException",
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
async fn a_crash_is_answered_logged_and_survived() {
    let stack = start().await;
    let (status, body, _) = ask(&stack, json!({"do": "crash"})).await;
    assert_eq!(
        (status, body),
        (500, json!({"message": "Internal Server Error"}))
    );
    let report = stack
        .logs()
        .into_iter()
        .rfind(|line| line.source == local::Source::Stack)
        .unwrap();
    assert!(
        report.text.contains("crashed") && report.text.contains("about to crash"),
        "{}",
        report.text
    );
    assert_eq!(ask(&stack, json!({"do": "echo"})).await.0, 200);
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_ended() {
    let stack = start().await;
    let (status, body, _) = ask(&stack, json!({"do": "sleep", "millis": 60_000})).await;
    assert_eq!(
        (status, body),
        (503, json!({"message": "Service Unavailable"}))
    );
    assert_eq!(ask(&stack, json!({"do": "echo"})).await.0, 200);
}

#[tokio::test]
async fn requests_at_the_same_time_have_instances_of_their_own_and_idle_ones_are_used_again() {
    let stack = start().await;
    let nap = || ask(&stack, json!({"do": "sleep", "millis": 300}));
    let (a, b, c) = tokio::join!(nap(), nap(), nap());
    let mut processes: Vec<_> = [a, b, c]
        .into_iter()
        .map(|(_, body, _)| body["pid"].as_u64().unwrap())
        .collect();
    let (_, again, _) = nap().await;
    assert!(processes.contains(&again["pid"].as_u64().unwrap()));
    processes.sort_unstable();
    processes.dedup();
    assert_eq!(processes.len(), 3);
}

#[tokio::test]
async fn more_requests_than_instances_wait_their_turn() {
    let stack = start().await;
    let naps = (0..20).map(|_| ask(&stack, json!({"do": "sleep", "millis": 20})));
    let answers = join_all(naps.collect()).await;
    assert!(answers.iter().all(|(status, ..)| *status == 200));
    let mut pids: Vec<_> = answers
        .iter()
        .map(|(_, body, _)| body["pid"].as_u64().unwrap())
        .collect();
    pids.sort_unstable();
    pids.dedup();
    assert!(pids.len() <= 8, "{} instances", pids.len());
}

async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut results: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *result = Some(value);
            }
        }
        if results.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    results.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_function_sees_lambdas_environment_and_nothing_else() {
    let stack = start().await;
    let (_, environment, _) = ask(&stack, json!({"do": "environment"})).await;
    let names: Vec<_> = environment
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for name in [
        "THINGS_TABLE",
        "ONLY_ARM",
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL_SESV2",
        "TZ",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    assert_eq!(environment["THINGS_TABLE"], "local-ThingsTable");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "512");
    for name in ["HOME", "CARGO_MANIFEST_DIR", "USER"] {
        assert!(!names.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn what_a_function_prints_is_logged_with_its_request() {
    let stack = start().await;
    let (_, _, headers) = ask(&stack, json!({"do": "say", "text": "こんにちは"})).await;
    let request = headers["apigw-requestid"].to_str().unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let line = stack
            .logs()
            .into_iter()
            .find(|line| line.text == "こんにちは");
        if let Some(line) = line {
            assert!(line.request.is_none() || line.request.as_deref() == Some(request));
            return;
        }
        assert!(Instant::now() < deadline, "the line did not come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_event_can_be_invoked_without_http() {
    let stack = Stack::start(Options {
        http_port: None,
        ..options()
    })
    .await
    .unwrap();
    let event = std::fs::read(fixture("probe-event.json")).unwrap();
    let invocation = stack.invoke("ProbeFunction", &event).await.unwrap();
    assert_eq!(invocation.response["statusCode"], 200);
    assert_eq!(invocation.summary.dynamodb, 1);
    let unknown = stack.invoke("nobody", &event).await.unwrap_err();
    assert_eq!(unknown, InvokeError::NoSuchFunction("nobody".into()));
}

#[tokio::test]
async fn the_site_is_served_with_its_headers() {
    let stack = start().await;
    let page = send(&stack, Request::get("/portal/signup.ibss"), "").await;
    assert_eq!(
        (page.status().as_u16(), &page.headers()["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let tag = page.headers()["etag"].clone();
    let again = send(
        &stack,
        Request::get("/portal/signup.ibss").header("if-none-match", tag),
        "",
    )
    .await;
    assert_eq!(again.status(), 304);
    assert_eq!(send(&stack, Request::get("/"), "").await.status(), 200);
    assert_eq!(
        send(&stack, Request::get("/portal"), "").await.status(),
        301
    );
    assert_eq!(send(&stack, Request::get("/none"), "").await.status(), 404);
    assert_eq!(
        send(&stack, Request::get("/%2e%2e/template.yaml"), "")
            .await
            .status(),
        404
    );
    assert_eq!(send(&stack, Request::post("/"), "").await.status(), 405);
}

#[tokio::test]
async fn the_limits_of_the_gateway_hold() {
    let stack = start().await;
    let nothing = send(&stack, Request::get("/api/none"), "").await;
    assert_eq!(
        (nothing.status().as_u16(), &nothing.body()[..]),
        (404, br#"{"message":"Not Found"}"#.as_slice())
    );
    let large = send(
        &stack,
        Request::post("/api/probe"),
        vec![b'a'; 10 * 1024 * 1024 + 1],
    )
    .await;
    assert_eq!(large.status(), 413);
    let heavy = send(
        &stack,
        Request::post("/api/probe").header("x-a", "a".repeat(10_300)),
        "",
    )
    .await;
    assert_eq!(heavy.status(), 431);
    let time = send(
        &stack,
        Request::post("/api/probe").header("x-local-now", "yesterday"),
        "",
    )
    .await;
    assert_eq!(time.status(), 400);
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
    assert_eq!(
        send(&stack, Request::post("/_local/faults"), fault)
            .await
            .status(),
        400
    );
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
    assert!(stack.database().get("Things", "kept").unwrap().is_some());
    stack.stop();
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test]
async fn nothing_is_left_of_a_stopped_stack() {
    let stack = start().await;
    let (_, body, _) = ask(&stack, json!({"do": "echo"})).await;
    let process = PathBuf::from("/proc").join(body["pid"].to_string());
    assert!(process.exists());
    stack.stop();
    assert!(!process.exists());
}

#[tokio::test]
async fn what_keeps_a_stack_from_starting_is_one_line() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    for (options, expected) in [
        (
            Options {
                http_port: Some(port),
                ..options()
            },
            format!("port {port} is in use: stop what uses it, or set PORT"),
        ),
        (
            Options {
                dynamodb_port: port,
                ..options()
            },
            "or set DYNAMODB_PORT".into(),
        ),
        (
            Options {
                binaries: "/nowhere".into(),
                ..options()
            },
            "/nowhere has no probe: run `cargo build --workspace`".into(),
        ),
        (
            Options {
                template: "/nowhere/template.yaml".into(),
                ..options()
            },
            "/nowhere/template.yaml cannot be read".into(),
        ),
    ] {
        let error = Stack::start(options).await.unwrap_err().to_string();
        assert!(error.contains(&expected), "{error}");
        assert!(!error.contains('\n'));
    }
}
