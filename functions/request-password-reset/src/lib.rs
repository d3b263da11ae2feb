//! Mails a code to who has forgotten the password.
//!
//! Whether the user ID exists and the address is its own is not told: not by the answer, the calls or the
//! time. Who gets it wrong, and who has left the roster, gets a reset too, a decoy that no code opens.
//! Asking changes nothing on the account, so nobody can do any harm with it to somebody else.
//!
//! # Calls
//!
//! The client address is charged beside the read of the account. Then one batch reads the insurer, whose
//! sender the mail has, whether the member is in the roster still, and whether mail comes back from the
//! address, before the recipient is charged for a mail; then one transaction keeps the reset and charges
//! the recipient; and the mail follows it. An unknown user ID and a wrong address make the same calls but
//! for the mail. Rounds do not matter here: the answer comes after a second and a half.

use domain::{
    CODE_INTERVAL, CODE_VALID, Code, EmailAddress, FlowSubject, TRY_LIVES, Token, UserId,
};
use lambda::{
    Answer, Call, Flow, Form, FromForm, MailAdmission, Notes, OsEntropy, Pace, Problem, SetCookie,
    Step, TooMany, made_of, new_address, rfc_3339,
};
use mail::{CodeMail, CodeMailer};
use serde::Serialize;
use store::{
    Accounts, Addresses, Audit, Bucket, Database, Event, Insurer, Insurers, Lost, Members,
    NewReset, Pending, Refused, Reset, ResetAccount, Resets, Share, ShareCharge, Stamp, Throttles,
    persist,
};

made_of! {
    /// The step, ready to be called.
    pub struct RequestPasswordReset {
        database: Database,
        accounts: Accounts,
        addresses: Addresses,
        admission: MailAdmission,
        audit: Audit,
        insurers: Insurers,
        members: Members,
        resets: Resets,
        throttles: Throttles,
        mailer: CodeMailer,
    }
}

/// What the member typed.
pub struct Request {
    /// The user ID.
    pub user_id: UserId,
    /// The address that was confirmed for it.
    pub email: EmailAddress,
}

/// What the page tells the member, whoever it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Whose page it is: another one for each reset, so that it tells nothing.
    subject: String,
    /// When the code, if one was mailed, stops being valid.
    expires_at: String,
    /// When another one may be asked for.
    resend_at: String,
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        let user_id = form.required("userId", UserId::parse);
        let email = new_address(form);
        Some(Self {
            user_id: user_id?,
            email: email?,
        })
    }
}

impl Step for RequestPasswordReset {
    const NAME: &'static str = "request-password-reset";
    type Request = Request;
    type Response = Response;

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        request: Request,
    ) -> Result<Answer<Response>, Problem> {
        let pace = Pace::begin();
        let subject = request.user_id.subject();
        notes.concerns(&subject);
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let (of_client, account) = tokio::join!(
            self.throttles
                .charge_client(Bucket::ResetClient, &call.client, stamp),
            self.accounts.lookup(&request.user_id),
        );
        let of_client =
            of_client?.map_err(|refusal| Problem::of_refused_try(refusal, TooMany::CodeMails))?;
        for client in &of_client {
            notes.charged(client.clone());
        }
        let account = account?;
        let to = account
            .as_ref()
            .and_then(|account| Some((account, account.reset_address(&request.email, call.now)?)));

        // Before the recipient is charged: should this fail, the member may ask again at once. Nobody
        // waits for it, for the answer has its time.
        let of = to.map(|(account, _)| account);
        let (insurer, member) = (self.insurers.read_of(of), self.members.read_of(of));
        let reads = (insurer, member, self.addresses.read(&request.email));
        let (insurer, member, marked) = self.database.read(reads).await?;
        let marked = marked.and_then(|marked| marked.mark.refusal(call.now));
        // The code of a member who has left the roster would open nothing.
        let to = to.filter(|_| member.is_some());

        let (token, code) = (Token::draw(&OsEntropy), Code::draw_for_reset(&OsEntropy));
        let reset = Reset::from(NewReset {
            token: token.hash(),
            flow_subject: FlowSubject::draw(&OsEntropy),
            code: code.seal(&token),
            subject: subject.clone(),
            requested_at: call.now,
            account: to.map(|(account, address)| ResetAccount::of(account, address)),
        });
        // An address that mail comes back from gets none. The trail says so, and nothing else.
        let address = to.map(|(_, address)| address);
        let (address, event) = match (address, marked) {
            (Some(_), Some(_)) => (None, call.undeliverable(Self::NAME, subject)),
            (address, _) => (address, call.done(Self::NAME, subject)),
        };
        let (user_id, email) = (&request.user_id, &request.email);
        let logs = [
            Share::ResetFrom(user_id, email, &call.client),
            Share::Reset(user_id, email),
        ];
        self.keep(&reset, &event, logs, &of_client).await?;
        let content = call.worded(CodeMail::to_reset_password(&code));
        let mail = Box::pin(self.send(address, insurer.as_ref(), &content));
        if let Err(cause) = pace.keep(mail).await {
            notes.conceals(&cause);
        }
        Ok(Answer::accepted(Response {
            subject: reset.flow_subject.as_str().to_owned(),
            expires_at: rfc_3339(call.now + CODE_VALID)?,
            resend_at: rfc_3339(call.now + CODE_INTERVAL)?,
        })
        .with(SetCookie::token(Flow::Reset, &token)))
    }
}

impl RequestPasswordReset {
    /// Keeps the reset, counts that it was asked for, and charges its mail to the pair of user ID and address,
    /// which may be nobody's.
    async fn keep(
        &self,
        reset: &Reset,
        event: &Event,
        logs: [Share<'_>; 2],
        of_client: &[Pending],
    ) -> Result<(), Problem> {
        // The charge and its event have one mark.
        let charge = ShareCharge::new(event.at, logs);
        let kept = persist(&self.database, charge, |charge| {
            let attempt = self
                .audit
                .act(event)
                .with_or(self.resets.create(reset), |Refused| {
                    Lost::Refused(Problem::drawn_twice())
                });
            let attempt = of_client.iter().fold(attempt, |attempt, client| {
                attempt.with_or(client.count(), |Refused| {
                    Lost::Refused(Problem::crowded(TRY_LIVES))
                })
            });
            self.admission.charging(attempt, charge, |charge| charge)
        });
        kept.await?.map(drop)
    }

    /// Mails the code to the address that the account has, in its own spelling; to no account, nothing.
    async fn send(
        &self,
        address: Option<&EmailAddress>,
        insurer: Option<&Insurer>,
        content: &CodeMail<'_>,
    ) -> Result<(), String> {
        let Some(address) = address else {
            return Ok(());
        };
        let insurer = insurer.ok_or_else(|| store::Error::InsurerMissing.to_string())?;
        self.mailer
            .send(&insurer.mail_sender, address, content)
            .await
            .map_err(|error| error.to_string())
    }
}
