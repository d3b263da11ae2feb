//! The distribution is the one way in.

use http::Method;
use tests::{TARO, TestStack};

/// The API's own name, past the distribution.
fn own_host(stack: &TestStack) -> String {
    let port = stack.url().rsplit_once(':').unwrap().1.to_owned();
    format!("api.localhost:{port}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_past_the_distribution_is_refused_by_every_function_and_reads_nothing() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let host = own_host(&stack);
    let mut browser = stack.browser();
    for (route, function) in stack.routes() {
        let (method, path) = route.split_once(' ').unwrap();
        for key in [
            None,
            Some(""),
            Some("guess"),
            Some("local-OriginKeyA,local-OriginKeyB"),
        ] {
            let mut request = browser
                .request(Method::from_bytes(method.as_bytes()).unwrap(), path)
                .header("host", &host)
                .header("content-type", "application/json")
                .header("cloudfront-viewer-address", "203.0.113.9:443");
            if let Some(key) = key {
                request = request.header("x-origin-key", key);
            }
            let answer = request.body(TARO.credentials().to_string()).send().await;
            answer.is_refused_with(403, "direct-call");
            let calls = stack.calls_of(answer.request_id());
            assert!(calls.is_empty(), "{function}, {key:?}: {calls:?}");
        }
    }
}

/// While keys are changed, the distribution sends the one or the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_of_the_two_keys_the_distribution_sends_is_known() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let host = own_host(&stack);
    for key in ["local-OriginKeyA", "local-OriginKeyB"] {
        let mut browser = stack.browser();
        let login = browser
            .post("/api/sessions")
            .header("host", &host)
            .header("x-origin-key", key)
            .body(TARO.credentials().to_string());
        login.send().await.succeeds_with(200);
    }
}
