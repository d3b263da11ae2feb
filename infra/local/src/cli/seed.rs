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
    let (status, body) = client::post(arguments.port, "/_local/state", &state)
        .await
        .map_err(|error| {
            let port = arguments.port;
            Failure::Failed(format!(
                "no local stack answers on port {port}: {error}. Start it, or set PORT to its port"
            ))
        })?;
    if status.is_success() {
        say(&format!("{} is loaded.", arguments.file.display()));
        return Ok(());
    }
    let why = serde_json::from_slice::<serde_json::Value>(&body).ok();
    let why = why
        .as_ref()
        .and_then(|body| body.get("message")?.as_str())
        .unwrap_or("it did not say why");
    Err(Failure::Failed(format!(
        "the stack refuses {}: {why}",
        arguments.file.display()
    )))
}
