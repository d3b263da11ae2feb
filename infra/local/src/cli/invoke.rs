//! `local invoke`: one function, one event, in a stack of its own that nobody else sees.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::{Value, json};

use super::event::pretty;
use super::{Failure, StackArguments, read_json};
use crate::cases::{self, Came, Case, Events, Setting};
use crate::clock::rfc3339;
use crate::console::{note, say};
use crate::logs::{PrintLogs, Source};
use crate::mailbox::Mail;
use crate::options::Options;
use crate::stack::{Invocation, Stack};

/// How long the line that a function writes is waited for: it comes through a pipe of its own, and may be read
/// after the answer.
const LINE_MILLIS: u64 = 2_000;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The function, by the name of its binary (send-code) or in the template (`SendCodeFunction`)
    function: String,
    /// A case of the function, such as success (`local events` lists them); or the path of an event, a JSON file
    event: String,
    /// Another state: a case whose state it is, or a JSON file
    #[arg(long, value_name = "CASE|FILE")]
    state: Option<String>,
    /// Give a field another value: body.userId=taro, headers.accept-language=en,
    /// state.accounts.taro.email=taro@example.com; null takes it away
    #[arg(long, value_name = "FIELD=VALUE", value_parser = Setting::parse)]
    set: Vec<Setting>,
    /// Print JSON: {"case": .., "state": .., "at": .., "response": .., "mails": [..], "calls": ..,
    /// "differences": [..]}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArguments,
}

/// What is to be run.
struct Run {
    /// What the event is called.
    name: String,
    event: Value,
    state: Option<Value>,
    /// Where the state is from.
    state_of: String,
    /// The case, when it is one: it has an answer to be held against what comes.
    case: Option<Case>,
}

impl Run {
    fn of(arguments: &Arguments, binary: &str, events: &Events) -> Result<Self, Failure> {
        let usage = |error: cases::CaseError| Failure::Usage(error.to_string());
        let mut run = if let Some(path) = file(&arguments.event) {
            let event = read_json(path, "event")?;
            let event = if arguments.set.is_empty() {
                event
            } else {
                cases::with_settings(event, &arguments.set).map_err(Failure::Usage)?
            };
            Self {
                name: arguments.event.clone(),
                event,
                state: None,
                state_of: "--state gives one".to_owned(),
                case: None,
            }
        } else {
            let case = events
                .find_with(binary, &arguments.event, &arguments.set)
                .map_err(usage)?;
            Self {
                name: format!("{}: {}", case.label(), case.meaning),
                event: case.event.clone(),
                state: case.state.clone(),
                state_of: "the case needs no more".to_owned(),
                case: Some(case),
            }
        };
        match &arguments.state {
            None if run.state.is_some() => run.state_of.clone_from(&arguments.event),
            None => {}
            Some(state) => {
                run.state = match file(state) {
                    Some(path) => Some(read_json(path, "state")?),
                    None => events.find(binary, state).map_err(usage)?.state,
                };
                run.state_of.clone_from(state);
            }
        }
        Ok(run)
    }

    /// What the stack has before the event comes, in a line.
    fn loaded(&self) -> String {
        let Some(Value::Object(entries)) = &self.state else {
            return format!("none but the samples ({})", self.state_of);
        };
        let entries = entries.iter().map(|(kind, entries)| {
            let count = match entries {
                Value::Object(tables) => tables
                    .values()
                    .filter_map(Value::as_array)
                    .map(Vec::len)
                    .sum(),
                entries => entries.as_array().map_or(1, Vec::len),
            };
            format!("{kind} {count}")
        });
        let entries: Vec<_> = entries.collect();
        format!("the samples, {} ({})", entries.join(", "), self.state_of)
    }

    /// When the event came; nothing when it does not say so.
    fn at(&self) -> Option<String> {
        let at = self.event.pointer("/requestContext/timeEpoch");
        let told = self.event.get("time").and_then(Value::as_str);
        at.and_then(Value::as_i64)
            .map(rfc3339)
            .or_else(|| told.map(str::to_owned))
    }
}

/// The path that an argument is; nothing when it is the name of a case.
fn file(argument: &str) -> Option<&Path> {
    let path = Path::new(argument);
    let is_path = path.extension().is_some() || path.components().count() > 1;
    is_path.then_some(path)
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    if let Some(path) = file(&arguments.event) {
        // Before a stack is started in vain.
        read_json(path, "event")?;
    }
    let options = arguments.stack.clone().options();
    let events = Events::at(events_beside(&options.template));
    // Without --logs, what the function wrote is shown when it has failed.
    let print_logs = if options.print_logs == PrintLogs::All {
        PrintLogs::All
    } else {
        PrintLogs::None
    };
    let options = Options {
        http_port: None,
        print_logs,
        ..options
    };
    let stack = Stack::start(options)
        .await
        .map_err(|error| Failure::Start(error.to_string()))?;
    let Some(binary) = stack.binary(&arguments.function).map(str::to_owned) else {
        return Err(Failure::Usage(format!(
            "there is no function {}: the template has {}",
            arguments.function,
            stack.functions().join(", ")
        )));
    };
    let run = Run::of(&arguments, &binary, &events)?;
    if let Some(state) = &run.state {
        stack
            .load(state)
            .map_err(|why| Failure::Usage(format!("the state of {}: {why}", run.state_of)))?;
    }
    if !arguments.json {
        note(&run.name);
        note(&format!("state: {}", run.loaded()));
        if let Some(at) = run.at() {
            note(&format!("time: {at}"));
        }
    }
    let invocation = invoke(&stack, &binary, &run, print_logs).await?;
    let differences = run
        .case
        .as_ref()
        .map(|case| differences(&stack, case, &invocation))
        .unwrap_or_default();
    if arguments.json {
        print_json(&stack, &run, &invocation, &differences);
    } else {
        print(&stack, &invocation);
    }
    stack.stop();
    match &run.case {
        None => Ok(()),
        Some(_) if differences.is_empty() => {
            if !arguments.json {
                say("as expected");
            }
            Ok(())
        }
        Some(case) => Err(Failure::Unexpected(format!(
            "{} is not answered as expected:\n  {}",
            case.label(),
            differences.join("\n  ")
        ))),
    }
}

