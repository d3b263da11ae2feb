//! Faults on demand: what can go wrong behind a function, per service, action, table and function.
//!
//! **Chains.** A fault with [`Fault::then`] strikes a call and then its repeats, one kind each. A repeat is the
//! same caller's next call of the same action on the same items within one request, whoever makes it: the SDK,
//! which sends the same bytes again, or the function. A call of another request never uses up the second half.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::calls::{Element, Service};
use crate::iam::Demand;

/// The actions of SES that functions may call.
const SES_ACTIONS: [&str; 3] = [
    "SendEmail",
    "GetSuppressedDestination",
    "DeleteSuppressedDestination",
];

/// Something that goes wrong with the calls that fit it.
///
/// As JSON: `{"service": "dynamodb", "action": "GetItem", "table": "Accounts", "function": "login",
/// "kind": "throttle", "times": 1}`; only `kind` is required. `kind` is `"throttle"`,
/// `"internalError"`, `"lostReply"`, `"transactionInProgress"`, `"stale"`, `"unprocessed"`,
/// `"messageRejected"`, `{"latency": 250}` (milliseconds) or `{"transactionConflict": 0}` (the element that conflicts).
/// `"then": ["throttle"]` lists what happens to the repeats of the call that was struck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// The service; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// The action as it is called (`TransactWriteItems`) or of one of its elements
    /// (`ConditionCheckItem`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The logical name of a table (`Accounts`) that the call touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The function that calls, by the name of its binary (`login`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// What goes wrong with the repeats of the same call, one after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<FaultKind>,
    /// How many calls it hits, their repeats not counted; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// What goes wrong with a call. A kind that means nothing for a call does not strike it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultKind {
    /// The call takes so much longer. Goes together with another fault.
    #[serde(with = "millis")]
    Latency(Duration),
    /// `ProvisionedThroughputExceededException` or `TooManyRequestsException`; nothing is done.
    Throttle,
    /// A 500; nothing is done.
    InternalError,
    /// The call is done, and then the connection breaks instead of a reply.
    LostReply,
    /// The transaction is cancelled because its element of this index conflicts with another; for a
    /// write of one item, `TransactionConflictException`.
    TransactionConflict(usize),
    /// `TransactWriteItems` answers `TransactionInProgressException`, as it does to a repeat while the first
    /// try is still under way; nothing is done.
    TransactionInProgress,
    /// A read that asks for no consistency sees each item as it was before its last write, up to three seconds
    /// ago in the stack's time. It strikes reads of which that is true.
    Stale,
    /// `BatchGetItem` and `BatchWriteItem` give everything back as unprocessed.
    Unprocessed,
    /// SES refuses the mail for its sender.
    MessageRejected,
}

impl Fault {
    /// A fault that hits every call; narrow it with the other methods.
    #[must_use]
    pub fn new(kind: FaultKind) -> Self {
        Self {
            service: None,
            action: None,
            table: None,
            function: None,
            kind,
            then: Vec::new(),
            times: None,
        }
    }

    /// Only calls to this service.
    #[must_use]
    pub fn service(mut self, service: Service) -> Self {
        self.service = Some(service);
        self
    }

    /// Only calls of this action.
    #[must_use]
    pub fn action(mut self, action: &str) -> Self {
        self.action = Some(action.to_owned());
        self
    }

    /// Only calls that touch this table.
    #[must_use]
    pub fn table(mut self, table: &str) -> Self {
        self.table = Some(table.to_owned());
        self
    }

    /// Only calls of this function.
    #[must_use]
    pub fn function(mut self, function: &str) -> Self {
        self.function = Some(function.to_owned());
        self
    }

    /// This happens to the next repeat of the same call.
    #[must_use]
    pub fn then(mut self, kind: FaultKind) -> Self {
        self.then.push(kind);
        self
    }

