//! Emptying a running stack: not before everything that was asked of it is done, so that nothing of the past is written
//! into what is new.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::bus::Delivery;
use crate::dynamodb::{TableError, TableItem};
use crate::endpoint::Endpoint;
use crate::runtime::Runtime;

/// How long what is under way is waited for: longer than a function may take, and an event's retries.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(5);

/// What a stack is emptied with.
pub(crate) struct Reset {
    endpoint: Arc<Endpoint>,
    runtime: Arc<Runtime>,
    /// How many events are being delivered.
    deliveries: Arc<AtomicUsize>,
    /// What the stack began with.
    samples: Vec<TableItem>,
}

impl Reset {
    pub(crate) fn new(
        endpoint: &Arc<Endpoint>,
        runtime: &Arc<Runtime>,
        delivery: &Delivery,
        samples: Vec<TableItem>,
    ) -> Self {
        Self {
            endpoint: Arc::clone(endpoint),
            runtime: Arc::clone(runtime),
            deliveries: Arc::clone(&delivery.under_way),
            samples,
        }
    }

    /// Waits until nothing is under way, and empties everything.
    pub(crate) async fn run(&self) -> Result<(), TableError> {
        let idle = async {
            // A mail's event is on its way before the function that sent the mail has answered.
            while !self.runtime.is_idle() || self.deliveries.load(Ordering::SeqCst) > 0 {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, idle)
            .await
            .map_err(|_| TableError::of("functions are at work and do not end".to_owned()))?;
        self.endpoint.reset(&self.samples)
    }
}
