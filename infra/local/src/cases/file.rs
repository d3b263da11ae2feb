//! The files of the cases, `events/<step>/cases.yaml` and `events/every-step.yaml`, and how a case is laid over
//! another one.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::case::Case;
use super::error::{CaseError, text_of, wrong};
use super::event::{self, Request};
use super::overlay::{self, Null, Setting};
use crate::yaml::{self, Node};

/// A case as its file says it: how it differs from the one that it begins with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Difference {
    /// What it shows, in a sentence.
    meaning: Option<String>,
    /// The case that it begins with; without it the first of the step.
    pub(super) from: Option<String>,
    /// It is another request of the step: what every step refuses alike stands for it, too, with this ending.
    pub(super) request: Option<String>,
    /// A merge patch on the event, with the body as JSON and the cookies by name.
    event: Option<Value>,
    /// The bytes that the body is filled up to by a field `filling`.
    body_bytes: Option<usize>,
    /// A merge patch on the state, with the entries of a list by name.
    state: Option<Value>,
    /// A problem in the place of the answer: its status and its name.
    refused: Option<String>,
    /// What differs in the answer; a `null` says that it is null or not there.
    answer: Option<Value>,
}

/// A case of a step's file, and its line.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) line: usize,
    /// Nothing takes a case of `every-step.yaml`, or one of its groups, away.
    pub(super) case: Option<Difference>,
}

/// A case that every step has.
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) case: Difference,
}

/// The steps that refuse something alike. Which these are is seen at the whole event and its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Group {
    /// All steps.
    Every,
    /// The steps that change something: whose method is not `GET`.
    Changing,
    /// The steps of somebody known: with a cookie that the state has an entry for.
    Known,
    /// The steps of a session.
    Session,
    /// The steps of a registration.
    Registration,
}

impl Group {
    /// The group of a name.
    pub(super) fn of(name: &str) -> Result<Self, String> {
        Self::deserialize(json!(name)).map_err(|error| error.to_string())
    }

    /// Whether a request belongs to the group.
    pub(super) fn holds_for(self, draft: &Draft) -> bool {
        match self {
            Self::Every => true,
            Self::Changing => draft.event.open["requestContext"]["http"]["method"] != "GET",
            Self::Known => ["session", "registration", "reset"]
                .iter()
                .any(|flow| draft.is_of(flow)),
            Self::Session => draft.is_of("session"),
            Self::Registration => draft.is_of("registration"),
        }
    }
}

/// A case on its way: the event opened, the lists of the state by name.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) name: String,
    meaning: String,
    pub(super) event: Request,
    state: Value,
    answer: Value,
    /// The group of `every-step.yaml` that it comes from, as long as the step says no more about it.
    pub(super) shared: Option<Group>,
    /// It is the whole event of the step, with the ids that this has.
    pub(super) is_whole: bool,
}

impl Draft {
    /// The whole event of a step.
    pub(super) fn of(name: &str, event: Value) -> Self {
        Self {
            name: name.to_owned(),
            meaning: String::new(),
            event: Request::open(event),
            state: json!({}),
            answer: json!({}),
            shared: None,
            is_whole: false,
        }
    }

    /// The same under another name, for another case that begins with it.
    pub(super) fn named(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            meaning: String::new(),
            shared: None,
            is_whole: false,
            ..self
        }
    }

    /// Whether the request carries the token of a session, a registration or a reset that its state has.
    fn is_of(&self, flow: &str) -> bool {
        let Some(token) = self.event.cookie(&format!("__Host-{flow}")) else {
            return false;
        };
        let entries = self.state[format!("{flow}s")].as_object();
        entries.is_some_and(|entries| entries.values().any(|entry| entry["token"] == token))
    }

    /// Lays a case over it.
    pub(super) fn lay(&mut self, case: &Difference) -> Result<(), String> {
        if let Some(meaning) = &case.meaning {
            self.meaning.clone_from(meaning);
        }
        if let Some(event) = &case.event {
            overlay::lay(&mut self.event.open, event, Null::Removes);
        }
        if case.body_bytes.is_some() {
            self.event.fill = case.body_bytes;
        }
        if let Some(state) = &case.state {
            overlay::lay(&mut self.state, state, Null::Removes);
        }
        if let Some(refused) = &case.refused {
            self.answer = refusal(refused)?;
        }
        if let Some(answer) = &case.answer {
            overlay::lay(&mut self.answer, answer, Null::Stays);
        }
        Ok(())
    }

    /// Gives a field another value: of the state, `state.accounts.taro.email`, or of the event, `body.userId`.
    pub(super) fn set(&mut self, setting: &Setting) -> Result<(), String> {
        let first = setting.first();
        if first == "state" {
            let mut all = json!({ "state": self.state });
            let patch = setting.patch(&all);
            overlay::lay(&mut all, &patch, Null::Removes);
            self.state = all["state"].take();
            return Ok(());
        }
        let event = &mut self.event.open;
        let is_known = ["body", "cookies", "isBase64Encoded"].contains(&first);
        if !is_known && event.get(first).is_none() {
            return Err(format!(
                "an event has no `{first}`; a field of the body is body.{first}"
            ));
        }
        let patch = setting.patch(event);
        overlay::lay(event, &patch, Null::Removes);
        Ok(())
    }

    /// The whole event.
    pub(super) fn close(self) -> Result<Value, String> {
        if Request::is_one(&self.event.open) {
            self.event.close()
        } else {
            Ok(self.event.open)
        }
    }

    /// The case of a step.
    pub(super) fn finish(self, step: &str) -> Result<Case, String> {
        if self.meaning.is_empty() {
            return Err("`meaning` is missing, a sentence".to_owned());
        }
        let mut event = self.clone().close()?;
        if !self.is_whole {
            event::draw_ids(&mut event, step, &self.name);
        }
        Ok(Case {
            step: step.to_owned(),
            name: self.name,
            meaning: self.meaning,
            event,
            state: as_lists(self.state)?,
            answer: with_lists_left(self.answer),
        })
    }
}

