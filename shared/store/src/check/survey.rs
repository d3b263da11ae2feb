//! The items of all tables brought together: what does not go together with what.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::Subject;
use time::OffsetDateTime;

use super::{
    Finding, Rule, TABLES,
    look::{AccountFact, Fact, RegistrationFact, Seen, SessionFact, millis},
};
use crate::{Item, addresses::check::mail_of, registrations::RESERVED_LONGER};

/// How far an operator's event may be from what it tells of: the command asks its clock for both.
const OPERATORS_CLOCK_MS: i64 = 2 * 60 * 1000;
/// The most items that are read together: `DynamoDB`'s limit.
const TOGETHER: usize = 100;

/// What an item must have an event of: any of these, by name and outcome.
type Told = &'static [(&'static str, &'static str)];
const MADE: Told = &[("confirm-code", "done")];
const ACCEPTED: Told = &[("accept-terms", "done")];
const LOGGED_IN: Told = &[("login", "done")];
const DISABLED: Told = &[("account-disable", "done")];
const VERIFIED: Told = &[("verify-member", "done")];
const EMAIL_BEGUN: Told = &[("change-email", "begun")];
const RESET_ASKED: Told = &[
    ("request-password-reset", "done"),
    ("request-password-reset", "undeliverable"),
];
/// What erases a member, or an insurer.
const ERASED: Told = &[("member-erase", "done"), ("insurer-remove", "done")];
/// What gives an account to another 記号 and 番号.
const MOVED: Told = &[("member-move", "done")];
const TOLD: [Told; 9] = [
    MADE,
    ACCEPTED,
    LOGGED_IN,
    DISABLED,
    VERIFIED,
    EMAIL_BEGUN,
    RESET_ASKED,
    ERASED,
    MOVED,
];

const ACCOUNTS: &str = "Accounts";
const ADDRESSES: &str = "Addresses";
const INSURERS: &str = "Insurers";
const REGISTRATIONS: &str = "Registrations";
const SESSIONS: &str = "Sessions";
const RESETS: &str = "Resets";

/// Where an item is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The logical name of the table.
    pub table: &'static str,
    /// The partition key, which may be somebody's name.
    pub key: String,
}

/// What does not go together, until it was read together.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// What would be wrong.
    pub finding: Finding,
    /// The items that decide it.
    pub places: Vec<Place>,
    /// The events that decide it: about whom, from when and to when, in milliseconds since 1970.
    pub(crate) events: Option<(Subject, i64, i64)>,
}

/// The items of all tables, as far as others rest on them.
#[derive(Debug)]
pub struct Survey {
    /// The time by which sessions and registrations are over.
    now: i64,
    /// When it began to read, if it takes time: what was made since may be half seen.
    began: i64,
    found: Vec<Finding>,
    accounts: HashMap<String, (String, AccountFact)>,
    claims: HashMap<String, (String, String, String)>,
    registrations: HashMap<String, RegistrationFact>,
    reservations: HashMap<String, (String, String, i64)>,
    sessions: Vec<(String, SessionFact)>,
    resets: Vec<(String, Subject, i64)>,
    mails: HashSet<String>,
    latest: Vec<(String, String, i64)>,
    insurers: HashSet<String>,
    /// The first item of each table that is of an insurer.
    of_insurers: BTreeMap<(&'static str, String), (String, String)>,
    /// When events of each kind happened to a subject.
    events: HashMap<(u64, usize), Vec<i64>>,
}

impl Survey {
    /// A survey of tables that stand still, as of a time.
    #[must_use]
    pub fn at(now: OffsetDateTime) -> Self {
        Self::since(
            now,
            OffsetDateTime::from_unix_timestamp(i64::from(u32::MAX)).unwrap_or(now),
        )
    }

    /// A survey of tables that are read page by page, beginning at a time.
    pub(crate) fn since(now: OffsetDateTime, began: OffsetDateTime) -> Self {
        Self {
            now: millis(now),
            began: millis(began),
            found: Vec::new(),
            accounts: HashMap::new(),
            claims: HashMap::new(),
            registrations: HashMap::new(),
            reservations: HashMap::new(),
            sessions: Vec::new(),
            resets: Vec::new(),
            mails: HashSet::new(),
            latest: Vec::new(),
            insurers: HashSet::new(),
            of_insurers: BTreeMap::new(),
            events: HashMap::new(),
        }
    }

    /// Adds an item of a table, by its logical name. Gives whether there is such a table.
    pub fn add(&mut self, table: &str, item: &Item) -> bool {
        let look = TABLES.iter().find(|look| look.table == table);
        if let Some(look) = look {
            self.see((look.at)(item));
        }
        look.is_some()
    }

