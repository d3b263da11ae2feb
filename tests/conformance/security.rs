//! `docs/security.md` names what decides each security item, and `docs/members.md` what decides each thing that members
//! meet: every name in them is there, and no item is left without an answer.

use std::collections::BTreeSet;

use crate::run::{names_in, root, text_of};

const DOCUMENT: &str = "docs/security.md";
const OF_MEMBERS: &str = "docs/members.md";
/// The groups of the checklist, in its order.
const GROUPS: [&str; 9] = [
    "Passwords",
    "Login",
    "Codes",
    "Recovery",
    "Sessions",
    "Front end and API",
    "Logging and robustness",
    "Platform traps",
    "Second edition",
];
/// The section that says what would decide what nothing decides.
const UNDECIDED: &str = "What nothing decides yet";
const HEAD: [&str; 4] = ["item", "id", "decided by", "remark"];
/// Where the rules of the tools stand that `make lint` runs.
const RULES: [&str; 5] = [
    "Cargo.toml",
    "Makefile",
    "biome.jsonc",
    "clippy.toml",
    "deny.toml",
];

#[test]
fn every_group_of_the_checklist_has_items() {
    let text = text_of(DOCUMENT);
    let sections = sections(&text);
    let titles: Vec<&str> = sections.iter().map(|(title, _)| *title).collect();
    assert_eq!(titles, [&GROUPS[..], &[UNDECIDED]].concat());
    for group in GROUPS {
        let rows = rows(&sections, group);
        assert!(!rows.is_empty(), "{DOCUMENT}: {group} has no items");
    }
}

#[test]
fn every_item_names_what_decides_it_or_says_why_nothing_does() {
    let text = text_of(DOCUMENT);
    let sections = sections(&text);
    let mut wrong = Vec::new();
    let mut undecided = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for group in GROUPS {
        for Row { item, by, remark } in rows(&sections, group) {
            if !seen.insert(item) {
                wrong.push(format!("{group}: {item}: it stands there twice"));
            }
            match by {
                "nothing yet" => {
                    undecided.insert(item);
                }
                "does not apply" if remark.is_empty() => {
                    wrong.push(format!("{group}: {item}: why does it not apply?"));
                }
                "does not apply" => {}
                by => wrong.extend(
                    by.split("<br>")
                        .filter(|name| kind_of(in_code(name)).is_none())
                        .map(|name| format!("{group}: {item}: {name:?} names nothing")),
                ),
            }
        }
    }

    let (_, lines) = sections.last().unwrap();
    let told: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**: "))
        .map(|(item, _)| item)
        .collect();
    for item in undecided.difference(&told) {
        wrong.push(format!(
            "{item}: the last section does not say what would decide it"
        ));
    }
    for item in told.difference(&undecided) {
        wrong.push(format!(
            "{item}: the last section has it, and no table has `nothing yet` for it"
        ));
    }
    assert!(wrong.is_empty(), "{DOCUMENT}:\n{}", wrong.join("\n"));
}

/// In the tables, in remarks, wherever.
#[test]
fn every_test_and_rule_that_is_named_exists() {
    for (document, at_least) in [(DOCUMENT, 100), (OF_MEMBERS, 50)] {
        every_name_exists(document, at_least);
    }
}

#[test]
fn everything_that_members_meet_names_the_test_that_decides_it() {
    let text = text_of(OF_MEMBERS);
    let rows = text.lines().filter_map(|line| {
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(cells.rsplit(" | ").next().unwrap_or(cells))
    });
    let undecided: Vec<&str> = rows
        .filter(|by| *by != "decided by")
        .filter(|by| {
            by.split("<br>")
                .any(|name| kind_of(in_code(name)).is_none())
        })
        .collect();
    assert!(undecided.is_empty(), "{OF_MEMBERS}: {undecided:?}");
}

