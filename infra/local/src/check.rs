//! The check of the tables ([`store::check`]): of a stack that stands still, item by item past everything else,
//! and of one that runs, as the operators' command does it.

use std::convert::Infallible;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use serde_json::{Value, json};
use store::Database;
use store::check::{Check, Finding, Survey};
use time::OffsetDateTime;

use crate::dynamodb::{TableError, Tables};
use crate::encode::store_item;
use crate::gate::OPERATOR_KEY;

/// Says what does not hold in tables that nobody writes to, as of a time.
pub(crate) fn still(tables: &Tables, now: OffsetDateTime) -> Result<Vec<Finding>, TableError> {
    let mut survey = Survey::at(now);
    for table in tables.names() {
        for item in tables.scan(table)? {
            survey.add(table, &store_item(&item).map_err(TableError::of)?);
        }
    }
    Ok(survey.findings())
}

/// Says what does not hold in the tables behind an endpoint, as JSON. `name` gives the name of a table by the
/// variable that functions have it in.
pub(crate) async fn running(
    url: &str,
    name: impl Fn(&'static str) -> String,
    now: OffsetDateTime,
) -> Result<Value, String> {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("ap-northeast-1"))
        .credentials_provider(Credentials::from_keys(OPERATOR_KEY, "any", None))
        .endpoint_url(url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let database = Database::new(aws_sdk_dynamodb::Client::from_conf(config));
    let Ok(check) = Check::of(&database, |variable| Ok::<_, Infallible>(name(variable)));
    let (read, findings) = check
        .run(now, |_| {})
        .await
        .map_err(|error| error.to_string())?;
    let findings: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "rule": finding.rule.name(),
                "table": finding.table,
                "item": finding.item,
                "what": finding.what,
            })
        })
        .collect();
    Ok(json!({"read": read, "findings": findings}))
}
