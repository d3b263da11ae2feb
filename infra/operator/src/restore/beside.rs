//! The two tables: compared, and what is missing put back.

use std::{
    collections::{HashMap, HashSet},
    ops::AddAssign,
    sync::Arc,
};

use domain::{InsurerCode, KeyRule, Subject};
use serde::Serialize;
use store::{
    Account, Accounts, Audit, Database, Insurer, Item, Members, Refused, Restored, RestoredFrom,
    Standing, is_of, patiently,
};
use time::OffsetDateTime;

use super::Kept;
use crate::{
    answer::Format, audited::Errand, crew::Crew, desk::Desk, failure::Failure, language::word,
    progress::Progress, reasons::told, world::now,
};

/// How many pages are compared at once.
const PAGES_AT_ONCE: usize = 4;
/// How many items are put back at once.
const ITEMS_AT_ONCE: usize = 32;

/// How many items of the restored table stand how to the stack's, and how many the stack's has beside them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    pub(super) same: u64,
    pub(super) differ: u64,
    pub(super) missing: u64,
    /// Accounts whose members have registered anew.
    pub(super) registered_anew: u64,
    /// Accounts whose user IDs are somebody else's by now.
    pub(super) user_id_taken: u64,
    /// Of whom was erased since.
    pub(super) erased: u64,
    /// Rows whose members are here by another key, since their insurer's rule is another.
    pub(super) rekeyed: u64,
    /// In the stack's table alone.
    pub(super) new: u64,
    /// In both, be it the claim alone that is missing.
    #[serde(skip)]
    in_both: u64,
}

impl Counts {
    /// How many items the restored table has.
    pub(super) fn in_restored(&self) -> u64 {
        self.same
            + self.differ
            + self.missing
            + self.registered_anew
            + self.user_id_taken
            + self.erased
            + self.rekeyed
    }

    fn of(standings: &[Standing]) -> Self {
        let mut counts = Self::default();
        for standing in standings {
            let count = match standing {
                Standing::Same => &mut counts.same,
                Standing::Differs => &mut counts.differ,
                Standing::Missing | Standing::Incomplete => &mut counts.missing,
                Standing::MemberHasAnother => &mut counts.registered_anew,
                Standing::UserIdTaken => &mut counts.user_id_taken,
                Standing::Erased => &mut counts.erased,
                Standing::Rekeyed => &mut counts.rekeyed,
            };
            *count += 1;
            let is_here = [Standing::Same, Standing::Differs, Standing::Incomplete];
            counts.in_both += u64::from(is_here.contains(standing));
        }
        counts
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.same += other.same;
        self.differ += other.differ;
        self.missing += other.missing;
        self.registered_anew += other.registered_anew;
        self.user_id_taken += other.user_id_taken;
        self.erased += other.erased;
        self.rekeyed += other.rekeyed;
        self.new += other.new;
        self.in_both += other.in_both;
    }
}

/// A restored table, and the stack's.
pub(super) struct Beside {
    tables: Arc<Tables>,
    format: Format,
}

struct Tables {
    table: Kept,
    restored: Restored,
    database: Database,
    accounts: Accounts,
    audit: Audit,
    members: Members,
    errand: Errand,
    /// What counts of 記号 and 番号 at each insurer now.
    rules: HashMap<InsurerCode, KeyRule>,
    /// Who was erased since the restored table was as it is.
    erased: HashSet<Subject>,
}

impl Beside {
    pub(super) fn new(
        desk: &Desk,
        errand: &Errand,
        table: Kept,
        from: &str,
        insurer: Option<&InsurerCode>,
    ) -> Self {
        let restored = match table {
            Kept::Members => desk.members.restored(from, insurer),
            Kept::Accounts => desk.accounts.restored(from, insurer),
            Kept::Insurers => desk.insurers.restored(from, insurer),
            Kept::Audit => desk.audit.restored(from, now()),
        };
        let tables = Tables {
            table,
            restored,
            database: desk.database.clone(),
            accounts: desk.accounts.clone(),
            audit: desk.audit.clone(),
            members: desk.members.clone(),
            errand: errand.clone(),
            rules: HashMap::new(),
            erased: HashSet::new(),
        };
        Self {
            tables: Arc::new(tables),
            format: desk.format,
        }
    }

    /// Whether the one can be a restore of the other, and of when it is.
    pub(super) async fn inspect(&self) -> Result<RestoredFrom, Failure> {
        let inspected = self.tables.restored.inspect().await?;
        inspected.map_err(|unfit| Failure::Usage(told(&unfit)))
    }

    /// Notes what may have become of an item since the restored table was as it is: the rules that members are found
    /// by, and who was erased; all that the trail knows of, where the table does not say when that was.
    pub(super) async fn note_since(
        &mut self,
        insurers: &[Insurer],
        from: &RestoredFrom,
    ) -> Result<(), Failure> {
        let erased = self.erased_since(from).await?;
        if let Some(tables) = Arc::get_mut(&mut self.tables) {
            let rules = insurers.iter();
            tables.rules = rules
                .map(|insurer| (insurer.code.clone(), insurer.key_rule))
                .collect();
            tables.erased = erased;
        }
        Ok(())
    }

