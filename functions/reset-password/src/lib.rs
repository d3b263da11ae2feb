//! Gives an account a new password, once the code is confirmed.
//!
//! A try is charged before it is compared, as at a sign-up. The new password, the end of every session of
//! the account and the end of the reset are one transaction: nobody who knew the old password is signed in
//! after it. It signs nobody in, and a notice goes to the account's address.

use std::time::Duration;

use domain::{
    CODE_TRIES, Code, CodeVerdict, EmailAddress, NewPassword, Number, PasswordContext,
    PasswordHash, Token,
};
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Flow, Form, FromForm, Hasher, OsEntropy, Problem,
    SetCookie, Step, desk_of,
};
use mail::{EmailChangedMail, Mailer, PasswordChangedMail};
use store::{
    Account, Accounts, Audit, Commit, Database, Guessed, Insurer, Insurers, Item, Member, Members,
    Reset, ResetAccount, Resets, Sessions, Stamp, Throttles, Transaction,
};
use time::OffsetDateTime;

/// How often the password is written anew, when logins change which sessions the account lists.
const TRIES: u32 = 5;

/// The step, ready to be called.
pub struct ResetPassword {
    database: Database,
    accounts: Accounts,
    audit: Audit,
    insurers: Insurers,
    members: Members,
    resets: Resets,
    sessions: Sessions,
    throttles: Throttles,
    hasher: Hasher,
    mailer: Mailer,
}

/// What the member typed.
pub struct Request {
    /// The code from the mail.
    pub code: Code,
    /// The new password.
    pub password: NewPassword,
}

/// What the writes of the transaction guard.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Account,
    Audit,
    Reset,
    Session,
    Throttle,
}

/// What the reset is about, as it is now.
struct Found {
    account: Account,
    member: Member,
    insurer: Option<Insurer>,
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        let code = form.required("code", Code::parse);
        let password = form.required("password", |text| {
            NewPassword::parse(text, &PasswordContext::default())
        });
        Some(Self {
            code: code?,
            password: password?,
        })
    }
}

impl Step for ResetPassword {
    const NAME: &'static str = "reset-password";
    type Request = Request;
    type Response = ();

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            accounts: env.table(&database)?,
            audit: env.table(&database)?,
            insurers: env.table(&database)?,
            members: env.table(&database)?,
            resets: env.table(&database)?,
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

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<()>, Problem> {
        let held = call.held(Flow::Reset).ok_or(Problem::ResetMissing)?;
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let tried = self.resets.charge_try(&held.presented, stamp).await?;
        let reset = call.tried(tried, Problem::ResetMissing)?;
        call.concerns(&reset.subject);
        let seen = confirmed(&reset, &request.code, &held.token, call.now)?;
        let found = self.find(seen, call.now).await?;
        refuse_personal(&request.password, &found)?;
        let hash = self.hasher.hash(request.password).await?;
        self.change(&reset, seen, &found.account, &hash, call)
            .await?;
        if let Err(cause) = Box::pin(self.notify(&found, &seen.email, call.now)).await {
            call.conceals(&cause);
        }
        Ok(Answer::no_content().with(SetCookie::clear(Flow::Reset)))
    }
}

impl ResetPassword {
    /// Finds the account, which must be as it was when the reset was asked for, and its member, who must
    /// be in the roster still.
    async fn find(&self, seen: &ResetAccount, now: OffsetDateTime) -> Result<Found, Problem> {
        // Of what operators write, eventual is enough.
        let insurer = [self.insurers.read(&seen.insurer)];
        let member = [self.members.read(&seen.member)];
        let (account, read) = tokio::join!(
            self.accounts.lookup_key(&seen.key),
            self.database.read_batch([&insurer, &member]),
        );
        let account = account?
            .filter(|account| seen.is_still(account, now))
            .ok_or(Problem::CodeExpired)?;
        let [insurers, members] = read?;
        let first = |items: Vec<Option<Item>>| items.into_iter().flatten().next();
        let Some(member) = first(members) else {
            return Err(Problem::ResetMissing);
        };
        Ok(Found {
            account,
            member: Member::from_item(&member)?,
            insurer: first(insurers)
                .as_ref()
                .map(Insurer::from_item)
                .transpose()?,
        })
    }

