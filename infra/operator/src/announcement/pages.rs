//! The parts of the site that announcements are in: each one's own, and the list.

use std::{fmt::Write as _, path::PathBuf};

use time::{Date, macros::format_description};

use super::notice::{Block, Id, Notice, Words};
use crate::language::say;
use crate::{
    failure::Failure,
    markup::in_template,
    pages::{Files, LANGUAGES, Language},
};

fn list_of(language: Language) -> PathBuf {
    language.part("announcements.html")
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
    let section = format!("id=\"insurer-{}\"", in_template(code));
    if contacts.contains(&section) {
        Ok(())
    } else {
        Err(Failure::Usage({
            let path = files.path(&place);
            let path = path.display();
            say!(ja: "insurerCode：{path} に {section} の節がありません。そこにあるとおりに書くか、先に `operator insurer contacts` で連絡先を書いてください", en: "insurerCode: {path} has no section with {section}: write it as it stands there, or write the insurer's contact first, with `operator insurer contacts`")
        }))
    }
}

/// The page and the entry of an announcement, in the place of those that have its id.
pub(super) fn publish(
    files: &mut Files,
    notice: &Notice,
    language: Language,
) -> Result<(), Failure> {
    let list = list(files, language)?;
    let page = page(notice, language);
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
    Failure::Usage({
        let path = files.path(&list_of(language));
        let path = path.display();
        say!(ja: "{path} が docs/site.md のとおりになっていません（お知らせごとに1行）", en: "{path} is not as docs/site.md tells: a line for each announcement")
    })
}

/// An announcement's page.
fn page(notice: &Notice, language: Language) -> String {
    let words = words(notice, language);
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (title, description) = (quoted(&words.title), quoted(&words.description));
    let (date, said) = (notice.date, day(notice.date, language));
    let mut page = format!(
        "{{% extends \"page.html\" %}}\n{{% set title = {title} %}}\n{{% set description = {description} %}}\n\
         {{% block main %}}\n<h1>{}</h1>\n<p><time datetime=\"{date}\">{said}</time></p>\n",
        language.marked(&words.title)
    );
    for block in &words.body {
        match block {
            Block::Paragraph(text) => {
                let _ = writeln!(page, "<p>{}</p>", language.marked(text));
            }
            Block::List(items) => {
                page += "<ul>\n";
                for item in items {
                    let _ = writeln!(page, "  <li>{}</li>", language.marked(item));
                }
                page += "</ul>\n";
            }
        }
    }
    page + "{% include \"announcement.html\" %}\n{% endblock %}\n"
}

/// The entries of a list; nothing for one that has something else in it.
fn entries(list: &str) -> Option<Vec<&str>> {
    let entries: Vec<&str> = list.lines().collect();
    let is_entry = |line: &&str| line.starts_with("<li") && line.ends_with("</li>");
    entries.iter().all(is_entry).then_some(entries)
}

fn joined(entries: &[impl AsRef<str>]) -> String {
    let lines = entries.iter().map(|entry| format!("{}\n", entry.as_ref()));
    lines.collect()
}

fn is_of(entry: &str, id: &Id) -> bool {
    entry.contains(&format!("announcements/{}/\">", id.as_str()))
}

fn without_entry(list: &str, id: &Id) -> Option<String> {
    let mut entries = entries(list)?;
    entries.retain(|entry| !is_of(entry, id));
    Some(joined(&entries))
}

/// The list with an announcement's entry, newest first; of one day, the last that was published is first.
fn with_entry(list: &str, notice: &Notice, language: Language) -> Option<String> {
    let mut entries = entries(list)?;
    entries.retain(|entry| !is_of(entry, &notice.id));
    let (date, said) = (notice.date.to_string(), day(notice.date, language));
    let until = notice.until.map(|until| format!(" data-until=\"{until}\""));
    let insurer = notice.insurer_code.as_deref();
    let insurer = insurer.map(|code| format!(" data-insurer-code=\"{}\"", in_template(code)));
    let entry = format!(
        "<li{}{}><time datetime=\"{date}\">{said}</time> <a href=\"{{{{ portal }}}}announcements/{}/\">{}</a></li>",
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
    Some(joined(&entries))
}
