//! The files of the sample events: what a case is made of, and what is said of a file that is wrong.
#![expect(
    clippy::unwrap_used,
    reason = "what cannot be unwrapped fails the test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use local::cases::{Case, Events};
use serde_json::{Value, json};

const SHARED: &str = "
every:
  try-again:
    meaning: It fails.
    state: { faults: { database: { kind: internalError } } }
    refused: 503 try-again
changing:
  too-large:
    meaning: The body is too large.
    bodyBytes: 100
    refused: 413 invalid-request
session:
  not-signed-in:
    meaning: There is no cookie.
    event: { cookies: null }
    refused: 401 not-signed-in
registration:
  registration-missing:
    meaning: There is no cookie.
    event: { cookies: null }
    refused: 401 registration-missing
";

const SUCCESS: &str = "
success:
  meaning: It works.
  state:
    accounts: { taro: { userId: taro, devices: { here: { token: d } } } }
    sessions: { here: { token: abc }, elsewhere: { token: def } }
  answer: { status: 200, body: { next: top, last: null }, cookies: [], mails: [] }
";

/// A folder of events with one step, `probe`.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, cases: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("cases")
            .join(name);
        fs::create_dir_all(folder.join("probe")).unwrap();
        let event = json!({
            "routeKey": "POST /api/probe",
            "cookies": ["__Host-session=abc", "a=1"],
            "headers": {"content-type": "application/json", "content-length": "28"},
            "requestContext": {
                "http": {"method": "POST"},
                "requestId": "own",
                "time": "01/Apr/2026:00:00:00 +0000",
                "timeEpoch": 1_775_001_600_000_i64,
            },
            "body": r#"{"userId":"taro", "times":1}"#,
            "isBase64Encoded": false,
        });
        fs::write(folder.join("probe/success.json"), event.to_string()).unwrap();
        fs::write(folder.join("probe/cases.yaml"), format!("{SUCCESS}{cases}")).unwrap();
        fs::write(folder.join("every-step.yaml"), SHARED).unwrap();
        Self(folder)
    }

    fn events(&self) -> Events {
        Events::at(&self.0)
    }

    fn case(&self, name: &str) -> Case {
        self.events().find("probe", name).unwrap()
    }

    fn error(&self) -> String {
        self.events().of("probe").unwrap_err().to_string()
    }
}

fn event_of(folder: &Folder) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.0.join("probe/success.json")).unwrap()).unwrap()
}

#[test]
fn a_step_has_its_own_cases_and_what_every_step_of_its_kind_refuses() {
    let folder = Folder::new("kinds", "other:\n  meaning: Another one.\n");
    let cases = folder.events().of("probe").unwrap();
    let names: Vec<_> = cases.iter().map(|case| case.name.as_str()).collect();
    // It has no registration.
    assert_eq!(
        names,
        [
            "success",
            "other",
            "try-again",
            "too-large",
            "not-signed-in"
        ]
    );
    assert_eq!(cases[0].event, event_of(&folder));
    assert_eq!(
        cases[0].state,
        Some(json!({
            "accounts": [{"userId": "taro", "devices": [{"token": "d"}]}],
            "sessions": [{"token": "def"}, {"token": "abc"}],
        }))
    );
    assert_eq!(folder.events().steps().unwrap(), ["probe"]);
}

