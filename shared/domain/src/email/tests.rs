//! Addresses as members type them, and what is told of one that is none.

use super::{EmailAddress, EmailError};

fn read(text: &str) -> Result<String, EmailError> {
    EmailAddress::parse(text).map(|address| address.as_str().to_owned())
}

#[track_caller]
fn refused_as(error: EmailError, texts: &[&str]) {
    for text in texts {
        assert_eq!(read(text), Err(error), "{text}");
    }
}

#[test]
fn an_address_is_the_same_whatever_its_letters_case_and_no_other_is() {
    let address = |text| EmailAddress::parse(text).expect("an address");
    assert!(address("Taro@example.jp").is_same_as(&address("taro@EXAMPLE.jp")));
    assert!(!address("taro@example.jp").is_same_as(&address("taro+shop@example.jp")));
}

#[test]
fn what_has_blanks_around_it_is_read_up_to_twice_the_longest_address() {
    let padded = |length: usize| format!("{:<length$}", "taro@example.jp");
    let longest = 2 * EmailAddress::LONGEST;
    assert_eq!(read(&padded(longest)), Ok("taro@example.jp".to_owned()));
    refused_as(EmailError::TooLong, &[&padded(longest + 1)]);
}

#[test]
fn the_local_part_stays_as_typed_and_the_domain_is_lower_case() {
    assert_eq!(
        read("Taro.Kenpo+ibss@Example.JP"),
        Ok("Taro.Kenpo+ibss@example.jp".to_owned())
    );
    assert_eq!(
        read("jvckwd_kennin@ibss.example.jp"),
        Ok("jvckwd_kennin@ibss.example.jp".to_owned())
    );
    assert!(read("a!#$%&'*+-/=?^_`{|}~b@example.com").is_ok());
}

#[test]
fn full_width_and_surrounding_blanks_are_accepted_silently() {
    assert_eq!(
        read("　ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ "),
        Ok("taro@example.jp".to_owned())
    );
    assert_eq!(
        read("taro@example。jp\u{200B}"),
        Ok("taro@example.jp".to_owned())
    );
}

#[test]
fn an_international_domain_goes_to_punycode() {
    assert_eq!(
        read("taro@例え.example.jp"),
        Ok("taro@xn--r8jz45g.example.jp".to_owned())
    );
    assert_eq!(
        read("taro@BÜCHER.example.com"),
        Ok("taro@xn--bcher-kva.example.com".to_owned())
    );
    refused_as(
        EmailError::Domain,
        &["taro@xn--a.example.jp", "taro@\u{FFFD}.example.jp"],
    );
}

#[test]
fn carrier_addresses_that_break_the_rfc_are_told_apart() {
    refused_as(
        EmailError::CarrierForm,
        &[
            "a..b@docomo.example.jp",
            "a.@docomo.example.jp",
            ".a@example.jp",
            "a...@example.jp",
        ],
    );
}

#[test]
fn a_line_end_anywhere_is_refused() {
    refused_as(
        EmailError::LineBreak,
        &[
            "taro@example.jp\n",
            "taro@example.jp\r\nBcc: x@example.jp",
            "\ntaro@example.jp",
            "ta\rro@example.jp",
            "taro\u{2028}@example.jp",
        ],
    );
}

#[test]
fn what_is_copied_along_with_an_address_does_not_count() {
    for text in [
        "mailto:taro@example.jp",
        "メール：taro@example.jp",
        "Mail: taro@example.jp ",
        "<taro@example.jp>",
        "健保 太郎 <taro@example.jp>",
        "taro@example.jp;",
        "taro@example.jp.",
        "taro@example.jp、",
        "taro@example.jp。",
    ] {
        assert_eq!(read(text), Ok("taro@example.jp".to_owned()), "{text}");
    }
    refused_as(
        EmailError::SeveralAddresses,
        &["Taro <a@example.jp>, Hanako <b@example.jp>"],
    );
}

#[test]
fn more_than_one_address_is_refused() {
    refused_as(
        EmailError::SeveralAddresses,
        &[
            "a@example.jp,b@example.jp",
            "a@example.jp b@example.jp",
            "a@b@example.jp",
            "a@example.jp;b",
            "a@example.jp, b c",
        ],
    );
}

