//! `Resets`: forgotten passwords on the way to new ones.
//!
//! A reset belongs to the browser that asked for it. When user ID and address belong together it names
//! the account as it was then: a later reset, or another address, makes it worthless. When they do not,
//! it is a decoy: the same item, charged and compared in the same way, that no code opens.

pub(crate) mod check;

use std::sync::Arc;

use domain::{
    CODE_INTERVAL, EmailAddress, FlowSubject, InsurerCode, MemberId, RESET_VALID, SealedCode,
    Subject, TokenHash, fingerprint,
};
use time::OffsetDateTime;

use crate::{
    Account, AccountKey, Database, Error, Item, NoFlow, Pending, Presented, Stamp, Table,
    WaitingCode, Write, codes,
    database::key,
    item::{Reader, instant, item, present, text, ttl},
    transaction::{delete, put},
};

const TABLE: &str = "Resets";
const KEY: &str = "reset";
/// The attribute that says whose reset it is.
const OWNER: &str = "flow_subject";

/// The table of password resets.
#[derive(Clone, Debug)]
pub struct Resets {
    database: Database,
    table: Arc<str>,
}

impl Table for Resets {
    const VARIABLE: &'static str = "RESETS_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

impl Resets {
    /// The reset that a browser asks for.
    pub fn create(&self, reset: &Reset) -> Write {
        put()
            .table_name(&*self.table)
            .set_item(Some(reset.to_item()))
            .condition_expression("attribute_not_exists(#reset)")
            .expression_attribute_names("#reset", KEY)
            .into()
    }

    /// Finds the live reset that a request belongs to, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails or the item is corrupt.
    pub async fn lookup(
        &self,
        presented: &Presented,
        now: OffsetDateTime,
    ) -> Result<Result<Reset, NoFlow>, Error> {
        let key = key(KEY, presented.token.as_str());
        let item = self.database.get(&self.table, key).await?;
        Reset::read(item.as_ref(), presented, now)
    }

    /// A wrong try at its code, to be counted.
    #[must_use]
    pub fn wrong_code(&self, reset: &Reset, stamp: Stamp) -> Pending {
        let key = key(KEY, reset.token.as_str());
        reset.code.tried(&self.table, key, stamp)
    }

    /// The one use of a reset, if it is alive, and its code is still the one that was compared and has not been tried
    /// too often meanwhile.
    pub fn consume(&self, reset: &Reset, now: OffsetDateTime) -> Write {
        let mut values = reset.code.compared();
        values.insert(":now".to_owned(), instant(now));
        delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, reset.token.as_str())))
            .condition_expression(format!("{} AND expires_at > :now", codes::COMPARED))
            .set_expression_attribute_values(Some(values))
            .into()
    }
}

/// What a reset starts with.
pub struct NewReset {
    /// The hash of the browser's token.
    pub token: TokenHash,
    /// Whose it is, as the pages know them; another one for each reset, decoys too.
    pub flow_subject: FlowSubject,
    /// The code, sealed with the token.
    pub code: SealedCode,
    /// Whom it is about: the account of the user ID that was typed, be there one or not.
    pub subject: Subject,
    /// When it was asked for.
    pub requested_at: OffsetDateTime,
    /// The account, if user ID and address belong together.
    pub account: Option<ResetAccount>,
}

impl From<NewReset> for Reset {
    fn from(new: NewReset) -> Self {
        Self {
            token: new.token,
            flow_subject: new.flow_subject,
            code: WaitingCode::sent(new.code, new.requested_at),
            subject: new.subject,
            requested_at: new.requested_at,
            expires_at: new.requested_at + RESET_VALID,
            account: new.account,
        }
    }
}

/// The account of a reset, as it was when the reset was asked for.
#[derive(Clone)]
pub struct ResetAccount {
    /// Where it is.
    pub key: AccountKey,
    /// The member.
    pub member: MemberId,
    /// The member's insurer.
    pub insurer: InsurerCode,
    /// The address that the code went to.
    pub email: EmailAddress,
    /// The fingerprint of the password's hash.
    password: String,
}

