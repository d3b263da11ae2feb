//! Mail through SES: one template folder per mail.
//!
//! A mail knows what it tells; its words are in `templates/<mail>/`, compiled in. All mails are plain UTF-8
//! text, marked as sent by a machine, and come from the insurer's own sender address. A [`CodeMail`] goes by
//! [`CodeMailer`], a [`Notice`] by [`Mailer`]: the types do not let one go the other's way. What does not live here: when a mail is sent, how often, and what a failure means.

mod code;
mod mailer;
mod notice;
mod suppression;
mod tally;
mod words;

pub use code::CodeMail;
pub use mailer::{CodeMailer, Error, Mailer};
pub use notice::{LoginFacts, Notice};
pub use suppression::{Suppressed, SuppressionError, SuppressionList};
pub use tally::{Mails, Tally};

use time::{OffsetDateTime, UtcOffset, macros::offset};

/// Members read the time of Japan.
const JAPAN: UtcOffset = offset!(+9);

/// What a mail says.
pub trait Mail {
    /// The subject, one line.
    fn subject(&self) -> String;
    /// The text.
    fn text(&self) -> String;
    /// The same for a member who reads English: the Japanese text first, which is the authority, and English below it.
    #[must_use]
    fn in_english_too(self) -> Self
    where
        Self: Sized;
}

/// Whom a member can call, as a mail names them.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The insurer's name.
    pub insurer: &'a str,
    /// The telephone number.
    pub telephone: &'a str,
    /// When it is answered.
    pub hours: &'a str,
    /// What of it is translated.
    pub english: Option<EnglishDesk<'a>>,
}

/// What of a [`Desk`] is translated, as an English text names it.
#[derive(Clone, Copy, Debug)]
pub struct EnglishDesk<'a> {
    /// The insurer's name.
    pub insurer: &'a str,
    /// When the telephone is answered.
    pub hours: &'a str,
}

impl Desk<'_> {
    /// As an English text names it; in Japanese, where nothing is translated.
    fn in_english(self) -> Self {
        match self.english {
            Some(EnglishDesk { insurer, hours }) => Self {
                insurer,
                hours,
                ..self
            },
            None => self,
        }
    }

    fn write_into(self, text: &str) -> String {
        text.replace("{insurer}", self.insurer)
            .replace("{telephone}", self.telephone)
            .replace("{hours}", self.hours)
    }

    #[cfg(test)]
    const SAMPLE: Desk<'static> = Desk {
        insurer: "見本健康保険組合",
        telephone: "03-0000-0000",
        hours: "平日9時から17時",
        english: Some(EnglishDesk {
            insurer: "Sample Health Insurance Society",
            hours: "weekdays 9:00 to 17:00",
        }),
    };
}

/// Such as `2026年4月1日 10時05分`.
fn in_japan(at: OffsetDateTime) -> String {
    let at = at.to_offset(JAPAN);
    format!(
        "{}年{}月{}日 {:02}時{:02}分",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute()
    )
}

/// Such as `1 April 2026, 10:05`.
fn in_japan_in_english(at: OffsetDateTime) -> String {
    let at = at.to_offset(JAPAN);
    format!(
        "{} {} {}, {:02}:{:02}",
        at.day(),
        at.month(),
        at.year(),
        at.hour(),
        at.minute()
    )
}
