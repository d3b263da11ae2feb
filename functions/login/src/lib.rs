//! Step 5: signs a member in.
//!
//! An unknown user ID and a wrong password are the same to whoever asks: the same charges, the same
//! reads, the same hash, the same answer. A browser that the account knows has its wrong passwords
//! counted by themselves, so that no stranger locks a member out of their own phone.
//!
//! # Calls
//!
//! Charge the client first, so that a blocked client cannot lock a user ID; the account is read beside it.
//! A browser that holds a device cookie may be known to the account, which is read before then, and the
//! client of a known one is not charged. Then the user ID, or the browser if the account knows it, is
//! charged beside a batch of insurer and member (and, for a known browser, of what strangers have tried).
//! Then, after the hash, one transaction makes the session, ends the one that the browser had and the
//! oldest beyond ten, notes the login, and forgets the wrong passwords before it. An unknown user ID makes
//! the same calls as a wrong password. A login after five failures makes one call to SES more. So does one
//! from a browser that the account does not know, but the account's first login.

mod browser;
mod verified;

use std::time::Duration;

use domain::{
    FAILURES_TOLD, KnownDevice, LoginFailures, Next, PasswordAttempt, PasswordHash, Superseded,
    Token, UserId, Verdict,
};
use lambda::{
    Answer, Attempt, Call, Flow, Form, FromForm, Hasher, Notes, OsEntropy, Problem, SetCookie,
    Step, TooMany, desk_of, made_of,
};
use mail::{LoginFacts, Mailer, Notice};
use serde::Serialize;
use store::{
    Account, Accounts, Audit, Bucket, Database, Guessed, Insurer, Insurers, LoginCharge, Lost,
    Member, Members, NewLogin, NewSession, Pending, Refused, Registrations, Session, Sessions,
    Stamp, Throttles, persist,
};

use crate::{browser::Browser, verified::Verified};

/// The wait told for an account that does not open by waiting.
const CLOSED_RETRY_AFTER: Duration = domain::LOCK_LONGEST;

made_of! {
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

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        request: Request,
    ) -> Result<Answer<Response>, Problem> {
        let stamp = Stamp::draw(call.now, &OsEntropy);
        notes.concerns(&request.user_id.subject());
        let (account, browser, of_client) = self.identify(call, &request.user_id, stamp).await?;
        for client in &of_client {
            notes.charged(client.clone());
        }
        let (charge, read) = tokio::join!(
            self.throttles
                .charge_login(browser.guessed(&request.user_id, call), stamp),
            self.read(account.as_ref(), &request.user_id, &browser),
        );
        let charge = charge?;
        if let Some(failures) = charge.failures() {
            notes.failed_before(failures);
        }
        // A try while locked is not judged, and changes nothing.
        let (pending, failures) = require_unlocked(charge)?;
        // It is the user IDs that count that failed from there: one that is known to have, counts no more.
        notes.spares(pending.before());
        let failed_before = pending.before().to_vec();
        notes.charged(pending);
        let (insurer, member, strangers) = read?;

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
        if member.is_none() || account.is_disabled() {
            return Err(Problem::AccountUnavailable);
        }
        let insurer = insurer.ok_or(store::Error::InsurerMissing)?;
        let token = Token::draw(&OsEntropy);
        let login = Verified {
            event: call.done(Self::NAME, account.key.subject()),
            session: new_session(&account, &insurer, &token, call)?,
            former: call.token(Flow::Session).map(|token| token.hash()),
            account,
            browser,
            rehashed,
            failures,
            strangers: strangers.flatten(),
        };
        let account = login.account.clone();
        persist(&self.database, account, |account| {
            self.begin(account, &login, call)
        })
        .await??;
        if let Err(cause) = self.notify(&login, &insurer, call).await {
            notes.conceals(&cause);
        }
        for client in &of_client {
            if let Err(cause) = client.forgive(&self.database, &failed_before).await {
                notes.conceals(&cause);
            }
        }
        let next = if login.session.has_accepted_terms {
            Next::Top
        } else {
            Next::Terms
        };
        Ok(Answer::ok(Response {
            subject: login.session.account_id.as_str().to_owned(),
            next: next.as_str(),
        })
        .with(SetCookie::token(Flow::Session, &token))
        .with(SetCookie::tokens(Flow::Device, login.browser.tokens()))
        .with(SetCookie::clear(Flow::Registration)))
    }
}

