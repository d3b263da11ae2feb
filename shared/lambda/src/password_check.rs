//! The password, asked again of who is signed in: what `change-password` and `change-email` share.
//!
//! Who finds a phone unlocked has its session and not its password, so what would take the account over
//! asks for it (OWASP ASVS 5.0, 6.2.3 and 7.5.1). Tries are charged before they are compared, to the
//! account and not to the user ID's lock at the login page: nobody is locked out by it there.

use domain::{BegunSession, PasswordAttempt, Verdict};
use store::{Bucket, Parties, Party, Stamp, TermsAccepted, Throttles};

use crate::{Call, Form, Hasher, Notes, OsEntropy, Problem, TooMany, made_of};

made_of! {
    /// The means to compare a password with that of the account that is signed in to.
    pub struct PasswordCheck {
        parties: Parties,
        throttles: Throttles,
        /// Also for what the step hashes itself: the memory is the same.
        pub hasher: Hasher,
    }
}

/// An account whose password was shown again.
pub struct Confirmed {
    /// Whose it is.
    pub party: Party,
    /// The session that the password was shown in, as the account lists it.
    pub session: BegunSession,
}

impl PasswordCheck {
    /// Takes the field `currentPassword` out of a form: anything that an account can have, compared as it is.
    pub fn attempt(form: &mut Form) -> Option<PasswordAttempt> {
        form.required("currentPassword", PasswordAttempt::parse)
    }

    /// Charges a try and compares it with the password of the account.
    ///
    /// # Errors
    /// [`Problem::PasswordMismatch`] when it is another, [`Problem::TooManyAttempts`] when it may not be
    /// compared, [`Problem::NotSignedIn`] when the account is no more what was signed in to.
    pub async fn confirm(
        &self,
        call: &Call,
        notes: &mut Notes,
        member: &TermsAccepted,
        attempt: PasswordAttempt,
    ) -> Result<Confirmed, Problem> {
        let session = member.signed_in();
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let (admission, party) = tokio::join!(
            self.throttles
                .charge(Bucket::PasswordCheck(session.account_id()), stamp),
            self.parties.of_session(session, ()),
        );
        let pending = admission?
            .map_err(|refusal| Problem::of_refused_try(refusal, TooMany::PasswordChecks))?;
        notes.charged(pending);
        let (party, ()) = party?.ok_or(Problem::NotSignedIn)?;
        let listed = party.account.session(session.token()).cloned();
        let session = listed.ok_or(Problem::NotSignedIn)?;
        let stored = party.account.password_hash.clone();
        match self.hasher.verify(stored, attempt).await? {
            (Verdict::Match | Verdict::MatchOutdated, _) => Ok(Confirmed { party, session }),
            (Verdict::Mismatch, _) => Err(Problem::PasswordMismatch),
        }
    }
}
