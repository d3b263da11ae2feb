//! Recipients that send mail back, as those of SES's own mailbox simulator do: `bounce@…`, `complaint@…`,
//! with a label behind a `+` for as many different ones as are wanted.

use serde_json::{Value, json};

use crate::clock::rfc3339;
use crate::mailbox::{CameBack, Mail};
use crate::template::names::{ACCOUNT, REGION, identity_arn};

/// Where they are.
const DOMAIN: &str = "simulator.example.jp";

/// What becomes of a mail to this address.
pub(crate) fn comes_back(address: &str) -> Option<CameBack> {
    let (local, domain) = address.rsplit_once('@')?;
    if !domain.eq_ignore_ascii_case(DOMAIN) {
        return None;
    }
    let name = local.split('+').next()?;
    match name.to_ascii_lowercase().as_str() {
        "bounce" => Some(CameBack::Bounce),
        "complaint" => Some(CameBack::Complaint),
        _ => None,
    }
}

/// What SES tells of a mail that came back (Amazon SES Developer Guide, "Contents of event data"), as
/// `EventBridge` passes it on; without the event's id.
pub(super) fn event(mail: &Mail, set: &str, now_ms: i64) -> Option<Value> {
    let at = rfc3339(now_ms);
    let recipient = json!({"emailAddress": mail.to});
    let (detail_type, kind, what) = match mail.came_back? {
        CameBack::Bounce => (
            "Email Bounced",
            "Bounce",
            json!({
                "feedbackId": format!("{}-feedback", mail.message_id),
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [{
                    "emailAddress": mail.to,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }],
                "timestamp": at,
                "reportingMTA": "dns; simulator.example.jp",
            }),
        ),
        CameBack::Complaint => (
            "Email Complaint Received",
            "Complaint",
            json!({
                "feedbackId": format!("{}-feedback", mail.message_id),
                "complainedRecipients": [recipient],
                "complaintFeedbackType": "abuse",
                "timestamp": at,
            }),
        ),
    };
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
    detail[kind.to_lowercase()] = what;
    Some(json!({
        "version": "0",
        "detail-type": detail_type,
        "source": "aws.ses",
        "account": ACCOUNT,
        "time": at,
        "region": REGION,
        "resources": [format!("arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{set}")],
        "detail": detail,
    }))
}

/// The kind of an event.
pub(super) fn kind(event: &Value) -> &str {
    event["detail"]["eventType"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_simulators_addresses_come_back_with_or_without_a_label() {
        for (address, expected) in [
            ("bounce@simulator.example.jp", Some(CameBack::Bounce)),
            ("Bounce+taro@Simulator.example.jp", Some(CameBack::Bounce)),
            ("complaint@simulator.example.jp", Some(CameBack::Complaint)),
            ("success@simulator.example.jp", None),
            ("bounce@example.jp", None),
        ] {
            assert_eq!(comes_back(address), expected, "{address}");
        }
    }
}
