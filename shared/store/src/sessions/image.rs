//! What a session holds.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    AccountId, CODE_INTERVAL, CODE_VALID, DeviceName, EmailAddress, InsurerCode, IssuedCode,
    MailId, MemberId, Place, SESSION_VALID, SealedCode, TermsVersion, TokenHash,
};
use time::OffsetDateTime;

use super::{IDLE, KEY, TABLE};
use crate::{
    AccountKey, Error, Item, NoFlow, Presented, Stamp, codes,
    item::{Reader, instant, item, text, ttl},
    tries::add_counted,
};

/// What a session starts with.
pub struct NewSession {
    /// The hash of the browser's token.
    pub token: TokenHash,
    /// The account.
    pub account: AccountKey,
    /// The account's own name.
    pub account_id: AccountId,
    /// The member.
    pub member: MemberId,
    /// The member's insurer.
    pub insurer: InsurerCode,
    /// When the member logged in.
    pub created_at: OffsetDateTime,
    /// What the member calls the browser.
    pub device: Option<DeviceName>,
    /// Where the member logged in.
    pub place: Option<Place>,
    /// The login before this one.
    pub previous_login_at: Option<OffsetDateTime>,
    /// Where that was.
    pub previous_login_place: Option<Place>,
    /// The terms in force.
    pub terms_version: TermsVersion,
    /// Whether the account has accepted them.
    pub has_accepted_terms: bool,
}

impl NewSession {
    /// The item of this session.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let mut session = item([
            (KEY, text(self.token.as_str())),
            ("account", text(self.account.as_str())),
            ("account_id", text(self.account_id.as_str())),
            ("member", text(self.member.as_str())),
            ("insurer", text(self.insurer.folded())),
            ("created_at", instant(self.created_at)),
            ("expires_at", instant(self.created_at + SESSION_VALID)),
            ("idle_expires_at", instant(self.created_at + IDLE)),
            ("ttl", ttl(self.created_at + SESSION_VALID)),
            ("terms_version", text(self.terms_version.as_str())),
            (
                "terms_accepted",
                AttributeValue::Bool(self.has_accepted_terms),
            ),
        ]);
        let mut add = |name: &str, value: Option<AttributeValue>| {
            if let Some(value) = value {
                session.insert(name.to_owned(), value);
            }
        };
        let place = |place: &Option<Place>| place.as_ref().map(|place| text(place.code()));
        add(
            "device",
            self.device.as_ref().map(|device| text(device.as_str())),
        );
        add("place", place(&self.place));
        add("previous_login_at", self.previous_login_at.map(instant));
        add("previous_login_place", place(&self.previous_login_place));
        session
    }
}

/// An address that a member begins to change to.
pub struct NewEmailChange {
    /// The address.
    pub email: EmailAddress,
    /// The code that goes there, sealed with the session's token.
    pub code: SealedCode,
    /// When it goes there.
    pub sent_at: OffsetDateTime,
}

impl NewEmailChange {
    /// The mail that takes the code there.
    #[must_use]
    pub fn mail(&self) -> MailId {
        MailId::of(&self.code, self.sent_at)
    }

    /// Has it wait in the item of a session, as [`Sessions::begin_email_change`](super::Sessions) would
    /// have, with tries at its code, for the states that sample events and tests begin from.
    pub fn add_to(&self, session: &mut Item, tries: &[Stamp]) {
        session.insert("email".to_owned(), text(self.email.as_str()));
        session.extend(codes::attributes(&self.code, self.sent_at));
        add_counted(session, codes::TRIES, tries);
    }
}

/// An address that waits for its code.
#[derive(Clone)]
pub struct EmailChange {
    /// The address.
    pub email: EmailAddress,
    /// The code that went there, with the tries at it.
    pub code: IssuedCode,
    /// When it went there.
    pub sent_at: OffsetDateTime,
}

impl EmailChange {
    /// The mail that took the code there.
    #[must_use]
    pub fn mail(&self) -> MailId {
        MailId::of(&self.code.sealed, self.sent_at)
    }

    /// When another code may be asked for.
    #[must_use]
    pub fn resend_at(&self) -> OffsetDateTime {
        self.sent_at + CODE_INTERVAL
    }

    fn from_row(row: &Reader<'_>) -> Result<Option<Self>, Error> {
        let Some(code) = codes::read(row)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            email: row.parsed("email", EmailAddress::parse)?,
            sent_at: code.expires_at - CODE_VALID,
            code,
        }))
    }
}

/// The proof that a request comes from a signed-in member. Only [`Sessions`](super::Sessions) makes it.
#[derive(Clone)]
pub struct SignedIn {
    token: TokenHash,
    account: AccountKey,
    account_id: AccountId,
    member: MemberId,
    insurer: InsurerCode,
    expires_at: OffsetDateTime,
    idle_expires_at: OffsetDateTime,
    previous_login_at: Option<OffsetDateTime>,
    previous_login_place: Option<Place>,
    terms_version: TermsVersion,
    has_accepted_terms: bool,
    email_change: Option<EmailChange>,
    /// As it was read, to be renewed whole.
    item: Item,
}

