//! What a soak has come to, as Markdown.

use std::fmt::Write as _;

use crate::journal::Tally;
use crate::run::Plan;

/// How many lines of a kind are printed.
const LINES: usize = 40;

/// The report, and whether all is as it must be.
pub(crate) fn report(plan: &Plan, tally: &Tally, judged: &[(&str, Vec<String>)]) -> (String, bool) {
    let seconds = tally.ran_millis as f64 / 1_000.0;
    let done = tally.done();
    let gave_up = tally.told.values().filter(|told| told.gave_up).count();
    let first = tally.heard_ms.values().min().copied().unwrap_or_default();
    let last = tally.heard_ms.values().max().copied().unwrap_or_default();
    let days = (last - first) as f64 / 86_400_000.0;
    let mut text = format!(
        "| seed | journeys | at their end | given up | requests | time | journeys a second | time in the stack |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|\n\
         | {} | {} | {done} | {gave_up} | {} | {seconds:.0} s | {:.1} | {days:.1} days |\n\n",
        plan.seed,
        plan.journeys,
        tally.acts,
        done as f64 / seconds.max(1.0),
    );
    text += "What was broken:\n\n| what | times |\n|---|---:|\n";
    for (what, times) in &tally.unkind {
        let _ = writeln!(text, "| {what} | {times} |");
    }
    text += "\nWhat members saw:\n\n| step | answers |\n|---|---|\n";
    for (step, answers) in &tally.answers {
        let answers: Vec<_> = answers
            .iter()
            .map(|(answer, times)| format!("{answer}: {times}"))
            .collect();
        let _ = writeln!(text, "| {step} | {} |", answers.join("; "));
    }
    text += "\nWhat must not be:\n\n";
    let unfinished = usize::try_from(plan.journeys)
        .unwrap_or(usize::MAX)
        .saturating_sub(done);
    let mut is_good = unfinished == 0;
    let _ = writeln!(
        text,
        "- {unfinished} journeys that did not come to their end"
    );
    let surprises = ("surprises of members", tally.surprises.clone());
    for (what, found) in std::iter::once(&surprises).chain(judged) {
        is_good &= found.is_empty();
        let _ = writeln!(text, "- {} {what}", found.len());
        for line in found.iter().take(LINES) {
            let _ = writeln!(text, "  - {line}");
        }
    }
    (text, is_good)
}
