//! Stacks of the fixture, and requests to them.

use std::path::PathBuf;

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use local::{Options, Samples, Stack};
use serde_json::Value;
use tokio::net::TcpStream;

pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

pub(crate) fn options() -> Options {
    let options = Options::default();
    Options {
        template: fixture("template.yaml"),
        binaries: options.binaries.join("examples"),
        site: fixture("site"),
        samples: Samples::None,
        ..options
    }
}

pub(crate) async fn start() -> Stack {
    Stack::start(options()).await.unwrap()
}

pub(crate) async fn send(
    stack: &Stack,
    request: http::request::Builder,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let authority = stack.url().replace("http://localhost", "127.0.0.1");
    let stream = TcpStream::connect(&authority).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = request
        .header("host", authority)
        .body(Full::new(body.into()))
        .unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

pub(crate) async fn ask(stack: &Stack, task: Value) -> (u16, Value, http::HeaderMap) {
    let request = Request::post("/api/probe")
        .header("content-type", "application/json")
        .header("x-local-calls", "1");
    let response = send(stack, request, task.to_string()).await;
    let value = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    (
        response.status().as_u16(),
        value,
        response.headers().clone(),
    )
}

pub(crate) async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut results: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *result = Some(value);
            }
        }
        if results.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    results.into_iter().flatten().collect()
}
