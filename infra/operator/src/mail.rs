//! `operator mail`: what became of the mail to an address, and mail to it again.
//!
//! Two lists can keep mail back: ours, and SES's of the AWS account. One command shows both, and one clears
//! both. A third, which SES has for all its customers, nobody can read or clear.

use clap::{Args, Subcommand};
use domain::{Delivery, DeliveryState};
use mail::Suppressed;
use serde::Serialize;
use store::{MarkedAddress, Refused};
use time::OffsetDateTime;

use crate::language::{say, word};
use crate::{
    answer::{Answer, table},
    audited::Accountable,
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    input,
    world::{in_japan, now},
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator mail show --reason 'ticket 4711'
  operator mail lift --reason 'ticket 4711, the filter is off now'

The address is asked for, or is a line of standard input; its case does not matter. // \
アドレスは端末で尋ねるか、標準入力の1行で受け取ります。大文字と小文字は区別しません。";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell what became of the newest mail to an address, and whether mail goes there //
    /// アドレス宛ての最新のメールの結果と、いま送れるかを表示します
    #[command(after_help = "Examples:\n  operator mail show --reason 'ticket 4711'")]
    Show(OfAddress),
    /// Send mail to an address again, because what made it come back is over //
    /// 届かない原因がなくなったアドレスに、ふたたび送るようにします
    #[command(after_help = "Examples:\n  operator mail lift --reason 'ticket 4711'")]
    Lift {
        #[command(flatten)]
        of: OfAddress,
        #[command(flatten)]
        careful: Careful,
    },
}

#[derive(Args, Debug)]
pub(crate) struct OfAddress {
    #[command(flatten)]
    by: Accountable,
}

impl Command {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        match self {
            Self::Show(of) => show(desk, of).await,
            Self::Lift { of, careful } => lift(desk, of, careful).await,
        }
    }
}

/// What is known against an address.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Marked {
    #[serde(with = "time::serde::rfc3339::option")]
    refused_until: Option<OffsetDateTime>,
    bounces: usize,
    complained: bool,
    suppressed: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    last_at: Option<OffsetDateTime>,
    message_id: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    lifted_at: Option<OffsetDateTime>,
}

impl Marked {
    pub(crate) fn of(marked: Option<&MarkedAddress>, now: OffsetDateTime) -> Self {
        let mark = marked.map(|marked| &marked.mark);
        Self {
            refused_until: mark
                .and_then(domain::AddressMark::refused_until)
                .filter(|until| *until > now),
            bounces: mark.map_or(0, |mark| mark.bounces.len()),
            complained: mark.is_some_and(|mark| mark.complained_at.is_some()),
            suppressed: mark.is_some_and(|mark| mark.suppressed_at.is_some()),
            last_at: mark.and_then(domain::AddressMark::last),
            message_id: marked.and_then(|marked| marked.message_id.clone()),
            lifted_at: marked.and_then(|marked| marked.lifted_at),
        }
    }

    /// Whether mail goes there.
    pub(crate) fn line(&self) -> String {
        match (self.refused_until, self.why()) {
            (Some(until), Some(why)) => {
                let until = in_japan(until);
                say!(ja: "{until} まで送りません：{why}。`operator mail lift` で再開します", en: "not sent until {until}: {why}; `operator mail lift` ends that")
            }
            (None, Some(why)) => say!(ja: "送ります。{why}", en: "goes there; {why}"),
            (_, None) => say!(ja: "送ります", en: "goes there"),
        }
    }

