//! What stands before the functions: the site, the gateway and its limits.

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
    let body = String::from_utf8(response.into_body().to_vec()).unwrap();
    assert!(body.contains("203.0.113.7"), "{body}");
    assert!(body.contains("1775002199000"), "{body}");
}

#[tokio::test]
async fn the_site_is_served_with_its_headers() {
    let stack = start().await;
    let page = send(&stack, Request::get("/portal/signup.ibss"), "").await;
    assert_eq!(
        (page.status().as_u16(), &page.headers()["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let tag = page.headers()["etag"].clone();
    let again = send(
        &stack,
        Request::get("/portal/signup.ibss").header("if-none-match", tag),
        "",
    )
    .await;
    assert_eq!(again.status(), 304);
    assert_eq!(send(&stack, Request::get("/"), "").await.status(), 200);
    assert_eq!(
        send(&stack, Request::get("/portal"), "").await.status(),
        301
    );
    assert_eq!(send(&stack, Request::get("/none"), "").await.status(), 404);
    assert_eq!(
        send(&stack, Request::get("/%2e%2e/template.yaml"), "")
            .await
            .status(),
        404
    );
    assert_eq!(send(&stack, Request::post("/"), "").await.status(), 405);
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
