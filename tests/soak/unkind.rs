//! What is broken on purpose, and when: single faults and pairs, outages, processes that are killed.

use std::fmt::Write as _;

use http::Method;
use serde_json::{Value, json};
use tests::Chance;

use crate::journal::{Journal, Line};
use crate::world::World;

/// How many acts are between two faults, outages, kills of a function and kills of the stack.
const FAULT: u64 = 20;
const OUTAGE: u64 = 500;
const OUTAGE_LASTS: u64 = 25;
const KILL_FUNCTION: u64 = 200;
const KILL_STACK: u64 = 3_000;
/// Faults that wait for a call of theirs are no more than that.
const WAITING: usize = 40;

const FUNCTIONS: [&str; 15] = [
    "verify-member",
    "create-user",
    "send-code",
    "confirm-code",
    "login",
    "accept-terms",
    "get-session",
    "verify-member",
    "create-user",
    "confirm-code",
    "login",
    "change-password",
    "request-password-reset",
    "reset-password",
    "record-mail-event",
];
const MAILING: [&str; 4] = [
    "send-code",
    "request-password-reset",
    "remind-user-id",
    "change-password",
];

/// The breaking of things.
#[derive(Debug)]
pub(crate) struct Unkind {
    chance: Chance,
    acts: u64,
    outage_ends: Option<u64>,
}

impl Unkind {
    /// The chance is drawn anew for each run, which begins after so many acts.
    pub(crate) fn new(seed: u64, acts: u64) -> Self {
        Self {
            chance: Chance::nth(seed, u64::MAX - acts),
            acts,
            outage_ends: None,
        }
    }

    /// Breaks what is due after another act.
    pub(crate) async fn after_an_act(
        &mut self,
        world: &World,
        journal: &Journal,
    ) -> Result<(), String> {
        self.acts += 1;
        let acts = self.acts;
        let told = |what: String| journal.write([Line::Unkind { what }]);
        if acts.is_multiple_of(KILL_STACK) {
            world.kill();
            self.outage_ends = None;
            told("kill -9 of the stack".to_owned());
            return world.start().await;
        }
        if acts.is_multiple_of(KILL_FUNCTION) {
            let drawn = self.chance.below(1_000);
            if let Some(name) = world.kill_function(drawn) {
                told(format!("kill -9 of {name}"));
            }
        }
        if self.outage_ends.is_some_and(|end| acts >= end) {
            self.outage_ends = None;
            let _ = world.ask(Method::DELETE, "/_local/faults", None).await;
        } else if acts.is_multiple_of(OUTAGE) {
            self.outage_ends = Some(acts + OUTAGE_LASTS);
            let function = self.chance.pick(&FUNCTIONS);
            let kind = self
                .chance
                .pick(&["throttle", "internalError", "lostReply"]);
            let fault = json!({"service": "dynamodb", "function": function, "kind": kind});
            if world
                .ask(Method::POST, "/_local/faults", Some(&fault))
                .await
                .is_ok()
            {
                told(format!("outage: {kind}, every call of one function"));
            }
        } else if acts.is_multiple_of(FAULT) {
            let waiting = world.ask(Method::GET, "/_local/faults", None).await;
            let waiting = waiting.ok().and_then(|list| list.as_array().map(Vec::len));
            let fault = self.fault();
            if waiting.is_some_and(|waiting| waiting < WAITING) {
                world
                    .ask(Method::POST, "/_local/faults", Some(&fault))
                    .await
                    .map_err(|error| format!("{fault}: {error}"))?;
                told(called(&fault));
            }
        }
        Ok(())
    }

    fn fault(&mut self) -> Value {
        let chance = &mut self.chance;
        let conflict = json!({"transactionConflict": chance.below(3)});
        let progress = json!("transactionInProgress");
        let plain = [
            json!("throttle"),
            json!("internalError"),
            json!("lostReply"),
        ];
        let (action, kind, then) = match chance.below(20) {
            0..5 => (None, chance.pick(&plain), vec![]),
            5..7 => (None, chance.pick(&plain), vec![chance.pick(&plain)]),
            7..9 => (
                Some("TransactWriteItems"),
                json!("lostReply"),
                vec![conflict],
            ),
            9 => (
                Some("TransactWriteItems"),
                json!("lostReply"),
                vec![progress],
            ),
            10 => (
                Some("TransactWriteItems"),
                json!("lostReply"),
                vec![json!("lostReply"), conflict],
            ),
            11 | 12 => (Some("TransactWriteItems"), conflict.clone(), vec![conflict]),
            13 => (Some("TransactWriteItems"), progress, vec![]),
            14 => (Some("BatchGetItem"), json!("unprocessed"), vec![]),
            15 => (None, json!({"latency": 100 + chance.below(2_400)}), vec![]),
            16 => (
                None,
                json!("internalError"),
                vec![json!("internalError"), json!("internalError")],
            ),
            17 => (Some("SendEmail"), json!("messageRejected"), vec![]),
            18 => (
                Some("SendEmail"),
                json!("throttle"),
                vec![json!("lostReply")],
            ),
            _ => (Some("SendEmail"), json!("lostReply"), vec![]),
        };
        let mails = action == Some("SendEmail");
        let function = chance.pick(if mails { &MAILING[..] } else { &FUNCTIONS[..] });
        let mut fault = json!({
            "service": if mails { "ses" } else { "dynamodb" },
            "function": function,
            "kind": kind,
            "times": 1 + chance.below(2),
        });
        if let Some(action) = action {
            fault["action"] = action.into();
        }
        if !then.is_empty() {
            fault["then"] = then.into();
        }
        fault
    }
}

/// A fault as the report has it.
fn called(fault: &Value) -> String {
    let name = |kind: &Value| match kind {
        Value::String(name) => name.clone(),
        kind => kind
            .as_object()
            .and_then(|kind| kind.keys().next().cloned())
            .unwrap_or_default(),
    };
    let mut called = format!(
        "{}: {}",
        fault["service"].as_str().unwrap_or_default(),
        name(&fault["kind"])
    );
    for kind in fault["then"].as_array().into_iter().flatten() {
        let _ = write!(called, ", then {}", name(kind));
    }
    called
}
