//! What a registration holds, and how far it has come.

use std::time::Duration;

use domain::{
    Admission, BirthDate, CREATES_PER_REGISTRATION, EmailAddress, FlowSubject, InsurerCode, MailId,
    MemberId, PageSubject, PasswordHash, REGISTRATION_GOES_ON, REGISTRATION_VALID, SurveyDeadline,
    TokenHash, UserId, resend_at, send_admission,
};
use time::OffsetDateTime;

use super::{CREATES, KEY, NUMBER, OWNER, PERSONAL, TABLE, registration_key};
use crate::{
    Error, Insurer, Item, Member, NoFlow, Presented, Stamp, WaitingCode,
    item::{Reader, instant, item, number, present, stamps, text, ttl},
};

/// What a registration starts with.
pub struct NewRegistration<'a> {
    /// The hash of the browser's token.
    pub token: TokenHash,
    /// Whose it is, as the pages know them.
    pub subject: FlowSubject,
    /// The member that was verified.
    pub member: &'a Member,
    /// The member's insurer.
    pub insurer: &'a Insurer,
    /// When.
    pub verified_at: OffsetDateTime,
}

impl From<NewRegistration<'_>> for Registration {
    fn from(new: NewRegistration<'_>) -> Self {
        Self {
            token: new.token,
            subject: new.subject,
            member: new.member.id.clone(),
            insurer: new.insurer.code.clone(),
            mail_sender: new.insurer.mail_sender.clone(),
            shown: Shown {
                name: new.member.name.clone(),
                symbol: new.member.symbol.clone(),
                number: new.member.number.clone(),
            },
            birth_date: new.member.birth_date,
            survey_deadline: new.insurer.survey_deadline.clone(),
            verified_at: new.verified_at,
            expires_at: new.verified_at + REGISTRATION_VALID,
            chosen: None,
            creates: Vec::new(),
            code: None,
            sends: Vec::new(),
            last_send: None,
        }
    }
}

/// Whose a registration is, be it alive or not, and whether there is a way on in it.
pub struct Owner {
    subject: FlowSubject,
    member: MemberId,
    expires_at: OffsetDateTime,
    is_completed: bool,
    has_chosen: bool,
    may_create: bool,
}

impl Owner {
    pub(super) fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            subject: row.parsed(OWNER, FlowSubject::parse)?,
            member: MemberId::from_stored(row.text("member")?.to_owned()),
            expires_at: row.instant("expires_at")?,
            is_completed: item.contains_key("completed_at"),
            has_chosen: item.contains_key("user_id"),
            may_create: is_creatable(&row.stamps(CREATES)?),
        })
    }

    /// Whose it is, if it is alive and of this member.
    #[must_use]
    pub fn subject_of(&self, member: &MemberId, now: OffsetDateTime) -> Option<&FlowSubject> {
        let is_alive = self.expires_at > now && !self.is_completed;
        (is_alive && self.member == *member).then_some(&self.subject)
    }

    /// Whether this member goes on in it, so that the code in the mailbox stays good: it lives for a while
    /// yet, and its tries at a user ID are not used up, which only a new one helps against.
    #[must_use]
    pub fn goes_on_for(&self, member: &MemberId, now: OffsetDateTime) -> bool {
        let then = now + REGISTRATION_GOES_ON;
        self.subject_of(member, then).is_some() && self.may_create
    }

    /// Whether the member has chosen a user ID in it: what comes next is the code.
    #[must_use]
    pub fn has_chosen(&self) -> bool {
        self.has_chosen
    }
}

/// A live registration, as it was read.
#[derive(Clone)]
pub struct Registration {
    /// The hash of the browser's token.
    pub token: TokenHash,
    /// Whose it is, as the pages know them.
    pub subject: FlowSubject,
    /// The member.
    pub member: MemberId,
    /// The member's insurer.
    pub insurer: InsurerCode,
    /// The address that the insurer's mails come from.
    pub mail_sender: EmailAddress,
    /// How the roster writes the member.
    pub shown: Shown,
    /// The date of birth.
    pub birth_date: BirthDate,
    /// Until when the insurer's survey is to be answered.
    pub survey_deadline: Option<SurveyDeadline>,
    /// When the member was verified.
    pub verified_at: OffsetDateTime,
    /// When the registration ends.
    pub expires_at: OffsetDateTime,
    /// What the member chose.
    pub chosen: Option<Chosen>,
    /// The tries at creating a user that came to an answer about a user ID.
    pub creates: Vec<Stamp>,
    /// The code that was sent last.
    pub code: Option<WaitingCode>,
    /// The mails that were sent.
    pub sends: Vec<Stamp>,
    /// The last of them, unless it could not be handed over.
    pub last_send: Option<Stamp>,
}

