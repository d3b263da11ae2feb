//! A copy of the members' site, which commands may change.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tempfile::{TempDir, tempdir};

/// A copy of the site, and room for files beside it.
pub(crate) struct Copy {
    pub(crate) folder: TempDir,
}

impl Copy {
    pub(crate) fn new() -> Self {
        let copy = Self {
            folder: tempdir().unwrap(),
        };
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../site");
        copied(&site, &copy.site());
        copy
    }

    pub(crate) fn site(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    pub(crate) fn read(&self, place: &str) -> String {
        fs::read_to_string(self.site().join(place)).unwrap()
    }

    /// The pages as members get them.
    pub(crate) fn assembled(&self) -> BTreeMap<String, String> {
        let site = ::site::assemble(&::site::Source::read(&self.site()).unwrap()).unwrap();
        let pages = site.files.into_iter();
        pages
            .filter(|(_, file)| file.media_type.starts_with("text/html"))
            .map(|(path, file)| (path, String::from_utf8(file.content).unwrap()))
            .collect()
    }

    /// Every file of a part of the site, in both languages, and of the parts that pages share.
    pub(crate) fn all(&self, part: &str) -> BTreeMap<PathBuf, String> {
        let mut all = BTreeMap::new();
        for tree in ["portal", "portal/en"] {
            found(&self.site().join(tree).join(part), &mut all);
        }
        found(&self.site().join("parts"), &mut all);
        all
    }
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if from.is_dir() {
            copied(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

fn found(folder: &Path, all: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found(&path, all);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            all.insert(path, text);
        }
    }
}