    pub(crate) fn see(&mut self, seen: Seen) {
        let Seen {
            table,
            key,
            name,
            wrong,
            fact,
        } = seen;
        let finding = |(rule, what)| Finding {
            rule,
            table,
            item: name.clone(),
            what,
        };
        self.found.extend(wrong.into_iter().map(finding));
        let insurer = match &fact {
            Fact::Account(account) => Some(&account.insurer),
            Fact::Registration(registration) => Some(&registration.insurer),
            Fact::Member { insurer } => Some(insurer),
            _ => None,
        };
        if let Some(insurer) = insurer {
            let of = (table, insurer.clone());
            self.of_insurers
                .entry(of)
                .or_insert_with(|| (key.clone(), name.clone()));
        }
        match fact {
            Fact::None | Fact::Member { .. } => {}
            Fact::Insurer => drop(self.insurers.insert(key)),
            Fact::Account(account) => drop(self.accounts.insert(key, (name, account))),
            Fact::Claim {
                account_id,
                account,
            } => {
                self.claims.insert(key, (name, account_id, account));
            }
            Fact::Registration(registration) => {
                self.registrations.insert(key, registration);
            }
            Fact::Reservation { holder, expires_at } => {
                self.reservations.insert(key, (name, holder, expires_at));
            }
            Fact::Session(session) => self.sessions.push((key, session)),
            Fact::Reset {
                subject,
                requested_at,
            } => self.resets.push((key, subject, requested_at)),
            Fact::Mail => drop(self.mails.insert(key)),
            Fact::Latest { mail, ends_at } => self.latest.push((key, mail_of(&mail), ends_at)),
            Fact::Event {
                subject,
                name,
                outcome,
                at,
            } => {
                let is_it = |(of, came): &(&str, &str)| *of == name && *came == outcome;
                if let Some(kind) = TOLD.iter().position(|told| told.iter().any(is_it)) {
                    self.events
                        .entry((subject.number(), kind))
                        .or_default()
                        .push(at);
                }
            }
        }
    }

    /// What is wrong with single items.
    #[must_use]
    pub fn found(&self) -> &[Finding] {
        &self.found
    }

    /// Everything that is wrong, where nothing has changed since it was read: in an order of its own.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let suspects = self.suspects().into_iter().map(|suspect| suspect.finding);
        let mut all: Vec<Finding> = self.found.iter().cloned().chain(suspects).collect();
        all.sort();
        all.dedup();
        all
    }

    /// What does not go together.
    #[must_use]
    pub fn suspects(&self) -> Vec<Suspect> {
        let mut suspects = Suspects::default();
        self.accounts(&mut suspects);
        self.claims(&mut suspects);
        self.registrations(&mut suspects);
        self.sessions(&mut suspects);
        for (key, subject, at) in &self.resets {
            self.has_event(
                &mut suspects,
                &Named(RESETS, key, key),
                subject,
                RESET_ASKED,
                *at,
            );
        }
        for (key, mail, ends_at) in &self.latest {
            if *ends_at > self.now && !self.mails.contains(mail) {
                let item = Named(ADDRESSES, key, key);
                suspects.add(
                    Rule::LatestMail,
                    &item,
                    "its mail is not there",
                    [(ADDRESSES, mail)],
                );
            }
        }
        for ((table, insurer), (key, name)) in &self.of_insurers {
            if !self.insurers.contains(insurer) {
                let what = format!("its insurer {insurer} is not there");
                suspects.add(
                    Rule::InsurerThere,
                    &Named(table, key, name),
                    what,
                    [(INSURERS, insurer)],
                );
            }
        }
        suspects.all
    }

    fn accounts(&self, suspects: &mut Suspects) {
        let mut ids: HashMap<&str, &str> = HashMap::with_capacity(self.accounts.len());
        for (key, (name, account)) in &self.accounts {
            let item = Named(ACCOUNTS, key, name);
            match self.claims.get(&account.claim) {
                Some((_, id, of)) if *id == account.id && of == key => {}
                Some(_) => suspects.add(
                    Rule::Claimed,
                    &item,
                    "its member's claim is of another account",
                    [(ACCOUNTS, &account.claim)],
                ),
                None => suspects.add(
                    Rule::Claimed,
                    &item,
                    "its member has no claim",
                    [(ACCOUNTS, &account.claim)],
                ),
            }
            if let Some(other) = ids.insert(&account.id, key) {
                // The same whichever is read first.
                let (first, second) = if other < key.as_str() {
                    (other, key.as_str())
                } else {
                    (key.as_str(), other)
                };
                let name = &self.accounts[second].0;
                let item = Named(ACCOUNTS, second, name);
                suspects.add(
                    Rule::OneId,
                    &item,
                    "another account has its id",
                    [(ACCOUNTS, first)],
                );
            }
            self.account_events(suspects, &item, account);
        }
    }

