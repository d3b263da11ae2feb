//! `local invoke` itself, as a tester runs it; and `local mail-preview`, which makes a page of the documents.

use std::fs;
use std::path::Path;
use std::process::Command;

use local::Options;
use serde_json::Value;

use crate::run::root;

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
fn it_prints_the_answer_and_the_mails() {
    let (code, output, errors) = invoke(&["send-code", "events/send-code/success.json"]);
    assert_eq!(code, 0, "{errors}");
    for part in [
        "HTTP 202\n",
        "\"expiresAt\": \"2026-11-22T01:20:00Z\"",
        "To: taro@example.jp\n",
        "From: jvckwd_kennin@ibss.example.jp\n",
        "Auto-Submitted: auto-generated\n",
        "認証番号",
        "calls: dynamodb=2 ses=1 rounds=3;",
    ] {
        assert!(output.contains(part), "no {part:?} in\n{output}");
    }
}

#[test]
fn a_refusal_is_an_answer() {
    let event = "events/confirm-code/code-expired.json";
    let (code, output, errors) = invoke(&["ConfirmCodeFunction", event, "--json"]);
    assert_eq!(code, 0, "{errors}");
    let printed: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(printed["response"]["statusCode"], 410);
    assert_eq!(printed["mails"], Value::Array(Vec::new()));
}

#[test]
fn another_state_can_be_named() {
    let (code, output, errors) = invoke(&[
        "login",
        "events/login/success.json",
        "--state",
        "events/login/state/too-many-attempts-closed.json",
    ]);
    assert_eq!(code, 0, "{errors}");
    assert!(output.starts_with("HTTP 429\n"), "{output}");
}

#[test]
fn what_the_tester_got_wrong_is_told_with_exit_code_2() {
    for (arguments, expected) in [
        (["login", "events/login/nothing.json"], "cannot be read"),
        (["login", "README.md"], "is not JSON"),
        (
            ["log-in", "events/login/success.json"],
            "there is no function log-in",
        ),
    ] {
        let (code, output, errors) = invoke(&arguments);
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}");
        assert!(errors.contains(expected), "{errors}");
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
    assert!(errors.contains("there are code, reset-code"), "{errors}");
}
