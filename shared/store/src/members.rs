//! `Members`: the roster. Operators write it, functions read it.

use std::sync::Arc;

use domain::{BirthDate, InsurerCode, KanaName, MemberId};

use crate::{
    Account, Database, Error, Item, Pages, Read, Table, Write,
    database::key,
    item::{Reader, item, text},
    transaction::condition_check,
};

const TABLE: &str = "Members";
const KEY: &str = "member";

/// The table of members.
#[derive(Clone, Debug)]
pub struct Members {
    database: Database,
    table: Arc<str>,
}

impl Table for Members {
    const VARIABLE: &'static str = "MEMBERS_TABLE";

    fn open(database: &Database, name: &str) -> Self {
        Self {
            database: database.clone(),
            table: name.into(),
        }
    }
}

impl Members {
    /// The read of one member, for [`Database::read_batch`](crate::Database::read_batch).
    #[must_use]
    pub fn read(&self, id: &MemberId) -> Read {
        Read {
            table: Arc::clone(&self.table),
            key_name: KEY,
            key_value: id.as_str().to_owned(),
        }
    }

    /// The read of an account's member; of no account, a read that finds nothing, so that it takes the
    /// same call.
    #[must_use]
    pub fn read_of(&self, account: Option<&Account>) -> Read {
        Read {
            table: Arc::clone(&self.table),
            key_name: KEY,
            // No member's key, for a member has an insurer.
            key_value: account
                .map_or("nobody", |account| account.member.as_str())
                .to_owned(),
        }
    }

    /// The check that a member is in the roster still, beside what only a member may do.
    pub fn still_there(&self, id: &MemberId) -> Write {
        condition_check()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, id.as_str())))
            .condition_expression("attribute_exists(#member)")
            .expression_attribute_names("#member", KEY)
            .into()
    }

    /// Who is in the roster, of one insurer or of all, eventually consistent, and nothing else of them.
    /// Reads the whole table.
    pub async fn ids(&self, insurer: Option<&InsurerCode>) -> Pages<MemberId> {
        let mut scan = self.database.client.scan();
        scan = scan
            .projection_expression("#member")
            .expression_attribute_names("#member", KEY);
        if let Some(insurer) = insurer {
            scan = scan
                .filter_expression("begins_with(#member, :insurer)")
                .expression_attribute_values(":insurer", text(MemberId::prefix_of(insurer)));
        }
        Pages::of(&self.database, &self.table, scan, Member::id_from_item).await
    }
}

/// An insured person, as the insurer's roster has them.
#[derive(Clone)]
pub struct Member {
    /// Insurer, 記号 and 番号, in the form that is compared.
    pub id: MemberId,
    /// 記号 as the roster writes it; empty at insurers without one.
    pub symbol: String,
    /// 番号 as the roster writes it.
    pub number: String,
    /// The name in kanji, to be shown.
    pub name: String,
    /// The kana name, to be compared.
    pub name_kana: KanaName,
    /// The date of birth.
    pub birth_date: BirthDate,
}

impl Member {
    /// Reads a member.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the item is not as [`to_item`](Self::to_item) writes it.
    pub fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            id: MemberId::from_stored(row.text(KEY)?.to_owned()),
            symbol: row.text("symbol")?.to_owned(),
            number: row.text("number")?.to_owned(),
            name: row.text("name")?.to_owned(),
            name_kana: row.parsed("name_kana", KanaName::parse)?,
            birth_date: row.parsed("birth_date", BirthDate::from_iso)?,
        })
    }

    fn id_from_item(item: &Item) -> Result<MemberId, Error> {
        let row = Reader { table: TABLE, item };
        Ok(MemberId::from_stored(row.text(KEY)?.to_owned()))
    }

    /// The member's name alone, as it is shown.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when there is none.
    pub fn name_from_item(item: &Item) -> Result<String, Error> {
        Ok(Reader { table: TABLE, item }.text("name")?.to_owned())
    }

    /// The item of this member.
    #[must_use]
    pub fn to_item(&self) -> Item {
        item([
            (KEY, text(self.id.as_str())),
            ("symbol", text(&self.symbol)),
            ("number", text(&self.number)),
            ("name", text(&self.name)),
            ("name_kana", text(self.name_kana.folded())),
            ("birth_date", text(self.birth_date.iso())),
        ])
    }
}
