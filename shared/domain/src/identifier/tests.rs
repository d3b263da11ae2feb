//! How identifiers compare, by rule.

use super::{
    Hyphens, IdentifierError, InsurerCode, KeyRule, LeadingZeros, MemberId, MemberKey, Number,
    Symbol, UnknownInsurer,
};

const LOOSEST: KeyRule = KeyRule {
    zeros: LeadingZeros::Dropped,
    hyphens: Hyphens::Dropped,
};
const ZEROS: KeyRule = KeyRule {
    zeros: LeadingZeros::Kept,
    ..LOOSEST
};
const HYPHENS: KeyRule = KeyRule {
    hyphens: Hyphens::Kept,
    ..LOOSEST
};

fn key(insurer: &str, symbol: &str, number: &str) -> MemberKey {
    MemberKey {
        insurer: InsurerCode::parse(insurer).unwrap(),
        symbol: Symbol::parse(symbol).ok(),
        number: Number::parse(number).unwrap(),
    }
}

#[test]
fn width_case_blanks_hyphens_and_dots_do_not_count() {
    for text in [
        "jvc0211",
        "JVC 0211",
        "ＪＶＣ０２１１",
        "jvc-0211",
        "jvc－02・11\t",
        "Jvcー0211\u{200E}",
    ] {
        let number = Number::parse(text).unwrap();
        assert_eq!(number.canonical(LOOSEST), "jvc0211", "{text}");
    }
}

#[test]
fn the_label_of_the_card_does_not_count() {
    for text in [
        "番号jvc0211",
        "番号：ＪＶＣ０２１１",
        "番 号 - jvc0211",
        "番号番号jvc0211",
    ] {
        let number = Number::parse(text).unwrap();
        assert_eq!(number.canonical(LOOSEST), "jvc0211", "{text}");
    }
    assert_eq!(Symbol::parse("記号　０１").unwrap().folded(), "01");
    // Nothing stands behind it, or it is another's.
    assert_eq!(Symbol::parse("記号").unwrap().folded(), "記号");
    assert_eq!(Symbol::parse("番号01").unwrap().folded(), "番号01");
}

#[test]
fn a_symbol_that_is_said_to_be_none_is_none() {
    let read = |text| Symbol::parse_where_there_may_be_none(text).unwrap();
    for none in ["なし", "ナシ", "無し", "無", "-", "ー", "－", "記号：なし"] {
        assert!(read(none).is_none(), "{none}");
    }
    assert_eq!(read("梨").unwrap().folded(), "梨");
    assert_eq!(read("０１").unwrap().folded(), "01");
}

#[test]
fn hyphens_count_where_the_insurer_says_so_however_they_are_typed() {
    for text in [
        "1-23",
        "１－２３",
        "1ー23",
        "1 ‐ 23",
        "1--23",
        "−1—23-",
        "1-2・3",
    ] {
        let number = Number::parse(text).unwrap();
        assert_eq!(number.canonical(HYPHENS), "1-23", "{text}");
        assert_eq!(number.canonical(LOOSEST), "123", "{text}");
    }
    let canonical = |text, rule| Number::parse(text).unwrap().canonical(rule).into_owned();
    assert_ne!(canonical("12-3", HYPHENS), canonical("1-23", HYPHENS));
    // Zeros are dropped of what is all digits, and then only.
    assert_eq!(canonical("00-12", LOOSEST), "12");
    assert_eq!(canonical("00-12", ZEROS), "0012");
    assert_eq!(canonical("00-12", HYPHENS), "00-12");
    assert_eq!(canonical("0012", HYPHENS), "12");
    // What a hyphen parts is joined without it.
    assert_eq!(canonical("か-\u{309B}", LOOSEST), "が");
    assert_eq!(Number::parse("--"), Err(IdentifierError::Empty));
}

#[test]
fn a_key_has_an_id_by_each_rule_that_makes_a_difference() {
    for (symbol, number, ids) in [
        ("1", "23", &["jkc#1#23"][..]),
        ("01", "23", &["jkc#1#23", "jkc#01#23"]),
        ("1", "2-3", &["jkc#1#23", "jkc#1#2-3"]),
        (
            "01",
            "2-3",
            &["jkc#1#23", "jkc#01#23", "jkc#1#2-3", "jkc#01#2-3"],
        ),
    ] {
        let candidates = key("jkc", symbol, number).candidate_ids();
        let candidates: Vec<&str> = candidates.iter().map(MemberId::as_str).collect();
        assert_eq!(candidates, ids);
    }
}

#[test]
fn what_is_copied_along_with_a_code_does_not_count() {
    for text in [
        "jkc",
        "「jkc」",
        "「ｊｋｃ」。",
        "\u{201C}JKC\u{201D},",
        "（jkc）",
        "['jkc']",
        "<jkc>",
        "保険者指定コード：jkc",
        "保険者指定コード 「jkc」",
        "コード jkc。",
    ] {
        assert_eq!(InsurerCode::parse(text).unwrap().folded(), "jkc", "{text}");
    }
    // Only around it: what stands within is the code's own.
    assert_eq!(InsurerCode::parse("(j.k_c)").unwrap().folded(), "j.k_c");
    assert_eq!(InsurerCode::parse("「」"), Err(IdentifierError::Empty));
    assert_eq!(Number::parse("(7)").unwrap().folded(), "(7)");
}

