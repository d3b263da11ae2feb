//! Step 3: mails a verification code, and mails it again.
//!
//! The code and the charges for its mail are written in one transaction before the mail is handed over,
//! so a code that arrives can always be confirmed. When the mail cannot be handed over the charges are
//! taken back, and the member may send again at once.
//!
//! # Calls
//!
//! The address is in the registration, so what is known against it can only be read after that, and the recipient
//! charged; the code is kept in the same transaction as the charges; and the mail must follow it, or a code could
//! arrive that nobody knows.

use domain::{CODE_VALID, Code, EmailAddress, MailId, SealedCode};
use lambda::{
    Answer, Attempt, Call, Form, FromForm, MailAdmission, Notes, OsEntropy, Problem, Step, TooMany,
    made_of, optional_address, rfc_3339,
};
use mail::{CodeMail, CodeMailer};
use serde::Serialize;
use store::{
    Database, Lost, Refused, Registration, Registrations, Share, ShareCharge, Stamp, Transaction,
    VerifiedMember, persist,
};
use time::OffsetDateTime;

made_of! {
    /// The step, ready to be called.
    pub struct SendCode {
        database: Database,
        admission: MailAdmission,
        registrations: Registrations,
        mailer: CodeMailer,
    }
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

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        Some(Self {
            email: optional_address(form)?,
        })
    }
}

impl Step for SendCode {
    const NAME: &'static str = "send-code";
    type Request = Request;
    type Response = Response;

    async fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        request: Request,
    ) -> Result<Answer<Response>, Problem> {
        let (held, member) = call.verified_member(&self.registrations, notes).await?;
        refuse_too_soon(&member, call.now)?;
        let (code, stamp) = (Code::draw(&OsEntropy), Stamp::draw(call.now, &OsEntropy));
        let sealed = code.seal(&held.token);
        let to = recipient(member.registration(), request.email)?;
        self.admission.reaches(&to, call.now).await??;
        let of = member.registration().member.clone();
        let of_client = call.client.reaches().map(Share::CodesOfClient);
        let logs = [Share::CodesOfMember(&of), Share::Code(&to)];
        let logs = logs.into_iter().chain(of_client);
        let charge = ShareCharge::new(stamp, logs);
        let (member, charge) = persist(&self.database, (member, charge), |seen| {
            self.issue(seen, &to, &sealed, stamp)
        })
        .await??;

        let from = &member.registration().mail_sender;
        let mail = CodeMail::to_create_user(&code, MailId::of(&sealed, stamp.at()));
        let mail = call.worded(mail);
        if let Err(error) = self.mailer.send(from, &to, &mail).await {
            self.release_mail(&member, &charge, stamp).await;
            return Err(error.into());
        }
        Ok(Answer::accepted(Response {
            expires_at: rfc_3339(call.now + CODE_VALID)?,
            resend_at: rfc_3339(member.registration().resend_at(stamp))?,
        }))
    }
}

/// What the code is issued on: the registration, and the logs of mails, as they are.
type Seen<'a> = (VerifiedMember, ShareCharge<'a>);

impl SendCode {
    /// Keeps the code and charges its mail: to the registration, to the member, to the recipient, and
    /// to where it is asked for.
    fn issue<'a>(
        &self,
        seen: &Seen<'a>,
        to: &EmailAddress,
        sealed: &SealedCode,
        stamp: Stamp,
    ) -> Attempt<'a, Seen<'a>> {
        let (member, charge) = seen;
        let now = stamp.at();
        let logs = charge.clone();
        let attempt = Transaction::unaudited().with_or(
            self.registrations.issue_code(member, to, sealed, stamp),
            // Another request of this browser sent, or chose, meanwhile.
            move |found| match Problem::of_registration(found) {
                Ok(member) => match refuse_too_soon(&member, now) {
                    Ok(()) => Lost::Overtaken((member, logs)),
                    Err(problem) => Lost::Refused(problem),
                },
                Err(problem) => Lost::Refused(problem),
            },
        );
        let member = member.clone();
        self.admission
            .charging(attempt, charge, move |charge| (member.clone(), charge))
    }

    /// Gives the member the send back. Should even this fail, a minute's wait does the same.
    async fn release_mail(&self, member: &VerifiedMember, charge: &ShareCharge<'_>, stamp: Stamp) {
        let send = self.registrations.release_send(member, stamp);
        let released = self
            .admission
            .releasing(Transaction::unaudited().with(send), charge)
            .commit(&self.database)
            .await;
        drop::<Result<Result<(), Refused>, _>>(released);
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

fn refuse_too_soon(member: &VerifiedMember, now: OffsetDateTime) -> Result<(), Problem> {
    let admission = member.registration().send_admission(now);
    Problem::require_admitted(admission, TooMany::CodeMails)
}
