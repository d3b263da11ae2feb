//! What the journey and its sessions are, without storage: two people, three browsers, and what each act comes to. A
//! history of random acts is taken on a real stack and compared after every act; one that differs is cut to the shortest
//! that still does. The seeds are fixed, so that the same histories run each time.
//!
//! This is also the shortest description of what steps 1 to 7 do. Throttles are not in it: acts are at least a minute
//! apart, and a sixth code within an hour is not asked for.

mod histories;

use std::time::Duration;

use tests::{HANAKO, Member, START, TARO};
use time::OffsetDateTime;

const PEOPLE: [Member; 2] = [TARO, HANAKO];
const BROWSERS: usize = 3;
const SESSION_IDLE: Duration = Duration::from_mins(30);
const HOUR: Duration = Duration::from_hours(1);

/// What somebody does. The first number is the browser, the second the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Wait(Duration),
    Verify(usize, usize),
    Create(usize),
    Send(usize),
    Confirm(usize, Typed),
    Registration(usize),
    Login(usize, usize, Typed),
    Accept(usize),
    Session(usize),
    ChangePassword(usize),
    EndOthers(usize),
    Logout(usize),
}

impl Act {
    /// The browser that somebody acts in.
    fn window(self) -> Option<usize> {
        match self {
            Self::Wait(_) => None,
            Self::Verify(window, _)
            | Self::Create(window)
            | Self::Send(window)
            | Self::Confirm(window, _)
            | Self::Registration(window)
            | Self::Login(window, ..)
            | Self::Accept(window)
            | Self::Session(window)
            | Self::ChangePassword(window)
            | Self::EndOthers(window)
            | Self::Logout(window) => Some(window),
        }
    }
}

/// Whether a code or a password is typed as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typed {
    Right,
    Wrong,
}

