//! What is logged: one line for each request, and nothing of the member in it.

mod secrets;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::{InsurerCode, KeyRule, MemberKey, Number, Subject, Symbol, UserId};
use local::{Item, LogLine, Source};
use serde_json::Value;
use tests::{Browser, Member, REGISTRATION_COOKIE, RESET_COOKIE, SESSION_COOKIE, TARO, TestStack};

use crate::events::{cookies, request_body};
use crate::openapi::{description, operations};
use local::cases::Case;

use crate::run::{RUN, listeners};

use self::secrets::{Secrets, collect, collect_cookie, insert, leaks};

#[test]
fn every_event_leaves_one_line_that_says_what_came_of_it() {
    let mut lines: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in written(&RUN.logs) {
        let id = line["request.id"].as_str().unwrap_or_default().to_owned();
        lines.entry(id).or_default().push(line);
    }
    for outcome in &RUN.outcomes {
        let case = &outcome.case;
        let of_request = lines.remove(case.request()).unwrap_or_default();
        assert_eq!(of_request.len(), 1, "{}: {of_request:?}", case.label());
        let line = &of_request[0];
        assert_eq!(line["step"], *case.step, "{}", case.label());
        assert_eq!(
            line["outcome"],
            case.problem().unwrap_or("done"),
            "{}",
            case.label()
        );
        assert_eq!(
            line["http.status"],
            outcome.response["statusCode"],
            "{}",
            case.label()
        );
        assert!(line["took_ms"].is_u64(), "{}: {line}", case.label());
        // Whatever the member is told, the operator reads that something behind us failed.
        let refused = matches!(case.problem(), Some("try-again" | "mail-not-sent"));
        let state = case.state.as_ref();
        let behind_us = refused || state.is_some_and(|state| !state["faults"].is_null());
        let level = if behind_us { "ERROR" } else { "INFO" };
        assert_eq!(line["level"], level, "{}", case.label());
        assert_eq!(
            line["cause"].is_string(),
            behind_us,
            "{}: {line}",
            case.label()
        );
    }
    for told in &RUN.heard {
        let of_event = lines.remove(told.case.request()).unwrap_or_default();
        assert_eq!(of_event.len(), 1, "{}: {of_event:?}", told.case.label());
    }
    // Of the steps' own mails, too, somebody is told.
    let listeners = listeners();
    lines.retain(|_, of_event| {
        let told = |line: &Value| listeners.contains(line["step"].as_str().unwrap_or_default());
        !of_event.iter().all(told)
    });
    assert!(lines.is_empty(), "lines of no request: {lines:?}");
}

#[test]
fn every_line_names_whom_its_event_is_about_by_a_hash() {
    let api = description();
    let operations = operations(&api);
    for outcome in &RUN.outcomes {
        let case = &outcome.case;
        let line = line_of(case);
        let who = &line["who.hash"];
        let by_cookie = operations[&case.step].cookie();
        let about = match by_cookie {
            Some(cookie) => whom_the_cookie_is_of(case, cookie),
            None => whom_the_body_is_about(case),
        };
        let refused = case.problem().unwrap_or_default();
        let before_it_is_known = ["cross-site", "invalid-request"].contains(&refused);
        // A cookie that leads nowhere any more, or a database that does not say where.
        let in_vain = by_cookie.is_some()
            && [
                "already-registered",
                "not-signed-in",
                "other-member",
                "registration-missing",
                "reset-missing",
                "try-again",
            ]
            .contains(&refused);
        match about {
            None => assert_eq!(*who, "", "{}", case.label()),
            Some(_) if *who == "" => {
                assert!(before_it_is_known || in_vain, "{}: {line}", case.label());
            }
            Some(about) => assert_eq!(*who, about.as_str(), "{}", case.label()),
        }
    }
}

/// The member or the account that the state of a case has under the token in a cookie.
fn whom_the_cookie_is_of(case: &Case, cookie: &str) -> Option<Subject> {
    let sent = case.event["cookies"].as_array().into_iter().flatten();
    let prefix = format!("__Host-{cookie}=");
    let mut tokens = sent.filter_map(|cookie| cookie.as_str()?.strip_prefix(&prefix));
    let token = tokens.next()?;
    let state = case.state.as_ref()?;
    let mut entries = state[format!("{cookie}s")].as_array().into_iter().flatten();
    let entry = entries.find(|entry| entry["token"] == token)?;
    match cookie {
        "registration" => member(
            &entry["member"][0],
            &entry["member"][1],
            &entry["member"][2],
        ),
        _ => account(&entry["account"]["userId"]).or_else(|| account(&entry["userId"])),
    }
}

/// The member or the account that a body names, if it can.
fn whom_the_body_is_about(case: &Case) -> Option<Subject> {
    let body: Value = serde_json::from_slice(&request_body(&case.event)?).ok()?;
    account(&body["userId"])
        .or_else(|| member(&body["insurerCode"], &body["symbol"], &body["number"]))
}

