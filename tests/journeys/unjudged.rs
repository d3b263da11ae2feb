//! What fails behind us is charged to nobody: a try costs something once it was judged wrong, and not before.

use std::time::Duration;

use local::{Fault, FaultKind};
use serde_json::json;
use tests::{Answer, HANAKO, PEOPLE, Progress, SHOKO, START, TARO, TestStack, all_at_once};

const WRONG: &str = "kaze-to-8sora";

fn failing_transactions() -> Fault {
    Fault::new(FaultKind::InternalError).action("TransactWriteItems")
}

fn nothing_is_counted(stack: &TestStack) {
    for table in ["Throttles", "Registrations", "Resets", "Sessions"] {
        for item in stack.items(table) {
            let counted = item.keys().find(|name| name.ends_with("_counted"));
            assert!(counted.is_none(), "{table}: {item:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_half_an_hour_of_failing_transactions_the_first_right_answer_is_taken() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut signing_in = stack.browser();
    let mut verifying = stack.browser();
    let mut confirming = stack.has_registration(SHOKO, Progress::CodeSent("061189"));
    let mut resetting = stack.has_reset(TARO, "06118922");
    stack.faults().inject(failing_transactions());
    // What is no transaction, too.
    let broken = Fault::new(FaultKind::InternalError);
    stack.faults().inject(broken.action("PutItem"));
    // Every other minute, all at the same time.
    for minute in (0..30).step_by(2) {
        let now = START + Duration::from_mins(minute);
        let hanako = HANAKO.identity();
        let (signed_in, verified) = tokio::join!(
            signing_in.at(now).login_as(&TARO),
            verifying.at(now).verify(&hanako),
        );
        for answer in [signed_in, verified] {
            answer.is_refused_with(503, "try-again");
        }
        if minute < 10 {
            let (confirmed, reset) = tokio::join!(
                confirming.at(now).confirm("061189"),
                resetting.at(now).reset_password("06118922", "sakura-8080"),
            );
            for answer in [confirmed, reset] {
                answer.is_refused_with(503, "try-again");
            }
        }
    }
    nothing_is_counted(&stack);
    stack.faults().clear();
    let after = START + Duration::from_mins(30);
    signing_in
        .at(after)
        .login_as(&TARO)
        .await
        .succeeds_with(200);
    verifying
        .at(after)
        .verify(&HANAKO.identity())
        .await
        .succeeds_with(200);
    let in_time = START + Duration::from_mins(10) - Duration::from_millis(1);
    confirming
        .at(in_time)
        .confirm("061189")
        .await
        .succeeds_with(200);
    resetting
        .at(in_time)
        .reset_password("06118922", "sakura-8080")
        .await
        .succeeds_with(204);
    // The notices of the account that was made and of the new password, and no other.
    let mut subjects: Vec<String> = stack
        .mailbox()
        .iter()
        .map(|mail| mail.subject.clone())
        .collect();
    subjects.sort();
    assert_eq!(
        subjects,
        [
            "【パスワード変更のお知らせ】",
            "【ユーザーID作成完了のお知らせ】"
        ]
    );
}

/// The member presses again and again, and every write fails, the one that makes room again too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_presses_again_while_every_write_fails_is_let_in_twenty_seconds_later() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.browser();
    for second in 0..7 {
        // The charge is made, and everything after it fails.
        browser.at(START + Duration::from_secs(second));
        stack.faults().clear();
        stack.faults().inject(failing_transactions());
        let answer = browser.login_as(&TARO).await;
        assert!(matches!(answer.status, 429 | 503), "{answer:?}");
    }
    stack.faults().clear();
    nothing_is_counted(&stack);
    browser.at(START + Duration::from_secs(27));
    browser.login_as(&TARO).await.succeeds_with(200);
    assert!(stack.mailbox().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_guesses_at_once_no_more_are_judged_than_the_limit_also_while_writes_fail() {
    for failing in [0, 4] {
        let stack = TestStack::start().await;
        stack.has_account(TARO);
        let broken = failing_transactions();
        if failing > 0 {
            // The SDK makes three tries of each call.
            stack.faults().inject(broken.times(3 * failing));
        }
        let told = |answers: &[Answer], status: u16| {
            answers
                .iter()
                .filter(|answer| answer.status == status)
                .count()
        };
        let answers = all_at_once((0..50).map(|_| {
            let mut browser = stack.browser();
            async move { browser.login(TARO.user_id, WRONG).await }
        }))
        .await;
        let (wrong, unjudged) = (told(&answers, 401), told(&answers, 503));
        assert!(wrong <= 5, "{wrong} were told to be wrong");
        assert_eq!(wrong + unjudged + told(&answers, 429), 50);
        if failing == 0 {
            assert_eq!(wrong, 5);
        }
        let same_client = stack.browser();
        let answers = all_at_once((0..50).map(|_| {
            let mut browser = same_client.clone();
            let guess = SHOKO.identity_with("birthDate", "1999-09-09");
            async move { browser.verify(&guess).await }
        }))
        .await;
        assert_eq!((told(&answers, 404), told(&answers, 429)), (10, 40));
    }
}

/// Many are let in beside each other from one client, for most of them are right. Of wrong ones no more are told so than
/// the client has left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_guesses_at_once_from_a_client_with_one_left_one_is_told() {
    const CLIENT: &str = "203.0.113.9";
    let stack = TestStack::start().await;
    let used_up_but_one =
        |of: &str| json!({"of": of, "client": CLIENT, "at": "2026-04-01T01:00:00Z", "times": 29});
    stack.loads(&json!({"throttles": [used_up_but_one("login-address"), used_up_but_one("verify-address")]}));
    // Each has read that one is left before the first is counted.
    let held = Fault::new(FaultKind::Latency(Duration::from_millis(400)));
    stack.faults().inject(held.action("TransactWriteItems"));
    let answers = all_at_once(PEOPLE[..6].iter().map(|person| {
        let mut browser = stack.browser();
        browser.from_address(CLIENT);
        async move { browser.login(person.user_id, WRONG).await.status }
    }))
    .await;
    let told = answers.iter().filter(|status| **status == 401).count();
    assert_eq!(told, 1, "{answers:?}");
    let answers = all_at_once(PEOPLE[..6].iter().map(|person| {
        let mut browser = stack.browser();
        browser.from_address(CLIENT);
        let guess = person.identity_with("birthDate", "1999-09-09");
        async move { browser.verify(&guess).await.status }
    }))
    .await;
    let told = answers.iter().filter(|status| **status == 404).count();
    assert_eq!(told, 1, "{answers:?}");
}

/// After a lock one try is let in, and each of these has seen that it may be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_guesses_at_once_after_a_lock_one_is_compared() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.loads(&json!({"throttles": [
        {"of": "login-user-id", "userId": TARO.user_id, "at": "2026-04-01T00:00:00Z", "times": 7},
    ]}));
    let held = Fault::new(FaultKind::Latency(Duration::from_millis(300)));
    stack.faults().inject(held.action("UpdateItem"));
    let answers = all_at_once((0..6).map(|_| {
        let mut browser = stack.browser();
        async move { browser.login(TARO.user_id, WRONG).await.status }
    }))
    .await;
    let told = answers.iter().filter(|status| **status == 401).count();
    assert_eq!(told, 1, "{answers:?}");
    // What is compared and wrong is to be counted, whether it is told or not.
    let calls = stack.calls();
    let compared = calls
        .iter()
        .filter(|call| call.action == "TransactWriteItems");
    assert_eq!(compared.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_account_can_have_as_its_password_is_no_guess() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let mut browser = stack.has_browsers_signed_in(TARO, 1).remove(0);
    let before = stack.snapshot_without(&["Sessions"]);
    for (password, code) in [
        ("ｓｏｒａ－７ｋａｚｅ", "full_width"),
        ("sora-7kaze ", "not_allowed"),
        ("sora-7", "too_short"),
        ("sora-7kaze-umi-yama-2", "too_long"),
        ("sorakaze7", "no_symbol"),
    ] {
        for _ in 0..6 {
            let answer = stack.browser().login(TARO.user_id, password).await;
            answer.refuses_fields(&[("password", code)]);
            let answer = browser.change_password(password, "sakura-8080").await;
            answer.refuses_fields(&[("currentPassword", code)]);
        }
    }
    assert_eq!(stack.snapshot_without(&["Sessions"]), before);
    stack.browser().login_as(&TARO).await.succeeds_with(200);
}

