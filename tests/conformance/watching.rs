//! Alarms and dashboard: they name what is measured, and lead to what to do. What is counted in the log lines is
//! counted in lines that were really written.

use std::collections::{BTreeMap, BTreeSet};

use local::Source;
use serde_json::{Value, json};

use crate::filters::matches;
use crate::run::{RUN, functions, listeners, stack, text_of};

/// The namespace of our own metrics, the name of the stack that the local one plays.
pub(crate) const OURS: &str = "local";

/// Metrics of AWS's own, with their dimensions, as each service's guide has them.
const OF_AWS: [(&str, &str, &[&str]); 9] = [
    ("AWS/ApiGateway", "5xx", &["ApiId"]),
    ("AWS/ApiGateway", "Count", &["ApiId"]),
    ("AWS/ApiGateway", "Latency", &["ApiId"]),
    ("AWS/DynamoDB", "ReadThrottleEvents", &["TableName"]),
    ("AWS/DynamoDB", "WriteThrottleEvents", &["TableName"]),
    // Of all functions together.
    ("AWS/Lambda", "Throttles", &[]),
    ("AWS/SES", "Reputation.BounceRate", &[]),
    ("AWS/SES", "Reputation.ComplaintRate", &[]),
    (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        &["QueueName"],
    ),
];

/// A line that Lambda writes at the end of each invocation (AWS Lambda Developer Guide, "Lambda Telemetry API Event
/// schema reference", `platform.report`).
const REPORT: &str = r#"{"time":"2026-11-22T01:10:00.123Z","type":"platform.report","record":{"requestId":
    "6f7f0961-f83c-4cc0-8d43-6b09cf6b4b1a","metrics":{"durationMs":34.567,"billedDurationMs":35,"memorySizeMB":256,
    "maxMemoryUsedMB":48},"status":"success"}}"#;

/// A metric: namespace, name, dimensions. A query asks for all values of a dimension: `*`.
pub(crate) type Metric = (String, String, BTreeMap<String, String>);

#[tokio::test]
async fn our_metrics_that_are_watched_are_emitted_and_aws_own_are_documented() {
    // The run has a runtime of its own, and this test may be the first to ask for it.
    let mut emitted = tokio::task::spawn_blocking(emitted).await.unwrap();
    let of_any_value: Vec<_> = emitted
        .iter()
        .map(|(name, dimensions)| {
            let any = dimensions.keys().map(|key| (key.clone(), "*".to_owned()));
            (name.clone(), any.collect())
        })
        .collect();
    emitted.extend(of_any_value);
    let filters = filters().await;
    emitted.extend(filters.into_keys().map(|name| (name, BTreeMap::new())));
    let stack = stack().await;
    let alarms = stack.resources("AWS::CloudWatch::Alarm");
    let of_alarms = alarms.values().flat_map(metrics_of_alarm);
    let watched: Vec<Metric> = of_alarms.chain(metrics_of(&dashboard().await)).collect();
    assert!(watched.len() > 50, "{}", watched.len());
    for (namespace, name, dimensions) in watched {
        if namespace == OURS {
            let metric = (name, dimensions);
            assert!(
                emitted.contains(&metric),
                "{metric:?} is not in {emitted:?}"
            );
            continue;
        }
        let names: BTreeSet<&str> = dimensions.keys().map(String::as_str).collect();
        let documented = OF_AWS.iter().any(|(of, documented, with)| {
            *of == namespace
                && *documented == name
                && with.iter().copied().collect::<BTreeSet<_>>() == names
        });
        assert!(documented, "{namespace} {name} {names:?}");
    }
}

#[tokio::test]
async fn each_alarm_tells_what_members_feel_and_where_it_is_written_what_to_do() {
    let stack = stack().await;
    let alarms = stack.resources("AWS::CloudWatch::Alarm");
    let handbook = text_of("docs/operations.md");
    let sections: BTreeSet<String> = handbook
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(|title| title.to_lowercase().replace(' ', "-"))
        .collect();
    for (name, alarm) in &alarms {
        let description = alarm["AlarmDescription"].as_str().unwrap();
        let section = in_kebab_case(name);
        let reference = format!(" See docs/operations.md#{section}.");
        assert!(description.ends_with(&reference), "{name}: {description}");
        assert!(
            sections.contains(&section),
            "docs/operations.md has no section for {name}"
        );
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "{name}");
        assert_eq!(alarm["AlarmActions"], json!(["local-AlarmTopic"]), "{name}");
        let metrics = alarm["Metrics"].as_array().map_or(1, Vec::len);
        assert!(
            metrics <= 11,
            "{name}: CloudWatch takes ten metrics and what is made of them"
        );
    }
    let shown = dashboard().await.to_string();
    for name in alarms.keys() {
        assert!(
            shown.contains(&format!("local-{name}\"")),
            "the dashboard has no {name}"
        );
    }
}

