//! The members' site, assembled: from one shell, each page's own part in each language, and the modules, into the
//! files that members' browsers get.
//!
//! The local stack, the browser tests and the deployment serve what [`assemble`] gives, so none of them can show
//! another site. How the source is laid out is told in `docs/site.md`, why it is so in ADR 0025.

mod pages;
mod paths;
pub mod plan;
mod policy;
mod script;
mod source;
mod twins;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

pub use self::paths::{function, replaced};
pub use self::policy::permitted;
pub use self::source::Source;

/// Why a site cannot be assembled: which file of its source, and what is wrong with it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct Error {
    /// The file, below the site's folder.
    pub file: String,
    /// What is wrong, and with the line where there is one.
    pub message: String,
}

impl Error {
    fn new(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            message: message.into(),
        }
    }
}

/// How long a browser may keep a file without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// It asks each time: what stands behind the address changes. The template's `Cache-Control` says so.
    Asked,
    /// For ever: the name tells the content, and another content has another name.
    Forever,
}

impl Caching {
    /// The file's own `Cache-Control`; without one the template's goes out.
    #[must_use]
    pub const fn header(self) -> Option<&'static str> {
        match self {
            Self::Asked => None,
            Self::Forever => Some("public, max-age=31536000, immutable"),
        }
    }
}

/// A file as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The content.
    pub content: Vec<u8>,
    /// The media type, with its character set.
    pub media_type: &'static str,
    /// How long browsers may keep it.
    pub caching: Caching,
}

/// An assembled site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assembly {
    /// The files by their path, without a `/` at its beginning.
    pub files: BTreeMap<String, File>,
    /// The folders, as `announcements/`, to which a deployment of the site alone may bring pages: the distribution
    /// must not know their names.
    pub open: Vec<String>,
    /// The addresses that programs look for, and where they lead.
    pub moved: BTreeMap<String, String>,
    /// The script that stands in the pages themselves, if there is one.
    pub early: Option<String>,
}

/// The folder of what is named by its content.
const ASSETS: &str = "assets/";

/// Assembles a site.
///
/// # Errors
///
/// Says which file is wrong: a page whose two languages do not have one skeleton, a template, a module, a file of a
/// type that nobody knows.
pub fn assemble(source: &Source) -> Result<Assembly, Error> {
    let mut files = BTreeMap::new();
    let mut named = BTreeMap::new();
    for (path, content) in source.files() {
        if path.starts_with("parts/") || is_page(path) || path == pages::TABLE {
            continue;
        }
        let media_type = media_type(path).ok_or_else(|| {
            Error::new(
                path,
                "nobody knows the media type of this ending: site::media_type",
            )
        })?;
        if has_ending(path, "js") {
            continue;
        }
        let file = File {
            content: content.to_vec(),
            media_type,
            caching: Caching::Asked,
        };
        if let Some(name) = path.strip_prefix(ASSETS) {
            let address = keep(&mut files, name, file.clone());
            named.insert(name.to_owned(), address);
        }
        files.insert(path.to_owned(), file);
    }
    let table = pages::Table::read(source)?;
    if let Some(script) = script::joined(source, &table.scripts())? {
        let file = File {
            content: script.into_bytes(),
            media_type: JAVASCRIPT,
            caching: Caching::Asked,
        };
        let address = keep(&mut files, "site.js", file);
        named.insert("site.js".to_owned(), address);
    }
    let early = script::early(source)?;
    pages::render(source, &table, &named, early.as_deref(), &mut files)?;
    twins::compare(&files, &table)?;
    Ok(Assembly {
        files,
        open: table.open(),
        moved: table.moved(),
        early,
    })
}

/// Puts a file below [`ASSETS`], named by its content. Gives its address.
fn keep(files: &mut BTreeMap<String, File>, name: &str, file: File) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    let path = format!("{ASSETS}{stem}.{}.{ending}", fingerprint(&file.content));
    let address = format!("/{path}");
    files.insert(
        path,
        File {
            caching: Caching::Forever,
            ..file
        },
    );
    address
}

/// The first 64 bits of the SHA-256, which no two contents of a site share by chance.
fn fingerprint(content: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(content)
        .iter()
        .take(8)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The media type of a file, by its ending; none for one that no page of a site has. A page that is downloaded helps
/// nobody.
#[must_use]
pub fn media_type(path: &str) -> Option<&'static str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let Some((_, ending)) = name.rsplit_once('.') else {
        // What programs look for there has mostly no ending, and is JSON: OpenID Connect Discovery 1.0, section 4.
        return (folder == ".well-known").then_some("application/json");
    };
    Some(match ending {
        // The addresses on the paper letter end in `.ibss`.
        "html" | "ibss" => HTML,
        "css" => "text/css; charset=utf-8",
        "js" => JAVASCRIPT,
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "toml" | "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

fn is_page(path: &str) -> bool {
    has_ending(path, "html") || has_ending(path, "ibss")
}

fn has_ending(path: &str, ending: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, own)| own == ending)
}

/// The address that a page is seen at.
fn address(path: &str) -> String {
    let folder = path.strip_suffix("index.html").unwrap_or(path);
    format!("/{folder}")
}
