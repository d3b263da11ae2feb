//! `operator account find`.

use clap::Args;
use domain::{MemberId, MemberKey, UserId};
use serde::Serialize;

use crate::language::{say, word};
use crate::{
    answer::{Answer, table},
    audited::{Accountable, Errand},
    desk::Desk,
    failure::Failure,
    member,
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
    /// The account's user ID; its case does not matter //
    /// アカウントのユーザーID（大文字と小文字は区別しません）
    #[arg(long, value_name = "ID", value_parser = UserId::parse)]
    user_id: Option<UserId>,
    /// The member, as on the insurance card; 記号 is left out where there is none: demo//100001 //
    /// 加入者（保険証のとおり）。記号がない保険者では demo//100001 のように書きます
    #[arg(long, value_name = "CODE/記号/番号", value_parser = member::read)]
    member: Option<MemberKey>,
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
        let in_roster = if self.in_roster {
            word!(ja: "はい", en: "yes")
        } else {
            word!(ja: "いいえ", en: "no")
        };
        table(&[
            (word!(ja: "ユーザーID", en: "user ID"), self.user_id.clone()),
            (word!(ja: "会員", en: "member"), self.member.clone()),
            (
                word!(ja: "名簿にある", en: "in the roster"),
                in_roster.to_owned(),
            ),
        ])
    }
}

pub(super) async fn run(desk: &Desk, arguments: Arguments) -> Result<(), Failure> {
    let errand = desk.reading("account-find", arguments.by).await?;
    let found = match (arguments.whose.user_id, arguments.whose.member) {
        (_, Some(member)) => of_member(desk, &errand, &member).await?,
        (Some(user_id), None) => of_user_id(desk, &errand, &user_id).await?,
        (None, None) => {
            return Err(Failure::Usage(
                say!(ja: "--user-id か --member を付けてください", en: "give --user-id or --member"),
            ));
        }
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
    let id = member.id(insurer.key_rule);
    let (in_roster, claim) = read(desk, &id).await?;
    let Some(claim) = claim else {
        desk.note(errand, id.subject(), "not-found").await?;
        return Err(Failure::NotFound(if in_roster {
            {
                let member = id.as_str();
                say!(ja: "{member} は名簿にあり、アカウントはありません。新規登録できます", en: "{member} is in the roster and has no account: the member can register")
            }
        } else {
            {
                let member = id.as_str();
                say!(ja: "{member} は名簿になく、アカウントもありません。記号と番号を確かめるか、保険者に問い合わせてください", en: "{member} is not in the roster and has no account: check 記号 and 番号, or ask the insurer")
            }
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
