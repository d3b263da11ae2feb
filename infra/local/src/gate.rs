//! What stands before the services of AWS: who is calling, whether IAM allows it, which fault strikes, and the
//! entry in the call log. What the services themselves do is in [`crate::dynamodb`] and [`crate::ses`]; each is
//! [`Served`] here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Request;

use crate::calls::{Call, CallLog, CallOutcome, Element, Service};
use crate::clock::{StackClock, now_ms};
use crate::faults::{FaultKind, Faults, Target};
use crate::iam::{self, Demand, Grant, Statement};
use crate::logs::{LogLine, Logs, Source};
use crate::mutants::Mutants;
use crate::serve::{Answer, Reply, header_text};
use crate::template::names::{ACCOUNT, STACK, table_arn};
use crate::template::{Function, ManagedPolicy};

/// The access key of the stack's own clients: tests, and operators who may do everything. Who may do what
/// a managed policy of the template grants has its logical id as access key.
pub const OPERATOR_KEY: &str = "local";

/// The name of the error that an answer carries, beside the answer, for the call log.
#[derive(Clone, Debug)]
pub(crate) struct ErrorName(pub(crate) String);

/// The write units that a call consumed, beside its answer, for the call log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WriteUnits(pub(crate) f64);

/// What was wrong with a call itself, beside the answer that says so.
#[derive(Clone, Debug)]
pub(crate) struct Mistake(pub(crate) String);

/// An instance of a function as AWS knows it: by the access key that it was started with.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) function: Arc<Function>,
    pub(crate) instance: u64,
    /// The request that it works on.
    request: Mutex<Option<String>>,
}

impl Identity {
    pub(crate) fn new(function: Arc<Function>, instance: u64) -> Self {
        Self {
            function,
            instance,
            request: Mutex::default(),
        }
    }

    pub(crate) fn work_on(&self, request: Option<&str>) {
        *self.request.lock().unwrap_or_else(PoisonError::into_inner) = request.map(str::to_owned);
    }

    pub(crate) fn request(&self) -> Option<String> {
        self.request
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// A client of the stack itself, who may do everything.
    Operator,
    /// Somebody with a managed policy of the template.
    Holder(Arc<ManagedPolicy>),
    /// A function, on behalf of a request.
    Function(Arc<Identity>, Option<String>),
}

impl Caller {
    /// The instance of a function that calls.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Operator | Self::Holder(_) => None,
            Self::Function(identity, _) => Some(identity),
        }
    }

    /// The access key of who has no role.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Holder(policy) => &policy.logical,
            Self::Operator | Self::Function(..) => OPERATOR_KEY,
        }
    }

    /// The function that calls, by its binary.
    pub(crate) fn function(&self) -> Option<&str> {
        match self {
            Self::Operator | Self::Holder(_) => None,
            Self::Function(identity, _) => Some(&identity.function.binary),
        }
    }

    /// Who it is in AWS's messages.
    fn arn(&self) -> String {
        let who = match self {
            Self::Operator => return format!("arn:aws:iam::{ACCOUNT}:root"),
            Self::Holder(policy) => format!("{STACK}-{}/local", policy.logical),
            Self::Function(identity, _) => {
                let function = &identity.function;
                format!("{STACK}-{}Role/{}", function.logical, function.name)
            }
        };
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/{who}")
    }

    fn request(&self) -> Option<&str> {
        match self {
            Self::Operator | Self::Holder(_) => None,
            Self::Function(_, request) => request.as_deref(),
        }
    }
}

/// A call that is about to be made.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) action: String,
    pub(crate) elements: Vec<Element>,
    pub(crate) demands: Vec<Demand>,
}

/// What a fault does to a call.
#[derive(Debug)]
pub(crate) enum Effect {
    /// It means nothing for this call.
    None,
    /// The call is answered so, and not performed.
    Answers(Answer),
    /// The call is performed in another way.
    Differs,
}

/// A service behind the gate.
pub(crate) trait Served {
    /// Which it is.
    const SERVICE: Service;

    /// Its answer to a call that IAM denies.
    fn denied(message: &str) -> Answer;

    /// Its answer to a call whose access key nobody has.
    fn unknown_key(message: &str) -> Answer;
}

/// The gate.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) calls: CallLog,
    pub(crate) faults: Faults,
    pub(crate) logs: Logs,
    pub(crate) mutants: Mutants,
    pub(crate) clock: StackClock,
    /// The names of the tables in policies, each with its short one.
    tables: BTreeMap<String, String>,
    managed: Vec<Arc<ManagedPolicy>>,
    callers: Mutex<HashMap<String, Arc<Identity>>>,
    used: Mutex<BTreeMap<String, BTreeSet<Grant>>>,
}

