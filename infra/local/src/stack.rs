//! A running stack: what starts it, what a test asks of it, what ends it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use hyper::body::Bytes;
use serde_json::Value;

use crate::bus::Delivery;
use crate::calls::{Call, CallSummary};
use crate::dynamodb::{TableError, Tables};
use crate::endpoint::Endpoint;
use crate::faults::Faults;
use crate::front::{self, Front};
use crate::gateway::{Gateway, Ids};
use crate::iam::Grant;
use crate::logs::{LogLine, Logs};
use crate::mailbox::Mail;
use crate::options::{Options, Samples};
use crate::runtime::{self, InvokeError, Runtime};
use crate::samples;
use crate::serve::{self, Reply, Server};
use crate::state::{ReadEntry, State};
use crate::template::{Route, Rule, Template, TemplateError};

/// Why a stack did not start. Each is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template cannot be read.
    #[error("{} cannot be read: {source}. Run the command in the repository, or name the template", path.display())]
    NoTemplate {
        /// The template.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The template is broken.
    #[error("{}, {source}", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// What is wrong, and where.
        source: TemplateError,
    },
    /// Functions have not been built.
    #[error("{} has no {}: run `cargo build --workspace`", directory.display(), names.join(", "))]
    NotBuilt {
        /// Where the binaries are expected.
        directory: PathBuf,
        /// The binaries that are missing.
        names: Vec<String>,
    },
    /// A port is in use.
    #[error(
        "port {port} is in use: stop what uses it, or set {variable} to another port (0 takes a free one)"
    )]
    PortInUse {
        /// The port.
        port: u16,
        /// The variable that changes it.
        variable: &'static str,
    },
    /// A port cannot be taken for another reason.
    #[error(
        "port {port} cannot be taken: {source}; set {variable} to another port (0 takes a free one)"
    )]
    Port {
        /// The port.
        port: u16,
        /// The variable that changes it.
        variable: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be opened, or refuses a table.
    #[error("DynamoDB: {0}")]
    Database(#[from] TableError),
    /// The samples are broken.
    #[error("{0}")]
    Samples(String),
}

/// A running stack. Dropping it kills the processes of all functions.
pub struct Stack {
    front: Option<Server>,
    aws: Server,
    endpoint: Arc<Endpoint>,
    runtime: Arc<Runtime>,
    read_entry: ReadEntry,
    ids: Arc<Ids>,
    routes: Vec<Route>,
    rules: Vec<Rule>,
    resources: BTreeMap<String, BTreeMap<String, Value>>,
    delivery: Delivery,
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
        let template = read_template(&options)?;
        let missing = runtime::missing(&template.functions, &options.binaries);
        if !missing.is_empty() {
            return Err(StartError::NotBuilt {
                directory: options.binaries,
                names: missing,
            });
        }
        // Ports first: nothing is made when one is taken.
        let aws = bind(options.dynamodb_port, "DYNAMODB_PORT").await?;
        let http = match options.http_port {
            Some(port) => Some(bind(port, "PORT").await?),
            None => None,
        };
        let (tables, made) = Tables::open(options.data.as_deref(), &template.tables)?;
        if options.samples == Samples::Loaded {
            let mut items = samples::items().map_err(StartError::Samples)?;
            items.retain(|entry| made.contains(&entry.table));
            tables.load(&items)?;
        }
        let logs = Logs::new(options.print_logs);
        let (bus, events) = tokio::sync::mpsc::unbounded_channel();
        let endpoint = Arc::new(Endpoint::new(
            tables,
            template.mail,
            template.managed,
            bus,
            logs,
        ));
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
            Arc::clone(&endpoint),
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
        let mut stack = Self {
            front: None,
            aws,
            endpoint,
            runtime,
            read_entry: options.read_entry,
            ids,
            routes: template.routes.clone(),
            rules: template.rules,
            resources: template.resources,
            delivery,
        };
        if let Some(listener) = http {
            let taken = |source| StartError::Port {
                port: options.http_port.unwrap_or(0),
                variable: "PORT",
                source,
            };
            let port = listener.local_addr().map_err(taken)?.port();
            let gateway = Gateway {
                runtime: Arc::clone(&stack.runtime),
                routes: template.routes,
                calls: stack.endpoint.calls.clone(),
                print_calls: options.print_calls,
                ids: Arc::clone(&stack.ids),
            };
            let (endpoint, read_entry) = (Arc::clone(&stack.endpoint), options.read_entry);
            let front = Front {
                gateway,
                endpoint: Arc::clone(&stack.endpoint),
                site: Some(options.site),
                headers: template.headers,
                to_api: template.to_api,
                load_state: Box::new(move |state| load(&endpoint, state, read_entry)),
                port,
            };
            stack.front =
                Some(serve::serve(listener, Arc::new(front), front::handle).map_err(taken)?);
        }
        Ok(stack)
    }

    /// The address of the site and the API: `http://localhost:<port>`. Empty when they are not
    /// served.
    #[must_use]
    pub fn url(&self) -> String {
        self.front
            .as_ref()
            .map(|front| format!("http://localhost:{}", front.address.port()))
            .unwrap_or_default()
    }

    /// The address of DynamoDB and SES for clients with the access key [`crate::OPERATOR_KEY`].
    #[must_use]
    pub fn dynamodb_url(&self) -> String {
        format!("http://{}", self.aws.address)
    }

    /// The mails that were sent, newest first.
    #[must_use]
    pub fn mailbox(&self) -> Vec<Mail> {
        self.endpoint.mailbox.newest_first()
    }

    /// Puts an address on SES's suppression list, as if mail to it had come back from elsewhere.
    pub fn suppress(&self, address: &str, reason: &str) {
        self.endpoint.suppressed.add(address, reason);
    }

    /// Why SES's suppression list has an address: `BOUNCE` or `COMPLAINT`.
    #[must_use]
    pub fn suppressed(&self, address: &str) -> Option<String> {
        self.endpoint.suppressed.reason(address)
    }

    /// The events that a function was to be told of and could not take, however often it was tried.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<Value> {
        let letters = self.delivery.dead_letters.lock();
        letters.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The faults, to be injected and cleared.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.endpoint.faults
    }

    /// Every call to DynamoDB and SES that has ended, in the order of the starts.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.endpoint.calls.all()
    }

    /// The calls of one request, by the `apigw-requestid` of its answer.
    #[must_use]
    pub fn calls_of(&self, request: &str) -> Vec<Call> {
        self.endpoint.calls.of(request)
    }

    /// Every line that functions wrote, and the stack's own about them.
    #[must_use]
    pub fn logs(&self) -> Vec<LogLine> {
        self.endpoint.logs.all()
    }

    /// The tables, past IAM, faults and the call log.
    #[must_use]
    pub fn database(&self) -> &Tables {
        &self.endpoint.tables
    }

    /// The functions of the template, by the names of their binaries.
    #[must_use]
    pub fn functions(&self) -> Vec<String> {
        self.runtime
            .functions()
            .map(|function| function.binary.clone())
            .collect()
    }

    /// The routes of the template, such as `POST /api/users`, each with the function that answers.
    #[must_use]
    pub fn routes(&self) -> BTreeMap<String, String> {
        self.routes
            .iter()
            .map(|route| (route.key(), route.function.clone()))
            .collect()
    }

    /// The functions that are told of an event of `EventBridge`, by the rules of the template.
    #[must_use]
    pub fn told(&self, event: &Value) -> Vec<&str> {
        let fitting = self.rules.iter().filter(|rule| rule.fits(event));
        fitting.map(|rule| rule.function.as_str()).collect()
    }

    /// The properties of the template's resources of a type, by their logical ids, without intrinsic
    /// functions and with the globals.
    #[must_use]
    pub fn resources(&self, kind: &str) -> BTreeMap<String, Value> {
        self.resources.get(kind).cloned().unwrap_or_default()
    }

    /// The environment that the template gives a function. Empty for an unknown function.
    #[must_use]
    pub fn environment(&self, function: &str) -> BTreeMap<String, String> {
        self.runtime
            .function(function)
            .map(|function| function.environment.clone())
            .unwrap_or_default()
    }

    /// What the policy of a function grants, or a managed policy of the template. Empty for a name that
    /// neither has.
    #[must_use]
    pub fn granted(&self, name: &str) -> BTreeSet<Grant> {
        let function = self.runtime.function(name);
        let of_function = function.map(|function| &function.statements);
        let managed = self.endpoint.managed(name);
        let statements = of_function.or(managed.map(|policy| &policy.statements));
        self.endpoint.granted(statements.map_or(&[], Vec::as_slice))
    }

    /// What a function, or who has a managed policy, has been allowed to do so far, each by the grant that
    /// allowed it.
    #[must_use]
    pub fn used(&self, name: &str) -> BTreeSet<Grant> {
        let binary = self
            .runtime
            .function(name)
            .map_or(name, |function| &function.binary);
        self.endpoint.used(binary)
    }

    /// Loads a state: items, faults, and the entries that [`Options::read_entry`] knows.
    ///
    /// # Errors
    /// What is wrong with the state.
    pub fn load(&self, state: &Value) -> Result<(), String> {
        load(&self.endpoint, state, self.read_entry)
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
        let request = self.ids.next();
        self.endpoint.calls.count(&request);
        let result = self
            .runtime
            .invoke(function, &request, Bytes::copy_from_slice(event))
            .await;
        self.endpoint.calls.stop_counting(&request);
        let response = result?;
        let calls = self.endpoint.calls.of(&request);
        let response = serde_json::from_slice(&response)
            .map_err(|error| InvokeError::Function(format!("its response is no JSON: {error}")))?;
        Ok(Invocation {
            request,
            response,
            summary: CallSummary::of(&calls),
            calls,
        })
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

fn load(endpoint: &Endpoint, state: &Value, read_entry: ReadEntry) -> Result<(), String> {
    let state = State::read(state, read_entry)?;
    endpoint
        .tables
        .load(&state.items)
        .map_err(|error| error.to_string())?;
    state
        .faults
        .into_iter()
        .for_each(|fault| endpoint.faults.inject(fault));
    Ok(())
}

fn read_template(options: &Options) -> Result<Template, StartError> {
    let path = || options.template.clone();
    let source =
        std::fs::read_to_string(&options.template).map_err(|source| StartError::NoTemplate {
            path: path(),
            source,
        })?;
    Template::read(&source, &options.parameters).map_err(|source| StartError::Template {
        path: path(),
        source,
    })
}

async fn bind(port: u16, variable: &'static str) -> Result<tokio::net::TcpListener, StartError> {
    serve::bind(port)
        .await
        .map_err(|source| match source.kind() {
            ErrorKind::AddrInUse => StartError::PortInUse { port, variable },
            _ => StartError::Port {
                port,
                variable,
                source,
            },
        })
}

/// The functions run in the directory of their binaries, where a relative path would mean something
/// else.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
