//! The one place of the local stack that asks the machine for the time. Functions never do: theirs
//! is the time of the request, which the gateway sets (see [`crate::gateway`]).

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

/// Now, in milliseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the local stack plays the part of AWS, whose clock this is"
)]
pub(crate) fn now_ms() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// A time as RFC 3339 in UTC, to the millisecond.
pub(crate) fn rfc3339(epoch_ms: i64) -> String {
    moment(epoch_ms).format(&Rfc3339).unwrap_or_default()
}

/// A time as the header `Date` has it (RFC 9110, section 5.6.7).
pub(crate) fn http_date(epoch_ms: i64) -> String {
    let date = moment(epoch_ms).format(&Rfc2822).unwrap_or_default();
    date.replace("+0000", "GMT")
}

/// Milliseconds since 1970 as a time.
pub(crate) fn moment(epoch_ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(epoch_ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Reads an RFC 3339 time as milliseconds since 1970.
pub(crate) fn parse_rfc3339(text: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok()
}
