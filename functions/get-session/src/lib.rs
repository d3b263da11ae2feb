//! Step 7: tells the top page who is signed in.
//!
//! It answers before the terms are accepted too, for it says which version is to be accepted; the site
//! goes by `terms.accepted`.
//!
//! # Calls
//!
//! One update finds the session and puts its idle end off. One batch reads account, insurer and member,
//! whose keys the session has, and of an address that waits for its code, how far the mail has come.

use domain::{Survey, SurveyOpening};
use lambda::{Answer, Call, ContactView, DeliveryView, Notes, Problem, Step, made_of, rfc_3339};
use serde::Serialize;
use store::{Addresses, EmailChange, Parties, Party, Sessions, SignedIn};

made_of! {
    /// The step, ready to be called.
    pub struct GetSession {
        addresses: Addresses,
        parties: Parties,
        sessions: Sessions,
    }
}

/// Who is signed in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Whose page it is.
    subject: String,
    user_id: String,
    member_name: String,
    insurer: InsurerView,
    terms: TermsView,
    session: SessionView,
    /// The login before this one.
    last_login_at: Option<String>,
    /// Where it came from, in the reader's language.
    last_login_place: Option<String>,
    /// The confirmed address, masked.
    email: String,
    /// The address that the member is changing to, and whose code is still to be entered.
    email_change: Option<EmailChangeView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EmailChangeView {
    /// Not masked: it is shown to be checked for typing errors, to the browser that it was typed into.
    email: String,
    expires_at: String,
    resend_at: String,
    /// How far the mail has come, once SES has told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InsurerView {
    code: String,
    name: String,
    contact: ContactView,
    #[serde(flatten)]
    survey: SurveyView,
}

/// This year's survey; every field is null while there is none.
#[derive(Default, Serialize)]
struct SurveyView {
    /// The first day.
    #[serde(rename = "surveyOpens")]
    opens: Option<String>,
    /// The last day.
    #[serde(rename = "surveyDeadline")]
    deadline: Option<String>,
    /// Where it is answered.
    #[serde(rename = "surveyAddress")]
    address: Option<String>,
}

/// When the session ends, for the page to warn before it does.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    /// However much it is used.
    expires_at: String,
    /// If it is not used again.
    idle_expires_at: String,
}

#[derive(Serialize)]
struct TermsView {
    version: String,
    accepted: bool,
}

impl Step for GetSession {
    const NAME: &'static str = "get-session";
    type Request = ();
    type Response = Response;

    async fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        (): (),
    ) -> Result<Answer<Response>, Problem> {
        let signed_in = call.signed_in(&self.sessions, notes).await?;
        let waiting = signed_in
            .email_change()
            .filter(|change| change.code.expires_at > call.now);
        let mail = waiting.map(|change| self.addresses.read_mail(&change.mail()));
        let found = self.parties.of_session(&signed_in, mail).await?;
        let (party, told) = found.ok_or(Problem::NotSignedIn)?;
        let delivery = DeliveryView::of(told.as_ref())?;
        let change = waiting.map(|change| EmailChangeView::of(change, delivery));
        view(call, &signed_in, party, change.transpose()?).map(Answer::ok)
    }
}

fn view(
    call: &Call,
    signed_in: &SignedIn,
    party: Party,
    email_change: Option<EmailChangeView>,
) -> Result<Response, Problem> {
    let Party {
        account,
        member,
        insurer,
    } = party;
    Ok(Response {
        subject: signed_in.account_id().as_str().to_owned(),
        user_id: account.user_id.as_typed().to_owned(),
        member_name: member.name,
        insurer: InsurerView {
            code: insurer.code.folded().to_owned(),
            survey: insurer.survey().map(SurveyView::of).unwrap_or_default(),
            name: insurer.name,
            contact: insurer.contact.into(),
        },
        terms: TermsView {
            version: signed_in.terms_version().as_str().to_owned(),
            accepted: signed_in.has_accepted_terms(),
        },
        session: SessionView {
            expires_at: rfc_3339(signed_in.expires_at())?,
            idle_expires_at: rfc_3339(signed_in.idle_expires_at())?,
        },
        last_login_at: signed_in.previous_login_at().map(rfc_3339).transpose()?,
        last_login_place: signed_in
            .previous_login_place()
            .map(|place| call.name_of(place)),
        email: account.email.masked(),
        email_change,
    })
}

impl SurveyView {
    fn of(survey: Survey<'_>) -> Self {
        Self {
            opens: survey.opens.map(SurveyOpening::iso),
            deadline: Some(survey.deadline.iso()),
            address: survey.address.map(|address| address.as_str().to_owned()),
        }
    }
}

impl EmailChangeView {
    fn of(change: &EmailChange, delivery: Option<DeliveryView>) -> Result<Self, Problem> {
        Ok(Self {
            email: change.email.as_str().to_owned(),
            expires_at: rfc_3339(change.code.expires_at)?,
            resend_at: rfc_3339(change.resend_at())?,
            delivery,
        })
    }
}
