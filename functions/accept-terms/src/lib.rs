//! Step 6: keeps that a member accepted the terms of use.
//!
//! The version must be the one in force when the member logged in. An acceptance is kept with its
//! version and time in the account, for good, and opens the session to what the terms gate.
//!
//! # Calls
//!
//! One read finds the session with the version that was in force at login, so the insurer need not be read; one more
//! the member, whose key it has. One transaction keeps the acceptance in the account. Then one update opens the
//! session and puts its idle end off: should it fail, the acceptance stands, and the member accepts once more.

use domain::{Next, TermsVersion};
use lambda::{Answer, Call, Explain, Form, FromForm, Notes, Problem, Step, made_of};
use serde::Serialize;
use store::{Accounts, Audit, Database, Members, Refused, Sessions};

made_of! {
    /// The step, ready to be called.
    pub struct AcceptTerms {
        database: Database,
        accounts: Accounts,
        audit: Audit,
        members: Members,
        sessions: Sessions,
    }
}

/// What the member accepts.
pub struct Request {
    /// The version that was shown.
    pub version: TermsVersion,
}

/// Where to go on.
#[derive(Serialize)]
pub struct Response {
    next: &'static str,
}

/// Why there is nothing to be kept. The member types no version: the page sends the one it shows, once
/// its box is ticked.
enum NotAccepted {
    /// The box is not ticked.
    Missing,
    /// The version is not the one in force.
    NotCurrent,
}

impl Explain for NotAccepted {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotCurrent => "not_current",
        }
    }

    fn in_japanese(&self, _label: &str) -> String {
        match self {
            Self::Missing => "「利用規約に同意する」にチェックしてください。",
            Self::NotCurrent => {
                "利用規約が新しくなりました。画面を読み込み直し、新しい利用規約をご確認ください。"
            }
        }
        .to_owned()
    }

    fn in_english(&self, _label: &str) -> String {
        match self {
            Self::Missing => "Please tick “I agree to the terms of use” (利用規約に同意する).",
            Self::NotCurrent => "There are new terms of use. Please reload the page and read them.",
        }
        .to_owned()
    }
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        match form.optional("version", TermsVersion::parse)? {
            Some(version) => Some(Self { version }),
            None => form.refuse("version", NotAccepted::Missing),
        }
    }
}

impl Step for AcceptTerms {
    const NAME: &'static str = "accept-terms";
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
        let signed_in = call.signed_in_untouched(&self.sessions, notes).await?;
        if request.version != *signed_in.terms_version() {
            return Err(Problem::field("version", NotAccepted::NotCurrent));
        }
        // Eventual is enough: operators write members, and a member who left a moment ago may as well have accepted before.
        let member = self.members.read(signed_in.member());
        if self.database.read(member).await?.is_none() {
            return Err(Problem::NotSignedIn);
        }
        self.audit
            .act(&call.done(Self::NAME, signed_in.account().subject()))
            .with(
                self.accounts
                    .record_acceptance(&signed_in, &request.version, call.now),
            )
            .commit(&self.database)
            .await?
            // The account ended since the session was begun.
            .map_err(|Refused| Problem::NotSignedIn)?;
        if !self.sessions.open(&signed_in, call.now).await? {
            // Its member logged out meanwhile. The acceptance stands.
            return Err(Problem::NotSignedIn);
        }
        Ok(Answer::ok(Response {
            next: Next::Top.as_str(),
        }))
    }
}