    fn account_events(&self, suspects: &mut Suspects, item: &Named<'_>, account: &AccountFact) {
        let subject = &account.subject;
        self.has_event(suspects, item, subject, MADE, account.created_at);
        // Who has another number since has the event under the former one.
        if self.events_of(&account.member, MOVED).is_empty() {
            self.has_event(suspects, item, &account.member, MADE, account.created_at);
        }
        self.is_not_erased(
            suspects,
            item,
            &account.member,
            &account.insurer,
            account.created_at,
        );
        for (_, at) in &account.acceptances {
            self.has_event(suspects, item, subject, ACCEPTED, *at);
        }
        if let Some(at) = account.last_login_at {
            self.has_event(suspects, item, subject, LOGGED_IN, at);
        }
        if let Some(at) = account.disabled_at {
            self.has_event(suspects, item, subject, DISABLED, at);
        }
        // An account that had the user ID before has events, too.
        let accepted = self
            .events_of(subject, ACCEPTED)
            .iter()
            .filter(|at| **at >= account.created_at);
        let first = account.acceptances.iter().map(|(_, at)| *at).min();
        if let Some(told) = accepted.min()
            && first.is_none_or(|first| first > *told)
        {
            let what =
                format!("accepted at {told}, as the trail has it, and not as the account has it");
            let mut suspect = Suspect::of(Rule::FirstAcceptance, item, what);
            suspect.events = Some((subject.clone(), *told, *told));
            suspects.all.push(suspect);
        }
    }

    fn claims(&self, suspects: &mut Suspects) {
        for (key, (name, id, of)) in &self.claims {
            let what = match self.accounts.get(of) {
                Some((_, account)) if account.id == *id && account.claim == *key => continue,
                Some(_) => "its account is another",
                None => "its account is not there",
            };
            suspects.add(
                Rule::ClaimHeld,
                &Named(ACCOUNTS, key, name),
                what,
                [(ACCOUNTS, of)],
            );
        }
    }

    fn registrations(&self, suspects: &mut Suspects) {
        let mut of_members: HashMap<&str, Vec<(&str, &RegistrationFact)>> = HashMap::new();
        for (key, registration) in &self.registrations {
            of_members
                .entry(&registration.member)
                .or_default()
                .push((key, registration));
        }
        for (key, registration) in &self.registrations {
            let item = Named(REGISTRATIONS, key, key);
            let RegistrationFact {
                subject,
                verified_at,
                ..
            } = registration;
            self.has_event(suspects, &item, subject, VERIFIED, *verified_at);
            self.is_not_erased(
                suspects,
                &item,
                subject,
                &registration.insurer,
                *verified_at,
            );
            let is_live = !registration.is_completed && registration.expires_at > self.now;
            let Some(reservation) = registration.reservation.as_ref().filter(|_| is_live) else {
                continue;
            };
            // Of several browsers of one member, each gives up what it had chosen for all; and who got an account
            // through one of them has none to reserve.
            let others = of_members
                .get(registration.member.as_str())
                .map_or(0, Vec::len)
                > 1;
            let is_held = self
                .reservations
                .get(reservation)
                .is_some_and(|(_, holder, _)| *holder == registration.member);
            if !is_held && !others && !self.claims.contains_key(&registration.claim) {
                suspects.add(
                    Rule::Reserved,
                    &item,
                    "its user ID is not reserved for its member",
                    [
                        (REGISTRATIONS, reservation),
                        (ACCOUNTS, &registration.claim),
                    ],
                );
            }
        }
        for (key, (name, holder, expires_at)) in &self.reservations {
            let of_holder = of_members
                .get(holder.as_str())
                .map_or(&[][..], Vec::as_slice);
            // When the account is made, the user ID stays reserved for as long as the registration was to live.
            let longer = 0..=i64::try_from(RESERVED_LONGER.as_millis()).unwrap_or(0);
            let waits = |(_, registration): &(&str, &RegistrationFact)| {
                if registration.is_completed {
                    longer.contains(&(expires_at - registration.expires_at))
                } else {
                    registration.reservation.as_ref() == Some(key)
                }
            };
            let verified_at =
                expires_at - i64::try_from(domain::REGISTRATION_VALID.as_millis()).unwrap_or(0);
            let is_judged = *expires_at > self.now && verified_at <= self.began;
            if is_judged && !of_holder.iter().any(waits) {
                let what = "no registration waits with this user ID";
                let places = of_holder.iter().map(|(key, _)| (REGISTRATIONS, *key));
                let item = Named(REGISTRATIONS, key, name);
                suspects.add(Rule::ReservationHeld, &item, what, places);
            }
        }
    }

