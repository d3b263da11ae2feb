//! Sieges: somebody who knows much of a member, or of many, against what keeps guessers out. What is asserted is
//! that the member gets in, and how many guesses were judged.
//!
//! Attackers are programs: they have addresses, and make whatever request their knowledge allows as often as
//! they are let.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Browser, HANAKO, Member, SHOKO, START, TARO, TestStack};
use time::OffsetDateTime;

mod account;
mod letter_key;
mod member;
mod office;

const QUARTER: Duration = Duration::from_mins(15);
const DAY: Duration = Duration::from_hours(24);

/// Somebody with some addresses.
struct Attacker(Vec<Browser>);

/// What became of guesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Guesses {
    judged: usize,
    refused: usize,
}

impl Attacker {
    fn with_addresses(stack: &TestStack, addresses: impl IntoIterator<Item = String>) -> Self {
        let browser = |address: String| {
            let mut browser = stack.browser();
            browser.from_address(&address);
            browser
        };
        Self(addresses.into_iter().map(browser).collect())
    }

    fn with_one_address(stack: &TestStack) -> Self {
        Self::with_addresses(stack, ["203.0.113.7".to_owned()])
    }

    fn with_a_botnet(stack: &TestStack) -> Self {
        Self::with_addresses(stack, (1..=100).map(|line| format!("203.0.113.{line}")))
    }

    /// From each address, guesses at a member until it is refused there. Other guesses for each.
    async fn guesses_at(&mut self, member: &Member, at: OffsetDateTime) -> Guesses {
        let mut guesses = Guesses::default();
        for browser in &mut self.0 {
            loop {
                // A try is told from the others by its time and six digits drawn: not all at one.
                browser.at(at + Duration::from_millis(guesses.judged as u64));
                let day = guesses.judged % 28 + 1;
                let guess = member.identity_with("birthDate", format!("1911-02-{day:02}"));
                let status = browser.verify(&guess).await.status;
                if status == 429 {
                    break;
                }
                assert_eq!(status, 404);
                guesses.judged += 1;
            }
            guesses.refused += 1;
        }
        guesses
    }

    /// From each address, guesses at others of a list until it is refused there.
    async fn goes_through(
        &mut self,
        list: impl IntoIterator<Item = Value>,
        at: OffsetDateTime,
    ) -> usize {
        let mut list = list.into_iter();
        let mut judged = 0;
        for browser in &mut self.0 {
            browser.at(at);
            for identity in list.by_ref() {
                if browser.verify(&identity).await.status == 429 {
                    break;
                }
                judged += 1;
            }
        }
        judged
    }
}

/// Names and birth dates tried over sequential 番号.
fn list() -> impl Iterator<Item = Value> {
    (0..).map(|number| TARO.identity_with("number", format!("jvd{number:05}")))
}

/// The alarm of this limit rings: a line says that it refused. What counts the lines is tested with the template.
async fn alarm_rings_of(stack: &TestStack, limit: &str) {
    is_told(stack, |line| line["limit"] == limit).await;
}

/// Some line of the functions is such.
async fn is_told(stack: &TestStack, is_such: impl Fn(&Value) -> bool) {
    // A line that was written just before an answer may come just after it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let logs = stack.logs().into_iter();
    let mut lines = logs.filter_map(|line| serde_json::from_str(&line.text).ok());
    assert!(lines.any(|line: Value| is_such(&line)));
}

