//! A running stack: what starts it, what a test asks of it, what ends it.

mod seen;

use std::collections::BTreeMap;
use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::body::Bytes;
use serde_json::Value;
use store::check::Finding;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::CertificateDer;

use crate::bus::Delivery;
use crate::calls::{Call, CallSummary};
use crate::check;
use crate::dynamodb::{self, Dynamodb, TableError, Tables};
use crate::endpoint::Endpoint;
use crate::entries;
use crate::faults::{Faults, Names};
use crate::front::{self, Cache, Front};
use crate::gate::Gate;
use crate::gateway::Gateway;
use crate::ids::Ids;
use crate::logs::Logs;
use crate::mutants::Mutants;
use crate::options::{Options, Samples};
use crate::reset::Reset;
use crate::runtime::{InvokeError, Runtime};
use crate::samples::SampleSet;
use crate::serve::{self, LOOPBACK, Reply, Server};
use crate::ses::Ses;
use crate::start::{self, StartError};
use crate::state::State;
use crate::template::{Forwarding, Keeping, ManagedPolicy, Route, Rule, SecurityHeaders};
use crate::tls;

/// What the front is made of.
struct Site {
    routes: Vec<Route>,
    headers: SecurityHeaders,
    to_api: Option<Forwarding>,
    keeping: Keeping,
    folder: PathBuf,
    print_calls: bool,
}

/// A running stack. Dropping it kills the processes of all functions.
pub struct Stack {
    front: Option<Server>,
    /// The same by https.
    secure_front: Option<(Server, CertificateDer<'static>)>,
    listen: IpAddr,
    aws: Server,
    endpoint: Arc<Endpoint>,
    runtime: Arc<Runtime>,
    /// Whom the entries of a state are about.
    samples: Arc<SampleSet>,
    ids: Arc<Ids>,
    reset: Arc<Reset>,
    routes: Vec<Route>,
    rules: Vec<Rule>,
    resources: BTreeMap<String, BTreeMap<String, Value>>,
    delivery: Delivery,
    /// Held as long as the data is in use.
    _lock: Option<File>,
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stack")
            .field("aws", &self.aws.address)
            .finish_non_exhaustive()
    }
}

