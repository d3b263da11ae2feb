//! The site's files, as the origin of CloudFront serves them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::method_not_allowed;
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

/// Answers a request for `path`, which is decoded.
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
            answer(StatusCode::OK, HTML, WELCOME)
        } else {
            not_found(None)
        };
    };
    let Some(mut file) = inside(site, path) else {
        return not_found(Some(site));
    };
    if file.is_dir() {
        if !path.ends_with('/') {
            let mut redirect = empty(StatusCode::MOVED_PERMANENTLY);
            if let Ok(location) = HeaderValue::from_str(&format!("{path}/")) {
                redirect.headers_mut().insert(header::LOCATION, location);
            }
            return redirect;
        }
        file.push("index.html");
    }
    let Ok(content) = std::fs::read(&file) else {
        return not_found(Some(site));
    };
    let tag = tag(&content);
    let unchanged = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known == "*" || known.split(',').any(|known| known.trim() == tag));
    let mut answer = if unchanged {
        empty(StatusCode::NOT_MODIFIED)
    } else {
        answer(StatusCode::OK, media_type(&file), content)
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    // Asked again each time: a change of a file shows at once.
    answer
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

/// The file of a path; nothing for a path that leaves the site or names a hidden file.
fn inside(site: &Path, path: &str) -> Option<PathBuf> {
    let mut file = site.to_path_buf();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if segment.starts_with('.') || segment.contains(['\\', '\0', ':']) {
            return None;
        }
        file.push(segment);
    }
    Some(file)
}

fn not_found(site: Option<&Path>) -> Answer {
    match site.and_then(|site| std::fs::read(site.join("404.html")).ok()) {
        Some(page) => answer(StatusCode::NOT_FOUND, HTML, page),
        None => answer(StatusCode::NOT_FOUND, HTML, NOT_FOUND),
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

    #[test]
    fn no_path_leaves_the_site() {
        let site = Path::new("/site");
        for path in [
            "/../x",
            "/a/../../x",
            "/.git/config",
            "/a\\..\\x",
            "/a\0",
            "/c:/x",
        ] {
            assert_eq!(inside(site, path), None, "{path}");
        }
        assert_eq!(
            inside(site, "/portal/signup.ibss"),
            Some(PathBuf::from("/site/portal/signup.ibss"))
        );
    }
}