/// The folder of the events, beside the template.
pub(super) fn events_beside(template: &Path) -> PathBuf {
    template
        .parent()
        .map_or_else(|| PathBuf::from("events"), |folder| folder.join("events"))
}

async fn invoke(
    stack: &Stack,
    binary: &str,
    run: &Run,
    print_logs: PrintLogs,
) -> Result<Invocation, Failure> {
    let result = stack.invoke(binary, run.event.to_string().as_bytes()).await;
    match result {
        Ok(invocation) => {
            wait_for_line(stack).await;
            // With --logs they have been printed as they came.
            if print_logs == PrintLogs::None {
                let failures = stack.logs().into_iter().filter_map(|line| line.failure());
                failures.for_each(|failure| note(&format!("{binary}: {failure}")));
            }
            Ok(invocation)
        }
        Err(error @ crate::InvokeError::Event(_)) => {
            Err(Failure::Usage(format!("{}: {error}", run.name)))
        }
        Err(error) => {
            let written = stack
                .logs()
                .into_iter()
                .filter(|line| line.source != Source::Stack);
            if print_logs != PrintLogs::All {
                written.for_each(|line| note(&line.text));
            }
            Err(Failure::Failed(format!("{binary}: {error}")))
        }
    }
}

/// What of what came is not as the case says.
fn differences(stack: &Stack, case: &Case, invocation: &Invocation) -> Vec<String> {
    let mut left = BTreeMap::new();
    for table in case.tables_left() {
        left.insert(
            table.to_owned(),
            stack.database().scan(table).unwrap_or_default(),
        );
    }
    case.differences(&Came {
        response: &invocation.response,
        mails: &mails(stack),
        outcome: &outcome(stack),
        left: &left,
    })
}

/// Waits until what the function wrote about its event has been read.
async fn wait_for_line(stack: &Stack) {
    for _ in 0..LINE_MILLIS / 10 {
        if !outcome(stack).is_null() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The outcome in the line that the function wrote about its event; null when there is none.
fn outcome(stack: &Stack) -> Value {
    let outcome = stack.logs().iter().find_map(|line| {
        let line: Value = serde_json::from_str(&line.text).ok()?;
        line.get("outcome").cloned()
    });
    outcome.unwrap_or_default()
}

/// The mails in the order in which they were sent.
fn mails(stack: &Stack) -> Vec<Mail> {
    let mut mails = stack.mailbox();
    mails.reverse();
    mails
}

fn print_json(stack: &Stack, run: &Run, invocation: &Invocation, differences: &[String]) {
    let result = json!({
        "case": run.name,
        "state": run.loaded(),
        "at": run.at(),
        "response": invocation.response,
        "mails": mails(stack),
        "calls": invocation.summary.to_string(),
        "differences": run.case.as_ref().map(|_| differences),
    });
    say(&pretty(&result));
}

fn print(stack: &Stack, invocation: &Invocation) {
    let response = &invocation.response;
    // A function that is told of something answers nothing: what it wrote says what came of it.
    match response.get("statusCode") {
        Some(status) => say(&format!("HTTP {status}")),
        None => stack.logs().iter().for_each(|line| say(&line.text)),
    }
    for (name, value) in response
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        say(&format!("{name}: {}", value.as_str().unwrap_or_default()));
    }
    for cookie in response
        .get("cookies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        say(&format!(
            "set-cookie: {}",
            cookie.as_str().unwrap_or_default()
        ));
    }
    let body = body(response);
    if !body.is_empty() {
        say("");
        say(&serde_json::from_str::<Value>(&body)
            .map_or_else(|_| body.clone(), |value| pretty(&value)));
    }
    for mail in mails(stack) {
        say("");
        say("--- mail ---");
        say(&format!("From: {}", mail.from_header));
        say(&format!("To: {}", mail.to));
        for (name, value) in &mail.headers {
            say(&format!("{name}: {value}"));
        }
        say(&format!("Subject: {}", mail.subject));
        say("");
        say(&mail.text);
    }
    say("");
    say(&format!("calls: {}", invocation.summary));
}

fn body(response: &Value) -> String {
    let text = response
        .get("body")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if response.get("isBase64Encoded") == Some(&Value::Bool(true))
        && let Ok(bytes) = STANDARD.decode(text)
    {
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    text.to_owned()
}