fn desk_is_told_of(answer: &tests::Answer) {
    answer.is_refused_with(429, "too-many-attempts");
    let detail = answer.json["detail"].as_str().unwrap();
    assert!(detail.contains("窓口ですぐに再開できます"), "{detail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_1_a_member_is_admitted_at_once_while_a_stranger_guesses_from_one_address() {
    let stack = TestStack::start().await;
    let mut attacker = Attacker::with_one_address(&stack);
    let mut judged = 0;
    for quarter in 0..4 {
        let now = START + quarter * QUARTER;
        judged += attacker.guesses_at(&TARO, now).await.judged;
        let mut phone = stack.browser();
        let answer = phone.at(now).verify(&TARO.identity()).await;
        answer.succeeds_with(200);
        let answer = phone.at(now).remind(&TARO.identity()).await;
        answer.succeeds_with(202);
    }
    assert_eq!(judged, 30, "a day's worth from one address");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_2_a_botnet_closes_an_identity_after_sixty_guesses_and_the_desk_is_the_way_in() {
    let stack = TestStack::start().await;
    let mut botnet = Attacker::with_a_botnet(&stack);
    assert_eq!(botnet.guesses_at(&TARO, START).await.judged, 60);
    let mut phone = stack.browser();
    let answer = phone.verify(&TARO.identity()).await;
    desk_is_told_of(&answer);
    assert_eq!(answer.retry_after(), DAY.as_secs());
    alarm_rings_of(&stack, "verifications-closed").await;
    // Nobody else is touched.
    phone.verify(&SHOKO.identity()).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_6_for_ever_a_botnet_has_three_hundred_guesses_at_a_birth_date() {
    let stack = TestStack::start().await;
    let mut botnet = Attacker::with_a_botnet(&stack);
    let mut judged = Vec::new();
    for day in [0, 1, 2, 3, 4, 5, 30, 300] {
        let today = START + day * DAY;
        judged.push(botnet.guesses_at(&TARO, today).await.judged);
    }
    assert_eq!(judged, [60, 60, 60, 60, 60, 0, 0, 0]);
    // Of the birth dates of sixty years that is less than two in a hundred.
    assert!(judged.iter().sum::<usize>() * 50 < 60 * 365);
    let mut phone = stack.browser();
    let answer = phone.at(START + 300 * DAY).verify(&TARO.identity()).await;
    desk_is_told_of(&answer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_survey_opens_what_strangers_closed() {
    let stack = TestStack::start().await;
    stack.loads(&json!({"throttles": [
        {"of": "verify-identity", "member": TARO.key(), "at": "2026-03-20T01:00:00Z", "times": 300},
    ]}));
    let mut phone = stack.browser();
    desk_is_told_of(&phone.verify(&TARO.identity()).await);
    let mut insurer = stack.items_of("Insurers", "jkc").remove(0);
    let began = (START - Duration::from_hours(1)).unix_timestamp() * 1_000;
    insurer.insert("campaign_began".to_owned(), json!({"N": began.to_string()}));
    insurer.insert("campaign_deadline".to_owned(), json!({"S": "2026-09-30"}));
    stack.puts("Insurers", &insurer);
    phone.verify(&TARO.identity()).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_members_success_gives_strangers_no_more_than_they_had() {
    let stack = TestStack::start().await;
    stack.loads(&json!({"throttles": [
        {"of": "verify-identity", "member": TARO.key(), "at": "2026-03-20T01:00:00Z", "times": 250},
    ]}));
    let mut phone = stack.browser();
    phone.verify(&TARO.identity()).await.succeeds_with(200);
    let identity = &stack.items_of("Throttles", "verify-identity#")[0];
    assert!(!identity.contains_key("tries_counted"), "{identity:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_7_a_list_is_stopped_within_a_hundred_failures_of_an_address_a_day() {
    let stack = TestStack::start().await;
    let mut attacker = Attacker::with_one_address(&stack);
    let mut list = list();
    let mut judged = attacker.goes_through(list.by_ref(), START).await;
    alarm_rings_of(&stack, "verifications-of-client").await;
    for quarter in 1..24 * 4 {
        let now = START + quarter * QUARTER;
        judged += attacker.goes_through(list.by_ref(), now).await;
    }
    assert_eq!(judged, 90);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_8_a_line_of_ipv6_has_one_budget_and_the_network_around_it_four() {
    let stack = TestStack::start().await;
    let lines = (0..4).map(|subnet| format!("2001:db8:1:20{subnet}::1"));
    let mut one_line = Attacker::with_addresses(&stack, lines);
    let mut list = list();
    assert_eq!(one_line.goes_through(list.by_ref(), START).await, 30);
    let lines = (0..8).map(|line| format!("2001:db8:1:{line:x}00::1"));
    let mut one_site = Attacker::with_addresses(&stack, lines);
    let judged = 30 + one_site.goes_through(list.by_ref(), START).await;
    assert_eq!(judged, 120);
    let mut another = Attacker::with_addresses(&stack, ["2001:db8:2::1".to_owned()]);
    assert_eq!(another.goes_through(list, START).await, 30);
    // A neighbour in the network waits, and goes in from elsewhere.
    let mut neighbour = stack.browser();
    neighbour.from_address("2001:db8:1:e00::9");
    let answer = neighbour.verify(&HANAKO.identity()).await;
    answer.is_refused_with(429, "too-many-attempts");
    neighbour.from_address("198.51.100.9");
    neighbour
        .verify(&HANAKO.identity())
        .await
        .succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scene_11_an_answer_to_garbage_is_short() {
    let stack = TestStack::start().await;
    let mut body = serde_json::Map::new();
    for number in 0..1_200 {
        body.insert(format!("f{number:06}"), json!(""));
    }
    let garbage = Value::Object(body);
    assert!((14_000..16_384).contains(&garbage.to_string().len()));
    let mut browser = stack.browser();
    for answer in [
        browser.verify(&garbage).await,
        browser.remind(&garbage).await,
        browser.create_user(&garbage).await,
    ] {
        assert!((400..500).contains(&answer.status), "{answer:?}");
        assert!(answer.body.len() < 4_096, "{}", answer.body.len());
    }
}
