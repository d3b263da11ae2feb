//! What a log counts: the registry of all keys of this kind.

use domain::{
    AccountId, Client, LOGIN_ADDRESS, LetterKeyHash, MemberId, PASSWORD_CHECK, RESET_ADDRESS,
    Reach, TryLimit, VERIFY_ADDRESS, VERIFY_IDENTITY, VERIFY_LETTER, VERIFY_PAIR,
};

use super::{counted_item, hashed};
use crate::{Item, Stamp};

/// What a log counts, and of whom.
#[derive(Clone, Copy)]
pub enum Bucket<'a> {
    /// Failed verifications of one 記号 and 番号 from one client.
    VerifyPair(&'a MemberId, &'a Client),
    /// Failed verifications of one 記号 and 番号 over all clients.
    VerifyIdentity(&'a MemberId),
    /// Failed verifications of one 記号 and 番号 with the right key of the member's letter.
    VerifyLetter(&'a MemberId, &'a LetterKeyHash),
    /// Identities that failed to be verified from one client.
    VerifyClient(Reach<'a>),
    /// User IDs whose login failed from one client.
    LoginClient(Reach<'a>),
    /// Password resets asked for from one client.
    ResetClient(Reach<'a>),
    /// Wrong current passwords of an account that somebody is signed in to.
    PasswordCheck(&'a AccountId),
}

impl Bucket<'_> {
    /// The item of a log that holds these failures, for the states that sample events and tests begin from.
    #[must_use]
    pub fn to_item(self, failures: &[Stamp]) -> Item {
        counted_item(self.key(), failures, self.limit().counted.kept_for())
    }

    pub(super) fn limit(self) -> TryLimit {
        let of_reach = |limit: TryLimit, reach| match reach {
            Reach::Line(_) => limit,
            Reach::Site(_) => limit.of_a_site(),
        };
        match self {
            Self::VerifyPair(..) => VERIFY_PAIR,
            Self::VerifyIdentity(_) => VERIFY_IDENTITY,
            Self::VerifyLetter(..) => VERIFY_LETTER,
            Self::VerifyClient(reach) => of_reach(VERIFY_ADDRESS, reach),
            Self::LoginClient(reach) => of_reach(LOGIN_ADDRESS, reach),
            Self::ResetClient(reach) => of_reach(RESET_ADDRESS, reach),
            Self::PasswordCheck(_) => PASSWORD_CHECK,
        }
    }

    pub(super) fn key(self) -> String {
        match self {
            Self::VerifyPair(member, client) => hashed(
                "verify-pair",
                // A client has no such sign, so the two cannot be told wrong.
                &format!("{}#{}", client.line(), member.as_str()),
            ),
            Self::VerifyIdentity(member) => hashed("verify-identity", member.as_str()),
            Self::VerifyLetter(member, key) => hashed(
                "verify-letter",
                &format!("{}#{}", key.encoded(), member.as_str()),
            ),
            Self::VerifyClient(Reach::Line(line)) => hashed("verify-address", line),
            Self::VerifyClient(Reach::Site(site)) => hashed("verify-site", site),
            Self::LoginClient(Reach::Line(line)) => hashed("login-address", line),
            Self::LoginClient(Reach::Site(site)) => hashed("login-site", site),
            Self::ResetClient(Reach::Line(line)) => hashed("reset-address", line),
            Self::ResetClient(Reach::Site(site)) => hashed("reset-site", site),
            Self::PasswordCheck(account) => hashed("password-check", account.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_what_is_counted_and_hides_of_whom() {
        let key = Bucket::LoginClient(Reach::Line("192.0.2.1")).key();
        assert!(key.starts_with("login-address#"));
        assert!(!key.contains("192.0.2.1"));
        assert_ne!(key, Bucket::VerifyClient(Reach::Line("192.0.2.1")).key());
    }
}