/// The member as the roster writes them, to be shown.
#[derive(Clone)]
pub struct Shown {
    /// The name in kanji.
    pub name: String,
    /// 記号; empty at insurers without one.
    pub symbol: String,
    /// 番号.
    pub number: String,
}

/// A code whose mail was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCode {
    /// When it stops being valid, which may be over.
    pub expires_at: OffsetDateTime,
    /// When another one may be asked for.
    pub resend_at: OffsetDateTime,
    /// Its mail.
    pub mail: MailId,
}

/// What a member chooses for the account.
#[derive(Clone)]
pub struct Chosen {
    /// The user ID, as typed.
    pub user_id: UserId,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// The address to be confirmed.
    pub email: EmailAddress,
}

/// A registration as it was read, be it the request's or not: [`VerifiedMember::prove`] says.
pub struct Unproven(Item);

impl Unproven {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "reading an item may fail, and what is unproven is not read yet"
    )]
    pub(super) fn from_item(item: &Item) -> Result<Self, Error> {
        Ok(Self(item.clone()))
    }
}

/// The proof that a request comes from a browser whose member was verified and has no account from it
/// yet. Only [`Registrations`](super::Registrations) makes it.
#[derive(Clone)]
pub struct VerifiedMember {
    pub(super) registration: Registration,
    page: Option<PageSubject>,
}

impl VerifiedMember {
    /// The live registration.
    #[must_use]
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Whether what was read is the live registration that a request belongs to.
    ///
    /// # Errors
    /// When the item is corrupt.
    pub fn prove(
        found: Option<&Unproven>,
        presented: &Presented,
        now: OffsetDateTime,
    ) -> Result<Result<Self, NoFlow>, Error> {
        Self::read(found.map(|found| &found.0), presented, now)
    }

    /// What the request presented that belongs to it.
    pub(super) fn presented(&self) -> Presented {
        Presented {
            token: self.registration.token.clone(),
            page: self.page.clone(),
        }
    }

    /// Reads the registration of an item that the table gave, be it only in refusing a write. The one place
    /// where it is decided whether a request belongs to it.
    pub(super) fn read(
        item: Option<&Item>,
        presented: &Presented,
        now: OffsetDateTime,
    ) -> Result<Result<Self, NoFlow>, Error> {
        let Some(item) = item else {
            return Ok(Err(NoFlow::Ended));
        };
        let row = Reader { table: TABLE, item };
        if row.instant("expires_at")? <= now {
            return Ok(Err(NoFlow::Ended));
        }
        if presented.is_of_other(row.text(OWNER)?) {
            return Ok(Err(NoFlow::OtherMember));
        }
        if item.contains_key("completed_at") {
            return Ok(Err(NoFlow::Completed));
        }
        Ok(Ok(Self {
            page: presented.page.clone(),
            registration: Registration::from_item(item)?,
        }))
    }
}

