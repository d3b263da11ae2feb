//! An insurer whose rule for 記号 and 番号 changes when members have accounts.

use serde_json::{Value, json};
use tests::TestStack;

use super::{Files, HEADER};
use crate::{
    Ran, WHY, command_of, now,
    restore::{is_restored, restored},
    run, run_yes,
};
use local::OPERATOR_KEY;

const ICHIRO: &str = "demo,01,1001-1,00,insured,1980-01-01,健保 一郎,ケンポ イチロウ\n";
const JIRO: &str = "demo,01,10011,00,insured,1990-02-02,別人 次郎,ベツジン ジロウ\n";

/// Makes hyphens count at the insurer, or not.
fn keep_hyphens(stack: &TestStack, files: &Files, keep: bool) {
    let mut insurer = run(stack, &["insurer", "show", "demo", "--json"]).json();
    insurer["keepHyphens"] = json!(keep);
    let file = files.with("demo.json", insurer.to_string());
    let put = ["insurer", "put", &file];
    run_yes(stack, &put).failed(4, "say --rekey");
    run_yes(stack, &[&put[..], &["--rekey"]].concat()).done();
}

/// Imports with the rights of who may move members, too.
fn import(stack: &TestStack, file: &str, words: &[&str]) -> Ran {
    let command = [
        "roster",
        "import",
        file,
        "--insurer",
        "demo",
        "--delta",
        "--yes",
    ];
    Ran::of(command_of(
        stack,
        OPERATOR_KEY,
        &[&command[..], words, &WHY].concat(),
    ))
}

fn imported(stack: &TestStack, file: &str) -> Value {
    import(stack, file, &["--json"]).json()
}

#[track_caller]
fn is_refused(ran: &Ran, said: &str) {
    assert_eq!(ran.code, 4, "{}", ran.out);
    assert!(ran.err.contains(said), "{}", ran.err);
}

fn ids(stack: &TestStack) -> Vec<String> {
    let of = |item: &local::Item| item["member"]["S"].as_str().unwrap().to_owned();
    let mut ids: Vec<_> = stack.items_of("Members", "demo#").iter().map(of).collect();
    ids.retain(|id| !id.starts_with("demo##"));
    ids.sort();
    ids
}

