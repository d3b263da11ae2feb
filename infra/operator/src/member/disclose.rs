//! `operator member disclose`: everything that is kept about a person, in a file that a society can hand over
//! (個人情報の保護に関する法律 33条).
//!
//! The items are written as they are, so that nothing can be forgotten here that is kept there. In the place of what
//! would open something (a hash of a password, a code, a token) it is said that it is kept.

use std::{fmt::Write as _, path::Path};

use domain::MemberKey;
use serde::Serialize;
use store::{Event, KeptItem, Origin};
use time::{Duration, OffsetDateTime};

use super::words::{self, WITHHELD};
use crate::{
    answer::{Answer, table},
    audited::Accountable,
    desk::Desk,
    failure::Failure,
    language::{say, word},
    moving::written,
    output::{For, refuse_existing, write_new},
    trail::{self, history_of},
    world::{in_japan, now},
};

/// What was written, without anything of the person.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Disclosed {
    file: String,
    items: usize,
    events: usize,
}

impl Answer for Disclosed {
    fn lines(&self) -> Vec<String> {
        table(&[
            (word!(ja: "ファイル", en: "file"), self.file.clone()),
            (word!(ja: "項目", en: "items"), self.items.to_string()),
            (word!(ja: "記録", en: "events"), self.events.to_string()),
        ])
    }
}

pub(super) async fn run(
    desk: &Desk,
    member: &MemberKey,
    out: &Path,
    by: Accountable,
) -> Result<(), Failure> {
    refuse_existing(out)?;
    let errand = desk.reading("member-disclose", by).await?;
    let insurer = desk.insurer(&member.insurer).await?;
    let id = member.id(insurer.key_rule);
    let found = desk.kept()?.of_member(&id).await?;
    let events = history_of(desk, &id).await?;
    if found.is_empty() && events.is_empty() {
        desk.note(&errand, id.subject(), "not-found").await?;
        let member = written(&id);
        return Err(Failure::NotFound(say!(
            ja: "{member} については何も保存されていません。記号と番号をご確認ください",
            en: "nothing is kept about {member}: check 記号 and 番号",
        )));
    }
    desk.note(&errand, id.subject(), "done").await?;
    let text = text_of(&insurer.name, &written(&id), &found, &events);
    write_new(out, text.as_bytes(), For::OneselfAlone)?;
    desk.format.print(&Disclosed {
        file: out.display().to_string(),
        items: found.len(),
        events: events.len(),
    });
    Ok(())
}

fn text_of(insurer: &str, member: &str, found: &[KeptItem], events: &[Event]) -> String {
    let mut text = format!(
        "保有個人データの開示\n\n保険者　{insurer}\n会員　　{member}\n作成　　{}\n",
        in_japan(now())
    );
    let mut before = "";
    for kept in found {
        let shared = if kept.is_shared {
            "（同じアドレスを使うほかの会員と共通）"
        } else {
            ""
        };
        if kept.table == before {
            text.push_str("　―\n");
        } else {
            let _ = write!(text, "\n■ {}\n", words::table(kept.table));
            before = kept.table;
        }
        if !shared.is_empty() {
            let _ = writeln!(text, "　{shared}");
        }
        for (name, value) in kept.fields() {
            let label = words::attribute(name).unwrap_or(name);
            let value = if words::is_withheld(name) {
                WITHHELD.to_owned()
            } else {
                value_of(name, value)
            };
            let _ = writeln!(text, "　{label}：{value}");
        }
    }
    text.push_str("\n■ 操作の記録（3年間）\n");
    for event in events {
        let _ = writeln!(text, "　{}", line_of(event));
    }
    if events.is_empty() {
        text.push_str("　ありません\n");
    }
    text
}

fn line_of(event: &Event) -> String {
    let (at, name) = (in_japan(event.at.at()), trail::words::event(&event.name));
    let outcome = match event.outcome.as_str() {
        "done" => String::new(),
        other => format!("（{}）", trail::words::outcome(other)),
    };
    let by = match &event.origin {
        Origin::Request(_) => "ご本人の画面から",
        Origin::Operator(_) | Origin::Import { .. } => "事務局",
    };
    format!("{at}　{name}{outcome}　{by}")
}

/// A value as a person reads it: times in Japan, and lists in one line.
fn value_of(name: &str, values: Vec<(Option<&str>, &str)>) -> String {
    let read = |value: &str| time_of(name, value).map_or_else(|| value.to_owned(), in_japan);
    let parts = values.into_iter().map(|(key, value)| match key {
        Some(key) => format!("{key}＝{}", read(value)),
        None => read(value),
    });
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() {
        "なし".to_owned()
    } else {
        parts.join("、")
    }
}

/// A time, where the attribute is one: in seconds, in milliseconds, or as a stamp of nanoseconds.
fn time_of(name: &str, value: &str) -> Option<OffsetDateTime> {
    let is_time = name.ends_with("_at")
        || name.ends_with("_until")
        || matches!(
            name,
            "acceptances"
                | "attempts"
                | "bounces"
                | "code_tries"
                | "code_tries_counted"
                | "creates"
                | "creates_counted"
                | "sends"
                | "tries"
                | "tries_counted"
                | "ttl"
        );
    if !is_time {
        return None;
    }
    let number: i128 = value.parse().ok()?;
    let nanoseconds = match value.len() {
        ..=10 => number * 1_000_000_000,
        11..=13 => number * 1_000_000,
        _ => number,
    };
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
        .ok()
        .filter(|at| *at > OffsetDateTime::UNIX_EPOCH + Duration::days(3_650))
}
