//! An announcement, as its file has it.

use serde::Deserialize;
use time::Date;

use crate::language::say;
use crate::{reasons::told, world};

/// The name of an announcement's folder, and so a part of its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id(String);

impl Id {
    const LONGEST: usize = 64;

    /// Reads an id.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_one = (1..=Self::LONGEST).contains(&text.len())
            && text.chars().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if is_one {
            Ok(Self(text.to_owned()))
        } else {
            Err(
                say!(ja: "id は英小文字と数字と、その間のハイフンで、64文字までです", en: "an id is of small letters, digits and hyphens between them, 64 at most"),
            )
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The file, field by field.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    id: String,
    date: String,
    until: Option<String>,
    insurer_code: Option<String>,
    ja: Text,
    en: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    title: String,
    description: String,
    body: String,
}

/// An announcement.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) id: Id,
    pub(super) date: Date,
    pub(super) until: Option<Date>,
    pub(super) insurer_code: Option<String>,
    pub(super) ja: Words,
    pub(super) en: Words,
}

/// What it says in one language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) body: Vec<Block>,
}

/// A part of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    Paragraph(String),
    List(Vec<String>),
}

impl Notice {
    /// Reads a file's text.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let entry: Entry = toml::from_str(text).map_err(|error| told(&error))?;
        let day = |field, text: &str| world::day(text).map_err(|error| format!("{field}: {error}"));
        let notice = Self {
            id: Id::parse(&entry.id).map_err(|error| format!("id: {error}"))?,
            date: day("date", &entry.date)?,
            until: entry.until.map(|until| day("until", &until)).transpose()?,
            insurer_code: entry.insurer_code,
            ja: words("ja", entry.ja)?,
            en: words("en", entry.en)?,
        };
        if notice.until.is_some_and(|until| until < notice.date) {
            return Err(
                say!(ja: "until が date より前のため、だれにも見えません", en: "until: it is before date, so nobody would ever see it"),
            );
        }
        let shape = |words: &Words| -> Vec<usize> { words.body.iter().map(Block::shape).collect() };
        if shape(&notice.ja) != shape(&notice.en) {
            return Err(
                say!(ja: "en.body の段落と箇条書きが、ja.body と1対1になっていません", en: "en.body: it has not the paragraphs and list items of ja.body, one for one"),
            );
        }
        Ok(notice)
    }
}

impl Block {
    /// Equal for blocks that are each other's translation.
    fn shape(&self) -> usize {
        match self {
            Self::Paragraph(_) => 0,
            Self::List(items) => items.len(),
        }
    }
}

fn words(language: &str, text: Text) -> Result<Words, String> {
    let line = |field: &str, text: String| {
        let text = text.trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            Err(
                say!(ja: "{language}.{field}：1行で書いてください", en: "{language}.{field}: it is one line that says something"),
            )
        } else {
            Ok(text.to_owned())
        }
    };
    let body = blocks(&text.body);
    if body.is_empty() {
        return Err(say!(ja: "{language}.body：空です", en: "{language}.body: it is empty"));
    }
    Ok(Words {
        title: line("title", text.title)?,
        description: line("description", text.description)?,
        body,
    })
}

/// Paragraphs and lists. Lines of one paragraph are joined: in Japanese without a space, else with one.
fn blocks(body: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut is_open = false;
    for line in body.lines().map(str::trim) {
        match (line.strip_prefix("- "), blocks.last_mut()) {
            _ if line.is_empty() => {
                is_open = false;
                continue;
            }
            (Some(item), Some(Block::List(items))) if is_open => items.push(item.trim().to_owned()),
            (Some(item), _) => blocks.push(Block::List(vec![item.trim().to_owned()])),
            (None, Some(Block::Paragraph(text))) if is_open => {
                let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii());
                if joins(text.chars().next_back()) && joins(line.chars().next()) {
                    text.push(' ');
                }
                text.push_str(line);
            }
            (None, _) => blocks.push(Block::Paragraph(line.to_owned())),
        }
        is_open = true;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
id = "deadline-2027"
date = "2026-12-01"
until = "2027-01-29"
insurerCode = "jkc"
[ja]
title = "期限のお知らせ"
description = "期限。"
body = """
期限は
1月29日です。

- 一
- 二
"""
[en]
title = "Deadline"
description = "The deadline."
body = """
The deadline
is 29 January.

- One
- Two
"""
"#;

    #[test]
    fn a_file_is_read_into_paragraphs_and_lists() {
        let notice = Notice::read(FILE).unwrap();
        let list = |items: [&str; 2]| Block::List(items.map(str::to_owned).to_vec());
        let paragraph = |text: &str| Block::Paragraph(text.to_owned());
        assert_eq!(
            notice.ja.body,
            [paragraph("期限は1月29日です。"), list(["一", "二"])]
        );
        assert_eq!(
            notice.en.body,
            [
                paragraph("The deadline is 29 January."),
                list(["One", "Two"])
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, message) in [
            ("deadline-2027", "../x", "id: "),
            ("deadline-2027", "Deadline", "id: "),
            ("2026-12-01", "2026-12-32", "date: "),
            ("2027-01-29", "2026-11-30", "until: it is before date"),
            ("\"Deadline\"", "\" \"", "en.title: "),
            ("\"The deadline.\"", "\"a\\nb\"", "en.description: "),
            ("- Two", "", "en.body: it has not the paragraphs"),
            (
                "- One\n- Two",
                "One, two",
                "en.body: it has not the paragraphs",
            ),
            ("until", "untill", "unknown field"),
        ] {
            assert!(FILE.contains(from), "{from}");
            let error = Notice::read(&FILE.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(message), "{from} {to}: {error}");
        }
    }
}
