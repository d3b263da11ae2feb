//! What must hold of a marked address, of a mail and of the newest mail to an address.

use domain::{BOUNCE_COUNTS, DELIVERY_KEPT, DeliveryState, MailId};

use super::{Addresses, KEY, MarkedAddress, TABLE, attribute_of};
use crate::{
    Error, Item, Table as _,
    check::{Fact, Look, Rule, Seen, TableLook, is_hash, millis, nameless},
};

pub(crate) const LOOK: TableLook = TableLook {
    table: TABLE,
    variable: Addresses::VARIABLE,
    key: KEY,
    at,
};

const MAIL: &str = "mail#";
const LATEST: &str = "latest#";

/// The key of a mail.
pub(crate) fn mail_of(mail: &str) -> String {
    format!("{MAIL}{mail}")
}

fn at(item: &Item) -> Seen {
    Look::at(item, TABLE, KEY, nameless, |look, key| {
        if let Some(id) = key.strip_prefix(MAIL) {
            mail(look, id)
        } else if let Some(hash) = key.strip_prefix(LATEST) {
            latest(look, hash)
        } else {
            mark(look, key)
        }
    })
}

fn mail(look: &mut Look<'_>, id: &str) -> Result<Fact, Error> {
    if MailId::parse(id).is_err() {
        look.wrong(Rule::Key, "it names no mail");
    }
    let states = DeliveryState::ALL.map(attribute_of);
    look.has_only(&[&[KEY, "ttl"], &states[..]].concat());
    let delivery = super::delivery(look.row.item)?;
    // Whatever is told of a mail, it was handed over.
    let Some(mailed_at) = delivery.at(DeliveryState::HandedOver) else {
        look.wrong(Rule::Readable, "it was never handed over");
        return Ok(Fact::Mail);
    };
    look.collected_at(mailed_at + DELIVERY_KEPT);
    for state in DeliveryState::ALL {
        if delivery.at(state).is_some_and(|at| at < mailed_at) {
            look.wrong(
                Rule::Bounded,
                format!("{} before it was handed over", attribute_of(state)),
            );
        }
    }
    Ok(Fact::Mail)
}

fn latest(look: &mut Look<'_>, hash: &str) -> Result<Fact, Error> {
    if !is_hash(hash) {
        look.wrong(Rule::Bare, "its key is no hash");
    }
    look.has_only(&[KEY, "mail", "mailed_at", "ttl"]);
    let ends_at = look.row.instant("mailed_at")? + DELIVERY_KEPT;
    look.collected_at(ends_at);
    Ok(Fact::Latest {
        mail: look.row.parsed("mail", MailId::parse)?.as_str().to_owned(),
        ends_at: millis(ends_at),
    })
}

fn mark(look: &mut Look<'_>, key: &str) -> Result<Fact, Error> {
    if !is_hash(key) {
        look.wrong(Rule::Bare, "its key is no hash");
    }
    look.has_only(&[
        KEY,
        "bounces",
        "complained_at",
        "suppressed_at",
        "message_id",
        "lifted_at",
        "refused_until",
        "ttl",
    ]);
    let marked = MarkedAddress::from_item(look.row.item)?;
    let until = marked.mark.refused_until();
    if until != look.row.maybe_instant("refused_until")? {
        look.wrong(
            Rule::Bounded,
            "it is not refused for as long as its mark says",
        );
    }
    // What is known, what it comes to, and that it was lifted are each kept for their time.
    let counts = [marked.mark.last(), marked.lifted_at]
        .into_iter()
        .flatten()
        .map(|at| at + BOUNCE_COUNTS);
    let earliest = counts.clone().chain(until).min();
    let latest = counts.chain(until).max();
    let known = marked.mark.last().map(|at| at + BOUNCE_COUNTS).max(until);
    if let (Some(earliest), Some(latest)) = (known.or(earliest), latest) {
        look.collected_within(earliest, latest);
    } else {
        look.wrong(Rule::Bare, "nothing is known against it");
    }
    Ok(Fact::None)
}
