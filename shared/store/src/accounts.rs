//! `Accounts`: who can log in.
//!
//! Two kinds of item: `user#<user id>` is the account, `member#<member id>` the claim that gives a
//! member at most one account. Both are put in one transaction, each on the condition that its key is
//! free, so neither can exist twice and neither without the other. Nothing here ever expires.

mod changes;
pub(crate) mod check;
mod image;

use std::sync::Arc;

use domain::{
    BegunSession, DEVICES_PER_ACCOUNT, EmailAddress, InsurerCode, KnownDevice, MemberId,
    PasswordHash, Place, SESSIONS_PER_ACCOUNT, Superseded, TermsVersion, TokenHash, UserId,
};
use time::OffsetDateTime;

pub use self::image::{Account, AccountKey, Holder, NewAccount, Recovery};
use self::{
    changes::{Changes, device_list, session_list},
    image::{USER, claim_item, claim_key},
};
use crate::{
    Database, Error, Item, Pages, Read, Restored, SignedIn, Standing, Table, Write,
    database::key,
    item::{Reader, instant, text},
    restored::{Only, is_same},
    transaction::{condition_check, delete, put, update},
};

const TABLE: &str = "Accounts";
const KEY: &str = "account";
const KEY_FREE: &str = "attribute_not_exists(account)";

/// The table of accounts.
#[derive(Clone, Debug)]
pub struct Accounts {
    database: Database,
    table: Arc<str>,
}

impl Table for Accounts {
    const VARIABLE: &'static str = "ACCOUNTS_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

impl Accounts {
    /// Looks an account up by user ID, strongly consistent: a member logs in a second after confirming.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup(&self, user_id: &UserId) -> Result<Option<Account>, Error> {
        self.lookup_key(&AccountKey::of(user_id)).await
    }

