//! Histories of the model, taken on a real stack: the same act, the same outcome.

use std::collections::BTreeSet;
use std::time::Duration;

use tests::{Browser, Chance, TestStack, all_at_once};

use super::{Act, BROWSERS, Model, PEOPLE, Typed, done, refused};

const SEEDS: [u64; 6] = [1, 2, 3, 4, 5, 6];
const ACTS: usize = 150;
const PASSWORDS: [&str; 2] = ["hanami-2026", "sakura-8080"];

/// What somebody does next.
trait Acts {
    fn act(&mut self, model: &Model) -> Act;
}

impl Acts for Chance {
    fn act(&mut self, model: &Model) -> Act {
        let (window, person) = (self.below(BROWSERS), self.below(PEOPLE.len()));
        let typed = [Typed::Right, Typed::Right, Typed::Wrong][self.below(3)];
        match self.below(20) {
            0 => Act::Verify(window, person),
            1 => Act::Create(window),
            2 => Act::Send(window),
            3 => Act::Confirm(window, typed),
            4 => Act::Registration(window),
            5 => Act::Login(window, person, typed),
            6 => Act::Accept(window),
            7 => Act::Session(window),
            8 => Act::ChangePassword(window),
            9 => Act::EndOthers(window),
            10 => Act::Logout(window),
            11 => Act::Wait(Duration::from_mins([4, 12, 31, 121, 721][self.below(5)])),
            _ => model.next(window, person, typed),
        }
    }
}

/// A history of a seed.
fn history(seed: u64) -> Vec<Act> {
    let (mut chance, mut model) = (Chance::of(seed), Model::new());
    let mut acts = Vec::new();
    while acts.len() < ACTS {
        let act = chance.act(&model);
        if model.takes(act) {
            model.act(act);
            acts.push(act);
        }
    }
    acts
}

/// The same people on a stack.
struct Real<'a> {
    stack: &'a TestStack,
    browsers: Vec<Browser>,
    /// The code that was mailed last for each browser.
    codes: [String; BROWSERS],
}

impl Real<'_> {
    async fn act(&mut self, act: Act, model: &Model) -> (u16, Option<String>) {
        let Some(window) = act.window() else {
            return (0, None);
        };
        let registering = model.windows[window].registration.as_ref();
        let registering = PEOPLE[registering.map_or(0, |registration| registration.person)];
        let password = |person: usize| {
            let account = model.accounts[person];
            PASSWORDS[account.map_or(0, |account| account.password)]
        };
        let browser = &mut self.browsers[window];
        browser.at(model.now);
        let answer = match act {
            Act::Wait(_) => return (0, None),
            Act::Verify(_, person) => browser.verify(&PEOPLE[person].identity()).await,
            Act::Create(_) => {
                let mut choice = registering.choice();
                choice["password"] = PASSWORDS[0].into();
                browser.create_user(&choice).await
            }
            Act::Send(_) => browser.send_code().await,
            Act::Confirm(_, typed) => {
                let code = self.codes[window].as_str();
                let code = match (typed, code.as_bytes().last()) {
                    (_, None) => "000000".to_owned(),
                    (Typed::Right, _) => code.to_owned(),
                    (Typed::Wrong, Some(b'0')) => format!("{}1", &code[..5]),
                    (Typed::Wrong, _) => format!("{}0", &code[..5]),
                };
                browser.confirm(&code).await
            }
            Act::Registration(_) => browser.registration().await,
            Act::Login(_, person, typed) => {
                let password = match typed {
                    Typed::Right => password(person),
                    Typed::Wrong => "kaze-to-8sora",
                };
                browser.login(PEOPLE[person].user_id, password).await
            }
            Act::Accept(_) => browser.accept_terms("2023-09-01").await,
            Act::Session(_) => browser.session().await,
            Act::ChangePassword(_) => {
                let person = model.windows[window]
                    .session
                    .map_or(0, |session| session.person);
                let current = password(person);
                let other = PASSWORDS.iter().find(|other| **other != current).unwrap();
                browser.change_password(current, other).await
            }
            Act::EndOthers(_) => browser.end_sessions("others").await,
            Act::Logout(_) => browser.logout().await,
        };
        if matches!(act, Act::Send(_)) && answer.status == 202 {
            self.codes[window] = self.stack.newest_code_to(registering.email);
        }
        let name = answer.json["type"].as_str();
        let name = name.map(|name| name.trim_start_matches("/problems/").to_owned());
        (answer.status, name)
    }
}

/// Takes a history on a stack of its own. Gives the first act that comes to something else than it must.
async fn difference(acts: &[Act]) -> Option<(usize, String)> {
    let stack = TestStack::start().await;
    let mut real = Real {
        stack: &stack,
        browsers: (0..BROWSERS).map(|_| stack.browser()).collect(),
        codes: Default::default(),
    };
    let mut model = Model::new();
    for (index, act) in acts.iter().enumerate() {
        // The actor knows what there was before: the password that is to be changed, the registration.
        let mut before = Model {
            windows: model.windows.clone(),
            sent: model.sent.clone(),
            ..model
        };
        let (status, name) = model.act(*act);
        before.now = model.now;
        let came = real.act(*act, &before).await;
        let must = (status, name.map(str::to_owned));
        if came != must {
            return Some((
                index,
                format!("{act:?} came to {came:?}, and must to {must:?}"),
            ));
        }
    }
    None
}

/// The shortest history that still differs, one act less at a time.
async fn shortest(mut acts: Vec<Act>) -> (Vec<Act>, String) {
    let mut told = String::new();
    let mut index = 0;
    if let Some((at, why)) = difference(&acts).await {
        acts.truncate(at + 1);
        told = why;
    }
    while index < acts.len() {
        let mut fewer = acts.clone();
        fewer.remove(index);
        match difference(&fewer).await {
            Some((at, why)) => {
                fewer.truncate(at + 1);
                (acts, told) = (fewer, why);
            }
            None => index += 1,
        }
    }
    (acts, told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_histories_come_to_what_the_model_says() {
    let runs = SEEDS.map(|seed| async move { (seed, difference(&history(seed)).await) });
    for (seed, differs) in all_at_once(runs).await {
        if differs.is_some() {
            let (acts, why) = shortest(history(seed)).await;
            panic!("seed {seed}: {why}, after {acts:#?}");
        }
    }
}

/// A model that is never where something happens would agree with everything.
#[test]
fn the_histories_come_to_every_outcome() {
    let mut seen = BTreeSet::new();
    for seed in SEEDS {
        let mut model = Model::new();
        for act in history(seed) {
            seen.insert(model.act(act));
        }
    }
    for outcome in [
        done(200),
        done(201),
        done(202),
        done(204),
        refused(401, "invalid-credentials"),
        refused(401, "not-signed-in"),
        refused(401, "registration-missing"),
        refused(403, "terms-not-accepted"),
        refused(409, "already-registered"),
        refused(409, "code-not-sent"),
        refused(409, "registration-waiting"),
        refused(409, "user-not-created"),
        refused(410, "code-expired"),
        refused(422, "code-mismatch"),
    ] {
        assert!(seen.contains(&outcome), "{outcome:?} is not among {seen:?}");
    }
}
