//! The end of a life: what is kept of one person is disclosed and erased, and all of an insurer when its contract ends.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use local::{Fault, FaultKind};
use serde_json::{Value, json};
use store::check::Rule;
use tempfile::tempdir;
use tests::{HANAKO, Member, SHOKO, TARO, TestStack};

use crate::{
    Ran,
    check::lived_in,
    restore::{is_restored, restored},
    run, run_why, run_yes, trail,
};

/// 健保 太郎, as commands take him.
const MEMBER: &str = "jkc/01/jvc0211";
const ERASE: [&str; 3] = ["member", "erase", MEMBER];

fn erase(stack: &TestStack, words: &[&str]) -> Ran {
    run_why(stack, &[&ERASE[..], words].concat())
}

fn erased(stack: &TestStack) -> Ran {
    erase(stack, &["--confirm", "jkc/1/jvc0211"])
}

/// What is left anywhere but in the audit trail that has one of these words in it.
fn left_of(stack: &TestStack, words: &[&str]) -> Vec<String> {
    let tables = stack.database().names().filter(|table| *table != "Audit");
    let items = tables.flat_map(|table| stack.items(table));
    let texts = items.map(|item| Value::Object(item.into_iter().collect()).to_string());
    texts
        .filter(|text| words.iter().any(|word| text.contains(word)))
        .collect()
}

