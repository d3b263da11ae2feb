//! Whom a session or a reset is about: the account, its member in the roster, the insurer.

use crate::{
    Account, AccountKey, Accounts, Database, Error, Insurer, Insurers, Member, Members, Read,
    Reads, ResetAccount, SignedIn,
};

/// An account, its member and the insurer.
pub struct Party {
    /// The account.
    pub account: Account,
    /// The member.
    pub member: Member,
    /// The member's insurer.
    pub insurer: Insurer,
}

/// The tables that say so.
#[derive(Clone, Debug)]
pub struct Parties {
    database: Database,
    accounts: Accounts,
    insurers: Insurers,
    members: Members,
}

impl Parties {
    /// Takes the tables together.
    #[must_use]
    pub fn new(
        database: &Database,
        accounts: Accounts,
        insurers: Insurers,
        members: Members,
    ) -> Self {
        Self {
            database: database.clone(),
            accounts,
            insurers,
            members,
        }
    }

    /// Reads whom a session is of, and `more`, in one call. The account is as it is now; what operators write
    /// may be seconds old. `None` when the account is not the one of the session any more, may not be used, or
    /// the member has left the roster: then nobody is signed in.
    ///
    /// # Errors
    /// When DynamoDB fails, an item is corrupt, or the insurer is not configured.
    pub async fn of_session<M: Reads>(
        &self,
        session: &SignedIn,
        more: M,
    ) -> Result<Option<(Party, M::Found)>, Error> {
        let insurer = self.insurers.read(session.insurer());
        let member = self.members.read(session.member());
        let reads = (self.account(session.account()), insurer, member, more);
        let (account, insurer, member, more) = self.database.read(reads).await?;
        let party = Party::of(account, insurer, member)?;
        Ok(party
            .filter(|party| party.account.admits(session))
            .map(|party| (party, more)))
    }

    /// Reads whom a reset is about, in the same way. `None` when the account is no more or the member has left
    /// the roster.
    ///
    /// # Errors
    /// When DynamoDB fails, an item is corrupt, or the insurer is not configured.
    pub async fn of_reset(&self, reset: &ResetAccount) -> Result<Option<Party>, Error> {
        let insurer = self.insurers.read(&reset.insurer);
        let member = self.members.read(&reset.member);
        let reads = (self.account(&reset.key), insurer, member);
        let (account, insurer, member) = self.database.read(reads).await?;
        Party::of(account, insurer, member)
    }

    fn account(&self, key: &AccountKey) -> Read<Account> {
        // A login, an acceptance or a change of address may have been a moment ago.
        self.accounts.read(key).consistent()
    }
}

impl Party {
    fn of(
        account: Option<Account>,
        insurer: Option<Insurer>,
        member: Option<Member>,
    ) -> Result<Option<Self>, Error> {
        let (Some(account), Some(member)) = (account, member) else {
            return Ok(None);
        };
        Ok(Some(Self {
            account,
            member,
            insurer: insurer.ok_or(Error::InsurerMissing)?,
        }))
    }
}
