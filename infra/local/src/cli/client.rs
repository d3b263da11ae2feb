//! One request to a stack that runs on this machine.

use std::io;
use std::net::Ipv4Addr;

use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::Failure;

/// Asks a stack for something, and gives what it says, if anything; what it is about is named when the stack
/// refuses it.
pub(super) async fn ask(
    port: u16,
    path: &str,
    value: &Value,
    what: &str,
) -> Result<Value, Failure> {
    let (status, body) = post(port, path, value).await.map_err(|error| {
        Failure::Failed(format!(
            "no local stack answers on port {port}: {error}. Start it, or set PORT to its port"
        ))
    })?;
    if status.is_success() {
        return Ok(serde_json::from_slice(&body).unwrap_or_default());
    }
    let why = serde_json::from_slice::<Value>(&body).ok();
    let why = why
        .as_ref()
        .and_then(|body| body.get("message")?.as_str())
        .unwrap_or("it did not say why");
    Err(Failure::Failed(format!("the stack refuses {what}: {why}")))
}

/// Posts JSON.
async fn post(port: u16, path: &str, value: &Value) -> io::Result<(StatusCode, Bytes)> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    // It ends with the sender.
    tokio::spawn(connection);
    let request = Request::post(path)
        .header(header::HOST, format!("localhost:{port}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(value.to_string())))
        .map_err(io::Error::other)?;
    let response = sender
        .send_request(request)
        .await
        .map_err(io::Error::other)?;
    let status = response.status();
    let body = response
        .into_body()
        .collect()
        .await
        .map_err(io::Error::other)?;
    Ok((status, body.to_bytes()))
}