/// What an act comes to: a status, and of a refusal its name.
type Outcome = (u16, Option<&'static str>);

const fn done(status: u16) -> Outcome {
    (status, None)
}

const fn refused(status: u16, name: &'static str) -> Outcome {
    (status, Some(name))
}

#[derive(Clone, Debug)]
struct Registration {
    person: usize,
    until: OffsetDateTime,
    has_chosen: bool,
    code: Option<Code>,
    is_over: bool,
}

#[derive(Clone, Copy, Debug)]
struct Code {
    until: OffsetDateTime,
    wrong: u32,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    person: usize,
    until: OffsetDateTime,
    idle_until: OffsetDateTime,
    has_accepted: bool,
}

#[derive(Clone, Debug, Default)]
struct Window {
    registration: Option<Registration>,
    session: Option<Session>,
}

#[derive(Clone, Copy, Debug)]
struct Account {
    password: usize,
    has_accepted: bool,
}

#[derive(Debug)]
struct Model {
    now: OffsetDateTime,
    windows: [Window; BROWSERS],
    accounts: [Option<Account>; 2],
    /// When codes were sent to each person.
    sent: [Vec<OffsetDateTime>; 2],
}

impl Model {
    fn new() -> Self {
        Self {
            now: START,
            windows: Default::default(),
            accounts: [None; 2],
            sent: Default::default(),
        }
    }

    /// The registration of a browser that is still alive, or why there is none.
    fn registration(&mut self, window: usize) -> Result<&mut Registration, Outcome> {
        let now = self.now;
        match &mut self.windows[window].registration {
            Some(registration) if registration.until <= now => {
                Err(refused(401, "registration-missing"))
            }
            None => Err(refused(401, "registration-missing")),
            Some(registration) if registration.is_over => Err(refused(409, "already-registered")),
            Some(registration) => Ok(registration),
        }
    }

    /// The session of a browser, whose idle end is put off.
    fn session(&mut self, window: usize) -> Result<&mut Session, Outcome> {
        let now = self.now;
        match &mut self.windows[window].session {
            Some(session) if now < session.until && now < session.idle_until => {
                session.idle_until = now + SESSION_IDLE;
                Ok(session)
            }
            _ => Err(refused(401, "not-signed-in")),
        }
    }

    /// Ends the sessions of a person in all browsers but this one.
    fn end_others(&mut self, window: usize, person: usize) {
        for (index, other) in self.windows.iter_mut().enumerate() {
            if index != window
                && other
                    .session
                    .is_some_and(|session| session.person == person)
            {
                other.session = None;
            }
        }
    }

    /// The person whose session this is, past the terms.
    fn past_terms(&mut self, window: usize) -> Result<usize, Outcome> {
        match self.session(window)? {
            session if session.has_accepted => Ok(session.person),
            _ => Err(refused(403, "terms-not-accepted")),
        }
    }

    fn act(&mut self, act: Act) -> Outcome {
        self.now += Duration::from_secs(61);
        self.outcome(act).unwrap_or_else(|refusal| refusal)
    }

    fn outcome(&mut self, act: Act) -> Result<Outcome, Outcome> {
        let now = self.now;
        match act {
            Act::Wait(wait) => {
                self.now += wait;
                Ok(done(0))
            }
            Act::Verify(_, person) if self.accounts[person].is_some() => {
                Err(refused(409, "already-registered"))
            }
            Act::Verify(window, person) => {
                self.windows[window].registration = Some(Registration {
                    person,
                    until: now + domain::REGISTRATION_VALID,
                    has_chosen: false,
                    code: None,
                    is_over: false,
                });
                Ok(done(200))
            }
            Act::Create(window) => {
                let person = self.registration(window)?.person;
                if self.accounts[person].is_some() {
                    return Err(refused(409, "user-id-taken"));
                }
                let registration = self.registration(window)?;
                registration.has_chosen = true;
                registration.code = None;
                Ok(done(201))
            }
            Act::Send(window) => {
                let registration = self.registration(window)?;
                if !registration.has_chosen {
                    return Err(refused(409, "user-not-created"));
                }
                registration.code = Some(Code {
                    until: now + domain::CODE_VALID,
                    wrong: 0,
                });
                let person = registration.person;
                self.sent[person].push(now);
                Ok(done(202))
            }
            Act::Confirm(window, typed) => self.confirm(window, typed),
            Act::Registration(window) => self.registration(window).map(|_| done(200)),
            Act::Login(window, person, typed) => self.login(window, person, typed),
            Act::Accept(window) => {
                let session = self.session(window)?;
                session.has_accepted = true;
                let person = session.person;
                if let Some(account) = &mut self.accounts[person] {
                    account.has_accepted = true;
                }
                Ok(done(200))
            }
            Act::Session(window) => self.session(window).map(|_| done(200)),
            Act::ChangePassword(window) => {
                let person = self.past_terms(window)?;
                if let Some(account) = &mut self.accounts[person] {
                    account.password = 1 - account.password;
                }
                self.end_others(window, person);
                Ok(done(204))
            }
            Act::EndOthers(window) => {
                let person = self.past_terms(window)?;
                self.end_others(window, person);
                Ok(done(204))
            }
            Act::Logout(window) => {
                self.windows[window].session = None;
                Ok(done(204))
            }
        }
    }

    fn confirm(&mut self, window: usize, typed: Typed) -> Result<Outcome, Outcome> {
        let now = self.now;
        let registration = self.registration(window)?;
        if !registration.has_chosen {
            return Err(refused(409, "user-not-created"));
        }
        let Some(code) = &mut registration.code else {
            return Err(refused(409, "code-not-sent"));
        };
        if code.until <= now {
            return Err(refused(410, "code-expired"));
        }
        if code.wrong >= 5 {
            return Err(refused(429, "too-many-attempts"));
        }
        if typed == Typed::Wrong {
            code.wrong += 1;
            return Err(refused(422, "code-mismatch"));
        }
        registration.is_over = true;
        let person = registration.person;
        if self.accounts[person].is_some() {
            return Err(refused(409, "already-registered"));
        }
        self.accounts[person] = Some(Account {
            password: 0,
            has_accepted: false,
        });
        Ok(done(200))
    }

    fn login(&mut self, window: usize, person: usize, typed: Typed) -> Result<Outcome, Outcome> {
        let now = self.now;
        let Some(account) = self.accounts[person] else {
            let waits = self
                .registration(window)
                .is_ok_and(|registration| registration.has_chosen && registration.person == person);
            return Err(if waits {
                refused(409, "registration-waiting")
            } else {
                refused(401, "invalid-credentials")
            });
        };
        if typed == Typed::Wrong {
            return Err(refused(401, "invalid-credentials"));
        }
        self.windows[window] = Window {
            registration: None,
            session: Some(Session {
                person,
                until: now + domain::SESSION_VALID,
                idle_until: now + SESSION_IDLE,
                has_accepted: account.has_accepted,
            }),
        };
        Ok(done(200))
    }

    /// Whether the act belongs into a history: no throttle is in its way.
    fn takes(&self, act: Act) -> bool {
        let Act::Send(window) = act else { return true };
        self.windows[window]
            .registration
            .as_ref()
            .is_none_or(|registration| {
                let sent = self.sent[registration.person].iter();
                sent.filter(|at| self.now - **at < HOUR).count() < 5
            })
    }

    /// What leads on in a browser; a code is typed like this.
    fn next(&self, window: usize, person: usize, typed: Typed) -> Act {
        let seen = &self.windows[window];
        match (&seen.registration, seen.session) {
            (_, Some(session)) if !session.has_accepted => Act::Accept(window),
            (_, Some(_)) => Act::ChangePassword(window),
            (Some(registration), None) if registration.is_over => {
                Act::Login(window, registration.person, Typed::Right)
            }
            (Some(registration), None) if !registration.has_chosen => Act::Create(window),
            (Some(registration), None) if registration.code.is_none() => Act::Send(window),
            (Some(_), None) => Act::Confirm(window, typed),
            (None, None) if self.accounts[person].is_some() => {
                Act::Login(window, person, Typed::Right)
            }
            (None, None) => Act::Verify(window, person),
        }
    }
}
