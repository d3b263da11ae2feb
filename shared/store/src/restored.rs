//! A table that point-in-time recovery made, beside the one of the stack: how the items of both stand to each
//! other, and how one that is missing here comes back. For operators' commands.
//!
//! Items are brought back as they are, attributes of versions to come included, and only where nothing is:
//! whatever was written since is newer.

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
    sync::Arc,
};

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{put_item::PutItemError, scan::builders::ScanFluentBuilder},
    types::{
        AttributeValue, KeysAndAttributes, ReturnValuesOnConditionCheckFailure, TableDescription,
        TableStatus,
    },
};
use domain::{InsurerCode, MemberId, Subject};
use time::OffsetDateTime;

use crate::{
    AccountKey, Database, Error, Item, Pages, database::retrying_conflicts, item::Reader,
    patience::patiently,
};

/// The most keys of one batch read: DynamoDB's limit.
const BATCH: usize = 100;

/// A table of the stack, and what a restore made of it.
#[derive(Clone, Debug)]
pub struct Restored {
    database: Database,
    name: &'static str,
    table: Arc<str>,
    from: Arc<str>,
    key: &'static [&'static str],
    only: Vec<Only>,
}

/// Which items are looked at.
#[derive(Clone, Debug)]
pub(crate) enum Only {
    /// Those with an attribute that begins so.
    Begins(&'static str, AttributeValue),
    /// Those with an attribute that is this.
    Is(&'static str, AttributeValue),
    /// Those with an attribute that is more than this.
    After(&'static str, AttributeValue),
}

/// What a restored table tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoredFrom {
    /// The table that it was restored from, if it says so.
    pub table: Option<String>,
    /// Whether that is the stack's.
    pub is_ours: bool,
    /// As of when.
    pub at: Option<OffsetDateTime>,
}

/// Why nothing can be brought back from a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is the table itself.
    #[error("{0} is the stack's table itself: name the one that the restore made beside it")]
    Itself(String),
    /// There is none.
    #[error(
        "there is no table {0} in this region and account: `aws dynamodb list-tables` has them"
    )]
    NotThere(String),
    /// It is being made, or deleted.
    #[error(
        "the table {table} is {status}: wait for it, with \
         `aws dynamodb wait table-exists --table-name {table}`"
    )]
    NotReady {
        /// The table.
        table: String,
        /// What DynamoDB says of it.
        status: String,
    },
    /// It is a restore of something else.
    #[error(
        "the items of {table} have the key {there}, and those of the stack's table {here}: it is a restore \
         of another table"
    )]
    OtherKey {
        /// The table.
        table: String,
        /// Its key.
        there: String,
        /// The key of the stack's.
        here: String,
    },
}

/// How an item of the restored table stands to the stack's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is here.
    Same,
    /// It is here and another: newer.
    Differs,
    /// It is not here.
    Missing,
    /// It is here, and what belongs to it is not: an account without its member's claim.
    Incomplete,
    /// An account that is not here, and whose member has another by now.
    MemberHasAnother,
    /// An account that is not here, and whose user ID somebody else has by now.
    UserIdTaken,
    /// It is not here, because its member, or its insurer, was erased since.
    Erased,
    /// A row that is not here, and whose member is: by another key, since the insurer's rule for 記号 and 番号 is another.
    Rekeyed,
}

