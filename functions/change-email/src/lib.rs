//! Gives a signed-in member another e-mail address, in two requests.
//!
//! First the member gives the current password and the new address, which gets a code; the address waits
//! in the session for it. Then the code makes it the account's, the session goes on under another token,
//! and a notice goes to both addresses.
//!
//! # Calls
//!
//! The second request: one update finds the session. Account, insurer and
//! member are read in one batch; then one transaction; and the two notices together. The first request
//! makes 5 and 1 in 5 rounds, for the same reasons as change-password, and reads what is known against the address.

use std::time::Duration;

use domain::{CODE_INTERVAL, CODE_VALID, Code, CodeVerdict, EmailAddress, PasswordAttempt, Token};
use lambda::{
    Answer, Attempt, Call, Explain, Flow, Form, FromForm, MailAdmission, Notes, Notices, OsEntropy,
    PasswordCheck, Problem, SetCookie, Step, made_of, new_address, rfc_3339,
};
use mail::{CodeMail, CodeMailer};
use serde::Serialize;
use store::{
    Account, Accounts, Audit, Database, EmailChange, Event, Lost, Members, Overtaken, Parties,
    Refused, Sessions, Share, ShareCharge, SignedIn, Stamp, Transaction, WaitingCode, persist,
};

made_of! {
    /// The step, ready to be called.
    pub struct ChangeEmail {
        database: Database,
        accounts: Accounts,
        admission: MailAdmission,
        audit: Audit,
        check: PasswordCheck,
        members: Members,
        parties: Parties,
        sessions: Sessions,
        codes: CodeMailer,
        notices: Notices,
    }
}

/// What the member typed.
pub enum Request {
    /// The first request.
    Begin(Wanted),
    /// The second: the code from the mail.
    Confirm(Code),
}

/// The address that the member wants.
pub struct Wanted {
    /// The password, or not.
    pub current: PasswordAttempt,
    /// The address.
    pub email: EmailAddress,
}

/// What the page tells the member after the first request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// When the code stops being valid.
    expires_at: String,
    /// When another one may be asked for.
    resend_at: String,
}

/// The new address is the current one.
struct Unchanged;

impl Explain for Unchanged {
    fn code(&self) -> &'static str {
        "unchanged"
    }

    fn in_japanese(&self, _label: &str) -> String {
        "すでに登録されているメールアドレスです。別のメールアドレスを入力してください。".to_owned()
    }

    fn in_english(&self, _label: &str) -> String {
        "This is your email address already. Please enter another one.".to_owned()
    }
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        if form.has("code") {
            return form.required("code", Code::parse).map(Self::Confirm);
        }
        let current = PasswordCheck::attempt(form);
        let email = new_address(form);
        Some(Self::Begin(Wanted {
            current: current?,
            email: email?,
        }))
    }
}

impl Step for ChangeEmail {
    const NAME: &'static str = "change-email";
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
        match request {
            Request::Begin(wanted) => Box::pin(self.begin(call, notes, wanted)).await,
            Request::Confirm(code) => Box::pin(self.confirm(call, notes, &code)).await,
        }
    }
}

/// The first request.
impl ChangeEmail {
    async fn begin(
        &self,
        call: &Call,
        notes: &mut Notes,
        wanted: Wanted,
    ) -> Result<Answer<Response>, Problem> {
        let held = call.held(Flow::Session).ok_or(Problem::NotSignedIn)?;
        let member = call.behind_terms(&self.sessions, notes).await?;
        let signed_in = member.signed_in();
        let confirm = self.check.confirm(call, notes, &member, wanted.current);
        let party = Box::pin(confirm).await?.party;
        if wanted.email.is_same_as(&party.account.email) {
            return Err(Problem::field("email", Unchanged));
        }
        let code = Code::draw(&OsEntropy);
        let change = EmailChange {
            code: WaitingCode::sent(code.seal(&held.token), call.now),
            email: wanted.email,
        };
        let to = &change.email;
        self.admission.reaches(to, call.now).await??;
        let of_client = call.client.reaches().map(Share::CodesOfClient);
        let of_member = Share::CodesOfMember(signed_in.member());
        let logs = [of_member, Share::NewAddressCode(to)];
        let logs = logs.into_iter().chain(of_client);
        let share_charge = ShareCharge::new(Stamp::draw(call.now, &OsEntropy), logs);
        let event = call.begun(Self::NAME, signed_in.account().subject());
        let share_charge = persist(&self.database, share_charge, |share_charge| {
            self.keep(share_charge, signed_in, &change, &event)
        })
        .await??;

        let content = call.worded(CodeMail::to_change_address(&code, change.mail()));
        let from = &party.insurer.mail_sender;
        if let Err(error) = self.codes.send(from, to, &content).await {
            self.release_mail(signed_in, &change, &share_charge).await;
            return Err(error.into());
        }
        Ok(Answer::accepted(Response {
            expires_at: rfc_3339(call.now + CODE_VALID)?,
            resend_at: rfc_3339(call.now + CODE_INTERVAL)?,
        }))
    }

