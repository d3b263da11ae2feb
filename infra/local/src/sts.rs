//! STS, as far as who calls: `GetCallerIdentity`, in the Query protocol. It needs no permission in AWS, so none is asked
//! for here.

use http::StatusCode;

use crate::gate::Caller;
use crate::serve::{Answer, answer};
use crate::template::names::ACCOUNT;

const MEDIA_TYPE: &str = "text/xml";
const ACTION: &[u8] = b"Action=GetCallerIdentity&";

/// Whether a body asks this.
pub(crate) fn is_asked(body: &[u8]) -> bool {
    body.starts_with(ACTION)
}

/// Who calls. An access key of the local stack is a user's of the same name: it has no roles to assume, but for the
/// functions.
pub(crate) fn answer_to(caller: &Caller) -> Answer {
    let (arn, id) = if let Some(identity) = caller.identity() {
        let (role, instance) = (&identity.function.binary, identity.instance);
        (
            format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{instance}"),
            format!("{role}:{instance}"),
        )
    } else {
        let key = caller.key();
        (format!("arn:aws:iam::{ACCOUNT}:user/{key}"), key.to_owned())
    };
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>{arn}</Arn><UserId>{id}</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>\
         </GetCallerIdentityResponse>"
    );
    answer(StatusCode::OK, MEDIA_TYPE, body)
}

/// That nobody has this access key.
pub(crate) fn unknown_key() -> Answer {
    let body = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                <Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message>\
                </Error></ErrorResponse>";
    answer(StatusCode::FORBIDDEN, MEDIA_TYPE, body)
}
