//! Step 3: mails a verification code, and mails it again.
//!
//! The code and the charges for its mail are written in one transaction before the mail is handed over,
//! so a code that arrives can always be confirmed. When the mail cannot be handed over the charges are
//! taken back, and the member may send again at once.

use domain::{Admission, CODE_VALID, Code, EmailAddress, MailId, Token};
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Form, FromForm, Held, OsEntropy, Problem, Step, TooMany,
    rfc_3339,
};
use mail::{CodeMail, CodeMailer};
use serde::Serialize;
use store::{
    Addresses, Commit, Database, Mailed, Refused, Registration, Registrations, Stamp, Throttles,
    Transaction, VerifiedMember,
};
use time::OffsetDateTime;

/// How often the code is written anew: once after the recipient's log was pruned, once after another
/// request of the same browser changed the registration.
const TRIES: u32 = 3;

/// The step, ready to be called.
pub struct SendCode {
    database: Database,
    addresses: Addresses,
    registrations: Registrations,
    throttles: Throttles,
    mailer: CodeMailer,
}

/// Where to send it.
pub struct Request {
    /// An address to be confirmed instead of the one before, when the member corrects it.
    pub email: Option<EmailAddress>,
}

/// What the page tells the member.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// When the code stops being valid.
    expires_at: String,
    /// When another one may be asked for.
    resend_at: String,
}

/// What the writes of the transaction guard.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Address,
    Registration,
    Recipient,
    Client,
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        Some(Self {
            email: form.optional("email", EmailAddress::parse)?,
        })
    }
}

impl Step for SendCode {
    const NAME: &'static str = "send-code";
    type Request = Request;
    type Response = Response;

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            addresses: env.table(&database)?,
            registrations: env.table(&database)?,
            throttles: env.table(&database)?,
            mailer: aws.ses_for_codes(env)?,
            database,
        })
    }

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<Response>, Problem> {
        let held = call.registration()?;
        let mut member = self.member(&held, call).await?;
        call.concerns(&member.registration().member.subject());
        let (code, stamp) = (Code::draw(&OsEntropy), Stamp::draw(call.now, &OsEntropy));
        let mail = Outgoing {
            to: recipient(member.registration(), request.email)?,
            id: MailId::of(&code.seal(&held.token), stamp.at()),
            code,
            stamp,
            expires_at: call.now + CODE_VALID,
        };
        for _ in 0..TRIES {
            unless_too_soon(member.registration().send_admission(call.now))?;
            match self.issue(&member, &mail, &held.token, call).await? {
                Commit::Done => return self.send(&member, &mail, call).await,
                Commit::Refused(refused) if refused.failed(Guard::Address) => {
                    let found = refused.item(Guard::Address);
                    Problem::unless_deliverable(Addresses::judge(found, call.now)?)?;
                }
                Commit::Refused(refused)
                    if refused.failed(Guard::Recipient) || refused.failed(Guard::Client) =>
                {
                    Box::pin(self.judge(&mail, &refused, call)).await?;
                }
                // Another request of this browser sent, or chose, meanwhile: look again.
                Commit::Refused(_) => member = self.member(&held, call).await?,
            }
        }
        Err(Problem::TryAgain(
            "the registration keeps changing".to_owned(),
        ))
    }
}

/// A code on its way.
struct Outgoing {
    to: EmailAddress,
    /// As the registration names it from then on.
    id: MailId,
    code: Code,
    stamp: Stamp,
    expires_at: OffsetDateTime,
}

impl SendCode {
    async fn member(&self, held: &Held, call: &Call) -> Result<VerifiedMember, Problem> {
        self.registrations
            .lookup(&held.presented, call.now)
            .await?
            .map_err(Problem::from)
    }

    /// Keeps the code and charges its mail: to the registration, to the recipient, and to where it is
    /// asked for; if mail reaches the recipient.
    async fn issue(
        &self,
        member: &VerifiedMember,
        mail: &Outgoing,
        token: &Token,
        call: &Call,
    ) -> Result<Commit<Guard>, store::Error> {
        let sealed = mail.code.seal(token);
        Transaction::new()
            .with(Guard::Address, self.addresses.is_open(&mail.to, call.now))
            .with(
                Guard::Registration,
                self.registrations.issue_code(
                    member,
                    &mail.to,
                    &sealed,
                    mail.expires_at,
                    mail.stamp,
                ),
            )
            .with(
                Guard::Recipient,
                self.throttles
                    .charge_mail(Mailed::Code(&mail.to), mail.stamp),
            )
            .with(
                Guard::Client,
                self.throttles
                    .charge_mail(Mailed::CodesOfClient(&call.client), mail.stamp),
            )
            .commit(&self.database)
            .await
    }

    /// The recipient, or the client's address, has had its share of mails, or their logs are only full of
    /// old ones.
    async fn judge(
        &self,
        mail: &Outgoing,
        refused: &Refused<Guard>,
        call: &Call,
    ) -> Result<(), Problem> {
        let of_recipient = refused.item(Guard::Recipient);
        let of_client = refused.item(Guard::Client);
        let (recipient, client) = tokio::join!(
            self.throttles
                .judge(Mailed::Code(&mail.to), of_recipient, mail.stamp),
            self.throttles
                .judge(Mailed::CodesOfClient(&call.client), of_client, mail.stamp),
        );
        unless_too_soon(recipient?)?;
        unless_too_soon(client?)
    }

    async fn send(
        &self,
        member: &VerifiedMember,
        mail: &Outgoing,
        call: &Call,
    ) -> Result<Answer<Response>, Problem> {
        let from = &member.registration().mail_sender;
        let content = CodeMail::to_create_user(&mail.code, mail.id.clone());
        if let Err(error) = self.mailer.send(from, &mail.to, &content).await {
            self.take_back(member, mail, call).await;
            return Err(error.into());
        }
        Ok(Answer::accepted(Response {
            expires_at: rfc_3339(mail.expires_at)?,
            resend_at: rfc_3339(member.registration().resend_at(mail.stamp))?,
        }))
    }

    /// Gives the member the send back. Should even this fail, a minute's wait does the same.
    async fn take_back(&self, member: &VerifiedMember, mail: &Outgoing, call: &Call) {
        let taken_back = Transaction::new()
            .with(
                Guard::Registration,
                self.registrations.take_back_send(member, mail.stamp),
            )
            .with(
                Guard::Recipient,
                self.throttles.take_back(Mailed::Code(&mail.to), mail.stamp),
            )
            .with(
                Guard::Client,
                self.throttles
                    .take_back(Mailed::CodesOfClient(&call.client), mail.stamp),
            )
            .commit(&self.database)
            .await;
        drop(taken_back);
    }
}

fn recipient(
    registration: &Registration,
    corrected: Option<EmailAddress>,
) -> Result<EmailAddress, Problem> {
    let chosen = registration
        .chosen
        .as_ref()
        .ok_or(Problem::UserNotCreated)?;
    Ok(corrected.unwrap_or_else(|| chosen.email.clone()))
}

fn unless_too_soon(admission: Admission) -> Result<(), Problem> {
    Problem::unless_admitted(admission, TooMany::CodeMails)
}