impl Stack {
    /// Starts a stack on the current Tokio runtime.
    ///
    /// # Errors
    /// When the template, the binaries, the ports, the database or the samples are not as they must
    /// be.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let template = start::read_template(&options)?;
        start::check(&options, &template)?;
        // Ports first: nothing is made when one is taken.
        let aws = start::bind(LOOPBACK, options.dynamodb_port, "DYNAMODB_PORT").await?;
        let http = match options.http_port {
            Some(port) => Some(start::bind(options.listen, port, "PORT").await?),
            None => None,
        };
        let https = match options.https_port.filter(|_| http.is_some()) {
            Some(port) => Some(start::bind(options.listen, port, "HTTPS_PORT").await?),
            None => None,
        };
        let lock = options.data.as_deref().map(start::lock).transpose()?;
        let (tables, made) = Tables::open(
            options.data.as_deref(),
            &template.tables,
            options.collection,
        )?;
        let samples = SampleSet::of(options.samples).map_err(StartError::Samples)?;
        let first = match options.samples {
            Samples::Loaded | Samples::Today => samples.items().map_err(StartError::Samples)?,
            Samples::None => Vec::new(),
        };
        let samples = Arc::new(samples);
        let mut new = first.clone();
        new.retain(|entry| made.contains(&entry.table));
        tables.load(&new)?;
        let logs = Logs::new(options.print_logs);
        let (bus, events) = tokio::sync::mpsc::unbounded_channel();
        let functions = template
            .functions
            .iter()
            .map(|function| function.binary.clone());
        let mutants = Mutants::new(options.mutation);
        let gate = gate(
            functions.collect(),
            template.managed,
            &tables,
            logs,
            mutants,
        );
        let endpoint = Arc::new(Endpoint {
            gate: Arc::new(gate),
            dynamodb: Dynamodb::new(tables, options.stale_reads),
            ses: Ses::new(template.mail, bus),
        });
        let aws = serve::serve(aws, Arc::clone(&endpoint), |endpoint, request| async move {
            // A call is performed even when its caller has gone, as in AWS.
            tokio::spawn(endpoint.handle(request))
                .await
                .unwrap_or(Reply::Hangup)
        })
        .map_err(|source| StartError::Port {
            port: options.dynamodb_port,
            variable: "DYNAMODB_PORT",
            source,
        })?;
        let runtime = Arc::new(Runtime::new(
            template.functions,
            absolute(&options.binaries),
            Arc::clone(&endpoint.gate),
            format!("http://{}", aws.address),
            options.instances,
        ));
        let ids = Arc::new(Ids::new());
        let delivery = Delivery::start(
            events,
            template.rules.clone(),
            Arc::clone(&runtime),
            Arc::clone(&ids),
        );
        let reset = Reset::new(&endpoint, &runtime, &delivery, first);
        let mut stack = Self {
            front: None,
            secure_front: None,
            listen: options.listen,
            aws,
            endpoint,
            runtime,
            samples,
            ids,
            reset: Arc::new(reset),
            routes: template.routes.clone(),
            rules: template.rules,
            resources: template.resources,
            delivery,
            _lock: lock,
        };
        if let Some(listener) = http {
            let front = Site {
                routes: template.routes,
                headers: template.headers,
                to_api: template.to_api,
                keeping: template.keeping,
                folder: options.site,
                print_calls: options.print_calls,
            };
            stack.open(&front, listener, https)?;
        }
        Ok(stack)
    }

    /// Opens the site and the API, by https too where there is a listener for it.
    fn open(
        &mut self,
        site: &Site,
        http: TcpListener,
        https: Option<TcpListener>,
    ) -> Result<(), StartError> {
        self.front = Some(self.serve_front(site, http, "PORT", None)?);
        if let Some(listener) = https {
            let (tls, certificate) = tls::acceptor(self.listen)
                .map_err(|error| StartError::Certificate(error.to_string()))?;
            let server = self.serve_front(site, listener, "HTTPS_PORT", Some(tls))?;
            self.secure_front = Some((server, certificate));
        }
        Ok(())
    }

    /// Serves site and API, by https where there is an acceptor.
    fn serve_front(
        &self,
        site: &Site,
        listener: TcpListener,
        variable: &'static str,
        tls: Option<TlsAcceptor>,
    ) -> Result<Server, StartError> {
        let taken = |port, source| StartError::Port {
            port,
            variable,
            source,
        };
        let port = listener
            .local_addr()
            .map_err(|source| taken(0, source))?
            .port();
        let front = Arc::new(self.front(site, port));
        let server = match tls {
            None => serve::serve(listener, front, front::handle),
            Some(tls) => serve::serve_with(listener, Some(tls), front, front::handle_secure),
        };
        server.map_err(|source| taken(port, source))
    }

    /// What answers on `port`.
    fn front(&self, site: &Site, port: u16) -> Front {
        let gateway = Gateway {
            runtime: Arc::clone(&self.runtime),
            routes: site.routes.clone(),
            endpoint: Arc::clone(&self.endpoint),
            print_calls: site.print_calls,
            ids: Arc::clone(&self.ids),
        };
        let (endpoint, samples) = (Arc::clone(&self.endpoint), Arc::clone(&self.samples));
        let checked = Arc::clone(&self.endpoint);
        let url = self.dynamodb_url();
        let reset = Arc::clone(&self.reset);
        Front {
            gateway,
            endpoint: Arc::clone(&self.endpoint),
            site: front::Site::of(site.folder.clone()),
            headers: site.headers.clone(),
            to_api: site.to_api.clone(),
            cache: Cache::keeping(site.keeping.clone()),
            load_state: Box::new(move |state| load(&endpoint, state, &samples)),
            check: Box::new(move || {
                let (endpoint, url) = (Arc::clone(&checked), url.clone());
                Box::pin(async move { endpoint.check(&url).await })
            }),
            reset,
            port,
        }
    }

    /// Loads a state: items, faults, and entries in the words of the domain.
    ///
    /// # Errors
    /// What is wrong with the state.
    pub fn load(&self, state: &Value) -> Result<(), String> {
        load(&self.endpoint, state, &self.samples)
    }

    /// Waits until nothing is under way, empties tables and mailbox, takes all faults away, and loads the samples again
    /// if the stack began with them. The log and the calls stay.
    ///
    /// # Errors
    /// When the database refuses it, or a function does not end.
    pub async fn reset(&self) -> Result<(), TableError> {
        self.reset.run().await
    }

    /// Says what does not hold in the tables, as of the latest time that anybody has seen. Whatever is being
    /// written meanwhile may be half seen.
    ///
    /// # Errors
    /// When the database fails.
    pub fn findings(&self) -> Result<Vec<Finding>, TableError> {
        check::still(
            &self.endpoint.dynamodb.tables,
            self.endpoint.gate.clock.latest(),
        )
    }

    /// Starts an instance of every function ahead of the first request.
    pub async fn warm(&self) {
        self.runtime.warm().await;
    }

    /// Invokes a function with an event as it is, and counts its calls.
    ///
    /// # Errors
    /// Why there is no response.
    pub async fn invoke(&self, function: &str, event: &[u8]) -> Result<Invocation, InvokeError> {
        let parsed = serde_json::from_slice(event).unwrap_or(Value::Null);
        self.check_event(function, &parsed)
            .map_err(InvokeError::Event)?;
        let request = self.ids.next();
        self.endpoint.gate.calls.count(&request);
        // When the request of the event came, in milliseconds since 1970.
        if let Some(at_ms) = parsed
            .pointer("/requestContext/timeEpoch")
            .and_then(Value::as_i64)
        {
            self.endpoint.begin(&request, at_ms).await;
        }
        let result = self
            .runtime
            .invoke(function, &request, Bytes::copy_from_slice(event))
            .await;
        self.endpoint.gate.clock.end(&request);
        self.endpoint.gate.calls.stop_counting(&request);
        let response = result?;
        let calls = self.endpoint.gate.calls.of(&request);
        let response = serde_json::from_slice(&response)
            .map_err(|error| InvokeError::Function(format!("its response is no JSON: {error}")))?;
        Ok(Invocation {
            request,
            response,
            summary: CallSummary::of(&calls),
            calls,
        })
    }

    /// Refuses an event that could never reach the function: of a route that leads elsewhere or nowhere, or that none
    /// of its rules fits.
    fn check_event(&self, function: &str, event: &Value) -> Result<(), String> {
        let Some(known) = self.runtime.function(function) else {
            // That is said by who is to run it.
            return Ok(());
        };
        let binary = &known.binary;
        if let Some(key) = event.get("routeKey").and_then(Value::as_str) {
            let of_function = self.routes.iter().filter(|route| &route.function == binary);
            let keys: Vec<_> = of_function.map(Route::key).collect();
            let time = event.pointer("/requestContext/timeEpoch");
            if time.and_then(Value::as_i64).is_none() {
                return Err(
                    "it has no `requestContext.timeEpoch`, a number of milliseconds: it is the functions' only clock"
                        .to_owned(),
                );
            }
            if keys.iter().any(|known| known == key) {
                return Ok(());
            }
            return Err(match self.routes.iter().find(|route| route.key() == key) {
                Some(route) => format!("its route `{key}` is that of {}", route.function),
                None => format!(
                    "the template has no route `{key}`; {binary} has {}",
                    keys.join(", ")
                ),
            });
        }
        if event.get("detail-type").is_some() && !self.told(event).contains(&binary.as_str()) {
            return Err(format!("{binary} has no rule that it fits"));
        }
        Ok(())
    }

    /// Ends all processes and waits until they are gone. Dropping the stack does the same.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.runtime.kill();
    }
}