    /// What is known against the address; `None` when nothing is.
    fn why(&self) -> Option<String> {
        let last = in_japan(self.last_at?);
        Some(match (self.complained, self.bounces, self.suppressed) {
            (true, ..) => {
                say!(ja: "迷惑メールとして申告されました（{last}）", en: "its owner called a mail unwanted, at {last}")
            }
            (_, 0, _) => {
                say!(ja: "SESが配信を見送りました（{last}）", en: "SES did not try to deliver, at {last}")
            }
            (_, bounces, false) => {
                say!(ja: "{bounces} 通が戻りました（最後は {last}）", en: "{bounces} came back, the last at {last}")
            }
            (_, bounces, true) => {
                say!(ja: "{bounces} 通が戻り、SESはその後の配信を見送りました（最後は {last}）", en: "{bounces} came back, and SES did not try again, the last at {last}")
            }
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    email: String,
    #[serde(flatten)]
    marked: Marked,
    ses: Option<Listed>,
    latest: Vec<Reached>,
}

/// What SES's list of the account has of an address.
#[derive(Serialize)]
struct Listed {
    reason: String,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
}

/// A state that a mail has come to.
#[derive(Serialize)]
struct Reached {
    state: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
}

impl Listed {
    fn line(&self) -> String {
        let since = in_japan(self.since);
        {
            let reason = &self.reason;
            say!(ja: "{since} から送りません：{reason}", en: "does not send there since {since}: {reason}")
        }
    }
}

impl From<Suppressed> for Listed {
    fn from(Suppressed { reason, since }: Suppressed) -> Self {
        Self { reason, since }
    }
}

impl Reached {
    fn all(delivery: &Delivery) -> Vec<Self> {
        DeliveryState::ALL
            .into_iter()
            .filter_map(|state| {
                let at = delivery.at(state)?;
                let state = state.name();
                Some(Self { state, at })
            })
            .collect()
    }

    fn said(&self) -> String {
        let state = match self.state {
            "handed-over" => word!(ja: "送信", en: "handed over"),
            other => other,
        };
        format!("{state} {}", in_japan(self.at))
    }
}

impl Shown {
    /// What SES says. Its list for all customers is known by what it did not try alone.
    fn of_ses(&self) -> String {
        match &self.ses {
            Some(listed) => {
                let line = listed.line();
                say!(ja: "{line}。`operator mail lift` で再開します", en: "{line}; `operator mail lift` ends that")
            }
            None if self.marked.suppressed => {
                say!(ja: "当方のリストにはありません。SES全体のリストは、14日以内に自動で解除されます", en: "has the address on no list of ours; that of all its customers ends by itself, within 14 days")
            }
            None => say!(ja: "送ります", en: "sends there"),
        }
    }
}

impl Answer for Shown {
    fn lines(&self) -> Vec<String> {
        let lifted = self.marked.lifted_at;
        let latest: Vec<_> = self.latest.iter().map(Reached::said).collect();
        let latest = match &*latest {
            [] => say!(ja: "この14日間はありません", en: "none in the last 14 days"),
            states => states.join(", "),
        };
        table(&[
            (
                word!(ja: "メールアドレス", en: "address"),
                self.email.clone(),
            ),
            (word!(ja: "最後のメール", en: "latest mail"), latest),
            (word!(ja: "メール", en: "mail"), self.marked.line()),
            ("SES", self.of_ses()),
            (
                word!(ja: "番号", en: "message"),
                self.marked
                    .message_id
                    .clone()
                    .unwrap_or(say!(ja: "なし", en: "none")),
            ),
            (
                word!(ja: "再開", en: "lifted"),
                lifted.map_or(say!(ja: "なし", en: "never"), in_japan),
            ),
        ])
    }
}

async fn show(desk: &Desk, of: OfAddress) -> Result<(), Failure> {
    let email = input::address()?;
    let errand = desk.reading("mail-show", of.by).await?;
    let found = desk.addresses.lookup(&email).await?;
    let latest = desk.addresses.latest_delivery(&email).await?;
    let listed = desk.suppression_list.lookup(&email).await?;
    desk.note(&errand, email.subject(), "done").await?;
    desk.format.print(&Shown {
        email: email.masked(),
        marked: Marked::of(found.as_ref(), now()),
        ses: listed.map(Listed::from),
        latest: latest.as_ref().map(Reached::all).unwrap_or_default(),
    });
    Ok(())
}

async fn lift(desk: &Desk, of: OfAddress, careful: Careful) -> Result<(), Failure> {
    let email = input::address()?;
    let errand = desk.writing("mail-lift", of.by, careful.dry_run).await?;
    let subject = email.subject();
    let found = desk.addresses.lookup(&email).await?;
    let listed = desk.suppression_list.lookup(&email).await?;
    let why = Marked::of(found.as_ref(), now()).why();
    // What was lifted before has nothing against it either.
    let seen = found.filter(|_| why.is_some());
    if seen.is_none() && listed.is_none() {
        let message = word!(ja: "このアドレスに問題の記録はなく、メールは送られます", en: "nothing is known against the address: mail goes there");
        return Err(desk.refuse(&errand, subject, "not-marked", message).await);
    }
    let mut plan = Plan::default();
    let masked = email.masked();
    if let Some(why) = why {
        plan = plan.with(
            "Addresses",
            say!(ja: "{masked} の記録を消去：{why}", en: "forgotten of {masked}: {why}"),
        );
    }
    if let Some(listed) = listed.map(Listed::from) {
        let was = listed.line();
        plan = plan.with("SES", say!(ja: "{masked} をリストから外す：{was}", en: "{masked} off the account's list: {was}"));
    }
    let plan = plan.with_event(&errand).tell(
        "メールをもう一度お送りできるようにしました。画面から、もう一度送信をお試しください。",
    );
    if !desk.consents(&errand, &subject, careful, &plan).await? {
        return Ok(());
    }
    let event = errand.done(subject);
    let lift = seen
        .as_ref()
        .map(|seen| desk.addresses.lift(&email, seen, now()));
    desk.audit
        .act(&event)
        .with_all(lift)
        .commit(&desk.database)
        .await?
        .map_err(|Refused| Failure::changed_meanwhile(word!(ja: "アドレス", en: "the address")))?;
    // Last: should it fail, the command can be repeated. SES may have listed the address since it was asked.
    desk.suppression_list.remove(&email).await?;
    desk.format.print(&plan);
    Ok(())
}
