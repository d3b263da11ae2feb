//! The command `local`, as a person runs it.
#![expect(
    clippy::unwrap_used,
    reason = "what cannot be unwrapped fails the test"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn local(arguments: &[&str]) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_local"));
    let mut command = Command::new(program);
    let (what, rest) = arguments.split_first().unwrap();
    command
        .arg(what)
        .args(rest)
        .env_remove("PORT")
        .env_remove("DYNAMODB_PORT");
    if !["seed", "reset"].contains(what) {
        command
            .arg("--binaries")
            .arg(program.parent().unwrap().join("examples"));
        command
            .arg("--template")
            .arg(fixture("template.yaml"))
            .arg("--no-samples");
    }
    command
}

fn output(arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = local(arguments).output().unwrap();
    (
        status.code().unwrap(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

/// `local run` and the port that it printed.
struct Running {
    process: Child,
    port: u16,
    function: PathBuf,
}

impl Running {
    fn start() -> Self {
        let mut command = local(&["run", "--port", "0", "--dynamodb-port", "0"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
        let site = lines
            .find_map(|line| line.unwrap().strip_prefix("  Site ").map(str::to_owned))
            .unwrap();
        let port = site
            .trim()
            .trim_end_matches('/')
            .rsplit_once(':')
            .unwrap()
            .1
            .parse()
            .unwrap();
        let answer = ask(port, r#"{"do":"echo"}"#);
        let function = Path::new("/proc").join(answer["pid"].to_string());
        assert!(function.exists());
        Self {
            process,
            port,
            function,
        }
    }

    /// Sends a signal, and waits until the stack and its function are gone.
    fn ends_on(mut self, signal: &str) -> Option<i32> {
        let killed = Command::new("kill")
            .arg(signal)
            .arg(self.process.id().to_string())
            .status()
            .unwrap();
        assert!(killed.success());
        let status = self.process.wait().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.function.exists() {
            assert!(
                Instant::now() < deadline,
                "{} is left",
                self.function.display()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        status.code()
    }
}

fn ask(port: u16, body: &str) -> Value {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!(
        "POST /api/probe HTTP/1.1\r\nhost: localhost:{port}\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn ctrl_c_and_termination_leave_no_process() {
    for signal in ["-INT", "-TERM"] {
        assert_eq!(Running::start().ends_on(signal), Some(0));
    }
}

#[test]
fn even_a_killed_stack_leaves_no_process() {
    assert_eq!(Running::start().ends_on("-KILL"), None);
}

#[test]
fn a_state_is_seeded_into_a_running_stack() {
    let stack = Running::start();
    let port = stack.port.to_string();
    let state = std::env::temp_dir().join(format!("local-seed-{}.json", std::process::id()));
    std::fs::write(&state, r#"{"items": {"Things": [{"thing": {"S": "a"}}]}}"#).unwrap();
    let path = state.to_string_lossy().into_owned();
    assert_eq!(output(&["seed", &path, "--port", &port]).0, 0);
    assert_eq!(
        ask(stack.port, r#"{"do":"put-new","thing":"a"}"#)["error"],
        "ConditionalCheckFailedException"
    );
    std::fs::write(&state, r#"{"items": {"Nothing": []}, "nonsense": 1}"#).unwrap();
    let (code, _, stderr) = output(&["seed", &path, "--port", &port]);
    assert_eq!(code, 1);
    assert!(stderr.contains("nonsense"), "{stderr}");
    std::fs::remove_file(&state).unwrap();
    stack.ends_on("-TERM");
    let (code, _, stderr) = output(&[
        "seed",
        &fixture("event.json").to_string_lossy(),
        "--port",
        &port,
    ]);
    assert_eq!((code, stderr.lines().count()), (1, 1));
    assert!(
        stderr.contains(&format!("no local stack answers on port {port}")),
        "{stderr}"
    );
}

#[test]
fn a_running_stack_is_emptied() {
    let stack = Running::start();
    let port = stack.port.to_string();
    ask(stack.port, r#"{"do":"put-new","thing":"a"}"#);
    let (code, stdout, _) = output(&["reset", "--port", &port]);
    assert_eq!((code, stdout.lines().count()), (0, 1));
    let again = ask(stack.port, r#"{"do":"put-new","thing":"a"}"#);
    assert!(again.get("error").is_none(), "{again}");
    stack.ends_on("-TERM");
    let (code, _, stderr) = output(&["reset", "--port", &port]);
    assert_eq!((code, stderr.lines().count()), (1, 1));
}

#[test]
fn an_event_is_invoked_and_its_response_printed() {
    let event = fixture("events/probe/success.json")
        .to_string_lossy()
        .into_owned();
    let (code, stdout, _) = output(&["invoke", "probe", &event]);
    assert_eq!(code, 0);
    assert!(
        stdout.starts_with(
            "HTTP 200\ncache-control: no-store\ncontent-type: application/json\nx-probe: origin\n\
             set-cookie: first=1; Path=/\n"
        ),
        "{stdout}"
    );
    assert!(
        stdout.ends_with("calls: dynamodb=1 ses=0 rounds=1 write-units=1; PutItem Things\n"),
        "{stdout}"
    );
    let (code, stdout, _) = output(&["invoke", "ProbeFunction", &event, "--json"]);
    let result: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (code, &result["response"]["statusCode"]),
        (0, &Value::from(200))
    );
}

#[test]
fn a_case_runs_with_its_state_and_is_held_against_its_answer() {
    let (code, stdout, stderr) = output(&["invoke", "probe", "taken"]);
    assert!(
        stdout.contains("HTTP 503") && stdout.contains("ConditionalCheckFailedException"),
        "{stdout}"
    );
    assert_eq!(
        (code, stdout.ends_with("as expected\n")),
        (0, true),
        "{stderr}"
    );
    assert_eq!(
        stderr,
        "probe taken: A thing that is there cannot be put anew.\n\
         state: the samples, items 1 (taken)\n\
         time: 2020-03-04T19:15:17.135Z\n"
    );
    let (code, stdout, stderr) = output(&["invoke", "probe", "taken-not"]);
    assert!(stdout.starts_with("HTTP 200\n"), "{stdout}");
    assert_eq!(code, 4, "{stderr}");
    assert!(
        stderr.contains("state: none but the samples (the case needs no more)\n")
            && stderr.ends_with("is not answered as expected:\n  status is 200, not 503\n"),
        "{stderr}"
    );
}

#[test]
fn an_invocation_that_fails_says_why() {
    let directory = std::env::temp_dir().join(format!("local-invoke-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let write = |name: &str, content: &str| {
        let path = directory.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_string_lossy().into_owned()
    };
    let event = std::fs::read_to_string(fixture("events/probe/success.json")).unwrap();
    let task = |body: &str| {
        let mut event: Value = serde_json::from_str(&event).unwrap();
        event["body"] = body.into();
        event.to_string()
    };
    let crash = write("crash.json", &task(r#"{"do":"crash"}"#));
    let slow = write("slow.json", &task(r#"{"do":"sleep","millis":60000}"#));
    let broken = write("broken.json", "{");
    let sound = write("sound.json", &task(r#"{"do":"echo"}"#));
    let state = write(
        "state.json",
        r#"{"items": {"Nothing": [{"a": {"S": "b"}}]}}"#,
    );
    for (arguments, code, expected) in [
        (
            vec!["invoke", "probe", crash.as_str()],
            1,
            "the function crashed",
        ),
        (
            vec!["invoke", "probe", &slow],
            1,
            "the function timed out after 2 s",
        ),
        (
            vec!["invoke", "probe", &broken],
            2,
            "broken.json is not JSON",
        ),
        (
            vec!["invoke", "probe", "nowhere.json"],
            2,
            "the event nowhere.json cannot be read",
        ),
        (
            vec!["invoke", "nobody", &sound],
            2,
            "there is no function nobody: the template has probe",
        ),
        (
            vec!["invoke", "probe", &sound, "--state", &state],
            2,
            "there is no table Nothing",
        ),
        (
            vec!["invoke", "probe", &sound, "--parameter", "Architecture=x"],
            3,
            "template.yaml, line ",
        ),
    ] {
        let (actual, _, stderr) = output(&arguments);
        assert_eq!(actual, code, "{stderr}");
        assert!(
            stderr.lines().last().unwrap().contains(expected),
            "{stderr}"
        );
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_port_in_use_is_one_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, stdout, stderr) = output(&["run", "--port", &port, "--dynamodb-port", "0"]);
    assert_eq!((code, stdout.as_str(), stderr.lines().count()), (3, "", 1));
    assert!(
        stderr.contains(&format!("port {port} is in use")) && stderr.contains("PORT"),
        "{stderr}"
    );
}
