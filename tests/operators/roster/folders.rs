//! Files of several insurers in one folder: rehearsed by one, approved by another, and written then.

use std::fs;

use serde_json::Value;
use tests::{Dress, GeneratedRoster, TestStack};

use super::{DEMO, Files, HEADER, imported, members};
use crate::{APPROVAL, Ran, SURVEY, WHY, command_of, run, trail};

const OF_JKC: GeneratedRoster = GeneratedRoster {
    insurer: "jkc",
    members: 60,
};
/// Our own columns.
const COLUMNS: &str = "[columns]\ninsurer = 'insurer_code'\nsymbol = 'symbol'\nnumber = 'number'\nname = 'name'\n\
                       kana = 'name_kana'\nbirthDate = 'birth_date'\nrelationship = 'relationship'\n\
                       [relationship]\ninsured = ['insured']\ndependants = ['dependant']\n[symbol]\nempty = 'none'\n\
                       [limits]\nleavers = 100\n";

fn delivery(code: &str, file: &str) -> String {
    format!("{COLUMNS}[delivery]\ninsurer = '{code}'\nfile = '{file}'\nmode = 'full'\n")
}

/// A folder of two insurers' files, and of a mapping without one.
fn folder() -> (Files, String) {
    let files = Files::new();
    files.with("demo.toml", delivery("demo", "demo*.csv"));
    files.with("jkc.toml", delivery("jkc", "jkc.csv"));
    let third = "demo,,100003,00,insured,1990-01-01,見本 三郎,ミホン サブロウ\n";
    files.with("demo-11.csv", format!("{HEADER}{DEMO}{third}"));
    files.generated("jkc.csv", OF_JKC, Dress::OURS);
    let folder = files.path("").to_str().unwrap().to_owned();
    (files, folder)
}

fn by(stack: &TestStack, key: &str, words: &[&str]) -> Ran {
    Ran::of(command_of(stack, key, &[words, &WHY].concat()))
}

fn import(stack: &TestStack, folder: &str, words: &[&str]) -> Ran {
    let command = ["roster", "import", "--all", folder, "--yes"];
    by(stack, SURVEY, &[&command[..], words].concat())
}

fn approve(stack: &TestStack, key: &str, folder: &str, words: &[&str]) -> Ran {
    let command = ["roster", "approve", folder];
    by(stack, key, &[&command[..], words].concat())
}

/// What became of each file.
fn states(told: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let insurers = told["insurers"].as_array().unwrap().iter();
    insurers
        .map(|one| (text(one, "insurer"), text(one, "state")))
        .collect()
}

#[track_caller]
fn become_(ran: &Ran, expected: [&str; 2]) {
    assert!(!ran.out.is_empty(), "{}", ran.err);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let expected = ["demo", "jkc"]
        .map(str::to_owned)
        .into_iter()
        .zip(expected.map(str::to_owned));
    assert_eq!(states(&told), expected.collect::<Vec<_>>(), "{told:#}");
}

fn reply(files: &Files, name: &str) -> String {
    fs::read_to_string(files.path("reports").join(name)).unwrap()
}

