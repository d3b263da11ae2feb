//! `local new-step`: what it writes is a step to everything that looks at steps. (That it compiles and passes every
//! test is tried by `make try-new-step`.) Its steps are called as none of the tree is, nor the guide's example.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use local::cases::Events;
use tempfile::TempDir;

use crate::openapi::{json_of_yaml, operations};
use crate::run::{root, text_of};

/// What a step is written into.
const ADDED_TO: [&str; 3] = [
    "template.yaml",
    "docs/openapi.yaml",
    "tests/journeys/main.rs",
];

/// A repository that has no more than that.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ADDED_TO.into_iter().chain(["events/every-step.yaml"]) {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(root().join(file), to).unwrap();
    }
    folder
}

fn new_step(repository: &Path, name: &str, route: &str, more: &[&str]) -> Output {
    let binary = root().join("target/debug/local");
    Command::new(binary)
        .args(["new-step", name, "--route", route])
        .args(["--says", "Tells a signed-in member whom to ask."])
        .arg("--repository")
        .arg(repository)
        .args(more)
        .output()
        .unwrap()
}

fn added(repository: &Path) -> Vec<usize> {
    let lines = |text: String| text.lines().count();
    ADDED_TO
        .iter()
        .map(|file| {
            let now = fs::read_to_string(repository.join(file)).unwrap();
            lines(now) - lines(text_of(file))
        })
        .collect()
}

#[test]
fn a_new_step_has_its_block_its_operation_its_events_and_its_journey() {
    let repository = repository();
    for (name, route, refusals) in [
        ("get-rehearsal", "GET /api/rehearsals/first", 9),
        ("end-rehearsal", "POST /api/rehearsals/end", 15),
    ] {
        let output = new_step(repository.path(), name, route, &[]);
        assert!(output.status.success(), "{output:?}");
        let api = fs::read_to_string(repository.path().join("docs/openapi.yaml")).unwrap();
        let operations = operations(&json_of_yaml(&api));
        assert_eq!(operations[name].route, route);
        let cases = Events::at(repository.path().join("events"))
            .of(name)
            .unwrap();
        assert!(cases.iter().any(|case| case.name == "success"));
        let refused = cases.iter().filter(|case| case.problem().is_some()).count();
        assert!(refused >= refusals, "{name}: {refused}");
    }
    let [template, api, journeys] = added(repository.path()).try_into().unwrap();
    assert_eq!(journeys, 2);
    assert!(template > 50 && api > 80, "{template} {api}");
    for text in ["template.yaml", "docs/openapi.yaml"] {
        // What was there is there, in its order.
        let now = fs::read_to_string(repository.path().join(text)).unwrap();
        let mut lines = now.lines();
        let before = text_of(text);
        assert!(before.lines().all(|line| lines.any(|found| found == line)));
    }
}

#[test]
fn what_is_there_already_and_what_is_only_rehearsed_is_not_written() {
    let repository = repository();
    let output = new_step(
        repository.path(),
        "get-rehearsal",
        "GET /api/rehearsals/first",
        &["--dry-run"],
    );
    assert!(output.status.success(), "{output:?}");
    assert_eq!(added(repository.path()), [0, 0, 0]);
    assert!(!repository.path().join("functions").exists());
    for (name, route, says) in [
        (
            "get-rehearsal",
            "GET /api/session",
            "template.yaml has the route GET /api/session already",
        ),
        (
            "rehearsal",
            "GET /api/rehearsals/first",
            "is no name of a step",
        ),
    ] {
        let output = new_step(repository.path(), name, route, &[]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(says), "{said}");
        assert_eq!(added(repository.path()), [0, 0, 0]);
    }
    let route = "GET /api/rehearsals/first";
    new_step(repository.path(), "get-rehearsal", route, &[]);
    let once = added(repository.path());
    let again = new_step(repository.path(), "get-rehearsal", route, &[]);
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(added(repository.path()), once);
}
