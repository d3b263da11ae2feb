//! A request, reduced to what a step may look at.

use std::net::IpAddr;

use domain::{Client, DeviceName, PageSubject, Place, Subject, Token};
use lambda_http::{
    Body, Request, RequestExt,
    http::{
        HeaderMap, Method,
        header::{self, HeaderName},
    },
    request::RequestContext,
};
use mail::Mail;
use store::{
    Event, NoFlow, Origin, Presented, Registrations, Sessions, SignedIn, Stamp, TermsAccepted,
    VerifiedMember,
};
use time::{
    Date, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::offset,
};

use crate::{Flow, Language, Notes, OsEntropy, Problem, cookies, telemetry};

/// Where the distribution says the client's address, and what it has found out about it. It overwrites what
/// a client may have written there, and what did not come through the distribution is refused.
const VIEWER_ADDRESS: HeaderName = HeaderName::from_static("cloudfront-viewer-address");
const VIEWER_COUNTRY: HeaderName = HeaderName::from_static("cloudfront-viewer-country");
const VIEWER_REGION: HeaderName = HeaderName::from_static("cloudfront-viewer-country-region");
/// Where a page says whom it shows.
const PAGE_SUBJECT: HeaderName = HeaderName::from_static("x-subject");

/// Members live, and are born, in Japan.
const JAPAN: UtcOffset = offset!(+9);

/// One request.
pub struct Call {
    /// When the gateway received the request: the only clock there is. A client cannot forge it, a
    /// test or a sample event can set it.
    pub now: OffsetDateTime,
    /// Where the request comes from, for throttling. It is the distribution's own finding; nothing that a
    /// client sends can change it.
    pub client: Client,
    pub(crate) request_id: String,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    /// The variables of the route, by their names in the template.
    pub(crate) path_variables: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// What the browser holds of a flow.
pub struct Held {
    /// The cookie's token.
    pub token: Token,
    /// The same as the flow's table takes it, with whose page the request was sent from.
    pub presented: Presented,
}

impl Call {
    /// Takes an event apart. `None` when it is not an HTTP API event of payload format 2.0, which our
    /// gateway never sends.
    pub(crate) fn from_event(event: Request) -> Option<Self> {
        let RequestContext::ApiGatewayV2(context) = event.request_context() else {
            return None;
        };
        let now =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(context.time_epoch) * 1_000_000)
                .ok()?;
        let path_variables = event
            .path_parameters_ref()
            .map_or_else(Vec::new, |variables| {
                let variables = variables.iter();
                let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                variables.map(owned).collect()
            });
        let (parts, body) = event.into_parts();
        Some(Self {
            now,
            client: client_of(&parts.headers),
            request_id: context.request_id.unwrap_or_default(),
            method: parts.method,
            headers: parts.headers,
            path_variables,
            body,
        })
    }

