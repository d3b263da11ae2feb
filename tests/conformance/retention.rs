//! How long everything is kept, as `docs/retention.md` has it: held to the code that writes each `ttl`, and to the
//! template.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    AUDIT_KEPT, BOUNCE_COUNTS, CODE_ADDRESS, CODE_SENDS, DELIVERY_KEPT, LOGIN_ADDRESS, MARK_KEPT,
    PASSWORD_CHECK, REGISTRATION_VALID, RESET_ADDRESS, RESET_VALID, RESETS, SESSION_VALID,
    VERIFY_ADDRESS, VERIFY_IDENTITY, VERIFY_PAIR,
};
use store::LOCKOUT_KEPT;

use crate::run::{resources, text_of};

/// The rows of the table: where, what, for how long, by what.
fn rows() -> Vec<[String; 4]> {
    let text = text_of("docs/retention.md");
    let rows = text.lines().filter(|line| line.starts_with("| "));
    rows.skip(1)
        .map(|row| {
            let cells = row
                .trim_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().to_owned());
            cells.collect::<Vec<_>>().try_into().unwrap()
        })
        .collect()
}

#[track_caller]
fn row(of: &str) -> [String; 4] {
    let found = rows().into_iter().find(|row| row[0] == of);
    found.unwrap_or_else(|| panic!("docs/retention.md has no row {of}"))
}

/// A time as the table writes it.
fn written(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        _ if seconds.is_multiple_of(86_400) => (seconds / 86_400, "day"),
        _ if seconds.is_multiple_of(3_600) => (seconds / 3_600, "hour"),
        _ => (seconds / 60, "minute"),
    };
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{s}")
}

fn of_type(kind: &str) -> Vec<(String, String)> {
    let kind = format!("Type: AWS::{kind}\n");
    let mut all = resources();
    all.retain(|(_, lines)| lines.contains(&kind));
    assert!(!all.is_empty(), "{kind}");
    all
}

#[test]
fn what_ends_by_its_ttl_is_kept_as_long_as_the_code_says() {
    for (of, kept) in [
        ("`Registrations`", REGISTRATION_VALID),
        ("`Sessions`", SESSION_VALID),
        ("`Resets`", RESET_VALID),
        ("`Throttles`, lockouts", LOCKOUT_KEPT),
        ("`Throttles`, members", VERIFY_IDENTITY.counted.kept_for()),
        ("`Addresses`, marks", MARK_KEPT),
        ("`Addresses`, mails", DELIVERY_KEPT.unsigned_abs()),
        ("`Audit`", AUDIT_KEPT),
    ] {
        let [.., told, by] = row(of);
        assert_eq!(told, written(kept), "{of}");
        assert!(by.starts_with("`ttl`"), "{of}: {by}");
    }
    assert!(BOUNCE_COUNTS <= MARK_KEPT);
    let logs = [
        VERIFY_PAIR.counted.kept_for(),
        VERIFY_ADDRESS.counted.kept_for(),
        LOGIN_ADDRESS.counted.kept_for(),
        RESET_ADDRESS.counted.kept_for(),
        PASSWORD_CHECK.counted.kept_for(),
        CODE_ADDRESS.kept_for(),
        CODE_SENDS.within,
        RESETS.kept_for(),
    ];
    let longest = logs.into_iter().max().unwrap();
    assert_eq!(row("`Throttles`, logs")[2], written(longest));
}

#[test]
fn each_table_is_told_with_what_collects_it_and_what_backs_it_up() {
    let mut told: BTreeSet<String> = BTreeSet::new();
    for (name, lines) in of_type("DynamoDB::Table") {
        let table = name.strip_suffix("Table").unwrap().to_owned();
        let named = format!("`{table}`");
        let own: Vec<_> = rows()
            .into_iter()
            .filter(|row| row[0].starts_with(&named))
            .collect();
        assert!(!own.is_empty(), "docs/retention.md has no row {named}");
        let is_collected = lines.contains("AttributeName: ttl\n");
        for [of, _, kept, by] in &own {
            assert_eq!(by.contains("`ttl`"), is_collected, "{of}: {kept}");
        }
        let is_backed_up = lines.contains("PointInTimeRecoveryEnabled: true");
        assert_eq!(row("backups")[1].contains(&named), is_backed_up, "{named}");
        if is_backed_up {
            // Nothing says another number of days: DynamoDB's own.
            assert!(!lines.contains("RecoveryPeriodInDays"), "{named}");
        }
        told.insert(table);
    }
    let tables = rows().into_iter().filter_map(|row| {
        let name = row[0].strip_prefix('`')?.split('`').next()?;
        Some(name.to_owned())
    });
    assert_eq!(tables.collect::<BTreeSet<_>>(), told);
    assert_eq!(row("backups")[2], "35 days");
}

#[test]
fn logs_and_letters_that_were_not_taken_are_kept_as_the_template_says() {
    for (name, lines) in of_type("Logs::LogGroup") {
        assert!(
            lines.contains("RetentionInDays: !Ref LogRetentionDays\n"),
            "{name}"
        );
    }
    let text = text_of("template.yaml");
    let (_, parameter) = text.split_once("\n  LogRetentionDays:\n").unwrap();
    let default = parameter
        .lines()
        .find_map(|line| line.trim().strip_prefix("Default: "));
    assert_eq!(row("log groups")[2], format!("{} days", default.unwrap()));
    for (name, lines) in of_type("SQS::Queue") {
        let period = lines.lines().find_map(|line| {
            let seconds = line.trim().strip_prefix("MessageRetentionPeriod: ")?;
            seconds.parse().ok().map(Duration::from_secs)
        });
        assert_eq!(row("dead letters")[2], written(period.unwrap()), "{name}");
    }
}

#[test]
fn what_erases_outlives_every_backup() {
    assert!(AUDIT_KEPT > Duration::from_hours(35 * 24));
    let certificate = text_of("infra/operator/src/insurer/certificate.rs");
    assert!(certificate.contains("Duration::days(35)"));
}
