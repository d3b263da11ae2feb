//! `docs/limits.md`: how often anything may be tried, written from the limits of the domain.
//!
//! The words are here, the numbers are the domain's. A throttle of the store that has no words fails.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use domain::{
    CLOSED_AT, CODE_ADDRESS, CODE_INTERVAL, CODE_SENDS, CODE_TRIES, CREATES_PER_REGISTRATION,
    DEVICE_VALID, LOCK_LONGEST, LOCK_STARTS_AT, LOGIN_ADDRESS, Limit, MEMBER_CODES,
    MEMBER_USER_IDS, OPENED_FOR, PASSWORD_CHECK, RESET_ADDRESS, RESETS, SLIPS_FORGIVEN,
    VERIFY_ADDRESS, VERIFY_IDENTITY, VERIFY_LETTER, VERIFY_PAIR, Windows, lock_after,
};

use crate::generated::holds;
use crate::run::{names_in, text_of};

/// A throttle: its name in the table's keys, whose tries it counts, and how many.
type Row = (&'static str, &'static str, String);

const SITE: &str = "the IPv6 /48 around a client";

/// A time in words, such as `15 minutes`.
fn time(time: Duration) -> String {
    match time.as_secs() {
        60 => "a minute".to_owned(),
        3_600 => "an hour".to_owned(),
        86_400 => "a day".to_owned(),
        days if days.is_multiple_of(86_400) => format!("{} days", days / 86_400),
        seconds => format!("{} minutes", seconds / 60),
    }
}

fn within(limit: Limit) -> String {
    match limit.within {
        long if long > Duration::from_hours(24) => "in all".to_owned(),
        within => match time(within) {
            one if one.starts_with('a') => one,
            several => format!("in {several}"),
        },
    }
}

/// A limit in words, such as `10 failures in 15 minutes, 30 a day`.
fn told(limit: Windows, what: &str) -> String {
    let short = format!("{} {what} {}", limit.short.most, within(limit.short));
    match limit.long {
        Some(long) => format!("{short}, {} {}", long.most, within(long)),
        None => short,
    }
}

/// What mails of one kind to one recipient are held to.
fn mails() -> String {
    let (most, interval) = (CODE_SENDS, time(CODE_INTERVAL));
    format!("one mail {interval}, {} {}", most.most, within(most))
}

fn locks() -> String {
    let first = lock_after(LOCK_STARTS_AT).as_secs();
    format!(
        "from wrong password {LOCK_STARTS_AT} on locked for {first} second, then twice as long with each, at most \
        {}; closed after {CLOSED_AT}",
        time(LOCK_LONGEST)
    )
}

/// How many times the limit of a client the network around it has.
fn of_a_site() -> String {
    let (line, site) = (VERIFY_ADDRESS.counted, VERIFY_ADDRESS.of_a_site().counted);
    format!("{} times what the client has", site.most() / line.most())
}

fn tries() -> Vec<Row> {
    vec![
        (
            "verify-pair",
            "client and member, leading zeros and hyphens dropped",
            format!(
                "{}, at verify-member and remind-user-id together",
                told(VERIFY_PAIR.counted, "failures")
            ),
        ),
        (
            "verify-identity",
            "member, leading zeros and hyphens dropped",
            format!(
                "{} until the member succeeds, a new survey begins or the desk opens it, which holds for {}; from \
                wherever they come",
                told(VERIFY_IDENTITY.counted, "failures"),
                time(OPENED_FOR)
            ),
        ),
        (
            "verify-letter",
            "member and the hash of the letter's key",
            format!(
                "{}, of tries with the right key, from wherever they come; none of the others refuses these",
                told(VERIFY_LETTER.counted, "failures")
            ),
        ),
        (
            "verify-address",
            "client",
            format!(
                "{}, at both together; a success takes back its own and {SLIPS_FORGIVEN} more",
                told(VERIFY_ADDRESS.counted, "identities that failed")
            ),
        ),
        (
            "login-address",
            "client, of browsers that the account does not know",
            told(LOGIN_ADDRESS.counted, "user IDs that failed"),
        ),
        (
            "reset-address",
            "client",
            format!(
                "{}, whatever came of them",
                told(RESET_ADDRESS.counted, "resets asked for")
            ),
        ),
        ("verify-site", SITE, of_a_site()),
        ("login-site", SITE, of_a_site()),
        ("reset-site", SITE, of_a_site()),
        (
            "password-check",
            "account",
            format!(
                "{}, at change-password and change-email together",
                told(PASSWORD_CHECK.counted, "failures")
            ),
        ),
    ]
}

