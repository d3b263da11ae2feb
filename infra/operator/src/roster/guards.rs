//! What an import is refused for as a whole: refused rows, nobody insured, and numbers that have to be said before
//! they are believed.

use clap::Args;

use super::{
    beside::Start,
    mapping::Limits,
    rehearsal::{Order, Rehearsal},
    summary::{Summary, exceeds},
};
use crate::{
    answer::grouped,
    change::{Careful, ask_for},
    desk::Desk,
    failure::Failure,
    input::is_attended,
    language::{say, word},
};

/// From how many members on a share says something.
const TELLING: u64 = 100;

/// The numbers that were said with the command, or by who approved it: exactly so many.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    /// How many leave, exactly: has to be said beyond the limit, 5 % of the roster unless the mapping has
    /// another // 喪失の人数。上限（マッピングになければ名簿の5 %）を超えるときは、ちょうどの数の指定が必要です
    #[arg(long, value_name = "N")]
    pub(super) leavers: Option<u64>,
    /// How many change, exactly: has to be said beyond the limit, 30 % // 変更の人数。上限（30
    /// %）を超えるときは、ちょうどの数の指定が必要です
    #[arg(long, value_name = "N")]
    pub(super) changed: Option<u64>,
    /// How many rows are skipped, exactly: has to be said where their share is another than in the last import
    /// // 対象外の行数。割合が前回と違うときは、ちょうどの数の指定が必要です
    #[arg(long, value_name = "N")]
    pub(super) skipped: Option<u64>,
    /// How many 記号 and 番号 have gone to somebody else, exactly //
    /// 別の方のものになった記号・番号の数（ちょうど）
    #[arg(long, value_name = "N")]
    pub(super) other_persons: Option<u64>,
    /// How many are new, exactly: known of what was approved.
    #[arg(skip)]
    pub(super) new: Option<u64>,
    /// How many have another 記号 or 番号, likewise.
    #[arg(skip)]
    pub(super) moved: Option<u64>,
}

/// A number that is beyond the insurer's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    Changed,
    Leavers,
    Skipped,
}

impl Beyond {
    /// As the trail has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Leavers => "leavers",
            Self::Skipped => "skipped",
        }
    }

    /// As people read it.
    pub(super) fn told(name: &str) -> &'static str {
        match name {
            "changed" => word!(ja: "変更", en: "changed"),
            "leavers" => word!(ja: "喪失", en: "leave"),
            _ => word!(ja: "対象外", en: "skipped"),
        }
    }
}

/// The numbers that are beyond the limits, by their names' order.
pub(super) fn beyond(summary: &Summary, limits: &Limits) -> Vec<Beyond> {
    let (counts, rows) = (&summary.counts, &summary.rows);
    let changed =
        counts.in_roster >= TELLING && exceeds(counts.changed, counts.in_roster, limits.changed);
    let leavers = exceeds(counts.leavers, counts.in_roster, limits.leavers);
    let skipped = summary.is_full()
        && rows.count >= TELLING
        && shares(summary).is_some_and(|[now, before]| now.abs_diff(before) > limits.skipped);
    [
        (Beyond::Changed, changed),
        (Beyond::Leavers, leavers),
        (Beyond::Skipped, skipped),
    ]
    .into_iter()
    .filter_map(|(what, is_so)| is_so.then_some(what))
    .collect()
}

/// How many per cent of the rows are skipped, and were in the last import.
fn shares(summary: &Summary) -> Option<[u64; 2]> {
    let last = summary.last.as_ref()?;
    let share = |skipped: u64, rows: u64| skipped * 100 / rows.max(1);
    Some([
        share(summary.rows.dependants, summary.rows.count),
        share(last.skipped, last.rows),
    ])
}

/// Whether a number is the one that was said with the command. A command that is repeated finds what it has
/// not done yet, or nothing.
fn is_as_said(said: Option<u64>, found: u64, start: Start) -> bool {
    let is_rest = |said| start == Start::Again && found < said;
    said.is_none_or(|said| found == said || found == 0 || is_rest(said))
}