#[track_caller]
fn all_is_as_it_must_be(stack: &TestStack) {
    let checked = run(stack, &["check", "--json"]).json();
    assert_eq!(checked["findings"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_kept_is_disclosed_in_words_and_nothing_that_opens_something() {
    let (stack, folder) = (lived_in().await, tempdir().unwrap());
    stack.loads(
        &json!({"addresses": [{"email": TARO.email, "bouncedAt": ["2026-11-01T00:00:00Z"]}]}),
    );
    // What the desk has done is kept, too.
    run_yes(&stack, &["member", "open", MEMBER]).done();
    run_yes(&stack, &["account", "unlock", TARO.user_id]).done();
    let out = folder.path().join("people/taro.txt");
    let out = out.to_str().unwrap();
    let words = ["member", "disclose", MEMBER, "--out", out];
    let done = run_why(&stack, &words);
    for secret in [TARO.name, TARO.email] {
        assert!(!done.done().contains(secret), "{}", done.out);
    }
    let text = fs::read_to_string(out).unwrap();
    for part in [
        TARO.name,
        TARO.email,
        "ケンホタロウ",
        "生年月日：1980-01-01",
        "■ アカウント",
        "■ パスワード再設定の手続き",
        "■ 回数の記録",
        "■ メールアドレスの状態",
        "本人確認　ご本人の画面から",
        "同意した利用規約と日時：2023-09-01＝2026-",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    let accounts = stack.items_of("Accounts", "user#");
    let hash = accounts[0]["password_hash"]["S"].as_str().unwrap();
    assert!(!text.contains(hash), "{text}");
    let labels = text
        .lines()
        .filter_map(|line| line.strip_prefix('　')?.split_once('：'));
    for (label, _) in labels {
        assert!(!label.is_ascii(), "{label} has no name in Japanese");
    }
    assert_eq!(
        fs::metadata(out).unwrap().permissions().mode() & 0o777,
        0o600
    );
    run_why(&stack, &words).failed(2, "is there already");
    let nobody = ["member", "disclose", "jkc/9/9", "--out", "nowhere.txt"];
    run_why(&stack, &nobody).failed(3, "nothing is kept");
    let told = trail(&stack, "jkc#1#jvc0211").await;
    assert!(told.contains(&("member-disclose".to_owned(), "done".to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_erased_is_nowhere_and_no_restore_brings_them_back() {
    let stack = lived_in().await;
    for table in ["Members", "Accounts"] {
        is_restored(&stack, table);
    }
    let before = stack.snapshot_without(&["Audit"]);
    let rehearsed = erase(&stack, &["--dry-run"]);
    assert!(
        rehearsed
            .done()
            .contains("To do it: --confirm jkc/1/jvc0211")
    );
    erase(&stack, &["--yes"]).failed(4, "--yes is not enough");
    erase(&stack, &["--confirm", "jkc/1/jvc0212"]).failed(4, "it is jkc/1/jvc0211 now");
    assert_eq!(stack.snapshot_without(&["Audit"]), before);

    erased(&stack).done();
    let left = left_of(
        &stack,
        &["jkc#1#jvc0211", TARO.email, "kenpo-taro", "Kenpo-Taro"],
    );
    assert_eq!(left, [] as [&str; 0]);
    assert!(
        !left_of(&stack, &["jkc#1#jvc0212"]).is_empty(),
        "others stay"
    );
    all_is_as_it_must_be(&stack);
    erased(&stack).failed(3, "nothing is kept");
    let told = trail(&stack, "kenpo-taro").await;
    assert_eq!(
        told.last(),
        Some(&("member-erase".to_owned(), "done".to_owned()))
    );

    for table in ["members", "accounts"] {
        let told = restored(&stack, table, &[]);
        assert_eq!(
            (&told["erased"], &told["missing"]),
            (&json!(1), &json!(0)),
            "{table}"
        );
    }
    assert_eq!(left_of(&stack, &["jkc#1#jvc0211"]), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_came_back_after_all_is_named_by_the_check() {
    let stack = lived_in().await;
    let accounts = stack.items("Accounts");
    erased(&stack).done();
    stack.breaks(&[Rule::Erased]);
    for account in &accounts {
        stack.database().put("Accounts", account).unwrap();
    }
    let checked = run(&stack, &["check", "--json"]);
    assert!(
        checked.err.contains("\"found\"") || checked.code == 5,
        "{}",
        checked.err
    );
    assert!(checked.out.contains("\"erased\""), "{}", checked.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_somebody_else_has_stays_known() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.has_account(Member {
        email: TARO.email,
        ..SHOKO
    });
    stack.loads(
        &json!({"addresses": [{"email": TARO.email, "bouncedAt": ["2026-11-01T00:00:00Z"]}]}),
    );
    let known = stack.items("Addresses");
    let done = erased(&stack);
    assert!(
        done.done().contains("another member has the address"),
        "{}",
        done.out
    );
    assert_eq!(stack.items("Addresses"), known);
    erase(&stack, &["--dry-run"]).failed(3, "nothing is kept");
    run_why(
        &stack,
        &[
            "member",
            "erase",
            "jkc/01/jvc0212",
            "--confirm",
            "jkc/1/jvc0212",
        ],
    )
    .done();
    assert!(stack.items("Addresses").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_interrupted_is_erased_by_the_same_command() {
    let stack = lived_in().await;
    for (table, action) in [("Accounts", "DeleteItem"), ("Resets", "DeleteItem")] {
        let fault = Fault::new(FaultKind::InternalError)
            .table(table)
            .action(action);
        stack.faults().inject(fault.times(3));
        let ran = erased(&stack);
        stack.faults().clear();
        if ran.code != 0 {
            ran.failed(1, "InternalServerError");
        }
    }
    let again = erased(&stack);
    assert!([0, 3].contains(&again.code), "{}", again.err);
    assert_eq!(
        left_of(&stack, &["jkc#1#jvc0211", TARO.email]),
        [] as [&str; 0]
    );
    all_is_as_it_must_be(&stack);
}

fn remove(stack: &TestStack, certificate: &Path, words: &[&str]) -> Ran {
    let certificate = certificate.to_str().unwrap();
    let all = ["insurer", "remove", "jkc", "--certificate", certificate];
    run_why(stack, &[&all[..], words].concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_insurer_that_is_removed_nothing_is_left_and_others_notice_nothing() {
    let (stack, folder) = (lived_in().await, tempdir().unwrap());
    stack.journey(HANAKO).terms_accepted().await;
    for table in ["Members", "Accounts", "Insurers"] {
        is_restored(&stack, table);
    }
    let of_demo = |stack: &TestStack| left_of(stack, &["demo", HANAKO.email]);
    let (before, demo) = (stack.snapshot_without(&["Audit"]), of_demo(&stack));
    let certificate = folder.path().join("jkc.txt");
    let rehearsed = remove(&stack, &certificate, &["--dry-run"]);
    assert!(
        rehearsed.done().contains("--confirm jkc=17"),
        "{}",
        rehearsed.out
    );
    remove(&stack, &certificate, &["--confirm", "jkc=16"]).failed(4, "it is jkc=17 now");
    assert_eq!(stack.snapshot_without(&["Audit"]), before);

    remove(&stack, &certificate, &["--confirm", "jkc=17"]).done();
    let words = ["jkc", TARO.email, SHOKO.email, "kenpo-taro"];
    assert_eq!(left_of(&stack, &words), [] as [&str; 0]);
    assert_eq!(of_demo(&stack), demo);
    all_is_as_it_must_be(&stack);
    let text = fs::read_to_string(&certificate).unwrap();
    for part in [
        "個人データ消去証明書",
        "17 名を消去",
        "1 件を消去",
        "Accounts　0 件",
        "Members　0 件",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let event = |outcome: &str| ("insurer-remove".to_owned(), outcome.to_owned());
    assert_eq!(
        trail(&stack, "insurer#jkc").await,
        [event("begun"), event("done")]
    );
    for (table, erased) in [("members", 17), ("accounts", 1), ("insurers", 1)] {
        let told = restored(&stack, table, &[]);
        assert_eq!(
            (&told["erased"], &told["missing"]),
            (&json!(erased), &json!(0)),
            "{table}"
        );
    }
    assert_eq!(left_of(&stack, &words), [] as [&str; 0]);
    // An operator who lost the certificate gets another.
    remove(&stack, &certificate, &[]).failed(2, "is there already");
    fs::remove_file(&certificate).unwrap();
    remove(&stack, &certificate, &[]).done();
    assert!(
        fs::read_to_string(&certificate)
            .unwrap()
            .contains("Members　0 件")
    );
    let other = folder.path().join("nobody.txt");
    let all = [
        "insurer",
        "remove",
        "nobody",
        "--certificate",
        other.to_str().unwrap(),
    ];
    run_why(&stack, &all).failed(3, "there is no insurer nobody");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_that_was_interrupted_lets_nothing_beside_it_and_is_finished_by_the_same_command()
{
    let (stack, folder) = (lived_in().await, tempdir().unwrap());
    let certificate = folder.path().join("jkc.txt");
    let fault = Fault::new(FaultKind::InternalError)
        .table("Insurers")
        .action("DeleteItem");
    stack.faults().inject(fault);
    remove(&stack, &certificate, &["--confirm", "jkc=17"]).failed(1, "TransactWriteItems failed");
    stack.faults().clear();
    assert!(!certificate.exists());
    let file = run(&stack, &["insurer", "show", "jkc", "--json"]).json();
    let path = folder.path().join("jkc.json");
    let mut changed = file;
    changed["hours"] = json!("いつでも");
    fs::write(&path, changed.to_string()).unwrap();
    run_yes(&stack, &["insurer", "put", path.to_str().unwrap()]).failed(4, "is being removed");
    let roster = folder.path().join("roster.csv");
    fs::write(
        &roster,
        "insurer_code,symbol,number,branch,relationship,birth_date,name,name_kana\n\
         jkc,01,jvc0211,00,insured,1980-01-01,健保 太郎,ケンポ タロウ\n",
    )
    .unwrap();
    let import = [
        "roster",
        "import",
        roster.to_str().unwrap(),
        "--insurer",
        "jkc",
        "--delta",
    ];
    for words in [&[][..], &["--take-over"]] {
        run_yes(&stack, &[&import[..], words].concat()).failed(4, "is being removed");
    }
    remove(&stack, &certificate, &["--confirm", "jkc=0"]).done();
    assert_eq!(left_of(&stack, &["jkc", TARO.email]), [] as [&str; 0]);
    assert!(certificate.exists());
}