/// Nothing names a function: a new one is watched from its first line on.
#[tokio::test]
async fn each_function_writes_where_it_is_counted() {
    let stack = stack().await;
    for (name, function) in stack.resources("AWS::Serverless::Function") {
        let logging = &function["LoggingConfig"];
        let expected = json!({"LogGroup": "/local/functions", "LogFormat": "JSON"});
        assert_eq!(*logging, expected, "{name}");
        // And nowhere else, whatever AWS's basic execution role lets it.
        let policies = function["Policies"].as_array().unwrap();
        assert!(policies.contains(&json!("local-OwnLogsPolicy")), "{name}");
    }
    for kind in ["AWS::Logs::MetricFilter", "AWS::Logs::QueryDefinition"] {
        for (name, of) in stack.resources(kind) {
            let group = of.get("LogGroupName").unwrap_or(&of["LogGroupNames"][0]);
            assert_eq!(group, "/local/functions", "{name}");
        }
    }
}

#[test]
fn each_function_tells_whether_it_failed() {
    let failing = emitted().into_iter().filter(|(name, _)| name == "Failed");
    let failing: BTreeSet<String> = failing
        .filter_map(|(_, dimensions)| dimensions.get("step").cloned())
        .collect();
    assert_eq!(failing, functions().iter().cloned().collect());
}

#[tokio::test]
async fn a_crash_and_a_timeout_are_counted_and_nothing_else() {
    let filters = filters().await;
    let crashed = |line: &str| matches(&filters["Crashed"], line);
    assert!(!crashed(REPORT));
    for status in ["error", "failure", "timeout"] {
        assert!(crashed(&REPORT.replace("success", status)), "{status}");
    }
    assert!(!crashed(
        &REPORT.replace("platform.report", "platform.start")
    ));
    let ours = tokio::task::spawn_blocking(lines).await.unwrap();
    assert!(!ours.iter().any(|line| crashed(line)));
}

#[tokio::test]
async fn a_slow_answer_is_counted_and_a_paced_one_is_not() {
    let filters = filters().await;
    let slow = |line: &str| matches(&filters["Slow"], line);
    let ours = tokio::task::spawn_blocking(lines).await.unwrap();
    for line in &ours {
        let mut line: Value = serde_json::from_str(line).unwrap();
        for (took, expected) in [(2_001, true), (2_000, false), (1_501, false)] {
            line["took_ms"] = json!(took);
            assert_eq!(slow(&line.to_string()), expected, "{line}");
        }
    }
    assert!(!slow(REPORT));
}

/// What the sample events of a failing database leave, and what those of failing mail leave.
#[tokio::test]
async fn a_database_that_fails_is_counted_and_a_mail_that_fails_is_not() {
    let filters = filters().await;
    let ours = tokio::task::spawn_blocking(lines).await.unwrap();
    let counted = |line: &&String| matches(&filters["DatabaseFailed"], line);
    let steps: BTreeSet<String> = ours
        .iter()
        .filter(counted)
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .inspect(|line| assert_eq!(line["outcome"], "try-again", "{line}"))
        .map(|line| line["step"].as_str().unwrap().to_owned())
        .collect();
    let mut expected: BTreeSet<String> = functions().iter().cloned().collect();
    for listener in listeners() {
        expected.remove(&listener);
    }
    assert_eq!(steps, expected);
    let mail = |line: &&String| line.contains("SendEmail failed with");
    assert!(ours.iter().any(|line| mail(&line)));
    assert!(!ours.iter().filter(mail).any(|line| counted(&line)));
}

/// The API needs the alias of a function, the alias its deployment, and the deployment these alarms.
#[tokio::test]
async fn what_takes_a_version_back_does_not_need_the_api() {
    let stack = stack().await;
    let alarms = stack.resources("AWS::CloudWatch::Alarm");
    for (name, function) in stack.resources("AWS::Serverless::Function") {
        assert_eq!(function["AutoPublishAlias"], "live", "{name}");
        assert_eq!(function["Tracing"], "Active", "{name}");
        let preference = &function["DeploymentPreference"];
        assert_eq!(preference["Type"], "Canary10Percent5Minutes", "{name}");
        let back = preference["Alarms"].as_array().unwrap();
        assert_eq!(back.len(), 3, "{name}");
        assert_eq!(preference["Enabled"], "true", "{name}");
        for alarm in back {
            let alarm = alarm.as_str().unwrap().replacen("local-", "", 1);
            for (namespace, _, dimensions) in metrics_of_alarm(&alarms[&alarm]) {
                assert!(
                    ["AWS/Lambda", OURS].contains(&namespace.as_str()),
                    "{alarm}"
                );
                assert!(!dimensions.contains_key("ApiId"), "{alarm}");
            }
            let text = alarms[&alarm].to_string();
            assert!(
                !text.contains("local-Api") && !text.contains("Alias"),
                "{alarm}"
            );
        }
    }
}

