//! Step 5: signs a member in.
//!
//! An unknown user ID and a wrong password are the same to whoever asks: the same charges, the same
//! reads, the same hash, the same answer. A browser that the account knows has its wrong passwords
//! counted by themselves, so that no stranger locks a member out of their own phone.

use std::time::Duration;

use domain::{
    CLOSED_AT, FAILURES_TOLD, KnownDevice, LoginFailures, Next, PasswordAttempt, PasswordHash,
    Superseded, Token, TokenHash, UserId, Verdict,
};
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Flow, Form, FromForm, Hasher, OsEntropy, Problem,
    SetCookie, Step, TooMany, desk_of,
};
use mail::{LoginAfterFailuresMail, Mailer};
use serde::Serialize;
use store::{
    Account, Accounts, Audit, Bucket, Commit, Database, Event, Guessed, Insurer, Insurers, Item,
    LoginCharge, Members, NewLogin, NewSession, Pending, Registrations, Sessions, Stamp, Throttles,
    Transaction,
};

/// How often the session is begun anew, when other logins change what the account lists.
const TRIES: u32 = 5;
/// The wait told for an account that does not open by waiting.
const CLOSED_RETRY_AFTER: Duration = domain::LOCK_LONGEST;

/// The step, ready to be called.
pub struct Login {
    database: Database,
    accounts: Accounts,
    audit: Audit,
    insurers: Insurers,
    members: Members,
    registrations: Registrations,
    sessions: Sessions,
    throttles: Throttles,
    hasher: Hasher,
    mailer: Mailer,
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
    /// Whose page it is from here on.
    subject: String,
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
        let password = form.required("password", PasswordAttempt::parse);
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
            members: env.table(&database)?,
            registrations: env.table(&database)?,
            sessions: env.table(&database)?,
            throttles: env.table(&database)?,
            hasher: Hasher::new(),
            mailer: aws.ses(),
            database,
        })
    }

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<Response>, Problem> {
        let stamp = Stamp::draw(call.now, &OsEntropy);
        call.concerns(&request.user_id.subject());
        // Charge the client address first, so that a blocked client cannot lock a user ID.
        let (of_client, account) = tokio::join!(
            self.throttles
                .charge(Bucket::LoginAddress(&call.client), stamp),
            self.accounts.lookup(&request.user_id),
        );
        let of_client = of_client?;
        call.charged(
            of_client.map_err(|refusal| Problem::of_refused_try(refusal, TooMany::Logins))?,
        );
        let account = account?;
        let browser = Browser::of(call, account.as_ref());
        let (charge, read) = tokio::join!(
            self.throttles
                .charge_login(browser.guessed(&request.user_id), stamp),
            self.read(account.as_ref(), &request.user_id, &browser),
        );
        // A try while locked is not judged, and changes nothing.
        let (pending, failures) = unless_locked(charge?)?;
        call.charged(pending);
        let read = read?;

        let (verdict, rehashed) = self
            .hasher
            .verify(hash_of(account.as_ref()), request.password)
            .await?;
        let exists = account.is_some();
        let (Some(account), Verdict::Match | Verdict::MatchOutdated) = (account, verdict) else {
            let waits = self.waits_for_its_code(call, &request.user_id).await?;
            return Err(if waits && !exists {
                Problem::RegistrationWaiting
            } else {
                Problem::InvalidCredentials
            });
        };
        let login = Verified {
            event: call.done(Self::NAME, account.key.subject()),
            account,
            browser,
            rehashed,
            failures,
            strangers: read.strangers,
        };
        if !read.is_member || login.account.is_disabled() {
            return Err(Problem::AccountUnavailable);
        }
        let insurer = read.insurer.ok_or_else(|| {
            Problem::TryAgain("an account's insurer is not configured".to_owned())
        })?;
        self.begin_session(login, &insurer, call).await
    }
}

/// The browser that asks.
struct Browser {
    /// What the account knows it by, or will.
    token: Token,
    /// The same as the account lists it.
    device: TokenHash,
    /// Whether the account knows it.
    is_known: bool,
    /// What other accounts know it by.
    others: Vec<Token>,
}

