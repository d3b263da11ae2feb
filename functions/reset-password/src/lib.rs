//! Gives an account a new password, once the code is confirmed.
//!
//! Tries at the code are counted as at a sign-up. The new password, the end of every session of
//! the account and the end of the reset are one transaction: nobody who knew the old password is signed in
//! after it. The browser is known to the account from then on. It signs nobody in, and a notice goes to the account's address.
//!
//! # Calls
//!
//! One read finds the reset, strongly consistent. Account, strongly consistent, insurer and member
//! are read in one batch, whose keys the reset has. Then, after the hash, one transaction; and the notice
//! when it is done.

use std::time::Duration;

use domain::{Code, CodeVerdict, KnownDevice, NewPassword, PasswordContext, PasswordHash, Token};
use lambda::{
    Answer, Attempt, Call, Flow, Form, FromForm, Hasher, Notes, Notices, OsEntropy, Problem,
    SetCookie, Step, made_of, refuse_personal,
};
use store::{
    Account, Accounts, Audit, Database, Guessed, Lost, Parties, Party, Refused, Reset,
    ResetAccount, Resets, Sessions, Stamp, Throttles, persist,
};
use time::OffsetDateTime;

made_of! {
    /// The step, ready to be called.
    pub struct ResetPassword {
        database: Database,
        accounts: Accounts,
        audit: Audit,
        parties: Parties,
        resets: Resets,
        sessions: Sessions,
        throttles: Throttles,
        hasher: Hasher,
        notices: Notices,
    }
}

/// What the member typed.
pub struct Request {
    /// The code from the mail.
    pub code: Code,
    /// The new password.
    pub password: NewPassword,
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        let code = form.required("code", Code::parse_for_reset);
        let password = form.required("password", |text| {
            NewPassword::parse(text, &PasswordContext::default())
        });
        Some(Self {
            code: code?,
            password: password?,
        })
    }
}

impl Step for ResetPassword {
    const NAME: &'static str = "reset-password";
    type Request = Request;
    type Response = ();

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        request: Request,
    ) -> Result<Answer<()>, Problem> {
        let held = call.held(Flow::Reset).ok_or(Problem::ResetMissing)?;
        let found = self.resets.lookup(&held.presented, call.now).await?;
        let reset = found.map_err(|no| Problem::of_no_flow(no, Problem::ResetMissing))?;
        notes.concerns(&reset.subject);
        let verdict = verdict(&reset, &request.code, &held.token, call.now);
        if let CodeVerdict::Mismatch { .. } = verdict {
            let stamp = Stamp::draw(call.now, &OsEntropy);
            notes.charged(self.resets.wrong_code(&reset, stamp));
        }
        let seen = confirmed(&reset, verdict, call.now)?;
        let party = Box::pin(self.parties.of_reset(seen)).await?;
        // The account is gone, or the member has left the roster.
        let party = party.ok_or(Problem::ResetMissing)?;
        if !seen.is_still(&party.account, call.now) {
            return Err(Problem::CodeExpired);
        }
        refuse_personal(&request.password, &party)?;
        let hash = self.hasher.hash(request.password).await?;
        let event = call.done(Self::NAME, reset.subject.clone());
        let browser = Browser::of(call, &party.account);
        let account = party.account.clone();
        persist(&self.database, account, |account| {
            let consume = self.resets.consume(&reset, call.now);
            let attempt = self.audit.act(&event).with_or(consume, |Refused| {
                // Another request of this browser used it.
                Lost::Refused(Problem::ResetMissing)
            });
            self.change(attempt, account, seen, &hash, &browser.device)
        })
        .await??;
        if let Err(cause) = Box::pin(self.notify(&party, seen, call)).await {
            notes.conceals(&cause);
        }
        Ok(Answer::no_content()
            .with(SetCookie::clear(Flow::Reset))
            .with(SetCookie::tokens(Flow::Device, browser.tokens())))
    }
}

/// The browser that the account knows from here on, whatever strangers guess: whoever reads its mails is no
/// stranger.
struct Browser {
    token: Token,
    /// The same as the account lists it.
    device: KnownDevice,
    /// What other accounts know it by.
    others: Vec<Token>,
}

impl Browser {
    /// A fresh token, in the place of what the account knows it by until now.
    fn of(call: &Call, account: &Account) -> Self {
        let token = Token::draw(&OsEntropy);
        let mut others = call.devices();
        others.retain(|token| account.device(&token.hash()).is_none());
        Self {
            device: KnownDevice {
                token: token.hash(),
                at: call.now,
            },
            token,
            others,
        }
    }

    fn tokens(&self) -> impl Iterator<Item = &Token> {
        std::iter::once(&self.token).chain(&self.others)
    }
}

impl ResetPassword {
    /// Changes the password, ends all sessions, and opens what wrong passwords closed.
    fn change<'a>(
        &self,
        attempt: Attempt<'a, Account>,
        account: &Account,
        seen: &'a ResetAccount,
        hash: &PasswordHash,
        device: &KnownDevice,
    ) -> Attempt<'a, Account> {
        let now = device.at;
        let sessions = account.sessions.iter().map(|session| &session.token);
        attempt
            .and(
                self.throttles
                    .reset_login(Guessed::ByAnybody(&account.user_id)),
            )
            .and_all(sessions.map(|token| self.sessions.end(token)))
            .with_or(
                self.accounts
                    .reset_password(account, hash, &seen.email, device),
                move |found| match found {
                    // A login changed which sessions the account lists: those end too.
                    Some(found) if seen.is_still(&found, now) => Lost::Overtaken(found),
                    // Another reset was faster, or the address is another.
                    _ => Lost::Refused(Problem::CodeExpired),
                },
            )
    }

    /// Tells the account's address; and, where the address is another since, both. The password is changed,
    /// whatever becomes of the mails.
    async fn notify(
        &self,
        party: &Party,
        seen: &ResetAccount,
        call: &Call,
    ) -> Result<(), mail::Error> {
        let told_of_address = async {
            if seen.email == party.account.email {
                return Ok(());
            }
            let tell = self.notices.email_changed(party, &seen.email, call);
            Box::pin(tell).await
        };
        let told_of_password = self.notices.password_changed(party, &seen.email, call);
        let (password, address) = tokio::join!(told_of_password, told_of_address);
        password.and(address)
    }
}

/// What a try at the code means. A decoy's code is never right: guessed, it is one more wrong one.
fn verdict(reset: &Reset, code: &Code, token: &Token, now: OffsetDateTime) -> CodeVerdict {
    match reset.code.judge(code, token, now) {
        CodeVerdict::Accepted if reset.account.is_none() => CodeVerdict::Mismatch {
            attempts_left: reset.code.tries_left().saturating_sub(1),
        },
        verdict => verdict,
    }
}

/// Gives the account that a right code confirms.
fn confirmed(
    reset: &Reset,
    verdict: CodeVerdict,
    now: OffsetDateTime,
) -> Result<&ResetAccount, Problem> {
    let resend_in = Duration::try_from(reset.resend_at() - now).unwrap_or_default();
    Problem::require_accepted(verdict, resend_in)?;
    // A decoy's code was refused above.
    reset.account.as_ref().ok_or(Problem::CodeExpired)
}
