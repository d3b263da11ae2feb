//! The days as CSV, as Excel opens it in Japan: UTF-8 with its mark, lines of the sheet for whoever at the
//! insurer gets it.

use super::{report::Report, tally::STEPS};
use crate::failure::Failure;

/// What Excel knows UTF-8 by.
const BOM: &str = "\u{feff}";
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
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(BOM.as_bytes().to_vec());
    let wrong = |error: csv::Error| Failure::Failed(format!("no CSV: {error}"));
    let until = SAID.iter().map(|step| format!("{step}（累計）"));
    let named = HEAD.iter().chain(&SAID).map(|name| (*name).to_owned());
    writer.write_record(named.chain(until)).map_err(wrong)?;
    for funnel in report.insurers() {
        let code = no_formula(funnel.code().unwrap_or_default());
        for day in funnel.days() {
            let counts = day.members.iter().chain(&day.until_then);
            let head = [
                code.clone(),
                day.date.to_string(),
                funnel.roster().to_string(),
            ];
            let row = head.into_iter().chain(counts.map(ToString::to_string));
            writer.write_record(row).map_err(wrong)?;
        }
    }
    let written = writer.into_inner();
    written.map_err(|error| Failure::Failed(format!("no CSV: {error}")))
}

/// A text that no spreadsheet takes for a formula (OWASP, CSV injection).
fn no_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::no_formula;

    #[test]
    fn what_would_be_a_formula_is_a_text() {
        assert_eq!(no_formula("=1+1"), "'=1+1");
        assert_eq!(no_formula("@sum"), "'@sum");
        assert_eq!(no_formula("jkc"), "jkc");
    }
}
