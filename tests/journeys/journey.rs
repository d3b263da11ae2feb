//! The seven steps of the manual, as members take them.

use std::time::Duration;

use serde_json::{Value, json};
use store::check::Rule;
use tests::{HANAKO, Progress, REGISTRATION_COOKIE, SESSION_COOKIE, SHOKO, START, TARO, TestStack};
use time::macros::datetime;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taro_goes_from_the_letter_to_the_top_page() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();

    let verified = browser.verify(&TARO.identity()).await;
    let subject = verified.succeeds_with(200)["subject"].clone();
    assert_eq!(
        verified.json,
        json!({
            "subject": subject,
            "memberName": "健保 太郎",
            "symbol": "01",
            "number": "jvc0211",
            "mailSender": "jvckwd_kennin@ibss.example.jp",
            "next": "user",
            "surveyDeadline": "2027-01-29",
        })
    );

    let created = browser.create_user(&TARO.choice()).await;
    assert_eq!(
        created.succeeds_with(201),
        &json!({"subject": subject, "userId": "Kenpo-Taro"})
    );
    assert_eq!(
        stack.items("Accounts").len(),
        0,
        "no account before the code"
    );

    let sent = browser.send_code().await;
    assert_eq!(
        sent.succeeds_with(202),
        &json!({"expiresAt": "2026-04-01T01:10:00Z", "resendAt": "2026-04-01T01:01:00Z"})
    );
    let mail = &stack.mailbox()[0];
    assert_eq!(
        (&*mail.to, &*mail.from, &*mail.subject),
        (
            TARO.email,
            "jvckwd_kennin@ibss.example.jp",
            "【ユーザーID作成用認証番号のお知らせ】"
        )
    );
    assert!(
        mail.headers
            .contains(&("Auto-Submitted".to_owned(), "auto-generated".to_owned()))
    );

    let code = stack.newest_code_to(TARO.email);
    let confirmed = browser.confirm(&code).await;
    assert_eq!(confirmed.succeeds_with(200), &json!({"next": "login"}));

    let signed_in = browser.login_as(&TARO).await;
    let subject = signed_in.succeeds_with(200)["subject"].clone();
    assert_eq!(signed_in.json["next"], "terms");

    let accepted = browser.accept_terms("2023-09-01").await;
    assert_eq!(accepted.succeeds_with(200), &json!({"next": "top"}));

    let top = browser.session().await;
    assert_eq!(
        top.succeeds_with(200),
        &json!({
            "subject": subject,
            "userId": "Kenpo-Taro",
            "memberName": "健保 太郎",
            "insurer": {
                "code": "jkc",
                "name": "JVCケンウッド健康保険組合",
                "contact": {
                    "telephone": "050-2018-3292",
                    "hours": "平日10時から17時、12時～13時・土日祝日を除く",
                    "mail": "jvckwd_kennin@ibss.example.jp",
                },
                "surveyOpens": "2026-11-02",
                "surveyDeadline": "2027-01-29",
                "surveyAddress": "https://survey.example.jp/jkc",
            },
            "terms": {"version": "2023-09-01", "accepted": true},
            "session": {
                "expiresAt": "2026-04-01T13:00:00Z",
                "idleExpiresAt": "2026-04-01T01:30:00Z",
            },
            "lastLoginAt": null,
            "lastLoginPlace": null,
            "email": "K***@example.jp",
            "emailChange": null,
        })
    );

    browser.logout().await.succeeds_with(204);
    browser
        .session()
        .await
        .is_refused_with(401, "not-signed-in");
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanako_whose_insurer_has_no_symbol_comes_to_the_top_page_too() {
    let stack = TestStack::start().await;
    for symbol in [Value::Null, json!(""), json!(" ")] {
        let identity = HANAKO.identity_with("symbol", symbol);
        stack.browser().verify(&identity).await.succeeds_with(200);
    }
    let mut absent = HANAKO.identity();
    absent.as_object_mut().unwrap().remove("symbol");
    let answer = stack.browser().verify(&absent).await;
    assert_eq!(answer.succeeds_with(200)["symbol"], "");

    let mut journey = stack.journey(HANAKO).terms_accepted().await;
    let top = journey.browser.session().await;
    assert_eq!(
        top.succeeds_with(200)["insurer"]["name"],
        "デモ健康保険組合"
    );
    assert_eq!(stack.mailbox()[0].from, "demo_kennin@ibss.example.jp");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_type_the_same_in_many_ways() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    for (field, typed) in [
        ("insurerCode", "ＪＫＣ"),
        ("insurerCode", " Jkc "),
        ("symbol", "０１"),
        ("symbol", "1"),
        ("number", "ＪＶＣ０２１１"),
        ("number", "JVC 0211"),
        ("number", "jvc-0211"),
        ("birthDate", "19800101"),
        ("birthDate", "1980/1/1"),
        ("birthDate", "１９８０年１月１日"),
        ("birthDate", "昭和55年1月1日"),
        ("birthDate", "S55.1.1"),
        ("birthDate", "㍼55年1月1日"),
        ("nameKana", "けんぽ たろう"),
        ("nameKana", "ケンポタロウ"),
        ("nameKana", "ｹﾝﾎﾟ ﾀﾛｳ"),
        ("nameKana", "ケンホ　タロウ"),
        ("nameKana", "ケンホ\u{309a}・タロウ"),
    ] {
        browser.later(Duration::from_secs(5));
        let answer = browser.verify(&TARO.identity_with(field, typed)).await;
        assert_eq!(answer.status, 200, "{field} {typed}: {}", answer.body);
        assert_eq!(answer.json["number"], "jvc0211", "as the roster has it");
    }
    for kana in [
        "ケンポ ショウコ",
        "ケンホ シヨウコ",
        "けんぽしょうこ",
        "ｹﾝﾎﾟ ｼｮｳｺ",
    ] {
        let identity = SHOKO.identity_with("nameKana", kana);
        stack.browser().verify(&identity).await.succeeds_with(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookies_are_closed_to_scripts_and_other_sites_and_end_with_what_they_are_for() {
    let stack = TestStack::start().await;
    let journey = stack.journey(TARO).verified().await;
    let registration = journey.answer().set_cookie(REGISTRATION_COOKIE).unwrap();
    assert!(registration.contains("; Max-Age=7200;"), "{registration}");

    let mut journey = journey.signed_in().await;
    let session = journey.answer().set_cookie(SESSION_COOKIE).unwrap();
    assert!(session.contains("; Max-Age=43200;"), "{session}");
    for cookie in [&registration, &session] {
        for attribute in ["; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert_eq!(cookie.split([';', '=']).nth(1).unwrap().len(), 43);
    }
    assert_eq!(
        journey.browser.cookie(REGISTRATION_COOKIE),
        None,
        "the login ends the registration's cookie"
    );

    let answer = journey.browser.logout().await;
    let cleared = answer.set_cookie(SESSION_COOKIE).unwrap();
    assert!(cleared.contains("=; Max-Age=0;"), "{cleared}");
    assert_eq!(journey.browser.cookie(SESSION_COOKIE), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_has_no_token_code_or_password() {
    let stack = TestStack::start().await;
    let journey = stack.journey(TARO).code_sent().await;
    let secrets = [
        journey.code(),
        journey
            .browser
            .cookie(REGISTRATION_COOKIE)
            .unwrap()
            .to_owned(),
        TARO.password.to_owned(),
    ];
    let tables = stack.snapshot_without(&["Members", "Throttles"]);
    let held = format!("{tables:?} {:?}", stack.items("Audit"));
    assert!(!secrets.iter().any(|secret| held.contains(&**secret)));

    let journey = journey.signed_in().await;
    let session = journey.browser.cookie(SESSION_COOKIE).unwrap();
    let held = format!("{:?} {:?}", stack.snapshot(), stack.items("Audit"));
    assert!(!held.contains(session) && !held.contains(TARO.password));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_acceptance_of_a_version_stands() {
    let stack = TestStack::start().await;
    stack.has_account_with(TARO, None);
    let mut browsers = [stack.browser(), stack.browser()];
    for browser in &mut browsers {
        browser.login_as(&TARO).await.succeeds_with(200);
    }
    let accepted = || {
        let account = &stack.items_of("Accounts", "user#")[0];
        account["acceptances"]["M"]["2023-09-01"].clone()
    };
    let [first, other] = &mut browsers;
    first.accept_terms("2023-09-01").await.succeeds_with(200);
    let at = accepted();
    for browser in [first, other] {
        browser.later(Duration::from_mins(1));
        browser.accept_terms("2023-09-01").await.succeeds_with(200);
        assert_eq!(accepted(), at, "when it was accepted");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terms_are_asked_for_once_and_again_for_a_new_version() {
    let stack = TestStack::start().await;
    let mut journey = stack.journey(TARO).terms_accepted().await;
    let again = journey.browser.login_as(&TARO).await;
    assert_eq!(again.succeeds_with(200)["next"], "top");
    // The browsers' clocks differ by more than those of functions.
    stack.breaks(&[Rule::Ttl]);

    let mut insurer = stack.database().get("Insurers", "jkc").unwrap().unwrap();
    insurer.insert(
        "terms_versions".to_owned(),
        json!({"SS": ["2023-09-01", "2026-05-01"]}),
    );
    stack.database().put("Insurers", &insurer).unwrap();
    let mut browser = stack.browser();
    // Published ahead of its day, which begins at midnight in Japan.
    let answer = browser
        .at(datetime!(2026-04-30 14:59:59 UTC))
        .login_as(&TARO)
        .await;
    assert_eq!(answer.succeeds_with(200)["next"], "top");
    let answer = browser
        .at(datetime!(2026-04-30 15:00 UTC))
        .login_as(&TARO)
        .await;
    assert_eq!(answer.succeeds_with(200)["next"], "terms");
    let top = browser.session().await;
    assert_eq!(
        top.succeeds_with(200)["terms"],
        json!({"version": "2026-05-01", "accepted": false})
    );
    browser
        .accept_terms("2023-09-01")
        .await
        .refuses_fields(&[("version", "not_current")]);
    browser.accept_terms("2026-05-01").await.succeeds_with(200);
    browser.accept_terms("2026-05-01").await.succeeds_with(200);

    let account = &stack.items_of("Accounts", "user#")[0];
    let acceptances = account["acceptances"]["M"].as_object().unwrap();
    assert_eq!(
        acceptances.keys().collect::<Vec<_>>(),
        ["2023-09-01", "2026-05-01"],
        "each acceptance is kept"
    );
    let answer = stack.browser().login_as(&TARO).await;
    assert_eq!(answer.succeeds_with(200)["next"], "top");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_id_is_matched_without_regard_to_case_and_shown_as_typed() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    for typed in ["kenpo-taro", "KENPO-TARO", "Ｋｅｎｐｏ-Ｔａｒｏ"] {
        let mut browser = stack.browser();
        let answer = browser.login(typed, TARO.password).await;
        assert_eq!(answer.status, 200, "{typed}: {}", answer.body);
        let top = browser.session().await;
        assert_eq!(top.succeeds_with(200)["userId"], "Kenpo-Taro");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_top_page_tells_the_login_before_this_one() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(browser.session().await.json["lastLoginAt"], Value::Null);

    browser.later(Duration::from_hours(24 * 365));
    browser.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(
        browser.session().await.json["lastLoginAt"],
        "2026-04-01T01:00:00Z"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_taken_as_members_type_it() {
    let stack = TestStack::start().await;
    for (member, typed) in [
        (TARO, "０６１１８９"),
        (SHOKO, " 061 189 "),
        (HANAKO, "061-189"),
    ] {
        let mut browser = stack.has_registration(member, Progress::CodeSent("061189"));
        let answer = browser.confirm(typed).await;
        assert_eq!(answer.status, 200, "{typed}: {}", answer.body);
    }
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_mistyped_the_address_corrects_it_when_sending() {
    let stack = TestStack::start().await;
    let mut journey = stack.journey(TARO).code_sent().await;
    let void = journey.code();
    journey.browser.later(Duration::from_mins(1));
    let answer = journey.browser.send_code_to("taro.kenpo@example.com").await;
    answer.succeeds_with(202);
    let code = stack.newest_code_to("taro.kenpo@example.com");
    if code != void {
        journey
            .browser
            .confirm(&void)
            .await
            .is_refused_with(422, "code-mismatch");
    }
    journey.browser.confirm(&code).await.succeeds_with(200);
    journey.browser.login_as(&TARO).await.succeeds_with(200);
    assert_eq!(
        journey.browser.session().await.json["email"],
        "t***@example.com"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_changes_their_mind_takes_another_user_id_and_frees_the_first() {
    let stack = TestStack::start().await;
    let mut taro = stack.has_registration(TARO, Progress::UserCreated);
    let again = taro.create_user(&TARO.choice()).await;
    again.succeeds_with(201);
    let mut other = TARO.choice();
    other["userId"] = json!("another");
    taro.create_user(&other).await.succeeds_with(201);
    stack.has_nothing_left_over();

    let mut shoko = stack.has_registration(SHOKO, Progress::Verified);
    let mut freed = SHOKO.choice();
    freed["userId"] = json!(TARO.user_id);
    shoko.create_user(&freed).await.succeeds_with(201);
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_family_shares_one_address() {
    let stack = TestStack::start().await;
    for (minute, member) in [(0, TARO), (2, SHOKO)] {
        let mut browser = stack.has_registration(member, Progress::Verified);
        browser.at(START + Duration::from_mins(minute));
        let mut choice = member.choice();
        choice["email"] = json!("family@example.jp");
        browser.create_user(&choice).await.succeeds_with(201);
        browser.send_code().await.succeeds_with(202);
        let code = stack.newest_code_to("family@example.jp");
        browser.confirm(&code).await.succeeds_with(200);
    }
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_of_an_outdated_cost_is_made_anew_at_the_next_login() {
    /// libargon2's hash of `PASSWORD`, at a cost that nobody should use.
    const CHEAP: &str = "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw\
                         $KJAS23rjDvKHpKju/VvvT2obXMEGUWgrmhSX8ZT79vI";
    const PASSWORD: &str = "kzmv-4711";
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut account = stack.items_of("Accounts", "user#").remove(0);
    account.insert("password_hash".to_owned(), json!({"S": CHEAP}));
    stack.database().put("Accounts", &account).unwrap();
    let mut browser = stack.browser();
    let answer = browser.login(TARO.user_id, "kzmv-4712").await;
    answer.is_refused_with(401, "invalid-credentials");
    for _ in 0..2 {
        browser
            .login(TARO.user_id, PASSWORD)
            .await
            .succeeds_with(200);
        let account = &stack.items_of("Accounts", "user#")[0];
        let hash = account["password_hash"]["S"].as_str().unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
    }
}
