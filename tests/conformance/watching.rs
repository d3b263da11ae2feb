//! Alarms and dashboard: they name what is measured, of functions that there are, and lead to what to do.

use std::collections::{BTreeMap, BTreeSet};

use local::Source;
use serde_json::{Value, json};

use crate::names::in_camel_case;
use crate::run::{RUN, functions, listeners, stack, text_of};

/// The namespace of our own metrics, the name of the stack that the local one plays.
const OURS: &str = "local";

/// Metrics of AWS's own, with their dimensions, as each service's guide has them.
const OF_AWS: [(&str, &str, &[&str]); 12] = [
    ("AWS/ApiGateway", "5xx", &["ApiId"]),
    ("AWS/ApiGateway", "Count", &["ApiId"]),
    ("AWS/ApiGateway", "Latency", &["ApiId"]),
    ("AWS/DynamoDB", "ReadThrottleEvents", &["TableName"]),
    ("AWS/DynamoDB", "SystemErrors", &["TableName", "Operation"]),
    ("AWS/DynamoDB", "WriteThrottleEvents", &["TableName"]),
    ("AWS/Lambda", "Duration", &["FunctionName"]),
    ("AWS/Lambda", "Errors", &["FunctionName"]),
    ("AWS/Lambda", "Throttles", &["FunctionName"]),
    ("AWS/SES", "Reputation.BounceRate", &[]),
    ("AWS/SES", "Reputation.ComplaintRate", &[]),
    (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        &["QueueName"],
    ),
];

/// A metric: namespace, name, dimensions.
type Metric = (String, String, BTreeMap<String, String>);

#[tokio::test]
async fn our_metrics_that_are_watched_are_emitted_and_aws_own_are_documented() {
    // The run has a runtime of its own, and this test may be the first to ask for it.
    let emitted = tokio::task::spawn_blocking(emitted).await.unwrap();
    let stack = stack().await;
    let alarms = stack.resources("AWS::CloudWatch::Alarm");
    let of_alarms = alarms.values().flat_map(metrics_of_alarm);
    let watched: Vec<Metric> = of_alarms.chain(metrics_of(&dashboard().await)).collect();
    assert!(watched.len() > 100, "{}", watched.len());
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

/// `CloudWatch` charges for each name with each set of values.
#[test]
fn the_decision_tells_how_many_metrics_there_are() {
    let told = format!("{} metrics", emitted().len());
    let decision = text_of("docs/adr/0020-metrics-from-the-log-lines.md");
    assert!(decision.contains(&told), "{told}");
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

#[tokio::test]
async fn each_function_is_watched_and_nothing_else() {
    // Their answers take the same time whatever there was to do.
    const PACED: [&str; 2] = ["RemindUserIdFunction", "RequestPasswordResetFunction"];
    let logical = |step: &String| format!("{}Function", in_camel_case(step));
    let all: BTreeSet<String> = functions().iter().map(logical).collect();
    let mut waited_for = all.clone();
    waited_for.retain(|name| !PACED.contains(&name.as_str()));
    for listener in listeners() {
        waited_for.remove(&logical(&listener));
    }
    let stack = stack().await;
    let alarms = stack.resources("AWS::CloudWatch::Alarm");
    let of_alarms = alarms.values().flat_map(metrics_of_alarm);
    let failing: BTreeSet<String> = of_alarms
        .filter(|(namespace, metric, _)| namespace == OURS && metric == "Failed")
        .filter_map(|(_, _, dimensions)| dimensions.get("step").cloned())
        .collect();
    let mut steps: BTreeSet<String> = functions().iter().cloned().collect();
    for listener in listeners() {
        steps.remove(&listener);
    }
    assert_eq!(failing, steps, "Failed");
    for (name, expected) in [
        ("Errors", &all),
        ("Throttles", &all),
        ("Duration", &waited_for),
    ] {
        let of_alarms = alarms.values().flat_map(metrics_of_alarm);
        let watched: BTreeSet<String> = of_alarms
            .filter(|(namespace, metric, _)| namespace == "AWS/Lambda" && metric == name)
            .map(|(_, _, dimensions)| dimensions["FunctionName"].replacen("local-", "", 1))
            .collect();
        assert_eq!(watched, *expected, "{name}");
    }
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
        assert_eq!(back.len(), 5, "{name}");
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

#[tokio::test]
async fn the_queries_look_at_every_function() {
    let expected: BTreeSet<String> = functions()
        .iter()
        .map(|function| format!("/local/{function}"))
        .collect();
    let queries = stack().await.resources("AWS::Logs::QueryDefinition");
    assert_eq!(queries.len(), 2);
    for (name, query) in queries {
        let groups: BTreeSet<String> =
            serde_json::from_value(query["LogGroupNames"].clone()).unwrap();
        assert_eq!(groups, expected, "{name}");
    }
}

/// Every metric that a line of the sample events has, with the values of its dimensions.
fn emitted() -> BTreeSet<(String, BTreeMap<String, String>)> {
    let mut emitted = BTreeSet::new();
    let lines = RUN.logs.iter().filter(|line| line.source == Source::Stdout);
    for line in lines {
        let line: Value = serde_json::from_str(&line.text).unwrap();
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

fn metrics_of_alarm(alarm: &Value) -> Vec<Metric> {
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
            .filter(|of| of.get("MetricStat").is_some())
            .map(|of| metric(&of["MetricStat"]["Metric"]))
            .collect(),
    }
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
