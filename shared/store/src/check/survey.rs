//! The items of all tables brought together: what does not go together with what.

mod events;
mod suspects;

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::Subject;
use time::OffsetDateTime;

pub use self::suspects::{Place, Suspect};
use self::{
    events::{EMAIL_BEGUN, LOGGED_IN, RESET_ASKED, TOLD, VERIFIED},
    suspects::{Named, Suspects},
};
use super::{
    Finding, Rule, TABLES,
    look::{AccountFact, Fact, RegistrationFact, Seen, SessionFact, millis},
};
use crate::{Item, addresses::check::mail_of, registrations::RESERVED_LONGER};

const ACCOUNTS: &str = "Accounts";
const ADDRESSES: &str = "Addresses";
const INSURERS: &str = "Insurers";
const REGISTRATIONS: &str = "Registrations";
const SESSIONS: &str = "Sessions";
const RESETS: &str = "Resets";

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
            let longest = i64::try_from(RESERVED_LONGER.as_millis()).unwrap_or(0);
            let longer = 0..=longest;
            let waits = |(_, registration): &(&str, &RegistrationFact)| {
                if registration.is_completed {
                    longer.contains(&(expires_at - registration.expires_at))
                } else {
                    registration.reservation.as_ref() == Some(key)
                }
            };
            let valid = i64::try_from(domain::REGISTRATION_VALID.as_millis()).unwrap_or(0);
            let verified_at = expires_at - longest - valid;
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
}
