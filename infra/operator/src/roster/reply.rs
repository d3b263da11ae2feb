//! What goes back to an insurer about its file, in Japanese and for people who have not seen this command: what was
//! found, what they are asked to mend, and what happens next.
//!
//! It says no more about a single person than the command may: numbers, and places in their own file.

use store::Insurer;

use super::{guards::beyond, mapping::Mode, rehearsal::Rehearsal};
use crate::{
    answer::grouped,
    world::{in_japan, now},
};

/// What became of a file.
pub(super) enum Outcome<'a> {
    /// It could not be read as a roster, and why.
    Unread(&'a str),
    /// It was compared.
    Compared(&'a Rehearsal, Written),
}

/// Whether what was compared is in the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Not yet.
    NotYet,
    /// It is, or was so already.
    Yes,
}

/// The letter, with line ends and a mark as Windows wants them.
pub(super) fn text(insurer: &Insurer, file: &str, outcome: &Outcome<'_>) -> String {
    let mut lines = vec![
        format!("{} 御中", insurer.name),
        String::new(),
        "名簿ファイルの確認結果".to_owned(),
        String::new(),
        format!("ファイル　　：{file}"),
        format!("確認した日時：{}", in_japan(now())),
    ];
    match outcome {
        Outcome::Unread(why) => {
            lines.extend([
                String::new(),
                "■ お願い".to_owned(),
                "ファイルを名簿として読み取れませんでした。名簿には反映していません。".to_owned(),
                format!("理由：{why}"),
                "ファイルをご確認のうえ、もう一度お送りください。".to_owned(),
            ]);
        }
        Outcome::Compared(rehearsal, written) => {
            of_file(&mut lines, rehearsal);
            of_roster(&mut lines, rehearsal);
            requests(&mut lines, rehearsal, *written);
        }
    }
    format!("\u{FEFF}{}\r\n", lines.join("\r\n"))
}

fn of_file(lines: &mut Vec<String>, rehearsal: &Rehearsal) {
    let (summary, rows) = (&rehearsal.summary, &rehearsal.summary.rows);
    let mode = match summary.mode {
        Mode::Full => "全員分（ファイルにない方は資格喪失として扱います）",
        Mode::Delta => "変更分（ファイルにない方はそのままです）",
    };
    lines.extend([
        format!("SHA-256 　　：{}", summary.inspected.sha256),
        format!("取込みの種類：{mode}"),
        String::new(),
        "■ ファイルの内容".to_owned(),
        format!("行数　　　　：{}", grouped(rows.count)),
        format!("被保険者　　：{}", grouped(rows.insured)),
    ]);
    for (name, count) in [
        ("対象外の行　", rows.dependants),
        ("資格喪失の行", rows.removals),
        ("喪失予定の方", rows.leaving_later),
        ("重複した行　", summary.counts.repeated),
    ] {
        if count > 0 {
            lines.push(format!("{name}：{}", grouped(count)));
        }
    }
}

fn of_roster(lines: &mut Vec<String>, rehearsal: &Rehearsal) {
    let (summary, counts) = (&rehearsal.summary, &rehearsal.summary.counts);
    lines.extend([
        String::new(),
        "■ 現在の名簿との違い".to_owned(),
        format!("現在の名簿　：{}", grouped(counts.in_roster)),
        format!("追加　　　　：{}", grouped(counts.new)),
    ]);
    if let Some([changed, _]) = summary.told_changed() {
        lines.push(format!("変更　　　　：{}", grouped(changed)));
    }
    lines.push(format!("資格喪失　　：{}", grouped(counts.leavers)));
    if counts.moved > 0 {
        lines.push(format!("番号の変更　：{}", grouped(counts.moved)));
    }
}

fn requests(lines: &mut Vec<String>, rehearsal: &Rehearsal, written: Written) {
    let (summary, counts) = (&rehearsal.summary, &rehearsal.summary.counts);
    let limits = &rehearsal.asked.mapping.limits;
    let name_of = |path: &std::path::Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let mut asked = Vec::new();
    for cause in &summary.causes {
        asked.push(format!("・{}", cause.told_in_japanese()));
    }
    if let Some(report) = &summary.report {
        let (cells, report) = (grouped(summary.refused), name_of(report));
        asked.push(format!("問題のある {cells} 個のセルの一覧：{report}"));
    }
    if summary.rows.insured == 0 && summary.rows.removals == 0 && summary.refused == 0 {
        asked.push("・被保険者（本人）の行が1つもありません。".to_owned());
    }
    if !asked.is_empty() {
        lines.extend([String::new(), "■ 修正のお願い".to_owned()]);
        lines.append(&mut asked);
        lines.push(
            "名簿には反映していません。修正したファイルを、もう一度お送りください。".to_owned(),
        );
        return;
    }
    let mut looks = Vec::new();
    for beyond in beyond(summary, limits) {
        let (what, count) = match beyond.name() {
            "changed" => ("変更になる方", counts.changed),
            "leavers" => ("資格喪失になる方", counts.leavers),
            _ => ("対象外の行", summary.rows.dependants),
        };
        let count = grouped(count);
        looks.push(format!(
            "・{what}が多くなっています（{count}）。間違いありませんか。"
        ));
    }
    if let Some([names, report]) = summary.told_looks() {
        looks.push(format!(
            "・氏名 {names} 件に、●や外字など、正しく表示できない文字があるかもしれません（一覧：{report}）。"
        ));
    }
    if !summary.rows.unused.is_empty() {
        let names = summary.rows.unused.join("、");
        looks.push(format!(
            "・列「{names}」は使っていません。在籍かどうかに関わる列でしたら、お知らせください。"
        ));
    }
    if !looks.is_empty() {
        lines.extend([String::new(), "■ ご確認のお願い".to_owned()]);
        lines.append(&mut looks);
    }
    lines.extend([
        String::new(),
        "■ このあと".to_owned(),
        match written {
            Written::Yes => "名簿に反映しました。".to_owned(),
            Written::NotYet => {
                "修正の必要はありません。担当者の承認のあと、名簿に反映します。".to_owned()
            }
        },
    ]);
}