/// Refuses to write beside refused rows, a file in which nobody is insured, and numbers that are not those that
/// were said.
pub(super) fn refuse_unless_as_said(
    order: &Order,
    limits: &Limits,
    summary: &Summary,
    start: Start,
) -> Result<(), Failure> {
    refuse_wrong_rows(order, summary)?;
    let (said, counts) = (&order.said, &summary.counts);
    for (said, found, what) in [
        (said.new, counts.new, say!(ja: "追加", en: "are new")),
        (
            said.moved,
            counts.moved,
            say!(ja: "番号の変更", en: "have another number"),
        ),
        (
            said.other_persons,
            counts.other_persons,
            say!(ja: "別の方に移った番号", en: "numbers have gone to somebody else"),
        ),
        (
            said.leavers,
            counts.leavers,
            say!(ja: "喪失", en: "would leave"),
        ),
        (
            said.changed,
            counts.changed,
            say!(ja: "変更", en: "would change"),
        ),
        (
            said.skipped,
            summary.rows.dependants,
            say!(ja: "対象外の行", en: "rows are skipped"),
        ),
    ] {
        if !is_as_said(said, found, start) {
            let (found, said) = (grouped(found), said.unwrap_or_default());
            return Err(Failure::Refused(say!(
                ja: "{what}は {found} で、指定された {said} ではありません。何も書き込んでいません",
                en: "{found} {what}, not {said}: nothing was written",
            )));
        }
    }
    refuse_unsaid(&order.said, limits, summary, start)
}

/// Refuses to write beside refused rows, and a file in which nobody is insured.
pub(super) fn refuse_wrong_rows(order: &Order, summary: &Summary) -> Result<(), Failure> {
    refuse_refused(order, summary)?;
    refuse_nobody(summary)
}

/// Refuses to write beside refused rows, with each cause once and what to do about it.
fn refuse_refused(order: &Order, summary: &Summary) -> Result<(), Failure> {
    if summary.refused == 0 || order.skip_refused {
        return Ok(());
    }
    let report = summary.report.as_deref().unwrap_or(&order.file).display();
    let refused = grouped(summary.refused);
    let mut message = if order.is_of_folder {
        say!(
            ja: "{refused} 個のセルに問題があり、何も書き込んでいません。{report} を保険者に送り、直したファイルを同じフォルダーに入れて\
                 ください（急ぐときは、このファイルだけを --all なしで、--skip-refused を付けて取り込めます）",
            en: "{refused} cells were refused, and nothing was written: send {report} to the insurer, and put the mended \
                 file into the folder (where it cannot wait, import this file by itself, without --all and with \
                 --skip-refused)",
        )
    } else {
        say!(
            ja: "{refused} 個のセルに問題があり、何も書き込んでいません。{report} の行を直してコマンドを繰り返してください\
                 （--skip-refused なら残りだけを書き込みます）",
            en: "{refused} cells were refused, and nothing was written: mend what {report} names and repeat the command \
                 (or write the rest with --skip-refused)",
        )
    };
    for cause in &summary.causes {
        message.push_str("\n  ");
        message.push_str(&cause.told());
    }
    Err(Failure::Refused(message))
}

/// Refuses a file in which nobody is insured: it is another file, or the mapping takes another value for theirs.
fn refuse_nobody(summary: &Summary) -> Result<(), Failure> {
    let rows = &summary.rows;
    let says_who_leaves = rows.removals > 0 && !summary.is_full();
    if rows.insured > 0 || says_who_leaves || summary.refused > 0 {
        return Ok(());
    }
    let skipped = rows.told_skipped();
    Err(Failure::Refused(if rows.dependants > 0 {
        say!(
            ja: "被保険者（本人）の行が1つもありません。何も書き込んでいません。対象外にした値：{skipped}。マッピングの \
                 [relationship] insured が本人の値かご確認ください",
            en: "nobody in the file is insured, and nothing was written. The values that were skipped: {skipped}. Does \
                 `insured` in the mapping's [relationship] have those of the insured?",
        )
    } else {
        say!(
            ja: "在籍中の方の行が1つもありません。何も書き込んでいません。ファイルと --full、--delta をご確認ください",
            en: "nobody in the file is insured, and nothing was written: is it the right file, and --full right?",
        )
    }))
}

