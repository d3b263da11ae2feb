//! How long an answer takes, for whoever exists and for nobody: whether the time tells them apart.
//!
//! Both kinds are asked for in turns on one stack, so that whatever slows the machine down slows both. What
//! is printed is the probability that one of the first kind takes longer than one of the second (the area
//! under the ROC curve): 0.5 is a coin, 1 and 0 are certainty. The 95 % interval is that of the rank sum
//! (Mann and Whitney) around a coin: what lies within it a guesser learns nothing from.
//!
//! What answers at a pace of its own is asked seldom, for each answer takes a second and a half.
//!
//! `make timing`; `timing LOGINS PACED` says how often of each kind.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program for people to read"
)]

use std::time::{Duration, Instant};

use serde_json::Value;
use tests::{Answer, Browser, Member, PEOPLE, TestStack};

const WRONG: &str = "kaze-to-8sora";
const LOGINS: usize = 200;
const PACED: usize = 20;
const CODE: &str = "123456";
const WRONG_CODE: &str = "654321";

#[tokio::main]
async fn main() {
    let mut counts = std::env::args()
        .skip(1)
        .map(|count| count.parse().expect("a number of requests"));
    let (logins, paced) = (
        counts.next().unwrap_or(LOGINS),
        counts.next().unwrap_or(PACED),
    );
    let stack = TestStack::start().await;
    let with_accounts = || PEOPLE.iter().filter(|member| has_account(member));
    for member in with_accounts() {
        stack.has_account(*member);
    }
    let any = |number: usize| {
        let count = with_accounts().count();
        with_accounts().nth(number % count).expect("an account")
    };
    measure(
        "login, wrong password; a user ID that exists against one that does not",
        logins,
        async |number, exists| {
            let user_id = user_id(any(number), exists);
            let ask = async |browser: &mut Browser| browser.login(&user_id, WRONG).await;
            let (took, answer) = timed(&stack, stack.browser(), ask).await;
            answer.is_refused_with(401, "invalid-credentials");
            took
        },
    )
    .await;
    measure(
        "reset-password, wrong code; a reset of an account against one of nobody",
        logins,
        async |number, exists| {
            let browser = if exists {
                stack.has_reset(*any(number), CODE)
            } else {
                stack.has_decoy(CODE)
            };
            let ask = async |browser: &mut Browser| browser.reset_password(WRONG_CODE, WRONG).await;
            let (took, answer) = timed(&stack, browser, ask).await;
            answer.is_refused_with(422, "code-mismatch");
            took
        },
    )
    .await;
    measure(
        "request-password-reset; an account that is mailed against none",
        paced,
        async |number, exists| {
            let member = any(number);
            let user_id = user_id(member, exists);
            let ask =
                async |browser: &mut Browser| browser.request_reset(&user_id, member.email).await;
            let (took, answer) = timed(&stack, stack.browser(), ask).await;
            answer.succeeds_with(202);
            took
        },
    )
    .await;
    let without = PEOPLE.iter().find(|member| !has_account(member));
    let without = without.expect("somebody without an account");
    measure(
        "remind-user-id; a member with an account that is mailed against one without",
        paced,
        async |number, exists| {
            let member = if exists { any(number) } else { without };
            remind(&stack, &member.identity()).await
        },
    )
    .await;
    measure(
        "remind-user-id; a member without an account against nobody in the roster",
        paced,
        async |_, exists| {
            let identity = if exists {
                without.identity()
            } else {
                without.identity_with("number", "jvc9999")
            };
            remind(&stack, &identity).await
        },
    )
    .await;
}

/// All but the last of the sample members have an account.
fn has_account(member: &Member) -> bool {
    PEOPLE
        .last()
        .is_some_and(|last| last.number != member.number)
}

/// The user ID of a member, or one as long that nobody has.
fn user_id(member: &Member, exists: bool) -> String {
    if exists {
        member.user_id.to_owned()
    } else {
        let hide = |c: char| c.is_ascii_alphanumeric();
        member.user_id.replace(hide, "x")
    }
}

async fn remind(stack: &TestStack, identity: &Value) -> Duration {
    let ask = async |browser: &mut Browser| browser.remind(identity).await;
    let (took, answer) = timed(stack, stack.browser(), ask).await;
    answer.succeeds_with(202);
    took
}

/// How long an answer takes for a browser with an address of its own, where nobody is locked out.
async fn timed(
    stack: &TestStack,
    mut browser: Browser,
    ask: impl AsyncFnOnce(&mut Browser) -> Answer,
) -> (Duration, Answer) {
    stack.database().clear("Throttles").expect("the throttles");
    let began = Instant::now();
    let answer = ask(&mut browser).await;
    (began.elapsed(), answer)
}

/// Measures both kinds and prints what came of it. The first of each kind starts processes and opens connections, and
/// does not count.
async fn measure(what: &str, count: usize, mut ask: impl AsyncFnMut(usize, bool) -> Duration) {
    ask(0, true).await;
    ask(0, false).await;
    println!("{what}");
    in_turns(count, ask).await.print();
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
