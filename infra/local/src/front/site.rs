//! The site, assembled, as the origin of CloudFront serves it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use hyper::body::Bytes;
use site::{Caching, File, Source, assemble};

use super::{compression, method_not_allowed};
use crate::serve::{Answer, answer, empty};

/// How long a page that was fetched ahead may be shown without asking again: what `SiteAhead` of the template says, to
/// which the browser tests hold it (tests/browser/distribution.spec.js).
const AHEAD: &str = "max-age=300";

const HTML: &str = "text/html; charset=utf-8";

/// What `/` shows where there is no site.
const WELCOME: &str = "<!doctype html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n<title>ローカル環境</title>\n\
    </head>\n<body>\n<main>\n<h1>ローカル環境が動いています</h1>\n\
    <p>画面はまだありません。API は <code>/api/</code> の下にあります。手順は <code>README.md</code> をご覧ください。</p>\n\
    <p><a href=\"/mailbox\">送られたメールを見る（メールボックス）</a></p>\n</main>\n</body>\n</html>\n";

const NOT_FOUND: &str = "<!doctype html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n\
    <title>ページが見つかりません</title>\n</head>\n<body>\n<main>\n<h1>ページが見つかりません</h1>\n\
    <p><a href=\"/\">トップページへ</a></p>\n</main>\n</body>\n</html>\n";

/// What a path leads to.
#[derive(Debug, PartialEq)]
enum Found {
    /// A file.
    File(File),
    /// A folder without the `/` at its end, which is this address.
    Folder(String),
    /// What programs look for, and is at this address.
    Moved(String),
}

/// The site as it is assembled of its folder: anew when something in that has changed, so that the next request shows
/// it. What was named by its content stays, as it does in the bucket: a page that is open may still ask for it.
pub(crate) struct Site {
    folder: PathBuf,
    now: Mutex<Now>,
}

/// The last assembly, and of which state of the folder it is.
#[derive(Default)]
struct Now {
    state: Option<u64>,
    files: BTreeMap<String, File>,
    moved: BTreeMap<String, String>,
    wrong: Option<String>,
}

impl Site {
    pub(crate) fn of(folder: PathBuf) -> Self {
        Self {
            folder,
            now: Mutex::default(),
        }
    }

    /// Looks after what has changed. Gives why the site cannot be assembled, if it cannot.
    fn refresh(&self) -> MutexGuard<'_, Now> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let state = state(&self.folder);
        if now.state != Some(state) {
            now.state = Some(state);
            match Source::read(&self.folder).and_then(|source| assemble(&source)) {
                Ok(site) => {
                    now.files.retain(|_, file| file.caching == Caching::Forever);
                    now.files.extend(site.files);
                    now.moved = site.moved;
                    now.wrong = None;
                }
                Err(why) => now.wrong = Some(why.to_string()),
            }
        }
        now
    }
}

/// What changes when a file of a folder does.
fn state(folder: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries.flatten() {
            match entry.metadata() {
                Ok(data) if data.is_dir() => folders.push(entry.path()),
                Ok(data) => (entry.path(), data.len(), data.modified().ok()).hash(&mut hasher),
                Err(_) => {}
            }
        }
    }
    hasher.finish()
}

/// Answers a request for `path`, which is decoded and without its query.
pub(super) fn serve(site: &Site, path: &str, method: &Method, headers: &HeaderMap) -> Answer {
    if *method != Method::GET && *method != Method::HEAD {
        return method_not_allowed(method);
    }
    let now = site.refresh();
    if let Some(wrong) = &now.wrong {
        let text = format!("The site cannot be assembled.\n{wrong}\n");
        let text_type = "text/plain; charset=utf-8";
        return page(
            StatusCode::INTERNAL_SERVER_ERROR,
            text_type,
            text.into(),
            headers,
        );
    }
    match find(&now.files, &now.moved, path) {
        Some(Found::Folder(address)) => moved_to(StatusCode::MOVED_PERMANENTLY, &address),
        Some(Found::Moved(address)) => moved_to(StatusCode::FOUND, &address),
        Some(Found::File(file)) => {
            let mut answer = page(
                StatusCode::OK,
                file.media_type,
                file.content.into(),
                headers,
            );
            let ahead = (file.media_type == HTML && is_fetched_ahead(headers)).then_some(AHEAD);
            if let Some(caching) = file.caching.header().or(ahead) {
                let caching = HeaderValue::from_static(caching);
                answer.headers_mut().insert(header::CACHE_CONTROL, caching);
            }
            answer
        }
        None if now.files.contains_key("index.html") => not_found(&now.files, headers),
        None if path == "/" => page(StatusCode::OK, HTML, WELCOME.into(), headers),
        None => page(StatusCode::NOT_FOUND, HTML, NOT_FOUND.into(), headers),
    }
}

