use time::macros::date;

use super::{BirthDate, BirthDateError};

fn read(text: &str) -> Result<String, BirthDateError> {
    BirthDate::parse(text, date!(2026 - 11 - 22)).map(|born| born.iso())
}

#[track_caller]
fn reads_as(iso: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(read(text), Ok(iso.to_owned()), "{text}");
    }
}

#[track_caller]
fn refused_as(error: BirthDateError, texts: &[&str]) {
    for text in texts {
        assert_eq!(read(text), Err(error), "{text}");
    }
}

#[test]
fn a_western_date_is_read_in_every_form() {
    reads_as(
        "1985-01-02",
        &[
            "19850102",
            "１９８５０１０２",
            "1985-01-02",
            "1985/1/2",
            "1985.1.2",
            "1985,1,2",
            "1985 1 2",
            "1985　01　02",
            "1985年1月2日",
            "1985年1月2",
            "1985 年 1 月 2 日",
            "1985ー1ー2",
            "1985・1・2",
            "１９８５－０１－０２",
            "1985/ 1/ 2",
            "\u{200E}1985-01-02\u{200E}",
            "1985年1/2",
        ],
    );
}

#[test]
fn an_era_is_read_from_its_name_its_kanji_its_letter_and_its_square() {
    reads_as(
        "1985-01-02",
        &[
            "昭和60年1月2日",
            "昭60年1月2日",
            "㍼60.1.2",
            "S60.1.2",
            "s60-1-2",
            "Ｓ６０／１／２",
            "S.60.1.2",
            "S600102",
            "昭和600102",
            "昭和 60 1 2",
        ],
    );
    reads_as(
        "1912-07-30",
        &["大正元年7月30日", "明治45年7月30日", "M45.7.30", "T1.7.30"],
    );
    reads_as(
        "2019-05-01",
        &["令和元年5月1日", "㋿1.5.1", "r010501", "平成31年5月1日"],
    );
    reads_as("1989-01-08", &["㍻元.1.8", "平元/1/8"]);
}

#[test]
fn the_years_of_an_era_are_whole_calendar_years() {
    reads_as("1989-12-31", &["昭和64年12月31日"]);
    reads_as("1989-01-01", &["平成元年1月1日"]);
    reads_as("1926-12-31", &["T15.12.31", "S1.12.31"]);
    refused_as(
        BirthDateError::NoSuchDay,
        &[
            "昭和65年1月1日",
            "平成32年1月1日",
            "大正16年1月1日",
            "明治46年1月1日",
            "昭和0年1月1日",
            "S000101",
        ],
    );
}

#[test]
fn a_two_digit_year_and_a_digit_for_the_era_are_never_guessed() {
    for text in ["850101", "85/1/1", "60年1月1日", "1.1.1"] {
        assert!(
            matches!(read(text), Err(BirthDateError::TwoDigitYear(_))),
            "{text}"
        );
    }
    refused_as(
        BirthDateError::NotADate,
        &["3600101", "1/1/1985", "3-60-1985"],
    );
}

#[test]
fn a_two_digit_year_is_asked_back_with_the_eras_that_had_it() {
    let asked = |text: &str| match read(text) {
        Err(BirthDateError::TwoDigitYear(may_be)) => (may_be.years(), may_be.only_day()),
        other => panic!("{text}: {other:?}"),
    };
    let years = |years: &[&str]| {
        years
            .iter()
            .map(|&year| year.to_owned())
            .collect::<Vec<_>>()
    };
    for text in ["55年1月1日", "５５/1/1", "550101"] {
        let day = Some("昭和55年1月1日".to_owned());
        assert_eq!(asked(text), (years(&["昭和55年"]), day), "{text}");
    }
    assert_eq!(asked("10.5.1"), (years(&["昭和10年", "平成10年"]), None));
    // Not in the future: today is in the eighth year of 令和.
    assert_eq!(
        asked("8.11.22").0,
        years(&["昭和8年", "平成8年", "令和8年"])
    );
    assert_eq!(asked("8.11.23").0, years(&["昭和8年", "平成8年"]));
    assert_eq!(asked("85.1.1"), (Vec::new(), None));
    assert_eq!(asked("55.2.30"), (Vec::new(), None));
}

#[test]
fn what_was_typed_into_a_form_with_an_era_counts_once() {
    reads_as(
        "1980-01-02",
        &[
            "昭和昭和55年年1月2日",
            "昭和昭和55年1月2日",
            "昭和55年年1月月2日日",
            "昭和S55年1月2日",
            "昭和昭和55年1月2日年月日",
            "昭和S55.1.2年月日",
            "昭和19800102年月日",
            "19800102年月日",
            "昭和1980/1/2年月日",
            "昭和１９８０年1月2日",
            "平成1980年1月2日",
            "昭和19800102",
        ],
    );
    refused_as(BirthDateError::NotADate, &["平成昭和55年1月2日"]);
    refused_as(BirthDateError::Incomplete, &["昭和55年月日", "昭和年月日"]);
}

