//! `operator member move`: a member under another 記号 and 番号.
//!
//! Row, account and claim change in one transaction with the events that tell of it. Events are never changed: the
//! trail of the former number stays where it is, and the event under the new one leads to it.

use domain::{MemberId, MemberKey};
use store::{Account, Event, Lost, Refused, Row, persist};

use super::written;
use crate::{
    audited::{Accountable, Errand},
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    insurer::refuse_during_import,
    language::{say, word},
};

/// The name of the command in the trail.
const NAME: &str = "member-move";

/// What a move finds: a row, an account, or both.
struct Seen {
    row: Option<Row>,
    is_there: bool,
    account: Option<Account>,
}

/// The former and the new number of a member, and how the new one is written.
struct Moved<'a> {
    from: &'a MemberId,
    to: &'a MemberId,
    symbol: &'a str,
    number: &'a str,
}

pub(super) async fn run(
    desk: &Desk,
    from: &MemberKey,
    to: &MemberKey,
    by: Accountable,
    careful: Careful,
) -> Result<(), Failure> {
    let errand = desk.writing(NAME, by, careful.dry_run).await?;
    if from.insurer != to.insurer {
        return Err(Failure::Usage(say!(
            ja: "別の保険者へは移せません。移った先の保険者の名簿に載せ、会員に登録し直してもらってください",
            en: "nobody moves to another insurer: they come into its roster, and register there",
        )));
    }
    let insurer = desk.insurer(&from.insurer).await?;
    refuse_during_import(desk, &insurer.code).await?;
    let ids = [from, to].map(|key| key.id(insurer.leading_zeros));
    let moved = Moved {
        from: &ids[0],
        to: &ids[1],
        symbol: to.symbol.as_ref().map_or("", |symbol| symbol.folded()),
        number: to.number.folded(),
    };
    if moved.from == moved.to {
        return Err(Failure::Usage(say!(
            ja: "どちらも同じ会員です",
            en: "both are the same member",
        )));
    }
    let seen = moved.look(desk).await?;
    if seen.row.is_none() && seen.account.is_none() {
        desk.note(&errand, moved.from.subject(), "not-found")
            .await?;
        let member = written(moved.from);
        return Err(Failure::NotFound(say!(
            ja: "{member} は名簿になく、アカウントもありません",
            en: "{member} is not in the roster and has no account",
        )));
    }
    if let Some(refusal) = moved.refusal(desk, &seen).await? {
        let (outcome, message) = refusal;
        return Err(desk
            .refuse(&errand, moved.from.subject(), outcome, &message)
            .await);
    }
    let plan = moved.plan(&seen, &errand);
    let subject = moved.from.subject();
    if !desk.consents(&errand, &subject, careful, &plan).await? {
        return Ok(());
    }
    moved.write(desk, &errand, seen).await?;
    desk.format.print(&plan);
    Ok(())
}

