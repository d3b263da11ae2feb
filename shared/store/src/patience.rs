//! The patience of work that has time: whatever may pass by itself is waited for, up to a minute, where a
//! request's call gives up after four seconds.

use std::{future::Future, time::Duration};

use crate::{Error, database::drawn};

/// How long to wait, at most, before each further try.
const PAUSES_MS: [u64; 6] = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000];

/// Makes a call again while it fails by what may pass: a throttle, a conflict, a lost connection.
///
/// # Errors
/// As the call, when it still fails after about a minute, or by something that does not pass.
pub async fn patiently<T, F>(call: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for longest_ms in PAUSES_MS {
        match call().await {
            // At least half of it, so that the tries do not come together.
            Err(error) if error.may_pass() => {
                let half = Duration::from_millis(longest_ms / 2);
                tokio::time::sleep(half + drawn(longest_ms / 2)).await;
            }
            outcome => return outcome,
        }
    }
    call().await
}
