//! Requests at the same moment, through the functions' own processes: exactly one wins where one may,
//! everything is counted, and nothing is left over.

use std::time::Duration;

use local::{Fault, FaultKind};
use serde_json::json;
use tests::{
    Answer, Browser, DEVICE_COOKIE, HANAKO, Member, PEOPLE, Progress, SHOKO, START, TARO,
    TestStack, all_at_once,
};

const ROUNDS: u32 = 4;

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

/// So many tabs of a browser, all doing the same at once.
async fn in_tabs<F>(browser: &Browser, count: usize, act: impl Fn(Browser) -> F) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    all_at_once((0..count).map(|_| act(browser.clone()))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_members_who_want_one_user_id_one_gets_it() {
    let stack = TestStack::start().await;
    for round in 0..ROUNDS {
        let answers = all_at_once([TARO, SHOKO].map(|member| {
            let mut browser = stack.has_registration(member, Progress::Verified);
            let mut choice = member.choice();
            let typed = format!("Wanted-{round}");
            choice["userId"] = json!(if member.user_id == "shoko" {
                typed.to_uppercase()
            } else {
                typed
            });
            async move { browser.create_user(&choice).await }
        }))
        .await;
        assert_eq!(statuses(&answers), [201, 409]);
        let loser = answers.iter().find(|answer| answer.status == 409);
        loser.unwrap().is_refused_with(409, "user-id-taken");
        stack.has_nothing_left_over();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_registrations_of_one_member_one_becomes_the_account_and_the_other_nothing() {
    let stack = TestStack::start().await;
    for (round, member) in PEOPLE.into_iter().take(4).enumerate() {
        let other = Member {
            user_id: ["other-0", "other-1", "other-2", "other-3"][round],
            ..member
        };
        let answers = all_at_once([member, other].map(|member| {
            let mut browser = stack.has_registration(member, Progress::CodeSent("061189"));
            async move { browser.confirm("061189").await }
        }))
        .await;
        assert_eq!(statuses(&answers), [200, 409], "{answers:?}");
        let loser = answers.iter().find(|answer| answer.status == 409);
        loser.unwrap().is_refused_with(409, "already-registered");
        assert_eq!(stack.items_of("Accounts", "user#").len(), round + 1);
        // Of the account, for as long as its registration was to live.
        let reserved = stack.items_of("Registrations", "user-id#");
        assert_eq!(reserved.len(), round + 1);
        for registration in stack.items_of("Registrations", "token#") {
            assert!(registration.contains_key("completed_at"));
        }
        stack.has_nothing_left_over();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_code_sent_twice_at_once_makes_one_account() {
    let stack = TestStack::start().await;
    for (round, member) in PEOPLE.into_iter().take(4).enumerate() {
        let browser = stack.has_registration(member, Progress::CodeSent("061189"));
        let answers = in_tabs(
            &browser,
            2,
            |mut tab| async move { tab.confirm("061189").await },
        )
        .await;
        assert_eq!(statuses(&answers), [200, 409], "{answers:?}");
        let loser = answers.iter().find(|answer| answer.status == 409);
        loser.unwrap().is_refused_with(409, "already-registered");
        assert_eq!(stack.items_of("Accounts", "user#").len(), round + 1);
        stack.has_nothing_left_over();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twelve_wrong_codes_at_once_five_are_tried() {
    let stack = TestStack::start().await;
    for member in [TARO, SHOKO] {
        let browser = stack.has_registration(member, Progress::CodeSent("061189"));
        let answers = in_tabs(&browser, 12, |mut tab| async move {
            tab.confirm("061188").await
        })
        .await;
        // None of the five is judged before the others are charged, so each may be told that four are left.
        let told = answers.iter().filter(|answer| answer.status == 422).count();
        assert!((1..=5).contains(&told), "{answers:?}");
        let tries: Vec<_> = stack
            .items_of("Registrations", "token#")
            .iter()
            .map(|item| item["code_tries_counted"]["NS"].as_array().unwrap().len())
            .collect();
        assert!(tries.iter().all(|tries| *tries == 5), "{tries:?}");
        browser
            .clone()
            .confirm("061189")
            .await
            .is_refused_with(429, "too-many-attempts");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fourteen_failed_verifications_at_once_ten_are_compared() {
    let stack = TestStack::start().await;
    for member in [TARO, HANAKO] {
        let guessing = stack.browser();
        let answers = all_at_once((0..14).map(|_| {
            let mut browser = guessing.clone();
            let wrong = member.identity_with("birthDate", "1999-09-09");
            async move { browser.verify(&wrong).await }
        }))
        .await;
        let expected: Vec<u16> = [[404; 10].as_slice(), &[429; 4]].concat();
        assert_eq!(statuses(&answers), expected);
    }
    for what in ["verify-pair#", "verify-identity#"] {
        for throttle in stack.items_of("Throttles", what) {
            let counted = throttle["tries_counted"]["NS"].as_array().unwrap();
            assert_eq!(counted.len(), 10, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_wrong_passwords_at_once_five_are_compared() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    for user_id in [TARO.user_id, "nobody-here"] {
        let answers = all_at_once((0..10).map(|_| {
            let mut browser = stack.browser();
            async move { browser.login(user_id, "kaze-to-8sora").await }
        }))
        .await;
        let expected: Vec<u16> = [[401; 5], [429; 5]].concat();
        assert_eq!(statuses(&answers), expected, "{user_id}");
    }
    for lockout in stack.items_of("Throttles", "login-user-id#") {
        assert_eq!(lockout["tries_counted"]["NS"].as_array().unwrap().len(), 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_that_choose_different_user_ids_hold_one() {
    let stack = TestStack::start().await;
    for round in 0..ROUNDS {
        let browser = stack.has_registration(TARO, Progress::Verified);
        let answers = all_at_once(["left", "right"].map(|side| {
            let mut tab = browser.clone();
            let mut choice = TARO.choice();
            choice["userId"] = json!(format!("{side}-{round}"));
            async move { tab.create_user(&choice).await }
        }))
        .await;
        assert_eq!(statuses(&answers), [201, 201], "{answers:?}");
        assert_eq!(
            stack.items_of("Registrations", "user-id#").len(),
            1 + usize::try_from(round).unwrap()
        );
        stack.has_nothing_left_over();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_codes_asked_for_at_once_one_is_mailed() {
    let stack = TestStack::start().await;
    for (round, member) in [TARO, SHOKO, HANAKO].into_iter().enumerate() {
        let browser = stack.has_registration(member, Progress::UserCreated);
        let answers = in_tabs(&browser, 5, |mut tab| async move { tab.send_code().await }).await;
        assert_eq!(statuses(&answers), [202, 429, 429, 429, 429], "{answers:?}");
        // Of the rounds before, each has left a code and the notice of its account.
        assert_eq!(stack.mailbox().len(), 2 * round + 1);
        let code = stack.newest_code_to(member.email);
        browser.clone().confirm(&code).await.succeeds_with(200);
    }
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_choice_and_a_right_code_at_once_leave_an_account_or_a_registration_but_no_mixture() {
    let stack = TestStack::start().await;
    for (round, member) in PEOPLE.into_iter().take(4).enumerate() {
        let browser = stack.has_registration(member, Progress::CodeSent("061189"));
        let (mut left, mut right) = (browser.clone(), browser);
        let mut choice = member.choice();
        choice["userId"] = json!(format!("changed-{round}"));
        choice["email"] = json!("changed@example.jp");
        let answers = all_at_once([
            Box::pin(async move { left.confirm("061189").await })
                as std::pin::Pin<Box<dyn Future<Output = Answer> + Send>>,
            Box::pin(async move { right.create_user(&choice).await }),
        ])
        .await;
        let outcome = (answers[0].status, answers[1].status);
        // The code was first, or the choice; or the code was charged and then voided.
        assert!(
            matches!(outcome, (200 | 409 | 410, 201) | (200, 409)) && outcome != (200, 201),
            "{answers:?}"
        );
        for account in stack.items_of("Accounts", "user#") {
            assert_ne!(account["email"]["S"], "changed@example.jp");
        }
        stack.has_nothing_left_over();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn right_passwords_at_once_all_sign_in() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    let answers = all_at_once((0..6).map(|_| {
        let mut browser = stack.browser();
        browser.at(START + Duration::from_secs(1));
        async move { browser.login_as(&TARO).await }
    }))
    .await;
    // Five tries are charged before any of them is known to be right; the rest may come in a second.
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status, 200 | 429)),
        "{answers:?}"
    );
    let signed_in = statuses(&answers)
        .iter()
        .filter(|status| **status == 200)
        .count();
    assert!(signed_in >= 5, "{:?}", statuses(&answers));
    assert_eq!(stack.items("Sessions").len(), signed_in);
    for lockout in stack.items_of("Throttles", "login-user-id#") {
        assert!(!lockout.contains_key("tries_counted"), "{lockout:?}");
    }
    stack.has_nothing_left_over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terms_accepted_twice_at_once_are_accepted() {
    let stack = TestStack::start().await;
    stack.has_account_with(TARO, None);
    let browser = stack.has_session(TARO, None);
    let answers = in_tabs(&browser, 4, |mut tab| async move {
        tab.accept_terms("2023-09-01").await
    })
    .await;
    assert_eq!(statuses(&answers), [200; 4], "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_verified_in_many_browsers_at_once_is_charged_nothing() {
    let stack = TestStack::start().await;
    let browser = stack.browser();
    let answers = in_tabs(&browser, 8, |mut tab| async move {
        tab.verify(&TARO.identity()).await
    })
    .await;
    assert_eq!(statuses(&answers), [200; 8], "{answers:?}");
    for throttle in stack.items("Throttles") {
        assert!(!throttle.contains_key("tries_counted"), "{throttle:?}");
    }
}

/// Lets browsers log in two minutes after the start, all having read the account before the first writes it.
async fn log_in_at_once(stack: &TestStack, browsers: Vec<Browser>) {
    let held = Fault::new(FaultKind::Latency(Duration::from_millis(600)));
    stack.faults().inject(held.action("TransactWriteItems"));
    let answers = all_at_once(browsers.into_iter().map(|mut browser| async move {
        browser.at(START + Duration::from_mins(2));
        browser.login_as(&TARO).await
    }))
    .await;
    assert_eq!(statuses(&answers), vec![200; answers.len()], "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_at_once_into_a_full_account_leave_ten_sessions() {
    // A third login would take out what two have left over.
    for (listed, at_once) in [(9, 2), (10, 2), (10, 5)] {
        let stack = TestStack::start().await;
        stack.has_account(TARO);
        // One browser, whose sessions go on without it.
        let mut browser = stack.browser();
        for login in 0..listed {
            browser.at(START + Duration::from_secs(5 * login));
            browser.login_as(&TARO).await.succeeds_with(200);
            let device = browser.cookie(DEVICE_COOKIE).unwrap().to_owned();
            browser.clear_cookies().set_cookie(DEVICE_COOKIE, &device);
        }
        log_in_at_once(&stack, vec![browser; at_once]).await;
        assert_eq!(stack.items("Sessions").len(), 10);
        stack.has_nothing_left_over();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_at_once_from_new_browsers_leave_ten_known_ones() {
    for known in [9, 10] {
        let stack = TestStack::start().await;
        stack.has_account_with(TARO, Some("2023-09-01"));
        let mut browser = stack.browser();
        for login in 0..known {
            browser = stack.browser();
            browser.at(START + Duration::from_secs(5 * login));
            browser.login_as(&TARO).await.succeeds_with(200);
        }
        // No session is superseded, only known browsers are.
        let ended = browser.end_sessions("others").await;
        ended.succeeds_with(204);
        log_in_at_once(&stack, vec![stack.browser(), stack.browser()]).await;
        let account = stack.items_of("Accounts", "user#").remove(0);
        assert_eq!(account["devices"]["M"].as_object().unwrap().len(), 10);
    }
}
