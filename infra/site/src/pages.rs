//! The pages: each language's part in the shell.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde::{Deserialize, Serialize};

use crate::{Caching, Error, File, HTML, Source, address, is_page, keep};

/// What pages are in every language.
pub(crate) const TABLE: &str = "pages.toml";

/// The block of a page that other pages read: it is a file of its own, named by its content.
const READ: &str = "read";

/// `pages.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// The folders to which a deployment of the site alone may bring pages, and the languages that these have.
    #[serde(default)]
    open: BTreeMap<String, Vec<Language>>,
    /// The addresses that programs look for, and the page, below `/portal/`, that each leads to.
    #[serde(default)]
    moved: BTreeMap<String, String>,
    /// By their address below `/portal/`.
    #[serde(default)]
    pages: BTreeMap<String, Page>,
}

/// A page, in whatever language.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// Its module, below `portal/`.
    script: Option<String>,
    /// Whether it can be told a problem: it has the panel, and the words for no answer.
    #[serde(default)]
    talks: bool,
    /// Which flow the person on this page belongs to.
    flow: Option<String>,
    /// Which flow it begins.
    begins: Option<String>,
    /// Where its module leads, by name; addresses below the language's `/portal/`.
    #[serde(default)]
    leads: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    Ja,
    En,
}

impl Language {
    /// The language of a page, by its path.
    pub(crate) fn of(path: &str) -> Self {
        if path.starts_with("portal/en/") {
            Self::En
        } else {
            Self::Ja
        }
    }

    /// The folder of its parts.
    fn name(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The language of the words, and by whose habits dates are written.
    fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en-GB",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Ja => Self::En,
            Self::En => Self::Ja,
        }
    }

    /// The folder of the language's pages.
    fn portal(self) -> &'static str {
        match self {
            Self::Ja => "portal/",
            Self::En => "portal/en/",
        }
    }
}

impl Table {
    pub(crate) fn read(source: &Source) -> Result<Self, Error> {
        let Some(text) = source.text(TABLE)? else {
            return Ok(Self::default());
        };
        let table: Self =
            toml::from_str(text).map_err(|error| Error::new(TABLE, error.to_string()))?;
        for page in table.pages.keys().chain(table.moved.values()) {
            let path = format!("portal/{}", file(page));
            if source.text(&path)?.is_none() {
                return Err(Error::new(
                    TABLE,
                    format!("there is no page {page:?}: no file {path}"),
                ));
            }
        }
        Ok(table)
    }

    /// The modules of the pages, below `portal/`.
    pub(crate) fn scripts(&self) -> BTreeSet<&str> {
        let scripts = self.pages.values();
        scripts.filter_map(|page| page.script.as_deref()).collect()
    }

    pub(crate) fn open(&self) -> Vec<String> {
        self.open.keys().cloned().collect()
    }

    pub(crate) fn moved(&self) -> BTreeMap<String, String> {
        let moved = self.moved.iter();
        moved
            .map(|(from, page)| (from.clone(), format!("/{}{page}", Language::Ja.portal())))
            .collect()
    }

    /// The path of the page in the other language; nothing for one that needs none.
    pub(crate) fn twin(&self, path: &str) -> Option<String> {
        let language = Language::of(path);
        let below = path.strip_prefix(language.portal())?;
        let twin = format!("{}{below}", language.other().portal());
        let open = self.open.iter().find(|(folder, _)| {
            below
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.contains('/'))
        });
        let listed = self.pages.contains_key(&seen(below));
        match open {
            Some((_, languages)) if !listed && !languages.contains(&language.other()) => None,
            _ => Some(twin),
        }
    }
}

/// The file of an address below `/portal/`.
fn file(page: &str) -> String {
    if page.is_empty() || page.ends_with('/') {
        format!("{page}index.html")
    } else {
        page.to_owned()
    }
}

/// The address of a file, both below `/portal/`.
fn seen(below: &str) -> String {
    address(below).trim_start_matches('/').to_owned()
}

