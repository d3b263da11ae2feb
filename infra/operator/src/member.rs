//! `operator member`: a member of the roster. Whether strangers have closed their registration, and the way to open it;
//! another letter for who has lost it; and what is kept of them: all of it in a file, ended, or under another 記号 and 番号.

mod disclose;
mod erase;
mod letter;
mod r#move;
mod open;
mod show;
mod words;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use domain::{KeyRule, MemberId, MemberKey, Windows};
use store::Insurer;
use time::OffsetDateTime;

use crate::{
    audited::Accountable, change::Careful, desk::Desk, failure::Failure, language::say,
    reasons::told,
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator member show jkc/01/jvc0211 --reason 'ticket 4711'
  operator member open jkc/01/jvc0211 --reason 'ticket 4711'
  operator member letter jkc/01/jvc0211 --reason 'ticket 4711'
  operator member disclose jkc/01/jvc0211 --out disclosure.txt --reason 'ticket 4711'
  operator member erase jkc/01/jvc0211 --reason 'ticket 4711' --dry-run
  operator member move jkc/01/jvc0211 jkc/02/0211 --reason 'ticket 4711'";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell how many wrong entries were made for a member, and whether they closed the registration //
    /// 加入者の入力誤りの回数と、登録が閉じているかを表示します
    #[command(
        after_help = "Examples:\n  operator member show jkc/01/jvc0211 --reason 'ticket 4711'"
    )]
    Show(OfMember),
    /// Let the member register, whatever strangers enter, for a day // 第三者が何を入力しても、
    /// 1日間、登録できるようにします
    #[command(
        after_help = "Examples:\n  operator member open jkc/01/jvc0211 --reason 'ticket 4711'"
    )]
    Open {
        #[command(flatten)]
        of: OfMember,
        #[command(flatten)]
        careful: Careful,
    },
    /// Have another letter sent to who has lost it: it comes into the printer's next file (`operator letter
    /// keys`) // 手紙をなくした方に、もう一通送ります。次の印刷用ファイル（`operator letter keys`）に入ります
    #[command(
        after_help = "Examples:\n  operator member letter jkc/01/jvc0211 --reason 'ticket 4711'"
    )]
    Letter {
        #[command(flatten)]
        of: OfMember,
        #[command(flatten)]
        careful: Careful,
    },
    /// Write everything that is kept about a person into a file, in Japanese, for the society to hand over //
    /// 1人について保存しているすべてを、保険者が本人に渡すための日本語のファイルに書きます
    #[command(
        after_help = "Examples:\n  operator member disclose jkc/01/jvc0211 --out disclosure.txt --reason 'ticket 4711'"
    )]
    Disclose {
        /// The member, as on the insurance card; 記号 is left out where there is none: demo//100001 //
        /// 加入者（保険証のとおり）。記号がない保険者では demo//100001 のように書きます
        #[arg(value_name = "CODE/記号/番号", value_parser = read)]
        member: MemberKey,
        /// Where to; it must not be there yet, and only you may read it // 書き出すファイル。
        /// まだないものを指定します。本人だけが読めるファイルになります
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        by: Accountable,
    },
    /// End everything that is kept about a person // 1人について保存しているすべてを消去します
    ///
    /// The row of the roster, the account with its sessions, what waits for a code, the counters, and what is
    /// known of the address unless somebody else has it too. The audit trail stays, which has a hash of them
    /// and no more; it keeps a restore from bringing them back. What was interrupted is finished by the same
    /// command. // 名簿の行、アカウントとログイン、コード待ちのもの、回数の記録、
    /// ほかの方が使っていないメールアドレスの情報を消去します。監査証跡は残り（ハッシュだけです）
    /// 、復元で戻ることを防ぎます。中断したときは、同じコマンドで続きを行います。
    #[command(
        after_help = "Examples:\n  operator member erase jkc/01/jvc0211 --reason 'ticket 4711' --dry-run"
    )]
    Erase {
        /// The member, as on the insurance card; 記号 is left out where there is none: demo//100001 //
        /// 加入者（保険証のとおり）。記号がない保険者では demo//100001 のように書きます
        #[arg(value_name = "CODE/記号/番号", value_parser = read)]
        member: MemberKey,
        /// What would be asked for where there is a terminal: the member // 端末があれば尋ねるもの：加入者
        #[arg(long, value_name = "CODE/記号/番号", conflicts_with = "dry_run")]
        confirm: Option<String>,
        #[command(flatten)]
        by: Accountable,
        #[command(flatten)]
        careful: Careful,
    },
    /// Give a member another 記号 and 番号: row, account and claim go along, and the trail leads from one to
    /// the other // 加入者の記号・番号を変えます。名簿の行とアカウントも移り、証跡は前の番号からたどれます
    ///
    /// For who has changed the employer, or whose society was merged, within one insurer's code. The sessions
    /// end: the member logs in again, with the same user ID and password. //
    /// 同じ保険者のなかで勤め先が変わった方や、組合の合併のためのコマンドです。ログインは終わり、
    /// 同じユーザーIDとパスワードでログインし直します。
    #[command(
        after_help = "Examples:\n  operator member move jkc/01/jvc0211 jkc/02/0211 --reason 'ticket 4711'"
    )]
    Move {
        /// The member until now // いままでの加入者
        #[arg(value_name = "CODE/記号/番号", value_parser = read)]
        from: MemberKey,
        /// The same person from now on // これからの同じ方
        #[arg(value_name = "CODE/記号/番号", value_parser = read)]
        to: MemberKey,
        #[command(flatten)]
        by: Accountable,
        #[command(flatten)]
        careful: Careful,
    },
}