/// The subject of the account of a user ID, be there one or not.
fn account(user_id: &Value) -> Option<Subject> {
    Some(UserId::parse(user_id.as_str()?).ok()?.subject())
}

/// The subject of a member of one of the sample insurers, to which leading zeros say nothing.
fn member(insurer: &Value, symbol: &Value, number: &Value) -> Option<Subject> {
    let symbol = symbol.as_str().filter(|symbol| !symbol.is_empty());
    let key = MemberKey {
        insurer: InsurerCode::parse(insurer.as_str()?).ok()?,
        symbol: symbol.map(Symbol::parse).transpose().ok()?,
        number: Number::parse(number.as_str()?).ok()?,
    };
    Some(key.id(KeyRule::default()).subject())
}

/// The one line that a function wrote of a case.
#[track_caller]
pub(crate) fn line_of(case: &Case) -> Value {
    let mut lines = written(&RUN.logs);
    lines.retain(|line| line["request.id"] == *case.request());
    assert_eq!(lines.len(), 1, "{}: {lines:?}", case.label());
    lines.remove(0)
}

#[test]
fn nothing_of_a_member_is_in_a_line_of_any_event() {
    let mut secrets = Secrets::new();
    for outcome in &RUN.outcomes {
        let case = &outcome.case;
        collect(&case.event["requestContext"]["http"], &mut secrets);
        let client = case.event["headers"]["x-forwarded-for"].as_str().unwrap();
        insert("client", client.split(',').next().unwrap(), &mut secrets);
        collect(&case.state.clone().unwrap_or_default(), &mut secrets);
        collect(&crate::events::body(&outcome.response), &mut secrets);
        for cookie in case.event["cookies"].as_array().into_iter().flatten() {
            collect_cookie(cookie.as_str().unwrap(), &mut secrets);
        }
        for cookie in cookies(&outcome.response) {
            collect_cookie(cookie, &mut secrets);
        }
        if let Some(body) = request_body(&case.event) {
            match serde_json::from_slice(&body) {
                Ok(body) => collect(&body, &mut secrets),
                Err(_) => insert("body", &String::from_utf8(body).unwrap(), &mut secrets),
            }
        }
        for mail in &outcome.mails {
            insert(
                "code",
                code_in(&mail.text).unwrap_or_default(),
                &mut secrets,
            );
        }
    }
    let kinds: BTreeSet<&str> = secrets.iter().map(|(kind, _)| kind.as_str()).collect();
    for kind in [
        "birthDate",
        "client",
        "code",
        "email",
        "letterKey",
        "memberName",
        "nameKana",
        "number",
        "password",
        "token",
        "userId",
    ] {
        assert!(kinds.contains(kind), "no {kind} is looked for");
    }
    for told in &RUN.heard {
        let recipients = &told.case.event["detail"]["mail"]["destination"];
        for recipient in recipients.as_array().unwrap() {
            insert("email", recipient.as_str().unwrap(), &mut secrets);
        }
    }
    let found = leaks(&RUN.logs, &secrets);
    assert!(found.is_empty(), "{found:#?}");
}