/// Whether a browser fetches a page that it may need next (`Sec-Purpose`, of the Fetch standard).
fn is_fetched_ahead(headers: &HeaderMap) -> bool {
    headers
        .get("sec-purpose")
        .is_some_and(|purpose| purpose.as_bytes().starts_with(b"prefetch"))
}

fn not_found(files: &BTreeMap<String, File>, headers: &HeaderMap) -> Answer {
    let own = files.get("404.html").map(|file| file.content.clone());
    let content = own.map_or_else(|| NOT_FOUND.into(), Bytes::from);
    page(StatusCode::NOT_FOUND, HTML, content, headers)
}

fn moved_to(status: StatusCode, address: &str) -> Answer {
    let mut answer = empty(status);
    if let Ok(location) = HeaderValue::from_str(address) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

/// Answers with a content: whole, compressed, or only that it is unchanged, as the request allows.
/// `Cache-Control` is not said here: it is the template's.
fn page(
    status: StatusCode,
    media_type: &'static str,
    content: Bytes,
    headers: &HeaderMap,
) -> Answer {
    let compressible = compression::is_compressible(media_type, &content);
    let compress = compressible && compression::is_wanted(headers);
    let mut tag = tag(&content);
    if compress {
        tag = compression::weak(&tag);
    }
    let mut answer = if status == StatusCode::OK && knows(headers, &tag) {
        empty(StatusCode::NOT_MODIFIED)
    } else if let Some(compressed) = compress.then(|| compression::gzip(&content)).flatten() {
        let mut answer = answer(status, media_type, compressed);
        let gzip = HeaderValue::from_static("gzip");
        answer.headers_mut().insert(header::CONTENT_ENCODING, gzip);
        answer
    } else {
        answer(status, media_type, content)
    };
    let own = answer.headers_mut();
    if compressible {
        own.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if let (StatusCode::OK, Ok(tag)) = (status, HeaderValue::from_str(&tag)) {
        own.insert(header::ETAG, tag);
    }
    answer
}

/// Whether the request has this content already. Tags are compared weakly (RFC 9110, section 13.1.2):
/// compressed or not, it is the same.
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| {
            known.trim() == "*" || known.split(',').any(|known| opaque(known) == opaque(tag))
        })
}

/// What a path of the site leads to; nothing for one that leads nowhere.
fn find(
    files: &BTreeMap<String, File>,
    moved: &BTreeMap<String, String>,
    path: &str,
) -> Option<Found> {
    if let Some(address) = moved.get(path) {
        return Some(Found::Moved(address.clone()));
    }
    let path = path.strip_prefix('/')?;
    if path.is_empty() || path.ends_with('/') {
        return files
            .get(&format!("{path}index.html"))
            .cloned()
            .map(Found::File);
    }
    let folder = format!("{path}/");
    match files.get(path) {
        Some(file) => Some(Found::File(file.clone())),
        None if files.contains_key(&format!("{folder}index.html")) => {
            Some(Found::Folder(format!("/{folder}")))
        }
        None => None,
    }
}

fn tag(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> BTreeMap<String, File> {
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/site");
        assemble(&Source::read(&site).unwrap()).unwrap().files
    }

    #[test]
    fn no_path_leaves_the_site() {
        for path in [
            "",
            "/../x",
            "/a/../../x",
            "/.git/config",
            "/a\\..\\x",
            "/a\0",
            "/c:/x",
            "//portal",
            "//portal/",
            "/portal//signup.ibss",
            "//",
        ] {
            assert_eq!(find(&files(), &BTreeMap::new(), path), None, "{path}");
        }
    }

    #[test]
    fn what_programs_look_for_leads_to_its_page() {
        let moved = BTreeMap::from([("/.well-known/x".to_owned(), "/portal/".to_owned())]);
        let found = find(&files(), &moved, "/.well-known/x");
        assert_eq!(found, Some(Found::Moved("/portal/".to_owned())));
        assert_eq!(find(&files(), &moved, "/.well-known/y"), None);
    }

    #[test]
    fn a_folder_is_its_page_and_a_file_is_no_folder() {
        let file = |path: &str| Some(Found::File(files()[path].clone()));
        for (path, expected) in [
            ("/", file("index.html")),
            ("/portal/", file("portal/index.html")),
            ("/portal", Some(Found::Folder("/portal/".to_owned()))),
            ("/portal/signup.ibss", file("portal/signup.ibss")),
            ("/portal/signup.ibss/", None),
            ("/portal/none", None),
        ] {
            assert_eq!(find(&files(), &BTreeMap::new(), path), expected, "{path}");
        }
    }
}
