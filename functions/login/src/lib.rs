//! Step 5: signs a member in.
//!
//! An unknown user ID and a wrong password are the same to whoever asks: the same charges, the same
//! reads, the same hash, the same answer.

use std::time::Duration;

use domain::{
    LoginAdmission, Next, PasswordAttempt, PasswordHash, Superseded, Token, UserId, Verdict,
};
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Flow, Form, FromForm, Hasher, OsEntropy, Problem,
    SetCookie, Step, TooMany,
};
use serde::Serialize;
use store::{
    Account, Accounts, Audit, Bucket, Commit, Database, Event, Insurer, Insurers, NewSession,
    Sessions, Stamp, Throttles, Transaction,
};

/// How often the session is begun anew, when other logins change which sessions the account lists.
const TRIES: u32 = 5;
/// The wait told for an account that does not open by waiting.
const CLOSED_RETRY_AFTER: Duration = domain::LOCK_LONGEST;

/// The step, ready to be called.
pub struct Login {
    database: Database,
    accounts: Accounts,
    audit: Audit,
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
    Audit,
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
            audit: env.table(&database)?,
            insurers: env.table(&database)?,
            sessions: env.table(&database)?,
            throttles: env.table(&database)?,
            hasher: Hasher::new(),
            database,
        })
    }

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<Response>, Problem> {
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let of_address = Bucket::LoginAddress(&call.client);
        call.concerns(&request.user_id.subject());
        // Where the try comes from is charged first: who is refused there cannot lock anybody's user ID.
        let (address, account) = tokio::join!(
            self.throttles.charge(of_address, stamp),
            self.accounts.lookup(&request.user_id),
        );
        Problem::unless_admitted(address?, TooMany::Logins)?;
        let account = account?;
        let (user_id, insurer) = tokio::join!(
            self.throttles.charge_login(&request.user_id, stamp),
            self.insurers.lookup_of(account.as_ref()),
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

        let login = Verified {
            event: call.done(Self::NAME, account.key.subject()),
            account,
            insurer,
            rehashed,
            stamp,
        };
        self.begin_session(login, call).await
    }
}

/// A user ID whose password was right.
struct Verified {
    account: Account,
    insurer: Insurer,
    rehashed: Option<PasswordHash>,
    stamp: Stamp,
    event: Event,
}

impl Login {
    async fn begin_session(
        &self,
        mut login: Verified,
        call: &Call,
    ) -> Result<Answer<Response>, Problem> {
        let token = Token::draw(&OsEntropy);
        let session = new_session(&login.account, &login.insurer, &token, call);
        for _ in 0..TRIES {
            let Commit::Refused(refused) = self.commit(&login, &session, call).await? else {
                let next = if session.has_accepted_terms() {
                    Next::Top
                } else {
                    Next::Terms
                };
                return Ok(Answer::ok(Response {
                    next: next.as_str(),
                })
                .with(SetCookie::token(Flow::Session, &token))
                .with(SetCookie::clear(Flow::Registration)));
            };
            let found = refused.item(Guard::Account).map(Account::from_item);
            match found.transpose()? {
                // Other logins changed which sessions the account lists: look again.
                Some(now) if now.has_password_of(&login.account) => login.account = now,
                // The account, or its password, changed while the hash was computed.
                _ => return Err(Problem::InvalidCredentials),
            }
        }
        Err(Problem::TryAgain(
            "the account's sessions keep changing".to_owned(),
        ))
    }

    /// Begins the session, ends those that it supersedes, and takes the charges back.
    async fn commit(
        &self,
        login: &Verified,
        session: &NewSession,
        call: &Call,
    ) -> Result<Commit<Guard>, store::Error> {
        let account = &login.account;
        // Whoever had the browser before is signed out, from whichever account: no session outlives the
        // next login.
        let former = call.token(Flow::Session).map(|token| token.hash());
        let superseded = Superseded::by_login(&account.sessions, former.as_ref(), call.now);
        let of_another = former.filter(|former| !superseded.ended.contains(former));
        let of_address = Bucket::LoginAddress(&call.client);
        let transaction = Transaction::new()
            .with(Guard::Session, self.sessions.create(session))
            .with(
                Guard::Account,
                self.accounts.record_login(
                    account,
                    &session.token,
                    &superseded,
                    call.now,
                    login.rehashed.as_ref(),
                ),
            )
            .with(
                Guard::Throttle,
                self.throttles.reset_login(&account.user_id),
            )
            .with(
                Guard::Throttle,
                self.throttles.take_back(of_address, login.stamp),
            )
            .with(Guard::Audit, self.audit.record(&login.event));
        superseded
            .ended
            .iter()
            .chain(&of_another)
            .fold(transaction, |transaction, token| {
                transaction.with(Guard::Session, self.sessions.end(token))
            })
            .commit(&self.database)
            .await
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
