//! An import of a large roster: how long it takes and how much memory, and what an interruption costs.
//!
//! For each number of rows: a roster is generated as an old system writes it, imported into the local
//! stack's DynamoDB, killed when half of it is written, finished by repeating the command, and imported once
//! more. What is measured is the command's own process, from `/proc`, and its calls, of which each row costs so many; the
//! time is mostly the embedded database's, which is one writer.
//!
//! `make bench-import`; `import OPERATOR ROWS…` says which command, and how many, by default 50,000 and
//! 500,000.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program for people to read"
)]

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs::File,
    io::BufWriter,
    path::Path,
    process::{Child, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use local::Call;
use serde_json::{Value, json};
use tests::{Dress, GeneratedRoster, TestStack};

/// The members of the other insurer.
const OTHERS: u64 = 17;

/// What a table takes in write units a second: as it is when it is made, paid by request, and by its quota
/// ([capacity.md](../../docs/capacity.md)).
const TAKES: [(&str, u64); 2] = [("a new table", 4_000), ("the quota", 40_000)];

/// The access key of who may import rosters: the managed policy of the template.
const KEY: &str = "SurveyPolicy";

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let operator = words.next().expect("the operators' command");
    let operator = Path::new(&operator);
    let rows: Vec<u64> = words
        .map(|rows| rows.parse().expect("a number of rows"))
        .collect();
    let rows = if rows.is_empty() {
        vec![50_000, 500_000]
    } else {
        rows
    };
    for rows in rows {
        measure(operator, rows).await;
    }
}

async fn measure(operator: &Path, members: u64) {
    let stack = TestStack::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("roster.csv");
    let mapping = folder.path().join("demo.toml");
    let roster = GeneratedRoster {
        insurer: "demo",
        members,
    };
    let mut bytes = BufWriter::new(File::create(&file).expect("a file"));
    roster.write(Dress::UGLY, &mut bytes).expect("a roster");
    drop(bytes);
    let desk = Desk {
        calls_seen: Cell::new(0),
        operator,
        stack: &stack,
        file: &file,
        mapping: &mapping,
    };
    std::fs::write(&mapping, Dress::UGLY.mapping().expect("a mapping")).expect("a file");
    let size = file.metadata().expect("the file").len();
    println!("{members} insured, {size} bytes of CP932");

    let dry = desk.run(&["--dry-run"]);
    dry.print("dry run", members);
    desk.print_calls(0);
    let mut killed = desk.start(&["--leavers", "2"]);
    let half = usize::try_from(members / 2).expect("not that many");
    // Each look reads the table, so not often.
    while count(&stack) < half && killed.is_running() {
        killed.sleep(Duration::from_secs(1));
    }
    killed.process.kill().expect("a process");
    let there = count(&stack) as u64;
    killed.ended().print("killed", there);
    desk.print_calls(there - OTHERS);
    let rest = desk.run(&[]);
    rest.print("the rest", rest.written());
    desk.print_calls(rest.written());
    println!(
        "  there when it was killed {}, written then {}, written twice {}",
        there - OTHERS,
        rest.written(),
        (there - OTHERS + rest.written()).saturating_sub(members)
    );
    let again = desk.run(&[]);
    again.print("once more", members);
    desk.print_calls(again.written());
    println!("  written once more {}\n", again.written());
}

fn count(stack: &TestStack) -> usize {
    let table = stack.database().real_name("Members").expect("the table");
    let described = stack
        .database()
        .call("DescribeTable", &json!({"TableName": table}))
        .expect("the table");
    let count = described["Table"]["ItemCount"].as_u64();
    usize::try_from(count.expect("a count")).expect("not that many")
}

/// A running import, and the most memory that it had.
struct Import {
    process: Child,
    began: Instant,
    peak_kib: u64,
}

/// What an import left.
struct Ended {
    took: Duration,
    peak_kib: u64,
    answer: Value,
}

/// Where and what is imported, and by which command.
struct Desk<'a> {
    calls_seen: Cell<u64>,
    operator: &'a Path,
    stack: &'a TestStack,
    file: &'a Path,
    mapping: &'a Path,
}

