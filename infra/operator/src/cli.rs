//! The command line, and what becomes of each command.

mod help;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory, FromArgMatches as _, Parser, Subcommand, ValueEnum as _};
use clap_complete::Shell;

use crate::language::say;
use crate::{
    account, announcement,
    answer::{self, Format},
    campaign, check,
    connection::{Settings, of_environment},
    desk::Desk,
    failure::{EXIT_CODES, Failure},
    insurer,
    language::{Language, current},
    letter, mail, member, restore, roster, stats, terms,
};

const EXAMPLES: &str = "Examples:
  operator --env-file events/local.env insurer list
  operator account show taro --operator suzuki --reason 'ticket 4711'
  operator account unlock taro --reason 'ticket 4711' --dry-run";

/// The operators' command: the support desk, what differs from insurer to insurer, and their rosters. //
/// 運用コマンド：問合せ窓口、保険者ごとの設定、名簿
#[derive(Debug, Parser)]
#[command(name = "operator", version, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
struct Command {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    what: What,
}

#[derive(Args, Debug)]
struct Globals {
    /// Speak Japanese or English; without it, what `LC_ALL`, `LC_MESSAGES` or `LANG` say //
    /// 日本語か英語で表示します。なければ `LC_ALL`、`LC_MESSAGES`、`LANG` に従います
    #[arg(long, global = true, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// Print JSON // JSONで出力します
    #[arg(long, global = true)]
    json: bool,
    /// Names of tables, region, endpoint, credentials: NAME=VALUE lines, which go before the environment //
    /// 表の名前、リージョン、接続先、認証情報：NAME=VALUE の行。環境変数より優先します
    #[arg(long, global = true, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The insurers, and what differs from one to the other // 保険者と、保険者ごとの設定
    #[command(subcommand, after_help = insurer::EXAMPLES)]
    Insurer(insurer::Command),
    /// The rosters: who may register // 名簿：登録できる方
    #[command(subcommand, after_help = roster::EXAMPLES)]
    Roster(roster::Command),
    /// The terms of use // 利用規約
    #[command(subcommand, after_help = terms::EXAMPLES)]
    Terms(terms::Command),
    /// A member's account, as the support desk sees and helps it // 会員のアカウント：
    /// 問合せ窓口での確認と手助け
    #[command(subcommand, after_help = account::EXAMPLES)]
    Account(account::Command),
    /// A member of the roster: opened to the registration, and what is kept: disclosed, erased, moved //
    /// 名簿の加入者：登録を開ける、保存内容の開示・消去・番号の変更
    #[command(subcommand, after_help = member::EXAMPLES)]
    Member(member::Command),
    /// What the members' site announces // 会員向けサイトのお知らせ
    #[command(subcommand, after_help = announcement::EXAMPLES)]
    Announcement(announcement::Command),
    /// The yearly survey of an insurer // 保険者の毎年の調査
    #[command(subcommand, after_help = campaign::EXAMPLES)]
    Campaign(campaign::Command),
    /// What is printed for an insurer's members: the insert for the letter that invites them, and its keys //
    /// 加入者に印刷して送るもの：案内の手紙に入れる紙と、確認キー
    #[command(after_help = letter::EXAMPLES)]
    Letter(Box<letter::Letter>),
    /// Addresses that mail came back from // メールが届かなかったアドレス
    #[command(subcommand, after_help = mail::EXAMPLES)]
    Mail(mail::Command),
    /// Count how many of a roster came how far, by day // 名簿の何人がどの段階まで進んだかを、日ごとに数えます
    #[command(after_help = stats::EXAMPLES)]
    Stats(stats::Stats),
    /// Bring back what is missing in a table, from the one that a point-in-time restore made //
    /// ポイントインタイム復元で作った表から、なくなったものを戻します
    #[command(after_help = restore::EXAMPLES, long_about = restore::LONG)]
    Restore(restore::Restore),
    /// Say which item of which table is not as it must be // どの表のどの項目が正しくないかを調べます
    #[command(after_help = check::EXAMPLES)]
    Check(check::Check),
    /// Print what completes this command in a shell // シェルの補完用のスクリプトを出力します
    #[command(after_help = "Examples:\n  source <(operator completions bash)")]
    Completions {
        /// The shell // シェル
        shell: Shell,
    },
}

