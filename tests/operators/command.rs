//! The command line itself.

use tests::{TARO, TestStack};

use crate::{Ran, WHY, by, command, command_of, operator, run, run_why};

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
fn the_desk_reads_help_and_what_is_wrong_in_japanese() {
    let ja = |words: &[&str]| of(&[&["--lang", "ja"], words].concat());
    let help = ja(&["roster", "import", "--help"]);
    for text in [
        "使い方：",
        "オプション:",
        "ファイルは全員分です",
        "例：",
        "共通オプション:",
    ] {
        assert!(help.done().contains(text), "{}", help.out);
    }
    for text in ["Options:", "Usage:", " // "] {
        assert!(!help.out.contains(text), "{}", help.out);
    }
    ja(&["roster", "imprt"]).failed(2, "imprt というコマンドはありません");
    let told = ja(&["--json", "stats"]);
    assert_eq!(told.code, 2);
    assert!(
        told.err
            .contains("--insurer <保険者コード> を指定してください"),
        "{}",
        told.err
    );
}

#[test]
fn an_address_of_s3_says_how_to_copy_it() {
    of(&["roster", "inspect", "s3://rosters/jkc.csv"])
        .failed(2, "aws s3 sync s3://rosters/jkc.csv");
}

#[test]
fn shells_can_complete_the_command() {
    for shell in ["bash", "fish", "zsh"] {
        let script = of(&["completions", shell]);
        assert!(script.done().contains("start-reset"));
        assert!(!script.out.contains(" // "), "{shell}");
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
            format!("AWS_ENDPOINT_URL_STS={}\n", stack.dynamodb_url()),
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
    run(&stack, &[&show[..], &["--operator", "suzuki"]].concat()).failed(2, "--reason is missing");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reason_can_be_a_line_of_standard_input_and_is_looked_at_as_one_of_the_command_line() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let words = ["account", "show", TARO.user_id, "--operator", "suzuki"];
    let given = |reason: &str| {
        let command = command(&stack, &[&words[..], &["--reason", "-"]].concat());
        Ran::given(command, &[reason])
    };
    given("called back 050-2018-3292").failed(2, "it has a telephone number in it");
    given("").failed(2, "standard input has no such line");
    run(&stack, &words).failed(2, "--reason is missing");
    assert!(stack.items("Audit").is_empty());
    given("ticket 4711").done();
    let subject = domain::Subject::of("kenpo-taro");
    let mut events = stack.audit().history(&subject).await.unwrap();
    let origin = events.remove(0).origin;
    assert_eq!(
        origin,
        store::Origin::Operator(by("arn:aws:iam::123456789012:user/DeskPolicy"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_done_for_whom_aws_does_not_know() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let show = ["account", "show", TARO.user_id];
    let ran = Ran::of(command_of(&stack, "nobody", &[&show[..], &WHY].concat()));
    ran.failed(
        1,
        "GetCallerIdentity failed: InvalidClientTokenId: AWS does not know these credentials",
    );
    assert!(stack.items("Audit").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_answers_in_japanese_where_that_is_asked_for() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    for (words, told) in [
        (&["account", "show", TARO.user_id][..], "ユーザーID"),
        (
            &["account", "find", "--user-id", TARO.user_id],
            "名簿にある",
        ),
        (
            &["account", "disable", TARO.user_id, "--dry-run"],
            "書き込む内容:",
        ),
        (
            &["member", "erase", "jkc/01/jvc0211", "--dry-run"],
            "元に戻せません。",
        ),
    ] {
        let ran = run_why(&stack, &[words, &["--lang", "ja"]].concat());
        assert!(ran.done().contains(told), "{}", ran.out);
    }
    let nobody = ["account", "show", "nobody-here", "--lang", "ja"];
    run_why(&stack, &nobody).failed(3, "アカウント nobody-here はありません");
}

/// What a command says when it fails stands in both languages: none of it is written past `say!` and `word!`.
#[test]
fn no_failure_is_told_in_one_language_alone() {
    fn look(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for after in code.split("Failure::").skip(1) {
                let Some((name, rest)) = after.split_once('(') else {
                    continue;
                };
                let is_kind = ["Failed", "Usage", "NotFound", "Refused", "Found"].contains(&name);
                let first = rest.trim_start();
                // What only joins a path and a cause has no words of its own.
                let joins = |text: &str| {
                    let literal = text.split('"').nth(1).unwrap_or_default();
                    let mut outside = literal.split(['{', '}']).step_by(2);
                    outside.all(|part| !part.chars().any(char::is_alphabetic))
                };
                let is_bare = first.starts_with('"') || first.starts_with("format!");
                if is_kind && is_bare && !joins(first) {
                    let line: String = first.chars().take(80).collect();
                    found.push(format!("{}: {line}", path.display()));
                }
            }
        }
    }
    let mut found = Vec::new();
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/operator/src");
    look(&sources, &mut found);
    assert!(found.is_empty(), "{found:#?}");
}
