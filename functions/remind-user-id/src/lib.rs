//! Mails a forgotten user ID.
//!
//! It goes to the address that was confirmed for the account of whom the five fields describe. Whether
//! there is such a member, or such an account, is not told: not by the answer and not by the time.

use domain::Admission;
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Identity, Matched, OsEntropy, Pace, Problem, Roster, Step,
    desk_of,
};
use mail::{Mailer, UserIdMail};
use serde::Serialize;
use store::{Account, Accounts, Commit, Database, Mailed, Stamp, Throttles};

/// How often the mail is charged: again once the recipient's log was pruned.
const TRIES: u32 = 3;

/// The step, ready to be called.
pub struct RemindUserId {
    database: Database,
    accounts: Accounts,
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
    Recipient,
    Tries,
}

impl Step for RemindUserId {
    const NAME: &'static str = "remind-user-id";
    type Request = Identity;
    type Response = Response;

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            accounts: env.table(&database)?,
            roster: Roster::new(env, &database)?,
            throttles: env.table(&database)?,
            mailer: aws.ses(),
            database,
        })
    }

    async fn handle(&self, call: &Call, identity: Identity) -> Result<Answer<Response>, Problem> {
        let pace = Pace::begin();
        let matched = match self.roster.verify(call, &identity).await {
            Ok(matched) => Some(matched),
            Err(Problem::MemberNotMatched) => None,
            Err(problem) => return Err(problem),
        };
        let work = Box::pin(self.remind(matched.as_ref(), call));
        pace.keep(call, work).await;
        Ok(Answer::accepted(Response {}))
    }
}

impl RemindUserId {
    /// Mails the user ID of a member who has an account and was not mailed it a moment ago.
    async fn remind(&self, matched: Option<&Matched>, call: &Call) -> Result<(), String> {
        let Some(matched) = matched else {
            return Ok(());
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

    /// Takes the charges of a try back that was no failure, and charges the mail to its recipient. `None`
    /// when there is no account, or the recipient has had its share: to say so would tell.
    async fn account_to_mail(
        &self,
        matched: &Matched,
        call: &Call,
    ) -> Result<Option<Account>, store::Error> {
        let account = match &matched.user_id {
            Some(user_id) => self.accounts.lookup(user_id).await?,
            None => None,
        };
        if let Some(account) = account {
            let mailed = Mailed::UserId(&account.email);
            let stamp = Stamp::draw(call.now, &OsEntropy);
            for _ in 0..TRIES {
                let charged = self
                    .roster
                    .take_back(matched, Guard::Tries)
                    .with(
                        Guard::Recipient,
                        self.throttles.charge_recipient(mailed, stamp),
                    )
                    .commit(&self.database)
                    .await?;
                let Commit::Refused(refused) = charged else {
                    return Ok(Some(account));
                };
                let full = refused.item(Guard::Recipient);
                let admission = self.throttles.judge_recipient(mailed, full, stamp).await?;
                if let Admission::Refused { .. } = admission {
                    break;
                }
            }
        }
        let taken_back = self.roster.take_back(matched, Guard::Tries);
        drop(taken_back.commit(&self.database).await?);
        Ok(None)
    }
}