    /// Changes the password, ends all sessions and the reset, and opens what wrong passwords closed.
    async fn change(
        &self,
        reset: &Reset,
        seen: &ResetAccount,
        account: &Account,
        hash: &PasswordHash,
        call: &Call,
    ) -> Result<(), Problem> {
        let event = call.done(Self::NAME, reset.subject.clone());
        let mut account = account.clone();
        for _ in 0..TRIES {
            let transaction = Transaction::new()
                .with(
                    Guard::Account,
                    self.accounts.reset_password(&account, hash, &seen.email),
                )
                .with(Guard::Reset, self.resets.consume(reset, call.now))
                .with(
                    Guard::Throttle,
                    self.throttles
                        .reset_login(Guessed::ByAnybody(&account.user_id)),
                )
                .with(Guard::Audit, self.audit.record(&event));
            let changed = account
                .sessions
                .iter()
                .fold(transaction, |transaction, session| {
                    transaction.with(Guard::Session, self.sessions.end(&session.token))
                })
                .commit(&self.database)
                .await?;
            let Commit::Refused(refused) = changed else {
                return Ok(());
            };
            if refused.failed(Guard::Reset) {
                // Another request of this browser used it.
                return Err(Problem::ResetMissing);
            }
            let found = refused.item(Guard::Account).map(Account::from_item);
            account = match found.transpose()? {
                // A login changed which sessions the account lists: end those too.
                Some(found) if seen.is_still(&found, call.now) => found,
                // Another reset was faster, or the address is another.
                _ => return Err(Problem::CodeExpired),
            };
        }
        Err(Problem::TryAgain(
            "the account's sessions keep changing".to_owned(),
        ))
    }

    /// Tells the account's address; and, where the address is another since, both. The password is changed,
    /// whatever becomes of the mails.
    async fn notify(
        &self,
        found: &Found,
        email: &EmailAddress,
        at: OffsetDateTime,
    ) -> Result<(), String> {
        let insurer = found
            .insurer
            .as_ref()
            .ok_or("an account's insurer is not configured")?;
        let (from, desk) = (&insurer.mail_sender, desk_of(insurer));
        let (user_id, former) = (&found.account.user_id, &found.account.email);
        let password = PasswordChangedMail { user_id, at, desk };
        let address = EmailChangedMail {
            user_id,
            email,
            at,
            desk,
        };
        let told_of_password = self.mailer.send(from, email, &password);
        let told_of_address = async {
            if email == former {
                return Ok(());
            }
            let (former, new) = tokio::join!(
                self.mailer.send(from, former, &address),
                self.mailer.send(from, email, &address),
            );
            former.and(new)
        };
        let (password, address) = tokio::join!(told_of_password, told_of_address);
        password.and(address).map_err(|error| error.to_string())
    }
}

/// Gives the account that a right code confirms. A decoy's code is never right: guessed, it is one more
/// wrong one.
fn confirmed<'a>(
    reset: &'a Reset,
    code: &Code,
    token: &Token,
    now: OffsetDateTime,
) -> Result<&'a ResetAccount, Problem> {
    let resend_in = Duration::try_from(reset.resend_at() - now).unwrap_or_default();
    let verdict = match (reset.code.judge(code, token, now), &reset.account) {
        (CodeVerdict::Accepted, None) => CodeVerdict::Mismatch {
            attempts_left: CODE_TRIES.saturating_sub(reset.code.tries + 1),
        },
        (verdict, _) => verdict,
    };
    Problem::unless_accepted(verdict, resend_in)?;
    // A decoy's code was refused above.
    reset.account.as_ref().ok_or(Problem::CodeExpired)
}

/// Refuses a password with something of the member's own in it, which only who has the code may learn.
fn refuse_personal(password: &NewPassword, found: &Found) -> Result<(), Problem> {
    let number = Number::parse(&found.member.number)
        .map_err(|_| Problem::TryAgain("a number of the roster is none".to_owned()))?;
    password
        .refuse_containing(&PasswordContext {
            user_id: Some(&found.account.user_id),
            number: Some(&number),
            birth_date: Some(&found.member.birth_date),
            insurer: Some(&found.account.insurer),
        })
        .map_err(|reason| Problem::field("password", reason))
}
