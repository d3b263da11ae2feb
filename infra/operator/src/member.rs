//! `operator member`: whether strangers have closed a member's 記号 and 番号 to the registration, and the way to
//! open it.

use clap::{Args, Subcommand};
use domain::{
    Admission, LeadingZeros, MemberId, MemberKey, OPENED_FOR, VERIFY_IDENTITY, VERIFY_PAIR,
};
use serde::Serialize;
use store::{IdentityTries, Insurer, Refused};
use time::OffsetDateTime;

use crate::{
    account::find::member,
    answer::{Answer, table},
    audited::{Accountable, Errand},
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    world::{in_japan, now},
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator member show jkc/01/jvc0211 --reason 'ticket 4711'
  operator member open jkc/01/jvc0211 --reason 'ticket 4711'";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell how many wrong entries were made for a member, and whether they closed the registration
    #[command(
        after_help = "Examples:\n  operator member show jkc/01/jvc0211 --reason 'ticket 4711'"
    )]
    Show(OfMember),
    /// Let the member register, whatever strangers enter, for a day
    #[command(
        after_help = "Examples:\n  operator member open jkc/01/jvc0211 --reason 'ticket 4711'"
    )]
    Open {
        #[command(flatten)]
        of: OfMember,
        #[command(flatten)]
        careful: Careful,
    },
}

#[derive(Args, Debug)]
pub(crate) struct OfMember {
    /// The member, as on the insurance card; 記号 is left out where there is none: demo//100001
    #[arg(value_name = "CODE/記号/番号", value_parser = member)]
    member: MemberKey,
    #[command(flatten)]
    by: Accountable,
}

impl Command {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        match self {
            Self::Show(of) => show(desk, of).await,
            Self::Open { of, careful } => open(desk, of, careful).await,
        }
    }
}

/// What is counted of a member.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    member: String,
    in_roster: bool,
    has_account: bool,
    wrong_entries: usize,
    wrong_entries_today: usize,
    #[serde(with = "time::serde::rfc3339::option")]
    last_at: Option<OffsetDateTime>,
    is_closed: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    opened_until: Option<OffsetDateTime>,
}

impl Answer for Shown {
    fn lines(&self) -> Vec<String> {
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let windows = VERIFY_IDENTITY.counted;
        let registration = match self.opened_until {
            Some(until) => format!("opened until {}", in_japan(until)),
            None if self.is_closed => format!(
                "closed, after {} wrong entries a day or {} in all: `operator member open` opens it",
                windows.short.most,
                windows.most()
            ),
            None => format!(
                "open; who entered it wrong {} times waits {} minutes, or goes on from another network",
                VERIFY_PAIR.counted.short.most,
                VERIFY_PAIR.counted.short.within.as_secs() / 60
            ),
        };
        let last = self.last_at.map(in_japan);
        let last = last.map_or(String::new(), |last| format!(", the last at {last}"));
        table(&[
            ("member", self.member.clone()),
            ("in the roster", yes(self.in_roster)),
            ("account", yes(self.has_account)),
            (
                "wrong entries",
                format!(
                    "{}, {} of them within a day{last}",
                    self.wrong_entries, self.wrong_entries_today
                ),
            ),
            ("registration", registration),
        ])
    }
}

async fn show(desk: &Desk, of: OfMember) -> Result<(), Failure> {
    let errand = Errand::reading("member-show", of.by);
    let insurer = desk.insurer(&of.member.insurer).await?;
    let id = of.member.id(insurer.leading_zeros);
    desk.note(&errand, id.subject(), "done").await?;
    let reads = (
        desk.members.read(&id),
        desk.accounts.read_claim(&id),
        desk.throttles.read_identity(&throttled(&of.member)),
    );
    let (in_roster, claim, tries) = desk.database.read(reads).await?;
    let (since, now) = (began(&insurer), now());
    let tries = tries.flatten();
    let wrong: Vec<OffsetDateTime> = tries
        .iter()
        .flat_map(|tries| &tries.wrong)
        .copied()
        .filter(|at| Some(*at) > since)
        .collect();
    let day = VERIFY_IDENTITY.counted.short;
    let is_closed =
        |tries: &IdentityTries| matches!(tries.admission(since, now), Admission::Refused { .. });
    desk.format.print(&Shown {
        member: id.as_str().to_owned(),
        in_roster: in_roster.is_some(),
        has_account: claim.is_some(),
        wrong_entries: wrong.len(),
        wrong_entries_today: wrong.iter().filter(|at| !day.is_spent(**at, now)).count(),
        last_at: wrong.iter().max().copied(),
        is_closed: tries.as_ref().is_some_and(is_closed),
        opened_until: tries
            .and_then(|tries| tries.opened_until)
            .filter(|until| *until > now),
    });
    Ok(())
}

async fn open(desk: &Desk, of: OfMember, careful: Careful) -> Result<(), Failure> {
    let errand = Errand::writing("member-open", of.by, careful.dry_run);
    let insurer = desk.insurer(&of.member.insurer).await?;
    let id = of.member.id(insurer.leading_zeros);
    let tried = throttled(&of.member);
    let reads = (desk.members.read(&id), desk.throttles.read_identity(&tried));
    let (in_roster, tries) = desk.database.read(reads).await?;
    if in_roster.is_none() {
        desk.note(&errand, id.subject(), "not-found").await?;
        return Err(Failure::NotFound(format!(
            "{} is not in the roster: check 記号 and 番号, or ask the insurer",
            id.as_str()
        )));
    }
    let at = now();
    let wrong = tries.flatten().map_or(0, |tries| tries.wrong.len());
    let plan = Plan::default()
        .with(
            "Throttles",
            format!(
                "{wrong} wrong entries for {} are forgotten; until {} nobody closes it",
                id.as_str(),
                in_japan(at + OPENED_FOR)
            ),
        )
        .with_event(&errand)
        .tell(
            "24時間は、初回ログイン画面からいつでもお手続きいただけます。\
             まだ「一時的に受付を停止しています」と表示される場合は、スマートフォンの回線など別のネットワークからお試しください。",
        );
    if !desk
        .consents(&errand, &id.subject(), careful, &plan)
        .await?
    {
        return Ok(());
    }
    desk.audit
        .act(&errand.done(id.subject()))
        .with(desk.members.still_there(&id))
        .and(desk.throttles.open_identity(&tried, at))
        .commit(&desk.database)
        .await?
        .map_err(|Refused| Failure::changed_meanwhile("the roster"))?;
    desk.format.print(&plan);
    Ok(())
}

/// The id that tries are counted under, before it is known whether the insurer's leading zeros count.
fn throttled(member: &MemberKey) -> MemberId {
    member.id(LeadingZeros::Dropped)
}

fn began(insurer: &Insurer) -> Option<OffsetDateTime> {
    insurer.campaign.as_ref().map(|campaign| campaign.began)
}
