//! What CloudFront keeps of the API's answers, as the template's cache policy says: for as long as the answer
//! says, and while the API fails a while longer (`stale-if-error`). A request's time is that of
//! `x-local-now`, as everywhere.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};

use crate::clock::{now_ms, parse_rfc3339};
use crate::serve::Answer;
use crate::template::Keeping;

/// The answers that are kept.
pub(crate) struct Cache {
    keeping: Keeping,
    kept: Mutex<HashMap<Key, Kept>>,
}

/// What two requests have in common that get one answer: the path, and the headers of the policy.
type Key = (String, Vec<Option<String>>);

struct Kept {
    answer: Answer,
    fresh_until_ms: i64,
    usable_until_ms: i64,
}

/// Where an answer to a request is kept, and when the request came.
pub(super) struct Place {
    key: Key,
    now_ms: i64,
}

impl Cache {
    pub(crate) fn keeping(keeping: Keeping) -> Self {
        Self {
            keeping,
            kept: Mutex::default(),
        }
    }

    /// Where the answer to a request is kept, if it is. Whose calls are counted is asked for anew.
    pub(super) fn place(&self, parts: &Parts) -> Option<Place> {
        let header = |name: &str| text(&parts.headers, name);
        let path = parts.uri.path();
        let is_kept = parts.method == Method::GET
            && !self.keeping.prefix.is_empty()
            && path.starts_with(&self.keeping.prefix)
            && header("x-local-calls").is_none();
        is_kept.then(|| Place {
            key: (
                path.to_owned(),
                self.keeping
                    .headers
                    .iter()
                    .map(|name| header(name))
                    .collect(),
            ),
            now_ms: header("x-local-now")
                .and_then(|now| parse_rfc3339(&now))
                .unwrap_or_else(now_ms),
        })
    }

    /// The answer that is kept there, if nobody need be asked.
    pub(super) fn fresh(&self, place: &Place) -> Option<Answer> {
        let kept = self.lock();
        let kept = kept.get(&place.key)?;
        (place.now_ms < kept.fresh_until_ms).then(|| kept.answer.clone())
    }

    /// Keeps an answer of the API, if it says for how long. Gives what the request gets: in the place of a
    /// failure, what is kept and may still be used.
    pub(super) fn keep(&self, place: Place, answer: Answer) -> Answer {
        let mut all = self.lock();
        if answer.status().is_server_error() {
            let kept = all.get(&place.key);
            let usable = kept.filter(|kept| place.now_ms < kept.usable_until_ms);
            return usable.map_or(answer, |kept| kept.answer.clone());
        }
        if answer.status() == StatusCode::OK
            && let Some(seconds) = directive(&answer, "max-age")
        {
            let fresh = milliseconds(seconds.min(self.keeping.at_most));
            let longer = milliseconds(directive(&answer, "stale-if-error").unwrap_or(0));
            let fresh_until_ms = place.now_ms.saturating_add(fresh);
            let kept = Kept {
                answer: answer.clone(),
                fresh_until_ms,
                usable_until_ms: fresh_until_ms.saturating_add(longer),
            };
            all.insert(place.key, kept);
        }
        answer
    }

    /// Keeps nothing any more.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

/// The seconds that a directive of `Cache-Control` has; none where the answer is not to be kept.
fn directive(answer: &Answer, name: &str) -> Option<u64> {
    let said = text(answer.headers(), header::CACHE_CONTROL.as_str())?;
    let mut directives = said.split(',').map(str::trim);
    if directives
        .clone()
        .any(|one| matches!(one, "no-store" | "private" | "no-cache"))
    {
        return None;
    }
    directives.find_map(|one| one.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::serve::answer;

    fn cache() -> Cache {
        Cache::keeping(Keeping {
            prefix: "/api/things/".to_owned(),
            headers: ["accept-language".to_owned()].into(),
            at_most: 60,
        })
    }

    fn place(cache: &Cache, path: &str, language: &str, now: &str) -> Option<Place> {
        let request = Request::get(path)
            .header("accept-language", language)
            .header("x-local-now", format!("2026-04-01T{now}Z"));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        cache.place(&parts)
    }

    fn said(status: u16, control: &str) -> Answer {
        let mut said = answer(StatusCode::from_u16(status).unwrap(), "text/plain", "a");
        said.headers_mut()
            .insert(header::CACHE_CONTROL, control.parse().unwrap());
        said
    }

    #[test]
    fn an_answer_is_kept_for_as_long_as_it_says_and_the_policy_allows() {
        let cache = cache();
        let at = |language, now| place(&cache, "/api/things/a", language, now).unwrap();
        cache.keep(at("ja", "09:00:00"), said(200, "public, max-age=300"));
        assert!(cache.fresh(&at("ja", "09:00:59")).is_some());
        assert!(cache.fresh(&at("ja", "09:01:00")).is_none(), "MaxTTL");
        assert!(cache.fresh(&at("en", "09:00:00")).is_none());
        let other = place(&cache, "/api/things/b", "ja", "09:00:00").unwrap();
        assert!(cache.fresh(&other).is_none());
        assert!(place(&cache, "/api/other/a", "ja", "09:00:00").is_none());
        cache.forget();
        assert!(cache.fresh(&at("ja", "09:00:00")).is_none());
    }

    #[test]
    fn nothing_is_kept_that_does_not_say_so() {
        let cache = cache();
        let at = || place(&cache, "/api/things/a", "ja", "09:00:00").unwrap();
        for answer in [
            said(200, "no-store"),
            said(200, "private, max-age=60"),
            said(200, "public"),
            said(422, "max-age=60"),
        ] {
            cache.keep(at(), answer);
            assert!(cache.fresh(&at()).is_none());
        }
    }

    #[test]
    fn while_the_api_fails_what_is_kept_is_used_a_while_longer() {
        let cache = cache();
        let at = |now| place(&cache, "/api/things/a", "ja", now).unwrap();
        let failed = || said(503, "no-store");
        assert_eq!(cache.keep(at("09:00:00"), failed()).status(), 503);
        cache.keep(at("09:00:00"), said(200, "max-age=60, stale-if-error=60"));
        assert_eq!(cache.keep(at("09:01:59"), failed()).status(), 200);
        assert_eq!(cache.keep(at("09:02:00"), failed()).status(), 503);
    }
}
