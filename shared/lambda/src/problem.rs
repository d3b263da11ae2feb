//! What a step says when it cannot do what was asked: RFC 9457 problems, in words a member can act on.
//!
//! Every refusal of the API is a variant here, and one exhaustive `match` gives it its name and status,
//! another (in `words`) what the member reads. What went wrong behind us is logged and never told.

use std::time::Duration;

use domain::{Admission, CodeVerdict, LetterKeyRule, TryRefusal};
use lambda_http::http::StatusCode;
use serde::Serialize;
use store::{NoFlow, VerifiedMember};

use crate::{Explain, FieldError, HashingFailed, Language, words};

/// Why a request was not done.
#[derive(Debug)]
pub enum Problem {
    /// The request is not what the API takes.
    InvalidRequest(Malformed),
    /// No member is as described. Which field is wrong is not said, the letter's key among them where it is asked
    /// for.
    MemberNotMatched(LetterKeyRule),
    /// The member has an account.
    AlreadyRegistered,
    /// The browser is not, or no longer, on the way to an account.
    RegistrationMissing,
    /// The browser is not, or no longer, on the way to a new password.
    ResetMissing,
    /// Somebody has this user ID.
    UserIdTaken,
    /// A code is asked for before there is a user to confirm.
    UserNotCreated,
    /// A code is confirmed before one was sent.
    CodeNotSent,
    /// The code is wrong.
    CodeMismatch {
        /// How many tries are left for this code.
        attempts_left: u32,
    },
    /// The code is older than 10 minutes.
    CodeExpired,
    /// Too much of something in too short a time.
    TooManyAttempts {
        /// Of what.
        of: TooMany,
        /// When to try again.
        retry_after: Duration,
    },
    /// The flow that the browser is in belongs to somebody else than the page shows.
    OtherMember,
    /// The user ID is one that waits in this browser for its code.
    RegistrationWaiting,
    /// The user ID or the password is wrong. Which is not said.
    InvalidCredentials,
    /// The password was right, but its member has left the roster or the account is disabled.
    AccountUnavailable,
    /// The signed-in member did not give the account's password.
    PasswordMismatch,
    /// The browser is not, or no longer, signed in.
    NotSignedIn,
    /// The terms of use come first.
    TermsNotAccepted,
    /// The mail could not be handed over.
    MailNotSent(String),
    /// The request was made by another site.
    CrossSite,
    /// The request did not come through the distribution.
    DirectCall,
    /// Something behind us failed. The cause is for the log.
    TryAgain(String),
}

/// How a request is not what the API takes.
#[derive(Debug)]
pub enum Malformed {
    /// The body is not JSON.
    NotJson,
    /// The body is JSON but no object, or an object with a name given twice.
    NotAnObject,
    /// The body is too large.
    TooLarge,
    /// The body is of another media type.
    MediaType,
    /// These fields cannot be used.
    Fields(Vec<FieldError>),
}

/// What there was too much of.
#[derive(Clone, Copy, Debug)]
pub enum TooMany {
    /// Failed verifications of one member from one client.
    Verifications(LetterKeyRule),
    /// Members whom one client failed to be verified as.
    VerificationsOfClient(LetterKeyRule),
    /// Failed verifications of one member, by whomever: the letter's key or the desk opens it.
    VerificationsClosed(LetterKeyRule),
    /// Failed verifications of one member with the right key of the letter.
    VerificationsByLetter,
    /// Tries at a user ID and password for a new account.
    Creations,
    /// User IDs that one member was told of, in whatever registration.
    UserIdsOfMember,
    /// Code mails.
    CodeMails,
    /// Codes that one member had mailed, wherever to.
    CodesOfMember,
    /// Password resets of one user ID and address, by whomever.
    ResetsClosed,
    /// Wrong codes: the code is dead, a new one helps.
    WrongCodes,
    /// Failed logins.
    Logins,
    /// Wrong current passwords of who is signed in.
    PasswordChecks,
    /// Failed logins, so many that only a new password opens the account.
    LoginsClosed,
    /// Tries at the same time, none of which is judged yet.
    AtOnce,
}

impl TooMany {
    /// For the log: alarms count by it (docs/adr/0039).
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Verifications(_) => "verifications",
            Self::VerificationsOfClient(_) => "verifications-of-client",
            Self::VerificationsClosed(_) => "verifications-closed",
            Self::VerificationsByLetter => "verifications-by-letter",
            Self::Creations => "creations",
            Self::UserIdsOfMember => "user-ids-of-member",
            Self::CodeMails => "code-mails",
            Self::CodesOfMember => "codes-of-member",
            Self::ResetsClosed => "resets-closed",
            Self::WrongCodes => "wrong-codes",
            Self::Logins => "logins",
            Self::PasswordChecks => "password-checks",
            Self::LoginsClosed => "logins-closed",
            Self::AtOnce => "at-once",
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldBody<'a>>,
    #[serde(rename = "attemptsLeft", skip_serializing_if = "Option::is_none")]
    attempts_left: Option<u32>,
}

