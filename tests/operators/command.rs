//! The command line itself.

use tests::{TARO, TestStack};

use crate::{Ran, operator, run, run_why};

fn of(words: &[&str]) -> Ran {
    let mut command = operator();
    command.args(words);
    Ran::of(command)
}

#[test]
fn help_has_the_exit_codes_and_examples() {
    let help = of(&["--help"]);
    for text in ["Examples:", "Exit codes:", "4  refused"] {
        assert!(help.done().contains(text), "{}", help.out);
    }
    assert!(
        of(&["account", "unlock", "--help"])
            .done()
            .contains("Examples:")
    );
}

#[test]
fn shells_can_complete_the_command() {
    for shell in ["bash", "fish", "zsh"] {
        assert!(of(&["completions", shell]).done().contains("start-reset"));
    }
}

#[test]
fn a_table_that_is_not_named_is_asked_for() {
    let mut command = operator();
    command
        .args(["insurer", "list"])
        .env("AWS_REGION", "ap-northeast-1")
        .env("AWS_ACCESS_KEY_ID", "any")
        .env("AWS_SECRET_ACCESS_KEY", "any");
    Ran::of(command).failed(2, "ACCOUNTS_TABLE is not set: give --env-file");
    of(&["--env-file", "nowhere.env", "insurer", "list"]).failed(2, "nowhere.env cannot be read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_variables_stands_for_the_environment() {
    let stack = TestStack::start().await;
    let environment: String = tests::OPERATOR_TABLES
        .iter()
        .map(|table| {
            let name = stack.database().real_name(table).unwrap();
            format!("{}_TABLE={name}\n", table.to_uppercase())
        })
        .chain([
            format!("AWS_ENDPOINT_URL_DYNAMODB={}\n", stack.dynamodb_url()),
            format!("AWS_ENDPOINT_URL_SESV2={}\n", stack.dynamodb_url()),
            "AWS_REGION=ap-northeast-1\nAWS_ACCESS_KEY_ID=local\nAWS_SECRET_ACCESS_KEY=any\n"
                .to_owned(),
        ])
        .collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, environment).unwrap();
    let ran = of(&[
        "--env-file",
        file.path().to_str().unwrap(),
        "insurer",
        "list",
    ]);
    assert!(ran.done().contains("jkc"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_and_why_must_be_said_before_anything_is_read() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let show = ["account", "show", TARO.user_id];
    run(&stack, &show).failed(2, "--reason <TEXT>");
    run(&stack, &[&show[..], &["--reason", "ticket 4711"]].concat()).failed(2, "--operator <NAME>");
    run(
        &stack,
        &[&show[..], &["--operator", "suzuki", "--reason", " "]].concat(),
    )
    .failed(2, "it is empty");
    assert!(stack.items("Audit").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_takes_a_password() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    for command in ["start-reset", "unlock", "enable"] {
        let help = of(&["account", command, "--help"]);
        assert!(!help.done().contains("--password"), "{}", help.out);
        let words = [
            "account",
            command,
            TARO.user_id,
            "--password",
            "kaze-to-8sora",
        ];
        run_why(&stack, &words).failed(2, "unexpected argument '--password'");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_behind_the_command_says_what_to_check() {
    let stack = TestStack::start().await;
    stack
        .faults()
        .inject(local::Fault::new(local::FaultKind::Throttle).table("Insurers"));
    run(&stack, &["insurer", "list"]).failed(1, "repeat the command in a while");
    stack.faults().clear();
}
