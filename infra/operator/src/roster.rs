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

use self::{
    encoding::Charset,
    guards::Said,
    mapping::{Mapping, Mode},
    rehearsal::Order,
};
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
    /// Say what a file is, and propose a mapping for it // ファイルを調べ、マッピングを提案します
    ///
    /// Works without AWS and changes nothing. At a terminal it asks about what a file alone does not tell. //
    /// AWSは不要で、何も変更しません。ファイルだけで分からないことは、端末があれば尋ねます。
    #[command(after_help = "Examples:\n  operator roster inspect members.xlsx\n  \
                      operator roster inspect members.xlsx --write jkc.toml")]
    Inspect(inspect::Inspect),
    /// Make an insurer's roster what a file says, or those of a folder what its files say //
    /// 保険者の名簿をファイルのとおりに、または各保険者の名簿をフォルダーのファイルのとおりにします
    ///
    /// The file is read whole and compared with the roster before anything is written. One row that is refused,
    /// and nothing is written. After an interruption, at whatever point, repeat the command with the same file:
    /// it writes the rest. // ファイルをすべて読み、名簿と比べてから書き込みます。1行でも要修正の行があれば、
    /// 何も書き込みません。中断したときは、どの時点でも、
    /// 同じファイルで同じコマンドを繰り返せば続きを書き込みます。
    ///
    /// With --all, each file of the folder goes to the insurer whose mapping beside it names it. All are
    /// rehearsed, and each is written once another person has approved it (`operator roster approve`). // --all
    /// では、フォルダーの各ファイルを、隣のマッピングが示す保険者に取り込みます。すべてを予行し、
    /// ほかの人が承認したもの（`operator roster approve`）だけを書き込みます。
    #[command(after_help = EXAMPLES)]
    Import(Import),
    /// Approve what somebody else has rehearsed of a folder, so that it may be written //
    /// ほかの人が予行したフォルダーを承認し、書き込めるようにします
    ///
    /// It holds for these very files, read by these very mappings, and for the numbers that the rehearsal
    /// found, for seven days. Who has rehearsed cannot approve: AWS says who that is, not --operator. //
    /// 承認は、そのファイル、そのマッピング、予行で出た数に対するもので、7日間有効です。
    /// 予行した人は承認できません。だれであるかは、--operator ではなくAWSの認証情報で判断します。
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
    /// The file: CSV or the like, in UTF-8, CP932, UTF-16, EUC-JP or ISO-2022-JP, or a workbook (.xlsx, .xls,
    /// .ods) // ファイル：CSVなど（UTF-8、CP932、UTF-16、EUC-JP、ISO-2022-JP）、またはブック（.xlsx、
    /// .xls、.ods）
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    file: Option<PathBuf>,
    /// Whose roster it is // どの保険者の名簿か
    #[arg(long, value_name = "CODE", value_parser = InsurerCode::parse, required_unless_present = "all",
          conflicts_with = "all")]
    insurer: Option<InsurerCode>,
    /// The file has everybody: who is not in it leaves // ファイルは全員分です。
    /// ファイルにない方は喪失になります
    #[arg(long, group = "mode")]
    full: bool,
    /// The file has what changed: who is not in it stays // ファイルは変更分です。
    /// ファイルにない方はそのままです
    #[arg(long, group = "mode")]
    delta: bool,
    /// A folder of files, and of mappings that say in [delivery] which file is whose // ファイルと、
    /// どのファイルがどの保険者のものかを [delivery] に書いたマッピングのフォルダー
    #[arg(long, group = "mode", value_name = "FOLDER",
          conflicts_with_all = ["mapping", "encoding", "leavers", "changed", "skipped", "other_persons", "skip_refused",
                                "report", "take_over"])]
    all: Option<PathBuf>,
    /// Where the reports go, with --all; without it, into the folder `reports` in it // --all
    /// の報告の置き場所。なければ、そのフォルダーの `reports`
    #[arg(long, value_name = "FOLDER", requires = "all")]
    reports: Option<PathBuf>,
    /// Which columns are what, TOML; without it, the columns have our own names //
    /// どの列が何かを書いたマッピング（TOML）。なければ、当システムの列名とみなします
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// The encoding; before the mapping's, and found out from the file without either // 文字コード。
    /// マッピングより優先し、どちらもなければ判別します
    #[arg(long)]
    encoding: Option<Charset>,
    #[command(flatten)]
    said: Said,
    /// Write what is not refused. Nobody leaves for not being in the file: a refused row may be theirs //
    /// 要修正の行を除いて書き込みます。
    /// ファイルにないことを理由に喪失にはしません（要修正の行がその方かもしれないため）
    #[arg(long)]
    skip_refused: bool,
    /// Where the refused rows are reported; without it FILE.refused.csv. It must not be there yet //
    /// 要修正の行の報告先。なければ FILE.refused.csv。まだないものを指定します
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The most items that are written a second; without it, as many as the table takes //
    /// 1秒間に書き込む最大の件数。なければ、表の受け付けるだけ書き込みます
    #[arg(long, value_name = "N")]
    write_rate: Option<NonZeroU32>,
    /// Take the place of an import that was interrupted and will not be finished //
    /// 中断したまま続けない取込みに代わって取り込みます
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
            is_of_folder: false,
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
