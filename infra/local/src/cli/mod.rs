//! The command line: `local run`, `local invoke`, `local events`, `local seed` and the rest.

mod check;
mod client;
mod event;
mod invoke;
mod mail_preview;
mod new_step;
mod reset;
mod run;
mod seed;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::cases::Events;
use crate::console;
use crate::logs::PrintLogs;
use crate::options::{Options, Samples};

/// The local stack: the whole product on this machine, from template.yaml.
#[derive(Debug, Parser)]
#[command(
    name = "local",
    version,
    after_help = "Exit codes:\n  0  done\n  1  the function failed (invoke), or the running stack refused (seed, reset) or\n     is not as it must be (check)\n  \
                  2  the command line, an event or a state is wrong\n  3  the stack could not start\n  \
                  4  the function answered, but not as the case says (invoke)"
)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run the stack until Ctrl-C.
    Run(run::Arguments),
    /// Run one function with one event, print its response, its mails and its calls, and compare them with what must
    /// come.
    Invoke(invoke::Arguments),
    /// Print one sample event, whole.
    Event(event::Arguments),
    /// List the sample events: the cases of each step, and what they mean.
    Events(event::ListArguments),
    /// Load a state into a running stack.
    Seed(seed::Arguments),
    /// Empty a running stack, and load the samples again.
    Reset(reset::Arguments),
    /// Say which item of a running stack's tables is not as it must be.
    Check(check::Arguments),
    /// Begin a step behind the terms of use: its crate, its block in the template, its description, its events and its
    /// journey.
    NewStep(new_step::Arguments),
    /// Print the mails that members get, with invented facts.
    MailPreview(mail_preview::Arguments),
}

/// Where the sample events are.
#[derive(Debug, Args)]
struct EventsArguments {
    /// The folder of the events [default: events beside the nearest template.yaml]
    #[arg(long, value_name = "DIR")]
    events: Option<PathBuf>,
}

impl EventsArguments {
    fn events(&self) -> Events {
        let beside = || invoke::events_beside(&Options::default().template);
        Events::at(self.events.clone().unwrap_or_else(beside))
    }
}

/// What every stack is started with.
#[derive(Clone, Debug, Args)]
struct StackArguments {
    /// The template [default: the nearest template.yaml from here upwards]
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Give a parameter of the template a value, such as MailDomain=mail.example.jp
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    parameter: Vec<(String, String)>,
    /// Where the functions' binaries are [default: beside this command]
    #[arg(long, value_name = "DIR")]
    binaries: Option<PathBuf>,
    /// Do not load the sample insurers and their roster
    #[arg(long)]
    no_samples: bool,
    /// Print what the functions write
    #[arg(long)]
    logs: bool,
}

impl StackArguments {
    fn options(self) -> Options {
        let mut options = Options::default();
        if let Some(template) = self.template {
            options.site = template
                .parent()
                .map(|directory| directory.join("site"))
                .unwrap_or_default();
            options.template = template;
        }
        if let Some(binaries) = self.binaries {
            options.binaries = binaries;
        }
        Options {
            parameters: self.parameter.into_iter().collect::<BTreeMap<_, _>>(),
            samples: if self.no_samples {
                Samples::None
            } else {
                Samples::Loaded
            },
            print_logs: if self.logs {
                PrintLogs::All
            } else {
                PrintLogs::Stack
            },
            ..options
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// How a command ends other than well.
#[derive(Debug)]
enum Failure {
    /// The function failed, or the running stack refused.
    Failed(String),
    /// An argument, an event or a state is wrong.
    Usage(String),
    /// The stack could not start.
    Start(String),
    /// The function answered otherwise than its case says.
    Unexpected(String),
}

impl Failure {
    fn exit(self) -> ExitCode {
        let (message, code) = match self {
            Self::Failed(message) => (message, 1),
            Self::Usage(message) => (message, 2),
            Self::Start(message) => (message, 3),
            Self::Unexpected(message) => (message, 4),
        };
        console::note(&format!("local: {message}"));
        ExitCode::from(code)
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let command = Command::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Failure::Start(format!("no runtime: {error}")).exit(),
    };
    let result = runtime.block_on(async {
        match command.what {
            What::Run(arguments) => run::run(arguments).await,
            What::Invoke(arguments) => invoke::run(arguments).await,
            What::Event(arguments) => event::one(&arguments),
            What::Events(arguments) => event::list(&arguments),
            What::Seed(arguments) => seed::run(arguments).await,
            What::Reset(arguments) => reset::run(arguments).await,
            What::Check(arguments) => check::run(arguments).await,
            What::NewStep(arguments) => new_step::run(&arguments),
            What::MailPreview(arguments) => mail_preview::run(&arguments),
        }
    });
    // A request that is still being served must not keep the program.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit(),
    }
}

/// Reads a JSON file.
fn read_json(path: &std::path::Path, what: &str) -> Result<serde_json::Value, Failure> {
    let text = std::fs::read(path).map_err(|error| {
        Failure::Usage(format!(
            "the {what} {} cannot be read: {error}",
            path.display()
        ))
    })?;
    serde_json::from_slice(&text).map_err(|error| {
        Failure::Usage(format!(
            "the {what} {} is not JSON: {error}",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Command::command().debug_assert();
    }
}
