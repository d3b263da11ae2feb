//! Faults on demand: what can go wrong behind a function, per service, action, table and function.
//!
//! **Chains.** A fault with [`Fault::then`] strikes a call and then its repeats, one kind each. A repeat is the
//! same caller's next call of the same action on the same items within one request, whoever makes it: the SDK,
//! which sends the same bytes again, or the function. A call of another request never uses up the second half.

mod fault;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::calls::{Element, Service};
use crate::iam::Demand;

pub(crate) use self::fault::Names;
pub use self::fault::{Fault, FaultKind};

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
