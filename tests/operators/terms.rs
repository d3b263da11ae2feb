//! `operator terms`.

use serde_json::json;
use tests::{HANAKO, TARO, TestStack};
use time::Duration;

use crate::{now, run, run_why, run_yes, trail};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_is_published_for_all_and_asked_for_from_its_day_on() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let day = (now() + Duration::days(40)).date().to_string();
    let publish = ["terms", "publish", &day, "--all"];
    let before = stack.snapshot();
    let rehearsed = run_why(&stack, &[&publish[..], &["--dry-run", "--json"]].concat()).json();
    assert_eq!(rehearsed["dryRun"], true);
    assert_eq!(rehearsed["writes"].as_array().unwrap().len(), 3);
    run_why(&stack, &publish).failed(4, "--yes");
    assert_eq!(stack.snapshot(), before);

    let published = run_yes(&stack, &publish);
    let told = format!("from {day} 00:00 JST on, members are asked");
    assert!(published.done().contains(&told), "{}", published.out);
    for insurer in ["insurer#jkc", "insurer#demo"] {
        let done = ("terms-publish".to_owned(), "done".to_owned());
        assert_eq!(trail(&stack, insurer).await, [done]);
    }
    run_yes(&stack, &publish).failed(4, "published already");

    let mut browser = stack.browser();
    for (days, next) in [(38, "top"), (41, "terms")] {
        browser.at(now() + Duration::days(days));
        let login = browser.login_as(&TARO).await;
        assert_eq!(login.succeeds_with(200)["next"], next);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_is_published_for_one_insurer_and_never_behind_the_latest() {
    let stack = TestStack::start().await;
    let publish = |day, code| run_yes(&stack, &["terms", "publish", day, "--insurer", code]);
    let published = publish("2024-04-01", "DEMO");
    assert!(
        published.done().contains("from now on"),
        "{}",
        published.out
    );
    let versions =
        |code| run(&stack, &["insurer", "show", code, "--json"]).json()["termsVersions"].clone();
    assert_eq!(versions("demo"), json!(["2023-09-01", "2024-04-01"]));
    assert_eq!(versions("jkc"), json!(["2023-09-01"]));
    publish("2024-03-31", HANAKO.insurer).failed(4, "would never be in force");
    publish("2024-05-01", "nobody").failed(3, "there is no insurer nobody");
    publish("2024-02-30", "demo").failed(2, "a version of the terms is a day");
}