    /// Whether somebody was erased beside this, who may have been brought back by it.
    pub(super) async fn was_overtaken(&self, from: &RestoredFrom) -> Result<bool, Failure> {
        let erased = self.erased_since(from).await?;
        Ok(!erased.is_subset(&self.tables.erased))
    }

    async fn erased_since(&self, from: &RestoredFrom) -> Result<HashSet<Subject>, Failure> {
        // The trail itself says of nobody more than it does.
        if self.tables.table == Kept::Audit {
            return Ok(HashSet::new());
        }
        let since = from.at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Ok(self.tables.audit.erased(since).await?)
    }

    /// Counts how the items stand.
    pub(super) async fn compare(&self) -> Result<Counts, Failure> {
        let mut pages = self.tables.restored.items().await;
        let progress = Progress::of(
            self.format,
            word!(ja: "比較", en: "comparing"),
            pages.expected(),
        );
        let mut crew = Crew::new(PAGES_AT_ONCE, progress);
        while let Some(page) = pages.next().await? {
            crew.room().await?;
            let (tables, rows) = (Arc::clone(&self.tables), page.rows);
            crew.begin(page.read, async move {
                Ok(Counts::of(&tables.standings(&rows).await?))
            });
        }
        let mut counts = crew.finish().await?;
        let mut pages = self.tables.restored.here_now().await;
        let progress = Progress::of(
            self.format,
            word!(ja: "集計", en: "counting"),
            pages.expected(),
        );
        let mut here = 0;
        while let Some(page) = pages.next().await? {
            progress.add(page.read);
            here += page.rows.len() as u64;
        }
        counts.new = here.saturating_sub(counts.in_both);
        Ok(counts)
    }

    /// Puts back what is missing; gives how much there was.
    pub(super) async fn bring_back(&self, expected: u64) -> Result<u64, Failure> {
        let mut pages = self.tables.restored.items().await;
        let progress = Progress::of(
            self.format,
            word!(ja: "復元", en: "bringing back"),
            Some(expected),
        );
        let mut crew = Crew::new(ITEMS_AT_ONCE, progress);
        while let Some(page) = pages.next().await? {
            let standings = self.tables.standings(&page.rows).await?;
            for (item, standing) in page.rows.into_iter().zip(standings) {
                if matches!(standing, Standing::Missing | Standing::Incomplete) {
                    crew.room().await?;
                    let tables = Arc::clone(&self.tables);
                    crew.begin(1, async move { tables.bring_back(item, standing).await });
                }
            }
        }
        crew.finish().await
    }
}

impl Tables {
    async fn standings(&self, items: &[Item]) -> Result<Vec<Standing>, Failure> {
        let mut standings = match self.table {
            Kept::Accounts => self.accounts.standings(&self.restored, items).await?,
            Kept::Members => {
                let rules = &self.rules;
                self.members.standings(&self.restored, items, rules).await?
            }
            Kept::Insurers | Kept::Audit => self.restored.standings(items).await?,
        };
        for (standing, item) in standings.iter_mut().zip(items) {
            let comes_back = matches!(standing, Standing::Missing | Standing::Incomplete);
            if comes_back && is_of(&self.erased, item) {
                *standing = Standing::Erased;
            }
        }
        Ok(standings)
    }

    /// Puts an item back. Gives how many are there by that: one, or none where another came meanwhile.
    async fn bring_back(&self, item: Item, standing: Standing) -> Result<u64, Failure> {
        let is_back = match self.table {
            Kept::Accounts => self.bring_account_back(item, standing).await?,
            _ => self.restored.put_back(&item).await?,
        };
        Ok(u64::from(is_back))
    }

    async fn bring_account_back(&self, item: Item, standing: Standing) -> Result<bool, Failure> {
        let account = Account::from_item(&item)?;
        let of_member = self.errand.done(account.member.subject());
        let of_account = of_member.also_of(account.key.subject());
        // The account that stands against it, with the claim of its member.
        let committed = patiently(|| {
            let transaction = self
                .audit
                .act(&of_member)
                .and(self.audit.record(&of_account));
            let transaction = if standing == Standing::Incomplete {
                transaction.with_or(self.accounts.still_there(&account), |Refused| None)
            } else {
                transaction.with_or(self.accounts.bring_back(item.clone()), |here| here)
            };
            transaction
                .with_or(self.accounts.claim_back(&account), |Refused| None)
                .commit(&self.database)
        });
        Ok(match committed.await? {
            Ok(()) => true,
            // A transaction whose reply was lost meets itself; whatever else is there came meanwhile.
            Err(here) => here.is_some_and(|here: Account| here.id == account.id),
        })
    }
}
