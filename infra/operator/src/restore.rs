//! `operator restore`: what is missing in a table comes back from the one that a restore made beside it
//! ([ADR 0022](../../../docs/adr/0022-a-restore-brings-back-what-is-missing.md)).
//!
//! Nothing is noted of how far it came. Whatever came back is missing no more, so who repeats the command
//! brings back the rest.

mod beside;
mod summary;

use clap::{Args, ValueEnum};
use domain::{InsurerCode, Subject};
use serde::Serialize;
use store::Insurer;

use self::{beside::Beside, summary::Summary};
use crate::{
    audited::Accountable, change::Careful, desk::Desk, failure::Failure, insurer, language::say,
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator restore accounts --from accounts-restored --reason 'ticket 4731' --dry-run
  operator restore accounts --from accounts-restored --insurer jkc --reason 'ticket 4731'
  operator restore members --from members-restored --insurer jkc --reason 'ticket 4731'";

pub(crate) const LONG: &str = "Bring back what is missing in a table // 表からなくなったものを戻します

A point-in-time restore of DynamoDB makes a new table beside the stack's. This compares the two, and puts \
back what is missing here. What is here and another is newer and stays; what is new since stays. // \
DynamoDBのポイントインタイム復元は、スタックの表とは別に新しい表を作ります。このコマンドは2つを比べ、なくなったものを戻します。\
いまの表にあって内容の違うものは新しいとみなして残し、その後に増えたものも残します。

An account comes back with its member's claim, without the sessions that it had: the member logs in with the \
password of then. Where the member has registered anew, or somebody else has the user ID by now, it stays \
gone. // \
アカウントは加入者との結び付きとともに戻り、ログインは戻りません。会員は当時のパスワードでログインします。会員が登録し直しているか、\
ユーザーIDをほかの方が使っているときは、戻しません。

An interrupted restore is finished by the same command. // 中断したときは、同じコマンドで続きを行います。";

/// A table that point-in-time recovery keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kept {
    Members,
    Accounts,
    Insurers,
    Audit,
}

impl Kept {
    /// As the command line has it.
    fn word(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Accounts => "accounts",
            Self::Insurers => "insurers",
            Self::Audit => "audit",
        }
    }

    /// As plans have it.
    fn name(self) -> &'static str {
        match self {
            Self::Members => "Members",
            Self::Accounts => "Accounts",
            Self::Insurers => "Insurers",
            Self::Audit => "Audit",
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// The stack's table // スタックの表
    table: Kept,
    /// The table that the restore made // 復元で作った表
    #[arg(long, value_name = "TABLE")]
    from: String,
    /// Only what is of this insurer // この保険者のものだけ
    #[arg(long, value_name = "CODE", value_parser = InsurerCode::parse)]
    insurer: Option<InsurerCode>,
    #[command(flatten)]
    by: Accountable,
    #[command(flatten)]
    careful: Careful,
}

impl Restore {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        if self.table == Kept::Audit && self.insurer.is_some() {
            return Err(Failure::Usage(
                say!(ja: "監査の記録は保険者を持たないため、--insurer は付けられません", en: "an event of the audit trail does not tell its insurer: leave --insurer out"),
            ));
        }
        let errand = desk
            .writing("restore", self.by.clone(), self.careful.dry_run)
            .await?;
        let mut beside = Beside::new(desk, &errand, self.table, &self.from, self.insurer.as_ref());
        let told = beside.inspect().await?;
        let insurers = self.insurers(desk).await?;
        self.refuse_beside_what_takes_away(desk, insurers.clone())
            .await?;
        beside.note_since(&insurers, &told).await?;
        let counts = beside.compare().await?;
        if counts.in_restored() == 0 {
            return Err(Failure::NotFound({
                let from = self.from;
                let of = self
                    .insurer
                    .as_ref()
                    .map_or_else(String::new, |code| format!(" of {}", code.folded()));
                say!(ja: "{from} に戻す項目がなく、何も書き込んでいません", en: "{from} has nothing{of}: nothing was written")
            }));
        }
        let mut summary = Summary::of(&self, &told, counts, &errand);
        if self.careful.dry_run || counts.missing == 0 {
            desk.format.print(&summary);
            return Ok(());
        }
        self.careful.asks(summary.told())?;
        // Comparing and asking took their time.
        let insurers = self.insurers(desk).await?;
        self.refuse_beside_what_takes_away(desk, insurers).await?;
        desk.note(&errand, self.subject(), "begun").await?;
        summary.written = Some(beside.bring_back(counts.missing).await?);
        desk.note(&errand, self.subject(), "done").await?;
        if beside.was_overtaken(&told).await? {
            return Err(Failure::Found(say!(
                ja: "復元している間に、消去された会員か保険者があります。同じ消去のコマンドをもう一度実行してください",
                en: "somebody was erased while this brought back what was missing: repeat that command for them",
            )));
        }
        desk.format.print(&summary);
        Ok(())
    }

    /// Whom the events of the command itself are about: no member and no account has such a name.
    fn subject(&self) -> Subject {
        match &self.insurer {
            Some(code) => insurer::subject(code),
            None => Subject::of(&format!("table#{}", self.table.word())),
        }
    }

    /// The insurers whose items come back.
    async fn insurers(&self, desk: &Desk) -> Result<Vec<Insurer>, Failure> {
        Ok(match &self.insurer {
            Some(code) => desk.insurers.lookup(code).await?.into_iter().collect(),
            None => desk.insurers.list().await?,
        })
    }

    /// Refuses while a campaign's reset, or an import of a roster, is not finished: it would take away again
    /// what comes back.
    async fn refuse_beside_what_takes_away(
        &self,
        desk: &Desk,
        insurers: Vec<Insurer>,
    ) -> Result<(), Failure> {
        if !matches!(self.table, Kept::Accounts | Kept::Members) {
            return Ok(());
        }
        for insurer in insurers {
            let code = insurer.code.folded();
            let what = match self.table {
                Kept::Accounts => insurer
                    .campaign
                    .filter(|campaign| campaign.is_removing)
                    .map(|campaign| {
                        format!("campaign reset --deadline {}`", campaign.deadline.iso())
                    }),
                _ => desk
                    .insurers
                    .roster_import(&insurer.code)
                    .await?
                    .filter(|import| import.ended_at.is_none())
                    .map(|_| "roster import`".to_owned()),
            };
            if let Some(what) = what {
                return Err(Failure::Refused(
                    say!(ja: "{code} の `operator {what} が終わっていないため、戻したものがまた消えます。先にそれを最後まで繰り返してください", en: "an `operator {what} of {code} is not finished, and would take away what comes back: repeat it to its end first, then this"),
                ));
            }
        }
        Ok(())
    }
}
