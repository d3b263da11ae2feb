//! An update of an account under construction.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{BegunSession, KnownDevice, TokenHash};
use time::OffsetDateTime;

use super::{AccountKey, KEY};
use crate::{
    Write,
    database::key,
    item::{instant, number},
    transaction::update,
};

/// An update of one account under construction.
#[derive(Default)]
pub(super) struct Changes {
    sets: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Changes {
    pub(super) fn only_if(&mut self, condition: impl Into<String>) {
        self.conditions.push(condition.into());
    }

    pub(super) fn name(&mut self, placeholder: impl Into<String>, name: &str) {
        self.names.insert(placeholder.into(), name.to_owned());
    }

    pub(super) fn value(&mut self, placeholder: impl Into<String>, value: AttributeValue) {
        self.values.insert(placeholder.into(), value);
    }

    pub(super) fn set(&mut self, path: &str, placeholder: &str, value: AttributeValue) {
        self.sets.push(format!("{path} = {placeholder}"));
        self.value(placeholder, value);
    }

    pub(super) fn remove(&mut self, path: impl Into<String>) {
        self.removes.push(path.into());
    }

    /// Takes tokens out of a list, whether or not they are in it.
    pub(super) fn unlist(&mut self, list: &str, tokens: &[&TokenHash]) {
        for (index, token) in tokens.iter().enumerate() {
            let name = format!("#{list}{index}");
            self.remove(format!("{list}.{name}"));
            self.name(name, token.as_str());
        }
    }

    /// Puts a token into a list at `:now` in the place of those that are `gone`, if they are still there;
    /// and, where a `most` is given, if there is room.
    pub(super) fn list(
        &mut self,
        list: &str,
        token: &TokenHash,
        most: Option<usize>,
        gone: &[&TokenHash],
    ) {
        self.sets.push(format!("{list}.#{list} = :now"));
        self.name(format!("#{list}"), token.as_str());
        self.unlist(list, gone);
        for index in 0..gone.len() {
            self.only_if(format!("attribute_exists({list}.#{list}{index})"));
        }
        if let Some(most) = most {
            let room = format!(":{list}");
            self.only_if(format!("size({list}) < {room}"));
            self.value(room, number(most + gone.len()));
        }
    }

    pub(super) fn of(self, table: &str, account: &AccountKey) -> Write {
        let clause = |verb: &str, parts: &[String]| match parts {
            [] => String::new(),
            parts => format!("{verb} {} ", parts.join(", ")),
        };
        let expression = clause("SET", &self.sets) + &clause("REMOVE", &self.removes);
        update()
            .table_name(table)
            .set_key(Some(key(KEY, account.as_str())))
            .update_expression(expression)
            .condition_expression(self.conditions.join(" AND "))
            .set_expression_attribute_names((!self.names.is_empty()).then_some(self.names))
            .set_expression_attribute_values(Some(self.values))
            .into()
    }
}

pub(super) fn session_list<'a>(
    sessions: impl IntoIterator<Item = &'a BegunSession>,
) -> AttributeValue {
    token_list(
        sessions
            .into_iter()
            .map(|session| (&session.token, session.at)),
    )
}

pub(super) fn device_list<'a>(
    devices: impl IntoIterator<Item = &'a KnownDevice>,
) -> AttributeValue {
    token_list(devices.into_iter().map(|device| (&device.token, device.at)))
}

fn token_list<'a>(tokens: impl Iterator<Item = (&'a TokenHash, OffsetDateTime)>) -> AttributeValue {
    let listed = tokens.map(|(token, at)| (token.as_str().to_owned(), instant(at)));
    AttributeValue::M(listed.collect())
}
