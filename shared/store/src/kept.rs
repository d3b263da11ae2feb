//! What the tables keep of one person, or of one insurer: found wherever it is, to be disclosed or erased. For
//! operators' commands, which have time: whoever looks here reads tables whole.
//!
//! Where a key is a hash (counters, addresses), nobody can look from the table to the person. There the keys are
//! made from what the person's account says, so it is looked at before the account goes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::{operation::scan::builders::ScanFluentBuilder, types::AttributeValue};
use domain::{EmailAddress, InsurerCode, MemberId};

use crate::{
    Account, AccountKey, Database, Error, Item, Letter, Pages,
    accounts::check::claim_of,
    addresses,
    check::{NamedTables, TableLook},
    database::key,
    item::{Reader, text},
    patience::patiently,
    throttles,
};

/// The tables whose items are somebody's, by their logical names. `Audit` stays, and `Insurers` is no person's.
const OF_PERSONS: [&str; 7] = [
    "Members",
    "Accounts",
    "Registrations",
    "Sessions",
    "Resets",
    "Throttles",
    "Addresses",
];
/// The attributes that may have an address of the person.
const ADDRESSES: [&str; 2] = ["email", "recovery_email"];
/// The attribute of a reservation that says whose it is; of everything else, `member` does.
const HOLDER: &str = "holder";

/// All tables, looked through for what is somebody's.
#[derive(Clone, Debug)]
pub struct Kept {
    database: Database,
    tables: NamedTables,
}

/// An item that is kept of a person.
#[derive(Clone, Debug)]
pub struct KeptItem {
    /// The logical name of its table.
    pub table: &'static str,
    /// The item, as it is.
    pub item: Item,
    /// Whether it is of an address that somebody else's account has, too.
    pub is_shared: bool,
    key: &'static str,
}

impl KeptItem {
    /// The attribute that is its key.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// Its attributes by name, each with its values as texts: one, or those of a list; a key stands before each of a
    /// map.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<&str, Vec<(Option<&str>, &str)>> {
        let fields = self.item.iter();
        fields
            .map(|(name, value)| (name.as_str(), texts_of(value)))
            .collect()
    }

    /// The addresses in it.
    pub fn addresses(&self) -> impl Iterator<Item = EmailAddress> {
        addresses_of(&self.item)
    }
}

