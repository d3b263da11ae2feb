//! Recipients whose mail has another fate than to be delivered, like those of SES's own mailbox simulator:
//! `bounce@…`, `complaint@…`, `delay@…`, `reject@…`, `suppressionlist@…`, with a label behind a `+` for as
//! many different ones as are wanted, or behind a dot for people of different addresses: to throttles, labels are
//! one. And what SES tells of each mail.

use serde_json::{Value, json};

use crate::clock::rfc3339;
use crate::mailbox::{Fate, Mail};
use crate::template::names::{ACCOUNT, REGION, identity_arn};

/// Where they are.
const DOMAIN: &str = "simulator.example.jp";

/// What becomes of a mail to this address.
pub(super) fn fate_of(address: &str) -> Fate {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Fate::Delivered;
    };
    if !domain.eq_ignore_ascii_case(DOMAIN) {
        return Fate::Delivered;
    }
    let name = local.split(['+', '.']).next().unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "bounce" => Fate::Bounce,
        "complaint" => Fate::Complaint,
        "delay" => Fate::Delayed,
        "reject" => Fate::Rejected,
        "suppressionlist" => Fate::Suppressed,
        // "success", too.
        _ => Fate::Delivered,
    }
}

/// What SES tells of a mail.
pub(super) struct Told {
    /// Such as `DeliveryDelay`.
    pub(super) kind: &'static str,
    /// Of `EventBridge`.
    detail_type: &'static str,
    /// The field of the kind, and what is in it.
    what: (&'static str, Value),
}

/// All that SES tells of a mail (Amazon SES Developer Guide, "Contents of event data").
pub(super) fn told(mail: &Mail, now_ms: i64) -> Vec<Told> {
    let at = rfc3339(now_ms);
    let feedback = format!("{}-feedback", mail.message_id);
    let bounce = |why: &str, status: &str, code: &str| Told {
        kind: "Bounce",
        detail_type: "Email Bounced",
        what: (
            "bounce",
            json!({
                "feedbackId": feedback,
                "bounceType": "Permanent",
                "bounceSubType": why,
                "bouncedRecipients": [{
                    "emailAddress": mail.to,
                    "action": "failed",
                    "status": status,
                    "diagnosticCode": code,
                }],
                "timestamp": at,
                "reportingMTA": "dns; simulator.example.jp",
            }),
        ),
    };
    let complaint = |why: Option<&str>| Told {
        kind: "Complaint",
        detail_type: "Email Complaint Received",
        what: (
            "complaint",
            json!({
                "feedbackId": feedback,
                "complainedRecipients": [{"emailAddress": mail.to}],
                "complaintFeedbackType": why.is_none().then_some("abuse"),
                "complaintSubType": why,
                "timestamp": at,
            }),
        ),
    };
    let delivery = || Told {
        kind: "Delivery",
        detail_type: "Email Delivered",
        what: (
            "delivery",
            json!({
                "timestamp": at,
                "processingTimeMillis": 0,
                "recipients": [mail.to],
                "smtpResponse": "250 ok",
                "reportingMTA": "simulator.example.jp",
            }),
        ),
    };
    let mut all = vec![Told {
        kind: "Send",
        detail_type: "Email Sent",
        what: ("send", json!({})),
    }];
    match mail.fate {
        Fate::Delivered => all.push(delivery()),
        Fate::Delayed => all.push(Told {
            kind: "DeliveryDelay",
            detail_type: "Email Delivery Delayed",
            what: (
                "deliveryDelay",
                json!({
                    "timestamp": at,
                    "delayType": "TransientCommunicationFailure",
                    "expirationTime": at,
                    "delayedRecipients": [{
                        "emailAddress": mail.to,
                        "status": "4.4.1",
                        "diagnosticCode": "smtp; 421 4.4.1 unable to connect",
                    }],
                }),
            ),
        }),
        Fate::Bounce => all.push(bounce("General", "5.1.1", "smtp; 550 5.1.1 user unknown")),
        Fate::Complaint => all.extend([delivery(), complaint(None)]),
        Fate::Suppressed => all.push(bounce(
            "Suppressed",
            "5.1.1",
            "Amazon SES has suppressed sending to this address",
        )),
        Fate::ListedForBounce => all.push(bounce(
            "OnAccountSuppressionList",
            "5.1.1",
            "Amazon SES did not send the message to this address",
        )),
        Fate::ListedForComplaint => all.push(complaint(Some("OnAccountSuppressionList"))),
        Fate::Rejected => all.push(Told {
            kind: "Reject",
            detail_type: "Email Rejected",
            what: ("reject", json!({"reason": "Bad content"})),
        }),
    }
    all
}

/// The event as `EventBridge` passes it on; without the event's id.
pub(super) fn event(told: &Told, mail: &Mail, now_ms: i64) -> Value {
    let Told {
        kind, detail_type, ..
    } = told;
    let (at, set) = (rfc3339(now_ms), &mail.configuration_set);
    let domain = mail.from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let mut detail = json!({
        "eventType": kind,
        "mail": {
            "timestamp": mail.sent_at,
            "source": mail.from_header,
            "sourceArn": identity_arn(domain),
            "sendingAccountId": ACCOUNT,
            "messageId": mail.message_id,
            "destination": [mail.to],
            "headersTruncated": false,
            "commonHeaders": {
                "from": [mail.from_header],
                "to": [mail.to],
                "messageId": mail.message_id,
                "subject": mail.subject,
            },
            "tags": {
                "ses:configuration-set": [set],
                "ses:from-domain": [domain],
                "ses:source-ip": ["192.0.2.1"],
            },
        },
    });
    for (name, value) in &mail.tags {
        detail["mail"]["tags"][name] = json!([value]);
    }
    let (field, what) = &told.what;
    detail[*field] = what.clone();
    json!({
        "version": "0",
        "detail-type": detail_type,
        "source": "aws.ses",
        "account": ACCOUNT,
        "time": at,
        "region": REGION,
        "resources": [format!("arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{set}")],
        "detail": detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_simulators_addresses_have_another_fate_with_or_without_a_label() {
        for (address, expected) in [
            ("bounce@simulator.example.jp", Fate::Bounce),
            ("Bounce+taro@Simulator.example.jp", Fate::Bounce),
            ("bounce.taro@simulator.example.jp", Fate::Bounce),
            ("complaint@simulator.example.jp", Fate::Complaint),
            ("delay@simulator.example.jp", Fate::Delayed),
            ("reject@simulator.example.jp", Fate::Rejected),
            ("suppressionlist@simulator.example.jp", Fate::Suppressed),
            ("success@simulator.example.jp", Fate::Delivered),
            ("bounce@example.jp", Fate::Delivered),
        ] {
            assert_eq!(fate_of(address), expected, "{address}");
        }
    }
}
