//! The same as lines, for a person.

use super::{Known, Summary};
use crate::{
    answer::{Answer, grouped, table},
    language::{say, word},
};

impl Summary {
    /// What is to be written, line by line.
    pub(crate) fn plan(&self) -> Vec<String> {
        let counts = &self.counts;
        let (new, leave) = (grouped(counts.new), grouped(counts.leavers));
        let event = &self.event;
        let (members, audited) = match &self.known {
            Known::Told { changed, .. } => {
                let audited = changed + counts.leavers;
                let changed = grouped(*changed);
                (
                    say!(
                        ja: "  Members    追加 {new}、変更 {changed}、喪失 {leave}",
                        en: "  Members    new {new}, changed {changed}, leave {leave}",
                    ),
                    (audited > 0).then(|| grouped(audited)),
                )
            }
            Known::Veiled { .. } => (
                say!(
                    ja: "  Members    追加 {new}、変更のある方、喪失 {leave}",
                    en: "  Members    new {new}, who changed, leave {leave}",
                ),
                None,
            ),
        };
        let mut lines = vec![members, format!("  Audit      {event}")];
        if counts.moved > 0 {
            let moved = grouped(counts.moved);
            lines.push(say!(
                ja: "  Members    記号・番号の変更 {moved}（アカウントとログインも）",
                en: "  Members    to another 記号 or 番号 {moved}, with accounts; their sessions end",
            ));
        }
        if let Some(audited) = audited {
            lines.push(say!(
                ja: "  Audit      変更・喪失の方ごとの記録：{audited}",
                en: "  Audit      an event of each who changes or leaves: {audited}",
            ));
        }
        lines
    }

    /// What was found, and what is to be written: what a person is asked about.
    pub(crate) fn told(&self) -> impl Iterator<Item = String> {
        self.found().into_iter().chain(self.plan())
    }

    fn found(&self) -> Vec<String> {
        let mut lines = self.found_of_file();
        lines.extend(self.found_of_roster());
        if let Some(report) = &self.report {
            let (cells, report) = (grouped(self.refused), report.display());
            lines.push((
                word!(ja: "要修正", en: "refused"),
                say!(ja: "{cells} セル（{report}）", en: "{cells} cells, in {report}"),
            ));
        }
        if let Some(report) = &self.looks_report {
            let (names, report) = (grouped(self.looks), report.display());
            lines.push((
                word!(ja: "要確認", en: "to look at"),
                say!(ja: "氏名 {names} 件（{report}）", en: "{names} names, in {report}"),
            ));
        }
        if !self.rows.unused.is_empty() {
            let names = self.rows.unused.join(word!(ja: "、", en: ", "));
            lines.push((
                word!(ja: "未使用の列", en: "not used"),
                say!(
                    ja: "{names}：在籍かどうかに関わる名前です。マッピングの leftOn か removal に、不要なら unused に書いてください",
                    en: "{names}: its name tells that it may say who has left. Map it (leftOn, removal), or name it in \
                         `unused`",
                ),
            ));
        }
        table(&lines)
    }

    fn found_of_file(&self) -> Vec<(&'static str, String)> {
        let (rows, file) = (&self.rows, &self.inspected);
        let (form, bytes) = (file.form.name(), grouped(file.bytes));
        let insured = grouped(rows.insured);
        let last = self.last.as_ref().map_or(String::new(), |last| {
            let (insured, skipped) = (grouped(last.insured), grouped(last.skipped));
            say!(
                ja: "（前回 {insured}、対象外 {skipped}）",
                en: ", in the last import {insured} and {skipped} skipped",
            )
        });
        let mut lines = vec![
            (
                word!(ja: "ファイル", en: "file"),
                self.file.display().to_string(),
            ),
            (
                "",
                say!(ja: "{form}、{bytes} バイト", en: "{form}, {bytes} bytes"),
            ),
            ("SHA-256", file.sha256.clone()),
            (word!(ja: "行", en: "rows"), grouped(rows.count)),
            (
                word!(ja: "被保険者", en: "insured"),
                format!("{insured}{last}"),
            ),
        ];
        let has_both = rows.without_symbol > 0 && rows.without_symbol < rows.insured;
        let skipped = if rows.skipped.len() > 1 {
            format!("（{}）", rows.told_skipped())
        } else {
            String::new()
        };
        let if_any = [
            (
                word!(ja: "対象外", en: "dependants"),
                rows.dependants,
                say!(ja: "、登録できない方{skipped}", en: ", who cannot register{skipped}"),
            ),
            (
                word!(ja: "喪失の行", en: "removals"),
                rows.removals,
                String::new(),
            ),
            (
                word!(ja: "喪失予定", en: "leave later"),
                rows.leaving_later,
                say!(ja: "、その日までは在籍", en: ", insured until their day"),
            ),
            (
                word!(ja: "記号なし", en: "no 記号"),
                if has_both { rows.without_symbol } else { 0 },
                say!(ja: "、ほかの方にはあります", en: ", others have one"),
            ),
            (
                word!(ja: "外字", en: "外字"),
                rows.user_defined_names,
                say!(ja: " 名、〓と表示されます", en: " names, shown with 〓 for them"),
            ),
            (
                word!(ja: "数値セル", en: "numbers"),
                rows.number_cells,
                say!(
                    ja: " 行、Excelの数値のため先頭の0は分かりません",
                    en: " rows, whose leading zeros Excel has not kept",
                ),
            ),
            (
                word!(ja: "見出しの繰返し", en: "headers"),
                rows.headers_again,
                say!(ja: " 行", en: " rows, the header again"),
            ),
            (
                word!(ja: "末尾の行", en: "footer"),
                rows.footers,
                say!(ja: " 行", en: " rows"),
            ),
        ];
        lines.extend(told_if_any(if_any));
        lines
    }

