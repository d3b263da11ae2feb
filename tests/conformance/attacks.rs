//! The alarms for attacks (docs/adr/0039, 0044): what each counts, and when it rings.

use std::collections::{BTreeMap, BTreeSet};

use domain::{CLOSED_AT, LOCK_LONGEST, lock_after};
use serde_json::json;

use crate::filters::matches;
use crate::logs::line_of;
use crate::run::{RUN, stack};
use crate::watching::{OURS, filters, metrics_of_alarm};

/// Each attack leaves lines that its alarm counts, and nothing else does: what each limit refuses in the sample events.
#[tokio::test]
async fn each_attack_is_counted_by_its_alarm_and_nothing_else_is() {
    let filters = filters().await;
    let told = tokio::task::spawn_blocking(|| {
        let outcomes = RUN.outcomes.iter();
        let told = outcomes.map(|outcome| (outcome.case.label(), line_of(&outcome.case)));
        told.collect::<Vec<_>>()
    });
    let told = told.await.unwrap();
    let counted = |metric: &str| {
        let fitting = told
            .iter()
            .filter(|(_, line)| matches(&filters[metric], &line.to_string()));
        fitting
            .map(|(label, _)| label.as_str())
            .collect::<BTreeSet<_>>()
    };
    for (metric, expected) in [
        (
            "ClientRefused",
            &[
                "remind-user-id too-many-attempts-from-client",
                "verify-member too-many-attempts-from-client",
            ][..],
        ),
        (
            "IdentityClosed",
            &["verify-member too-many-attempts-at-member"],
        ),
        (
            "AccountBesieged",
            &[
                "login invalid-credentials-besieged",
                "login too-many-attempts-closed",
            ],
        ),
        (
            "ResetsClosed",
            &["request-password-reset too-many-attempts-closed"],
        ),
        (
            "NotMatched",
            &[
                "verify-member member-not-matched",
                "verify-member member-not-matched-letter-key",
            ],
        ),
    ] {
        assert_eq!(
            counted(metric),
            expected.iter().copied().collect(),
            "{metric}"
        );
    }
}

/// One line in a minute is enough, none is not, and each looks at its own.
#[tokio::test]
async fn each_alarm_of_a_siege_rings_at_the_first_line_of_it() {
    let alarms = stack().await.resources("AWS::CloudWatch::Alarm");
    for (alarm, metric) in [
        ("IdentitiesAreClosed", "IdentityClosed"),
        ("AccountsAreBesieged", "AccountBesieged"),
        ("ResetsAreBesieged", "ResetsClosed"),
    ] {
        let settings = &alarms[alarm];
        let own = (OURS.to_owned(), metric.to_owned(), BTreeMap::new());
        assert_eq!(metrics_of_alarm(settings), [own], "{alarm}");
        for (name, value) in [
            ("Statistic", "Sum"),
            ("Period", "60"),
            ("ComparisonOperator", "GreaterThanThreshold"),
            ("Threshold", "0"),
            ("EvaluationPeriods", "1"),
            ("TreatMissingData", "notBreaching"),
        ] {
            let set = settings[name].as_str().map(str::to_owned);
            let set = set.unwrap_or_else(|| settings[name].to_string());
            assert_eq!(set, value, "{alarm}: {name}");
        }
        assert!(settings.get("DatapointsToAlarm").is_none(), "{alarm}");
    }
}

/// The filter's number is that of the wrong passwords before the first that locks for the longest.
#[tokio::test]
async fn an_account_is_besieged_from_the_longest_lock_on() {
    let filter = &filters().await["AccountBesieged"];
    for failures in 0..=CLOSED_AT {
        let line = json!({"failures": failures, "outcome": "invalid-credentials"}).to_string();
        let is_longest = lock_after(failures + 1) == LOCK_LONGEST;
        assert_eq!(matches(filter, &line), is_longest, "{failures}");
        let let_in = json!({"failures": failures, "outcome": "done"}).to_string();
        assert!(!matches(filter, &let_in));
    }
}
