//! Step 4: makes the account, once the code is confirmed.
//!
//! A try is charged before it is compared, so that parallel guesses are all counted. The account, the
//! member's claim to it and the end of the registration are one transaction: of two browsers that
//! confirm for one member, or with one code, exactly one wins.

use std::time::Duration;

use domain::{AccountId, Admission, Code, Next, Token, judge_code};
use lambda::{Answer, Aws, Call, ConfigError, Env, Form, FromForm, OsEntropy, Problem, Step};
use serde::Serialize;
use store::{
    Accounts, Audit, ChargeRefusal, Chosen, Commit, Database, NewAccount, Presented, Registration,
    Registrations, Stamp, Transaction, VerifiedMember,
};
use time::OffsetDateTime;

/// The step, ready to be called.
pub struct ConfirmCode {
    database: Database,
    accounts: Accounts,
    audit: Audit,
    registrations: Registrations,
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

/// What the writes of the transactions guard.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Account,
    Audit,
    Claim,
    Registration,
    Reservation,
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
            registrations: env.table(&database)?,
            database,
        })
    }

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<Response>, Problem> {
        let held = call.registration()?;
        let member = self.charge(&held.presented, call).await?;
        call.concerns(&member.registration().member.subject());
        let chosen = confirmed(&request.code, &held.token, member.registration(), call.now)?;
        self.create_account(&member, chosen, &held.presented, call)
            .await
    }
}

impl ConfirmCode {
    /// Charges a try. One too many is not charged, and is judged as such.
    async fn charge(&self, presented: &Presented, call: &Call) -> Result<VerifiedMember, Problem> {
        let stamp = Stamp::draw(call.now, &OsEntropy);
        match self.registrations.charge_code_try(presented, stamp).await? {
            Ok(charged) => {
                call.charged(charged.pending);
                Ok(charged.member)
            }
            Err(ChargeRefusal::Spent(member)) => Ok(*member),
            Err(ChargeRefusal::Registration(refusal)) => Err(refusal.into()),
            Err(ChargeRefusal::Crowded(wait)) => Err(Problem::crowded(wait)),
        }
    }

    async fn create_account(
        &self,
        member: &VerifiedMember,
        chosen: &Chosen,
        presented: &Presented,
        call: &Call,
    ) -> Result<Answer<Response>, Problem> {
        let now = call.now;
        let registration = member.registration();
        let Some(code) = registration.code.as_ref() else {
            return Err(Problem::CodeNotSent);
        };
        let account = NewAccount {
            id: AccountId::draw(&OsEntropy),
            user_id: chosen.user_id.clone(),
            member: registration.member.clone(),
            insurer: registration.insurer.clone(),
            email: chosen.email.clone(),
            password_hash: chosen.password_hash.clone(),
            created_at: now,
        };
        let event = call.done(Self::NAME, account.member.subject());
        let of_account = event.also_of(account.user_id.subject());
        let made = Transaction::new()
            .with(Guard::Account, self.accounts.create(&account))
            .with(Guard::Claim, self.accounts.claim(&account))
            .with(
                Guard::Registration,
                self.registrations.complete(member, &code.sealed, now),
            )
            .with_any(Guard::Reservation, self.registrations.release(member))
            // In the member's history, and as the first of the account's.
            .with(Guard::Audit, self.audit.record(&event))
            .with(Guard::Audit, self.audit.record(&of_account))
            .commit(&self.database)
            .await?;
        let Commit::Refused(refused) = made else {
            return Ok(Answer::ok(Response {
                next: Next::Login.as_str(),
            }));
        };
        if refused.failed(Guard::Registration) {
            // Another request of this browser was faster: it confirmed, or asked for a new code.
            return Err(
                match VerifiedMember::read(refused.item(Guard::Registration), presented, now)? {
                    Ok(_) => Problem::CodeExpired,
                    Err(refusal) => refusal.into(),
                },
            );
        }
        if refused.failed(Guard::Claim) {
            self.abandon(member, now).await?;
            return Err(Problem::AlreadyRegistered);
        }
        // The reservation held the user ID for us until the registration's expiry.
        Err(Problem::UserIdTaken)
    }

    /// Leaves nothing over of a registration whose member got an account through another one.
    async fn abandon(
        &self,
        member: &VerifiedMember,
        now: OffsetDateTime,
    ) -> Result<(), store::Error> {
        let abandoned = Transaction::new()
            .with(Guard::Registration, self.registrations.abandon(member, now))
            .with_any(Guard::Reservation, self.registrations.release(member))
            .commit(&self.database)
            .await?;
        // Refused when the registration has ended already, which is as good.
        drop(abandoned);
        Ok(())
    }
}

/// Gives what the member chose, which a right code confirms.
fn confirmed<'a>(
    code: &Code,
    token: &Token,
    registration: &'a Registration,
    now: OffsetDateTime,
) -> Result<&'a Chosen, Problem> {
    let chosen = registration.chosen.as_ref();
    let chosen = chosen.ok_or(Problem::UserNotCreated)?;
    let verdict = judge_code(registration.code.as_ref(), code, token, now);
    Problem::unless_accepted(verdict, resend_in(registration, now))?;
    Ok(chosen)
}

/// The wait until a new code may be sent.
fn resend_in(registration: &Registration, now: OffsetDateTime) -> Duration {
    match registration.send_admission(now) {
        Admission::Admitted => Duration::ZERO,
        Admission::Refused { retry_after } => retry_after,
    }
}
