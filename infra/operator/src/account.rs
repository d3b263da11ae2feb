//! `operator account`: what the support desk sees of a member's account, and does for it.

mod end_sessions;
mod ending;
pub(crate) mod find;
mod history;
mod show;
mod start_reset;
mod status;
mod unlock;

use clap::{Args, Subcommand};
use domain::UserId;

use crate::{audited::Accountable, change::Careful, desk::Desk, failure::Failure};

pub(crate) const EXAMPLES: &str = "Examples:
  operator account find --member jkc/01/jvc0211 --reason 'ticket 4711'
  operator account show taro --reason 'ticket 4711'
  operator account unlock taro --reason 'ticket 4711'";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find the account of a user ID, or of a member // ユーザーIDか加入者から、アカウントを探します
    #[command(
        after_help = "Examples:\n  operator account find --user-id taro --reason 'ticket 4711'\n  \
                      operator account find --member jkc/01/jvc0211 --reason 'ticket 4711'\n  \
                      operator account find --member demo//100001 --reason 'an insurer without 記号'"
    )]
    Find(find::Arguments),
    /// Show an account, masked // アカウントを表示します（伏せ字）
    #[command(after_help = "Examples:\n  operator account show taro --reason 'ticket 4711'")]
    Show(OfAccount),
    /// Tell what happened to an account and its member // アカウントと加入者に起きたことを表示します
    #[command(after_help = "Examples:\n  operator account history taro --reason 'ticket 4711'")]
    History(OfAccount),
    /// Forget the wrong passwords, and let no stranger lock the member out for a day //
    /// パスワードの誤りを忘れ、1日間、第三者の誤入力では閉じないようにします
    #[command(after_help = "Examples:\n  operator account unlock taro --reason 'ticket 4711'")]
    Unlock(Changing),
    /// End every session // すべてのログインを終わらせます
    #[command(
        after_help = "Examples:\n  operator account end-sessions taro --reason 'ticket 4711'"
    )]
    EndSessions(Changing),
    /// Let nobody log in, and end every session // ログインできないようにし、すべてのログインを終わらせます
    #[command(after_help = "Examples:\n  operator account disable taro --reason 'ticket 4711'")]
    Disable(Changing),
    /// Let the member log in again // ふたたびログインできるようにします
    #[command(after_help = "Examples:\n  operator account enable taro --reason 'ticket 4711'")]
    Enable(Changing),
    /// Let the next password reset go to another address, for a day; the member chooses the password //
    /// 次のパスワード再設定を、1日間だけ別のアドレスで受けられるようにします。パスワードは会員が決めます
    #[command(
        after_help = "The address that the member reads now is asked for, or is a line of standard input. // \
                      会員がいま読めるアドレスは、端末で尋ねるか、標準入力の1行で受け取ります。\n\n\
                      Examples:\n  operator account start-reset taro --reason 'ticket 4711, called back'"
    )]
    StartReset {
        #[command(flatten)]
        changing: Changing,
    },
}

#[derive(Args, Debug)]
pub(crate) struct OfAccount {
    /// The user ID; its case does not matter // ユーザーID（大文字と小文字は区別しません）
    #[arg(value_parser = UserId::parse)]
    user_id: UserId,
    #[command(flatten)]
    by: Accountable,
}

#[derive(Args, Debug)]
pub(crate) struct Changing {
    #[command(flatten)]
    of: OfAccount,
    #[command(flatten)]
    careful: Careful,
}

impl Command {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        match self {
            Self::Find(arguments) => find::run(desk, arguments).await,
            Self::Show(of) => show::run(desk, of).await,
            Self::History(of) => history::run(desk, of).await,
            Self::Unlock(changing) => unlock::run(desk, changing).await,
            Self::EndSessions(changing) => end_sessions::run(desk, changing).await,
            Self::Disable(changing) => status::disable(desk, changing).await,
            Self::Enable(changing) => status::enable(desk, changing).await,
            Self::StartReset { changing } => start_reset::run(desk, changing).await,
        }
    }
}
