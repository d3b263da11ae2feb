//! `Members`: the roster. Operators write it, functions read it.

pub(crate) mod check;
mod letter;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use aws_sdk_dynamodb::{
    operation::scan::builders::ScanFluentBuilder,
    types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest},
};
use domain::{
    BirthDate, InsurerCode, KanaName, KeyRule, LongMark, MemberId, MemberKey, Number, Symbol,
};

pub use self::letter::{Addressee, DrawnKey, Letter};
use crate::{
    Account, Database, Error, Item, Pages, Read, Restored, Table, Write,
    database::key,
    item::{Reader, item, text},
    restored::{Only, Standing},
    rights::{Kind, trial},
    transaction::{condition_check, delete, put, update},
};

const TABLE: &str = "Members";
const KEY: &str = "member";
const BATCH_WRITE: &str = "BatchWriteItem";
/// The one attribute that a member may not have.
const ALTERNATE_KANA: &str = "alternate_kana";

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
    /// The read of one member, for [`Database::read`](crate::Database::read).
    #[must_use]
    pub fn read(&self, id: &MemberId) -> Read<Member> {
        Read::of(&self.table, KEY, id.as_str(), Member::from_item)
    }

    /// The read of an account's member; of no account, a read that finds nothing, so that it takes the
    /// same call.
    #[must_use]
    pub fn read_of(&self, account: Option<&Account>) -> Read<Member> {
        // No member's key, for a member has an insurer.
        let id = account.map_or("nobody", |account| account.member.as_str());
        Read::of(&self.table, KEY, id, Member::from_item)
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
        let scan = self
            .scan(insurer)
            .projection_expression("#member")
            .expression_attribute_names("#member", KEY);
        Pages::of(&self.database, &self.table, scan, Member::id_from_item).await
    }

    /// The roster as a restore made it, of one insurer or of all.
    #[must_use]
    pub fn restored(&self, from: &str, insurer: Option<&InsurerCode>) -> Restored {
        let only = insurer.map(|code| Only::Begins(KEY, text(MemberId::prefix_of(code))));
        Restored::new(&self.database, TABLE, [&self.table, from], &[KEY], only)
    }

    /// How rows of a restored table stand to those here, in their order. What counts of 記号 and 番号 may have changed since;
    /// `rules` has it by the insurer.
    ///
    /// # Errors
    /// When DynamoDB fails for longer than it is waited for, or an item has no key.
    pub async fn standings(
        &self,
        restored: &Restored,
        items: &[Item],
        rules: &HashMap<InsurerCode, KeyRule>,
    ) -> Result<Vec<Standing>, Error> {
        let mut standings = restored.standings(items).await?;
        let rekeyed = |(at, item): (usize, &Item)| {
            let member = Member::from_item(item).ok()?;
            let rule = *rules.get(&member.insurer()?)?;
            Some((at, member.id_by(rule)?))
        };
        let missing = standings.iter().zip(items).enumerate();
        let missing = missing.filter(|(_, (standing, _))| **standing == Standing::Missing);
        let missing = missing.map(|(at, (_, item))| (at, item));
        let rekeyed: Vec<(usize, MemberId)> = missing.filter_map(rekeyed).collect();
        let keys = rekeyed.iter().map(|(_, id)| key(KEY, id.as_str()));
        let here = restored.here(keys.collect()).await?;
        for ((at, _), here) in rekeyed.iter().zip(here) {
            if let (Some(standing), Some(_)) = (standings.get_mut(*at), here) {
                *standing = Standing::Rekeyed;
            }
        }
        Ok(standings)
    }

    /// The roster of one insurer or of all, strongly consistent. Reads the whole table.
    pub async fn roster(&self, insurer: Option<&InsurerCode>) -> Pages<Found> {
        let scan = self.scan(insurer).consistent_read(true);
        Pages::of(&self.database, &self.table, scan, Found::from_item).await
    }

    /// A scan of the whole table, for the insurer is only the beginning of the key: what is another
    /// insurer's is left out by DynamoDB.
    fn scan(&self, insurer: Option<&InsurerCode>) -> ScanFluentBuilder {
        let scan = self.database.client.scan();
        match insurer {
            Some(insurer) => scan
                .filter_expression("begins_with(#member, :insurer)")
                .expression_attribute_names("#member", KEY)
                .expression_attribute_values(":insurer", text(MemberId::prefix_of(insurer))),
            None => scan,
        }
    }

    /// Puts members, whether or not they are there, in one batch of at most [`BATCH`](Self::BATCH). Gives
    /// back those that DynamoDB left unprocessed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when DynamoDB fails: then any of them may have been put.
    pub async fn put_batch(&self, mut members: Vec<Member>) -> Result<Vec<Member>, Error> {
        let mut requests = Vec::with_capacity(members.len());
        for member in &members {
            let put = PutRequest::builder()
                .set_item(Some(member.to_item()))
                .build()
                .map_err(|_| built_wrong())?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        let left = self.write_batch(requests).await?;
        members.retain(|member| left.contains(member.id.as_str()));
        Ok(members)
    }

    /// The row of a member as it is, attributes of versions to come included, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn row(&self, id: &MemberId) -> Result<Option<Row>, Error> {
        let found = self
            .database
            .get(&self.table, key(KEY, id.as_str()))
            .await?;
        Ok(found.map(Row))
    }

    /// A row under another 記号 and 番号. Refused when somebody has them.
    pub fn arrive(&self, row: &Row, id: &MemberId, symbol: &str, number: &str) -> Write {
        let mut item = row.0.clone();
        item.insert(KEY.to_owned(), text(id.as_str()));
        item.insert("symbol".to_owned(), text(symbol));
        item.insert("number".to_owned(), text(number));
        put()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#member)")
            .expression_attribute_names("#member", KEY)
            .into()
    }

    /// Writes like those of a move, which change nothing: refused by who may not move members.
    pub fn trial_of_move(&self) -> [Write; 2] {
        [Kind::Put, Kind::Delete].map(|kind| trial(&self.table, KEY, kind))
    }

    /// The most members of one [`put_batch`](Self::put_batch): DynamoDB's limit.
    pub const BATCH: usize = 25;

    /// Makes a member's row what a file says. The key of the letter stays, unless the number is another person's now.
    /// Refused when nothing is there, or just this.
    pub fn change(&self, member: &Member, person: Person) -> Write {
        let mut wanted = member.to_item();
        wanted.remove(KEY);
        let mut change = update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, member.id.as_str())))
            .expression_attribute_names("#member", KEY);
        let mut removed = match person {
            Person::Same => Vec::new(),
            Person::Other => letter::ATTRIBUTES.to_vec(),
        };
        let mut same = Vec::with_capacity(wanted.len() + 1);
        if !wanted.contains_key(ALTERNATE_KANA) {
            removed.push(ALTERNATE_KANA);
            same.push(format!("attribute_not_exists({ALTERNATE_KANA})"));
        }
        let mut set = Vec::with_capacity(wanted.len());
        for (attribute, value) in wanted {
            let equation = format!("#{attribute} = :{attribute}");
            set.push(equation.clone());
            same.push(equation);
            change = change
                .expression_attribute_values(format!(":{attribute}"), value)
                .expression_attribute_names(format!("#{attribute}"), attribute);
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !removed.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&removed.join(", "));
        }
        change
            .update_expression(expression)
            .condition_expression(format!(
                "attribute_exists(#member) AND NOT ({})",
                same.join(" AND ")
            ))
            .into()
    }

    /// Takes members out of the roster, whether or not they are there, at most [`BATCH`](Self::BATCH). Gives back
    /// those that DynamoDB left unprocessed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when DynamoDB fails: then any of them may be gone.
    pub async fn leave_batch(&self, mut members: Vec<MemberId>) -> Result<Vec<MemberId>, Error> {
        let requests = members.iter().map(|id| {
            let delete = DeleteRequest::builder().set_key(Some(key(KEY, id.as_str())));
            let delete = delete.build().map_err(|_| built_wrong())?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        });
        let requests = requests.collect::<Result<Vec<_>, Error>>()?;
        let left = self.write_batch(requests).await?;
        members.retain(|id| left.contains(id.as_str()));
        Ok(members)
    }

    /// Makes a batch of writes. Gives the keys of those that were left.
    async fn write_batch(&self, requests: Vec<WriteRequest>) -> Result<HashSet<String>, Error> {
        let answer = self
            .database
            .client
            .batch_write_item()
            .request_items(&*self.table, requests)
            .send()
            .await
            .map_err(|error| Error::unavailable(BATCH_WRITE, &error))?;
        let left = answer.unprocessed_items.unwrap_or_default();
        Ok(left
            .into_values()
            .flatten()
            .filter_map(|request| {
                let put = request.put_request.map(|put| put.item);
                put.or(request.delete_request.map(|delete| delete.key))
            })
            .filter_map(|mut item| match item.remove(KEY) {
                Some(AttributeValue::S(key)) => Some(key),
                _ => None,
            })
            .collect())
    }

    /// Takes a member out of the roster. Refused when there is none.
    pub fn leave(&self, id: &MemberId) -> Write {
        delete()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, id.as_str())))
            .condition_expression("attribute_exists(#member)")
            .expression_attribute_names("#member", KEY)
            .into()
    }
}