fn shares() -> Vec<Row> {
    vec![
        (
            "code-address",
            "client",
            format!(
                "{}, at send-code and change-email together: behind one address may stand a whole company",
                told(CODE_ADDRESS, "codes")
            ),
        ),
        ("code-site", SITE, of_a_site()),
        (
            "code-member",
            "member, over all registrations and changes of address",
            told(MEMBER_CODES, "codes"),
        ),
        (
            "user-id-member",
            "member, over all registrations",
            format!(
                "{}, at create-user, whether they are taken or free",
                told(MEMBER_USER_IDS, "user IDs")
            ),
        ),
        (
            "code-recipient",
            "address in lower case, without `+tag`",
            mails(),
        ),
        (
            "user-id-recipient",
            "the same, of the account's address",
            format!("{}; what is more is not mailed, and not told", mails()),
        ),
        (
            "new-address-recipient",
            "the same, of the address that is changed to",
            mails(),
        ),
        (
            "reset-pair",
            "client, user ID and the address that was typed",
            format!("{}; nobody can use up the codes of a sign-up", mails()),
        ),
        (
            "reset-recipient",
            "user ID and the address that was typed",
            format!("{}, from all clients", told(RESETS, "resets")),
        ),
    ]
}

fn lockouts() -> Vec<Row> {
    let itself = |of: &str| format!("as {of}, by itself");
    vec![
        ("login-user-id", "user ID in lower case", locks()),
        (
            "login-device",
            "a browser that the account knows, and the user ID",
            format!(
                "{}: for {} after its last login, only its own wrong passwords lock it",
                itself("login-user-id"),
                time(DEVICE_VALID)
            ),
        ),
        (
            "login-client",
            "client and user ID, while the desk has opened the account",
            itself("login-user-id"),
        ),
    ]
}

fn rows() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("tries", tries()),
        ("share", shares()),
        ("lockout", lockouts()),
    ]
}

#[test]
fn the_limits_are_told_as_the_domain_has_them() {
    let mut text = String::from(
        "# Limits\n\n\
        `make reference` writes this page from the limits of the code (`domain`), and a test holds it to them. [ADR \
        0031](adr/0031-throttles-that-cannot-be-turned-on-a-member.md) says what each limit is for.\n\n\
        A *client* is an IPv4 address, or an IPv6 /56. No throttle is shared by all members. Each is an item of the \
        table Throttles, under its name and the SHA-256 of whose tries it counts.\n\n\
        | throttle | whose | limit | item |\n|---|---|---|---|\n",
    );
    for (item, rows) in rows() {
        for (name, whose, limit) in rows {
            writeln!(text, "| `{name}` | {whose} | {limit} | {item} |").unwrap();
        }
    }
    write!(
        text,
        "\nA registration has limits in its own item: {CREATES_PER_REGISTRATION} tries at create-user, and {}. Each \
        code, also that of a reset or of a new address, has {CODE_TRIES} tries.\n\n\
        Items hold number sets of *stamps*: the request's millisecond and six random digits. A stamp can be added \
        twice without effect, found again, and taken out again ([ADR \
        0004](adr/0004-throttles-are-sets-of-stamps.md)). **Tries** are charged before they are judged (`tries`) and \
        counted before \"wrong\" is told (`tries_counted`); a try that is neither wrong nor over 20 seconds old is \
        under way ([ADR 0023](adr/0023-a-try-is-pending-until-it-is-judged.md)). A **lockout** is the same, and the \
        time of the last counted try says how long it lasts. Of a registration's tries, and of those at a code, only \
        what was wrong is written ([ADR 0052](adr/0052-a-try-is-written-once.md)). A **share** (`attempts`) is charged with what is given: the \
        code that a mail brings, or the answer.\n",
        mails().replace("mail", "code"),
    )
    .unwrap();
    holds("docs/limits.md", &text);
}

#[test]
fn every_throttle_of_the_store_is_told() {
    let rows = rows().into_iter().flat_map(|(_, rows)| rows);
    let told: BTreeSet<String> = rows.map(|(name, ..)| name.to_owned()).collect();
    let folder = "shared/store/src/throttles";
    let files = names_in(folder)
        .into_iter()
        .map(|name| format!("{folder}/{name}"));
    let mut counted = BTreeSet::new();
    for file in files.chain([format!("{folder}.rs")]) {
        let code = text_of(&file);
        for call in code.split("hashed(").skip(1) {
            if let Some((name, _)) = call
                .trim_start()
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'))
            {
                counted.insert(name.to_owned());
            }
        }
    }
    assert_eq!(
        told, counted,
        "tests/conformance/limits.rs (left), {folder} (right)"
    );
}

/// The domain's own tests have every lock; here are the words' first and last.
#[test]
fn the_first_locks_are_as_they_are_told() {
    let locked: Vec<u64> = (LOCK_STARTS_AT - 1..=LOCK_STARTS_AT + 2)
        .map(|count| lock_after(count).as_secs())
        .collect();
    assert_eq!(locked, [0, 1, 2, 4]);
}
