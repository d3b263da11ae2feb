//! What members do: one request each.

use http::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Chance};

use crate::person::Person;

/// Whether something is typed as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    Right,
    Wrong,
}

/// What a member does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Verify(Typed),
    Create {
        user_id: usize,
        address: Typed,
    },
    Send,
    /// To the right address.
    SendCorrected,
    Confirm {
        code: String,
        typed: Typed,
    },
    Login {
        user_id: usize,
        password: usize,
        typed: Typed,
    },
    Accept,
    Session,
    ChangePassword {
        from: usize,
        to: usize,
    },
    ChangeEmail {
        password: usize,
        to: usize,
    },
    ConfirmEmail {
        code: String,
        to: usize,
    },
    RequestReset {
        user_id: usize,
        address: usize,
    },
    Reset {
        code: String,
        to: usize,
    },
    Remind,
    EndOthers,
    Logout,
}

/// The terms that are in force.
const TERMS: &str = "2023-09-01";

impl Act {
    /// The step that is asked.
    pub(crate) fn step(&self) -> &'static str {
        match self {
            Self::Verify(_) => "verify-member",
            Self::Create { .. } => "create-user",
            Self::Send | Self::SendCorrected => "send-code",
            Self::Confirm { .. } => "confirm-code",
            Self::Login { .. } => "login",
            Self::Accept => "accept-terms",
            Self::Session => "get-session",
            Self::ChangePassword { .. } => "change-password",
            Self::ChangeEmail { .. } | Self::ConfirmEmail { .. } => "change-email",
            Self::RequestReset { .. } => "request-password-reset",
            Self::Reset { .. } => "reset-password",
            Self::Remind => "remind-user-id",
            Self::EndOthers => "end-sessions",
            Self::Logout => "logout",
        }
    }

    fn request(&self, person: Person, chance: &mut Chance) -> (Method, &'static str, Value) {
        let post = |path, body| (Method::POST, path, body);
        match self {
            Self::Verify(Typed::Right) => post("/api/members/verify", person.identity()),
            Self::Verify(Typed::Wrong) => {
                post("/api/members/verify", person.mistyped_identity(chance))
            }
            Self::Create { user_id, address } => {
                let email = match address {
                    Typed::Right => person.email(0),
                    Typed::Wrong => person.mistyped_email(),
                };
                let user_id = person.user_id(*user_id);
                let body =
                    json!({"userId": user_id, "password": person.password(0), "email": email});
                post("/api/users", body)
            }
            Self::Send => post("/api/codes", json!({})),
            Self::SendCorrected => post("/api/codes", json!({"email": person.email(0)})),
            Self::Confirm { code, typed } => post(
                "/api/codes/confirm",
                json!({"code": typed_code(code, *typed)}),
            ),
            Self::Login {
                user_id,
                password,
                typed,
            } => {
                let password = match typed {
                    Typed::Right => person.password(*password),
                    Typed::Wrong => "hato-ga-9wa".to_owned(),
                };
                let user_id = person.user_id(*user_id);
                post(
                    "/api/sessions",
                    json!({"userId": user_id, "password": password}),
                )
            }
            Self::Accept => post("/api/terms/acceptance", json!({"version": TERMS})),
            Self::Session => (Method::GET, "/api/session", Value::Null),
            Self::ChangePassword { from, to } => {
                let (current, password) = (person.password(*from), person.password(*to));
                let body = json!({"currentPassword": current, "password": password});
                post("/api/account/password", body)
            }
            Self::ChangeEmail { password, to } => {
                let (current, email) = (person.password(*password), person.email(*to));
                let body = json!({"currentPassword": current, "email": email});
                post("/api/account/email", body)
            }
            Self::ConfirmEmail { code, .. } => post("/api/account/email", json!({"code": code})),
            Self::RequestReset { user_id, address } => {
                let (user_id, email) = (person.user_id(*user_id), person.email(*address));
                let body = json!({"userId": user_id, "email": email});
                post("/api/password-resets", body)
            }
            Self::Reset { code, to } => {
                let body = json!({"code": code, "password": person.password(*to)});
                post("/api/password-resets/confirm", body)
            }
            Self::Remind => post("/api/user-id-reminders", person.identity()),
            Self::EndOthers => post("/api/account/sessions/end", json!({"session": "others"})),
            Self::Logout => (Method::DELETE, "/api/session", Value::Null),
        }
    }

    /// Does it. Without an answer, the stack was gone.
    pub(crate) async fn done_in(
        &self,
        browser: &mut Browser,
        person: Person,
        chance: &mut Chance,
    ) -> Option<Answer> {
        let (method, path, body) = self.request(person, chance);
        let request = if method == Method::POST {
            browser.post(path).body(body.to_string())
        } else {
            browser
                .request(method, path)
                .header("sec-fetch-site", "same-origin")
        };
        request.try_send().await.ok()
    }
}

fn typed_code(code: &str, typed: Typed) -> String {
    let last = if code.ends_with('0') { "1" } else { "0" };
    match typed {
        Typed::Right => code.to_owned(),
        Typed::Wrong => format!("{}{last}", code.split_at(code.len().saturating_sub(1)).0),
    }
}
