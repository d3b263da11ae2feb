//! Sessions: how long one lives, and how many an account has at a time. Who is signed in, and what a
//! session holds, is the store's.

use std::time::Duration;

use time::OffsetDateTime;

use crate::{TokenHash, fingerprint};

/// How long a session lives at most (OWASP ASVS 5.0, 7.3.2).
pub const SESSION_VALID: Duration = Duration::from_hours(12);

/// How many sessions an account has at a time: a phone, a desk and the browsers that were never logged
/// out, with room to spare. An account lists its sessions, and has to be able to end them all in one
/// transaction.
pub const SESSIONS_PER_ACCOUNT: usize = 10;

/// A session that an account lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunSession {
    /// The hash of its browser's token.
    pub token: TokenHash,
    /// When the member logged in.
    pub at: OffsetDateTime,
}

/// What a member calls one session of theirs by, to end it: 16 hexadecimal digits that tell the ten apart
/// and give neither the token nor where the session is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionId(String);

impl SessionId {
    const DIGITS: usize = 16;

    /// The id of the session with this token.
    #[must_use]
    pub fn of(token: &TokenHash) -> Self {
        let mut id = fingerprint(token.as_str());
        id.truncate(Self::DIGITS);
        Self(id)
    }

    /// Reads an id as the API wrote it.
    ///
    /// # Errors
    /// When the text is not 16 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, SessionIdError> {
        let is_one = text.len() == Self::DIGITS
            && text
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        is_one.then(|| Self(text.to_owned())).ok_or(SessionIdError)
    }

    /// The id as the API writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no id of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a session")]
pub struct SessionIdError;

/// What a login makes of the sessions that its account lists. The others go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Superseded {
    /// Those that have outlived their 12 hours: only their mention goes.
    pub outlived: Vec<TokenHash>,
    /// Those that are ended: the one that the browser had, and the oldest of too many.
    pub ended: Vec<TokenHash>,
}

impl Superseded {
    /// Decides what a login at `now` makes of `begun`, in a browser that had the session `former`.
    #[must_use]
    pub fn by_login(
        begun: &[BegunSession],
        former: Option<&TokenHash>,
        now: OffsetDateTime,
    ) -> Self {
        let mut superseded = Self::default();
        let mut alive: Vec<&BegunSession> = Vec::with_capacity(begun.len());
        for session in begun {
            if now - session.at >= SESSION_VALID {
                superseded.outlived.push(session.token.clone());
            } else if Some(&session.token) == former {
                superseded.ended.push(session.token.clone());
            } else {
                alive.push(session);
            }
        }
        // The oldest first; of one moment, in an order that does not change.
        alive.sort_by(|a, b| (a.at, a.token.as_str()).cmp(&(b.at, b.token.as_str())));
        let too_many = (alive.len() + 1).saturating_sub(SESSIONS_PER_ACCOUNT);
        let oldest = alive.into_iter().take(too_many);
        superseded
            .ended
            .extend(oldest.map(|session| session.token.clone()));
        superseded
    }

    /// Every session that the account lists no longer.
    pub fn all(&self) -> impl Iterator<Item = &TokenHash> {
        self.outlived.iter().chain(&self.ended)
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime, macros::datetime};

    use super::{BegunSession, SessionId, Superseded};
    use crate::TokenHash;

    const NOW: OffsetDateTime = datetime!(2026-04-01 01:00 UTC);

    fn token(number: usize) -> TokenHash {
        TokenHash::parse(&format!("{number:064x}")).unwrap()
    }

    /// Sessions that were begun so many minutes ago.
    fn begun(minutes_ago: &[i64]) -> Vec<BegunSession> {
        let sessions = minutes_ago.iter().enumerate();
        sessions
            .map(|(number, minutes)| BegunSession {
                token: token(number),
                at: NOW - Duration::minutes(*minutes),
            })
            .collect()
    }

    #[test]
    fn the_first_nine_go_on_beside_the_tenth() {
        let sessions = begun(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(
            Superseded::by_login(&sessions, None, NOW),
            Superseded::default()
        );
    }

    #[test]
    fn the_oldest_of_too_many_are_ended() {
        let sessions = begun(&[5, 90, 4, 3, 2, 1, 100, 6, 7, 8, 9]);
        let superseded = Superseded::by_login(&sessions, None, NOW);
        assert_eq!(superseded.ended, [token(6), token(1)]);
        assert!(superseded.outlived.is_empty());
    }

    #[test]
    fn the_browsers_former_session_makes_room_for_its_next() {
        let sessions = begun(&[10, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let superseded = Superseded::by_login(&sessions, Some(&token(3)), NOW);
        assert_eq!(superseded.ended, [token(3)]);
        let another = Superseded::by_login(&sessions, Some(&token(99)), NOW);
        assert_eq!(another.ended, [token(0)]);
    }

    #[test]
    fn a_session_is_mentioned_for_twelve_hours_and_not_a_moment_longer() {
        let sessions = begun(&[12 * 60, 12 * 60 - 1]);
        let superseded = Superseded::by_login(&sessions, Some(&token(0)), NOW);
        assert_eq!(superseded.outlived, [token(0)]);
        assert!(superseded.ended.is_empty());
        assert_eq!(superseded.all().count(), 1);
    }

    #[test]
    fn an_id_tells_sessions_apart_and_not_their_tokens() {
        let (one, other) = (token(1), token(2));
        assert_eq!(SessionId::of(&one), SessionId::of(&one));
        assert_ne!(SessionId::of(&one), SessionId::of(&other));
        let id = SessionId::of(&one);
        assert_eq!(SessionId::parse(id.as_str()), Ok(id));
        for text in [
            "",
            "others",
            one.as_str(),
            "0123456789ABCDEF",
            "0123456789abcdeｆ",
        ] {
            assert!(SessionId::parse(text).is_err(), "{text}");
        }
        assert!(!one.as_str().contains(SessionId::of(&one).as_str()));
    }
}
