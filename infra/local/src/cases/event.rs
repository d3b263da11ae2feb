//! An event as a case differs from it: a request's body as JSON and its cookies by name; and back, with all that
//! follows from these: lengths, encoding, ids and the time in words.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::chance;
use crate::gateway::{is_text, written};

/// An event of the HTTP API, opened.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    /// The event; `body` is JSON where it is an object, `cookies` an object of their values.
    pub(super) open: Value,
    /// The bytes that the body is filled up to.
    pub(super) fill: Option<usize>,
    /// The body that the event came with, as it was written.
    written: Option<String>,
    /// The names of the cookies in the order in which they came.
    sent: Vec<String>,
}

impl Request {
    /// Whether an event is one of the HTTP API.
    pub(super) fn is_one(event: &Value) -> bool {
        event.get("routeKey").is_some()
    }

    /// Opens an event.
    pub(super) fn open(mut event: Value) -> Self {
        let mut written = event["body"].as_str().map(str::to_owned);
        if event["isBase64Encoded"] == true {
            let bytes = written.and_then(|body| STANDARD.decode(body).ok());
            written = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        }
        if let Some(body) = &written {
            event["body"] = parsed(body);
        }
        let mut sent = Vec::new();
        if let Some(fields) = event.as_object_mut() {
            // Whether a body is encoded follows from its media type, unless a case says it.
            fields.remove("isBase64Encoded");
            if let Some(Value::Array(cookies)) = fields.remove("cookies") {
                let mut by_name = Map::new();
                for cookie in &cookies {
                    if let Some((name, value)) =
                        cookie.as_str().and_then(|text| text.split_once('='))
                    {
                        sent.push(name.to_owned());
                        by_name.insert(name.to_owned(), value.into());
                    }
                }
                fields.insert("cookies".to_owned(), Value::Object(by_name));
            }
        }
        Self {
            open: event,
            fill: None,
            written,
            sent,
        }
    }

    /// The value of a cookie.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        self.open["cookies"][name].as_str()
    }

    /// The whole event again.
    pub(super) fn close(mut self) -> Result<Value, String> {
        let body = self.body()?;
        let length = body.as_ref().map_or(0, String::len);
        let event = &mut self.open;
        let media_type = event["headers"]["content-type"].as_str().unwrap_or("");
        let is_encoded = match event.get("isBase64Encoded") {
            Some(told) => *told == true,
            None => body.is_some() && !is_text(media_type),
        };
        let time = event["requestContext"]["timeEpoch"].as_i64().map(written);
        let Some(fields) = event.as_object_mut() else {
            return Err("an event is a JSON object".to_owned());
        };
        match body {
            Some(body) if is_encoded => fields.insert("body".into(), STANDARD.encode(body).into()),
            Some(body) => fields.insert("body".into(), body.into()),
            None => fields.remove("body"),
        };
        fields.insert("isBase64Encoded".into(), is_encoded.into());
        if let Some(Value::Object(cookies)) = fields.remove("cookies")
            && !cookies.is_empty()
        {
            let mut cookies: Vec<_> = cookies.iter().collect();
            let place = |name: &String| self.sent.iter().position(|sent| sent == name);
            cookies.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
            // A list is a cookie that comes several times.
            let cookies = cookies.into_iter().flat_map(|(name, value)| {
                let values = value
                    .as_array()
                    .map_or(std::slice::from_ref(value), Vec::as_slice);
                let values = values.iter().filter_map(Value::as_str);
                values.map(move |value| format!("{name}={value}"))
            });
            fields.insert("cookies".into(), cookies.collect());
        }
        event["headers"]["content-length"] = length.to_string().into();
        if let Some(time) = time {
            event["requestContext"]["time"] = time.into();
        }
        Ok(self.open)
    }

    /// The text of the body.
    fn body(&self) -> Result<Option<String>, String> {
        let body = match self.open.get("body") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(value) => Some(match &self.written {
                Some(written) if parsed(written) == *value => written.clone(),
                _ => value.to_string(),
            }),
        };
        let Some(bytes) = self.fill else {
            return Ok(body);
        };
        let mut filled = self.open["body"].clone();
        filled["filling"] = "".into();
        let missing = bytes.checked_sub(filled.to_string().len());
        let missing = missing.ok_or("the body is longer than bodyBytes without filling")?;
        filled["filling"] = "x".repeat(missing).into();
        Ok(Some(filled.to_string()))
    }
}

/// A body that is a JSON object; else its text.
fn parsed(body: &str) -> Value {
    serde_json::from_str(body)
        .ok()
        .filter(Value::is_object)
        .unwrap_or_else(|| body.into())
}

/// Gives a case's event ids of its own, drawn from its name: log lines and mails are found by them.
pub(super) fn draw_ids(event: &mut Value, step: &str, case: &str) {
    let drawn = [0, 1].map(|seed| chance::draw(seed, (step, case)));
    let bytes: Vec<u8> = drawn
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    let [high, low] = drawn;
    if Request::is_one(event) {
        // 11 bytes are the 16 characters of a request's id.
        let id = STANDARD.encode(bytes.get(..11).unwrap_or(&bytes));
        event["requestContext"]["requestId"] = id.into();
        let seconds = event["requestContext"]["timeEpoch"].as_i64().unwrap_or(0) / 1000;
        let low = low & 0xffff_ffff;
        event["headers"]["x-amzn-trace-id"] =
            format!("Root=1-{seconds:08x}-{high:016x}{low:08x}").into();
    } else {
        let id = format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0xfff,
            low & 0xffff_ffff_ffff
        );
        event["id"] = id.into();
    }
}
