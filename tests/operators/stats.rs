//! `operator stats`.

use std::fs;

use local::{Fault, FaultKind};
use serde_json::{Value, json};
use store::check::Rule;
use tests::{HANAKO, PEOPLE, SHOKO, START, TARO, TestStack};
use time::Duration;

use crate::{run, run_why, run_yes};

const APRIL: [&str; 4] = ["--from", "2026-04-01", "--to", "2026-04-03"];

/// Five members of jkc who came to each of its steps, over two days, and one of demo.
async fn has_come_so_far(stack: &TestStack) {
    stack.journey(TARO).terms_accepted().await;
    stack.journey(PEOPLE[4]).signed_in().await;
    let mut next_day = stack.journey(SHOKO);
    next_day.browser.at(START + Duration::days(1));
    next_day.verified().await.confirmed().await;
    stack.journey(PEOPLE[5]).user_created().await;
    // Verified twice: counted once.
    let mut twice = stack.journey(PEOPLE[6]).verified().await;
    twice.browser.at(START + Duration::days(1));
    let again = twice.browser.verify(&PEOPLE[6].identity()).await;
    again.succeeds_with(200);
    stack.journey(HANAKO).verified().await;
}

fn members(funnel: &Value) -> Vec<u64> {
    let steps = funnel["steps"].as_array().unwrap().iter();
    steps
        .map(|step| step["members"].as_u64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_members_of_an_insurer_are_counted_by_step_and_day() {
    let stack = TestStack::start().await;
    has_come_so_far(&stack).await;
    let roster = stack.items_of("Members", "jkc#").len();
    let of_jkc = [&["stats", "--insurer", "JKC"], &APRIL[..]].concat();
    let told = run(&stack, &[&of_jkc[..], &["--json"]].concat()).json();
    let funnel = &told["insurers"][0];
    assert_eq!(
        (&funnel["code"], &funnel["roster"]),
        (&json!("jkc"), &json!(roster))
    );
    assert_eq!(members(funnel), [5, 4, 3, 2, 1]);
    let steps = funnel["steps"].as_array().unwrap().iter();
    let no_further: Vec<_> = steps.map(|step| &step["wentNoFurther"]).collect();
    assert_eq!(no_further, [1, 1, 1, 1, 0]);
    assert_eq!(funnel["wentNoFurther"], roster - 5);
    let days = funnel["days"].as_array().unwrap();
    assert_eq!(days.len(), 3);
    assert_eq!(days[0]["members"], json!([4, 3, 2, 2, 1]));
    assert_eq!(days[1]["members"], json!([1, 1, 1, 0, 0]));
    assert_eq!(days[2]["untilThen"], json!([5, 4, 3, 2, 1]));

    let text = run(&stack, &of_jkc);
    let lines: Vec<&str> = text.done().lines().collect();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("verified                   5  "))
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("2026-04-02         1  ")),
        "{}",
        text.out
    );
    let text = run(&stack, &[&["--lang", "ja"], &of_jkc[..]].concat());
    for line in ["本人確認                   5  ", "2026-04-02         1  "] {
        assert!(text.done().contains(line), "{}", text.out);
    }
    assert!(!text.out.contains("verified"), "{}", text.out);
    // The first day is left out of the list and stays in the count.
    let later = [
        "stats",
        "--insurer",
        "jkc",
        "--from",
        "2026-04-02",
        "--to",
        "2026-04-03",
    ];
    let told = run(&stack, &[&later[..], &["--json"]].concat()).json();
    assert_eq!(members(&told["insurers"][0]), [5, 4, 3, 2, 1]);
    assert_eq!(told["insurers"][0]["days"].as_array().unwrap().len(), 2);
    let text = run(&stack, &later);
    assert!(
        text.done().contains("\nbefore             4  "),
        "{}",
        text.out
    );
    assert!(
        stack
            .items_of("Audit", "")
            .iter()
            .all(|event| !event.contains_key("actor"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_insurers_are_told_each_and_together_and_who_left_the_roster_is_not_counted() {
    let stack = TestStack::start().await;
    has_come_so_far(&stack).await;
    stack.database().delete("Members", "jkc#1#jvc0212").unwrap();
    let all = [&["stats", "--all"], &APRIL[..]].concat();
    let told = run(&stack, &[&all[..], &["--json"]].concat()).json();
    let insurers = told["insurers"].as_array().unwrap().iter();
    let codes: Vec<_> = insurers.map(|funnel| &funnel["code"]).collect();
    assert_eq!(codes, ["demo", "jkc"]);
    assert_eq!(members(&told["insurers"][0]), [1, 0, 0, 0, 0]);
    assert_eq!(members(&told["insurers"][1]), [4, 3, 2, 2, 1]);
    assert_eq!(members(&told["all"]), [5, 3, 2, 2, 1]);
    assert_eq!(told["all"]["roster"], stack.items("Members").len());
    assert_eq!(told["inNoRoster"], 1);
    let text = run(&stack, &all);
    assert!(
        text.done().contains("not counted: 1 who were verified"),
        "{}",
        text.out
    );
    run(&stack, &["stats"]).failed(2, "--insurer <CODE>");
    run(&stack, &["stats", "--insurer", "nobody"]).failed(3, "there is no insurer nobody");
    let backwards = [
        "stats",
        "--all",
        "--from",
        "2026-04-02",
        "--to",
        "2026-04-01",
    ];
    run(&stack, &backwards).failed(2, "--from is after --to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_are_written_for_excel_and_drawn() {
    let stack = TestStack::start().await;
    has_come_so_far(&stack).await;
    let folder = tempfile::tempdir().unwrap();
    let [sheet, plot] = ["days.csv", "days.svg"].map(|name| folder.path().join(name));
    let files = [
        "--csv",
        sheet.to_str().unwrap(),
        "--plot",
        plot.to_str().unwrap(),
    ];
    run(
        &stack,
        &[&["stats", "--insurer", "jkc"], &APRIL[..], &files].concat(),
    )
    .done();
    let roster = stack.items_of("Members", "jkc#").len();
    assert_eq!(
        fs::read_to_string(sheet).unwrap(),
        format!(
            "\u{feff}保険者指定コード,日付,名簿,本人確認,ユーザー登録,メール確認,ログイン,規約同意,\
             本人確認（累計）,ユーザー登録（累計）,メール確認（累計）,ログイン（累計）,規約同意（累計）\r\n\
             jkc,2026-04-01,{roster},4,3,2,2,1,4,3,2,2,1\r\n\
             jkc,2026-04-02,{roster},1,1,1,0,0,5,4,3,2,1\r\n\
             jkc,2026-04-03,{roster},0,0,0,0,0,5,4,3,2,1\r\n"
        )
    );
    let drawn = fs::read_to_string(plot).unwrap();
    for text in ["JVCケンウッド健康保険組合", "本人確認", "5人（", ">4/3<"] {
        assert!(drawn.contains(text), "{text}: {drawn}");
    }
    let nowhere = folder.path().join("nowhere/days.csv");
    let nowhere = ["stats", "--all", "--csv", nowhere.to_str().unwrap()];
    run(&stack, &nowhere).failed(2, "cannot be written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trail_of_many_pages_is_counted_whole_and_a_throttle_waited_for() {
    let stack = TestStack::start().await;
    stack.journey(TARO).verified().await;
    let mut event = stack.items("Audit").remove(0);
    stack.breaks(&[Rule::Bare]);
    event.insert("padding".to_owned(), json!({"S": "x".repeat(300_000)}));
    for (number, member) in stack.items_of("Members", "jkc#").iter().enumerate() {
        let id = member["member"]["S"].as_str().unwrap();
        let subject = domain::Subject::of(id);
        event.insert("subject".to_owned(), json!({"S": subject.as_str()}));
        // Many of one subject: more than a page of it, the first of which counts.
        for _ in 0..=number % 5 {
            let at: i64 = event["at"]["N"].as_str().unwrap().parse().unwrap();
            event.insert("at".to_owned(), json!({"N": (at + 1).to_string()}));
            stack.database().put("Audit", &event).unwrap();
        }
    }
    // More often than the SDK tries again.
    let throttle = Fault::new(FaultKind::Throttle)
        .table("Audit")
        .action("Scan");
    stack.faults().inject(throttle.times(40));
    let told = run(
        &stack,
        &[&["stats", "--all", "--json"], &APRIL[..]].concat(),
    )
    .json();
    let roster = told["insurers"][1]["roster"].as_u64().unwrap();
    assert_eq!(members(&told["insurers"][1]), [roster, 0, 0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_was_done_counts() {
    let stack = TestStack::start().await;
    let mut browser = stack.browser();
    let wrong = TARO.identity_with("birthDate", "1980-01-02");
    let answer = browser.verify(&wrong).await;
    answer.is_refused_with(404, "member-not-matched");
    // What operators read is no step of the member's.
    run_why(&stack, &["account", "find", "--member", "jkc/01/jvc0211"]).failed(3, "can register");
    let told = run(&stack, &["stats", "--insurer", "jkc", "--json"]).json();
    assert_eq!(members(&told["insurers"][0]), [0; 5]);
    assert_eq!(told["insurers"][0]["days"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_another_number_since_counts_as_before() {
    let stack = TestStack::start().await;
    stack.journey(TARO).terms_accepted().await;
    let words = ["stats", "--insurer", "jkc", "--json"];
    let count = |stack: &TestStack| members(&run(stack, &words).json()["insurers"][0]);
    assert_eq!(count(&stack), [1; 5]);
    run_yes(&stack, &["member", "move", "jkc/01/jvc0211", "jkc/05/77"]).done();
    run_yes(&stack, &["member", "move", "jkc/05/77", "jkc/05/78"]).done();
    assert_eq!(count(&stack), [1; 5]);
}
