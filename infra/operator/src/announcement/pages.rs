//! The pages of the site that announcements are on: each one's own, and the list.
//!
//! A page's head and foot are those of the list beside it, so that nothing that pages repeat stands here.
//! Whatever comes from a file is escaped.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use time::{Date, macros::format_description};

use super::notice::{Block, Id, Notice, Words};
use crate::{failure::Failure, markup::escaped};

pub(super) const LANGUAGES: [Language; 2] = [Language::Japanese, Language::English];
const LIST_BEGINS: &str = "<ul class=\"news\" data-list>\n";
const LIST_ENDS: &str = "      </ul>\n";

/// A language, which is a tree of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Japanese,
    English,
}

impl Language {
    fn folder(self) -> &'static str {
        match self {
            Self::Japanese => "portal",
            Self::English => "portal/en",
        }
    }

    fn list(self) -> PathBuf {
        Path::new(self.folder()).join("announcements/index.html")
    }

    fn page(self, id: &Id) -> PathBuf {
        let announcements = Path::new(self.folder()).join("announcements");
        announcements.join(id.as_str()).join("index.html")
    }

    fn words(self, notice: &Notice) -> &Words {
        match self {
            Self::Japanese => &notice.ja,
            Self::English => &notice.en,
        }
    }

    /// The link that leads from an announcement to the list.
    fn all(self) -> &'static str {
        match self {
            Self::Japanese => "お知らせの一覧へ",
            Self::English => "All announcements",
        }
    }

    fn day(self, date: Date) -> String {
        let format = match self {
            Self::Japanese => format_description!("[year].[month].[day]"),
            Self::English => format_description!("[day padding:none] [month repr:long] [year]"),
        };
        date.format(format).unwrap_or_else(|_| date.to_string())
    }

    /// A text as it stands in the page: Japanese inside English says that it is.
    fn marked(self, text: &str) -> String {
        if self == Self::Japanese {
            return escaped(text);
        }
        let is_japanese = |c: char| matches!(c, '\u{3000}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}');
        let mut marked = String::new();
        let mut rest = text;
        while let Some(begin) = rest.find(is_japanese) {
            let (before, from) = rest.split_at(begin);
            let end = from.find(|c| !is_japanese(c)).unwrap_or(from.len());
            let (japanese, after) = from.split_at(end);
            let (before, japanese) = (escaped(before), escaped(japanese));
            let _ = write!(marked, "{before}<span lang=\"ja\">{japanese}</span>");
            rest = after;
        }
        marked + &escaped(rest)
    }
}

/// The files of a site, as they are and as they are to be.
pub(super) struct Files {
    site: PathBuf,
    /// By their place below the site: what is there, and what is to be.
    files: BTreeMap<PathBuf, (Option<String>, Option<String>)>,
}

impl Files {
    /// The site in a folder.
    pub(super) fn of(site: &Path) -> Result<Self, Failure> {
        let mut files = Self {
            site: site.to_owned(),
            files: BTreeMap::new(),
        };
        for language in LANGUAGES {
            if files.read(&language.list())?.is_none() {
                let list = site.join(language.list());
                return Err(Failure::Usage(format!(
                    "there is no {}: give the site's folder with --site",
                    list.display()
                )));
            }
        }
        Ok(files)
    }

    /// Whether there is an announcement of this id, in any language.
    pub(super) fn has(&self, id: &Id) -> bool {
        let mut languages = LANGUAGES.into_iter();
        languages.any(|language| self.site.join(language.page(id)).exists())
    }

    /// Refuses an insurer that the site does not know.
    pub(super) fn has_insurer(&self, code: &str) -> Result<(), Failure> {
        let path = self.site.join("portal/contact/index.html");
        let contacts = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let section = format!("id=\"insurer-{}\"", escaped(code));
        if contacts.contains(&section) {
            Ok(())
        } else {
            Err(Failure::Usage(format!(
                "insurerCode: {} has no section with {section}: write it as it stands there, or add the \
                 insurer's contact first (docs/site.md)",
                path.display()
            )))
        }
    }

