//! `operator campaign`: the yearly survey of an insurer.

mod reset;

use clap::Subcommand;
use domain::{InsurerCode, SurveyDeadline};
use time::Date;

use crate::{audited::Accountable, change::Careful, desk::Desk, failure::Failure, world::day};

pub(crate) const EXAMPLES: &str = "Examples:
  operator campaign reset --insurer jkc --deadline 2028-01-28 --reason 'ticket 4721' --dry-run
  operator campaign reset --insurer jkc --deadline 2028-01-28 --reason 'ticket 4721'
  operator campaign reset --insurer jkc --deadline 2028-01-28 --unused-since 2026-12-01 --reason 'ticket 4721'
  operator campaign reset --insurer jkc --deadline 2028-01-28 --keep-accounts --reason 'ticket 4721'";

const RESET: &str = "Every account of the insurer's members that was made before is removed, with its \
sessions, so that whoever gets this year's letter registers with it: a password and an address of last \
year are forgotten or dead for many, the letter need not tell two ways, and what nobody needs any more is \
not kept. The roster, the audit trail and accounts of other insurers stay. This cannot be undone, so the \
insurer's code and the number of accounts are asked for. // \
これまでに作られた加入者のアカウントを、ログインとともにすべて消去し、今年の手紙を受け取った方が手紙から登録し直せるようにします。\
多くの方は去年のパスワードを忘れ、去年のアドレスも使えません。手紙に2通りの案内を書かずに済み、不要な情報も残りません。名簿、\
監査証跡、ほかの保険者のアカウントは残ります。元に戻せないため、保険者のコードとアカウントの数を尋ねます。

With --keep-accounts, members go on with last year's user ID and password, and only who has none \
registers: for a letter that says so. // \
--keep-accounts では、去年のユーザーIDとパスワードのまま続け、ない方だけが登録します。手紙にそう書くときに使います。

With --unused-since, only accounts that nobody has made or logged in to from that day on are removed: who \
has used theirs goes on with it, and whoever has forgotten theirs registers anew. // \
--unused-since では、その日以降に作成もログインもされていないアカウントだけを消去します。使っている方はそのまま、\
忘れた方は登録し直します。

The opening day and the address of the survey go with the deadline that they were put with: put the new \
ones first, with the deadline (`operator insurer put`), and they stay; beside another deadline they are \
taken away. // \
調査の開始日と回答先は、いっしょに登録した期限とともに入れ替わります。先に新しいものを期限とともに登録しておけば\
（`operator insurer put`）残り、期限が違うものは消えます。

An interrupted reset is finished by the same command; what members have made since its begin stays. \
100,000 accounts take about ten minutes and a dollar of writes. // \
中断したときは、同じコマンドで続きを行います。開始後に会員が作ったものは残ります。10万アカウントで約10分、書込みに約1ドル \
かかります。";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin an insurer's next survey: accounts are removed, the deadline and the count are new //
    /// 保険者の次の調査を始めます。アカウントを消去し、期限と集計を新しくします
    #[command(after_help = EXAMPLES, long_about = RESET)]
    Reset(Reset),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Reset {
    /// The insurer // 保険者
    #[arg(long, value_name = "CODE", value_parser = InsurerCode::parse)]
    insurer: InsurerCode,
    /// The last day of the new survey in Japan, YYYY-MM-DD // 新しい調査の最終日（日本の日付、YYYY-MM-DD）
    #[arg(long, value_name = "DAY", value_parser = SurveyDeadline::parse)]
    deadline: SurveyDeadline,
    /// Leave the accounts: only the deadline and the count are new // アカウントを残します。
    /// 期限と集計だけが新しくなります
    #[arg(long)]
    keep_accounts: bool,
    /// Remove only accounts that nobody has made or logged in to from this day on, in Japan, YYYY-MM-DD //
    /// この日（日本の日付、YYYY-MM-DD）以降に作成もログインもされていないアカウントだけを消去します
    #[arg(long, value_name = "DAY", value_parser = day, conflicts_with = "keep_accounts")]
    unused_since: Option<Date>,
    /// What would be asked for where there is a terminal: the insurer's code and the number of accounts //
    /// 端末があれば尋ねるもの：保険者のコードとアカウントの数
    #[arg(long, value_name = "CODE=NUMBER", conflicts_with_all = ["keep_accounts", "dry_run"])]
    confirm: Option<String>,
    #[command(flatten)]
    by: Accountable,
    #[command(flatten)]
    careful: Careful,
}

impl Command {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let Self::Reset(reset) = self;
        reset.run(desk).await
    }
}
