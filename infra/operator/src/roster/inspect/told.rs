//! What was found, as lines for a person.

use super::{Inspection, Written};
use crate::{
    answer::{Answer, grouped, table},
    language::{say, word},
};

impl Inspection {
    fn told_file(&self) -> Vec<(&'static str, String)> {
        let (form, bytes) = (self.inspected.form.name(), grouped(self.inspected.bytes));
        let mut lines = vec![
            (
                word!(ja: "ファイル", en: "file"),
                self.file.display().to_string(),
            ),
            (
                "",
                say!(ja: "{form}、{bytes} バイト", en: "{form}, {bytes} bytes"),
            ),
        ];
        if let Some(delimiter) = self.delimiter {
            let delimiter = match delimiter {
                '\t' => say!(ja: "タブ", en: "tabs"),
                ',' => say!(ja: "カンマ", en: "commas"),
                other => other.to_string(),
            };
            lines.push((word!(ja: "区切り", en: "delimiter"), delimiter));
        }
        if let Some(sheet) = &self.sheet {
            lines.push((word!(ja: "シート", en: "sheet"), sheet.clone()));
        }
        let above = self.above + 1;
        let header = if self.has_header {
            say!(ja: "{above}行目", en: "row {above}")
        } else {
            say!(ja: "なし（加入者は{above}行目から）", en: "none; members begin in row {above}")
        };
        lines.push((word!(ja: "見出し", en: "header"), header));
        if !self.footer.is_empty() {
            lines.push((
                word!(ja: "集計行など", en: "totals"),
                self.footer.join("、"),
            ));
        }
        lines
    }

    fn told_columns(&self) -> Vec<String> {
        let told = self.columns.iter().map(|column| {
            let (place, name, role) = (column.place, &column.name, &column.role);
            let (filled, empty) = (grouped(column.filled), grouped(column.empty));
            let values = column
                .values
                .iter()
                .map(|(value, rows)| format!("{value:?} {}", grouped(*rows)));
            let mut values = values.collect::<Vec<_>>().join(word!(ja: "、", en: ", "));
            if column.numbers > 0 {
                let numbers = grouped(column.numbers);
                let told = say!(
                    ja: "Excelの数値 {numbers}（先頭の0は残っていません）",
                    en: "{numbers} kept as numbers, without leading zeros",
                );
                values = format!("{values}  {told}");
            }
            say!(
                ja: "  {place}  {name}：{role}、{filled} 行（空 {empty}）  {values}",
                en: "  {place}  {name}: {role}, {filled} rows ({empty} empty)  {values}",
            )
        });
        told.map(|line| line.trim_end().to_owned()).collect()
    }

    fn told_result(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![(word!(ja: "被保険者", en: "insured"), grouped(self.insured))];
        if let Some((least, most)) = self.ages {
            lines.push((
                word!(ja: "年齢", en: "ages"),
                say!(ja: "{least}歳から{most}歳", en: "{least} to {most}"),
            ));
        }
        for (name, count) in [
            (word!(ja: "対象外", en: "dependants"), self.dependants),
            (word!(ja: "喪失", en: "leave"), self.removals),
            (word!(ja: "喪失予定", en: "leave later"), self.leaving_later),
            (word!(ja: "数値セル", en: "numbers"), self.number_cells),
            (word!(ja: "要修正の行", en: "refused rows"), self.refused),
        ] {
            if count > 0 {
                lines.push((name, grouped(count)));
            }
        }
        if self.looks > 0 {
            let looks = grouped(self.looks);
            let rows: Vec<String> = self.look_rows.iter().map(u64::to_string).collect();
            let rows = rows.join(", ");
            lines.push((
                word!(ja: "氏名の確認", en: "names"),
                say!(
                    ja: "{looks} 名に外字・●・?・&#…; などがあります（{rows} 行目など）",
                    en: "{looks} have 外字, ●, ? or &#…; in them (rows {rows})",
                ),
            ));
        }
        lines
    }
}

impl Answer for Written {
    fn lines(&self) -> Vec<String> {
        let inspection = &self.inspection;
        let mut lines = table(&inspection.told_file());
        if !inspection.columns.is_empty() {
            lines.push(say!(ja: "列：", en: "columns:"));
            lines.extend(inspection.told_columns());
        }
        if !inspection.mapping.is_empty() {
            lines.push(String::new());
            lines.push(say!(ja: "提案するマッピング：", en: "The mapping that is proposed:"));
            let indented = |line: &str| format!("  {line}").trim_end().to_owned();
            lines.extend(inspection.mapping.lines().map(indented));
        }
        if inspection.missing.is_empty() {
            lines.push(String::new());
            lines.push(say!(ja: "このマッピングでの結果：", en: "What it does:"));
            lines.extend(table(&inspection.told_result()));
            lines.extend(
                inspection
                    .causes
                    .iter()
                    .map(|cause| format!("  {}", cause.told())),
            );
        }
        if !inspection.doubts.is_empty() {
            lines.push(String::new());
            lines.push(say!(ja: "ご確認ください：", en: "Make sure:"));
            lines.extend(inspection.doubts.iter().map(|doubt| format!("  {doubt}")));
        }
        if let Some(path) = &self.written {
            let path = path.display();
            lines.push(say!(ja: "{path} に書きました。", en: "Written to {path}."));
        }
        lines
    }
}
