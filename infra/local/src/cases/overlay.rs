//! How one JSON document is laid over another: the merge patch of RFC 7396, and its one-line form for a
//! command line, `body.userId=taro`.

use serde_json::{Map, Value};

/// What a `null` of the patch does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    /// It takes the member away, as in RFC 7396.
    Removes,
    /// It is the member's value.
    Stays,
}

/// Lays a patch over a document: the members of objects one by one, everything else as a whole.
pub(super) fn lay(document: &mut Value, patch: &Value, null: Null) {
    let Value::Object(members) = patch else {
        document.clone_from(patch);
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    let Value::Object(document) = document else {
        return;
    };
    for (name, value) in members {
        if value.is_null() && null == Null::Removes {
            document.remove(name);
        } else {
            lay(document.entry(name).or_insert(Value::Null), value, null);
        }
    }
}

/// A field that is given another value: `body.userId=taro`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The names that lead to the field.
    path: Vec<String>,
    value: String,
}

impl Setting {
    /// Reads a setting. The value is the rest of the text after the first `=`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (path, value) = text
            .split_once('=')
            .ok_or("write it as body.userId=VALUE")?;
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err("write it as body.userId=VALUE".to_owned());
        }
        Ok(Self {
            path,
            value: value.to_owned(),
        })
    }

    /// The first name of the path.
    pub(super) fn first(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// The merge patch that it is for a document. The value is a text where a text stands or JSON is not written;
    /// `null` takes the field away.
    pub(super) fn patch(&self, document: &Value) -> Value {
        let mut current = Some(document);
        for name in &self.path {
            current = current.and_then(|value| value.get(name));
        }
        let text = Value::String(self.value.clone());
        let value = match serde_json::from_str(&self.value) {
            Ok(Value::Null) => Value::Null,
            Ok(value) if !current.is_some_and(Value::is_string) => value,
            _ => text,
        };
        self.path.iter().rev().fold(value, |value, name| {
            Value::Object(Map::from_iter([(name.clone(), value)]))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_is_that_of_rfc_7396() {
        // Appendix A of the RFC.
        for (document, patch, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            let mut result = document;
            lay(&mut result, &patch, Null::Removes);
            assert_eq!(result, expected);
        }
    }

    #[test]
    fn a_null_that_stays_is_a_value() {
        let mut result = json!({"a": "b"});
        lay(&mut result, &json!({"a": null}), Null::Stays);
        assert_eq!(result, json!({"a": null}));
    }

    #[test]
    fn a_setting_keeps_a_text_a_text() {
        let document = json!({"body": {"code": "611898", "times": 1}});
        for (text, expected) in [
            ("body.code=000000", json!({"body": {"code": "000000"}})),
            ("body.code=null", json!({"body": {"code": null}})),
            ("body.times=2", json!({"body": {"times": 2}})),
            ("body.more=a=b", json!({"body": {"more": "a=b"}})),
            ("body.list=[1]", json!({"body": {"list": [1]}})),
        ] {
            assert_eq!(Setting::parse(text).unwrap().patch(&document), expected);
        }
        assert!(Setting::parse("body.code").is_err());
        assert!(Setting::parse("body..code=1").is_err());
    }
}
