//! The pages of the site that announcements are on: each one's own, and the list.
//!
//! A page's head and foot are those of the list beside it, so that nothing that pages repeat stands here.

use std::{fmt::Write as _, path::PathBuf};

use time::{Date, macros::format_description};

use super::notice::{Block, Id, Notice, Words};
use crate::{
    failure::Failure,
    markup::escaped,
    pages::{Files, LANGUAGES, Language},
};

const LIST_BEGINS: &str = "<ul class=\"news\" data-list>\n";
const LIST_ENDS: &str = "      </ul>\n";

fn list_of(language: Language) -> PathBuf {
    language.folder("announcements/index.html")
}

fn page_of(language: Language, id: &Id) -> PathBuf {
    let announcements = language.folder("announcements");
    announcements.join(id.as_str()).join("index.html")
}

fn words(notice: &Notice, language: Language) -> &Words {
    match language {
        Language::Japanese => &notice.ja,
        Language::English => &notice.en,
    }
}

/// The link that leads from an announcement to the list.
fn all(language: Language) -> &'static str {
    match language {
        Language::Japanese => "お知らせの一覧へ",
        Language::English => "All announcements",
    }
}

fn day(date: Date, language: Language) -> String {
    let format = match language {
        Language::Japanese => format_description!("[year].[month].[day]"),
        Language::English => format_description!("[day padding:none] [month repr:long] [year]"),
    };
    date.format(format).unwrap_or_else(|_| date.to_string())
}

/// Whether there is an announcement of this id, in any language.
pub(super) fn is_there(files: &Files, id: &Id) -> bool {
    let mut languages = LANGUAGES.into_iter();
    languages.any(|language| files.path(&page_of(language, id)).exists())
}

/// Refuses an insurer that the site does not know.
pub(super) fn refuse_unknown_insurer(files: &mut Files, code: &str) -> Result<(), Failure> {
    let place = Language::Japanese.folder("contact/index.html");
    let contacts = files.read(&place)?.unwrap_or_default();
    let section = format!("id=\"insurer-{}\"", escaped(code));
    if contacts.contains(&section) {
        Ok(())
    } else {
        Err(Failure::Usage(format!(
            "insurerCode: {} has no section with {section}: write it as it stands there, or write the \
             insurer's contact first, with `operator insurer contacts`",
            files.path(&place).display()
        )))
    }
}

/// The page and the entry of an announcement, in the place of those that have its id.
pub(super) fn publish(
    files: &mut Files,
    notice: &Notice,
    language: Language,
) -> Result<(), Failure> {
    let list = list(files, language)?;
    let page = page(&list, notice, language).ok_or_else(|| unlike(files, language))?;
    let place = page_of(language, &notice.id);
    files.read(&place)?;
    files.becomes(place, Some(page));
    let changed = with_entry(&list, notice, language).ok_or_else(|| unlike(files, language))?;
    files.becomes(list_of(language), Some(changed));
    Ok(())
}

/// Neither page nor entry.
pub(super) fn withdraw(files: &mut Files, id: &Id, language: Language) -> Result<(), Failure> {
    let place = page_of(language, id);
    files.read(&place)?;
    files.becomes(place, None);
    let list = list(files, language)?;
    let changed = without_entry(&list, id).ok_or_else(|| unlike(files, language))?;
    files.becomes(list_of(language), Some(changed));
    Ok(())
}

fn list(files: &mut Files, language: Language) -> Result<String, Failure> {
    let list = files.read(&list_of(language))?;
    list.ok_or_else(|| unlike(files, language))
}

fn unlike(files: &Files, language: Language) -> Failure {
    Failure::Usage(format!(
        "{} is not as docs/site.md tells: a list of the class news, a line for each announcement",
        files.path(&list_of(language)).display()
    ))
}

/// The text around a part that begins and ends so; both are in the part.
fn around<'a>(text: &'a str, begin: &str, end: &str) -> Option<(&'a str, &'a str)> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some((before, after))
}

/// An announcement's page, of the list's head and foot.
fn page(list: &str, notice: &Notice, language: Language) -> Option<String> {
    let words = words(notice, language);
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
    let (date, said, all) = (notice.date, day(notice.date, language), all(language));
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
    let (date, said) = (notice.date.to_string(), day(notice.date, language));
    let until = notice.until.map(|until| format!(" data-until=\"{until}\""));
    let insurer = notice.insurer_code.as_deref();
    let insurer = insurer.map(|code| format!(" data-insurer-code=\"{}\"", escaped(code)));
    let entry = format!(
        "        <li{}{}><time datetime=\"{date}\">{said}</time> <a href=\"{}/\">{}</a></li>",
        until.unwrap_or_default(),
        insurer.unwrap_or_default(),
        notice.id.as_str(),
        language.marked(&words(notice, language).title)
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