    /// Only so many calls, their repeats not counted.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Says why the fault could never strike, if so.
    fn check(&self, names: &Names) -> Result<(), String> {
        let kinds = || std::iter::once(self.kind).chain(self.then.iter().copied());
        if self.times == Some(0) {
            return Err("a fault strikes at least once: `times` is 0".to_owned());
        }
        if let Some(function) = &self.function {
            known("function", function, &names.functions)?;
        }
        if let Some(table) = &self.table {
            let table = table.strip_suffix("Table").unwrap_or(table);
            known("table", table, &names.tables)?;
        }
        let of_action = match &self.action {
            None => None,
            Some(action) => Some(names.service_of(action).ok_or_else(|| {
                format!("the local stack answers no action `{action}` of DynamoDB or SES")
            })?),
        };
        if let (Some(service), Some(of_action)) = (self.service, of_action)
            && service != of_action
        {
            let action = self.action.as_deref().unwrap_or_default();
            return Err(format!("the action `{action}` is none of {service}"));
        }
        let service = self.service.or(of_action);
        if service == Some(Service::Ses) && self.table.is_some() {
            return Err("a call to ses touches no table".to_owned());
        }
        for kind in kinds() {
            let (of, actions) = kind.strikes();
            let misses_service = of.is_some_and(|of| service.is_some_and(|service| service != of));
            let misses_action = self
                .action
                .as_deref()
                .is_some_and(|action| !actions.is_empty() && !actions.contains(&action));
            if misses_service || misses_action {
                let of = match &self.action {
                    Some(action) => action.clone(),
                    None => service
                        .map(|service| service.to_string())
                        .unwrap_or_default(),
                };
                return Err(format!("{} never strikes {of}", written(kind)));
            }
        }
        Ok(())
    }

    fn fits(&self, call: &Target<'_>) -> bool {
        self.times != Some(0)
            && self.service.is_none_or(|service| service == call.service)
            && self.action.as_deref().is_none_or(|action| {
                action == call.action
                    || call.elements.iter().any(|element| element.action == action)
            })
            && self.table.as_deref().is_none_or(|table| {
                let table = table.strip_suffix("Table").unwrap_or(table);
                call.elements
                    .iter()
                    .any(|element| element.resource == table)
            })
            && match self.function.as_deref() {
                Some(function) => call.function == Some(function),
                // Nobody knows when those call: a fault must name them.
                None => !call.is_told,
            }
    }
}

impl FaultKind {
    /// The service and the actions, or elements of them, that it strikes; all when there are none.
    fn strikes(self) -> (Option<Service>, &'static [&'static str]) {
        let actions: &[&str] = match self {
            Self::Latency(_) | Self::Throttle | Self::InternalError | Self::LostReply => {
                return (None, &[]);
            }
            Self::MessageRejected => return (Some(Service::Ses), &["SendEmail"]),
            Self::TransactionConflict(_) => &[
                "TransactWriteItems",
                "TransactGetItems",
                "PutItem",
                "UpdateItem",
                "DeleteItem",
                "ConditionCheckItem",
                "GetItem",
            ],
            Self::TransactionInProgress => &[
                "TransactWriteItems",
                "PutItem",
                "UpdateItem",
                "DeleteItem",
                "ConditionCheckItem",
            ],
            Self::Stale => &["GetItem", "BatchGetItem", "Query", "Scan"],
            Self::Unprocessed => &["BatchGetItem", "BatchWriteItem"],
        };
        (Some(Service::Dynamodb), actions)
    }
}

/// A kind as JSON has it.
fn written(kind: FaultKind) -> String {
    serde_json::to_string(&kind).unwrap_or_default()
}

fn known(what: &str, name: &str, names: &[String]) -> Result<(), String> {
    if names.iter().any(|known| known == name) {
        return Ok(());
    }
    Err(format!(
        "there is no {what} {name}, only {}",
        names.join(", ")
    ))
}

/// What a stack has that faults may name.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By the names of their binaries.
    pub(crate) functions: Vec<String>,
    /// By their short logical names.
    pub(crate) tables: Vec<String>,
    /// The actions of DynamoDB.
    pub(crate) actions: &'static [&'static str],
}

impl Names {
    /// The service of an action, or of an element of one.
    fn service_of(&self, action: &str) -> Option<Service> {
        if self.actions.contains(&action) || action == "ConditionCheckItem" {
            Some(Service::Dynamodb)
        } else if SES_ACTIONS.contains(&action) {
            Some(Service::Ses)
        } else {
            None
        }
    }
}

