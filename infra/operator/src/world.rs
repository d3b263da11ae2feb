//! What comes from outside: the clock, the system's random numbers, and how times are written.

use domain::Entropy;
use time::{
    Date, OffsetDateTime, UtcOffset,
    macros::{format_description, offset},
};

use crate::language::say;

/// Operators and members are there, and days are days there.
const JAPAN: UtcOffset = offset!(+9);

/// The time.
pub(crate) fn now() -> OffsetDateTime {
    #[expect(
        clippy::disallowed_methods,
        reason = "an operator's command has no gateway, whose time it would be"
    )]
    OffsetDateTime::now_utc()
}

/// The day in Japan.
pub(crate) fn today() -> Date {
    now().to_offset(JAPAN).date()
}

/// A time by the clocks of Japan.
pub(crate) fn to_japan(at: OffsetDateTime) -> OffsetDateTime {
    at.to_offset(JAPAN)
}

/// The first moment of a day in Japan.
pub(crate) fn begin_of(day: Date) -> OffsetDateTime {
    day.midnight().assume_offset(JAPAN)
}

/// Reads a day, written `YYYY-MM-DD`.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(
        |_| say!(ja: "日付は YYYY-MM-DD と書いてください", en: "a day is written YYYY-MM-DD"),
    )
}

/// A time as an operator reads it: in Japan, to the second.
pub(crate) fn in_japan(at: OffsetDateTime) -> String {
    at.to_offset(JAPAN)
        .format(format_description!(
            "[year]-[month]-[day] [hour]:[minute]:[second]"
        ))
        .map_or_else(|_| "?".to_owned(), |time| format!("{time} JST"))
}

/// The same as it is said to a member, to the minute.
pub(crate) fn said(at: OffsetDateTime) -> String {
    let at = at.to_offset(JAPAN);
    let (month, day, hour, minute) = (u8::from(at.month()), at.day(), at.hour(), at.minute());
    format!("{month}月{day}日{hour}時{minute}分")
}

/// The operating system's random numbers, for the stamps of events.
pub(crate) struct OsEntropy;

impl Entropy for OsEntropy {
    /// Without random numbers the bytes stay as they are: a stamp needs them to differ from another of the
    /// same millisecond, not to be secret.
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place of the command that draws"
        )]
        let _ = getrandom::fill(bytes);
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{in_japan, said};

    #[test]
    fn times_are_those_of_japan() {
        let at = datetime!(2026-03-31 15:04:05.678 UTC);
        assert_eq!(in_japan(at), "2026-04-01 00:04:05 JST");
        assert_eq!(said(at), "4月1日0時4分");
    }
}