impl Browser {
    /// A browser that the account does not know gets a fresh token, whatever it holds: somebody may have
    /// planted that. It keeps what it holds for the other accounts that were logged in to from it.
    fn of(call: &Call, account: Option<&Account>) -> Self {
        let mut others = call.devices();
        let known = others.iter().position(|token| {
            account
                .and_then(|account| account.device(&token.hash()))
                .is_some_and(|device| device.is_known(call.now))
        });
        let token = known.map_or_else(|| Token::draw(&OsEntropy), |index| others.remove(index));
        Self {
            device: token.hash(),
            token,
            is_known: known.is_some(),
            others,
        }
    }

    fn tokens(&self) -> impl Iterator<Item = &Token> {
        std::iter::once(&self.token).chain(&self.others)
    }

    fn guessed<'a>(&'a self, user_id: &'a UserId) -> Guessed<'a> {
        if self.is_known {
            Guessed::ByDevice(user_id, &self.device)
        } else {
            Guessed::ByAnybody(user_id)
        }
    }
}

/// What is read beside the account.
struct Beside {
    insurer: Option<Insurer>,
    /// Whether the account's member is in the roster.
    is_member: bool,
    /// The wrong passwords of everybody whom the account does not know, where the browser is known.
    strangers: Option<LoginFailures>,
}

/// A user ID whose password was right.
struct Verified {
    account: Account,
    browser: Browser,
    rehashed: Option<PasswordHash>,
    /// The wrong passwords before it that were counted where this one was.
    failures: u32,
    strangers: Option<LoginFailures>,
    event: Event,
}

impl Verified {
    /// The wrong passwords that the member is to be told of: those since the login before. What strangers
    /// have closed stays counted after it.
    fn failures_to_tell(&self) -> u32 {
        let last_login_at = self.account.last_login_at;
        let news = self
            .strangers
            .filter(|strangers| last_login_at.is_none_or(|login| strangers.last_at > login));
        self.failures + news.map_or(0, |strangers| strangers.count)
    }
}

impl Login {
    /// Whether the user ID waits in this browser for its code: where there is no account of it yet, the member
    /// has only left the journey too early. It is asked whether or not there is one, so that the calls are the
    /// same.
    async fn waits_for_its_code(&self, call: &Call, user_id: &UserId) -> Result<bool, Problem> {
        let Ok(held) = call.registration() else {
            return Ok(false);
        };
        let found = self.registrations.lookup(&held.presented, call.now);
        Ok(found
            .await?
            .is_ok_and(|member| member.registration().is_of(user_id)))
    }

    /// Reads in one call what else decides; keys that match nothing when there is no account.
    async fn read(
        &self,
        account: Option<&Account>,
        user_id: &UserId,
        browser: &Browser,
    ) -> Result<Beside, store::Error> {
        let strangers = browser
            .is_known
            .then(|| self.throttles.read_lockout(Guessed::ByAnybody(user_id)));
        // Eventual is enough: operators write insurers and members, and of what strangers tried only a notice
        // is made.
        let [insurers, members, lockouts] = self
            .database
            .read_batch([
                &[self.insurers.read_of(account)],
                &[self.members.read_of(account)],
                strangers.as_slice(),
            ])
            .await?;
        let first = |items: Vec<Option<Item>>| items.into_iter().flatten().next();
        let lockout = first(lockouts);
        Ok(Beside {
            insurer: first(insurers)
                .as_ref()
                .map(Insurer::from_item)
                .transpose()?,
            is_member: first(members).is_some(),
            strangers: lockout
                .as_ref()
                .map(Throttles::failures)
                .transpose()?
                .flatten(),
        })
    }

