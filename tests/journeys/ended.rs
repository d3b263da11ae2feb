//! Flows that have ended: each step refuses them, whatever time has not collected yet, and leaves them as they are.

use std::time::Duration;

use local::Options;
use store::check::Rule;
use tests::{TARO, TestStack};

use crate::steps::{ALL, Flow, Step};

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

/// What is said to whoever is in no flow of this kind.
fn missing(flow: Flow) -> &'static str {
    match flow {
        Flow::Registration => "registration-missing",
        Flow::Session => "not-signed-in",
        Flow::Reset => "reset-missing",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_ended_is_refused_at_every_step_and_left_as_it_was() {
    for step in ALL {
        let Some(flow) = step.flow() else { continue };
        // Nothing is collected: the flow's items are still there.
        let stack = TestStack::start_with(Options {
            collection: None,
            ..Options::default()
        })
        .await;
        let mut browser = step.ready(&stack, TARO);
        let before = (stack.snapshot(), stack.items("Audit").len());
        browser.later(life(flow) + SECOND);
        let answer = step.take(&mut browser, &TARO).await;
        if step == Step::Logout {
            answer.succeeds_with(204);
        } else {
            answer.is_refused_with(401, missing(flow));
        }
        let after = (stack.snapshot(), stack.items("Audit").len());
        assert_eq!(after, before, "{step:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_used_all_day_ends_all_the_same() {
    for step in ALL {
        if step.flow() != Some(Flow::Session) || step == Step::AcceptTerms {
            continue;
        }
        let stack = TestStack::start_with(Options {
            collection: None,
            ..Options::default()
        })
        .await;
        let mut browser = step.ready(&stack, TARO);
        let mut used = Duration::ZERO;
        let pause = SESSION_IDLE.saturating_sub(SECOND);
        while used + pause < domain::SESSION_VALID {
            browser.later(pause).session().await.succeeds_with(200);
            used += pause;
        }
        let before = (stack.snapshot(), stack.items("Audit").len());
        browser.later(domain::SESSION_VALID.saturating_sub(used) + SECOND);
        let answer = step.take(&mut browser, &TARO).await;
        if step == Step::Logout {
            answer.succeeds_with(204);
        } else {
            answer.is_refused_with(401, missing(Flow::Session));
        }
        let after = (stack.snapshot(), stack.items("Audit").len());
        assert_eq!(after, before, "{step:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_because_the_account_is_gone_is_in_the_trail() {
    for step in [
        Step::AcceptTerms,
        Step::ChangePassword,
        Step::BeginEmailChange,
        Step::ConfirmEmailChange,
        Step::EndSessions,
    ] {
        let stack = TestStack::start().await;
        stack.breaks(&[Rule::ClaimHeld, Rule::SessionHasAccount]);
        let mut browser = step.ready(&stack, TARO);
        let account = stack.items_of("Accounts", "user#").remove(0);
        let key = account["account"]["S"].as_str().unwrap();
        stack.database().delete("Accounts", key).unwrap();
        let before = stack.items("Audit").len();
        let answer = step.take(&mut browser, &TARO).await;
        answer.is_refused_with(401, missing(Flow::Session));
        assert_eq!(stack.items("Audit").len(), before + 1, "{step:?}");
    }
}
