//! The limits of the throttles, as `ARCHITECTURE.md` has them.

use std::time::Duration;

use domain::{
    CLOSED_AT, CODE_ADDRESS, CODE_INTERVAL, CODE_SENDS, CREATES_PER_REGISTRATION, DEVICE_VALID,
    LOCK_LONGEST, LOGIN_ADDRESS, Limit, PASSWORD_CHECK, RESET_ADDRESS, RESETS, VERIFY_ADDRESS,
    VERIFY_IDENTITY, VERIFY_PAIR, Windows, lock_after,
};

use crate::run::text_of;

/// The row of a throttle.
fn row(of: &str) -> String {
    let text = text_of("ARCHITECTURE.md");
    let start = format!("| `{of}` |");
    let mut rows = text.lines().filter(|line| line.starts_with(&start));
    rows.next()
        .unwrap_or_else(|| panic!("ARCHITECTURE.md has no row `{of}`"))
        .to_owned()
}

/// A limit in words, such as `10 failures in 15 minutes, 30 a day`.
fn told(limit: Windows, what: &str) -> String {
    let within = |window: Limit| match window.within.as_secs() {
        900 => "in 15 minutes",
        3_600 => "an hour",
        86_400 => "a day",
        34_560_000 => "in all",
        other => panic!("no words for {other} seconds"),
    };
    let short = format!("{} {what} {}", limit.short.most, within(limit.short));
    match limit.long {
        Some(long) => format!("{short}, {} {}", long.most, within(long)),
        None => short,
    }
}

#[test]
fn the_architecture_tells_the_limits_that_the_domain_has() {
    let limits: [(&str, Windows, &str); 8] = [
        ("verify-pair", VERIFY_PAIR.counted, "failures"),
        ("verify-identity", VERIFY_IDENTITY.counted, "failures"),
        (
            "verify-address",
            VERIFY_ADDRESS.counted,
            "identities that failed",
        ),
        (
            "login-address",
            LOGIN_ADDRESS.counted,
            "user IDs that failed",
        ),
        ("reset-address", RESET_ADDRESS.counted, "resets asked for"),
        ("code-address", CODE_ADDRESS, "codes"),
        ("password-check", PASSWORD_CHECK.counted, "failures"),
        ("reset-recipient", RESETS, "resets"),
    ];
    for (of, limit, what) in limits {
        let told = format!("| {}", told(limit, what));
        assert!(row(of).contains(&told), "{}: {told}", row(of));
    }
    let (line, site) = (VERIFY_ADDRESS, VERIFY_ADDRESS.of_a_site());
    assert_eq!(site.counted.most(), 4 * line.counted.most());
    for of in ["verify-site", "login-site", "reset-site", "code-site"] {
        assert!(row(of).contains("four times"), "{}", row(of));
    }
}

#[test]
fn the_architecture_tells_the_locks_that_the_domain_has() {
    let locked: Vec<u64> = (4..=7).map(|count| lock_after(count).as_secs()).collect();
    assert_eq!(locked, [0, 1, 2, 4]);
    assert_eq!((LOCK_LONGEST, CLOSED_AT), (Duration::from_mins(15), 100));
    let told =
        "from the 5th wrong password locked 2^(n−5) seconds, at most 15 minutes; closed after 100";
    assert!(
        row("login-user-id").contains(told),
        "{}",
        row("login-user-id")
    );
    assert_eq!(DEVICE_VALID, Duration::from_hours(400 * 24));
    assert!(
        row("login-device").contains("400 days"),
        "{}",
        row("login-device")
    );
}

#[test]
fn the_architecture_tells_how_often_codes_are_sent_and_users_created() {
    assert_eq!(
        (CODE_SENDS.most, CODE_SENDS.within),
        (5, Duration::from_hours(1))
    );
    assert_eq!(CODE_INTERVAL, Duration::from_mins(1));
    let told = "one mail a minute, five an hour";
    assert!(
        row("code-recipient").contains(told),
        "{}",
        row("code-recipient")
    );
    assert_eq!(CREATES_PER_REGISTRATION, 20);
    let text = text_of("ARCHITECTURE.md");
    assert!(text.contains("20 tries at create-user, and one code a minute and five an hour"));
}
