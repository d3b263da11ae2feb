//! Functions that hash are built for speed, and have a whole CPU.
//!
//! None is named here. No hash is made without `domain::HashMemory`, so whoever keeps one hashes, and whoever keeps what
//! keeps one. `make hash-speed` measures what is only written here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use toml::Table;

use crate::openapi::json_of_yaml;
use crate::run::{functions, root, text_of};

/// What a hash cannot be made without.
const MEMORY: &str = "HashMemory";
/// Lambda's memory at which a function has one whole CPU, in MB.
const WHOLE_CPU: i64 = 1769;

/// The Rust files in a folder of the repository and below.
fn sources(folder: impl AsRef<Path>) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push(text_of(&path));
        }
    }
    all
}

/// Whether a piece of code has one of the names. `Bucket::PasswordCheck` is a variant and another thing.
fn mentions(code: &str, names: &BTreeSet<String>) -> bool {
    let paths = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && !"_:".contains(c)));
    paths
        .flat_map(|path| {
            let parts: Vec<&str> = path.split("::").collect();
            (0..parts.len())
                .map(move |at| (at.checked_sub(1).map(|before| parts[before]), parts[at]))
        })
        .any(|(before, name)| {
            let of_a_type = before.is_some_and(|before| before.starts_with(char::is_uppercase));
            !of_a_type && names.contains(name)
        })
}

/// The structs that a file declares for others: their names and declarations.
fn structs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("pub struct ").skip(1).map(|rest| {
        let name = rest
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or(rest);
        let end = if rest.lines().next().is_some_and(|line| line.ends_with(';')) {
            ";"
        } else {
            "\n}"
        };
        (name, rest.split(end).next().unwrap_or(rest))
    })
}

/// The functions that hash.
fn hashing() -> BTreeSet<String> {
    let shared = sources("shared/lambda/src");
    let mut means = BTreeSet::from([MEMORY.to_owned()]);
    loop {
        let known = means.len();
        for (name, declaration) in shared.iter().flat_map(|text| structs(text)) {
            if mentions(declaration, &means) {
                means.insert(name.to_owned());
            }
        }
        if means.len() == known {
            break;
        }
    }
    let mut hashing = functions();
    hashing.retain(|function| {
        let code = sources(format!("functions/{function}/src"));
        code.iter().any(|text| mentions(text, &means))
    });
    hashing
}

/// The packages that are released at `opt-level = 3`.
fn fast() -> BTreeSet<String> {
    let manifest: Table = text_of("Cargo.toml").parse().unwrap();
    let packages = manifest["profile"]["release"]["package"]
        .as_table()
        .unwrap();
    packages
        .iter()
        .filter(|(_, profile)| {
            profile
                .get("opt-level")
                .is_some_and(|level| level.as_integer() == Some(3))
        })
        .map(|(name, _)| name.clone())
        .collect()
}

#[test]
fn a_function_that_hashes_is_found_by_what_it_uses() {
    let found = hashing();
    for known in ["login", "create-user", "change-password"] {
        assert!(found.contains(known), "{known} hashes: {found:?}");
    }
    for other in ["get-session", "send-code", "logout"] {
        assert!(!found.contains(other), "{other} does not hash: {found:?}");
    }
}

#[test]
fn the_functions_that_hash_are_released_at_full_speed() {
    let (hashing, fast) = (hashing(), fast());
    for function in &hashing {
        assert!(
            fast.contains(function),
            "functions/{function} hashes passwords, and is not released for it: add `{function}.opt-level = 3` to \
             [profile.release.package] in Cargo.toml, then run `make hash-speed`"
        );
    }
    for package in &fast {
        assert!(
            hashing.contains(package),
            "{package} is released at opt-level 3, which makes it a sixth larger, and no function of that name hashes: \
             take `{package}.opt-level` out of [profile.release.package] in Cargo.toml"
        );
    }
}

#[test]
fn the_functions_that_hash_have_a_whole_cpu() {
    let template = json_of_yaml(&text_of("template.yaml"));
    for function in hashing() {
        let resources = template["Resources"].as_object().unwrap().values();
        let mut of_it = resources
            .filter(|resource| resource["Metadata"]["BuildProperties"]["Binary"] == *function);
        let memory = &of_it.next().unwrap()["Properties"]["MemorySize"];
        assert_eq!(
            memory.as_i64(),
            Some(WHOLE_CPU),
            "functions/{function} hashes passwords: say `MemorySize: {WHOLE_CPU}` in its entry of template.yaml"
        );
    }
}
