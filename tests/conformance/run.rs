//! The sample events, and one run of all of them, which every test here looks at.
//!
//! Each step has a stack of its own, whose tables are set back between events; some steps run side by
//! side.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use local::cases::{Case, Events};
use local::{CallSummary, Grant, Item, LogLine, Mail, Options, Stack};
use serde_json::Value;
use tokio::sync::Semaphore;

/// The steps that run side by side. More would slow each other down on a small machine, until the mails
/// that a pace bounds are given up.
const AT_ONCE: usize = 4;

/// What came of a case.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) case: Case,
    pub(crate) response: Value,
    pub(crate) mails: Vec<Mail>,
    pub(crate) summary: CallSummary,
    /// What the audit trail had afterwards.
    pub(crate) trail: Vec<Item>,
    /// What the tables had that its answer names.
    pub(crate) left: BTreeMap<String, Vec<Item>>,
}

/// What came of all cases.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Of the steps.
    pub(crate) outcomes: Vec<Outcome>,
    /// Of the functions that are told of something.
    pub(crate) heard: Vec<Outcome>,
    pub(crate) granted: BTreeMap<String, BTreeSet<Grant>>,
    pub(crate) used: BTreeMap<String, BTreeSet<Grant>>,
    pub(crate) logs: Vec<LogLine>,
    /// The attributes of the items that there were, by table.
    pub(crate) attributes: BTreeMap<String, BTreeSet<String>>,
}

/// The run.
pub(crate) static RUN: LazyLock<Run> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let in_turn = |step| {
            let turns = Arc::clone(&turns);
            async move {
                let _turn = turns.acquire_owned().await.unwrap();
                run_step(step).await
            }
        };
        let functions = functions().into_iter();
        let functions: Vec<_> = functions.map(in_turn).map(tokio::spawn).collect();
        let mut run = Run::default();
        for function in functions {
            let of_step = function.await.unwrap();
            run.outcomes.extend(of_step.outcomes);
            run.heard.extend(of_step.heard);
            run.granted.extend(of_step.granted);
            run.used.extend(of_step.used);
            run.logs.extend(of_step.logs);
            for (table, attributes) in of_step.attributes {
                run.attributes.entry(table).or_default().extend(attributes);
            }
        }
        run
    })
});

/// The repository.
pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap().to_path_buf()
}

/// A file of the repository.
pub(crate) fn text_of(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names in a folder of the repository, sorted; none when there is no such folder.
pub(crate) fn names_in(path: impl AsRef<Path>) -> BTreeSet<String> {
    fs::read_dir(root().join(path))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The functions: the folders of `functions/`.
pub(crate) fn functions() -> BTreeSet<String> {
    names_in("functions")
}

/// The steps: the functions that answer requests.
pub(crate) fn steps() -> BTreeSet<String> {
    let mut steps = functions();
    steps.retain(|function| main_of(function).contains("lambda::serve::<"));
    steps
}

/// The functions that are told of something and answer nothing.
pub(crate) fn listeners() -> BTreeSet<String> {
    let mut listeners = functions();
    listeners.retain(|function| main_of(function).contains("lambda::listen::<"));
    listeners
}

fn main_of(function: &str) -> String {
    text_of(format!("functions/{function}/src/main.rs"))
}

/// The resources of the template: each name, and its lines.
pub(crate) fn resources() -> Vec<(String, String)> {
    let text = text_of("template.yaml");
    let (_, resources) = text.split_once("\nResources:\n").unwrap();
    let mut found: Vec<(String, String)> = Vec::new();
    for line in resources.lines() {
        let is_name = line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
        if is_name {
            found.push((line.trim().trim_end_matches(':').to_owned(), String::new()));
        } else if let Some((_, lines)) = found.last_mut() {
            lines.push_str(line);
            lines.push('\n');
        }
        if line.starts_with("Outputs:") {
            break;
        }
    }
    found
}

/// The cases of a step.
pub(crate) fn cases_of(step: &str) -> Vec<Case> {
    let events = Events::at(root().join("events"));
    events.of(step).unwrap_or_else(|error| panic!("{error}"))
}

/// A stack without an HTTP port.
pub(crate) async fn stack() -> Stack {
    Stack::start(Options {
        http_port: None,
        ..Options::default()
    })
    .await
    .unwrap_or_else(|error| panic!("{error}"))
}

/// Runs a case in a stack as it is.
pub(crate) async fn run_case(stack: &Stack, case: Case) -> Outcome {
    if let Some(state) = &case.state {
        let loaded = stack.load(state);
        assert_eq!(loaded, Ok(()), "the state of {}", case.label());
    }
    let event = case.event.to_string();
    let invocation = stack
        .invoke(&case.step, event.as_bytes())
        .await
        .unwrap_or_else(|error| panic!("{}: {error}", case.label()));
    let mut mails = stack.mailbox();
    mails.retain(|mail| mail.request.as_ref() == Some(&invocation.request));
    let left = case
        .tables_left()
        .into_iter()
        .map(|table| (table.to_owned(), stack.database().scan(table).unwrap()))
        .collect();
    Outcome {
        left,
        case,
        response: invocation.response,
        mails,
        summary: invocation.summary,
        trail: stack.database().scan("Audit").unwrap(),
    }
}

async fn run_step(step: String) -> Run {
    let stack = stack().await;
    let beginning = contents(&stack);
    let (mut outcomes, mut heard) = (Vec::new(), Vec::new());
    let mut attributes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let is_step = steps().contains(&step);
    for case in cases_of(&step) {
        set_back(&stack, &beginning);
        let outcome = run_case(&stack, case).await;
        for (table, items) in contents(&stack) {
            let found = items
                .into_iter()
                .flat_map(|item| item.into_iter().map(|(name, _)| name));
            attributes.entry(table).or_default().extend(found);
        }
        if is_step {
            outcomes.push(outcome);
        } else {
            heard.push(outcome);
        }
    }
    // A line that was written just before an answer may come just after it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    Run {
        outcomes,
        heard,
        granted: BTreeMap::from([(step.clone(), stack.granted(&step))]),
        used: BTreeMap::from([(step.clone(), stack.used(&step))]),
        logs: stack.logs(),
        attributes,
    }
}

fn contents(stack: &Stack) -> BTreeMap<String, Vec<Item>> {
    let tables = stack.database();
    let names = tables.names().map(str::to_owned);
    names
        .map(|name| (name.clone(), tables.scan(&name).unwrap()))
        .collect()
}

fn set_back(stack: &Stack, beginning: &BTreeMap<String, Vec<Item>>) {
    stack.faults().clear();
    for (table, items) in beginning {
        stack.database().clear(table).unwrap();
        for item in items {
            stack.database().put(table, item).unwrap();
        }
    }
}