impl Kept {
    /// The tables that these variables name.
    ///
    /// # Errors
    /// What `name` says of a variable that names no table.
    pub fn of<E>(
        database: &Database,
        name: impl Fn(&'static str) -> Result<String, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            database: database.clone(),
            tables: NamedTables::of(name)?,
        })
    }

    /// Everything that is kept of a member, but the audit trail.
    ///
    /// # Errors
    /// When DynamoDB fails for longer than it is waited for, or an item is corrupt.
    pub async fn of_member(&self, id: &MemberId) -> Result<Vec<KeptItem>, Error> {
        let mut kept = Vec::new();
        self.at("Members", id.as_str(), &mut kept).await?;
        let row = kept.first().map(|row| Letter::from_item(&row.item));
        let letter = row.transpose()?.and_then(|letter| letter.key);
        let letter = letter.map(|key| key.hash);
        self.at("Accounts", &claim_of(id), &mut kept).await?;
        let user_id = kept.iter().find_map(|kept| {
            let claim = kept.item.get("user_id")?.as_s().ok()?;
            domain::UserId::parse(claim).ok()
        });
        let mut account = None;
        if let Some(user_id) = user_id {
            let place = AccountKey::of(&user_id);
            self.at("Accounts", place.as_str(), &mut kept).await?;
            let last = kept.last().map(|kept| &kept.item);
            account = last
                .filter(|item| item.contains_key("password_hash"))
                .map(Account::from_item)
                .transpose()?
                .filter(|account| account.member == *id);
            if account.is_none() {
                // It is somebody else's by now.
                kept.retain(|kept| !kept.item.contains_key("password_hash"));
            }
        }
        for table in ["Registrations", "Sessions", "Resets"] {
            let scan = whose(self.database.client.scan(), id);
            self.scan(table, scan, &mut kept).await?;
        }
        let emails = addresses_in(&kept);
        for counter in throttles::keys_of_person(id, letter.as_ref(), account.as_ref(), &emails) {
            self.at("Throttles", &counter, &mut kept).await?;
        }
        let first = kept.len();
        for email in &emails {
            for known in addresses::keys_of(email) {
                self.at("Addresses", &known, &mut kept).await?;
            }
        }
        let newest: Vec<String> = kept[first..]
            .iter()
            .filter_map(|kept| kept.item.get("mail")?.as_s().ok())
            .map(|mail| addresses::check::mail_of(mail))
            .collect();
        for mail in newest {
            self.at("Addresses", &mail, &mut kept).await?;
        }
        let is_of_others = !emails.is_empty() && self.others_have(id, &emails).await?;
        for kept in &mut kept {
            let is_of_address = kept.table == "Addresses" || throttles::is_of_address(&kept.item);
            kept.is_shared = is_of_address && is_of_others;
        }
        Ok(kept)
    }

    /// How many items of each table are an insurer's, or its members'. Counters and addresses, whose keys are
    /// hashes, tell no insurer and are not among them.
    ///
    /// # Errors
    /// When DynamoDB fails for longer than it is waited for.
    pub async fn of_insurer(
        &self,
        code: &InsurerCode,
    ) -> Result<BTreeMap<&'static str, u64>, Error> {
        let mut counts = BTreeMap::new();
        for (look, _) in self
            .tables
            .iter()
            .filter(|(look, _)| is_of_insurers(look.table))
        {
            let scan = of_insurer(self.database.client.scan(), look, code);
            let mut pages = self.pages(look.table, scan).await?;
            let count = counts.entry(look.table).or_default();
            while let Some(page) = pages.next().await? {
                *count += page.rows.len() as u64;
            }
        }
        Ok(counts)
    }

    /// The items of a table that are of an insurer's members.
    ///
    /// # Errors
    /// When there is no such table.
    pub async fn pages_of_insurer(
        &self,
        table: &'static str,
        code: &InsurerCode,
    ) -> Result<Pages<Item>, Error> {
        let (look, _) = self.tables.find(table)?;
        let scan = of_insurer(self.database.client.scan(), look, code);
        self.pages(table, scan).await
    }

    /// The keys of the counters of an account, and of what is known of its address, each as the item that it is.
    /// Those of an address that others have, too, are left out.
    ///
    /// # Errors
    /// When DynamoDB fails for longer than it is waited for, or an item is corrupt.
    pub async fn beside_account(
        &self,
        account: &Account,
        is_of_others: impl Fn(&EmailAddress) -> bool,
    ) -> Result<Vec<KeptItem>, Error> {
        let noted = account.recovery.iter().map(|recovery| &recovery.email);
        let emails: Vec<EmailAddress> = std::iter::once(&account.email)
            .chain(noted)
            .filter(|email| !is_of_others(email))
            .cloned()
            .collect();
        let mut kept = Vec::new();
        for counter in throttles::keys_of_person(&account.member, None, Some(account), &emails) {
            self.at("Throttles", &counter, &mut kept).await?;
        }
        for email in &emails {
            for known in addresses::keys_of(email) {
                self.at("Addresses", &known, &mut kept).await?;
            }
        }
        Ok(kept)
    }

    /// Takes an item out of its table, whether or not it is there still.
    ///
    /// # Errors
    /// When DynamoDB fails for longer than it is waited for.
    pub async fn remove(&self, kept: &KeptItem) -> Result<(), Error> {
        self.remove_item(kept.table, &kept.item).await
    }

    /// The same of an item of this table.
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    pub async fn remove_item(&self, table: &'static str, item: &Item) -> Result<(), Error> {
        let (look, name) = self.tables.find(table)?;
        let row = Reader { table, item };
        let delete = self
            .database
            .client
            .delete_item()
            .table_name(name)
            .set_key(Some(key(look.key, row.text(look.key)?)));
        patiently(|| async {
            let sent = delete.clone().send().await;
            sent.map(drop)
                .map_err(|error| Error::unavailable("DeleteItem", &error))
        })
        .await
    }

    /// Whether the account of another member has one of these addresses.
    async fn others_have(&self, id: &MemberId, emails: &[EmailAddress]) -> Result<bool, Error> {
        let wanted: BTreeSet<String> = emails.iter().map(EmailAddress::folded).collect();
        let scan = self
            .database
            .client
            .scan()
            .filter_expression("attribute_exists(email) AND #member <> :me")
            .expression_attribute_names("#member", "member")
            .expression_attribute_values(":me", text(id.as_str()));
        let mut pages = self.pages("Accounts", scan).await?;
        while let Some(page) = pages.next().await? {
            let has =
                |item: &Item| addresses_of(item).any(|email| wanted.contains(&email.folded()));
            if page.rows.iter().any(has) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn at(
        &self,
        table: &'static str,
        at: &str,
        kept: &mut Vec<KeptItem>,
    ) -> Result<(), Error> {
        let (look, name) = self.tables.find(table)?;
        let found = patiently(|| self.database.get(name, key(look.key, at))).await?;
        kept.extend(found.map(|item| kept_item(look, item)));
        Ok(())
    }

    async fn scan(
        &self,
        table: &'static str,
        scan: ScanFluentBuilder,
        kept: &mut Vec<KeptItem>,
    ) -> Result<(), Error> {
        let (look, _) = self.tables.find(table)?;
        let mut pages = self.pages(table, scan).await?;
        while let Some(page) = pages.next().await? {
            kept.extend(page.rows.into_iter().map(|item| kept_item(look, item)));
        }
        Ok(())
    }

    async fn pages(
        &self,
        table: &'static str,
        scan: ScanFluentBuilder,
    ) -> Result<Pages<Item>, Error> {
        let (_, name) = self.tables.find(table)?;
        let scan = scan.consistent_read(true);
        Ok(Pages::through(&self.database, name, scan, Item::clone).await)
    }
}

fn texts_of(value: &AttributeValue) -> Vec<(Option<&str>, &str)> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => vec![(None, text)],
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => {
            texts.iter().map(|text| (None, text.as_str())).collect()
        }
        AttributeValue::Bool(yes) => vec![(None, if *yes { "はい" } else { "いいえ" })],
        AttributeValue::M(map) => map
            .iter()
            .flat_map(|(key, value)| {
                let texts = texts_of(value).into_iter();
                texts.map(move |(_, text)| (Some(key.as_str()), text))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether items of a table can tell whose insurer's they are.
fn is_of_insurers(table: &str) -> bool {
    table == "Insurers"
        || (OF_PERSONS.contains(&table) && !matches!(table, "Throttles" | "Addresses"))
}

fn kept_item(look: &TableLook, item: Item) -> KeptItem {
    KeptItem {
        table: look.table,
        item,
        is_shared: false,
        key: look.key,
    }
}

fn whose(scan: ScanFluentBuilder, id: &MemberId) -> ScanFluentBuilder {
    scan.filter_expression("#member = :me OR #holder = :me")
        .expression_attribute_names("#member", "member")
        .expression_attribute_names("#holder", HOLDER)
        .expression_attribute_values(":me", text(id.as_str()))
}

fn of_insurer(scan: ScanFluentBuilder, look: &TableLook, code: &InsurerCode) -> ScanFluentBuilder {
    let prefix = MemberId::prefix_of(code);
    let claims = claim_of(&MemberId::from_stored(prefix.clone()));
    let values: HashMap<String, AttributeValue> = HashMap::from([
        (":insurer".to_owned(), text(code.folded())),
        (":prefix".to_owned(), text(prefix)),
        (":claims".to_owned(), text(claims)),
    ]);
    scan.filter_expression(
        "#insurer = :insurer OR begins_with(#member, :prefix) OR begins_with(#holder, :prefix) \
         OR begins_with(#key, :claims)",
    )
    .expression_attribute_names("#insurer", "insurer")
    .expression_attribute_names("#member", "member")
    .expression_attribute_names("#holder", HOLDER)
    .expression_attribute_names("#key", look.key)
    .set_expression_attribute_values(Some(values))
}

fn addresses_of(item: &Item) -> impl Iterator<Item = EmailAddress> {
    ADDRESSES
        .into_iter()
        .filter_map(|name| EmailAddress::parse(item.get(name)?.as_s().ok()?).ok())
}

/// The addresses in these items, each once.
fn addresses_in(kept: &[KeptItem]) -> Vec<EmailAddress> {
    let mut seen = BTreeSet::new();
    kept.iter()
        .flat_map(|kept| addresses_of(&kept.item))
        .filter(|email| seen.insert(email.folded()))
        .collect()
}
