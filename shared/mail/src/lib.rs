//! Mail through SES: one template folder per mail.
//!
//! A mail is a type of its own that knows what it tells; its words are in `templates/<mail>/`, compiled
//! in. All mails are plain UTF-8 text, marked as sent by a machine, and come from the insurer's own
//! sender address. What does not live here: when a mail is sent, how often, and what a failure means.

mod code;
mod mailer;

pub use code::CodeMail;
pub use mailer::{Error, Mailer};

/// What a mail says.
pub trait Mail {
    /// The subject, one line.
    fn subject(&self) -> String;
    /// The text.
    fn text(&self) -> String;
}
