//! Step 4: makes the account, once the code is confirmed.
//!
//! A wrong try is counted before it is told, and a right one makes the account only while the code may be tried: so
//! parallel guesses are all counted. The account, the member's claim to it and the end of the registration are one
//! transaction: of two browsers that confirm for one member, or with one code, exactly one wins.
//!
//! # Calls
//!
//! One read finds the registration, strongly consistent. One transaction makes the account, and has as a condition
//! that the code is still the one that was compared and has tries left. The user ID stays reserved for as long as the
//! registration was to live, so nothing is written to give it up. Beside it the insurer is read: the notice needs its
//! sender and contact. Then the notice goes out.

use std::time::Duration;

use domain::{AccountId, Admission, Code, CodeVerdict, Next};
use lambda::{Answer, Call, Form, FromForm, Notes, Notices, OsEntropy, Problem, Step, made_of};
use serde::Serialize;
use store::{
    Account, Accounts, Audit, Database, Insurer, Insurers, NewAccount, Refused, Registration,
    Registrations, Stamp, Transaction, VerifiedMember, WaitingCode,
};
use time::OffsetDateTime;

made_of! {
    /// The step, ready to be called.
    pub struct ConfirmCode {
        database: Database,
        accounts: Accounts,
        audit: Audit,
        insurers: Insurers,
        registrations: Registrations,
        notices: Notices,
    }
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

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        request: Request,
    ) -> Result<Answer<Response>, Problem> {
        let (held, member) = call.verified_member(&self.registrations, notes).await?;
        let registration = member.registration();
        let chosen = registration.chosen.as_ref();
        let chosen = chosen.ok_or(Problem::UserNotCreated)?;
        let waiting = registration.code.as_ref().ok_or(Problem::CodeNotSent)?;
        let verdict = waiting.judge(&request.code, &held.token, call.now);
        if let CodeVerdict::Mismatch { .. } = verdict {
            let stamp = Stamp::draw(call.now, &OsEntropy);
            notes.charged(self.registrations.wrong_code(&member, waiting, stamp));
        }
        Problem::require_accepted(verdict, resend_in(registration, call.now))?;
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
            self.create(&account, &member, waiting, call),
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
        code: &WaitingCode,
        call: &Call,
    ) -> Result<Result<(), Problem>, store::Error> {
        let event = call.done(Self::NAME, account.member.subject());
        let of_account = event.also_of(account.user_id.subject());
        let complete = self.registrations.complete(member, code, call.now);
        self.audit
            // In the member's history, and as the first of the account's.
            .act(&event)
            .and(self.audit.record(&of_account))
            // Another request of this browser was faster: it confirmed, asked for a new code, or used up the tries.
            .with_or(complete, |found| {
                Problem::of_registration(found)
                    .err()
                    .unwrap_or(Problem::CodeExpired)
            })
            .with_or(self.accounts.claim(account), |Refused| {
                Problem::AlreadyRegistered
            })
            // The reservation holds the user ID for us until the registration's expiry.
            .with_or(self.accounts.create(account), |Refused| {
                Problem::UserIdTaken
            })
            .commit(&self.database)
            .await
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

/// The wait until a new code may be sent.
fn resend_in(registration: &Registration, now: OffsetDateTime) -> Duration {
    match registration.send_admission(now) {
        Admission::Admitted => Duration::ZERO,
        Admission::Refused { retry_after } => retry_after,
    }
}
