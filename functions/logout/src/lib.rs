//! Ends a session.
//!
//! Logging out succeeds also without a session: one that is not there has ended already.

use lambda::{Answer, Aws, Call, ConfigError, Env, Flow, Problem, SetCookie, Step};
use store::{Audit, Database, Sessions, SignedIn, Transaction};

/// The step, ready to be called.
pub struct Logout {
    database: Database,
    audit: Audit,
    sessions: Sessions,
}

impl Step for Logout {
    const NAME: &'static str = "logout";
    type Request = ();
    type Response = ();

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            audit: env.table(&database)?,
            sessions: env.table(&database)?,
            database,
        })
    }

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(&self, call: &Call, (): ()) -> Result<Answer<()>, Problem> {
        match call.signed_in(&self.sessions).await {
            Ok(signed_in) => self.end(&signed_in, call).await?,
            Err(Problem::NotSignedIn) => {}
            Err(problem) => return Err(problem),
        }
        Ok(Answer::no_content().with(SetCookie::clear(Flow::Session)))
    }
}

impl Logout {
    async fn end(&self, signed_in: &SignedIn, call: &Call) -> Result<(), store::Error> {
        let event = call.done(Self::NAME, signed_in.account().subject());
        let ended = Transaction::new()
            .with((), self.sessions.end(signed_in.token()))
            .with((), self.audit.record(&event))
            .commit(&self.database)
            .await?;
        // Neither write has a condition that could refuse it.
        drop(ended);
        Ok(())
    }
}