async fn verifies(stack: &TestStack, number: &str, name: &str, born: &str) -> u16 {
    let mut browser = stack.browser();
    browser.at(now());
    let identity = json!({
        "insurerCode": "demo", "symbol": "01", "number": number, "birthDate": born, "nameKana": name,
    });
    browser.verify(&identity).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_members_that_hyphens_tell_apart_are_two_once_the_insurer_says_so() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let of_ichiro = files.with_rows(ICHIRO);
    imported(&stack, &of_ichiro);
    assert_eq!(ids(&stack), ["demo#1#10011"]);
    // Hyphens do not count: the member leaves them out, and has an account.
    let mut browser = stack.browser();
    browser.at(now());
    let identity = json!({
        "insurerCode": "demo", "symbol": "1", "number": "10011", "birthDate": "1980-01-01",
        "nameKana": "ケンポ イチロウ",
    });
    browser.verify(&identity).await.succeeds_with(200);
    let user = json!({"userId": "ichiro", "password": "hanami-2026", "email": "ichiro@example.jp"});
    browser.create_user(&user).await.succeeds_with(201);
    browser.send_code().await.succeeds_with(202);
    let code = stack.newest_code_to("ichiro@example.jp");
    browser.confirm(&code).await.succeeds_with(200);

    // Then somebody comes whom only a hyphen tells apart.
    let both = files.with_rows(&[ICHIRO, JIRO].concat());
    is_refused(&import(&stack, &both, &[]), "needs keepHyphens");
    keep_hyphens(&stack, &files, true);
    // Until the import nobody is found by the new rule, and who has an account logs in.
    assert_eq!(
        verifies(&stack, "1001-1", "ケンポ イチロウ", "1980-01-01").await,
        404
    );
    let mut browser = stack.browser();
    browser.at(now());
    browser
        .login("ichiro", "hanami-2026")
        .await
        .succeeds_with(200);
    let told = imported(&stack, &both);
    let counts = ["moved", "new", "changed", "leavers"].map(|name| told[name].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 0, 0], "{told:#}");
    assert_eq!(ids(&stack), ["demo#1#1001-1", "demo#1#10011"]);
    stack.has_nothing_left_over();
    let findings = run(&stack, &["check", "--json"]).json();
    assert_eq!(findings["findings"], json!([]));

    // The account came along; whoever types a hyphen, of whatever kind, is told apart.
    let mut browser = stack.browser();
    browser.at(now());
    browser
        .login("ichiro", "hanami-2026")
        .await
        .succeeds_with(200);
    for number in ["1001-1", "１００１ー１", " 1001 − 1"] {
        assert_eq!(
            verifies(&stack, number, "ケンポ イチロウ", "1980-01-01").await,
            409,
            "{number}"
        );
    }
    assert_eq!(
        verifies(&stack, "10011", "ケンポ イチロウ", "1980-01-01").await,
        404
    );
    assert_eq!(
        verifies(&stack, "10011", "ベツジン ジロウ", "1990-02-02").await,
        200
    );
    assert_eq!(
        verifies(&stack, "1001-1", "ベツジン ジロウ", "1990-02-02").await,
        404
    );

    // The same file again writes nothing. Back there is no way, for two would be one.
    let again = imported(&stack, &both);
    assert_eq!(again["written"], 0, "{again:#}");
    keep_hyphens(&stack, &files, false);
    let before = stack.snapshot_without(&["Audit"]);
    is_refused(&import(&stack, &of_ichiro, &[]), "take it back");
    assert_eq!(stack.snapshot_without(&["Audit"]), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_rule_moves_who_is_in_no_row_of_the_file_too() {
    let (stack, files) = (TestStack::start().await, Files::new());
    imported(&stack, &files.with_rows(ICHIRO));
    keep_hyphens(&stack, &files, true);
    let saburo = "demo,01,1003,00,insured,1982-01-01,健保 三郎,ケンポ サブロウ\n";
    let file = files.with_rows(saburo);
    let told = imported(&stack, &file);
    assert_eq!(
        (&told["moved"], &told["new"]),
        (&1.into(), &1.into()),
        "{told:#}"
    );
    assert_eq!(ids(&stack), ["demo#1#1001-1", "demo#1#1003"]);

    // Which number is the former one is not guessed in the same import.
    keep_hyphens(&stack, &files, false);
    let renumbered = files.with(
        "renumbered.csv",
        format!("former,{HEADER}1003,{}", saburo.replace("1003", "1004")),
    );
    let mapping = files.with(
        "mapping.toml",
        "[columns]\nsymbol = 'symbol'\nnumber = 'number'\nformerNumber = 'former'\nname = 'name'\n\
         kana = 'name_kana'\nbirthDate = 'birth_date'\n",
    );
    let words = ["--mapping", &mapping];
    is_refused(&import(&stack, &renumbered, &words), "without formerSymbol");
    imported(&stack, &file);
    assert_eq!(ids(&stack), ["demo#1#10011", "demo#1#1003"]);
    import(&stack, &renumbered, &words).done();
    assert_eq!(ids(&stack), ["demo#1#10011", "demo#1#1004"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_from_before_a_changed_rule_makes_nobody_two() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let of_ichiro = files.with_rows(ICHIRO);
    imported(&stack, &of_ichiro);
    is_restored(&stack, "Members");
    keep_hyphens(&stack, &files, true);
    imported(&stack, &of_ichiro);
    assert_eq!(ids(&stack), ["demo#1#1001-1"]);
    // The row of before is missing here, and its member is not.
    let told = restored(&stack, "members", &["--insurer", "demo"]);
    let of = |told: &Value| {
        ["rekeyed", "missing", "written"].map(|name| told[name].as_u64().unwrap_or(0))
    };
    assert_eq!(of(&told), [1, 0, 0], "{told:#}");
    assert_eq!(ids(&stack), ["demo#1#1001-1"]);
    assert_eq!(imported(&stack, &of_ichiro)["moved"], 0);

    // A member who is lost under either key comes back under the former one, and the next import moves them.
    let row = json!({"member": {"S": "demo#1#1001-1"}});
    let table = stack.database().real_name("Members").unwrap();
    let delete = json!({"TableName": table, "Key": row});
    stack.database().call("DeleteItem", &delete).unwrap();
    let told = restored(&stack, "members", &["--insurer", "demo"]);
    assert_eq!(of(&told), [0, 1, 1], "{told:#}");
    assert_eq!(ids(&stack), ["demo#1#10011"]);
    assert_eq!(imported(&stack, &of_ichiro)["moved"], 1);
    assert_eq!(ids(&stack), ["demo#1#1001-1"]);

    // Where the key of before is somebody else's by now, that row stays.
    imported(&stack, &files.with_rows(&[ICHIRO, JIRO].concat()));
    let before = stack.snapshot_without(&["Audit"]);
    let told = restored(&stack, "members", &["--insurer", "demo"]);
    assert_eq!(
        (&told["differ"], &told["written"]),
        (&1.into(), &Value::Null),
        "{told:#}"
    );
    assert_eq!(stack.snapshot_without(&["Audit"]), before);
}