    /// Looks an account up where it is, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup_key(&self, account: &AccountKey) -> Result<Option<Account>, Error> {
        let found = self
            .database
            .get(&self.table, key(KEY, account.as_str()))
            .await?;
        found.as_ref().map(Account::from_item).transpose()
    }

    /// The read of an account, for [`Database::read`].
    #[must_use]
    pub fn read(&self, account: &AccountKey) -> Read<Account> {
        Read::of(&self.table, KEY, account.as_str(), Account::from_item)
    }

    /// The read of a member's claim, which exists when the member has an account: of the account's user ID.
    #[must_use]
    pub fn read_claim(&self, member: &MemberId) -> Read<UserId> {
        Read::of(&self.table, KEY, claim_key(member), |claim| {
            let row = Reader {
                table: TABLE,
                item: claim,
            };
            row.parsed("user_id", UserId::parse)
        })
    }

    /// The account itself, if its user ID is free.
    pub fn create(&self, account: &Account) -> Write {
        put()
            .table_name(&*self.table)
            .set_item(Some(account.to_item()))
            .condition_expression(KEY_FREE)
            .into()
    }

    /// The member's claim, if the member has no account.
    pub fn claim(&self, account: &Account) -> Write {
        put()
            .table_name(&*self.table)
            .set_item(Some(account.to_claim()))
            .condition_expression(KEY_FREE)
            .into()
    }

    /// Notes a login: lists its session in the place of those that it supersedes, and its browser in the
    /// place of those that are forgotten, and keeps the password's new hash where the old one's cost was
    /// outdated.
    ///
    /// Refused, with the account as it is now, when it was disabled, or the password is no longer the one that
    /// was compared; and when another login changed the lists meanwhile, so that they would become too long.
    pub fn record_login(&self, account: &Account, login: &NewLogin<'_>) -> Write<Option<Account>> {
        let mut changes = Changes::default();
        changes.only_if("password_hash = :compared AND attribute_not_exists(disabled_at)");
        changes.value(":compared", text(account.password_hash.as_str()));
        changes.set("last_login_at", ":now", instant(login.at));
        match login.place {
            Some(place) => changes.set("last_login_place", ":place", text(place.code())),
            None => changes.remove("last_login_place"),
        }
        if let Some(hash) = login.rehashed {
            changes.set("password_hash", ":hash", text(hash.as_str()));
        }
        let superseded: Vec<&TokenHash> = login.superseded.all().collect();
        // Sessions, and browsers, of other logins at this moment may come, as long as there is room.
        changes.list(
            "sessions",
            login.session,
            Some(SESSIONS_PER_ACCOUNT),
            &superseded,
        );
        let is_new = account.device(login.device).is_none();
        let room = is_new.then_some(DEVICES_PER_ACCOUNT);
        let forgotten: Vec<&TokenHash> = login.forgotten.iter().collect();
        changes.list("devices", login.device, room, &forgotten);
        or_as_it_is(changes.of(&self.table, &account.key))
    }

    /// Gives the account another password, with the one session and the one browser that go on, if any do.
    /// Refused, with the account as it is now, when address, password or sessions are not those of `seen` any
    /// more: who ends the sessions that are listed there has ended all. Refused, too, when the account was
    /// disabled.
    pub fn change_password(
        &self,
        seen: &Account,
        password_hash: &PasswordHash,
        session: Option<&BegunSession>,
        device: Option<&KnownDevice>,
    ) -> Write<Option<Account>> {
        let changes = Self::changing_password(seen, password_hash, session, device);
        or_as_it_is(changes.of(&self.table, &seen.key))
    }

    /// Gives the account another password and, where the code of the reset went to the address that an
    /// operator had noted, this address. Nobody is signed in and no browser known after it.
    pub fn reset_password(
        &self,
        seen: &Account,
        password_hash: &PasswordHash,
        email: &EmailAddress,
        device: &KnownDevice,
    ) -> Write<Option<Account>> {
        let mut changes = Self::changing_password(seen, password_hash, None, Some(device));
        if *email != seen.email {
            changes.only_if("recovery_email = :email");
            changes.set("email", ":email", text(email.as_str()));
        }
        changes.remove("recovery_email");
        changes.remove("recovery_until");
        or_as_it_is(changes.of(&self.table, &seen.key))
    }

    fn changing_password(
        seen: &Account,
        password_hash: &PasswordHash,
        session: Option<&BegunSession>,
        device: Option<&KnownDevice>,
    ) -> Changes {
        let mut changes = Changes::default();
        changes.only_if(
            "password_hash = :seen_hash AND email = :seen_email AND sessions = :seen_sessions \
             AND attribute_not_exists(disabled_at)",
        );
        changes.value(":seen_hash", text(seen.password_hash.as_str()));
        changes.value(":seen_email", text(seen.email.as_str()));
        changes.value(":seen_sessions", session_list(&seen.sessions));
        changes.set("password_hash", ":hash", text(password_hash.as_str()));
        changes.set("sessions", ":sessions", session_list(session));
        changes.set("devices", ":devices", device_list(device));
        changes
    }

    /// Takes sessions out of the account's list, which end beside it.
    pub fn unlist_sessions(&self, seen: &Account, tokens: &[&TokenHash]) -> Write {
        let mut changes = Self::changing(seen);
        changes.unlist("sessions", tokens);
        changes.of(&self.table, &seen.key)
    }

    /// Gives the account the address that was confirmed in the session `former`, which goes on as `token`.
    /// Refused when address or password are not those of `seen` any more, or the session has been ended.
    pub fn change_email(
        &self,
        seen: &Account,
        email: &EmailAddress,
        former: &BegunSession,
        token: &TokenHash,
    ) -> Write {
        let mut changes = Changes::default();
        changes.only_if("password_hash = :seen_hash AND email = :seen_email");
        changes.value(":seen_hash", text(seen.password_hash.as_str()));
        changes.value(":seen_email", text(seen.email.as_str()));
        changes.set("email", ":email", text(email.as_str()));
        changes.value(":now", instant(former.at));
        changes.list("sessions", token, None, &[&former.token]);
        changes.of(&self.table, &seen.key)
    }

    /// Keeps that this version of the terms was accepted at `now`; an earlier acceptance of the same
    /// version stands.
    pub fn record_acceptance(
        &self,
        session: &SignedIn,
        version: &TermsVersion,
        now: OffsetDateTime,
    ) -> Write {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, session.account().as_str())))
            // Not that of another account, which has the user ID since.
            .condition_expression("account_id = :id AND attribute_not_exists(disabled_at)")
            .update_expression(
                "SET acceptances.#version = if_not_exists(acceptances.#version, :now)",
            )
            .expression_attribute_names("#version", version.as_str())
            .expression_attribute_values(":id", text(session.account_id().as_str()))
            .expression_attribute_values(":now", instant(now))
            .into()
    }

    /// Takes every session out of the account's list, which end beside it. Refused when the list is not that
    /// of `seen` any more: who ends the sessions that are listed there has ended all.
    pub fn unlist_all_sessions(&self, seen: &Account) -> Write<Option<Account>> {
        or_as_it_is(Self::unlisting_all(seen).of(&self.table, &seen.key))
    }

    /// Disables the account, by an operator: nobody logs in to it, and its password cannot be changed.
    /// Refused like [`unlist_all_sessions`](Self::unlist_all_sessions), which it does too; and when the
    /// account is disabled already.
    pub fn disable(&self, seen: &Account, at: OffsetDateTime) -> Write<Option<Account>> {
        let mut changes = Self::unlisting_all(seen);
        changes.only_if("attribute_not_exists(disabled_at)");
        changes.set("disabled_at", ":at", instant(at));
        or_as_it_is(changes.of(&self.table, &seen.key))
    }

    /// Lets the account be used again, by an operator. Refused when it is not disabled, or was again since
    /// `disabled_at`.
    pub fn enable(&self, seen: &Account, disabled_at: OffsetDateTime) -> Write {
        let mut changes = Self::changing(seen);
        changes.only_if("disabled_at = :seen_disabled");
        changes.value(":seen_disabled", instant(disabled_at));
        changes.remove("disabled_at");
        changes.of(&self.table, &seen.key)
    }

    /// Opens the account until then, by an operator: each client's wrong passwords lock it by themselves.
    pub fn open_until(&self, seen: &Account, until: OffsetDateTime) -> Write {
        let mut changes = Self::changing(seen);
        changes.set("opened_until", ":until", instant(until));
        changes.of(&self.table, &seen.key)
    }

    /// Notes the address that the next password reset may go to, by an operator, in the place of one
    /// before. Refused when the account's address, or the one that was noted, is not that of `seen` any
    /// more; and when the account was disabled.
    pub fn note_recovery(&self, seen: &Account, recovery: &Recovery) -> Write {
        let mut changes = Self::changing(seen);
        changes.only_if("email = :seen_email AND attribute_not_exists(disabled_at)");
        changes.value(":seen_email", text(seen.email.as_str()));
        match &seen.recovery {
            Some(noted) => {
                changes.only_if("recovery_email = :seen_noted");
                changes.value(":seen_noted", text(noted.email.as_str()));
            }
            None => changes.only_if("attribute_not_exists(recovery_email)"),
        }
        changes.set("recovery_email", ":email", text(recovery.email.as_str()));
        changes.set("recovery_until", ":until", instant(recovery.until));
        changes.of(&self.table, &seen.key)
    }

    /// The accounts of an insurer's members that were made before a time, and of these, if one is given, those that
    /// nobody has made or logged in to from another time on; strongly consistent. Reads the whole table.
    pub async fn of_insurer(
        &self,
        insurer: &InsurerCode,
        before: OffsetDateTime,
        unused_since: Option<OffsetDateTime>,
    ) -> Pages<Account> {
        let unused = match unused_since {
            None => "",
            Some(_) => {
                " AND created_at < :unused \
                 AND (attribute_not_exists(last_login_at) OR last_login_at < :unused)"
            }
        };
        let mut scan = self
            .database
            .client
            .scan()
            .consistent_read(true)
            .filter_expression(format!(
                "begins_with(account, :user) AND insurer = :insurer AND created_at < :before{unused}"
            ))
            .expression_attribute_values(":user", text(USER))
            .expression_attribute_values(":insurer", text(insurer.folded()))
            .expression_attribute_values(":before", instant(before));
        if let Some(since) = unused_since {
            scan = scan.expression_attribute_values(":unused", instant(since));
        }
        Pages::of(&self.database, &self.table, scan, Account::from_item).await
    }

    /// Whose the accounts are, of one insurer's members or of all, strongly consistent. Reads the whole table.
    pub async fn holders(&self, insurer: Option<&InsurerCode>) -> Pages<Holder> {
        let of_insurer = insurer.map_or("", |_| " AND insurer = :insurer");
        let mut scan = self
            .database
            .client
            .scan()
            .consistent_read(true)
            .projection_expression("account, #member, created_at, acceptances")
            .filter_expression(format!("begins_with(account, :user){of_insurer}"))
            .expression_attribute_names("#member", "member")
            .expression_attribute_values(":user", text(USER));
        if let Some(code) = insurer {
            scan = scan.expression_attribute_values(":insurer", text(code.folded()));
        }
        Pages::of(&self.database, &self.table, scan, Holder::from_item).await
    }

    /// Removes the very account that was seen, not another that has the user ID since. Refused, too, when
    /// the list of sessions is not that of `seen` any more: who ends the sessions that are listed there has
    /// ended all.
    pub fn remove(&self, seen: &Account) -> Write<Option<Account>> {
        let remove = delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, seen.key.as_str())))
            .condition_expression("account_id = :id AND sessions = :seen_sessions")
            .expression_attribute_values(":id", text(seen.id.as_str()))
            .expression_attribute_values(":seen_sessions", session_list(&seen.sessions));
        or_as_it_is(remove.into())
    }

    /// Removes the member's claim to that account, so that the member can register anew. Refused when the claim
    /// is to another.
    pub fn unclaim(&self, seen: &Account) -> Write {
        delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, claim_key(&seen.member))))
            // That a damaged account has no claim keeps nobody from removing it.
            .condition_expression(format!("{KEY_FREE} OR account_id = :id"))
            .expression_attribute_values(":id", text(seen.id.as_str()))
            .into()
    }

    /// Gives the very account that was seen to another 記号 and 番号 of its member, and takes every session out of its
    /// list, which end beside it. Refused when the list of sessions is another.
    pub fn move_to(&self, seen: &Account, member: &MemberId) -> Write<Option<Account>> {
        let mut changes = Self::unlisting_all(seen);
        changes.name("#member", "member");
        changes.set("#member", ":to", text(member.as_str()));
        or_as_it_is(changes.of(&self.table, &seen.key))
    }

    /// The claim of an account's member under another 記号 and 番号. Refused when there is one.
    pub fn claim_as(&self, account: &Account, member: &MemberId) -> Write {
        let item = claim_item(member, &account.id, &account.user_id, account.created_at);
        put()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(KEY_FREE)
            .into()
    }

    /// The addresses of all accounts but those of an insurer's members, strongly consistent. Reads the whole table.
    pub async fn addresses_of_others(&self, insurer: &InsurerCode) -> Pages<EmailAddress> {
        let scan = self
            .database
            .client
            .scan()
            .consistent_read(true)
            .projection_expression("email")
            .filter_expression("begins_with(account, :user) AND insurer <> :insurer")
            .expression_attribute_values(":user", text(USER))
            .expression_attribute_values(":insurer", text(insurer.folded()));
        Pages::of(&self.database, &self.table, scan, |item| {
            Reader { table: TABLE, item }.parsed("email", EmailAddress::parse)
        })
        .await
    }

    /// The accounts as a restore made them, of one insurer's members or of all; not their claims, which an
    /// account tells.
    #[must_use]
    pub fn restored(&self, from: &str, insurer: Option<&InsurerCode>) -> Restored {
        let users = Only::Begins(KEY, text(USER));
        let insurer = insurer.map(|code| Only::Is("insurer", text(code.folded())));
        let only = std::iter::once(users).chain(insurer);
        Restored::new(&self.database, TABLE, [&self.table, from], &[KEY], only)
    }

    /// How accounts of a restored table stand to those here, each with its member's claim, in their order.
    ///
    /// # Errors
    /// When DynamoDB fails for longer than it is waited for, or an item has no key or no member.
    pub async fn standings(
        &self,
        restored: &Restored,
        items: &[Item],
    ) -> Result<Vec<Standing>, Error> {
        let mut keys = Vec::with_capacity(items.len() * 2);
        for item in items {
            let row = Reader { table: TABLE, item };
            let member = MemberId::from_stored(row.text("member")?.to_owned());
            keys.push(restored.key_of(item)?);
            keys.push(key(KEY, claim_key(&member)));
        }
        let here = restored.here(keys).await?;
        let pairs = items.iter().zip(here.chunks_exact(2));
        let standings =
            pairs.map(|(item, here)| standing(item, here[0].as_ref(), here[1].as_ref()));
        Ok(standings.collect())
    }

    /// An account as it was, without the sessions that it listed, which have ended. Refused when its user ID
    /// is not free.
    pub fn bring_back(&self, mut item: Item) -> Write<Option<Account>> {
        item.insert("sessions".to_owned(), session_list([]));
        let put = put()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(KEY_FREE);
        or_as_it_is(put.into())
    }

    /// The check that this very account is there.
    pub fn still_there(&self, account: &Account) -> Write {
        condition_check()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, account.key.as_str())))
            .condition_expression("account_id = :id")
            .expression_attribute_values(":id", text(account.id.as_str()))
            .into()
    }

    /// The claim of an account that comes back. Refused when the member has another account.
    pub fn claim_back(&self, account: &Account) -> Write {
        put()
            .table_name(&*self.table)
            .set_item(Some(account.to_claim()))
            .condition_expression(format!("{KEY_FREE} OR account_id = :id"))
            .expression_attribute_values(":id", text(account.id.as_str()))
            .into()
    }

    /// A change of the very account that was seen, not of another that has the user ID since.
    fn changing(seen: &Account) -> Changes {
        let mut changes = Changes::default();
        changes.only_if("account_id = :id");
        changes.value(":id", text(seen.id.as_str()));
        changes
    }

    fn unlisting_all(seen: &Account) -> Changes {
        let mut changes = Self::changing(seen);
        changes.only_if("sessions = :seen_sessions");
        changes.value(":seen_sessions", session_list(&seen.sessions));
        changes.set("sessions", ":none", session_list([]));
        changes
    }
}

