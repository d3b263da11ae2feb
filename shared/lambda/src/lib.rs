//! What every function needs at its edge.
//!
//! One request comes in as an HTTP API event and leaves as an [`Answer`] or a [`Problem`]. Between the
//! two, [`serve`] does what all functions share: it reads the configuration once, refuses what is not
//! a well-formed request of this site, turns the body into the step's own type, calls the step, turns
//! what came of it into HTTP, and writes one log line. What a step decides is not here. [`listen`] does
//! the same for a function that nobody waits for: an event of `EventBridge` comes in, and nothing leaves.

mod answer;
mod aws;
mod call;
mod config;
mod cookies;
mod delivery;
mod desk;
mod entropy;
mod form;
mod gateway;
mod hasher;
mod language;
mod letter;
mod listen;
mod mail_admission;
mod messages;
mod new_address;
mod notes;
mod notices;
mod pace;
mod part;
mod password_check;
mod personal;
mod problem;
mod roster;
mod serve;
mod site;
mod telemetry;
#[cfg(test)]
mod tongue;
mod words;

pub use answer::Answer;
pub use aws::Aws;
pub use call::{Call, Held, rfc_3339};
pub use config::{ConfigError, Env};
pub use cookies::{Flow, SetCookie};
pub use delivery::DeliveryView;
pub use desk::{ContactView, desk_of};
pub use entropy::OsEntropy;
pub use form::{FieldError, Form, FromForm};
pub use hasher::{Hasher, HashingFailed};
pub use lambda_http::Error;
pub use letter::{LETTER_KEY, LetterShown};
pub use listen::{Heard, Listener, Notice, listen};
pub use mail_admission::{Attempt, MailAdmission};
pub use messages::Explain;
pub use new_address::{new_address, optional_address};
pub use notes::Notes;
pub use notices::Notices;
pub use pace::Pace;
pub use part::{Means, Part};
pub use password_check::{Confirmed, PasswordCheck};
pub use personal::{refuse_personal, refuse_personal_of};
pub use problem::{Malformed, Problem, TooMany};
pub use roster::{INSURER_CODE, Identity, Matched, Roster};
pub use serve::{Step, serve};

use language::Language;
