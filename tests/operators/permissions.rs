//! What the managed policies of the template let operators do.
//!
//! Every command of every test here is run by who has one of them, so that none is denied what it needs.

use std::collections::BTreeSet;

use local::Grant;
use serde_json::json;
use tempfile::tempdir;
use tests::{SHOKO, TARO, TestStack};

use crate::{
    APPROVAL, DESK, MEMBER, Ran, SURVEY, WHY, check::lived_in, command_of, run, run_given, run_why,
    run_yes,
};

#[track_caller]
fn all_are_used(stack: &TestStack, policy: &str) {
    let (granted, used) = (stack.granted(policy), stack.used(policy));
    let idle: Vec<_> = granted.difference(&used).collect();
    assert!(idle.is_empty(), "{policy} never uses {idle:?}");
    assert_eq!(granted, used, "{policy}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_is_granted_exactly_what_its_commands_use() {
    let stack = TestStack::start().await;
    stack.has_browsers_signed_in(TARO, 1);
    stack.loads(
        &json!({"addresses": [{"email": TARO.email, "bouncedAt": ["2026-11-01T00:00:00Z"]}]}),
    );
    let mut browser = stack.browser();
    for _ in 0..5 {
        browser.login(TARO.user_id, "kaze-to-8sora").await;
    }
    run_why(&stack, &["account", "find", "--member", "jkc/01/jvc0211"]).done();
    run_why(&stack, &["account", "show", TARO.user_id]).done();
    run_yes(&stack, &["account", "unlock", TARO.user_id]).done();
    run_yes(&stack, &["account", "end-sessions", TARO.user_id]).done();
    run_why(&stack, &["account", "history", TARO.user_id]).done();
    run_given(&stack, &[TARO.email], &["mail", "show"]).done();
    run_given(&stack, &[TARO.email], &["mail", "lift", "--yes"]).done();
    run_why(&stack, &["member", "show", "jkc/01/jvc0211"]).done();
    run_yes(&stack, &["member", "open", "jkc/01/jvc0211"]).done();
    stack.has_letter(SHOKO, "7K2M-0XQ4-1BVW");
    run_yes(&stack, &["member", "letter", "jkc/01/jvc0212"]).done();
    Ran::of(command_of(&stack, DESK, &["insurer", "list"])).done();
    all_are_used(&stack, DESK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_after_a_survey_is_granted_exactly_what_that_takes() {
    let (stack, folder) = (TestStack::start().await, tempdir().unwrap());
    stack.has_browsers_signed_in(TARO, 1);
    let file = |name: &str, content: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut insurer = run(&stack, &["insurer", "show", "demo", "--json"]).json();
    insurer["hours"] = json!("いつでも");
    let insurer = file("demo.json", insurer.to_string());
    run_yes(&stack, &["insurer", "put", &insurer]).done();
    run_yes(&stack, &["terms", "publish", "2027-04-01", "--all"]).done();
    // One member is another, one has left, one has come.
    let roster = file(
        "roster.csv",
        "insurer_code,symbol,number,branch,relationship,birth_date,name,name_kana\n\
         demo,,100001,00,insured,1983-03-03,手本 花子,テホン ハナコ\n\
         demo,,100003,00,insured,1990-01-01,見本 三郎,ミホン サブロウ\n"
            .to_owned(),
    );
    let import = [
        "roster",
        "import",
        &roster,
        "--insurer",
        "demo",
        "--full",
        "--leavers",
        "1",
    ];
    run_yes(&stack, &import).done();
    let keys = folder.path().join("keys.csv");
    let keys = [
        "letter",
        "keys",
        "--insurer",
        "demo",
        "--site",
        "https://ibss.example.jp",
        "--out",
        keys.to_str().unwrap(),
    ];
    run_yes(&stack, &keys).done();
    run(&stack, &["stats", "--all"]).done();
    // What somebody else has to approve is found in the insurer's trail.
    let columns = "[columns]\nnumber = 'number'\nname = 'name'\nkana = 'name_kana'\nbirthDate = 'birth_date'\n";
    file(
        "demo.toml",
        format!("{columns}[delivery]\ninsurer = 'demo'\nfile = 'roster.csv'\nmode = 'delta'\n"),
    );
    for other in ["demo.json", "keys.csv"] {
        std::fs::remove_file(folder.path().join(other)).unwrap();
    }
    let all = folder.path().to_str().unwrap();
    run_yes(&stack, &["roster", "import", "--all", all]).done();
    let approve = [&["roster", "approve", all, "--yes"][..], &WHY].concat();
    Ran::of(command_of(&stack, APPROVAL, &approve)).done();
    all_are_used(&stack, APPROVAL);
    let reset = [
        "campaign",
        "reset",
        "--insurer",
        "jkc",
        "--deadline",
        "2028-01-28",
    ];
    run_why(&stack, &[&reset[..], &["--confirm", "jkc=1"]].concat()).done();
    all_are_used(&stack, SURVEY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_ends_what_is_kept_is_granted_exactly_what_that_takes() {
    let (stack, folder) = (lived_in().await, tempdir().unwrap());
    // Somebody whose address mail came back from, and who is on the list of SES.
    stack.loads(
        &json!({"addresses": [{"email": TARO.email, "bouncedAt": ["2026-11-01T00:00:00Z"]}]}),
    );
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let taro = "jkc/01/jvc0211";
    run_why(
        &stack,
        &["member", "disclose", taro, "--out", &path("taro.txt")],
    )
    .done();
    run_yes(&stack, &["member", "move", taro, "jkc/05/77"]).done();
    run_why(
        &stack,
        &["member", "erase", "jkc/05/77", "--confirm", "jkc/5/77"],
    )
    .done();
    let certificate = path("jkc.txt");
    let remove = ["insurer", "remove", "jkc", "--certificate", &certificate];
    let words = run_why(&stack, &[&remove[..], &["--dry-run"]].concat());
    let confirm = words.done().split("--confirm ").nth(1).unwrap();
    let confirm = confirm.split_whitespace().next().unwrap();
    run_why(&stack, &[&remove[..], &["--confirm", confirm]].concat()).done();
    all_are_used(&stack, MEMBER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_do_it_is_told_so_and_nothing_is_done() {
    let stack = TestStack::start().await;
    stack.has_account(SHOKO);
    let before = stack.snapshot();
    for (policy, words) in [
        (DESK, &["stats", "--all"][..]),
        (DESK, &["terms", "publish", "2027-04-01", "--all", "--yes"]),
        (SURVEY, &["account", "show", SHOKO.user_id]),
        (SURVEY, &["account", "unlock", SHOKO.user_id, "--yes"]),
    ] {
        let why = if words[0] == "stats" { &[][..] } else { &WHY };
        let ran = Ran::of(command_of(&stack, policy, &[words, why].concat()));
        ran.failed(1, "AccessDeniedException: your role may not do this");
        assert_eq!(stack.snapshot(), before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_policy_takes_anything_out_of_the_audit_trail_and_the_desk_lists_nobody() {
    let stack = TestStack::start().await;
    let actions = |policy: &str, resource: &str| -> BTreeSet<String> {
        let granted = stack.granted(policy).into_iter();
        let of_resource = granted.filter(|grant: &Grant| grant.resource == resource);
        of_resource.map(|grant| grant.action).collect()
    };
    let set = |actions: &[&str]| {
        actions
            .iter()
            .map(|name| format!("dynamodb:{name}"))
            .collect()
    };
    assert_eq!(actions(DESK, "Audit"), set(&["PutItem", "Query"]));
    assert_eq!(
        actions(SURVEY, "Audit"),
        set(&["DescribeTable", "PutItem", "Query", "Scan"])
    );
    assert_eq!(actions(APPROVAL, "Audit"), set(&["PutItem", "Query"]));
    assert!(actions(APPROVAL, "Members").is_empty());
    assert_eq!(
        actions(DESK, "Members"),
        set(&["BatchGetItem", "ConditionCheckItem", "UpdateItem"])
    );
    assert_eq!(
        actions(DESK, "Accounts"),
        set(&["BatchGetItem", "GetItem", "UpdateItem"])
    );
}
