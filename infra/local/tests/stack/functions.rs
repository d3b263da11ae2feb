//! Lambda: the processes of the functions, from their start to their end.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use local::{InvokeError, Options, Stack};
use serde_json::json;

use crate::support::{ask, fixture, join_all, options, start};

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
async fn an_error_that_a_function_reports_is_answered_and_told() {
    let stack = start().await;
    let (status, body, _) = ask(&stack, json!({"do": "report"})).await;
    assert_eq!(
        (status, body),
        (500, json!({"message": "Internal Server Error"}))
    );
    let logs = stack.logs();
    let told = |line: &local::LogLine| {
        line.source == local::Source::Stack
            && line.text.starts_with("the function reported an error: ")
            && line.text.contains("reported")
    };
    assert!(logs.iter().any(told), "{logs:?}");
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
    let event = std::fs::read(fixture("events/probe/success.json")).unwrap();
    let invocation = stack.invoke("ProbeFunction", &event).await.unwrap();
    assert_eq!(invocation.response["statusCode"], 200);
    assert_eq!(invocation.summary.dynamodb, 1);
    for (odd, expected) in [
        (
            json!({"routeKey": "POST /api/probe", "requestContext": {}}),
            "it has no `requestContext.timeEpoch`",
        ),
        (
            json!({"routeKey": "POST /api/prob", "requestContext": {"timeEpoch": 1}}),
            "no route `POST /api/prob`; probe has POST /api/probe, ANY /api/any/{proxy+}",
        ),
        (
            json!({"detail-type": "Email Bounced"}),
            "probe has no rule that it fits",
        ),
    ] {
        let refused = stack.invoke("probe", odd.to_string().as_bytes()).await;
        let why = refused.unwrap_err().to_string();
        assert!(why.contains(expected), "{why}");
    }
    let odd = stack.invoke("probe", b"{}").await.unwrap_err();
    assert!(matches!(odd, InvokeError::Function(_)), "{odd}");
    let unknown = stack.invoke("nobody", &event).await.unwrap_err();
    assert_eq!(unknown, InvokeError::NoSuchFunction("nobody".into()));
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
                http_port: Some(1),
                dynamodb_port: 1,
                ..options()
            },
            "PORT and DYNAMODB_PORT are both 1".into(),
        ),
        (
            Options {
                https_port: Some(2),
                dynamodb_port: 2,
                ..options()
            },
            "HTTPS_PORT and DYNAMODB_PORT are both 2".into(),
        ),
        (
            Options {
                https_port: Some(port),
                ..options()
            },
            "or set HTTPS_PORT".into(),
        ),
        (
            Options {
                site: "/nowhere/site".into(),
                ..options()
            },
            "there is no folder /nowhere/site".into(),
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
