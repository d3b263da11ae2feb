//! Flows that have ended: each step refuses them, whatever time has not collected yet, and leaves them as they are.

use std::time::Duration;

use local::Options;
use store::check::Rule;
use tests::{Answer, TestStack};

use crate::samples::{Flow, Sample};

const SECOND: Duration = Duration::from_secs(1);
/// How long a session lives that nobody uses.
const SESSION_IDLE: Duration = Duration::from_mins(30);

/// How long a flow can live that nobody goes on with.
fn life(flow: Flow) -> Duration {
    match flow {
        Flow::Registration => domain::REGISTRATION_VALID,
        Flow::Session => SESSION_IDLE,
        Flow::Reset => domain::RESET_VALID,
    }
}

/// A request in a flow that has ended is refused, but that there is nothing to log out of is a success.
#[track_caller]
fn is_told_so(sample: &Sample, answer: &Answer, flow: Flow) {
    if sample.is("logout") {
        answer.succeeds_with(204);
    } else {
        answer.is_refused_with(401, flow.missing());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_ended_is_refused_at_every_step_and_left_as_it_was() {
    for (sample, flow) in Sample::in_a_flow() {
        // Nothing is collected: the flow's items are still there.
        let stack = TestStack::start_with(Options {
            collection: None,
            ..Options::default()
        })
        .await;
        let mut browser = sample.ready(&stack);
        let before = (stack.snapshot(), stack.items("Audit").len());
        browser.later(life(flow) + SECOND);
        let answer = sample.take(&mut browser).await;
        is_told_so(sample, &answer, flow);
        let after = (stack.snapshot(), stack.items("Audit").len());
        assert_eq!(after, before, "{sample:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_used_all_day_ends_all_the_same() {
    for (sample, flow) in Sample::in_a_flow() {
        if flow != Flow::Session {
            continue;
        }
        let stack = TestStack::start_with(Options {
            collection: None,
            ..Options::default()
        })
        .await;
        let mut browser = sample.ready(&stack);
        browser.session().await.succeeds_with(200);
        // The sample's session began at most this long before.
        let began = Duration::from_mins(10);
        let (mut used, pause) = (Duration::ZERO, SESSION_IDLE.saturating_sub(SECOND));
        let soon = domain::SESSION_VALID.saturating_sub(began);
        while used < soon {
            let pause = pause.min(soon.saturating_sub(used));
            browser.later(pause).session().await.succeeds_with(200);
            used += pause;
        }
        let before = (stack.snapshot(), stack.items("Audit").len());
        browser.later(began + SECOND);
        let answer = sample.take(&mut browser).await;
        is_told_so(sample, &answer, flow);
        let after = (stack.snapshot(), stack.items("Audit").len());
        assert_eq!(after, before, "{sample:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_because_the_account_is_gone_is_in_the_trail() {
    for (sample, flow) in Sample::in_a_flow() {
        let stack = TestStack::start().await;
        if flow != Flow::Session || sample.is("logout") || !sample.is_audited(&stack) {
            continue;
        }
        stack.breaks(&[Rule::ClaimHeld, Rule::SessionHasAccount]);
        let mut browser = sample.ready(&stack);
        let account = stack.items_of("Accounts", "user#").remove(0);
        let key = account["account"]["S"].as_str().unwrap();
        stack.database().delete("Accounts", key).unwrap();
        let before = stack.items("Audit").len();
        let answer = sample.take(&mut browser).await;
        answer.is_refused_with(401, flow.missing());
        assert_eq!(stack.items("Audit").len(), before + 1, "{sample:?}");
    }
}