/// Runs the command line of this process.
pub(crate) fn main() -> ExitCode {
    // Before anything is said, be it of the command line itself.
    said_language(std::env::args())
        .unwrap_or_else(of_environment)
        .choose();
    let parsed = help::in_language(Command::command(), current())
        .try_get_matches()
        .and_then(|matches| Command::from_arg_matches(&matches));
    let command = match parsed {
        Ok(command) => command,
        Err(error) => return refuse(&error),
    };
    let format = command.globals.format();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return Failure::Failed(
                say!(ja: "実行環境を作れません：{error}", en: "no runtime: {error}"),
            )
            .exit(format);
        }
    };
    match runtime.block_on(run(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit(format),
    }
}

/// The language that a command line asks for.
fn said_language(words: impl Iterator<Item = String>) -> Option<Language> {
    let mut words = words.skip_while(|word| word != "--lang" && !word.starts_with("--lang="));
    let word = words.next()?;
    let said = match word.split_once('=') {
        Some((_, said)) => said.to_owned(),
        None => words.next()?,
    };
    Language::from_str(&said, true).ok()
}

/// Tells what is wrong with the command line; help and version are no errors.
fn refuse(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|word| word == "--json");
    let told = help::wrong(error, current());
    if wants_json && error.use_stderr() {
        let told = told.unwrap_or_else(|| error.to_string().trim_end().to_owned());
        return Failure::Usage(told).exit(Format::Json);
    }
    if let Some(told) = told {
        return Failure::Usage(told).exit(Format::Text);
    }
    // Where nobody listens there is nobody to tell.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

impl Globals {
    fn format(&self) -> Format {
        if self.json {
            Format::Json
        } else {
            Format::Text
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    let format = command.globals.format();
    let env_file = command.globals.env_file.as_deref();
    let open = async || Desk::open(&Settings::read(env_file)?, format).await;
    match command.what {
        What::Insurer(what) => what.run(&open().await?).await,
        What::Roster(what) => Box::pin(what.run(format, open)).await,
        What::Terms(what) => what.run(&open().await?).await,
        What::Account(what) => what.run(&open().await?).await,
        What::Member(what) => what.run(&open().await?).await,
        What::Announcement(what) => what.run(format),
        What::Campaign(what) => what.run(&open().await?).await,
        What::Letter(what) => what.run(&open().await?).await,
        What::Stats(what) => what.run(&open().await?).await,
        What::Mail(what) => what.run(&open().await?).await,
        What::Restore(what) => what.run(&open().await?).await,
        What::Check(what) => what.run(&Settings::read(env_file)?, format).await,
        What::Completions { shell } => {
            let mut script = Vec::new();
            let mut command = help::in_language(Command::command(), current());
            clap_complete::generate(shell, &mut command, "operator", &mut script);
            answer::print(&String::from_utf8_lossy(&script));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Command::command().debug_assert();
    }

    #[test]
    fn the_language_is_known_before_the_command_line_is_read() {
        let said = |line: &str| said_language(line.split(' ').map(str::to_owned));
        assert_eq!(
            said("operator --lang ja insurer list"),
            Some(Language::Japanese)
        );
        assert_eq!(
            said("operator insurer list --lang=en"),
            Some(Language::English)
        );
        for line in [
            "operator insurer list",
            "operator --lang",
            "operator --lang fr",
        ] {
            assert_eq!(said(line), None, "{line}");
        }
    }

    #[test]
    fn every_level_has_an_example() {
        fn check(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string);
            let has_example = help.is_some_and(|help| help.contains("operator "));
            assert!(has_example, "{} has no example", command.get_name());
            command.get_subcommands().for_each(check);
        }
        check(&Command::command());
    }
}
