//! The keys of letters: drawn, printed, lost and drawn anew.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use domain::fingerprint;
use local::{Fault, FaultKind};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};
use tests::{Answer, Member, SHOKO, TARO, TestStack};

use crate::{Ran, WHY, command, now, run, run_why, run_yes, trail};

const SITE: &str = "https://ibss.example.jp";
const TARO_ON_THE_CARD: &str = "jkc/01/jvc0211";

/// A stack whose insurer requires keys, and a folder for what is printed.
async fn printing() -> (TestStack, TempDir) {
    let stack = TestStack::start().await;
    stack.asks_for_letter_key(TARO, "required");
    (stack, tempdir().unwrap())
}

fn words<'a>(out: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let out = out.to_str().unwrap();
    let keys = [
        "letter",
        "keys",
        "--insurer",
        "jkc",
        "--site",
        SITE,
        "--out",
        out,
    ];
    [&keys[..], more].concat()
}

fn draw(stack: &TestStack, out: &Path, more: &[&str]) -> Ran {
    run_yes(stack, &words(out, more))
}

/// The rows of a printer's file: 番号, key, and what the code of the letter says.
fn printed(out: &Path) -> Vec<[String; 3]> {
    let text = fs::read_to_string(out).unwrap();
    let rows = text.trim_start_matches('\u{feff}').lines().skip(1);
    rows.map(|row| {
        let cells: Vec<_> = row.split(',').collect();
        [cells[3], cells[5], cells[6]].map(str::to_owned)
    })
    .collect()
}

fn key_of(out: &Path, member: &Member) -> Option<String> {
    let rows = printed(out).into_iter();
    rows.filter(|[number, ..]| number == member.number)
        .map(|[_, key, _]| key)
        .next()
}

/// What becomes of a member who shows this key.
async fn shows(stack: &TestStack, member: &Member, key: &str) -> Answer {
    let mut browser = stack.browser();
    browser.at(now());
    browser
        .verify(&member.identity_with("letterKey", key))
        .await
}

fn row(stack: &TestStack, member: &Member) -> local::Item {
    let rows = stack.items("Members").into_iter();
    let mut of_member = rows.filter(|row| row["number"]["S"] == member.number);
    of_member.next().unwrap()
}