/// The call that faults are looked up for.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) service: Service,
    pub(crate) action: &'a str,
    pub(crate) elements: &'a [Element],
    /// What it asks IAM for: among it, the items.
    pub(crate) demands: &'a [Demand],
    pub(crate) function: Option<&'a str>,
    pub(crate) request: Option<&'a str>,
    /// Whether the function is told of something by `EventBridge`, in its own time.
    pub(crate) is_told: bool,
}

/// What was found for a call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Struck {
    pub(crate) latency: Duration,
    pub(crate) kind: Option<FaultKind>,
}

impl Struck {
    /// Takes a kind, if there is room for it.
    fn take(&mut self, kind: FaultKind) -> bool {
        match kind {
            FaultKind::Latency(latency) => self.latency += latency,
            kind if self.kind.is_none() => self.kind = Some(kind),
            _ => return false,
        }
        true
    }
}

/// What still happens to the repeats of a call that was struck.
#[derive(Clone, Debug)]
struct Chain {
    request: Option<String>,
    action: String,
    demands: Vec<Demand>,
    /// The fault with the next kind as its `kind`.
    rest: Fault,
}

impl Chain {
    /// What follows a fault that has struck a call; nothing when that was all.
    fn after(fault: &Fault, call: &Target<'_>) -> Option<Self> {
        let (kind, then) = fault.then.split_first()?;
        let rest = Fault {
            kind: *kind,
            then: then.to_vec(),
            times: Some(1),
            ..fault.clone()
        };
        Some(Self {
            request: call.request.map(str::to_owned),
            action: call.action.to_owned(),
            demands: call.demands.to_vec(),
            rest,
        })
    }

    fn is_repeated_by(&self, call: &Target<'_>) -> bool {
        self.request.as_deref() == call.request
            && self.action == call.action
            && self.demands == call.demands
    }
}

/// The faults of a stack.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
    names: Arc<Names>,
}

#[derive(Debug, Default)]
struct Inner {
    list: Vec<Fault>,
    chains: Vec<Chain>,
}

impl Faults {
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No faults, of a stack that has these names.
    pub(crate) fn new(names: Names) -> Self {
        Self {
            names: Arc::new(names),
            ..Self::default()
        }
    }

    /// Adds a fault. Of several that fit a call the oldest strikes; latencies add up.
    ///
    /// # Panics
    /// When it can never strike, as [`Self::try_inject`] refuses it: a test would wait for nothing.
    #[track_caller]
    pub fn inject(&self, fault: Fault) {
        let injected = self.try_inject(fault);
        assert!(injected.is_ok(), "{}", injected.err().unwrap_or_default());
    }

    /// The same for a fault that somebody has written.
    ///
    /// # Errors
    /// Why it can never strike: it names a function, a table or an action that is not there, or a kind that does
    /// not go with them.
    pub fn try_inject(&self, fault: Fault) -> Result<(), String> {
        self.check(&fault)?;
        self.lock().list.push(fault);
        Ok(())
    }

    /// Says why a fault could never strike, if so.
    pub(crate) fn check(&self, fault: &Fault) -> Result<(), String> {
        fault
            .check(&self.names)
            .map_err(|why| format!("a fault that cannot strike: {why}"))
    }

    /// Takes all faults away.
    pub fn clear(&self) {
        *self.lock() = Inner::default();
    }

    /// The faults that can still strike: first what is left for the repeats of calls that were struck, then the
    /// others, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        let inner = self.lock();
        let begun = inner.chains.iter().map(|chain| &chain.rest);
        begun.chain(&inner.list).cloned().collect()
    }

    /// Finds what strikes a call, and uses it up. `applies` says whether a kind means something for the call.
    pub(crate) fn strike(&self, call: &Target<'_>, applies: impl Fn(FaultKind) -> bool) -> Struck {
        let mut struck = Struck::default();
        let mut inner = self.lock();
        let Inner { list, chains } = &mut *inner;
        let mut next = Vec::new();
        // What was begun goes before what is new.
        chains.retain(|chain| {
            let strikes = chain.is_repeated_by(call)
                && applies(chain.rest.kind)
                && struck.take(chain.rest.kind);
            if strikes {
                next.extend(Chain::after(&chain.rest, call));
            }
            !strikes
        });
        for fault in list.iter_mut() {
            if !fault.fits(call) || !applies(fault.kind) || !struck.take(fault.kind) {
                continue;
            }
            next.extend(Chain::after(fault, call));
            if let Some(times) = &mut fault.times {
                *times -= 1;
            }
        }
        chains.extend(next);
        list.retain(|fault| fault.times != Some(0));
        struck
    }
}

