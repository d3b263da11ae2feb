//! What people type, by the API alone: understood, or asked back, and never charged for it.

use serde_json::json;
use tests::{Answer, HANAKO, Progress, SHOKO, TARO, TestStack};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_birth_date_typed_into_a_form_with_an_era_is_understood() {
    let stack = TestStack::start().await;
    for typed in [
        "昭和昭和55年年1月1日",
        "昭和昭和55年1月1日年月日",
        "昭和S55.1.1年月日",
        "昭和19800101年月日",
        "昭和１９８０年1月1日",
    ] {
        let identity = TARO.identity_with("birthDate", typed);
        stack.browser().verify(&identity).await.succeeds_with(200);
    }
    let identity = TARO.identity_with("birthDate", "55年1月1日");
    let answer = stack.browser().verify(&identity).await;
    answer.refuses_fields(&[("birthDate", "two_digit_year")]);
    let error = &answer.json["errors"][0];
    assert_eq!(error["suggestion"], "昭和55年1月1日");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("「昭和55年」ですか。"),
        "{error}"
    );
    let identity = TARO.identity_with("birthDate", "昭和55年1月1日");
    stack.browser().verify(&identity).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_copied_along_is_understood_by_the_api() {
    let stack = TestStack::start().await;
    for (member, field, typed) in [
        (TARO, "insurerCode", "保険者指定コード：jkc"),
        (TARO, "number", "番号：jvc0211"),
        (TARO, "birthDate", "生年月日：昭和55年1月1日生"),
        (HANAKO, "symbol", "なし"),
        (HANAKO, "symbol", "-"),
    ] {
        let identity = member.identity_with(field, typed);
        stack.browser().verify(&identity).await.succeeds_with(200);
    }
    let mut browser = stack.has_registration(TARO, Progress::Verified);
    let mut choice = TARO.choice();
    choice["email"] = json!("健保 太郎 <taro@example.jp>");
    browser.create_user(&choice).await.succeeds_with(201);
    let told = browser.registration().await;
    assert_eq!(told.json["user"]["email"], "taro@example.jp");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_looks_mistyped_is_asked_back_once_wherever_one_is_typed() {
    let stack = TestStack::start().await;
    let typed = "taro@example.con";
    let asks = |answer: &Answer| {
        answer.refuses_fields(&[("email", "perhaps_mistyped")]);
        assert_eq!(answer.json["errors"][0]["suggestion"], "taro@example.com");
    };

    let mut browser = stack.has_registration(TARO, Progress::Verified);
    let before = stack.snapshot();
    let mut choice = TARO.choice();
    choice["email"] = json!(typed);
    asks(&browser.create_user(&choice).await);
    // A member who insists on another address has not been asked about this one.
    choice["insistedEmail"] = json!("taro@example.cmo");
    asks(&browser.create_user(&choice).await);
    choice["insistedEmail"] = json!("no address");
    asks(&browser.create_user(&choice).await);
    assert_eq!(
        stack.snapshot(),
        before,
        "nothing is charged, and nothing kept"
    );
    choice["insistedEmail"] = json!("Taro@Example.con");
    browser.create_user(&choice).await.succeeds_with(201);

    // As at the correction, where the address may be absent.
    asks(&browser.send_code_to(typed).await);
    let body = json!({"email": typed, "insistedEmail": typed}).to_string();
    let answer = browser.post("/api/codes").body(body).send().await;
    answer.succeeds_with(202);

    let mut browser = stack.browser();
    asks(&browser.request_reset("taro", typed).await);
    let body = json!({"userId": "taro", "email": typed, "insistedEmail": typed}).to_string();
    let answer = browser.post("/api/password-resets").body(body).send().await;
    answer.succeeds_with(202);

    stack.has_account(HANAKO);
    let mut browser = stack.has_session(HANAKO, Some("2023-09-01"));
    asks(&browser.change_email(HANAKO.password, typed).await);
    let body = json!({"currentPassword": HANAKO.password, "email": typed, "insistedEmail": typed});
    let answer = browser.post("/api/account/email").body(body.to_string());
    answer.send().await.succeeds_with(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mails_own_line_and_the_whole_mail_are_taken_for_the_code_and_english_is_for_who_reads_it()
 {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::UserCreated);
    let answer = browser
        .post("/api/codes")
        .header("accept-language", "en")
        .body("{}")
        .send()
        .await;
    answer.succeeds_with(202);
    let mails = stack.mailbox();
    let mail = mails.first().unwrap();
    assert!(
        mail.subject.ends_with("Your verification code"),
        "{}",
        mail.subject
    );
    let code = stack.newest_code_to(TARO.email);
    let line = |words: &str| mail.text.contains(&format!("{words}{code}\n"));
    assert!(
        line("認証番号：") && line("Your verification code: "),
        "{}",
        mail.text
    );
    let refused = browser.confirm("認証番号：12345").await;
    refused.refuses_fields(&[("code", "not_digits")]);
    browser.confirm(&mail.text).await.succeeds_with(200);

    let mut browser = stack.has_registration(SHOKO, Progress::CodeSent("061189"));
    browser.confirm("認証番号：061189").await.succeeds_with(200);
}
