//! The headers of the distribution: what the pages and the API are protected by, whatever they say
//! themselves.

use std::collections::BTreeMap;

use http::Method;
use tests::{Answer, TARO, TestStack};

/// What no page of the product uses, and no script can be made to use.
const NOT_USED: [&str; 16] = [
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "usb",
    "xr-spatial-tracking",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_answers_have_the_headers_that_protect_them() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    for path in ["/", "/there/is/no/such/page"] {
        let page = browser.request(Method::GET, path).send().await;
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}"
        );
        is_protected(&page, path);
        assert_eq!(page.header("cache-control"), "no-cache", "{path}");
    }
    let success = browser.verify(&TARO.identity()).await;
    let refusal = browser.session().await;
    for (what, answer, status) in [("a success", &success, 200), ("a refusal", &refusal, 401)] {
        assert_eq!(answer.status, status, "{what}");
        is_protected(answer, what);
        assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    }
    // The gateway's own answers too.
    let nothing = browser.request(Method::GET, "/api/nothing").send().await;
    is_protected(&nothing, "no route");
}

/// OWASP ASVS 5.0, chapter 3.4, and its secure-headers project.
#[track_caller]
fn is_protected(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy");
    let directives: BTreeMap<&str, &str> = policy
        .split(';')
        .map(|directive| {
            let directive = directive.trim();
            directive.split_once(' ').unwrap_or((directive, ""))
        })
        .collect();
    for (name, value) in [
        ("default-src", "'none'"),
        ("style-src", "'self'"),
        ("img-src", "'self'"),
        ("connect-src", "'self'"),
        ("form-action", "'none'"),
        ("base-uri", "'none'"),
        ("object-src", "'none'"),
        ("frame-ancestors", "'none'"),
        ("require-trusted-types-for", "'script'"),
        ("trusted-types", "'none'"),
    ] {
        assert_eq!(directives.get(name), Some(&value), "{what}: {policy}");
    }
    // Files of the site, and one script that stands in its pages, by its hash.
    let hash = directives
        .get("script-src")
        .and_then(|sources| sources.strip_prefix("'self' 'sha256-")?.strip_suffix('\''));
    assert!(
        hash.is_some_and(|hash| hash.len() == 44 && !hash.contains([' ', '\''])),
        "{what}: {policy}"
    );
    for weakness in [
        "unsafe-inline",
        "unsafe-eval",
        "unsafe-hashes",
        "*",
        "data:",
        "http",
    ] {
        assert!(!policy.contains(weakness), "{what}: {policy}");
    }

    let transport = answer.header("strict-transport-security");
    let age = transport
        .split(';')
        .find_map(|part| part.trim().strip_prefix("max-age="))
        .and_then(|age| age.parse::<u32>().ok());
    assert!(age >= Some(365 * 24 * 60 * 60), "{what}: {transport}");
    assert!(
        transport.contains("includeSubDomains"),
        "{what}: {transport}"
    );
    assert!(!transport.contains("preload"), "{what}: {transport}");

    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        // Not `no-referrer`: a page has to know whether a request came from the page before.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{what}: {name}");
    }
    let allowed = answer.header("permissions-policy");
    let features: Vec<&str> = allowed.split(',').map(str::trim).collect();
    for feature in NOT_USED {
        assert!(
            features.contains(&&*format!("{feature}=()")),
            "{what}: {allowed}"
        );
    }
    // Nothing tells whoever asks what answers.
    for name in ["server", "x-powered-by"] {
        assert_eq!(answer.header(name), "", "{what}: {name}");
    }
}