fn built_wrong() -> Error {
    Error::Unavailable {
        operation: BATCH_WRITE,
        code: "construction failure".to_owned(),
    }
}

/// Who has the number of a row that a file has in other words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// Who had it before.
    Same,
    /// Somebody else.
    Other,
}

/// The row of a member, as it is.
#[derive(Clone)]
pub struct Row(Item);

impl Row {
    /// The member, if this version of the code can read the row.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot.
    pub fn member(&self) -> Result<Member, Error> {
        Member::from_item(&self.0)
    }
}

/// A member as found in the roster.
pub struct Found {
    /// The key.
    pub id: MemberId,
    /// The member, if the item is one as this version of the code writes it.
    pub member: Option<Member>,
}

impl Found {
    fn from_item(item: &Item) -> Result<Self, Error> {
        Ok(Self {
            id: Member::id_from_item(item)?,
            member: Member::from_item(item).ok(),
        })
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
    /// Further kana names that are the member's as well, such as the one from before a marriage; in the
    /// order of their folded form, each once, none the same as `name_kana`.
    pub alternate_kana: Vec<KanaName>,
    /// The date of birth.
    pub birth_date: BirthDate,
}

impl Member {
    /// Whether a name in kana is this member's at an insurer with this rule for ー.
    #[must_use]
    pub fn is_called(&self, name: &KanaName, long_mark: LongMark) -> bool {
        std::iter::once(&self.name_kana)
            .chain(&self.alternate_kana)
            .any(|own| own.matches(name, long_mark))
    }

