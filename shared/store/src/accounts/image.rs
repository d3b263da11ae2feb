//! An account and a member's claim to it, as items and as what they say.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    AccountId, BegunSession, EmailAddress, InsurerCode, KnownDevice, MemberId, PasswordHash, Place,
    Subject, TermsVersion, TokenHash, UserId,
};
use time::OffsetDateTime;

use super::{
    KEY, TABLE,
    changes::{device_list, session_list},
};
use crate::{
    Error, Item, SignedIn,
    item::{Reader, instant, item, present, text},
};

/// What the key of an account begins with.
pub(super) const USER: &str = "user#";

/// Where an account is: its user ID without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountKey(String);

impl AccountKey {
    /// The account of this user ID.
    #[must_use]
    pub fn of(user_id: &UserId) -> Self {
        Self(format!("{USER}{}", user_id.folded()))
    }

    pub(crate) fn from_stored(key: &str) -> Self {
        Self(key.to_owned())
    }

    /// What log lines and the audit trail call the account.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::of(self.0.strip_prefix(USER).unwrap_or(&self.0))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

pub(super) fn claim_key(member: &MemberId) -> String {
    format!("member#{}", member.as_str())
}

/// An account.
#[derive(Clone)]
pub struct Account {
    /// Where it is.
    pub key: AccountKey,
    /// The account's own name, which never changes and tells nothing.
    pub id: AccountId,
    /// The user ID, as typed.
    pub user_id: UserId,
    /// The member.
    pub member: MemberId,
    /// The member's insurer.
    pub insurer: InsurerCode,
    /// The confirmed address.
    pub email: EmailAddress,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// When its address was confirmed, and so the account made.
    pub created_at: OffsetDateTime,
    /// When each version of the terms was accepted.
    pub acceptances: BTreeMap<TermsVersion, OffsetDateTime>,
    /// The login before.
    pub last_login_at: Option<OffsetDateTime>,
    /// Where it came from.
    pub last_login_place: Option<Place>,
    /// The sessions that were begun and that no later login superseded. Some may be over: who logs out
    /// ends the session alone.
    pub sessions: Vec<BegunSession>,
    /// The browsers that it was logged in from.
    pub devices: Vec<KnownDevice>,
    /// When an operator disabled it, if it is.
    pub disabled_at: Option<OffsetDateTime>,
    /// Until when an operator has opened it, whatever strangers guess.
    pub opened_until: Option<OffsetDateTime>,
    /// The address that an operator lets the next password reset go to.
    pub recovery: Option<Recovery>,
}

/// An address that an operator has noted for a member whose own works no longer (ASVS 5.0 6.4.6): a
/// password reset that is asked for with it goes there, and makes it the account's. The operator chooses
/// neither password nor code.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// The address.
    pub email: EmailAddress,
    /// Until when a reset may be asked for with it.
    pub until: OffsetDateTime,
}

impl Account {
    /// Whether it was made or logged in to at this time or later.
    #[must_use]
    pub fn is_used_since(&self, at: OffsetDateTime) -> bool {
        self.created_at >= at || self.last_login_at.is_some_and(|login| login >= at)
    }

    /// The session of this token, if the account lists it.
    #[must_use]
    pub fn session(&self, token: &TokenHash) -> Option<&BegunSession> {
        self.sessions.iter().find(|session| session.token == *token)
    }

    /// The browser of this token, if the account lists it, be its time over or not.
    #[must_use]
    pub fn device(&self, token: &TokenHash) -> Option<&KnownDevice> {
        self.devices.iter().find(|device| device.token == *token)
    }

    /// The address that the code of a password reset goes to which is asked for with `typed`, in the
    /// account's own spelling: the confirmed one, or the one that an operator has noted. `None` when it is
    /// neither, or the account is disabled.
    #[must_use]
    pub fn reset_address(
        &self,
        typed: &EmailAddress,
        now: OffsetDateTime,
    ) -> Option<&EmailAddress> {
        let noted = self.recovery.as_ref();
        let noted = noted.filter(|recovery| recovery.until > now);
        [Some(&self.email), noted.map(|recovery| &recovery.email)]
            .into_iter()
            .flatten()
            .find(|address| address.is_same_as(typed))
            .filter(|_| !self.is_disabled())
    }

    /// Whether an operator has opened it, whatever strangers guess.
    #[must_use]
    pub fn is_opened(&self, now: OffsetDateTime) -> bool {
        self.opened_until.is_some_and(|until| now < until)
    }

    /// Whether an operator has disabled it.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }

    /// Whether a session is of this very account, and the account may be used. An account that had the
    /// user ID before is another.
    #[must_use]
    pub fn admits(&self, session: &SignedIn) -> bool {
        self.id == *session.account_id() && !self.is_disabled()
    }

    /// Whether the password is still the one that it was in `before`.
    #[must_use]
    pub fn has_password_of(&self, before: &Self) -> bool {
        self.password_hash.as_str() == before.password_hash.as_str()
    }