#[test]
fn a_comma_where_a_dot_would_make_an_address_is_told_apart() {
    refused_as(
        EmailError::CommaForDot,
        &[
            "taro@example,jp",
            "taro@mail,example,jp",
            "taro@mail、example.jp",
            "taro@example，jp",
            "taro,kenpo@example.jp",
        ],
    );
}

#[test]
fn an_address_with_a_slip_in_its_domain_keeps_its_local_part() {
    let meant = |text: &str| EmailAddress::parse(text).unwrap().meant();
    assert_eq!(
        meant("Taro.Kenpo+a@GMIAL.com").unwrap().as_str(),
        "Taro.Kenpo+a@gmail.com"
    );
    assert!(meant("taro@example.jp").is_none());
}

#[test]
fn what_is_not_an_address_is_refused_by_its_part() {
    refused_as(EmailError::Empty, &["", " 　"]);
    refused_as(EmailError::NoAt, &["taro", "taro.example.jp"]);
    refused_as(
        EmailError::LocalPart,
        &[
            "@example.jp",
            "太郎@example.jp",
            "ta ro@example.jp",
            "\"taro\"@example.jp",
            "<Taro <taro@example.jp>",
            "taro\0@example.jp",
            ".@example.jp",
            "a\\b@example.jp",
            "a:@example.jp",
        ],
    );
    refused_as(
        EmailError::Domain,
        &[
            "taro@",
            "taro@localhost",
            "taro@example..jp",
            "taro@.example.jp",
            "taro@-a.example.jp",
            "taro@a-.example.jp",
            "taro@192.0.2.1",
            "taro@[192.0.2.1]",
            "taro@a b.example.jp",
            "taro@a_b.example.jp",
            "taro@example.jp>",
            "taro@example.j",
            "taro@a\tb.example.jp",
            "taro@example.jp\0",
        ],
    );
}

#[test]
fn the_lengths_of_rfc_5321_are_the_limits() {
    assert!(read(&format!("{}@example.jp", "a".repeat(64))).is_ok());
    refused_as(
        EmailError::TooLong,
        &[
            &format!("{}@example.jp", "a".repeat(65)),
            &"a@".repeat(10_000),
        ],
    );
    let label = "b".repeat(63);
    let domain = format!("{label}.{label}.{label}.example.jp");
    let local = "a".repeat(254 - 1 - domain.len());
    assert!(read(&format!("{local}@{domain}")).is_ok());
    refused_as(EmailError::TooLong, &[&format!("{local}a@{domain}")]);
    refused_as(
        EmailError::Domain,
        &[&format!("a@{}.example.jp", "b".repeat(64))],
    );
}

#[test]
fn the_mask_shows_one_character_and_the_domain() {
    let masked = |text: &str| EmailAddress::parse(text).unwrap().masked();
    assert_eq!(masked("taro@example.jp"), "t***@example.jp");
    assert_eq!(masked("ta@example.jp"), "t***@example.jp");
    assert_eq!(masked("t@example.jp"), "***@example.jp");
}

#[test]
fn mails_to_one_mailbox_share_a_key() {
    let key = |text: &str| EmailAddress::parse(text).unwrap().recipient_key();
    assert_eq!(key("Taro+a@Example.jp"), "taro@example.jp");
    assert_eq!(key("taro@example.jp"), "taro@example.jp");
    assert_eq!(key("+a@example.jp"), "+a@example.jp");
}

#[test]
fn addresses_that_differ_in_case_alone_have_one_subject_and_a_tag_makes_another() {
    let subject = |text: &str| EmailAddress::parse(text).unwrap().subject();
    assert_eq!(subject("Taro@Example.jp"), subject("taro@example.jp"));
    assert_ne!(subject("taro+a@example.jp"), subject("taro@example.jp"));
}

#[test]
fn an_address_does_not_print() {
    assert_eq!(
        format!("{:?}", EmailAddress::parse("taro@example.jp").unwrap()),
        "EmailAddress(..)"
    );
}
