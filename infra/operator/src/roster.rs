//! `operator roster`: who may register.

mod beside;
mod born;
mod cell;
mod claim;
mod difference;
mod encoding;
#[cfg(test)]
mod fuzz;
mod guards;
mod import;
mod inspect;
mod intake;
mod layout;
mod limits;
mod mapping;
mod pace;
mod reading;
mod record;
mod refusal;
mod report;
mod row;
mod sheet;
mod sort;
mod source;
mod summary;
mod workbook;
mod write;

use std::{num::NonZeroU32, path::PathBuf};

use clap::Subcommand;
use domain::InsurerCode;

use self::{difference::Mode, encoding::Charset};
pub(crate) use self::{encoding::hex, import::run_id};
use crate::{answer::Format, audited::Accountable, change::Careful, desk::Desk, failure::Failure};

pub(crate) const EXAMPLES: &str = "Examples:
  operator roster inspect members.xlsx --write jkc.toml
  operator roster import members.csv --insurer jkc --full --dry-run --reason 'ticket 4711'
  operator roster import members.csv --insurer jkc --full --mapping jkc.toml --reason 'ticket 4711'
  operator roster import joined.csv --insurer jkc --delta --reason 'ticket 4712'";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what a file is, and propose a mapping for it
    ///
    /// Works without AWS and changes nothing. At a terminal it asks about what a file alone does not tell.
    #[command(after_help = "Examples:\n  operator roster inspect members.xlsx\n  \
                      operator roster inspect members.xlsx --write jkc.toml")]
    Inspect(inspect::Inspect),
    /// Make an insurer's roster what a file says
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
    /// The file: CSV or the like, in UTF-8, CP932, UTF-16 or EUC-JP, or a workbook (.xlsx, .xls, .ods)
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
    /// How many leave, exactly: has to be said beyond the limit, 5 % of the roster unless the mapping has another
    #[arg(long, value_name = "N")]
    leavers: Option<u64>,
    /// How many change, exactly: has to be said beyond the limit, 30 %
    #[arg(long, value_name = "N")]
    changed: Option<u64>,
    /// How many rows are skipped, exactly: has to be said where their share is another than in the last import
    #[arg(long, value_name = "N")]
    skipped: Option<u64>,
    /// How many 記号 and 番号 have gone to somebody else, exactly
    #[arg(long, value_name = "N")]
    other_persons: Option<u64>,
    /// Write what is not refused. Nobody leaves for not being in the file: a refused row may be theirs
    #[arg(long)]
    skip_refused: bool,
    /// Where the refused rows are reported; without it FILE.refused.csv. It must not be there yet
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
    /// Runs the command; only some of them need a desk.
    pub(crate) async fn run(
        self,
        format: Format,
        open: impl AsyncFnOnce() -> Result<Desk, Failure>,
    ) -> Result<(), Failure> {
        match self {
            Self::Inspect(inspect) => inspect.run(format),
            Self::Import(import) => import::run(&open().await?, import).await,
        }
    }
}
