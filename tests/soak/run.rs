//! The course of a soak: who acts next, by the time of the stack. Members come in waves, as on evenings after letters,
//! and between two waves hours pass. What is to happen within five seconds happens at once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Chance, START};
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::course;
use crate::journal::{Journal, Line, Tally};
use crate::member::{Member, Page};
use crate::person::Person;
use crate::unkind::Unkind;
use crate::world::World;

/// How many requests are under way at most, and how far apart in the stack's time.
const AT_ONCE: usize = 24;
const APART_MS: i64 = 5_000;
/// How many members come in a wave, within how long, and how long after the last wave.
const WAVE: u64 = 1_000;
const WAVE_TAKES_MS: u64 = 300_000;
const BETWEEN_WAVES_MS: u64 = 5 * 3_600_000;
/// How often it says how far it is.
const TELLS: Duration = Duration::from_secs(10);
/// How many members are loaded at once.
const LOADED: usize = 1_000;

/// What is to be driven.
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) journeys: u64,
}

impl Plan {
    /// When a journey begins.
    fn begins_ms(&self, number: u64) -> i64 {
        let wave = number / WAVE;
        let within = Chance::nth(self.seed ^ 0x5eed, number).next() % WAVE_TAKES_MS;
        ms(START) + i64::try_from(wave * BETWEEN_WAVES_MS + within).unwrap_or(0)
    }
}

fn ms(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn moment(at_ms: i64) -> OffsetDateTime {
    START + time::Duration::milliseconds(at_ms - ms(START))
}

/// Puts the members of these journeys into the roster.
pub(crate) async fn load_roster(
    world: &World,
    journeys: std::ops::Range<u64>,
) -> Result<(), String> {
    let numbers: Vec<u64> = journeys.collect();
    for numbers in numbers.chunks(LOADED) {
        let members = numbers
            .iter()
            .map(|number| item(Person { number: *number }));
        let loaded = world.loads(members.collect()).await;
        loaded.map_err(|error| format!("the roster: {error}"))?;
    }
    Ok(())
}

fn item(person: Person) -> Value {
    let item = person.member().to_item();
    let attributes = item.iter().map(|(name, value)| {
        let text = value
            .as_s()
            .expect("a member without further names is texts");
        (name.clone(), json!({"S": text}))
    });
    Value::Object(attributes.collect())
}

/// Drives all journeys that have not come to their end.
pub(crate) async fn drive(
    plan: &Plan,
    world: &Arc<World>,
    journal: &Arc<Journal>,
) -> Result<(), String> {
    let (mut waiting, mut members) = (BinaryHeap::new(), BTreeMap::new());
    let seen = journal
        .read(|tally| tally.heard_ms.values().max().copied())
        .unwrap_or(0);
    for number in 0..plan.journeys {
        let known = journal.read(|tally| {
            let told = tally.told.get(&number).cloned();
            (
                told.unwrap_or_default(),
                tally.heard_ms.contains_key(&number),
            )
        });
        if known.0.is_done || known.0.gave_up {
            continue;
        }
        // Time never goes back.
        let begins = plan.begins_ms(number).max(seen);
        waiting.push(Reverse((begins, number)));
        if known.1 {
            members.insert(number, known.0);
        }
    }
    let mut known = members;
    let mut under_way = BTreeMap::new();
    let mut times = BTreeSet::new();
    let mut acting = JoinSet::new();
    let mut unkind = Unkind::new(plan.seed, journal.read(|tally| tally.acts));
    let mut told = Instant::now();
    loop {
        while acting.len() < AT_ONCE
            && let Some(Reverse((at, number))) = waiting.peek().copied()
            && times
                .first()
                .is_none_or(|(first, _)| at <= first + APART_MS)
        {
            waiting.pop();
            let mut member = under_way.remove(&number).unwrap_or_else(|| {
                let told = known.remove(&number).unwrap_or_default();
                Member::new(plan.seed, number, &world.url(), moment(at), told)
            });
            times.insert((at, number));
            let (world, journal) = (Arc::clone(world), Arc::clone(journal));
            acting.spawn(async move {
                let next = course::act(&mut member, moment(at), &world, &journal).await;
                (at, member, next)
            });
        }
        let Some(ended) = acting.join_next().await else {
            break;
        };
        let (at, member, next) = ended.map_err(|error| error.to_string())?;
        let number = member.person.number;
        times.remove(&(at, number));
        if member.page != Page::Done {
            waiting.push(Reverse((ms(next), number)));
            under_way.insert(number, member);
        }
        unkind.after_an_act(world, journal).await?;
        if told.elapsed() >= TELLS {
            tell(plan, journal, told.elapsed(), at);
            told = Instant::now();
        }
    }
    tell(plan, journal, told.elapsed(), 0);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a program for people to read")]
fn tell(plan: &Plan, journal: &Journal, since: Duration, at_ms: i64) {
    let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    journal.write([Line::Ran { millis }]);
    let line = journal.read(|tally: &Tally| {
        format!(
            "{:>6} of {} journeys at their end, {} acts, {} s, {} surprises{}",
            tally.done(),
            plan.journeys,
            tally.acts,
            tally.ran_millis / 1_000,
            tally.surprises.len(),
            if at_ms > 0 {
                format!(", {} days in", (at_ms - ms(START)) / 86_400_000)
            } else {
                String::new()
            }
        )
    });
    println!("{line}");
}
