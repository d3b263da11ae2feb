//! `operator member move`: another 記号 and 番号.

use serde_json::json;
use tests::{HANAKO, SHOKO, TARO, TestStack};

use crate::{Ran, now, run, run_why, run_yes, trail};

fn moves(stack: &TestStack, from: &str, to: &str) -> Ran {
    run_yes(stack, &["member", "move", from, to])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_account_and_trail_go_along_and_the_member_logs_in_as_before() {
    let stack = TestStack::start().await;
    stack.journey(TARO).terms_accepted().await;
    let before = stack.snapshot_without(&["Audit"]);
    let words = ["member", "move", "jkc/01/jvc0211", "jkc/02/77", "--dry-run"];
    let rehearsed = run_why(&stack, &words);
    assert!(
        rehearsed.done().contains("the row becomes jkc/2/77"),
        "{}",
        rehearsed.out
    );
    assert_eq!(stack.snapshot_without(&["Audit"]), before);

    moves(&stack, "jkc/01/jvc0211", "jkc/02/77").done();
    let row = stack
        .database()
        .get("Members", "jkc#2#77")
        .unwrap()
        .unwrap();
    assert_eq!(
        (&row["symbol"]["S"], &row["number"]["S"]),
        (&json!("02"), &json!("77"))
    );
    assert_eq!(row["name"]["S"], TARO.name);
    assert!(
        stack
            .database()
            .get("Members", "jkc#1#jvc0211")
            .unwrap()
            .is_none()
    );
    assert!(stack.items("Sessions").is_empty());
    stack.has_nothing_left_over();
    let mut browser = stack.browser();
    browser.at(now());
    let answer = browser.login_as(&TARO).await;
    answer.succeeds_with(200);
    browser.session().await.succeeds_with(200);

    // The trail of before is found from the account, and nobody else's is.
    let history = run_why(&stack, &["account", "history", TARO.user_id, "--json"]).json();
    let told: Vec<_> = history.as_array().unwrap().iter().collect();
    let named = |name: &str| told.iter().filter(|line| line["event"] == name).count();
    assert_eq!(
        (named("verify-member"), named("confirm-code")),
        (1, 1),
        "{told:?}"
    );
    let of_new = trail(&stack, "jkc#2#77").await;
    assert_eq!(of_new[0], ("member-move".to_owned(), "done".to_owned()));
    let checked = run(&stack, &["check", "--json"]).json();
    assert_eq!(checked["findings"], json!([]));
    moves(&stack, "jkc/01/jvc0211", "jkc/02/77").failed(3, "is not in the roster");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_is_somebody_elses_is_refused() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(SHOKO);
    stack.has_account(HANAKO);
    let before = stack.snapshot_without(&["Audit"]);
    moves(&stack, "jkc/01/jvc0211", "jkc/01/jvc0212").failed(4, "is somebody else");
    moves(&stack, "jkc/01/jvc0211", "demo//100001").failed(2, "nobody moves to another insurer");
    moves(&stack, "jkc/01/jvc0211", "jkc/1/jvc0211").failed(2, "the same member");
    assert_eq!(stack.snapshot_without(&["Audit"]), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_goes_along_where_a_file_has_brought_the_new_number_already() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut row = stack
        .database()
        .get("Members", "jkc#1#jvc0211")
        .unwrap()
        .unwrap();
    row.insert("member".to_owned(), json!({"S": "jkc#2#77"}));
    row.insert("symbol".to_owned(), json!({"S": "02"}));
    row.insert("number".to_owned(), json!({"S": "77"}));
    stack.database().put("Members", &row).unwrap();
    for has_left in [false, true] {
        if has_left {
            // The other way round: the former row has left already.
            stack.database().delete("Members", "jkc#2#77").unwrap();
            moves(&stack, "jkc/02/77", "jkc/02/78").done();
            let claim = stack.database().get("Accounts", "member#jkc#2#78").unwrap();
            assert!(claim.is_some());
        } else {
            moves(&stack, "jkc/01/jvc0211", "jkc/02/77").done();
            assert!(
                stack
                    .database()
                    .get("Members", "jkc#1#jvc0211")
                    .unwrap()
                    .is_none()
            );
        }
        stack.has_nothing_left_over();
    }
}