    /// Has the address wait in the session, and charges its mail to it, to the member and to where it is asked
    /// for.
    fn keep<'a>(
        &self,
        share_charge: &ShareCharge<'a>,
        signed_in: &SignedIn,
        change: &EmailChange,
        event: &Event,
    ) -> Attempt<'a, ShareCharge<'a>> {
        // Logged out meanwhile; or the member left the roster.
        let ended = |Refused| Lost::Refused(Problem::NotSignedIn);
        let attempt = self
            .audit
            .act(event)
            .with_or(self.members.still_there(signed_in.member()), ended)
            .with_or(self.sessions.begin_email_change(signed_in, change), ended);
        self.admission
            .charging(attempt, share_charge, |share_charge| share_charge)
    }

    /// Gives the member the mail back. Should even this fail, a minute's wait does the same.
    async fn release_mail(
        &self,
        signed_in: &SignedIn,
        change: &EmailChange,
        share_charge: &ShareCharge<'_>,
    ) {
        let abandon = self.sessions.abandon_email_change(signed_in, change);
        let released = self
            .admission
            .releasing(Transaction::unaudited().with(abandon), share_charge)
            .commit(&self.database)
            .await;
        drop::<Result<Result<(), Refused>, _>>(released);
    }
}

/// The second request.
impl ChangeEmail {
    async fn confirm(
        &self,
        call: &Call,
        notes: &mut Notes,
        code: &Code,
    ) -> Result<Answer<Response>, Problem> {
        let held = call.held(Flow::Session).ok_or(Problem::NotSignedIn)?;
        let member = call.behind_terms(&self.sessions, notes).await?;
        let signed_in = member.signed_in();
        let change = signed_in.email_change().ok_or(Problem::CodeNotSent)?;
        let resend_in = Duration::try_from(change.resend_at() - call.now).unwrap_or_default();
        let verdict = change.code.judge(code, &held.token, call.now);
        if let CodeVerdict::Mismatch { .. } = verdict {
            let stamp = Stamp::draw(call.now, &OsEntropy);
            notes.charged(self.sessions.wrong_code(signed_in, &change.code, stamp));
        }
        Problem::require_accepted(verdict, resend_in)?;

        let found = Box::pin(self.parties.of_session(signed_in, ())).await?;
        let (party, ()) = found.ok_or(Problem::NotSignedIn)?;
        let next = Token::draw(&OsEntropy);
        let event = call.done(Self::NAME, signed_in.account().subject());
        self.change(&party.account, signed_in, change, &next, &event)
            .await?;
        let tell = self.notices.email_changed(&party, &change.email, call);
        if let Err(cause) = Box::pin(tell).await {
            notes.conceals(&cause);
        }
        Ok(Answer::no_content().with(SetCookie::token(Flow::Session, &next)))
    }

    /// Makes the address the account's, and has the session go on under the token `next`.
    async fn change(
        &self,
        account: &Account,
        signed_in: &SignedIn,
        change: &EmailChange,
        next: &Token,
        event: &Event,
    ) -> Result<(), Problem> {
        let former = account
            .session(signed_in.token())
            .ok_or(Problem::NotSignedIn)?;
        let next = next.hash();
        // The session has ended: by a log-out, a change of password, another change of address.
        let ended = |Refused| Problem::NotSignedIn;
        self.audit
            .act(event)
            .with_or(
                self.sessions.end_former(signed_in, Some(change)),
                |overtaken| match overtaken {
                    // Another request of this browser had another code mailed, or used up the tries.
                    Overtaken::OtherCode => Problem::CodeExpired,
                    Overtaken::Ended => Problem::NotSignedIn,
                },
            )
            .with_or(
                self.accounts
                    .change_email(account, &change.email, former, &next),
                ended,
            )
            .with_or(self.members.still_there(signed_in.member()), ended)
            .with_or(self.sessions.renew(signed_in, &next), ended)
            .commit(&self.database)
            .await?
    }
}