#[derive(Serialize)]
struct FieldBody<'a> {
    field: &'a str,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<String>,
}

impl Problem {
    /// One field that cannot be used.
    pub fn field(field: &'static str, reason: impl Explain) -> Self {
        Self::InvalidRequest(Malformed::Fields(vec![FieldError::new(field, reason)]))
    }

    /// Refuses what a throttle does not admit.
    ///
    /// # Errors
    /// [`Problem::TooManyAttempts`] of `of`.
    pub fn require_admitted(admission: Admission, of: TooMany) -> Result<(), Self> {
        match admission {
            Admission::Admitted => Ok(()),
            Admission::Refused { retry_after } => Err(Self::TooManyAttempts { of, retry_after }),
        }
    }

    /// Refuses a try that a throttle does not admit.
    #[must_use]
    pub fn of_refused_try(refusal: TryRefusal, of: TooMany) -> Self {
        match refusal {
            TryRefusal::Spent { retry_after } => Self::TooManyAttempts { of, retry_after },
            TryRefusal::Crowded { retry_after } => Self::crowded(retry_after),
        }
    }

    /// Refuses a try beside which others are under way.
    #[must_use]
    pub fn crowded(retry_after: Duration) -> Self {
        Self::TooManyAttempts {
            of: TooMany::AtOnce,
            retry_after,
        }
    }

    /// Refuses a request that belongs to no live flow; `ended` is what is told when the flow has ended.
    #[must_use]
    pub fn of_no_flow(no_flow: NoFlow, ended: Self) -> Self {
        match no_flow {
            NoFlow::Ended => ended,
            NoFlow::OtherMember => Self::OtherMember,
            NoFlow::Completed => Self::AlreadyRegistered,
        }
    }

    /// Gives the registration that stood against a write, if the request still belongs to it.
    ///
    /// # Errors
    /// As [`of_no_flow`](Self::of_no_flow), of a registration.
    pub fn of_registration(found: Result<VerifiedMember, NoFlow>) -> Result<VerifiedMember, Self> {
        found.map_err(|no| Self::of_no_flow(no, Self::RegistrationMissing))
    }

    /// Of 256 random bits, this does not happen.
    #[must_use]
    pub fn drawn_twice() -> Self {
        Self::TryAgain("a token was drawn twice".to_owned())
    }

    /// Refuses what is not the right code; `resend_in` is the wait until another one may be asked for.
    ///
    /// # Errors
    /// [`Problem::CodeMismatch`], [`Problem::CodeExpired`], [`Problem::CodeNotSent`], or
    /// [`Problem::TooManyAttempts`] when the code is dead.
    pub fn require_accepted(verdict: CodeVerdict, resend_in: Duration) -> Result<(), Self> {
        Err(match verdict {
            CodeVerdict::Accepted => return Ok(()),
            CodeVerdict::Expired => Self::CodeExpired,
            CodeVerdict::Mismatch { attempts_left: 0 } | CodeVerdict::TooManyAttempts => {
                Self::TooManyAttempts {
                    of: TooMany::WrongCodes,
                    retry_after: resend_in.max(Duration::from_secs(1)),
                }
            }
            CodeVerdict::Mismatch { attempts_left } => Self::CodeMismatch { attempts_left },
        })
    }

