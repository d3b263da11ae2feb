//! Lists where a member is signed in.
//!
//! The account says which sessions there are, the sessions what they are: some that the account lists are
//! over, because who logs out ends the session alone.
//!
//! # Calls
//!
//! One update finds the session, which names the account, which lists the sessions: each read needs the one
//! before. The member is in the last batch.

use std::cmp::Reverse;

use domain::SessionId;
use lambda::{Answer, Call, Notes, Problem, Step, made_of, rfc_3339};
use serde::Serialize;
use store::{Accounts, Database, Members, Session, Sessions, TermsAccepted};

made_of! {
    /// The step, ready to be called.
    pub struct ListSessions {
        database: Database,
        accounts: Accounts,
        members: Members,
        sessions: Sessions,
    }
}

/// Where the member is signed in: here first, then where it was used last.
#[derive(Serialize)]
pub struct Response {
    /// Whose page it is.
    subject: String,
    sessions: Vec<SessionView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    /// What the member calls the browser.
    device: Option<String>,
    /// Where the member logged in, in the reader's language.
    place: Option<String>,
    logged_in_at: String,
    last_used_at: String,
}

impl Step for ListSessions {
    const NAME: &'static str = "list-sessions";
    type Request = ();
    type Response = Response;

    async fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        (): (),
    ) -> Result<Answer<Response>, Problem> {
        let member = call.behind_terms(&self.sessions, notes).await?;
        let mut sessions = self.live(&member, call).await?;
        let own = member.signed_in().token();
        sessions.sort_by_key(|session| (session.token != *own, Reverse(session.used_at())));
        let views = sessions.iter().map(|session| {
            Ok(SessionView {
                id: SessionId::of(&session.token).as_str().to_owned(),
                current: session.token == *own,
                device: session.device.as_ref().map(|name| name.as_str().to_owned()),
                place: session.place.as_ref().map(|place| call.name_of(place)),
                logged_in_at: rfc_3339(session.created_at)?,
                last_used_at: rfc_3339(session.used_at())?,
            })
        });
        let sessions = views.collect::<Result<_, Problem>>()?;
        let subject = member.signed_in().account_id().as_str().to_owned();
        Ok(Answer::ok(Response { subject, sessions }))
    }
}

impl ListSessions {
    /// Reads the sessions that the account lists and that have not ended.
    async fn live(&self, member: &TermsAccepted, call: &Call) -> Result<Vec<Session>, Problem> {
        let signed_in = member.signed_in();
        let account = self.accounts.lookup_key(signed_in.account()).await?;
        let account = account
            .filter(|account| account.admits(signed_in))
            .ok_or(Problem::NotSignedIn)?;
        let listed = account.sessions.iter();
        let reads: Vec<_> = listed
            // A login in another browser may have been a moment ago.
            .map(|listed| self.sessions.read(&listed.token).consistent())
            .collect();
        let reads = (self.members.read(signed_in.member()), reads);
        let (member, sessions) = self.database.read(reads).await?;
        // The member left the roster.
        member.ok_or(Problem::NotSignedIn)?;
        let listed = sessions.into_iter().flatten();
        Ok(listed
            .filter(|session| session.is_alive(call.now))
            .collect())
    }
}
