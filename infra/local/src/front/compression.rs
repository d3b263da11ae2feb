//! `Compress: true` of CloudFront: which answers it compresses, and how a compressed one differs from
//! the origin's.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;
use hyper::body::Bytes;

/// The sizes that CloudFront compresses, in bytes.
const SIZES: std::ops::RangeInclusive<usize> = 1_000..=10_000_000;

/// Whether CloudFront compresses an answer of this media type and size, for who takes it so.
///
/// Of the types that CloudFront knows, these are the ones that a site has.
pub(super) fn is_compressible(media_type: &str, content: &[u8]) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default();
    let known = matches!(
        essence,
        "text/html"
            | "text/css"
            | "text/javascript"
            | "text/plain"
            | "text/xml"
            | "application/javascript"
            | "application/json"
            | "application/xml"
            | "image/svg+xml"
    );
    known && SIZES.contains(&content.len())
}

/// Whether the request names gzip among what it takes. A `*` does not count: CloudFront looks for the
/// name.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip"))
                && !parts.any(is_refusal)
        })
}

/// A weight of zero, in any of its forms.
fn is_refusal(parameter: &str) -> bool {
    parameter
        .split_once('=')
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .and_then(|(_, weight)| weight.trim().parse().ok())
        .is_some_and(|weight: f32| weight <= 0.0)
}

/// The content as gzip. Nothing when it cannot be made, and then the content goes out as it is.
pub(super) fn gzip(content: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// The tag of a compressed answer: a strong one becomes weak, for its bytes are not the origin's.
pub(super) fn weak(tag: &str) -> String {
    format!("W/{tag}")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_what_is_text_and_of_the_right_size_is_compressed() {
        for (media_type, size, expected) in [
            ("text/html; charset=utf-8", 999, false),
            ("text/html; charset=utf-8", 1_000, true),
            ("text/css; charset=utf-8", 10_000_000, true),
            ("text/css; charset=utf-8", 10_000_001, false),
            ("text/javascript; charset=utf-8", 1_000, true),
            ("image/svg+xml", 1_000, true),
            ("application/json", 1_000, true),
            ("image/png", 1_000, false),
            ("font/woff2", 1_000, false),
            ("application/problem+json", 1_000, false),
        ] {
            let found = is_compressible(media_type, &vec![b'a'; size]);
            assert_eq!(found, expected, "{media_type}, {size} bytes");
        }
    }

    #[test]
    fn who_takes_gzip_says_so_by_name() {
        for (accept_encoding, expected) in [
            ("gzip", true),
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("identity", false),
            ("*", false),
            ("", false),
        ] {
            let value = HeaderValue::from_static(accept_encoding);
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, value)]);
            assert_eq!(is_wanted(&headers), expected, "{accept_encoding:?}");
        }
        assert!(!is_wanted(&HeaderMap::new()));
    }
}
