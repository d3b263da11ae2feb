//! Bodies: JSON objects of named texts, each parsed into a type of the domain. The variables of a route are
//! fields like those of a body.
//!
//! All bad fields are found in one go, so that a member corrects them in one go. What a step does not
//! know is refused, and so is what it could misread: unknown fields, a field given twice, values that
//! are no text.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use time::Date;

use crate::{
    Call, Explain, Language, Malformed, Problem,
    messages::{self, Refused},
};

/// So many unknown fields are told at the most: who sends more is no page of ours, and gets no long answer.
const MOST_UNKNOWN: usize = 10;

/// The largest body that is looked at.
pub(crate) const LARGEST_BODY_BYTES: usize = 16 * 1024;

/// A field that cannot be used, and why.
pub struct FieldError {
    field: Cow<'static, str>,
    reason: Box<dyn Explain>,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<Cow<'static, str>>, reason: impl Explain) -> Self {
        Self {
            field: field.into(),
            reason: Box::new(reason),
        }
    }

    /// The field's name in the request.
    pub(crate) fn field(&self) -> &str {
        &self.field
    }

    /// The reason, for programs.
    pub(crate) fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// What was probably meant.
    pub(crate) fn suggestion(&self) -> Option<String> {
        self.reason.suggestion()
    }

    /// The reason, for the member.
    pub(crate) fn message(&self, language: Language) -> String {
        messages::of(&self.field, &*self.reason, language)
    }
}

/// Without what was typed, which a reason may quote.
impl fmt::Debug for FieldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FieldError")
            .field("field", &self.field)
            .field("code", &self.code())
            .finish_non_exhaustive()
    }
}

/// A request body that a step can read.
pub trait FromForm: Sized {
    /// Takes the fields out of `form`; `None` when one is unusable, which the form then remembers.
    fn from_form(form: &mut Form) -> Option<Self>;
}

/// Steps without a body take nothing from it.
impl FromForm for () {
    fn from_form(_: &mut Form) -> Option<Self> {
        Some(())
    }
}

/// The fields of a request, to be taken out one by one.
pub struct Form {
    fields: Vec<(String, Value)>,
    errors: Vec<FieldError>,
    today: Date,
}

impl Form {
    /// The date in Japan, which birth dates are held against.
    #[must_use]
    pub fn today(&self) -> Date {
        self.today
    }

    /// Whether there is a field of this name, be it empty.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }

    /// Takes a field that must be there and must parse.
    pub fn required<T, E: Explain>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match self.take(field)? {
            Some(text) => self.parse(field, &text, parse),
            None => self.refuse(field, Refused::Missing),
        }
    }

    /// Takes a field that may be absent, null or empty, and must parse when it is none of these.
    ///
    /// The outer `Option` tells whether the field is usable, the inner one whether it is there.
    pub fn optional<T, E: Explain>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match self.take(field)? {
            Some(text) if !text.trim().is_empty() => self.parse(field, &text, parse).map(Some),
            _ => Some(None),
        }
    }

    /// Remembers that a field is unusable for a reason that is found only later.
    pub fn refuse<T>(&mut self, field: &'static str, reason: impl Explain) -> Option<T> {
        self.errors.push(FieldError::new(field, reason));
        None
    }

    fn parse<T, E: Explain>(
        &mut self,
        field: &'static str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(text) {
            Ok(value) => Some(value),
            Err(reason) => self.refuse(field, reason),
        }
    }

    #[expect(
        clippy::option_option,
        reason = "unusable, absent and there are three things"
    )]
    fn take(&mut self, field: &'static str) -> Option<Option<String>> {
        let Some(position) = self.fields.iter().position(|(name, _)| name == field) else {
            return Some(None);
        };
        match self.fields.remove(position).1 {
            Value::String(text) => Some(Some(text)),
            Value::Null => Some(None),
            _ => self.refuse(field, Refused::NotText),
        }
    }
}

/// Reads the body of a call.
pub(crate) fn read<R: FromForm>(call: &Call) -> Result<R, Problem> {
    let body = call.body.as_slice();
    if body.len() > LARGEST_BODY_BYTES {
        return Err(Problem::InvalidRequest(Malformed::TooLarge));
    }
    let Object(fields) = if body.is_empty() {
        Object(Vec::new())
    } else {
        serde_json::from_slice(body).map_err(|error| {
            Problem::InvalidRequest(if error.is_data() {
                Malformed::NotAnObject
            } else {
                Malformed::NotJson
            })
        })?
    };
    let of_path = call.path_variables.iter();
    let of_path = of_path.map(|(name, value)| (name.clone(), Value::String(value.clone())));
    let mut form = Form {
        fields: of_path.chain(fields).collect(),
        errors: Vec::new(),
        today: call.today(),
    };
    let request = R::from_form(&mut form);
    for (unknown, _) in form.fields.iter().take(MOST_UNKNOWN) {
        // Only the name is echoed, cut short: it is the client's own.
        let name: String = unknown.chars().take(64).collect();
        form.errors.push(FieldError::new(name, Refused::Unknown));
    }
    match request {
        Some(request) if form.errors.is_empty() => Ok(request),
        _ => Err(Problem::InvalidRequest(Malformed::Fields(form.errors))),
    }
}

/// A JSON object whose names are all different.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object, M::Error> {
                let mut fields: Vec<(String, Value)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if fields.iter().any(|(known, _)| *known == name) {
                        return Err(serde::de::Error::custom("a name is given twice"));
                    }
                    fields.push((name, value));
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
