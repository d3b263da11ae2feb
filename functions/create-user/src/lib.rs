//! Step 2: takes a user ID, a password and an address.
//!
//! The account does not exist yet: the user ID is reserved for as long as the registration lives, and
//! what was chosen waits in the registration for the address to be confirmed. Repeating the step with
//! other choices replaces them.
//!
//! # Calls
//!
//! One batch reads the registration, what is known against the address, and whether an account has the user ID, all
//! strongly consistent. The hash follows, because the registration knows the 番号 and the birth date that a password
//! must not contain. One transaction charges the answer to the member, reserves the user ID, writes the choice, and
//! records it in the audit trail. That a user ID is taken is charged by itself before it is told. Whose address takes
//! no mail is told that first, and nothing is charged: it says nothing of the user ID.

use domain::{EmailAddress, NewPassword, PasswordContext, UserId};
use lambda::{
    Answer, Attempt, Call, Form, FromForm, Hasher, MailAdmission, Notes, OsEntropy, Problem, Step,
    TooMany, made_of, new_address, refuse_personal_of,
};
use serde::Serialize;
use store::{
    AccountKey, Accounts, Audit, Chosen, Database, Event, Lost, Refused, Registration,
    Registrations, Share, ShareCharge, Stamp, Transaction, VerifiedMember, persist,
};
use time::OffsetDateTime;

made_of! {
    /// The step, ready to be called.
    pub struct CreateUser {
        database: Database,
        accounts: Accounts,
        admission: MailAdmission,
        audit: Audit,
        registrations: Registrations,
        hasher: Hasher,
    }
}

/// What the member chose.
pub struct Request {
    /// The user ID.
    pub user_id: UserId,
    /// The password.
    pub password: NewPassword,
    /// The address to be confirmed.
    pub email: EmailAddress,
}

/// The user ID as it was taken.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Whose page it is.
    subject: String,
    user_id: String,
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        let user_id = form.required("userId", UserId::parse);
        let password = form.required("password", |text| {
            let context = PasswordContext {
                user_id: user_id.as_ref(),
                ..PasswordContext::default()
            };
            NewPassword::parse(text, &context)
        });
        let email = new_address(form);
        Some(Self {
            user_id: user_id?,
            password: password?,
            email: email?,
        })
    }
}

impl Step for CreateUser {
    const NAME: &'static str = "create-user";
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
        let presented = call.registration()?.presented;
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let reads = (
            self.registrations.read(&presented),
            self.accounts
                .read(&AccountKey::of(&request.user_id))
                .consistent(),
            self.admission.read(&request.email),
        );
        let (found, account, known) = self.database.read(reads).await?;
        let found = VerifiedMember::prove(found.as_ref(), &presented, call.now)?;
        let member = Problem::of_registration(found)?;
        notes.concerns(&member.registration().member.subject());
        refuse_used_up(member.registration(), call.now)?;
        notes.charged(self.registrations.wrong_create(&member, stamp));
        refuse_personal_of(&request.password, &member)?;
        MailAdmission::require_reached(known.as_ref(), call.now)?;
        let chosen = Chosen {
            user_id: request.user_id,
            password_hash: self.hasher.hash(request.password).await?,
            email: request.email,
        };
        let of = member.registration().member.clone();
        let event = call.done(Self::NAME, of.subject());
        let charge = ShareCharge::new(stamp, [Share::UserIdsOfMember(&of)]);
        let kept = if account.is_some() {
            Err(Problem::UserIdTaken)
        } else {
            let seen = (member, charge.clone());
            let choose = persist(&self.database, seen, |seen| {
                self.choose(seen, &chosen, &event, stamp)
            });
            choose.await?
        };
        if let Err(Problem::UserIdTaken) = kept {
            self.charge(charge).await?;
        }
        let (member, _) = kept?;
        Ok(Answer::created(Response {
            subject: member.registration().subject.as_str().to_owned(),
            user_id: chosen.user_id.as_typed().to_owned(),
        }))
    }
}

fn refuse_used_up(registration: &Registration, now: OffsetDateTime) -> Result<(), Problem> {
    if registration.may_create() {
        return Ok(());
    }
    Err(Problem::TooManyAttempts {
        of: TooMany::Creations,
        retry_after: registration.remaining(now),
    })
}

/// What is chosen on: the registration, and what its member was told of user IDs, as they are.
type Seen<'a> = (VerifiedMember, ShareCharge<'a>);

impl CreateUser {
    /// Reserves the user ID and keeps what was chosen, if the member may be told of another user ID. Of two tabs
    /// of one browser that choose at the same time, the later one counts.
    fn choose<'a>(
        &self,
        seen: &Seen<'a>,
        chosen: &Chosen,
        event: &Event,
        stamp: Stamp,
    ) -> Attempt<'a, Seen<'a>> {
        let (member, charge) = seen;
        let reserve = self
            .registrations
            .reserve(member, &chosen.user_id, stamp.at());
        // First, so that whose share is used up is not told whether the user ID is taken.
        let again = member.clone();
        let attempt = self
            .admission
            .charging(self.audit.act(event), charge, move |charge| {
                (again.clone(), charge)
            })
            .with_or(reserve, |Refused| Lost::Refused(Problem::UserIdTaken));
        let (logs, now) = (charge.clone(), stamp.at());
        let attempt = attempt.with_or(
            self.registrations.choose(member, chosen, stamp),
            move |found| {
                let found = Problem::of_registration(found).and_then(|member| {
                    refuse_used_up(member.registration(), now)?;
                    Ok(member)
                });
                match found {
                    Ok(member) => Lost::Overtaken((member, logs)),
                    Err(problem) => Lost::Refused(problem),
                }
            },
        );
        match self.registrations.release_unless(member, &chosen.user_id) {
            Some(release) => {
                let seen = seen.clone();
                attempt.with_or(release, |Refused| Lost::Overtaken(seen))
            }
            None => attempt,
        }
    }

    /// Charges the member an answer by itself, because the transaction that should have done so was refused.
    async fn charge(&self, charge: ShareCharge<'_>) -> Result<(), Problem> {
        let charged = persist(&self.database, charge, |charge| {
            self.admission
                .charging(Transaction::unaudited(), charge, |charge| charge)
        });
        charged.await?.map(drop)
    }
}
