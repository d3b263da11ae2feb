//! `local new-step`: begins a step.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::console::say;
use crate::new_step::NewStep;
use crate::options::Options;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Its name, a verb and a thing: get-contact
    name: String,
    /// Its route: "GET /api/contact"
    #[arg(long)]
    route: String,
    /// What it does, in a sentence: "Tells a signed-in member whom to ask."
    #[arg(long)]
    says: String,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// The repository [default: where the nearest template.yaml is]
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
}

/// Writes the step, or says what would be written.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let usage = |error: crate::new_step::NewStepError| Failure::Usage(error.to_string());
    let nearest = || Options::default().template.parent().map(PathBuf::from);
    let root = arguments.repository.clone().or_else(nearest);
    let root = root.unwrap_or_default();
    let step = NewStep::new(&arguments.name, &arguments.route, &arguments.says);
    let changes = step.and_then(|step| step.changes(&root)).map_err(usage)?;
    for change in changes {
        let file = root.join(&change.path);
        let verb = if change.is_edit { "adds to" } else { "writes" };
        say(&format!("{verb} {}", change.path.display()));
        if arguments.dry_run {
            continue;
        }
        let written = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        written
            .and_then(|()| std::fs::write(&file, change.text))
            .map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))?;
    }
    if arguments.dry_run {
        say("Nothing is written: --dry-run.");
    } else {
        say(
            "Next: `cargo fmt --all && make reference`, then docs/adding-a-step.md, \"Fill it in\".",
        );
    }
    Ok(())
}