impl Desk<'_> {
    /// Prints the calls since the last time, and what they cost for each of so many rows that were written.
    fn print_calls(&self, rows: u64) {
        let seen = self.calls_seen.get();
        let calls = self.stack.calls().into_iter();
        let calls: Vec<Call> = calls.filter(|call| call.sequence > seen).collect();
        let last = calls.iter().map(|call| call.sequence).max();
        self.calls_seen.set(last.unwrap_or(seen));
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for call in &calls {
            *counts.entry(&call.action).or_default() += 1;
        }
        let told: Vec<String> = counts
            .iter()
            .map(|(action, count)| format!("{action} {count}"))
            .collect();
        println!("    calls    {}", told.join(", "));
        if rows == 0 {
            return;
        }
        let units = rows + calls.iter().map(units_beside_rows).sum::<u64>();
        #[expect(clippy::cast_precision_loss, reason = "rates that people read")]
        let (units, rows, all) = (units as f64, rows as f64, calls.len() as f64);
        println!(
            "    a row    {:.3} calls, {:.3} write units",
            all / rows,
            units / rows
        );
        for (what, takes) in TAKES {
            #[expect(clippy::cast_precision_loss, reason = "a rate that people read")]
            let seconds = units / takes as f64;
            println!("    at {what}, {takes} units a second: {seconds:.1} s at least");
        }
    }

    fn run(&self, words: &[&str]) -> Ended {
        let mut import = self.start(words);
        while import.is_running() {
            import.sleep(Duration::from_millis(20));
        }
        import.ended()
    }

    fn start(&self, words: &[&str]) -> Import {
        let mut command = self.stack.operator(self.operator, KEY);
        command
            .args(["roster", "import", "--insurer", "demo", "--full", "--json"])
            .args(["--operator", "bench", "--reason", "bench", "--mapping"])
            .arg(self.mapping)
            .arg(self.file)
            .args(words)
            .stdout(Stdio::piped());
        if !words.contains(&"--dry-run") {
            command.arg("--yes");
        }
        Import {
            process: command.spawn().expect("the command"),
            began: Instant::now(),
            peak_kib: 0,
        }
    }
}

/// What a call writes beside new members, in units of 1 KB: no item of an import is larger, and in a transaction each costs
/// two. New members come in batches, which the stack notes as one element each, so they are counted as rows.
fn units_beside_rows(call: &Call) -> u64 {
    let is_write = |action: &str| matches!(action, "PutItem" | "UpdateItem" | "DeleteItem");
    let writes = match &*call.action {
        "TransactWriteItems" => call.elements.len() * 2,
        action => usize::from(is_write(action)),
    };
    u64::try_from(writes).expect("not that many")
}

impl Import {
    fn is_running(&mut self) -> bool {
        self.process.try_wait().expect("the process").is_none()
    }

    fn sleep(&mut self, time: Duration) {
        sleep(time);
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let peak = status.unwrap_or_default();
        let peak = peak
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|peak| peak.trim().strip_suffix(" kB"))
            .and_then(|peak| peak.parse().ok());
        self.peak_kib = self.peak_kib.max(peak.unwrap_or_default());
    }

    fn ended(self) -> Ended {
        let took = self.began.elapsed();
        let output = self.process.wait_with_output().expect("the process");
        Ended {
            took,
            peak_kib: self.peak_kib,
            answer: serde_json::from_slice(&output.stdout).unwrap_or_default(),
        }
    }
}

impl Ended {
    fn written(&self) -> u64 {
        self.answer["written"]
            .as_u64()
            .expect("an import that ended well")
    }

    fn print(&self, what: &str, members: u64) {
        let seconds = self.took.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate that people read")]
        let rate = members as f64 / seconds;
        println!(
            "  {what:<10} {seconds:>8.1} s  {rate:>9.0} members/s  at most {:>4} MiB",
            self.peak_kib / 1_024
        );
    }
}
