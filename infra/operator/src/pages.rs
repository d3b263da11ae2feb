//! The pages of the members' site, as commands write them: looked at before, and with what changes shown.
//!
//! What members see changes when the site is deployed. Whatever comes from a file or a table is escaped.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use site::{Source, assemble};

use crate::language::{say, word};
use crate::{
    answer::Format,
    change::{Careful, Plan},
    failure::Failure,
    markup::in_template,
};

pub(crate) const LANGUAGES: [Language; 2] = [Language::Japanese, Language::English];

/// Which site, and how carefully it is changed.
#[derive(Args, Debug)]
pub(crate) struct At {
    /// The folder of the members' site // 会員向けサイトのフォルダー
    #[arg(long, value_name = "FOLDER", default_value = "site")]
    site: PathBuf,
    #[command(flatten)]
    careful: Careful,
}

impl At {
    /// The site's files.
    pub(crate) fn files(&self) -> Result<Files, Failure> {
        Files::of(&self.site)
    }

    /// Shows what changes, and writes it unless somebody says no.
    pub(crate) fn write(&self, files: &Files, format: Format) -> Result<(), Failure> {
        let changes = files.changes();
        if changes.is_empty() {
            return Err(Failure::Refused(
                say!(ja: "サイトは既にそのとおりです", en: "the site is so already"),
            ));
        }
        files.check()?;
        let plan = changes
            .iter()
            .fold(Plan::default(), |plan, change| {
                plan.with("site", change.said())
                    .showing(change.difference())
            })
            .tell(word!(ja: "サイトをデプロイすると、会員に見えます：`make deploy-site STAGE=…`", en: "members see it once the site is deployed: `make deploy-site STAGE=…`"));
        if !self.careful.consents(&plan, format)? {
            return Ok(());
        }
        changes.iter().try_for_each(Change::write)?;
        format.print(&plan);
        Ok(())
    }
}

/// A language, which is a tree of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Japanese,
    English,
}

impl Language {
    /// The folder of a part of the site.
    pub(crate) fn folder(self, part: &str) -> PathBuf {
        let tree = match self {
            Self::Japanese => "portal",
            Self::English => "portal/en",
        };
        Path::new(tree).join(part)
    }

    /// A part that the pages of the language share.
    pub(crate) fn part(self, name: &str) -> PathBuf {
        let language = match self {
            Self::Japanese => "parts/ja",
            Self::English => "parts/en",
        };
        Path::new(language).join(name)
    }

    /// A text as it stands in the page: Japanese inside English says that it is.
    pub(crate) fn marked(self, text: &str) -> String {
        if self == Self::Japanese {
            return in_template(text);
        }
        let is_japanese = |c: char| matches!(c, '\u{3000}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}');
        let mut marked = String::new();
        let mut rest = text;
        while let Some(begin) = rest.find(is_japanese) {
            let (before, from) = rest.split_at(begin);
            let end = from.find(|c| !is_japanese(c)).unwrap_or(from.len());
            let (japanese, after) = from.split_at(end);
            let (before, japanese) = (in_template(before), in_template(japanese));
            let _ = write!(marked, "{before}<span lang=\"ja\">{japanese}</span>");
            rest = after;
        }
        marked + &in_template(rest)
    }
}

/// The files of a site, as they are and as they are to be.
pub(crate) struct Files {
    site: PathBuf,
    /// By their place below the site: what is there, and what is to be.
    files: BTreeMap<PathBuf, (Option<String>, Option<String>)>,
}

impl Files {
    /// The site in a folder.
    fn of(site: &Path) -> Result<Self, Failure> {
        for language in LANGUAGES {
            let login = site.join(language.folder("index.html"));
            if !login.is_file() {
                return Err(Failure::Usage({
                    let path = login.display();
                    say!(ja: "{path} がありません。サイトのフォルダーを --site で指定してください", en: "there is no {path}: give the site's folder with --site")
                }));
            }
        }
        Ok(Self {
            site: site.to_owned(),
            files: BTreeMap::new(),
        })
    }

    /// Where a place is.
    pub(crate) fn path(&self, place: &Path) -> PathBuf {
        self.site.join(place)
    }

    /// A page as it is to be, if there is to be one.
    pub(crate) fn read(&mut self, place: &Path) -> Result<Option<String>, Failure> {
        if let Some((_, to_be)) = self.files.get(place) {
            return Ok(to_be.clone());
        }
        let path = self.path(place);
        let found = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(Failure::Usage({
                    let path = path.display();
                    say!(ja: "{path} を読めません：{error}", en: "{path} cannot be read: {error}")
                }));
            }
        };
        self.files
            .insert(place.to_owned(), (found.clone(), found.clone()));
        Ok(found)
    }

    /// Replaces a page, that is read before, by another, or by none.
    pub(crate) fn becomes(&mut self, place: PathBuf, text: Option<String>) {
        self.files.entry(place).or_default().1 = text;
    }

    /// Refuses what the site cannot be assembled of.
    fn check(&self) -> Result<(), Failure> {
        let wrong = |error: site::Error| {
            Failure::Usage(
                say!(ja: "サイトを組み立てられません：{error}", en: "the site could not be assembled then: {error}"),
            )
        };
        let mut source = Source::read(&self.site).map_err(wrong)?;
        for (place, (_, to_be)) in &self.files {
            let content = to_be.clone().map(String::into_bytes);
            source.put(&place.to_string_lossy(), content);
        }
        assemble(&source).map(|_| ()).map_err(wrong)
    }

    /// What is to be another than it is.
    fn changes(&self) -> Vec<Change> {
        let changed = self.files.iter().filter(|(_, (is, to_be))| is != to_be);
        changed
            .map(|(place, (is, to_be))| Change {
                path: self.path(place),
                is: is.clone(),
                to_be: to_be.clone(),
            })
            .collect()
    }
}

/// A file that becomes another, or comes, or goes.
struct Change {
    path: PathBuf,
    is: Option<String>,
    to_be: Option<String>,
}

impl Change {
    /// What happens, in a line.
    fn said(&self) -> String {
        let what = match (&self.is, &self.to_be) {
            (None, _) => "new",
            (_, None) => "deleted",
            _ => "changed",
        };
        format!("{}: {what}", self.path.display())
    }

    /// What happens, line by line.
    fn difference(&self) -> String {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let path = self.path.display().to_string();
        let (is, to_be) = (text(&self.is), text(&self.to_be));
        similar::TextDiff::from_lines(&is, &to_be)
            .unified_diff()
            .context_radius(1)
            .header(&path, &path)
            .to_string()
    }

    fn write(&self) -> Result<(), Failure> {
        let folder = self.path.parent();
        let written = match &self.to_be {
            Some(text) => folder
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::write(&self.path, text)),
            None => fs::remove_file(&self.path).map(|()| {
                // With something else in it, the folder stays.
                let _ = folder.map(fs::remove_dir);
            }),
        };
        written.map_err(|error| {
            Failure::Failed({ let path = self.path.display(); say!(ja: "{path} に書き込めません：{error}。書き込めるようになってから、コマンドを繰り返してください", en: "{path} cannot be written: {error}; repeat the command when it can") })
        })
    }
}
