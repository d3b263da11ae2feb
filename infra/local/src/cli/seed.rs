//! `local seed`.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, client, read_json};
use crate::console::say;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The state, a JSON file as for `local invoke --state`
    file: PathBuf,
    /// The port of the running stack
    #[arg(long, env = "PORT", default_value_t = 8080)]
    port: u16,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let state = read_json(&arguments.file, "state")?;
    let file = arguments.file.display();
    client::ask(arguments.port, "/_local/state", &state, &file.to_string()).await?;
    say(&format!("{file} is loaded."));
    Ok(())
}
