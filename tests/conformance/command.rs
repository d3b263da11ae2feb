//! `local invoke` itself, as a tester runs it; and `local mail-preview`, which makes a page of the documents.

use std::fs;
use std::path::Path;
use std::process::Command;

use local::Options;
use serde_json::Value;

use crate::run::{cases_of, functions, root};

/// Runs `local invoke` in the repository; gives its exit code, output and errors.
fn invoke(arguments: &[&str]) -> (i32, String, String) {
    local("invoke", arguments)
}

fn local(what: &str, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(Options::default().binaries.join("local"))
        .arg(what)
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn it_prints_the_answer_and_the_mails_and_what_was_there_before() {
    let (code, output, errors) = invoke(&["send-code", "success"]);
    assert_eq!(code, 0, "{errors}");
    for part in [
        "HTTP 202\n",
        "\"expiresAt\": \"2026-11-22T01:20:00Z\"",
        "To: taro@example.jp\n",
        "From: jvckwd_kennin@ibss.example.jp\n",
        "Auto-Submitted: auto-generated\n",
        "認証番号",
        "calls: dynamodb=3 ses=1 rounds=4 write-units=8;",
    ] {
        assert!(output.contains(part), "no {part:?} in\n{output}");
    }
    assert!(output.ends_with("\nas expected\n"), "{output}");
    let before = "send-code success: A code goes to the address that the member chose.\n\
                  state: the samples, registrations 1 (success)\n\
                  time: 2026-11-22T01:10:00Z\n";
    assert_eq!(errors, before);
}

#[test]
fn a_refusal_is_an_answer_and_an_outcome_is_one_too() {
    let (code, output, errors) = invoke(&["ConfirmCodeFunction", "code-expired", "--json"]);
    assert_eq!(code, 0, "{errors}");
    let printed: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(printed["response"]["statusCode"], 410);
    assert_eq!(printed["mails"], Value::Array(Vec::new()));
    assert_eq!(printed["differences"], Value::Array(Vec::new()));
    let (code, output, errors) = invoke(&["record-mail-event", "bounced"]);
    assert_eq!(code, 0, "{errors}");
    assert!(output.ends_with("\nas expected\n"), "{output}");
}

#[test]
fn the_cause_of_a_failure_is_printed() {
    let (code, _, errors) = invoke(&["get-registration", "try-again"]);
    assert_eq!(code, 0, "{errors}");
    let cause = errors.lines().last().unwrap();
    assert!(
        cause.starts_with("get-registration: try-again") && cause.contains("InternalServerError"),
        "{errors}"
    );
}

#[test]
fn another_state_or_another_field_is_answered_otherwise_with_exit_code_4() {
    for changed in [
        ["--state", "too-many-attempts-closed"],
        [
            "--set",
            "state.accounts.taro.disabledAt=2026-11-22T01:00:00Z",
        ],
        ["--set", "body.password=hanami-4648"],
        ["--set", "headers.sec-fetch-site=cross-site"],
        ["--set", "requestContext.timeEpoch=1795309799999"],
    ] {
        let (code, output, errors) = invoke(&["login", "success", changed[0], changed[1]]);
        // A millisecond earlier nothing is different.
        let expected = if changed[1].contains("timeEpoch") {
            0
        } else {
            4
        };
        assert_eq!(code, expected, "{changed:?}: {errors}");
        assert!(output.starts_with("HTTP "), "{output}");
        assert!(
            code == 0 || errors.contains("\n  status is 4"),
            "{changed:?}: {errors}"
        );
    }
}

#[test]
fn what_the_tester_got_wrong_is_told_with_exit_code_2() {
    for (arguments, expected) in [
        (vec!["login", "events/login/nothing.json"], "cannot be read"),
        (vec!["login", "README.md"], "is not JSON"),
        (vec!["log-in", "success"], "there is no function log-in"),
        (
            vec!["login", "sucess"],
            "login has no case sucess; it has success, ",
        ),
        (
            vec!["login", "success", "--state", "nothing"],
            "login has no case nothing",
        ),
        (
            vec!["login", "success", "--set", "userId=hanako"],
            "an event has no `userId`; a field of the body is body.userId",
        ),
        (
            vec!["login", "success", "--set", "state.members=[]"],
            "a state has no entry `members`",
        ),
        (
            vec!["login", "success", "--set", "routeKey=POST /api/nothing"],
            "the template has no route `POST /api/nothing`; login has POST /api/sessions",
        ),
        (
            vec!["login", "events/create-user/success.json"],
            "its route `POST /api/users` is that of create-user",
        ),
        (
            vec!["login", "success", "--set", "requestContext.timeEpoch=null"],
            "it has no `requestContext.timeEpoch`",
        ),
    ] {
        let (code, output, errors) = invoke(&arguments);
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}: {errors}");
        let last = errors.lines().last().unwrap();
        assert!(last.contains(expected), "{arguments:?}: {errors}");
    }
}