#[test]
fn the_eight_digits_of_an_insurer_are_told_from_a_code() {
    for (text, unknown) in [
        ("06139999", UnknownInsurer::Number),
        ("０６１３－９９９９", UnknownInsurer::Number),
        ("保険者番号：06139999", UnknownInsurer::Number),
        ("0613999", UnknownInsurer::Code),
        ("0613999a", UnknownInsurer::Code),
        ("abc", UnknownInsurer::Code),
    ] {
        assert_eq!(
            InsurerCode::parse(text).unwrap().unknown(),
            unknown,
            "{text}"
        );
    }
}

#[test]
fn half_width_kana_of_a_symbol_compare_with_full_width() {
    assert_eq!(Symbol::parse("ｶﾞ１").unwrap(), Symbol::parse("ガ1").unwrap());
    assert_eq!(
        Symbol::parse("カ ゛").unwrap(),
        Symbol::parse("ガ").unwrap()
    );
}

#[test]
fn leading_zeros_are_dropped_from_digits_only() {
    let canonical = |text: &str, zeros| Number::parse(text).unwrap().canonical(zeros).into_owned();
    assert_eq!(canonical("00123", LOOSEST), "123");
    assert_eq!(canonical("00123", ZEROS), "00123");
    assert_eq!(canonical("000", LOOSEST), "0");
    assert_eq!(canonical("0a1", LOOSEST), "0a1");
    assert_eq!(canonical("０１", LOOSEST), "1");
    let symbol = Symbol::parse("01").unwrap();
    assert_eq!(symbol.canonical(LOOSEST), "1");
    assert_eq!(symbol.canonical(ZEROS), "01");
}

#[test]
fn an_id_joins_the_three_parts() {
    let taro = key("JKC", "01", "JVC0211");
    assert_eq!(taro.id(ZEROS).as_str(), "jkc#01#jvc0211");
    assert_eq!(taro.id(LOOSEST).as_str(), "jkc#1#jvc0211");
    assert_eq!(
        key("demo", "", "100001").id(LOOSEST).as_str(),
        "demo##100001"
    );
    assert_eq!(key("007", "", "7").id(LOOSEST).as_str(), "007##7");
    assert_eq!(
        MemberId::from_stored("jkc#1#jvc0211".to_owned()),
        taro.id(LOOSEST)
    );
}

#[test]
fn parts_that_hold_the_separator_do_not_collide() {
    let a = key("a", "b#c", "d").id(ZEROS);
    let b = key("a", "b", "c#d").id(ZEROS);
    assert_eq!(a.as_str(), "a#b%23c#d");
    assert_ne!(a, b);
    assert_ne!(key("a", "%23", "d").id(ZEROS), key("a", "#", "d").id(ZEROS));
}

#[test]
fn the_ids_of_an_insurers_members_begin_alike_and_no_others_do() {
    let prefix = |code| MemberId::prefix_of(&InsurerCode::parse(code).unwrap());
    for (code, of) in [
        ("a", "a"),
        ("a", "a#b"),
        ("a#b", "a"),
        ("a%23b", "a#b"),
        ("ab", "a"),
    ] {
        let id = key(of, "1", "2").id(LOOSEST);
        assert_eq!(
            id.as_str().starts_with(&prefix(code)),
            code == of,
            "{code} {of}"
        );
    }
}

#[test]
fn there_is_a_second_candidate_only_where_zeros_make_a_difference() {
    let ids = |key: MemberKey| -> Vec<String> {
        key.candidate_ids()
            .iter()
            .map(|id| id.as_str().to_owned())
            .collect()
    };
    assert_eq!(
        ids(key("jkc", "02", "00123")),
        ["jkc#2#123", "jkc#02#00123"]
    );
    assert_eq!(ids(key("jkc", "公立東京", "3001")), ["jkc#公立東京#3001"]);
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let refused = |text: &str| Number::parse(text).unwrap_err();
    assert_eq!(refused(""), IdentifierError::Empty);
    assert_eq!(refused(" ー・- "), IdentifierError::Empty);
    assert_eq!(refused("1\0"), IdentifierError::Control('\0'));
    assert_eq!(refused("1\u{1B}"), IdentifierError::Control('\u{1B}'));
    assert_eq!(
        refused("1\u{FFFD}"),
        IdentifierError::NotAllowed('\u{FFFD}')
    );
    assert_eq!(refused("\u{E000}"), IdentifierError::NotAllowed('\u{E000}'));
    assert_eq!(refused("\u{FFFF}"), IdentifierError::NotAllowed('\u{FFFF}'));
    assert_eq!(refused(&"1".repeat(65)), IdentifierError::TooLong);
    assert_eq!(refused(&"1".repeat(10_000)), IdentifierError::TooLong);
    assert_eq!(refused(&"㍿".repeat(17)), IdentifierError::TooLong);
    assert!(Number::parse(&"1".repeat(64)).is_ok());
}

#[test]
fn an_identifier_does_not_print() {
    let printed = format!(
        "{:?} {:?}",
        key("jkc", "01", "0211"),
        key("jkc", "01", "0211").candidate_ids()
    );
    assert!(!printed.contains("0211"), "{printed}");
    assert!(printed.contains("Number(..)"), "{printed}");
}
