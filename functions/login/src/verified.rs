//! A login whose password was right.

use domain::{CLOSED_AT, LoginFailures, PasswordHash, TokenHash};
use lambda::Call;
use store::{Account, Event, Guessed, Session};

use crate::browser::Browser;

/// A user ID whose password was right.
pub(crate) struct Verified {
    pub(crate) account: Account,
    pub(crate) browser: Browser,
    pub(crate) rehashed: Option<PasswordHash>,
    /// The wrong passwords before it that were counted where this one was.
    pub(crate) failures: u32,
    /// The wrong passwords of everybody whom the account does not know, where the browser is known.
    pub(crate) strangers: Option<LoginFailures>,
    /// The session that begins.
    pub(crate) session: Session,
    /// The session that the browser had.
    pub(crate) former: Option<TokenHash>,
    pub(crate) event: Event,
}

impl Verified {
    /// The wrong passwords that the member is to be told of: those since the login before. What strangers
    /// have closed stays counted after it.
    pub(crate) fn failures_to_tell(&self) -> u32 {
        let last_login_at = self.account.last_login_at;
        let news = self
            .strangers
            .filter(|strangers| last_login_at.is_none_or(|login| strangers.last_at > login));
        self.failures + news.map_or(0, |strangers| strangers.count)
    }

    /// Whether the account has been logged in to, but never from this browser, as far as it remembers.
    pub(crate) fn is_from_new_browser(&self) -> bool {
        !self.browser.is_known && self.account.last_login_at.is_some()
    }

    /// Whose wrong passwords before this login are forgotten, where there are any. A user ID that strangers
    /// have closed stays closed to them.
    pub(crate) fn unlocked<'a>(&'a self, call: &'a Call) -> impl Iterator<Item = Guessed<'a>> {
        let user_id = &self.account.user_id;
        let own = (self.failures > 0).then(|| self.browser.guessed(user_id, call));
        let strangers = self
            .strangers
            .filter(|strangers| strangers.count < CLOSED_AT)
            .map(|_| Guessed::ByAnybody(user_id));
        own.into_iter().chain(strangers)
    }
}
