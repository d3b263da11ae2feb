//! The site's files, as the origin of CloudFront serves them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use hyper::body::Bytes;

use super::{compression, method_not_allowed};
use crate::serve::{Answer, answer, empty};

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
    File(PathBuf),
    /// A folder without the `/` at its end, which is this address.
    Folder(String),
}

/// Answers a request for `path`, which is decoded and without its query.
pub(super) fn serve(
    site: Option<&Path>,
    path: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Answer {
    if *method != Method::GET && *method != Method::HEAD {
        return method_not_allowed(method);
    }
    let site = site.filter(|site| site.join("index.html").is_file());
    let Some(site) = site else {
        return if path == "/" {
            page(StatusCode::OK, HTML, WELCOME.into(), headers)
        } else {
            page(StatusCode::NOT_FOUND, HTML, NOT_FOUND.into(), headers)
        };
    };
    match find(site, path) {
        Some(Found::Folder(address)) => moved_to(&address),
        Some(Found::File(file)) => match std::fs::read(&file) {
            Ok(content) => page(StatusCode::OK, media_type(&file), content.into(), headers),
            Err(_) => not_found(site, headers),
        },
        None => not_found(site, headers),
    }
}

fn not_found(site: &Path, headers: &HeaderMap) -> Answer {
    let own = std::fs::read(site.join("404.html"));
    let content = own.map_or_else(|_| NOT_FOUND.into(), Bytes::from);
    page(StatusCode::NOT_FOUND, HTML, content, headers)
}

fn moved_to(address: &str) -> Answer {
    let mut answer = empty(StatusCode::MOVED_PERMANENTLY);
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

/// What a path of the site leads to; nothing for one that leads nowhere, leaves the site or names a
/// hidden file.
fn find(site: &Path, path: &str) -> Option<Found> {
    let mut segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    // A path that ends in `/` has nothing as its last segment.
    let is_folder = segments.pop_if(|last| last.is_empty()).is_some();
    let mut file = site.to_path_buf();
    for segment in segments {
        let odd = segment.is_empty() || segment.starts_with('.');
        if odd || segment.contains(['\\', '\0', ':']) {
            return None;
        }
        file.push(segment);
    }
    match (file.is_dir(), is_folder) {
        (true, true) => Some(Found::File(file.join("index.html"))),
        (true, false) => Some(Found::Folder(format!("{path}/"))),
        (false, false) => Some(Found::File(file)),
        (false, true) => None,
    }
}

fn tag(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

fn media_type(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
    {
        // The addresses of the pages in the paper letter end in `.ibss`.
        "html" | "ibss" => HTML,
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/site")
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
            assert_eq!(find(&site(), path), None, "{path}");
        }
    }

    #[test]
    fn a_folder_is_its_page_and_a_file_is_no_folder() {
        let file = |path: &str| Some(Found::File(site().join(path)));
        for (path, expected) in [
            ("/", file("index.html")),
            ("/portal/", file("portal/index.html")),
            ("/portal", Some(Found::Folder("/portal/".to_owned()))),
            ("/portal/signup.ibss", file("portal/signup.ibss")),
            ("/portal/signup.ibss/", None),
            // Whether it is there shows when it is read.
            ("/portal/none", file("portal/none")),
        ] {
            assert_eq!(find(&site(), path), expected, "{path}");
        }
    }
}
