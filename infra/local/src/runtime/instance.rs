//! One process of a function: started with the environment that Lambda gives, fed through its own
//! runtime API, watched until it ends, killed when it is dropped.

use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use hyper::body::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::Host;
use super::api::{self, Shared, Work};
use crate::gate::Identity;
use crate::logs::{LogLine, Logs, Source};
use crate::serve::{self, Server};
use crate::template::Function;
use crate::template::names::REGION;

/// How long an instance may take until it asks for its first event.
const INIT: Duration = Duration::from_secs(10);

/// How many of its last lines the report of a crash repeats.
const LAST_LINES: usize = 5;

/// How an invocation ended without a response.
#[derive(Debug)]
pub(super) enum End {
    /// The process ended, or took too long, before it took the event.
    BeforeStart(String),
    /// The process ended while it worked on the event.
    Crash(String),
    /// It took longer than it may.
    Timeout,
}

/// A process of a function. Dropping it kills the process.
pub(super) struct Instance {
    pub(super) id: u64,
    key: String,
    host: Arc<Host>,
    function: Arc<Function>,
    child: Arc<Mutex<Child>>,
    work: mpsc::Sender<Work>,
    exited: watch::Receiver<Option<String>>,
    _api: Server,
}

impl Instance {
    /// Starts a process; it becomes ready by itself.
    pub(super) async fn start(host: &Arc<Host>, function: &Arc<Function>) -> Result<Self, String> {
        let id = host.instances.fetch_add(1, Ordering::SeqCst) + 1;
        let key = format!("ASIALOCAL{id:011}");
        let identity = Arc::new(Identity::new(Arc::clone(function), id));
        let (work, waiting) = mpsc::channel(1);
        let shared = Arc::new(Shared::new(Arc::clone(&identity), waiting));
        let listener = serve::bind(serve::LOOPBACK, 0)
            .await
            .map_err(|error| format!("no port for its runtime API: {error}"))?;
        let api = serve::serve(listener, Arc::clone(&shared), api::handle)
            .map_err(|error| format!("no port for its runtime API: {error}"))?;
        host.gate.admit(key.clone(), Arc::clone(&identity));

        let mut child = command(host, function, &key, &api)
            .spawn()
            .map_err(|error| {
                format!(
                    "{} cannot be run: {error}",
                    host.binaries.join(&function.binary).display()
                )
            })?;
        let readers = [
            child
                .stdout
                .take()
                .map(|stream| read(stream, Source::Stdout, &host.gate.logs, &identity)),
            child
                .stderr
                .take()
                .map(|stream| read(stream, Source::Stderr, &host.gate.logs, &identity)),
        ];
        let child = Arc::new(Mutex::new(child));
        {
            let mut processes = host.processes();
            processes.insert(id, Arc::clone(&child));
        }
        let exited = watch_over(Arc::clone(host), Arc::clone(&child), id, shared, readers);
        if host.stopping.load(Ordering::SeqCst) {
            // Too late for `Runtime::kill` to have seen it.
            let _ = child
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .start_kill();
            return Err("the local stack is stopping".into());
        }
        Ok(Self {
            id,
            key,
            host: Arc::clone(host),
            function: Arc::clone(function),
            child,
            work,
            exited,
            _api: api,
        })
    }

    /// Hands the event over and waits for the response. The inner error is what the function
    /// reports.
    pub(super) async fn invoke(
        &mut self,
        request: &str,
        event: Bytes,
    ) -> Result<Result<Bytes, String>, End> {
        let (started, mut starts) = oneshot::channel();
        let (reply, mut replies) = oneshot::channel();
        let work = Work {
            request: request.to_owned(),
            event,
            timeout: self.function.timeout,
            started,
            reply,
        };
        if self.work.send(work).await.is_err() {
            return Err(End::BeforeStart(self.exit().await));
        }
        tokio::select! {
            biased;
            Ok(()) = &mut starts => {}
            why = exit(&mut self.exited) => return Err(End::BeforeStart(why)),
            () = tokio::time::sleep(INIT) => {
                return Err(End::BeforeStart(format!("it was not ready after {} s", INIT.as_secs())));
            }
        }
        tokio::select! {
            biased;
            Ok(response) = &mut replies => Ok(response),
            why = exit(&mut self.exited) => Err(End::Crash(why)),
            () = tokio::time::sleep(self.function.timeout) => Err(End::Timeout),
        }
    }

