//! Records what SES tells of mails: how far each has come, and which address one came back from.
//!
//! SES tells at least once and in any order. How far a mail has come is kept under the mail's name, for the
//! page that waits for it and for the desk. What came back for good is kept against the address, so that
//! the member is told and no further mail goes there. What may pass by itself is not: the code has expired
//! when SES gives up.
//!
//! # Calls
//!
//! No step, and nobody waits. Of a mail that came back: how far it has come, which mail is the newest to
//! its address, and what is held against the address go out together. What the domain makes of the mark is
//! written second, for an event that comes twice must not change it; then a first bounce is taken off SES's
//! list. Each other event makes one call or two.

use domain::{AddressMark, DeliveryState, EmailAddress, MailId};
use lambda::{Heard, Listener, Notice, made_of};
use mail::SuppressionList;
use serde::Deserialize;
use store::{Addresses, Marked, Noted, Returned, ToldMail};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

made_of! {
    /// The function, ready to be told.
    pub struct RecordMailEvent {
        addresses: Addresses,
        suppression_list: SuppressionList,
    }
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
    message_id: Id,
    /// When SES took it.
    timestamp: Timestamp,
    /// Each of our mails has one recipient.
    destination: [Address; 1],
    #[serde(default)]
    tags: Tags,
}

#[derive(Default, Deserialize)]
struct Tags {
    /// The name that the mail was sent under, if it has one.
    mail: Option<[Id; 1]>,
}

#[derive(Deserialize)]
#[serde(tag = "eventType")]
enum What {
    Bounce {
        bounce: Bounce,
    },
    Complaint {
        complaint: Complaint,
    },
    Delivery {
        delivery: Moment,
    },
    DeliveryDelay {
        #[serde(rename = "deliveryDelay")]
        delay: Moment,
    },
    /// SES took the mail for a virus.
    Reject,
    Send,
}

#[derive(Deserialize)]
struct Moment {
    timestamp: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    #[serde(rename = "bounceType")]
    lasts: BounceType,
    #[serde(rename = "bounceSubType")]
    why: String,
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
    #[serde(rename = "complaintSubType")]
    why: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: Address,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Id(MailId);

impl TryFrom<String> for Id {
    type Error = domain::MailIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        MailId::parse(&text).map(Self)
    }
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

    async fn hear(&self, notice: Notice<MailEvent>) -> Result<Heard, String> {
        let told = Told::of(&notice.detail);
        let (followed, marked) =
            tokio::join!(Box::pin(self.follow(&told)), Box::pin(self.mark(&told)));
        followed.map_err(|error| error.to_string())?;
        Ok(Heard {
            outcome: marked?.unwrap_or(told.outcome),
            who: Some(told.recipient.subject()),
        })
    }
}

impl RecordMailEvent {
    /// Keeps how far the mail has come.
    async fn follow(&self, told: &Told<'_>) -> Result<(), store::Error> {
        let Some((state, at)) = told.reached else {
            return Ok(());
        };
        let observe = self.addresses.observe(&told.mail, state, at);
        // A mail's first event names it as the newest, and its last one again, should the first be lost.
        match state {
            DeliveryState::HandedOver | DeliveryState::Returned => {
                let point = self.addresses.point_to(told.recipient, &told.mail);
                let (observed, pointed) = tokio::join!(observe, point);
                observed.and(pointed)
            }
            DeliveryState::Delayed | DeliveryState::Delivered => observe.await,
        }
    }

