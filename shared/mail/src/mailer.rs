//! Handing a mail to SES.

use aws_sdk_sesv2::{
    Client,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    types::{Body, Content, Destination, EmailContent, Message, MessageHeader},
};
use domain::EmailAddress;

use crate::{Mail, Tally};

/// What can go wrong with a mail. Nothing in it comes from a member's data, so it may be logged whole.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SES did not take the mail, after all retries.
    #[error("SendEmail failed with {code}")]
    NotSent {
        /// SES's error code, or what failed before it could answer.
        code: String,
    },
}

/// A connection to SES; cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer {
    client: Client,
    tally: Tally,
}

impl Mailer {
    /// Uses `client` for all mails, and counts them in `tally`.
    #[must_use]
    pub fn new(client: Client, tally: Tally) -> Self {
        Self { client, tally }
    }

    /// Hands `mail` to SES for delivery from `from` to `to`.
    ///
    /// # Errors
    /// When SES refuses or cannot be reached. It may still have sent the mail, if only its reply was
    /// lost.
    pub async fn send(
        &self,
        from: &EmailAddress,
        to: &EmailAddress,
        mail: &impl Mail,
    ) -> Result<(), Error> {
        self.tally.begin();
        let content = content(mail).map_err(|_| Error::NotSent {
            code: "construction failure".to_owned(),
        })?;
        self.client
            .send_email()
            .from_email_address(from.as_str())
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .content(content)
            .send()
            .await
            .map(|_| self.tally.sent())
            .map_err(|error| Error::NotSent {
                code: error.code().map_or_else(|| failure(&error), str::to_owned),
            })
    }
}

fn failure<E>(error: &SdkError<E>) -> String {
    match error {
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "dispatch failure",
        SdkError::ResponseError(_) => "unreadable response",
        _ => "unknown error",
    }
    .to_owned()
}

fn content(mail: &impl Mail) -> Result<EmailContent, BuildError> {
    let utf_8 = |data: String| Content::builder().data(data).charset("UTF-8").build();
    let message = Message::builder()
        .subject(utf_8(mail.subject())?)
        .body(Body::builder().text(utf_8(mail.text())?).build())
        // RFC 3834: no out-of-office reply answers a machine.
        .headers(
            MessageHeader::builder()
                .name("Auto-Submitted")
                .value("auto-generated")
                .build()?,
        )
        .build();
    Ok(EmailContent::builder().simple(message).build())
}
