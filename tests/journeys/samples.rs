//! Every step, ready to be taken as its sample events take it: for the tests that hold for every step there is.
//!
//! Nothing here names a step. A new step is in all of these tests as soon as it has its `success`.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::LazyLock;

use futures_util::future::join_all;
use http::Method;
use local::cases::{Case, Events};
use serde_json::{Value, json};
use tests::{Answer, Browser, REGISTRATION_COOKIE, RESET_COOKIE, SESSION_COOKIE, TestStack};
use time::OffsetDateTime;

/// How many samples are taken side by side. More would slow each other down on a small machine.
const AT_ONCE: usize = 4;

/// The password that a member changes to.
pub(crate) const NEW_PASSWORD: &str = "sakura-8080";
/// The address that a member changes to.
pub(crate) const NEW_EMAIL: &str = "new-address@example.com";

/// A flow that a step belongs to: whose cookie it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Registration,
    Session,
    Reset,
}

impl Flow {
    pub(crate) const ALL: [Self; 3] = [Self::Registration, Self::Session, Self::Reset];

    pub(crate) fn cookie(self) -> &'static str {
        match self {
            Self::Registration => REGISTRATION_COOKIE,
            Self::Session => SESSION_COOKIE,
            Self::Reset => RESET_COOKIE,
        }
    }

    /// What is said to whoever is in no flow of this kind.
    pub(crate) fn missing(self) -> &'static str {
        match self {
            Self::Registration => "registration-missing",
            Self::Session => "not-signed-in",
            Self::Reset => "reset-missing",
        }
    }
}

/// A request that succeeds, and the state that it succeeds in.
pub(crate) struct Sample {
    case: Case,
    body: Option<Value>,
    is_behind_terms: bool,
}

impl fmt::Debug for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.case.label())
    }
}

/// The success of every step, and each other success whose body has other fields.
static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let events = Events::at(tests.parent().unwrap().join("events"));
    let mut samples = Vec::new();
    for step in events.steps().unwrap() {
        let mut cases = events.of(&step).unwrap();
        cases.retain(|case| case.event.get("requestContext").is_some()); // and nothing that is told
        let is_behind_terms = cases
            .iter()
            .any(|case| case.problem() == Some("terms-not-accepted"));
        let mut taken = BTreeSet::new();
        for case in cases {
            let succeeds = case.answer["status"].as_u64().is_some_and(|of| of < 300);
            if !succeeds || case.event["isBase64Encoded"] == true {
                continue;
            }
            let body = case.event["body"].as_str();
            let body: Option<Value> = body.map(|body| serde_json::from_str(body).unwrap());
            let fields: BTreeSet<String> = body
                .iter()
                .filter_map(Value::as_object)
                .flat_map(|body| body.keys().cloned())
                .collect();
            if taken.insert(fields) {
                samples.push(Sample {
                    case,
                    body,
                    is_behind_terms,
                });
            }
        }
    }
    samples
});