    /// The insurer, of whose code the id has the beginning.
    #[must_use]
    pub fn insurer(&self) -> Option<InsurerCode> {
        let (code, _) = self.id.as_str().split_once('#')?;
        InsurerCode::parse(code).ok()
    }

    /// The id by a rule of the insurer, if that is another than the one that the member has. What no rule makes of 記号
    /// and 番号 was not made by one: it is left as it is.
    #[must_use]
    pub fn id_by(&self, rule: KeyRule) -> Option<MemberId> {
        let member = MemberKey {
            insurer: self.insurer()?,
            symbol: match &*self.symbol {
                "" => None,
                symbol => Some(Symbol::parse(symbol).ok()?),
            },
            number: Number::parse(&self.number).ok()?,
        };
        let id = member.id(rule);
        let is_by_a_rule = KeyRule::ALL.iter().any(|rule| member.id(*rule) == self.id);
        (id != self.id && is_by_a_rule).then_some(id)
    }

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
            alternate_kana: if item.contains_key(ALTERNATE_KANA) {
                let mut names = row.parsed_all(ALTERNATE_KANA, KanaName::parse)?;
                // DynamoDB's sets have no order.
                names.sort_by(|a, b| a.folded().cmp(b.folded()));
                names
            } else {
                Vec::new()
            },
            birth_date: row.parsed("birth_date", BirthDate::from_iso)?,
        })
    }

    fn id_from_item(item: &Item) -> Result<MemberId, Error> {
        let row = Reader { table: TABLE, item };
        Ok(MemberId::from_stored(row.text(KEY)?.to_owned()))
    }

    /// The item of this member.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let mut member = item([
            (KEY, text(self.id.as_str())),
            ("symbol", text(&self.symbol)),
            ("number", text(&self.number)),
            ("name", text(&self.name)),
            ("name_kana", text(self.name_kana.folded())),
            ("birth_date", text(self.birth_date.iso())),
        ]);
        // DynamoDB has no empty set.
        if !self.alternate_kana.is_empty() {
            let names = self.alternate_kana.iter().map(KanaName::folded);
            let names = AttributeValue::Ss(names.map(str::to_owned).collect());
            member.insert(ALTERNATE_KANA.to_owned(), names);
        }
        member
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(alternate_kana: &[&str]) -> Member {
        let kana = |name| KanaName::parse(name).unwrap();
        Member {
            id: MemberId::from_stored("jkc#1#jvc0211".to_owned()),
            symbol: "01".to_owned(),
            number: "jvc0211".to_owned(),
            name: "健保 まりー".to_owned(),
            name_kana: kana("ケンポ マリー"),
            alternate_kana: alternate_kana.iter().copied().map(kana).collect(),
            birth_date: BirthDate::from_iso("1980-01-01").unwrap(),
        }
    }

    #[test]
    fn a_member_reads_back_with_and_without_other_names() {
        for names in [
            &[][..],
            &["イトウ マリー"],
            &["アベ マリー", "イトウ マリー"],
        ] {
            let item = member(names).to_item();
            assert_eq!(item.contains_key(ALTERNATE_KANA), !names.is_empty());
            assert_eq!(Member::from_item(&item).unwrap().to_item(), item);
        }
    }

    #[test]
    fn a_member_is_called_by_each_of_the_names_and_no_other() {
        let called = |name, rule| {
            let name = KanaName::parse(name).unwrap();
            member(&["イトウ マリー"]).is_called(&name, rule)
        };
        for (name, rule, is_called) in [
            ("けんぽ　まりー", LongMark::Significant, true),
            ("ｲﾄｳﾏﾘｰ", LongMark::Significant, true),
            ("イトウ マリ", LongMark::Significant, false),
            ("イトウ マリ", LongMark::Ignored, true),
            ("ケンポ イトウ", LongMark::Ignored, false),
        ] {
            assert_eq!(called(name, rule), is_called, "{name}");
        }
    }
}
