//! `operator letter`. What stands on the sheet is tested beside the code, without fonts.

use std::fs;

use serde_json::json;
use tempfile::tempdir;
use tests::TestStack;

use crate::run;

const SITE: [&str; 2] = ["--site", "https://ibss.example.jp"];

/// The command's clock is the machine's: a deadline that is never over for it.
const DEADLINE: &str = "2999-01-29";

fn has_deadline(stack: &TestStack, deadline: &str) {
    let mut jkc = stack.database().get("Insurers", "jkc").unwrap().unwrap();
    jkc.insert("survey_deadline".to_owned(), json!({"S": deadline}));
    stack.database().put("Insurers", &jkc).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_insurer_has_a_letter_of_its_own() {
    let stack = TestStack::start().await;
    has_deadline(&stack, DEADLINE);
    let folder = tempdir().unwrap();
    let out = folder.path().join("letters/2027/{code}.pdf");
    let all = [
        &["letter", "--all", "--out", out.to_str().unwrap()],
        &SITE[..],
    ]
    .concat();
    let written = run(&stack, &[&all[..], &["--json"]].concat());
    // `make test` installs a Japanese font with the browser: tools/need chromium.
    let written = written.json();
    assert_eq!(written[1]["insurer"], "jkc");
    assert_eq!(
        written[1]["address"],
        "https://ibss.example.jp/portal/signup.ibss?jkc"
    );
    assert_eq!(written[1]["surveyDeadline"], DEADLINE);
    assert_eq!(written[0]["surveyDeadline"], serde_json::Value::Null);
    for code in ["demo", "jkc"] {
        let pdf = fs::read(folder.path().join(format!("letters/2027/{code}.pdf"))).unwrap();
        assert!(pdf.starts_with(b"%PDF-"), "{code}");
    }
    let svg = folder.path().join("jkc.svg");
    let one = ["letter", "--insurer", "jkc", "--out", svg.to_str().unwrap()];
    run(&stack, &[&one[..], &SITE].concat()).done();
    let svg = fs::read_to_string(svg).unwrap();
    // A printer's machine has none of our fonts.
    assert!(svg.contains("<path") && !svg.contains("<text"));
    assert!(stack.items("Audit").is_empty(), "a letter is nobody's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_printed_is_told() {
    let stack = TestStack::start().await;
    has_deadline(&stack, DEADLINE);
    let letter = |words: &[&str]| run(&stack, &[&["letter"], words].concat());
    letter(&["--all", "--out", "a.pdf", SITE[0], SITE[1]]).failed(2, "put {code} into the name");
    letter(&[
        "--insurer",
        "jkc",
        "--out",
        "a.pdf",
        "--site",
        "http://a.example",
    ])
    .failed(2, "https://");
    letter(&["--insurer", "nobody", "--out", "a.pdf", SITE[0], SITE[1]])
        .failed(3, "no insurer nobody");
    let words = [
        "--insurer",
        "jkc",
        "--out",
        "a.pdf",
        "--font",
        "no.ttf",
        SITE[0],
        SITE[1],
    ];
    letter(&words).failed(2, "no.ttf cannot be read");
    has_deadline(&stack, "2026-01-30");
    letter(&["--all", "--out", "{code}.pdf", SITE[0], SITE[1]])
        .failed(4, "the survey of jkc is over");
}