    fn read(&mut self, place: &Path) -> Result<Option<String>, Failure> {
        if let Some((_, to_be)) = self.files.get(place) {
            return Ok(to_be.clone());
        }
        let path = self.site.join(place);
        let found = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(unreadable(&path, &error)),
        };
        self.files
            .insert(place.to_owned(), (found.clone(), found.clone()));
        Ok(found)
    }

    fn becomes(&mut self, place: PathBuf, text: Option<String>) {
        self.files.entry(place).or_default().1 = text;
    }

    /// The page and the entry of an announcement, in the place of those that have its id.
    pub(super) fn publish(&mut self, notice: &Notice, language: Language) -> Result<(), Failure> {
        let list = self.list(language)?;
        let page = page(&list, notice, language).ok_or_else(|| self.unlike(language))?;
        let place = language.page(&notice.id);
        self.read(&place)?;
        self.becomes(place, Some(page));
        let changed = with_entry(&list, notice, language).ok_or_else(|| self.unlike(language))?;
        self.becomes(language.list(), Some(changed));
        Ok(())
    }

    /// Neither page nor entry.
    pub(super) fn withdraw(&mut self, id: &Id, language: Language) -> Result<(), Failure> {
        let place = language.page(id);
        self.read(&place)?;
        self.becomes(place, None);
        let list = self.list(language)?;
        let changed = without_entry(&list, id).ok_or_else(|| self.unlike(language))?;
        self.becomes(language.list(), Some(changed));
        Ok(())
    }

    fn list(&mut self, language: Language) -> Result<String, Failure> {
        let list = self.read(&language.list())?;
        list.ok_or_else(|| self.unlike(language))
    }

    fn unlike(&self, language: Language) -> Failure {
        Failure::Usage(format!(
            "{} is not as docs/site.md tells: a list of the class news, a line for each announcement",
            self.site.join(language.list()).display()
        ))
    }

    /// What is to be another than it is.
    pub(super) fn changes(&self) -> Vec<Change> {
        let changed = self.files.iter().filter(|(_, (is, to_be))| is != to_be);
        changed
            .map(|(place, (is, to_be))| Change {
                path: self.site.join(place),
                is: is.clone(),
                to_be: to_be.clone(),
            })
            .collect()
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Usage(format!("{} cannot be read: {error}", path.display()))
}

/// A file that becomes another, or comes, or goes.
pub(super) struct Change {
    path: PathBuf,
    is: Option<String>,
    to_be: Option<String>,
}

impl Change {
    /// What happens, in a line.
    pub(super) fn said(&self) -> String {
        let what = match (&self.is, &self.to_be) {
            (None, _) => "new",
            (_, None) => "deleted",
            _ => "changed",
        };
        format!("{}: {what}", self.path.display())
    }

    /// What happens, line by line.
    pub(super) fn difference(&self) -> String {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let path = self.path.display().to_string();
        let (is, to_be) = (text(&self.is), text(&self.to_be));
        similar::TextDiff::from_lines(&is, &to_be)
            .unified_diff()
            .context_radius(1)
            .header(&path, &path)
            .to_string()
    }

    pub(super) fn write(&self) -> Result<(), Failure> {
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
            Failure::Failed(format!(
                "{} cannot be written: {error}; repeat the command with --replace when it can",
                self.path.display()
            ))
        })
    }
}

/// The text around a part that begins and ends so; both are in the part.
fn around<'a>(text: &'a str, begin: &str, end: &str) -> Option<(&'a str, &'a str)> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some((before, after))
}

