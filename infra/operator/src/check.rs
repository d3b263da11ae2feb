//! `operator check`: which item of which table is not as it must be.
//!
//! It reads all tables, shows nobody's data and changes nothing, so it leaves no event.

use clap::Args;
use serde::Serialize;
use store::check::{self, Finding, Looked};

use crate::language::{say, word};
use crate::{
    answer::{Answer, Format, grouped},
    connection::Settings,
    failure::Failure,
    progress::Progress,
    world::now,
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator check
  operator check --json

It reads every item of all nine tables once, eventually consistent, and again together what does not go together:
for 100,000 members after three years some 100,000 read units, two cents, and a minute or two. It needs the names
of all tables in --env-file, REGISTRATIONS_TABLE and RESETS_TABLE too, and the policy that the stack's output
CheckPolicyArn names. What each rule means, and what to do, is in docs/operations.md. // 9つの表のすべての項目を結果整合性で1回読み、
食い違うものはまとめて読み直します。10万人の3年後で約100,000読込みユニット、約2セント、1、2分です。--env-file に全部の表の名前
（REGISTRATIONS_TABLE と RESETS_TABLE も）と、スタックの出力 CheckPolicyArn のポリシーが必要です。決まりの意味と対処は
docs/operations.md にあります。";

#[derive(Args, Debug)]
pub(crate) struct Check {}

#[derive(Serialize)]
struct Checked {
    read: u64,
    findings: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    rule: &'static str,
    table: &'static str,
    item: String,
    what: String,
}

impl Answer for Checked {
    fn lines(&self) -> Vec<String> {
        let found = self.findings.iter().map(|found| {
            let Found {
                rule,
                table,
                item,
                what,
            } = found;
            format!("{rule}: {table} {item}: {what}")
        });
        let read = grouped(self.read);
        let all_hold = self
            .findings
            .is_empty()
            .then(|| say!(ja: "{read} 件すべて、あるべき状態です。", en: "Of {read} items each is as it must be."));
        found.chain(all_hold).collect()
    }
}

impl Check {
    pub(crate) async fn run(self, settings: &Settings, format: Format) -> Result<(), Failure> {
        let (database, ..) = settings.connect().await?;
        let check = check::Check::of(&database, |variable| settings.table_name(variable))?;
        let mut progress = None;
        let (read, findings) = check
            .run(now(), |looked| match looked {
                Looked::Begun(begun) => {
                    progress = Some(Progress::of(format, begun.table, begun.expected));
                }
                Looked::Read(count) => {
                    if let Some(progress) = &progress {
                        progress.add(count);
                    }
                }
                Looked::Suspects(count) => {
                    progress = Some(Progress::of(
                        format,
                        word!(ja: "読み直しています", en: "reading again"),
                        u64::try_from(count).ok(),
                    ));
                }
                Looked::Decided => {
                    if let Some(progress) = &progress {
                        progress.add(1);
                    }
                }
            })
            .await?;
        drop(progress);
        let count = findings.len();
        let found = findings.into_iter().map(|finding| {
            let Finding {
                rule,
                table,
                item,
                what,
            } = finding;
            Found {
                rule: rule.name(),
                table,
                item,
                what,
            }
        });
        format.print(&Checked {
            read,
            findings: found.collect(),
        });
        if count == 0 {
            return Ok(());
        }
        Err(Failure::Found({
            let count = grouped(u64::try_from(count).unwrap_or(u64::MAX));
            say!(ja: "{count} 件の不整合があります。各規則の意味は docs/operations.md にあります", en: "{count} things do not hold: docs/operations.md says what each rule means")
        }))
    }
}
