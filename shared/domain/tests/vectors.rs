//! The cases that the owner and the call centre agreed on, as data: names in kana, birth dates and
//! identifiers that must or must not be read, or compare equal.

#[cfg(test)]
mod vectors {
    use domain::{
        BirthDate, InsurerCode, KanaError, KanaName, KeyRule, LeadingZeros, LongMark, Number,
        Symbol,
    };
    use serde_json::Value;
    use time::macros::date;

    fn kana() -> Value {
        serde_json::from_str(include_str!("vectors/kana_vectors.json")).unwrap()
    }

    fn births_and_identifiers() -> Value {
        serde_json::from_str(include_str!(
            "vectors/birthdate_and_identifier_vectors.json"
        ))
        .unwrap()
    }

    /// The cases under a name; a name that is missing or empty is a broken file.
    fn cases<'a>(vectors: &'a Value, name: &str) -> &'a [Value] {
        let cases = vectors[name].as_array().unwrap();
        assert!(!cases.is_empty(), "{name}");
        cases
    }

    fn pair(case: &Value) -> (&str, &str) {
        (case[0].as_str().unwrap(), case[1].as_str().unwrap())
    }

    fn name(text: &str) -> KanaName {
        KanaName::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn names_fold_as_agreed() {
        for case in cases(&kana(), "fold") {
            let (typed, folded) = (case["in"].as_str().unwrap(), case["out"].as_str().unwrap());
            assert_eq!(name(typed).folded(), folded, "{case}");
            assert_eq!(name(folded).folded(), folded, "{case}");
        }
    }

    #[test]
    fn spellings_of_one_name_match() {
        for case in cases(&kana(), "equal") {
            let (a, b) = pair(case);
            for long_mark in [LongMark::Significant, LongMark::Ignored] {
                assert!(name(a).matches(&name(b), long_mark), "{case}");
            }
        }
    }

    #[test]
    fn different_names_do_not_match() {
        for case in cases(&kana(), "differ") {
            let (a, b) = pair(case);
            assert!(!name(a).matches(&name(b), LongMark::Significant), "{case}");
        }
    }

    #[test]
    fn some_names_match_only_where_the_long_mark_is_ignored() {
        for case in cases(&kana(), "equal_only_if_long_mark_ignored") {
            let (a, b) = pair(case);
            assert!(!name(a).matches(&name(b), LongMark::Significant), "{case}");
            assert!(name(a).matches(&name(b), LongMark::Ignored), "{case}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_reason_and_character() {
        for case in cases(&kana(), "reject") {
            let error: KanaError = KanaName::parse(case["in"].as_str().unwrap()).unwrap_err();
            assert_eq!(Some(error.code()), case["code"].as_str(), "{case}");
            let character = case.get("char").map(|c| c.as_str().unwrap().to_owned());
            assert_eq!(error.character().map(String::from), character, "{case}");
        }
    }

    #[test]
    fn birth_dates_are_read_as_agreed() {
        let vectors = births_and_identifiers();
        let today = date!(2026 - 11 - 22);
        for case in cases(&vectors, "birthdate") {
            let (typed, iso) = pair(case);
            assert_eq!(
                BirthDate::parse(typed, today)
                    .map(|born| born.iso())
                    .as_deref(),
                Ok(iso),
                "{case}"
            );
        }
        for case in cases(&vectors, "birthdate_reject") {
            assert!(
                BirthDate::parse(case.as_str().unwrap(), today).is_err(),
                "{case}"
            );
        }
    }

    #[test]
    fn identifiers_compare_as_agreed() {
        let vectors = births_and_identifiers();
        for (name, equal) in [("ident_equal", true), ("ident_differ", false)] {
            for case in cases(&vectors, name) {
                let (a, b) = pair(case);
                let insurers = (
                    InsurerCode::parse(a).unwrap(),
                    InsurerCode::parse(b).unwrap(),
                );
                assert_eq!(insurers.0 == insurers.1, equal, "{case}");
                let symbols = (Symbol::parse(a).unwrap(), Symbol::parse(b).unwrap());
                let numbers = (Number::parse(a).unwrap(), Number::parse(b).unwrap());
                for zeros in [LeadingZeros::Dropped, LeadingZeros::Kept] {
                    let rule = KeyRule {
                        zeros,
                        ..KeyRule::default()
                    };
                    assert_eq!(
                        symbols.0.canonical(rule) == symbols.1.canonical(rule),
                        equal,
                        "{case}"
                    );
                    assert_eq!(
                        numbers.0.canonical(rule) == numbers.1.canonical(rule),
                        equal,
                        "{case}"
                    );
                }
            }
        }
    }
}