/// What came of an invocation.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The request's id, as in [`Call::request`].
    pub request: String,
    /// What the function returned.
    pub response: Value,
    /// Its calls.
    pub calls: Vec<Call>,
    /// Their counts.
    pub summary: CallSummary,
}

/// What stands before the services.
fn gate(
    functions: Vec<String>,
    managed: Vec<ManagedPolicy>,
    tables: &Tables,
    logs: Logs,
    mutants: Mutants,
) -> Gate {
    let faults = Faults::new(Names {
        functions,
        tables: tables.names().map(str::to_owned).collect(),
        actions: dynamodb::KNOWN,
    });
    let short_by_name = tables
        .names()
        .filter_map(|short| Some((tables.real_name(short).ok()?.to_owned(), short.to_owned())))
        .collect();
    Gate::new(faults, logs, mutants, managed, short_by_name)
}

fn load(endpoint: &Endpoint, state: &Value, samples: &SampleSet) -> Result<(), String> {
    let state = State::read(state, entries::read, samples)?;
    for fault in &state.faults {
        endpoint.gate.faults.check(fault)?;
    }
    let tables = &endpoint.dynamodb.tables;
    for (table, _) in &state.gone {
        tables.real_name(table).map_err(|error| error.to_string())?;
    }
    tables
        .load(&state.items)
        .map_err(|error| error.to_string())?;
    for (table, key) in &state.gone {
        tables
            .delete(table, key)
            .map_err(|error| error.to_string())?;
    }
    state
        .faults
        .into_iter()
        .try_for_each(|fault| endpoint.gate.faults.try_inject(fault))
}

/// The functions run in the directory of their binaries, where a relative path would mean something
/// else.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