impl ResetAccount {
    /// The account as it is now, with the address that the code goes to.
    #[must_use]
    pub fn of(account: &Account, email: &EmailAddress) -> Self {
        Self {
            key: account.key.clone(),
            member: account.member.clone(),
            insurer: account.insurer.clone(),
            email: email.clone(),
            password: fingerprint(account.password_hash.as_str()),
        }
    }

    /// Whether nothing that the reset relies on has changed at `now`: the code was mailed to an address
    /// that it would be mailed to still, and nobody has changed the password since.
    #[must_use]
    pub fn is_still(&self, account: &Account, now: OffsetDateTime) -> bool {
        self.key == account.key
            && account.reset_address(&self.email, now) == Some(&self.email)
            && self.password == fingerprint(account.password_hash.as_str())
    }
}

/// A reset.
pub struct Reset {
    /// The hash of the browser's token.
    pub token: TokenHash,
    /// Whose it is, as the pages know them.
    pub flow_subject: FlowSubject,
    /// The code.
    pub code: WaitingCode,
    /// Whom it is about, a decoy too: what is noted of its tries is nothing to tell it by.
    pub subject: Subject,
    /// When it was asked for.
    pub requested_at: OffsetDateTime,
    /// When it ends.
    pub expires_at: OffsetDateTime,
    /// The account; none is that of a decoy.
    pub account: Option<ResetAccount>,
}

impl Reset {
    /// Reads the reset of an item that the table gave, be it only in refusing a write. The one place where it
    /// is decided whether a request belongs to it.
    fn read(
        item: Option<&Item>,
        presented: &Presented,
        now: OffsetDateTime,
    ) -> Result<Result<Self, NoFlow>, Error> {
        let Some(item) = item else {
            return Ok(Err(NoFlow::Ended));
        };
        let reset = Self::from_item(item)?;
        Ok(if reset.expires_at <= now {
            Err(NoFlow::Ended)
        } else if presented.is_of_other(reset.flow_subject.as_str()) {
            Err(NoFlow::OtherMember)
        } else {
            Ok(reset)
        })
    }

    pub(crate) fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            token: row.parsed(KEY, TokenHash::parse)?,
            flow_subject: row.parsed(OWNER, FlowSubject::parse)?,
            code: WaitingCode::read(&row)?.ok_or_else(|| row.corrupt("code"))?,
            subject: row.parsed("subject", Subject::parse)?,
            requested_at: row.instant("requested_at")?,
            expires_at: row.instant("expires_at")?,
            account: reset_account(&row)?,
        })
    }

    /// The item of this reset.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let account = self.account.as_ref();
        let mut reset = item([
            (KEY, text(self.token.as_str())),
            (OWNER, text(self.flow_subject.as_str())),
            ("subject", text(self.subject.as_str())),
            ("requested_at", instant(self.requested_at)),
            ("expires_at", instant(self.expires_at)),
            ("ttl", ttl(self.expires_at)),
        ]);
        reset.extend(self.code.attributes());
        reset.extend(present([
            ("account", account.map(|of| text(of.key.as_str()))),
            ("member", account.map(|of| text(of.member.as_str()))),
            ("insurer", account.map(|of| text(of.insurer.folded()))),
            ("email", account.map(|of| text(of.email.as_str()))),
            ("password", account.map(|of| text(&of.password))),
        ]));
        reset
    }

    /// When another code may be asked for.
    #[must_use]
    pub fn resend_at(&self) -> OffsetDateTime {
        self.requested_at + CODE_INTERVAL
    }
}

fn reset_account(row: &Reader<'_>) -> Result<Option<ResetAccount>, Error> {
    let Some(account) = row.maybe_text("account")? else {
        return Ok(None);
    };
    Ok(Some(ResetAccount {
        key: AccountKey::from_stored(account),
        member: MemberId::from_stored(row.text("member")?.to_owned()),
        insurer: row.parsed("insurer", InsurerCode::parse)?,
        email: row.parsed("email", EmailAddress::parse)?,
        password: row.text("password")?.to_owned(),
    }))
}
