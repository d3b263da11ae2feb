//! `operator roster`: who may register.

mod approval;
mod approve;
mod batch;
mod beside;
mod born;
mod cell;
mod claim;
mod delivery;
mod difference;
mod encoding;
mod foreign;
#[cfg(test)]
mod fuzz;
mod guards;
mod import;
mod inspect;
mod intake;
mod layout;
mod limits;
mod mapping;
mod moves;
mod moving;
mod pace;
mod reading;
mod record;
mod refusal;
mod rehearsal;
mod reply;
mod report;
mod rosters;
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

use self::{difference::Mode, encoding::Charset, guards::Said, mapping::Mapping, rehearsal::Order};
pub(crate) use self::{encoding::hex, rehearsal::run_id};
use crate::{
    answer::Format, audited::Accountable, change::Careful, desk::Desk, failure::Failure,
    language::say,
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator roster inspect members.xlsx --write jkc.toml
  operator roster import members.csv --insurer jkc --full --dry-run --reason 'ticket 4711'
  operator roster import members.csv --insurer jkc --full --mapping jkc.toml --reason 'ticket 4711'
  operator roster import joined.csv --insurer jkc --delta --reason 'ticket 4712'
  operator roster import --all 2026-11 --reason 'ticket 4713'
  operator roster approve 2026-11 --reason 'ticket 4713'";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what a file is, and propose a mapping for it
    ///
    /// Works without AWS and changes nothing. At a terminal it asks about what a file alone does not tell.
    #[command(after_help = "Examples:\n  operator roster inspect members.xlsx\n  \
                      operator roster inspect members.xlsx --write jkc.toml")]
    Inspect(inspect::Inspect),
    /// Make an insurer's roster what a file says, or those of a folder what its files say
    ///
    /// The file is read whole and compared with the roster before anything is written. One row that is
    /// refused, and nothing is written. After an interruption, at whatever point, repeat the command with
    /// the same file: it writes the rest.
    ///
    /// With --all, each file of the folder goes to the insurer whose mapping beside it names it. All are
    /// rehearsed, and each is written once another person has approved it (`operator roster approve`).
    #[command(after_help = EXAMPLES)]
    Import(Import),
    /// Approve what somebody else has rehearsed of a folder, so that it may be written
    ///
    /// It holds for these very files, read by these very mappings, and for the numbers that the rehearsal found, for
    /// seven days. Who has rehearsed cannot approve: AWS says who that is, not --operator.
    #[command(
        after_help = "Examples:\n  operator roster approve 2026-11 --reason 'ticket 4713' --dry-run\n  \
                      operator roster approve 2026-11 --insurer jkc --reason 'ticket 4713'\n  \
                      operator roster approve 2026-11 --insurer jkc --withdraw --reason 'ticket 4714'"
    )]
    Approve(approve::Approve),
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("mode").required(true))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Import {
    /// The file: CSV or the like, in UTF-8, CP932, UTF-16, EUC-JP or ISO-2022-JP, or a workbook (.xlsx, .xls, .ods)
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    file: Option<PathBuf>,
    /// Whose roster it is
    #[arg(long, value_name = "CODE", value_parser = InsurerCode::parse, required_unless_present = "all",
          conflicts_with = "all")]
    insurer: Option<InsurerCode>,
    /// The file has everybody: who is not in it leaves
    #[arg(long, group = "mode")]
    full: bool,
    /// The file has what changed: who is not in it stays
    #[arg(long, group = "mode")]
    delta: bool,
    /// A folder of files, and of mappings that say in [delivery] which file is whose
    #[arg(long, group = "mode", value_name = "FOLDER",
          conflicts_with_all = ["mapping", "encoding", "leavers", "changed", "skipped", "other_persons", "skip_refused",
                                "report", "take_over"])]
    all: Option<PathBuf>,
    /// Where the reports go, with --all; without it, into the folder `reports` in it
    #[arg(long, value_name = "FOLDER", requires = "all")]
    reports: Option<PathBuf>,
    /// Which columns are what, TOML; without it, the columns have our own names
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// The encoding; before the mapping's, and found out from the file without either
    #[arg(long)]
    encoding: Option<Charset>,
    #[command(flatten)]
    said: Said,
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
    /// What is asked for of the one file.
    fn order(&self, mapping: &Mapping) -> Result<Order, Failure> {
        let (Some(file), Some(insurer)) = (&self.file, &self.insurer) else {
            return Err(Failure::Usage(say!(
                ja: "ファイルと --insurer を指定してください",
                en: "give a file and --insurer",
            )));
        };
        if let Some(delivery) = &mapping.delivery
            && delivery.insurer != *insurer
        {
            let (of, asked) = (delivery.insurer.folded(), insurer.folded());
            return Err(Failure::Usage(say!(
                ja: "マッピングは {of} のものですが、--insurer は {asked} です",
                en: "the mapping is that of {of}, and --insurer says {asked}",
            )));
        }
        Ok(Order {
            file: file.clone(),
            insurer: insurer.clone(),
            mode: if self.full { Mode::Full } else { Mode::Delta },
            charset: self.encoding,
            said: self.said,
            skip_refused: self.skip_refused,
            report: self.report.clone(),
            beside: file.clone(),
            take_over: self.take_over,
            rate: self.write_rate.map(u32::from),
        })
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
            Self::Import(import) => match import.all.clone() {
                Some(folder) => Box::pin(batch::run(&open().await?, import, &folder)).await,
                None => Box::pin(import::run(&open().await?, import)).await,
            },
            Self::Approve(approve) => approve.run(&open().await?).await,
        }
    }
}
