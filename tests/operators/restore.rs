//! `operator restore`.
//!
//! DynamoDB's own restore gives a new table with the key of the old one and the items as they were at a
//! second. The local stack has no point-in-time recovery, so [`is_restored`] makes such a table from what is
//! there now, and the test goes on from then.

use std::{process::Stdio, time::Duration};

use local::{Fault, FaultKind, Item};
use serde_json::{Value, json};
use tests::{HANAKO, Member, PEOPLE, SHOKO, TARO, TestStack};

use crate::{Ran, WHY, command, now, run_why, run_yes, trail};

/// 渡辺 鶴代.
const TSURUYO: Member = PEOPLE[4];
/// 小野 真理.
const MARIE: Member = PEOPLE[5];
/// Whom a file brings.
const SABURO: Member = Member {
    insurer: "demo",
    symbol: "",
    number: "100003",
    birth_date: "1990-01-01",
    kana: "ミホン サブロウ",
    name: "見本 三郎",
    user_id: "saburo",
    password: "kaze-to-7sora",
    email: "saburo@example.jp",
};

const RESTORE_ACCOUNTS: [&str; 5] = [
    "restore",
    "accounts",
    "--from",
    "accounts-restored",
    "--yes",
];

/// Makes the table that a restore of this one as of now would be.
pub(crate) fn is_restored(stack: &TestStack, table: &str) -> String {
    let real = stack.database().real_name(table).unwrap();
    let described = stack
        .database()
        .call("DescribeTable", &json!({"TableName": real}))
        .unwrap();
    let name = format!("{}-restored", table.to_lowercase());
    let create = json!({
        "TableName": name,
        "KeySchema": described["Table"]["KeySchema"],
        "AttributeDefinitions": described["Table"]["AttributeDefinitions"],
        "BillingMode": "PAY_PER_REQUEST",
    });
    stack.database().call("CreateTable", &create).unwrap();
    for item in stack.items(table) {
        let put = json!({"TableName": name, "Item": item});
        stack.database().call("PutItem", &put).unwrap();
    }
    name
}

fn restore(stack: &TestStack, table: &str, words: &[&str]) -> Ran {
    let from = format!("{table}-restored");
    run_why(
        stack,
        &[&["restore", table, "--from", &from], words].concat(),
    )
}

/// Restores what is to go well, and gives its numbers.
#[track_caller]
pub(crate) fn restored(stack: &TestStack, table: &str, words: &[&str]) -> Value {
    restore(stack, table, &[words, &["--yes", "--json"]].concat()).json()
}

/// The same, missing, written.
#[track_caller]
fn counts(told: &Value) -> [u64; 3] {
    ["same", "missing", "written"].map(|name| told[name].as_u64().unwrap_or(0))
}

fn of_jkc() -> Vec<Member> {
    let members = PEOPLE.into_iter().filter(|member| member.insurer == "jkc");
    members.collect()
}

async fn registers(stack: &TestStack, member: Member) {
    let mut journey = stack.journey(member);
    journey.browser.at(now() + time::Duration::seconds(1));
    journey.terms_accepted().await;
}

/// Begins the next survey, which removes every account of jkc.
#[track_caller]
fn reset(stack: &TestStack, accounts: usize) {
    let confirm = format!("jkc={accounts}");
    let words = [
        "campaign",
        "reset",
        "--insurer",
        "jkc",
        "--deadline",
        "2028-01-28",
    ];
    run_why(stack, &[&words[..], &["--confirm", &confirm]].concat()).done();
}

fn accounts(stack: &TestStack) -> Vec<Item> {
    stack.items_of("Accounts", "user#")
}

fn claims(stack: &TestStack) -> usize {
    stack.items_of("Accounts", "member#").len()
}

