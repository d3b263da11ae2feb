//! What no page of the site would send: refused with the right status, nothing written, nothing
//! crashed (which each stack checks of itself).

use serde_json::{Value, json};
use tests::{Answer, Browser, Progress, SESSION_COOKIE, TARO, TestStack};

use crate::samples::Sample;

/// The fields that a step takes as text.
fn fields(body: &Value) -> impl Iterator<Item = &String> {
    body.as_object().unwrap().keys()
}

/// Sends each body to each step, and asserts that all are refused and nothing is written.
async fn all_are_refused(bodies: impl Fn(&Sample, &Value) -> Vec<(String, Vec<u8>, u16)>) {
    for (sample, good) in Sample::with_a_body() {
        let stack = TestStack::start().await;
        let mut browser = sample.ready(&stack);
        let before = stack.snapshot();
        for (what, body, status) in bodies(sample, good) {
            let answer = browser.post(sample.path()).body(body).send().await;
            assert_eq!(answer.status, status, "{sample:?}, {what}: {}", answer.body);
            answer.is_refused_with(status, "invalid-request");
        }
        assert_eq!(stack.snapshot(), before, "{sample:?}");
        let answer = sample.take(&mut browser).await;
        answer.succeeds_with(sample.success());
    }
}

fn named(bodies: &[(&str, &[u8], u16)]) -> Vec<(String, Vec<u8>, u16)> {
    bodies
        .iter()
        .map(|(what, body, status)| ((*what).to_owned(), body.to_vec(), *status))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_that_does_not_parse_is_refused() {
    all_are_refused(|_, good| {
        let mut bodies = named(&[
            ("an open object", b"{", 400),
            ("no value", b"{\"code\":}", 400),
            ("single quotes", b"{'code':'1'}", 400),
            ("words", b"hello", 400),
            ("blanks", b"  ", 400),
            ("a form", b"code=061189&email=a%40example.jp", 400),
            ("two values", b"{} {}", 400),
            ("a trailing comma", b"{\"code\":\"1\",}", 400),
            ("a byte order mark", b"\xef\xbb\xbf{}", 400),
            ("bad UTF-8", b"{\"code\":\"\xff\xfe\"}", 400),
            ("overlong UTF-8", b"{\"code\":\"\xc0\x80\"}", 400),
            ("Latin-1", b"{\"code\":\"caf\xe9\"}", 400),
            ("a lone surrogate", b"{\"code\":\"\\ud800\"}", 400),
            ("a raw NUL", b"{\"code\":\"\0\"}", 400),
            ("a raw line end", b"{\"code\":\"\n\"}", 400),
            ("NaN", b"{\"code\":NaN}", 400),
            ("UTF-16", b"\xff\xfe{\0}\0", 400),
        ]);
        let nested = format!("{{\"code\":{}{}}}", "[".repeat(7_000), "]".repeat(7_000));
        bodies.push(("deep nesting".into(), nested.into_bytes(), 400));
        let nested = format!("{}{}", "{\"a\":".repeat(2_000), "}".repeat(2_000));
        bodies.push(("deep objects".into(), nested.into_bytes(), 400));
        let cut = good.to_string();
        bodies.push((
            "a cut".into(),
            cut.as_bytes()[..cut.len() - 1].to_vec(),
            400,
        ));
        bodies
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_that_is_no_object_of_known_texts_is_refused() {
    all_are_refused(|_, good| {
        let mut bodies = named(&[
            ("an array", b"[]", 422),
            ("a text", b"\"061189\"", 422),
            ("null", b"null", 422),
            ("a number", b"61189", 422),
            ("true", b"true", 422),
            ("an unknown field", b"{\"isAdmin\":\"true\"}", 422),
            ("a prototype", b"{\"__proto__\":{\"a\":1}}", 422),
            ("an unknown name of NUL", b"{\"\\u0000\":\"\"}", 422),
        ]);
        let mut unknown = good.clone();
        unknown["next"] = json!("top");
        bodies.push(("one more field".into(), unknown.to_string().into(), 422));
        for field in fields(good) {
            let twice = good
                .to_string()
                .replacen('{', &format!("{{\"{field}\":\"x\","), 1);
            bodies.push((format!("{field} twice"), twice.into(), 422));
            for wrong in [
                json!(1),
                json!(true),
                json!(["a"]),
                json!({"a": 1}),
                json!(1e300),
            ] {
                let mut body = good.clone();
                body[field] = wrong.clone();
                bodies.push((format!("{field}: {wrong}"), body.to_string().into(), 422));
            }
        }
        bodies
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn controls_and_endless_texts_are_refused() {
    all_are_refused(|sample, good| {
        let mut bodies = Vec::new();
        for field in fields(good) {
            // Any text may be tried as a password.
            if field == "currentPassword" || sample.is("login") && field == "password" {
                continue;
            }
            let typed = good[field].as_str().unwrap();
            for (what, text) in [
                ("a NUL", format!("{typed}\0")),
                ("an escape", format!("{typed}\u{1b}[2J")),
                ("a bell in front", format!("\u{7}{typed}")),
                ("a delete", format!("{typed}\u{7f}")),
                ("10,000 characters", "a".repeat(10_000)),
                ("10,000 digits", "1".repeat(10_000)),
                ("5,000 kana", "ア".repeat(5_000)),
                ("5,000 emoji signs", "\u{200d}".repeat(5_000)),
            ] {
                let mut body = good.clone();
                body[field] = json!(text);
                bodies.push((format!("{field}: {what}"), body.to_string().into(), 422));
            }
        }
        bodies
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_over_16_kib_are_refused() {
    all_are_refused(|_, good| {
        let padded = |bytes: usize| {
            let mut body = good.to_string().into_bytes();
            body.resize(bytes, b' ');
            body
        };
        let long_name = format!("{{\"nameKana\":\"{}\"}}", "ア".repeat(10_000));
        vec![
            ("a byte too many".into(), padded(16 * 1024 + 1), 413),
            ("1 MB".into(), padded(1_000_000), 413),
            ("10,000 kana".into(), long_name.into_bytes(), 413),
            ("1 MB of nesting".into(), vec![b'['; 1_000_000], 413),
            ("1 MB of nothing".into(), vec![0; 1_000_000], 413),
        ]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_16_kib_is_read() {
    let stack = TestStack::start().await;
    let mut body = TARO.identity().to_string().into_bytes();
    body.resize(16 * 1024, b' ');
    let answer = stack
        .browser()
        .post("/api/members/verify")
        .body(body)
        .send()
        .await;
    answer.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_types_that_another_site_can_send_are_refused() {
    for (sample, body) in Sample::with_a_body() {
        let stack = TestStack::start().await;
        let mut browser = sample.ready(&stack);
        let before = stack.snapshot();
        let body = body.to_string();
        for media_type in [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "text/plain; charset=utf-8; application/json",
            "application/xml",
            "application/jsonp",
            "json",
            "",
        ] {
            let request = browser
                .post(sample.path())
                .header("content-type", media_type);
            let answer = request.body(body.clone()).send().await;
            answer.is_refused_with(415, "invalid-request");
        }
        let request = browser.post(sample.path()).without("content-type");
        let answer = request.body(body.clone()).send().await;
        answer.is_refused_with(415, "invalid-request");
        let request = browser.post(sample.path()).without("content-type");
        request.send().await.is_refused_with(415, "invalid-request");
        assert_eq!(stack.snapshot(), before, "{sample:?}");

        let json = browser
            .post(sample.path())
            .header("content-type", "Application/JSON ; charset=UTF-8");
        let answer = json.body(body).send().await;
        answer.succeeds_with(sample.success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_sites_are_refused() {
    for sample in Sample::all().filter(|sample| !sample.only_reads()) {
        let stack = TestStack::start().await;
        let mut browser = sample.ready(&stack);
        let before = stack.snapshot();
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
            ("sec-fetch-site", "nonsense"),
            ("origin", "https://evil.example"),
            ("origin", "http://localhost.evil.example"),
            ("origin", "http://localhost:1"),
            ("origin", "null"),
        ] {
            let request = browser
                .request(sample.method(), sample.path())
                .header("content-type", "application/json")
                .header(name, value);
            let answer = request.body(sample.body()).send().await;
            answer.is_refused_with(403, "cross-site");
        }
        assert_eq!(stack.snapshot(), before, "{sample:?}");
    }
    let stack = TestStack::start().await;
    let own = stack.url();
    let answer = stack
        .browser()
        .post("/api/members/verify")
        .without("sec-fetch-site")
        .header("origin", own)
        .body(TARO.identity().to_string())
        .send()
        .await;
    answer.succeeds_with(200);
}

/// The header of a cookie, and what is odd about it.
fn odd_cookies(name: &str, good: &str) -> Vec<(&'static str, Option<String>)> {
    let other = format!("{}A", &good[1..]);
    vec![
        ("none", None),
        ("empty", Some(format!("{name}="))),
        ("no value", Some(name.to_owned())),
        ("a word", Some(format!("{name}=x"))),
        ("a character less", Some(format!("{name}={}", &good[1..]))),
        ("a character more", Some(format!("{name}={good}A"))),
        ("quoted", Some(format!("{name}=\"{good}\""))),
        ("percent signs", Some(format!("{name}=%00%0d%0a"))),
        ("no base64", Some(format!("{name}={}", "!".repeat(43)))),
        ("no ASCII", Some(format!("{name}={}", "é".repeat(43)))),
        (
            "8,000 characters",
            Some(format!("{name}={}", "A".repeat(8_000))),
        ),
        ("another name", Some(format!("x{name}={good}"))),
        (
            "another case",
            Some(format!("{}={good}", name.to_lowercase())),
        ),
        ("no prefix", Some(format!("{}={good}", &name[7..]))),
        ("nobody's", Some(format!("{name}={}Q", "Z".repeat(42)))),
        ("twice", Some(format!("{name}={good}; {name}={other}"))),
        (
            "twice, turned",
            Some(format!("{name}={other}; {name}={good}")),
        ),
        ("many", Some(format!("{name}=x; ").repeat(400))),
    ]
}

async fn take_with_cookie(
    sample: &Sample,
    browser: &mut Browser,
    cookie: Option<&String>,
) -> Answer {
    let mut request = browser
        .request(sample.method(), sample.path())
        .without("cookie");
    let body = sample.body();
    if !body.is_empty() {
        request = request
            .header("content-type", "application/json")
            .body(body);
    }
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    request.send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_cookies_are_none() {
    for (sample, flow) in Sample::in_a_flow() {
        if sample.is("logout") {
            continue; // It needs no cookie; see below.
        }
        let stack = TestStack::start().await;
        let (mut browser, name) = (sample.ready(&stack), flow.cookie());
        let good = browser.cookie(name).unwrap().to_owned();
        let before = stack.snapshot();
        for (what, cookie) in odd_cookies(name, &good) {
            let answer = take_with_cookie(sample, &mut browser, cookie.as_ref()).await;
            assert_eq!(
                (answer.status, answer.problem()),
                (401, flow.missing()),
                "{sample:?}, {what}: {}",
                answer.body
            );
        }
        assert_eq!(stack.snapshot(), before, "{sample:?}");
        let among = format!("a=1; {name}={good}; b=\"2\"");
        take_with_cookie(sample, &mut browser, Some(&among))
            .await
            .succeeds_with(sample.success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_cookies_end_nobodys_session() {
    let (stack, logout) = (TestStack::start().await, Sample::of("logout"));
    let mut browser = logout.ready(&stack);
    let good = browser.cookie(SESSION_COOKIE).unwrap().to_owned();
    let before = stack.snapshot();
    for (_, cookie) in odd_cookies(SESSION_COOKIE, &good) {
        take_with_cookie(logout, &mut browser, cookie.as_ref())
            .await
            .succeeds_with(204);
    }
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_line_of_an_address_becomes_a_header_of_the_mail() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::UserCreated);
    let before = stack.snapshot();
    for address in [
        "a@example.jp\r\nBcc: b@example.jp",
        "a@example.jp\nBcc: b@example.jp",
        "a@example.jp\r",
        "\r\na@example.jp",
        "a@example.jp\u{2028}Bcc: b@example.jp",
        "a@example.jp\u{85}b@example.jp",
    ] {
        let answer = browser.send_code_to(address).await;
        answer.refuses_fields(&[("email", "line_break")]);
    }
    for address in [
        "a@example.jp, b@example.jp",
        "a@example.jp; b@example.jp",
        "a@example.jp b@example.jp",
        "<a@example.jp>, <b@example.jp>",
        "a@example.jp <b@example.jp>",
        "a@b@example.jp",
        "a@[127.0.0.1]",
    ] {
        browser
            .send_code_to(address)
            .await
            .is_refused_with(422, "invalid-request");
    }
    assert_eq!(stack.snapshot(), before);
    assert!(stack.mailbox().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_text_may_be_tried_as_a_password_and_only_the_right_one_helps() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    for password in [
        format!("{}\0", TARO.password),
        format!(" {}", TARO.password),
        "a".repeat(10_000),
        "健保太郎".repeat(100),
        "\u{7}".to_owned(),
    ] {
        let mut browser = stack.browser();
        // Each a while after the one before, for five in a row lock the user ID.
        let answer = browser.login(TARO.user_id, &password).await;
        assert!(matches!(answer.status, 401 | 422), "{}", answer.body);
    }
    let mut browser = stack.browser();
    browser.later(std::time::Duration::from_secs(1));
    browser.login_as(&TARO).await.succeeds_with(200);
}

/// An event of API Gateway with this body.
fn event(body: &str, is_base64: bool) -> Vec<u8> {
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /api/members/verify",
        "rawPath": "/api/members/verify",
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "host": "localhost",
            "x-origin-key": "local-OriginKeyA",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": "POST",
                "path": "/api/members/verify",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "",
            },
            "requestId": "r",
            "routeKey": "POST /api/members/verify",
            "stage": "$default",
            "time": "01/Apr/2026:01:00:00 +0000",
            "timeEpoch": 1_775_005_200_000_i64,
        },
        "body": body,
        "isBase64Encoded": is_base64,
    });
    event.to_string().into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_in_base64_is_read_like_any_other() {
    let stack = TestStack::start().await;
    // {"insurerCode":"jkc"}, the bytes FF FE, an array.
    for (body, status, fields) in [
        ("eyJpbnN1cmVyQ29kZSI6ImprYyJ9", 422, 3),
        ("//4=", 400, 0),
        ("W10=", 422, 0),
    ] {
        let invocation = stack
            .invoke("verify-member", &event(body, true))
            .await
            .unwrap();
        assert_eq!(invocation.response["statusCode"], status, "{body}");
        let problem: Value =
            serde_json::from_str(invocation.response["body"].as_str().unwrap()).unwrap();
        let errors = problem["errors"].as_array().map_or(0, Vec::len);
        assert_eq!(errors, fields, "{problem}");
        assert!(invocation.calls.is_empty());
    }
}
