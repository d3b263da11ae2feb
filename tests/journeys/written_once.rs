//! Tries that are judged and then told by one write, and what follows of writes that are no longer one transaction
//! (docs/adr/0052): what a condition decides at the last moment, and what is left when the next write fails.

use std::time::Duration;

use local::{Fault, FaultKind};
use serde_json::json;
use tests::{HANAKO, Progress, SHOKO, START, TARO, TestStack};

/// How long what is right is held back: as long as a function waits for a reply, almost.
const HELD: Duration = Duration::from_millis(1_800);
const CODE: &str = "061189";
const WRONG: &str = "061188";

/// Holds a write of a table back, which only what is right makes.
fn holding(stack: &TestStack, table: &str) {
    let held = Fault::new(FaultKind::Latency(HELD));
    stack
        .faults()
        .inject(held.action("TransactWriteItems").table(table));
}

/// Waits until so many calls have come.
async fn calls(stack: &TestStack, count: usize) {
    while stack.calls().len() < count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_code_makes_no_account_once_five_wrong_ones_were_told() {
    let stack = TestStack::start().await;
    let browser = stack.has_registration(TARO, Progress::CodeSent(CODE));
    holding(&stack, "Accounts");
    let mut right = browser.clone();
    let confirming = tokio::spawn(async move { right.confirm(CODE).await });
    // It has read the registration, and the insurer beside its transaction.
    calls(&stack, 2).await;
    let mut guessing = browser;
    for _ in 0..4 {
        let answer = guessing.confirm(WRONG).await;
        answer.is_refused_with(422, "code-mismatch");
    }
    let answer = guessing.confirm(WRONG).await;
    answer.is_refused_with(429, "too-many-attempts");
    let answer = confirming.await.unwrap();
    answer.is_refused_with(410, "code-expired");
    assert!(stack.items("Accounts").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_code_resets_no_password_once_five_wrong_ones_were_told() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let browser = stack.has_reset(TARO, "06118922");
    holding(&stack, "Accounts");
    let mut right = browser.clone();
    let resetting =
        tokio::spawn(async move { right.reset_password("06118922", "sakura-8080").await });
    calls(&stack, 2).await;
    let mut guessing = browser;
    for _ in 0..5 {
        let answer = guessing.reset_password("06118923", "sakura-8080").await;
        assert!(matches!(answer.status, 422 | 429), "{answer:?}");
    }
    let answer = resetting.await.unwrap();
    answer.is_refused_with(401, "reset-missing");
    stack.browser().login_as(&TARO).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_code_changes_no_address_once_five_wrong_ones_were_told() {
    let stack = TestStack::start().await;
    let mut browser = stack.journey(TARO).terms_accepted().await.browser;
    let asked = browser.change_email(TARO.password, "next@example.jp").await;
    asked.succeeds_with(202);
    let code = stack.newest_code_to("next@example.jp");
    let wrong = if code == CODE { WRONG } else { CODE };
    holding(&stack, "Accounts");
    let before = stack.calls().len();
    let mut right = browser.clone();
    let confirming = tokio::spawn(async move { right.confirm_email(&code).await });
    calls(&stack, before + 2).await;
    for _ in 0..5 {
        let answer = browser.confirm_email(wrong).await;
        assert!(matches!(answer.status, 422 | 429), "{answer:?}");
    }
    let answer = confirming.await.unwrap();
    answer.is_refused_with(410, "code-expired");
    let account = stack.items_of("Accounts", "user#").remove(0);
    assert_eq!(account["email"]["S"], TARO.email);
}

/// The code that was compared is gone, and nothing of it is held against the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_try_at_a_code_before_does_not_count_against_the_next() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent(CODE));
    browser.at(START + Duration::from_secs(61));
    // Only what counts a wrong try puts an event first.
    let held = Fault::new(FaultKind::Latency(HELD)).function("confirm-code");
    stack.faults().inject(held.action("TransactWriteItems"));
    let mut guessing = browser.clone();
    let guess = tokio::spawn(async move { guessing.confirm(WRONG).await });
    calls(&stack, 1).await;
    browser.send_code().await.succeeds_with(202);
    let answer = guess.await.unwrap();
    answer.is_refused_with(429, "too-many-attempts");
    let registration = stack.items_of("Registrations", "token#").remove(0);
    assert!(
        !registration.contains_key("code_tries_counted"),
        "{registration:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_choices_at_once_with_one_try_left_one_is_kept() {
    let stack = TestStack::start().await;
    let browser = stack.has_registration_with(TARO, Progress::Verified, &json!({"creates": 19}));
    holding(&stack, "Registrations");
    let choosing = ["left", "right"].map(|user_id| {
        let mut tab = browser.clone();
        let mut choice = TARO.choice();
        choice["userId"] = json!(user_id);
        async move { tab.create_user(&choice).await }
    });
    let answers = tests::all_at_once(choosing).await;
    let mut statuses = [answers[0].status, answers[1].status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 429], "{answers:?}");
    let registration = stack.items_of("Registrations", "token#").remove(0);
    let creates = registration["creates_counted"]["NS"].as_array().unwrap();
    assert_eq!(creates.len(), 20);
    stack.has_nothing_left_over();
}

/// In the last moment of a registration its code is confirmed. Somebody else wants the user ID from then on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_a_user_id_that_a_request_of_the_last_moment_makes_an_account_of() {
    let stack = TestStack::start().await;
    let ends = START + domain::REGISTRATION_VALID;
    let mut last = stack.has_registration(TARO, Progress::UserCreated);
    last.at(ends - Duration::from_mins(5));
    last.send_code().await.succeeds_with(202);
    let code = stack.newest_code_to(TARO.email);
    holding(&stack, "Accounts");
    last.at(ends - Duration::from_millis(1));
    let before = stack.calls().len();
    let confirming = tokio::spawn(async move { last.confirm(&code).await });
    calls(&stack, before + 2).await;

    let mut other = stack.browser();
    other.at(ends);
    other.verify(&SHOKO.identity()).await.succeeds_with(200);
    let mut choice = SHOKO.choice();
    choice["userId"] = json!(TARO.user_id.to_uppercase());
    let answer = other.create_user(&choice).await;
    answer.is_refused_with(409, "user-id-taken");
    confirming.await.unwrap().succeeds_with(200);

    // When it is reserved no longer, the account is there to be read, however old a read may be.
    other.at(ends + domain::TRY_LIVES);
    stack.faults().clear();
    stack.faults().inject(Fault::new(FaultKind::Stale));
    let answer = other.create_user(&choice).await;
    answer.is_refused_with(409, "user-id-taken");
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_a_registration_that_the_trail_does_not_know() {
    for (table, events) in [("Audit", 0), ("Registrations", 1)] {
        let stack = TestStack::start().await;
        let broken = Fault::new(FaultKind::InternalError);
        stack.faults().inject(broken.action("PutItem").table(table));
        let mut browser = stack.browser();
        let answer = browser.verify(&HANAKO.identity()).await;
        answer.is_refused_with(503, "try-again");
        assert!(stack.items("Registrations").is_empty(), "{table}");
        assert_eq!(stack.items("Audit").len(), events, "{table}");
        stack.faults().clear();
        let answer = browser.verify(&HANAKO.identity()).await;
        answer.succeeds_with(200);
        assert_eq!(stack.items("Audit").len(), events + 1, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_accepted_and_was_told_to_try_again_accepts_once_more() {
    let stack = TestStack::start().await;
    stack.has_account_with(TARO, None);
    let mut browser = stack.has_session(TARO, None);
    let broken = Fault::new(FaultKind::InternalError);
    stack
        .faults()
        .inject(broken.action("UpdateItem").table("Sessions"));
    let answer = browser.accept_terms("2023-09-01").await;
    answer.is_refused_with(503, "try-again");
    let accepted = || {
        let account = &stack.items_of("Accounts", "user#")[0];
        account["acceptances"]["M"]["2023-09-01"].clone()
    };
    let first = accepted();
    assert!(first.is_object(), "the acceptance stands");
    stack.faults().clear();
    let session = browser.session().await;
    assert_eq!(session.succeeds_with(200)["terms"]["accepted"], false);
    browser.later(Duration::from_secs(30));
    browser.accept_terms("2023-09-01").await.succeeds_with(200);
    assert_eq!(accepted(), first, "as it was first");
    let session = browser.session().await;
    assert_eq!(session.succeeds_with(200)["terms"]["accepted"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepting_the_terms_puts_the_idle_end_off() {
    let stack = TestStack::start().await;
    stack.has_account_with(TARO, None);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    browser.later(Duration::from_mins(29));
    browser.accept_terms("2023-09-01").await.succeeds_with(200);
    browser.later(Duration::from_mins(29));
    browser.session().await.succeeds_with(200);
    browser.later(Duration::from_mins(30));
    let answer = browser.accept_terms("2023-09-01").await;
    answer.is_refused_with(401, "not-signed-in");
}

/// In one order or the other: first accepted, then logged out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_logs_out_while_accepting_has_accepted_and_is_signed_out() {
    let stack = TestStack::start().await;
    stack.has_account_with(TARO, None);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    holding(&stack, "Accounts");
    let before = stack.calls().len();
    let mut tab = browser.clone();
    let accepting = tokio::spawn(async move { tab.accept_terms("2023-09-01").await });
    // Session and member are read.
    calls(&stack, before + 2).await;
    browser.logout().await.succeeds_with(204);
    let answer = accepting.await.unwrap();
    answer.is_refused_with(401, "not-signed-in");
    assert!(stack.items("Sessions").is_empty());
    let account = &stack.items_of("Accounts", "user#")[0];
    assert!(account["acceptances"]["M"]["2023-09-01"].is_object());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_the_roster_accepts_nothing() {
    let stack = TestStack::start().await;
    stack.has_account_with(TARO, None);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    stack.leaves_the_roster(TARO);
    let before = stack.snapshot_without(&["Audit"]);
    let answer = browser.accept_terms("2023-09-01").await;
    answer.is_refused_with(401, "not-signed-in");
    assert_eq!(stack.snapshot_without(&["Audit"]), before);
}

/// The version before charged each try before it judged it. A deployment, or its end, leaves such charges behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_version_before_had_under_way_keeps_nobody_out() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_registration(TARO, Progress::CodeSent(CODE));
    let mut registration = stack.items_of("Registrations", "token#").remove(0);
    let charged: Vec<String> = (0..20)
        .map(|try_| format!("17750052000000000{try_:02}"))
        .collect();
    registration.insert("code_tries".to_owned(), json!({"NS": &charged[..5]}));
    registration.insert("creates".to_owned(), json!({"NS": charged}));
    stack.puts("Registrations", &registration);
    browser.create_user(&TARO.choice()).await.succeeds_with(201);
    browser.at(START + Duration::from_secs(61));
    browser.send_code().await.succeeds_with(202);
    let code = stack.newest_code_to(TARO.email);
    browser.confirm(&code).await.succeeds_with(200);
    stack.has_nothing_left_over();
}