fn told_of_restore(trail: &[(String, String)]) -> Vec<&str> {
    let of_restore = trail.iter().filter(|(name, _)| name == "restore");
    of_restore.map(|(_, outcome)| &**outcome).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaigns_reset_is_undone_but_for_who_has_registered_anew() {
    let stack = TestStack::start().await;
    let [mut browser] = stack.has_browsers_signed_in(TARO, 1).try_into().unwrap();
    for member in &of_jkc()[1..] {
        stack.has_account(*member);
    }
    stack.has_account(HANAKO);
    is_restored(&stack, "Accounts");
    let all = of_jkc().len();
    reset(&stack, all);
    let shoko_anew = Member {
        password: "umi-to-8hoshi",
        ..SHOKO
    };
    registers(&stack, shoko_anew).await;
    let tsuruyo_as_marie = Member {
        user_id: MARIE.user_id,
        ..TSURUYO
    };
    registers(&stack, tsuruyo_as_marie).await;

    let back = all as u64 - 3;
    let rehearsed = restore(&stack, "accounts", &["--insurer", "jkc", "--dry-run"]);
    for line in [
        "the same         0\n".to_owned(),
        format!("missing          {back}\n"),
        "registered anew  2, and the account of before stays gone\n".to_owned(),
        "user ID taken    1 by somebody else, and the account stays gone\n".to_owned(),
        "new since        2, and stay\n".to_owned(),
        format!("Would write:\n  Accounts   {back} come back, each with its member's claim"),
    ] {
        assert!(rehearsed.done().contains(&line), "{line}{}", rehearsed.out);
    }
    let anew = accounts(&stack);
    let told = restored(&stack, "accounts", &["--insurer", "jkc"]);
    assert_eq!(counts(&told), [0, back, back]);
    assert_eq!(
        [&told["registeredAnew"], &told["userIdTaken"], &told["new"]],
        [2, 1, 2]
    );
    // Nobody has two accounts, none is without its claim, and those of since are as they were.
    assert_eq!((accounts(&stack).len(), claims(&stack)), (all, all));
    assert!(
        anew.iter()
            .all(|account| accounts(&stack).contains(account))
    );
    stack.has_nothing_left_over();

    // Whoever was signed in is no longer, and the password is that of then.
    browser.at(now() + time::Duration::seconds(1));
    browser
        .session()
        .await
        .is_refused_with(401, "not-signed-in");
    browser.login_as(&TARO).await.succeeds_with(200);
    let mut another = stack.browser();
    another.at(now() + time::Duration::seconds(1));
    another.login_as(&shoko_anew).await.succeeds_with(200);
    let of_before = another.login_as(&SHOKO).await;
    of_before.is_refused_with(401, "invalid-credentials");

    assert_eq!(
        told_of_restore(&trail(&stack, "insurer#jkc").await),
        ["begun", "done"]
    );
    for name in ["kenpo-taro", "jkc#1#jvc0211"] {
        assert_eq!(
            told_of_restore(&trail(&stack, name).await),
            ["done"],
            "{name}"
        );
    }
    for name in ["shoko", "jkc#1#jvc0212", "marie", "hanako"] {
        assert!(
            told_of_restore(&trail(&stack, name).await).is_empty(),
            "{name}"
        );
    }
    let events = stack.items("Audit").len();
    let again = restored(&stack, "accounts", &["--insurer", "jkc"]);
    // One has logged in since.
    assert_eq!(
        (counts(&again), &again["differ"]),
        ([back - 1, 0, 0], &json!(1))
    );
    assert_eq!(stack.items("Audit").len(), events);
    // The account of the other insurer was there all the time.
    let of_all = restored(&stack, "accounts", &[]);
    assert_eq!(counts(&of_all), [back, 0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roster_that_was_emptied_comes_back_beside_what_was_made_meanwhile() {
    let stack = TestStack::start().await;
    stack.has_account(HANAKO);
    is_restored(&stack, "Members");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.csv");
    let rows = "insurer_code,symbol,number,branch,relationship,birth_date,name,name_kana\n\
                demo,,100002,00,insured,1984-04-04,見本 次男,ミホン ジロウ\n\
                demo,,100003,00,insured,1990-01-01,見本 三郎,ミホン サブロウ\n";
    std::fs::write(&file, rows).unwrap();
    let import = [
        "roster",
        "import",
        file.to_str().unwrap(),
        "--insurer",
        "demo",
    ];
    run_yes(
        &stack,
        &[&import[..], &["--full", "--leavers", "1"]].concat(),
    )
    .done();
    registers(&stack, SABURO).await;
    let mut browser = stack.browser();
    browser.at(now() + time::Duration::seconds(1));
    let gone = browser.login_as(&HANAKO).await;
    gone.is_refused_with(403, "account-unavailable");

    let before = stack.snapshot_without(&["Members"]);
    let told = restored(&stack, "members", &["--insurer", "demo"]);
    assert_eq!(counts(&told), [0, 1, 1]);
    assert_eq!([&told["differ"], &told["new"]], [1, 1]);
    assert_eq!(stack.snapshot_without(&["Members"]), before);
    let mut names: Vec<_> = stack
        .items_of("Members", "demo#")
        .iter()
        .map(|member| member["name"]["S"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["見本 三郎", "見本 次男", "見本 花子"]);
    browser.login_as(&HANAKO).await.succeeds_with(200);
    let mut of_saburo = stack.browser();
    of_saburo.at(now() + time::Duration::seconds(1));
    of_saburo.login_as(&SABURO).await.succeeds_with(200);
    assert_eq!(
        told_of_restore(&trail(&stack, "insurer#demo").await),
        ["begun", "done"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_and_what_nobody_confirms_write_nothing() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    is_restored(&stack, "Accounts");
    stack.database().clear("Accounts").unwrap();
    let before = stack.snapshot();
    let rehearsed = restore(&stack, "accounts", &["--dry-run", "--json"]).json();
    assert_eq!(
        (&rehearsed["dryRun"], &rehearsed["missing"]),
        (&json!(true), &json!(1))
    );
    assert!(rehearsed.get("written").is_none());
    restore(&stack, "accounts", &[]).failed(4, "no terminal to ask at");
    let without = [&RESTORE_ACCOUNTS[..], &["--operator", "suzuki"]].concat();
    crate::run(&stack, &without).failed(2, "--reason");
    assert_eq!(stack.snapshot(), before);
    assert!(stack.items("Audit").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_was_killed_is_finished_by_repeating_it() {
    let stack = TestStack::start().await;
    let members = of_jkc();
    for member in &members {
        stack.has_account(*member);
    }
    is_restored(&stack, "Accounts");
    let before = stack.snapshot();
    reset(&stack, members.len());
    // Each is tried three times, and then waited for: all but four of these tries fail, so four come back
    // while the others wait.
    let tries = 3 * u32::try_from(members.len()).unwrap();
    let throttle = Fault::new(FaultKind::Throttle)
        .table("Accounts")
        .action("TransactWriteItems");
    stack.faults().inject(throttle.times(tries - 4));
    let mut killed = command(&stack, &[&RESTORE_ACCOUNTS[..], &WHY].concat())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while accounts(&stack).is_empty() {
        assert!(killed.try_wait().unwrap().is_none(), "it has ended");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    stack.faults().clear();
    assert_eq!(accounts(&stack).len(), claims(&stack));
    let left = (members.len() - accounts(&stack).len()) as u64;
    assert!(left > 0);
    let told = restored(&stack, "accounts", &[]);
    assert_eq!(counts(&told), [members.len() as u64 - left, left, left]);
    assert_eq!(stack.snapshot()["Accounts"], before["Accounts"]);
    for member in &members {
        let told = trail(&stack, &member.user_id.to_lowercase()).await;
        assert_eq!(told_of_restore(&told), ["done"], "{}", member.user_id);
    }
    let told = trail(&stack, "table#accounts").await;
    assert_eq!(told_of_restore(&told), ["begun", "begun", "done"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttling_unprocessed_keys_and_lost_replies_lose_nothing_and_write_nothing_twice() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(SHOKO);
    for table in ["Accounts", "Members"] {
        is_restored(&stack, table);
    }
    let before = stack.snapshot();
    for (table, action, kind) in [
        ("Accounts", "TransactWriteItems", FaultKind::Throttle),
        ("Accounts", "TransactWriteItems", FaultKind::LostReply),
        (
            "Accounts",
            "TransactWriteItems",
            FaultKind::TransactionConflict(0),
        ),
        ("Accounts", "BatchGetItem", FaultKind::Unprocessed),
        ("Members", "PutItem", FaultKind::Throttle),
        ("Members", "PutItem", FaultKind::LostReply),
        ("Members", "PutItem", FaultKind::InternalError),
        ("Members", "Scan", FaultKind::Throttle),
    ] {
        stack.database().clear(table).unwrap();
        stack.database().clear("Audit").unwrap();
        let fault = Fault::new(kind).table(table).action(action);
        stack.faults().inject(fault.times(4));
        let count = before[table].len() as u64;
        let is_accounts = table == "Accounts";
        let expected = if is_accounts { count / 2 } else { count };
        let told = restored(&stack, &table.to_lowercase(), &[]);
        assert_eq!(
            counts(&told),
            [0, expected, expected],
            "{table} {action} {kind:?}"
        );
        assert!(
            stack.faults().list().is_empty(),
            "{table} {action} {kind:?}"
        );
        assert_eq!(stack.snapshot(), before, "{table} {action} {kind:?}");
        // Begun, done, and of each account two.
        let events = if is_accounts { 2 + 2 * expected } else { 2 };
        assert_eq!(
            stack.items("Audit").len() as u64,
            events,
            "{table} {action} {kind:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_an_insurer_and_events_that_are_missing_come_back_too() {
    let stack = TestStack::start().await;
    stack.journey(TARO).terms_accepted().await;
    for table in ["Accounts", "Insurers", "Audit"] {
        is_restored(&stack, table);
    }
    // What is over would only be collected again.
    let mut over = stack.items("Audit").remove(0);
    over.insert("subject".to_owned(), json!({"S": "0123456789abcdef"}));
    over.insert("ttl".to_owned(), json!({"N": "1700000000"}));
    let put = json!({"TableName": "audit-restored", "Item": over});
    stack.database().call("PutItem", &put).unwrap();

    let (before, events) = (stack.snapshot(), stack.items("Audit"));
    stack
        .database()
        .delete("Accounts", "member#jkc#1#jvc0211")
        .unwrap();
    stack.database().delete("Insurers", "demo").unwrap();
    stack.database().clear("Audit").unwrap();
    let count = events.len() as u64;
    assert_eq!(counts(&restored(&stack, "audit", &[])), [0, count, count]);
    assert_eq!(counts(&restored(&stack, "accounts", &[])), [0, 1, 1]);
    let insurer = restored(&stack, "insurers", &["--insurer", "demo"]);
    assert_eq!(counts(&insurer), [0, 1, 1]);
    assert_eq!(stack.snapshot(), before);
    assert!(
        events
            .iter()
            .all(|event| stack.items("Audit").contains(event))
    );
    // Those, two of each command, and two of the account.
    assert_eq!(stack.items("Audit").len(), events.len() + 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_restore_of_the_table_is_refused() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let members = is_restored(&stack, "Members");
    is_restored(&stack, "Accounts");
    stack.database().clear("Accounts").unwrap();
    let before = stack.snapshot();
    let own = stack.database().real_name("Accounts").unwrap();
    for (from, message) in [
        ("nowhere", "there is no table nowhere"),
        (own, "is the stack's table itself"),
        (
            &*members,
            "members-restored have the key member (S), and those of the stack's table account (S)",
        ),
    ] {
        run_yes(&stack, &["restore", "accounts", "--from", from]).failed(2, message);
    }
    restore(&stack, "accounts", &["--insurer", "demo", "--yes"]).failed(3, "has nothing of demo");
    restore(&stack, "audit", &["--insurer", "jkc", "--yes"]).failed(2, "leave --insurer out");
    restore(&stack, "sessions", &["--yes"]).failed(2, "invalid value 'sessions'");
    let mut stranger = command(&stack, &[&RESTORE_ACCOUNTS[..], &WHY].concat());
    stranger.env("AWS_ACCESS_KEY_ID", "stranger");
    Ran::of(stranger).failed(1, "GetCallerIdentity failed: InvalidClientTokenId");

    // A reset that is under way would remove again what comes back.
    let mut insurer = stack.database().get("Insurers", "jkc").unwrap().unwrap();
    for (name, value) in [
        ("campaign_began", json!({"N": "1700000000000"})),
        ("campaign_deadline", json!({"S": "2028-01-28"})),
        ("campaign_removing", json!({"BOOL": true})),
    ] {
        insurer.insert(name.to_owned(), value);
    }
    let as_it_was = stack.database().get("Insurers", "jkc").unwrap().unwrap();
    stack.database().put("Insurers", &insurer).unwrap();
    let message = "`operator campaign reset --deadline 2028-01-28` of jkc is not finished";
    restore(&stack, "accounts", &["--yes"]).failed(4, message);
    stack.database().put("Insurers", &as_it_was).unwrap();
    assert_eq!(stack.snapshot(), before);
    assert!(stack.items("Audit").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_the_rest_comes_back_is_not_written_over() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    for table in ["Accounts", "Members"] {
        is_restored(&stack, table);
    }
    stack.database().clear("Accounts").unwrap();
    let taro = "jkc#1#jvc0211";
    let late = |action: &str, table: &str| {
        let late = Fault::new(FaultKind::Latency(Duration::from_secs(6)));
        stack
            .faults()
            .inject(late.action(action).table(table).times(1));
        let from = format!("{}-restored", table.to_lowercase());
        let words = ["restore", &table.to_lowercase(), "--from", &from, "--yes"];
        let child = command(&stack, &[&words[..], &["--json"], &WHY].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        while !stack.faults().list().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    };
    // The account is on its way back when its member registers.
    let under_way = late("TransactWriteItems", "Accounts");
    registers(&stack, TARO).await;
    let anew = accounts(&stack);
    let output = under_way.wait_with_output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((counts(&told), accounts(&stack)), ([0, 1, 0], anew));
    assert!(told_of_restore(&trail(&stack, taro).await).is_empty());

    let mut member = stack.database().get("Members", taro).unwrap().unwrap();
    stack.database().delete("Members", taro).unwrap();
    let under_way = late("PutItem", "Members");
    member.insert("name".to_owned(), json!({"S": "健保 太朗"}));
    stack.database().put("Members", &member).unwrap();
    let output = under_way.wait_with_output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(&counts(&told)[1..], [1, 0]);
    assert_eq!(stack.database().get("Members", taro).unwrap(), Some(member));
}
