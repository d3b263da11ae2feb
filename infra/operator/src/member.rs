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
use domain::{LeadingZeros, MemberId, MemberKey, Windows};
use store::Insurer;
use time::OffsetDateTime;

use crate::{audited::Accountable, change::Careful, desk::Desk, failure::Failure, language::say};

pub(crate) const EXAMPLES: &str = "Examples:
  operator member show jkc/01/jvc0211 --reason 'ticket 4711'
  operator member open jkc/01/jvc0211 --reason 'ticket 4711'
  operator member letter jkc/01/jvc0211 --reason 'ticket 4711'
  operator member disclose jkc/01/jvc0211 --out disclosure.txt --reason 'ticket 4711'
  operator member erase jkc/01/jvc0211 --reason 'ticket 4711' --dry-run
  operator member move jkc/01/jvc0211 jkc/02/0211 --reason 'ticket 4711'";

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
    /// Have another letter sent to who has lost it: it comes into the printer's next file (`operator letter keys`)
    #[command(
        after_help = "Examples:\n  operator member letter jkc/01/jvc0211 --reason 'ticket 4711'"
    )]
    Letter {
        #[command(flatten)]
        of: OfMember,
        #[command(flatten)]
        careful: Careful,
    },
    /// Write everything that is kept about a person into a file, in Japanese, for the society to hand over
    #[command(
        after_help = "Examples:\n  operator member disclose jkc/01/jvc0211 --out disclosure.txt --reason 'ticket 4711'"
    )]
    Disclose {
        /// The member, as on the insurance card; 記号 is left out where there is none: demo//100001
        #[arg(value_name = "CODE/記号/番号", value_parser = read)]
        member: MemberKey,
        /// Where to; it must not be there yet, and only you may read it
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        by: Accountable,
    },
    /// End everything that is kept about a person
    ///
    /// The row of the roster, the account with its sessions, what waits for a code, the counters, and what is known
    /// of the address unless somebody else has it too. The audit trail stays, which has a hash of them and no more; it
    /// keeps a restore from bringing them back. What was interrupted is finished by the same command.
    #[command(
        after_help = "Examples:\n  operator member erase jkc/01/jvc0211 --reason 'ticket 4711' --dry-run"
    )]
    Erase {
        /// The member, as on the insurance card; 記号 is left out where there is none: demo//100001
        #[arg(value_name = "CODE/記号/番号", value_parser = read)]
        member: MemberKey,
        /// What would be asked for where there is a terminal: the member
        #[arg(long, value_name = "CODE/記号/番号", conflicts_with = "dry_run")]
        confirm: Option<String>,
        #[command(flatten)]
        by: Accountable,
        #[command(flatten)]
        careful: Careful,
    },
    /// Give a member another 記号 and 番号: row, account and claim go along, and the trail leads from one to the other
    ///
    /// For who has changed the employer, or whose society was merged, within one insurer's code. The sessions end: the
    /// member logs in again, with the same user ID and password.
    #[command(
        after_help = "Examples:\n  operator member move jkc/01/jvc0211 jkc/02/0211 --reason 'ticket 4711'"
    )]
    Move {
        /// The member until now
        #[arg(value_name = "CODE/記号/番号", value_parser = read)]
        from: MemberKey,
        /// The same person from now on
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
    /// The member, as on the insurance card; 記号 is left out where there is none: demo//100001
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

/// Reads `CODE/記号/番号`. A 記号 may have a slash in it.
pub(crate) fn read(text: &str) -> Result<MemberKey, String> {
    let parts = text
        .split_once('/')
        .and_then(|(insurer, rest)| Some((insurer, rest.rsplit_once('/')?)));
    let (insurer, (symbol, number)) = parts.ok_or_else(|| {
        say!(
            ja: "CODE/記号/番号 と書いてください。記号がない保険者では CODE//番号 です",
            en: "write it as CODE/記号/番号, or CODE//番号 without 記号",
        )
    })?;
    files::member_key(insurer, symbol, number).map_err(|error| error.to_string())
}

/// The id that tries are counted under, before it is known whether the insurer's leading zeros count.
fn throttled(member: &MemberKey) -> MemberId {
    member.id(LeadingZeros::Dropped)
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
    use domain::LeadingZeros;

    use super::read;
    use crate::moving::written;

    #[test]
    fn a_member_is_written_as_on_the_card() {
        for (text, id) in [
            ("jkc/01/jvc0211", "jkc#1#jvc0211"),
            ("demo//100001", "demo##100001"),
            ("jkc/公立東京/3001", "jkc#公立東京#3001"),
        ] {
            let id_read = read(text).unwrap().id(LeadingZeros::Dropped);
            assert_eq!(id_read.as_str(), id);
            let again = read(&written(&id_read)).unwrap();
            assert_eq!(again.id(LeadingZeros::Dropped), id_read);
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
