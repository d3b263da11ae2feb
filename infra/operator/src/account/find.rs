//! `operator account find`.

use clap::Args;
use domain::{MemberId, MemberKey, UserId};
use serde::Serialize;

use crate::{
    answer::{Answer, table},
    audited::{Accountable, Errand},
    desk::Desk,
    failure::Failure,
};

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    by: Accountable,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Whose {
    /// The account's user ID; its case does not matter
    #[arg(long, value_name = "ID", value_parser = UserId::parse)]
    user_id: Option<UserId>,
    /// The member, as on the insurance card; 記号 is left out where there is none: demo//100001
    #[arg(long, value_name = "CODE/記号/番号", value_parser = member)]
    member: Option<MemberKey>,
}

/// Reads `CODE/記号/番号`. A 記号 may have a slash in it.
pub(crate) fn member(text: &str) -> Result<MemberKey, String> {
    let parts = text
        .split_once('/')
        .and_then(|(insurer, rest)| Some((insurer, rest.rsplit_once('/')?)));
    let (insurer, (symbol, number)) =
        parts.ok_or("write it as CODE/記号/番号, or CODE//番号 without 記号")?;
    files::member_key(insurer, symbol, number).map_err(|error| error.to_string())
}

/// An account and its member, by the names that other commands take.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    user_id: String,
    member: String,
    in_roster: bool,
}

impl Answer for Found {
    fn lines(&self) -> Vec<String> {
        let in_roster = if self.in_roster { "yes" } else { "no" };
        table(&[
            ("user ID", self.user_id.clone()),
            ("member", self.member.clone()),
            ("in the roster", in_roster.to_owned()),
        ])
    }
}

pub(super) async fn run(desk: &Desk, arguments: Arguments) -> Result<(), Failure> {
    let errand = Errand::reading("account-find", arguments.by);
    let found = match (arguments.whose.user_id, arguments.whose.member) {
        (_, Some(member)) => of_member(desk, &errand, &member).await?,
        (Some(user_id), None) => of_user_id(desk, &errand, &user_id).await?,
        (None, None) => return Err(Failure::Usage("give --user-id or --member".to_owned())),
    };
    desk.format.print(&found);
    Ok(())
}

async fn of_user_id(desk: &Desk, errand: &Errand, user_id: &UserId) -> Result<Found, Failure> {
    let account = desk.account(errand, user_id).await?;
    desk.note(errand, account.key.subject(), "done").await?;
    let (in_roster, _) = read(desk, &account.member).await?;
    Ok(Found {
        user_id: account.user_id.as_typed().to_owned(),
        member: account.member.as_str().to_owned(),
        in_roster,
    })
}

async fn of_member(desk: &Desk, errand: &Errand, member: &MemberKey) -> Result<Found, Failure> {
    let insurer = desk.insurer(&member.insurer).await?;
    let id = member.id(insurer.leading_zeros);
    let (in_roster, claim) = read(desk, &id).await?;
    let Some(claim) = claim else {
        desk.note(errand, id.subject(), "not-found").await?;
        return Err(Failure::NotFound(if in_roster {
            format!(
                "{} is in the roster and has no account: the member can register",
                id.as_str()
            )
        } else {
            format!(
                "{} is not in the roster and has no account: check 記号 and 番号, or ask the insurer",
                id.as_str()
            )
        }));
    };
    desk.note(errand, id.subject(), "done").await?;
    Ok(Found {
        user_id: claim.as_typed().to_owned(),
        member: id.as_str().to_owned(),
        in_roster,
    })
}

/// Whether a member is in the roster, and the claim to an account.
async fn read(desk: &Desk, id: &MemberId) -> Result<(bool, Option<UserId>), Failure> {
    let reads = (desk.members.read(id), desk.accounts.read_claim(id));
    let (member, claim) = desk.database.read(reads).await?;
    Ok((member.is_some(), claim))
}

#[cfg(test)]
mod tests {
    use domain::LeadingZeros;

    use super::member;

    #[test]
    fn a_member_is_written_as_on_the_card() {
        for (text, id) in [
            ("jkc/01/jvc0211", "jkc#1#jvc0211"),
            ("demo//100001", "demo##100001"),
            ("jkc/公立東京/3001", "jkc#公立東京#3001"),
        ] {
            let key = member(text).unwrap();
            assert_eq!(key.id(LeadingZeros::Dropped).as_str(), id);
        }
    }

    #[test]
    fn what_is_no_member_says_how_to_write_one() {
        for text in ["", "jkc", "jkc/01"] {
            assert!(
                member(text).unwrap_err().contains("CODE/記号/番号"),
                "{text}"
            );
        }
        assert!(member("jkc/01/").unwrap_err().starts_with("number: "));
    }
}
