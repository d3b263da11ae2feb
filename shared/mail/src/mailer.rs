//! Handing a mail to SES.

use aws_sdk_sesv2::{
    Client,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::send_email::builders::SendEmailFluentBuilder,
    types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag},
};
use domain::EmailAddress;

use crate::{CodeMail, Mail, Notice, Tally};

/// The tag under which SES gives a mail's name back with whatever it tells of it.
const NAME_TAG: &str = "mail";

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

impl Error {
    fn not_made() -> Self {
        Self::NotSent {
            code: "construction failure".to_owned(),
        }
    }
}

/// A connection to SES for notices; cheap to clone. They go by the configuration set that the sender's
/// identity has, which tries for hours.
#[derive(Clone, Debug)]
pub struct Mailer {
    client: Client,
    tally: Tally,
}

/// A connection to SES for codes. They go by a configuration set of their own, which gives up when the code
/// has expired, and tells of each mail how far it has come.
#[derive(Clone, Debug)]
pub struct CodeMailer {
    mailer: Mailer,
    configuration_set: String,
}

impl Mailer {
    /// Uses `client` for all mails, and counts them in `tally`.
    #[must_use]
    pub fn new(client: Client, tally: Tally) -> Self {
        Self { client, tally }
    }

    /// Hands a notice to SES for delivery from `from` to `to`.
    ///
    /// # Errors
    /// When SES refuses or cannot be reached. It may still have sent the mail, if only its reply was
    /// lost.
    pub async fn send(
        &self,
        from: &EmailAddress,
        to: &EmailAddress,
        notice: &Notice<'_>,
    ) -> Result<(), Error> {
        self.hand_over(from, to, notice, self.client.send_email())
            .await
    }

    async fn hand_over(
        &self,
        from: &EmailAddress,
        to: &EmailAddress,
        mail: &impl Mail,
        call: SendEmailFluentBuilder,
    ) -> Result<(), Error> {
        self.tally.begin();
        let content = content(mail).map_err(|_| Error::not_made())?;
        call.from_email_address(from.as_str())
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

impl CodeMailer {
    /// Sends by `mailer`, through the configuration set of this name.
    #[must_use]
    pub fn new(mailer: Mailer, configuration_set: String) -> Self {
        Self {
            mailer,
            configuration_set,
        }
    }

    /// Hands a code to SES, under the mail's name if it has one.
    ///
    /// # Errors
    /// As [`Mailer::send`].
    pub async fn send(
        &self,
        from: &EmailAddress,
        to: &EmailAddress,
        mail: &CodeMail<'_>,
    ) -> Result<(), Error> {
        let name = mail.id().map(|id| {
            MessageTag::builder()
                .name(NAME_TAG)
                .value(id.as_str())
                .build()
        });
        let call = self
            .mailer
            .client
            .send_email()
            .configuration_set_name(&self.configuration_set)
            .set_email_tags(
                name.transpose()
                    .map_err(|_| Error::not_made())?
                    .map(|tag| vec![tag]),
            );
        self.mailer.hand_over(from, to, mail, call).await
    }
}

pub(crate) fn failure<E>(error: &SdkError<E>) -> String {
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