mod millis {
    //! A duration as whole milliseconds.

    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults() -> Faults {
        Faults::new(Names {
            functions: vec!["login".to_owned()],
            tables: vec!["Accounts".to_owned(), "Members".to_owned()],
            actions: crate::dynamodb::KNOWN,
        })
    }

    #[test]
    fn a_fault_that_can_never_strike_is_refused_with_what_it_names() {
        let new = || Fault::new(FaultKind::Throttle);
        let pair = || new().then(FaultKind::TransactionInProgress);
        for (fault, expected) in [
            (
                new().function("logn"),
                "there is no function logn, only login",
            ),
            (
                new().table("Acounts"),
                "there is no table Acounts, only Accounts, Members",
            ),
            (new().action("GetItems"), "answers no action `GetItems`"),
            (
                new().service(Service::Ses).action("GetItem"),
                "the action `GetItem` is none of ses",
            ),
            (
                new().service(Service::Ses).table("Accounts"),
                "touches no table",
            ),
            (new().times(0), "at least once"),
            (
                Fault::new(FaultKind::Unprocessed).action("GetItem"),
                "\"unprocessed\" never strikes GetItem",
            ),
            (
                Fault::new(FaultKind::MessageRejected).service(Service::Dynamodb),
                "\"messageRejected\" never strikes dynamodb",
            ),
            (
                Fault::new(FaultKind::Stale).action("PutItem"),
                "\"stale\" never strikes PutItem",
            ),
            (
                pair().action("GetItem"),
                "\"transactionInProgress\" never strikes GetItem",
            ),
        ] {
            let why = faults().try_inject(fault).unwrap_err();
            assert!(
                why.starts_with("a fault that cannot strike: ") && why.contains(expected),
                "{why}"
            );
        }
        for fault in [
            new(),
            pair().action("ConditionCheckItem").table("AccountsTable"),
            Fault::new(FaultKind::MessageRejected).action("SendEmail"),
        ] {
            assert_eq!(faults().try_inject(fault), Ok(()));
        }
    }

    #[test]
    #[should_panic(expected = "there is no table Acounts")]
    fn a_test_that_injects_one_fails() {
        faults().inject(Fault::new(FaultKind::Throttle).table("Acounts"));
    }

    fn strike(faults: &Faults, action: &str, table: &str) -> Option<FaultKind> {
        let elements = [Element {
            action: action.into(),
            resource: table.into(),
        }];
        let target = Target {
            service: Service::Dynamodb,
            action,
            elements: &elements,
            demands: &[],
            function: Some("login"),
            request: Some("r"),
            is_told: false,
        };
        faults.strike(&target, |_| true).kind
    }

    /// A transaction on one item.
    fn transact(faults: &Faults, request: &str, item: &str) -> Option<FaultKind> {
        let demands = [Demand {
            action: "dynamodb:PutItem".into(),
            resource: "table/Accounts".into(),
            context: [("dynamodb:LeadingKeys", vec![item.to_owned()])].into(),
        }];
        let target = Target {
            service: Service::Dynamodb,
            action: "TransactWriteItems",
            elements: &[],
            demands: &demands,
            function: Some("login"),
            request: Some(request),
            is_told: false,
        };
        faults.strike(&target, |_| true).kind
    }

