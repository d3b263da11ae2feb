//! What a fault is, and which can strike.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Target;
use crate::calls::Service;

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
    pub(super) fn check(&self, names: &Names) -> Result<(), String> {
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

    pub(super) fn fits(&self, call: &Target<'_>) -> bool {
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
