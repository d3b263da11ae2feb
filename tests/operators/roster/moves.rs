//! Members whose 記号 or 番号 a file changes.

use std::{process::Stdio, time::Duration};

use local::{Fault, FaultKind, OPERATOR_KEY};
use serde_json::{Value, json};
use tests::{SHOKO, TARO, TestStack};

use super::Files;
use crate::{Ran, SURVEY, WHY, command_of, now, run, run_why, trail};

const COLUMNS: &str = "[columns]\nsymbol = '記号'\nnumber = '番号'\nname = '氏名'\nkana = 'カナ'\n\
                       birthDate = '生年月日'\nformerSymbol = '旧記号'\nformerNumber = '旧番号'\n";
const HEADER: &str = "記号,番号,氏名,カナ,生年月日,旧記号,旧番号\n";
/// Three of the samples, with the numbers that they have now and will have.
const TARO_MOVES: &str = "05,0077,健保 太郎,ケンポ タロウ,1980-01-01,01,jvc0211\n";
const SHOKO_FOLLOWS: &str = "01,jvc0211,健保 昇子,ケンポ ショウコ,1985-04-01,,jvc0212\n";
const TSURUYO_STAYS: &str = "01,jvc0213,渡辺 鶴代,ワタナベ ツルヨ,1972-02-29,,\n";

struct Desk<'a> {
    stack: &'a TestStack,
    files: Files,
    mapping: String,
}

impl<'a> Desk<'a> {
    fn of(stack: &'a TestStack) -> Self {
        let files = Files::new();
        let mapping = files.with("jkc.toml", COLUMNS);
        Self {
            stack,
            files,
            mapping,
        }
    }

    fn run(&self, key: &str, rows: &str, words: &[&str]) -> Ran {
        let file = self.files.with("moves.csv", format!("{HEADER}{rows}"));
        let command = [
            "roster",
            "import",
            &file,
            "--insurer",
            "jkc",
            "--mapping",
            &self.mapping,
        ];
        let words = [&command[..], words, &WHY].concat();
        Ran::of(command_of(self.stack, key, &words))
    }

    /// Imports with the rights of who may move members, too.
    fn imports(&self, rows: &str, words: &[&str]) -> Ran {
        self.run(OPERATOR_KEY, rows, &[words, &["--yes", "--json"]].concat())
    }
}

fn counts(told: &Value) -> [u64; 5] {
    ["moved", "new", "changed", "leavers", "written"].map(|name| told[name].as_u64().unwrap())
}