impl Sample {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        SAMPLES.iter()
    }

    /// Those of the flows, each with its flow.
    pub(crate) fn in_a_flow() -> impl Iterator<Item = (&'static Self, Flow)> {
        Self::all().filter_map(|sample| Some((sample, sample.flow()?)))
    }

    /// Those with a body.
    pub(crate) fn with_a_body() -> impl Iterator<Item = (&'static Self, &'static Value)> {
        Self::all().filter_map(|sample| Some((sample, sample.body.as_ref()?)))
    }

    /// Those behind the terms of use.
    pub(crate) fn behind_terms() -> impl Iterator<Item = &'static Self> {
        Self::all().filter(|sample| sample.is_behind_terms)
    }

    /// The success of this step.
    pub(crate) fn of(step: &str) -> &'static Self {
        Self::all().find(|sample| sample.is(step)).unwrap()
    }

    /// Whether it is one of this step.
    pub(crate) fn is(&self, step: &str) -> bool {
        self.case.step == step
    }

    /// Whether the step may write to the audit trail, and so does.
    pub(crate) fn is_audited(&self, stack: &TestStack) -> bool {
        let granted = stack.granted(&self.case.step);
        granted.iter().any(|grant| grant.resource == "Audit")
    }

    /// The flow that the step belongs to; none where it begins one.
    pub(crate) fn flow(&self) -> Option<Flow> {
        let cookies = self.cookies();
        Flow::ALL
            .into_iter()
            .find(|flow| cookies.iter().any(|(name, _)| *name == flow.cookie()))
    }

    fn cookies(&self) -> Vec<(&str, &str)> {
        let cookies = self.case.event["cookies"].as_array().into_iter().flatten();
        cookies
            .map(|cookie| cookie.as_str().unwrap().split_once('=').unwrap())
            .collect()
    }

    pub(crate) fn path(&self) -> &str {
        self.case.event["rawPath"].as_str().unwrap()
    }

    pub(crate) fn method(&self) -> Method {
        let method = &self.case.event["requestContext"]["http"]["method"];
        method.as_str().unwrap().parse().unwrap()
    }

    /// Whether it changes nothing.
    pub(crate) fn only_reads(&self) -> bool {
        self.method() == Method::GET
    }

    /// The body, as it is sent; empty where there is none.
    pub(crate) fn body(&self) -> String {
        self.body.as_ref().map(Value::to_string).unwrap_or_default()
    }

    /// The status of a success.
    pub(crate) fn success(&self) -> u16 {
        let status = self.case.answer["status"].as_u64().unwrap();
        status.try_into().unwrap()
    }

    /// Asserts that an answer is the success. (Whether it may be kept differs.)
    #[track_caller]
    pub(crate) fn succeeds(&self, answer: &Answer) {
        assert_eq!(answer.status, self.success(), "{self:?}: {}", answer.body);
    }

    /// Loads what the step begins from, and opens the browser that is about to take it.
    pub(crate) fn ready(&self, stack: &TestStack) -> Browser {
        if let Some(state) = &self.case.state {
            stack.loads(&with_sessions_listed(state.clone()));
        }
        let ms = i128::from(self.case.at_ms().unwrap());
        let mut browser = stack.browser();
        browser.at(OffsetDateTime::from_unix_timestamp_nanos(ms * 1_000_000).unwrap());
        for (name, value) in self.cookies() {
            browser.set_cookie(name, value);
        }
        browser
    }

    /// Takes the step.
    pub(crate) async fn take(&self, browser: &mut Browser) -> Answer {
        let request = browser.request(self.method(), self.path());
        if self.only_reads() {
            return request.send().await;
        }
        let request = request.header("sec-fetch-site", "same-origin");
        match &self.body {
            None => request.send().await,
            Some(body) => {
                let request = request.header("content-type", "application/json");
                request.body(body.to_string()).send().await
            }
        }
    }
}

/// The same state, in which each account lists the sessions that are loaded beside it, as in life.
fn with_sessions_listed(mut state: Value) -> Value {
    let sessions = state["sessions"].as_array().cloned().unwrap_or_default();
    let accounts = state.get_mut("accounts").and_then(Value::as_array_mut);
    let accounts = accounts.into_iter().flatten();
    for account in accounts {
        let of_account = |session: &&Value| {
            let [of, by] = [&session["userId"], &account["userId"]].map(Value::as_str);
            of == by
        };
        let mut listed = account["sessions"].as_array().cloned().unwrap_or_default();
        for session in sessions.iter().filter(of_account) {
            if !listed.iter().any(|one| one["token"] == session["token"]) {
                let (token, at) = (&session["token"], &session["signedInAt"]);
                listed.push(json!({"token": token, "signedInAt": at}));
            }
        }
        account["sessions"] = listed.into();
    }
    state
}

/// Does something with each sample, some of them side by side.
pub(crate) async fn with_each<F: Future<Output = ()>>(
    samples: impl IntoIterator<Item = &'static Sample>,
    act: impl Fn(&'static Sample) -> F,
) {
    let samples = Vec::from_iter(samples);
    for some in samples.chunks(AT_ONCE) {
        join_all(some.iter().map(|sample| act(sample))).await;
    }
}
