//! What becomes of mail, from SES to the member who waits for it: the recipients are those of the local
//! stack's simulator.

use std::time::Duration;

use local::{CallOutcome, Fate, Fault, FaultKind, Options, Service};
use serde_json::{Value, json};
use store::check::Rule;
use tests::{Browser, HANAKO, Journey, Member, Progress, SHOKO, START, TARO, TestStack};

const BOUNCE: &str = "bounce+taro@simulator.example.jp";
const COMPLAINT: &str = "complaint+taro@simulator.example.jp";

const RETURNING: Member = Member {
    email: BOUNCE,
    ..TARO
};

/// Until what SES tells has come as far as this.
async fn until(what: impl Fn() -> bool) {
    for _ in 0..500 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(what(), "it does not come");
}

/// A member who has been sent a code that came back.
async fn returned(stack: &TestStack, member: Member) -> Journey<'_> {
    let mut journey = stack.journey(member).user_created().await;
    journey.browser.send_code().await.succeeds_with(202);
    until(|| {
        let marked = stack.items("Addresses");
        marked.iter().any(|item| item.contains_key("refused_until"))
    })
    .await;
    journey
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_mistyped_the_address_is_told_and_goes_on_with_the_right_one() {
    let stack = TestStack::start().await;
    let mut journey = returned(&stack, RETURNING).await;
    assert_eq!(stack.mailbox()[0].fate, Fate::Bounce);
    let answer = journey.browser.registration().await;
    assert_eq!(answer.succeeds_with(200)["code"]["bounced"], true);

    journey.browser.at(START + Duration::from_secs(61));
    let before = stack.snapshot();
    let again = journey.browser.send_code().await;
    again.refuses_fields(&[("email", "undelivered")]);
    assert_eq!(
        stack.snapshot(),
        before,
        "nothing is charged, and the code stays"
    );
    assert_eq!(stack.mailbox().len(), 1);

    let corrected = journey.browser.send_code_to(TARO.email).await;
    corrected.succeeds_with(202);
    let answer = journey.browser.registration().await;
    assert_eq!(answer.succeeds_with(200)["code"]["bounced"], false);
    let code = stack.newest_code_to(TARO.email);
    journey.browser.confirm(&code).await.succeeds_with(200);
}