#[test]
fn what_papers_write_around_a_birth_date_does_not_count() {
    reads_as(
        "1980-01-02",
        &[
            "昭和55年1月2日生",
            "昭和55年 1月 2日 生",
            "1980年1月2日生まれ",
            "生年月日：昭和55年1月2日",
            "生年月日　昭和５５年１月２日生",
            // Typed into the year of a form with an era.
            "昭和昭和55年1月2日生年月日",
            "昭和生年月日：昭和55年1月2日年月日",
        ],
    );
}

#[test]
fn a_day_that_does_not_exist_is_no_birth_date() {
    refused_as(
        BirthDateError::NoSuchDay,
        &[
            "19850229",
            "1985/13/1",
            "1985/0/1",
            "1985/1/0",
            "1985/1/32",
            "1900-02-29",
        ],
    );
    reads_as("2000-02-29", &["20000229"]);
}

#[test]
fn what_is_missing_is_asked_for() {
    refused_as(BirthDateError::Empty, &["", " ", "　\u{200B}"]);
    refused_as(
        BirthDateError::Incomplete,
        &[
            "1985",
            "1985年1月",
            "1985年1月日",
            "昭和60年月1日",
            "1985年月日",
            "年1月1日",
            "1985年",
            "S60",
            "昭和",
            "平成元",
            "1985/1",
            "1985/",
            "198501年",
        ],
    );
}

#[test]
fn other_forms_are_refused() {
    refused_as(
        BirthDateError::NotADate,
        &[
            "1985/1/1x",
            "x",
            "Jan 1 1985",
            "1985/001/1",
            "1985/1/001",
            "198511/1/1",
            "985/1/1",
            "1985/1/1/",
            "1985//1/1",
            "198501011",
            "S6001011",
            "S60101",
            "元年1月1日",
            "1985-元-1",
            "/1985/1/1",
            "1985生年1月1日",
            "生1985年1月1日",
            "昭和六十年一月一日",
            "SH60.1.1",
            "和60.1.1",
            "1985年1年1日",
            "\0",
        ],
    );
    refused_as(
        BirthDateError::NotADate,
        &[&"1".repeat(10_000), &" ".repeat(10_000)],
    );
}

#[test]
fn today_is_the_last_day_and_1900_the_first_year() {
    reads_as("2026-11-22", &["20261122", "R8.11.22"]);
    refused_as(
        BirthDateError::Future,
        &["20261123", "令和9年1月1日", "99991231"],
    );
    reads_as("1900-01-01", &["19000101", "明治33年1月1日"]);
    refused_as(
        BirthDateError::TooOld,
        &["18991231", "明治元年1月1日", "00000101"],
    );
    assert_eq!(
        BirthDate::from_date(date!(1899 - 12 - 31)),
        Err(BirthDateError::TooOld)
    );
}

#[test]
fn the_stored_form_reads_back_and_no_other_does() {
    let born = BirthDate::from_date(date!(1985 - 01 - 02)).unwrap();
    assert_eq!(BirthDate::from_iso(&born.iso()), Ok(born));
    for text in [
        "1985-1-2",
        "19850102",
        "1985/01/02",
        "S60-01-02",
        "1985-01-02 ",
        "１985-01-02",
        "",
    ] {
        assert_eq!(
            BirthDate::from_iso(text),
            Err(BirthDateError::NotADate),
            "{text}"
        );
    }
    assert_eq!(
        BirthDate::from_iso("1985-02-30"),
        Err(BirthDateError::NoSuchDay)
    );
    assert_eq!(
        BirthDate::from_iso("1899-01-01"),
        Err(BirthDateError::TooOld)
    );
}

#[test]
fn a_day_is_written_in_western_and_in_era_years() {
    let forms = BirthDate::from_date(date!(1989 - 01 - 08))
        .unwrap()
        .written_forms();
    for form in [
        "19890108", "198918", "890108", "01081989", "08011989", "640108", "010108", "s6418", "h118",
    ] {
        // h118 is too short to forbid.
        assert_eq!(forms.contains(&form.to_owned()), form.len() >= 5, "{form}");
    }
}

#[test]
fn a_birth_date_does_not_print() {
    let born = BirthDate::from_date(date!(1985 - 01 - 02)).unwrap();
    assert_eq!(format!("{born:?}"), "BirthDate(..)");
}
