//! The steps by name, each ready to be taken: for the tests that take every one of them.

use serde_json::{Value, json};
use tests::{Answer, Browser, Member, Progress, TestStack};

/// A step of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    VerifyMember,
    CreateUser,
    SendCode,
    ConfirmCode,
    GetRegistration,
    Login,
    AcceptTerms,
    GetSession,
    Logout,
    RequestPasswordReset,
    ResetPassword,
    RemindUserId,
}

/// The steps that take a body.
pub(crate) const POSTS: [Step; 9] = [
    Step::VerifyMember,
    Step::CreateUser,
    Step::SendCode,
    Step::ConfirmCode,
    Step::Login,
    Step::AcceptTerms,
    Step::RequestPasswordReset,
    Step::ResetPassword,
    Step::RemindUserId,
];

impl Step {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::VerifyMember => "/api/members/verify",
            Self::CreateUser => "/api/users",
            Self::SendCode => "/api/codes",
            Self::ConfirmCode => "/api/codes/confirm",
            Self::GetRegistration => "/api/registration",
            Self::Login => "/api/sessions",
            Self::AcceptTerms => "/api/terms/acceptance",
            Self::GetSession | Self::Logout => "/api/session",
            Self::RequestPasswordReset => "/api/password-resets",
            Self::ResetPassword => "/api/password-resets/confirm",
            Self::RemindUserId => "/api/user-id-reminders",
        }
    }

    /// The status of a success.
    pub(crate) fn success(self) -> u16 {
        match self {
            Self::CreateUser => 201,
            Self::SendCode | Self::RequestPasswordReset | Self::RemindUserId => 202,
            Self::Logout | Self::ResetPassword => 204,
            _ => 200,
        }
    }

    /// A body that succeeds.
    pub(crate) fn body(self, member: &Member) -> Value {
        match self {
            Self::VerifyMember | Self::RemindUserId => member.identity(),
            Self::CreateUser => member.choice(),
            Self::SendCode => json!({"email": member.email}),
            Self::ConfirmCode => json!({"code": "061189"}),
            Self::Login => member.credentials(),
            Self::AcceptTerms => json!({"version": "2023-09-01"}),
            Self::RequestPasswordReset => json!({"userId": member.user_id, "email": member.email}),
            Self::ResetPassword => json!({"code": "061189", "password": "sakura-8080"}),
            Self::GetRegistration | Self::GetSession | Self::Logout => Value::Null,
        }
    }

    /// Brings a member to where this step is next.
    pub(crate) fn ready(self, stack: &TestStack, member: Member) -> Browser {
        match self {
            Self::VerifyMember => stack.browser(),
            Self::CreateUser => stack.has_registration(member, Progress::Verified),
            Self::SendCode => stack.has_registration(member, Progress::UserCreated),
            Self::ConfirmCode | Self::GetRegistration => {
                stack.has_registration(member, Progress::CodeSent("061189"))
            }
            Self::Login | Self::RequestPasswordReset | Self::RemindUserId => {
                stack.has_account(member);
                stack.browser()
            }
            Self::ResetPassword => {
                stack.has_account(member);
                stack.has_reset(member, "061189")
            }
            Self::AcceptTerms => {
                stack.has_account_with(member, None);
                stack.has_session(member, None)
            }
            Self::GetSession | Self::Logout => {
                stack.has_account(member);
                stack.has_session(member, Some("2023-09-01"))
            }
        }
    }

    /// Takes the step.
    pub(crate) async fn take(self, browser: &mut Browser, member: &Member) -> Answer {
        match self {
            Self::GetRegistration => browser.registration().await,
            Self::GetSession => browser.session().await,
            Self::Logout => browser.logout().await,
            _ => {
                let body = self.body(member).to_string();
                browser.post(self.path()).body(body).send().await
            }
        }
    }
}