    /// Reads an account.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the item is not as [`to_item`](Self::to_item) writes it.
    pub fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            key: AccountKey::from_stored(row.text(KEY)?),
            id: row.parsed("account_id", AccountId::parse)?,
            user_id: row.parsed("user_id", UserId::parse)?,
            member: MemberId::from_stored(row.text("member")?.to_owned()),
            insurer: row.parsed("insurer", InsurerCode::parse)?,
            email: row.parsed("email", EmailAddress::parse)?,
            password_hash: row.parsed("password_hash", PasswordHash::parse)?,
            created_at: row.instant("created_at")?,
            acceptances: accepted(&row)?,
            last_login_at: row.maybe_instant("last_login_at")?,
            last_login_place: row.maybe_parsed("last_login_place", Place::parse)?,
            sessions: listed(&row, "sessions", |token, at| BegunSession { token, at })?,
            devices: listed(&row, "devices", |token, at| KnownDevice { token, at })?,
            disabled_at: row.maybe_instant("disabled_at")?,
            opened_until: row.maybe_instant("opened_until")?,
            recovery: row
                .maybe_parsed("recovery_email", EmailAddress::parse)?
                .map(|email| {
                    let until = row.instant("recovery_until")?;
                    Ok::<_, Error>(Recovery { email, until })
                })
                .transpose()?,
        })
    }

    /// The item of the account.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let acceptances = self.acceptances.iter();
        let acceptances =
            acceptances.map(|(version, at)| (version.as_str().to_owned(), instant(*at)));
        let recovery = self.recovery.as_ref();
        let mut account = item([
            (KEY, text(self.key.as_str())),
            ("account_id", text(self.id.as_str())),
            ("user_id", text(self.user_id.as_typed())),
            ("member", text(self.member.as_str())),
            ("insurer", text(self.insurer.folded())),
            ("email", text(self.email.as_str())),
            ("password_hash", text(self.password_hash.as_str())),
            ("created_at", instant(self.created_at)),
            // The maps are there even if they are empty, for something to be put into them.
            ("acceptances", AttributeValue::M(acceptances.collect())),
            ("sessions", session_list(&self.sessions)),
            ("devices", device_list(&self.devices)),
        ]);
        account.extend(present([
            ("last_login_at", self.last_login_at.map(instant)),
            (
                "last_login_place",
                self.last_login_place
                    .as_ref()
                    .map(|place| text(place.code())),
            ),
            ("disabled_at", self.disabled_at.map(instant)),
            ("opened_until", self.opened_until.map(instant)),
            (
                "recovery_email",
                recovery.map(|noted| text(noted.email.as_str())),
            ),
            ("recovery_until", recovery.map(|noted| instant(noted.until))),
        ]));
        account
    }

    /// The item of the member's claim to it.
    #[must_use]
    pub fn to_claim(&self) -> Item {
        claim_item(&self.member, &self.id, &self.user_id, self.created_at)
    }
}

/// Whose an account is, and which terms were accepted with it: what counting needs of it.
#[derive(Clone, Debug)]
pub struct Holder {
    /// What the audit trail calls the account.
    pub account: Subject,
    /// What it calls the member.
    pub member: Subject,
    /// When the account was made.
    pub created_at: OffsetDateTime,
    /// When each version of the terms was accepted.
    pub acceptances: BTreeMap<TermsVersion, OffsetDateTime>,
}

impl Holder {
    pub(super) fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            account: AccountKey::from_stored(row.text(KEY)?).subject(),
            member: MemberId::from_stored(row.text("member")?.to_owned()).subject(),
            created_at: row.instant("created_at")?,
            acceptances: accepted(&row)?,
        })
    }
}

pub(super) fn accepted(row: &Reader<'_>) -> Result<BTreeMap<TermsVersion, OffsetDateTime>, Error> {
    row.instants("acceptances")?
        .into_iter()
        .map(|(version, at)| Ok((TermsVersion::parse(version)?, at)))
        .collect::<Result<_, domain::TermsVersionError>>()
        .map_err(|_| row.corrupt("acceptances"))
}

fn listed<T>(
    row: &Reader<'_>,
    list: &'static str,
    of: impl Fn(TokenHash, OffsetDateTime) -> T,
) -> Result<Vec<T>, Error> {
    row.instants(list)?
        .into_iter()
        .map(|(token, at)| {
            let token = TokenHash::parse(token).map_err(|_| row.corrupt(list))?;
            Ok(of(token, at))
        })
        .collect()
}

/// What an account starts with.
pub struct NewAccount {
    /// The account's own name, which never changes and tells nothing.
    pub id: AccountId,
    /// The user ID, as typed.
    pub user_id: UserId,
    /// The member.
    pub member: MemberId,
    /// The member's insurer.
    pub insurer: InsurerCode,
    /// The confirmed address.
    pub email: EmailAddress,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// When the address was confirmed, and so the account made.
    pub created_at: OffsetDateTime,
}

impl From<NewAccount> for Account {
    fn from(new: NewAccount) -> Self {
        Self {
            key: AccountKey::of(&new.user_id),
            id: new.id,
            user_id: new.user_id,
            member: new.member,
            insurer: new.insurer,
            email: new.email,
            password_hash: new.password_hash,
            created_at: new.created_at,
            acceptances: BTreeMap::new(),
            last_login_at: None,
            last_login_place: None,
            sessions: Vec::new(),
            devices: Vec::new(),
            disabled_at: None,
            opened_until: None,
            recovery: None,
        }
    }
}

pub(super) fn claim_item(
    member: &MemberId,
    id: &AccountId,
    user_id: &UserId,
    created_at: OffsetDateTime,
) -> Item {
    item([
        (KEY, text(claim_key(member))),
        ("account_id", text(id.as_str())),
        ("user_id", text(user_id.as_typed())),
        ("created_at", instant(created_at)),
    ])
}
