//! `operator roster`: who may register.

mod born;
mod cell;
mod claim;
mod difference;
mod encoding;
mod import;
mod limits;
mod mapping;
mod pace;
mod reading;
mod record;
mod refusal;
mod report;
mod sheet;
mod sort;
mod summary;
mod write;

use std::{num::NonZeroU32, path::PathBuf};

use clap::Subcommand;
use domain::InsurerCode;

use self::{difference::Mode, encoding::Charset};
use crate::{audited::Accountable, change::Careful, desk::Desk, failure::Failure};

pub(crate) const EXAMPLES: &str = "Examples:
  operator roster import members.csv --insurer jkc --full --dry-run --reason 'ticket 4711'
  operator roster import members.csv --insurer jkc --full --mapping jkc.toml --reason 'ticket 4711'
  operator roster import joined.csv --insurer jkc --delta --reason 'ticket 4712'";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an insurer's roster what a CSV file says
    ///
    /// The file is read whole and compared with the roster before anything is written. One row that is
    /// refused, and nothing is written. After an interruption, at whatever point, repeat the command with
    /// the same file: it writes the rest.
    #[command(after_help = EXAMPLES)]
    Import(Import),
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("mode").required(true))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Import {
    /// The CSV file, in UTF-8 or CP932
    file: PathBuf,
    /// Whose roster it is
    #[arg(long, value_name = "CODE", value_parser = InsurerCode::parse)]
    insurer: InsurerCode,
    /// The file has everybody: who is not in it leaves
    #[arg(long, group = "mode")]
    full: bool,
    /// The file has what changed: who is not in it stays
    #[arg(long, group = "mode")]
    delta: bool,
    /// Which columns are what, TOML; without it, the columns have our own names
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// The encoding; before the mapping's, and found out from the file without either
    #[arg(long)]
    encoding: Option<Charset>,
    /// How many leave, exactly: has to be said when they are more than 5 % of the roster
    #[arg(long, value_name = "N")]
    leavers: Option<u64>,
    /// How many 記号 and 番号 have gone to somebody else, exactly
    #[arg(long, value_name = "N")]
    other_persons: Option<u64>,
    /// Write what is not refused. Nobody leaves for not being in the file: a refused row may be theirs
    #[arg(long)]
    skip_refused: bool,
    /// Where the refused rows are reported; without it FILE.refused.csv
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The most items that are written a second; without it, as many as the table takes
    #[arg(long, value_name = "N")]
    write_rate: Option<NonZeroU32>,
    /// Take the place of an import that was interrupted and will not be finished
    #[arg(long)]
    take_over: bool,
    #[command(flatten)]
    by: Accountable,
    #[command(flatten)]
    careful: Careful,
}

impl Import {
    fn mode(&self) -> Mode {
        if self.full { Mode::Full } else { Mode::Delta }
    }
}

impl Command {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let Self::Import(import) = self;
        import::run(desk, import).await
    }
}