/// Refuses what is beyond the insurer's limits and was not said. Of those who leave, somebody is asked.
fn refuse_unsaid(
    said: &Said,
    limits: &Limits,
    summary: &Summary,
    start: Start,
) -> Result<(), Failure> {
    // What is left of an import was said when it began.
    if start != Start::Anew {
        return Ok(());
    }
    let counts = &summary.counts;
    let beyond = beyond(summary, limits);
    if beyond.contains(&Beyond::Changed) && said.changed.is_none() {
        let (changed, all, limit) = (
            grouped(counts.changed),
            grouped(counts.in_roster),
            limits.changed,
        );
        let said = counts.changed;
        return Err(Failure::Refused(say!(
            ja: "名簿 {all} 名のうち {changed} 名が変わります。限度の {limit} %を超えています。正しければ --changed {said} を付けてください",
            en: "{changed} of {all} would change, more than {limit} %: if that is right, repeat the command with \
                 --changed {said}",
        )));
    }
    if beyond.contains(&Beyond::Skipped) && said.skipped.is_none() {
        let [now, before] = shares(summary).unwrap_or_default();
        let said = summary.rows.dependants;
        return Err(Failure::Refused(say!(
            ja: "対象外の行が {now} %で、前回の {before} %と大きく違います。正しければ --skipped {said} を付けてください",
            en: "{now} % of the rows are skipped, and {before} % were in the last import: if that is right, repeat the \
                 command with --skipped {said}",
        )));
    }
    Ok(())
}

/// Asks whether to write. Where many leave, `--yes` is no answer: their number is.
pub(super) fn ask(desk: &Desk, careful: Careful, rehearsal: &Rehearsal) -> Result<(), Failure> {
    let (summary, limits) = (&rehearsal.summary, &rehearsal.asked.mapping.limits);
    let leavers = summary.counts.leavers;
    let is_said = rehearsal.asked.order.said.leavers.is_some();
    if is_said || !beyond(summary, limits).contains(&Beyond::Leavers) {
        return careful.asks(summary.told());
    }
    let (told, all, limit) = (
        grouped(leavers),
        grouped(summary.counts.in_roster),
        limits.leavers,
    );
    if !is_attended() {
        desk.format.print(summary);
        return Err(Failure::Refused(say!(
            ja: "名簿 {all} 名のうち {told} 名が喪失になります。限度の {limit} %を超えています。正しければ --leavers {leavers} \
                 を付けてください",
            en: "{told} of {all} would leave, more than {limit} %: if that is right, repeat the command with --leavers \
                 {leavers}",
        )));
    }
    let warning = say!(ja: "  {told} 名が喪失になります", en: "  {told} MEMBERS WOULD LEAVE");
    ask_for(leavers, summary.told().chain([warning]))
}

#[cfg(test)]
mod tests {
    use super::is_as_said;
    use crate::roster::beside::Start;

    #[test]
    fn a_number_is_as_it_was_said_or_what_is_left_of_it() {
        for (said, found, start, is_so) in [
            (None, 7, Start::Anew, true),
            (Some(7), 7, Start::Anew, true),
            (Some(7), 6, Start::Anew, false),
            (Some(7), 8, Start::Anew, false),
            (Some(7), 0, Start::Anew, true),
            (Some(7), 6, Start::Again, true),
            (Some(7), 8, Start::Again, false),
            (Some(7), 6, Start::InPlaceOfAnother, false),
        ] {
            assert_eq!(is_as_said(said, found, start), is_so, "{said:?} {found}");
        }
    }
}
