//! `operator campaign reset`.

use std::{
    process::{Child, Stdio},
    time::Duration,
};

use local::{Fault, FaultKind};
use serde_json::{Value, json};
use tests::{HANAKO, Member, PEOPLE, SHOKO, TARO, TestStack};
use time::OffsetDateTime;

use crate::{Ran, command, now, run, run_why, trail};

const DEADLINE: &str = "2028-01-28";
const RESET: [&str; 6] = [
    "campaign",
    "reset",
    "--insurer",
    "jkc",
    "--deadline",
    DEADLINE,
];

fn reset(stack: &TestStack, words: &[&str]) -> Ran {
    run_why(stack, &[&RESET[..], words].concat())
}

fn insurer(stack: &TestStack) -> local::Item {
    stack.database().get("Insurers", "jkc").unwrap().unwrap()
}

fn millis(at: OffsetDateTime) -> Value {
    json!({"N": (at.unix_timestamp_nanos() / 1_000_000).to_string()})
}

/// Members of jkc, each with an account.
fn have_accounts(stack: &TestStack) -> Vec<Member> {
    let of_jkc = PEOPLE.into_iter().filter(|member| member.insurer == "jkc");
    let members: Vec<Member> = of_jkc.collect();
    for member in &members {
        stack.has_account(*member);
    }
    members
}

