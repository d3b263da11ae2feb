//! HTTP/1.1 servers, on loopback unless somebody opens them: one small accept loop for the gateway, the AWS
//! endpoint and the runtime APIs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// An answer in memory.
pub(crate) type Answer = Response<Full<Bytes>>;

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Reply {
    /// It is answered.
    Answer(Answer),
    /// The connection is closed without an answer.
    Hangup,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// A server that stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// The loopback interface.
pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How long a client may take to agree on a cipher.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Where a request came from, among its extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Takes a port of an interface; 0 takes a free one.
pub(crate) async fn bind(address: IpAddr, port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((address, port)).await
}

/// Serves what connects to `listener`.
pub(crate) fn serve<S, F, Fut>(
    listener: TcpListener,
    state: Arc<S>,
    handle: F,
) -> std::io::Result<Server>
where
    S: Send + Sync + 'static,
    F: Fn(Arc<S>, Request<Incoming>) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Reply> + Send + 'static,
{
    serve_with(listener, None, state, handle)
}

/// The same, by https where there is an acceptor.
pub(crate) fn serve_with<S, F, Fut>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    state: Arc<S>,
    handle: F,
) -> std::io::Result<Server>
where
    S: Send + Sync + 'static,
    F: Fn(Arc<S>, Request<Incoming>) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Reply> + Send + 'static,
{
    let address = listener.local_addr()?;
    let accepting = tokio::spawn(async move {
        // Connections end with the server: dropping the set aborts them.
        let mut connections = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((stream, peer)) = accepted else { continue };
                    let _ = stream.set_nodelay(true);
                    let (state, tls) = (Arc::clone(&state), tls.clone());
                    connections.spawn(async move {
                        let service = service_fn(move |mut request: Request<Incoming>| {
                            request.extensions_mut().insert(Peer(peer.ip()));
                            let reply = handle(Arc::clone(&state), request);
                            async move {
                                match reply.await {
                                    Reply::Answer(answer) => Ok(answer),
                                    Reply::Hangup => Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted)),
                                }
                            }
                        });
                        let mut http = hyper::server::conn::http1::Builder::new();
                        http.timer(TokioTimer::new());
                        // A broken connection is its client's business.
                        let _ = match tls {
                            None => http.serve_connection(TokioIo::new(stream), service).await,
                            Some(tls) => match timeout(HANDSHAKE, tls.accept(stream)).await {
                                Ok(Ok(stream)) => {
                                    http.serve_connection(TokioIo::new(stream), service).await
                                }
                                _ => return,
                            },
                        };
                    });
                }
                Some(_) = connections.join_next() => {}
            }
        }
    });
    Ok(Server { address, accepting })
}

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge,
    Broken,
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn body(body: Incoming, limit: usize) -> Result<Bytes, BodyError> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Err(_) => Err(BodyError::Broken),
    }
}

/// An answer with a body of a media type.
pub(crate) fn answer(
    status: StatusCode,
    media_type: &'static str,
    body: impl Into<Bytes>,
) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = status;
    answer
}

/// An answer with JSON.
pub(crate) fn json(status: StatusCode, value: &Value) -> Answer {
    answer(status, "application/json", value.to_string())
}

/// A header's value as text.
pub(crate) fn header_text<'a, B>(request: &'a Request<B>, name: &str) -> Option<&'a str> {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
}
