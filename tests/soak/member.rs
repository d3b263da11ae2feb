//! A member on the way: where they are, what they do next, and what they make of the answer. Mistakes come as often as
//! in the capacity model (`tools/capacity.py`).

use std::time::Duration;

use tests::{Answer, Browser, Chance};
use time::OffsetDateTime;

use crate::act::{Act, Typed};
use crate::journal::Told;
use crate::person::Person;

/// Who is refused so often in a row gives up.
const PATIENCE: u32 = 40;
/// How long a session goes on without use, and a bit less.
const IDLE: Duration = Duration::from_mins(29);

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
    Forgotten,
    NewPassword,
    Done,
}

/// What a member wants beyond the seven steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    ChangePassword,
    Forget,
    Remind,
    Elsewhere,
    EndOthers,
    Logout,
}

/// What a member will do wrong, once.
#[derive(Clone, Debug)]
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
            // Who comes again after an interruption does not do the same again.
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
            (Page::Forgotten | Page::NewPassword, _) => Act::RequestReset {
                user_id: self.pair().0,
            },
            (Page::Top | Page::Done, _) => match self.wishes.last() {
                Some(Wish::ChangePassword) if self.told.passwords.len() == 1 => {
                    Act::ChangePassword {
                        from: self.told.passwords[0],
                        to: self.new_password(),
                    }
                }
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
            Act::Logout | Act::Login { .. } => self.in_use = None,
            _ => {}
        }
    }

    /// Reads an answer, or that there is none, and goes to the page that it leads to. Gives how long the member thinks
    /// there.
    pub(crate) fn read(&mut self, act: &Act, answer: Option<&Answer>, course: Course) -> Duration {
        let page = self.page;
        let wait = match answer {
            Some(answer) if answer.status < 300 => {
                self.tries = 0;
                self.succeeds(act, answer);
                None
            }
            Some(answer) if answer.status == 429 => {
                if matches!(act, Act::Confirm { .. }) {
                    self.page = Page::Ask;
                }
                Some(Duration::from_secs(answer.retry_after()) + self.chance.seconds(0, 5))
            }
            Some(answer) if answer.status < 500 => {
                self.is_refused(act, answer, course);
                None
            }
            // Something behind it failed, or nobody knows.
            _ => {
                // The code before is none any more, though its mail is there.
                match act {
                    Act::Send | Act::SendCorrected => self.page = Page::Ask,
                    Act::RequestReset { .. } => self.page = Page::Forgotten,
                    _ => {}
                }
                Some(self.chance.seconds(10, 30))
            }
        };
        if wait.is_some() || self.page == page {
            self.tries += 1;
        }
        if self.tries > PATIENCE {
            self.surprise(format!("gives up on {page:?}"));
            self.told.gave_up = true;
            self.page = Page::Done;
        }
        wait.unwrap_or_else(|| self.chance.seconds(20, 150))
    }

    fn shows(&mut self, answer: &Answer) {
        if let Some(subject) = answer.json["subject"].as_str() {
            self.browser.showing(subject);
        }
    }

    fn goes_to(&mut self, page: Page) {
        if matches!(page, Page::Letter | Page::Login | Page::Forgotten) {
            self.browser.showing_nobody();
        }
        self.page = page;
    }

    fn is_called(&mut self, answer: &Answer, field: &str, own: &str) {
        let shown = &answer.json[field];
        if shown != own {
            self.surprise(format!("is shown {shown} as {field}"));
        }
    }

    /// The user ID is the member's own, from this or an earlier registration.
    fn is_own(&mut self, answer: &Answer, user_id: usize) {
        let own = self.person.user_id(user_id);
        self.is_called(answer, "userId", &own);
    }

    fn succeeds(&mut self, act: &Act, answer: &Answer) {
        self.shows(answer);
        match act {
            Act::Verify(typed) => {
                if *typed == Typed::Wrong {
                    self.surprise("is verified, and mistyped");
                }
                let name = self.person.name();
                self.is_called(answer, "memberName", &name);
                if self.told.has_account {
                    self.surprise("is verified, and has an account");
                }
                self.goes_to(Page::Choose);
            }
            Act::Create { user_id, .. } => {
                self.is_own(answer, *user_id);
                self.goes_to(Page::Ask);
            }
            Act::Send | Act::SendCorrected => {
                if *act == Act::SendCorrected {
                    self.mistakes.address = false;
                }
                self.goes_to(Page::Code);
            }
            Act::Confirm { typed, .. } => {
                if *typed == Typed::Wrong {
                    self.surprise("has a wrong code confirmed");
                }
                self.told.has_account = true;
                self.closed = 0;
                self.goes_to(Page::Login);
            }
            Act::Login {
                user_id,
                password,
                typed,
            } => {
                if *typed == Typed::Wrong {
                    self.surprise("is signed in with a wrong password");
                }
                self.told.has_account = true;
                self.told.user_id = Some(*user_id);
                self.told.passwords = vec![*password];
                self.closed = 0;
                self.in_use = Some(self.now);
                let to_terms = answer.json["next"] == "terms";
                if to_terms && self.told.has_accepted {
                    self.surprise("is to accept the terms a second time");
                }
                self.goes_to(if to_terms { Page::Terms } else { Page::Top });
            }
            Act::Accept => {
                self.told.has_accepted = true;
                self.goes_to(Page::Top);
            }
            Act::Session => self.sees_the_top_page(answer),
            Act::ChangePassword { to, .. } => {
                self.told.passwords = vec![*to];
                self.in_use = Some(self.now);
                self.wishes.pop();
            }
            Act::RequestReset { .. } => self.goes_to(Page::NewPassword),
            Act::Reset { to, .. } => {
                self.told.passwords = vec![*to];
                self.closed = 0;
                self.goes_to(Page::Login);
            }
            Act::Remind | Act::EndOthers => {
                self.wishes.pop();
            }
            Act::Logout => {
                self.wishes.pop();
                self.goes_to(Page::Login);
            }
        }
    }

    fn sees_the_top_page(&mut self, answer: &Answer) {
        self.in_use = self.in_use.map(|_| self.now);
        let (name, user_id) = (self.person.name(), self.told.user_id.unwrap_or_default());
        self.is_called(answer, "memberName", &name);
        self.is_own(answer, user_id);
        let accepted = answer.json["terms"]["accepted"] == true;
        if !accepted && self.told.has_accepted {
            self.surprise("has accepted the terms, and is told not to have");
        }
        if !accepted {
            return self.goes_to(Page::Terms);
        }
        self.told.has_accepted = true;
        match self.wishes.last() {
            None => {
                self.told.is_done = true;
                self.goes_to(Page::Done);
            }
            Some(Wish::Elsewhere) => {
                self.wishes.pop();
                self.browser = Browser::new(&self.url, self.now, self.person.client());
                self.in_use = None;
                self.goes_to(Page::Login);
            }
            Some(Wish::Forget) => {
                self.wishes.pop();
                self.goes_to(Page::Forgotten);
            }
            // Which password it is now is known after the next login.
            Some(_) => self.goes_to(Page::Login),
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "it is a table of what each refusal leads to"
    )]
    fn is_refused(&mut self, act: &Act, answer: &Answer, course: Course) {
        let is_plain = course == Course::Plain;
        match (act, answer.status, answer.problem()) {
            (Act::Verify(Typed::Wrong), 404, "member-not-matched") => {}
            (Act::Verify(_), 409, "already-registered") if self.told.may_have_account => {
                self.goes_to(Page::Login);
            }
            (Act::Create { user_id, .. }, 409, "user-id-taken")
                if *user_id == 0 || self.told.may_have_account =>
            {
                if self.told.may_have_account {
                    self.goes_to(Page::Letter);
                } else {
                    self.told.asked.retain(|asked| asked != user_id);
                    self.choice += 1;
                }
            }
            (
                Act::Create { .. } | Act::Send | Act::SendCorrected | Act::Confirm { .. },
                401,
                "registration-missing",
            ) => {
                self.goes_to(Page::Letter);
            }
            (
                Act::Create { .. } | Act::Send | Act::SendCorrected | Act::Confirm { .. },
                409,
                "already-registered",
            ) if self.told.may_have_account => {
                self.told.has_account |= matches!(act, Act::Confirm { .. });
                self.closed = 0;
                self.goes_to(Page::Login);
            }
            // Mail came back from the address as it was typed.
            (
                Act::Create {
                    address: Typed::Wrong,
                    ..
                },
                422,
                "invalid-request",
            ) => {
                self.mistakes.address = false;
            }
            (Act::Send, 422, "invalid-request") if self.mistakes.address => {
                self.awaited = Some(Awaited {
                    since: self.now,
                    generation: 0,
                    comes_back: true,
                });
            }
            (
                Act::Confirm {
                    typed: Typed::Wrong,
                    ..
                },
                422,
                "code-mismatch",
            ) => {}
            (Act::Confirm { .. }, 410, "code-expired") => self.goes_to(Page::Ask),
            (Act::Confirm { .. }, 409 | 422, _) if !is_plain => self.goes_to(Page::Ask),
            (
                Act::Login {
                    typed: Typed::Wrong,
                    ..
                },
                401,
                "invalid-credentials",
            ) => {}
            (Act::Login { .. }, 401, "invalid-credentials") if !is_plain => {}
            (Act::Login { .. }, 401, "invalid-credentials") => {
                self.closed += 1;
                if self.closed >= self.pairs().len() {
                    self.closed = 0;
                    if self.told.has_account {
                        self.surprise("has an account, and nothing opens it");
                    }
                    self.goes_to(Page::Letter);
                }
            }
            (Act::Login { .. }, 409, "registration-waiting") if !self.told.has_account => {
                self.goes_to(Page::Ask);
            }
            (_, 401, "not-signed-in") => {
                let lives = |used: OffsetDateTime| self.now - used < IDLE;
                if self.in_use.take().is_some_and(lives) && is_plain {
                    self.surprise(format!("is signed out, at {}", act.step()));
                }
                self.goes_to(Page::Login);
            }
            (Act::ChangePassword { .. }, 422, "password-mismatch") if !is_plain => {
                self.goes_to(Page::Login);
            }
            (Act::EndOthers, 403, "terms-not-accepted") if !self.told.has_accepted => {
                self.goes_to(Page::Terms);
            }
            // Used up, or overtaken by another one.
            (Act::Reset { .. }, 401 | 410, _) => self.goes_to(Page::Login),
            (Act::Reset { .. }, 422, "code-mismatch") if !is_plain => self.goes_to(Page::Login),
            (_, status, problem) => {
                let problem = problem.to_owned();
                self.surprise(format!(
                    "{act:?} ({course:?}) comes to {status} {problem} on {:?}: {}",
                    self.page, answer.body
                ));
                self.goes_to(if self.told.may_have_account {
                    Page::Login
                } else {
                    Page::Letter
                });
            }
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