/// The answer that is a problem: `429 too-many-attempts`.
fn refusal(refused: &str) -> Result<Value, String> {
    let wrong = || "write `refused` as 429 too-many-attempts".to_owned();
    let (status, name) = refused.split_once(' ').ok_or_else(wrong)?;
    let status: u16 = status.parse().map_err(|_| wrong())?;
    Ok(json!({
        "status": status,
        "body": { "type": format!("/problems/{name}"), "status": status },
        "cookies": [],
        "mails": [],
    }))
}

/// A state as [`crate::Stack::load`] takes it: lists in the place of entries by name.
fn as_lists(state: Value) -> Result<Option<Value>, String> {
    let Value::Object(entries) = state else {
        return Err("a state is an object of entries".to_owned());
    };
    let mut lists = Map::new();
    for (kind, value) in entries {
        let by_name = value.is_object();
        let value = if matches!(kind.as_str(), "items" | "gone") {
            lists_in(value)
        } else {
            list_of(value)
        };
        // What a case has taken away whole needs no mention.
        if !by_name || value != json!([]) {
            lists.insert(kind, value);
        }
    }
    let accounts = lists.get_mut("accounts").and_then(Value::as_array_mut);
    for account in accounts.into_iter().flatten() {
        for kind in ["sessions", "devices"] {
            if let Some(entries) = account.get_mut(kind) {
                *entries = list_of(entries.take());
            }
        }
    }
    Ok((!lists.is_empty()).then_some(Value::Object(lists)))
}

/// An answer with the items of its tables as lists.
fn with_lists_left(mut answer: Value) -> Value {
    if let Some(left) = answer.get_mut("left") {
        *left = lists_in(left.take());
    }
    answer
}

/// An object with a list in the place of each of its members that has entries by name.
fn lists_in(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, list_of(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

/// The entries that are written by name, in the order of the names.
fn list_of(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries
                .into_iter()
                .filter(|(_, entry)| !entry.is_null())
                .collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.into_iter().map(|(_, entry)| entry).collect()
        }
        other => other,
    }
}

/// Reads the cases of a step.
pub(super) fn read_step(path: &Path) -> Result<Vec<Entry>, CaseError> {
    cases_in(path, &document(path)?)
}

/// Reads what every step refuses alike.
pub(super) fn read_shared(path: &Path) -> Result<Vec<(Group, Vec<Shared>)>, CaseError> {
    let document = document(path)?;
    let groups = document
        .entries()
        .map_err(|error| wrong(path, error.line, error.message))?;
    groups
        .iter()
        .map(|(name, node)| {
            let group = Group::of(name).map_err(|error| wrong(path, node.line, error))?;
            let cases = cases_in(path, node)?
                .into_iter()
                .map(|Entry { name, line, case }| {
                    let case = case.ok_or_else(|| wrong(path, line, format!("{name} is empty")))?;
                    Ok(Shared { name, case })
                })
                .collect::<Result<_, _>>()?;
            Ok((group, cases))
        })
        .collect()
}

fn document(path: &Path) -> Result<Node, CaseError> {
    yaml::read(&text_of(path)?).map_err(|error| wrong(path, error.line, error.message))
}

fn cases_in(path: &Path, document: &Node) -> Result<Vec<Entry>, CaseError> {
    let entries = document
        .entries()
        .map_err(|error| wrong(path, error.line, error.message))?;
    entries
        .iter()
        .map(|(name, node)| {
            let case = Option::<Difference>::deserialize(node.json())
                .map_err(|error| wrong(path, node.line, format!("{name}: {error}")))?;
            Ok(Entry {
                name: name.clone(),
                line: node.line,
                case,
            })
        })
        .collect()
}
