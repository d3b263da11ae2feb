//! What changes between the reads of a step and its transaction: it is refused then, and nothing is done.

use std::time::Duration;

use domain::Token;
use local::{Fault, FaultKind};
use store::check::Rule;
use tests::{Answer, TestStack};

use crate::samples::{Flow, Sample};

const TRANSACTION: &str = "TransactWriteItems";
/// How long the transaction is held back.
const HELD: Duration = Duration::from_millis(900);

/// Something that ends what a step has read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meanwhile {
    /// The flow is over: its member has logged out, or gone on in another tab.
    FlowEnds,
    /// The member leaves the roster.
    MemberLeaves,
}

impl Meanwhile {
    /// Does it to what the item of the flow belongs to.
    fn happens(self, stack: &TestStack, table: &str, key: &str) {
        let flow = stack.database().get(table, key).unwrap().unwrap();
        let named = |attribute: &str| flow[attribute]["S"].as_str().unwrap().to_owned();
        match self {
            Self::FlowEnds => stack.database().delete(table, key).unwrap(),
            Self::MemberLeaves => stack
                .database()
                .delete("Members", &named("member"))
                .unwrap(),
        }
    }
}

/// The table of a flow, and the key of the item that a token opens.
fn item_of(flow: Flow, token: &str) -> (&'static str, String) {
    let hash = Token::parse(token).unwrap().hash();
    match flow {
        Flow::Registration => ("Registrations", format!("token#{}", hash.as_str())),
        Flow::Session => ("Sessions", hash.as_str().to_owned()),
        Flow::Reset => ("Resets", hash.as_str().to_owned()),
    }
}

/// How many calls of a sample end before its transaction begins; none when it has none.
async fn calls_before(sample: &Sample) -> Option<usize> {
    let stack = TestStack::start().await;
    let mut browser = sample.ready(&stack);
    sample.succeeds(&sample.take(&mut browser).await);
    let calls = stack.calls();
    calls.iter().position(|call| call.action == TRANSACTION)
}

/// Takes a sample whose transaction is held back until something has happened. Gives the answer, and whether anything
/// was done.
async fn taken(
    sample: &'static Sample,
    flow: Flow,
    meanwhile: Meanwhile,
    before: usize,
) -> (Answer, bool) {
    let stack = TestStack::start().await;
    stack.breaks(&[
        Rule::SessionHasAccount,
        Rule::SessionListed,
        Rule::ReservationHeld,
        Rule::Event,
    ]);
    let mut browser = sample.ready(&stack);
    let (table, key) = item_of(flow, browser.cookie(flow.cookie()).unwrap());
    let held = Fault::new(FaultKind::Latency(HELD)).action(TRANSACTION);
    stack.faults().inject(held);
    let taking = tokio::spawn(async move { sample.take(&mut browser).await });
    while stack.calls().len() < before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    meanwhile.happens(&stack, table, &key);
    let kept = || (stack.items("Accounts"), keys(&stack));
    let happened = kept();
    let answer = taking.await.unwrap();
    (answer, kept() != happened)
}

/// Which flows there are. What is in them comes and goes: tries are charged, and released.
fn keys(stack: &TestStack) -> Vec<(&'static str, String)> {
    let tables = ["Registrations", "Sessions", "Resets"];
    let keys = tables.iter().flat_map(|table| {
        let key = stack.database().partition_key_of(table).unwrap();
        let items = stack.items(table).into_iter();
        items.map(|item| (*table, item[key]["S"].as_str().unwrap().to_owned()))
    });
    let mut keys: Vec<_> = keys.collect();
    keys.sort_unstable();
    keys
}

async fn is_refused(flows: &[Flow], meanwhile: Meanwhile) {
    for (sample, flow) in Sample::in_a_flow() {
        // Of two who end each other's sessions both are signed out.
        let is_let_go = sample.is("end-sessions") && meanwhile == Meanwhile::FlowEnds;
        // An acceptance is the account's: it came first, and then the end (`written_once`).
        let is_let_go = is_let_go || sample.is("accept-terms");
        if !flows.contains(&flow) || sample.is("logout") || is_let_go {
            continue;
        }
        let Some(before) = calls_before(sample).await else {
            continue;
        };
        let (answer, is_done) = taken(sample, flow, meanwhile, before).await;
        assert_eq!(answer.status, 401, "{sample:?} {meanwhile:?}");
        assert!(!is_done, "{sample:?} {meanwhile:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_that_ends_before_the_transaction_refuses_it() {
    is_refused(
        &[Flow::Registration, Flow::Session, Flow::Reset],
        Meanwhile::FlowEnds,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_leaves_before_the_transaction_is_refused_it() {
    is_refused(&[Flow::Session], Meanwhile::MemberLeaves).await;
}