    /// Marks the addresses that the mail came back from. Says so when the event changes what it comes to.
    async fn mark(&self, told: &Told<'_>) -> Result<Option<&'static str>, String> {
        let Some((returned, recipients)) = &told.returned else {
            return Ok(None);
        };
        let mut outcome = None;
        for Recipient {
            email_address: Address(address),
        } in *recipients
        {
            let noted = self.addresses.note(address, returned).await;
            match noted.map_err(|error| error.to_string())? {
                Noted::Lifted => outcome = Some("lifted"),
                Noted::Marked(mark) if passes(&mark) => {
                    let removed = self.suppression_list.remove(address).await;
                    removed.map_err(|error| error.to_string())?;
                }
                Noted::Marked(_) => {}
            }
        }
        Ok(outcome)
    }
}

/// Whether mails came back and may be tried again soon. SES lists an address at the first one, and would
/// keep it for ever: it goes off SES's list, so that it is closed for as long as we say.
fn passes(mark: &AddressMark) -> bool {
    !mark.bounces.is_empty() && !mark.is_final()
}

/// What an event comes to.
struct Told<'a> {
    mail: ToldMail,
    recipient: &'a EmailAddress,
    /// The state that the mail has come to, and when.
    reached: Option<(DeliveryState, OffsetDateTime)>,
    /// What is held against whom.
    returned: Option<(Returned, &'a [Recipient])>,
    /// For the log.
    outcome: &'static str,
}

impl<'a> Told<'a> {
    fn of(event: &'a MailEvent) -> Self {
        use DeliveryState::{Delayed, Delivered, HandedOver, Returned as CameBack};
        let MailEvent { mail, what } = event;
        let [Address(recipient)] = &mail.destination;
        let mailed_at = mail.timestamp.0;
        let (outcome, reached, held) = match what {
            What::Send => ("sent", Some((HandedOver, mailed_at)), None),
            What::Delivery { delivery } => {
                ("delivered", Some((Delivered, delivery.timestamp.0)), None)
            }
            What::DeliveryDelay { delay } => ("delayed", Some((Delayed, delay.timestamp.0)), None),
            // SES does not say when; at once.
            What::Reject => ("rejected", Some((CameBack, mailed_at)), None),
            What::Bounce { bounce } => {
                let at = bounce.timestamp.0;
                let (outcome, how) = bounce.means();
                let held = how.map(|how| (how, at, &*bounce.bounced_recipients));
                (outcome, Some((CameBack, at)), held)
            }
            What::Complaint { complaint } => {
                let at = complaint.timestamp.0;
                let (outcome, how) = complaint.means();
                let reached = (how == Some(Marked::Suppressed)).then_some((CameBack, at));
                let held = how.map(|how| (how, at, &*complaint.complained_recipients));
                (outcome, reached, held)
            }
        };
        let returned = held.map(|(how, at, recipients)| {
            let returned = Returned {
                how,
                at,
                mailed_at,
                message_id: mail.message_id.0.as_str().to_owned(),
            };
            (returned, recipients)
        });
        let id = mail.tags.mail.as_ref().map_or(&mail.message_id, |[id]| id);
        Self {
            mail: ToldMail {
                id: id.0.clone(),
                mailed_at,
            },
            recipient,
            reached,
            returned,
            outcome,
        }
    }
}

/// What SES says of a mail that it did not try to deliver, because its list has the address.
const ON_ACCOUNT_LIST: &str = "OnAccountSuppressionList";

impl Bounce {
    /// What it comes to, and what it holds against the address.
    fn means(&self) -> (&'static str, Option<Marked>) {
        match (&self.lasts, &*self.why) {
            // The list of all customers of SES, and that of our account.
            (BounceType::Permanent, "Suppressed" | ON_ACCOUNT_LIST) => {
                ("suppressed", Some(Marked::Suppressed))
            }
            (BounceType::Permanent, _) => ("bounced", Some(Marked::Bounced)),
            (BounceType::Transient | BounceType::Undetermined, _) => ("transient", None),
        }
    }
}

impl Complaint {
    /// What it comes to, and what it holds against the address.
    fn means(&self) -> (&'static str, Option<Marked>) {
        match (self.kind.as_deref(), self.why.as_deref()) {
            // Somebody has taken the mail out of the spam folder.
            (Some("not-spam"), _) => ("not-spam", None),
            // Nobody complained of this mail, which was not sent.
            (_, Some(ON_ACCOUNT_LIST)) => ("suppressed", Some(Marked::Suppressed)),
            _ => ("complained", Some(Marked::Complained)),
        }
    }
}

#[cfg(test)]
mod fuzz;