impl Registration {
    /// Reads a registration that is not completed.
    pub(crate) fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            token: row.parsed("token", TokenHash::parse)?,
            subject: row.parsed(OWNER, FlowSubject::parse)?,
            member: MemberId::from_stored(row.text("member")?.to_owned()),
            insurer: row.parsed("insurer", InsurerCode::parse)?,
            mail_sender: row.parsed("mail_sender", EmailAddress::parse)?,
            shown: Shown {
                name: row.text("member_name")?.to_owned(),
                symbol: row.text("symbol")?.to_owned(),
                number: row.text(NUMBER)?.to_owned(),
            },
            birth_date: row.parsed("birth_date", BirthDate::from_iso)?,
            survey_deadline: row.maybe_parsed("survey_deadline", SurveyDeadline::parse)?,
            verified_at: row.instant("verified_at")?,
            expires_at: row.instant("expires_at")?,
            chosen: Chosen::from_row(&row)?,
            creates: row.stamps(CREATES)?,
            code: WaitingCode::read(&row)?,
            sends: row.stamps("sends")?,
            last_send: row.maybe_stamp("last_send_at")?,
        })
    }

    /// The item of this registration.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let chosen = self.chosen.as_ref();
        let deadline = self.survey_deadline.as_ref();
        let mut registration = item([
            (KEY, text(registration_key(&self.token))),
            ("token", text(self.token.as_str())),
            (OWNER, text(self.subject.as_str())),
            ("member", text(self.member.as_str())),
            ("insurer", text(self.insurer.folded())),
            ("mail_sender", text(self.mail_sender.as_str())),
            ("member_name", text(&self.shown.name)),
            ("symbol", text(&self.shown.symbol)),
            (NUMBER, text(&self.shown.number)),
            ("birth_date", text(self.birth_date.iso())),
            ("verified_at", instant(self.verified_at)),
            ("expires_at", instant(self.expires_at)),
            ("ttl", ttl(self.expires_at)),
        ]);
        registration.extend(present([
            ("survey_deadline", deadline.map(|day| text(day.iso()))),
            ("user_id", chosen.map(|of| text(of.user_id.as_typed()))),
            (
                "password_hash",
                chosen.map(|of| text(of.password_hash.as_str())),
            ),
            ("email", chosen.map(|of| text(of.email.as_str()))),
            (
                CREATES,
                (!self.creates.is_empty()).then(|| stamps(&self.creates)),
            ),
            (
                "sends",
                (!self.sends.is_empty()).then(|| stamps(&self.sends)),
            ),
            (
                "last_send_at",
                self.last_send.map(|sent| number(sent.number())),
            ),
        ]));
        registration.extend(self.code.iter().flat_map(WaitingCode::attributes));
        registration
    }

    /// The item of the stub that it leaves when its account is made.
    #[must_use]
    pub fn to_stub(&self, completed_at: OffsetDateTime) -> Item {
        let mut stub = self.to_item();
        stub.retain(|name, _| !PERSONAL.contains(&name.as_str()));
        stub.insert("completed_at".to_owned(), instant(completed_at));
        stub
    }

    /// Whether this user ID waits in it for its code.
    #[must_use]
    pub fn is_of(&self, user_id: &UserId) -> bool {
        let chosen = self.chosen.as_ref();
        chosen.is_some_and(|chosen| chosen.user_id.folded() == user_id.folded())
    }

    /// Whether another user may be created in it.
    #[must_use]
    pub fn may_create(&self) -> bool {
        is_creatable(&self.creates)
    }

    /// How long the registration still lives at `now`.
    #[must_use]
    pub fn remaining(&self, now: OffsetDateTime) -> Duration {
        Duration::try_from(self.expires_at - now).unwrap_or_default()
    }

    /// Whether another code may be mailed at `now`: one a minute, five an hour.
    #[must_use]
    pub fn send_admission(&self, now: OffsetDateTime) -> Admission {
        send_admission(&self.sent_at(), now)
    }

    /// When another code may be mailed after one that is sent now, under `stamp`.
    #[must_use]
    pub fn resend_at(&self, stamp: Stamp) -> OffsetDateTime {
        let mut sent = self.sent_at();
        sent.push(stamp.at());
        resend_at(&sent, stamp.at())
    }

    /// The code that the member may have in the mail. There is none before the first one and after
    /// another choice, and none while the mail of the last one could not be handed over: its charge is
    /// taken back then, but the code stays where it was written.
    #[must_use]
    pub fn sent_code(&self) -> Option<SentCode> {
        let (code, sent) = (self.code.as_ref()?, self.last_send?);
        Some(SentCode {
            expires_at: code.expires_at,
            // As of the mail, so that it is what the member was told then.
            resend_at: resend_at(&self.sent_at(), sent.at()),
            mail: MailId::of(&code.sealed, sent.at()),
        })
    }

    fn sent_at(&self) -> Vec<OffsetDateTime> {
        self.sends.iter().map(|stamp| stamp.at()).collect()
    }
}

fn is_creatable(creates: &[Stamp]) -> bool {
    creates.len() < CREATES_PER_REGISTRATION as usize
}

impl Chosen {
    fn from_row(row: &Reader<'_>) -> Result<Option<Self>, Error> {
        if row.maybe_text("user_id")?.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            user_id: row.parsed("user_id", UserId::parse)?,
            password_hash: row.parsed("password_hash", PasswordHash::parse)?,
            email: row.parsed("email", EmailAddress::parse)?,
        }))
    }
}
