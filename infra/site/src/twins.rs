//! Both languages are one page: the same elements in the same order, with the same attributes but for words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use html5gum::{Token, Tokenizer};

use crate::pages::Table;
use crate::{Error, File, is_page};

/// Attributes that are words, or tell the language of words.
const WORDED: [&str; 5] = ["alt", "aria-label", "data-title", "lang", "title"];
/// Elements without an end.
const VOID: [&str; 6] = ["br", "hr", "img", "input", "link", "meta"];

/// Refuses a page whose twin is missing, or is another page.
pub(crate) fn compare(files: &BTreeMap<String, File>, table: &Table) -> Result<(), Error> {
    for (path, file) in files {
        let Some(twin) = table.twin(path).filter(|_| is_page(path)) else {
            continue;
        };
        let other = files
            .get(&twin)
            .ok_or_else(|| Error::new(path, format!("its other language is missing: {twin}")))?;
        let (own, other) = (skeleton(&file.content), skeleton(&other.content));
        let at = own
            .iter()
            .zip(&other)
            .take_while(|(one, two)| one == two)
            .count();
        if at < own.len().max(other.len()) {
            let said = |parts: &[String]| {
                let context = &parts[at.saturating_sub(2).min(parts.len())..];
                context.iter().take(4).cloned().collect::<String>()
            };
            let message = format!(
                "{twin} is not the same page in its language: here {}, there {}",
                said(&own),
                said(&other)
            );
            return Err(Error::new(path, message));
        }
    }
    Ok(())
}

/// The tags of a page, without its words and without what is said of words alone.
fn skeleton(page: &[u8]) -> Vec<String> {
    let mut tags = Vec::new();
    // Whether each element that is open counts.
    let mut open = Vec::new();
    for token in Tokenizer::new(page) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = text(&tag.name);
                let attributes: Vec<(String, String)> = tag
                    .attributes
                    .iter()
                    .map(|(name, value)| (text(name), text(value)))
                    .collect();
                // Only tells the language of some words.
                let counts = !(name == "span" && attributes == [("lang".into(), "ja".into())]);
                if counts {
                    tags.push(said(&name, &attributes));
                }
                if !VOID.contains(&name.as_str()) {
                    open.push(counts);
                }
            }
            Token::EndTag(tag) if open.pop().unwrap_or(true) => {
                tags.push(format!("</{}>", text(&tag.name)));
            }
            _ => {}
        }
    }
    tags
}

fn said(name: &str, attributes: &[(String, String)]) -> String {
    let has = |name: &str, value: &str| attributes.iter().any(|(n, v)| n == name && v == value);
    let is_description = has("name", "description");
    // The link to the twin.
    let is_switch = has("class", "switch");
    let mut tag = format!("<{name}");
    for (name, value) in attributes {
        let own = (is_description && name == "content")
            || (is_switch && (name == "href" || name == "hreflang"));
        if !own && !WORDED.contains(&name.as_str()) {
            let value = same(value);
            let _ = write!(tag, " {name}=\"{value}\"");
        }
    }
    tag + ">"
}

/// An address, whatever its language; what is named by its content has other words in it.
fn same(value: &str) -> String {
    let name = value.strip_prefix("/assets/").and_then(|name| {
        let (stem, ending) = name.rsplit_once('.')?;
        Some(format!("{}.{ending}", stem.rsplit_once('.')?.0))
    });
    name.unwrap_or_else(|| value.replace("/portal/en/", "/portal/"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
