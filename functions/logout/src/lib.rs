//! Ends a session.
//!
//! Logging out always succeeds: a session that is not there has ended already.

use lambda::{Answer, Aws, Call, ConfigError, Env, Flow, Problem, SetCookie, Step};
use store::Sessions;

/// The step, ready to be called.
pub struct Logout {
    sessions: Sessions,
}

impl Step for Logout {
    const NAME: &'static str = "logout";
    type Request = ();
    type Response = ();

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self {
            sessions: env.table(&aws.dynamodb())?,
        })
    }

    async fn handle(&self, call: &Call, (): ()) -> Result<Answer<()>, Problem> {
        if let Some(token) = call.token(Flow::Session) {
            self.sessions.revoke(&token.hash()).await?;
        }
        Ok(Answer::no_content().with(SetCookie::clear(Flow::Session)))
    }
}
