//! Gives a signed-in member another password.
//!
//! The current one is asked again. All other sessions end with the change, the one that asks goes on under
//! another token, and a notice goes to the account's address.

use domain::{
    BegunSession, NewPassword, Number, PasswordAttempt, PasswordContext, PasswordHash, Token,
};
use lambda::{
    Answer, Aws, Call, ConfigError, Confirmed, Env, Explain, Flow, Form, FromForm, OsEntropy,
    PasswordCheck, Problem, SetCookie, Step, desk_of,
};
use mail::{Mailer, PasswordChangedMail};
use store::{
    Account, Accounts, Audit, Commit, Database, Guessed, Insurer, Insurers, Item, Member, Members,
    Sessions, SignedIn, Throttles, Transaction,
};
use time::OffsetDateTime;

/// How often the password is written anew, when logins change which sessions the account lists.
const TRIES: u32 = 5;

/// The step, ready to be called.
pub struct ChangePassword {
    database: Database,
    accounts: Accounts,
    audit: Audit,
    check: PasswordCheck,
    insurers: Insurers,
    members: Members,
    sessions: Sessions,
    throttles: Throttles,
    mailer: Mailer,
}

/// What the member typed.
pub struct Request {
    /// The password until now, or not.
    pub current: PasswordAttempt,
    /// The password from now on.
    pub password: NewPassword,
}

/// What the writes of the transaction guard.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Account,
    Audit,
    Session,
    Member,
    Throttle,
}

/// The new password is the current one.
struct Unchanged;

impl Explain for Unchanged {
    fn code(&self) -> &'static str {
        "unchanged"
    }

    fn in_japanese(&self, _label: &str) -> String {
        "現在のパスワードと同じです。別のパスワードを入力してください。".to_owned()
    }

    fn in_english(&self, _label: &str) -> String {
        "This is your current password. Please enter another one.".to_owned()
    }
}

impl FromForm for Request {
    fn from_form(form: &mut Form) -> Option<Self> {
        let current = PasswordCheck::attempt(form);
        let password = form.required("password", |text| {
            NewPassword::parse(text, &PasswordContext::default())
        });
        Some(Self {
            current: current?,
            password: password?,
        })
    }
}

impl Step for ChangePassword {
    const NAME: &'static str = "change-password";
    type Request = Request;
    type Response = ();

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            accounts: env.table(&database)?,
            audit: env.table(&database)?,
            check: PasswordCheck::new(env, &database)?,
            insurers: env.table(&database)?,
            members: env.table(&database)?,
            sessions: env.table(&database)?,
            throttles: env.table(&database)?,
            mailer: aws.ses(),
            database,
        })
    }

    fn audit(&self) -> Option<&Audit> {
        Some(&self.audit)
    }

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<()>, Problem> {
        let member = call.behind_terms(&self.sessions).await?;
        let signed_in = member.signed_in();
        let unchanged = request.current.is(&request.password);
        let (confirmed, papers) = tokio::join!(
            Box::pin(self.check.confirm(call, &member, request.current)),
            Box::pin(self.papers(signed_in)),
        );
        let confirmed = confirmed?;
        let change = Change {
            call,
            signed_in,
            confirmed: &confirmed,
            password: request.password,
            unchanged,
        };
        let token = self.change(change, papers).await?;
        Ok(Answer::no_content().with(SetCookie::token(Flow::Session, &token)))
    }
}

/// Who the member is, which a password must not contain, and whose mails the notice is one of.
struct Papers {
    member: Member,
    insurer: Insurer,
}

/// What becomes of the account.
struct Change<'a> {
    call: &'a Call,
    /// The session that goes on.
    signed_in: &'a SignedIn,
    confirmed: &'a Confirmed,
    password: NewPassword,
    /// Whether it is the current one.
    unchanged: bool,
}

impl ChangePassword {
    async fn papers(&self, signed_in: &SignedIn) -> Result<Papers, Problem> {
        // Eventual is enough: operators write both, and the transaction asks again whether there is a member.
        let [insurers, members] = self
            .database
            .read_batch([
                &[self.insurers.read(signed_in.insurer())],
                &[self.members.read(signed_in.member())],
            ])
            .await?;
        let first = |items: Vec<Option<Item>>| items.into_iter().flatten().next();
        let (Some(insurer), Some(member)) = (first(insurers), first(members)) else {
            // The member left the roster.
            return Err(Problem::NotSignedIn);
        };
        Ok(Papers {
            member: Member::from_item(&member)?,
            insurer: Insurer::from_item(&insurer)?,
        })
    }

