//! Tells anybody what every member of an insurer may know of it: its name, whom to ask, and where its mails
//! come from.
//!
//! The letter's address has the insurer's code, so that a page can say all this before the member has typed
//! anything. It is what letters, mails and the page of contacts say, too: nobody's secret. So it is charged
//! to nobody, and the distribution may keep it.
//!
//! # Calls
//!
//! One read by key, eventually consistent. The distribution asks every five minutes at the most.

use std::time::Duration;

use domain::InsurerCode;
use lambda::{
    Answer, Call, ContactView, Form, FromForm, INSURER_CODE, Notes, Problem, Step, made_of,
};
use serde::Serialize;
use store::{English, Insurer, Insurers};

/// For how long an answer may be kept: so late members may learn of a new telephone number.
const KEPT: Duration = Duration::from_mins(5);

made_of! {
    /// The step, ready to be called.
    pub struct GetInsurer {
        insurers: Insurers,
    }
}

/// Which insurer.
pub struct Request(InsurerCode);

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        form.required(INSURER_CODE, InsurerCode::parse).map(Self)
    }
}

/// What is public of an insurer, the same for readers of every language.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    code: String,
    name: String,
    contact: ContactView,
    mail_sender: String,
    /// Whether a page asks for the key in the member's letter.
    letter_key: &'static str,
    /// What of it is translated.
    english: Option<EnglishView>,
}

#[derive(Serialize)]
struct EnglishView {
    name: String,
    hours: String,
}

impl Step for GetInsurer {
    const NAME: &'static str = "get-insurer";
    type Request = Request;
    type Response = Response;

    async fn handle(
        &self,
        _: &Call,
        _: &mut Notes,
        Request(code): Request,
    ) -> Result<Answer<Response>, Problem> {
        match self.insurers.lookup(&code).await? {
            Some(insurer) => Ok(Answer::ok(Response::of(insurer)).public_for(KEPT)),
            None => Err(Problem::field(INSURER_CODE, code.unknown())),
        }
    }
}

impl Response {
    fn of(insurer: Insurer) -> Self {
        let english = |English { name, hours }| EnglishView { name, hours };
        Self {
            code: insurer.code.folded().to_owned(),
            mail_sender: insurer.mail_sender.as_str().to_owned(),
            letter_key: insurer.letter_key.as_str(),
            english: insurer.english.map(english),
            name: insurer.name,
            contact: insurer.contact.into(),
        }
    }
}
