//! How long an answer takes, for whoever exists and for nobody: whether the time tells them apart.
//!
//! Both kinds are asked for in turns on one stack, so that whatever slows the machine down slows both. What
//! is printed is the probability that one of the first kind takes longer than one of the second (the area
//! under the ROC curve): 0.5 is a coin, 1 and 0 are certainty. The 95 % interval is that of the rank sum
//! (Mann and Whitney) around a coin: what lies within it a guesser learns nothing from.
//!
//! `make timing`; `timing LOGINS RESETS` says how often of each kind.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program for people to read"
)]

use std::time::{Duration, Instant};

use tests::{PEOPLE, TestStack};

const WRONG: &str = "kaze-to-8sora";
const LOGINS: usize = 200;
const RESETS: usize = 20;

#[tokio::main]
async fn main() {
    let mut counts = std::env::args()
        .skip(1)
        .map(|count| count.parse().expect("a number of requests"));
    let (logins, resets) = (
        counts.next().unwrap_or(LOGINS),
        counts.next().unwrap_or(RESETS),
    );
    let stack = TestStack::start().await;
    for member in PEOPLE {
        stack.has_account(member);
    }
    // Processes are started and connections opened by the first.
    login(&stack, PEOPLE[0].user_id).await;
    let measured = in_turns(logins, async |number, exists| {
        login(&stack, &user_id(number, exists)).await
    })
    .await;
    println!("login, wrong password; a user ID that exists against one that does not");
    measured.print();
    reset(&stack, PEOPLE[0].user_id, PEOPLE[0].email).await;
    let measured = in_turns(resets, async |number, exists| {
        let member = PEOPLE[number % PEOPLE.len()];
        reset(&stack, &user_id(number, exists), member.email).await
    })
    .await;
    println!("request-password-reset; an account that is mailed against none");
    measured.print();
}

/// A user ID that exists, or one as long that does not.
fn user_id(number: usize, exists: bool) -> String {
    let known = PEOPLE[number % PEOPLE.len()].user_id;
    if exists {
        known.to_owned()
    } else {
        known.replace(|c: char| c.is_ascii_alphanumeric(), "x")
    }
}

async fn login(stack: &TestStack, user_id: &str) -> Duration {
    // Nobody is locked out, and every browser has an address of its own.
    stack.database().clear("Throttles").expect("the throttles");
    let mut browser = stack.browser();
    let began = Instant::now();
    let answer = browser.login(user_id, WRONG).await;
    let took = began.elapsed();
    answer.is_refused_with(401, "invalid-credentials");
    took
}

async fn reset(stack: &TestStack, user_id: &str, email: &str) -> Duration {
    stack.database().clear("Throttles").expect("the throttles");
    let mut browser = stack.browser();
    let began = Instant::now();
    let answer = browser.request_reset(user_id, email).await;
    let took = began.elapsed();
    answer.succeeds_with(202);
    took
}

/// The times of both kinds, in milliseconds and in order.
struct Measured {
    exists: Vec<f64>,
    does_not: Vec<f64>,
}

/// Measures so many of each kind, now the one first, now the other.
async fn in_turns(count: usize, mut ask: impl AsyncFnMut(usize, bool) -> Duration) -> Measured {
    let mut measured = Measured {
        exists: Vec::with_capacity(count),
        does_not: Vec::with_capacity(count),
    };
    for number in 0..count {
        let first = number % 2 == 0;
        for exists in [first, !first] {
            let took = ask(number, exists).await.as_secs_f64() * 1_000.0;
            if exists {
                measured.exists.push(took);
            } else {
                measured.does_not.push(took);
            }
        }
    }
    measured.exists.sort_by(f64::total_cmp);
    measured.does_not.sort_by(f64::total_cmp);
    measured
}

impl Measured {
    fn print(&self) {
        println!(
            "  {:<14} {:>6} {:>9} {:>9} {:>9}",
            "", "n", "10 %", "median", "90 %"
        );
        for (kind, times) in [("exists", &self.exists), ("does not", &self.does_not)] {
            let [low, median, high] = [1, 5, 9].map(|tenth| times[times.len() * tenth / 10]);
            println!(
                "  {kind:<14} {:>6} {low:>6.1} ms {median:>6.1} ms {high:>6.1} ms",
                times.len()
            );
        }
        let (told, within) = (self.told_apart(), self.chance());
        let verdict = if (told - 0.5).abs() <= within {
            "nobody can tell them apart"
        } else {
            "THE TIME TELLS THEM APART, or the machine was busy: measure again"
        };
        println!("  longer for the first: {told:.3}, by chance 0.5 ± {within:.3}: {verdict}\n");
    }

    /// The probability that one that exists takes longer than one that does not.
    fn told_apart(&self) -> f64 {
        let mut longer = 0.0;
        for exists in &self.exists {
            let shorter = self.does_not.partition_point(|other| other < exists);
            let equal = self.does_not.partition_point(|other| other <= exists) - shorter;
            longer += as_number(shorter) + as_number(equal) / 2.0;
        }
        longer / (as_number(self.exists.len()) * as_number(self.does_not.len()))
    }

    /// Half of the interval in which a coin falls 95 times of 100.
    fn chance(&self) -> f64 {
        let (n, m) = (as_number(self.exists.len()), as_number(self.does_not.len()));
        1.96 * ((n + m + 1.0) / (12.0 * n * m)).sqrt()
    }
}

fn as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("not that many requests"))
}