/// Renders all pages into `files`. `named` are the assets, by their name in the source.
pub(crate) fn render(
    source: &Source,
    table: &Table,
    named: &BTreeMap<String, String>,
    early: Option<&str>,
    files: &mut BTreeMap<String, File>,
) -> Result<(), Error> {
    let mut environments = BTreeMap::new();
    for language in [Language::Ja, Language::En] {
        environments.insert(language, environment(source, language)?);
    }
    let mut read: BTreeMap<&str, String> = BTreeMap::new();
    for path in paths(source) {
        let environment = &environments[&Language::of(path)];
        let text = source.text(path)?.unwrap_or_default();
        if text.contains(&format!("{{% block {READ} %}}")) {
            let context = context(table, path, named, early, &BTreeMap::new());
            let part = captured(environment, path, context)?;
            let file = File {
                content: part.into_bytes(),
                media_type: HTML,
                caching: Caching::Asked,
            };
            let folder = path.trim_end_matches("/index.html");
            let name = folder.rsplit('/').next().unwrap_or(folder);
            let kept = keep(files, &format!("{name}.html"), file);
            read.insert(path, kept);
        }
    }
    for path in paths(source) {
        let environment = &environments[&Language::of(path)];
        let context = context(table, path, named, early, &read);
        let page = environment
            .get_template(path)
            .and_then(|template| template.render(context))
            .map_err(|error| told(path, &error))?;
        let page = File {
            content: page.into_bytes(),
            media_type: HTML,
            caching: Caching::Asked,
        };
        files.insert(path.to_owned(), page);
    }
    Ok(())
}

/// The block that other pages read. What it reads itself it does not know.
fn captured(environment: &Environment, path: &str, context: Value) -> Result<String, Error> {
    let captured = environment
        .get_template(path)
        .and_then(|template| template.render_captured(context));
    captured
        .and_then(|mut captured| captured.with_state_mut(|state| state.render_block(READ)))
        .map_err(|error| told(path, &error))
}

fn paths(source: &Source) -> impl Iterator<Item = &str> {
    let all = source.files().map(|(path, _)| path);
    all.filter(|path| is_page(path) && !path.starts_with("parts/"))
}

/// The templates of a language: its pages by their path, the shell and its parts by their name below `parts/`, those
/// of the language before those that it shares.
fn environment(source: &Source, language: Language) -> Result<Environment<'_>, Error> {
    let mut environment = Environment::new();
    // Whatever the ending: a template that is named `.ibss` is a page like any other.
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_syntax(syntax()?);
    let own = format!("parts/{}/", language.name());
    for (path, _) in source.files().filter(|(path, _)| is_page(path)) {
        let name = match path.strip_prefix("parts/") {
            None => path,
            Some(shared) => match path.strip_prefix(&own) {
                Some(name) => name,
                None if shared.contains('/') => continue,
                None => shared,
            },
        };
        let text = source.text(path)?.unwrap_or_default();
        environment
            .add_template(name, text)
            .map_err(|error| told(path, &error))?;
    }
    Ok(environment)
}

/// What a page's templates know.
fn context(
    table: &Table,
    path: &str,
    assets: &BTreeMap<String, String>,
    early: Option<&str>,
    read: &BTreeMap<&str, String>,
) -> Value {
    let language = Language::of(path);
    // By the address below the portal: the language's own, or else the Japanese.
    let mut reads = BTreeMap::new();
    for from in [Language::Ja, language] {
        for (path, address) in read.iter().filter(|(path, _)| Language::of(path) == from) {
            let below = path
                .strip_prefix(from.portal())
                .map_or_else(|| address.clone(), seen);
            reads.insert(below, address.clone());
        }
    }
    let below = path.strip_prefix(language.portal());
    let page = below.map(seen).and_then(|page| table.pages.get(&page));
    let other = format!("/{}", language.other().portal());
    let twin = table.twin(path).map_or(other, |twin| address(&twin));
    context! {
        language => language.tag(),
        portal => made(&format!("/{}", language.portal())),
        twin => made(&twin),
        page => Value::from(Serde(page.cloned().unwrap_or_default())),
        assets => addresses(assets),
        early => early.map(made),
        read => addresses(&reads),
    }
}

fn addresses(all: &BTreeMap<String, String>) -> Value {
    let pairs = all
        .iter()
        .map(|(name, address)| (name.clone(), made(address)));
    Value::from(pairs.collect::<BTreeMap<_, _>>())
}

/// What the assembly has made: there is nothing in it to escape.
fn made(text: &str) -> Value {
    Value::from_safe_string(text.to_owned())
}

/// A line that has only a tag leaves nothing in the page.
fn syntax() -> Result<SyntaxConfig, Error> {
    let mut syntax = SyntaxConfig::builder();
    syntax
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true);
    syntax
        .build()
        .map_err(|error| Error::new(TABLE, error.to_string()))
}

/// A template's error: it may be in another file than the page.
fn told(path: &str, error: &minijinja::Error) -> Error {
    let place = match (error.name(), error.line()) {
        (Some(name), Some(line)) => format!(" ({name}, line {line})"),
        _ => String::new(),
    };
    let mut message = format!("{error}{place}");
    let mut cause = std::error::Error::source(error);
    while let Some(why) = cause {
        message = format!("{message}: {why}");
        cause = why.source();
    }
    Error::new(path, message)
}
