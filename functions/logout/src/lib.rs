//! Ends a session.
//!
//! Logging out succeeds also without a session: one that is not there has ended already.
//!
//! # Calls
//!
//! One update finds the session, whose account the audit trail names. One transaction ends it and records
//! that.

use lambda::{Answer, Call, Flow, Notes, Problem, SetCookie, Step, made_of};
use store::{Audit, Database, Never, Sessions};

made_of! {
    /// The step, ready to be called.
    pub struct Logout {
        database: Database,
        audit: Audit,
        sessions: Sessions,
    }
}

impl Step for Logout {
    const NAME: &'static str = "logout";
    type Request = ();
    type Response = ();

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(&self, call: &Call, notes: &mut Notes, (): ()) -> Result<Answer<()>, Problem> {
        match call.signed_in(&self.sessions, notes).await {
            Ok(signed_in) => {
                let event = call.done(Self::NAME, signed_in.account().subject());
                let end = self.sessions.end(signed_in.token());
                let ended = self
                    .audit
                    .act(&event)
                    .and(end)
                    .commit(&self.database)
                    .await?;
                let Ok(()) = ended.map_err(|never: Never| match never {});
            }
            Err(Problem::NotSignedIn) => {}
            Err(problem) => return Err(problem),
        }
        Ok(Answer::no_content().with(SetCookie::clear(Flow::Session)))
    }
}
