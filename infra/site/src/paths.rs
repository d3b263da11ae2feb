//! What the distribution's function knows of the site: which paths lead to files, and the page of those that lead
//! nowhere. It stands in `template.yaml`, between two comments, and is written there by `site paths`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::{ASSETS, Assembly, Caching};

const BEGIN: &str = "// Written by `make site-paths` from here on.\n";
const END: &str = "// Written by `make site-paths` up to here.\n";
const NOT_FOUND: &str = "404.html";

/// The constants of the function: the folders that have a page, the files, what leads elsewhere, and the page for who mistyped an address.
#[must_use]
pub fn function(site: &Assembly) -> String {
    let mut folders = BTreeSet::new();
    let mut files = BTreeSet::new();
    for (path, file) in &site.files {
        let below = path.strip_prefix("portal/").unwrap_or_default();
        let below = below.strip_prefix("en/").unwrap_or(below);
        if let Some(folder) = path
            .strip_prefix("portal/")
            .and(below.strip_suffix("/index.html"))
        {
            let open = site
                .open
                .iter()
                .find(|open| folder.starts_with(open.as_str()));
            folders.insert(open.map_or(folder.to_owned(), |open| format!("{open}[a-z0-9-]+")));
        } else if file.caching == Caching::Asked && !path.ends_with("index.html") {
            let open = site
                .open
                .iter()
                .any(|open| below.starts_with(open.as_str()));
            if !open {
                files.insert(path.replace('.', "[.]"));
            }
        }
    }
    let folders: Vec<String> = folders
        .into_iter()
        .map(|folder| format!("  '{folder}',\n"))
        .collect();
    let files: Vec<String> = files
        .into_iter()
        .map(|file| format!("  '{file}',\n"))
        .collect();
    let moved: Vec<String> = site
        .moved
        .iter()
        .map(|(from, to)| format!("  '{from}': '{to}',\n"))
        .collect();
    let not_found = site
        .files
        .get(NOT_FOUND)
        .map_or(&[] as &[u8], |file| &file.content);
    let mut function = String::new();
    let _ = write!(
        function,
        "const FOLDERS = [\n{}];\nconst FILES = [\n  '{ASSETS}[a-z0-9-]+[.][0-9a-f]{{16}}[.][a-z]+',\n  \
         '[.]well-known/[a-z0-9.-]+',\n{}];\nconst MOVED = {{\n{}}};\n// site/{NOT_FOUND}\nconst PAGE = `{}`;\n",
        folders.concat(),
        files.concat(),
        moved.concat(),
        in_a_template(&String::from_utf8_lossy(not_found))
    );
    function
}

/// A text as it stands between the backticks of JavaScript.
fn in_a_template(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('`', "\\`")
        .replace("${", "\\${")
}

/// The template with `function` between its comments; nothing where it has no such comments.
#[must_use]
pub fn replaced(template: &str, function: &str) -> Option<String> {
    let (before, rest) = template.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let indent = before.rsplit('\n').next()?;
    let indented: String = function
        .lines()
        .map(|line| {
            if line.is_empty() {
                "\n".to_owned()
            } else {
                format!("{indent}{line}\n")
            }
        })
        .collect();
    Some(format!("{before}{BEGIN}{indented}{indent}{END}{after}"))
}
