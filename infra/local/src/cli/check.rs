//! `local check`.

use clap::Args;
use serde_json::{Value, json};

use super::{Failure, client};
use crate::console::say;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The port of the running stack
    #[arg(long, env = "PORT", default_value_t = 8080)]
    port: u16,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let found = client::ask(arguments.port, "/_local/check", &json!({}), "to check").await?;
    let findings = found["findings"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    for finding in findings {
        let [rule, table, item, what] =
            ["rule", "table", "item", "what"].map(|name| text(finding, name));
        say(&format!("{rule}: {table} {item}: {what}"));
    }
    let read = &found["read"];
    if findings.is_empty() {
        say(&format!("Of {read} items each is as it must be."));
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "of {read} items, {} things do not hold: docs/operations.md says what each rule means",
        findings.len()
    )))
}
