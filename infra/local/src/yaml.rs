//! YAML with its line numbers. A file is read into [`Node`]s, which remember where they stand
//! in the file so that every later complaint can name the line, and in which CloudFormation's short
//! forms (`!Ref`, `!Sub`, ...) have become the long ones (`Ref`, `Fn::Sub`, ...). What the
//! intrinsic functions mean is decided in `template/resolve.rs`.

use std::collections::HashMap;
use std::fmt;
use std::iter::Peekable;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use serde_json::Value as Json;

/// What is wrong with a file, and on which line.
#[derive(Debug)]
pub struct YamlError {
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl YamlError {
    /// The line, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Names the resource that the error is about.
    pub(crate) fn of(mut self, logical: &str) -> Self {
        self.message = format!("{logical}: {}", self.message);
        self
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for YamlError {}

/// A value of the file and the line on which it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The value.
    pub(crate) value: Value,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// An empty value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// Any other scalar.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// A text on a line.
    pub(crate) fn text_at(line: usize, text: impl Into<String>) -> Self {
        Self {
            line,
            value: Value::Text(text.into()),
        }
    }

    /// An error about this node.
    pub(crate) fn error(&self, message: impl Into<String>) -> YamlError {
        YamlError {
            line: self.line,
            message: message.into(),
        }
    }

    /// The entry `key` of a mapping; nothing when it is absent or null.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, node)| node)
                .filter(|node| node.value != Value::Null),
            _ => None,
        }
    }

    /// The entry `key` of a mapping, which must be there.
    pub(crate) fn require(&self, key: &str) -> Result<&Self, YamlError> {
        self.get(key)
            .ok_or_else(|| self.error(format!("`{key}` is missing")))
    }

    /// The entries of a mapping.
    pub(crate) fn entries(&self) -> Result<&[(String, Self)], YamlError> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            Value::Null => Ok(&[]),
            _ => Err(self.error("a mapping is expected here")),
        }
    }

    /// The elements of a sequence, or the value itself as the only element.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// A scalar as text, as CloudFormation turns numbers and booleans into strings.
    pub(crate) fn text(&self) -> Result<String, YamlError> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Ok(text.clone()),
            Value::Bool(value) => Ok(value.to_string()),
            _ => Err(self.error("a text is expected here")),
        }
    }

    /// The same as JSON.
    pub(crate) fn json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(text) => text
                .parse()
                .map_or_else(|_| Json::String(text.clone()), Json::Number),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|(name, entry)| (name.clone(), entry.json()))
                .collect(),
        }
    }

    /// A whole number.
    pub(crate) fn whole(&self) -> Result<u64, YamlError> {
        self.text()?
            .parse()
            .map_err(|_| self.error("a whole number is expected here"))
    }
}

/// Reads one YAML document.
pub(crate) fn read(source: &str) -> Result<Node, YamlError> {
    let mut loader = Loader {
        events: Parser::new_from_str(source).peekable(),
        anchors: HashMap::new(),
    };
    loop {
        match loader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd, _) => {
                return Err(YamlError {
                    line: 1,
                    message: "the file is empty".into(),
                });
            }
            (event, span) => return loader.node(event, span),
        }
    }
}

struct Loader<'input> {
    events: Peekable<Parser<'input, StrInput<'input>>>,
    anchors: HashMap<usize, Node>,
}

impl<'input> Loader<'input> {
    fn next(&mut self) -> Result<(Event<'input>, Span), YamlError> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(YamlError {
                line: error.marker().line(),
                message: format!("this is not YAML: {}", error.info()),
            }),
            None => Err(YamlError {
                line: 0,
                message: "the file ends too early".into(),
            }),
        }
    }

    fn node(&mut self, event: Event<'input>, span: Span) -> Result<Node, YamlError> {
        let line = span.start.line();
        let (value, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => (scalar(&text, style), anchor, tag),
            Event::SequenceStart(anchor, tag) => (self.sequence()?, anchor, tag),
            Event::MappingStart(anchor, tag) => (self.mapping()?, anchor, tag),
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                return known.ok_or_else(|| YamlError {
                    line,
                    message: "this alias has no anchor".into(),
                });
            }
            _ => {
                return Err(YamlError {
                    line,
                    message: "a value is expected here".into(),
                });
            }
        };
        let node = tagged(Node { line, value }, tag.as_deref())?;
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn sequence(&mut self) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value, YamlError> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Value::Map(entries)),
                (Event::Scalar(text, ..), span) => Node::text_at(span.start.line(), text),
                (_, span) => {
                    return Err(YamlError {
                        line: span.start.line(),
                        message: "a key must be a text".into(),
                    });
                }
            };
            let name = key.text()?;
            if entries.iter().any(|(known, _)| *known == name) {
                return Err(key.error(format!("the key `{name}` is written twice")));
            }
            let (event, span) = self.next()?;
            let mut value = self.node(event, span)?;
            if matches!(value.value, Value::Null) {
                value.line = key.line;
            }
            entries.push((name, value));
        }
    }
}

/// A plain scalar by YAML's core schema; a quoted one is always a text.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if text.parse::<i64>().is_ok() => Value::Number(text.to_owned()),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && text.parse::<f64>().is_ok() =>
        {
            Value::Number(text.to_owned())
        }
        _ => Value::Text(text.to_owned()),
    }
}

/// Turns a short form into its long form.
fn tagged(node: Node, tag: Option<&Tag>) -> Result<Node, YamlError> {
    let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else {
        return Ok(node);
    };
    let line = node.line;
    let (name, argument) = match tag.suffix.as_str() {
        "Ref" | "Condition" => (tag.suffix.clone(), node),
        "GetAtt" => ("Fn::GetAtt".to_owned(), attribute(node)),
        "Sub" | "If" | "Equals" | "Not" | "And" | "Or" | "Join" | "Select" | "Split"
        | "FindInMap" | "Base64" | "ImportValue" | "GetAZs" | "Cidr" | "Transform"
        | "ToJsonString" | "Length" => (format!("Fn::{}", tag.suffix), node),
        other => {
            return Err(node.error(format!(
                "`!{other}` is no intrinsic function of CloudFormation"
            )));
        }
    };
    Ok(Node {
        line,
        value: Value::Map(vec![(name, argument)]),
    })
}

/// `Resource.Attribute` as the pair that the long form takes.
fn attribute(node: Node) -> Node {
    let Value::Text(text) = &node.value else {
        return node;
    };
    match text.split_once('.') {
        Some((resource, name)) => {
            let pair = vec![
                Node::text_at(node.line, resource),
                Node::text_at(node.line, name),
            ];
            Node {
                line: node.line,
                value: Value::List(pair),
            }
        }
        None => node,
    }
}
