//! `local event` and `local events`: the sample events, one whole or all by name.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::{EventsArguments, Failure};
use crate::cases::{Case, Setting};
use crate::console::say;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The step, by the name of its binary (send-code)
    step: String,
    /// The case; `local events` lists them
    case: String,
    /// Print what the event finds, for `local seed`
    #[arg(long, conflicts_with = "answer")]
    state: bool,
    /// Print what must come of it
    #[arg(long)]
    answer: bool,
    /// Give a field another value: body.userId=taro, headers.accept-language=en,
    /// state.accounts.taro.email=taro@example.com; null takes it away
    #[arg(long, value_name = "FIELD=VALUE", value_parser = Setting::parse)]
    set: Vec<Setting>,
    #[command(flatten)]
    events: EventsArguments,
}

/// Prints one event.
pub(super) fn one(arguments: &Arguments) -> Result<(), Failure> {
    let events = arguments.events.events();
    let case = events
        .find_with(&arguments.step, &arguments.case, &arguments.set)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let printed = if arguments.state {
        case.state
            .unwrap_or_else(|| Value::Object(serde_json::Map::new()))
    } else if arguments.answer {
        case.answer
    } else {
        case.event
    };
    say(&pretty(&printed));
    Ok(())
}

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// List only what has this text in the name of the step or the case, or in its meaning
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Write every event whole into a folder, as STEP/CASE.json, with its state as STEP/state/CASE.json and its answer
    /// as STEP/answer/CASE.json; what was written there before goes
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    #[command(flatten)]
    events: EventsArguments,
}

/// Lists or writes the events.
pub(super) fn list(arguments: &ListArguments) -> Result<(), Failure> {
    let events = arguments.events.events();
    let usage = |error: crate::cases::CaseError| Failure::Usage(error.to_string());
    let wanted = arguments.search.as_deref().unwrap_or("").to_lowercase();
    let mut found = Vec::new();
    for step in events.steps().map_err(usage)? {
        let mut cases = events.of(&step).map_err(usage)?;
        cases.retain(|case| {
            let about = format!("{} {}", case.label(), case.meaning).to_lowercase();
            about.contains(&wanted)
        });
        if !cases.is_empty() {
            found.push((step, cases));
        }
    }
    if let Some(folder) = &arguments.write {
        return write(folder, &found);
    }
    if found.is_empty() {
        return Err(Failure::Usage(format!("no case has “{wanted}”")));
    }
    for (step, cases) in &found {
        say(step);
        for case in cases {
            say(&format!("  {:<40} {}", case.name, case.meaning));
        }
    }
    Ok(())
}

fn write(folder: &Path, found: &[(String, Vec<Case>)]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::Usage(format!("{} cannot be written: {error}", folder.display()))
    };
    let mut count = 0;
    for (step, cases) in found {
        let of_step = folder.join(step);
        if of_step.exists() {
            fs::remove_dir_all(&of_step).map_err(failed)?;
        }
        for kind in ["state", "answer"] {
            fs::create_dir_all(of_step.join(kind)).map_err(failed)?;
        }
        for case in cases {
            let file = format!("{}.json", case.name);
            let put = |path: PathBuf, value: &Value| {
                fs::write(path, format!("{}\n", pretty(value))).map_err(failed)
            };
            put(of_step.join(&file), &case.event)?;
            put(of_step.join("answer").join(&file), &case.answer)?;
            if let Some(state) = &case.state {
                put(of_step.join("state").join(&file), state)?;
            }
            count += 1;
        }
    }
    say(&format!("{count} events are in {}.", folder.display()));
    Ok(())
}

pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
