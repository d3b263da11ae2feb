//! How an item is looked at by itself.

use std::{collections::HashSet, time::Duration};

use domain::{Subject, TermsVersion};
use time::OffsetDateTime;

use super::Rule;
use crate::{
    Error, Item,
    item::{Reader, ttl},
};

/// The attribute by which DynamoDB collects.
const TTL: &str = "ttl";
/// Functions on several machines do not have one clock, and a write may overtake another.
const CLOCKS_DIFFER: Duration = Duration::from_mins(1);

/// How the items of a table are looked at.
#[derive(Clone, Copy)]
pub(crate) struct TableLook {
    pub(crate) table: &'static str,
    pub(crate) variable: &'static str,
    /// The attribute of the partition key.
    pub(crate) key: &'static str,
    pub(crate) at: fn(&Item) -> Seen,
}

/// What was seen of an item.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) table: &'static str,
    /// The partition key.
    pub(crate) key: String,
    /// The same without anybody's data.
    pub(crate) name: String,
    /// What is wrong with it whatever there is beside it.
    pub(crate) wrong: Vec<(Rule, String)>,
    /// What has to go together with others.
    pub(crate) fact: Fact,
}

/// What of an item has to go together with others. Times are milliseconds since 1970.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// It stands by itself.
    None,
    Account(AccountFact),
    Claim {
        account_id: String,
        account: String,
    },
    Registration(RegistrationFact),
    Reservation {
        holder: String,
        expires_at: i64,
    },
    Session(SessionFact),
    Reset {
        subject: Subject,
        requested_at: i64,
    },
    Mail,
    Latest {
        mail: String,
        ends_at: i64,
    },
    Member {
        insurer: String,
    },
    Insurer,
    Event {
        subject: Subject,
        name: String,
        outcome: String,
        at: i64,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct AccountFact {
    pub(crate) id: String,
    pub(crate) subject: Subject,
    pub(crate) member: Subject,
    pub(crate) claim: String,
    pub(crate) insurer: String,
    pub(crate) created_at: i64,
    pub(crate) acceptances: Vec<(TermsVersion, i64)>,
    pub(crate) last_login_at: Option<i64>,
    pub(crate) disabled_at: Option<i64>,
    pub(crate) sessions: HashSet<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct RegistrationFact {
    pub(crate) member: String,
    pub(crate) subject: Subject,
    pub(crate) claim: String,
    pub(crate) insurer: String,
    pub(crate) verified_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) is_completed: bool,
    /// The key of its reservation, where a user ID was chosen.
    pub(crate) reservation: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct SessionFact {
    pub(crate) account: String,
    pub(crate) subject: Subject,
    pub(crate) account_id: String,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    /// The terms that it says to be accepted.
    pub(crate) terms: Option<TermsVersion>,
    pub(crate) new_email_at: Option<i64>,
}

/// An item under examination.
pub(crate) struct Look<'a> {
    pub(crate) row: Reader<'a>,
    wrong: Vec<(Rule, String)>,
}

impl<'a> Look<'a> {
    /// Looks at an item of a table: `name` names its key, `fact` says what is wrong and gives what others rest
    /// on.
    pub(crate) fn at(
        item: &'a Item,
        table: &'static str,
        key: &'static str,
        name: impl FnOnce(&str) -> String,
        fact: impl FnOnce(&mut Self, &'a str) -> Result<Fact, Error>,
    ) -> Seen {
        let row = Reader { table, item };
        let key = row.text(key).unwrap_or_default();
        let mut look = Self {
            row,
            wrong: Vec::new(),
        };
        let fact = fact(&mut look, key).unwrap_or_else(|error| {
            let what = match error {
                Error::Corrupt { attribute, .. } => format!("no readable {attribute}"),
                error => error.to_string(),
            };
            look.wrong(Rule::Readable, what);
            Fact::None
        });
        Seen {
            table,
            key: key.to_owned(),
            name: name(key),
            wrong: look.wrong,
            fact,
        }
    }

    pub(crate) fn wrong(&mut self, rule: Rule, what: impl Into<String>) {
        self.wrong.push((rule, what.into()));
    }

    /// "The item stands at this key."
    pub(crate) fn stands_at(&mut self, key: &str, expected: &str) {
        if key != expected {
            self.wrong(Rule::Key, "its attributes make another key");
        }
    }

    /// "The item is collected from this time on, and not a second later than that."
    pub(crate) fn collected_at(&mut self, at: OffsetDateTime) {
        self.collected_within(at, at);
    }

    /// "The item is collected from some time between these on."
    pub(crate) fn collected_within(&mut self, earliest: OffsetDateTime, latest: OffsetDateTime) {
        let seconds = |at: OffsetDateTime| {
            ttl(at)
                .as_n()
                .ok()
                .and_then(|digits| digits.parse::<i64>().ok())
        };
        let (Some(earliest), Some(latest)) = (seconds(earliest), seconds(latest)) else {
            return;
        };
        let Some(written) = self.row.item.get(TTL) else {
            return self.wrong(Rule::Ttl, "no ttl: it would stay for good");
        };
        let Some(written) = written
            .as_n()
            .ok()
            .and_then(|digits| digits.parse::<i64>().ok())
        else {
            return self.wrong(Rule::Ttl, "its ttl is no number of whole seconds");
        };
        if written < earliest {
            self.wrong(
                Rule::Ttl,
                format!("its ttl is {} s before it ends", earliest - written),
            );
        } else if written > latest {
            self.wrong(
                Rule::Ttl,
                format!("its ttl is {} s later than it must be", written - latest),
            );
        }
    }

    /// The same of a counter, whose last write may have overtaken another's.
    pub(crate) fn collected_after_last(&mut self, last: Option<OffsetDateTime>, kept: Duration) {
        let Some(last) = last else {
            // Nothing is counted any more; that it has one will do.
            return self.collected_within(OffsetDateTime::UNIX_EPOCH, FAR);
        };
        self.collected_within(last + kept - CLOCKS_DIFFER, FAR);
    }

    /// "The item stays for good."
    pub(crate) fn stays(&mut self) {
        if self.row.item.contains_key(TTL) {
            self.wrong(Rule::Stays, "a ttl: it would be collected");
        }
    }

    /// "The item has no other attribute than these."
    pub(crate) fn has_only(&mut self, attributes: &[&str]) {
        let mut others: Vec<&str> = self.row.item.keys().map(String::as_str).collect();
        others.retain(|name| !attributes.contains(name));
        others.sort_unstable();
        if !others.is_empty() {
            self.wrong(Rule::Bare, format!("holds {}", others.join(", ")));
        }
    }

    /// "There are at most so many."
    pub(crate) fn at_most(&mut self, what: &str, count: usize, most: usize) {
        if count > most {
            self.wrong(
                Rule::Bounded,
                format!("{count} {what}, and at most {most} are let in"),
            );
        }
    }
}

/// No `ttl` of ours is later: in milliseconds it would be.
const FAR: OffsetDateTime = time::macros::datetime!(2200-01-01 0:00 UTC);

/// A time as facts have it.
pub(crate) fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// A key without anybody's data: its last part, where that is no hash, is one in the name.
pub(crate) fn nameless(key: &str) -> String {
    let (kind, whose) = key
        .rsplit_once('#')
        .map_or(("", key), |(kind, whose)| (kind, whose));
    if is_hash(whose) || is_random(kind) {
        return key.to_owned();
    }
    let whose = Subject::of(whose);
    let kind = if kind.is_empty() {
        String::new()
    } else {
        format!("{kind}#")
    };
    format!("{kind}{}", whose.as_str())
}

/// "Keys of this kind are drawn, or given by SES."
fn is_random(kind: &str) -> bool {
    matches!(kind, "mail" | "token")
}

/// "This key is a hash or random": its digits are all that it says.
pub(crate) fn is_hash(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}
