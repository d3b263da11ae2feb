//! What a member does with the account once it is there: another password, another address, and who is
//! signed in to it.

mod email;
mod password;
mod sessions;

use std::time::Duration;

use tests::{Browser, TARO, TestStack};

use crate::samples::Sample;

const WRONG: &str = "kaze-to-8sora";

const WINDOW: Duration = Duration::from_mins(15);

async fn signed_in(stack: &TestStack) -> Browser {
    stack.has_account(TARO);
    let mut browser = stack.browser();
    browser.login_as(&TARO).await.succeeds_with(200);
    browser
}

/// Two browsers that are signed in to Taro's account.
async fn two_signed_in(stack: &TestStack) -> [Browser; 2] {
    let mut browsers = [signed_in(stack).await, stack.browser()];
    let second = browsers[1].later(Duration::from_secs(1));
    second.login_as(&TARO).await.succeeds_with(200);
    browsers
}

fn subjects(stack: &TestStack, to: &str) -> Vec<String> {
    let mails = stack.mailbox().into_iter().filter(|mail| mail.to == to);
    mails.map(|mail| mail.subject).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_behind_the_terms_opens_to_nobody_who_has_not_accepted_them() {
    let stack = TestStack::start().await;
    stack.has_account_with(TARO, None);
    let mut browser = stack.has_session(TARO, None);
    let before = stack.snapshot_without(&["Sessions"]);
    for sample in Sample::behind_terms() {
        let answer = sample.take(&mut browser).await;
        answer.is_refused_with(403, "terms-not-accepted");
        let mut nobody = stack.browser();
        let answer = sample.take(&mut nobody).await;
        answer.is_refused_with(401, "not-signed-in");
    }
    assert_eq!(stack.snapshot_without(&["Sessions"]), before);
    assert!(stack.mailbox().is_empty());
}
