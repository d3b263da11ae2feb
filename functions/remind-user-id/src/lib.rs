//! Mails a forgotten user ID.
//!
//! It goes to the address that was confirmed for the account of whom the five fields describe. Whether
//! there is such a member, or such an account, is not told: not by the answer and not by the time.

use domain::CODE_INTERVAL;
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Identity, Matched, Pace, Problem, Roster, Step, TooMany,
    desk_of,
};
use mail::{Mailer, UserIdMail};
use serde::Serialize;
use store::{
    Account, Accounts, Addresses, Audit, Commit, Database, Event, Mailed, Throttles, Transaction,
};

/// How often the mail is charged: again once the recipient's log was pruned.
const TRIES: u32 = 3;

/// The step, ready to be called.
pub struct RemindUserId {
    database: Database,
    accounts: Accounts,
    addresses: Addresses,
    audit: Audit,
    roster: Roster,
    throttles: Throttles,
    mailer: Mailer,
}

/// Nothing, whoever asks.
#[derive(Serialize)]
pub struct Response {}

/// What the writes of the transaction guard.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Address,
    Audit,
    Recipient,
}

impl Step for RemindUserId {
    const NAME: &'static str = "remind-user-id";
    type Request = Identity;
    type Response = Response;

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            accounts: env.table(&database)?,
            addresses: env.table(&database)?,
            audit: env.table(&database)?,
            roster: Roster::new(env, &database)?,
            throttles: env.table(&database)?,
            mailer: aws.ses(),
            database,
        })
    }

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(&self, call: &Call, identity: Identity) -> Result<Answer<Response>, Problem> {
        let pace = Pace::begin();
        let matched = match self.roster.verify(call, &identity, None).await {
            Ok(matched) => Some(matched),
            Err(Problem::MemberNotMatched) => None,
            Err(problem) => return Err(problem),
        };
        let work = Box::pin(self.remind(matched.as_ref(), call));
        pace.keep(call, work).await;
        Ok(Answer::accepted(Response {}))
    }
}

/// What came of charging a mail to its recipient.
enum Charged {
    /// It may go.
    Mailable,
    /// The recipient has had its share.
    TooMany(Problem),
    /// Mail comes back from the recipient.
    Undeliverable,
}

impl RemindUserId {
    /// Mails the user ID of a member who has an account and was not mailed it a moment ago.
    async fn remind(&self, matched: Option<&Matched>, call: &Call) -> Result<(), String> {
        let Some(matched) = matched else {
            return self.note_not_matched(call).await;
        };
        let account = self
            .account_to_mail(matched, call)
            .await
            .map_err(|error| error.to_string())?;
        let Some(account) = account else {
            return Ok(());
        };
        let mail = UserIdMail {
            user_id: &account.user_id,
            desk: desk_of(&matched.insurer),
        };
        self.mailer
            .send(&matched.insurer.mail_sender, &account.email, &mail)
            .await
            .map_err(|error| error.to_string())
    }

    /// Counts a try that was wrong, and says in the audit trail what the answer does not.
    async fn note_not_matched(&self, call: &Call) -> Result<(), String> {
        call.count_wrong(&self.audit, Self::NAME, &Problem::MemberNotMatched)
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }

    /// Charges the mail to its recipient. `None` when there is no account, the recipient has had its share,
    /// or mail comes back from it: to say so would tell, but the audit trail has it.
    async fn account_to_mail(
        &self,
        matched: &Matched,
        call: &Call,
    ) -> Result<Option<Account>, store::Error> {
        let account = match &matched.user_id {
            Some(user_id) => self.accounts.lookup(user_id).await?,
            None => None,
        };
        let mut event = call.done(Self::NAME, matched.member.id.subject());
        if let Some(account) = account {
            match self.charge_mail(&account, &event).await? {
                Charged::Mailable => return Ok(Some(account)),
                Charged::TooMany(problem) => {
                    event = call.refused(Self::NAME, &problem).unwrap_or(event);
                }
                Charged::Undeliverable => {
                    event = call.undeliverable(Self::NAME, event.subject);
                }
            }
        }
        self.audit.note(&event).await?;
        Ok(None)
    }

    /// Charges the mail to its recipient, if mail reaches it.
    async fn charge_mail(&self, account: &Account, event: &Event) -> Result<Charged, store::Error> {
        let mailed = Mailed::UserId(&account.email);
        // The charge and its event have one mark.
        let stamp = event.at;
        for _ in 0..TRIES {
            let charged = Transaction::new()
                .with(Guard::Recipient, self.throttles.charge_mail(mailed, stamp))
                .with(
                    Guard::Address,
                    self.addresses.is_open(&account.email, stamp.at()),
                )
                .with(Guard::Audit, self.audit.record(event))
                .commit(&self.database)
                .await?;
            let Commit::Refused(refused) = charged else {
                return Ok(Charged::Mailable);
            };
            if refused.failed(Guard::Address) {
                return Ok(Charged::Undeliverable);
            }
            let full = refused.item(Guard::Recipient);
            let admission = self.throttles.judge(mailed, full, stamp).await?;
            if let Err(problem) = Problem::unless_admitted(admission, TooMany::CodeMails) {
                return Ok(Charged::TooMany(problem));
            }
        }
        // Other mails to this recipient keep coming in between.
        Ok(Charged::TooMany(Problem::TooManyAttempts {
            of: TooMany::CodeMails,
            retry_after: CODE_INTERVAL,
        }))
    }
}
