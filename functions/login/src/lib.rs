//! Step 5: signs a member in.
//!
//! An unknown user ID and a wrong password are the same to whoever asks: the same charges, the same
//! reads, the same hash, the same answer.

use std::time::Duration;

use domain::{
    InsurerCode, LoginAdmission, Next, PasswordAttempt, PasswordHash, Token, UserId, Verdict,
};
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Flow, Form, FromForm, Hasher, OsEntropy, Problem,
    SetCookie, Step, TooMany,
};
use serde::Serialize;
use store::{
    Account, Accounts, Bucket, Commit, Database, Insurer, Insurers, NewSession, Sessions, Stamp,
    Throttles, Transaction,
};

/// The wait told for an account that does not open by waiting.
const CLOSED_RETRY_AFTER: Duration = domain::LOCK_LONGEST;

/// The step, ready to be called.
pub struct Login {
    database: Database,
    accounts: Accounts,
    insurers: Insurers,
    sessions: Sessions,
    throttles: Throttles,
    hasher: Hasher,
}

/// What the member typed.
pub struct Request {
    /// The user ID.
    pub user_id: UserId,
    /// The password, or not.
    pub password: PasswordAttempt,
}

/// Where to go on.
#[derive(Serialize)]
pub struct Response {
    next: &'static str,
}

/// What the writes of the transaction guard.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Account,
    Session,
    Throttle,
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        let user_id = form.required("userId", UserId::parse);
        let password = form.required("password", |text| {
            if text.is_empty() {
                Err(domain::PasswordError::Empty)
            } else {
                Ok(PasswordAttempt::new(text.to_owned()))
            }
        });
        Some(Self {
            user_id: user_id?,
            password: password?,
        })
    }
}

impl Step for Login {
    const NAME: &'static str = "login";
    type Request = Request;
    type Response = Response;

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            accounts: env.table(&database)?,
            insurers: env.table(&database)?,
            sessions: env.table(&database)?,
            throttles: env.table(&database)?,
            hasher: Hasher::new(),
            database,
        })
    }

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<Response>, Problem> {
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let of_address = Bucket::LoginAddress(&call.client);
        call.concerns(request.user_id.folded());
        // Where the try comes from is charged first: who is refused there cannot lock anybody's user ID.
        let (address, account) = tokio::join!(
            self.throttles.charge(of_address, stamp),
            self.accounts.lookup(&request.user_id),
        );
        Problem::unless_admitted(address?, TooMany::Logins)?;
        let account = account?;
        let (user_id, insurer) = tokio::join!(
            self.throttles.charge_login(&request.user_id, stamp),
            self.insurer_of(account.as_ref()),
        );
        if let Err(locked) = unless_locked(user_id?) {
            // A try while locked is not evaluated, and changes nothing.
            self.throttles.refund(of_address, stamp).await?;
            return Err(locked);
        }
        let insurer = insurer?;

        let (verdict, rehashed) = self
            .hasher
            .verify(hash_of(account.as_ref()), request.password)
            .await?;
        let (Some(account), Verdict::Match | Verdict::MatchOutdated) = (account, verdict) else {
            return Err(Problem::InvalidCredentials);
        };
        let Some(insurer) = insurer else {
            return Err(Problem::TryAgain(
                "an account's insurer is not configured".to_owned(),
            ));
        };

        // Whoever had the browser before is signed out: no session outlives the next login.
        let former = call.token(Flow::Session);
        let token = Token::draw(&OsEntropy);
        let session = new_session(&account, &insurer, &token, call);
        let signed_in = Transaction::new()
            .with(Guard::Session, self.sessions.create(&session))
            .with(
                Guard::Account,
                self.accounts
                    .record_login(&account, call.now, rehashed.as_ref()),
            )
            .with(
                Guard::Throttle,
                self.throttles.reset_login(&request.user_id),
            )
            .with(Guard::Throttle, self.throttles.take_back(of_address, stamp))
            .with_any(
                Guard::Session,
                former.map(|token| self.sessions.end(&token.hash())),
            )
            .commit(&self.database)
            .await?;
        if let Commit::Refused(_) = signed_in {
            // The account, or its password, changed while the hash was computed.
            return Err(Problem::InvalidCredentials);
        }
        let next = if session.has_accepted_terms() {
            Next::Top
        } else {
            Next::Terms
        };
        Ok(Answer::ok(Response {
            next: next.as_str(),
        })
        .with(SetCookie::token(Flow::Session, &token))
        .with(SetCookie::clear(Flow::Registration)))
    }
}

impl Login {
    /// The insurer of the account; of no account, a read that finds nothing.
    async fn insurer_of(&self, account: Option<&Account>) -> Result<Option<Insurer>, store::Error> {
        let nobody = InsurerCode::parse("nobody").ok();
        match account.map(|account| &account.insurer).or(nobody.as_ref()) {
            Some(code) => self.insurers.lookup(code).await,
            None => Ok(None),
        }
    }
}

/// The hash to compare with; of no account, one that costs the same and matches nothing.
fn hash_of(account: Option<&Account>) -> PasswordHash {
    account.map_or_else(PasswordHash::decoy, |account| account.password_hash.clone())
}

fn new_session(account: &Account, insurer: &Insurer, token: &Token, call: &Call) -> NewSession {
    NewSession {
        token: token.hash(),
        account: account.key.clone(),
        account_id: account.id.clone(),
        member: account.member.clone(),
        insurer: account.insurer.clone(),
        created_at: call.now,
        previous_login_at: account.last_login_at,
        terms_version: insurer.terms_version.clone(),
        terms_accepted: account.terms_accepted.clone(),
    }
}

fn unless_locked(admission: LoginAdmission) -> Result<(), Problem> {
    let (of, retry_after) = match admission {
        LoginAdmission::Admitted => return Ok(()),
        LoginAdmission::LockedFor(wait) => (TooMany::Logins, wait),
        LoginAdmission::Closed => (TooMany::LoginsClosed, CLOSED_RETRY_AFTER),
    };
    Err(Problem::TooManyAttempts { of, retry_after })
}
