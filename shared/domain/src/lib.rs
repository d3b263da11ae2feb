//! The rules of member onboarding, and nothing else.
//!
//! A newly insured member goes from a paper letter to an account: verified against the
//! insurer's roster, given a user ID and a password, an e-mail address proven by a code,
//! logged in, terms accepted. This crate holds what decides on that way: what counts as the
//! same name or number, which password is refused and why, when a code has run out, how long
//! a login stays locked. Each concept has its own module; its types are all at the top.
//!
//! What does not live here: AWS, HTTP, JSON, an async runtime, a clock, a source of randomness.
//! The time is a parameter (`now`, `today`), randomness is [`Entropy`]. So every rule is a pure
//! function that a test can drive to its last second.
//!
//! # How the types are made
//! - **Parse, don't validate.** A value of a type is a proof: there is no [`UserId`] with a
//!   space in it. Fields are private where an invariant stands behind them.
//! - **Errors are for developers, codes are for everybody else.** Each error is an enum with an
//!   English message and a stable `code()` in `snake_case`. The words that a member reads are
//!   made elsewhere by an exhaustive match. No error carries more of the input than the one
//!   character that was refused.
//! - **Secrets and personal data do not print.** Their `Debug` is the name of the type and
//!   `(..)`; they have no `Display` and are not serialisable. Code that needs the content calls
//!   an accessor, and a reviewer sees it.

/// `Debug` that shows the type but none of its content: for secrets and personal data
/// (OWASP ASVS 5.0, 16.2.5).
macro_rules! opaque_debug {
    ($($type:ident),+ $(,)?) => {$(
        impl ::core::fmt::Debug for $type {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(concat!(stringify!($type), "(..)"))
            }
        }
    )+};
}

mod account;
mod address_mark;
mod audit;
mod birth_date;
mod characters;
mod client;
mod code;
mod day;
mod delivery;
mod device;
mod email;
mod entropy;
mod fingerprint;
mod flow;
mod hex;
mod identifier;
mod kana;
mod letter_key;
mod password;
mod place;
mod registration;
mod reset;
mod session;
mod survey;
mod terms;
mod throttle;
mod token;
mod user_id;

pub use account::{AccountId, AccountIdError, Next};
pub use address_mark::{
    AddressMark, BOUNCE_COUNTS, BOUNCE_PAUSE, MARK_KEPT, SUPPRESSION_PAUSE, Undeliverable,
};
pub use audit::{AUDIT_KEPT, Subject, SubjectError};
pub use birth_date::{BirthDate, BirthDateError, EraYears};
pub use client::{Client, Reach};
pub use code::{CODE_TRIES, CODE_VALID, Code, CodeError, SealedCode, SealedCodeError};
pub use delivery::{DELIVERY_KEPT, Delivery, DeliveryState, MailId, MailIdError};
pub use device::{DEVICE_VALID, DEVICES_PER_ACCOUNT, DeviceName, DeviceNameError, KnownDevice};
pub use email::{EmailAddress, EmailError};
pub use entropy::{Entropy, Guessable};
pub use fingerprint::fingerprint;
pub use flow::{FlowSubject, FlowSubjectError, PageSubject};
pub use identifier::{
    Hyphens, IdentifierError, InsurerCode, KeyRule, LeadingZeros, MemberId, MemberKey, Number,
    Symbol, UnknownInsurer,
};
pub use kana::{KanaError, KanaName, LongMark};
pub use letter_key::{
    LetterKey, LetterKeyError, LetterKeyHash, LetterKeyHashError, LetterKeyRule, LetterKeyRuleError,
};
pub use password::{
    ARGON2, Argon2Cost, HashError, HashMemory, ImpossiblePassword, KnownPasswords, NewPassword,
    PasswordAttempt, PasswordContext, PasswordError, PasswordHash, Verdict, hash, rehash,
};
pub use place::{Place, PlaceError};
pub use registration::{CodeVerdict, IssuedCode, REGISTRATION_GOES_ON, REGISTRATION_VALID};
pub use reset::{RECOVERY_VALID, RESET_VALID};
pub use session::{
    BegunSession, SESSION_VALID, SESSIONS_PER_ACCOUNT, SessionId, SessionIdError, Superseded,
};
pub use survey::{
    SURVEY_DAYS, Survey, SurveyAddress, SurveyAddressError, SurveyDeadline, SurveyDeadlineError,
    SurveyOpening, SurveyOpeningError,
};
pub use terms::{TermsVersion, TermsVersionError};
pub use throttle::*;
pub use token::{Token, TokenError, TokenHash};
pub use user_id::{UserId, UserIdError};
