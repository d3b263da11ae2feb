//! `operator check` and `local check`: the same library, as both commands run it.

use std::process::Command;

use local::{Item, Options};
use serde_json::json;
use store::check::Rule;
use tests::{Progress, SHOKO, TARO, TestStack};

use crate::{Ran, now, run};

/// A stack with a member who is signed in and one on the way, all through real requests.
pub(crate) async fn lived_in() -> TestStack {
    let stack = TestStack::start().await;
    stack.journey(TARO).terms_accepted().await;
    stack.journey(SHOKO).code_sent().await;
    let mut forgetful = stack.browser();
    forgetful.login(TARO.user_id, "kaze-to-8sora").await;
    forgetful
        .request_reset(TARO.user_id, TARO.email)
        .await
        .succeeds_with(202);
    stack
}

fn local_check(stack: &TestStack) -> Ran {
    let mut command = Command::new(Options::default().binaries.join("local"));
    let (_, port) = stack
        .url()
        .rsplit_once(':')
        .map(|(url, port)| (url.to_owned(), port.to_owned()))
        .unwrap();
    command.args(["check", "--port", &port]);
    Ran::of(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_members_have_used_are_as_they_must_be() {
    let stack = lived_in().await;
    let checked = run(&stack, &["check", "--json"]).json();
    assert_eq!(checked["findings"], json!([]));
    let items: usize = stack
        .database()
        .names()
        .map(|table| stack.items(table).len())
        .sum();
    assert_eq!(checked["read"], items);
    let told = format!("Of {items} items each is as it must be.");
    assert_eq!(run(&stack, &["check"]).done().trim(), told);
    assert_eq!(local_check(&stack).done().trim(), told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_broken_is_named_by_both_commands_without_anybodys_name() {
    let stack = lived_in().await;
    let broken = [
        Rule::ClaimHeld,
        Rule::Ttl,
        Rule::Event,
        Rule::ReservationHeld,
        Rule::Reserved,
    ];
    stack.breaks(&[&broken[..], &[Rule::SessionHasAccount]].concat());
    // An account is gone, a session is kept in milliseconds, a login has no event, a choice is forgotten.
    stack
        .database()
        .delete("Accounts", "user#kenpo-taro")
        .unwrap();
    let mut session = stack.items("Sessions").remove(0);
    session["ttl"] = json!({"N": "1775048400000"});
    stack.database().put("Sessions", &session).unwrap();
    let is_login = |event: &Item| event["event"]["S"] == "login" && event["outcome"]["S"] == "done";
    for event in stack.items("Audit").into_iter().filter(is_login) {
        let key = json!({"subject": event["subject"], "at": event["at"]});
        let name = stack.database().real_name("Audit").unwrap();
        let request = json!({"TableName": name, "Key": key});
        stack.database().call("DeleteItem", &request).unwrap();
    }
    let mut registration = stack
        .items_of("Registrations", "token#")
        .into_iter()
        .find(|item| item.contains_key("user_id"))
        .unwrap();
    registration["user_id"] = json!({"S": "other"});
    stack
        .database()
        .put("Registrations", &registration)
        .unwrap();

    let ran = run(&stack, &["check"]);
    assert_eq!(ran.code, 5, "{}", ran.err);
    let by_local = local_check(&stack);
    assert_eq!(by_local.code, 1, "{}", by_local.err);
    for rule in [
        "claim-held: Accounts member#",
        "ttl: Sessions ",
        "event: Sessions ",
    ] {
        assert!(ran.out.contains(rule), "{rule}: {}", ran.out);
        assert!(by_local.out.contains(rule), "{rule}: {}", by_local.out);
    }
    // It is over by the machine's clock, which is the operators', and not by the stack's.
    assert!(now() > tests::START + domain::REGISTRATION_VALID);
    assert!(
        by_local
            .out
            .contains("reservation-held: Registrations user-id#"),
        "{}",
        by_local.out
    );
    for name in ["taro", "shoko", "jvc02", "@"] {
        assert!(!ran.out.to_lowercase().contains(name), "{}", ran.out);
    }
}

#[test]
fn what_each_rule_means_is_told() {
    let told = std::fs::read_to_string("../docs/operations.md").unwrap();
    for rule in Rule::ALL {
        let name = rule.name();
        assert!(
            told.contains(&format!("`{name}`")),
            "docs/operations.md has no {name}"
        );
    }
}

/// What is only half seen is read again: a stale read of an account's list is no finding.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stale_read_shows_is_no_finding() {
    use local::{Fault, FaultKind};

    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let stale = Fault::new(FaultKind::Stale)
        .table("Accounts")
        .action("Scan")
        .times(1);
    // A read may be stale for three seconds only.
    for _ in 0..10 {
        stack.browser().login_as(&TARO).await.succeeds_with(200);
        stack.faults().inject(stale.clone());
        let ran = run(&stack, &["check", "--json"]);
        let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let others = found["findings"].as_array().unwrap().iter();
        // The account was loaded, so nothing tells of its making.
        assert_eq!(
            others.filter(|found| found["rule"] != "event").count(),
            0,
            "{found}"
        );
        if stack.faults().list().is_empty() {
            return;
        }
        stack.faults().clear();
    }
    panic!("no read of the check was stale");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_checks_may_read_everything_and_write_nothing() {
    let stack = lived_in().await;
    run(&stack, &["check"]).done();
    let granted = stack.granted(crate::CHECK);
    assert!(granted.iter().all(|grant| {
        let (_, action) = grant.action.split_once(':').unwrap();
        ["DescribeTable", "GetItem", "Query", "Scan"].contains(&action)
    }));
    let scanned = |grant: &&local::Grant| grant.action == "dynamodb:Scan";
    assert_eq!(
        granted.iter().filter(scanned).count(),
        stack.database().names().count()
    );
    // The registration of nobody who chose anything is looked at as well.
    stack.has_registration(SHOKO, Progress::Verified);
    assert_eq!(stack.wrongs(), []);
}
