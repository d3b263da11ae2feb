//! A member on the way: where they are, and what they do next. Mistakes come as often as
//! in the capacity model (`tools/capacity.py`).

mod reading;

use tests::{Browser, Chance};
use time::OffsetDateTime;

use crate::act::{Act, Typed};
use crate::journal::Told;
use crate::person::Person;

/// The page that a member is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Letter,
    Choose,
    Ask,
    Code,
    Login,
    Terms,
    Top,
    NewAddress,
    Forgotten,
    NewPassword,
    Done,
}

/// What a member wants beyond the seven steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    ChangePassword,
    ChangeEmail,
    Forget,
    Remind,
    Elsewhere,
    EndOthers,
    Logout,
}

/// What a member will do wrong, once.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each mistake is made or not, whatever the others are"
)]
pub(crate) struct Mistakes {
    pub(crate) identity: bool,
    pub(crate) address: bool,
    pub(crate) code: bool,
    pub(crate) second_code: bool,
    pub(crate) password: bool,
}

/// A mail that the member waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Awaited {
    pub(crate) since: OffsetDateTime,
    /// Which of the member's addresses it goes to.
    pub(crate) address: usize,
    /// The mailbox that it must be in.
    pub(crate) generation: u64,
    pub(crate) comes_back: bool,
}

/// How an act went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// Once, and the answer arrived.
    Plain,
    /// It was sent twice at the same time.
    Twice,
    /// The answer did not arrive.
    Unheard,
}

/// A member on the way.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) person: Person,
    pub(crate) browser: Browser,
    pub(crate) page: Page,
    pub(crate) told: Told,
    pub(crate) mistakes: Mistakes,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) awaited: Option<Awaited>,
    pub(crate) chance: Chance,
    pub(crate) now: OffsetDateTime,
    url: String,
    /// The choice of a user ID that comes next.
    choice: usize,
    /// How many pairs of user ID and password did not open.
    closed: usize,
    /// How often in a row the member was to try again.
    tries: u32,
    /// When the session was used last that nothing may have ended.
    in_use: Option<OffsetDateTime>,
    pub(crate) surprises: Vec<String>,
}

impl Member {
    /// A member with a letter, who knows this much already; in a new browser.
    pub(crate) fn new(seed: u64, number: u64, url: &str, now: OffsetDateTime, told: Told) -> Self {
        let (person, mut chance) = (Person { number }, Chance::nth(seed, number));
        let mistakes = Mistakes {
            identity: chance.percent(30),
            address: chance.percent(3),
            code: chance.percent(10),
            second_code: chance.percent(10),
            password: chance.percent(20),
        };
        let mut wishes = Vec::new();
        for (wish, share) in [
            (Wish::Logout, 30),
            (Wish::ChangePassword, 10),
            (Wish::ChangeEmail, 10),
            (Wish::Elsewhere, 10),
            (Wish::EndOthers, 5),
            (Wish::Remind, 4),
            (Wish::Forget, 8),
        ] {
            if chance.percent(share) {
                wishes.push(wish);
            }
        }
        Self {
            person,
            browser: Browser::new(url, now, person.client()),
            page: Page::Letter,
            choice: usize::from(!chance.percent(40)),
            told,
            mistakes,
            wishes,
            awaited: None,
            // A member who comes again after an interruption does not do the same again.
            chance: Chance::nth(seed ^ now.unix_timestamp().unsigned_abs(), number),
            now,
            url: url.to_owned(),
            closed: 0,
            tries: 0,
            in_use: None,
            surprises: Vec::new(),
        }
    }

    /// Moves the member to a time.
    pub(crate) fn at(&mut self, now: OffsetDateTime) {
        self.now = now;
        self.browser.at(now);
    }

    pub(crate) fn surprise(&mut self, what: impl Into<String>) {
        self.surprises.push(what.into());
    }

