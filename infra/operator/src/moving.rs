//! A member under another 記号 and 番号, of one insurer: what goes along, and what stands against it.
//!
//! Row, account and claim change in one transaction with the events that tell of it. Events are never changed: the
//! trail of the former number stays where it is, and the event under the new one leads to it.

use domain::{MemberId, UserId};
use store::{
    Account, Accounts, Audit, Database, Event, Lost, Members, Refused, Row, Sessions, Transaction,
    patiently, persist,
};

use crate::{audited::Errand, desk::Desk, failure::Failure, language::say};

/// The name of it in the trail, be it a command's or an import's.
pub(crate) const NAME: &str = "member-move";

/// The former and the new number of a member, and how the new one is written.
#[derive(Clone)]
pub(crate) struct Moving {
    pub(crate) from: MemberId,
    pub(crate) to: MemberId,
    pub(crate) symbol: String,
    pub(crate) number: String,
}

/// What a move finds: a row, an account, or both.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) row: Option<Row>,
    /// Whether the new number has a row already.
    pub(crate) is_there: bool,
    pub(crate) account: Option<Account>,
}

/// Why the new number cannot be this member's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Against {
    /// In the roster it is somebody else's.
    OtherPerson,
    /// It has an account already.
    HasAccount,
    /// Something changed meanwhile.
    Changed,
}

impl Against {
    /// The outcome in the trail.
    pub(crate) fn outcome(self) -> &'static str {
        match self {
            Self::OtherPerson => "other-person",
            Self::HasAccount => "has-account",
            Self::Changed => "changed",
        }
    }

    /// What to do about it.
    pub(crate) fn words(self, to: &MemberId) -> String {
        let to = written(to);
        match self {
            Self::OtherPerson => say!(
                ja: "{to} は名簿では別の人です（カナ氏名か生年月日が違います）",
                en: "in the roster {to} is somebody else: kana name or birth date is another",
            ),
            Self::HasAccount => say!(
                ja: "{to} には既にアカウントがあります。本人に確かめ、残さない方を `operator member erase` で消去してください",
                en: "{to} has an account already: ask the member, and erase the one that does not stay \
                     (`operator member erase`)",
            ),
            Self::Changed => say!(
                ja: "{to} に移す会員がその間に変わりました。もう一度確認して、コマンドを繰り返してください",
                en: "the member who becomes {to} changed meanwhile: look again, and repeat the command",
            ),
        }
    }
}

/// A member as commands take one.
pub(crate) fn written(id: &MemberId) -> String {
    id.as_str().replace('#', "/")
}

/// The tables that a move is made in.
#[derive(Clone)]
pub(crate) struct Mover {
    database: Database,
    accounts: Accounts,
    audit: Audit,
    members: Members,
    sessions: Sessions,
}

impl Mover {
    pub(crate) fn at(desk: &Desk) -> Self {
        Self {
            database: desk.database.clone(),
            accounts: desk.accounts.clone(),
            audit: desk.audit.clone(),
            members: desk.members.clone(),
            sessions: desk.sessions.clone(),
        }
    }