/// The write, refused with the account as it is now, if there is one.
fn or_as_it_is(write: Write) -> Write<Option<Account>> {
    write.refused(|item| item.map(Account::from_item).transpose())
}

/// A login whose password was right.
pub struct NewLogin<'a> {
    /// The session that it begins.
    pub session: &'a TokenHash,
    /// The browser, by which it will be known again.
    pub device: &'a TokenHash,
    /// Where it comes from.
    pub place: Option<&'a Place>,
    /// When.
    pub at: OffsetDateTime,
    /// The sessions that it supersedes.
    pub superseded: &'a Superseded,
    /// The browsers that are not known any more.
    pub forgotten: &'a [TokenHash],
    /// The password's hash, made anew at today's cost.
    pub rehashed: Option<&'a PasswordHash>,
}

/// How an account of a restored table stands to what has its user ID here, and to its member's claim.
fn standing(lost: &Item, here: Option<&Item>, claim: Option<&Item>) -> Standing {
    let is_own = |item: &Item| item.get("account_id") == lost.get("account_id");
    match (here, claim) {
        (_, Some(claim)) if !is_own(claim) => Standing::MemberHasAnother,
        (Some(here), _) if !is_own(here) => Standing::UserIdTaken,
        (None, _) => Standing::Missing,
        (Some(_), None) => Standing::Incomplete,
        (Some(here), Some(_)) => {
            // Sessions come and go, and those of the restored one have ended.
            let [lost, here] = [lost, here].map(|item| {
                let mut item = item.clone();
                item.remove("sessions");
                item
            });
            if is_same(&lost, &here) {
                Standing::Same
            } else {
                Standing::Differs
            }
        }
    }
}
