//! What a member makes of an answer: the page that it leads to, what it tells, and what no answer may say.

use std::time::Duration;

use tests::{Answer, Browser};
use time::OffsetDateTime;

use super::{Awaited, Course, Member, Page, Wish};
use crate::act::{Act, Typed};

/// A member who is refused so often in a row gives up.
const PATIENCE: u32 = 40;
/// How long a session goes on without use, and a bit less.
const IDLE: Duration = Duration::from_mins(29);

impl Member {
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
                match act {
                    Act::Confirm { .. } => self.page = Page::Ask,
                    Act::ConfirmEmail { .. } => self.page = Page::Top,
                    _ => {}
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
                    Act::ChangeEmail { .. } => self.page = Page::Top,
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
            Act::ChangeEmail { .. } => self.goes_to(Page::NewAddress),
            Act::ConfirmEmail { to, .. } => {
                self.told.addresses = vec![*to];
                self.in_use = Some(self.now);
                self.wishes.pop();
                self.goes_to(Page::Top);
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
            (Act::Verify(Typed::Wrong), 404, "member-not-matched")
            | (
                Act::Confirm {
                    typed: Typed::Wrong,
                    ..
                },
                422,
                "code-mismatch",
            )
            | (
                Act::Login {
                    typed: Typed::Wrong,
                    ..
                },
                401,
                "invalid-credentials",
            ) => {}
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
                    address: 0,
                    generation: 0,
                    comes_back: true,
                });
            }
            (Act::Confirm { .. }, 410, "code-expired") => self.goes_to(Page::Ask),
            (Act::Confirm { .. }, 409 | 422, _) if !is_plain => self.goes_to(Page::Ask),
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
            (Act::ChangePassword { .. } | Act::ChangeEmail { .. }, 422, "password-mismatch")
                if !is_plain =>
            {
                self.goes_to(Page::Login);
            }
            // Used up, or overtaken by another one; or the session has gone on without it.
            (Act::ConfirmEmail { .. }, 409 | 410, _) => self.goes_to(Page::Top),
            (Act::ConfirmEmail { .. }, 422, "code-mismatch") if !is_plain => {
                self.goes_to(Page::Top);
            }
            (Act::EndOthers | Act::ChangeEmail { .. }, 403, "terms-not-accepted")
                if !self.told.has_accepted =>
            {
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