fn members_of_jkc(stack: &TestStack) -> usize {
    stack.items_of("Members", "jkc#").len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_drawn_a_key_that_is_in_the_printers_file_and_nowhere_else() {
    let (stack, folder) = printing().await;
    let out = folder.path().join("new/jkc.csv");
    let before = stack.snapshot();
    let rehearsed = run_why(&stack, &words(&out, &["--dry-run"]));
    assert!(
        rehearsed.done().contains("have none of this survey"),
        "{}",
        rehearsed.out
    );
    assert_eq!(stack.snapshot(), before);
    assert!(!out.parent().unwrap().exists());

    let drawn = draw(&stack, &out, &["--json"]).json();
    let rows = printed(&out);
    assert_eq!(rows.len(), members_of_jkc(&stack));
    assert_eq!(drawn["keys"], rows.len());
    let file = fs::read(&out).unwrap();
    assert_eq!(drawn["sha256"], fingerprint(&file));
    assert_eq!(
        fs::metadata(&out).unwrap().permissions().mode() & 0o777,
        0o600
    );
    for [_, key, address] in &rows {
        let plain = key.replace('-', "");
        assert_eq!(*address, format!("{SITE}/portal/signup.ibss?jkc#{plain}"));
        for item in stack.items("Members").iter().chain(&stack.items("Audit")) {
            let text = json!(item).to_string();
            assert!(!text.contains(&plain) && !text.contains(key.as_str()));
        }
    }
    let key = key_of(&out, &TARO).unwrap();
    shows(&stack, &TARO, &key).await.succeeds_with(200);
    shows(&stack, &SHOKO, &key)
        .await
        .is_refused_with(404, "member-not-matched");

    let trail = trail(&stack, "insurer#jkc").await;
    let outcomes: Vec<_> = trail
        .iter()
        .filter(|(name, _)| name == "letter-keys")
        .collect();
    assert_eq!(outcomes.len(), 2, "{trail:?}");
    let shown = run(&stack, &["insurer", "show", "jkc"]);
    assert!(
        shown.done().contains(drawn["sha256"].as_str().unwrap()),
        "{}",
        shown.out
    );
    let shown = run_why(&stack, &["member", "show", TARO_ON_THE_CARD]);
    assert!(shown.done().contains("yes, drawn at"), "{}", shown.out);

    // Nobody is drawn another, and nothing is written over.
    draw(&stack, &out, &[]).failed(2, "nothing is written over it");
    let again = folder.path().join("again.csv");
    draw(&stack, &again, &[]).failed(4, "everybody has a key");
    assert!(!again.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_letter_is_in_the_next_file_and_the_former_key_is_good_until_then() {
    let (stack, folder) = printing().await;
    let [first, second, third] = ["1.csv", "2.csv", "3.csv"].map(|name| folder.path().join(name));
    let asked = run_yes(&stack, &["member", "letter", TARO_ON_THE_CARD]);
    asked.failed(4, "has no key yet");
    draw(&stack, &first, &[]).done();
    let former = key_of(&first, &TARO).unwrap();

    let asked = run_yes(&stack, &["member", "letter", TARO_ON_THE_CARD]);
    assert!(asked.done().contains("新しいご案内を"), "{}", asked.out);
    let asked = run_yes(&stack, &["member", "letter", TARO_ON_THE_CARD]);
    asked.failed(4, "was asked for at");
    let shown = run_why(&stack, &["member", "show", TARO_ON_THE_CARD]);
    assert!(
        shown.done().contains("another one wanted since"),
        "{}",
        shown.out
    );
    shows(&stack, &TARO, &former).await.succeeds_with(200);

    draw(&stack, &second, &[]).done();
    assert_eq!(printed(&second).len(), 1);
    let next = key_of(&second, &TARO).unwrap();
    shows(&stack, &TARO, &next).await.succeeds_with(200);
    shows(&stack, &TARO, &former)
        .await
        .is_refused_with(404, "member-not-matched");
    let trail = trail(&stack, "jkc#1#jvc0211").await;
    for event in [("member-letter", "done"), ("letter-keys", "drawn-anew")] {
        let event = (event.0.to_owned(), event.1.to_owned());
        assert!(trail.contains(&event), "{trail:?}");
    }

    // Or at once, for who is named.
    draw(&stack, &third, &["--anew", "jkc/01/nobody"]).failed(3, "is not in the roster of jkc");
    draw(&stack, &third, &["--anew", TARO_ON_THE_CARD]).done();
    shows(&stack, &TARO, &next)
        .await
        .is_refused_with(404, "member-not-matched");
    let last = key_of(&third, &TARO).unwrap();
    shows(&stack, &TARO, &last).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_run_drew_that_has_not_ended_is_drawn_anew_and_nobodys_key_is_unknown() {
    let (stack, folder) = printing().await;
    let (out, other) = (
        folder.path().join("jkc.csv"),
        folder.path().join("other.csv"),
    );
    // The keys are written, and the note of the end is not.
    let slow = Fault::new(FaultKind::Latency(Duration::from_millis(1_500))).table("Members");
    stack.faults().inject(slow.action("TransactWriteItems"));
    let mut under_way = command(&stack, &[&words(&out, &["--yes"])[..], &WHY].concat());
    let under_way = under_way
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !stack.items_of("Insurers", "jkc")[0].contains_key("letter_run") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let failing = Fault::new(FaultKind::InternalError).table("Insurers");
    stack.faults().inject(failing.action("TransactWriteItems"));
    // Beside it, nothing else begins.
    draw(&stack, &other, &[]).failed(4, "are being drawn since");
    let ran = Ran::from(under_way.wait_with_output().unwrap());
    ran.failed(1, "repeat the command with --resume");
    stack.faults().clear();

    assert!(!out.exists());
    let part = PathBuf::from(format!("{}.part", out.display()));
    let void = key_of(&part, &TARO).unwrap();
    assert!(row(&stack, &TARO).contains_key("letter_key"));
    draw(&stack, &other, &[]).failed(4, "are being drawn since");
    let shown = run(&stack, &["insurer", "show", "jkc"]);
    assert!(shown.done().contains("not ended"), "{}", shown.out);
    let import = roster_of(&stack, folder.path());
    run_yes(
        &stack,
        &["roster", "import", &import, "--insurer", "jkc", "--full"],
    )
    .failed(4, "are being drawn since");

    draw(&stack, &out, &["--resume"]).failed(4, "If its SHA-256 is the one");
    fs::remove_file(&part).unwrap();
    let resumed = draw(&stack, &out, &["--resume", "--json"]).json();
    assert_eq!(resumed["keys"], members_of_jkc(&stack));
    let key = key_of(&out, &TARO).unwrap();
    assert_ne!(key, void);
    shows(&stack, &TARO, &key).await.succeeds_with(200);
    shows(&stack, &TARO, &void)
        .await
        .is_refused_with(404, "member-not-matched");
    draw(&stack, &other, &["--resume"]).failed(4, "nothing was interrupted");

    // A file that is lost later is made good by its run.
    let run = resumed["run"].as_str().unwrap();
    draw(&stack, &other, &["--redraw", run]).done();
    assert_eq!(printed(&other).len(), printed(&out).len());
    shows(&stack, &TARO, &key)
        .await
        .is_refused_with(404, "member-not-matched");
}

/// The roster as a file, with another name for Taro.
fn roster_of(stack: &TestStack, folder: &Path) -> String {
    let cell = |item: &local::Item, name: &str| item[name]["S"].as_str().unwrap().to_owned();
    let mut rows =
        "insurer_code,symbol,number,branch,relationship,birth_date,name,name_kana\n".to_owned();
    for item in stack.items_of("Members", "jkc#") {
        let [symbol, number, born, name, kana] =
            ["symbol", "number", "birth_date", "name", "name_kana"].map(|name| cell(&item, name));
        let name = if number == TARO.number {
            "健保 太朗".to_owned()
        } else {
            name
        };
        let row = [&symbol, &number, "00", "insured", &born, &name, &kana];
        rows.extend(["jkc,", &row.join(","), "\n"]);
    }
    let path = folder.join("roster.csv");
    fs::write(&path, rows).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_keeps_the_keys_but_of_a_number_that_went_to_somebody_else() {
    let (stack, folder) = printing().await;
    let out = folder.path().join("jkc.csv");
    draw(&stack, &out, &[]).done();
    let key = key_of(&out, &TARO).unwrap();
    let import = roster_of(&stack, folder.path());
    let words = ["roster", "import", &import, "--insurer", "jkc"];
    run_yes(&stack, &[&words[..], &["--full"]].concat()).done();
    assert_eq!(row(&stack, &TARO)["name"]["S"], "健保 太朗");
    shows(&stack, &TARO, &key).await.succeeds_with(200);

    let of_other = fs::read_to_string(&import).unwrap();
    let rows = of_other.lines().map(|row| {
        if row.contains(TARO.number) {
            format!(
                "jkc,01,{},00,insured,1990-09-09,別人 一郎,ベツジン イチロウ",
                TARO.number
            )
        } else {
            row.to_owned()
        }
    });
    fs::write(&import, rows.collect::<Vec<_>>().join("\n")).unwrap();
    let words = [&words[..], &["--full", "--other-persons", "1"]].concat();
    run_yes(&stack, &words).done();
    let row = row(&stack, &TARO);
    assert_eq!(row["birth_date"]["S"], "1990-09-09");
    assert!(
        !row.keys().any(|name| name.starts_with("letter")),
        "{row:?}"
    );
    // The member who has the number now comes into the next file.
    let next = folder.path().join("next.csv");
    draw(&stack, &next, &[]).done();
    assert_eq!(printed(&next).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_survey_ends_the_letters_of_the_one_before_and_keeps_those_that_were_printed_for_it()
{
    let (stack, folder) = printing().await;
    let has_deadline = |deadline: &str| {
        let mut jkc = stack.items_of("Insurers", "jkc").remove(0);
        jkc.insert("survey_deadline".to_owned(), json!({"S": deadline}));
        stack.puts("Insurers", &jkc);
    };
    let reset = |deadline: &str| {
        let words = [
            "campaign",
            "reset",
            "--insurer",
            "jkc",
            "--deadline",
            deadline,
        ];
        let planned = run_why(&stack, &[&words[..], &["--dry-run"]].concat());
        run_why(&stack, &[&words[..], &["--confirm", "jkc=0"]].concat()).done();
        planned.done().to_owned()
    };
    let [first, second, third] = ["1.csv", "2.csv", "3.csv"].map(|name| folder.path().join(name));
    has_deadline("2998-01-29");
    draw(&stack, &first, &[]).done();
    let former = key_of(&first, &TARO).unwrap();
    shows(&stack, &TARO, &former).await.succeeds_with(200);
    // An operator who forgot to print new ones is told.
    assert!(reset("2999-01-29").contains("are for another deadline, and end"));
    shows(&stack, &TARO, &former)
        .await
        .is_refused_with(404, "member-not-matched");
    let shown = run_why(&stack, &["member", "show", TARO_ON_THE_CARD, "--json"]).json();
    assert_eq!(shown["letterKeyDrawnAt"], Value::Null);
    draw(&stack, &second, &[]).done();
    assert_eq!(printed(&second).len(), printed(&first).len());
    // The next year's are printed weeks before their survey begins.
    has_deadline("3000-01-29");
    draw(&stack, &third, &[]).failed(4, "everybody has a key");
    draw(&stack, &third, &["--new-survey"]).done();
    assert_eq!(printed(&third).len(), printed(&first).len());
    assert!(reset("3000-01-29").contains("are for this deadline, and stay"));
    let next = key_of(&third, &TARO).unwrap();
    shows(&stack, &TARO, &next).await.succeeds_with(200);
    // Another deadline alone ends nothing.
    has_deadline("3000-02-28");
    shows(&stack, &TARO, &next).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_small_numbers_there_is_an_insert_of_each() {
    let (stack, folder) = printing().await;
    let out = folder.path().join("jkc.csv");
    draw(&stack, &out, &[]).done();
    let one = folder.path().join("one.csv");
    let inserts = folder.path().join("inserts");
    let words = [
        "--inserts",
        inserts.to_str().unwrap(),
        "--anew",
        TARO_ON_THE_CARD,
    ];
    draw(&stack, &one, &words).done();
    assert_eq!(
        fs::metadata(&inserts).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let names: Vec<_> = fs::read_dir(&inserts)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["0001.pdf"]);
    assert!(
        fs::read(inserts.join("0001.pdf"))
            .unwrap()
            .starts_with(b"%PDF-")
    );
    assert!(fs::read_to_string(&one).unwrap().contains(",0001.pdf"));
    // A member who is moved takes the key along, and one who is erased leaves nothing of it.
    let key = key_of(&one, &TARO).unwrap();
    run_yes(
        &stack,
        &["member", "move", TARO_ON_THE_CARD, "jkc/01/jvc9999"],
    )
    .done();
    let mut moved = TARO.identity_with("letterKey", key);
    moved["number"] = json!("jvc9999");
    moved["nameKana"] = json!("けんぽ　たろう");
    let mut browser = stack.browser();
    browser.at(now());
    browser.verify(&moved).await.succeeds_with(200);
    let disclosed = folder.path().join("disclosed.txt");
    let disclose = [
        "member",
        "disclose",
        "jkc/01/jvc9999",
        "--out",
        disclosed.to_str().unwrap(),
    ];
    run_why(&stack, &disclose).done();
    let text = fs::read_to_string(&disclosed).unwrap();
    assert!(
        text.contains("手紙の確認キーの照合値：（保存していますが"),
        "{text}"
    );
    assert!(text.contains("手紙の確認キーを作成した日時：20"), "{text}");
}
