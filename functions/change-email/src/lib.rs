//! Gives a signed-in member another e-mail address, in two requests.
//!
//! First the member gives the current password and the new address, which gets a code; the address waits
//! in the session for it. Then the code makes it the account's, the session goes on under another token,
//! and a notice goes to both addresses.

use std::time::Duration;

use domain::{Code, EmailAddress, PasswordAttempt, Token};
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Explain, Flow, Form, FromForm, OsEntropy, PasswordCheck,
    Problem, SetCookie, Step, TooMany, desk_of, rfc_3339,
};
use mail::{CodeMail, CodeMailer, EmailChangedMail, Mailer};
use serde::Serialize;
use store::{
    Account, Accounts, Addresses, Audit, Commit, Database, EmailChange, Event, Insurer, Insurers,
    Mailed, Members, NewEmailChange, Sessions, SignedIn, Stamp, TermsAccepted, Throttles,
    Transaction,
};
use time::OffsetDateTime;

/// How often the address is kept: again once the recipient's log was pruned.
const TRIES: u32 = 3;

/// The step, ready to be called.
pub struct ChangeEmail {
    database: Database,
    accounts: Accounts,
    addresses: Addresses,
    audit: Audit,
    check: PasswordCheck,
    insurers: Insurers,
    members: Members,
    sessions: Sessions,
    throttles: Throttles,
    codes: CodeMailer,
    notices: Mailer,
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

/// What the writes of the transactions guard.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Account,
    Address,
    Audit,
    Client,
    Member,
    Recipient,
    Session,
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
        let email = form.required("email", EmailAddress::parse);
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

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            accounts: env.table(&database)?,
            addresses: env.table(&database)?,
            audit: env.table(&database)?,
            check: PasswordCheck::new(env, &database)?,
            insurers: env.table(&database)?,
            members: env.table(&database)?,
            sessions: env.table(&database)?,
            throttles: env.table(&database)?,
            codes: aws.ses_for_codes(env)?,
            notices: aws.ses(),
            database,
        })
    }

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<Response>, Problem> {
        match request {
            Request::Begin(wanted) => Box::pin(self.begin(call, wanted)).await,
            Request::Confirm(code) => Box::pin(self.confirm(call, &code)).await,
        }
    }
}

/// A code on its way.
struct Outgoing {
    change: NewEmailChange,
    code: Code,
    stamp: Stamp,
    event: Event,
}

/// The first request.
impl ChangeEmail {
    async fn begin(&self, call: &Call, wanted: Wanted) -> Result<Answer<Response>, Problem> {
        let held = call.held(Flow::Session).ok_or(Problem::NotSignedIn)?;
        let member = call.behind_terms(&self.sessions).await?;
        let (confirmed, insurer) = tokio::join!(
            Box::pin(self.check.confirm(call, &member, wanted.current)),
            Box::pin(self.insurer(member.signed_in())),
        );
        let confirmed = confirmed?;
        let code = Code::draw(&OsEntropy);
        let mail = Outgoing {
            change: NewEmailChange {
                code: code.seal(&held.token),
                email: wanted.email,
                sent_at: call.now,
            },
            code,
            stamp: Stamp::draw(call.now, &OsEntropy),
            event: call.begun(Self::NAME, member.signed_in().account().subject()),
        };
        let insurer =
            Box::pin(self.keep(call, &confirmed.account, &member, &mail, insurer)).await?;
        let content = CodeMail::to_change_address(&mail.code, mail.change.mail());
        if let Err(error) = self
            .codes
            .send(&insurer.mail_sender, &mail.change.email, &content)
            .await
        {
            self.take_back(call, &member, &mail).await;
            return Err(error.into());
        }
        Ok(Answer::accepted(Response {
            expires_at: rfc_3339(call.now + domain::CODE_VALID)?,
            resend_at: rfc_3339(call.now + domain::CODE_INTERVAL)?,
        }))
    }

