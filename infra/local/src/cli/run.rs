//! `local run`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, StackArguments};
use crate::console::say;
use crate::options::{Options, Samples};
use crate::serve::LOOPBACK;
use crate::stack::Stack;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The port of the site and the API; 0 takes a free one
    #[arg(long, env = "PORT", default_value_t = 8080)]
    port: u16,
    /// The port of the same by https, with a certificate made at the start; 0 takes a free one [default: 8443, or a
    /// free one with --port 0]
    #[arg(long, env = "HTTPS_PORT")]
    https_port: Option<u16>,
    /// Where site and API listen: 0.0.0.0 opens them to a phone in the same network
    #[arg(long, value_name = "ADDR", default_value_t = LOOPBACK)]
    listen: IpAddr,
    /// The port of DynamoDB and SES; 0 takes a free one
    #[arg(long, env = "DYNAMODB_PORT", default_value_t = 8000)]
    dynamodb_port: u16,
    /// Keep the data in a directory [default: in memory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the site is [default: site beside the template]
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Print the DynamoDB and SES calls of every request, counted (replies are held back a little
    /// for that)
    #[arg(long)]
    calls: bool,
    /// Let every read that asks for no consistency be up to three seconds old, by chance from this seed
    #[arg(long, value_name = "SEED")]
    stale_reads: Option<u64>,
    #[command(flatten)]
    stack: StackArguments,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut options = arguments.stack.options();
    if let Some(site) = arguments.site {
        options.site = site;
    }
    // Whoever uses it has the machine's clock, years from now, too.
    let samples = match options.samples {
        Samples::Loaded => Samples::Today,
        other => other,
    };
    let options = Options {
        data: arguments.data,
        http_port: Some(arguments.port),
        https_port: arguments
            .https_port
            .or(Some(if arguments.port == 0 { 0 } else { 8443 })),
        listen: arguments.listen,
        dynamodb_port: arguments.dynamodb_port,
        stale_reads: arguments.stale_reads,
        print_calls: arguments.calls,
        samples,
        ..options
    };
    let no_signals = |error| Failure::Start(format!("no signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let stack = Stack::start(options)
        .await
        .map_err(|error| Failure::Start(error.to_string()))?;
    introduce(&stack, samples);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    stack.stop();
    say("Stopped.");
    Ok(())
}

/// Says what to open and what to type.
fn introduce(stack: &Stack, samples: Samples) {
    let url = stack.url();
    say("The local stack is running. Ctrl-C stops it.");
    say("");
    say(&format!("  Site      {url}/"));
    say(&format!(
        "  https     {}/   (the browser asks once whether to trust it)",
        stack.secure_url()
    ));
    for url in stack.urls_from_elsewhere() {
        say(&format!("  Network   {url}/"));
    }
    say(&format!("  API       {url}/api/"));
    say(&format!("  Mailbox   {url}/mailbox   ({url}/mailbox.json)"));
    say(&format!(
        "  DynamoDB  {}   (access key: local, secret: any)",
        stack.dynamodb_url()
    ));
    if samples != Samples::None {
        say("");
        say("What to type for the sample member 健保 太郎:");
        say("");
        say("  保険者指定コード  jkc");
        say("  記号              01");
        say("  番号              jvc0211");
        say("  生年月日          1980-01-01 （昭和55年1月1日）");
        say("  氏名(カナ)        けんぽ たろう");
    }
    say("");
}
