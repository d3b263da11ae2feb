//! The steps by name, each ready to be taken: for the tests that take every one of them.

use serde_json::{Value, json};
use tests::{Answer, Browser, Member, Progress, TestStack};

/// A step of the API. (What is nobody's, `get-insurer`, is in `insurers.rs`.)
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
    ChangePassword,
    BeginEmailChange,
    ConfirmEmailChange,
    ListSessions,
    EndSessions,
}

/// Every step. One that is missing here is missing in `path`, too, which does not compile then.
pub(crate) const ALL: [Step; 17] = [
    Step::VerifyMember,
    Step::CreateUser,
    Step::SendCode,
    Step::ConfirmCode,
    Step::GetRegistration,
    Step::Login,
    Step::AcceptTerms,
    Step::GetSession,
    Step::Logout,
    Step::RequestPasswordReset,
    Step::ResetPassword,
    Step::RemindUserId,
    Step::ChangePassword,
    Step::BeginEmailChange,
    Step::ConfirmEmailChange,
    Step::ListSessions,
    Step::EndSessions,
];

/// The steps that take a body.
pub(crate) const POSTS: [Step; 12] = [
    Step::VerifyMember,
    Step::CreateUser,
    Step::SendCode,
    Step::ConfirmCode,
    Step::Login,
    Step::AcceptTerms,
    Step::RequestPasswordReset,
    Step::ResetPassword,
    Step::RemindUserId,
    Step::ChangePassword,
    Step::BeginEmailChange,
    Step::EndSessions,
];

/// The steps that stand behind the terms of use.
pub(crate) const BEHIND_TERMS: [Step; 5] = [
    Step::ChangePassword,
    Step::BeginEmailChange,
    Step::ConfirmEmailChange,
    Step::ListSessions,
    Step::EndSessions,
];

/// The password that a member changes to.
pub(crate) const NEW_PASSWORD: &str = "sakura-8080";
/// The address that a member changes to.
pub(crate) const NEW_EMAIL: &str = "new-address@example.com";

/// A flow that a step belongs to: whose cookie it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Registration,
    Session,
    Reset,
}

impl Step {
    /// The flow that the step belongs to; none where it begins one.
    pub(crate) fn flow(self) -> Option<Flow> {
        match self {
            Self::VerifyMember | Self::Login | Self::RequestPasswordReset | Self::RemindUserId => {
                None
            }
            Self::CreateUser | Self::SendCode | Self::ConfirmCode | Self::GetRegistration => {
                Some(Flow::Registration)
            }
            Self::ResetPassword => Some(Flow::Reset),
            Self::AcceptTerms
            | Self::GetSession
            | Self::Logout
            | Self::ChangePassword
            | Self::BeginEmailChange
            | Self::ConfirmEmailChange
            | Self::ListSessions
            | Self::EndSessions => Some(Flow::Session),
        }
    }

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
            Self::ChangePassword => "/api/account/password",
            Self::BeginEmailChange | Self::ConfirmEmailChange => "/api/account/email",
            Self::ListSessions => "/api/account/sessions",
            Self::EndSessions => "/api/account/sessions/end",
        }
    }

    /// The status of a success.
    pub(crate) fn success(self) -> u16 {
        match self {
            Self::CreateUser => 201,
            Self::SendCode
            | Self::RequestPasswordReset
            | Self::RemindUserId
            | Self::BeginEmailChange => 202,
            Self::Logout
            | Self::ResetPassword
            | Self::ChangePassword
            | Self::ConfirmEmailChange
            | Self::EndSessions => 204,
            _ => 200,
        }
    }

    /// A body that succeeds.
    pub(crate) fn body(self, member: &Member) -> Value {
        match self {
            Self::VerifyMember | Self::RemindUserId => member.identity(),
            Self::CreateUser => member.choice(),
            Self::SendCode => json!({"email": member.email}),
            Self::ConfirmCode | Self::ConfirmEmailChange => json!({"code": "061189"}),
            Self::Login => member.credentials(),
            Self::AcceptTerms => json!({"version": "2023-09-01"}),
            Self::RequestPasswordReset => json!({"userId": member.user_id, "email": member.email}),
            Self::ResetPassword => json!({"code": "061189", "password": NEW_PASSWORD}),
            Self::ChangePassword => {
                json!({"currentPassword": member.password, "password": NEW_PASSWORD})
            }
            Self::BeginEmailChange => {
                json!({"currentPassword": member.password, "email": NEW_EMAIL})
            }
            Self::EndSessions => json!({"session": "others"}),
            Self::GetRegistration | Self::GetSession | Self::Logout | Self::ListSessions => {
                Value::Null
            }
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
            Self::ChangePassword
            | Self::BeginEmailChange
            | Self::ListSessions
            | Self::EndSessions => stack.has_browsers_signed_in(member, 3).remove(0),
            Self::ConfirmEmailChange => {
                let change = json!({"emailChange": {
                    "email": NEW_EMAIL,
                    "code": "061189",
                    "sentAt": "2026-04-01T01:00:00Z",
                }});
                let mut browsers = stack.has_browsers_signed_in_with(member, 3, &change);
                browsers.remove(0)
            }
        }
    }

    /// Takes the step.
    pub(crate) async fn take(self, browser: &mut Browser, member: &Member) -> Answer {
        match self {
            Self::GetRegistration => browser.registration().await,
            Self::GetSession => browser.session().await,
            Self::Logout => browser.logout().await,
            Self::ListSessions => browser.sessions().await,
            _ => {
                let body = self.body(member).to_string();
                browser.post(self.path()).body(body).send().await
            }
        }
    }
}
