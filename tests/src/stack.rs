//! A stack of one's own, and the states that a test can start from.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{Token, UserId};
use local::{Item, Options, Source, Stack};
use serde_json::{Value, json};
use store::check::{Finding, Rule};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

use crate::{
    Browser, Journey, Member, REGISTRATION_COOKIE, RESET_COOKIE, SESSION_COOKIE, mutation,
};

/// When every test begins: ten in the morning of 1 April 2026, in Japan.
pub const START: OffsetDateTime = datetime!(2026-04-01 01:00 UTC);

/// How often a stack is looked at that is not as it must be, and how long after each other.
const LOOKS: u32 = 40;
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// Every item of every table but the audit trail, which refusals are added to, in an order that does not
/// change.
pub type Snapshot = BTreeMap<String, Vec<String>>;

/// A local stack that is the test's own: ports, tables, processes, mailbox.
#[derive(Debug)]
pub struct TestStack {
    stack: Stack,
    browsers: AtomicU32,
    tokens: AtomicU32,
    /// The test, by the name of its thread.
    test: String,
    /// What does not hold and need not: the past of what was loaded, and what the test has broken.
    excused: Mutex<Excused>,
}

#[derive(Debug, Default)]
struct Excused {
    /// The events that the trail has not, as findings say it.
    untold: BTreeSet<String>,
    rules: BTreeSet<Rule>,
}

/// How far a registration has come that is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The member is verified.
    Verified,
    /// User ID, password and address are chosen.
    UserCreated,
    /// This code was sent, at [`START`].
    CodeSent(&'static str),
}

impl Deref for TestStack {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.stack
    }
}

impl TestStack {
    /// Starts a stack with the sample insurers and members.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// Starts a stack with options of one's own.
    pub async fn start_with(options: Options) -> Self {
        Self {
            stack: Stack::start(Options {
                mutation: mutation::mutation(),
                ..options
            })
            .await
            .unwrap(),
            browsers: AtomicU32::new(0),
            tokens: AtomicU32::new(0),
            test: std::thread::current().name().unwrap_or_default().to_owned(),
            excused: Mutex::default(),
        }
    }

    /// Opens a browser at [`START`], with an address that no other has.
    pub fn browser(&self) -> Browser {
        let [.., high, low] = next(&self.browsers).to_be_bytes();
        Browser::new(&self.url(), START, format!("198.18.{high}.{low}"))
    }