impl Gate {
    pub(crate) fn new(
        faults: Faults,
        logs: Logs,
        mutants: Mutants,
        managed: Vec<ManagedPolicy>,
        tables: BTreeMap<String, String>,
    ) -> Self {
        Self {
            calls: CallLog::new(),
            faults,
            logs,
            mutants,
            clock: StackClock::default(),
            tables,
            managed: managed.into_iter().map(Arc::new).collect(),
            callers: Mutex::default(),
            used: Mutex::default(),
        }
    }

    fn callers(&self) -> MutexGuard<'_, HashMap<String, Arc<Identity>>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When what a caller asks for happens, in milliseconds since 1970.
    pub(crate) fn time_of(&self, caller: &Caller) -> i64 {
        self.clock.at(caller.request())
    }

    /// What a caller takes for now, in seconds since 1970: a function the time of its request, everybody else the
    /// machine's.
    pub(crate) fn seconds_of(&self, caller: &Caller) -> i64 {
        let now_ms = match caller.identity() {
            Some(_) => self.time_of(caller),
            None => now_ms(),
        };
        now_ms.div_euclid(1_000)
    }

    /// Enters a line of the stack's own about what a caller did.
    pub(crate) fn report(&self, caller: &Caller, text: String) {
        let identity = caller.identity();
        self.logs.push(LogLine {
            function: caller.function().unwrap_or("operator").to_owned(),
            instance: identity.map_or(0, |identity| identity.instance),
            request: caller.request().map(str::to_owned),
            source: Source::Stack,
            text,
        });
    }

    /// Enters a line of the stack's own about what a function answered.
    pub(crate) fn report_of(&self, function: &str, request: &str, text: &str) {
        self.logs.push(LogLine {
            function: function.to_owned(),
            instance: 0,
            request: Some(request.to_owned()),
            source: Source::Stack,
            text: text.to_owned(),
        });
    }

    /// Makes an access key known.
    pub(crate) fn admit(&self, key: String, identity: Arc<Identity>) {
        self.callers().insert(key, identity);
    }

    /// Forgets an access key.
    pub(crate) fn dismiss(&self, key: &str) {
        self.callers().remove(key);
    }

    /// The managed policy of a logical id.
    pub(crate) fn managed(&self, logical: &str) -> Option<&Arc<ManagedPolicy>> {
        self.managed.iter().find(|policy| policy.logical == logical)
    }

    /// What a function, by its binary, or the holder of a managed policy has been allowed to do so far.
    pub(crate) fn used(&self, function: &str) -> BTreeSet<Grant> {
        self.used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(function)
            .cloned()
            .unwrap_or_default()
    }

    /// What statements grant, tables by their logical names.
    pub(crate) fn granted(&self, statements: &[Statement]) -> BTreeSet<Grant> {
        let shortened = |grant: Grant| Grant {
            resource: self.shortened(&grant.resource),
            ..grant
        };
        iam::granted(statements)
            .into_iter()
            .map(shortened)
            .collect()
    }

    fn shortened(&self, resource: &str) -> String {
        let Some(rest) = resource.strip_prefix(&table_arn("")) else {
            return resource.to_owned();
        };
        let (name, index) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        self.tables
            .get(name)
            .map_or_else(|| resource.to_owned(), |short| format!("{short}{index}"))
    }

    /// Finds who signed a request. The signature itself is not checked: the key is the name.
    pub(crate) fn caller<B>(&self, request: &Request<B>) -> Result<Caller, String> {
        let key = header_text(request, "authorization")
            .and_then(|value| value.split_once("Credential="))
            .and_then(|(_, credential)| credential.split('/').next())
            .unwrap_or_default();
        if key == OPERATOR_KEY {
            return Ok(Caller::Operator);
        }
        if let Some(policy) = self.managed(key) {
            return Ok(Caller::Holder(Arc::clone(policy)));
        }
        match self.callers().get(key) {
            Some(identity) => Ok(Caller::Function(Arc::clone(identity), identity.request())),
            None => Err(format!(
                "The security token included in the request is invalid. (Clients of the local stack use the access key \
                 `{OPERATOR_KEY}`, not `{key}`.)"
            )),
        }
    }

