//! What holds for every input, tried with many: nothing that can be typed panics, folding settles,
//! keys are injective, limits hold.

#[cfg(test)]
mod properties {
    use std::cell::Cell;
    use std::time::Duration;

    use domain::{
        AccountId, Admission, BirthDate, Code, EmailAddress, Entropy, InsurerCode, KanaName,
        KeyRule, LOCK_LONGEST, Limit, LoginAdmission, LoginFailures, LongMark, MemberKey,
        NewPassword, Number, PasswordContext, PasswordHash, SealedCode, Symbol, TermsVersion,
        Token, TokenHash, TryLimit, TryRefusal, UserId, Windows, lock_after, resend_at,
        send_admission,
    };
    use proptest::collection::vec;
    use proptest::prelude::*;
    use time::{Date, OffsetDateTime, macros::datetime};

    const START: OffsetDateTime = datetime!(2023-09-01 10:00 UTC);
    const TODAY: Date = time::macros::date!(2026 - 11 - 22);

    fn at(milliseconds: u64) -> OffsetDateTime {
        START + Duration::from_millis(milliseconds)
    }

    /// `SplitMix64`: even enough to see whether what is made of it is even, and the same each time.
    struct Mixed(Cell<u64>);

    impl Entropy for Mixed {
        fn fill(&self, bytes: &mut [u8]) {
            for chunk in bytes.chunks_mut(8) {
                self.0.set(self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15));
                let mut mixed = self.0.get();
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                mixed ^= mixed >> 31;
                chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
            }
        }
    }

    fn mixed(seed: u64) -> Mixed {
        Mixed(Cell::new(seed))
    }

    /// Anything at all, and often what is near to something that can be read.
    fn anything() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(vec![
            'ー',
            '-',
            '・',
            '゛',
            '\u{3099}',
            'ﾞ',
            'ゝ',
            'ヿ',
            'ゟ',
            'k',
            'ｋ',
            'K',
            '0',
            '９',
            '年',
            '月',
            '日',
            '元',
            '昭',
            '和',
            '㍼',
            'S',
            '/',
            '.',
            '@',
            ',',
            '+',
            '_',
            '!',
            '健',
            '一',
            '\u{200B}',
            ' ',
            '　',
            '\n',
            '\r',
            '\0',
            '#',
            '%',
            '$',
            '=',
            'İ',
            'Σ',
            'ß',
            '㍿',
            '\u{301}',
            '\u{345}',
            'e',
            '\u{FFFD}',
            '\u{10FFFF}',
            '😀',
            '𠮷',
            'ﬀ',
            '¨',
            '１',
            '٣',
            '\u{E0100}',
            '가',
            'ᄀ',
            'ᅡ',
        ]);
        let near = vec(odd, 0..24).prop_map(|characters| characters.into_iter().collect());
        prop_oneof![any::<String>(), near]
    }

    /// One large unvoiced kana and the ways to write it that must not matter.
    fn spelt_kana() -> impl Strategy<Value = (&'static str, &'static str)> {
        prop::sample::select(vec![
            ("カ", "か"),
            ("カ", "ｶ"),
            ("カ", "が"),
            ("カ", "ガ"),
            ("カ", "ｶﾞ"),
            ("カ", "か\u{3099}"),
            ("カ", "ヵ"),
            ("ハ", "ぱ"),
            ("ハ", "ﾊﾟ"),
            ("ハ", "バ"),
            ("ヨ", "ょ"),
            ("ヨ", "ｮ"),
            ("ツ", "っ"),
            ("ツ", "ヅ"),
            ("ウ", "ゔ"),
            ("ウ", "ｳﾞ"),
            ("イ", "ヰ"),
            ("オ", "を"),
            ("ン", "ﾝ"),
            ("ー", "-"),
            ("ー", "ｰ"),
            ("ー", "～"),
        ])
    }

    fn spacing() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["", "", " ", "　", "\t", "\u{200B}", "・", "･", "、"])
    }

    /// Folded text in which nothing of an identifier's folding is left to do, and the characters
    /// that an id escapes.
    fn part() -> impl Strategy<Value = String> {
        "[a-c0-2#%]{1,4}"
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_that_is_typed_panics(text in anything()) {
            let _ = KanaName::parse(&text);
            let _ = BirthDate::parse(&text, TODAY);
            let _ = BirthDate::from_iso(&text);
            let _ = EmailAddress::parse(&text);
            let _ = NewPassword::parse(&text, &PasswordContext::default());
            let _ = PasswordHash::parse(&text);
            let _ = Code::parse(&text);
            let _ = SealedCode::from_hex(&text);
            let _ = Token::parse(&text);
            let _ = TokenHash::parse(&text);
            let _ = AccountId::parse(&text);
            let _ = TermsVersion::parse(&text);
            let _ = UserId::parse(&text);
            let _ = InsurerCode::parse(&text);
        }

        #[test]
        fn a_folded_name_is_large_kana_and_folds_to_itself(text in anything()) {
            if let Ok(name) = KanaName::parse(&text) {
                let again = KanaName::parse(name.folded());
                prop_assert_eq!(again.as_ref(), Ok(&name));
                prop_assert!(name.folded().chars().all(|c| ('ア'..='ー').contains(&c)));
                prop_assert!(name.matches(&name, LongMark::Significant));
                prop_assert!(name.matches(&name, LongMark::Ignored));
            }
        }

        #[test]
        fn script_width_voicing_size_and_spacing_do_not_change_a_name(
            parts in vec((spelt_kana(), spacing()), 1..20),
        ) {
            let plain: String = parts.iter().map(|((large, _), _)| *large).collect();
            let typed: String =
                parts.iter().flat_map(|((_, typed), space)| [*typed, *space]).collect();
            let plain = KanaName::parse(&plain);
            prop_assert_eq!(&KanaName::parse(&typed), &plain);
            if let Ok(plain) = plain {
                // Where ー does not count, leaving all of them out makes no difference.
                let without = KanaName::parse(&typed.replace(['-', 'ｰ', '～'], ""));
                prop_assert!(without.is_ok_and(|name| name.matches(&plain, LongMark::Ignored)));
            }
        }

        #[test]
        fn a_refused_character_of_a_name_is_one_that_was_typed(text in anything()) {
            if let Err(error) = KanaName::parse(&text)
                && let Some(character) = error.character()
            {
                prop_assert!(text.contains(character));
            }
        }

        #[test]
        fn a_folded_identifier_folds_to_itself(text in anything()) {
            if let Ok(number) = Number::parse(&text) {
                let again = Number::parse(number.folded());
                prop_assert_eq!(again.as_ref(), Ok(&number));
                for rule in KeyRule::ALL {
                    let canonical = number.canonical(rule).into_owned();
                    prop_assert!(!canonical.is_empty());
                    let again = Number::parse(&canonical).unwrap();
                    prop_assert_eq!(again.canonical(rule), canonical);
                }
            }
        }

        #[test]
        fn any_single_character_is_read_to_the_same_end_twice(c in any::<char>()) {
            let text = format!("a{c}\u{301}{c}");
            if let Ok(number) = Number::parse(&text) {
                let again = Number::parse(number.folded());
                prop_assert_eq!(again, Ok(number));
            }
        }

        #[test]
        fn two_members_never_share_an_id(
            a in (part(), prop::option::of(part()), part()),
            b in (part(), prop::option::of(part()), part()),
        ) {
            let key = |(insurer, symbol, number): &(String, Option<String>, String)| MemberKey {
                // Of punctuation alone there is no code.
                insurer: InsurerCode::parse(insurer).or_else(|_| InsurerCode::parse("jkc")).unwrap(),
                symbol: symbol.as_ref().map(|symbol| Symbol::parse(symbol).unwrap()),
                number: Number::parse(number).unwrap(),
            };
            let (a, b) = (key(&a), key(&b));
            for rule in KeyRule::ALL {
                let canonical = |key: &MemberKey| (
                    key.insurer.clone(),
                    key.symbol.as_ref().map(|symbol| symbol.canonical(rule).into_owned()),
                    key.number.canonical(rule).into_owned(),
                );
                prop_assert_eq!(a.id(rule) == b.id(rule), canonical(&a) == canonical(&b));
                prop_assert!(a.candidate_ids().contains(&a.id(rule)));
            }
        }

        #[test]
        fn every_day_reads_back_from_every_way_to_write_it(
            year in 1900_i32..=2026, ordinal in 1_u16..=365,
        ) {
            let date = Date::from_ordinal_date(year, ordinal).unwrap();
            prop_assume!(date <= TODAY);
            let born = BirthDate::from_date(date).unwrap();
            let (month, day) = (u8::from(date.month()), date.day());
            let compact = format!("{year}{month:02}{day:02}");
            let mut texts = vec![
                born.iso(),
                compact.clone(),
                format!("{year}年{month}月{day}日"),
            ];
            for (letter, name, before, last) in [
                ('M', "明治", 1867, 45), ('t', "大正", 1911, 15), ('S', "昭和", 1925, 64),
                ('h', "平成", 1988, 31), ('R', "令和", 2018, 99),
            ] {
                let of_era = year - before;
                if (1..=last).contains(&of_era) {
                    texts.push(format!("{name}{of_era}年{month}月{day}日"));
                    texts.push(format!("{letter}{of_era:02}{month:02}{day:02}"));
                }
            }
            for text in texts {
                prop_assert_eq!(BirthDate::parse(&text, TODAY), Ok(born), "{}", text);
            }
            prop_assert_eq!(BirthDate::from_iso(&born.iso()), Ok(born));
            // The rule against passwords that contain it looks for how it was just written.
            prop_assert!(born.written_forms().contains(&compact));
        }

        #[test]
        fn a_birth_date_is_never_before_1900_or_after_today(text in anything()) {
            if let Ok(born) = BirthDate::parse(&text, TODAY) {
                prop_assert!(born.date().year() >= 1900 && born.date() <= TODAY);
            }
        }

        #[test]
        fn an_accepted_user_id_is_plain_and_reads_back(text in anything()) {
            if let Ok(id) = UserId::parse(&text) {
                prop_assert!((1..=64).contains(&id.as_typed().len()));
                prop_assert!(id.as_typed().chars().all(|c| c.is_ascii_alphanumeric() || "@-_,+".contains(c)));
                prop_assert_eq!(id.folded(), id.as_typed().to_ascii_lowercase());
                prop_assert_eq!(UserId::parse(id.folded()), Ok(id));
            }
        }

        #[test]
        fn an_accepted_address_is_one_line_of_ascii_and_reads_back(
            text in prop_oneof![
                anything(),
                ("[a-z.+あ]{1,8}", "[a-zA-Z.\\-例]{1,12}").prop_map(|(local, domain)| format!("{local}@{domain}")),
            ],
        ) {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(address.as_str().bytes().all(|b| b.is_ascii_graphic()));
                prop_assert!(address.as_str().len() <= 254);
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
                prop_assert_eq!(address.recipient_key(), address.recipient_key().to_ascii_lowercase());
                prop_assert_eq!(EmailAddress::parse(address.as_str()), Ok(address));
            }
        }

        #[test]
        fn an_accepted_password_satisfies_the_rule(text in "[ -~]{0,24}") {
            if NewPassword::parse(&text, &PasswordContext::default()).is_ok() {
                prop_assert!((8..=20).contains(&text.len()));
                prop_assert!(text.contains(|c: char| c.is_ascii_alphabetic()));
                prop_assert!(text.contains(|c: char| c.is_ascii_digit()));
                prop_assert!(text.contains(|c: char| c.is_ascii_punctuation()));
            }
        }

        #[test]
        fn a_token_reads_back_and_no_two_are_alike(seed in any::<u64>()) {
            let entropy = mixed(seed);
            let (token, other) = (Token::draw(&entropy), Token::draw(&entropy));
            let again = Token::parse(&token.encoded()).unwrap();
            prop_assert_eq!(again.encoded(), token.encoded());
            prop_assert!(again.hash() == token.hash());
            prop_assert!(token.hash() != other.hash());
            prop_assert!(TokenHash::parse(token.hash().as_str()) == Ok(token.hash()));
        }

        #[test]
        fn a_text_that_reads_as_a_token_is_its_only_spelling(text in "[A-Za-z0-9_-]{43}") {
            if let Ok(token) = Token::parse(&text) {
                prop_assert_eq!(token.encoded(), text);
            }
        }

        #[test]
        fn a_code_reads_back_with_its_zeros_and_opens_its_seal(seed in any::<u64>()) {
            let entropy = mixed(seed);
            let (code, token) = (Code::draw(&entropy), Token::draw(&entropy));
            prop_assert_eq!(code.digits().len(), 6);
            let again = Code::parse(code.digits()).unwrap();
            prop_assert_eq!(again.digits(), code.digits());
            let sealed = SealedCode::from_hex(&code.seal(&token).hex()).unwrap();
            prop_assert!(sealed.opens_with(&again, &token));
            prop_assert!(!sealed.opens_with(&again, &Token::draw(&entropy)));
        }

        #[test]
        fn every_account_id_reads_back(seed in any::<u64>()) {
            let id = AccountId::draw(&mixed(seed));
            prop_assert_eq!(AccountId::parse(id.as_str()), Ok(id));
        }

        #[test]
        fn no_window_ever_admits_more_than_its_limit(
            most in 1_u16..6, within in 1_u64..20_000, steps in vec(0_u64..8_000, 1..60),
        ) {
            let limit = Limit { most, within: Duration::from_millis(within) };
            let (mut now, mut admitted) = (0, Vec::new());
            for step in steps {
                now += step;
                match limit.admits(&admitted, at(now)) {
                    Admission::Admitted => admitted.push(at(now)),
                    Admission::Refused { retry_after } => {
                        prop_assert!(retry_after >= Duration::from_secs(1));
                        prop_assert_eq!(retry_after.subsec_nanos(), 0);
                        // A client that waits as told is admitted.
                        let then = at(now) + retry_after;
                        prop_assert_eq!(limit.admits(&admitted, then), Admission::Admitted);
                        // And nobody is made to wait more than a second too long.
                        if retry_after > Duration::from_secs(1) {
                            let before = then - Duration::from_secs(1);
                            prop_assert_ne!(limit.admits(&admitted, before), Admission::Admitted);
                        }
                    }
                }
                // Forgetting what is spent changes nothing.
                let kept: Vec<_> =
                    admitted.iter().copied().filter(|a| !limit.is_spent(*a, at(now))).collect();
                prop_assert_eq!(limit.admits(&kept, at(now)), limit.admits(&admitted, at(now)));
            }
            for window in admitted.windows(usize::from(most) + 1) {
                prop_assert!(window[usize::from(most)] - window[0] >= limit.within);
            }
        }

        #[test]
        fn codes_are_never_sent_faster_than_one_a_minute_or_five_an_hour(
            steps in vec(0_u64..900_000, 1..60),
        ) {
            let (mut now, mut sends) = (0, Vec::new());
            for step in steps {
                now += step;
                if send_admission(&sends, at(now)) == Admission::Admitted {
                    sends.push(at(now));
                }
                let next = resend_at(&sends, at(now));
                prop_assert_eq!(send_admission(&sends, next), Admission::Admitted);
            }
            prop_assert!(sends.windows(2).all(|w| w[1] - w[0] >= Duration::from_mins(1)));
            prop_assert!(sends.windows(6).all(|w| w[5] - w[0] >= Duration::from_hours(1)));
        }

        #[test]
        fn a_lock_never_shrinks_with_another_failure_and_never_exceeds_its_bound(count in any::<u32>()) {
            prop_assert!(lock_after(count) <= lock_after(count.saturating_add(1)));
            prop_assert!(lock_after(count) <= LOCK_LONGEST);
        }

        #[test]
        fn who_waits_as_long_as_tries_under_way_say_is_admitted(
            counted in vec(0_u64..2_000, 0..12),
            under_way in vec(0_u64..2_000, 0..12),
        ) {
            let times = |seconds: &[u64]| seconds.iter().map(|second| at(*second)).collect::<Vec<_>>();
            let (counted, under_way) = (times(&counted), times(&under_way));
            let short = Limit { most: 10, within: Duration::from_mins(15) };
            let long = Some(Limit { most: 11, within: Duration::from_mins(25) });
            let limit = TryLimit { counted: Windows { short, long }, beside: 0 };
            let mut now = at(2_000);
            // Each wait is for one reason; behind the counted ones may stand those under way.
            for _ in 0..2 {
                match limit.admits(&counted, &under_way, now) {
                    Ok(()) => return Ok(()),
                    Err(TryRefusal::Spent { retry_after } | TryRefusal::Crowded { retry_after }) => {
                        prop_assert!(retry_after >= Duration::from_secs(1));
                        now += retry_after;
                    }
                }
            }
            prop_assert_eq!(limit.admits(&counted, &under_way, now), Ok(()));
        }

        #[test]
        fn who_waits_as_long_as_a_lock_says_is_admitted(count in 0_u32..100, after in 0_u64..1_000_000) {
            let failures = LoginFailures { count, last_at: START };
            match failures.admission(&[], at(after)) {
                LoginAdmission::Admitted => prop_assert!(at(after) >= START + lock_after(count)),
                LoginAdmission::LockedFor(wait) => {
                    prop_assert!(wait <= LOCK_LONGEST && wait >= Duration::from_secs(1));
                    prop_assert_eq!(failures.admission(&[], at(after) + wait), LoginAdmission::Admitted);
                }
                LoginAdmission::Crowded(_) => prop_assert!(false, "nothing is under way"),
                LoginAdmission::Closed => prop_assert!(false, "closed before the hundredth"),
            }
        }
    }

    #[test]
    fn every_code_point_is_accepted_or_refused_but_never_panics() {
        // All that is assigned: the first four planes, and the selectors of the fifteenth.
        let mut text = String::new();
        for c in ('\0'..='\u{33FFF}').chain('\u{E0000}'..='\u{E01FF}') {
            text.clear();
            text.push('ア');
            text.push(c);
            if let Ok(name) = KanaName::parse(&text) {
                assert!(name.folded().starts_with('ア'), "{c:?}");
            }
            // Normalising is slow without optimisation, and kanji are themselves.
            if (c < '\u{3400}' || ('\u{F900}'..'\u{20000}').contains(&c))
                && let Ok(number) = Number::parse(&text)
            {
                assert_eq!(Number::parse(number.folded()), Ok(number), "{c:?}");
            }
        }
    }

    #[test]
    fn codes_are_spread_evenly() {
        let entropy = mixed(20_230_901);
        let mut first_digits = [0_u32; 10];
        let mut last_digits = [0_u32; 10];
        for _ in 0..100_000 {
            let code = Code::draw(&entropy);
            let digit = |at: usize| usize::from(code.digits().as_bytes()[at] - b'0');
            first_digits[digit(0)] += 1;
            last_digits[digit(5)] += 1;
        }
        // 10,000 each are expected; five standard deviations are some 475.
        for count in first_digits.into_iter().chain(last_digits) {
            assert!(
                (9_500..=10_500).contains(&count),
                "{first_digits:?} {last_digits:?}"
            );
        }
    }
}
