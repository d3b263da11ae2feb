//! `local reset`.

use clap::Args;
use serde_json::json;

use super::{Failure, client};
use crate::console::say;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The port of the running stack
    #[arg(long, env = "PORT", default_value_t = 8080)]
    port: u16,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    client::ask(arguments.port, "/_local/reset", &json!({}), "it").await?;
    say("The stack is as it was when it began with new tables.");
    Ok(())
}
