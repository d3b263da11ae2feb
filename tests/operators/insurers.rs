//! `operator insurer`.

use std::path::PathBuf;

use domain::{SurveyAddress, SurveyOpening};
use serde_json::{Value, json};
use store::check::Rule;
use store::{Insurer, Insurers, Transaction};
use tempfile::{TempDir, tempdir};
use tests::TestStack;

use crate::{Ran, run, run_why, run_yes, site::Copy, trail};

const TOML: &str = r#"
code = "New"
name = "新しい健康保険組合"
mailSender = "new_kennin@ibss.example.jp"
telephone = "050-2018-3292"
hours = "平日10時から17時"
mail = "new_kennin@ibss.example.jp"
termsVersions = ["2023-09-01"]
keepLeadingZeros = true
"#;

/// A file in a folder of the test's own.
fn file(folder: &TempDir, name: &str, content: impl AsRef<str>) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content.as_ref()).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn insurers_are_listed_and_shown() {
    let stack = TestStack::start().await;
    let list = run(&stack, &["insurer", "list"]);
    assert_eq!(
        list.done().lines().collect::<Vec<_>>(),
        [
            "demo      terms 2023-09-01  survey until none        デモ健康保険組合",
            "jkc       terms 2023-09-01  survey until 2027-01-29  JVCケンウッド健康保険組合",
        ]
    );
    let list = run(&stack, &["insurer", "list", "--json"]).json();
    assert_eq!(list[1]["code"], "jkc");
    assert_eq!(list[1]["termsInForce"], "2023-09-01");
    let show = run(&stack, &["insurer", "show", "JKC"]);
    assert!(
        show.done()
            .contains("mailSender        jvckwd_kennin@ibss.example.jp\n"),
        "{}",
        show.out
    );
    run(&stack, &["insurer", "show", "nobody"]).failed(3, "`operator insurer list` has them");
    assert!(stack.items("Audit").is_empty(), "insurers are no members");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shown_can_be_edited_and_put() {
    let stack = TestStack::start().await;
    let mut insurer = run(&stack, &["insurer", "show", "jkc", "--json"]).json();
    let folder = tempdir().unwrap();
    let same = file(&folder, "same.json", insurer.to_string());
    run_yes(&stack, &["insurer", "put", same.to_str().unwrap()]).failed(4, "jkc is so already");
    insurer["hours"] = json!("いつでも");
    for field in ["surveyOpens", "surveyDeadline", "surveyAddress"] {
        insurer.as_object_mut().unwrap().remove(field);
    }
    let edited = file(&folder, "edited.json", insurer.to_string());
    let put = ["insurer", "put", edited.to_str().unwrap()];

    let before = stack.items("Insurers");
    let rehearsed = run_why(&stack, &[&put[..], &["--dry-run"]].concat());
    assert!(rehearsed.done().starts_with("Would write:\n"));
    assert!(
        rehearsed
            .out
            .contains(r#"jkc: surveyDeadline: "2027-01-29" -> none"#)
    );
    run_why(&stack, &put).failed(4, "repeat it with --yes");
    assert_eq!(stack.items("Insurers"), before);
    assert!(stack.items("Audit").is_empty());

    let written = run_yes(&stack, &[&put[..], &["--json"]].concat()).json();
    assert_eq!(written["dryRun"], false);
    assert_eq!(written["writes"][0]["table"], "Insurers");
    assert_eq!(
        run(&stack, &["insurer", "show", "jkc", "--json"]).json(),
        insurer
    );
    let done = ("insurer-put".to_owned(), "done".to_owned());
    assert_eq!(trail(&stack, "insurer#jkc").await, [done]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_insurer_is_put_from_toml() {
    let stack = TestStack::start().await;
    let folder = tempdir().unwrap();
    let new = file(&folder, "new.toml", TOML);
    let put = ["insurer", "put", new.to_str().unwrap()];
    run_yes(
        &stack,
        &[&put[..], &["--mail-domain", "ibss.example.jp"]].concat(),
    )
    .done();
    let shown = run(&stack, &["insurer", "show", "new", "--json"]).json();
    assert_eq!(shown["keepLeadingZeros"], true);
    assert_eq!(shown["surveyDeadline"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_insurer_that_cannot_be_is_refused_with_the_field() {
    let stack = TestStack::start().await;
    let (before, folder) = (stack.snapshot(), tempdir().unwrap());
    for (name, content, words, message) in [
        (
            "a.toml",
            TOML.replace("ibss.example.jp\"\ntele", "\"\ntele"),
            &[][..],
            "mailSender: ",
        ),
        (
            "b.toml",
            TOML.replace("2023-09-01", "9999-12-31"),
            &[],
            "none that is in force",
        ),
        (
            "c.toml",
            TOML.replace("[\"2023-09-01\"]", "[]"),
            &[],
            "none that is in force",
        ),
        (
            "d.toml",
            TOML.replace("hours", "hour"),
            &[],
            "unknown field `hour`",
        ),
        (
            "e.toml",
            TOML.to_owned(),
            &["--mail-domain", "example.jp"],
            "is not of example.jp",
        ),
        ("f.json", "{".to_owned(), &[], "f.json: "),
        ("g.csv", String::new(), &[], "name it .json or .toml"),
    ] {
        let path = file(&folder, name, content);
        let put = ["insurer", "put", path.to_str().unwrap()];
        run_yes(&stack, &[&put[..], words].concat()).failed(2, message);
    }
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_from_before_takes_no_terms_away_and_no_key_unless_it_is_said() {
    let stack = TestStack::start().await;
    let folder = tempdir().unwrap();
    let shown = run(&stack, &["insurer", "show", "jkc", "--json"]).json();
    run_yes(&stack, &["terms", "publish", "2999-04-01", "--all"]).done();
    let mut older = shown.clone();
    older["hours"] = json!("いつでも");
    let older = file(&folder, "older.json", older.to_string());
    let put = ["insurer", "put", older.to_str().unwrap()];
    let before = stack.items("Insurers");
    run_yes(&stack, &put).failed(4, "--unpublish 2999-04-01");
    assert_eq!(stack.items("Insurers"), before);
    run_yes(&stack, &[&put[..], &["--unpublish", "2999-04-01"]].concat()).done();
    let now = run(&stack, &["insurer", "show", "jkc", "--json"]).json();
    assert_eq!(now["termsVersions"], shown["termsVersions"]);

    let mut other = now.clone();
    other["keepLeadingZeros"] = json!(true);
    let other = file(&folder, "other.json", other.to_string());
    let put = ["insurer", "put", other.to_str().unwrap()];
    run_yes(&stack, &put).failed(4, "say --rekey");
    run_yes(&stack, &[&put[..], &["--rekey"]].concat()).done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_insurer_that_another_operator_changed_is_not_overwritten() {
    let stack = TestStack::start().await;
    let insurers: Insurers = stack.opens("Insurers");
    let seen = insurers.list().await.unwrap();
    for seen in &seen {
        let mut another = seen.clone();
        another.survey_deadline = None;
        another.contact.hours = "いつでも".to_owned();
        let mut own = seen.clone();
        own.name = "新しい名前".to_owned();
        let replace = async |seen, insurer| {
            let write = insurers.replace(seen, insurer);
            let transaction: Transaction<'_> = Transaction::unaudited().with(write);
            transaction.commit(&stack.store()).await.unwrap().is_ok()
        };
        assert!(replace(Some(seen), &another).await);
        assert!(!replace(Some(seen), &own).await, "it is another by now");
        assert!(!replace(None, &own).await, "it is there");
        assert!(replace(Some(&another), &own).await);
    }
}

/// What no insurer has to have is compared, too: nobody's change of it is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_survey_that_another_operator_put_meanwhile_is_not_overwritten() {
    let stack = TestStack::start().await;
    let insurers: Insurers = stack.opens("Insurers");
    let replace = async |seen: &Insurer, insurer: &Insurer| {
        let write = insurers.replace(Some(seen), insurer);
        let transaction: Transaction<'_> = Transaction::unaudited().with(write);
        transaction.commit(&stack.store()).await.unwrap().is_ok()
    };
    let puts: [fn(&mut Insurer); 2] = [
        |insurer| insurer.survey_opens = SurveyOpening::parse("2026-12-01").ok(),
        |insurer| {
            insurer.survey_address = SurveyAddress::parse("https://answer.example.com/").ok();
        },
    ];
    for put in puts {
        for seen in insurers.list().await.unwrap() {
            let mut another = seen.clone();
            put(&mut another);
            let mut own = seen.clone();
            own.contact.hours = "いつでも".to_owned();
            assert!(replace(&seen, &another).await);
            assert!(!replace(&seen, &own).await, "it is another by now");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_survey_is_put_with_its_days_and_its_address() {
    let stack = TestStack::start().await;
    let folder = tempdir().unwrap();
    let shown = run(&stack, &["insurer", "show", "jkc", "--json"]).json();
    let before = stack.snapshot();
    let put = |name: &str, fields: &Value| {
        let mut changed = shown.clone();
        let changed_fields = changed.as_object_mut().unwrap();
        changed_fields.extend(fields.as_object().unwrap().clone());
        changed_fields.retain(|_, value| !value.is_null());
        let path = file(&folder, name, changed.to_string());
        run_yes(&stack, &["insurer", "put", path.to_str().unwrap()])
    };
    for (fields, message) in [
        // The file of last year, with this year's deadline alone.
        (
            json!({"surveyDeadline": "2028-01-28"}),
            "surveyOpens: it is more than 183 days before surveyDeadline",
        ),
        (
            json!({"surveyOpens": "2027-01-30"}),
            "surveyOpens: it is after surveyDeadline",
        ),
        (
            json!({"surveyOpens": "2026-11-31"}),
            "surveyOpens: an opening day is a day",
        ),
        (
            json!({"surveyOpens": null}),
            "surveyAddress: it goes with surveyOpens",
        ),
        (
            json!({"surveyDeadline": null}),
            "surveyOpens: it goes with surveyDeadline",
        ),
        (
            json!({"surveyAddress": "http://survey.example.jp/"}),
            "surveyAddress: it does not begin with https://",
        ),
        (
            json!({"surveyAddress": "https://jkc:secret@survey.example.jp/"}),
            "surveyAddress: it has a user or a password in it",
        ),
    ] {
        put("refused.json", &fields).failed(2, message);
    }
    assert_eq!(stack.snapshot(), before);

    let next = json!({
        "surveyOpens": "2027-12-01",
        "surveyDeadline": "2028-01-28",
        "surveyAddress": "https://answer.example.com/2027?insurer=jkc",
    });
    let written = put("next.json", &next);
    for line in [
        r#"jkc: surveyOpens: "2026-11-02" -> "2027-12-01""#,
        r#"jkc: surveyDeadline: "2027-01-29" -> "2028-01-28""#,
        r#"-> "https://answer.example.com/2027?insurer=jkc""#,
    ] {
        assert!(written.done().contains(line), "{}", written.out);
    }
    // Two weeks more are the same survey.
    put("longer.json", &json!({"surveyDeadline": "2027-02-12"})).done();
}

/// As an operator's command from before there were opening days leaves it, which a rollback brings back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_command_from_before_left_of_a_survey_is_put_right() {
    let stack = TestStack::start().await;
    let folder = tempdir().unwrap();
    for deadline in [Some("2028-01-28"), None] {
        let mut item = stack.database().get("Insurers", "jkc").unwrap().unwrap();
        item.insert("survey_opens".to_owned(), json!({"S": "2026-11-02"}));
        item.insert(
            "survey_address".to_owned(),
            json!({"S": "https://survey.example.jp/jkc"}),
        );
        match deadline {
            Some(day) => item.insert("survey_deadline".to_owned(), json!({"S": day})),
            None => item.remove("survey_deadline"),
        };
        stack.database().put("Insurers", &item).unwrap();
        let mut shown = run(&stack, &["insurer", "show", "jkc", "--json"]).json();
        assert_eq!(shown["surveyOpens"], "2026-11-02");
        let same = file(&folder, "same.json", shown.to_string());
        run_yes(&stack, &["insurer", "put", same.to_str().unwrap()]).failed(2, "surveyOpens: ");
        for field in ["surveyOpens", "surveyAddress"] {
            shown.as_object_mut().unwrap().remove(field);
        }
        let right = file(&folder, "right.json", shown.to_string());
        run_yes(&stack, &["insurer", "put", right.to_str().unwrap()]).done();
        let now = run(&stack, &["insurer", "show", "jkc", "--json"]).json();
        assert_eq!(now, shown);
    }
}

fn contacts(stack: &TestStack, copy: &Copy, words: &[&str]) -> Ran {
    let site = copy.site();
    let command = ["insurer", "contacts", "--site", site.to_str().unwrap()];
    run(stack, &[&command[..], words].concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_site_has_the_contacts_of_the_table_in_both_languages() {
    let (stack, copy) = (TestStack::start().await, Copy::new());
    contacts(&stack, &copy, &["--yes"]).failed(4, "the site is so already");
    let before = copy.all("contact");

    let new = file(
        &copy.folder,
        "new.toml",
        format!("{TOML}nameEnglish = \"New & Co.\"\nhoursEnglish = \"weekdays\"\n"),
    );
    run_yes(&stack, &["insurer", "put", new.to_str().unwrap()]).done();
    let rehearsed = contacts(&stack, &copy, &["--dry-run"]);
    assert!(
        rehearsed
            .done()
            .contains("+<section class=\"panel\" id=\"insurer-new\""),
        "{}",
        rehearsed.out
    );
    contacts(&stack, &copy, &[]).failed(4, "no terminal to ask at");
    assert_eq!(copy.all("contact"), before);

    let written = contacts(&stack, &copy, &["--yes"]);
    assert!(written.done().contains("make deploy-site"));
    let [japanese, english] =
        ["portal", "portal/en"].map(|tree| copy.read(&format!("{tree}/contact/index.html")));
    assert!(japanese.contains("<h2 id=\"insurer-new-name\">新しい健康保険組合</h2>"));
    assert!(japanese.contains("（平日10時から17時）<br>"));
    assert!(english.contains(
        "<h2 id=\"insurer-new-name\">New &amp; Co. (<span lang=\"ja\">新しい健康保険組合</span>)</h2>"
    ));
    assert!(english.contains("(weekdays)<br>"));
    contacts(&stack, &copy, &["--yes"]).failed(4, "the site is so already");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contacts_of_another_table_do_not_empty_the_site() {
    let (stack, copy) = (TestStack::start().await, Copy::new());
    stack.database().clear("Insurers").unwrap();
    stack.breaks(&[Rule::InsurerThere]);
    let before = copy.all("contact");
    contacts(&stack, &copy, &["--yes"]).failed(3, "there are no insurers");
    assert_eq!(copy.all("contact"), before);
}
