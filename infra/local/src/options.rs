//! How a stack is started.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::logs::PrintLogs;
use crate::mutants::Mutation;
use crate::serve::LOOPBACK;

/// How a stack is started. The default is what a test wants: everything in memory, free ports, the
/// samples loaded.
#[derive(Clone, Debug)]
pub struct Options {
    /// The template; by default the nearest `template.yaml` from the current directory upwards.
    pub template: PathBuf,
    /// Values of the template's parameters in the place of their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Where the functions' binaries are; by default beside the program that runs.
    pub binaries: PathBuf,
    /// The site's files; by default `site` beside the template.
    pub site: PathBuf,
    /// Where DynamoDB keeps its file; in memory when absent.
    pub data: Option<PathBuf>,
    /// The port of the site and the API, 0 for a free one; not served when absent.
    pub http_port: Option<u16>,
    /// The port of the same by https, 0 for a free one; not served when absent.
    pub https_port: Option<u16>,
    /// Where site and API listen. DynamoDB and the stack's own pages are for this machine always.
    pub listen: IpAddr,
    /// The port of DynamoDB and SES, 0 for a free one.
    pub dynamodb_port: u16,
    /// What is loaded into tables that were not there before.
    pub samples: Samples,
    /// The seed by which every read of DynamoDB that asks for no consistency may be up to three seconds old in the
    /// stack's time; when absent, none is but by a fault.
    pub stale_reads: Option<u64>,
    /// The seed by which items past their time to live are collected, some at once and some after up to two days, as
    /// requests move the time of the stack; when absent, none is.
    pub collection: Option<u64>,
    /// What is wrong with the functions' calls, so that it can be seen which test notices.
    pub mutation: Mutation,
    /// Prints the calls of every request as one line.
    pub print_calls: bool,
    /// What of the log is printed.
    pub print_logs: PrintLogs,
    /// The most instances of one function; further requests wait their turn.
    pub instances: usize,
}

/// What a stack begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Samples {
    /// The sample insurers and their roster, as their files have them: for requests that come at times of their own.
    Loaded,
    /// The same, with the survey open on the day of the start: for who goes by the machine's clock.
    Today,
    /// Nothing.
    None,
}

impl Default for Options {
    fn default() -> Self {
        let template = nearest_template();
        let site = template.parent().unwrap_or(Path::new("")).join("site");
        Self {
            template,
            parameters: BTreeMap::new(),
            binaries: beside_this_program(),
            site,
            data: None,
            http_port: Some(0),
            https_port: None,
            listen: LOOPBACK,
            dynamodb_port: 0,
            samples: Samples::Loaded,
            stale_reads: None,
            collection: Some(0),
            mutation: Mutation::None,
            print_calls: false,
            print_logs: PrintLogs::None,
            instances: 8,
        }
    }
}

/// The nearest `template.yaml` from the current directory upwards.
fn nearest_template() -> PathBuf {
    let name = Path::new("template.yaml");
    let current = std::env::current_dir().unwrap_or_default();
    let found = current
        .ancestors()
        .map(|directory| directory.join(name))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| name.to_path_buf())
}

/// The directory of the running program; for a test or an example, which Cargo keeps in directories of their
/// own, the one above.
fn beside_this_program() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let directory = program.parent().unwrap_or(Path::new(""));
    match directory.file_name() {
        Some(name) if name == "deps" || name == "examples" => {
            directory.parent().unwrap_or(directory).to_path_buf()
        }
        _ => directory.to_path_buf(),
    }
}
