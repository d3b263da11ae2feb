//! `make soak`: many journeys, unkindly. Members walk through the local stack, several behind one address, mistyping as
//! people do, double-clicking, not hearing answers; the stack answers stale, collects by `ttl`, fails singly and in pairs,
//! and is killed, it and its functions. In the end everybody is at the top page, `local check` finds nothing, and the
//! tables hold what members were told: no journey is lost, and none is there twice.
//!
//! `soak BINARIES JOURNEYS [--seed N] [--folder DIR] [--again]`. The seed decides who errs how and what breaks; without one
//! it is the day. What has happened is kept in the folder, else in `target/soak`, so a soak that was interrupted or killed
//! goes on, and one with more journeys continues the last one. `--again` begins anew. Where a disk is slow to write, a
//! folder in memory is several times as fast.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a program for people to read"
)]

mod act;
mod course;
mod journal;
mod judgement;
mod member;
mod person;
mod report;
mod run;
mod unkind;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use http::Method;
use local::{Options, Samples, Stack};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::journal::Journal;
use crate::run::Plan;
use crate::world::World;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    match runtime.block_on(soak()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// The day, as a number.
#[expect(
    clippy::disallowed_methods,
    reason = "a seed of the day is of this machine's day"
)]
fn seed_of_the_day() -> u64 {
    let today = OffsetDateTime::now_utc().date();
    let (year, month, day) = today.to_calendar_date();
    u64::from(year.unsigned_abs()) * 10_000 + u64::from(u8::from(month)) * 100 + u64::from(day)
}

async fn soak() -> Result<bool, String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [binaries, journeys, rest @ ..] = &*arguments else {
        return Err("soak BINARIES JOURNEYS [--seed N] [--folder DIR] [--again]".to_owned());
    };
    let number = |text: &String| {
        let number = text.parse::<u64>();
        number.map_err(|_| format!("no number: {text}"))
    };
    let after = |option: &str| {
        let at = rest.iter().position(|given| given == option);
        let value = at.map(|at| rest.get(at + 1).ok_or(format!("{option} takes a value")));
        value.transpose()
    };
    let given = after("--seed")?.map(number).transpose()?;
    let folder = after("--folder")?.map_or_else(beside_what_is_built, PathBuf::from);
    if rest.iter().any(|option| option == "--again") && folder.exists() {
        World::new(&folder, Path::new(binaries), 0)
            .map_err(|error| error.to_string())?
            .kill();
        std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let (seed, loaded) = begun(&folder, given)?;
    let plan = Plan {
        seed,
        journeys: number(journeys)?.max(loaded),
    };
    println!(
        "{} journeys with the seed {seed}, in {}",
        plan.journeys,
        folder.display()
    );

    let binaries = Path::new(binaries)
        .canonicalize()
        .map_err(|error| format!("{binaries}: {error}"))?;
    let world = World::new(&folder, &binaries, seed).map_err(|error| error.to_string())?;
    let world = Arc::new(world);
    // What a run that was killed has left.
    world.kill();
    world.start().await?;
    let driven = drive(&plan, &world, &folder, loaded).await;
    let journal = driven.inspect_err(|_| world.kill())?;
    let found = world
        .ask(Method::POST, "/_local/check", Some(&json!({})))
        .await;
    world.kill();
    let found = found.map_err(|error| error.to_string())?;
    let (accounts, events) = held(&world, &binaries).await?;
    let (text, is_good) = journal.read(|tally| {
        let judged = [
            ("findings of `local check`", findings(&found)),
            (
                "differences between what members were told and what the tables hold",
                judgement::disagreements(&tally.told, &accounts, &events),
            ),
            ("misdeeds of functions", misdeeds(&folder)),
        ];
        report::report(&plan, tally, &judged)
    });
    println!("\n{text}");
    std::fs::write(folder.join("report.md"), &text).map_err(|error| error.to_string())?;
    Ok(is_good)
}

/// Where it is kept.
fn beside_what_is_built() -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    program
        .ancestors()
        .nth(3)
        .expect("target/debug/examples")
        .join("soak")
}

/// The seed and the number of members of a soak that has begun; else what is given.
fn begun(folder: &Path, given: Option<u64>) -> Result<(u64, u64), String> {
    let Ok(text) = std::fs::read_to_string(folder.join("plan.json")) else {
        return Ok((given.unwrap_or_else(seed_of_the_day), 0));
    };
    let plan: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let seed = plan["seed"].as_u64().unwrap_or_default();
    if given.is_some_and(|given| given != seed) {
        return Err(format!(
            "a soak with the seed {seed} has begun: --again begins another one"
        ));
    }
    Ok((seed, plan["loaded"].as_u64().unwrap_or_default()))
}

async fn drive(
    plan: &Plan,
    world: &Arc<World>,
    folder: &Path,
    loaded: u64,
) -> Result<Arc<Journal>, String> {
    let journal = Journal::open(&folder.join("journal")).map_err(|error| error.to_string())?;
    if loaded < plan.journeys {
        run::load_roster(world, loaded..plan.journeys).await?;
        let kept = json!({"seed": plan.seed, "loaded": plan.journeys});
        std::fs::write(folder.join("plan.json"), kept.to_string())
            .map_err(|error| error.to_string())?;
    }
    let journal = Arc::new(journal);
    run::drive(plan, world, &journal).await?;
    Ok(journal)
}

fn findings(found: &Value) -> Vec<String> {
    let list = found["findings"].as_array();
    list.into_iter().flatten().map(Value::to_string).collect()
}

/// The accounts and the audit trail, of a stack that was killed.
async fn held(
    world: &World,
    binaries: &Path,
) -> Result<(Vec<local::Item>, Vec<local::Item>), String> {
    let options = Options {
        data: Some(world.data()),
        binaries: binaries.to_owned(),
        http_port: None,
        samples: Samples::None,
        collection: None,
        ..Options::default()
    };
    let stack = Stack::start(options)
        .await
        .map_err(|error| error.to_string())?;
    let scan = |table| {
        stack
            .database()
            .scan(table)
            .map_err(|error| error.to_string())
    };
    Ok((scan("Accounts")?, scan("Audit")?))
}

/// What the stack says that no fault explains.
fn misdeeds(folder: &Path) -> Vec<String> {
    let log = std::fs::read_to_string(folder.join("stack.log")).unwrap_or_default();
    let signs = [
        "panicked",
        "AccessDenied",
        "ValidationE",
        "no number of seconds",
        "IdempotentParameterMismatch",
    ];
    let bad = log
        .lines()
        .filter(|line| signs.iter().any(|sign| line.contains(sign)));
    bad.map(str::to_owned).collect()
}
