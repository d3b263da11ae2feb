//! Tells a browser in the middle of signing up where it is.
//!
//! A page of the registration asks this first, so that a reload, the back button and a second tab find
//! what the member has done already. While a code is under way it also looks how far its mail has come. It
//! changes nothing.
//!
//! # Calls
//!
//! One read by key, strongly consistent: the page that asks comes straight from the write it asks about.
//! Nothing can be guessed at, so nothing is charged. While a code is under way, one batch looks up whether
//! the address is marked and how far its mail has come; else that read is not made.

use domain::{SurveyDeadline, Undeliverable};
use lambda::{Answer, Call, DeliveryView, Notes, Problem, Step, made_of, rfc_3339};
use serde::Serialize;
use store::{Addresses, Chosen, Database, Registration, Registrations, SentCode};

made_of! {
    /// The step, ready to be called.
    pub struct GetRegistration {
        database: Database,
        addresses: Addresses,
        registrations: Registrations,
    }
}

/// How far the registration has come.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Whose page it is.
    subject: String,
    member_name: String,
    symbol: String,
    number: String,
    mail_sender: String,
    insurer_code: String,
    /// The last day of this year's survey, while there is one.
    survey_deadline: Option<String>,
    /// When the registration ends.
    expires_at: String,
    /// What create-user took.
    user: Option<UserView>,
    /// What send-code mailed last, be it still valid or not.
    code: Option<CodeView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserView {
    user_id: String,
    /// Not masked: it is shown to be checked for typing errors, to the browser that it was typed into.
    email: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeView {
    expires_at: String,
    resend_at: String,
    /// Whether mail came back from the address, so that no other code is sent there for now.
    bounced: bool,
    /// Why, if so: `undelivered`, `suppressed` or `undeliverable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'static str>,
    /// How far the mail has come, once SES has told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryView>,
}

impl Step for GetRegistration {
    const NAME: &'static str = "get-registration";
    type Request = ();
    type Response = Response;

    async fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        (): (),
    ) -> Result<Answer<Response>, Problem> {
        let (_, member) = call.verified_member(&self.registrations, notes).await?;
        let registration = member.registration();
        let code = match (&registration.chosen, registration.sent_code()) {
            (Some(chosen), Some(sent)) => {
                // SES tells in its own time, so that to be a moment late is no matter.
                let marked = self.addresses.read(&chosen.email);
                let reads = (marked, self.addresses.read_mail(&sent.mail));
                let (marked, told) = self.database.read(reads).await?;
                let refusal = marked.and_then(|marked| marked.mark.refusal(call.now));
                let delivery = DeliveryView::of(told.as_ref())?;
                Some(CodeView::of(&sent, refusal, delivery)?)
            }
            _ => None,
        };
        view(registration, code).map(Answer::ok)
    }
}

fn view(registration: &Registration, code: Option<CodeView>) -> Result<Response, Problem> {
    let shown = &registration.shown;
    Ok(Response {
        subject: registration.subject.as_str().to_owned(),
        member_name: shown.name.clone(),
        symbol: shown.symbol.clone(),
        number: shown.number.clone(),
        mail_sender: registration.mail_sender.as_str().to_owned(),
        insurer_code: registration.insurer.folded().to_owned(),
        survey_deadline: registration
            .survey_deadline
            .as_ref()
            .map(SurveyDeadline::iso),
        expires_at: rfc_3339(registration.expires_at)?,
        user: registration.chosen.as_ref().map(UserView::of),
        code,
    })
}

impl UserView {
    fn of(chosen: &Chosen) -> Self {
        Self {
            user_id: chosen.user_id.as_typed().to_owned(),
            email: chosen.email.as_str().to_owned(),
        }
    }
}

impl CodeView {
    fn of(
        sent: &SentCode,
        refusal: Option<Undeliverable>,
        delivery: Option<DeliveryView>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            expires_at: rfc_3339(sent.expires_at)?,
            resend_at: rfc_3339(sent.resend_at)?,
            bounced: refusal.is_some(),
            refusal: refusal.map(|refusal| refusal.code()),
            delivery,
        })
    }
}