impl Login {
    /// Finds the account, and charges the client unless the account knows the browser. The client comes
    /// before the user ID, so that a client that is refused cannot lock one.
    ///
    /// A browser that nobody knows is charged beside the read. Whether there is an account makes no difference.
    async fn identify(
        &self,
        call: &Call,
        user_id: &UserId,
        stamp: Stamp,
    ) -> Result<(Option<Account>, Browser, Vec<Pending>), Problem> {
        let charge = Box::pin(self.throttles.charge_client(
            Bucket::LoginClient,
            &call.client,
            stamp,
        ));
        let lookup = Box::pin(self.accounts.lookup(user_id));
        let (account, browser, charged) = if call.devices().is_empty() {
            let (charged, account) = tokio::join!(charge, lookup);
            let (charged, account) = (charged?, account?);
            let browser = Browser::of(call, account.as_ref());
            (account, browser, charged)
        } else {
            let account = lookup.await?;
            let browser = Browser::of(call, account.as_ref());
            let charged = if browser.is_known {
                Ok(Vec::new())
            } else {
                charge.await?
            };
            (account, browser, charged)
        };
        let charged =
            charged.map_err(|refusal| Problem::of_refused_try(refusal, TooMany::Logins))?;
        Ok((account, browser, charged))
    }

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
    ) -> Result<
        (
            Option<Insurer>,
            Option<Member>,
            Option<Option<LoginFailures>>,
        ),
        store::Error,
    > {
        let strangers = browser
            .is_known
            .then(|| self.throttles.read_failures(Guessed::ByAnybody(user_id)));
        // Eventual is enough: operators write insurers and members, and of what strangers tried only a notice
        // is made.
        let insurer = self.insurers.read_of(account);
        let reads = (insurer, self.members.read_of(account), strangers);
        self.database.read(reads).await
    }

    /// Begins the session, ends those that it supersedes, and forgets the wrong passwords before it.
    fn begin<'a>(
        &self,
        account: &Account,
        login: &'a Verified,
        call: &'a Call,
    ) -> Attempt<'a, Account> {
        let now = login.session.created_at;
        // The member who had the browser before is signed out, from whichever account: no session outlives the
        // next login.
        let former = login.former.as_ref();
        let superseded = Superseded::by_login(&account.sessions, former, now);
        let of_another = former.filter(|former| !superseded.ended.contains(former));
        let device = &login.browser.device;
        let forgotten = KnownDevice::forgotten(&account.devices, device, now);
        let recorded = NewLogin {
            session: &login.session.token,
            device,
            place: login.session.place.as_ref(),
            at: now,
            superseded: &superseded,
            forgotten: &forgotten,
            rehashed: login.rehashed.as_ref(),
        };
        let ended = superseded.ended.iter().chain(of_another);
        self.audit
            .act(&login.event)
            .with_or(
                self.accounts.record_login(account, &recorded),
                |now| match now {
                    Some(now) if now.is_disabled() => Lost::Refused(Problem::AccountUnavailable),
                    // Other logins changed which sessions the account lists.
                    Some(now) if now.has_password_of(&login.account) => Lost::Overtaken(now),
                    // The account, or its password, changed while the hash was computed.
                    _ => Lost::Refused(Problem::InvalidCredentials),
                },
            )
            .with_or(self.sessions.create(&login.session), |Refused| {
                Lost::Refused(Problem::drawn_twice())
            })
            .and_all(ended.map(|token| self.sessions.end(token)))
            .and_all(
                login
                    .unlocked(call)
                    .map(|guessed| self.throttles.reset_login(guessed)),
            )
    }

    /// Tells the member of a login that several wrong passwords came before, or else of one from a browser that the
    /// account does not know. The login stands, whatever becomes of the mail.
    async fn notify(
        &self,
        login: &Verified,
        insurer: &Insurer,
        call: &Call,
    ) -> Result<(), mail::Error> {
        let facts = LoginFacts {
            user_id: &login.account.user_id,
            at: login.session.created_at,
            device: login.session.device.as_ref(),
            place: login.session.place.as_ref(),
            desk: desk_of(insurer),
        };
        let (from, to) = (&insurer.mail_sender, &login.account.email);
        let failures = login.failures_to_tell();
        let notice = if failures >= FAILURES_TOLD {
            Notice::of_login_after_failures(facts, failures)
        } else if login.is_from_new_browser() {
            Notice::of_login_from_new_browser(facts)
        } else {
            return Ok(());
        };
        self.mailer.send(from, to, &call.worded(notice)).await
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
) -> Result<Session, Problem> {
    let terms_version = insurer.terms_in_force(call.today())?.clone();
    Ok(Session::from(NewSession {
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
        has_accepted_terms: account.acceptances.contains_key(&terms_version),
        terms_version,
    }))
}

/// Gives the charge of a try that may be judged, and the wrong passwords before it.
fn require_unlocked(charge: LoginCharge) -> Result<(Pending, u32), Problem> {
    let (of, retry_after) = match charge {
        LoginCharge::Charged { pending, failures } => return Ok((pending, failures)),
        LoginCharge::Crowded(wait) => return Err(Problem::crowded(wait)),
        LoginCharge::LockedFor(wait) => (TooMany::Logins, wait),
        LoginCharge::Closed => (TooMany::LoginsClosed, CLOSED_RETRY_AFTER),
    };
    Err(Problem::TooManyAttempts { of, retry_after })
}