    /// Whether this caller may move members, with a member to try it on: the same reads, and writes of the same kinds that
    /// change nothing.
    pub(crate) async fn may_move(&self, member: &MemberId) -> Result<bool, Failure> {
        let tried = async {
            self.members.row(member).await?;
            let claim = self.accounts.read_claim(member);
            self.database.read(claim).await?;
            Transaction::unaudited()
                .with_all(self.members.trial_of_move())
                .with_all(self.accounts.trial_of_move())
                .with(self.sessions.trial_of_end())
                .commit(&self.database)
                .await
        };
        match tried.await {
            Ok(Ok(()) | Err(Refused)) => Ok(true),
            Err(store::Error::Unavailable { code, .. }) if code == "AccessDeniedException" => {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What there is of a member.
    pub(crate) async fn look(&self, moving: &Moving) -> Result<Seen, Failure> {
        let row = self.members.row(&moving.from).await?;
        let is_there = self.members.row(&moving.to).await?.is_some();
        let account = match self.claim(&moving.from).await? {
            Some(user_id) => self.accounts.lookup(&user_id).await?,
            None => None,
        };
        Ok(Seen {
            row,
            is_there,
            account: account.filter(|account| account.member == moving.from),
        })
    }

    /// Why the new number cannot be this member's, if so.
    pub(crate) async fn against(
        &self,
        moving: &Moving,
        seen: &Seen,
    ) -> Result<Option<Against>, Failure> {
        if let (Some(row), Some(there)) = (&seen.row, self.members.row(&moving.to).await?) {
            let (row, there) = (row.member()?, there.member()?);
            let is_same = row.birth_date == there.birth_date
                && row.name_kana.folded() == there.name_kana.folded();
            if !is_same {
                return Ok(Some(Against::OtherPerson));
            }
        }
        let claim = self.claim(&moving.to).await?;
        Ok(claim.map(|_| Against::HasAccount))
    }

    async fn claim(&self, member: &MemberId) -> Result<Option<UserId>, Failure> {
        let claim = self.accounts.read_claim(member);
        Ok(self.database.read(claim).await?)
    }

    /// Makes the move of what was seen.
    pub(crate) async fn write(
        &self,
        moving: &Moving,
        errand: &Errand,
        seen: Seen,
    ) -> Result<Result<(), Against>, Failure> {
        let Seen {
            row,
            is_there,
            account,
        } = seen;
        let rows = || {
            let leave = row.iter().map(|_| self.members.leave(&moving.from));
            let arrive = row.iter().filter(|_| !is_there).map(|row| {
                self.members
                    .arrive(row, &moving.to, &moving.symbol, &moving.number)
            });
            leave.chain(arrive).collect::<Vec<_>>()
        };
        let (event, others) = events(moving, errand, account.as_ref());
        let records = || others.iter().map(|event| self.audit.record(event));
        let Some(account) = account else {
            let committed = patiently(|| {
                self.audit
                    .act(&event)
                    .and_all(records())
                    .with_all(rows())
                    .commit(&self.database)
            });
            return Ok(committed.await?.map_err(|Refused| Against::Changed));
        };
        let id = account.id.clone();
        let moved = patiently(|| {
            persist(&self.database, account.clone(), |account: &Account| {
                let sessions = account.sessions.iter();
                rows().into_iter().fold(
                    self.audit
                        .act(&event)
                        .and_all(records())
                        .and_all(sessions.map(|session| self.sessions.end(&session.token)))
                        .with_or(
                            self.accounts.move_to(account, &moving.to),
                            |now| match now {
                                // A login changed which sessions it lists: those end too.
                                Some(now) if now.id == id => Lost::Overtaken(now),
                                _ => Lost::Refused(()),
                            },
                        )
                        .with_or(self.accounts.unclaim(account), |Refused| Lost::Refused(()))
                        .with_or(self.accounts.claim_as(account, &moving.to), |Refused| {
                            Lost::Refused(())
                        }),
                    |transaction, write| transaction.with_or(write, |Refused| Lost::Refused(())),
                )
            })
        });
        Ok(moved.await?.map(drop).map_err(|()| Against::Changed))
    }
}

/// The events of a move. That of the new number leads to the former one.
fn events(moving: &Moving, errand: &Errand, account: Option<&Account>) -> (Event, Vec<Event>) {
    let of_former = errand.done(moving.from.subject());
    let of_new = Event {
        subject: moving.to.subject(),
        member: Some(moving.from.subject()),
        ..of_former.clone()
    };
    let of_account = account.map(|account| Event {
        subject: account.key.subject(),
        member: Some(moving.to.subject()),
        ..of_former.clone()
    });
    let others = std::iter::once(of_new).chain(of_account).collect();
    (of_former, others)
}
