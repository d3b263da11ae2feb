//! The check: what all tables must hold to between them, and which item does not.
//!
//! Each table says what is wrong with one of its items by itself, and what of it others rest on (its file
//! `check.rs`). Here the items of all tables are brought together ([`Survey`]), and read from a running
//! deployment ([`Check`]).
//!
//! A scan is no snapshot: an account may be made after the page of its claim was read. So whatever does not go
//! together is only a [`Suspect`]; it is named when its items, read again together, still do not.
//!
//! A finding names an item without anybody's data: an account, a claim or a member by the subject that log
//! lines and the audit trail have, everything else by its key, which is random or a hash.

mod look;
mod run;
mod survey;

use std::fmt;

pub(crate) use look::{
    AccountFact, Fact, Look, RegistrationFact, Seen, SessionFact, TableLook, is_hash, millis,
    nameless,
};
pub use run::{Check, CheckedTable, Looked};
pub use survey::{Place, Survey, Suspect};

use crate::{
    Error, accounts, addresses, audit, insurers, members, registrations, resets, sessions,
    throttles,
};

/// Something that must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// An item reads as this version of the code writes it.
    Readable,
    /// The key of an item is the one that its attributes make.
    Key,
    /// What must be collected has a `ttl`, in whole seconds, not before it ends nor later than it must.
    Ttl,
    /// What must stay has no `ttl`.
    Stays,
    /// A stub, a claim, a counter and the like hold nothing but what they are for.
    Bare,
    /// Nothing is in a list or counted more often than its limit.
    Bounded,
    /// An account has its member's one claim.
    Claimed,
    /// A claim has its account.
    ClaimHeld,
    /// No two accounts have one id.
    OneId,
    /// A session's account is there, and is the one that it was begun with.
    SessionHasAccount,
    /// A session that goes on is in its account's list: who ends the listed ones ends all.
    SessionListed,
    /// A session is open to what the terms gate only if its account accepted them.
    SessionTerms,
    /// The user ID that a registration waits with is reserved for its member.
    Reserved,
    /// A reservation belongs to a registration of its holder that waits with this user ID, or has become the account.
    ReservationHeld,
    /// What an item belongs to is of an insurer that is there.
    InsurerThere,
    /// The newest mail to an address is one that is known.
    LatestMail,
    /// The audit trail has the event of what an item says.
    Event,
    /// An acceptance is as old as its first event: a later one does not move it.
    FirstAcceptance,
    /// Nothing is there of who was erased, but what came after.
    Erased,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 19] = [
        Self::Readable,
        Self::Key,
        Self::Ttl,
        Self::Stays,
        Self::Bare,
        Self::Bounded,
        Self::Claimed,
        Self::ClaimHeld,
        Self::OneId,
        Self::SessionHasAccount,
        Self::SessionListed,
        Self::SessionTerms,
        Self::Reserved,
        Self::ReservationHeld,
        Self::InsurerThere,
        Self::LatestMail,
        Self::Event,
        Self::FirstAcceptance,
        Self::Erased,
    ];

    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Readable => "readable",
            Self::Key => "key",
            Self::Ttl => "ttl",
            Self::Stays => "stays",
            Self::Bare => "bare",
            Self::Bounded => "bounded",
            Self::Claimed => "claimed",
            Self::ClaimHeld => "claim-held",
            Self::OneId => "one-id",
            Self::SessionHasAccount => "session-has-account",
            Self::SessionListed => "session-listed",
            Self::SessionTerms => "session-terms",
            Self::Reserved => "reserved",
            Self::ReservationHeld => "reservation-held",
            Self::InsurerThere => "insurer-there",
            Self::LatestMail => "latest-mail",
            Self::Event => "event",
            Self::FirstAcceptance => "first-acceptance",
            Self::Erased => "erased",
        }
    }

    /// What must hold, in a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Readable => "an item reads as this version writes it",
            Self::Key => "an item stands where its attributes say",
            Self::Ttl => {
                "what must be collected has a ttl in seconds, when it has ended and no later than it must"
            }
            Self::Stays => "what must stay has no ttl",
            Self::Bare => "an item holds nothing but what it is for",
            Self::Bounded => "nothing is kept or counted beyond its limit",
            Self::Claimed => "an account has its member's one claim",
            Self::ClaimHeld => "a claim has its account",
            Self::OneId => "no two accounts have one id",
            Self::SessionHasAccount => "a session's account is there and is the same",
            Self::SessionListed => "a session that goes on is in its account's list",
            Self::SessionTerms => "a session behind the terms has an account that accepted them",
            Self::Reserved => "the user ID of a registration is reserved for its member",
            Self::ReservationHeld => {
                "a reservation has a registration that waits with its user ID, or has become the account"
            }
            Self::InsurerThere => "the insurer is there",
            Self::LatestMail => "the newest mail to an address is known",
            Self::Event => "the audit trail has the event",
            Self::FirstAcceptance => "an acceptance is as old as its first event",
            Self::Erased => "nothing of who was erased is there but what came after",
        }
    }
}

/// An item that a rule does not hold for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The logical name of the table.
    pub table: &'static str,
    /// The item, named without anybody's data.
    pub item: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            table,
            item,
            what,
        } = self;
        write!(f, "{}: {table} {item}: {what}", rule.name())
    }
}

/// How each table is looked at, in the order in which they are read.
pub(crate) const TABLES: [TableLook; 9] = [
    insurers::check::LOOK,
    members::check::LOOK,
    accounts::check::LOOK,
    registrations::check::LOOK,
    sessions::check::LOOK,
    resets::check::LOOK,
    throttles::check::LOOK,
    addresses::check::LOOK,
    audit::check::LOOK,
];

/// All tables, by their real names.
#[derive(Clone, Debug)]
pub(crate) struct NamedTables(Vec<String>);

impl NamedTables {
    /// The tables that these variables name. Fails with what `name` says of a variable that names none.
    pub(crate) fn of<E>(name: impl Fn(&'static str) -> Result<String, E>) -> Result<Self, E> {
        let names = TABLES.iter().map(|look| name(look.variable));
        names.collect::<Result<_, _>>().map(Self)
    }

    /// Each, in the order in which they are read.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static TableLook, &str)> {
        TABLES.iter().zip(self.0.iter().map(String::as_str))
    }

    /// The one of this logical name.
    pub(crate) fn find(&self, table: &str) -> Result<(&'static TableLook, &str), Error> {
        let found = self.iter().find(|(look, _)| look.table == table);
        found.ok_or_else(|| Error::Unavailable {
            operation: "Scan",
            code: format!("no table {table}"),
        })
    }
}

#[cfg(test)]
mod tests;
