//! Step 4: makes the account, once the code is confirmed.
//!
//! A try is charged before it is compared, so that parallel guesses are all counted. The account, the
//! member's claim to it and the end of the registration are one transaction: of two browsers that
//! confirm for one member, or with one code, exactly one wins.

use std::time::Duration;

use domain::{AccountId, Admission, Code, CodeVerdict, Next, Token, judge_code};
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Form, FromForm, OsEntropy, Problem, Step, TooMany,
};
use serde::Serialize;
use store::{
    Accounts, Audit, Charge, Chosen, Commit, Database, NewAccount, Registration, Registrations,
    Stamp, Transaction, VerifiedMember,
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
        let token = call.registration()?;
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let charge = self
            .registrations
            .charge_code_try(&token.hash(), stamp)
            .await?;
        if let Charge::Charged(member) | Charge::Spent(member) = &charge {
            call.concerns(&member.registration().member.subject());
        }
        let member = match charge {
            Charge::Charged(member) => member,
            Charge::Spent(member) => return Err(spent(member.registration(), call.now)),
            Charge::Refused(refusal) => return Err(refusal.into()),
        };
        let chosen = confirmed(&request.code, &token, member.registration(), call.now)?;
        self.create_account(&member, chosen, call).await
    }
}

impl ConfirmCode {
    async fn create_account(
        &self,
        member: &VerifiedMember,
        chosen: &Chosen,
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
        let of_account = event.first_of(account.user_id.subject());
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
                match VerifiedMember::read(refused.item(Guard::Registration), now)? {
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
    let verdict = judge_code(registration.code.as_ref(), code, token, now);
    match (verdict, registration.chosen.as_ref()) {
        (CodeVerdict::Accepted, Some(chosen)) => Ok(chosen),
        (CodeVerdict::Mismatch { attempts_left: 0 } | CodeVerdict::TooManyAttempts, _) => {
            Err(dead_code(registration, now))
        }
        (CodeVerdict::Mismatch { attempts_left }, _) => {
            Err(Problem::CodeMismatch { attempts_left })
        }
        (CodeVerdict::Expired, _) => Err(Problem::CodeExpired),
        (CodeVerdict::NeverSent, Some(_)) => Err(Problem::CodeNotSent),
        (CodeVerdict::NeverSent | CodeVerdict::Accepted, None) => Err(Problem::UserNotCreated),
    }
}

/// All tries are used up: at a code that may have expired since, or been voided by another choice.
fn spent(registration: &Registration, now: OffsetDateTime) -> Problem {
    match &registration.code {
        Some(code) if code.expires_at > now => dead_code(registration, now),
        Some(_) => Problem::CodeExpired,
        None => Problem::CodeNotSent,
    }
}

/// The code is dead; the wait is until a new one may be sent.
fn dead_code(registration: &Registration, now: OffsetDateTime) -> Problem {
    Problem::TooManyAttempts {
        of: TooMany::WrongCodes,
        retry_after: match registration.send_admission(now) {
            Admission::Admitted => Duration::from_secs(1),
            Admission::Refused { retry_after } => retry_after,
        },
    }
}
