//! Ends one of a member's sessions, or all but the one that asks (OWASP ASVS 5.0, 7.5.2).
//!
//! What is not listed any more has ended already, so asking twice is as good as once.
//!
//! # Calls
//!
//! As list-sessions, and one transaction in place of the batch.

use domain::{SessionId, TokenHash};
use lambda::{Answer, Call, Explain, Form, FromForm, Notes, Problem, Step, made_of};
use store::{Account, Accounts, Audit, Database, Members, Refused, Sessions, SignedIn};

made_of! {
    /// The step, ready to be called.
    pub struct EndSessions {
        database: Database,
        accounts: Accounts,
        audit: Audit,
        members: Members,
        sessions: Sessions,
    }
}

/// Which sessions end.
pub enum Request {
    /// The one of this id.
    One(SessionId),
    /// All but the one that asks.
    Others,
}

/// A text that names no session. Nobody types one: the page sends what it was given.
struct NotASession;

impl Explain for NotASession {
    fn code(&self) -> &'static str {
        "not_a_session"
    }

    fn in_japanese(&self, _label: &str) -> String {
        "端末を確認できませんでした。画面を読み込み直して、もう一度お試しください。".to_owned()
    }

    fn in_english(&self, _label: &str) -> String {
        "The device could not be found. Please reload the page and try again.".to_owned()
    }
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        form.required("session", |text| match text {
            "others" => Ok(Self::Others),
            id => SessionId::parse(id).map(Self::One).map_err(|_| NotASession),
        })
    }
}

impl Request {
    /// The sessions that `account` lists and that are meant.
    fn among<'a>(&self, account: &'a Account, own: &SignedIn) -> Vec<&'a TokenHash> {
        let listed = account.sessions.iter().map(|listed| &listed.token);
        listed
            .filter(|token| match self {
                Self::One(id) => SessionId::of(token) == *id,
                Self::Others => *token != own.token(),
            })
            .collect()
    }
}

impl Step for EndSessions {
    const NAME: &'static str = "end-sessions";
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
        let account = self.accounts.lookup_key(signed_in.account()).await?;
        let account = account
            .filter(|account| account.admits(signed_in))
            .ok_or(Problem::NotSignedIn)?;
        let ending = request.among(&account, signed_in);
        let unlisted =
            (!ending.is_empty()).then(|| self.accounts.unlist_sessions(&account, &ending));
        self.audit
            .act(&call.done(Self::NAME, signed_in.account().subject()))
            // Also where nothing is to end: who left the roster is told so.
            .with(self.members.still_there(signed_in.member()))
            .with_all(unlisted)
            .and_all(ending.iter().map(|token| self.sessions.end(token)))
            .commit(&self.database)
            .await?
            // The member left the roster, or the account is another.
            .map_err(|Refused| Problem::NotSignedIn)?;
        Ok(Answer::no_content())
    }
}
