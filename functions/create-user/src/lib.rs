//! Step 2: takes a user ID, a password and an address.
//!
//! The account does not exist yet: the user ID is reserved for as long as the registration lives, and
//! what was chosen waits in the registration for the address to be confirmed. Repeating the step with
//! other choices replaces them.

use domain::{EmailAddress, NewPassword, PasswordContext, UserId};
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Form, FromForm, Hasher, OsEntropy, Problem, Step, TooMany,
};
use serde::Serialize;
use store::{
    Accounts, Addresses, Audit, ChargeRefusal, Chosen, Commit, Database, Event, Presented,
    Registrations, Stamp, Transaction, VerifiedMember,
};

/// How often the choice is written anew when another tab of the same browser chooses at the same time.
const TABS: u32 = 3;

/// The step, ready to be called.
pub struct CreateUser {
    database: Database,
    accounts: Accounts,
    addresses: Addresses,
    audit: Audit,
    registrations: Registrations,
    hasher: Hasher,
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

/// What the writes of the transaction guard.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Address,
    NoAccount,
    NoReservation,
    Registration,
    FormerReservation,
    Audit,
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
        let email = form.required("email", EmailAddress::parse);
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

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            accounts: env.table(&database)?,
            addresses: env.table(&database)?,
            audit: env.table(&database)?,
            registrations: env.table(&database)?,
            hasher: Hasher::new(),
            database,
        })
    }

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<Response>, Problem> {
        let held = call.registration()?;
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let mut member = self.charge(&held.presented, stamp, call).await?;
        refuse_personal(&request.password, &member)?;
        let chosen = Chosen {
            user_id: request.user_id,
            password_hash: self.hasher.hash(request.password).await?,
            email: request.email,
        };
        let event = call.done(Self::NAME, member.registration().member.subject());
        for _ in 0..TABS {
            let Commit::Refused(refused) = self.choose(&member, &chosen, &event, stamp).await?
            else {
                return Ok(Answer::created(Response {
                    subject: member.registration().subject.as_str().to_owned(),
                    user_id: chosen.user_id.as_typed().to_owned(),
                }));
            };
            if refused.failed(Guard::NoAccount) || refused.failed(Guard::NoReservation) {
                return Err(Problem::UserIdTaken);
            }
            if refused.failed(Guard::Address) {
                let marked = Addresses::judge(refused.item(Guard::Address), call.now)?;
                Problem::unless_deliverable(marked)?;
            }
            if !refused.failed(Guard::Registration) {
                continue; // The address was refused until a moment ago.
            }
            // The registration is not as it was read: another tab chose, or finished, meanwhile.
            let found = refused.item(Guard::Registration);
            member =
                VerifiedMember::read(found, &held.presented, call.now)?.map_err(Problem::from)?;
        }
        Err(Problem::TryAgain(
            "the registration keeps changing".to_owned(),
        ))
    }
}

impl CreateUser {
    async fn charge(
        &self,
        presented: &Presented,
        stamp: Stamp,
        call: &Call,
    ) -> Result<VerifiedMember, Problem> {
        match self.registrations.charge_create(presented, stamp).await? {
            Ok(charged) => {
                call.concerns(&charged.member.registration().member.subject());
                call.charged(charged.pending);
                Ok(charged.member)
            }
            Err(ChargeRefusal::Registration(refusal)) => Err(refusal.into()),
            Err(ChargeRefusal::Crowded(wait)) => Err(Problem::crowded(wait)),
            Err(ChargeRefusal::Spent(member)) => {
                call.concerns(&member.registration().member.subject());
                Err(Problem::TooManyAttempts {
                    of: TooMany::Creations,
                    retry_after: member.registration().remaining(call.now),
                })
            }
        }
    }

    async fn choose(
        &self,
        member: &VerifiedMember,
        chosen: &Chosen,
        event: &Event,
        stamp: Stamp,
    ) -> Result<Commit<Guard>, store::Error> {
        Transaction::new()
            .with(
                Guard::Address,
                self.addresses.is_open(&chosen.email, stamp.at()),
            )
            .with(
                Guard::NoAccount,
                self.accounts.user_id_free(&chosen.user_id),
            )
            .with(
                Guard::NoReservation,
                self.registrations
                    .reserve(member, &chosen.user_id, stamp.at()),
            )
            .with(
                Guard::Registration,
                self.registrations.choose(member, chosen, stamp),
            )
            .with_any(
                Guard::FormerReservation,
                self.registrations.release_unless(member, &chosen.user_id),
            )
            .with(Guard::Audit, self.audit.record(event))
            .commit(&self.database)
            .await
    }
}

/// Refuses a password with something of the member's own in it, which only the roster knows.
fn refuse_personal(password: &NewPassword, member: &VerifiedMember) -> Result<(), Problem> {
    let registration = member.registration();
    password
        .refuse_containing(&PasswordContext {
            user_id: None,
            number: Some(&registration.number),
            birth_date: Some(&registration.birth_date),
            insurer: Some(&registration.insurer),
        })
        .map_err(|reason| Problem::field("password", reason))
}