    /// The last part of the problem's type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.kind().0
    }

    /// The status it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.kind().1
    }

    /// Name and status; the contract of the API.
    fn kind(&self) -> (&'static str, StatusCode) {
        match self {
            Self::InvalidRequest(Malformed::NotJson) => {
                ("invalid-request", StatusCode::BAD_REQUEST)
            }
            Self::InvalidRequest(Malformed::TooLarge) => {
                ("invalid-request", StatusCode::PAYLOAD_TOO_LARGE)
            }
            Self::InvalidRequest(Malformed::MediaType) => {
                ("invalid-request", StatusCode::UNSUPPORTED_MEDIA_TYPE)
            }
            Self::InvalidRequest(Malformed::NotAnObject | Malformed::Fields(_)) => {
                ("invalid-request", StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::MemberNotMatched(_) => ("member-not-matched", StatusCode::NOT_FOUND),
            Self::AlreadyRegistered => ("already-registered", StatusCode::CONFLICT),
            Self::RegistrationMissing => ("registration-missing", StatusCode::UNAUTHORIZED),
            Self::ResetMissing => ("reset-missing", StatusCode::UNAUTHORIZED),
            Self::UserIdTaken => ("user-id-taken", StatusCode::CONFLICT),
            Self::UserNotCreated => ("user-not-created", StatusCode::CONFLICT),
            Self::CodeNotSent => ("code-not-sent", StatusCode::CONFLICT),
            Self::CodeMismatch { .. } => ("code-mismatch", StatusCode::UNPROCESSABLE_ENTITY),
            Self::CodeExpired => ("code-expired", StatusCode::GONE),
            Self::TooManyAttempts { .. } => ("too-many-attempts", StatusCode::TOO_MANY_REQUESTS),
            Self::OtherMember => ("other-member", StatusCode::CONFLICT),
            Self::RegistrationWaiting => ("registration-waiting", StatusCode::CONFLICT),
            Self::InvalidCredentials => ("invalid-credentials", StatusCode::UNAUTHORIZED),
            Self::AccountUnavailable => ("account-unavailable", StatusCode::FORBIDDEN),
            Self::PasswordMismatch => ("password-mismatch", StatusCode::UNPROCESSABLE_ENTITY),
            Self::NotSignedIn => ("not-signed-in", StatusCode::UNAUTHORIZED),
            Self::TermsNotAccepted => ("terms-not-accepted", StatusCode::FORBIDDEN),
            Self::MailNotSent(_) => ("mail-not-sent", StatusCode::SERVICE_UNAVAILABLE),
            Self::CrossSite => ("cross-site", StatusCode::FORBIDDEN),
            Self::DirectCall => ("direct-call", StatusCode::FORBIDDEN),
            Self::TryAgain(_) => ("try-again", StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// Whether the audit trail has it: an outcome for a member or an account, whoever asked. Not what no
    /// page of ours sends, nor what came of nothing but our own failure.
    pub(crate) fn is_audited(&self) -> bool {
        match self {
            Self::InvalidRequest(_)
            | Self::CrossSite
            | Self::DirectCall
            | Self::OtherMember
            | Self::RegistrationWaiting
            | Self::MailNotSent(_)
            | Self::TryAgain(_) => false,
            Self::MemberNotMatched(_)
            | Self::AlreadyRegistered
            | Self::RegistrationMissing
            | Self::ResetMissing
            | Self::UserIdTaken
            | Self::UserNotCreated
            | Self::CodeNotSent
            | Self::CodeMismatch { .. }
            | Self::CodeExpired
            | Self::TooManyAttempts { .. }
            | Self::InvalidCredentials
            | Self::AccountUnavailable
            | Self::PasswordMismatch
            | Self::NotSignedIn
            | Self::TermsNotAccepted => true,
        }
    }

    /// Whether it says that a try was wrong, so that what was charged for it is counted before it is told.
    /// What is refused for any other reason was not judged, and costs nothing.
    pub(crate) fn is_wrong(&self) -> bool {
        match self {
            Self::MemberNotMatched(_)
            | Self::UserIdTaken
            | Self::CodeMismatch { .. }
            | Self::InvalidCredentials
            | Self::PasswordMismatch
            | Self::TooManyAttempts {
                of: TooMany::WrongCodes,
                ..
            } => true,
            Self::InvalidRequest(_)
            | Self::AlreadyRegistered
            | Self::RegistrationMissing
            | Self::ResetMissing
            | Self::UserNotCreated
            | Self::CodeNotSent
            | Self::CodeExpired
            | Self::TooManyAttempts { .. }
            | Self::OtherMember
            | Self::RegistrationWaiting
            | Self::AccountUnavailable
            | Self::NotSignedIn
            | Self::TermsNotAccepted
            | Self::MailNotSent(_)
            | Self::CrossSite
            | Self::DirectCall
            | Self::TryAgain(_) => false,
        }
    }

    /// The body, as JSON, in the reader's language.
    pub(crate) fn body(&self, language: Language) -> Vec<u8> {
        let (name, status) = self.kind();
        let (title, detail) = words::of(self, language);
        let body = Body {
            r#type: format!("/problems/{name}"),
            title,
            status: status.as_u16(),
            detail: &detail,
            errors: match self {
                Self::InvalidRequest(Malformed::Fields(errors)) => errors
                    .iter()
                    .map(|error| FieldBody {
                        field: error.field(),
                        code: error.code(),
                        message: error.message(language),
                        suggestion: error.suggestion(),
                    })
                    .collect(),
                _ => Vec::new(),
            },
            attempts_left: match self {
                Self::CodeMismatch { attempts_left } => Some(*attempts_left),
                // Waiting does not help, another code does.
                Self::TooManyAttempts {
                    of: TooMany::WrongCodes,
                    ..
                } => Some(0),
                _ => None,
            },
        };
        // Strings and numbers always serialise.
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// When to try again, in whole seconds.
    pub(crate) fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { retry_after, .. } => Some(whole_seconds(*retry_after)),
            _ => None,
        }
    }

    /// Which limit refused, for the log.
    pub(crate) fn limit(&self) -> Option<&'static str> {
        match self {
            Self::TooManyAttempts { of, .. } => Some(of.name()),
            _ => None,
        }
    }

    /// What went wrong behind us, for the log.
    pub(crate) fn cause(&self) -> Option<&str> {
        match self {
            Self::MailNotSent(cause) | Self::TryAgain(cause) => Some(cause),
            _ => None,
        }
    }
}

/// Rounded up: who waits this long is let in.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Self::TryAgain(error.to_string())
    }
}

impl From<HashingFailed> for Problem {
    fn from(error: HashingFailed) -> Self {
        Self::TryAgain(error.to_string())
    }
}

impl From<mail::Error> for Problem {
    fn from(error: mail::Error) -> Self {
        Self::MailNotSent(error.to_string())
    }
}
