//! Faults on demand: what can go wrong behind a function, per service, action, table and function.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::calls::{Element, Service};

/// Something that goes wrong with the calls that fit it.
///
/// As JSON: `{"service": "dynamodb", "action": "GetItem", "table": "Accounts", "function": "login",
/// "kind": "throttle", "times": 1}`; only `kind` is required. `kind` is `"throttle"`,
/// `"internalError"`, `"lostReply"`, `"unprocessed"`, `"messageRejected"`, `{"latency": 250}`
/// (milliseconds) or `{"transactionConflict": 0}` (the element that conflicts).
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
    /// How many calls it hits; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// What goes wrong with a call.
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
    /// call of one item, `TransactionConflictException`.
    TransactionConflict(usize),
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

    /// Only so many calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
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

/// The call that faults are looked up for.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) service: Service,
    pub(crate) action: &'a str,
    pub(crate) elements: &'a [Element],
    pub(crate) function: Option<&'a str>,
    /// Whether the function is told of something by `EventBridge`, in its own time.
    pub(crate) is_told: bool,
}

/// What was found for a call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Struck {
    pub(crate) latency: Duration,
    pub(crate) kind: Option<FaultKind>,
}

/// The faults of a stack.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    list: Arc<Mutex<Vec<Fault>>>,
}

impl Faults {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault. Of several that fit a call the oldest strikes; latencies add up.
    pub fn inject(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Takes all faults away.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The faults that can still strike, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// Finds what strikes a call, and uses it up.
    pub(crate) fn strike(&self, call: &Target<'_>) -> Struck {
        let mut struck = Struck::default();
        let mut list = self.lock();
        for fault in list.iter_mut().filter(|fault| fault.fits(call)) {
            match fault.kind {
                FaultKind::Latency(latency) => struck.latency += latency,
                kind if struck.kind.is_none() => struck.kind = Some(kind),
                _ => continue,
            }
            if let Some(times) = &mut fault.times {
                *times -= 1;
            }
        }
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

    fn strike(faults: &Faults, action: &str, table: &str) -> Option<FaultKind> {
        let elements = [Element {
            action: action.into(),
            resource: table.into(),
        }];
        let target = Target {
            service: Service::Dynamodb,
            action,
            elements: &elements,
            function: Some("login"),
            is_told: false,
        };
        faults.strike(&target).kind
    }

    #[test]
    fn a_fault_strikes_only_what_it_names_and_only_so_often() {
        let faults = Faults::default();
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
    fn latency_goes_together_with_another_fault() {
        let faults = Faults::default();
        faults.inject(Fault::new(FaultKind::Latency(Duration::from_millis(5))));
        faults.inject(Fault::new(FaultKind::LostReply).function("login"));
        let target = Target {
            service: Service::Ses,
            action: "SendEmail",
            elements: &[],
            function: Some("login"),
            is_told: false,
        };
        let struck = faults.strike(&target);
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
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"throttle","tabel":"x"}"#).is_err());
    }
}
