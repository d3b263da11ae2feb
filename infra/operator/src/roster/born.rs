//! Birth dates, as rosters write them. What can be read in one way only is the domain's to read; here is
//! what the mapping declares: digits for eras, and a workbook's serial numbers.

use domain::{BirthDate, BirthDateError};
use time::{Date, Duration, macros::date};

use super::{
    mapping::{BirthDates, Era, Serials},
    refusal::Reason,
};

/// The day that Excel's serial numbers count from, for all after its 29 February 1900, which there was not:
/// numbers of five digits are long after it.
const FROM_1900: Date = date!(1899 - 12 - 30);
/// The last day that can be read.
const LATEST: Date = date!(9999 - 12 - 30);
/// The day that has the serial number 0 in the other calendar.
const FROM_1904: Date = date!(1904 - 01 - 01);

impl Era {
    /// The name, as a mapping has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Meiji => "明治",
            Self::Taisho => "大正",
            Self::Showa => "昭和",
            Self::Heisei => "平成",
            Self::Reiwa => "令和",
        }
    }
}

impl BirthDates {
    /// Reads a day that may be absent, and may be to come: one on which somebody left.
    pub(crate) fn read_if_any(&self, cells: &[String]) -> Result<Option<Date>, Reason> {
        if is_no_day(&cells.concat()) {
            return Ok(None);
        }
        let iso = self.read(cells, LATEST)?.iso();
        let format = time::macros::format_description!("[year]-[month]-[day]");
        let read = Date::parse(&iso, format);
        read.map(Some)
            .map_err(|_| Reason::BirthDate(BirthDateError::NotADate))
    }

    /// Reads a birth date of one cell; of two, of which the first has the era; of three, the year, month and
    /// day; or of four, the era and these.
    pub(crate) fn read(&self, cells: &[String], today: Date) -> Result<BirthDate, Reason> {
        let written = match cells {
            [era, rest] if !era.is_empty() => {
                let rest = narrow(rest);
                // 010501 is a number to Excel: in six digits, only the first can be missing.
                let rest = match digits(&rest) {
                    Some(5) => format!("0{rest}"),
                    _ => rest,
                };
                let era = narrow(era);
                match era.parse() {
                    Ok(code) if char::is_ascii_digit(&code) => format!("{}{rest}", self.era(code)?),
                    _ => format!("{era}{rest}"),
                }
            }
            [year, month, day] => narrow(&format!("{year}-{month}-{day}")),
            [era, year, month, day] => {
                let era = narrow(era);
                let era = match era.parse() {
                    Ok(code) if char::is_ascii_digit(&code) => self.era(code)?,
                    _ => &era,
                };
                narrow(&format!("{era}{year}.{month}.{day}"))
            }
            cells => narrow(&cells.concat()),
        };
        let written = without_midnight(without_weekday(&written));
        if let Some(date) = self.serial(written)? {
            return BirthDate::from_date(date)
                .map_err(Reason::BirthDate)
                .and_then(|born| {
                    if date > today {
                        Err(Reason::BirthDate(BirthDateError::Future))
                    } else {
                        Ok(born)
                    }
                });
        }
        let read = match self.with_era(written)? {
            Some(written) => BirthDate::parse(&written, today),
            None => BirthDate::parse(written, today),
        };
        read.map_err(Reason::BirthDate)
    }

    /// The day of a serial number. Five digits can be nothing else, and fewer are none: `1985` is a year
    /// without its day, though it would be a day of 1905, and nobody is left who was born before 10000.
    fn serial(&self, written: &str) -> Result<Option<Date>, Reason> {
        if digits(written) != Some(5) {
            return Ok(None);
        }
        let serials = self.excel_serials.ok_or(Reason::ExcelSerial)?;
        let Ok(serial) = written.parse::<i64>() else {
            return Ok(None);
        };
        let from = match serials {
            Serials::From1900 => FROM_1900,
            Serials::From1904 => FROM_1904,
        };
        Ok(from.checked_add(Duration::days(serial)))
    }

