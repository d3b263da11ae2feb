//! Lambda: runs each function's real binary as its own processes. An idle instance is used again,
//! else a new one is started, up to a bound, after which requests wait their turn. An instance that
//! crashes or takes too long is replaced.

mod api;
mod instance;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use tokio::process::Child;
use tokio::sync::Semaphore;

use crate::gate::Gate;
use crate::logs::{LogLine, Source};
use crate::template::Function;
use instance::{End, Instance};

/// Why an invocation gave no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// There is no such function in the template.
    #[error("there is no function {0} in the template")]
    NoSuchFunction(String),
    /// The event could never reach the function.
    #[error("the event cannot be one for this function: {0}")]
    Event(String),
    /// The function ended, or complained, before it was ready.
    #[error("the function failed to start: {0}")]
    Init(String),
    /// The process ended during the invocation.
    #[error("the function crashed: {0}")]
    Crash(String),
    /// The invocation took longer than the template allows.
    #[error("the function timed out after {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// The function reported an error instead of a response.
    #[error("the function reported an error: {0}")]
    Function(String),
    /// The stack is stopping.
    #[error("the local stack is stopping")]
    Stopping,
}

/// What every instance of every function is started with.
pub(crate) struct Host {
    pub(crate) binaries: PathBuf,
    pub(crate) gate: Arc<Gate>,
    pub(crate) endpoint_url: String,
    processes: Mutex<HashMap<u64, Arc<Mutex<Child>>>>,
    stopping: AtomicBool,
    instances: AtomicU64,
}

impl Host {
    fn processes(&self) -> MutexGuard<'_, HashMap<u64, Arc<Mutex<Child>>>> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a line of the stack's own about an instance.
    pub(crate) fn report(
        &self,
        function: &str,
        instance: u64,
        request: Option<&str>,
        text: String,
    ) {
        self.gate.logs.push(LogLine {
            function: function.to_owned(),
            instance,
            request: request.map(str::to_owned),
            source: Source::Stack,
            text,
        });
    }
}

/// All functions of a stack.
pub(crate) struct Runtime {
    host: Arc<Host>,
    pools: BTreeMap<String, Arc<Pool>>,
}

struct Pool {
    function: Arc<Function>,
    idle: Mutex<Vec<Instance>>,
    slots: Semaphore,
    /// How many slots there are.
    instances: usize,
}

impl Pool {
    fn idle(&self) -> MutexGuard<'_, Vec<Instance>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runtime {
    pub(crate) fn new(
        functions: Vec<Function>,
        binaries: PathBuf,
        gate: Arc<Gate>,
        endpoint_url: String,
        instances: usize,
    ) -> Self {
        let host = Host {
            binaries,
            gate,
            endpoint_url,
            processes: Mutex::default(),
            stopping: AtomicBool::new(false),
            instances: AtomicU64::new(0),
        };
        let pool = |function: Function| Pool {
            function: Arc::new(function),
            idle: Mutex::default(),
            slots: Semaphore::new(instances.max(1)),
            instances: instances.max(1),
        };
        let pools = functions
            .into_iter()
            .map(|function| (function.binary.clone(), Arc::new(pool(function))))
            .collect();
        Self {
            host: Arc::new(host),
            pools,
        }
    }

    /// The functions.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Function> {
        self.pools.values().map(|pool| &*pool.function)
    }

    /// Finds a function by the name of its binary, its logical id or its name in Lambda.
    pub(crate) fn function(&self, name: &str) -> Option<&Function> {
        self.functions().find(|function| {
            [&function.binary, &function.logical, &function.name]
                .iter()
                .any(|known| *known == name)
        })
    }

    /// Invokes a function with an event. The invocation goes on when the caller stops waiting, as
    /// it does in Lambda.
    pub(crate) async fn invoke(
        &self,
        function: &str,
        request: &str,
        event: Bytes,
    ) -> Result<Bytes, InvokeError> {
        let pool = self
            .function(function)
            .and_then(|function| self.pools.get(&function.binary));
        let Some(pool) = pool.map(Arc::clone) else {
            return Err(InvokeError::NoSuchFunction(function.to_owned()));
        };
        let host = Arc::clone(&self.host);
        let request = request.to_owned();
        let invocation = tokio::spawn(async move { pool.invoke(&host, &request, event).await });
        invocation.await.unwrap_or(Err(InvokeError::Stopping))
    }

    /// Whether no function is at work.
    pub(crate) fn is_idle(&self) -> bool {
        let mut pools = self.pools.values();
        pools.all(|pool| pool.slots.available_permits() == pool.instances)
    }

    /// Prints a line about a function.
    pub(crate) fn tell(&self, function: &str, text: &str) {
        self.host.gate.logs.tell(function, text);
    }

    /// Starts an instance of every function ahead of the first request.
    pub(crate) async fn warm(&self) {
        for pool in self.pools.values() {
            if let Ok(instance) = Instance::start(&self.host, &pool.function).await {
                pool.idle().push(instance);
            }
        }
    }

    /// Kills every process and waits, for a moment at most, until they are gone.
    pub(crate) fn kill(&self) {
        self.host.stopping.store(true, Ordering::SeqCst);
        let processes: Vec<_> = self
            .host
            .processes()
            .drain()
            .map(|(_, child)| child)
            .collect();
        for child in &processes {
            // It may have ended by itself.
            let _ = child
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .start_kill();
        }
        let deadline = Instant::now() + Duration::from_secs(1);
        for child in &processes {
            while Instant::now() < deadline {
                match child
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .try_wait()
                {
                    Ok(None) => {}
                    _ => break,
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        for pool in self.pools.values() {
            pool.idle().clear();
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Pool {
    async fn invoke(
        &self,
        host: &Arc<Host>,
        request: &str,
        event: Bytes,
    ) -> Result<Bytes, InvokeError> {
        let Ok(_slot) = self.slots.acquire().await else {
            return Err(InvokeError::Stopping);
        };
        loop {
            let idle = self.idle().pop();
            let used_before = idle.is_some();
            let mut instance = match idle {
                Some(instance) => instance,
                None => match Instance::start(host, &self.function).await {
                    Ok(instance) => instance,
                    Err(why) => return Err(self.failed(host, 0, request, InvokeError::Init(why))),
                },
            };
            let failure = match instance.invoke(request, event.clone()).await {
                Ok(response) => {
                    if !host.stopping.load(Ordering::SeqCst) {
                        self.idle().push(instance);
                    }
                    // The caller knows whether that is a failure: an event is tried again.
                    return response.map_err(InvokeError::Function);
                }
                // It died while it was idle: nobody has seen the event.
                Err(End::BeforeStart(_)) if used_before => continue,
                Err(End::BeforeStart(why)) => InvokeError::Init(why),
                Err(End::Crash(why)) => InvokeError::Crash(why),
                Err(End::Timeout) => InvokeError::Timeout(self.function.timeout),
            };
            return Err(self.failed(host, instance.id, request, failure));
        }
    }

    /// Enters a failure into the log.
    fn failed(
        &self,
        host: &Host,
        instance: u64,
        request: &str,
        failure: InvokeError,
    ) -> InvokeError {
        if host.stopping.load(Ordering::SeqCst) {
            return InvokeError::Stopping;
        }
        let function = &self.function.binary;
        host.report(function, instance, Some(request), failure.to_string());
        failure
    }
}

/// The binaries among `functions` that are not in `directory`.
pub(crate) fn missing(functions: &[Function], directory: &Path) -> Vec<String> {
    functions
        .iter()
        .map(|function| function.binary.clone())
        .filter(|binary| !directory.join(binary).is_file())
        .collect()
}
