//! `operator letter`: what is printed for an insurer's members. The insert for the letter that invites them, and the
//! keys of the letters, by which a member is known to hold one.

mod draw;
mod insert;
mod keys;
mod print;
mod printer;
mod qr;
mod sheet;
mod site;
mod type_setting;

use clap::{Args, Subcommand};

use crate::{desk::Desk, failure::Failure};

pub(crate) const EXAMPLES: &str = "Examples:
  operator letter --insurer jkc --site https://ibss.example.jp --out jkc.pdf
  operator letter --all --site https://ibss.example.jp --out 'letters/{code}.pdf'
  operator letter keys --insurer jkc --site https://ibss.example.jp --out jkc-keys.csv --reason 'ticket 4711'

What it says of the insurer (name, deadline, telephone, hours, address) is what the table has: see
`operator insurer show`. It is set in A4, upright, with margins of 16 mm. // 保険者について書くこと（名称、期限、電話、受付時間、
アドレス）は表のとおりです。`operator insurer show` で確認してください。A4縦、余白は16 mmです。";

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Letter {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    insert: Option<insert::Insert>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Draw the keys of letters, and write them into a file for the printer // 手紙の確認キーを作り、
    /// 印刷所用のファイルに書きます
    ///
    /// For each member who has none, whose key is of a survey that is over, or who asked for another letter
    /// (`operator member letter`). The roster keeps hashes only, so a key is in this file and nowhere else.
    /// What was interrupted is ended with --resume: it draws anew what nobody has printed. // キーのない方、
    /// 終わった調査のキーの方、もう一通を希望した方（`operator member letter`）が対象です。
    /// 名簿にはハッシュだけが残るので、キーはこのファイルにしかありません。中断したときは --resume で終えます。
    /// 印刷していない分は作り直します。
    #[command(after_help = keys::EXAMPLES)]
    Keys(keys::Keys),
}

impl Letter {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        match (self.what, self.insert) {
            (Some(What::Keys(keys)), _) => keys.run(desk).await,
            (None, Some(insert)) => insert.run(desk).await,
            (None, None) => Err(insert::incomplete()),
        }
    }
}