    /// Begins the journey of a member in a browser of their own.
    pub fn journey(&self, member: Member) -> Journey<'_> {
        Journey::new(self, member)
    }

    /// Loads a state, in the words of `events/README.md`. Nothing of it has happened here: the audit trail has no
    /// event of it, and needs none.
    #[track_caller]
    pub fn loads(&self, state: &Value) {
        self.without_history(|| self.stack.load(state).unwrap());
    }

    /// Writes an item past all functions. Nothing of it has happened here, as of what is loaded.
    #[track_caller]
    pub fn puts(&self, table: &str, item: &Item) {
        self.without_history(|| self.database().put(table, item).unwrap());
    }

    fn without_history(&self, write: impl FnOnce()) {
        let untold = || {
            let found = self.findings().unwrap().into_iter();
            let found = found.filter(|found| found.rule == Rule::Event);
            found.map(|found| found.what).collect::<BTreeSet<_>>()
        };
        let before = untold();
        write();
        let brought = untold();
        self.excused()
            .untold
            .extend(brought.difference(&before).cloned());
    }

    /// Says that the test itself breaks rules, so that its stack is not held to them when it goes.
    pub fn breaks(&self, rules: &[Rule]) {
        self.excused().rules.extend(rules);
    }

    fn excused(&self) -> std::sync::MutexGuard<'_, Excused> {
        self.excused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What does not hold in the tables, but for what the test has loaded or broken itself.
    #[must_use]
    pub fn wrongs(&self) -> Vec<Finding> {
        let excused = self.excused();
        let mut wrongs = self.findings().unwrap();
        wrongs.retain(|found| {
            !excused.untold.contains(&found.what) && !excused.rules.contains(&found.rule)
        });
        wrongs
    }

    /// The same, once what is told of mails in its own time has been written.
    fn lasting_wrongs(&self) -> Vec<Finding> {
        for _ in 0..LOOKS {
            // One look in which all holds is enough: the next might see something half written.
            let wrongs = self.wrongs();
            if wrongs.is_empty() {
                return wrongs;
            }
            std::thread::sleep(LOOK_PAUSE);
        }
        self.wrongs()
    }

    /// Takes a member out of the roster, as an operator's import does. Gives what the roster had.
    #[track_caller]
    pub fn leaves_the_roster(&self, member: Member) -> Item {
        let number = |item: &Item| item["number"]["S"] == member.number;
        let found = self.items("Members").into_iter().find(number).unwrap();
        let key = found["member"]["S"].as_str().unwrap();
        self.database().delete("Members", key).unwrap();
        found
    }

    /// Gives a member an account, made a day before [`START`], the terms accepted.
    pub fn has_account(&self, member: Member) {
        self.has_account_with(member, Some("2023-09-01"));
    }

    /// Has the insurer of a member say what the letter's key is worth (`off`, `accepted`, `required`).
    #[track_caller]
    pub fn asks_for_letter_key(&self, member: Member, rule: &str) {
        let mut insurer = self.items_of("Insurers", member.insurer).remove(0);
        insurer.insert("letter_key".to_owned(), json!({"S": rule}));
        self.puts("Insurers", &insurer);
    }

    /// Draws this key for the letter of a member, a day before [`START`].
    pub fn has_letter(&self, member: Member, key: &str) {
        self.loads(&json!({"letters": [{
            "member": member.key(),
            "key": key,
            "drawnAt": written(START - Duration::from_hours(24)),
        }]}));
    }

    /// Gives a member an account that accepted this version of the terms.
    pub fn has_account_with(&self, member: Member, terms: Option<&str>) {
        self.loads(&json!({"accounts": [{
            "userId": member.user_id,
            "password": member.password,
            "email": member.email,
            "member": member.key(),
            "createdAt": written(START - Duration::from_hours(24)),
            "termsAccepted": terms,
        }]}));
    }

    /// Opens a browser that is signed in since [`START`] to the account of this member, which lists it.
    pub fn has_session(&self, member: Member, terms: Option<&str>) -> Browser {
        let (mut browser, token) = (self.browser(), self.token());
        self.lists(member, &token);
        self.loads(&json!({"sessions": [{
            "token": token,
            "userId": member.user_id,
            "member": member.key(),
            "signedInAt": written(START),
            "termsAccepted": terms,
        }]}));
        browser.set_cookie(SESSION_COOKIE, &token);
        browser
    }

    /// Has the account of a member, where there is one, list a session since [`START`].
    fn lists(&self, member: Member, token: &str) {
        let user_id = UserId::parse(member.user_id).unwrap();
        let key = format!("user#{}", user_id.folded());
        let Some(mut account) = self.database().get("Accounts", &key).unwrap() else {
            return;
        };
        let hash = Token::parse(token).unwrap().hash();
        let at = START.unix_timestamp() * 1_000;
        account["sessions"]["M"][hash.as_str()] = json!({"N": at.to_string()});
        self.database().put("Accounts", &account).unwrap();
    }

    /// Gives a member an account, and opens so many browsers that are signed in to it since [`START`], the
    /// terms accepted.
    pub fn has_browsers_signed_in(&self, member: Member, count: usize) -> Vec<Browser> {
        self.has_browsers_signed_in_with(member, count, &json!({}))
    }

    /// The same, with more said of each session.
    pub fn has_browsers_signed_in_with(
        &self,
        member: Member,
        count: usize,
        more: &Value,
    ) -> Vec<Browser> {
        let tokens: Vec<String> = (0..count).map(|_| self.token()).collect();
        let listed = tokens
            .iter()
            .map(|token| json!({"token": token, "signedInAt": written(START)}));
        let sessions = tokens.iter().map(|token| {
            let mut session = json!({
                "token": token,
                "userId": member.user_id,
                "member": member.key(),
                "signedInAt": written(START),
                "termsAccepted": "2023-09-01",
            });
            for (name, value) in more.as_object().into_iter().flatten() {
                session[name] = value.clone();
            }
            session
        });
        self.loads(&json!({
            "accounts": [{
                "userId": member.user_id,
                "password": member.password,
                "email": member.email,
                "member": member.key(),
                "createdAt": written(START - Duration::from_hours(24)),
                "termsAccepted": "2023-09-01",
                "sessions": listed.collect::<Vec<_>>(),
            }],
            "sessions": sessions.collect::<Vec<_>>(),
        }));
        let browsers = tokens.iter().map(|token| {
            let mut browser = self.browser();
            browser.set_cookie(SESSION_COOKIE, token);
            browser
        });
        browsers.collect()
    }

    /// Opens a browser whose member was verified at [`START`] and has come so far.
    pub fn has_registration(&self, member: Member, progress: Progress) -> Browser {
        self.has_registration_with(member, progress, &json!({}))
    }

    /// The same, with more said of the registration.
    pub fn has_registration_with(
        &self,
        member: Member,
        progress: Progress,
        more: &Value,
    ) -> Browser {
        let (mut browser, token) = (self.browser(), self.token());
        let mut registration = json!({
            "token": token,
            "member": member.key(),
            "verifiedAt": written(START),
        });
        if progress != Progress::Verified {
            registration["chosen"] = member.choice();
        }
        if let Progress::CodeSent(code) = progress {
            registration["code"] = json!({"code": code, "sentAt": written(START)});
            registration["sentAt"] = json!([written(START)]);
        }
        for (name, value) in more.as_object().into_iter().flatten() {
            registration[name] = value.clone();
        }
        self.loads(&json!({"registrations": [registration]}));
        browser.set_cookie(REGISTRATION_COOKIE, &token);
        browser
    }

    /// Opens a browser that asked for a new password for this member's account at [`START`] and was
    /// mailed this code.
    pub fn has_reset(&self, member: Member, code: &str) -> Browser {
        self.has_reset_of(
            code,
            "account",
            &json!({
                "userId": member.user_id,
                "password": member.password,
                "email": member.email,
                "member": member.key(),
            }),
        )
    }

    /// The same of no account: a decoy.
    pub fn has_decoy(&self, code: &str) -> Browser {
        self.has_reset_of(code, "userId", &json!("nobody-here"))
    }

    fn has_reset_of(&self, code: &str, whose: &str, value: &Value) -> Browser {
        let (mut browser, token) = (self.browser(), self.token());
        self.loads(&json!({"resets": [{
            "token": token,
            "requestedAt": written(START),
            "code": code,
            whose: value,
        }]}));
        browser.set_cookie(RESET_COOKIE, &token);
        browser
    }

    /// A token that no other browser of this stack has.
    fn token(&self) -> String {
        format!("{:A>42}A", next(&self.tokens))
    }

    /// The code in the newest mail to an address.
    #[track_caller]
    pub fn newest_code_to(&self, email: &str) -> String {
        let mailbox = self.mailbox();
        let mail = mailbox.iter().find(|mail| mail.to == email);
        let text = &mail.expect("a mail to this address").text;
        let code = text
            .lines()
            .find_map(|line| line.strip_prefix("認証番号："))
            .expect("a code in the mail");
        code.trim().to_owned()
    }

    /// All items of a table.
    #[track_caller]
    pub fn items(&self, table: &str) -> Vec<Item> {
        self.database().scan(table).unwrap()
    }

    /// The items of a table whose key begins so.
    #[track_caller]
    pub fn items_of(&self, table: &str, prefix: &str) -> Vec<Item> {
        let key = self.database().partition_key_of(table).unwrap().to_owned();
        let mut items = self.items(table);
        items.retain(|item| text(item, &key).starts_with(prefix));
        items
    }

    /// Everything that the tables hold, but the audit trail.
    #[track_caller]
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_without(&[])
    }

    /// Everything that the tables hold but these.
    #[track_caller]
    pub fn snapshot_without(&self, tables: &[&str]) -> Snapshot {
        const TABLES: [&str; 7] = [
            "Accounts",
            "Insurers",
            "Members",
            "Registrations",
            "Resets",
            "Sessions",
            "Throttles",
        ];
        TABLES
            .into_iter()
            .filter(|table| !tables.contains(table))
            .map(|table| {
                let mut items: Vec<_> = self
                    .items(table)
                    .iter()
                    .map(|item| json!(item).to_string())
                    .collect();
                items.sort();
                (table.to_owned(), items)
            })
            .collect()
    }

    /// What functions did that they must never do: a panic, a crash, a timeout, a denied call.
    #[must_use]
    pub fn misdeeds(&self) -> Vec<String> {
        self.logs()
            .into_iter()
            .filter(|line| line.source == Source::Stack || line.text.contains("panicked"))
            .map(|line| format!("{}: {}", line.function, line.text))
            .collect()
    }
}

impl Drop for TestStack {
    fn drop(&mut self) {
        mutation::note(&self.stack, &self.test);
        if !std::thread::panicking() {
            let misdeeds = self.misdeeds();
            assert!(misdeeds.is_empty(), "{misdeeds:#?}");
            let wrongs = self.lasting_wrongs();
            assert!(
                wrongs.is_empty(),
                "what does not hold at the end: {wrongs:#?}"
            );
        }
    }
}

/// Runs requests at the same time and waits for all, in their order.
pub async fn all_at_once<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let started: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut ended = Vec::with_capacity(started.len());
    for task in started {
        ended.push(task.await.unwrap());
    }
    ended
}

fn next(count: &AtomicU32) -> u32 {
    count.fetch_add(1, Ordering::Relaxed) + 1
}

/// A time as states have it.
pub(crate) fn written(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap()
}

/// A text attribute; empty when it is not there.
pub(crate) fn text<'a>(item: &'a Item, attribute: &str) -> &'a str {
    item.get(attribute)
        .and_then(|value| value["S"].as_str())
        .unwrap_or_default()
}
