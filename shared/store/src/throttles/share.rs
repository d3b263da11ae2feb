//! Logs of what is given out: mails, by their kind and to whom or for whom, and what a member is told of user IDs. They
//! are counted when they are given.

use domain::{
    Admission, CODE_ADDRESS, CODE_INTERVAL, CODE_SENDS, Client, EmailAddress, Limit, MEMBER_CODES,
    MEMBER_USER_IDS, MemberId, RESETS, Reach, UserId, Windows,
};
use time::OffsetDateTime;

use super::{KEPT, KEY, TABLE, Throttles, hashed, keep_after};
use crate::{
    Item, Read, Stamp, Write,
    database::key,
    item::{Reader, item, number, stamps, text, ttl},
    transaction::{Never, delete, update},
};

/// The least time between two mails to one recipient.
const PACE: Limit = Limit {
    most: 1,
    within: CODE_INTERVAL,
};

/// What is given out, and to whom: a log of its own each, so that nobody can use up the mails of one kind
/// by asking for those of another.
#[derive(Clone, Copy)]
pub enum Share<'a> {
    /// Codes for a sign-up.
    Code(&'a EmailAddress),
    /// Codes for a password reset of this user ID by this address, from one client.
    ResetFrom(&'a UserId, &'a EmailAddress, &'a Client),
    /// The same from all clients: so many that one stranger's leave some to the member.
    Reset(&'a UserId, &'a EmailAddress),
    /// Codes for a change of address.
    NewAddressCode(&'a EmailAddress),
    /// Forgotten user IDs.
    UserId(&'a EmailAddress),
    /// Codes for whoever is at one client, at a sign-up or a change of address.
    CodesOfClient(Reach<'a>),
    /// Codes to addresses that a member wants to confirm.
    CodesOfMember(&'a MemberId),
    /// User IDs of which a member is told that they are taken, or theirs.
    UserIdsOfMember(&'a MemberId),
}

impl Share<'_> {
    /// The item of a log, for the states that sample events and tests begin from.
    #[must_use]
    pub fn to_item(self, sent: &[Stamp]) -> Item {
        let mut log = item([(KEY, text(self.key())), ("attempts", stamps(sent))]);
        keep_after(&mut log, sent, self.limit().kept_for());
        if let (Some(last), true) = (sent.iter().max(), self.has_a_pace()) {
            log.insert("last_at".to_owned(), number(last.number()));
        }
        log
    }

    pub(super) fn key(self) -> String {
        match self {
            Self::Code(to) => hashed("code-recipient", &to.recipient_key()),
            // Neither a client nor a user ID has a #.
            Self::ResetFrom(user_id, to, client) => hashed(
                "reset-pair",
                &format!(
                    "{}#{}#{}",
                    client.line(),
                    user_id.folded(),
                    to.recipient_key()
                ),
            ),
            Self::Reset(user_id, to) => hashed(
                "reset-recipient",
                &format!("{}#{}", user_id.folded(), to.recipient_key()),
            ),
            Self::NewAddressCode(to) => hashed("new-address-recipient", &to.recipient_key()),
            Self::UserId(to) => hashed("user-id-recipient", &to.recipient_key()),
            Self::CodesOfClient(Reach::Line(line)) => hashed("code-address", line),
            Self::CodesOfClient(Reach::Site(site)) => hashed("code-site", site),
            Self::CodesOfMember(member) => hashed("code-member", member.as_str()),
            Self::UserIdsOfMember(member) => hashed("user-id-member", member.as_str()),
        }
    }

    /// Whether there is a minute between two.
    fn has_a_pace(self) -> bool {
        match self {
            Self::CodesOfClient(_)
            | Self::CodesOfMember(_)
            | Self::UserIdsOfMember(_)
            | Self::Reset(..) => false,
            Self::Code(_) | Self::ResetFrom(..) | Self::NewAddressCode(_) | Self::UserId(_) => true,
        }
    }

    pub(super) fn limit(self) -> Windows {
        match self {
            Self::CodesOfClient(Reach::Line(_)) => CODE_ADDRESS,
            Self::CodesOfClient(Reach::Site(_)) => CODE_ADDRESS.of_a_site(),
            Self::CodesOfMember(_) => MEMBER_CODES,
            Self::UserIdsOfMember(_) => MEMBER_USER_IDS,
            Self::Reset(..) => RESETS,
            Self::Code(_) | Self::ResetFrom(..) | Self::NewAddressCode(_) | Self::UserId(_) => {
                Windows {
                    short: CODE_SENDS,
                    long: None,
                }
            }
        }
    }

    /// Whether another one may be given at `now`.
    pub(crate) fn admits(self, sent: &[OffsetDateTime], now: OffsetDateTime) -> Admission {
        let admitted = self.limit().admits(sent, now);
        if self.has_a_pace() {
            admitted.and(PACE.admits(sent, now))
        } else {
            admitted
        }
    }
}

impl Throttles {
    /// Charges a share: of mails to a recipient one of its kind a minute, five an hour; to the client's address so
    /// many as a company may need; to a member so much as a person does. Where the log was found full of the past,
    /// that is `spent`, and goes with the charge. Refused with what there is in the log.
    pub(crate) fn charge_share(
        &self,
        share: Share<'_>,
        stamp: Stamp,
        spent: Option<&[Stamp]>,
    ) -> Write<Vec<Stamp>> {
        let limit = share.limit();
        let mut charge = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, share.key())))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", ttl(stamp.at() + limit.kept_for()));
        let mut sets = vec![KEPT];
        let mut conditions = Vec::new();
        let mut add = "";
        if let Some(seen) = spent {
            let is_kept = |seen: &Stamp| stamp.at() - seen.at() < limit.kept_for();
            let kept = seen.iter().copied().filter(is_kept);
            let next: Vec<Stamp> = kept.chain([stamp]).collect();
            sets.push("attempts = :next");
            conditions.push("attempts = :seen");
            charge = charge
                .expression_attribute_values(":next", stamps(&next))
                .expression_attribute_values(":seen", stamps(seen));
        } else {
            add = "ADD attempts :stamp ";
            conditions.push("(attribute_not_exists(attempts) OR size(attempts) < :most)");
            charge = charge
                .expression_attribute_values(":stamp", stamps(&[stamp]))
                .expression_attribute_values(":most", number(limit.short.most));
        }
        if share.has_a_pace() {
            let interval_ago = Stamp::latest_of(stamp.at() - CODE_INTERVAL);
            sets.push("last_at = :at");
            conditions.push("(attribute_not_exists(last_at) OR last_at <= :interval_ago)");
            charge = charge
                .expression_attribute_values(":at", number(stamp.number()))
                .expression_attribute_values(":interval_ago", number(interval_ago.number()));
        }
        let charge = charge
            .update_expression(format!("{add}SET {}", sets.join(", ")))
            .condition_expression(conditions.join(" AND "));
        Write::from(charge).refused(|log| {
            log.map_or(Ok(Vec::new()), |item| {
                Reader { table: TABLE, item }.stamps("attempts")
            })
        })
    }

    /// Takes a charge back, because what it was for was not given.
    pub(crate) fn release_share(&self, share: Share<'_>, stamp: Stamp) -> Write<Never> {
        let last = if share.has_a_pace() {
            "REMOVE last_at "
        } else {
            ""
        };
        let release = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, share.key())))
            // Should TTL have collected the item, this makes an empty one, which TTL collects again.
            .update_expression(format!("DELETE attempts :stamp {last}SET {KEPT}"))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":stamp", stamps(&[stamp]))
            .expression_attribute_values(":ttl", ttl(stamp.at() + share.limit().kept_for()));
        Write::from(release).unconditional()
    }

    /// The read of when shares were given, for [`Database::read`](crate::Database::read).
    #[must_use]
    pub fn read_share(&self, share: Share<'_>) -> Read<Vec<OffsetDateTime>> {
        Read::of(&self.table, KEY, share.key(), |item| {
            let given = Reader { table: TABLE, item }.stamps("attempts")?;
            Ok(given.iter().map(|stamp| stamp.at()).collect())
        })
    }

    /// Forgets what was given, because the desk says so.
    pub fn forget_share(&self, share: Share<'_>) -> Write<Never> {
        let item = key(KEY, share.key());
        Write::from(delete().table_name(&*self.table).set_key(Some(item))).unconditional()
    }
}