/// A right answer may need no write that fails, so that a failure in its place tells that a guess was wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_guesses_on_for_nothing_while_nothing_can_be_counted_with_its_event() {
    for kind in [FaultKind::InternalError, FaultKind::TransactionConflict(0)] {
        let stack = TestStack::start().await;
        stack.has_account(TARO);
        stack.has_account(SHOKO);
        stack.faults().inject(
            Fault::new(kind)
                .action("TransactWriteItems")
                .table("Throttles"),
        );
        let mut guessing = stack.browser();
        let mut unjudged = 0;
        for second in 0..12 {
            guessing.at(START + Duration::from_millis(100 * second));
            let answer = guessing.login(TARO.user_id, WRONG).await;
            assert!(matches!(answer.status, 429 | 503), "{answer:?}");
            unjudged += usize::from(answer.status == 503);
        }
        assert_eq!(unjudged, 5, "{kind:?}");
        let answer = guessing.login_as(&TARO).await;
        answer.is_refused_with(429, "too-many-attempts");

        let same_client = stack.browser();
        let answers = all_at_once((0..50).map(|_| {
            let mut browser = same_client.clone();
            let guess = SHOKO.identity_with("birthDate", "1999-09-09");
            async move { browser.verify(&guess).await }
        }))
        .await;
        let judged = answers.iter().filter(|answer| answer.status == 503).count();
        assert!(judged <= 10, "{kind:?}: {judged}");
        let answer = same_client.clone().verify(&SHOKO.identity()).await;
        answer.is_refused_with(429, "too-many-attempts");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_still_waits_in_another_browser_guesses_at_the_account_like_everybody() {
    let stack = TestStack::start().await;
    let mut left = stack.journey(TARO).user_created().await.browser;
    let answer = left.login(TARO.user_id, WRONG).await;
    answer.is_refused_with(409, "registration-waiting");
    // Elsewhere the same member went on, and has an account.
    stack.journey(TARO).confirmed().await;
    for _ in 0..5 {
        let answer = left.login(TARO.user_id, WRONG).await;
        answer.is_refused_with(401, "invalid-credentials");
    }
    let answer = left.login(TARO.user_id, WRONG).await;
    answer.is_refused_with(429, "too-many-attempts");
}

/// The transaction has counted the try, and nobody was told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_that_was_counted_unheard_is_taken_back_whole() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let unheard = Fault::new(FaultKind::LostReply).action("TransactWriteItems");
    stack.faults().inject(unheard);
    let mut browser = stack.browser();
    let answer = browser.request_reset(TARO.user_id, TARO.email).await;
    answer.is_refused_with(503, "try-again");
    let clients = stack.items_of("Throttles", "reset-address#");
    assert!(
        clients
            .iter()
            .all(|item| !item.keys().any(|name| name.ends_with("_counted"))),
        "{clients:?}"
    );
}
