//! What a cell of a workbook says, as a text.

use calamine::{Data, DataRef};

/// How many digits a number format writes at least, where it is nothing but zeros: `0000` shows 12 as 0012.
pub(super) fn zeros_of(format: &str) -> Option<usize> {
    (format.len() > 1 && format.bytes().all(|byte| byte == b'0')).then_some(format.len())
}

/// What a cell says, as a text; and whether it is kept as a number that may have lost something.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) is_number: bool,
}

impl Text {
    pub(super) fn of(value: &DataRef<'_>, width: Option<usize>) -> Self {
        match value {
            DataRef::Int(number) => Self::of_integer(*number, width),
            DataRef::Float(number) => Self::of_number(*number, width),
            DataRef::SharedString(text) => Self::plain((*text).to_owned()),
            DataRef::Bool(is) => Self::plain(if *is { "TRUE" } else { "FALSE" }.to_owned()),
            DataRef::DateTime(at) => Self::of_date(*at),
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                Self::plain(text.clone())
            }
            DataRef::Error(error) => Self::plain(error.to_string()),
            DataRef::Empty => Self::plain(String::new()),
        }
    }

    pub(super) fn of_data(value: &Data) -> Self {
        match value {
            Data::Int(number) => Self::of_integer(*number, None),
            Data::Float(number) => Self::of_number(*number, None),
            Data::Bool(is) => Self::plain(if *is { "TRUE" } else { "FALSE" }.to_owned()),
            Data::DateTime(at) => Self::of_date(*at),
            Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
                Self::plain(text.clone())
            }
            Data::Error(error) => Self::plain(error.to_string()),
            Data::Empty => Self::plain(String::new()),
        }
    }

    fn plain(text: String) -> Self {
        Self {
            text,
            is_number: false,
        }
    }

    fn of_integer(number: i64, width: Option<usize>) -> Self {
        match width {
            Some(width) => Self::plain(format!("{number:0width$}")),
            None => Self {
                text: number.to_string(),
                is_number: true,
            },
        }
    }

    /// A number of more than fifteen digits has lost those beyond, so it is written as what it is: an
    /// approximation, which no row is taken with.
    fn of_number(number: f64, width: Option<usize>) -> Self {
        const EXACT: f64 = 1e15;
        if number.fract() == 0.0 && number.abs() < EXACT {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "it is whole, and smaller than 2^53"
            )]
            return Self::of_integer(number as i64, width);
        }
        Self {
            text: if number.abs() < EXACT {
                number.to_string()
            } else {
                format!("{number:e}").replace('e', "E+")
            },
            is_number: true,
        }
    }

    /// A day with slashes, as Excel shows it, so that in the place of a 番号 it is seen to be none.
    fn of_date(at: calamine::ExcelDateTime) -> Self {
        if at.is_duration() {
            return Self::plain(at.as_f64().to_string());
        }
        let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
        let day = format!("{year}/{month}/{day}");
        Self::plain(if (hour, minute, second) == (0, 0, 0) {
            day
        } else {
            format!("{day} {hour}:{minute:02}:{second:02}")
        })
    }
}
