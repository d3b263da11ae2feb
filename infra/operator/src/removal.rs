//! The accounts of an insurer's members that were made before a time: found, and removed.
//!
//! Each goes in a transaction of its own, with its claim, its sessions and its events: whatever stops this,
//! no account is half removed. What a login or a new registration does meanwhile is a condition.

use std::{ops::AddAssign, sync::Arc};

use domain::InsurerCode;
use store::{
    Account, Accounts, Audit, Database, Guessed, Lost, Pages, Refused, Sessions, Throttles,
    patiently, persist,
};
use time::OffsetDateTime;

use crate::language::{say, word};
use crate::{
    answer::Format, audited::Errand, crew::Crew, desk::Desk, failure::Failure, progress::Progress,
};

/// How many accounts are removed at once.
const AT_ONCE: usize = 32;

/// How many accounts, with how many sessions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    pub(crate) accounts: u64,
    pub(crate) sessions: usize,
}

impl AddAssign for Found {
    fn add_assign(&mut self, other: Self) {
        self.accounts += other.accounts;
        self.sessions += other.sessions;
    }
}

impl Found {
    fn of(account: &Account) -> Self {
        Self {
            accounts: 1,
            sessions: account.sessions.len(),
        }
    }
}

/// The accounts to be removed, and what it takes.
pub(crate) struct Removal {
    insurer: InsurerCode,
    made_before: OffsetDateTime,
    /// From when on whoever has used an account keeps it.
    unused_since: Option<OffsetDateTime>,
    format: Format,
    tables: Arc<Tables>,
}

struct Tables {
    database: Database,
    accounts: Accounts,
    audit: Audit,
    sessions: Sessions,
    throttles: Throttles,
    errand: Errand,
}

impl Removal {
    pub(crate) fn new(
        desk: &Desk,
        errand: &Errand,
        insurer: &InsurerCode,
        made_before: OffsetDateTime,
        unused_since: Option<OffsetDateTime>,
    ) -> Self {
        Self {
            insurer: insurer.clone(),
            made_before,
            unused_since,
            format: desk.format,
            tables: Arc::new(Tables {
                database: desk.database.clone(),
                accounts: desk.accounts.clone(),
                audit: desk.audit.clone(),
                sessions: desk.sessions.clone(),
                throttles: desk.throttles.clone(),
                errand: errand.clone(),
            }),
        }
    }

    async fn pages(&self) -> Pages<Account> {
        let accounts = &self.tables.accounts;
        accounts
            .of_insurer(&self.insurer, self.made_before, self.unused_since)
            .await
    }

    /// How many there are.
    pub(crate) async fn count(&self) -> Result<Found, Failure> {
        let mut pages = self.pages().await;
        let progress = Progress::of(
            self.format,
            word!(ja: "アカウントを数えています", en: "counting accounts"),
            pages.expected(),
        );
        let mut found = Found::default();
        while let Some(page) = pages.next().await? {
            progress.add(page.read);
            page.rows
                .iter()
                .for_each(|account| found += Found::of(account));
        }
        Ok(found)
    }

    /// Removes them; gives how many there were.
    pub(crate) async fn run(&self, expected: u64) -> Result<Found, Failure> {
        let mut pages = self.pages().await;
        let progress = Progress::of(
            self.format,
            word!(ja: "アカウントを消去しています", en: "removing accounts"),
            Some(expected),
        );
        let mut crew = Crew::new(AT_ONCE, progress);
        while let Some(page) = pages.next().await? {
            for account in page.rows {
                crew.room().await?;
                let (tables, unused_since) = (Arc::clone(&self.tables), self.unused_since);
                crew.begin(1, async move { tables.remove(account, unused_since).await });
            }
        }
        crew.finish().await
    }
}

/// What stands against a removal.
enum Against {
    /// The account is not there any more, or was used meanwhile.
    Gone,
    /// Its member's claim is not to it.
    Claim,
}

fn keeps_changing(account: &Account) -> Failure {
    let user_id = account.user_id.folded();
    Failure::Failed(
        say!(ja: "アカウント {user_id} が変わり続けているか、会員との対応が壊れています。コマンドを繰り返し、同じなら開発者に伝えてください", en: "the account {user_id} keeps changing, or its member's claim is not its own: repeat the command, and if it says so again, this needs a developer"),
    )
}

impl Tables {
    async fn remove(
        &self,
        seen: Account,
        unused_since: Option<OffsetDateTime>,
    ) -> Result<Found, Failure> {
        let is_unused =
            |account: &Account| unused_since.is_none_or(|since| !account.is_used_since(since));
        let of_member = self.errand.done(seen.member.subject());
        let of_account = of_member.also_of(seen.key.subject());
        let removed = patiently(|| {
            persist(&self.database, seen.clone(), |account| {
                let sessions = account.sessions.iter();
                self.audit
                    .act(&of_member)
                    .and(self.audit.record(&of_account))
                    // Wrong passwords lock no other account that has the user ID later.
                    .and(
                        self.throttles
                            .reset_login(Guessed::ByAnybody(&account.user_id)),
                    )
                    .and_all(sessions.map(|session| self.sessions.end(&session.token)))
                    .with_or(self.accounts.remove(account), |now| match now {
                        // A login changed which sessions it lists: those end too.
                        Some(now) if now.id == seen.id && is_unused(&now) => Lost::Overtaken(now),
                        // It is gone, was used meanwhile, or another that was made since has its user ID.
                        _ => Lost::Refused(Against::Gone),
                    })
                    .with_or(self.accounts.unclaim(account), |Refused| {
                        Lost::Refused(Against::Claim)
                    })
            })
        });
        match removed.await {
            Ok(Ok(account)) => Ok(Found::of(&account)),
            Ok(Err(Against::Gone)) => Ok(Found::default()),
            Ok(Err(Against::Claim)) => Err(keeps_changing(&seen)),
            Err(error) => Err(error.into()),
        }
    }
}