impl SignedIn {
    /// Reads the session of an item that the table gave, be it only in refusing a write. The one place where
    /// it is decided whether a request belongs to it.
    pub(super) fn read(
        item: Option<&Item>,
        presented: &Presented,
        now: OffsetDateTime,
    ) -> Result<Result<Self, NoFlow>, Error> {
        let session = match item {
            Some(item) => Self::from_item(item)?,
            None => return Ok(Err(NoFlow::Ended)),
        };
        Ok(
            if session.expires_at <= now || session.idle_expires_at <= now {
                Err(NoFlow::Ended)
            } else if presented.is_of_other(session.account_id.as_str()) {
                Err(NoFlow::OtherMember)
            } else {
                Ok(session)
            },
        )
    }

    pub(super) fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            token: row.parsed(KEY, TokenHash::parse)?,
            account: AccountKey::from_stored(row.text("account")?),
            account_id: row.parsed("account_id", AccountId::parse)?,
            member: MemberId::from_stored(row.text("member")?.to_owned()),
            insurer: row.parsed("insurer", InsurerCode::parse)?,
            expires_at: row.instant("expires_at")?,
            idle_expires_at: row.instant("idle_expires_at")?,
            previous_login_at: row.maybe_instant("previous_login_at")?,
            previous_login_place: row.maybe_parsed("previous_login_place", Place::parse)?,
            terms_version: row.parsed("terms_version", TermsVersion::parse)?,
            has_accepted_terms: row.flag("terms_accepted")?,
            email_change: EmailChange::from_row(&row)?,
            item: item.clone(),
        })
    }

    /// The item of this session under another token.
    pub(super) fn renewed(&self, token: &TokenHash) -> Item {
        let mut item = self.item.clone();
        item.insert(KEY.to_owned(), text(token.as_str()));
        item.remove("email");
        codes::remove(&mut item);
        item
    }

    /// The hash of the browser's token.
    #[must_use]
    pub fn token(&self) -> &TokenHash {
        &self.token
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountKey {
        &self.account
    }

    /// The account's own name.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// The member.
    #[must_use]
    pub fn member(&self) -> &MemberId {
        &self.member
    }

    /// The member's insurer.
    #[must_use]
    pub fn insurer(&self) -> &InsurerCode {
        &self.insurer
    }

    /// When the session ends, however much it is used.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }

    /// When the session ends if it is not used again.
    #[must_use]
    pub fn idle_expires_at(&self) -> OffsetDateTime {
        self.idle_expires_at
    }

    /// The login before this session's.
    #[must_use]
    pub fn previous_login_at(&self) -> Option<OffsetDateTime> {
        self.previous_login_at
    }

    /// Where that was.
    #[must_use]
    pub fn previous_login_place(&self) -> Option<&Place> {
        self.previous_login_place.as_ref()
    }

    /// The terms that were in force at login.
    #[must_use]
    pub fn terms_version(&self) -> &TermsVersion {
        &self.terms_version
    }

    /// Whether the member has accepted them.
    #[must_use]
    pub fn has_accepted_terms(&self) -> bool {
        self.has_accepted_terms
    }

    /// The address that waits for its code.
    #[must_use]
    pub fn email_change(&self) -> Option<&EmailChange> {
        self.email_change.as_ref()
    }

    /// The proof that the member has accepted the terms, which everything behind the terms asks for.
    #[must_use]
    pub fn into_terms_accepted(self) -> Option<TermsAccepted> {
        self.has_accepted_terms.then_some(TermsAccepted(self))
    }
}

/// The proof that a signed-in member has accepted the terms in force.
#[derive(Clone)]
pub struct TermsAccepted(SignedIn);

impl TermsAccepted {
    /// The signed-in member.
    #[must_use]
    pub fn signed_in(&self) -> &SignedIn {
        &self.0
    }
}

/// A session that an account lists, as its member sees it. It may have ended.
pub struct ListedSession {
    /// The hash of its browser's token.
    pub token: TokenHash,
    /// What the member calls the browser.
    pub device: Option<DeviceName>,
    /// Where the member logged in.
    pub place: Option<Place>,
    /// When the member logged in.
    pub created_at: OffsetDateTime,
    /// When it was used last.
    pub used_at: OffsetDateTime,
    expires_at: OffsetDateTime,
}

impl ListedSession {
    /// Whether it goes on at `now`.
    #[must_use]
    pub fn is_alive(&self, now: OffsetDateTime) -> bool {
        now < self.expires_at && now < self.used_at + IDLE
    }

    pub(super) fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            token: row.parsed(KEY, TokenHash::parse)?,
            device: row.maybe_parsed("device", DeviceName::parse)?,
            place: row.maybe_parsed("place", Place::parse)?,
            created_at: row.instant("created_at")?,
            used_at: row.instant("idle_expires_at")? - IDLE,
            expires_at: row.instant("expires_at")?,
        })
    }
}