    /// Changes the password and tells the address. Gives the session's next token.
    async fn change(
        &self,
        change: Change<'_>,
        papers: Result<Papers, Problem>,
    ) -> Result<Token, Problem> {
        let papers = papers?;
        refuse(&change, &papers)?;
        let hash = self.check.hasher.hash(change.password.clone()).await?;
        let token = Token::draw(&OsEntropy);
        self.write(&change, &hash, &token).await?;
        let (account, now) = (&change.confirmed.account, change.call.now);
        if let Err(cause) = self.notify(account, &papers.insurer, now).await {
            change.call.conceals(&cause);
        }
        Ok(token)
    }

    /// Writes the password, ends all sessions but the one that asks, and opens what wrong passwords closed.
    async fn write(
        &self,
        change: &Change<'_>,
        hash: &PasswordHash,
        token: &Token,
    ) -> Result<(), Problem> {
        let confirmed = change.confirmed;
        let devices = change.call.devices();
        let subject = change.signed_in.account().subject();
        let event = change.call.done(Self::NAME, subject);
        let session = BegunSession {
            token: token.hash(),
            at: confirmed.session.at,
        };
        let mut account = confirmed.account.clone();
        for _ in 0..TRIES {
            let device = devices
                .iter()
                .find_map(|token| account.device(&token.hash()));
            let transaction = Transaction::new()
                .with(
                    Guard::Throttle,
                    self.throttles
                        .reset_login(Guessed::ByAnybody(&account.user_id)),
                )
                .with(
                    Guard::Member,
                    self.members.still_there(change.signed_in.member()),
                )
                .with(
                    Guard::Account,
                    self.accounts
                        .change_password(&account, hash, Some(&session), device),
                )
                .with(
                    Guard::Session,
                    self.sessions.renew(change.signed_in, &session.token),
                )
                .with(
                    Guard::Session,
                    self.sessions.end_former(change.signed_in, None),
                )
                .with(Guard::Audit, self.audit.record(&event));
            let others = account
                .sessions
                .iter()
                .filter(|other| other.token != confirmed.session.token);
            let changed = others
                .fold(transaction, |transaction, other| {
                    transaction.with(Guard::Session, self.sessions.end(&other.token))
                })
                .commit(&self.database)
                .await?;
            let Commit::Refused(refused) = changed else {
                return Ok(());
            };
            if refused.failed(Guard::Session) || refused.failed(Guard::Member) {
                // Logged out, or signed in anew in another tab; or the member left the roster.
                return Err(Problem::NotSignedIn);
            }
            let found = refused.item(Guard::Account).map(Account::from_item);
            account = match found.transpose()? {
                // A login changed which sessions the account lists: end those too.
                Some(now)
                    if now.admits(change.signed_in)
                        && now.has_password_of(&account)
                        && now.session(&confirmed.session.token).is_some() =>
                {
                    now
                }
                // Another change was faster, and has ended this session.
                _ => return Err(Problem::NotSignedIn),
            };
        }
        Err(Problem::TryAgain(
            "the account's sessions keep changing".to_owned(),
        ))
    }

    /// Tells the account's address. The password is changed, whatever becomes of the mail.
    async fn notify(
        &self,
        account: &Account,
        insurer: &Insurer,
        at: OffsetDateTime,
    ) -> Result<(), mail::Error> {
        let notice = PasswordChangedMail {
            user_id: &account.user_id,
            at,
            desk: desk_of(insurer),
        };
        self.mailer
            .send(&insurer.mail_sender, &account.email, &notice)
            .await
    }
}

/// Refuses the current password, and one with something of the member's own in it.
fn refuse(change: &Change<'_>, papers: &Papers) -> Result<(), Problem> {
    if change.unchanged {
        return Err(Problem::field("password", Unchanged));
    }
    let number = Number::parse(&papers.member.number)
        .map_err(|_| Problem::TryAgain("a number of the roster is none".to_owned()))?;
    let account = &change.confirmed.account;
    change
        .password
        .refuse_containing(&PasswordContext {
            user_id: Some(&account.user_id),
            number: Some(&number),
            birth_date: Some(&papers.member.birth_date),
            insurer: Some(&account.insurer),
        })
        .map_err(|reason| Problem::field("password", reason))
}