    async fn exit(&mut self) -> String {
        exit(&mut self.exited).await
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.host.gate.dismiss(&self.key);
        self.host.processes().remove(&self.id);
        // It may have ended by itself.
        let _ = self
            .child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .start_kill();
    }
}

/// Waits for the end of a process; gives how it ended.
async fn exit(exited: &mut watch::Receiver<Option<String>>) -> String {
    match exited.wait_for(Option::is_some).await {
        Ok(status) => status.clone().unwrap_or_default(),
        Err(_) => "it is gone".to_owned(),
    }
}

/// The process as Lambda starts it: nothing of this machine's environment, and its own process
/// group, so that a Ctrl-C in the terminal reaches the stack alone.
fn command(host: &Host, function: &Function, key: &str, api: &Server) -> Command {
    let mut command = Command::new(host.binaries.join(&function.binary));
    command
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", api.address.to_string().as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", &function.name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            (
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                &function.memory_mb.to_string(),
            ),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            (
                "AWS_LAMBDA_LOG_GROUP_NAME",
                &format!("/aws/lambda/{}", function.name),
            ),
            (
                "AWS_LAMBDA_LOG_STREAM_NAME",
                &format!("local/[$LATEST]{key}"),
            ),
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", key),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_SESSION_TOKEN", "local"),
            ("LAMBDA_TASK_ROOT", &host.binaries.to_string_lossy()),
            ("LANG", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
            ("TZ", ":UTC"),
            ("_HANDLER", "bootstrap"),
        ])
        .envs(&function.environment)
        .env("AWS_ENDPOINT_URL_DYNAMODB", &host.endpoint_url)
        .env("AWS_ENDPOINT_URL_SESV2", &host.endpoint_url)
        .current_dir(&host.binaries)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if let Some(format) = &function.log_format {
        command.env("AWS_LAMBDA_LOG_FORMAT", format);
    }
    command
}

/// Copies the lines of a stream into the log.
fn read<R: AsyncRead + Unpin + Send + 'static>(
    stream: R,
    source: Source,
    logs: &Logs,
    identity: &Arc<Identity>,
) -> JoinHandle<()> {
    let (logs, identity) = (logs.clone(), Arc::clone(identity));
    tokio::spawn(async move {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while let Ok(1..) = reader.read_until(b'\n', &mut line).await {
            let text = String::from_utf8_lossy(&line);
            logs.push(LogLine {
                function: identity.function.binary.clone(),
                instance: identity.instance,
                request: identity.request(),
                source,
                text: text.trim_end_matches(['\r', '\n']).to_owned(),
            });
            line.clear();
        }
    })
}

/// Waits for the end of the process beside everything else. The receiver learns how it ended, with
/// its last lines.
fn watch_over(
    host: Arc<Host>,
    child: Arc<Mutex<Child>>,
    id: u64,
    shared: Arc<Shared>,
    readers: [Option<JoinHandle<()>>; 2],
) -> watch::Receiver<Option<String>> {
    let (ended, exited) = watch::channel(None);
    tokio::spawn(async move {
        // The lock is held for each poll only, so that the process can be killed meanwhile.
        let status = std::future::poll_fn(|context| -> Poll<_> {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            let wait = std::pin::pin!(child.wait());
            wait.poll(context)
        })
        .await;
        for reader in readers.into_iter().flatten() {
            // A grandchild could keep the stream open; nobody waits for that.
            let _ = tokio::time::timeout(Duration::from_millis(200), reader).await;
        }
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        let mut report = vec![status];
        report.extend(shared.init_error());
        report.extend(host.gate.logs.last_of(id, LAST_LINES));
        ended.send_replace(Some(report.join(" | ")));
    });
    exited
}
