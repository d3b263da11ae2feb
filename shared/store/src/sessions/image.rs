//! What a session holds.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    AccountId, CODE_INTERVAL, DeviceName, EmailAddress, InsurerCode, MailId, MemberId, Place,
    SESSION_VALID, TermsVersion, TokenHash,
};
use time::OffsetDateTime;

use super::{IDLE, KEY, TABLE};
use crate::{
    AccountKey, Error, Item, NoFlow, Presented, WaitingCode, codes,
    item::{Reader, instant, item, present, text, ttl},
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

impl From<NewSession> for Session {
    fn from(new: NewSession) -> Self {
        Self {
            token: new.token,
            account: new.account,
            account_id: new.account_id,
            member: new.member,
            insurer: new.insurer,
            created_at: new.created_at,
            expires_at: new.created_at + SESSION_VALID,
            idle_expires_at: new.created_at + IDLE,
            device: new.device,
            place: new.place,
            previous_login_at: new.previous_login_at,
            previous_login_place: new.previous_login_place,
            terms_version: new.terms_version,
            has_accepted_terms: new.has_accepted_terms,
            email_change: None,
        }
    }
}

/// A session. It may have ended.
#[derive(Clone)]
pub struct Session {
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
    /// When it ends, however much it is used.
    pub expires_at: OffsetDateTime,
    /// When it ends if it is not used again.
    pub idle_expires_at: OffsetDateTime,
    /// What the member calls the browser.
    pub device: Option<DeviceName>,
    /// Where the member logged in.
    pub place: Option<Place>,
    /// The login before this one.
    pub previous_login_at: Option<OffsetDateTime>,
    /// Where that was.
    pub previous_login_place: Option<Place>,
    /// The terms that were in force at login.
    pub terms_version: TermsVersion,
    /// Whether the member has accepted them.
    pub has_accepted_terms: bool,
    /// The address that waits for its code.
    pub email_change: Option<EmailChange>,
}

impl Session {
    /// Whether it goes on at `now`.
    #[must_use]
    pub fn is_alive(&self, now: OffsetDateTime) -> bool {
        now < self.expires_at && now < self.idle_expires_at
    }

    /// When it was used last.
    #[must_use]
    pub fn used_at(&self) -> OffsetDateTime {
        self.idle_expires_at - IDLE
    }

    pub(crate) fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            token: row.parsed(KEY, TokenHash::parse)?,
            account: AccountKey::from_stored(row.text("account")?),
            account_id: row.parsed("account_id", AccountId::parse)?,
            member: MemberId::from_stored(row.text("member")?.to_owned()),
            insurer: row.parsed("insurer", InsurerCode::parse)?,
            created_at: row.instant("created_at")?,
            expires_at: row.instant("expires_at")?,
            idle_expires_at: row.instant("idle_expires_at")?,
            device: row.maybe_parsed("device", DeviceName::parse)?,
            place: row.maybe_parsed("place", Place::parse)?,
            previous_login_at: row.maybe_instant("previous_login_at")?,
            previous_login_place: row.maybe_parsed("previous_login_place", Place::parse)?,
            terms_version: row.parsed("terms_version", TermsVersion::parse)?,
            has_accepted_terms: row.flag("terms_accepted")?,
            email_change: EmailChange::from_row(&row)?,
        })
    }

    /// The item of this session.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let place = |place: &Option<Place>| place.as_ref().map(|place| text(place.code()));
        let change = self.email_change.as_ref();
        let mut session = item([
            (KEY, text(self.token.as_str())),
            ("account", text(self.account.as_str())),
            ("account_id", text(self.account_id.as_str())),
            ("member", text(self.member.as_str())),
            ("insurer", text(self.insurer.folded())),
            ("created_at", instant(self.created_at)),
            ("expires_at", instant(self.expires_at)),
            ("idle_expires_at", instant(self.idle_expires_at)),
            ("ttl", ttl(self.expires_at)),
            ("terms_version", text(self.terms_version.as_str())),
            (
                "terms_accepted",
                AttributeValue::Bool(self.has_accepted_terms),
            ),
        ]);
        session.extend(present([
            (
                "device",
                self.device.as_ref().map(|device| text(device.as_str())),
            ),
            ("place", place(&self.place)),
            ("previous_login_at", self.previous_login_at.map(instant)),
            ("previous_login_place", place(&self.previous_login_place)),
            ("email", change.map(|change| text(change.email.as_str()))),
        ]));
        session.extend(
            change
                .into_iter()
                .flat_map(|change| change.code.attributes()),
        );
        session
    }
}

/// An address that waits for its code.
#[derive(Clone)]
pub struct EmailChange {
    /// The address.
    pub email: EmailAddress,
    /// The code that goes there, sealed with the session's token.
    pub code: WaitingCode,
}

impl EmailChange {
    /// The mail that takes the code there.
    #[must_use]
    pub fn mail(&self) -> MailId {
        MailId::of(&self.code.sealed, self.code.sent_at())
    }

    /// When another code may be asked for.
    #[must_use]
    pub fn resend_at(&self) -> OffsetDateTime {
        self.code.sent_at() + CODE_INTERVAL
    }

    fn from_row(row: &Reader<'_>) -> Result<Option<Self>, Error> {
        let Some(code) = WaitingCode::read(row)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            email: row.parsed("email", EmailAddress::parse)?,
            code,
        }))
    }
}

/// The proof that a request comes from a signed-in member. Only [`Sessions`](super::Sessions) makes it.
#[derive(Clone)]
pub struct SignedIn {
    session: Session,
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
        let Some(item) = item else {
            return Ok(Err(NoFlow::Ended));
        };
        let session = Session::from_item(item)?;
        Ok(if !session.is_alive(now) {
            Err(NoFlow::Ended)
        } else if presented.is_of_other(session.account_id.as_str()) {
            Err(NoFlow::OtherMember)
        } else {
            Ok(Self {
                session,
                item: item.clone(),
            })
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
        &self.session.token
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountKey {
        &self.session.account
    }

    /// The account's own name.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.session.account_id
    }

    /// The member.
    #[must_use]
    pub fn member(&self) -> &MemberId {
        &self.session.member
    }

    /// The member's insurer.
    #[must_use]
    pub fn insurer(&self) -> &InsurerCode {
        &self.session.insurer
    }

    /// When the session ends, however much it is used.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        self.session.expires_at
    }

    /// When the session ends if it is not used again.
    #[must_use]
    pub fn idle_expires_at(&self) -> OffsetDateTime {
        self.session.idle_expires_at
    }

    /// The login before this session's.
    #[must_use]
    pub fn previous_login_at(&self) -> Option<OffsetDateTime> {
        self.session.previous_login_at
    }

    /// Where that was.
    #[must_use]
    pub fn previous_login_place(&self) -> Option<&Place> {
        self.session.previous_login_place.as_ref()
    }

    /// The terms that were in force at login.
    #[must_use]
    pub fn terms_version(&self) -> &TermsVersion {
        &self.session.terms_version
    }

    /// Whether the member has accepted them.
    #[must_use]
    pub fn has_accepted_terms(&self) -> bool {
        self.session.has_accepted_terms
    }

    /// The address that waits for its code.
    #[must_use]
    pub fn email_change(&self) -> Option<&EmailChange> {
        self.session.email_change.as_ref()
    }

    /// The proof that the member has accepted the terms, which everything behind the terms asks for.
    #[must_use]
    pub fn into_terms_accepted(self) -> Option<TermsAccepted> {
        self.session
            .has_accepted_terms
            .then_some(TermsAccepted(self))
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
