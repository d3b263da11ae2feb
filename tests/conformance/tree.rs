//! The rules of the tree: who may depend on whom, how long wiring may be, what no file may hold.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{functions, names_in, root, text_of};

/// The most lines of a function's `main.rs`.
const MAIN_LINES: usize = 25;
/// What is built or downloaded, and git's own.
const NOT_OURS: [&str; 5] = [".aws-sam", ".git", ".tools", "node_modules", "target"];

/// The crates in a folder.
fn crates_in(group: &str) -> BTreeSet<String> {
    let is_crate = |name: &String| root().join(group).join(name).join("Cargo.toml").is_file();
    names_in(group).into_iter().filter(is_crate).collect()
}

#[test]
fn a_main_only_wires() {
    for step in functions() {
        let lines = text_of(format!("functions/{step}/src/main.rs"))
            .lines()
            .count();
        assert!(
            lines < MAIN_LINES,
            "functions/{step}/src/main.rs has {lines} lines"
        );
    }
}

#[test]
fn the_domain_knows_no_aws_no_http_and_no_runtime() {
    const FOREIGN: [&str; 7] = [
        "aws", "http", "hyper", "lambda", "reqwest", "rustls", "tokio",
    ];
    for name in dependencies("domain") {
        let foreign = FOREIGN.iter().any(|stem| name.starts_with(stem));
        assert!(!foreign, "shared/domain depends on {name}");
    }
}

#[test]
fn the_arrows_between_the_crates_point_one_way() {
    let ours = |name: &str| -> BTreeSet<String> {
        let own: BTreeSet<String> = functions()
            .into_iter()
            .chain(crates_in("shared"))
            .chain(crates_in("infra"))
            .collect();
        dependencies(name).intersection(&own).cloned().collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let allowed: [(&str, BTreeSet<String>); 4] = [
        ("domain", set(&[])),
        ("store", set(&["domain"])),
        ("mail", set(&["domain"])),
        ("lambda", set(&["domain", "mail", "store"])),
    ];
    assert_eq!(
        crates_in("shared"),
        allowed.iter().map(|(name, _)| (*name).to_owned()).collect(),
        "which arrows may a new crate of shared/ have?"
    );
    for (name, allowed) in allowed {
        let found = ours(name);
        assert!(found.is_subset(&allowed), "{name} depends on {found:?}");
    }
    // What is not deployed. Neither the operators' command nor the local stack is built with the other.
    let around: [(&str, BTreeSet<String>); 4] = [
        ("files", set(&["domain", "store"])),
        ("local", set(&["domain", "files", "mail", "site", "store"])),
        (
            "operator",
            set(&["domain", "files", "mail", "site", "store"]),
        ),
        ("site", set(&[])),
    ];
    assert_eq!(
        crates_in("infra"),
        around.iter().map(|(name, _)| (*name).to_owned()).collect(),
        "which arrows may a new crate of infra/ have?"
    );
    for (name, allowed) in around {
        let found = ours(name);
        assert!(found.is_subset(&allowed), "{name} depends on {found:?}");
    }
    for step in functions() {
        let found = ours(&step);
        assert!(
            found.is_subset(&crates_in("shared")),
            "{step} depends on {found:?}"
        );
    }
}

#[test]
fn every_crate_is_under_the_lints_and_versions_of_the_workspace() {
    let folders = ["functions", "infra", "shared"]
        .into_iter()
        .flat_map(|group| {
            let crates = crates_in(group).into_iter();
            crates.map(move |name| format!("{group}/{name}"))
        });
    for folder in folders.chain(["tests".to_owned()]) {
        let manifest = text_of(format!("{folder}/Cargo.toml"));
        for line in [
            "edition.workspace = true",
            "license.workspace = true",
            "publish.workspace = true",
            "rust-version.workspace = true",
            "version.workspace = true",
            "[lints]\nworkspace = true",
        ] {
            assert!(
                manifest.contains(line),
                "{folder}/Cargo.toml lacks {line:?}"
            );
        }
        // One version of everything, in one place.
        let dependencies = manifest.split("dependencies]\n").skip(1);
        let named = dependencies
            .flat_map(|section| section.split("\n[").next().unwrap().lines())
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in named {
            assert!(line.contains("workspace = true"), "{folder}: {line}");
        }
    }
}

#[test]
fn no_file_holds_a_path_of_somebodys_machine() {
    let home = root();
    let home = home.to_str().unwrap();
    // Taken apart, so that this file does not hold them either.
    let users = ["home", "root", "Users"].map(|folder| format!("/{folder}/"));
    for file in files(&root()) {
        let Ok(text) = fs::read_to_string(&file) else {
            continue; // no text
        };
        for (index, line) in text.lines().enumerate() {
            let foreign = line.contains(home)
                || users.iter().any(|folder| {
                    // A path of this repository or a URL may go on like this, none begins so.
                    line.match_indices(folder.as_str())
                        .any(|(at, _)| begins_a_path(&line[..at]))
                });
            assert!(!foreign, "{}:{}: {line}", file.display(), index + 1);
        }
    }
}

#[test]
fn nothing_is_taken_from_beside_the_repository() {
    for file in files(&root()) {
        let (Ok(text), Ok(place)) = (fs::read_to_string(&file), file.strip_prefix(root())) else {
            continue;
        };
        let depth = place.components().count() - 1;
        let out = "../".repeat(depth + 1);
        for (index, line) in text.lines().enumerate() {
            assert!(
                !line.contains(&out),
                "{}:{}: {line}",
                file.display(),
                index + 1
            );
        }
    }
}

/// Whether a path could begin after this text.
fn begins_a_path(before: &str) -> bool {
    before
        .chars()
        .next_back()
        .is_none_or(|last| last.is_whitespace() || "\"'`(=:".contains(last))
}

/// The crates that a crate of ours is built with, without those of its tests.
fn dependencies(name: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}", "--package", name])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|dependency| *dependency != name)
        .map(str::to_owned)
        .collect()
}

/// Every file of the repository.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if NOT_OURS.contains(&name) {
            continue;
        }
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}

#[test]
fn no_table_has_an_index() {
    // What an index says is late: nothing that must be unique may be looked up through one.
    let template = fs::read_to_string(root().join("template.yaml")).unwrap();
    assert!(!template.contains("SecondaryIndexes"));
}

/// What somebody types behind a "?" or as a path, the client's address and its browser are personal data,
/// or may hold some.
#[test]
fn the_access_log_has_these_variables_and_no_others() {
    const LOGGED: [&str; 10] = [
        "error.responseType",
        "integration.error",
        "integrationLatency",
        "integrationStatus",
        "requestId",
        "requestTime",
        "responseLatency",
        "responseLength",
        "routeKey",
        "status",
    ];
    let template = text_of("template.yaml");
    let logged: BTreeSet<&str> = template
        .split("$context.")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(logged, LOGGED.into_iter().collect());
}