/// The lines that the functions wrote in the run of the sample events.
fn lines() -> Vec<String> {
    let lines = RUN.logs.iter().filter(|line| line.source == Source::Stdout);
    lines.map(|line| line.text.clone()).collect()
}

/// The patterns by which metrics of our own are counted in the lines, by the metric's name.
pub(crate) async fn filters() -> BTreeMap<String, String> {
    let filters = stack().await.resources("AWS::Logs::MetricFilter");
    let filters = filters.into_values().map(|filter| {
        let [of] = filter["MetricTransformations"]
            .as_array()
            .unwrap()
            .as_slice()
        else {
            panic!("{filter}");
        };
        assert_eq!(
            (&of["MetricNamespace"], &of["MetricValue"]),
            (&json!(OURS), &json!("1"))
        );
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&of["MetricName"]), text(&filter["FilterPattern"]))
    });
    filters.collect()
}

/// Every metric that a line of the sample events has, with the values of its dimensions.
pub(crate) fn emitted() -> BTreeSet<(String, BTreeMap<String, String>)> {
    let mut emitted = BTreeSet::new();
    for line in lines() {
        let line: Value = serde_json::from_str(&line).unwrap();
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        let at = line["_aws"]["Timestamp"].as_i64().unwrap();
        assert!(at > 1_500_000_000_000, "milliseconds: {line}");
        for directive in directives {
            assert_eq!(directive["Namespace"], OURS);
            for metric in directive["Metrics"].as_array().unwrap() {
                let name = metric["Name"].as_str().unwrap();
                let values = line[name].as_array().unwrap();
                assert!(values.iter().all(Value::is_u64), "{line}");
                for keys in directive["Dimensions"].as_array().unwrap() {
                    let keys = keys.as_array().unwrap().iter();
                    let dimensions = keys.map(|key| {
                        let key = key.as_str().unwrap();
                        (key.to_owned(), line[key].as_str().unwrap().to_owned())
                    });
                    emitted.insert((name.to_owned(), dimensions.collect()));
                }
            }
        }
    }
    emitted
}

async fn dashboard() -> Value {
    let dashboards = stack().await.resources("AWS::CloudWatch::Dashboard");
    let body = dashboards["Dashboard"]["DashboardBody"].as_str().unwrap();
    serde_json::from_str(body).unwrap()
}

pub(crate) fn metrics_of_alarm(alarm: &Value) -> Vec<Metric> {
    let metric = |metric: &Value| -> Metric {
        let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
        (
            metric["Namespace"].as_str().unwrap().to_owned(),
            metric["MetricName"].as_str().unwrap().to_owned(),
            dimensions
                .map(|dimension| {
                    let text = |key: &str| dimension[key].as_str().unwrap().to_owned();
                    (text("Name"), text("Value"))
                })
                .collect(),
        )
    };
    match alarm["Metrics"].as_array() {
        None => vec![metric(alarm)],
        Some(metrics) => metrics
            .iter()
            .filter_map(|of| match of.get("MetricStat") {
                Some(of) => Some(metric(&of["Metric"])),
                None => queried(of["Expression"].as_str().unwrap()),
            })
            .collect(),
    }
}

/// The metric that an expression asks for, if it is a query: `SELECT SUM(Failed) FROM SCHEMA("local", step)`.
fn queried(expression: &str) -> Option<Metric> {
    let (_, name) = expression.strip_prefix("SELECT ")?.split_once('(').unwrap();
    let (name, schema) = name.split_once(") FROM SCHEMA(").unwrap();
    let (schema, _) = schema.split_once(')').unwrap();
    let mut parts = schema.split(", ");
    let namespace = parts.next().unwrap().trim_matches('"');
    let dimensions = parts.map(|key| (key.to_owned(), "*".to_owned()));
    Some((namespace.to_owned(), name.to_owned(), dimensions.collect()))
}

/// The metrics of a dashboard: each a list of namespace, name, the dimensions, and how it is shown.
fn metrics_of(dashboard: &Value) -> Vec<Metric> {
    let widgets = dashboard["widgets"].as_array().unwrap().iter();
    let rows = widgets.flat_map(|widget| {
        let rows = widget["properties"]["metrics"].as_array();
        rows.into_iter().flatten()
    });
    rows.filter_map(|row| {
        let row = row.as_array().unwrap();
        let texts: Vec<&str> = row.iter().filter_map(Value::as_str).collect();
        let [namespace, name, dimensions @ ..] = texts.as_slice() else {
            return None; // made of others
        };
        let pairs = dimensions.chunks_exact(2);
        let dimensions = pairs.map(|pair| (pair[0].to_owned(), pair[1].to_owned()));
        Some((
            (*namespace).to_owned(),
            (*name).to_owned(),
            dimensions.collect(),
        ))
    })
    .collect()
}

/// `RequestsFail` becomes `requests-fail`.
fn in_kebab_case(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}
