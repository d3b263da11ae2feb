//! Which insurer: what anybody may ask, and what is told of a code that no insurer has.

use std::time::Duration;

use http::Method;
use local::{Fault, FaultKind};
use serde_json::json;
use tests::{START, TARO, TestStack};

/// 「ｊｋｃ」。 as it stands in an address.
const WITH_BRACKETS: &str = "%E3%80%8C%EF%BD%8A%EF%BD%8B%EF%BD%83%E3%80%8D%E3%80%82";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_is_told_an_insurers_name_and_contact_and_nothing_else() {
    let stack = TestStack::start().await;
    let before = stack.snapshot();
    for code in ["jkc", "JKC", WITH_BRACKETS] {
        let answer = stack.browser().insurer(code).await;
        assert_eq!(
            *answer.is_public(),
            json!({
                "code": "jkc",
                "name": "JVCケンウッド健康保険組合",
                "contact": {
                    "telephone": "050-2018-3292",
                    "hours": "平日10時から17時、12時～13時・土日祝日を除く",
                    "mail": "jvckwd_kennin@ibss.example.jp",
                },
                "mailSender": "jvckwd_kennin@ibss.example.jp",
                "letterKey": "off",
                "english": {
                    "name": "JVC Kenwood Health Insurance Society",
                    "hours": "weekdays 10:00–17:00, except 12:00–13:00, weekends and holidays",
                },
            }),
            "{code}"
        );
    }
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_the_same_for_a_member_and_says_nothing_of_who_asks() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut signed_in = stack.has_session(TARO, Some("2023-09-01"));
    // Counted, each is asked for anew.
    let own = signed_in.counting_calls().insurer("jkc").await;
    let of_others = stack.browser().counting_calls().insurer("jkc").await;
    assert_eq!(own.is_public(), of_others.is_public());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_no_insurer_has_is_told_at_the_field_in_both_languages() {
    let stack = TestStack::start().await;
    for (code, reason) in [
        ("abc", "unknown_insurer"),
        ("06139999", "insurer_number"),
        ("%E3%80%8C%E3%80%8D", "empty"),
    ] {
        let mut browser = stack.browser();
        let answer = browser.insurer(code).await;
        answer.refuses_fields(&[("insurerCode", reason)]);
        let path = format!("/api/insurers/{code}");
        let request = browser.request(Method::GET, &path);
        let answer = request.header("accept-language", "en").send().await;
        answer.is_refused_in_english_with(422, "invalid-request");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_fails_the_distribution_goes_on_telling_what_it_knows() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    let told = browser.insurer("jkc").await.json;
    stack.faults().inject(Fault::new(FaultKind::InternalError));
    for later in [Duration::from_mins(4), Duration::from_hours(12)] {
        let answer = browser.at(START + later).insurer("jkc").await;
        assert_eq!(*answer.is_public(), told, "{later:?}");
    }
    let answer = browser.insurer("demo").await;
    answer.is_refused_with(503, "try-again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_telephone_number_is_told_after_five_minutes() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    browser.insurer("jkc").await.is_public();
    let mut jkc = stack.database().get("Insurers", "jkc").unwrap().unwrap();
    jkc.insert(
        "contact_telephone".to_owned(),
        json!({"S": "050-0000-0000"}),
    );
    stack.database().put("Insurers", &jkc).unwrap();
    for (later, telephone) in [(299, "050-2018-3292"), (300, "050-0000-0000")] {
        let answer = browser
            .at(START + Duration::from_secs(later))
            .insurer("jkc")
            .await;
        assert_eq!(answer.is_public()["contact"]["telephone"], telephone);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_insurer_code_is_told_where_members_are_compared_and_charged_to_nobody() {
    let stack = TestStack::start().await;
    stack.has_account(tests::SHOKO);
    let mut browser = stack.browser();
    // More than any throttle allows.
    for _ in 0..20 {
        for (code, reason) in [
            ("nosuch", "unknown_insurer"),
            ("06139999", "insurer_number"),
        ] {
            let identity = TARO.identity_with("insurerCode", code);
            let answer = browser.verify(&identity).await;
            answer.refuses_fields(&[("insurerCode", reason)]);
        }
    }
    let identity = TARO.identity_with("insurerCode", "nosuch");
    let answer = browser.remind(&identity).await;
    answer.refuses_fields(&[("insurerCode", "unknown_insurer")]);
    browser.verify(&TARO.identity()).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_is_understood_with_the_brackets_that_it_is_printed_in() {
    let stack = TestStack::start().await;
    for code in ["「jkc」", "「ＪＫＣ」。", "(jkc)", "“jkc”"] {
        let identity = TARO.identity_with("insurerCode", code);
        stack.browser().verify(&identity).await.succeeds_with(200);
    }
}
