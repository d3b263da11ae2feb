//! SES, API version 2: accepts what `SendEmail` accepts, refuses what it refuses, puts the mail into the
//! mailbox and tells what becomes of it; and the account's suppression list.

mod address;
mod simulator;
mod suppression;

use std::collections::BTreeMap;

use http::{HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::calls::{Element, Service};
use crate::faults::FaultKind;
use crate::gate::{Caller, ErrorName, Gate, Job, Served};
use crate::iam::Demand;
use crate::mailbox::{Fate, Mail, Mailbox};
use crate::serve::{Answer, Reply, json as json_answer};
use crate::template::MailSettings;
use crate::template::names::{ACCOUNT, REGION, identity_arn};
use address::{address_is_valid, bare, identity_of};
pub(crate) use suppression::SuppressionList;

/// The most recipients of one mail.
const RECIPIENTS: usize = 50;

/// Headers that SES writes itself.
const OWN_HEADERS: &[&str] = &[
    "bcc",
    "cc",
    "content-disposition",
    "content-transfer-encoding",
    "content-type",
    "date",
    "from",
    "message-id",
    "mime-version",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    from_email_address: Option<String>,
    #[serde(default)]
    destination: Destination,
    #[serde(default)]
    reply_to_addresses: Vec<String>,
    configuration_set_name: Option<String>,
    #[serde(default)]
    email_tags: Vec<Header>,
    content: Content,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Destination {
    #[serde(rename = "ToAddresses")]
    to: Vec<String>,
    #[serde(rename = "CcAddresses")]
    copies: Vec<String>,
    #[serde(rename = "BccAddresses")]
    blind_copies: Vec<String>,
}

impl Destination {
    fn all(&self) -> impl Iterator<Item = &String> {
        self.to.iter().chain(&self.copies).chain(&self.blind_copies)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    simple: Option<Simple>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Part,
    body: Body,
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    text: Option<Part>,
    html: Option<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    data: String,
    charset: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Header {
    name: String,
    value: String,
}

/// The service: its mailbox, its suppression list, and the events of what becomes of a mail.
#[derive(Debug)]
pub(crate) struct Ses {
    pub(crate) mailbox: Mailbox,
    pub(crate) mail: MailSettings,
    pub(crate) suppressed: SuppressionList,
    /// Where events go.
    events: UnboundedSender<Value>,
}

impl Served for Ses {
    const SERVICE: Service = Service::Ses;

    fn denied(message: &str) -> Answer {
        error(StatusCode::FORBIDDEN, "AccessDeniedException", message)
    }

    fn unknown_key(message: &str) -> Answer {
        error(
            StatusCode::FORBIDDEN,
            "UnrecognizedClientException",
            message,
        )
    }
}

impl Ses {
    /// A service whose events go to `events`.
    pub(crate) fn new(mail: MailSettings, events: UnboundedSender<Value>) -> Self {
        Self {
            mailbox: Mailbox::default(),
            mail,
            suppressed: SuppressionList::default(),
            events,
        }
    }

    /// Answers a call.
    pub(crate) async fn handle(
        &self,
        gate: &Gate,
        caller: &Caller,
        (method, path, body): (&Method, &str, &[u8]),
    ) -> Reply {
        if let Some(request) = suppression::Request::read(method, path, body) {
            return match request {
                Ok(request) => self.about_the_list(gate, caller, request).await,
                Err(answer) => answer.into(),
            };
        }
        if method != Method::POST || path != "/v2/email/outbound-emails" {
            let message = format!(
                "The local stack answers SendEmail and the calls about suppressed destinations, not {method} {path}"
            );
            return error(StatusCode::NOT_FOUND, "NotFoundException", &message).into();
        }
        let request: SendEmail = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(cause) => return bad_request(&cause.to_string()).into(),
        };
        let from = bare(request.from_email_address.as_deref().unwrap_or_default());
        let identities = &self.mail.identities;
        let mut demands = vec![demand(&request, &from, identities)];
        let set = request.configuration_set_name.clone().or_else(|| {
            let identity = identity_of(&from, identities)?;
            self.mail.set_of(identity).cloned()
        });
        if let Some(set) = &set {
            let resource = format!("arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{set}");
            demands.push(Demand {
                resource,
                ..demands[0].clone()
            });
        }
        let elements = vec![Element {
            action: "SendEmail".into(),
            resource: from.clone(),
        }];
        let job = Job {
            action: "SendEmail".into(),
            elements,
            demands,
        };
        let sender = match caller {
            Caller::Operator | Caller::Holder(_) => None,
            Caller::Function(_, request) => request.clone(),
        };
        let set = set.unwrap_or_default();
        let is_lost = gate.mutants.loses_mail(caller.function());
        let perform = async {
            if !set.is_empty() && !self.mail.has_set(&set) {
                let message = format!("Configuration set <{set}> does not exist.");
                return error(StatusCode::NOT_FOUND, "NotFoundException", &message);
            }
            match mail(request, &from, sender, identities) {
                Ok(_) if is_lost => json_answer(StatusCode::OK, &json!({"MessageId": "lost"})),
                Ok(mail) => {
                    let at_ms = gate.clock.at(mail.request.as_deref());
                    let id = self.accept(mail, set, at_ms);
                    json_answer(StatusCode::OK, &json!({"MessageId": id}))
                }
                Err(answer) => *answer,
            }
        };
        gate.run::<Self>(caller, job, fault, perform).await
    }

    /// Takes a mail at a time, lets it have its fate, and tells of that. Gives its message id.
    fn accept(&self, mut mail: Mail, set: String, now: i64) -> String {
        let heeds = |reason: &str| self.mail.suppresses(&set, reason);
        let listed = self.suppressed.reason(&mail.to);
        mail.fate = match listed.filter(|reason| heeds(reason)).as_deref() {
            Some("COMPLAINT") => Fate::ListedForComplaint,
            Some(_) => Fate::ListedForBounce,
            None => simulator::fate_of(&mail.to),
        };
        let lists = match mail.fate {
            Fate::Bounce => Some("BOUNCE"),
            Fate::Complaint => Some("COMPLAINT"),
            _ => None,
        };
        if let Some(reason) = lists.filter(|reason| heeds(reason)) {
            self.suppressed.add(&mail.to, reason);
        }
        mail.configuration_set = set;
        let mail = self.mailbox.accept(mail, now);
        for told in simulator::told(&mail, now) {
            if self.mail.publishes(&mail.configuration_set, told.kind) {
                // Nobody listens any more when the stack stops.
                let _ = self.events.send(simulator::event(&told, &mail, now));
            }
        }
        mail.message_id
    }

    /// Answers a call about the account's suppression list.
    async fn about_the_list(
        &self,
        gate: &Gate,
        caller: &Caller,
        request: suppression::Request,
    ) -> Reply {
        let action = request.action();
        let job = Job {
            action: action.into(),
            elements: vec![Element {
                action: action.into(),
                resource: "the suppression list".into(),
            }],
            // IAM knows no resource for these.
            demands: vec![Demand {
                action: format!("ses:{action}"),
                resource: "*".into(),
                context: BTreeMap::new(),
            }],
        };
        let perform = async { self.suppressed.answer(request) };
        gate.run::<Self>(caller, job, fault, perform).await
    }
}

fn demand(request: &SendEmail, from: &str, identities: &[String]) -> Demand {
    let domain = from.rsplit_once('@').map_or(from, |(_, domain)| domain);
    let identity = identity_of(from, identities).unwrap_or(domain);
    Demand {
        action: "ses:SendEmail".into(),
        resource: identity_arn(identity),
        context: BTreeMap::from([
            ("ses:FromAddress", vec![from.to_owned()]),
            (
                "ses:Recipients",
                request
                    .destination
                    .all()
                    .map(|address| bare(address))
                    .collect(),
            ),
        ]),
    }
}

fn fault(kind: FaultKind) -> Option<Answer> {
    match kind {
        FaultKind::Throttle => Some(error(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            "Maximum sending rate exceeded.",
        )),
        FaultKind::InternalError => Some(error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            "Internal server error",
        )),
        FaultKind::MessageRejected => Some(error(
            StatusCode::BAD_REQUEST,
            "MessageRejected",
            "Email address is not verified. The following identities failed the check.",
        )),
        FaultKind::Latency(_)
        | FaultKind::LostReply
        | FaultKind::TransactionConflict(_)
        | FaultKind::TransactionInProgress
        | FaultKind::Stale
        | FaultKind::Unprocessed => None,
    }
}

/// The mail that is asked for, or why SES refuses it.
fn mail(
    request: SendEmail,
    from: &str,
    sender: Option<String>,
    identities: &[String],
) -> Result<Mail, Box<Answer>> {
    let bad = |message: &str| Box::new(bad_request(message));
    let Some(simple) = request.content.simple else {
        return Err(bad(
            "The local stack accepts Content.Simple only, not Raw or Template",
        ));
    };
    let from_header = request.from_email_address.unwrap_or_default();
    let recipients: Vec<_> = request.destination.all().collect();
    if recipients.is_empty() || recipients.len() > RECIPIENTS {
        return Err(bad("Recipient count must be between 1 and 50."));
    }
    for address in std::iter::once(&from_header)
        .chain(recipients)
        .chain(&request.reply_to_addresses)
    {
        address_is_valid(address).map_err(bad)?;
    }
    if identity_of(from, identities).is_none() {
        let message = format!(
            "Email address is not verified. The following identities failed the check in region {}: {from}",
            REGION.to_uppercase()
        );
        return Err(Box::new(error(
            StatusCode::BAD_REQUEST,
            "MessageRejected",
            &message,
        )));
    }
    let Some(part) = simple.body.text.as_ref().or(simple.body.html.as_ref()) else {
        return Err(bad("The message has no body."));
    };
    for part in [
        Some(&simple.subject),
        simple.body.text.as_ref(),
        simple.body.html.as_ref(),
    ]
    .into_iter()
    .flatten()
    {
        // SES takes a part without a character set for ASCII and would send 文字化け.
        if !part.data.is_ascii()
            && !part
                .charset
                .as_deref()
                .is_some_and(|set| set.eq_ignore_ascii_case("utf-8"))
        {
            return Err(bad("A text beyond ASCII needs the Charset UTF-8."));
        }
    }
    if simple.subject.data.contains(['\r', '\n']) {
        return Err(bad("The subject contains a line break."));
    }
    let mut tags = request.email_tags.iter();
    if !tags.all(|tag| fits_a_tag(&tag.name) && fits_a_tag(&tag.value)) {
        return Err(bad("A tag has a character that is not allowed."));
    }
    for header in &simple.headers {
        let name_fits = !header.name.is_empty()
            && header.name.len() <= 126
            && header
                .name
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b':');
        let value_fits = header.value.len() <= 870
            && header
                .value
                .bytes()
                .all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if !name_fits
            || !value_fits
            || OWN_HEADERS.contains(&header.name.to_ascii_lowercase().as_str())
        {
            return Err(bad(&format!("The header {} is not allowed.", header.name)));
        }
    }
    Ok(Mail {
        to: request.destination.to.join(", "),
        from: from.to_owned(),
        from_header,
        reply_to: request.reply_to_addresses,
        text: part.data.clone(),
        subject: simple.subject.data,
        headers: simple
            .headers
            .into_iter()
            .map(|header| (header.name, header.value))
            .collect(),
        sent_at: String::new(),
        message_id: String::new(),
        request: sender,
        configuration_set: String::new(),
        tags: request
            .email_tags
            .into_iter()
            .map(|tag| (tag.name, tag.value))
            .collect(),
        fate: Fate::default(),
    })
}

/// Whether SES takes a text as the name or the value of a tag.
fn fits_a_tag(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !text.is_empty() && text.len() <= 256 && text.bytes().all(known)
}

fn bad_request(message: &str) -> Answer {
    error(StatusCode::BAD_REQUEST, "BadRequestException", message)
}

fn error(status: StatusCode, name: &'static str, message: &str) -> Answer {
    let mut answer = json_answer(status, &json!({"message": message}));
    answer
        .headers_mut()
        .insert("x-amzn-errortype", HeaderValue::from_static(name));
    answer.extensions_mut().insert(ErrorName(name.to_owned()));
    answer
}
