//! The files of a folder, each with the mapping that says whose it is. Nothing is guessed: a file that no mapping
//! names, or that two do, stops all, for it may be somebody's roster that nobody would notice to be missing.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use domain::InsurerCode;

use super::{
    foreign::refuse_s3,
    mapping::{Mapping, Mode},
};
use crate::{failure::Failure, language::say};

/// What a mapping's name ends with.
const MAPPING: &str = "toml";

/// A file, and how it is read.
pub(super) struct Delivery {
    pub(super) file: PathBuf,
    pub(super) insurer: InsurerCode,
    pub(super) mode: Mode,
    pub(super) mapping: Mapping,
}

/// What is in a folder.
pub(super) struct Folder {
    /// The files, in the order of their insurers' codes.
    pub(super) deliveries: Vec<Delivery>,
    /// Insurers that have a mapping and no file yet, and what its name would be.
    pub(super) missing: Vec<(InsurerCode, String)>,
}

impl Folder {
    /// Looks through a folder, and not into those in it.
    ///
    /// # Errors
    /// When a file is nobody's or two insurers', an insurer has two, or a mapping is none.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        refuse_s3(folder)?;
        let (mappings, mut files): (Vec<String>, Vec<String>) = names_in(folder)?
            .into_iter()
            .partition(|name| Path::new(name).extension().is_some_and(|it| it == MAPPING));
        if mappings.is_empty() {
            let folder = folder.display();
            return Err(Failure::Usage(say!(
                ja: "{folder} にマッピング（*.toml）がありません。ファイルごとに `operator roster inspect FILE --write CODE.toml` で作り、\
                     [delivery] を書いてください",
                en: "{folder} has no mapping (*.toml): make one for each file with `operator roster inspect FILE --write \
                     CODE.toml`, and write its [delivery]",
            )));
        }
        let mut found = BTreeMap::new();
        for name in mappings {
            let mapping = Mapping::read(Some(&folder.join(&name)))?;
            let Some(delivery) = mapping.delivery.clone() else {
                return Err(Failure::Usage(say!(
                    ja: "{name} に [delivery] がありません。insurer、file、mode を書いてください",
                    en: "{name} has no [delivery]: write its insurer, file and mode",
                )));
            };
            let code = delivery.insurer.folded().to_owned();
            if let Some((other, ..)) = found.insert(code.clone(), (name.clone(), delivery, mapping))
            {
                return Err(Failure::Usage(say!(
                    ja: "{other} と {name} はどちらも {code} のマッピングです。1つにしてください",
                    en: "{other} and {name} are both mappings of {code}: leave one",
                )));
            }
        }
        let mut read = Self {
            deliveries: Vec::new(),
            missing: Vec::new(),
        };
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        for (mapping_name, delivery, mapping) in found.into_values() {
            let named: Vec<&String> = files
                .iter()
                .filter(|name| fits(&delivery.file, name))
                .collect();
            let name = match &*named {
                [] => {
                    read.missing.push((delivery.insurer, delivery.file));
                    continue;
                }
                [name] => (*name).clone(),
                [first, second, ..] => {
                    return Err(Failure::Usage(say!(
                        ja: "{mapping_name} の file に {first} と {second} が当てはまります。どちらかをフォルダーから移してください",
                        en: "{first} and {second} both fit the file of {mapping_name}: move one of them out of the folder",
                    )));
                }
            };
            if let Some(other) = taken.insert(name.clone(), mapping_name.clone()) {
                return Err(Failure::Usage(say!(
                    ja: "{name} は {other} にも {mapping_name} にも当てはまります。file を書き分けてください",
                    en: "{name} fits both {other} and {mapping_name}: make their `file` differ",
                )));
            }
            read.deliveries.push(Delivery {
                file: folder.join(&name),
                insurer: delivery.insurer,
                mode: delivery.mode,
                mapping,
            });
        }
        files.retain(|name| !taken.contains_key(name));
        if !files.is_empty() {
            let files = files.join(", ");
            return Err(Failure::Usage(say!(
                ja: "どのマッピングにも当てはまらないファイルがあります：{files}。マッピングの [delivery] file を直すか、フォルダーから移してください",
                en: "these files fit no mapping: {files}. Correct `file` in the [delivery] of their mapping, or move them \
                     out of the folder",
            )));
        }
        Ok(read)
    }
}