    #[test]
    fn a_fault_strikes_only_what_it_names_and_only_so_often() {
        let faults = faults();
        faults.inject(
            Fault::new(FaultKind::Throttle)
                .action("GetItem")
                .table("Accounts")
                .times(2),
        );
        assert_eq!(strike(&faults, "GetItem", "Members"), None);
        assert_eq!(strike(&faults, "PutItem", "Accounts"), None);
        assert_eq!(
            strike(&faults, "GetItem", "Accounts"),
            Some(FaultKind::Throttle)
        );
        assert_eq!(
            strike(&faults, "GetItem", "Accounts"),
            Some(FaultKind::Throttle)
        );
        assert_eq!(strike(&faults, "GetItem", "Accounts"), None);
        assert!(faults.list().is_empty());
    }

    #[test]
    fn the_second_half_of_a_pair_strikes_the_repeat_of_the_same_call_only() {
        let faults = faults();
        let pair = Fault::new(FaultKind::LostReply).then(FaultKind::TransactionConflict(0));
        faults.inject(pair.times(1));
        let conflict = Some(FaultKind::TransactionConflict(0));
        assert_eq!(transact(&faults, "a", "x"), Some(FaultKind::LostReply));
        assert_eq!(transact(&faults, "b", "x"), None, "another request");
        assert_eq!(transact(&faults, "a", "y"), None, "another item");
        assert_eq!(strike(&faults, "GetItem", "Accounts"), None);
        assert_eq!(faults.list()[0].kind, FaultKind::TransactionConflict(0));
        assert_eq!(transact(&faults, "a", "x"), conflict);
        assert_eq!(transact(&faults, "a", "x"), None);
        assert!(faults.list().is_empty());
    }

    #[test]
    fn each_call_that_a_pair_strikes_has_a_chain_of_its_own() {
        let faults = faults();
        let three = Fault::new(FaultKind::TransactionConflict(0))
            .then(FaultKind::LostReply)
            .then(FaultKind::TransactionInProgress);
        faults.inject(three.times(2));
        let strikes: Vec<_> = ["a", "b", "a", "b", "b", "a", "a"]
            .map(|request| transact(&faults, request, "x"))
            .into_iter()
            .collect();
        let [conflict, lost, waits] = [
            FaultKind::TransactionConflict(0),
            FaultKind::LostReply,
            FaultKind::TransactionInProgress,
        ]
        .map(Some);
        assert_eq!(
            strikes,
            [conflict, conflict, lost, lost, waits, waits, None]
        );
    }

    #[test]
    fn a_fault_that_means_nothing_for_a_call_waits_for_one_that_it_strikes() {
        let faults = faults();
        faults.inject(Fault::new(FaultKind::Unprocessed).times(1));
        let target = Target {
            service: Service::Dynamodb,
            action: "GetItem",
            elements: &[],
            demands: &[],
            function: None,
            request: None,
            is_told: false,
        };
        assert_eq!(faults.strike(&target, |_| false), Struck::default());
        assert_eq!(faults.list().len(), 1);
    }

    #[test]
    fn latency_goes_together_with_another_fault() {
        let faults = faults();
        faults.inject(Fault::new(FaultKind::Latency(Duration::from_millis(5))));
        faults.inject(Fault::new(FaultKind::LostReply).function("login"));
        let target = Target {
            service: Service::Ses,
            action: "SendEmail",
            elements: &[],
            demands: &[],
            function: Some("login"),
            request: None,
            is_told: false,
        };
        let struck = faults.strike(&target, |_| true);
        assert_eq!(
            struck,
            Struck {
                latency: Duration::from_millis(5),
                kind: Some(FaultKind::LostReply)
            }
        );
    }

    #[test]
    fn faults_are_written_as_json() {
        let text = r#"{"service":"dynamodb","action":"GetItem","kind":{"latency":250},"times":1}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(fault.kind, FaultKind::Latency(Duration::from_millis(250)));
        assert_eq!(serde_json::to_string(&fault).unwrap(), text);
        let conflict: Fault =
            serde_json::from_str(r#"{"kind":{"transactionConflict":1}}"#).unwrap();
        assert_eq!(conflict.kind, FaultKind::TransactionConflict(1));
        let pair =
            r#"{"kind":"lostReply","then":["transactionInProgress",{"transactionConflict":0}]}"#;
        let fault: Fault = serde_json::from_str(pair).unwrap();
        assert_eq!(serde_json::to_string(&fault).unwrap(), pair);
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"throttle","tabel":"x"}"#).is_err());
    }
}
