//! One name everywhere: folder, crate, binary, route, function of the template, operation of the
//! description; and the environment that the template gives is the one that the code asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use local::{Options, Source, Stack};

use crate::openapi::{description, operations};
use crate::run::{RUN, cases_of, functions, names_in, run_case, stack, text_of};

/// What Lambda itself sets, and every function needs.
const OF_LAMBDA: [(&str, &str); 3] = [
    ("AWS_REGION", "ap-northeast-1"),
    ("AWS_ACCESS_KEY_ID", "local"),
    ("AWS_SECRET_ACCESS_KEY", "local"),
];
/// What a function can do without.
const OPTIONAL: [&str; 2] = ["METRICS_NAMESPACE", "SITE_ORIGIN"];

#[tokio::test]
async fn folder_crate_binary_template_and_description_have_the_same_names() {
    let stack = stack().await;
    let functions = functions();
    assert_eq!(functions, stack.functions().into_iter().collect());
    let described: BTreeMap<String, String> = operations(&description())
        .into_iter()
        .map(|(step, operation)| (operation.route, step))
        .collect();
    assert_eq!(
        described,
        stack.routes(),
        "docs/openapi.yaml (left) and template.yaml (right)"
    );
    for step in &functions {
        let manifest = text_of(format!("functions/{step}/Cargo.toml"));
        assert!(
            manifest.contains(&format!("\nname = \"{step}\"\n")),
            "{step}"
        );
        assert!(
            !manifest.contains("[[bin]]"),
            "{step}: the binary is the crate's"
        );
        let logical = function_of(step);
        assert!(
            !stack.granted(&logical).is_empty(),
            "the template has no {logical}"
        );
        assert_eq!(stack.granted(&logical), stack.granted(step));
    }
}

#[test]
fn each_function_calls_itself_by_the_name_of_its_folder() {
    for step in functions() {
        let own: BTreeSet<String> = RUN
            .logs
            .iter()
            .filter(|line| line.function == step && line.source == Source::Stdout)
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(&line.text).ok())
            .filter_map(|line| Some(line["step"].as_str()?.to_owned()))
            .collect();
        assert_eq!(own, BTreeSet::from([step]));
    }
}

#[tokio::test]
async fn each_function_asks_for_the_variables_of_the_template_and_the_tables_that_it_may_use() {
    let stack = stack().await;
    for step in functions() {
        let mut of_template = stack.environment(&step);
        // An empty variable is none.
        of_template.retain(|_, value| !value.is_empty());
        let all: BTreeMap<String, String> = OF_LAMBDA
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .chain(of_template)
            .collect();
        assert_eq!(start(&step, &all), Start::Ready, "{step}");
        let granted = stack.granted(&step);
        let is_granted = |table: &str| granted.iter().any(|grant| grant.resource == table);
        for missing in all.keys() {
            let mut without = all.clone();
            without.remove(missing);
            let started = start(&step, &without);
            // All have the names of all tables.
            let is_of_others = missing
                .strip_suffix("_TABLE")
                .is_some_and(|table| !is_granted(&capitalized(table)));
            if is_of_others || OPTIONAL.contains(&missing.as_str()) {
                assert_eq!(started, Start::Ready, "{step} without {missing}");
                continue;
            }
            // What is not missed is not used: the template need not give it.
            let Start::Refused(why) = started else {
                panic!("{step} starts without {missing}");
            };
            assert!(why.contains(missing), "{step} without {missing}: {why}");
        }
    }
}

/// As the template calls a table: `MEMBERS` is `Members`.
fn capitalized(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_owned() + &rest.to_lowercase()
}

/// Events of another origin than the API's own, with and without the variable.
#[tokio::test]
async fn the_origin_of_the_site_is_the_one_that_the_template_gives() {
    let site = "https://www.example.jp";
    let own = "https://a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com";
    let with_origin = |origin: &str| {
        let mut cases = cases_of("logout").into_iter();
        let mut case = cases.find(|case| case.name == "success").unwrap();
        let headers = case.event["headers"].as_object_mut().unwrap();
        headers.remove("sec-fetch-site");
        headers.insert("origin".to_owned(), origin.into());
        case
    };
    let given = Stack::start(Options {
        parameters: BTreeMap::from([("SiteDomain".to_owned(), "www.example.jp".to_owned())]),
        ..Options::default()
    })
    .await
    .unwrap();
    let absent = stack().await;
    for (stack, origin, status) in [
        (&given, site, 204),
        (&given, own, 403),
        (&absent, site, 403),
        (&absent, own, 204),
    ] {
        let outcome = run_case(stack, with_origin(origin)).await;
        assert_eq!(outcome.response["statusCode"], status, "{origin}");
    }
}

#[test]
fn nothing_but_steps_is_in_the_folder_of_functions() {
    for step in functions() {
        let sources = names_in(format!("functions/{step}/src"));
        for file in ["lib.rs", "main.rs"] {
            assert!(sources.contains(file), "functions/{step}/src/{file}");
        }
    }
}

/// How a function's process began.
#[derive(Debug, PartialEq)]
enum Start {
    /// It asks Lambda for its first event.
    Ready,
    /// It ended, and wrote this.
    Refused(String),
}

/// Starts a function with this environment and nothing else.
fn start(step: &str, environment: &BTreeMap<String, String>) -> Start {
    let lambda = TcpListener::bind("127.0.0.1:0").unwrap();
    lambda.set_nonblocking(true).unwrap();
    let aws = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", aws.local_addr().unwrap());
    drop(aws);
    let mut process = Command::new(Options::default().binaries.join(step))
        .env_clear()
        .envs(environment)
        // Nobody is there: what is not asked at the start cannot be missed.
        .env("AWS_ENDPOINT_URL_DYNAMODB", &closed)
        .env("AWS_ENDPOINT_URL_SESV2", &closed)
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            lambda.local_addr().unwrap().to_string(),
        )
        .env("AWS_LAMBDA_FUNCTION_NAME", step)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", step)
        .env("AWS_LAMBDA_LOG_STREAM_NAME", step)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..1_000 {
        if let Ok((connection, _)) = lambda.accept() {
            connection.set_nonblocking(false).unwrap();
            let mut request = String::new();
            BufReader::new(connection).read_line(&mut request).unwrap();
            process.kill().unwrap();
            process.wait().unwrap();
            assert!(request.starts_with("GET /2018-06-01/runtime/invocation/next "));
            return Start::Ready;
        }
        if process.try_wait().unwrap().is_some() {
            let mut written = String::new();
            let (mut stdout, mut stderr) = (process.stdout.unwrap(), process.stderr.unwrap());
            stdout.read_to_string(&mut written).unwrap();
            stderr.read_to_string(&mut written).unwrap();
            return Start::Refused(written);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    process.kill().unwrap();
    panic!("{step} neither starts nor ends");
}

/// The name of a function in the template: `SendCodeFunction` of `send-code`.
pub(crate) fn function_of(step: &str) -> String {
    format!("{}Function", in_camel_case(step))
}

/// `send-code` becomes `SendCode`.
fn in_camel_case(step: &str) -> String {
    let mut name = String::new();
    for word in step.split('-') {
        name.push_str(&word[..1].to_uppercase());
        name.push_str(&word[1..]);
    }
    name
}