    async fn begin_session(
        &self,
        mut login: Verified,
        insurer: &Insurer,
        call: &Call,
    ) -> Result<Answer<Response>, Problem> {
        let token = Token::draw(&OsEntropy);
        let session = new_session(&login.account, insurer, &token, call)?;
        for _ in 0..TRIES {
            let Commit::Refused(refused) = self.commit(&login, &session, call).await? else {
                if let Err(cause) = self.notify(&login, insurer, &session).await {
                    call.conceals(&cause);
                }
                let next = if session.has_accepted_terms {
                    Next::Top
                } else {
                    Next::Terms
                };
                return Ok(Answer::ok(Response {
                    subject: session.account_id.as_str().to_owned(),
                    next: next.as_str(),
                })
                .with(SetCookie::token(Flow::Session, &token))
                .with(SetCookie::tokens(Flow::Device, login.browser.tokens()))
                .with(SetCookie::clear(Flow::Registration)));
            };
            let found = refused.item(Guard::Account).map(Account::from_item);
            match found.transpose()? {
                Some(now) if now.is_disabled() => return Err(Problem::AccountUnavailable),
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

    /// Begins the session, ends those that it supersedes, and forgets the wrong passwords before it.
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
        let device = &login.browser.device;
        let forgotten = KnownDevice::forgotten(&account.devices, device, call.now);
        let recorded = NewLogin {
            session: &session.token,
            device,
            place: session.place.as_ref(),
            at: call.now,
            superseded: &superseded,
            forgotten: &forgotten,
            rehashed: login.rehashed.as_ref(),
        };
        let transaction = self
            .unlock(login)
            .with(Guard::Session, self.sessions.create(session))
            .with(
                Guard::Account,
                self.accounts.record_login(account, &recorded),
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

    /// Begins a transaction that forgets the wrong passwords before this login, where there are any. A user
    /// ID that strangers have closed stays closed to them.
    fn unlock(&self, login: &Verified) -> Transaction<Guard> {
        let user_id = &login.account.user_id;
        let own = (login.failures > 0).then(|| login.browser.guessed(user_id));
        let strangers = login
            .strangers
            .filter(|strangers| strangers.count < CLOSED_AT)
            .map(|_| Guessed::ByAnybody(user_id));
        let reset = |guessed: Guessed<'_>| self.throttles.reset_login(guessed);
        Transaction::new()
            .with_any(Guard::Throttle, own.map(reset))
            .with_any(Guard::Throttle, strangers.map(reset))
    }

    /// Tells the member of a login that several wrong passwords came before. The login stands, whatever
    /// becomes of the mail.
    async fn notify(
        &self,
        login: &Verified,
        insurer: &Insurer,
        session: &NewSession,
    ) -> Result<(), mail::Error> {
        let failures = login.failures_to_tell();
        if failures < FAILURES_TOLD {
            return Ok(());
        }
        let notice = LoginAfterFailuresMail {
            user_id: &login.account.user_id,
            at: session.created_at,
            device: session.device.as_ref(),
            place: session.place.as_ref(),
            failures,
            desk: desk_of(insurer),
        };
        self.mailer
            .send(&insurer.mail_sender, &login.account.email, &notice)
            .await
    }
}

/// The hash to compare with; of no account, one that costs the same and matches nothing.
fn hash_of(account: Option<&Account>) -> PasswordHash {
    account.map_or_else(PasswordHash::decoy, |account| account.password_hash.clone())
}

fn new_session(
    account: &Account,
    insurer: &Insurer,
    token: &Token,
    call: &Call,
) -> Result<NewSession, Problem> {
    let terms_version = insurer.terms_in_force(call.today())?.clone();
    Ok(NewSession {
        token: token.hash(),
        account: account.key.clone(),
        account_id: account.id.clone(),
        member: account.member.clone(),
        insurer: account.insurer.clone(),
        created_at: call.now,
        device: call.device(),
        place: call.place(),
        previous_login_at: account.last_login_at,
        previous_login_place: account.last_login_place.clone(),
        has_accepted_terms: account.acceptances.contains(&terms_version),
        terms_version,
    })
}

/// Gives the charge of a try that may be judged, and the wrong passwords before it.
fn unless_locked(charge: LoginCharge) -> Result<(Pending, u32), Problem> {
    let (of, retry_after) = match charge {
        LoginCharge::Charged { pending, failures } => return Ok((pending, failures)),
        LoginCharge::Crowded(wait) => return Err(Problem::crowded(wait)),
        LoginCharge::LockedFor(wait) => (TooMany::Logins, wait),
        LoginCharge::Closed => (TooMany::LoginsClosed, CLOSED_RETRY_AFTER),
    };
    Err(Problem::TooManyAttempts { of, retry_after })
}
