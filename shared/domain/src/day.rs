//! Days of the calendar as they are written in configuration and in the database.

use time::{Date, macros::format_description};

/// Reads a day, written `YYYY-MM-DD` and in no other way.
pub(crate) fn parse(text: &str) -> Option<Date> {
    // The length first: the parser would take a sign before the year.
    if text.len() != 10 {
        return None;
    }
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// Writes a day as [`parse`] reads it.
pub(crate) fn iso(day: Date) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        day.year(),
        u8::from(day.month()),
        day.day()
    )
}

#[cfg(test)]
mod tests {
    use super::{iso, parse};

    #[test]
    fn a_day_reads_back() {
        for text in ["2023-09-01", "2024-02-29", "0999-12-31"] {
            assert_eq!(parse(text).map(iso).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_day_of_the_calendar_is_none() {
        for text in [
            "",
            "2023-9-1",
            "2023-02-29",
            "20230901",
            "+023-09-01",
            "-023-09-01",
            "2023-09-01 ",
            "２０２３-09-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