#[derive(Args, Debug)]
pub(crate) struct OfMember {
    /// The member, as on the insurance card; 記号 is left out where there is none: demo//100001 //
    /// 加入者（保険証のとおり）。記号がない保険者では demo//100001 のように書きます
    #[arg(value_name = "CODE/記号/番号", value_parser = read)]
    member: MemberKey,
    #[command(flatten)]
    by: Accountable,
}

impl Command {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        match self {
            Self::Show(of) => show::run(desk, of).await,
            Self::Open { of, careful } => open::run(desk, of, careful).await,
            Self::Letter { of, careful } => letter::run(desk, of, careful).await,
            Self::Disclose { member, out, by } => disclose::run(desk, &member, &out, by).await,
            Self::Erase {
                member,
                confirm,
                by,
                careful,
            } => erase::run(desk, &member, confirm.as_deref(), by, careful).await,
            Self::Move {
                from,
                to,
                by,
                careful,
            } => r#move::run(desk, &from, &to, by, careful).await,
        }
    }
}

/// Reads `CODE/記号/番号`, or `CODE#記号#番号` as answers and the trail have it. A 記号 may have a slash in it.
pub(crate) fn read(text: &str) -> Result<MemberKey, String> {
    let shown = text.replace('#', "/");
    let text = if text.contains('/') { text } else { &shown };
    let parts = text
        .split_once('/')
        .and_then(|(insurer, rest)| Some((insurer, rest.rsplit_once('/')?)));
    let (insurer, (symbol, number)) = parts.ok_or_else(|| {
        say!(
            ja: "保険者コード/記号/番号 と書いてください。記号がない保険者では 保険者コード//番号 です",
            en: "write it as CODE/記号/番号, or CODE//番号 without 記号",
        )
    })?;
    files::member_key(insurer, symbol, number).map_err(|error| told(&error))
}

/// The id that tries are counted under, before it is known what counts at the insurer.
fn throttled(member: &MemberKey) -> MemberId {
    member.id(KeyRule::default())
}

fn began(insurer: &Insurer) -> Option<OffsetDateTime> {
    insurer.campaign.as_ref().map(|campaign| campaign.began)
}

/// How much of what a member was given at these times counts still.
fn counting(given: Option<Vec<OffsetDateTime>>, limit: Windows, now: OffsetDateTime) -> usize {
    let given = given.unwrap_or_default().into_iter();
    given.filter(|at| !limit.short.is_spent(*at, now)).count()
}

#[cfg(test)]
mod tests {
    use domain::KeyRule;

    use super::read;
    use crate::moving::written;

    #[test]
    fn a_member_is_written_as_on_the_card() {
        for (text, id) in [
            ("jkc/01/jvc0211", "jkc#1#jvc0211"),
            ("demo//100001", "demo##100001"),
            ("jkc/公立東京/3001", "jkc#公立東京#3001"),
            ("jkc#1#jvc0211", "jkc#1#jvc0211"),
            ("demo##100001", "demo##100001"),
        ] {
            let id_read = read(text).unwrap().id(KeyRule::default());
            assert_eq!(id_read.as_str(), id);
            let again = read(&written(&id_read)).unwrap();
            assert_eq!(again.id(KeyRule::default()), id_read);
        }
    }

    #[test]
    fn what_is_no_member_says_how_to_write_one() {
        for text in ["", "jkc", "jkc/01"] {
            assert!(read(text).unwrap_err().contains("CODE/記号/番号"), "{text}");
        }
        assert!(read("jkc/01/").unwrap_err().starts_with("number: "));
    }
}
