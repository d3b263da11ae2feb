//! Rosters, imported: what becomes of them, and of the members.

mod files;
mod folders;
mod guards;
mod interruptions;
mod moves;
mod rekeyed;
mod shapes;
mod story;

use std::path::PathBuf;

use domain::{InsurerCode, Subject};
use serde_json::{Value, json};
use store::{Event, Import, Insurers, Origin, Reading};
use tempfile::TempDir;
use tests::{Charset, Dress, GeneratedRoster, HANAKO, TestStack};

use crate::{Ran, by, now, run, run_why, trail};

const HEADER: &str = "insurer_code,symbol,number,branch,relationship,birth_date,name,name_kana\n";
/// The people of the sample roster whose insurer is demo, and nobody else of it.
const DEMO: &str = "demo,,100001,00,insured,1983-03-03,見本 花子,ミホン ハナコ\n\
                    demo,,100002,00,insured,1984-04-04,見本 次郎,ミホン ジロウ\n";
const PEOPLE_OF: GeneratedRoster = GeneratedRoster {
    insurer: "demo",
    members: 120,
};

/// Files of one test.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn with(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Our own columns, and these rows.
    fn with_rows(&self, rows: &str) -> String {
        self.with("roster.csv", format!("{HEADER}{rows}"))
    }

    fn generated(&self, name: &str, roster: GeneratedRoster, dress: Dress) -> String {
        let mut bytes = Vec::new();
        roster.write(dress, &mut bytes).unwrap();
        self.with(name, bytes)
    }
}

/// The latest report of a file's refused rows, without its header.
fn report(of: &str) -> Vec<String> {
    let later = (2..100)
        .rev()
        .map(|number| format!("{of}.refused-{number}.csv"));
    let mut reports = later.chain([format!("{of}.refused.csv")]);
    let latest = reports.find(|path| std::path::Path::new(path).exists());
    let text = std::fs::read_to_string(latest.unwrap()).unwrap();
    let mut lines = text.strip_prefix('\u{FEFF}').unwrap().split("\r\n");
    assert_eq!(lines.next().unwrap().split(',').count(), 5);
    let rows = lines.filter(|line| !line.is_empty());
    rows.map(str::to_owned).collect()
}

fn import(stack: &TestStack, file: &str, words: &[&str]) -> Ran {
    let command = ["roster", "import", file, "--insurer", "demo"];
    run_why(stack, &[&command[..], words].concat())
}

/// Imports what is to go well, and gives its numbers.
#[track_caller]
fn imported(stack: &TestStack, file: &str, words: &[&str]) -> Value {
    import(stack, file, &[words, &["--yes", "--json"]].concat()).json()
}

/// Whether a command printed this line, however its columns are set.
fn has_line(ran: &Ran, line: &str) -> bool {
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    ran.out.lines().any(|printed| words(printed) == words(line))
}

/// The numbers of what changed.
fn counts(json: &Value) -> [u64; 5] {
    ["new", "changed", "unchanged", "leavers", "written"].map(|name| json[name].as_u64().unwrap())
}

/// The rows, the insured and the skipped of the last import, as the insurer has them noted.
fn told_counts(stack: &TestStack) -> [String; 3] {
    let insurers = stack.items_of("Insurers", "demo");
    let counts = &insurers[0]["roster_counts"]["M"];
    ["rows", "insured", "skipped"].map(|name| counts[name]["N"].as_str().unwrap().to_owned())
}

/// How the last import's file was read, as the insurer has it noted.
fn noted_mapping(stack: &TestStack) -> String {
    let insurers = stack.items_of("Insurers", "demo");
    let mapping = &insurers[0]["roster_import"]["M"]["mapping"]["S"];
    mapping.as_str().unwrap().to_owned()
}