/// A member whose choices can be mistaken for nothing else.
const CANARY: Member = Member {
    user_id: "Canary-Gull,7@roost",
    password: "Qx\"7\\%w{Zebra}/+",
    email: "canary.gull+roost@gulls.example.jp",
    ..TARO
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_member_is_in_a_line_or_in_the_audit_trail_of_a_whole_journey() {
    let stack = TestStack::start().await;
    let mut secrets = Secrets::new();
    for (kind, value) in [
        ("number", CANARY.number),
        ("birth date", CANARY.birth_date),
        ("birth date", "昭和55年1月1日"),
        ("kana", CANARY.kana),
        ("kana", "けんぽ じろう"),
        ("name", CANARY.name),
        ("user ID", CANARY.user_id),
        ("password", CANARY.password),
        ("password", "Wrong-Guess-88"),
        ("address", CANARY.email),
        ("address", "mistyped.gull@gulls.example.jp"),
        ("client address", "198.51.100.77"),
        ("unknown field", "MotherMaidenName"),
    ] {
        insert(kind, value, &mut secrets);
    }

    let mut journey = stack.journey(CANARY);
    let browser = &mut journey.browser;
    browser.from_address("198.51.100.77");
    let wrong = CANARY.identity_with("nameKana", "けんぽ じろう");
    browser
        .verify(&wrong)
        .await
        .is_refused_with(404, "member-not-matched");
    let mut unknown = CANARY.identity_with("birthDate", "昭和55年1月1日");
    unknown["MotherMaidenName"] = "MotherMaidenName".into();
    browser
        .verify(&unknown)
        .await
        .refuses_fields(&[("MotherMaidenName", "unknown_field")]);
    let mut journey = journey.user_created().await;
    journey.browser.registration().await.succeeds_with(200);
    let registration = journey.browser.cookie(REGISTRATION_COOKIE).unwrap();
    insert("token", registration, &mut secrets);

    // A mail that cannot be sent, then one to another address, and a wrong code.
    let rejected = local::Fault::new(local::FaultKind::MessageRejected);
    stack.faults().inject(rejected);
    let answer = journey
        .browser
        .send_code_to("mistyped.gull@gulls.example.jp")
        .await;
    answer.is_refused_with(503, "mail-not-sent");
    stack.faults().clear();
    let answer = journey.browser.send_code_to(CANARY.email).await;
    answer.succeeds_with(202);
    let code = stack.newest_code_to(CANARY.email);
    insert("code", &code, &mut secrets);
    let mistyped = if code == "000000" { "000001" } else { "000000" };
    let answer = journey.browser.confirm(mistyped).await;
    answer.is_refused_with(422, "code-mismatch");
    journey.browser.confirm(&code).await.succeeds_with(200);

    let answer = journey
        .browser
        .login(CANARY.user_id, "Wrong-Guess-88")
        .await;
    answer.is_refused_with(401, "invalid-credentials");
    journey.browser.login_as(&CANARY).await.succeeds_with(200);
    let session = journey.browser.cookie(SESSION_COOKIE).unwrap();
    insert("token", session, &mut secrets);
    journey
        .browser
        .accept_terms("2023-09-01")
        .await
        .succeeds_with(200);
    journey.browser.session().await.succeeds_with(200);
    // Whatever the database does, its words do not bring the member's along.
    let broken = local::Fault::new(local::FaultKind::InternalError);
    stack.faults().inject(broken);
    journey
        .browser
        .login_as(&CANARY)
        .await
        .is_refused_with(503, "try-again");
    journey
        .browser
        .session()
        .await
        .is_refused_with(503, "try-again");
    stack.faults().clear();
    journey.browser.logout().await.succeeds_with(204);

    forgets_both(&stack, &mut journey.browser, &mut secrets).await;

    tokio::time::sleep(Duration::from_millis(300)).await;
    let logs = stack.logs();
    assert!(written(&logs).len() > 17, "the journey is logged");
    let found = leaks(&logs, &secrets);
    assert!(found.is_empty(), "{found:#?}");

    let trail = stack.items("Audit");
    assert!(trail.len() > 10, "the journey is audited");
    let found = leaks(&trail.iter().map(as_line).collect::<Vec<_>>(), &secrets);
    assert!(found.is_empty(), "{found:#?}");
}

/// What an item of the audit trail says, as if it had been logged; without its numbers, hashes and the
/// request's id, in which any six digits may be.
fn as_line(item: &Item) -> LogLine {
    let mut said = item.clone();
    for name in ["subject", "at", "ttl", "member", "request"] {
        said.remove(name);
    }
    LogLine {
        function: "the audit trail".to_owned(),
        instance: 1,
        request: None,
        source: Source::Stack,
        text: Value::from(said).to_string(),
    }
}

/// Both are forgotten, user ID and password, with mails that arrive and mails that do not.
async fn forgets_both(stack: &TestStack, browser: &mut Browser, secrets: &mut Secrets) {
    let rejected = local::Fault::new(local::FaultKind::MessageRejected);
    stack.faults().inject(rejected.service(local::Service::Ses));
    browser.remind(&CANARY.identity()).await.succeeds_with(202);
    stack.faults().clear();
    let answer = browser
        .request_reset(CANARY.user_id, "mistyped.gull@gulls.example.jp")
        .await;
    answer.succeeds_with(202);
    let answer = browser.request_reset(CANARY.user_id, CANARY.email).await;
    answer.succeeds_with(202);
    let reset = browser.cookie(RESET_COOKIE).unwrap();
    insert("token", reset, secrets);
    let code = stack.newest_code_to(CANARY.email);
    insert("code", &code, secrets);
    let mistyped = if code == "000000" { "000001" } else { "000000" };
    let new = "Zq\"9\\%v{Heron}/+";
    insert("password", new, secrets);
    let answer = browser.reset_password(mistyped, new).await;
    answer.is_refused_with(422, "code-mismatch");
    browser.reset_password(&code, new).await.succeeds_with(204);
}

/// The lines that functions wrote, each of which is JSON.
fn written(logs: &[LogLine]) -> Vec<Value> {
    logs.iter()
        .filter(|line| line.source != Source::Stack)
        .map(|line| {
            serde_json::from_str(&line.text).unwrap_or_else(|_| panic!("no JSON: {line:?}"))
        })
        .collect()
}

fn code_in(mail: &str) -> Option<&str> {
    let mut lines = mail.lines();
    lines
        .find_map(|line| line.strip_prefix("認証番号："))
        .map(str::trim)
}