#[track_caller]
fn every_name_exists(document: &str, at_least: usize) {
    let text = text_of(document);
    let mut names = BTreeSet::new();
    let mut missing = Vec::new();
    for (index, line) in text.lines().enumerate() {
        // What is between backticks is every second part.
        for name in line.split('`').skip(1).step_by(2) {
            // How names are written, and no name.
            let pattern = name.ends_with('…');
            let Some(kind) = kind_of(name).filter(|_| !pattern) else {
                continue;
            };
            names.insert(name);
            if let Err(why) = exists(&kind) {
                missing.push(format!("{document}:{}: {name}: {why}", index + 1));
            }
        }
    }
    assert!(
        names.len() > at_least,
        "only {} names were read",
        names.len()
    );
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn what_is_no_test_or_does_not_run_is_not_taken_for_one() {
    let rust = "
        #[test]
        fn plain() {}
        #[tokio::test(flavor = \"multi_thread\")]
        #[expect(
            clippy::panic,
            reason = \"it does\"
        )]
        async fn on_a_runtime() {}
        fn helper() {}
        #[test]
        #[ignore = \"slow\"]
        fn ignored() {}
        // #[test]
        fn commented_out() {}
        #[test]
        fn generated(typed in anything()) {}
    ";
    assert_eq!(
        rust_tests(rust),
        BTreeSet::from(["generated", "on_a_runtime", "plain"])
    );

    let browser = "
        test('a title', async ({ page }) => {
        test.describe('a group', () => {
          test(\"it's another\", async ({
          test(`in each language: ${language}`, async ({ page }) => {
        test.skip('skipped', () => {});
        // test('commented out', () => {});
        expect(latest('no title'));
    ";
    assert_eq!(
        browser_titles(browser),
        BTreeSet::from(["a group", "a title", "in each language", "it's another"])
    );

    for missing in [
        "journeys::races::no_such_test",
        "journeys::no_such_file::of_codes_asked_for_at_once_one_is_mailed",
        "no-such-crate::races::of_codes_asked_for_at_once_one_is_mailed",
        "login.spec.js › no such title",
        "login.spec.js › no such group › an empty login names both fields",
        "no-such.spec.js › an empty login names both fields",
        "clippy.toml: no::such::rule",
        "clippy.toml: getrandom::fil",
    ] {
        let kind = kind_of(missing).unwrap();
        assert!(exists(&kind).is_err(), "{missing}");
    }
}

/// An item of a table.
struct Row<'a> {
    item: &'a str,
    by: &'a str,
    remark: &'a str,
}

/// A name, taken apart.
enum Kind<'a> {
    /// The folder of a crate or of `tests/`, the file, the test.
    Rust {
        folder: &'a str,
        file: &'a str,
        test: &'a str,
    },
    /// The file, and the titles from the outermost group to the test.
    Browser {
        spec: &'a str,
        titles: Vec<&'a str>,
    },
    Rule {
        file: &'a str,
        says: &'a str,
    },
}

/// The sections of the document: their titles and lines.
fn sections(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            sections.push((title, Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line);
        }
    }
    sections
}

/// The items of a group.
#[track_caller]
fn rows<'a>(sections: &[(&str, Vec<&'a str>)], group: &str) -> Vec<Row<'a>> {
    let section = sections.iter().find(|(title, _)| *title == group);
    let (_, lines) = section.unwrap_or_else(|| panic!("{DOCUMENT} has no section {group}"));
    let mut table = lines
        .iter()
        .filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    assert_eq!(table.next().as_deref(), Some(&HEAD[..]), "{group}");
    table
        .skip(1)
        .map(|cells| {
            let [item, _, by, remark] = cells[..] else {
                panic!("{DOCUMENT}: {group}: not four cells: {cells:?}");
            };
            Row { item, by, remark }
        })
        .collect()
}

/// What is between a pair of backticks; empty when that is not all.
fn in_code(cell: &str) -> &str {
    let code = cell
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'));
    code.filter(|name| !name.contains('`')).unwrap_or_default()
}

/// What a name is the name of; none when it is no name of a test or a rule.
fn kind_of(name: &str) -> Option<Kind<'_>> {
    if let Some((file, says)) = name.split_once(": ")
        && RULES.contains(&file)
    {
        return Some(Kind::Rule { file, says });
    }
    if let Some((spec, titles)) = name.split_once(" › ") {
        let titles = titles.split(" › ").collect();
        return Some(Kind::Browser { spec, titles });
    }
    let (folder, rest) = name.split_once("::")?;
    let (file, test) = rest.rsplit_once("::")?;
    Some(Kind::Rust { folder, file, test })
}

