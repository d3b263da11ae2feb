//! What stands before the functions: the site, the gateway and its limits.

use std::io::Read;

use flate2::read::GzDecoder;
use http::Request;
use serde_json::json;

use crate::support::{send, start};

#[tokio::test]
async fn a_request_goes_through_all_of_it() {
    let stack = start().await;
    let request = Request::post("/api/probe")
        .header("content-type", "application/json")
        .header("x-local-now", "2026-04-01T00:09:59Z")
        .header("x-local-client", "203.0.113.7");
    let response = send(&stack, request, json!({"do": "echo"}).to_string()).await;
    assert_eq!(response.status(), 200);
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["first=1; Path=/", "second=2; Path=/"]);
    assert_eq!(response.headers()["x-frame-options"], "DENY");
    assert_eq!(
        response.headers()["strict-transport-security"],
        "max-age=63072000; includeSubDomains"
    );
    // Of two headers of one name, the template says whose goes out.
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-probe"], "policy");
    assert_eq!(
        response.headers()["date"],
        "Wed, 01 Apr 2026 00:09:59 GMT",
        "the time that the request came"
    );
    let body = String::from_utf8(response.into_body().to_vec()).unwrap();
    assert!(body.contains("203.0.113.7"), "{body}");
    assert!(body.contains("1775002199000"), "{body}");
}

#[tokio::test]
async fn the_site_is_served_with_its_headers() {
    let stack = start().await;
    for path in ["/", "/portal/signup.ibss", "/portal/", "/none", "/portal"] {
        let page = send(&stack, Request::get(path), "").await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-cache"),
            ("x-probe", "policy"),
        ] {
            assert_eq!(page.headers()[name], value, "{path}");
        }
    }
}

#[tokio::test]
async fn a_path_leads_to_a_file_to_a_folder_or_nowhere() {
    let stack = start().await;
    for (path, status, title) in [
        ("/", 200, "index"),
        ("/index.html", 200, "index"),
        ("/?utm=letter", 200, "index"),
        ("/portal/", 200, "portal"),
        ("/portal/?a=b&c", 200, "portal"),
        ("/portal/signup.ibss", 200, "signup"),
        ("/portal/signup.ibss?a=b", 200, "signup"),
        ("/portal/signup%2Eibss", 200, "signup"),
        ("/none", 404, "not found"),
        ("/none/", 404, "not found"),
        ("/portal/signup.ibss/", 404, "not found"),
        ("/%2e%2e/template.yaml", 404, "not found"),
        ("/apiary", 404, "not found"),
    ] {
        let page = send(&stack, Request::get(path), "").await;
        let expected = format!("<!doctype html><title>{title}</title>\n");
        assert_eq!(
            (page.status().as_u16(), page.body()),
            (status, &expected.into()),
            "{path}"
        );
        assert_eq!(
            page.headers()["content-type"],
            "text/html; charset=utf-8",
            "{path}"
        );
        assert_eq!(page.headers().contains_key("etag"), status == 200, "{path}");
    }
    for path in ["/portal", "/portal?a=b"] {
        let folder = send(&stack, Request::get(path), "").await;
        assert_eq!(folder.status(), 301, "{path}");
        assert_eq!(folder.headers()["location"], "/portal/", "{path}");
    }
    assert_eq!(send(&stack, Request::post("/"), "").await.status(), 405);
}

#[tokio::test]
async fn a_head_tells_what_a_get_would() {
    let stack = start().await;
    for (path, accept_encoding) in [
        ("/portal/signup.ibss", "identity"),
        ("/style.css", "identity"),
        ("/style.css", "gzip"),
        ("/none", "gzip"),
    ] {
        let ask = |method: &str| {
            let request = Request::builder().method(method).uri(path);
            send(
                &stack,
                request.header("accept-encoding", accept_encoding),
                "",
            )
        };
        let (get, head) = (ask("GET").await, ask("HEAD").await);
        assert_eq!(head.status(), get.status(), "{path}");
        assert_eq!(head.body(), "", "{path}");
        for name in [
            "content-length",
            "content-type",
            "content-encoding",
            "etag",
            "vary",
            "cache-control",
        ] {
            assert_eq!(
                head.headers().get(name),
                get.headers().get(name),
                "{path}: {name}"
            );
        }
        assert_eq!(
            head.headers()["content-length"],
            get.body().len().to_string(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let stack = start().await;
    for (path, accept_encoding) in [
        ("/portal/signup.ibss", "gzip"),
        ("/style.css", "identity"),
        ("/style.css", "gzip"),
    ] {
        let ask = |known: &str| {
            let request = Request::get(path).header("accept-encoding", accept_encoding);
            send(&stack, request.header("if-none-match", known), "")
        };
        let whole = ask("\"another\"").await;
        assert_eq!(whole.status(), 200, "{path}");
        let tag = whole.headers()["etag"].to_str().unwrap();
        let opaque = tag.trim_start_matches("W/");
        for known in [
            tag.to_owned(),
            opaque.to_owned(),
            format!("W/{opaque}"),
            format!("\"another\", {tag}"),
            "*".to_owned(),
        ] {
            let again = ask(&known).await;
            assert_eq!(again.status(), 304, "{path}: {known}");
            assert_eq!(again.body(), "", "{path}");
            assert_eq!(again.headers()["etag"], tag, "{path}");
            assert_eq!(again.headers()["cache-control"], "no-cache", "{path}");
            assert!(!again.headers().contains_key("content-encoding"), "{path}");
        }
    }
}

#[tokio::test]
async fn text_is_compressed_for_who_takes_it_so() {
    let stack = start().await;
    let ask = |path: &str, accept_encoding: &str| {
        let request = Request::get(path).header("accept-encoding", accept_encoding);
        send(&stack, request, "")
    };
    let plain = ask("/style.css", "br").await;
    assert!(!plain.headers().contains_key("content-encoding"));
    assert_eq!(plain.headers()["vary"], "Accept-Encoding");
    let tag = plain.headers()["etag"].to_str().unwrap();
    assert!(tag.starts_with('"'), "{tag}");

    let compressed = ask("/style.css", "gzip, deflate, br").await;
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    assert_eq!(compressed.headers()["vary"], "Accept-Encoding");
    assert_eq!(compressed.headers()["etag"], format!("W/{tag}"));
    assert!(compressed.body().len() < plain.body().len() / 2);
    let mut content = Vec::new();
    GzDecoder::new(&compressed.body()[..])
        .read_to_end(&mut content)
        .unwrap();
    assert_eq!(content, plain.body()[..]);

    // Too short, and so not worth it.
    let short = ask("/portal/signup.ibss", "gzip").await;
    assert!(!short.headers().contains_key("content-encoding"));
    assert!(!short.headers().contains_key("vary"));
}

#[tokio::test]
async fn the_limits_of_the_gateway_hold() {
    let stack = start().await;
    let nothing = send(&stack, Request::get("/api/none"), "").await;
    assert_eq!(
        (nothing.status().as_u16(), &nothing.body()[..]),
        (404, br#"{"message":"Not Found"}"#.as_slice())
    );
    let large = send(
        &stack,
        Request::post("/api/probe"),
        vec![b'a'; 10 * 1024 * 1024 + 1],
    )
    .await;
    assert_eq!(large.status(), 413);
    let heavy = send(
        &stack,
        Request::post("/api/probe").header("x-a", "a".repeat(10_300)),
        "",
    )
    .await;
    assert_eq!(heavy.status(), 431);
    let time = send(
        &stack,
        Request::post("/api/probe").header("x-local-now", "yesterday"),
        "",
    )
    .await;
    assert_eq!(time.status(), 400);
}