#[test]
fn an_event_of_a_file_says_that_it_has_no_state() {
    let (code, output, errors) = invoke(&["login", "events/login/success.json"]);
    assert_eq!(code, 0, "{errors}");
    assert!(output.starts_with("HTTP 401\n"), "{output}");
    assert!(
        errors.contains("state: none but the samples (--state gives one)\n"),
        "{errors}"
    );
}

#[test]
fn the_events_are_listed_and_found_by_what_they_mean() {
    let (code, all, errors) = local("events", &[]);
    assert_eq!(code, 0, "{errors}");
    for step in functions() {
        assert!(all.lines().any(|line| line == step), "{step}");
        for case in cases_of(&step) {
            assert!(
                all.contains(&format!("  {}", case.name)),
                "{}",
                case.label()
            );
            assert!(all.contains(&case.meaning), "{}", case.label());
        }
    }
    let (code, found, _) = local("events", &["--search", "Half-Width"]);
    assert_eq!(code, 0);
    assert_eq!(
        found.lines().collect::<Vec<_>>()[0],
        "verify-member",
        "{found}"
    );
    assert_eq!(found.lines().count(), 2, "{found}");
    let (code, _, errors) = local("events", &["--search", "nowhere to be found"]);
    assert_eq!(code, 2, "{errors}");
}

/// What SAM and cargo-lambda are given is what the tests run.
#[test]
fn the_events_are_printed_and_written_whole() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("events");
    let gone = folder.join("login/gone.json");
    fs::create_dir_all(folder.join("login")).unwrap();
    fs::write(&gone, "{}").unwrap();
    let (code, output, errors) = local("events", &["--write", folder.to_str().unwrap()]);
    assert_eq!(code, 0, "{errors}");
    let cases: Vec<_> = functions().iter().flat_map(|step| cases_of(step)).collect();
    assert!(
        output.starts_with(&format!("{} events are in ", cases.len())),
        "{output}"
    );
    assert!(!gone.exists());
    let read = |path: &Path| -> Value {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        serde_json::from_str(&text).unwrap()
    };
    for case in cases {
        let (step, file) = (folder.join(&case.step), format!("{}.json", case.name));
        assert_eq!(read(&step.join(&file)), case.event);
        assert_eq!(read(&step.join("answer").join(&file)), case.answer);
        let state = step.join("state").join(&file);
        assert_eq!(state.exists(), case.state.is_some(), "{}", case.label());
        if let Some(expected) = case.state {
            assert_eq!(read(&state), expected);
        }
    }
    let success = read(&root().join("events/login/success.json"));
    for (arguments, expected) in [
        (vec!["login", "success"], success.clone()),
        (vec!["login", "success", "--set", "body.userId=hanako"], {
            let mut changed = success;
            let body = r#"{"password":"hanami-4649","userId":"hanako"}"#;
            changed["body"] = body.into();
            changed["headers"]["content-length"] = body.len().to_string().into();
            changed
        }),
        (
            vec!["login", "try-again", "--answer"],
            read(&folder.join("login/answer/try-again.json")),
        ),
        (
            vec!["login", "try-again", "--state"],
            read(&folder.join("login/state/try-again.json")),
        ),
    ] {
        let (code, printed, errors) = local("event", &arguments);
        assert_eq!(code, 0, "{errors}");
        let printed: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(printed, expected, "{arguments:?}");
    }
}

#[test]
fn a_function_that_fails_is_told_with_exit_code_1() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-event.json");
    fs::write(&path, r#"{"version": "1.0"}"#).unwrap();
    let (code, _, errors) = invoke(&["login", path.to_str().unwrap()]);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("local: login: "), "{errors}");
}

#[test]
fn every_mail_has_its_preview_in_the_documents() {
    let (code, page, errors) = local("mail-preview", &["--markdown"]);
    assert_eq!(code, 0, "{errors}");
    let documented = fs::read_to_string(root().join("docs/mails.md")).unwrap();
    assert_eq!(
        page, documented,
        "make it anew: target/debug/local mail-preview --markdown > docs/mails.md"
    );
    let previewed: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    let mut templates: Vec<_> = fs::read_dir(root().join("shared/mail/templates"))
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    templates.sort();
    let mut sorted = previewed.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, templates);
    // A mail must not teach to click.
    let mails = page
        .split("```text")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    assert!(
        mails
            .clone()
            .all(|mail| !mail.contains("http") && !mail.contains('{'))
    );
    assert_eq!(mails.count(), templates.len());
}

#[test]
fn a_mail_that_does_not_exist_is_told_with_those_that_do() {
    let (code, _, errors) = local("mail-preview", &["nosuch"]);
    assert_eq!(code, 2);
    assert!(errors.contains("there are code, account-made"), "{errors}");
}