impl Restored {
    pub(crate) fn new(
        database: &Database,
        name: &'static str,
        [table, from]: [&str; 2],
        key: &'static [&'static str],
        only: impl IntoIterator<Item = Only>,
    ) -> Self {
        Self {
            database: database.clone(),
            name,
            table: table.into(),
            from: from.into(),
            key,
            only: only.into_iter().collect(),
        }
    }

    /// Whether items of the one can be items of the other, and what the restored one tells of itself.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn inspect(&self) -> Result<Result<RestoredFrom, Unfit>, Error> {
        if self.table == self.from {
            return Ok(Err(Unfit::Itself(self.table.to_string())));
        }
        let mut described = Vec::with_capacity(2);
        for table in [&self.table, &self.from] {
            let answer = self.database.client.describe_table();
            match answer.table_name(&**table).send().await {
                Ok(answer) => described.extend(answer.table),
                Err(SdkError::ServiceError(error))
                    if error.err().is_resource_not_found_exception() =>
                {
                    return Ok(Err(Unfit::NotThere(table.to_string())));
                }
                Err(error) => return Err(Error::unavailable("DescribeTable", &error)),
            }
        }
        match &described[..] {
            [here, there] => Ok(fits(&self.from, here, there)),
            _ => Err(Error::Unavailable {
                operation: "DescribeTable",
                code: "unreadable response".to_owned(),
            }),
        }
    }

    /// The items of the restored table.
    pub async fn items(&self) -> Pages<Item> {
        Pages::of(&self.database, &self.from, self.scan(), |item| {
            Ok(item.clone())
        })
        .await
    }

    /// What is in the stack's table: a row of nothing for each item.
    pub async fn here_now(&self) -> Pages<()> {
        let scan = self.scan().projection_expression("#key");
        let scan = scan.expression_attribute_names("#key", self.key[0]);
        Pages::of(&self.database, &self.table, scan, |_| Ok(())).await
    }

    fn scan(&self) -> ScanFluentBuilder {
        let mut scan = self.database.client.scan().consistent_read(true);
        let mut conditions = Vec::with_capacity(self.only.len());
        for (index, only) in self.only.iter().enumerate() {
            let (name, placeholder) = (format!("#only{index}"), format!(":only{index}"));
            let (attribute, value, condition) = match only {
                Only::Begins(attribute, value) => (
                    attribute,
                    value,
                    format!("begins_with({name}, {placeholder})"),
                ),
                Only::Is(attribute, value) => (attribute, value, format!("{name} = {placeholder}")),
                Only::After(attribute, value) => {
                    (attribute, value, format!("{name} > {placeholder}"))
                }
            };
            conditions.push(condition);
            scan = scan
                .expression_attribute_names(name, *attribute)
                .expression_attribute_values(placeholder, value.clone());
        }
        scan.set_filter_expression((!conditions.is_empty()).then(|| conditions.join(" AND ")))
    }

    /// How items stand, in their order, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails for longer than it is waited for, or an item has no key.
    pub async fn standings(&self, items: &[Item]) -> Result<Vec<Standing>, Error> {
        let keys = items.iter().map(|item| self.key_of(item));
        let here = self.here(keys.collect::<Result<_, _>>()?).await?;
        let standings = items.iter().zip(here).map(|(item, here)| match here {
            None => Standing::Missing,
            Some(here) if is_same(item, &here) => Standing::Same,
            Some(_) => Standing::Differs,
        });
        Ok(standings.collect())
    }

    /// The items of the stack's table that have these keys, in their order.
    pub(crate) async fn here(&self, keys: Vec<Item>) -> Result<Vec<Option<Item>>, Error> {
        let names: Vec<String> = keys
            .iter()
            .map(|key| self.name_of(key))
            .collect::<Result<_, _>>()?;
        // DynamoDB takes no key twice in one call.
        let mut seen = HashSet::with_capacity(keys.len());
        let distinct: Vec<Item> = keys
            .into_iter()
            .zip(&names)
            .filter_map(|(key, name)| seen.insert(name).then_some(key))
            .collect();
        let mut found = HashMap::with_capacity(distinct.len());
        for keys in distinct.chunks(BATCH) {
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(keys.to_vec()))
                .consistent_read(true)
                .build()
                .map_err(|_| Error::Unavailable {
                    operation: "BatchGetItem",
                    code: "construction failure".to_owned(),
                })?;
            let wanted = HashMap::from([(self.table.to_string(), keys)]);
            let answer = patiently(|| self.database.read_all(wanted.clone())).await?;
            for item in answer.into_values().flatten() {
                found.insert(self.name_of(&item)?, item);
            }
        }
        Ok(names.iter().map(|name| found.get(name).cloned()).collect())
    }

    pub(crate) fn key_of(&self, item: &Item) -> Result<Item, Error> {
        let parts = self.key.iter().map(|part| {
            let value = item.get(*part).cloned();
            Ok(((*part).to_owned(), value.ok_or_else(|| self.corrupt(part))?))
        });
        parts.collect()
    }

    /// The key as one text.
    fn name_of(&self, item: &Item) -> Result<String, Error> {
        let parts = self.key.iter().map(|part| match item.get(*part) {
            Some(AttributeValue::S(text) | AttributeValue::N(text)) => Ok(text.as_str()),
            _ => Err(self.corrupt(part)),
        });
        Ok(parts.collect::<Result<Vec<_>, _>>()?.join("\n"))
    }

    fn corrupt(&self, attribute: &'static str) -> Error {
        let item = &Item::new();
        let table = self.name;
        Reader { table, item }.corrupt(attribute)
    }

    /// Puts an item where nothing is. Gives whether it is there now: not, when something else is.
    ///
    /// # Errors
    /// When DynamoDB fails for longer than it is waited for.
    pub async fn put_back(&self, item: &Item) -> Result<bool, Error> {
        let put = self
            .database
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item.clone()))
            .condition_expression("attribute_not_exists(#key)")
            .expression_attribute_names("#key", self.key[0])
            // A put whose reply was lost meets itself.
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        patiently(|| async {
            match retrying_conflicts(|| put.clone().send()).await {
                Ok(_) => Ok(true),
                Err(error) => match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                        Ok(refused.item().is_some_and(|here| is_same(item, here)))
                    }
                    _ => Err(Error::unavailable("PutItem", &error)),
                },
            }
        })
        .await
    }
}