    fn sessions(&self, suspects: &mut Suspects) {
        for (key, session) in &self.sessions {
            let item = Named(SESSIONS, key, key);
            let account = [(ACCOUNTS, &*session.account)];
            self.has_event(
                suspects,
                &item,
                &session.subject,
                LOGGED_IN,
                session.created_at,
            );
            if let Some(at) = session.new_email_at {
                self.has_event(suspects, &item, &session.subject, EMAIL_BEGUN, at);
            }
            // What is over only waits for its collection.
            if session.expires_at <= self.now {
                continue;
            }
            let found = self
                .accounts
                .get(&session.account)
                .map(|(_, account)| account);
            let Some(found) = found.filter(|found| found.id == session.account_id) else {
                suspects.add(
                    Rule::SessionHasAccount,
                    &item,
                    "its account is not there",
                    account,
                );
                continue;
            };
            if !found.sessions.contains(key) {
                suspects.add(
                    Rule::SessionListed,
                    &item,
                    "its account does not list it",
                    account,
                );
            }
            if let Some(version) = &session.terms
                && !found
                    .acceptances
                    .iter()
                    .any(|(accepted, _)| accepted == version)
            {
                suspects.add(
                    Rule::SessionTerms,
                    &item,
                    "its account has not accepted its terms",
                    account,
                );
            }
        }
    }

    /// "Neither the member nor the insurer was erased since the item was made."
    fn is_not_erased(
        &self,
        suspects: &mut Suspects,
        item: &Named<'_>,
        member: &Subject,
        insurer: &str,
        made_at: i64,
    ) {
        let insurer = Subject::of(&format!("insurer#{insurer}"));
        for subject in [member, &insurer] {
            let events = self.events_of(subject, ERASED).iter();
            if let Some(at) = events.filter(|at| **at > made_at).max() {
                let what = format!("erased at {at}, and here still");
                let mut suspect = Suspect::of(Rule::Erased, item, what);
                suspect.events = Some((subject.clone(), *at, *at));
                suspects.all.push(suspect);
            }
        }
    }

    fn events_of(&self, subject: &Subject, told: Told) -> &[i64] {
        let kind = TOLD
            .iter()
            .position(|known| *known == told)
            .unwrap_or_default();
        self.events
            .get(&(subject.number(), kind))
            .map_or(&[], Vec::as_slice)
    }

    /// "The trail has the event of what happened to a subject at a time", while events of then are kept.
    fn has_event(
        &self,
        suspects: &mut Suspects,
        item: &Named<'_>,
        subject: &Subject,
        told: Told,
        at: i64,
    ) {
        let kept = i64::try_from(domain::AUDIT_KEPT.as_millis()).unwrap_or(i64::MAX);
        let within = if told == DISABLED {
            OPERATORS_CLOCK_MS
        } else {
            0
        };
        let (from, to) = (at - within, at + within);
        let has = self
            .events_of(subject, told)
            .iter()
            .any(|told| (from..=to).contains(told));
        if has || at + kept <= self.now {
            return;
        }
        let name = told.first().map_or("", |(name, _)| name);
        let what = format!("no event {name} of {} at {at}", subject.as_str());
        let mut suspect = Suspect::of(Rule::Event, item, what);
        suspect.events = Some((subject.clone(), from, to));
        suspects.all.push(suspect);
    }
}

/// An item: its table, its key, and its key without anybody's data.
struct Named<'a>(&'static str, &'a str, &'a str);

#[derive(Default)]
struct Suspects {
    all: Vec<Suspect>,
}

impl Suspects {
    fn add<'b, K: AsRef<str> + ?Sized + 'b>(
        &mut self,
        rule: Rule,
        item: &Named<'_>,
        what: impl Into<String>,
        beside: impl IntoIterator<Item = (&'static str, &'b K)>,
    ) {
        let mut suspect = Suspect::of(rule, item, what);
        let beside = beside.into_iter().map(|(table, key)| Place {
            table,
            key: key.as_ref().to_owned(),
        });
        suspect.places.extend(beside);
        suspect.places.sort();
        suspect.places.dedup();
        suspect.places.truncate(TOGETHER);
        self.all.push(suspect);
    }
}

impl Suspect {
    fn of(rule: Rule, Named(table, key, name): &Named<'_>, what: impl Into<String>) -> Self {
        Self {
            finding: Finding {
                rule,
                table,
                item: (*name).to_owned(),
                what: what.into(),
            },
            places: vec![Place {
                table,
                key: (*key).to_owned(),
            }],
            events: None,
        }
    }
}