impl Moved<'_> {
    async fn look(&self, desk: &Desk) -> Result<Seen, Failure> {
        let row = desk.members.row(self.from).await?;
        let is_there = desk.members.row(self.to).await?.is_some();
        let account = match desk.claim(self.from).await? {
            Some(user_id) => desk.accounts.lookup(&user_id).await?,
            None => None,
        };
        Ok(Seen {
            row,
            is_there,
            account: account.filter(|account| account.member == *self.from),
        })
    }

    /// Why the new number cannot be this member's: the outcome in the trail, and the message.
    async fn refusal(
        &self,
        desk: &Desk,
        seen: &Seen,
    ) -> Result<Option<(&'static str, String)>, Failure> {
        let to = written(self.to);
        if let (Some(row), Some(there)) = (&seen.row, desk.members.row(self.to).await?) {
            let (row, there) = (row.member()?, there.member()?);
            let is_same = row.birth_date == there.birth_date
                && row.name_kana.folded() == there.name_kana.folded();
            if !is_same {
                return Ok(Some((
                    "other-person",
                    say!(
                        ja: "{to} は名簿では別の人です（カナ氏名か生年月日が違います）",
                        en: "in the roster {to} is somebody else: kana name or birth date is another",
                    ),
                )));
            }
        }
        let claim = desk.claim(self.to).await?;
        Ok(claim.map(|_| {
            (
                "has-account",
                say!(
                    ja: "{to} には既にアカウントがあります。本人に確かめ、残さない方を `operator member erase` で消去してください",
                    en: "{to} has an account already: ask the member, and erase the one that does not stay \
                         (`operator member erase`)",
                ),
            )
        }))
    }

    fn plan(&self, seen: &Seen, errand: &Errand) -> Plan {
        let to = written(self.to);
        let mut plan = Plan::default();
        if seen.row.is_some() {
            plan = plan.with(
                "Members",
                if seen.is_there {
                    say!(ja: "{to} は既にあり、以前の行は消えます", en: "{to} is there already, and the former row goes")
                } else {
                    say!(ja: "行は {to} になります", en: "the row becomes {to}")
                },
            );
        }
        if let Some(account) = &seen.account {
            let sessions = account.sessions.len();
            plan = plan
                .with(
                    "Accounts",
                    say!(ja: "アカウントは {to} のものになります", en: "the account becomes that of {to}"),
                )
                .with(
                    "Sessions",
                    say!(ja: "{sessions} 件を終了", en: "{sessions} listed, each deleted"),
                );
        }
        plan.with_event(errand).tell(
            "記号・番号を変更しました。いままでのユーザーIDとパスワードで、もう一度ログインしてください。",
        )
    }

    /// The events of it. That of the new number leads to the former one.
    fn events(&self, errand: &Errand, account: Option<&Account>) -> (Event, Vec<Event>) {
        let of_former = errand.done(self.from.subject());
        let of_new = Event {
            subject: self.to.subject(),
            member: Some(self.from.subject()),
            ..of_former.clone()
        };
        let of_account = account.map(|account| Event {
            subject: account.key.subject(),
            member: Some(self.to.subject()),
            ..of_former.clone()
        });
        (
            of_former,
            std::iter::once(of_new).chain(of_account).collect(),
        )
    }

    async fn write(&self, desk: &Desk, errand: &Errand, seen: Seen) -> Result<(), Failure> {
        let Seen {
            row,
            is_there,
            account,
        } = seen;
        let rows = || {
            let leave = row.iter().map(|_| desk.members.leave(self.from));
            let arrive = row
                .iter()
                .filter(|_| !is_there)
                .map(|row| desk.members.arrive(row, self.to, self.symbol, self.number));
            leave.chain(arrive).collect::<Vec<_>>()
        };
        let changed = || Failure::changed_meanwhile(word!(ja: "会員", en: "the member"));
        let (event, others) = self.events(errand, account.as_ref());
        let begin = || {
            let others: Vec<_> = others
                .iter()
                .map(|event| desk.audit.record(event))
                .collect();
            (event.clone(), others)
        };
        let Some(account) = account else {
            let (event, others) = begin();
            let committed = desk
                .audit
                .act(&event)
                .and_all(others)
                .with_all(rows())
                .commit(&desk.database)
                .await?;
            return committed.map_err(|Refused| changed());
        };
        let seen = account.id.clone();
        let moved = persist(&desk.database, account, |account: &Account| {
            let (_, others) = begin();
            let sessions = account.sessions.iter();
            rows().into_iter().fold(
                desk.audit
                    .act(&event)
                    .and_all(others)
                    .and_all(sessions.map(|session| desk.sessions.end(&session.token)))
                    .with_or(desk.accounts.move_to(account, self.to), |now| match now {
                        // A login changed which sessions it lists: those end too.
                        Some(now) if now.id == seen => Lost::Overtaken(now),
                        _ => Lost::Refused(()),
                    })
                    .with_or(desk.accounts.unclaim(account), |Refused| Lost::Refused(()))
                    .with_or(desk.accounts.claim_as(account, self.to), |Refused| {
                        Lost::Refused(())
                    }),
                |transaction, write| transaction.with_or(write, |Refused| Lost::Refused(())),
            )
        });
        moved.await?.map(drop).map_err(|()| changed())
    }
}