/// An announcement's page, of the list's head and foot.
fn page(list: &str, notice: &Notice, language: Language) -> Option<String> {
    let words = language.words(notice);
    let (title, description) = (escaped(&words.title), escaped(&words.description));
    let (before, after) = around(list, "    <title>", "</title>\n")?;
    let page = format!("{before}    <title>{title} | iBss</title>\n{after}");
    let (before, after) = around(&page, "<meta name=\"description\" content=\"", "\">\n")?;
    let page = format!("{before}<meta name=\"description\" content=\"{description}\">\n{after}");
    // The list's own module hides entries.
    let (before, after) = around(&page, "    <script type=\"module\"", "</script>\n")?;
    let page = format!("{before}{after}");
    // One folder deeper; and its twin is its own.
    let page = page.replace("href=\"../", "href=\"../../");
    let twin = "announcements/\" hreflang=";
    let own = format!("announcements/{}/\" hreflang=", notice.id.as_str());
    let page = page.replacen(twin, &own, 1);
    let (before, rest) = page.split_once("      <h1>")?;
    let (_, links) = rest.split_once("      <ul class=\"links\">\n")?;
    let (date, said, all) = (notice.date, language.day(notice.date), language.all());
    let mut content = format!(
        "      <h1>{}</h1>\n      <p><time datetime=\"{date}\">{said}</time></p>\n",
        language.marked(&words.title)
    );
    for block in &words.body {
        match block {
            Block::Paragraph(text) => {
                let _ = writeln!(content, "      <p>{}</p>", language.marked(text));
            }
            Block::List(items) => {
                content += "      <ul>\n";
                for item in items {
                    let _ = writeln!(content, "        <li>{}</li>", language.marked(item));
                }
                content += "      </ul>\n";
            }
        }
    }
    Some(format!(
        "{before}{content}      <ul class=\"links\">\n        <li><a href=\"../\">{all}</a></li>\n{links}"
    ))
}

/// The list in three: before its entries, the entries, after them.
fn entries(list: &str) -> Option<(&str, Vec<&str>, &str)> {
    let (before, rest) = list.split_once(LIST_BEGINS)?;
    let (entries, after) = rest.split_once(LIST_ENDS)?;
    let entries: Vec<&str> = entries.lines().collect();
    let is_entry = |line: &&str| line.starts_with("        <li") && line.ends_with("</li>");
    entries
        .iter()
        .all(is_entry)
        .then_some((before, entries, after))
}

fn joined(before: &str, entries: &[impl AsRef<str>], after: &str) -> String {
    let lines = entries.iter().map(|entry| format!("{}\n", entry.as_ref()));
    let entries: String = lines.collect();
    format!("{before}{LIST_BEGINS}{entries}{LIST_ENDS}{after}")
}

fn is_of(entry: &str, id: &Id) -> bool {
    entry.contains(&format!("<a href=\"{}/\">", id.as_str()))
}

fn without_entry(list: &str, id: &Id) -> Option<String> {
    let (before, mut entries, after) = entries(list)?;
    entries.retain(|entry| !is_of(entry, id));
    Some(joined(before, &entries, after))
}

/// The list with an announcement's entry, newest first; of one day, the last that was published is first.
fn with_entry(list: &str, notice: &Notice, language: Language) -> Option<String> {
    let (before, mut entries, after) = entries(list)?;
    entries.retain(|entry| !is_of(entry, &notice.id));
    let (date, said) = (notice.date.to_string(), language.day(notice.date));
    let until = notice.until.map(|until| format!(" data-until=\"{until}\""));
    let insurer = notice.insurer_code.as_deref();
    let insurer = insurer.map(|code| format!(" data-insurer-code=\"{}\"", escaped(code)));
    let entry = format!(
        "        <li{}{}><time datetime=\"{date}\">{said}</time> <a href=\"{}/\">{}</a></li>",
        until.unwrap_or_default(),
        insurer.unwrap_or_default(),
        notice.id.as_str(),
        language.marked(&language.words(notice).title)
    );
    let day_of = |entry: &str| -> Option<String> {
        let (_, rest) = entry.split_once("datetime=\"")?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let days: Option<Vec<String>> = entries.iter().map(|entry| day_of(entry)).collect();
    let place = days?.iter().position(|day| *day <= date);
    entries.insert(place.unwrap_or(entries.len()), &entry);
    Some(joined(before, &entries, after))
}