    fn found_of_roster(&self) -> Vec<(&'static str, String)> {
        let counts = &self.counts;
        let share = match counts.in_roster {
            0 => String::new(),
            all => {
                let (whole, tenth) = (
                    counts.leavers * 100 / all,
                    counts.leavers * 1_000 / all % 10,
                );
                say!(
                    ja: "、名簿の {whole}.{tenth} %",
                    en: ", {whole}.{tenth} % of the roster",
                )
            }
        };
        let refused = say!(ja: " 行、取り込みません", en: " rows, refused");
        let mut lines = told_if_any([
            (
                word!(ja: "重複", en: "repeated"),
                counts.repeated,
                say!(ja: " 行、1度だけ取り込みます", en: " rows, taken once"),
            ),
            (
                word!(ja: "過去の行", en: "former"),
                counts.former,
                say!(ja: " 行、再取得の方", en: " rows, of who is insured again"),
            ),
            (
                word!(ja: "矛盾", en: "duplicates"),
                counts.duplicates,
                refused.clone(),
            ),
            (
                word!(ja: "衝突", en: "collisions"),
                counts.collisions,
                refused,
            ),
        ]);
        lines.push((
            word!(ja: "現在の名簿", en: "in roster"),
            grouped(counts.in_roster),
        ));
        lines.push((word!(ja: "追加", en: "new"), grouped(counts.new)));
        match self.known {
            Known::Told { changed, unchanged } => {
                lines.push((word!(ja: "変更", en: "changed"), grouped(changed)));
                lines.push((word!(ja: "変更なし", en: "unchanged"), grouped(unchanged)));
            }
            Known::Veiled { both } => {
                let both = grouped(both);
                lines.push((
                    word!(ja: "名簿にいる方", en: "known"),
                    say!(
                        ja: "{both}。行が少ないため、変更の有無は書き込み後に示します",
                        en: "{both}: of so few rows, how many change is told when it is written",
                    ),
                ));
            }
        }
        let leavers = grouped(counts.leavers);
        lines.push((word!(ja: "喪失", en: "leave"), format!("{leavers}{share}")));
        lines.extend(told_if_any([
            (
                word!(ja: "番号の変更", en: "moved"),
                counts.moved,
                say!(ja: "、アカウントも移ります", en: ", to another 記号 or 番号, with their accounts"),
            ),
            (
                word!(ja: "ファイル外", en: "not in file"),
                counts.not_in_file,
                say!(ja: "、そのまま", en: ", who stay"),
            ),
            (
                word!(ja: "喪失済み", en: "gone already"),
                counts.gone_already,
                String::new(),
            ),
            (
                word!(ja: "別の方", en: "other persons"),
                counts.other_persons,
                say!(ja: " 名、名簿と同じ番号", en: " under a number of the roster"),
            ),
        ]));
        lines
    }
}

/// A line of each that there is.
fn told_if_any<const N: usize>(
    of: [(&'static str, u64, String); N],
) -> Vec<(&'static str, String)> {
    of.into_iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(name, count, more)| (name, format!("{}{more}", grouped(count))))
        .collect()
}

impl Answer for Summary {
    fn lines(&self) -> Vec<String> {
        let mut lines = self.found();
        let is_veiled = matches!(self.known, Known::Veiled { .. });
        if self.refused > 0 && !self.skip_refused {
            // Why nothing is written is the message beside this.
        } else if self.counts.differing() == 0 && (!is_veiled || !self.dry_run) {
            lines.push(say!(
                ja: "書き込むものはありません。名簿はすでにこのとおりです。",
                en: "Nothing to write: the roster is so already.",
            ));
        } else if self.dry_run {
            lines.push(say!(ja: "書き込む内容：", en: "Would write:"));
            lines.extend(self.plan());
            if self.lacks_rights {
                lines.push(say!(
                    ja: "番号の変更には SurveyPolicy のほかに MemberPolicy の権限も必要で、いまの権限では書き込めません。",
                    en: "To move members takes MemberPolicy beside SurveyPolicy: with the rights of now, this is not written.",
                ));
            }
        } else if self.written > 0 {
            lines.push(say!(ja: "書き込みました：", en: "Written:"));
            lines.extend(self.plan());
        }
        lines
    }
}
