//! `local invoke`: one function, one event, in a stack of its own that nobody else sees.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::{Value, json};

use super::{Failure, StackArguments, read_json};
use crate::console::{note, say};
use crate::logs::Source;
use crate::options::{Options, PrintLogs};
use crate::stack::{Invocation, Stack};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The function, by the name of its binary (send-code) or in the template (`SendCodeFunction`)
    function: String,
    /// The event, a JSON file; it is passed as it is
    event: PathBuf,
    /// The state that the event needs [default: state/NAME.json beside the event NAME.json, if it
    /// is there]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Print JSON: {"response": .., "mails": [..], "calls": ..}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArguments,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let event = read_json(&arguments.event, "event")?;
    let state = match arguments.state.or_else(|| beside(&arguments.event)) {
        Some(path) => Some((read_json(&path, "state")?, path)),
        None => None,
    };
    let options = arguments.stack.options();
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
    if let Some((state, path)) = &state {
        stack
            .load(state)
            .map_err(|why| Failure::Usage(format!("the state {}: {why}", path.display())))?;
    }
    let functions = stack.functions();
    let result = stack
        .invoke(&arguments.function, event.to_string().as_bytes())
        .await;
    let invocation = match result {
        Ok(invocation) => invocation,
        Err(crate::InvokeError::NoSuchFunction(name)) => {
            let known = functions.join(", ");
            return Err(Failure::Usage(format!(
                "there is no function {name}: the template has {known}"
            )));
        }
        Err(error @ crate::InvokeError::Event(_)) => {
            let path = arguments.event.display();
            return Err(Failure::Usage(format!("{path}: {error}")));
        }
        Err(error) => {
            let written = stack
                .logs()
                .into_iter()
                .filter(|line| line.source != Source::Stack);
            if print_logs != PrintLogs::All {
                written.for_each(|line| note(&line.text));
            }
            return Err(Failure::Failed(format!("{}: {error}", arguments.function)));
        }
    };
    // With --logs they have been printed as they came.
    if print_logs == PrintLogs::None {
        let failures = stack.logs().into_iter().filter_map(|line| line.failure());
        failures.for_each(|failure| note(&format!("{}: {failure}", arguments.function)));
    }
    if arguments.json {
        print_json(&stack, &invocation);
    } else {
        print(&stack, &invocation);
    }
    stack.stop();
    Ok(())
}

/// `state/NAME.json` beside the event `NAME.json`.
fn beside(event: &Path) -> Option<PathBuf> {
    let path = event.parent()?.join("state").join(event.file_name()?);
    path.is_file().then_some(path)
}

fn print_json(stack: &Stack, invocation: &Invocation) {
    let mut mails = stack.mailbox();
    mails.reverse();
    let result = json!({
        "response": invocation.response,
        "mails": mails,
        "calls": invocation.summary.to_string(),
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
    for mail in stack.mailbox().iter().rev() {
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

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
