//! Mails a forgotten user ID.
//!
//! It goes to the address that was confirmed for the account of whom the five fields describe. Whether
//! there is such a member, or such an account, is not told: not by the answer and not by the time.
//!
//! # Calls
//!
//! The same as verify-member, then a read of the account that the claim names, whose address the mail goes
//! to, and of what is known against it; then one transaction charges the recipient; and the mail. Less where there is less to do, which the
//! pace of the answer hides.

use lambda::{
    Answer, Call, Identity, LetterShown, MailAdmission, Matched, Notes, Pace, Problem, Roster,
    Step, desk_of, made_of,
};
use mail::{Mailer, Notice};
use serde::Serialize;
use store::{Account, Accounts, Audit, Database, Event, Share, ShareCharge, persist};

made_of! {
    /// The step, ready to be called.
    pub struct RemindUserId {
        database: Database,
        accounts: Accounts,
        admission: MailAdmission,
        audit: Audit,
        roster: Roster,
        mailer: Mailer,
    }
}

/// Nothing, whoever asks.
#[derive(Serialize)]
pub struct Response {}

impl Step for RemindUserId {
    const NAME: &'static str = "remind-user-id";
    type Request = Identity;
    type Response = Response;

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        identity: Identity,
    ) -> Result<Answer<Response>, Problem> {
        let pace = Pace::begin();
        // The address was confirmed with the letter's key already, where the insurer requires one.
        let letter = LetterShown::NotAsked;
        let verified = self.roster.verify(call, notes, &identity, letter, ());
        let matched = match verified.await {
            Ok((matched, ())) => Ok(matched),
            Err(not_matched @ Problem::MemberNotMatched(_)) => Err(not_matched),
            Err(problem) => return Err(problem),
        };
        let work = Box::pin(self.remind(matched.as_ref(), call, notes));
        if let Err(cause) = pace.keep(work).await {
            notes.conceals(&cause);
        }
        Ok(Answer::accepted(Response {}))
    }
}

/// What failed behind us, for the log.
type Failure = Box<dyn std::error::Error + Send + Sync>;

impl RemindUserId {
    /// Mails the user ID of a member who has an account and was not mailed it a moment ago.
    async fn remind(
        &self,
        matched: Result<&Matched, &Problem>,
        call: &Call,
        notes: &Notes,
    ) -> Result<(), Failure> {
        let matched = match matched {
            Ok(matched) => matched,
            Err(problem) => {
                // Counts the try that was wrong, and says in the audit trail what the answer does not.
                let counted = notes.count_wrong(call, &self.audit, Self::NAME, problem);
                return Ok(counted.await.map(drop)?);
            }
        };
        let event = call.done(Self::NAME, matched.member.id.subject());
        let account = match &matched.user_id {
            Some(user_id) => self.accounts.lookup(user_id).await?,
            None => None,
        };
        let Some(account) = account else {
            return Ok(self.audit.note(&event).await?);
        };
        match self.charge(&account, &event).await? {
            Ok(()) => {}
            // The recipient has had its share, or mail comes back from it: to say so would tell, but the audit
            // trail has it.
            Err(problem @ Problem::TooManyAttempts { .. }) => {
                let refused = notes.refusal(call, Self::NAME, &problem);
                return Ok(self.audit.note(&refused.unwrap_or(event)).await?);
            }
            Err(_) => {
                let event = call.undeliverable(Self::NAME, event.subject);
                return Ok(self.audit.note(&event).await?);
            }
        }
        let mail = Notice::of_user_id(&account.user_id, desk_of(&matched.insurer));
        let from = &matched.insurer.mail_sender;
        let mail = call.worded(mail);
        Ok(self.mailer.send(from, &account.email, &mail).await?)
    }

    /// Charges the mail to its recipient, if mail reaches it.
    async fn charge(
        &self,
        account: &Account,
        event: &Event,
    ) -> Result<Result<(), Problem>, store::Error> {
        // The charge and its event have one mark.
        let stamp = event.at;
        if let Err(unreached) = self.admission.reaches(&account.email, stamp.at()).await? {
            return Ok(Err(unreached));
        }
        let charge = ShareCharge::new(stamp, [Share::UserId(&account.email)]);
        let charged = persist(&self.database, charge, |charge| {
            let attempt = self.audit.act(event);
            self.admission.charging(attempt, charge, |charge| charge)
        });
        Ok(charged.await?.map(drop))
    }
}