/// The names of the files in a folder, without our own reports and what programs leave of files that are open.
fn names_in(folder: &Path) -> Result<Vec<String>, Failure> {
    let unreadable = |error: std::io::Error| {
        let folder = folder.display();
        Failure::Usage(say!(
            ja: "フォルダー {folder} を読めません：{error}",
            en: "the folder {folder} cannot be read: {error}",
        ))
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.path().is_file() {
            continue;
        }
        let name = entry.file_name().into_string().map_err(|name| {
            let name = name.to_string_lossy().into_owned();
            Failure::Usage(say!(
                ja: "ファイル名 {name} の文字が壊れています。付け直してください",
                en: "the file name {name} is damaged: give it another",
            ))
        })?;
        if !is_no_delivery(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn is_no_delivery(name: &str) -> bool {
    let is_report = name.strip_suffix(".csv").is_some()
        && [".csv.", ".xlsx.", ".xls.", ".ods.", ".txt.", ".tsv."]
            .iter()
            .any(|part| {
                name.split_once(part).is_some_and(|(_, kind)| {
                    kind.starts_with("refused") || kind.starts_with("look")
                })
            });
    name.starts_with('.') || name.starts_with("~$") || is_report
}

/// Whether a name is as a pattern says, in which `*` is anything.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_anything_and_nothing_else_is() {
        for (pattern, name, is_so) in [
            ("jkc.csv", "jkc.csv", true),
            ("jkc.csv", "jkc.csv2", false),
            ("jkc_*.csv", "jkc_20261128.csv", true),
            ("jkc_*.csv", "jkc_.csv", true),
            ("jkc_*.csv", "demo_1.csv", false),
            ("*.csv", "a.xlsx", false),
            ("加入者*一覧*.xlsx", "加入者_一覧_2026.xlsx", true),
            ("a*a", "a", false),
            ("a?.csv", "ab.csv", false),
            ("*", "whatever", true),
        ] {
            assert_eq!(fits(pattern, name), is_so, "{pattern} {name}");
        }
    }

    const COLUMNS: &str =
        "[columns]\nnumber = '番号'\nname = '氏名'\nkana = 'カナ'\nbirthDate = '生年月日'\n";

    fn folder(files: &[(&str, &str)]) -> Result<(Vec<String>, Vec<String>), String> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("reports")).unwrap();
        for (name, delivery) in files {
            let text = match delivery.split_once(' ') {
                Some((code, file)) => format!(
                    "{COLUMNS}[delivery]\ninsurer = '{code}'\nfile = '{file}'\nmode = 'full'\n"
                ),
                None => COLUMNS.to_owned(),
            };
            fs::write(folder.path().join(name), text).unwrap();
        }
        match Folder::read(folder.path()) {
            Ok(read) => Ok((
                read.deliveries
                    .iter()
                    .map(|it| {
                        let name = it.file.file_name().unwrap().to_string_lossy();
                        format!("{} {name}", it.insurer.folded())
                    })
                    .collect(),
                read.missing
                    .iter()
                    .map(|(code, file)| format!("{} {file}", code.folded()))
                    .collect(),
            )),
            Err(Failure::Usage(message)) => Err(message),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_file_goes_to_the_insurer_whose_mapping_names_it() {
        let read = folder(&[
            ("b.toml", "demo demo*.csv"),
            ("a.toml", "jkc *.xlsx"),
            ("c.toml", "aoi aoi.csv"),
            ("demo1.csv", ""),
            ("list.xlsx", ""),
            ("demo1.csv.refused-2.csv", ""),
            ("~$list.xlsx", ""),
        ]);
        let (deliveries, missing) = read.unwrap();
        assert_eq!(deliveries, ["demo demo1.csv", "jkc list.xlsx"]);
        assert_eq!(missing, ["aoi aoi.csv"]);
    }

    #[test]
    fn what_is_nobodys_or_two_insurers_stops_all() {
        for (files, message) in [
            (&[("x.csv", "")][..], "has no mapping"),
            (&[("a.toml", "")], "has no [delivery]"),
            (
                &[("a.toml", "jkc a.csv"), ("x.csv", "")],
                "fit no mapping: x.csv",
            ),
            (
                &[("a.toml", "jkc *.csv"), ("x.csv", ""), ("y.csv", "")],
                "x.csv and y.csv both fit",
            ),
            (
                &[
                    ("a.toml", "jkc x.csv"),
                    ("b.toml", "demo x*"),
                    ("x.csv", ""),
                ],
                "x.csv fits both",
            ),
            (
                &[
                    ("a.toml", "jkc x.csv"),
                    ("b.toml", "JKC y.csv"),
                    ("x.csv", ""),
                ],
                "both mappings of jkc",
            ),
        ] {
            let refused = folder(files).unwrap_err();
            assert!(refused.contains(message), "{refused}");
        }
    }
}