/// Whether an item is of a member, an account or an insurer that is among these.
#[must_use]
pub fn is_of<S: BuildHasher>(erased: &HashSet<Subject, S>, item: &Item) -> bool {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let member = text("member").map(|id| MemberId::from_stored(id.clone()));
    // A member id begins with its insurer's code.
    let code = text("insurer")
        .map(String::as_str)
        .or_else(|| member.as_ref()?.as_str().split('#').next());
    let insurer = code.and_then(|code| InsurerCode::parse(code).ok());
    let account = text("account").map(|key| AccountKey::from_stored(key));
    let subjects = [
        member.map(|member| member.subject()),
        account.map(|account| account.subject()),
        insurer.map(|insurer| insurer.subject()),
    ];
    subjects
        .iter()
        .flatten()
        .any(|subject| erased.contains(subject))
}

/// Whether two items are the same, in whatever order their sets are.
pub(crate) fn is_same(a: &Item, b: &Item) -> bool {
    let has = |(name, value)| {
        b.get::<String>(name)
            .is_some_and(|b| is_same_value(value, b))
    };
    a.len() == b.len() && a.iter().all(has)
}

fn is_same_value(a: &AttributeValue, b: &AttributeValue) -> bool {
    match (a, b) {
        (AttributeValue::Ss(a), AttributeValue::Ss(b))
        | (AttributeValue::Ns(a), AttributeValue::Ns(b)) => {
            a.iter().collect::<HashSet<_>>() == b.iter().collect::<HashSet<_>>()
        }
        (AttributeValue::M(a), AttributeValue::M(b)) => is_same(a, b),
        _ => a == b,
    }
}

fn fits(
    name: &str,
    here: &TableDescription,
    there: &TableDescription,
) -> Result<RestoredFrom, Unfit> {
    let table = name.to_owned();
    if let Some(status) = there.table_status()
        && !matches!(status, TableStatus::Active | TableStatus::Updating)
    {
        let status = status.as_str().to_owned();
        return Err(Unfit::NotReady { table, status });
    }
    let (here_key, there_key) = (key_schema(here), key_schema(there));
    if here_key != there_key {
        return Err(Unfit::OtherKey {
            table,
            there: there_key,
            here: here_key,
        });
    }
    let Some(restore) = there.restore_summary() else {
        return Ok(RestoredFrom::default());
    };
    let source = restore.source_table_arn();
    Ok(RestoredFrom {
        table: source.map(|arn| arn.rsplit('/').next().unwrap_or(arn).to_owned()),
        is_ours: source.is_some() && source == here.table_arn(),
        at: OffsetDateTime::from_unix_timestamp(restore.restore_date_time().secs()).ok(),
    })
}

