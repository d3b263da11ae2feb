//! The days as a sheet, in Japanese, for whoever at the insurer gets it.

use super::{report::Report, tally::STEPS};
use crate::language::say;
use crate::{failure::Failure, spreadsheet::Sheet};

const HEAD: [&str; 3] = ["保険者指定コード", "日付", "名簿"];
pub(super) const SAID: [&str; STEPS.len()] = [
    "本人確認",
    "ユーザー登録",
    "メール確認",
    "ログイン",
    "規約同意",
];

/// A row for each insurer and day: that day, and until its end.
pub(super) fn csv(report: &Report) -> Result<Vec<u8>, Failure> {
    written(report).map_err(|error| {
        Failure::Failed(say!(ja: "CSVを作れません：{error}", en: "no CSV: {error}"))
    })
}

fn written(report: &Report) -> std::io::Result<Vec<u8>> {
    let mut sheet = Sheet::begin(Vec::new())?;
    let until = SAID.iter().map(|step| format!("{step}（累計）"));
    let named = HEAD.iter().chain(&SAID).map(|name| (*name).to_owned());
    sheet.row(named.chain(until))?;
    for funnel in report.insurers() {
        for day in funnel.days() {
            let counts = day.members.iter().chain(&day.until_then);
            let head = [
                funnel.code().unwrap_or_default().to_owned(),
                day.date.to_string(),
                funnel.roster().to_string(),
            ];
            sheet.row(head.into_iter().chain(counts.map(ToString::to_string)))?;
        }
    }
    sheet.into_written()
}
