//! The password, asked again of who is signed in: what `change-password` and `change-email` share.
//!
//! Who finds a phone unlocked has its session and not its password, so what would take the account over
//! asks for it (OWASP ASVS 5.0, 6.2.3 and 7.5.1). Tries are charged before they are compared, to the
//! account and not to the user ID's lock at the login page: nobody is locked out by it there.

use domain::{BegunSession, PasswordAttempt, Verdict};
use store::{Account, Accounts, Bucket, Stamp, TermsAccepted, Throttles, Transaction};

use crate::{Call, ConfigError, Env, Form, Hasher, OsEntropy, Problem, TooMany};

/// The means to compare a password with that of the account that is signed in to.
pub struct PasswordCheck {
    accounts: Accounts,
    throttles: Throttles,
    /// Also for what the step hashes itself: the memory is the same.
    pub hasher: Hasher,
}

/// An account whose password was shown again. The try that it took is charged still, for only the step
/// knows what else to write when it takes it back.
pub struct Confirmed {
    /// The account.
    pub account: Account,
    /// The session that the password was shown in, as the account lists it.
    pub session: BegunSession,
    stamp: Stamp,
}

impl PasswordCheck {
    /// Opens the tables.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] when one has no name.
    pub fn new(env: &Env, database: &store::Database) -> Result<Self, ConfigError> {
        Ok(Self {
            accounts: env.table(database)?,
            throttles: env.table(database)?,
            hasher: Hasher::new(),
        })
    }

    /// Takes the field `currentPassword` out of a form: anything, compared as it is.
    pub fn attempt(form: &mut Form) -> Option<PasswordAttempt> {
        form.required("currentPassword", |text| match text {
            "" => Err(domain::PasswordError::Empty),
            text => Ok(PasswordAttempt::new(text.to_owned())),
        })
    }

    /// Charges a try and compares it with the password of the account.
    ///
    /// # Errors
    /// [`Problem::PasswordMismatch`] when it is another, [`Problem::TooManyAttempts`] when it may not be
    /// compared, [`Problem::NotSignedIn`] when the account is no more what was signed in to.
    pub async fn confirm(
        &self,
        call: &Call,
        member: &TermsAccepted,
        attempt: PasswordAttempt,
    ) -> Result<Confirmed, Problem> {
        let session = member.signed_in();
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let (admission, account) = tokio::join!(
            self.throttles
                .charge(Bucket::PasswordCheck(session.account_id()), stamp),
            self.accounts.lookup_key(session.account()),
        );
        Problem::unless_admitted(admission?, TooMany::PasswordChecks)?;
        let account = account?
            .filter(|account| account.admits(session))
            .ok_or(Problem::NotSignedIn)?;
        let listed = account.session(session.token()).cloned();
        let session = listed.ok_or(Problem::NotSignedIn)?;
        let stored = account.password_hash.clone();
        match self.hasher.verify(stored, attempt).await? {
            (Verdict::Match | Verdict::MatchOutdated, _) => Ok(Confirmed {
                account,
                session,
                stamp,
            }),
            (Verdict::Mismatch, _) => Err(Problem::PasswordMismatch),
        }
    }

    /// Takes the charge back at once, because the password was right and only what came with it cannot be
    /// done. Should this fail, one try of five is lost.
    pub async fn forgive(&self, confirmed: &Confirmed) {
        let bucket = Bucket::PasswordCheck(&confirmed.account.id);
        drop(self.throttles.refund(bucket, confirmed.stamp).await);
    }

    /// Begins a transaction that takes the charge back, because the password was right.
    pub fn take_back<Guard: Copy + PartialEq>(
        &self,
        confirmed: &Confirmed,
        guard: Guard,
    ) -> Transaction<Guard> {
        let bucket = Bucket::PasswordCheck(&confirmed.account.id);
        Transaction::new().with(guard, self.throttles.take_back(bucket, confirmed.stamp))
    }
}