/// Whether there is what a name names; if not, what is missing.
fn exists(kind: &Kind) -> Result<(), String> {
    match kind {
        Kind::Rust { folder, file, test } => {
            let file = file.replace("::", "/");
            let places = if ["journeys", "conformance", "operators"].contains(folder) {
                vec![format!("tests/{folder}/{file}.rs")]
            } else {
                let group = ["shared", "infra", "functions"]
                    .into_iter()
                    .find(|group| names_in(group).contains(*folder))
                    .ok_or_else(|| format!("there is no crate in a folder {folder}"))?;
                vec![
                    format!("{group}/{folder}/src/{file}.rs"),
                    format!("{group}/{folder}/src/{file}/mod.rs"),
                    format!("{group}/{folder}/tests/{file}.rs"),
                ]
            };
            let mut there = places.iter().filter(|place| root().join(place).is_file());
            if there.any(|place| rust_tests(&text_of(place)).contains(test)) {
                return Ok(());
            }
            Err(format!("no such test in {}", places.join(", ")))
        }
        Kind::Browser { spec, titles } => {
            let path = format!("tests/browser/{spec}");
            if !root().join(&path).is_file() {
                return Err(format!("there is no {path}"));
            }
            let text = text_of(path);
            let known = browser_titles(&text);
            match titles.iter().find(|title| !known.contains(**title)) {
                Some(title) => Err(format!("nothing in it has the title {title:?}")),
                None => Ok(()),
            }
        }
        Kind::Rule { file, says } if is_said(&text_of(file), says) => Ok(()),
        Kind::Rule { file, .. } => Err(format!("{file} does not say so")),
    }
}

/// Whether a file says this, up to the end of a word and not in a comment.
fn is_said(text: &str, says: &str) -> bool {
    text.lines()
        .filter(|line| !line.trim_start().starts_with(['#', '/']))
        .filter_map(|line| line.split_once(says))
        .any(|(_, rest)| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The functions of a file that are tests and run, and its types whose documentation shows what does not
/// compile.
fn rust_tests(text: &str) -> BTreeSet<&str> {
    let mut tests = BTreeSet::new();
    let (mut is_test, mut is_ignored) = (false, false);
    let mut is_documented_so = false;
    for line in text.lines().map(str::trim) {
        // What an example in the documentation of a type shows not to compile.
        is_documented_so |= line.starts_with("/// ```compile_fail");
        if let Some(name) = line.strip_prefix("pub struct ")
            && is_documented_so
        {
            tests.extend(name.split(|c: char| !c.is_alphanumeric()).next());
            is_documented_so = false;
        }
        is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
        is_ignored |= line.starts_with("#[ignore");
        let Some(function) = line
            .strip_prefix("async ")
            .unwrap_or(line)
            .strip_prefix("fn ")
        else {
            continue;
        };
        if is_test && !is_ignored {
            tests.extend(function.split(['(', '<']).next());
        }
        (is_test, is_ignored) = (false, false);
    }
    tests
}

/// The titles of a file's tests that run, and of their groups; of those that are made for several
/// cases, what they have in common.
fn browser_titles(text: &str) -> BTreeSet<&str> {
    let of_line = |line: &'_ str| -> Option<(usize, usize)> {
        let start = ["test(", "test.describe("]
            .iter()
            .find_map(|call| line.starts_with(call).then_some(call.len()))?;
        let quote = line[start..]
            .chars()
            .next()
            .filter(|c| "'\"`".contains(*c))?;
        let length = line[start + 1..].find(quote)?;
        Some((start + 1, start + 1 + length))
    };
    text.lines()
        .map(str::trim)
        .filter_map(|line| of_line(line).map(|(from, to)| &line[from..to]))
        .map(|title| title.split(": ${").next().unwrap())
        .collect()
}