    /// The date with the name of the era in the place of its digit: seven digits, or the digit apart from
    /// the year (`3-60-01-01`).
    fn with_era(&self, written: &str) -> Result<Option<String>, Reason> {
        let mut characters = written.chars();
        let Some(code) = characters.next().filter(char::is_ascii_digit) else {
            return Ok(None);
        };
        let rest = characters.as_str();
        let is_apart = rest.starts_with(['-', '/', '.'])
            && rest
                .split(['-', '/', '.'])
                .filter(|part| !part.is_empty())
                .count()
                == 3;
        if digits(written) != Some(7) && !is_apart {
            return Ok(None);
        }
        Ok(Some(format!("{}{rest}", self.era(code)?)))
    }

    /// The name of the era that a digit was declared to be.
    fn era(&self, code: char) -> Result<&'static str, Reason> {
        let era = self.era_codes.get(&code).copied();
        era.map(Era::name).ok_or(Reason::EraCode)
    }
}

/// Whether a text says that there is no day: nothing, nines or zeros alone, or how a database or a person writes it.
pub(crate) fn is_no_day(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "null", "nat", "nan", "none", "-", "--", "―", "ー", "なし", "無し",
    ];
    let written = narrow(text.trim()).to_lowercase();
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let is_none = digits.bytes().all(|byte| byte == b'0') || digits.starts_with("9999");
    written.is_empty() || (!digits.is_empty() && is_none) || WORDS.contains(&&*written)
}

/// How many digits a text is, if it is nothing else.
fn digits(text: &str) -> Option<usize> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(text.len())
        .filter(|count| *count > 0)
}

/// Full-width digits and what stands between them, as ASCII.
fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '０'..='９' | '．' | '／' | '－' => {
                char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c)
            }
            c => c,
        })
        .collect()
}

/// Without the day of the week that people write behind a day: 1985年1月1日(火).
fn without_weekday(text: &str) -> &str {
    let open = ['(', '（'];
    let Some((day, rest)) = text.split_once(open) else {
        return text;
    };
    let week = rest.trim_end_matches([')', '）']).trim_end_matches("曜日");
    let is_weekday = week.chars().count() == 1 && "日月火水木金土".contains(week);
    if is_weekday { day.trim_end() } else { text }
}

