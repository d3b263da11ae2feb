//! `make mutants`: whether the tests notice what is wrong with a function's calls to DynamoDB and SES.
//!
//! The local stack distorts one statement of one function at a time (`infra/local/src/mutants`). First every test runs
//! once as it is, and notes which mutants its calls allow. Then, for each mutant, the tests that make its call run until
//! one fails: that test notices it. Where all pass, the mutant has survived: it asks for a test, or for a reason in
//! `accepted.toml`.
//!
//! Several functions may make one statement, which the code says once: a clause that is taken out of it is taken out for
//! all of them, is one mutant, and is noticed by any test that calls any of them.
//!
//! What was found is kept in `target/mutants`, so a run that was interrupted goes on where it ended. A mutant that was
//! noticed is not tried again; one that survived is tried with the tests that are new.
//!
//! `mutants [FUNCTION ...]` takes these functions, or all. `--again` forgets what is known of them and notes anew.
//! `--list` says only what is known. `--but=TEXT` leaves out what has this text in its name.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program for people to read"
)]

mod accepted;
mod made;
mod notes;
mod results;
mod suite;

use std::process::ExitCode;

use accepted::Accepted;
use made::made;
use notes::Notes;
use results::{Results, Verdict};
use suite::Suite;

fn main() -> ExitCode {
    let (options, functions): (Vec<_>, Vec<_>) = std::env::args()
        .skip(1)
        .partition(|argument| argument.starts_with("--"));
    let is_asked = |option: &str| options.iter().any(|given| given == option);
    let is_meant = |mutant: &str| {
        let of = mutant.split(':').next().unwrap_or_default();
        let is_left_out = options
            .iter()
            .filter_map(|option| option.strip_prefix("--but="))
            .any(|text| mutant.contains(text));
        !is_left_out && (functions.is_empty() || functions.iter().any(|function| function == of))
    };
    let suites = Suite::all();
    let mut results = Results::read();
    let mut notes = Notes::read();
    if !is_asked("--list") {
        notes.bring_up_to_date(&suites, is_asked("--again"));
    }
    let mutants: Vec<_> = notes.mutants().filter(|mutant| is_meant(mutant)).collect();
    if is_asked("--again") {
        results.forget(mutants.iter().copied());
    }
    let mut failed = Vec::new();
    for (number, mutant) in mutants.iter().enumerate() {
        if !is_asked("--list") && !results.is_noticed(mutant) {
            let tests = results.order(mutant, notes.tests_of(mutant));
            let verdict = suite::try_out(&suites, &made(mutant), &tests);
            results.keep(mutant, verdict);
        }
        let told = match results.of(mutant) {
            Some(Verdict::Noticed { by }) => format!("noticed by {by}"),
            Some(Verdict::Survived { tried }) => format!("SURVIVED {} tests", tried.len()),
            Some(Verdict::Invalid { why }) => format!("INVALID: {why}"),
            None => "not tried".to_owned(),
        };
        println!(
            "{:>4}/{} {mutant}\n         {told}",
            number + 1,
            mutants.len()
        );
        if matches!(results.of(mutant), Some(Verdict::Invalid { .. })) {
            failed.push(format!("the stack makes no sense of it: {mutant}"));
        }
    }
    let survivors: Vec<_> = mutants
        .iter()
        .copied()
        .filter(|mutant| matches!(results.of(mutant), Some(Verdict::Survived { .. })))
        .collect();
    let accepted = Accepted::read();
    failed.extend(
        accepted.disagreements(&survivors, &mutants, is_meant, |mutant| {
            results.is_noticed(mutant)
        }),
    );
    println!("\n{}", results.table(&mutants, &accepted));
    for wrong in &failed {
        println!("{wrong}");
    }
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
