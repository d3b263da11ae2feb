//! Step 4: makes the account, once the code is confirmed.
//!
//! A try is charged before it is compared, so that parallel guesses are all counted. The account, the
//! member's claim to it and the end of the registration are one transaction: of two browsers that
//! confirm for one member, or with one code, exactly one wins.
//!
//! # Calls
//!
//! One update charges the try and gives the registration back, so that parallel guesses are counted before
//! any is compared. One transaction makes the account. Beside it the insurer is read: the notice needs its
//! sender and contact. Then the notice goes out.

use std::time::Duration;

use domain::{AccountId, Admission, Code, Next, SealedCode, Token};
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Form, FromForm, Notes, Notices, OsEntropy, Problem, Step,
};
use serde::Serialize;
use store::{
    Account, Accounts, Audit, Chosen, Database, Insurer, Insurers, NewAccount, Refused,
    Registration, Registrations, Stamp, Transaction, VerifiedMember,
};
use time::OffsetDateTime;

/// The step, ready to be called.
pub struct ConfirmCode {
    database: Database,
    accounts: Accounts,
    audit: Audit,
    insurers: Insurers,
    registrations: Registrations,
    notices: Notices,
}

/// What the member read in the mail.
pub struct Request {
    /// The code.
    pub code: Code,
}

/// Where to go on.
#[derive(Serialize)]
pub struct Response {
    next: &'static str,
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        Some(Self {
            code: form.required("code", Code::parse)?,
        })
    }
}

impl Step for ConfirmCode {
    const NAME: &'static str = "confirm-code";
    type Request = Request;
    type Response = Response;

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            accounts: env.table(&database)?,
            audit: env.table(&database)?,
            insurers: env.table(&database)?,
            registrations: env.table(&database)?,
            notices: Notices::new(aws.ses()),
            database,
        })
    }

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        request: Request,
    ) -> Result<Answer<Response>, Problem> {
        let held = call.registration()?;
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let tried = self
            .registrations
            .charge_code_try(&held.presented, stamp)
            .await?;
        // One try too many is not charged, and is judged as such.
        let member = notes.try_of(tried, Problem::RegistrationMissing)?;
        notes.concerns(&member.registration().member.subject());
        let registration = member.registration();
        let (chosen, sealed) = confirmed(&request.code, &held.token, registration, call.now)?;
        let account = Account::from(NewAccount {
            id: AccountId::draw(&OsEntropy),
            user_id: chosen.user_id.clone(),
            member: registration.member.clone(),
            insurer: registration.insurer.clone(),
            email: chosen.email.clone(),
            password_hash: chosen.password_hash.clone(),
            created_at: call.now,
        });
        let (made, insurer) = tokio::join!(
            self.create(&account, &member, sealed, call),
            self.insurers.lookup(&account.insurer),
        );
        let made = made?;
        if matches!(made, Err(Problem::AlreadyRegistered)) {
            self.abandon(&member, call.now).await?;
        }
        made?;
        self.tell(&account, insurer, call, notes).await;
        Ok(Answer::ok(Response {
            next: Next::Login.as_str(),
        }))
    }
}

impl ConfirmCode {
    /// Makes the account, with the claim of its member, and ends the registration.
    async fn create(
        &self,
        account: &Account,
        member: &VerifiedMember,
        sealed: &SealedCode,
        call: &Call,
    ) -> Result<Result<(), Problem>, store::Error> {
        let event = call.done(Self::NAME, account.member.subject());
        let of_account = event.also_of(account.user_id.subject());
        let complete = self.registrations.complete(member, sealed, call.now);
        // The reservation held the user ID for us until the registration's expiry.
        let taken = |Refused| Problem::UserIdTaken;
        let transaction = self
            .audit
            // In the member's history, and as the first of the account's.
            .act(&event)
            .and(self.audit.record(&of_account))
            // Another request of this browser was faster: it confirmed, or asked for a new code.
            .with_or(complete, |found| {
                Problem::of_registration(found)
                    .err()
                    .unwrap_or(Problem::CodeExpired)
            })
            .with_or(self.accounts.claim(account), |Refused| {
                Problem::AlreadyRegistered
            })
            .with_or(self.accounts.create(account), taken);
        let transaction = match self.registrations.release(member) {
            Some(release) => transaction.with_or(release, taken),
            None => transaction,
        };
        transaction.commit(&self.database).await
    }

    /// Tells the member that the account was made. It stands, whatever becomes of the mail.
    async fn tell(
        &self,
        account: &Account,
        insurer: Result<Option<Insurer>, store::Error>,
        call: &Call,
        notes: &mut Notes,
    ) {
        match insurer.and_then(|found| found.ok_or(store::Error::InsurerMissing)) {
            Err(cause) => notes.conceals(&cause),
            Ok(insurer) => {
                if let Err(cause) = self.notices.account_made(&insurer, account, call).await {
                    notes.conceals(&cause);
                }
            }
        }
    }

    /// Leaves nothing over of a registration whose member got an account through another one.
    async fn abandon(
        &self,
        member: &VerifiedMember,
        now: OffsetDateTime,
    ) -> Result<(), store::Error> {
        let abandon = self.registrations.abandon(member, now);
        let transaction = Transaction::unaudited()
            .with(abandon)
            .with_all(self.registrations.release(member));
        // Refused when the registration has ended already, which is as good.
        match transaction.commit(&self.database).await? {
            Ok(()) | Err(Refused) => Ok(()),
        }
    }
}

/// Gives what the member chose, which a right code confirms, and the code as it is kept.
fn confirmed<'a>(
    code: &Code,
    token: &Token,
    registration: &'a Registration,
    now: OffsetDateTime,
) -> Result<(&'a Chosen, &'a SealedCode), Problem> {
    let chosen = registration.chosen.as_ref();
    let chosen = chosen.ok_or(Problem::UserNotCreated)?;
    let waiting = registration.code.as_ref().ok_or(Problem::CodeNotSent)?;
    let verdict = waiting.judge(code, token, now);
    Problem::require_accepted(verdict, resend_in(registration, now))?;
    Ok((chosen, &waiting.sealed))
}

/// The wait until a new code may be sent.
fn resend_in(registration: &Registration, now: OffsetDateTime) -> Duration {
    match registration.send_admission(now) {
        Admission::Admitted => Duration::ZERO,
        Admission::Refused { retry_after } => retry_after,
    }
}
