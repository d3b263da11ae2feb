//! `EventBridge`, and Lambda's asynchronous invocations: an event goes to every function whose rule it fits.
//! Nobody waits for it; what fails is tried again, and then kept among the dead letters.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Bytes;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::ids::Ids;
use crate::runtime::Runtime;
use crate::template::Rule;

/// How long before an event is tried again. Lambda waits a minute, and then two.
const PAUSE: Duration = Duration::from_millis(100);

/// Events that nobody could be told of.
pub(crate) type DeadLetters = Arc<Mutex<Vec<Value>>>;

/// Tells functions what comes by the bus. Dropping it stops that.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) dead_letters: DeadLetters,
    /// How many events are being delivered.
    pub(crate) under_way: Arc<AtomicUsize>,
    delivering: JoinHandle<()>,
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.delivering.abort();
    }
}

impl Delivery {
    /// Begins to deliver.
    pub(crate) fn start(
        mut events: mpsc::UnboundedReceiver<Value>,
        rules: Vec<Rule>,
        runtime: Arc<Runtime>,
        ids: Arc<Ids>,
    ) -> Self {
        let dead_letters = DeadLetters::default();
        let dead = Arc::clone(&dead_letters);
        let under_way = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&under_way);
        let delivering = tokio::spawn(async move {
            // Deliveries end with the bus: dropping the set aborts them.
            let mut deliveries = tokio::task::JoinSet::new();
            while let Some(mut event) = events.recv().await {
                event["id"] = Value::String(ids.next());
                for rule in rules.iter().filter(|rule| rule.fits(&event)) {
                    let (function, event) = (rule.function.clone(), event.clone());
                    let (runtime, ids) = (Arc::clone(&runtime), Arc::clone(&ids));
                    let dead = Arc::clone(&dead);
                    let counted = Arc::clone(&counted);
                    counted.fetch_add(1, Ordering::SeqCst);
                    deliveries.spawn(async move {
                        if !deliver(&runtime, &ids.next(), &function, &event).await {
                            let mut dead = dead.lock().unwrap_or_else(PoisonError::into_inner);
                            dead.push(event);
                        }
                        counted.fetch_sub(1, Ordering::SeqCst);
                    });
                }
            }
        });
        Self {
            dead_letters,
            under_way,
            delivering,
        }
    }
}

/// Whether a function took an event, sooner or later.
async fn deliver(runtime: &Runtime, request: &str, function: &str, event: &Value) -> bool {
    let retries = runtime.function(function).map_or(0, |found| found.retries);
    let event = Bytes::from(event.to_string());
    for attempt in 0..=retries {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        match runtime.invoke(function, request, event.clone()).await {
            Ok(_) => return true,
            Err(error) => runtime.tell(function, &format!("an event was not taken: {error}")),
        }
    }
    false
}