/// The attributes of a key with their types, such as `subject (S), at (N)`.
fn key_schema(table: &TableDescription) -> String {
    let parts = table.key_schema().iter().map(|part| {
        let name = part.attribute_name();
        let mut defined = table.attribute_definitions().iter();
        let kind = defined.find(|defined| defined.attribute_name() == name);
        let kind = kind.map_or("?", |defined| defined.attribute_type().as_str());
        format!("{name} ({kind})")
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{
        primitives::DateTime,
        types::{
            AttributeDefinition, KeySchemaElement, KeyType, RestoreSummary, ScalarAttributeType,
        },
    };
    use time::macros::datetime;

    use super::*;
    use crate::item::{item, number, text};

    const ARN: &str = "arn:aws:dynamodb:ap-northeast-1:123456789012:table/ibss-AccountsTable-1";

    fn table(key: &str, status: TableStatus, source: Option<&str>) -> TableDescription {
        let restored = source.map(|source| {
            RestoreSummary::builder()
                .source_table_arn(source)
                .restore_date_time(DateTime::from_secs(
                    datetime!(2027-01-13 11:15 UTC).unix_timestamp(),
                ))
                .restore_in_progress(false)
                .build()
                .unwrap()
        });
        TableDescription::builder()
            .table_arn(ARN)
            .table_status(status)
            .key_schema(
                KeySchemaElement::builder()
                    .attribute_name(key)
                    .key_type(KeyType::Hash)
                    .build()
                    .unwrap(),
            )
            .attribute_definitions(
                AttributeDefinition::builder()
                    .attribute_name(key)
                    .attribute_type(ScalarAttributeType::S)
                    .build()
                    .unwrap(),
            )
            .set_restore_summary(restored)
            .build()
    }

    #[test]
    fn a_restore_tells_what_it_is_of_and_as_of_when() {
        let here = table("account", TableStatus::Active, None);
        for (source, is_ours, name) in [
            (ARN, true, "ibss-AccountsTable-1"),
            (
                "arn:aws:dynamodb:ap-northeast-1:123456789012:table/other",
                false,
                "other",
            ),
        ] {
            let there = table("account", TableStatus::Active, Some(source));
            let told = fits("accounts-restored", &here, &there).unwrap();
            assert_eq!(told.table.as_deref(), Some(name));
            assert_eq!(told.is_ours, is_ours);
            assert_eq!(told.at, Some(datetime!(2027-01-13 11:15 UTC)));
        }
        let told = fits("accounts-restored", &here, &here).unwrap();
        assert_eq!(told, RestoredFrom::default());
    }

    #[test]
    fn a_table_that_is_not_ready_or_of_other_items_is_unfit() {
        let here = table("account", TableStatus::Active, None);
        for (there, message) in [
            (
                table("account", TableStatus::Creating, None),
                "is CREATING: wait for it",
            ),
            (
                table("member", TableStatus::Active, None),
                "the key member (S)",
            ),
        ] {
            let unfit = fits("accounts-restored", &here, &there).unwrap_err();
            assert!(unfit.to_string().contains(message), "{unfit}");
        }
    }

    #[test]
    fn items_are_the_same_whatever_the_order_of_their_sets() {
        let set = |texts: &[&str]| {
            AttributeValue::Ss(texts.iter().map(|text| (*text).to_owned()).collect())
        };
        let of = |names: &[&str]| item([("names", set(names)), ("number", number(1))]);
        let nested = |names: &[&str]| item([("in", AttributeValue::M(of(names)))]);
        assert!(is_same(&of(&["a", "b"]), &of(&["b", "a"])));
        assert!(is_same(&nested(&["a", "b"]), &nested(&["b", "a"])));
        assert!(!is_same(&of(&["a"]), &of(&["a", "b"])));
        assert!(!is_same(
            &item([("a", text("1"))]),
            &item([("a", number(1))])
        ));
        assert!(!is_same(
            &item([("a", text("1"))]),
            &item([("b", text("1"))])
        ));
    }
}