    /// Takes a call through IAM, faults and the call log. `fault` gives the answer of a fault, if
    /// the service knows it; `perform` does what was asked.
    pub(crate) async fn run<S: Served>(
        &self,
        caller: &Caller,
        job: Job,
        fault: impl Fn(FaultKind) -> Option<Answer> + Send,
        perform: impl Future<Output = Answer> + Send,
    ) -> Reply {
        let effect = |kind| fault(kind).map_or(Effect::None, Effect::Answers);
        self.run_with::<S>(caller, job, effect, async |_| perform.await)
            .await
    }

    /// The same, for a service of which faults can change what is performed.
    pub(crate) async fn run_with<S: Served>(
        &self,
        caller: &Caller,
        job: Job,
        effect: impl Fn(FaultKind) -> Effect,
        perform: impl AsyncFnOnce(Option<FaultKind>) -> Answer,
    ) -> Reply {
        let started = self.calls.start(caller.request());
        let (reply, outcome, write_units) = match self.authorise(caller, &job) {
            Err(message) => (Reply::Answer(S::denied(&message)), CallOutcome::Denied, 0.0),
            Ok(()) => self.strike::<S>(caller, &job, effect, perform).await,
        };
        self.calls.hold(caller.request()).await;
        self.calls.end(&started, |started_at, ended| Call {
            sequence: started.sequence,
            function: caller.function().map(str::to_owned),
            request: caller.request().map(str::to_owned),
            service: S::SERVICE,
            action: job.action,
            elements: job.elements,
            outcome,
            write_units,
            started: started_at,
            ended,
        });
        reply
    }

    async fn strike<S: Served>(
        &self,
        caller: &Caller,
        job: &Job,
        effect: impl Fn(FaultKind) -> Effect,
        perform: impl AsyncFnOnce(Option<FaultKind>) -> Answer,
    ) -> (Reply, CallOutcome, f64) {
        let target = Target {
            service: S::SERVICE,
            action: &job.action,
            elements: &job.elements,
            demands: &job.demands,
            function: caller.function(),
            request: caller.request(),
            is_told: matches!(caller, Caller::Function(identity, _) if identity.function.is_told),
        };
        let applies = |kind| {
            matches!(kind, FaultKind::Latency(_) | FaultKind::LostReply)
                || !matches!(effect(kind), Effect::None)
        };
        let struck = self.faults.strike(&target, applies);
        if !struck.latency.is_zero() {
            tokio::time::sleep(struck.latency).await;
        }
        let answer = match struck.kind.map(|kind| (kind, effect(kind))) {
            Some((_, Effect::Answers(answer))) => answer,
            Some((kind, Effect::Differs)) => perform(Some(kind)).await,
            Some((_, Effect::None)) | None => perform(None).await,
        };
        let write_units = answer.extensions().get::<WriteUnits>();
        let write_units = write_units.map_or(0.0, |units| units.0);
        if struck.kind == Some(FaultKind::LostReply) {
            return (Reply::Hangup, CallOutcome::ReplyLost, write_units);
        }
        let outcome = match answer.extensions().get::<ErrorName>() {
            Some(ErrorName(name)) => CallOutcome::Error(name.clone()),
            None => CallOutcome::Ok,
        };
        if let Some(Mistake(why)) = answer.extensions().get()
            && caller.identity().is_some()
        {
            self.report(caller, format!("{} refused: {why}", job.action));
        }
        (Reply::Answer(answer), outcome, write_units)
    }

    /// Asks the caller's policy. The error is AWS's message.
    fn authorise(&self, caller: &Caller, job: &Job) -> Result<(), String> {
        let (name, statements) = match caller {
            Caller::Operator => return Ok(()),
            Caller::Holder(policy) => (&policy.logical, &policy.statements),
            Caller::Function(identity, _) => {
                (&identity.function.binary, &identity.function.statements)
            }
        };
        let mut used = Vec::new();
        for demand in &job.demands {
            let Some(resource) = iam::allowing(statements, demand) else {
                return Err(self.deny(caller, demand));
            };
            used.push(Grant {
                action: demand.action.clone(),
                resource: self.shortened(resource),
            });
        }
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(name.clone()).or_default().extend(used);
        Ok(())
    }

    /// AWS's message to who may not do this. What a function may not do is in its log, too.
    fn deny(&self, caller: &Caller, demand: &Demand) -> String {
        let Demand {
            action, resource, ..
        } = demand;
        if caller.identity().is_some() {
            self.report(caller, format!("denied: {action} on {resource}"));
        }
        format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no identity-based policy \
             allows the {action} action",
            caller.arn()
        )
    }
}