/// Without the midnight that databases and workbooks add to a day.
fn without_midnight(text: &str) -> &str {
    let Some((day, time)) = text.split_once([' ', 'T']) else {
        return text;
    };
    let is_midnight =
        time.contains(':') && time.chars().all(|c| matches!(c, '0' | ':' | '.' | 'Z'));
    if is_midnight { day } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = date!(2026 - 04 - 01);

    fn rules(toml: &str) -> BirthDates {
        toml::from_str(toml).unwrap()
    }

    fn read(toml: &str, cells: &[&str]) -> Result<String, Reason> {
        let cells: Vec<String> = cells.iter().copied().map(str::to_owned).collect();
        rules(toml).read(&cells, TODAY).map(|born| born.iso())
    }

    const CODES: &str = "eraCodes = { 1 = '明治', 2 = '大正', 3 = '昭和', 4 = '平成', 5 = '令和' }";

    #[test]
    fn what_can_be_read_in_one_way_needs_no_declaration() {
        for (cell, day) in [
            ("19850101", "1985-01-01"),
            ("1985-01-01", "1985-01-01"),
            ("1985/1/1", "1985-01-01"),
            ("１９８５／１／１", "1985-01-01"),
            ("1985/1/1 0:00", "1985-01-01"),
            ("1985-01-01 00:00:00.000", "1985-01-01"),
            ("1985-01-01T00:00:00Z", "1985-01-01"),
            ("S600101", "1985-01-01"),
            ("昭和60年1月1日", "1985-01-01"),
            ("H元.1.8", "1989-01-08"),
            ("1985年1月1日(火)", "1985-01-01"),
            ("昭和60年1月1日（火曜日）", "1985-01-01"),
        ] {
            assert_eq!(read("", &[cell]).as_deref(), Ok(day), "{cell}");
        }
        assert_eq!(read("", &["S", "600101"]).as_deref(), Ok("1985-01-01"));
        assert_eq!(read("", &["", "19850101"]).as_deref(), Ok("1985-01-01"));
    }

    #[test]
    fn a_digit_for_an_era_is_read_as_it_was_declared() {
        for cells in [
            &["3600101"][..],
            &["３６００１０１"],
            &["3-60-01-01"],
            &["3.60.1.1"],
            &["3", "600101"],
            &["3", "60/1/1"],
        ] {
            assert_eq!(read(CODES, cells).as_deref(), Ok("1985-01-01"), "{cells:?}");
        }
        assert_eq!(read(CODES, &["5", "10501"]).as_deref(), Ok("2019-05-01"));
        assert_eq!(read(CODES, &["1985-1-1"]).as_deref(), Ok("1985-01-01"));
        // Another numbering.
        let other = "eraCodes = { 5 = '昭和', 7 = '平成', 9 = '令和' }";
        assert_eq!(read(other, &["5600101"]).as_deref(), Ok("1985-01-01"));
        assert_eq!(read(other, &["7010108"]).as_deref(), Ok("1989-01-08"));
    }

    #[test]
    fn year_month_and_day_may_stand_apart() {
        for cells in [
            &["1985", "1", "1"][..],
            &["１９８５", "01", "01"],
            &["S", "60", "1", "1"],
            &["昭和", "60", "01", "01"],
            &["3", "60", "1", "1"],
        ] {
            assert_eq!(read(CODES, cells).as_deref(), Ok("1985-01-01"), "{cells:?}");
        }
    }

    #[test]
    fn a_day_on_which_somebody_left_may_be_absent_or_to_come() {
        let read = |cell: &str| rules(CODES).read_if_any(&[cell.to_owned()]);
        for cell in ["", "0", "00000000", "99999999", "9999/12/31", "9999-12-31"] {
            assert_eq!(read(cell), Ok(None), "{cell}");
        }
        for (cell, day) in [
            ("20250331", date!(2025 - 03 - 31)),
            ("2031/3/31", date!(2031 - 03 - 31)),
            ("R7.3.31", date!(2025 - 03 - 31)),
            ("5070331", date!(2025 - 03 - 31)),
        ] {
            assert_eq!(read(cell), Ok(Some(day)), "{cell}");
        }
        assert!(read("退職").is_err());
    }

    #[test]
    fn a_digit_for_an_era_is_never_guessed() {
        for cells in [&["3600101"][..], &["3-60-01-01"], &["3", "600101"]] {
            assert_eq!(read("", cells), Err(Reason::EraCode), "{cells:?}");
        }
        assert_eq!(read(CODES, &["7010108"]), Err(Reason::EraCode));
    }

    #[test]
    fn a_serial_number_is_a_day_only_where_it_was_declared() {
        assert_eq!(read("", &["31048"]), Err(Reason::ExcelSerial));
        for (year, serial, day) in [
            (1900, "31048", "1985-01-01"),
            (1900, "10000", "1927-05-18"),
            (1904, "29586", "1985-01-01"),
        ] {
            let declared = format!("excelSerials = {year}");
            assert_eq!(read(&declared, &[serial]).as_deref(), Ok(day), "{serial}");
        }
        for cell in ["1985", "999", "60", "1"] {
            let read = read("excelSerials = 1900", &[cell]);
            assert!(
                matches!(read, Err(Reason::BirthDate(_))),
                "{cell}: {read:?}"
            );
        }
        let future = read("excelSerials = 1900", &["99999"]);
        assert_eq!(future, Err(Reason::BirthDate(BirthDateError::Future)));
    }

    #[test]
    fn what_is_no_birth_date_is_refused_for_its_reason() {
        for (cell, error) in [
            ("", BirthDateError::Empty),
            ("19850230", BirthDateError::NoSuchDay),
            ("20270101", BirthDateError::Future),
            ("1899/12/31", BirthDateError::TooOld),
            ("1985/1", BirthDateError::Incomplete),
            ("1985/1/1 9:00", BirthDateError::NotADate),
            ("unknown", BirthDateError::NotADate),
        ] {
            assert_eq!(read("", &[cell]), Err(Reason::BirthDate(error)), "{cell}");
        }
        let read = read("", &["850101"]);
        assert!(
            matches!(
                read,
                Err(Reason::BirthDate(BirthDateError::TwoDigitYear(_)))
            ),
            "{read:?}"
        );
    }
}
