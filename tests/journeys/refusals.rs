//! Every refusal of the contract, by its problem type and status.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{HANAKO, Progress, SHOKO, START, TARO, TestStack};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn which_field_does_not_match_the_roster_is_not_said() {
    let stack = TestStack::start().await;
    let before = stack.snapshot_without(&["Throttles"]);
    let mut answers = Vec::new();
    for (field, wrong) in [
        ("insurerCode", json!("demo")),
        ("symbol", json!("02")),
        ("symbol", Value::Null),
        ("number", json!("jvc0212")),
        ("number", json!("jvc211")),
        ("birthDate", json!("1980-01-02")),
        ("nameKana", json!("ケンポ ジロウ")),
        ("nameKana", json!("ケンポ タロー")),
    ] {
        let mut browser = stack.browser();
        let answer = browser.verify(&TARO.identity_with(field, wrong)).await;
        answer.is_refused_with(404, "member-not-matched");
        answers.push(answer.json);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(stack.snapshot_without(&["Throttles"]), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dependant_cannot_register() {
    let stack = TestStack::start().await;
    let dependant = json!({
        "insurerCode": "jkc", "symbol": "02", "number": "00125",
        "birthDate": "1992-06-20", "nameKana": "スズキ ハナコ",
    });
    stack
        .browser()
        .verify(&dependant)
        .await
        .is_refused_with(404, "member-not-matched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_with_an_account_is_told_so_when_all_five_fields_are_right() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let before = stack.snapshot_without(&["Throttles"]);
    stack
        .browser()
        .verify(&TARO.identity())
        .await
        .is_refused_with(409, "already-registered");
    stack
        .browser()
        .verify(&TARO.identity_with("birthDate", "1980-01-02"))
        .await
        .is_refused_with(404, "member-not-matched");
    assert_eq!(stack.snapshot_without(&["Throttles"]), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_steps_of_a_registration_that_is_done_say_that_the_account_exists() {
    let stack = TestStack::start().await;
    let mut journey = stack.journey(TARO).confirmed().await;
    let before = stack.snapshot();
    let browser = &mut journey.browser;
    browser
        .create_user(&TARO.choice())
        .await
        .is_refused_with(409, "already-registered");
    browser
        .send_code()
        .await
        .is_refused_with(409, "already-registered");
    browser
        .confirm("000000")
        .await
        .is_refused_with(409, "already-registered");
    assert_eq!(stack.snapshot(), before);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_without_a_registration_is_sent_back_to_the_start() {
    let stack = TestStack::start().await;
    let before = stack.snapshot();
    let mut browser = stack.browser();
    browser
        .create_user(&TARO.choice())
        .await
        .is_refused_with(401, "registration-missing");
    browser
        .send_code()
        .await
        .is_refused_with(401, "registration-missing");
    browser
        .confirm("000000")
        .await
        .is_refused_with(401, "registration-missing");
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_id_of_an_account_or_of_somebody_on_the_way_is_taken_in_any_case() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_registration(SHOKO, Progress::UserCreated);
    let mut hanako = stack.has_registration(HANAKO, Progress::Verified);
    for taken in ["Kenpo-Taro", "kenpo-taro", "KENPO-TARO", "shoko", "Shoko"] {
        let mut choice = HANAKO.choice();
        choice["userId"] = json!(taken);
        hanako
            .create_user(&choice)
            .await
            .is_refused_with(409, "user-id-taken");
    }
    stack.has_nothing_left_over();
    hanako
        .create_user(&HANAKO.choice())
        .await
        .succeeds_with(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reserved_user_id_is_free_again_twenty_seconds_after_its_registration_has_ended() {
    let stack = TestStack::start().await;
    stack.has_registration(SHOKO, Progress::UserCreated);
    let verified_at = START + Duration::from_hours(1);
    let mut hanako = stack.has_registration_with(
        HANAKO,
        Progress::Verified,
        &json!({"verifiedAt": "2026-04-01T02:00:00Z"}),
    );
    let mut choice = HANAKO.choice();
    choice["userId"] = json!("shoko");
    let ends = verified_at + Duration::from_hours(1);
    hanako.at(ends + domain::TRY_LIVES - Duration::from_millis(1));
    hanako
        .create_user(&choice)
        .await
        .is_refused_with(409, "user-id-taken");
    hanako.later(Duration::from_millis(1));
    hanako.create_user(&choice).await.succeeds_with(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_code_tells_how_many_tries_are_left() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent("061189"));
    for left in [4, 3, 2, 1] {
        let answer = browser.confirm("061188").await;
        answer.is_refused_with(422, "code-mismatch");
        assert_eq!(answer.json["attemptsLeft"], left);
        assert!(
            answer.json["detail"]
                .as_str()
                .unwrap()
                .contains(&format!("あと{left}回"))
        );
    }
    browser.confirm("061189").await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_user_id_and_a_wrong_password_are_answered_alike() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    let wrong = browser.login(TARO.user_id, "kaze-to-8sora").await;
    let unknown = browser.login("nobody-here", TARO.password).await;
    wrong.is_refused_with(401, "invalid-credentials");
    assert_eq!((unknown.status, &unknown.body), (wrong.status, &wrong.body));
    let names = |answer: &tests::Answer| {
        let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&unknown), names(&wrong));
    assert_eq!(stack.items("Sessions").len(), 0);
}

/// Calls are what takes time beside the hash: the same ones, in the same rounds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_user_id_and_a_wrong_password_make_the_same_calls() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut calls = Vec::new();
    for user_id in [TARO.user_id, "nobody-here"] {
        let mut browser = stack.browser();
        browser.counting_calls();
        let answer = browser.login(user_id, "kaze-to-8sora").await;
        answer.is_refused_with(401, "invalid-credentials");
        // Those of one round come in any order.
        let (counts, made) = answer.calls().split_once("; ").unwrap();
        let mut made: Vec<String> = made.split(", ").map(str::to_owned).collect();
        made.sort();
        calls.push((counts.to_owned(), made));
    }
    assert_eq!(calls[0], calls[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_signed_in_sees_nothing_and_can_always_log_out() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    browser
        .session()
        .await
        .is_refused_with(401, "not-signed-in");
    browser
        .accept_terms("2023-09-01")
        .await
        .is_refused_with(401, "not-signed-in");
    browser.logout().await.succeeds_with(204);
    browser.logout().await.succeeds_with(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_that_is_missing_is_named_at_once() {
    let stack = TestStack::start().await;
    let nothing = json!({});
    stack.browser().verify(&nothing).await.refuses_fields(&[
        ("insurerCode", "missing"),
        ("number", "missing"),
        ("birthDate", "missing"),
        ("nameKana", "missing"),
    ]);
    let mut browser = stack.has_registration(TARO, Progress::CodeSent("061189"));
    browser.create_user(&nothing).await.refuses_fields(&[
        ("userId", "missing"),
        ("password", "missing"),
        ("email", "missing"),
    ]);
    for (path, fields) in [
        ("/api/codes/confirm", &[("code", "missing")][..]),
        (
            "/api/sessions",
            &[("userId", "missing"), ("password", "missing")],
        ),
        ("/api/terms/acceptance", &[("version", "missing")]),
    ] {
        let answer = browser.post(path).body("{}").send().await;
        answer.refuses_fields(fields);
    }
}

/// In whichever language, a refusal is the same one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_english_is_refused_in_english() {
    let stack = TestStack::start().await;
    for (accept_language, english) in [
        ("en-GB,en;q=0.9,ja;q=0.8", true),
        ("fr,en;q=0.5", true),
        ("ja,en;q=0.9", false),
        ("de", false),
        ("*", false),
    ] {
        let mut browser = stack.browser();
        let typed = TARO.identity_with("nameKana", "健保 太郎");
        let request = browser.post("/api/members/verify");
        let request = request.header("accept-language", accept_language);
        let answer = request.body(typed.to_string()).send().await;
        assert_eq!(answer.refused_fields(), [("nameKana", "kanji")]);
        if english {
            answer.is_refused_in_english_with(422, "invalid-request");
            let told = answer.json["errors"][0]["message"].as_str().unwrap();
            assert!(told.starts_with("“健” is a kanji. "), "{told}");
        } else {
            answer.is_refused_with(422, "invalid-request");
        }
    }

    // A success has no words, and so no language.
    let mut browser = stack.browser();
    let request = browser.post("/api/members/verify");
    let request = request.header("accept-language", "en");
    let answer = request.body(TARO.identity().to_string()).send().await;
    answer.succeeds_with(200);
    assert_eq!(answer.header("content-language"), "");

    let mut browser = stack.has_registration(SHOKO, Progress::CodeSent("061189"));
    for (left, told) in [
        (4, "4 more times."),
        (3, "3 more times."),
        (2, "2 more times."),
        (1, "1 more time."),
    ] {
        let request = browser.post("/api/codes/confirm");
        let request = request.header("accept-language", "en");
        let answer = request.body(r#"{"code": "061188"}"#).send().await;
        answer.is_refused_in_english_with(422, "code-mismatch");
        assert_eq!(answer.json["attemptsLeft"], left);
        let detail = answer.json["detail"].as_str().unwrap();
        assert!(detail.ends_with(told), "{detail}");
    }
}

/// The page sends no version while the box is not ticked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_not_ticked_the_box_is_told_to() {
    let stack = TestStack::start().await;
    stack.has_account_with(TARO, None);
    let mut browser = stack.has_session(TARO, None);
    for version in [json!({}), json!({"version": null}), json!({"version": ""})] {
        let request = browser.post("/api/terms/acceptance");
        let answer = request.body(version.to_string()).send().await;
        answer.refuses_fields(&[("version", "missing")]);
        assert_eq!(
            answer.json["errors"][0]["message"],
            "「利用規約に同意する」にチェックしてください。"
        );
    }
    let request = browser.post("/api/terms/acceptance");
    let request = request.header("accept-language", "en");
    let answer = request.body("{}").send().await;
    answer.is_refused_in_english_with(422, "invalid-request");
    assert_eq!(
        answer.json["errors"][0]["message"],
        "Please tick “I agree to the terms of use” (利用規約に同意する)."
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_mistyped_is_named_with_what_to_do() {
    let stack = TestStack::start().await;
    for (field, typed, code) in [
        ("insurerCode", "", "empty"),
        ("number", "　", "empty"),
        ("birthDate", "80/1/1", "two_digit_year"),
        ("birthDate", "1980/2/30", "no_such_day"),
        ("birthDate", "2026-04-02", "future"),
        ("birthDate", "yesterday", "not_a_date"),
        ("nameKana", "健保 太郎", "kanji"),
        ("nameKana", "ケンポ Tarou", "latin"),
        ("nameKana", "", "empty"),
    ] {
        let answer = stack
            .browser()
            .verify(&TARO.identity_with(field, typed))
            .await;
        answer.refuses_fields(&[(field, code)]);
    }

    let mut browser = stack.has_registration(TARO, Progress::Verified);
    for (field, typed, code) in [
        ("userId", "", "empty"),
        ("userId", "健保", "not_allowed"),
        ("userId", "taro!", "not_allowed"),
        ("password", "", "empty"),
        ("password", "sora-7k", "too_short"),
        ("password", "sora-7kaze-umi-yama-x", "too_long"),
        ("password", "sorakaze-umi", "no_digit"),
        ("password", "sora7kaze7umi", "no_symbol"),
        ("password", "1234-5678", "no_letter"),
        ("password", "ｓｏｒａ-7kaze", "full_width"),
        ("password", "sora 7kaze!", "not_allowed"),
        ("password", "password1!", "common"),
        ("password", "kenpo-taro7", "contains_user_id"),
        ("password", "jvc0211-sora", "contains_number"),
        ("password", "sora-19800101", "contains_birth_date"),
        ("password", "jkc-7sorakaze", "contains_service_name"),
        ("email", "", "empty"),
        ("email", "taro.example.jp", "no_at"),
        ("email", "a@example.jp,b@example.jp", "several_addresses"),
        ("email", "taro@mail,example,jp", "comma_for_dot"),
        ("email", "taro@example.con", "perhaps_mistyped"),
        ("email", "taro..k@example.jp", "carrier_form"),
        ("email", "taro.@example.jp", "carrier_form"),
        ("email", "taro@localhost", "domain"),
        ("email", "a@example.jp\r\nBcc: b@example.jp", "line_break"),
    ] {
        let mut choice = TARO.choice();
        choice[field] = json!(typed);
        let answer = browser.create_user(&choice).await;
        assert_eq!(
            (answer.status, answer.refused_fields()),
            (422, vec![(field, code)]),
            "{typed}: {}",
            answer.body
        );
    }
    stack.has_nothing_left_over();

    let mut browser = stack.has_registration(SHOKO, Progress::CodeSent("061189"));
    for (typed, code) in [
        ("", "empty"),
        ("12345", "not_six_digits"),
        ("12345x", "not_digits"),
    ] {
        browser
            .confirm(typed)
            .await
            .refuses_fields(&[("code", code)]);
    }
    browser.confirm("061189").await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_of_8_and_of_20_characters_are_taken_and_every_character_matters() {
    let stack = TestStack::start().await;
    for (member, password) in [(TARO, "sora-7kz"), (SHOKO, "sora-7kaze-umi-yama!")] {
        let mut browser = stack.has_registration(member, Progress::Verified);
        let mut choice = member.choice();
        choice["password"] = json!(password);
        browser.create_user(&choice).await.succeeds_with(201);
        browser.send_code().await.succeeds_with(202);
        let code = stack.newest_code_to(member.email);
        browser.confirm(&code).await.succeeds_with(200);
        let last = format!("{}_", &password[..password.len() - 1]);
        browser
            .login(member.user_id, &last)
            .await
            .is_refused_with(401, "invalid-credentials");
        browser
            .login(member.user_id, &password.to_uppercase())
            .await
            .is_refused_with(401, "invalid-credentials");
        browser
            .login(member.user_id, password)
            .await
            .succeeds_with(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_route_is_not_found() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    for (method, path) in [
        (http::Method::GET, "/api/users"),
        (http::Method::GET, "/api/members/verify"),
        (http::Method::PUT, "/api/session"),
        (http::Method::POST, "/api/nothing"),
    ] {
        let answer = browser.request(method, path).send().await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

/// A failed condition is an outcome: it would fail again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_whose_condition_failed_is_not_made_again() {
    let stack = TestStack::start().await;
    stack.has_registration(SHOKO, Progress::UserCreated);
    let mut browser = stack.has_registration(TARO, Progress::Verified);
    browser.counting_calls();
    let mut choice = TARO.choice();
    choice["userId"] = SHOKO.user_id.into();
    let answer = browser.create_user(&choice).await;
    answer.is_refused_with(409, "user-id-taken");
    // The second one charges the member's share of answers, the third counts the try.
    let written = answer.calls().matches("TransactWriteItems").count();
    assert_eq!(written, 3, "{}", answer.calls());
}
