//! Step 6: keeps that a member accepted the terms of use.
//!
//! The version must be the one in force when the member logged in. An acceptance is kept with its
//! version and time in the account, for good, and opens the session to what the terms gate.

use domain::{Next, TermsVersion};
use lambda::{Answer, Aws, Call, ConfigError, Env, Explain, Form, FromForm, Problem, Step};
use serde::Serialize;
use store::{Accounts, Commit, Database, Sessions, Transaction};

/// The step, ready to be called.
pub struct AcceptTerms {
    database: Database,
    accounts: Accounts,
    sessions: Sessions,
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

/// The version is not the one in force.
struct NotCurrent;

impl Explain for NotCurrent {
    fn code(&self) -> &'static str {
        "not_current"
    }

    fn explain(&self, _label: &str) -> String {
        "利用規約が新しくなりました。画面を読み込み直し、新しい利用規約をご確認ください。"
            .to_owned()
    }
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        Some(Self {
            version: form.required("version", TermsVersion::parse)?,
        })
    }
}

impl Step for AcceptTerms {
    const NAME: &'static str = "accept-terms";
    type Request = Request;
    type Response = Response;

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            accounts: env.table(&database)?,
            sessions: env.table(&database)?,
            database,
        })
    }

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<Response>, Problem> {
        let signed_in = call.signed_in(&self.sessions).await?;
        if request.version != *signed_in.terms_version() {
            return Err(Problem::field("version", &NotCurrent));
        }
        let accepted = Transaction::new()
            .with(
                (),
                self.accounts
                    .record_acceptance(signed_in.account(), &request.version, call.now),
            )
            .with((), self.sessions.record_acceptance(&signed_in))
            .commit(&self.database)
            .await?;
        match accepted {
            Commit::Done => Ok(Answer::ok(Response {
                next: Next::Top.as_str(),
            })),
            // The session or the account ended since the session was read.
            Commit::Refused(_) => Err(Problem::NotSignedIn),
        }
    }
}
