//! What comes between: throttling, lost replies, a machine that goes, a second operator.

use std::{
    os::unix::process::ExitStatusExt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use domain::InsurerCode;
use local::{Fault, FaultKind};
use store::{Insurers, RosterImport, Transaction, Write};
use tests::{Dress, GeneratedRoster, TestStack};

use super::{Files, PEOPLE_OF, counts, import, imported, members};
use crate::{WHY, command, now, run, run_why};

/// Everybody, in five batches; then the next year's, in which some have changed and some are missing.
struct Years {
    first: String,
    second: String,
}

impl Years {
    fn of(files: &Files) -> Self {
        let mut bytes = Vec::new();
        PEOPLE_OF.write(Dress::OURS, &mut bytes).unwrap();
        let first = String::from_utf8(bytes).unwrap();
        let mut second: Vec<String> = first.lines().map(str::to_owned).collect();
        second.truncate(101);
        for row in &mut second[51..] {
            *row = format!("{row} コ");
        }
        let joined = GeneratedRoster {
            members: 180,
            ..PEOPLE_OF
        };
        let mut bytes = Vec::new();
        joined.write(Dress::OURS, &mut bytes).unwrap();
        let all = String::from_utf8(bytes).unwrap();
        second.extend(all.lines().skip(121).map(str::to_owned));
        Self {
            first: files.with("first.csv", first),
            second: files.with("second.csv", second.join("\n")),
        }
    }

    /// 50 changed, 50 unchanged, 20 who leave, 60 who are new.
    const SECOND: [u64; 5] = [60, 50, 50, 20, 130];
}

/// How the first year's file is imported, before which there are two others.
const FIRST: [&str; 3] = ["--full", "--leavers", "2"];

/// The same for the second year: it is said anew as it was, however much of it is done.
const SECOND: [&str; 5] = ["--full", "--leavers", "20", "--changed", "50"];

fn started(stack: &TestStack, file: &str, words: &[&str]) -> Child {
    let import = ["roster", "import", file, "--insurer", "demo", "--yes"];
    let mut command = command(stack, &[&import[..], words, &WHY].concat());
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until something is so, a process being under way.
#[track_caller]
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "it never was");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(import: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &import.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// How far an import came.
type HowFar = fn(&TestStack) -> usize;

/// How many events of the trail have this outcome.
fn noted(stack: &TestStack, outcome: &str) -> usize {
    let events = stack.items("Audit");
    let is_told = |item: &&local::Item| item["outcome"]["S"] == outcome;
    events.iter().filter(is_told).count()
}

fn slow(action: &str) -> Fault {
    Fault::new(FaultKind::Latency(Duration::from_millis(300))).action(action)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_was_killed_anywhere_is_finished_by_repeating_it() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let years = Years::of(&files);
    imported(&stack, &years.first, &FIRST);
    // What is slow, and how far it came, of which a step further is waited for.
    let points: [(&str, HowFar); 5] = [
        ("Scan", |_| 0),
        ("TransactWriteItems", |stack| noted(stack, "begun")),
        ("TransactWriteItems", |stack| noted(stack, "changed")),
        ("BatchWriteItem", members),
        // All is written, and the end of it is not noted.
        ("TransactWriteItems", |stack| {
            let is_written = (
                members(stack),
                noted(stack, "changed"),
                noted(stack, "left"),
            );
            usize::from(is_written == (160, 50, 22))
        }),
    ];
    for (action, how_far) in points {
        stack.faults().inject(slow(action));
        let before = how_far(&stack);
        let words = [&SECOND[..], &["--write-rate", "50"]].concat();
        let mut import = started(&stack, &years.second, &words);
        if action == "Scan" {
            std::thread::sleep(Duration::from_millis(200));
        } else {
            wait_until(|| how_far(&stack) > before || import.try_wait().unwrap().is_some());
        }
        import.kill().unwrap();
        let signal = import.wait().unwrap().signal();
        assert_eq!(signal, Some(9), "it ended before it was killed: {action}");
        stack.faults().clear();
        // What was on its way when it was killed arrives.
        std::thread::sleep(Duration::from_millis(500));
    }
    // The last was killed with nothing left to write, but perhaps that it ended.
    let rest = imported(&stack, &years.second, &SECOND);
    assert_eq!(counts(&rest), [0, 0, 160, 0, 0]);
    assert_eq!(members(&stack), 160);
    let again = imported(&stack, &years.second, &SECOND);
    assert_eq!(counts(&again), [0, 0, 160, 0, 0]);
    // However often it was begun, each who changed or left has one event of it.
    assert_eq!((noted(&stack, "changed"), noted(&stack, "left")), (50, 22));
    assert_eq!(noted(&stack, "done"), 2);
    assert!(noted(&stack, "begun") > 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttling_unprocessed_items_and_lost_replies_lose_nothing_and_write_nothing_twice() {
    for kind in [
        FaultKind::Throttle,
        FaultKind::Unprocessed,
        FaultKind::LostReply,
        FaultKind::InternalError,
        FaultKind::TransactionConflict(0),
    ] {
        let (stack, files) = (TestStack::start().await, Files::new());
        let years = Years::of(&files);
        imported(&stack, &years.first, &FIRST);
        let action = match kind {
            FaultKind::TransactionConflict(_) => "TransactWriteItems",
            _ => "BatchWriteItem",
        };
        stack
            .faults()
            .inject(Fault::new(kind).action(action).times(4));
        if kind == FaultKind::LostReply {
            let lost = Fault::new(kind)
                .action("TransactWriteItems")
                .table("Members");
            stack.faults().inject(lost.times(2));
        }
        let told = imported(&stack, &years.second, &SECOND);
        assert_eq!(counts(&told), Years::SECOND, "{kind:?}");
        assert!(stack.faults().list().is_empty(), "{kind:?}");
        assert_eq!(members(&stack), 160, "{kind:?}");
        assert_eq!(noted(&stack, "changed"), 50, "{kind:?}");
        assert_eq!(
            counts(&imported(&stack, &years.second, &SECOND)),
            [0, 0, 160, 0, 0]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_cannot_go_on_says_how_far_it_came_and_to_repeat_it() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.generated("roster.csv", PEOPLE_OF, Dress::OURS);
    stack.faults().inject(slow("BatchWriteItem"));
    let interrupted = started(&stack, &file, &["--delta", "--write-rate", "50"]);
    wait_until(|| members(&stack) > 2);
    signal(&interrupted, "-INT");
    let output = interrupted.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("interrupted. ")
            && message.contains(" of 120 members were written. Repeat"),
        "{message}"
    );
    stack.faults().clear();
    // Read otherwise, it is not the same import, though the file is.
    let mapping = include_str!("../../../infra/operator/src/roster/ours.toml");
    let mapping = files.with(
        "other.toml",
        mapping.replace("'dependant'", "'family'") + "\n",
    );
    import(&stack, &file, &["--delta", "--yes", "--mapping", &mapping])
        .failed(4, "of this file, with another mapping or encoding");
    let rest = imported(&stack, &file, &["--delta"]);
    assert_eq!(members(&stack), 122);
    assert!(rest["written"].as_u64().unwrap() < 120, "{rest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_imports_of_one_roster_are_not_made_at_the_same_time() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let years = Years::of(&files);
    stack.faults().inject(slow("BatchWriteItem"));
    // A batch in five seconds.
    let words = ["--full", "--leavers", "2", "--write-rate", "5"];
    let first = started(&stack, &years.first, &words);
    wait_until(|| members(&stack) > 2);
    // Another file, while the first is being written; nor may the insurer's rules change under it.
    let refused = import(&stack, &years.second, &["--delta", "--yes"]);
    refused.failed(4, "an import of this roster began at ");
    assert!(
        refused.err.contains("by suzuki: ticket 4711"),
        "{}",
        refused.err
    );
    let insurer = run(&stack, &["insurer", "show", "demo", "--json"]);
    let insurer = insurer
        .out
        .replace("\"keepLeadingZeros\": false", "\"keepLeadingZeros\": true");
    let insurer = files.with("demo.json", insurer);
    run_why(&stack, &["insurer", "put", "--rekey", &insurer, "--yes"])
        .failed(4, "roster is being imported");
    // Nor does another take its place while it writes.
    let take = ["--full", "--take-over"];
    let refused = import(
        &stack,
        &years.second,
        &[&take[..], &["--yes", "--leavers", "2"]].concat(),
    );
    refused.failed(4, "the other import, by suzuki: ticket 4711, goes on");
    // It sleeps, and another does.
    signal(&first, "-STOP");
    std::thread::sleep(Duration::from_millis(500));
    stack.faults().clear();
    let rehearsed = import(
        &stack,
        &years.second,
        &[&take[..], &["--dry-run", "--json"]].concat(),
    );
    let leavers = rehearsed.json()["leavers"].to_string();
    imported(
        &stack,
        &years.second,
        &[&take[..], &["--leavers", &leavers]].concat(),
    );
    let taken = stack.items_of("Members", "demo#");
    assert_eq!(taken.len(), 160);
    // It wakes, and writes nothing any more.
    signal(&first, "-CONT");
    let output = first.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{message}");
    assert!(
        message.contains("another import has taken the place of this one")
            && message.contains("Do not repeat the command")
            && !message.contains("writes the rest"),
        "{message}"
    );
    assert_eq!(stack.items_of("Members", "demo#"), taken);
    let again = imported(&stack, &years.second, &["--full"]);
    assert_eq!(counts(&again), [0, 0, 160, 0, 0]);
    run_why(&stack, &["insurer", "put", "--rekey", &insurer, "--yes"]).done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_while_somebody_thought_it_over_is_not_written_over() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let years = Years::of(&files);
    // The roster is compared, and before the import begins, another has come and gone.
    let late = Fault::new(FaultKind::Latency(Duration::from_secs(6)))
        .action("TransactWriteItems")
        .times(1);
    stack.faults().inject(late);
    let first = started(&stack, &years.first, &FIRST);
    wait_until(|| stack.faults().list().is_empty());
    imported(&stack, &years.second, &["--full", "--leavers", "2"]);
    let output = first.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{message}");
    assert!(
        message.contains("changed meanwhile, and nothing was written"),
        "{message}"
    );
    assert_eq!(members(&stack), 160);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_compared_the_roster_before_another_renewed_its_claim_does_not_begin() {
    let stack = TestStack::start().await;
    let insurers: Insurers = stack.opens("Insurers");
    let code = InsurerCode::parse("demo").unwrap();
    let insurer = insurers.lookup(&code).await.unwrap().unwrap();
    let import = |run: &str| RosterImport {
        run: run.to_owned(),
        file: "0".repeat(64),
        mode: "full".to_owned(),
        mapping: "1".repeat(64),
        operator: "suzuki".to_owned(),
        reason: "ticket 4711".to_owned(),
        began_at: now(),
        renewed_at: None,
        ended_at: None,
    };
    let is_done = async |write: Write| {
        let transaction: Transaction<'_> = Transaction::unaudited().with(write);
        transaction.commit(&stack.store()).await.unwrap().is_ok()
    };
    let (first, second) = (import("a"), import("b"));
    assert!(is_done(insurers.begin_import(&insurer, None, &first)).await);
    let seen = insurers.roster_import(&code).await.unwrap();
    assert!(is_done(insurers.renew_import(&code, &first, now())).await);
    assert!(!is_done(insurers.begin_import(&insurer, seen.as_ref(), &second)).await);
    let seen = insurers.roster_import(&code).await.unwrap();
    assert!(is_done(insurers.begin_import(&insurer, seen.as_ref(), &second)).await);
    for write in [
        insurers.renew_import(&code, &first, now()),
        insurers.end_import(&code, &first, now()),
    ] {
        assert!(!is_done(write).await);
    }
    let noted = insurers.roster_import(&code).await.unwrap().unwrap();
    assert_eq!((&*noted.run, noted.renewed_at), ("b", None));
}