async fn outcomes(stack: &TestStack, code: &str) -> Vec<String> {
    let events = trail(stack, &format!("insurer#{code}")).await;
    events
        .into_iter()
        .map(|(name, outcome)| format!("{name} {outcome}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_before_another_principal_has_approved_it() {
    let stack = TestStack::start().await;
    let (files, folder) = folder();
    let before = stack.snapshot_without(&["Audit"]);
    become_(
        &import(&stack, &folder, &["--json"]),
        ["rehearsed", "rehearsed"],
    );
    become_(
        &import(&stack, &folder, &["--json"]),
        ["rehearsed", "rehearsed"],
    );
    // Whatever name is typed: it is AWS that says who approves.
    let words = [
        "roster",
        "approve",
        &folder,
        "--yes",
        "--reason",
        "r",
        "--operator",
        "tanaka",
    ];
    let own = Ran::of(command_of(&stack, SURVEY, &words));
    own.failed(4, "the same AWS principal has rehearsed it (suzuki)");
    assert_eq!(stack.snapshot_without(&["Audit"]), before);
    assert_eq!(
        outcomes(&stack, "demo").await,
        [
            "roster-import rehearsed",
            "roster-import rehearsed",
            "roster-approve own-rehearsal"
        ]
    );

    let rehearsed = approve(&stack, APPROVAL, &folder, &["--dry-run"]);
    let line = "demo: ";
    assert!(rehearsed.done().contains(line), "{}", rehearsed.out);
    become_(
        &import(&stack, &folder, &["--json"]),
        ["rehearsed", "rehearsed"],
    );
    approve(&stack, APPROVAL, &folder, &["--yes"]).done();
    let rehearsal = ["--dry-run", "--json"];
    let words = ["roster", "import", "--all", &folder];
    become_(
        &by(&stack, SURVEY, &[&words[..], &rehearsal].concat()),
        ["approved", "approved"],
    );
    assert_eq!(stack.snapshot_without(&["Audit"]), before);
    let written = import(&stack, &folder, &["--json"]);
    become_(&written, ["written", "written"]);
    assert_eq!(
        (members(&stack), stack.items_of("Members", "jkc#").len()),
        (3, 60)
    );
    let told: Value = serde_json::from_str(&written.out).unwrap();
    assert_eq!(
        (
            &told["insurers"][0]["written"],
            &told["insurers"][1]["written"]
        ),
        (&1.into(), &77.into())
    );
    // It is used up, and once more changes nothing.
    become_(
        &import(&stack, &folder, &["--json"]),
        ["rehearsed", "nothingToWrite"],
    );
    assert_eq!(stack.items_of("Members", "jkc#").len(), 60);

    let of_jkc = reply(&files, "jkc.csv.reply-3.txt");
    for line in [
        "\u{FEFF}JVCケンウッド健康保険組合 御中\r\n",
        "被保険者　　：60\r\n",
        "追加　　　　：60\r\n",
        "資格喪失　　：17\r\n",
        "担当者の承認のあと、名簿に反映します。",
    ] {
        assert!(of_jkc.contains(line), "{of_jkc}");
    }
    // Of three people it does not say how many changed.
    let of_demo = reply(&files, "demo-11.csv.reply.txt");
    assert!(
        of_demo.contains("追加　　　　：1\r\n") && !of_demo.contains("変更　"),
        "{of_demo}"
    );
    assert!(reply(&files, "jkc.csv.reply-5.txt").contains("名簿に反映しました。"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_holds_for_these_bytes_this_mapping_and_these_numbers() {
    let stack = TestStack::start().await;
    let (files, folder) = folder();
    import(&stack, &folder, &[]).done();
    approve(&stack, APPROVAL, &folder, &["--yes"]).done();
    let before = stack.snapshot_without(&["Audit"]);
    // Another byte, and another way to read it.
    let file = files.path("demo-11.csv");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("三郎", "三朗")).unwrap();
    let mapping = delivery("jkc", "jkc.csv").replace("leavers = 100", "leavers = 99");
    files.with("jkc.toml", mapping);
    become_(
        &import(&stack, &folder, &["--json"]),
        ["rehearsed", "rehearsed"],
    );
    assert_eq!(stack.snapshot_without(&["Audit"]), before);
    // The first file again; but somebody has come into the roster meanwhile, beside the command.
    fs::write(&file, text).unwrap();
    files.with("jkc.toml", delivery("jkc", "jkc.csv"));
    let mut row = stack.items_of("Members", "jkc#").remove(0);
    row.insert("member".to_owned(), serde_json::json!({"S": "jkc#9#9"}));
    stack.database().put("Members", &row).unwrap();
    let ran = import(&stack, &folder, &["--json"]);
    assert_eq!(ran.code, 4, "{}", ran.out);
    become_(&ran, ["written", "refused"]);
    assert!(ran.out.contains("18 would leave, not 17"), "{}", ran.out);
    assert_eq!(stack.items_of("Members", "jkc#").len(), 18);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_taken_back_before_it_is_used() {
    let stack = TestStack::start().await;
    let (_files, folder) = folder();
    import(&stack, &folder, &[]).done();
    let of_demo = ["--insurer", "demo", "--yes"];
    approve(&stack, APPROVAL, &folder, &of_demo).done();
    approve(&stack, APPROVAL, &folder, &of_demo).failed(4, "it is approved already");
    // The person who has rehearsed may say stop.
    approve(
        &stack,
        SURVEY,
        &folder,
        &[&of_demo[..], &["--withdraw"]].concat(),
    )
    .done();
    approve(
        &stack,
        SURVEY,
        &folder,
        &[&of_demo[..], &["--withdraw"]].concat(),
    )
    .failed(4, "it is not approved");
    become_(
        &import(&stack, &folder, &["--json"]),
        ["rehearsed", "rehearsed"],
    );
    approve(&stack, APPROVAL, &folder, &["--insurer", "nobody", "--yes"])
        .failed(3, "has no file of nobody");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_approves_says_how_many_are_beyond_their_limits() {
    let stack = TestStack::start().await;
    let (files, folder) = folder();
    let mapping = delivery("jkc", "jkc.csv").replace("leavers = 100", "leavers = 5");
    files.with("jkc.toml", mapping);
    import(&stack, &folder, &[]).done();
    let told = approve(&stack, APPROVAL, &folder, &["--dry-run"]);
    assert!(
        told.done().contains("leave 17; BEYOND THE LIMIT: leave"),
        "{}",
        told.out
    );
    assert!(
        reply(&files, "jkc.csv.reply.txt").contains("資格喪失になる方が多くなっています（17）")
    );
    approve(&stack, APPROVAL, &folder, &["--yes"]).failed(4, "--beyond 1");
    approve(&stack, APPROVAL, &folder, &["--yes", "--beyond", "2"]).failed(4, "--beyond 1");
    approve(&stack, APPROVAL, &folder, &["--yes", "--beyond", "1"]).done();
    become_(
        &import(&stack, &folder, &["--json"]),
        ["written", "written"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_insurers_damaged_file_stops_nobody_else_and_is_never_approved() {
    let stack = TestStack::start().await;
    let (files, folder) = folder();
    let rows = format!("{HEADER}{}", DEMO.replace("100001", "1.2345678E7"));
    files.with("demo-11.csv", rows);
    let ran = import(&stack, &folder, &["--json"]);
    assert_eq!(ran.code, 4, "{}", ran.out);
    become_(&ran, ["refused", "rehearsed"]);
    // Nothing of a folder is written beside refused rows: the way on is not a flag that --all does not take.
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let why = told["insurers"][0]["why"].as_str().unwrap();
    assert!(why.contains("put the mended file into the folder"), "{why}");
    import(&stack, "s3://rosters/2026-11", &[])
        .failed(2, "aws s3 sync s3://rosters/2026-11 FOLDER");
    let of_demo = reply(&files, "demo-11.csv.reply.txt");
    for line in [
        "■ 修正のお願い\r\n・2行目の「number」：Excelなどが数値に変えたため",
        "問題のある 1 個のセルの一覧：demo-11.csv.refused.csv\r\n",
        "もう一度お送りください。",
    ] {
        assert!(of_demo.contains(line), "{of_demo}");
    }
    assert!(
        files
            .path("reports")
            .join("demo-11.csv.refused.csv")
            .exists()
    );
    let only_demo = ["--insurer", "demo", "--yes"];
    approve(&stack, APPROVAL, &folder, &only_demo).failed(4, "or was refused");
    approve(&stack, APPROVAL, &folder, &["--yes"]).done();
    become_(
        &import(&stack, &folder, &["--json"]),
        ["refused", "written"],
    );
    // Nobody could read it at all, and nobody has sent it.
    files.with("demo-11.csv", "");
    become_(
        &import(&stack, &folder, &["--json"]),
        ["refused", "nothingToWrite"],
    );
    fs::remove_file(files.path("demo-11.csv")).unwrap();
    let told = import(&stack, &folder, &[]);
    assert!(
        told.done().contains("demo  demo*.csv  no file yet"),
        "{}",
        told.out
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fits_no_mapping_stops_all_and_a_mapping_is_its_insurers_alone() {
    let stack = TestStack::start().await;
    let (files, folder) = folder();
    files.with("another.csv", HEADER);
    import(&stack, &folder, &[]).failed(2, "fit no mapping: another.csv");
    let mapping = files.path("jkc.toml").to_str().unwrap().to_owned();
    let file = files.path("jkc.csv").to_str().unwrap().to_owned();
    let words = [
        "roster",
        "import",
        &file,
        "--insurer",
        "demo",
        "--full",
        "--mapping",
        &mapping,
    ];
    run(&stack, &[&words[..], &WHY].concat()).failed(2, "the mapping is that of jkc");
    assert!(stack.items("Audit").is_empty());
    // An import of one file goes on as ever.
    let own = files.with("own.csv", format!("{HEADER}{DEMO}"));
    imported(&stack, &own, &["--full"]);
}