    /// Has the address wait in the session, and charges its mail to it and to where it is asked for. Gives
    /// the insurer whose mail it is.
    async fn keep(
        &self,
        call: &Call,
        account: &Account,
        member: &TermsAccepted,
        mail: &Outgoing,
        insurer: Result<Insurer, Problem>,
    ) -> Result<Insurer, Problem> {
        let insurer = insurer?;
        if mail.change.email.is_same_as(&account.email) {
            return Err(Problem::field("email", Unchanged));
        }
        let signed_in = member.signed_in();
        let mailed = Mailed::NewAddressCode(&mail.change.email);
        let client = Mailed::CodesOfClient(&call.client);
        for _ in 0..TRIES {
            let kept = Transaction::new()
                .with(Guard::Member, self.members.still_there(signed_in.member()))
                .with(
                    Guard::Session,
                    self.sessions.begin_email_change(signed_in, &mail.change),
                )
                .with(
                    Guard::Recipient,
                    self.throttles.charge_mail(mailed, mail.stamp),
                )
                .with(
                    Guard::Client,
                    self.throttles.charge_mail(client, mail.stamp),
                )
                .with(
                    Guard::Address,
                    self.addresses.is_open(&mail.change.email, call.now),
                )
                .with(Guard::Audit, self.audit.record(&mail.event))
                .commit(&self.database)
                .await?;
            let Commit::Refused(refused) = kept else {
                return Ok(insurer);
            };
            if refused.failed(Guard::Session) || refused.failed(Guard::Member) {
                // Logged out meanwhile; or the member left the roster.
                return Err(Problem::NotSignedIn);
            }
            let marked = Addresses::judge(refused.item(Guard::Address), call.now)?;
            Problem::unless_deliverable(marked)?;
            // The recipient, or the client's address, has had its share of mails, or their logs are only
            // full of old ones.
            let of_recipient = refused.item(Guard::Recipient);
            let of_client = refused.item(Guard::Client);
            let (of_recipient, of_client) = tokio::join!(
                self.throttles.judge(mailed, of_recipient, mail.stamp),
                self.throttles.judge(client, of_client, mail.stamp),
            );
            Problem::unless_admitted(of_recipient?, TooMany::CodeMails)?;
            Problem::unless_admitted(of_client?, TooMany::CodeMails)?;
        }
        Err(Problem::TryAgain(
            "the logs of mails keep changing".to_owned(),
        ))
    }

    /// Gives the member the mail back. Should even this fail, a minute's wait does the same.
    async fn take_back(&self, call: &Call, member: &TermsAccepted, mail: &Outgoing) {
        let taken_back = Transaction::new()
            .with(
                Guard::Recipient,
                self.throttles
                    .take_back(Mailed::NewAddressCode(&mail.change.email), mail.stamp),
            )
            .with(
                Guard::Client,
                self.throttles
                    .take_back(Mailed::CodesOfClient(&call.client), mail.stamp),
            )
            .with(
                Guard::Session,
                self.sessions
                    .abandon_email_change(member.signed_in(), &mail.change),
            )
            .commit(&self.database)
            .await;
        drop(taken_back);
    }

    async fn insurer(&self, signed_in: &SignedIn) -> Result<Insurer, Problem> {
        let insurer = self.insurers.lookup(signed_in.insurer()).await?;
        insurer
            .ok_or_else(|| Problem::TryAgain("an account's insurer is not configured".to_owned()))
    }
}

/// The second request.
impl ChangeEmail {
    async fn confirm(&self, call: &Call, code: &Code) -> Result<Answer<Response>, Problem> {
        let held = call.held(Flow::Session).ok_or(Problem::NotSignedIn)?;
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let charged = self
            .sessions
            .charge_code_try(&held.presented, stamp)
            .await?;
        let member = call.admit_behind_terms(charged)?;
        let signed_in = member.signed_in();
        let change = signed_in.email_change().ok_or(Problem::CodeNotSent)?;
        let resend_in = Duration::try_from(change.resend_at() - call.now).unwrap_or_default();
        Problem::unless_accepted(change.code.judge(code, &held.token, call.now), resend_in)?;

        let (account, insurer) = tokio::join!(
            self.accounts.lookup_key(signed_in.account()),
            self.insurer(signed_in),
        );
        let account = account?
            .filter(|account| account.admits(signed_in))
            .ok_or(Problem::NotSignedIn)?;
        let insurer = insurer?;
        let next = Token::draw(&OsEntropy);
        let event = call.done(Self::NAME, signed_in.account().subject());
        self.change(&account, signed_in, change, &next, &event)
            .await?;
        if let Err(cause) = Box::pin(self.notify(&account, change, &insurer, call.now)).await {
            call.conceals(&cause);
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
        let changed = Transaction::new()
            .with(
                Guard::Account,
                self.accounts
                    .change_email(account, &change.email, former, &next),
            )
            .with(Guard::Member, self.members.still_there(signed_in.member()))
            .with(Guard::Session, self.sessions.renew(signed_in, &next))
            .with(
                Guard::Session,
                self.sessions.end_former(signed_in, Some(change)),
            )
            .with(Guard::Audit, self.audit.record(event))
            .commit(&self.database)
            .await?;
        match changed {
            Commit::Done => Ok(()),
            // Another request of this browser had another code mailed.
            Commit::Refused(refused) if refused.item(Guard::Session).is_some() => {
                Err(Problem::CodeExpired)
            }
            // The session has ended: by a log-out, a change of password, another change of address.
            Commit::Refused(_) => Err(Problem::NotSignedIn),
        }
    }

    /// Tells both addresses. The address is changed, whatever becomes of the mails.
    async fn notify(
        &self,
        account: &Account,
        change: &EmailChange,
        insurer: &Insurer,
        at: OffsetDateTime,
    ) -> Result<(), mail::Error> {
        let notice = EmailChangedMail {
            user_id: &account.user_id,
            email: &change.email,
            at,
            desk: desk_of(insurer),
        };
        let from = &insurer.mail_sender;
        let (former, new) = tokio::join!(
            self.notices.send(from, &account.email, &notice),
            self.notices.send(from, &change.email, &notice),
        );
        former.and(new)
    }
}