#[test]
fn an_event_is_whole_again_with_all_that_follows_from_what_differs() {
    let folder = Folder::new(
        "whole",
        "
changed:
  meaning: Fields differ.
  event:
    body: { userId: 太郎, times: null }
    cookies: { a: null, b: [1x, 2x] }
    requestContext: { timeEpoch: 1775001661000 }
form:
  meaning: Another media type.
  event: { headers: { content-type: application/octet-stream }, body: abc }
nothing:
  meaning: No body, no cookies.
  event: { body: null, cookies: null }
",
    );
    let changed = folder.case("changed").event;
    assert_eq!(changed["body"], r#"{"userId":"太郎"}"#);
    assert_eq!(changed["headers"]["content-length"], "19");
    assert_eq!(
        changed["cookies"],
        json!(["__Host-session=abc", "b=1x", "b=2x"])
    );
    assert_eq!(
        changed["requestContext"]["time"],
        "01/Apr/2026:00:01:01 +0000"
    );
    let form = folder.case("form").event;
    assert_eq!(
        (
            &form["body"],
            &form["isBase64Encoded"],
            &form["headers"]["content-length"]
        ),
        (&json!("YWJj"), &json!(true), &json!("3"))
    );
    let nothing = folder.case("nothing").event;
    assert_eq!(
        (
            nothing.get("body"),
            nothing.get("cookies"),
            &nothing["headers"]["content-length"]
        ),
        (None, None, &json!("0"))
    );
    let large = folder.case("too-large").event;
    assert_eq!(large["body"].as_str().unwrap().len(), 100);
    // Each has a request id of its own, always the same.
    let ids = ["changed", "form", "nothing"].map(|name| folder.case(name).request().to_owned());
    assert!(ids.iter().all(|id| id.len() == 16), "{ids:?}");
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    assert_eq!(ids[0], folder.case("changed").request());
}

#[test]
fn an_answer_differs_from_that_of_another_case_or_is_a_problem() {
    let folder = Folder::new(
        "answers",
        "
terms:
  meaning: The terms come next.
  state: { sessions: null }
  answer: { body: { next: null } }
late:
  meaning: It is too late.
  from: terms
  refused: 429 too-many-attempts
  answer: { retryAfter: 6 }
",
    );
    let terms = folder.case("terms");
    assert_eq!(terms.answer["body"], json!({"next": null, "last": null}));
    assert_eq!(terms.answer["status"], 200);
    let late = folder.case("late");
    assert_eq!(late.state.unwrap().get("sessions"), None);
    assert_eq!(
        late.answer,
        json!({
            "status": 429,
            "retryAfter": 6,
            "body": {"type": "/problems/too-many-attempts", "status": 429},
            "cookies": [],
            "mails": [],
        })
    );
}

#[test]
fn a_step_says_more_about_what_every_step_refuses_or_takes_it_away() {
    let folder = Folder::new(
        "more",
        "
try-again:
  state: { faults: { database: { action: GetItem } } }
second:
  meaning: Another request.
  request: second
  event: { body: { code: x } }
not-signed-in-second: null
changing: null
",
    );
    let cases = folder.events().of("probe").unwrap();
    let names: Vec<_> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "success",
            "try-again",
            "second",
            "not-signed-in",
            "try-again-second"
        ]
    );
    assert_eq!(
        cases[1].state.as_ref().unwrap()["faults"],
        json!([{"kind": "internalError", "action": "GetItem"}])
    );
    assert_eq!(cases[1].meaning, "It fails.");
    let body: Value = serde_json::from_str(cases[4].event["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["code"], "x");
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_line() {
    for (name, cases, expected) in [
        (
            "unknown",
            "a:\n  meening: x\n",
            "line 9: a: unknown field `meening`",
        ),
        (
            "silent",
            "a:\n  answer: { status: 200 }\n",
            "a: `meaning` is missing",
        ),
        (
            "from",
            "a:\n  meaning: x\n  from: b\n",
            "line 9: a: no case b stands before it",
        ),
        (
            "empty",
            "a:\n",
            "line 8: a is empty, and nothing of every-step.yaml is called so",
        ),
        (
            "status",
            "a:\n  meaning: x\n  refused: late\n",
            "write `refused` as 429 too-many-attempts",
        ),
        (
            "fill",
            "a:\n  meaning: x\n  bodyBytes: 3\n",
            "the body is longer than bodyBytes",
        ),
        (
            "twice",
            "success:\n  meaning: x\n",
            "the key `success` is written twice",
        ),
        ("yaml", "a: [\n", "this is not YAML"),
    ] {
        let error = Folder::new(name, cases).error();
        assert!(
            error.contains("probe/cases.yaml, line ") && error.contains(expected),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_folder_that_is_not_as_it_must_be_is_told() {
    let folder = Folder::new("folder", "");
    let error = folder.events().of("nobody").unwrap_err().to_string();
    assert!(
        error.starts_with("there are no events of nobody in "),
        "{error}"
    );
    let error = folder
        .events()
        .find("probe", "nothing")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "probe has no case nothing; it has success, try-again, too-large, not-signed-in"
    );
    fs::write(folder.0.join("probe/second.json"), "{}").unwrap();
    assert!(folder.error().contains("must have one whole event"));
    fs::remove_file(folder.0.join("probe/second.json")).unwrap();
    fs::write(folder.0.join("probe/success.json"), "{").unwrap();
    assert!(
        folder.error().contains("success.json, line 1: EOF"),
        "{}",
        folder.error()
    );
    fs::remove_file(folder.0.join("probe/cases.yaml")).unwrap();
    fs::write(folder.0.join("probe/success.json"), "{}").unwrap();
    assert!(
        folder.error().contains("cases.yaml cannot be read"),
        "{}",
        folder.error()
    );
}
