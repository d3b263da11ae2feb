//! `local seed`.

use std::path::PathBuf;

use clap::Args;

use super::{EventsArguments, Failure, client, read_json};
use crate::console::say;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The state, a JSON file; or a step, and then one of its cases, whose state it is
    #[arg(value_name = "FILE|STEP")]
    file: PathBuf,
    /// The case
    case: Option<String>,
    /// The port of the running stack
    #[arg(long, env = "PORT", default_value_t = 8080)]
    port: u16,
    #[command(flatten)]
    events: EventsArguments,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let file = arguments.file.display().to_string();
    let Some(case) = &arguments.case else {
        let state = read_json(&arguments.file, "state")?;
        client::ask(arguments.port, "/_local/state", &state, &file).await?;
        say(&format!("{file} is loaded."));
        return Ok(());
    };
    let case = arguments
        .events
        .events()
        .find(&file, case)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let label = case.label();
    let Some(state) = case.state else {
        say(&format!("{label} needs no more than the samples."));
        return Ok(());
    };
    client::ask(arguments.port, "/_local/state", &state, &label).await?;
    say(&format!("The state of {label} is loaded."));
    Ok(())
}
