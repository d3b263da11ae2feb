//! The way of one member, step by step over HTTP, as far as a test needs it.

use crate::{Answer, Browser, Member, TestStack};

/// A member on the way. Each method takes the steps up to its own that have not been taken yet.
#[derive(Debug)]
pub struct Journey<'a> {
    stack: &'a TestStack,
    /// The member.
    pub member: Member,
    /// The member's browser.
    pub browser: Browser,
    taken: Vec<&'static str>,
    /// The answers, the last one last.
    pub answers: Vec<Answer>,
}

impl<'a> Journey<'a> {
    pub(crate) fn new(stack: &'a TestStack, member: Member) -> Self {
        Self {
            stack,
            member,
            browser: stack.browser(),
            taken: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// The code that was mailed last.
    #[must_use]
    pub fn code(&self) -> String {
        self.stack.newest_code_to(self.member.email)
    }

    fn take(&mut self, step: &'static str) -> bool {
        let first = !self.taken.contains(&step);
        if first {
            self.taken.push(step);
        }
        first
    }

    fn keep(&mut self, answer: Answer, status: u16) {
        answer.succeeds_with(status);
        self.answers.push(answer);
    }

    /// The member is verified.
    pub async fn verified(mut self) -> Journey<'a> {
        if self.take("verify-member") {
            let answer = self.browser.verify(&self.member.identity()).await;
            self.keep(answer, 200);
        }
        self
    }

    /// User ID, password and address are chosen.
    pub async fn user_created(self) -> Journey<'a> {
        let mut journey = self.verified().await;
        if journey.take("create-user") {
            let choice = journey.member.choice();
            let answer = journey.browser.create_user(&choice).await;
            journey.keep(answer, 201);
        }
        journey
    }

    /// A code is on its way.
    pub async fn code_sent(self) -> Journey<'a> {
        let mut journey = self.user_created().await;
        if journey.take("send-code") {
            let answer = journey.browser.send_code().await;
            journey.keep(answer, 202);
        }
        journey
    }

    /// The account exists.
    pub async fn confirmed(self) -> Journey<'a> {
        let mut journey = self.code_sent().await;
        if journey.take("confirm-code") {
            let code = journey.code();
            let answer = journey.browser.confirm(&code).await;
            journey.keep(answer, 200);
        }
        journey
    }

    /// The member is signed in.
    pub async fn signed_in(self) -> Journey<'a> {
        let mut journey = self.confirmed().await;
        if journey.take("login") {
            let member = journey.member;
            let answer = journey.browser.login_as(&member).await;
            journey.keep(answer, 200);
        }
        journey
    }

    /// The terms are accepted: the member is at the top page.
    pub async fn terms_accepted(self) -> Journey<'a> {
        let mut journey = self.signed_in().await;
        if journey.take("accept-terms") {
            let answer = journey.browser.accept_terms("2023-09-01").await;
            journey.keep(answer, 200);
        }
        journey
    }

    /// The last answer.
    #[must_use]
    #[track_caller]
    pub fn answer(&self) -> &Answer {
        self.answers.last().expect("a step taken")
    }
}
