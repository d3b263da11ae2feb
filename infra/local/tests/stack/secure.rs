//! https beside http, and the stack opened to other machines.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use local::{Options, Stack};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::{options, send};

/// Sends a request by https, trusting the stack's certificate and nothing else, to the server of this name.
async fn send_securely(
    stack: &Stack,
    name: &'static str,
    request: http::request::Builder,
    body: String,
) -> Response<Bytes> {
    let mut roots = RootCertStore::empty();
    let certificate = stack.certificate().unwrap().to_vec();
    roots.add(certificate.into()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let url = stack.secure_url();
    let port: u16 = url.rsplit_once(':').unwrap().1.parse().unwrap();
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from(name).unwrap(), stream)
        .await
        .unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = request
        .header("host", format!("{name}:{port}"))
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn https_answers_what_http_does_and_never_binds_the_browser_to_it() {
    let by_https = Options {
        https_port: Some(0),
        ..options()
    };
    let stack = Stack::start(by_https).await.unwrap();
    for name in ["localhost", "127.0.0.1"] {
        let page = send_securely(&stack, name, Request::get("/"), String::new()).await;
        assert_eq!(page.status(), 200, "{name}");
        assert_eq!(page.headers()["x-frame-options"], "DENY");
        assert!(!page.headers().contains_key("strict-transport-security"));
    }
    let request = Request::post("/api/probe").header("content-type", "application/json");
    let task = json!({"do": "echo"}).to_string();
    let answer = send_securely(&stack, "localhost", request, task).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 2);
    assert!(!answer.headers().contains_key("strict-transport-security"));
    let mailbox = send_securely(
        &stack,
        "localhost",
        Request::get("/mailbox.json"),
        String::new(),
    );
    assert_eq!(mailbox.await.body(), "[]");
    let page = send(&stack, Request::get("/"), "").await;
    assert!(page.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn without_a_port_there_is_no_https_and_nobody_else_reaches_the_stack() {
    let stack = Stack::start(options()).await.unwrap();
    assert_eq!(
        (stack.secure_url().as_str(), stack.certificate()),
        ("", None)
    );
    assert!(stack.urls_from_elsewhere().is_empty());
}

#[tokio::test]
async fn opened_to_others_the_stack_keeps_its_own_pages_to_this_machine() {
    let open = Options {
        listen: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        ..options()
    };
    let stack = Stack::start(open).await.unwrap();
    assert!(stack.dynamodb_url().starts_with("http://127.0.0.1:"));
    assert_eq!(
        send(&stack, Request::get("/mailbox.json"), "")
            .await
            .status(),
        200
    );
    // A machine without a network has no address to be reached at.
    let Some(url) = stack.urls_from_elsewhere().pop() else {
        return;
    };
    let authority = url.strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(authority).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    for (path, status) in [("/", 200), ("/mailbox.json", 403), ("/_local/calls", 403)] {
        // Even who calls himself localhost.
        let request = Request::get(path).header("host", "localhost");
        let request = request.body(Full::new(Bytes::new())).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        answer.into_body().collect().await.unwrap();
    }
}
