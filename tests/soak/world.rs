//! The stack of a soak: a process of its own, so that it can be killed, with its data in a file.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tests::{Browser, START};

/// How long the stack may take to start.
const LOOKS: u32 = 600;
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// A mail, as the mailbox has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mail {
    pub(crate) text: String,
    pub(crate) sent_at: String,
}

/// The running stack.
#[derive(Debug)]
pub(crate) struct World {
    folder: PathBuf,
    binaries: PathBuf,
    port: u16,
    seed: u64,
    /// How often it was started. A mailbox lives as long as its stack.
    generation: AtomicU64,
}

impl World {
    /// A stack with its data in a folder. It is not started.
    pub(crate) fn new(folder: &Path, binaries: &Path, seed: u64) -> std::io::Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            binaries: binaries.to_owned(),
            port: free_port()?,
            seed,
            generation: AtomicU64::new(0),
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("stack.pid")
    }

    /// Starts it, and waits until it answers.
    pub(crate) async fn start(&self) -> Result<(), String> {
        let generation = self.generation.fetch_add(1, Ordering::SeqCst) + 1;
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("stack.log"))
            .map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let mut process = Command::new(self.binaries.join("local"))
            .args(["run", "--https-port", "0", "--dynamodb-port", "0", "--port"])
            .arg(self.port.to_string())
            .args(["--stale-reads", &(self.seed + generation).to_string()])
            .arg("--data")
            .arg(self.data())
            .arg("--binaries")
            .arg(&self.binaries)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("{}/local: {error}", self.binaries.display()))?;
        std::fs::write(self.pid_file(), process.id().to_string())
            .map_err(|error| error.to_string())?;
        for _ in 0..LOOKS {
            if let Ok(Some(status)) = process.try_wait() {
                return Err(format!("the stack has ended, {status}: see stack.log"));
            }
            if self.ask(Method::GET, "/_local/faults", None).await.is_ok() {
                // It is waited for, so that no dead process stays.
                std::thread::spawn(move || process.wait());
                return Ok(());
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        Err("the stack does not answer: see stack.log".to_owned())
    }

    /// The process of the stack, if one runs on this folder: of this run, or of one that was killed.
    fn process(&self) -> Option<u32> {
        let pid = std::fs::read_to_string(self.pid_file()).ok()?;
        let pid = pid.trim().parse().ok()?;
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        line.contains(&*self.data().to_string_lossy())
            .then_some(pid)
    }

    /// The processes of its functions.
    fn functions(&self) -> Vec<u32> {
        let Some(stack) = self.process() else {
            return Vec::new();
        };
        let tasks = std::fs::read_dir(format!("/proc/{stack}/task"));
        let children = tasks.into_iter().flatten().flatten().filter_map(|task| {
            let children = std::fs::read_to_string(task.path().join("children")).ok()?;
            Some(children)
        });
        children
            .flat_map(|line| {
                line.split_whitespace()
                    .filter_map(|pid| pid.parse().ok())
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// Kills one of its functions. Gives its name.
    pub(crate) fn kill_function(&self, drawn: usize) -> Option<String> {
        let functions = self.functions();
        let pid = *functions.get(drawn % functions.len().max(1))?;
        let program = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
        kill(pid);
        Some(program.file_name()?.to_string_lossy().into_owned())
    }

    /// Kills the stack and all its functions, as a machine that loses its power.
    pub(crate) fn kill(&self) {
        let functions = self.functions();
        if let Some(pid) = self.process() {
            kill(pid);
            // A process is gone before its port is.
            let holds_port = || TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).is_err();
            while self.process().is_some() || holds_port() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        functions.into_iter().for_each(kill);
    }

    /// Asks the stack's own pages.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> std::io::Result<Value> {
        let mut browser = Browser::new(&self.url(), START, "127.0.0.1".to_owned());
        let request = match body {
            Some(body) => browser.post(path).body(body.to_string()),
            None => browser.request(method, path),
        };
        let answer = request.try_send().await?;
        if answer.status >= 300 {
            let why = format!("{path}: {} {}", answer.status, answer.body);
            return Err(std::io::Error::other(why));
        }
        Ok(answer.json)
    }

    /// The mails to an address, newest first.
    pub(crate) async fn mails_to(&self, address: &str) -> std::io::Result<Vec<Mail>> {
        let path = format!("/mailbox.json?to={}", address.replace('+', "%2B"));
        let mails = self.ask(Method::GET, &path, None).await?;
        serde_json::from_value(mails).map_err(std::io::Error::other)
    }

    /// Loads members into the roster.
    pub(crate) async fn loads(&self, members: Vec<Value>) -> std::io::Result<()> {
        let state = json!({"items": {"Members": members}});
        self.ask(Method::POST, "/_local/state", Some(&state))
            .await?;
        Ok(())
    }
}

/// A port that is free, and stays so while the stack is down: none that the system gives to who connects.
fn free_port() -> std::io::Result<u16> {
    let first = u16::try_from(std::process::id() % 10_000).unwrap_or_default();
    let mut ports = (0..10_000).map(|next| 20_000 + (first + next) % 10_000);
    let free = ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.ok_or_else(|| std::io::Error::other("no port is free"))
}

/// `kill -9`.
fn kill(pid: u32) {
    let _ = Command::new("kill")
        .args(["-9", &pid.to_string()])
        .stderr(Stdio::null())
        .status();
}