/// It has to be corrected in any case, says nothing of the user ID, and costs no answer about one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_takes_no_mail_is_told_before_whether_the_user_id_is_taken() {
    let stack = TestStack::start().await;
    let returned = returned(&stack, RETURNING).await;
    stack.has_account(HANAKO);
    let mut other = stack.has_registration(SHOKO, Progress::Verified);
    let mut choice = SHOKO.choice();
    choice["email"] = json!(RETURNING.email);
    let before = stack.snapshot();
    for user_id in [HANAKO.user_id, RETURNING.user_id, "nobodys"] {
        choice["userId"] = json!(user_id);
        let answer = other.create_user(&choice).await;
        answer.refuses_fields(&[("email", "undelivered")]);
    }
    assert_eq!(stack.snapshot(), before, "nothing is charged");
    drop(returned);
    choice["email"] = json!(SHOKO.email);
    choice["userId"] = json!(HANAKO.user_id);
    let answer = other.create_user(&choice).await;
    answer.is_refused_with(409, "user-id-taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_arrived_nevertheless_is_still_good() {
    let stack = TestStack::start().await;
    let mut journey = returned(&stack, RETURNING).await;
    let code = stack.newest_code_to(BOUNCE);
    journey.browser.confirm(&code).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_complaint_closes_the_address_to_everybody() {
    let stack = TestStack::start().await;
    let complaining = Member {
        email: COMPLAINT,
        ..TARO
    };
    let mut journey = returned(&stack, complaining).await;
    journey.browser.at(START + Duration::from_secs(61));
    let again = journey.browser.send_code().await;
    again.refuses_fields(&[("email", "undeliverable")]);

    let mut other = stack.journey(tests::SHOKO).verified().await;
    let answer = other
        .browser
        .create_user(&json!({
            "userId": "shoko",
            "password": tests::SHOKO.password,
            "email": "Complaint+Taro@simulator.example.jp",
        }))
        .await;
    answer.refuses_fields(&[("email", "undeliverable")]);
}

/// The code of a registration, once its mail is told to be in this state.
async fn code_when(browser: &mut Browser, state: &str) -> Value {
    let mut code = Value::Null;
    for _ in 0..500 {
        let answer = browser.registration().await;
        code = answer.succeeds_with(200)["code"].clone();
        if code["delivery"]["state"] == state {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(code["delivery"]["state"], state);
    code
}

/// A member who has been sent a code, at this address.
async fn sent_to<'a>(stack: &'a TestStack, email: &'static str) -> Journey<'a> {
    let member = Member { email, ..TARO };
    let mut journey = stack.journey(member).user_created().await;
    journey.browser.send_code().await.succeeds_with(202);
    journey
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_code_sees_when_the_provider_has_it() {
    let stack = TestStack::start().await;
    let mut journey = sent_to(&stack, TARO.email).await;
    let code = code_when(&mut journey.browser, "delivered").await;
    assert_eq!(code["bounced"], false);
    assert!(code["delivery"]["at"].is_string());
    let set = &stack.mailbox()[0].configuration_set;
    assert!(set.ends_with("CodeMailConfiguration"), "{set}");

    // The next code has a mail of its own.
    journey.browser.at(START + Duration::from_secs(61));
    let slow = "delay+taro@simulator.example.jp";
    journey.browser.send_code_to(slow).await.succeeds_with(202);
    code_when(&mut journey.browser, "delayed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delayed_code_stays_good_and_another_address_may_be_faster() {
    let stack = TestStack::start().await;
    let slow = "delay+taro@simulator.example.jp";
    let mut journey = sent_to(&stack, slow).await;
    let code = code_when(&mut journey.browser, "delayed").await;
    assert_eq!(code["bounced"], false);
    let mut other_tab = journey.browser.clone();
    let code = stack.newest_code_to(slow);
    other_tab.confirm(&code).await.succeeds_with(200);

    let stack = TestStack::start().await;
    let mut journey = sent_to(&stack, slow).await;
    code_when(&mut journey.browser, "delayed").await;
    journey.browser.at(START + Duration::from_secs(61));
    let other = journey.browser.send_code_to(TARO.email).await;
    other.succeeds_with(202);
    let code = stack.newest_code_to(TARO.email);
    journey.browser.confirm(&code).await.succeeds_with(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ses_does_not_try_is_told_as_such_and_another_address_helps() {
    let listed = "listed@example.jp";
    for email in ["suppressionlist@simulator.example.jp", listed] {
        let stack = TestStack::start().await;
        // Somebody else's mail came back from there, by the same account.
        stack.suppress(listed, "BOUNCE");
        let mut journey = sent_to(&stack, email).await;
        let code = code_when(&mut journey.browser, "returned").await;
        assert_eq!(code["refusal"], "suppressed", "{email}: {code}");
        assert_eq!(code["bounced"], true);

        journey.browser.at(START + Duration::from_secs(61));
        let again = journey.browser.send_code().await;
        again.refuses_fields(&[("email", "suppressed")]);
        assert_eq!(stack.suppressed(listed).as_deref(), Some("BOUNCE"));
        let corrected = journey.browser.send_code_to(TARO.email).await;
        corrected.succeeds_with(202);
        let code = stack.newest_code_to(TARO.email);
        journey.browser.confirm(&code).await.succeeds_with(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ses_forgets_a_first_bounce_with_us_and_keeps_a_complaint_with_us() {
    let stack = TestStack::start().await;
    drop(returned(&stack, RETURNING).await);
    until(|| stack.suppressed(BOUNCE).is_none()).await;

    let mut journey = stack.journey(tests::SHOKO).user_created().await;
    let sent = journey.browser.send_code_to(COMPLAINT).await;
    sent.succeeds_with(202);
    until(|| {
        let marked = stack.items("Addresses");
        marked.iter().any(|item| item.contains_key("complained_at"))
    })
    .await;
    assert_eq!(stack.suppressed(COMPLAINT).as_deref(), Some("COMPLAINT"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_ses_rejects_is_told_and_its_address_stays_open() {
    let stack = TestStack::start().await;
    let mut journey = sent_to(&stack, "reject@simulator.example.jp").await;
    let code = code_when(&mut journey.browser, "returned").await;
    assert_eq!(
        (&code["bounced"], &code["refusal"]),
        (&json!(false), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_the_address_sees_how_far_the_code_has_come() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_browsers_signed_in(TARO, 1).remove(0);
    let slow = "delay+new@simulator.example.jp";
    let begun = browser.change_email(TARO.password, slow).await;
    begun.succeeds_with(202);
    for _ in 0..500 {
        let session = browser.session().await;
        let change = &session.succeeds_with(200)["emailChange"];
        if change["delivery"]["state"] == "delayed" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_goes_by_the_other_set_and_has_no_name() {
    let stack = TestStack::start().await;
    let mut browser = stack.has_browsers_signed_in(TARO, 1).remove(0);
    let changed = browser
        .change_password(TARO.password, "kaze-to-8sora")
        .await;
    changed.succeeds_with(204);
    let notice = &stack.mailbox()[0];
    assert_eq!(notice.configuration_set, "local-MailConfiguration");
    assert!(notice.tags.is_empty(), "{:?}", notice.tags);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_cannot_be_recorded_is_tried_again_and_then_kept() {
    let stack = TestStack::start().await;
    let broken = || {
        Fault::new(FaultKind::InternalError)
            .service(Service::Dynamodb)
            .function("record-mail-event")
    };
    // The SDK makes three tries of each call.
    stack.faults().inject(broken().times(3));
    let mut journey = returned(&stack, RETURNING).await;
    assert!(stack.dead_letters().is_empty());

    // Of an event's two writes, one may have been made.
    stack.breaks(&[Rule::LatestMail]);
    stack.faults().clear();
    stack.faults().inject(broken());
    journey.browser.at(START + Duration::from_secs(61));
    let corrected = journey.browser.send_code_to(COMPLAINT).await;
    corrected.succeeds_with(202);
    let kept = || {
        let letters = stack.dead_letters();
        letters
            .into_iter()
            .find(|letter| letter["detail"]["eventType"] == "Complaint")
    };
    until(|| kept().is_some()).await;
    assert_eq!(
        kept().unwrap()["detail"]["mail"]["destination"],
        json!([COMPLAINT])
    );
    let marked = |item: &local::Item| item.contains_key("refused_until");
    assert_eq!(
        stack
            .items("Addresses")
            .iter()
            .filter(|item| marked(item))
            .count(),
        1
    );
}

/// What the template does not have, SES does not know.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_by_an_unknown_configuration_set_is_not_sent_and_can_be_asked_for_again() {
    let mut options = Options::default();
    let template = std::fs::read_to_string(&options.template).unwrap();
    let (set, of_set) = (
        "CODES_CONFIGURATION_SET: !Ref CodeMailConfiguration",
        "configuration-set/${CodeMailConfiguration}",
    );
    assert!(template.contains(set) && template.contains(of_set));
    let other = template
        .replace(set, "CODES_CONFIGURATION_SET: no-such-set")
        .replace(of_set, "configuration-set/no-such-set");
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("another-set.yaml");
    std::fs::write(&path, other).unwrap();
    options.template = path;
    let stack = TestStack::start_with(options).await;
    let mut journey = stack.journey(TARO).user_created().await;
    for _ in 0..2 {
        let answer = journey.browser.send_code().await;
        answer.is_refused_with(503, "mail-not-sent");
    }
    assert!(stack.mailbox().is_empty());
    let not_found = CallOutcome::Error("NotFoundException".to_owned());
    assert!(stack.calls().iter().any(|call| call.outcome == not_found));
}

/// It would tell who has an account: of a decoy there is no mail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_never_shows_what_becomes_of_its_mail() {
    for email in [
        "success@simulator.example.jp",
        "delay@simulator.example.jp",
        BOUNCE,
        "suppressionlist@simulator.example.jp",
    ] {
        let stack = TestStack::start().await;
        stack.has_account(Member { email, ..TARO });
        let mut asked = Vec::new();
        // A recipient gets one mail a minute, a decoy's is counted, too.
        for (user_id, minutes) in [(TARO.user_id, 0), ("nobody", 2)] {
            let mut browser = stack.browser();
            browser.at(START + Duration::from_mins(minutes));
            let answer = browser.request_reset(user_id, email).await;
            let told: Vec<_> = answer
                .succeeds_with(202)
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect();
            asked.push((told, browser));
        }
        let mail = &stack.mailbox()[0];
        assert!(mail.tags.is_empty(), "{email}: {:?}", mail.tags);
        // All that SES tells has been recorded, for the desk.
        until(|| {
            let told = stack.items("Addresses");
            let states =
                |item: &local::Item| item.keys().filter(|key| key.ends_with("_at")).count();
            told.iter()
                .any(|item| item.contains_key("handed_over_at") && states(item) == 2)
        })
        .await;
        let mut answers = Vec::new();
        for (told, mut browser) in asked {
            let wrong = browser.reset_password("000000", "kaze-to-8sora").await;
            answers.push((told, wrong.status, wrong.body.clone()));
        }
        let shown = format!("{answers:?}").to_lowercase();
        for word in ["deliver", "delay", "bounce", "returned", "suppressed"] {
            assert!(!shown.contains(word), "{email}: {shown}");
        }
        assert_eq!(answers[0], answers[1], "{email}");
    }
}

/// What nobody may learn: who has an account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_password_is_answered_alike_whether_mail_comes_back_or_not() {
    let stack = TestStack::start().await;
    stack.has_account(TARO);
    stack.loads(&json!({"addresses": [{
        "email": TARO.email,
        "complainedAt": "2026-04-01T00:59:00Z",
    }]}));
    let mut calls = Vec::new();
    for (user_id, minutes) in [(TARO.user_id, 0), ("nobody", 2)] {
        let mut browser = stack.browser();
        browser.at(START + Duration::from_mins(minutes));
        let answer = browser.request_reset(user_id, TARO.email).await;
        answer.succeeds_with(202);
        let made = stack.calls_of(answer.request_id());
        let made = made.iter().map(|call| format!("{:?}", call.elements));
        calls.push(made.collect::<Vec<_>>());
    }
    assert!(stack.mailbox().is_empty());
    for made in &mut calls {
        made.sort();
    }
    assert_eq!(calls[0], calls[1]);
}
