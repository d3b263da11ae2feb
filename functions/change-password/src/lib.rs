//! Gives a signed-in member another password.
//!
//! The current one is asked again. All other sessions end with the change, the one that asks goes on under
//! another token, and a notice goes to the account's address.
//!
//! # Calls
//!
//! One update finds the session. Then the try is charged beside one batch of the account, strongly
//! consistent, insurer and member; then, after two hashes, one transaction; and the notice when it is done.

use domain::{BegunSession, NewPassword, PasswordAttempt, PasswordContext, PasswordHash, Token};
use lambda::{
    Answer, Attempt, Call, Confirmed, Explain, Flow, Form, FromForm, Notes, Notices, OsEntropy,
    PasswordCheck, Problem, SetCookie, Step, made_of, refuse_personal,
};
use store::{
    Account, Accounts, Audit, Database, Guessed, Lost, Members, Overtaken, Refused, Sessions,
    SignedIn, Throttles, persist,
};

made_of! {
    /// The step, ready to be called.
    pub struct ChangePassword {
        database: Database,
        accounts: Accounts,
        audit: Audit,
        check: PasswordCheck,
        members: Members,
        sessions: Sessions,
        throttles: Throttles,
        notices: Notices,
    }
}

/// What the member typed.
pub struct Request {
    /// The password until now, or not.
    pub current: PasswordAttempt,
    /// The password from now on.
    pub password: NewPassword,
}

/// The new password is the current one.
struct Unchanged;

impl Explain for Unchanged {
    fn code(&self) -> &'static str {
        "unchanged"
    }

    fn in_japanese(&self, _label: &str) -> String {
        "現在のパスワードと同じです。別のパスワードを入力してください。".to_owned()
    }

    fn in_english(&self, _label: &str) -> String {
        "This is your current password. Please enter another one.".to_owned()
    }
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        let current = PasswordCheck::attempt(form);
        let password = form.required("password", |text| {
            NewPassword::parse(text, &PasswordContext::default())
        });
        Some(Self {
            current: current?,
            password: password?,
        })
    }
}

impl Step for ChangePassword {
    const NAME: &'static str = "change-password";
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
        let member = call.behind_terms(&self.sessions, notes).await?;
        let signed_in = member.signed_in();
        let unchanged = request.current.is(&request.password);
        let confirm = self.check.confirm(call, notes, &member, request.current);
        let confirmed = Box::pin(confirm).await?;
        let party = &confirmed.party;
        if unchanged {
            return Err(Problem::field("password", Unchanged));
        }
        refuse_personal(&request.password, party)?;
        let token = Token::draw(&OsEntropy);
        let change = Change {
            call,
            signed_in,
            confirmed: &confirmed,
            hash: self.check.hasher.hash(request.password).await?,
            session: BegunSession {
                token: token.hash(),
                at: confirmed.session.at,
            },
        };
        let account = party.account.clone();
        persist(&self.database, account, |account| {
            self.change(account, &change)
        })
        .await??;
        let tell = self
            .notices
            .password_changed(party, &party.account.email, call);
        if let Err(cause) = tell.await {
            notes.conceals(&cause);
        }
        Ok(Answer::no_content().with(SetCookie::token(Flow::Session, &token)))
    }
}

/// What becomes of the account.
struct Change<'a> {
    call: &'a Call,
    /// The session that goes on.
    signed_in: &'a SignedIn,
    confirmed: &'a Confirmed,
    hash: PasswordHash,
    /// The session as it goes on.
    session: BegunSession,
}

impl ChangePassword {
    /// Changes the password, ends all sessions but the one that asks, and opens what wrong passwords closed.
    fn change<'a>(&self, account: &Account, change: &'a Change<'_>) -> Attempt<'a, Account> {
        let former = &change.confirmed.session.token;
        let devices = change.call.devices();
        let device = devices
            .iter()
            .find_map(|token| account.device(&token.hash()));
        let others = account.sessions.iter().map(|session| &session.token);
        let event = change
            .call
            .done(Self::NAME, change.signed_in.account().subject());
        // Logged out, or signed in anew in another tab; or the member left the roster.
        let ended = |Refused| Lost::Refused(Problem::NotSignedIn);
        self.audit
            .act(&event)
            .and(
                self.throttles
                    .reset_login(Guessed::ByAnybody(&account.user_id)),
            )
            .with_or(self.members.still_there(change.signed_in.member()), ended)
            .with_or(
                self.sessions.renew(change.signed_in, &change.session.token),
                ended,
            )
            .with_or(
                self.sessions.end_former(change.signed_in, None),
                |_: Overtaken| Lost::Refused(Problem::NotSignedIn),
            )
            .with_or(
                self.accounts
                    .change_password(account, &change.hash, Some(&change.session), device),
                |now| match now {
                    // A login changed which sessions the account lists: those end too.
                    Some(now) if change.goes_on(&now) => Lost::Overtaken(now),
                    // Another change was faster, and has ended this session.
                    _ => Lost::Refused(Problem::NotSignedIn),
                },
            )
            .and_all(
                others
                    .filter(|other| *other != former)
                    .map(|other| self.sessions.end(other)),
            )
    }
}

impl Change<'_> {
    /// Whether the account is still what was changed: its password, and this session.
    fn goes_on(&self, now: &Account) -> bool {
        let Confirmed { party, session } = self.confirmed;
        now.admits(self.signed_in)
            && now.has_password_of(&party.account)
            && now.session(&session.token).is_some()
    }
}
