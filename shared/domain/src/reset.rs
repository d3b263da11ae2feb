//! A password reset: how long it lives. What an attempt with its code means is decided as for any code,
//! in [`IssuedCode`](crate::IssuedCode); what it changes is the store's.

use std::time::Duration;

/// How long a reset lives after it was asked for. Longer than its code, so that who comes too late for
/// the code is told so, and not that nothing was ever asked for.
pub const RESET_VALID: Duration = Duration::from_mins(30);

/// How long an operator's note of another address holds: a password reset may be asked for with it
/// until then. A day, for who calls from work resets at home.
pub const RECOVERY_VALID: Duration = Duration::from_hours(24);
