//! The desk: the tables that operators work on, and what every command does there.

use domain::{InsurerCode, MemberId, Subject, UserId};
use mail::SuppressionList;
use store::{
    Account, AccountKey, Accounts, Addresses, Audit, Database, Insurer, Insurers, Kept, Members,
    Sessions, Throttles,
};

use crate::language::say;
use crate::{
    answer::Format,
    audited::{Accountable, Errand},
    change::{Careful, Plan},
    connection::Settings,
    failure::Failure,
    identity::Identity,
};

/// Where an operator works.
pub(crate) struct Desk {
    pub(crate) database: Database,
    pub(crate) accounts: Accounts,
    pub(crate) addresses: Addresses,
    pub(crate) audit: Audit,
    pub(crate) insurers: Insurers,
    pub(crate) members: Members,
    pub(crate) sessions: Sessions,
    pub(crate) suppression_list: SuppressionList,
    pub(crate) throttles: Throttles,
    pub(crate) format: Format,
    identity: Identity,
    settings: Settings,
}

impl Desk {
    /// Opens the tables.
    pub(crate) async fn open(settings: &Settings, format: Format) -> Result<Self, Failure> {
        let (database, suppression_list, identity) = settings.connect().await?;
        Ok(Self {
            accounts: settings.table(&database)?,
            addresses: settings.table(&database)?,
            audit: settings.table(&database)?,
            insurers: settings.table(&database)?,
            members: settings.table(&database)?,
            sessions: settings.table(&database)?,
            suppression_list,
            throttles: settings.table(&database)?,
            database,
            format,
            identity,
            settings: settings.clone(),
        })
    }

    /// All tables, to be looked through for what is somebody's.
    pub(crate) fn kept(&self) -> Result<Kept, Failure> {
        Kept::of(&self.database, |variable| {
            self.settings.table_name(variable)
        })
    }

    /// A command that only reads.
    pub(crate) async fn reading(
        &self,
        name: &'static str,
        by: Accountable,
    ) -> Result<Errand, Failure> {
        self.writing(name, by, false).await
    }

    /// A command that writes, unless it is a rehearsal.
    pub(crate) async fn writing(
        &self,
        name: &'static str,
        by: Accountable,
        is_rehearsal: bool,
    ) -> Result<Errand, Failure> {
        let by = by.told_by(self.identity.arn().await?.to_owned())?;
        Ok(Errand::new(name, by, is_rehearsal))
    }

    /// Whether to write what is planned with a member's data. Whatever of it is shown, by a rehearsal or to
    /// who is asked, has been read: that is noted first.
    pub(crate) async fn consents(
        &self,
        errand: &Errand,
        subject: &Subject,
        careful: Careful,
        plan: &Plan,
    ) -> Result<bool, Failure> {
        if careful.shows() {
            self.note(errand, subject.clone(), "shown").await?;
        }
        careful.consents(plan, self.format)
    }

    /// Notes what came of an errand that writes nothing else.
    pub(crate) async fn note(
        &self,
        errand: &Errand,
        subject: Subject,
        outcome: &str,
    ) -> Result<(), Failure> {
        let event = errand.event(subject, outcome);
        Ok(self.audit.note(&event).await?)
    }

    /// Notes that an errand was refused, and gives the refusal.
    pub(crate) async fn refuse(
        &self,
        errand: &Errand,
        subject: Subject,
        outcome: &str,
        message: &str,
    ) -> Failure {
        match self.note(errand, subject, outcome).await {
            Ok(()) => Failure::Refused(message.to_owned()),
            Err(failure) => failure,
        }
    }

    /// The account of a user ID.
    pub(crate) async fn account(
        &self,
        errand: &Errand,
        user_id: &UserId,
    ) -> Result<Account, Failure> {
        if let Some(account) = self.accounts.lookup(user_id).await? {
            return Ok(account);
        }
        let subject = AccountKey::of(user_id).subject();
        self.note(errand, subject, "not-found").await?;
        Err(Failure::NotFound({
            let user_id = user_id.folded();
            say!(ja: "アカウント {user_id} はありません。ユーザーIDの書き方を確かめるか、記号と番号で探してください（`operator account find --member`）", en: "there is no account {user_id}: ask how the user ID is written, or look by 記号 and 番号 with `operator account find --member`")
        }))
    }

    /// The user ID of a member's account, if the member has one.
    pub(crate) async fn claim(&self, member: &MemberId) -> Result<Option<UserId>, Failure> {
        let claim = self.accounts.read_claim(member);
        Ok(self.database.read(claim).await?)
    }

    /// The insurer of a code.
    pub(crate) async fn insurer(&self, code: &InsurerCode) -> Result<Insurer, Failure> {
        let found = self.insurers.lookup(code).await?;
        found.ok_or_else(|| {
            Failure::NotFound({ let code = code.folded(); say!(ja: "保険者 {code} はありません。`operator insurer list` で確認できます", en: "there is no insurer {code}: `operator insurer list` has them") })
        })
    }
}
