//! `operator mail`: addresses that mail came back from, and mail to them again.

use clap::{Args, Subcommand};
use domain::EmailAddress;
use serde::Serialize;
use store::{Commit, MarkedAddress, Transaction};
use time::OffsetDateTime;

use crate::{
    answer::{Answer, table},
    audited::{Accountable, Errand},
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    world::{in_japan, now},
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator mail show taro@example.jp --reason 'ticket 4711'
  operator mail lift taro@example.jp --reason 'ticket 4711, the filter is off now'";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell whether mail came back from an address
    #[command(
        after_help = "Examples:\n  operator mail show taro@example.jp --reason 'ticket 4711'"
    )]
    Show(OfAddress),
    /// Send mail to an address again, because what made it come back is over
    #[command(
        after_help = "Examples:\n  operator mail lift taro@example.jp --reason 'ticket 4711'"
    )]
    Lift {
        #[command(flatten)]
        of: OfAddress,
        #[command(flatten)]
        careful: Careful,
    },
}

#[derive(Args, Debug)]
pub(crate) struct OfAddress {
    /// The address; its case does not matter
    #[arg(value_name = "ADDRESS", value_parser = EmailAddress::parse)]
    email: EmailAddress,
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
            last_at: mark.and_then(domain::AddressMark::last),
            message_id: marked.and_then(|marked| marked.message_id.clone()),
            lifted_at: marked.and_then(|marked| marked.lifted_at),
        }
    }

    /// Whether mail goes there.
    pub(crate) fn line(&self) -> String {
        match (self.refused_until, self.why()) {
            (Some(until), Some(why)) => format!(
                "not sent until {}: {why}; `operator mail lift` ends that",
                in_japan(until)
            ),
            (None, Some(why)) => format!("goes there; {why}"),
            (_, None) => "goes there".to_owned(),
        }
    }

    /// What is known against the address; `None` when nothing is.
    fn why(&self) -> Option<String> {
        let last = in_japan(self.last_at?);
        Some(if self.complained {
            format!("its owner called a mail unwanted, at {last}")
        } else {
            format!("{} came back, the last at {last}", self.bounces)
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    email: String,
    #[serde(flatten)]
    marked: Marked,
}

impl Answer for Shown {
    fn lines(&self) -> Vec<String> {
        let lifted = self.marked.lifted_at;
        table(&[
            ("address", self.email.clone()),
            ("mail", self.marked.line()),
            (
                "message",
                self.marked.message_id.clone().unwrap_or("none".to_owned()),
            ),
            ("lifted", lifted.map_or("never".to_owned(), in_japan)),
        ])
    }
}

async fn show(desk: &Desk, of: OfAddress) -> Result<(), Failure> {
    let errand = Errand::reading("mail-show", of.by);
    let found = desk.addresses.lookup(&of.email).await?;
    desk.note(&errand, of.email.subject(), "done").await?;
    desk.format.print(&Shown {
        email: of.email.masked(),
        marked: Marked::of(found.as_ref(), now()),
    });
    Ok(())
}

async fn lift(desk: &Desk, of: OfAddress, careful: Careful) -> Result<(), Failure> {
    let errand = Errand::writing("mail-lift", of.by, careful.dry_run);
    let subject = of.email.subject();
    let found = desk.addresses.lookup(&of.email).await?;
    let why = Marked::of(found.as_ref(), now()).why();
    let (Some(why), Some(seen)) = (why, found) else {
        let message = "nothing is known against the address: mail goes there";
        return Err(desk.refuse(&errand, subject, "not-marked", message).await);
    };
    let plan = Plan::default()
        .with(
            "Addresses",
            format!("forgotten of {}: {why}", of.email.masked()),
        )
        .with_event(&errand)
        .tell(
            "メールをもう一度お送りできるようにしました。画面から、もう一度送信をお試しください。",
        );
    if !desk.consents(&errand, &subject, careful, &plan).await? {
        return Ok(());
    }
    let event = errand.done(subject);
    let committed = Transaction::new()
        .with((), desk.addresses.lift(&of.email, &seen, now()))
        .with((), desk.audit.record(&event))
        .commit(&desk.database)
        .await?;
    let Commit::Done = committed else {
        return Err(Failure::changed_meanwhile("the address"));
    };
    desk.format.print(&plan);
    Ok(())
}