fn members(stack: &TestStack) -> usize {
    stack.items_of("Members", "demo#").len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_imported_is_found_by_verify_member() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let mapping = files.with(
        "demo.toml",
        "header = true\n[columns]\nnumber = 1\nname = [2, 3]\nkana = [4, 5]\nalternateKana = [[6, 5]]\nbirthDate = 7\n",
    );
    let rows = "番号,姓,名,セイ,メイ,旧姓,生年月日\n00200001,髙橋,京子,ﾀｶﾊｼ,ｷｮｳｺ,オオノ,S60.1.1\n\
                00200002,大野,潤,ｵｵﾉ,ｼﾞｭﾝ,,S60.1.1\n00200003,大野,恵,ｵｵﾉ,ﾒｸﾞﾐ,－,S60.1.1\n";
    let file = files.with("joined.csv", rows);
    let told = imported(&stack, &file, &["--delta", "--mapping", &mapping]);
    assert_eq!(counts(&told), [3, 0, 0, 0, 3]);
    for (number, kana, is_found) in [
        ("200001", "たかはし きょうこ", true),
        ("00200001", "タカハシキョウコ", true),
        ("２００００１", "タカハシ キョウコ", true),
        ("200001", "おおの きょうこ", true),
        ("200001", "ミホン キョウコ", false),
        ("200001", "きょうこ", false),
        ("200002", "おおの じゅん", true),
        // A member with no other family name has no name without one.
        ("200002", "じゅん", false),
        ("200003", "めぐみ", false),
    ] {
        let identity = json!({
            "insurerCode": "demo", "symbol": null, "number": number,
            "birthDate": "1985-01-01", "nameKana": kana,
        });
        let answer = stack.browser().verify(&identity).await;
        if is_found {
            answer.succeeds_with(200);
        } else {
            answer.is_refused_with(404, "member-not-matched");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_is_signed_out_at_the_next_request() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let mut browser = stack.has_browsers_signed_in(HANAKO, 1).remove(0);
    browser.session().await.succeeds_with(200);
    let rest = DEMO.lines().nth(1).unwrap();
    let file = files.with_rows(&format!("{rest}\n"));
    let told = imported(&stack, &file, &["--full", "--leavers", "1"]);
    assert_eq!(counts(&told), [0, 0, 1, 1, 1]);
    let answer = browser.session().await;
    answer.is_refused_with(401, "not-signed-in");
    let answer = stack.browser().login_as(&HANAKO).await;
    answer.is_refused_with(403, "account-unavailable");
    assert_eq!(
        trail(&stack, "demo##100001").await,
        [("roster-import".to_owned(), "left".to_owned())]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_file_twice_changes_nothing() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.generated("roster.csv", PEOPLE_OF, Dress::OURS);
    let words = ["--full", "--leavers", "2"];
    assert_eq!(
        counts(&imported(&stack, &file, &words)),
        [120, 0, 0, 2, 122]
    );
    let (before, events) = (stack.snapshot(), stack.items("Audit").len());
    // Begun, done, and each of the two who left.
    assert_eq!(events, 4);
    assert_eq!(told_counts(&stack), ["120", "120", "0"]);
    let again = imported(&stack, &file, &words);
    assert_eq!(counts(&again), [0, 0, 120, 0, 0]);
    assert_eq!(stack.snapshot(), before);
    // What was compared and not written is noted, too.
    assert_eq!(stack.items("Audit").len(), events + 1);
    // Other insurers' members are none of its business.
    assert_eq!(stack.items_of("Members", "jkc#").len(), 17);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_and_an_import_that_nobody_confirms_write_nothing() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.generated("roster.csv", PEOPLE_OF, Dress::OURS);
    let before = stack.snapshot();
    let rehearsed = import(&stack, &file, &["--full", "--dry-run"]);
    rehearsed.done();
    for line in [
        "rows 120",
        "new 120",
        "leave 2, 100.0 % of the roster",
        "Would write:",
        "Members new 120, changed 0, leave 2",
    ] {
        assert!(has_line(&rehearsed, line), "{}", rehearsed.out);
    }
    import(&stack, &file, &["--delta"]).failed(4, "no terminal to ask at");
    import(&stack, &file, &["--yes"]).failed(2, "--full|--delta");
    let over_itself = ["--delta", "--yes", "--report", &file];
    import(&stack, &file, &over_itself).failed(2, "is there already, and nothing is written over");
    assert_eq!(stack.snapshot(), before);
    let events = trail(&stack, "insurer#demo").await;
    let rehearsed = ("roster-import".to_owned(), "rehearsed".to_owned());
    assert_eq!(events, [rehearsed]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_of_a_few_does_not_say_whether_a_guess_is_right() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let row = DEMO.lines().next().unwrap();
    let told = [row.to_owned(), row.replace("1983-03-03", "1983-03-04")].map(|row| {
        let file = files.with_rows(&format!("{row}\n"));
        let ran = import(&stack, &file, &["--delta", "--dry-run"]);
        let shown = ran
            .done()
            .lines()
            .filter(|line| !line.starts_with("SHA-256"));
        shown.map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(told[0], told[1]);
    assert!(
        told[0].iter().any(|line| line.starts_with("known")),
        "{told:?}"
    );
    let events = stack
        .audit()
        .history(&Subject::of("insurer#demo"))
        .await
        .unwrap();
    let files: std::collections::BTreeSet<_> = events
        .iter()
        .map(|event| match &event.origin {
            Origin::Import { import, .. } => import.file.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(files.len(), 2, "each guess is noted with its file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_and_who_is_skipped_has_a_limit() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.generated("roster.csv", PEOPLE_OF, Dress::OURS);
    imported(&stack, &file, &["--full", "--leavers", "2"]);
    let text = std::fs::read_to_string(&file).unwrap();
    let before = stack.snapshot();
    // Everybody is written otherwise.
    let later: Vec<String> = text
        .lines()
        .map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if cells[4] == "insured" {
                cells[6].push('郎');
            }
            cells.join(",")
        })
        .collect();
    let changed = files.with("later.csv", later.join("\n"));
    let ran = import(&stack, &changed, &["--full", "--yes"]);
    assert_eq!(ran.code, 4, "{}", ran.out);
    assert!(
        ran.err.contains("would change, more than 30 %"),
        "{}",
        ran.err
    );
    // Half of them are somebody's children by now.
    let half = text
        .lines()
        .enumerate()
        .map(|(at, line)| match at % 2 {
            0 => line.replace(",insured,", ",dependant,"),
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n");
    let skipped = files.with("skipped.csv", half);
    let words = ["--full", "--yes", "--leavers", "60"];
    let ran = import(&stack, &skipped, &words);
    assert_eq!(ran.code, 4, "{}", ran.out);
    assert!(
        ran.err.contains("of the rows are skipped, and 0 % were"),
        "{}",
        ran.err
    );
    assert_eq!(stack.snapshot(), before);
    imported(
        &stack,
        &skipped,
        &["--full", "--leavers", "60", "--skipped", "60"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_many_leave_must_be_said_with_their_number() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.generated("roster.csv", PEOPLE_OF, Dress::OURS);
    imported(&stack, &file, &["--full", "--leavers", "2"]);
    let before = stack.snapshot();
    let fewer = |members| GeneratedRoster {
        members,
        ..PEOPLE_OF
    };
    let six = files.generated("six.csv", fewer(114), Dress::OURS);
    let seven = files.generated("seven.csv", fewer(113), Dress::OURS);
    for (words, message) in [
        (&["--yes"][..], "repeat the command with --leavers 7"),
        (&["--yes", "--leavers", "6"], "7 would leave, not 6"),
    ] {
        let ran = import(&stack, &seven, &[&["--full"], words].concat());
        assert_eq!(ran.code, 4);
        assert!(ran.err.contains(message), "{}", ran.err);
        let leave = "leave 7, 5.8 % of the roster";
        assert!(has_line(&ran, leave), "{}", ran.out);
    }
    assert_eq!(stack.snapshot(), before);
    assert_eq!(imported(&stack, &six, &["--full"])["leavers"], 6);
    assert_eq!(members(&stack), 114);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delta_lets_nobody_leave_but_who_is_marked() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let mapping = files.with(
        "demo.toml",
        "[columns]\nnumber = 'no'\nname = 'name'\nkana = 'kana'\nbirthDate = 'born'\nremoval = 'kind'\n\
         [removal]\nvalues = ['喪失']\nstay = ['取得']\n",
    );
    let rows = "no,name,kana,born,kind\n\
                100001,,,,喪失\n\
                999999,,,,喪失\n\
                100003,見本 三郎,ミホン サブロウ,1990-01-01,取得\n";
    let file = files.with("delta.csv", rows);
    let words = ["--delta", "--mapping", &mapping, "--leavers", "1"];
    let told = imported(&stack, &file, &words);
    assert_eq!(counts(&told), [1, 0, 0, 1, 2]);
    assert_eq!([&told["goneAlready"], &told["notInFile"]], [1, 1]);
    let keys: Vec<_> = stack
        .items_of("Members", "demo#")
        .iter()
        .map(|item| item["member"]["S"].as_str().unwrap().to_owned())
        .collect();
    assert!(keys.contains(&"demo##100002".to_owned()) && keys.contains(&"demo##100003".to_owned()));
    assert_eq!(keys.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_says_who_made_it_and_of_what_file() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.with_rows(&DEMO.replace("見本 花子", "見本 華子"));
    let before = now();
    let told = imported(&stack, &file, &["--full"]);
    assert_eq!(counts(&told), [0, 1, 1, 0, 1]);
    let subject = Subject::of("insurer#demo");
    let events = stack.audit().history(&subject).await.unwrap();
    let import = Import {
        file: told["sha256"].as_str().unwrap().to_owned(),
        reading: Some(Reading {
            // Of our own mapping, as UTF-8: what any later approval has to name.
            mapping: noted_mapping(&stack),
            mode: "full".to_owned(),
            rows: 2,
            skipped: 0,
            in_roster: 2,
            beyond: Vec::new(),
        }),
        added: 0,
        changed: 1,
        left: 0,
        moved: 0,
    };
    for (
        Event {
            name,
            outcome,
            origin,
            at,
            ..
        },
        expected,
    ) in events.iter().zip(["begun", "done"])
    {
        assert_eq!((&**name, &**outcome), ("roster-import", expected));
        assert_eq!(
            *origin,
            Origin::Import {
                by: by("arn:aws:iam::123456789012:user/SurveyPolicy"),
                import: import.clone()
            }
        );
        assert!(at.at() >= before - time::Duration::SECOND);
    }
    assert_eq!(events.len(), 2);
    let changed = [("roster-import".to_owned(), "changed".to_owned())];
    assert_eq!(trail(&stack, "demo##100001").await, changed);
    assert!(trail(&stack, "demo##100002").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_is_noted_still_when_its_insurer_is_changed() {
    let (stack, files) = (TestStack::start().await, Files::new());
    imported(&stack, &files.with_rows(DEMO), &["--full"]);
    let again = DEMO.replace("見本 花子", "見本 華子");
    imported(&stack, &files.with_rows(&again), &["--full"]);
    let insurers: Insurers = stack.opens("Insurers");
    let code = InsurerCode::parse("demo").unwrap();
    let noted = insurers.roster_import(&code).await.unwrap();
    assert!(noted.as_ref().is_some_and(|noted| noted.ended_at.is_some()));
    let mut insurer = run(&stack, &["insurer", "show", "demo", "--json"]).json();
    insurer["hours"] = json!("いつでも");
    let insurer = files.with("demo.json", insurer.to_string());
    run_why(&stack, &["insurer", "put", &insurer, "--yes"]).done();
    assert_eq!(insurers.roster_import(&code).await.unwrap(), noted);
    let reset = [
        "campaign",
        "reset",
        "--insurer",
        "demo",
        "--deadline",
        "2028-01-28",
        "--confirm",
        "demo=0",
    ];
    run_why(&stack, &reset).done();
    assert_eq!(insurers.roster_import(&code).await.unwrap(), noted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_went_to_somebody_else_must_be_said() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let somebody_else = DEMO.replace(
        "1983-03-03,見本 花子,ミホン ハナコ",
        "2001-01-01,大野 潤,オオノ ジュン",
    );
    let file = files.with_rows(&somebody_else);
    let refused = import(&stack, &file, &["--full", "--yes"]);
    assert_eq!(refused.code, 4, "{}", refused.out);
    assert!(report(&file)[0].starts_with("2,number,other-person,1*****,"));
    let other = import(&stack, &file, &["--full", "--yes", "--other-persons", "2"]);
    assert!(
        other
            .err
            .contains("1 numbers have gone to somebody else, not 2"),
        "{}",
        other.err
    );
    let told = imported(&stack, &file, &["--full", "--other-persons", "1"]);
    assert_eq!(counts(&told), [0, 1, 1, 0, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_in_the_file_stays_while_rows_of_it_are_skipped() {
    let (stack, files) = (TestStack::start().await, Files::new());
    // The number of the second is refused, so nobody can say whose row it is.
    let rows = DEMO.replace("100002", "1E+05")
        + "demo,,100003,00,insured,1990-01-01,見本 三郎,ミホン サブロウ\n";
    let file = files.with_rows(&rows);
    assert_eq!(import(&stack, &file, &["--full", "--yes"]).code, 4);
    let told = imported(&stack, &file, &["--full", "--skip-refused"]);
    assert_eq!(counts(&told), [1, 0, 1, 0, 1]);
    assert_eq!([&told["refused"], &told["notInFile"]], [1, 1]);
    assert_eq!(members(&stack), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_a_file_is_dressed_the_people_are_the_same() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.generated("ours.csv", PEOPLE_OF, Dress::OURS);
    imported(&stack, &file, &["--full", "--leavers", "2"]);
    let dresses = [
        Dress {
            charset: Charset::Utf8WithMark,
            ..Dress::OURS
        },
        Dress {
            charset: Charset::Cp932,
            crlf: true,
            ..Dress::OURS
        },
        Dress {
            dependants: 5,
            ..Dress::OURS
        },
        Dress {
            in_two_columns: true,
            ..Dress::OURS
        },
        Dress::UGLY,
    ];
    for dress in dresses {
        let file = files.generated("dressed.csv", PEOPLE_OF, dress);
        let mapping = dress.mapping().map(|text| files.with("dressed.toml", text));
        let mapping: Vec<&str> = mapping
            .iter()
            .flat_map(|path| ["--mapping", path])
            .collect();
        let dependants = 120_u64.checked_div(dress.dependants).unwrap_or(0);
        let skipped = dependants.to_string();
        let words = ["--full", "--skipped", &skipped];
        let told = imported(&stack, &file, &[&words, &mapping[..]].concat());
        assert_eq!(counts(&told), [0, 0, 120, 0, 0], "{dress:?}");
        assert_eq!(told["dependants"], dependants);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_insurer_that_is_not_there_has_no_roster() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.with_rows(DEMO);
    let words = ["roster", "import", &file, "--insurer", "nobody", "--full"];
    run_why(&stack, &words).failed(3, "there is no insurer nobody");
}
