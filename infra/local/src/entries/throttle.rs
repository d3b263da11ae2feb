//! A throttle that has counted.

use domain::{Client, KeyRule, MemberId, Reach};
use files::member_key;
use serde::Deserialize;
use store::{Bucket, Guessed, Item, Share, Stamp};

use super::{At, Entry, MemberEntry, account_id, email, letter_key, stamps, token, user_id};
use crate::{dynamodb::TableItem, encode::table_item, samples::SampleSet};

/// A throttle that has counted so often at one time.
#[derive(Deserialize)]
pub(super) struct ThrottleEntry {
    #[serde(flatten)]
    throttle: Throttle,
    at: At,
    times: u32,
}

#[derive(Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Throttle {
    VerifyPair {
        member: MemberEntry,
        client: String,
    },
    VerifyIdentity {
        member: MemberEntry,
    },
    /// With the key of the member's letter, as `letters` has it.
    VerifyLetter {
        member: MemberEntry,
        key: String,
    },
    VerifyAddress {
        client: String,
    },
    LoginAddress {
        client: String,
    },
    ResetAddress {
        client: String,
    },
    CodeRecipient {
        email: String,
    },
    ResetPair {
        user_id: String,
        email: String,
        client: String,
    },
    ResetRecipient {
        user_id: String,
        email: String,
    },
    NewAddressRecipient {
        email: String,
    },
    UserIdRecipient {
        email: String,
    },
    CodeAddress {
        client: String,
    },
    CodeMember {
        member: MemberEntry,
    },
    UserIdMember {
        member: MemberEntry,
    },
    PasswordCheck {
        user_id: String,
    },
    /// With the browser's token, as in its cookie.
    LoginDevice {
        user_id: String,
        token: String,
    },
    LoginUserId {
        user_id: String,
    },
}

impl Entry for ThrottleEntry {
    fn items(self, samples: &SampleSet) -> Result<Vec<TableItem>, String> {
        let item = self
            .throttle
            .item(&stamps(self.at.0, self.times), samples)?;
        Ok(vec![table_item("Throttles", &item)?])
    }
}

impl Throttle {
    fn item(&self, counted: &[Stamp], samples: &SampleSet) -> Result<Item, String> {
        Ok(match self {
            Self::VerifyPair { member, client } => {
                Bucket::VerifyPair(&identity(member)?, &client_of(client)?).to_item(counted)
            }
            Self::VerifyIdentity { member } => {
                Bucket::VerifyIdentity(&identity(member)?).to_item(counted)
            }
            Self::VerifyLetter { member, key } => {
                let (_, member) = member.find(samples)?;
                Bucket::VerifyLetter(&member.id, &letter_key(key)?).to_item(counted)
            }
            Self::VerifyAddress { client } => {
                Bucket::VerifyClient(Reach::Line(client)).to_item(counted)
            }
            Self::LoginAddress { client } => {
                Bucket::LoginClient(Reach::Line(client)).to_item(counted)
            }
            Self::ResetAddress { client } => {
                Bucket::ResetClient(Reach::Line(client)).to_item(counted)
            }
            Self::PasswordCheck { user_id } => {
                Bucket::PasswordCheck(&account_id(user_id)).to_item(counted)
            }
            Self::CodeRecipient { email: to } => Share::Code(&email(to)?).to_item(counted),
            Self::ResetPair {
                user_id: id,
                email: to,
                client,
            } => Share::ResetFrom(&user_id(id)?, &email(to)?, &client_of(client)?).to_item(counted),
            Self::ResetRecipient {
                user_id: id,
                email: to,
            } => Share::Reset(&user_id(id)?, &email(to)?).to_item(counted),
            Self::NewAddressRecipient { email: to } => {
                Share::NewAddressCode(&email(to)?).to_item(counted)
            }
            Self::UserIdRecipient { email: to } => Share::UserId(&email(to)?).to_item(counted),
            Self::CodeAddress { client } => {
                Share::CodesOfClient(Reach::Line(client)).to_item(counted)
            }
            Self::CodeMember { member } => {
                let (_, member) = member.find(samples)?;
                Share::CodesOfMember(&member.id).to_item(counted)
            }
            Self::UserIdMember { member } => {
                let (_, member) = member.find(samples)?;
                Share::UserIdsOfMember(&member.id).to_item(counted)
            }
            Self::LoginUserId { user_id: id } => Guessed::ByAnybody(&user_id(id)?).to_item(counted),
            Self::LoginDevice {
                user_id: id,
                token: device,
            } => Guessed::ByDevice(&user_id(id)?, &token(device)?.hash()).to_item(counted),
        })
    }
}

/// The id that throttles count an identity under.
fn identity(member: &MemberEntry) -> Result<MemberId, String> {
    let [insurer, symbol, number] = &member.0;
    let key = member_key(insurer, symbol, number).map_err(|error| error.to_string())?;
    Ok(key.id(KeyRule::default()))
}

fn client_of(address: &str) -> Result<Client, String> {
    let address = address.parse();
    address
        .map(|address| Client::of(Some(address)))
        .map_err(|_| "a client is an IP address".to_owned())
}