fn row(stack: &TestStack, id: &str) -> Option<String> {
    let row = stack.database().get("Members", id).unwrap()?;
    Some(row["name"]["S"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_account_and_trail_go_along_and_the_member_logs_in_as_before() {
    let stack = TestStack::start().await;
    let desk = Desk::of(&stack);
    stack.journey(TARO).terms_accepted().await;
    stack.journey(SHOKO).terms_accepted().await;
    let before = stack.snapshot_without(&["Audit"]);
    // A member who comes to a number waits for the one who leaves it, whichever stands first.
    let rows = [SHOKO_FOLLOWS, TARO_MOVES, TSURUYO_STAYS].concat();
    let rehearsed = desk.run(SURVEY, &rows, &["--delta", "--dry-run"]);
    for part in [
        "moved 2, to another 記号 or 番号",
        "to another 記号 or 番号 2, with accounts",
    ] {
        let words = rehearsed
            .done()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(words.contains(part), "{}", rehearsed.out);
    }
    assert_eq!(stack.snapshot_without(&["Audit"]), before);

    let told = desk.imports(&rows, &["--delta"]).json();
    assert_eq!(counts(&told), [2, 0, 0, 0, 2]);
    assert_eq!(row(&stack, "jkc#5#77").as_deref(), Some(TARO.name));
    assert_eq!(row(&stack, "jkc#1#jvc0211").as_deref(), Some(SHOKO.name));
    assert_eq!(row(&stack, "jkc#1#jvc0212"), None);
    let of_taro = stack
        .database()
        .get("Members", "jkc#5#77")
        .unwrap()
        .unwrap();
    assert_eq!(
        (&of_taro["symbol"]["S"], &of_taro["number"]["S"]),
        (&json!("05"), &json!("0077"))
    );
    stack.has_nothing_left_over();
    for member in [TARO, SHOKO] {
        let mut browser = stack.browser();
        browser.at(now());
        browser.login_as(&member).await.succeeds_with(200);
        let history = run_why(&stack, &["account", "history", member.user_id, "--json"]).json();
        let lines = history.as_array().unwrap();
        let verified = lines
            .iter()
            .filter(|line| line["event"] == "verify-member")
            .count();
        assert_eq!(verified, 1, "{history:#}");
    }
    assert_eq!(
        trail(&stack, "jkc#5#77").await[0],
        ("member-move".to_owned(), "done".to_owned())
    );
    assert_eq!(
        run(&stack, &["check", "--json"]).json()["findings"],
        json!([])
    );

    // The same file again finds everybody where they are, and the chain is not moved on.
    let again = desk.imports(&rows, &["--delta"]).json();
    assert_eq!(counts(&again), [0, 0, 0, 0, 0]);
    assert_eq!(row(&stack, "jkc#5#77").as_deref(), Some(TARO.name));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_full_file_who_moves_does_not_leave_and_the_number_may_be_given_again() {
    let stack = TestStack::start().await;
    let desk = Desk::of(&stack);
    stack.has_account(TARO);
    let somebody = "01,jvc0211,青空 新子,アオゾラ シンコ,2001-01-01,,\n";
    // The name changes with the number.
    let taro = TARO_MOVES.replace("健保 太郎", "健保 太朗");
    let rows = [&taro, somebody, TSURUYO_STAYS].concat();
    let told = desk.imports(&rows, &["--full", "--leavers", "15"]).json();
    assert_eq!(counts(&told), [1, 1, 1, 15, 18]);
    assert_eq!(row(&stack, "jkc#5#77").as_deref(), Some("健保 太朗"));
    assert_eq!(row(&stack, "jkc#1#jvc0211").as_deref(), Some("青空 新子"));
    let claim = stack.database().get("Accounts", "member#jkc#5#77").unwrap();
    assert!(claim.is_some(), "the account is Taro's still");
    assert!(
        stack
            .database()
            .get("Accounts", "member#jkc#1#jvc0211")
            .unwrap()
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_be_the_same_is_refused_and_nothing_is_written() {
    let stack = TestStack::start().await;
    let desk = Desk::of(&stack);
    stack.has_account(TARO);
    // The insurer notes that an import began.
    let before = stack.snapshot_without(&["Audit", "Insurers"]);
    for (rows, code) in [
        (
            TARO_MOVES.replace("1980-01-01", "1980-01-02"),
            "former-other",
        ),
        (TARO_MOVES.replace("05,0077", "01,jvc0213"), "new-taken"),
        (
            TARO_MOVES.replace("05,0077", "01,jvc0212")
                + &SHOKO_FOLLOWS.replace(",,jvc0212", ",01,jvc0212"),
            "swapped",
        ),
        (
            TARO_MOVES.to_owned() + &TARO_MOVES.replace("0077", "0078"),
            "former-twice",
        ),
    ] {
        let ran = desk.imports(&rows, &["--delta"]);
        assert_eq!(ran.code, 4, "{}", ran.out);
        assert!(ran.err.contains(code), "{code}: {}", ran.err);
    }
    // Those who look after rosters may not give accounts to anybody.
    let ran = desk.run(SURVEY, TARO_MOVES, &["--delta", "--yes"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("AccessDeniedException"), "{}", ran.err);
    assert_eq!(stack.snapshot_without(&["Audit", "Insurers"]), before);
    assert_eq!(
        counts(&desk.imports(TARO_MOVES, &["--delta"]).json()),
        [1, 0, 0, 0, 1]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_interrupted_is_finished_by_the_same_file() {
    let stack = TestStack::start().await;
    let desk = Desk::of(&stack);
    stack.has_account(TARO);
    stack.has_account(SHOKO);
    let rows = [TARO_MOVES, SHOKO_FOLLOWS].concat();
    let command = || {
        let file = desk.files.with("moves.csv", format!("{HEADER}{rows}"));
        let words = [
            "roster",
            "import",
            &file,
            "--insurer",
            "jkc",
            "--delta",
            "--yes",
        ];
        let mapping = ["--mapping", &desk.mapping];
        command_of(&stack, OPERATOR_KEY, &[&words[..], &mapping, &WHY].concat())
    };
    let slow = Fault::new(FaultKind::Latency(Duration::from_millis(300)));
    stack.faults().inject(slow.action("TransactWriteItems"));
    let mut killed = command().stdout(Stdio::null()).spawn().unwrap();
    while row(&stack, "jkc#5#77").is_none() {
        assert!(
            killed.try_wait().unwrap().is_none(),
            "it ended before it was killed"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    stack.faults().clear();
    assert_eq!(row(&stack, "jkc#1#jvc0211"), None, "the other one waits");
    let lost = Fault::new(FaultKind::LostReply).action("TransactWriteItems");
    stack.faults().inject(lost.table("Members").times(1));
    let rest = desk.imports(&rows, &["--delta"]).json();
    assert_eq!(counts(&rest), [1, 0, 0, 0, 1]);
    assert_eq!(row(&stack, "jkc#1#jvc0211").as_deref(), Some(SHOKO.name));
    stack.has_nothing_left_over();
    let moved = trail(&stack, "jkc#1#jvc0211").await;
    let is_move = |event: &&(String, String)| event.0 == "member-move";
    // Taro's going and Shoko's coming, each once.
    assert_eq!(moved.iter().filter(is_move).count(), 2, "{moved:?}");
}
