//! `operator insurer`: what differs from insurer to insurer.

mod certificate;
mod contacts;
mod list;
mod put;
mod remove;
mod show;

use std::path::PathBuf;

use clap::Subcommand;
use domain::{InsurerCode, Subject, TermsVersion};

use store::{LetterRun, RosterImport};

use crate::{
    audited::Accountable, change::Careful, desk::Desk, failure::Failure, language::say, pages::At,
    world::in_japan,
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator insurer list
  operator insurer show jkc --json > jkc.json
  operator insurer put jkc.json --mail-domain mail.example.jp --reason 'ticket 4711'
  operator insurer contacts --site site --dry-run";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the insurers // 保険者の一覧を表示します
    #[command(after_help = "Examples:\n  operator insurer list\n  operator insurer list --json")]
    List,
    /// Show one; with --json as the file that `put` takes // 1つの保険者を表示します。--json なら `put`
    /// に渡せるファイルになります
    #[command(after_help = "Examples:\n  operator insurer show jkc --json > jkc.json")]
    Show {
        /// The insurer's code // 保険者指定コード
        #[arg(value_parser = InsurerCode::parse)]
        code: InsurerCode,
    },
    /// Make an insurer what a file says, whether or not it is there //
    /// 保険者をファイルのとおりにします（なければ作ります）
    #[command(
        after_help = "Examples:\n  operator insurer put jkc.toml --reason 'ticket 4711' --dry-run"
    )]
    Put(Put),
    /// Erase everything of an insurer and its members, and write a certificate of it //
    /// 保険者と加入者のすべてを消去し、証明書を作ります
    ///
    /// For the end of a contract: roster, accounts, sessions, what is under way, counters, addresses that
    /// nobody else has, and the insurer itself. The audit trail stays, which has hashes and no personal data.
    /// What was interrupted is finished by the same command. // 契約の終了のためのコマンドです。
    /// 名簿、アカウント、ログイン、手続き中のもの、回数の記録、ほかにだれも使っていないメールアドレス、
    /// 保険者自身を消去します。監査証跡は残ります（ハッシュだけで、個人情報はありません）。中断したときは、
    /// 同じコマンドで続きを行います。
    #[command(
        after_help = "Examples:\n  operator insurer remove jkc --certificate jkc.txt --reason 'contract 12' --dry-run"
    )]
    Remove(remove::Remove),
    /// Write the contacts of all insurers into the members' site, in both languages // 全保険者の問合せ先を、
    /// 会員向けサイトに日本語と英語で書きます
    #[command(after_help = "Examples:\n  operator insurer contacts --dry-run")]
    Contacts(At),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Put {
    /// One insurer, .json or .toml: code, name, mailSender, telephone, hours, mail, termsVersions, and where
    /// there are any nameEnglish, hoursEnglish, surveyOpens, surveyDeadline, surveyAddress, ignoreLongMark,
    /// keepLeadingZeros, keepHyphens, letterKey // 1つの保険者の .json か .toml：code、name、mailSender、
    /// telephone、hours、mail、termsVersions、必要なら nameEnglish、hoursEnglish、surveyOpens、surveyDeadline、
    /// surveyAddress、ignoreLongMark、keepLeadingZeros、keepHyphens、letterKey
    file: PathBuf,
    /// The domain that mails are sent from: a sender of any other is refused // メールを送るドメイン。
    /// ほかのドメインの送信元は拒否します
    #[arg(long, env = "MAIL_DOMAIN", value_name = "DOMAIN")]
    mail_domain: Option<String>,
    /// A published version of the terms that the file has no more, and is to be published no more //
    /// 公開済みの利用規約のうち、ファイルになく、公開をやめる版
    #[arg(long, value_name = "VERSION", value_parser = TermsVersion::parse)]
    unpublish: Vec<TermsVersion>,
    /// Let keepLeadingZeros or keepHyphens become another: until the next import moves them, whoever has a 記号
    /// or 番号 with leading zeros or hyphens cannot register or be found // keepLeadingZeros か keepHyphens
    /// を変えます。次の取込みで移すまで、記号か番号に先頭の0やハイフンのある方は、登録も検索もできません
    #[arg(long)]
    rekey: bool,
    #[command(flatten)]
    by: Accountable,
    #[command(flatten)]
    careful: Careful,
}

impl Command {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        match self {
            Self::List => list::run(desk).await,
            Self::Show { code } => show::run(desk, &code).await,
            Self::Put(put) => put::run(desk, put).await,
            Self::Remove(remove) => remove::run(desk, remove).await,
            Self::Contacts(at) => contacts::run(desk, at).await,
        }
    }
}

/// Refuses while the insurer's roster is being imported, or an import was interrupted: by its rules members are
/// being keyed, so nobody may change it.
pub(crate) async fn refuse_during_import(desk: &Desk, code: &InsurerCode) -> Result<(), Failure> {
    let import = desk.insurers.roster_import(code).await?;
    match import.filter(|import| import.ended_at.is_none()) {
        None => Ok(()),
        Some(import) if import.is_removal() => Err(being_removed(&import)),
        Some(import) => Err(Failure::Refused({
            let at = in_japan(import.began_at);
            let operator = import.operator;
            let reason = import.reason;
            say!(ja: "名簿を取込み中です（{at} から、{operator}：{reason}）。終わるのを待つか、中断したのなら同じ取込みを繰り返してください", en: "its roster is being imported since {at}, by {operator}: {reason}: wait until that has ended, or has been repeated if it was interrupted")
        })),
    }
}

/// Refuses while keys of letters are drawn, or that was interrupted: what puts a row would put it without its key.
pub(crate) async fn refuse_during_letters(desk: &Desk, code: &InsurerCode) -> Result<(), Failure> {
    let run = desk.insurers.letter_run(code).await?;
    run.filter(|run| run.printed.is_none())
        .map_or(Ok(()), |run| Err(letters_under_way(&run)))
}

/// That a run draws keys, or was interrupted.
pub(crate) fn letters_under_way(run: &LetterRun) -> Failure {
    let (at, operator) = (in_japan(run.began_at), &run.operator);
    let reason = &run.reason;
    Failure::Refused(say!(
        ja: "{at} から確認キーを作成中です（{operator}：{reason}）。終わるのを待つか、中断したのなら `operator letter keys --resume` で終えてください",
        en: "keys of letters are being drawn since {at}, by {operator}: {reason}. Let that end; if it was interrupted, end it with `operator letter keys --resume`",
    ))
}

/// That an insurer is being removed, which nothing may come beside.
pub(crate) fn being_removed(removal: &RosterImport) -> Failure {
    let (at, operator) = (in_japan(removal.began_at), &removal.operator);
    let reason = &removal.reason;
    Failure::Refused(say!(
        ja: "この保険者は {at} から消去中です（{operator}：{reason}）。`operator insurer remove` を最後まで実行してください",
        en: "the insurer is being removed since {at}, by {operator}: {reason}: repeat `operator insurer remove` to its end",
    ))
}

/// Whom events of an insurer are about. No member and no account has this name.
pub(crate) fn subject(code: &InsurerCode) -> Subject {
    code.subject()
}