/// Registers a member now, in a browser whose time is the command's.
async fn registers(stack: &TestStack, member: Member) {
    let mut journey = stack.journey(member);
    journey.browser.at(now() + time::Duration::seconds(1));
    journey.terms_accepted().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_is_rehearsed_and_done_only_by_who_says_whose_and_how_many() {
    let stack = TestStack::start().await;
    stack.has_browsers_signed_in(TARO, 2);
    stack.has_account(SHOKO);
    stack.has_account(HANAKO);
    let before = stack.snapshot();
    let rehearsed = reset(&stack, &["--dry-run"]);
    for line in [
        "Would write:\n",
        "  Insurers   jkc: surveyDeadline: 2027-01-29 -> 2028-01-28\n",
        "  Accounts   2 made before are removed, each with its member's claim\n",
        "  Sessions   2 listed, each deleted\n",
        "To do it: --confirm jkc=2\n",
    ] {
        assert!(rehearsed.done().contains(line), "{}", rehearsed.out);
    }
    let rehearsed = reset(&stack, &["--dry-run", "--json"]).json();
    assert_eq!(
        (&rehearsed["dryRun"], &rehearsed["confirm"]),
        (&json!(true), &json!("jkc=2"))
    );
    reset(&stack, &[]).failed(4, "--yes is not enough");
    reset(&stack, &["--yes"]).failed(4, "--yes is not enough");
    reset(&stack, &["--confirm", "jkc=3"]).failed(4, "it is jkc=2 now");
    reset(&stack, &["--confirm", "demo=2"]).failed(4, "it is jkc=2 now");
    for (code, deadline, exit, message) in [
        ("jkc", "2026-02-30", 2, "a deadline is a day"),
        ("jkc", "2026-02-28", 2, "is over"),
        ("nobody", DEADLINE, 3, "there is no insurer nobody"),
    ] {
        let words = [
            "campaign",
            "reset",
            "--insurer",
            code,
            "--deadline",
            deadline,
        ];
        run_why(&stack, &words).failed(exit, message);
    }
    let nobody = ["--confirm", "jkc=2", "--operator", "suzuki"];
    run(&stack, &[&RESET[..], &nobody].concat()).failed(2, "--reason");
    assert_eq!(stack.snapshot(), before);
    assert!(stack.items("Audit").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_register_anew_and_those_of_others_notice_nothing() {
    let stack = TestStack::start().await;
    let [mut browser] = stack.has_browsers_signed_in(TARO, 1).try_into().unwrap();
    stack.has_account(SHOKO);
    let [mut of_demo] = stack.has_browsers_signed_in(HANAKO, 1).try_into().unwrap();
    let done = reset(&stack, &["--confirm", "JKC=2"]);
    assert!(done.done().starts_with("Written:\n"), "{}", done.out);
    let answer = browser.session().await;
    answer.is_refused_with(401, "not-signed-in");
    of_demo.session().await.succeeds_with(200);
    assert_eq!(stack.items("Accounts").len(), 2, "those of demo");
    stack.has_nothing_left_over();
    assert_eq!(insurer(&stack)["survey_deadline"], json!({"S": DEADLINE}));
    assert!(!insurer(&stack).contains_key("campaign_removing"));
    let event = |outcome: &str| ("campaign-reset".to_owned(), outcome.to_owned());
    for name in ["kenpo-taro", "jkc#1#jvc0211", "shoko", "jkc#1#jvc0212"] {
        assert_eq!(trail(&stack, name).await, [event("done")], "{name}");
    }
    assert_eq!(
        trail(&stack, "insurer#jkc").await,
        [event("begun"), event("done")]
    );
    assert!(trail(&stack, "hanako").await.is_empty());

    // Another member may have the user ID now.
    registers(
        &stack,
        Member {
            user_id: "shoko",
            ..TARO
        },
    )
    .await;
    let before = stack.snapshot();
    reset(&stack, &["--confirm", "jkc=1"]).failed(4, "who has registered since");
    assert_eq!(stack.snapshot(), before);
    let history = run_why(&stack, &["account", "history", "shoko", "--json"]).json();
    let told = history.as_array().unwrap().iter();
    let told: Vec<_> = told.map(|line| (&line["about"], &line["event"])).collect();
    let [account, member] = [json!("account"), json!("member")];
    let [reset_event, verified, confirmed] = [
        json!("campaign-reset"),
        json!("verify-member"),
        json!("confirm-code"),
    ];
    assert!(
        !told.contains(&(&account, &reset_event)),
        "it was another member's"
    );
    assert!(
        told.contains(&(&member, &reset_event)),
        "of who has the user ID now"
    );
    assert!(told.contains(&(&member, &verified)));
    let once = told.iter().filter(|line| line.1 == &confirmed).count();
    assert_eq!(once, 1, "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn last_years_opening_day_and_address_end_with_its_deadline() {
    let stack = TestStack::start().await;
    let kept = ["--keep-accounts", "--yes"];
    let rehearsed = reset(&stack, &["--keep-accounts", "--dry-run"]);
    for line in [
        "  Insurers   jkc: surveyOpens: 2026-11-02 -> none\n",
        "  Insurers   jkc: surveyAddress: https://survey.example.jp/jkc -> none\n",
    ] {
        assert!(rehearsed.done().contains(line), "{}", rehearsed.out);
    }
    assert_eq!(insurer(&stack)["survey_opens"], json!({"S": "2026-11-02"}));
    reset(&stack, &kept).done();
    for gone in ["survey_opens", "survey_address"] {
        assert!(!insurer(&stack).contains_key(gone), "{gone}");
    }
    assert_eq!(insurer(&stack)["survey_deadline"], json!({"S": DEADLINE}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opening_day_and_an_address_that_were_put_with_the_new_deadline_stay() {
    let stack = TestStack::start().await;
    let mut put = insurer(&stack);
    for (attribute, value) in [
        ("survey_opens", "2027-12-01"),
        ("survey_deadline", DEADLINE),
        ("survey_address", "https://survey.example.jp/2027"),
    ] {
        put.insert(attribute.to_owned(), json!({"S": value}));
    }
    stack.database().put("Insurers", &put).unwrap();
    let done = reset(&stack, &["--keep-accounts", "--yes"]);
    assert!(!done.done().contains("none"), "{}", done.out);
    for attribute in ["survey_opens", "survey_deadline", "survey_address"] {
        assert_eq!(insurer(&stack)[attribute], put[attribute]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_can_be_kept_and_the_count_begins_anew() {
    let stack = TestStack::start().await;
    stack.journey(TARO).terms_accepted().await;
    let count = || -> Value {
        let told = run(&stack, &["stats", "--insurer", "jkc", "--json"]).json();
        let steps = told["insurers"][0]["steps"].as_array().unwrap().iter();
        steps.map(|step| step["members"].clone()).collect()
    };
    assert_eq!(count(), json!([1, 1, 1, 1, 1]));
    let kept = ["--keep-accounts", "--yes"];
    let accounts = stack.items("Accounts");
    let done = reset(&stack, &kept);
    assert!(!done.done().contains("removed"), "{}", done.out);
    assert_eq!(stack.items("Accounts"), accounts);
    assert_eq!(insurer(&stack)["survey_deadline"], json!({"S": DEADLINE}));
    assert_eq!(count(), json!([0, 0, 0, 0, 0]));
    let done = ("campaign-reset".to_owned(), "done".to_owned());
    assert_eq!(trail(&stack, "insurer#jkc").await, [done]);
    reset(&stack, &kept).failed(4, "began at");

    // The command's clock and the stack's may differ by what a test takes.
    tokio::time::sleep(Duration::from_millis(5)).await;
    let mut browser = stack.browser();
    browser.at(now());
    browser.login_as(&TARO).await.succeeds_with(200);
    registers(&stack, SHOKO).await;
    assert_eq!(count(), json!([2, 2, 2, 2, 2]));

    // A file of the insurer has no campaign, and takes none away.
    let mut file = run(&stack, &["insurer", "show", "jkc", "--json"]).json();
    file["hours"] = json!("いつでも");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jkc.json");
    std::fs::write(&path, file.to_string()).unwrap();
    crate::run_yes(&stack, &["insurer", "put", path.to_str().unwrap()]).done();
    assert_eq!(count(), json!([2, 2, 2, 2, 2]));
}

/// Waits until the insurer says that accounts are being removed.
async fn has_begun(stack: &TestStack) {
    while !insurer(stack).contains_key("campaign_removing") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn begins(stack: &TestStack, count: usize) -> Child {
    let confirm = format!("jkc={count}");
    let mut command = command(
        stack,
        &[&RESET[..], &crate::WHY, &["--confirm", &confirm]].concat(),
    );
    command.stdout(Stdio::piped()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_that_was_killed_is_finished_by_the_same_command() {
    let stack = TestStack::start().await;
    let members = have_accounts(&stack);
    // Each is tried three times, and then waited for: all but four of these tries fail, so four are removed
    // while four wait.
    let tries = 3 * u32::try_from(members.len()).unwrap();
    let throttle = Fault::new(FaultKind::Throttle)
        .table("Accounts")
        .action("DeleteItem");
    stack.faults().inject(throttle.times(tries - 4));
    let mut killed = begins(&stack, members.len());
    while stack.items_of("Accounts", "user#").len() == members.len() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    stack.faults().clear();
    stack.has_nothing_left_over();

    let shown = run(&stack, &["insurer", "show", "jkc"]);
    assert!(
        shown.done().contains("still to be removed"),
        "{}",
        shown.out
    );
    // A member whose account was removed registers at once, and is not removed again.
    let accounts = stack.items_of("Accounts", "user#");
    let has_account = |member: &Member| {
        let key = json!({"S": format!("user#{}", member.user_id.to_lowercase())});
        accounts.iter().any(|account| account["account"] == key)
    };
    let removed = members.iter().find(|member| !has_account(member)).unwrap();
    registers(&stack, *removed).await;
    let left = stack.items_of("Accounts", "user#").len() - 1;
    reset(&stack, &["--keep-accounts", "--yes"]).failed(4, "is not finished");
    let another = [
        "campaign",
        "reset",
        "--insurer",
        "jkc",
        "--deadline",
        "2029-01-26",
        "--dry-run",
    ];
    run_why(&stack, &another).failed(4, "--deadline 2028-01-28");
    let rehearsed = reset(&stack, &["--dry-run", "--json"]).json();
    assert_eq!(rehearsed["confirm"], format!("jkc={left}"));
    reset(&stack, &["--confirm", &format!("jkc={left}")]).done();
    let accounts = stack.items_of("Accounts", "user#");
    assert_eq!(accounts.len(), 1, "who registered anew");
    stack.has_nothing_left_over();
    assert!(!insurer(&stack).contains_key("campaign_removing"));
    for member in &members {
        let done = ("campaign-reset".to_owned(), "done".to_owned());
        let told = trail(&stack, &member.user_id.to_lowercase()).await;
        assert_eq!(
            told.iter().filter(|event| **event == done).count(),
            1,
            "{}",
            member.user_id
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_that_was_killed_before_anything_was_removed_is_finished_too() {
    let stack = TestStack::start().await;
    let members = have_accounts(&stack);
    stack.faults().inject(
        Fault::new(FaultKind::Throttle)
            .table("Accounts")
            .action("DeleteItem"),
    );
    let mut killed = begins(&stack, members.len());
    has_begun(&stack).await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    stack.faults().clear();
    assert_eq!(stack.items_of("Accounts", "user#").len(), members.len());
    reset(&stack, &["--confirm", &format!("jkc={}", members.len())]).done();
    assert!(stack.items("Accounts").is_empty());
    let event = |outcome: &str| ("campaign-reset".to_owned(), outcome.to_owned());
    assert_eq!(
        trail(&stack, "insurer#jkc").await,
        [event("begun"), event("done")]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_and_registrations_beside_a_reset_leave_nothing_half() {
    let stack = TestStack::start().await;
    let members = have_accounts(&stack);
    // Taro's removal is read, and then logins change what it lists.
    stack.faults().inject(
        Fault::new(FaultKind::Latency(Duration::from_millis(150)))
            .table("Accounts")
            .action("DeleteItem"),
    );
    let child = begins(&stack, members.len());
    has_begun(&stack).await;
    let logins = (0..8).map(|_| {
        let mut browser = stack.browser();
        browser.at(now());
        async move { browser.login_as(&TARO).await.status }
    });
    tests::all_at_once(logins).await;
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(stack.items("Accounts").is_empty());
    assert!(
        stack.items("Sessions").is_empty(),
        "each that was begun has ended"
    );
    registers(&stack, TARO).await;
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttles_and_conflicts_are_waited_for_and_lost_replies_found() {
    let stack = TestStack::start().await;
    let members = have_accounts(&stack);
    for fault in [
        Fault::new(FaultKind::Throttle)
            .table("Accounts")
            .action("DeleteItem")
            .times(8),
        Fault::new(FaultKind::TransactionConflict(1))
            .table("Accounts")
            .action("DeleteItem")
            .times(8),
        Fault::new(FaultKind::LostReply)
            .table("Accounts")
            .action("DeleteItem")
            .times(8),
    ] {
        stack.faults().inject(fault);
    }
    reset(&stack, &["--confirm", &format!("jkc={}", members.len())]).done();
    assert!(stack.items("Accounts").is_empty());
    let resets = stack.items("Audit");
    let of_accounts = resets.iter().filter(|event| event.contains_key("member"));
    assert_eq!(of_accounts.count(), members.len(), "each once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_an_account_leaves_it_and_is_told() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let accounts = stack.items("Accounts");
    // What cannot pass: the claim is another's.
    let mut claim = stack
        .database()
        .get("Accounts", "member#jkc#1#jvc0211")
        .unwrap()
        .unwrap();
    let id = claim.insert("account_id".to_owned(), json!({"S": "another"}));
    stack.database().put("Accounts", &claim).unwrap();
    reset(&stack, &["--confirm", "jkc=1"]).failed(1, "the account kenpo-taro keeps changing");
    assert_eq!(stack.items_of("Accounts", "user#").len(), 1);
    assert!(trail(&stack, "kenpo-taro").await.is_empty());
    claim.insert("account_id".to_owned(), id.unwrap());
    stack.database().put("Accounts", &claim).unwrap();
    assert_eq!(stack.items("Accounts"), accounts);
    reset(&stack, &["--confirm", "jkc=1"]).done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lockout_goes_with_its_account_and_a_missing_claim_keeps_nobody() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(SHOKO);
    let mut browser = stack.browser();
    for _ in 0..5 {
        browser.login(TARO.user_id, "kaze-to-8sora").await;
    }
    let locked = browser.login_as(&TARO).await;
    locked.is_refused_with(429, "too-many-attempts");
    // Damage: an account without its member's claim.
    stack
        .database()
        .delete("Accounts", "member#jkc#1#jvc0212")
        .unwrap();
    reset(&stack, &["--confirm", "jkc=2"]).done();
    assert!(stack.items("Accounts").is_empty());
    // Registering and logging in at the time of the lockout.
    stack.journey(TARO).terms_accepted().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_beside_an_import_is_told_what_it_waits_for() {
    let stack = TestStack::start().await;
    let mut jkc = insurer(&stack);
    jkc.insert(
        "roster_import".to_owned(),
        json!({"M": {
            "run": {"S": "1"}, "file": {"S": "00"}, "mapping": {"S": "00"}, "mode": {"S": "full"}, "operator": {"S": "tanaka"},
            "reason": {"S": "ticket 1"}, "began_at": {"N": "1790000000000"},
        }}),
    );
    stack.database().put("Insurers", &jkc).unwrap();
    reset(&stack, &["--dry-run"]).failed(4, "its roster is being imported since");
    assert_eq!(insurer(&stack), jkc);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_nobody_used_is_removed() {
    let stack = TestStack::start().await;
    // The first moment of the day in Japan, and the last before it.
    let first = time::macros::datetime!(2026-06-01 00:00 +9);
    let before = first - time::Duration::milliseconds(1);
    let long_ago = first - time::Duration::days(200);
    let of_jkc: Vec<Member> = PEOPLE
        .into_iter()
        .filter(|it| it.insurer == "jkc")
        .collect();
    for (member, made, login) in [
        (of_jkc[0], long_ago, first),
        (of_jkc[1], long_ago, before),
        (of_jkc[2], first, first),
    ] {
        let mut journey = stack.journey(member);
        journey.browser.at(made);
        journey.terms_accepted().await;
        let mut browser = stack.browser();
        browser.at(login);
        browser.login_as(&member).await.succeeds_with(200);
    }
    let words = ["--unused-since", "2026-06-01"];
    let told = reset(&stack, &[&words[..], &["--dry-run"]].concat());
    let line = "1 that nobody has used since 2026-06-01 are removed";
    assert!(told.done().contains(line), "{}", told.out);
    reset(&stack, &["--unused-since", "2999-01-01", "--dry-run"]).failed(2, "yet to come");
    let both = ["--unused-since", "2026-06-01", "--keep-accounts"];
    reset(&stack, &both).failed(2, "cannot be used");
    reset(&stack, &[&words[..], &["--confirm", "jkc=1"]].concat()).done();
    let mut left: Vec<_> = stack
        .items_of("Accounts", "user#")
        .iter()
        .map(|item| item["user_id"]["S"].as_str().unwrap().to_owned())
        .collect();
    left.sort();
    let mut kept = [of_jkc[0].user_id, of_jkc[2].user_id];
    kept.sort_unstable();
    assert_eq!(left, kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_reset_of_the_unused_goes_on_only_as_it_began() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut item = insurer(&stack);
    let began = time::macros::datetime!(2026-11-01 00:00 UTC);
    item.insert("campaign_began".to_owned(), millis(began));
    item.insert("campaign_deadline".to_owned(), json!({"S": DEADLINE}));
    item.insert("survey_deadline".to_owned(), json!({"S": DEADLINE}));
    item.insert("campaign_removing".to_owned(), json!({"BOOL": true}));
    let since = time::macros::datetime!(2026-06-01 00:00 +9);
    item.insert("campaign_unused_since".to_owned(), millis(since));
    stack.database().put("Insurers", &item).unwrap();
    // Without the day, accounts would go that were to stay.
    reset(&stack, &["--dry-run"]).failed(4, "with --deadline 2028-01-28 --unused-since 2026-06-01");
    reset(&stack, &["--unused-since", "2026-06-02", "--dry-run"])
        .failed(4, "--unused-since 2026-06-01");
    reset(&stack, &["--unused-since", "2026-06-01", "--dry-run"]).done();
}
