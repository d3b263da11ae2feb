//! Step 1: proves who a member is, against the roster.
//!
//! When all five fields that the member types agree with the roster, and the key of the letter where the
//! insurer requires it, the browser gets a registration to go on with: a new one, or the one that this member is
//! in the middle of, whose code may be in the mailbox. When they do not, which of them is wrong is not said, but
//! for a code that no insurer has.
//!
//! # Calls
//!
//! Two throttles are charged, each an item of its own (the client, and the member from there), while one
//! batch reads insurer, member, claim and the registration that the browser was in, strongly consistent,
//! which goes on if it is the same member's. Then the member is charged over all clients, so that a client
//! that is refused cannot use up what the member has, and no failure counts that is older than the
//! insurer's survey; with the right key of the letter, the key is charged instead, and what others have done
//! refuses nothing. Then the event is written, and after it the registration, where none goes on: so nobody has a
//! registration that the trail does not know. Where the second write fails, the member verifies once more. A client of
//! IPv6 is charged twice, and what is forgiven takes up to four calls more.

use domain::{FlowSubject, LetterKey, Token};
use lambda::{
    Answer, Call, Flow, Form, FromForm, Identity, LETTER_KEY, LetterShown, Matched, Notes,
    OsEntropy, Problem, Roster, SetCookie, Step, made_of,
};
use serde::Serialize;
use store::{Audit, NewRegistration, Owner, Registration, Registrations};

made_of! {
    /// The step, ready to be called.
    pub struct VerifyMember {
        audit: Audit,
        registrations: Registrations,
        roster: Roster,
    }
}

/// Who the member says they are, and the key of their letter.
pub struct Request {
    identity: Identity,
    letter_key: Option<LetterKey>,
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        let identity = Identity::from_form(form);
        let letter_key = form.optional(LETTER_KEY, LetterKey::parse);
        Some(Self {
            identity: identity?,
            letter_key: letter_key?,
        })
    }
}

/// What comes next.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Next {
    /// To choose a user ID.
    User,
    /// To enter the code: the member has chosen already, in the registration that goes on.
    Code,
}

/// Who the member is, as the roster has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Whose page it is from here on.
    subject: String,
    member_name: String,
    symbol: String,
    number: String,
    mail_sender: String,
    next: Next,
    /// The last day of this year's survey, while there is one.
    survey_deadline: Option<String>,
}

impl Step for VerifyMember {
    const NAME: &'static str = "verify-member";
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
        let held = call.token(Flow::Registration);
        let former = held.as_ref().map(Token::hash);
        let former = former.map(|token| self.registrations.read_owner(&token).consistent());
        let letter = LetterShown::Asked(request.letter_key.as_ref());
        let verified = self
            .roster
            .verify(call, notes, &request.identity, letter, former);
        let (mut matched, former) = verified.await?;
        if matched.user_id.is_some() {
            return Err(Problem::AlreadyRegistered);
        }
        let slips = matched.take_slips();
        let former = former.as_ref();
        let member = &matched.member.id;
        // The member's own pages in other windows of this browser go on.
        let subject = former
            .and_then(|former| former.subject_of(member, call.now))
            .cloned()
            .unwrap_or_else(|| FlowSubject::draw(&OsEntropy));
        let goes_on = former.filter(|former| former.goes_on_for(member, call.now));
        let next = Next::of(goes_on);
        let verified = call.done(Self::NAME, member.subject());
        self.audit.note(&verified).await?;
        let token = if let (Some(_), Some(token)) = (goes_on, held) {
            token
        } else {
            let token = self.begin(call, &matched, &subject).await?;
            // A mistyped 番号 is another identity, which failed from here.
            if let Err(cause) = self.roster.forgive_slips(&slips).await {
                notes.conceals(&cause);
            }
            token
        };
        let Matched {
            member, insurer, ..
        } = matched;
        Ok(Answer::ok(Response {
            subject: subject.as_str().to_owned(),
            next,
            mail_sender: insurer.mail_sender.as_str().to_owned(),
            survey_deadline: insurer.survey_deadline.map(|deadline| deadline.iso()),
            member_name: member.name,
            symbol: member.symbol,
            number: member.number,
        })
        .with(SetCookie::token(Flow::Registration, &token)))
    }
}

impl VerifyMember {
    /// Begins a registration; gives its token.
    async fn begin(
        &self,
        call: &Call,
        matched: &Matched,
        subject: &FlowSubject,
    ) -> Result<Token, Problem> {
        let token = Token::draw(&OsEntropy);
        let registration = Registration::from(NewRegistration {
            token: token.hash(),
            subject: subject.clone(),
            member: &matched.member,
            insurer: &matched.insurer,
            verified_at: call.now,
        });
        self.registrations.create(&registration).await?;
        Ok(token)
    }
}

impl Next {
    fn of(goes_on: Option<&Owner>) -> Self {
        match goes_on {
            Some(former) if former.has_chosen() => Self::Code,
            _ => Self::User,
        }
    }
}
