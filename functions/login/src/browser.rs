//! The browser that somebody logs in from.

use domain::{Token, TokenHash, UserId};
use lambda::{Call, OsEntropy};
use store::{Account, Guessed};

/// The browser that asks.
pub(crate) struct Browser {
    /// What the account knows it by, or will.
    pub(crate) token: Token,
    /// The same as the account lists it.
    pub(crate) device: TokenHash,
    /// Whether the account knows it.
    pub(crate) is_known: bool,
    /// Whether the desk has opened the account, so that no stranger's wrong passwords lock this client out.
    pub(crate) is_let_in: bool,
    /// What other accounts know it by.
    pub(crate) others: Vec<Token>,
}

impl Browser {
    /// A browser that the account does not know gets a fresh token, whatever it holds: somebody may have
    /// planted that. It keeps what it holds for the other accounts that were logged in to from it.
    pub(crate) fn of(call: &Call, account: Option<&Account>) -> Self {
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
            is_let_in: account.is_some_and(|account| account.is_opened(call.now)),
            others,
        }
    }

    pub(crate) fn tokens(&self) -> impl Iterator<Item = &Token> {
        std::iter::once(&self.token).chain(&self.others)
    }

    pub(crate) fn guessed<'a>(&'a self, user_id: &'a UserId, call: &'a Call) -> Guessed<'a> {
        if self.is_known {
            Guessed::ByDevice(user_id, &self.device)
        } else if self.is_let_in {
            Guessed::ByClient(user_id, &call.client)
        } else {
            Guessed::ByAnybody(user_id)
        }
    }
}