    /// The date in Japan.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.to_offset(JAPAN).date()
    }

    /// The token of `flow` that the browser holds.
    #[must_use]
    pub fn token(&self, flow: Flow) -> Option<Token> {
        cookies::token(&self.headers, flow)
    }

    /// The tokens that accounts may know the browser by: one of each account that was logged in to from it.
    #[must_use]
    pub fn devices(&self) -> Vec<Token> {
        cookies::tokens(&self.headers, Flow::Device)
    }

    /// What the browser holds of `flow`, with whom the page shows.
    #[must_use]
    pub fn held(&self, flow: Flow) -> Option<Held> {
        let token = self.token(flow)?;
        let page = self.headers.get(PAGE_SUBJECT);
        let presented = Presented {
            token: token.hash(),
            // What is no text is nobody's.
            page: page.map(|said| PageSubject::new(said.to_str().unwrap_or_default())),
        };
        Some(Held { token, presented })
    }

    /// What the browser holds of the registration that it says it is in.
    ///
    /// # Errors
    /// [`Problem::RegistrationMissing`] when it says nothing.
    pub fn registration(&self) -> Result<Held, Problem> {
        self.held(Flow::Registration)
            .ok_or(Problem::RegistrationMissing)
    }

    /// Proves that the browser is on the way to an account.
    ///
    /// # Errors
    /// [`Problem::RegistrationMissing`] when it is not, [`Problem::AlreadyRegistered`] when its member has an
    /// account by now, [`Problem::OtherMember`] when somebody else is on the way than the page shows.
    pub async fn verified_member(
        &self,
        registrations: &Registrations,
        notes: &mut Notes,
    ) -> Result<(Held, VerifiedMember), Problem> {
        let held = self.registration()?;
        let found = registrations.lookup(&held.presented, self.now).await?;
        let member = Problem::of_registration(found)?;
        notes.concerns(&member.registration().member.subject());
        Ok((held, member))
    }

    /// Proves that the browser is signed in, and puts the session's idle end off.
    ///
    /// # Errors
    /// [`Problem::NotSignedIn`] when it is not, [`Problem::OtherMember`] when somebody else is than the page
    /// shows, [`Problem::TryAgain`] when that cannot be found out.
    pub async fn signed_in(
        &self,
        sessions: &Sessions,
        notes: &mut Notes,
    ) -> Result<SignedIn, Problem> {
        let held = self.held(Flow::Session).ok_or(Problem::NotSignedIn)?;
        let session = sessions.touch(&held.presented, self.now).await?;
        Self::session(session, notes)
    }

    /// Proves that the browser is signed in. That puts the session's idle end off is left to a write that follows.
    ///
    /// # Errors
    /// As [`signed_in`](Self::signed_in).
    pub async fn signed_in_untouched(
        &self,
        sessions: &Sessions,
        notes: &mut Notes,
    ) -> Result<SignedIn, Problem> {
        let held = self.held(Flow::Session).ok_or(Problem::NotSignedIn)?;
        let session = sessions.lookup(&held.presented, self.now).await?;
        Self::session(session, notes)
    }

    fn session(found: Result<SignedIn, NoFlow>, notes: &mut Notes) -> Result<SignedIn, Problem> {
        let signed_in = found.map_err(|no| Problem::of_no_flow(no, Problem::NotSignedIn))?;
        notes.concerns(&signed_in.account().subject());
        Ok(signed_in)
    }

    /// Proves that the browser is signed in, and that its member has accepted the terms: what everything
    /// behind the terms asks for.
    ///
    /// # Errors
    /// As [`signed_in`](Self::signed_in), and [`Problem::TermsNotAccepted`].
    pub async fn behind_terms(
        &self,
        sessions: &Sessions,
        notes: &mut Notes,
    ) -> Result<TermsAccepted, Problem> {
        let signed_in = self.signed_in(sessions, notes).await?;
        signed_in
            .into_terms_accepted()
            .ok_or(Problem::TermsNotAccepted)
    }

    /// What the member calls the browser.
    #[must_use]
    pub fn device(&self) -> Option<DeviceName> {
        self.header(header::USER_AGENT)
            .and_then(DeviceName::of_user_agent)
    }

    /// Where the browser is, as far as the distribution knows.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        Place::of(self.header(VIEWER_COUNTRY)?, self.header(VIEWER_REGION))
    }

    /// The name of a place in the language that the member reads.
    #[must_use]
    pub fn name_of(&self, place: &Place) -> String {
        match self.language() {
            Language::Japanese => place.in_japanese(),
            Language::English => place.in_english(),
        }
    }

    /// A mail, in English too for a member who reads English.
    #[must_use]
    pub fn worded<M: Mail>(&self, mail: M) -> M {
        match self.language() {
            Language::Japanese => mail,
            Language::English => mail.in_english_too(),
        }
    }

    /// The event that `step` is done, for the transaction that does it.
    #[must_use]
    pub fn done(&self, step: &'static str, subject: Subject) -> Event {
        self.event(step, telemetry::DONE, subject)
    }

    /// The event that the first request of a step that takes two is done.
    #[must_use]
    pub fn begun(&self, step: &'static str, subject: Subject) -> Event {
        self.event(step, "begun", subject)
    }

    /// The event that `step` is done but for its mail, for mail comes back from its recipient. Only where
    /// the answer must not tell.
    #[must_use]
    pub fn undeliverable(&self, step: &'static str, subject: Subject) -> Event {
        self.event(step, "undeliverable", subject)
    }

    pub(crate) fn event(
        &self,
        step: &'static str,
        outcome: &'static str,
        subject: Subject,
    ) -> Event {
        Event {
            subject,
            at: Stamp::draw(self.now, &OsEntropy),
            name: step.to_owned(),
            outcome: outcome.to_owned(),
            origin: Origin::Request(self.request_id.clone()),
            member: None,
        }
    }

    /// The language that the member reads.
    pub(crate) fn language(&self) -> Language {
        self.header(header::ACCEPT_LANGUAGE)
            .map(Language::preferred)
            .unwrap_or_default()
    }

    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// An instant as the API writes it: RFC 3339, in UTC.
///
/// # Errors
/// When the year has more than four digits.
pub fn rfc_3339(at: OffsetDateTime) -> Result<String, Problem> {
    at.format(&Rfc3339)
        .map_err(|error| Problem::TryAgain(error.to_string()))
}

/// The client whose address the distribution tells.
fn client_of(headers: &HeaderMap) -> Client {
    let told = headers.get(VIEWER_ADDRESS);
    Client::of(told.and_then(|told| without_port(told.to_str().ok()?)))
}

/// The address before the port. `CloudFront` writes an IPv6 address without brackets.
fn without_port(told: &str) -> Option<IpAddr> {
    let (address, _) = told.rsplit_once(':')?;
    address.trim_matches(['[', ']']).parse().ok()
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;

    use super::*;

    fn line(told: &str) -> String {
        let value = HeaderValue::from_str(told).expect("a header");
        let client = client_of(&HeaderMap::from_iter([(VIEWER_ADDRESS, value)]));
        client.line().to_owned()
    }

    #[test]
    fn neighbours_of_one_ipv6_subscriber_are_one_client() {
        for told in [
            "2001:db8:1:2:3:4:5:6:46532",
            "2001:db8:1:2:ffff::1:46532",
            "[2001:db8:1:ff::1]:443",
        ] {
            assert_eq!(line(told), "2001:db8:1:0::/56", "{told}");
        }
        assert_ne!(line("2001:db8:1:100::1:443"), line("2001:db8:1:2::1:443"));
    }

    #[test]
    fn an_ipv4_address_is_one_client_whatever_the_port_and_however_it_is_written() {
        for told in [
            "192.0.2.7:46532",
            "192.0.2.7:1024",
            "::ffff:192.0.2.7:46532",
        ] {
            assert_eq!(line(told), "192.0.2.7", "{told}");
        }
    }

    #[test]
    fn who_is_unknown_is_one_client() {
        assert_eq!(client_of(&HeaderMap::new()), Client::of(None));
        for told in ["", "192.0.2.7", "nonsense:1", ":443"] {
            assert_eq!(line(told), Client::of(None).line(), "{told}");
        }
    }
}