    /// What the member does on this page; `code` is in the mail that has come.
    pub(crate) fn act(&mut self, code: Option<String>) -> Act {
        match (self.page, code) {
            (Page::Letter, _) => Act::Verify(once(&mut self.mistakes.identity)),
            (Page::Choose, _) => Act::Create {
                user_id: self.choice,
                address: if self.mistakes.address {
                    Typed::Wrong
                } else {
                    Typed::Right
                },
            },
            (Page::Code, Some(code)) => Act::Confirm {
                code,
                typed: once(&mut self.mistakes.code),
            },
            // No mail has come, or the member wants another one.
            (Page::Ask | Page::Code, _) => {
                let corrects = self.awaited.is_some_and(|awaited| awaited.comes_back);
                if corrects {
                    Act::SendCorrected
                } else {
                    Act::Send
                }
            }
            (Page::Login, _) => {
                let (user_id, password) = self.pair();
                Act::Login {
                    user_id,
                    password,
                    typed: once(&mut self.mistakes.password),
                }
            }
            (Page::Terms, _) => Act::Accept,
            (Page::NewPassword, Some(code)) => Act::Reset {
                code,
                to: self.new_password(),
            },
            (Page::Forgotten | Page::NewPassword, _) => {
                let may_have = self.told.may_have();
                Act::RequestReset {
                    user_id: self.pair().0,
                    // No mail has come to the one before.
                    address: may_have[self.tries as usize % may_have.len()],
                }
            }
            (Page::NewAddress, Some(code)) => Act::ConfirmEmail {
                code,
                to: self.awaited.map_or(0, |awaited| awaited.address),
            },
            (Page::NewAddress, None) => self.changes_address(),
            (Page::Top | Page::Done, _) => match self.wishes.last() {
                Some(Wish::ChangePassword) if self.told.passwords.len() == 1 => {
                    Act::ChangePassword {
                        from: self.told.passwords[0],
                        to: self.new_password(),
                    }
                }
                Some(Wish::ChangeEmail) if self.told.passwords.len() == 1 => self.changes_address(),
                Some(Wish::Remind) => Act::Remind,
                Some(Wish::EndOthers) => Act::EndOthers,
                Some(Wish::Logout) => Act::Logout,
                _ => Act::Session,
            },
        }
    }

    /// The pair of user ID and password that is tried next.
    fn pair(&self) -> (usize, usize) {
        let pairs = self.pairs();
        pairs[self.closed.min(pairs.len() - 1)]
    }

    fn pairs(&self) -> Vec<(usize, usize)> {
        let asked = self.told.asked.iter().rev().copied();
        let user_ids: Vec<_> = match self.told.user_id {
            Some(user_id) => vec![user_id],
            None => asked.collect(),
        };
        let passwords: &[usize] = match &*self.told.passwords {
            [] => &[0],
            known => known,
        };
        let of = |user_id| passwords.iter().map(move |password| (user_id, *password));
        let pairs: Vec<_> = user_ids.into_iter().flat_map(of).collect();
        if pairs.is_empty() {
            vec![(self.choice, 0)]
        } else {
            pairs
        }
    }

    fn new_password(&self) -> usize {
        self.told.passwords.iter().max().map_or(1, |last| last + 1)
    }

    fn changes_address(&self) -> Act {
        Act::ChangeEmail {
            password: self.told.passwords.first().copied().unwrap_or_default(),
            to: self.new_address(),
        }
    }

    /// One that the account has never had.
    fn new_address(&self) -> usize {
        self.told.addresses.iter().max().map_or(1, |last| last + 1)
    }

    /// What the member must reckon with once the act has begun, however it ends.
    pub(crate) fn begins(&mut self, act: &Act) {
        match act {
            Act::Create { user_id, .. } => {
                self.told.asked.retain(|asked| asked != user_id);
                self.told.asked.push(*user_id);
            }
            Act::Confirm {
                typed: Typed::Right,
                ..
            } => self.told.may_have_account = true,
            Act::ChangePassword { to, .. } | Act::Reset { to, .. } => {
                if self.told.passwords.is_empty() {
                    self.told.passwords.push(0);
                }
                self.told.passwords.push(*to);
                self.in_use = None;
            }
            Act::ConfirmEmail { to, .. } => {
                if !self.told.addresses.contains(to) {
                    self.told.addresses = [self.told.may_have(), &[*to]].concat();
                }
                self.in_use = None;
            }
            Act::Logout | Act::Login { .. } => self.in_use = None,
            _ => {}
        }
    }
}

/// Whether it is typed wrong this time: once.
fn once(mistake: &mut bool) -> Typed {
    if std::mem::take(mistake) {
        Typed::Wrong
    } else {
        Typed::Right
    }
}
