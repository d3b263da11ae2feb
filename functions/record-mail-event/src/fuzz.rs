//! What SES may tell, and whatever else may arrive in its place.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just("2026-04-01T01:00:00.123Z".to_owned()),
        Just("taro@example.jp".to_owned()),
        Just("Permanent".to_owned()),
        "[0-9T:.+Z-]{0,30}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((text(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A time as SES writes it.
fn moment() -> impl Strategy<Value = String> {
    (
        2020..2035_i32,
        1..=12_u8,
        1..=28_u8,
        0..24_u8,
        0..60_u8,
        0..1_000_u16,
    )
        .prop_map(|(year, month, day, hour, minute, milli)| {
            format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:07.{milli:03}Z")
        })
}

fn address() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,10}(\\+[a-z0-9]{1,6})?@[a-z]{1,8}\\.example\\.(jp|com)"
}

/// An event as the developer guide has it, and its type.
fn sound() -> impl Strategy<Value = Value> {
    let kinds = [
        "Bounce",
        "Complaint",
        "Delivery",
        "DeliveryDelay",
        "Reject",
        "Send",
    ];
    let of_bounce = (
        prop::sample::select(vec!["Permanent", "Transient", "Undetermined"]),
        prop::sample::select(vec![
            "General",
            "Suppressed",
            "OnAccountSuppressionList",
            "MailboxFull",
            "AnythingNew",
        ]),
        vec(address(), 0..3),
    );
    let of_complaint = prop::option::of(prop::sample::select(vec!["abuse", "not-spam", "other"]));
    (
        prop::sample::select(kinds.to_vec()),
        "[0-9a-f]{20}-[0-9a-f]{8}-000000",
        prop::option::of("[0-9a-f]{32}"),
        [moment(), moment()],
        address(),
        of_bounce,
        of_complaint,
        value(),
    )
        .prop_map(|(kind, id, tag, [sent, then], to, (lasts, why, recipients), complained, more)| {
            let recipients: Vec<_> = recipients.iter().map(|to| json!({"emailAddress": to, "status": "5.1.1"})).collect();
            let mut event = json!({
                "eventType": kind,
                "mail": {"messageId": id, "timestamp": sent, "destination": [to], "tags": {}, "new": more},
                "new": more,
            });
            if let Some(tag) = tag {
                event["mail"]["tags"]["mail"] = json!([tag]);
            }
            let (field, what) = match kind {
                "Bounce" => ("bounce", json!({"bounceType": lasts, "bounceSubType": why, "bouncedRecipients": recipients, "timestamp": then})),
                "Complaint" => ("complaint", json!({"complainedRecipients": recipients, "timestamp": then, "complaintFeedbackType": complained})),
                "Delivery" => ("delivery", json!({"timestamp": then, "processingTimeMillis": 7})),
                "DeliveryDelay" => ("deliveryDelay", json!({"timestamp": then, "delayType": "General"})),
                "Reject" => ("reject", json!({"reason": "Bad content"})),
                _ => ("send", json!({})),
            };
            event[field] = what;
            event
        })
}

/// All places in a value, as pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            places(value, &format!("{at}/{name}"), found);
        }),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| places(value, &format!("{at}/{index}"), found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_sound_event_is_read_and_comes_to_something(event in sound()) {
        let read: MailEvent = serde_json::from_value(event.clone()).expect("a sound event");
        let told = Told::of(&read);
        prop_assert!(event["mail"]["destination"][0].as_str() == Some(told.recipient.as_str()));
        let is_held = told.returned.is_some();
        prop_assert!(!is_held || ["Bounce", "Complaint"].contains(&event["eventType"].as_str().unwrap_or_default()));
        // What passes by itself is held against nobody.
        let passes = event["bounce"]["bounceType"] != "Permanent" && event["eventType"] == "Bounce";
        prop_assert!(!(passes && is_held));
    }

    #[test]
    fn an_event_with_anything_in_one_place_is_read_or_refused(
        event in sound(), place in any::<prop::sample::Index>(), put in value(), is_gone: bool,
    ) {
        let mut found = Vec::new();
        places(&event, "", &mut found);
        let place = place.get(&found);
        let mut event = event;
        if let (true, Some((parent, name))) = (is_gone, place.rsplit_once('/')) {
            if let Some(parent) = event.pointer_mut(parent).and_then(Value::as_object_mut) {
                parent.remove(name);
            }
        } else {
            *event.pointer_mut(place).expect("a place") = put;
        }
        if let Ok(read) = serde_json::from_value::<MailEvent>(event) {
            let _ = Told::of(&read);
        }
    }
}
