//! Marks an address that mail came back from.
//!
//! SES tells of bounces and complaints, at least once and in any order. What is for good is kept against
//! the address, so that the member is told and no further mail goes there; what may pass by itself is not:
//! SES tries for hours before it gives up, and the code is long expired then.

use domain::EmailAddress;
use lambda::{Aws, ConfigError, Env, Heard, Listener, Notice};
use serde::Deserialize;
use store::{Addresses, Marked, Noted, Returned};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The function, ready to be told.
pub struct RecordMailEvent {
    addresses: Addresses,
}

/// What SES tells (Amazon SES Developer Guide, "Contents of event data that Amazon SES publishes"), as far
/// as it matters here.
#[derive(Deserialize)]
pub struct MailEvent {
    mail: SentMail,
    #[serde(flatten)]
    what: What,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentMail {
    message_id: String,
    /// When SES took it.
    timestamp: Timestamp,
}

#[derive(Deserialize)]
#[serde(tag = "eventType")]
enum What {
    Bounce { bounce: Bounce },
    Complaint { complaint: Complaint },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    #[serde(rename = "bounceType")]
    lasts: BounceType,
    bounced_recipients: Vec<Recipient>,
    timestamp: Timestamp,
}

#[derive(Deserialize, PartialEq)]
enum BounceType {
    Permanent,
    Transient,
    Undetermined,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complained_recipients: Vec<Recipient>,
    timestamp: Timestamp,
    /// The type of a report of RFC 5965, where the provider sends one.
    #[serde(rename = "complaintFeedbackType")]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: Address,
}

/// RFC 3339.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Timestamp(OffsetDateTime);

impl TryFrom<String> for Timestamp {
    type Error = time::error::Parse;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        OffsetDateTime::parse(&text, &Rfc3339).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Address(EmailAddress);

impl TryFrom<String> for Address {
    type Error = domain::EmailError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        EmailAddress::parse(&text).map(Self)
    }
}

impl Listener for RecordMailEvent {
    const NAME: &'static str = "record-mail-event";
    type Detail = MailEvent;

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self {
            addresses: env.table(&aws.dynamodb())?,
        })
    }

    async fn hear(&self, notice: Notice<MailEvent>) -> Result<Heard, String> {
        let MailEvent { mail, what } = notice.detail;
        let (how, at, recipients) = match what {
            What::Bounce { bounce } if bounce.lasts == BounceType::Permanent => {
                (Marked::Bounced, bounce.timestamp, bounce.bounced_recipients)
            }
            What::Bounce { bounce } => {
                return Ok(heard("transient", &bounce.bounced_recipients));
            }
            What::Complaint { complaint } if complaint.takes_it_back() => {
                return Ok(heard("not-spam", &complaint.complained_recipients));
            }
            What::Complaint { complaint } => (
                Marked::Complained,
                complaint.timestamp,
                complaint.complained_recipients,
            ),
        };
        let returned = Returned {
            how,
            at: at.0,
            mailed_at: mail.timestamp.0,
            message_id: mail.message_id,
        };
        let mut outcome = match how {
            Marked::Bounced => "bounced",
            Marked::Complained => "complained",
        };
        for recipient in &recipients {
            let noted = self.addresses.note(&recipient.email_address.0, &returned);
            if noted.await.map_err(|error| error.to_string())? == Noted::Lifted {
                outcome = "lifted";
            }
        }
        Ok(heard(outcome, &recipients))
    }
}

impl Complaint {
    /// Whether somebody has taken the mail out of the spam folder.
    fn takes_it_back(&self) -> bool {
        self.kind.as_deref() == Some("not-spam")
    }
}

/// What came of it, about the recipient: each of our mails has one.
fn heard(outcome: &'static str, recipients: &[Recipient]) -> Heard {
    let who = recipients.first();
    Heard {
        outcome,
        who: who.map(|recipient| recipient.email_address.0.subject()),
    }
}
