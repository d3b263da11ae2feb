//! States in the words of the domain: what stands in `events/<step>/state/*.json` beside `items` and
//! `faults`. Tokens, codes and passwords are written as the browser and the member have them; the store's
//! own code turns them into what the tables hold.

use domain::{
    AccountId, AddressMark, BegunSession, Code, Delivery, DeliveryState, DeviceName, EmailAddress,
    FlowSubject, Guessable, HashMemory, KnownDevice, LetterKey, MailId, NewPassword,
    PasswordContext, PasswordHash, Place, TermsVersion, Token, TokenHash, UserId,
};
use files::{InsurerEntry, member_key};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use store::{
    Account, AccountKey, Addresses, Bucket, Chosen, DrawnKey, Guessed, Insurer, Share,
    MarkedAddress, Member, NewAccount, NewEmailChange, NewRegistration, NewReset, NewSession,
    Progress, Recovery, Registrations, ResetAccount, Stamp,
};
use time::{OffsetDateTime, UtcOffset, macros::offset};

use crate::{dynamodb::TableItem, encode::table_item, samples};

/// The day on which terms are in force is one of Japan.
const JAPAN: UtcOffset = offset!(+9);

/// The items that an entry stands for.
///
/// # Errors
/// When there is no such entry, or its value is not one for it.
pub(crate) fn read(name: &str, value: &Value) -> Result<Vec<TableItem>, String> {
    match name {
        "insurers" => each(value, |entry: InsurerEntry| {
            let insurer = entry.read().map_err(|error| error.to_string())?;
            Ok(vec![table_item("Insurers", &insurer.to_item())?])
        }),
        "registrations" => each(value, RegistrationEntry::items),
        "accounts" => each(value, AccountEntry::items),
        "sessions" => each(value, SessionEntry::items),
        "resets" => each(value, ResetEntry::items),
        "throttles" => each(value, ThrottleEntry::items),
        "letters" => each(value, LetterEntry::items),
        "addresses" => each(value, AddressEntry::items),
        "mails" => each(value, MailEntry::items),
        _ => Err(format!(
            "a state has no entry `{name}`; it has insurers, letters, registrations, accounts, sessions, \
             resets, throttles, addresses, mails, items, gone and faults"
        )),
    }
    .map_err(|error| format!("{name}: {error}"))
}

fn each<T: DeserializeOwned>(
    value: &Value,
    items: impl Fn(T) -> Result<Vec<TableItem>, String>,
) -> Result<Vec<TableItem>, String> {
    let entries = Vec::<T>::deserialize(value).map_err(|error| error.to_string())?;
    let mut all = Vec::new();
    for entry in entries {
        all.extend(items(entry)?);
    }
    Ok(all)
}

/// A member of the sample roster: insurer code, 記号, 番号.
#[derive(Deserialize)]
struct MemberEntry([String; 3]);

impl MemberEntry {
    fn find(&self) -> Result<(Insurer, Member), String> {
        let [insurer, symbol, number] = &self.0;
        let key = member_key(insurer, symbol, number).map_err(|error| error.to_string())?;
        let insurer = samples::insurers()?
            .into_iter()
            .find(|known| known.code.folded() == key.insurer.folded())
            .ok_or_else(|| format!("there is no sample insurer {insurer}"))?;
        let id = key.id(insurer.leading_zeros);
        let member = samples::members()?
            .into_iter()
            .find(|known| known.id.as_str() == id.as_str())
            .ok_or_else(|| format!("there is no sample member {symbol} {number}"))?;
        Ok((insurer, member))
    }
}

/// The key that was drawn for the letter of a member.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LetterEntry {
    member: MemberEntry,
    /// As it is printed.
    key: String,
    #[serde(with = "time::serde::rfc3339")]
    drawn_at: OffsetDateTime,
}

impl LetterEntry {
    fn items(self) -> Result<Vec<TableItem>, String> {
        let (_, member) = self.member.find()?;
        let drawn = DrawnKey {
            hash: letter_key(&self.key)?.hash(&Guessable(0)),
            at: self.drawn_at,
            run: "sample".to_owned(),
            survey: None,
        };
        let mut item = member.to_item();
        drawn.add_to(&mut item);
        Ok(vec![table_item("Members", &item)?])
    }
}

fn letter_key(text: &str) -> Result<LetterKey, String> {
    LetterKey::parse(text).map_err(|error| format!("key: {error}"))
}

/// A registration, as far as it has come.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RegistrationEntry {
    /// As in the browser's cookie.
    token: String,
    member: MemberEntry,
    #[serde(with = "time::serde::rfc3339")]
    verified_at: OffsetDateTime,
    /// What `create-user` was given.
    chosen: Option<ChosenEntry>,
    /// What `send-code` mailed last.
    code: Option<CodeEntry>,
    /// When `send-code` mailed, the last time last.
    #[serde(default)]
    sent_at: Vec<At>,
    /// How often `create-user` was tried.
    #[serde(default)]
    creates: u32,
    /// When `confirm-code` made the account.
    completed_at: Option<At>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChosenEntry {
    user_id: String,
    password: String,
    email: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CodeEntry {
    code: String,
    #[serde(with = "time::serde::rfc3339")]
    sent_at: OffsetDateTime,
    #[serde(default)]
    wrong_tries: u32,
    /// What SES has told of its mail.
    delivery: Option<DeliveryEntry>,
}

/// What SES has told of a mail: when it was in which state.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are those of the JSON")]
struct DeliveryEntry {
    handed_over_at: Option<At>,
    delayed_at: Option<At>,
    delivered_at: Option<At>,
    returned_at: Option<At>,
}

impl DeliveryEntry {
    fn item(self, mail: &MailId) -> Result<TableItem, String> {
        let delivery = [
            (DeliveryState::HandedOver, self.handed_over_at),
            (DeliveryState::Delayed, self.delayed_at),
            (DeliveryState::Delivered, self.delivered_at),
            (DeliveryState::Returned, self.returned_at),
        ]
        .into_iter()
        .fold(Delivery::default(), |delivery, (state, at)| {
            delivery.and(state, at.map(|At(at)| at))
        });
        table_item("Addresses", &Addresses::mail_item(mail, &delivery))
    }
}

/// A mail by its name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MailEntry {
    id: String,
    delivery: DeliveryEntry,
}

impl MailEntry {
    fn items(self) -> Result<Vec<TableItem>, String> {
        let id = MailId::parse(&self.id).map_err(|error| format!("id: {error}"))?;
        Ok(vec![self.delivery.item(&id)?])
    }
}

#[derive(Clone, Copy, Deserialize)]
struct At(#[serde(with = "time::serde::rfc3339")] OffsetDateTime);

impl RegistrationEntry {
    fn items(self) -> Result<Vec<TableItem>, String> {
        let token = token(&self.token)?;
        let (insurer, member) = self.member.find()?;
        let registration = NewRegistration {
            token: token.hash(),
            subject: flow_subject(&token),
            member: &member,
            insurer: &insurer,
            verified_at: self.verified_at,
        };
        let mut progress = Progress {
            creates: stamps(self.verified_at, self.creates),
            sends: self
                .sent_at
                .iter()
                .flat_map(|At(at)| stamps(*at, 1))
                .collect(),
            completed_at: self.completed_at.map(|At(at)| at),
            ..Progress::default()
        };
        let mut items = Vec::new();
        if let Some(chosen) = self.chosen {
            let chosen = chosen.read()?;
            items.push(table_item(
                "Registrations",
                &Registrations::reservation_item(
                    &member.id,
                    &chosen.user_id,
                    self.verified_at + domain::REGISTRATION_VALID,
                ),
            )?);
            progress.chosen = Some(chosen);
        }
        if let Some(sent) = self.code {
            let code = Code::parse(&sent.code).map_err(|error| format!("code: {error}"))?;
            let sealed = code.seal(&token);
            if let Some(delivery) = sent.delivery {
                items.push(delivery.item(&MailId::of(&sealed, sent.sent_at))?);
            }
            progress.code = Some((sealed, sent.sent_at + domain::CODE_VALID));
            progress.code_tries = stamps(sent.sent_at, sent.wrong_tries);
        }
        let mut item = registration.to_item();
        progress.add_to(&mut item);
        items.push(table_item("Registrations", &item)?);
        Ok(items)
    }
}

impl ChosenEntry {
    fn read(&self) -> Result<Chosen, String> {
        Ok(Chosen {
            user_id: user_id(&self.user_id)?,
            password_hash: hash(&self.password)?,
            email: email(&self.email)?,
        })
    }
}

/// An account and its member's claim.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccountEntry {
    user_id: String,
    password: String,
    email: String,
    member: MemberEntry,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// The version of the terms that was accepted last.
    terms_accepted: Option<String>,
    /// The sessions that the account lists; what they hold is an entry of its own.
    #[serde(default)]
    sessions: Vec<ListedEntry>,
    /// The browsers that the account knows.
    #[serde(default)]
    devices: Vec<ListedEntry>,
    /// When it was last logged in to.
    last_login_at: Option<At>,
    /// When an operator disabled it.
    disabled_at: Option<At>,
    /// The address that an operator lets the next password reset go to.
    recovery: Option<RecoveryEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RecoveryEntry {
    email: String,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
}

/// A session, or a browser, that an account lists.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListedEntry {
    /// As in the browser's cookie.
    token: String,
    #[serde(with = "time::serde::rfc3339")]
    signed_in_at: OffsetDateTime,
}

impl AccountEntry {
    fn items(self) -> Result<Vec<TableItem>, String> {
        let (insurer, member) = self.member.find()?;
        let accepted = self.terms_accepted.as_deref().map(terms_version);
        let recovery = self.recovery.map(|noted| {
            Ok::<_, String>(Recovery {
                email: email(&noted.email)?,
                until: noted.until,
            })
        });
        let account = Account {
            acceptances: accepted
                .transpose()?
                .map(|version| (version, self.created_at))
                .into_iter()
                .collect(),
            sessions: listed(&self.sessions, |token, at| BegunSession { token, at })?,
            devices: listed(&self.devices, |token, at| KnownDevice { token, at })?,
            recovery: recovery.transpose()?,
            last_login_at: self.last_login_at.map(|At(at)| at),
            disabled_at: self.disabled_at.map(|At(at)| at),
            ..Account::from(NewAccount {
                id: account_id(&self.user_id),
                user_id: user_id(&self.user_id)?,
                member: member.id,
                insurer: insurer.code,
                email: email(&self.email)?,
                password_hash: hash(&self.password)?,
                created_at: self.created_at,
            })
        };
        Ok(vec![
            table_item("Accounts", &account.to_item())?,
            table_item("Accounts", &account.to_claim())?,
        ])
    }
}

fn listed<T>(
    entries: &[ListedEntry],
    of: impl Fn(TokenHash, OffsetDateTime) -> T,
) -> Result<Vec<T>, String> {
    let each = entries.iter();
    each.map(|entry| Ok(of(token(&entry.token)?.hash(), entry.signed_in_at)))
        .collect()
}

/// A session of an account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SessionEntry {
    /// As in the browser's cookie.
    token: String,
    user_id: String,
    member: MemberEntry,
    #[serde(with = "time::serde::rfc3339")]
    signed_in_at: OffsetDateTime,
    /// It is of an account that had this user ID before, not of the one that has it now.
    #[serde(default)]
    of_earlier_account: bool,
    /// The version of the terms that the account had accepted.
    terms_accepted: Option<String>,
    /// Such as `iPhone (Safari)`.
    device: Option<String>,
    /// Such as `JP-13`.
    place: Option<String>,
    /// The login before.
    previous_login: Option<PreviousLoginEntry>,
    /// The address that the member is changing to.
    email_change: Option<EmailChangeEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PreviousLoginEntry {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    place: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EmailChangeEntry {
    email: String,
    code: String,
    #[serde(with = "time::serde::rfc3339")]
    sent_at: OffsetDateTime,
    #[serde(default)]
    wrong_tries: u32,
    /// What SES has told of its mail.
    delivery: Option<DeliveryEntry>,
}

impl EmailChangeEntry {
    /// Has it wait in a session. Gives the item of its mail, if SES has told of it.
    fn add_to(
        &self,
        session: &mut store::Item,
        token: &Token,
    ) -> Result<Option<TableItem>, String> {
        let code = Code::parse(&self.code).map_err(|error| format!("code: {error}"))?;
        let change = NewEmailChange {
            email: email(&self.email)?,
            code: code.seal(token),
            sent_at: self.sent_at,
        };
        change.add_to(session, &stamps(self.sent_at, self.wrong_tries));
        let told = self.delivery.map(|delivery| delivery.item(&change.mail()));
        told.transpose()
    }
}

impl SessionEntry {
    fn items(self) -> Result<Vec<TableItem>, String> {
        let (insurer, member) = self.member.find()?;
        let token = token(&self.token)?;
        let today = self.signed_in_at.to_offset(JAPAN).date();
        let terms_version = insurer
            .terms_in_force(today)
            .map_err(|error| error.to_string())?
            .clone();
        let previous = self.previous_login;
        let session = NewSession {
            token: token.hash(),
            account: AccountKey::of(&user_id(&self.user_id)?),
            account_id: if self.of_earlier_account {
                account_id(&format!("earlier {}", self.user_id))
            } else {
                account_id(&self.user_id)
            },
            member: member.id,
            insurer: insurer.code,
            created_at: self.signed_in_at,
            device: self.device.as_deref().map(device).transpose()?,
            place: self.place.as_deref().map(place).transpose()?,
            previous_login_at: previous.as_ref().map(|login| login.at),
            previous_login_place: previous
                .and_then(|login| login.place)
                .as_deref()
                .map(place)
                .transpose()?,
            has_accepted_terms: self.terms_accepted.as_deref() == Some(terms_version.as_str()),
            terms_version,
        };
        let mut item = session.to_item();
        let mut items = Vec::new();
        if let Some(change) = &self.email_change {
            items.extend(change.add_to(&mut item, &token)?);
        }
        items.push(table_item("Sessions", &item)?);
        Ok(items)
    }
}

/// A password reset.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResetEntry {
    /// As in the browser's cookie.
    token: String,
    #[serde(with = "time::serde::rfc3339")]
    requested_at: OffsetDateTime,
    code: String,
    #[serde(default)]
    wrong_tries: u32,
    /// The account as it was then; without one it is a decoy.
    account: Option<ResetAccountEntry>,
    /// The user ID that was typed for a decoy.
    user_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResetAccountEntry {
    user_id: String,
    password: String,
    email: String,
    member: MemberEntry,
}

impl ResetEntry {
    fn items(self) -> Result<Vec<TableItem>, String> {
        let token = token(&self.token)?;
        let code = Code::parse_for_reset(&self.code).map_err(|error| format!("code: {error}"))?;
        let typed = match (&self.account, &self.user_id) {
            (Some(account), None) => &account.user_id,
            (None, Some(decoy)) => decoy,
            _ => return Err("either account or, of a decoy, userId".to_owned()),
        };
        let reset = NewReset {
            token: token.hash(),
            flow_subject: flow_subject(&token),
            code: code.seal(&token),
            subject: user_id(typed)?.subject(),
            requested_at: self.requested_at,
            account: self.account.map(|account| account.read()).transpose()?,
        };
        let mut item = reset.to_item();
        NewReset::add_tries(&mut item, &stamps(self.requested_at, self.wrong_tries));
        Ok(vec![table_item("Resets", &item)?])
    }
}

impl ResetAccountEntry {
    fn read(&self) -> Result<ResetAccount, String> {
        let (insurer, member) = self.member.find()?;
        Ok(ResetAccount::with(
            AccountKey::of(&user_id(&self.user_id)?),
            member.id,
            insurer.code,
            email(&self.email)?,
            &hash(&self.password)?,
        ))
    }
}

/// A throttle that has counted.
#[derive(Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
enum ThrottleEntry {
    VerifyPair {
        member: MemberEntry,
        client: String,
        at: At,
        times: u32,
    },
    VerifyIdentity {
        member: MemberEntry,
        at: At,
        times: u32,
    },
    /// With the key of the member's letter, as `letters` has it.
    VerifyLetter {
        member: MemberEntry,
        key: String,
        at: At,
        times: u32,
    },
    VerifyAddress {
        client: String,
        at: At,
        times: u32,
    },
    LoginAddress {
        client: String,
        at: At,
        times: u32,
    },
    ResetAddress {
        client: String,
        at: At,
        times: u32,
    },
    CodeRecipient {
        email: String,
        at: At,
        times: u32,
    },
    #[serde(rename_all = "camelCase")]
    ResetPair {
        user_id: String,
        email: String,
        client: String,
        at: At,
        times: u32,
    },
    #[serde(rename_all = "camelCase")]
    ResetRecipient {
        user_id: String,
        email: String,
        at: At,
        times: u32,
    },
    NewAddressRecipient {
        email: String,
        at: At,
        times: u32,
    },
    UserIdRecipient {
        email: String,
        at: At,
        times: u32,
    },
    CodeAddress {
        client: String,
        at: At,
        times: u32,
    },
    CodeMember {
        member: MemberEntry,
        at: At,
        times: u32,
    },
    UserIdMember {
        member: MemberEntry,
        at: At,
        times: u32,
    },
    #[serde(rename_all = "camelCase")]
    PasswordCheck {
        user_id: String,
        at: At,
        times: u32,
    },
    #[serde(rename_all = "camelCase")]
    LoginDevice {
        user_id: String,
        /// As in the browser's cookie.
        token: String,
        at: At,
        times: u32,
    },
    #[serde(rename_all = "camelCase")]
    LoginUserId {
        user_id: String,
        at: At,
        times: u32,
    },
}

/// The id that throttles count an identity under.
fn throttled(member: &MemberEntry) -> Result<domain::MemberId, String> {
    let [insurer, symbol, number] = &member.0;
    let key = member_key(insurer, symbol, number).map_err(|error| error.to_string())?;
    Ok(key.id(domain::LeadingZeros::Dropped))
}

fn client(address: &str) -> Result<domain::Client, String> {
    let address = address.parse();
    address
        .map(|address| domain::Client::of(Some(address)))
        .map_err(|_| "a client is an IP address".to_owned())
}

/// As a client's line is written.
fn line(client: &str) -> domain::Reach<'_> {
    domain::Reach::Line(client)
}

impl ThrottleEntry {
    fn items(self) -> Result<Vec<TableItem>, String> {
        let item = match self {
            Self::VerifyPair {
                member,
                client,
                at,
                times,
            } => {
                let (id, client) = (throttled(&member)?, self::client(&client)?);
                Bucket::VerifyPair(&id, &client).to_item(&stamps(at.0, times))
            }
            Self::VerifyIdentity { member, at, times } => {
                Bucket::VerifyIdentity(&throttled(&member)?).to_item(&stamps(at.0, times))
            }
            Self::VerifyLetter {
                member,
                key,
                at,
                times,
            } => {
                let (_, of) = member.find()?;
                let hash = letter_key(&key)?.hash(&Guessable(0));
                Bucket::VerifyLetter(&of.id, &hash).to_item(&stamps(at.0, times))
            }
            Self::VerifyAddress { client, at, times } => {
                Bucket::VerifyClient(line(&client)).to_item(&stamps(at.0, times))
            }
            Self::LoginAddress { client, at, times } => {
                Bucket::LoginClient(line(&client)).to_item(&stamps(at.0, times))
            }
            Self::ResetAddress { client, at, times } => {
                Bucket::ResetClient(line(&client)).to_item(&stamps(at.0, times))
            }
            Self::CodeRecipient {
                email: to,
                at,
                times,
            } => Share::Code(&email(&to)?).to_item(&stamps(at.0, times)),
            Self::ResetPair {
                user_id: id,
                email: to,
                client,
                at,
                times,
            } => {
                let client = self::client(&client)?;
                Share::ResetFrom(&user_id(&id)?, &email(&to)?, &client)
                    .to_item(&stamps(at.0, times))
            }
            Self::ResetRecipient {
                user_id: id,
                email: to,
                at,
                times,
            } => Share::Reset(&user_id(&id)?, &email(&to)?).to_item(&stamps(at.0, times)),
            Self::NewAddressRecipient {
                email: to,
                at,
                times,
            } => Share::NewAddressCode(&email(&to)?).to_item(&stamps(at.0, times)),
            Self::UserIdRecipient {
                email: to,
                at,
                times,
            } => Share::UserId(&email(&to)?).to_item(&stamps(at.0, times)),
            Self::LoginUserId {
                user_id: id,
                at,
                times,
            } => Guessed::ByAnybody(&user_id(&id)?).to_item(&stamps(at.0, times)),
            Self::LoginDevice {
                user_id: id,
                token: device,
                at,
                times,
            } => Guessed::ByDevice(&user_id(&id)?, &token(&device)?.hash())
                .to_item(&stamps(at.0, times)),
            Self::PasswordCheck {
                user_id: id,
                at,
                times,
            } => Bucket::PasswordCheck(&account_id(&id)).to_item(&stamps(at.0, times)),
            Self::CodeAddress { client, at, times } => {
                Share::CodesOfClient(line(&client)).to_item(&stamps(at.0, times))
            }
            Self::CodeMember { member, at, times } => {
                let (_, of) = member.find()?;
                Share::CodesOfMember(&of.id).to_item(&stamps(at.0, times))
            }
            Self::UserIdMember { member, at, times } => {
                let (_, of) = member.find()?;
                Share::UserIdsOfMember(&of.id).to_item(&stamps(at.0, times))
            }
        };
        Ok(vec![table_item("Throttles", &item)?])
    }
}

/// An address that mail came back from.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddressEntry {
    email: String,
    /// When mails to it bounced.
    #[serde(default)]
    bounced_at: Vec<At>,
    /// When its owner complained of one.
    complained_at: Option<At>,
    /// When SES last did not try to deliver one.
    suppressed_at: Option<At>,
    /// When an operator lifted what was known before.
    lifted_at: Option<At>,
}

impl AddressEntry {
    fn items(self) -> Result<Vec<TableItem>, String> {
        let mark = AddressMark {
            bounces: self.bounced_at.iter().map(|At(at)| *at).collect(),
            complained_at: self.complained_at.map(|At(at)| at),
            suppressed_at: self.suppressed_at.map(|At(at)| at),
        };
        let marked = MarkedAddress {
            message_id: mark.last().map(|_| "sample-mail".to_owned()),
            lifted_at: self.lifted_at.map(|At(at)| at),
            mark,
        };
        let item = marked.to_item(&email(&self.email)?);
        Ok(vec![table_item("Addresses", &item)?])
    }
}

/// Stamps of one time that all differ.
fn stamps(at: OffsetDateTime, times: u32) -> Vec<Stamp> {
    (0..times)
        .map(|index| Stamp::draw(at, &Guessable(index)))
        .collect()
}

fn token(text: &str) -> Result<Token, String> {
    Token::parse(text).map_err(|error| format!("token: {error}"))
}

/// The same token has the same subject in every state.
fn flow_subject(token: &Token) -> FlowSubject {
    let sum = token.hash().as_str().bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    FlowSubject::draw(&Guessable(sum))
}

fn user_id(text: &str) -> Result<UserId, String> {
    UserId::parse(text).map_err(|error| format!("userId: {error}"))
}

fn email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(|error| format!("email: {error}"))
}

fn terms_version(text: &str) -> Result<TermsVersion, String> {
    TermsVersion::parse(text).map_err(|error| format!("termsAccepted: {error}"))
}

fn device(text: &str) -> Result<DeviceName, String> {
    DeviceName::parse(text).map_err(|error| format!("device: {error}"))
}

fn place(text: &str) -> Result<Place, String> {
    Place::parse(text).map_err(|error| format!("place: {error}"))
}

fn hash(password: &str) -> Result<PasswordHash, String> {
    let password = NewPassword::parse(password, &PasswordContext::default())
        .map_err(|error| format!("password: {error}"))?;
    domain::hash(&password, [0; 16], &mut HashMemory::new()).map_err(|error| error.to_string())
}

/// The same account has the same name in every entry of a state.
fn account_id(user_id: &str) -> AccountId {
    let folded = user_id.to_ascii_lowercase();
    let sum = folded.bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    AccountId::draw(&Guessable(sum))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

    #[test]
    fn a_registration_brings_the_reservation_of_its_user_id() {
        let items = read(
            "registrations",
            &json!([{
                "token": TOKEN,
                "member": ["jkc", "01", "jvc0211"],
                "verifiedAt": "2026-11-22T01:00:00Z",
                "chosen": {"userId": "taro", "password": "kaze-to-7sora", "email": "taro@example.jp"},
                "code": {"code": "611898", "sentAt": "2026-11-22T01:01:00Z", "wrongTries": 2},
                "sentAt": ["2026-11-22T01:01:00Z"],
            }]),
        )
        .unwrap();
        assert_eq!(items.len(), 2);
        let registration = &items[1].item;
        assert_eq!(
            registration["code_tries"]["NS"].as_array().unwrap().len(),
            2
        );
        assert!(
            !format!("{items:?}").contains("611898"),
            "the code is sealed"
        );
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_named() {
        for (name, value, expected) in [
            ("members", json!([]), "no entry `members`"),
            (
                "sessions",
                json!([{"token": "x"}]),
                "sessions: missing field",
            ),
            (
                "resets",
                json!([{"token": TOKEN, "requestedAt": "2026-11-22T01:00:00Z", "code": "611898"}]),
                "resets: either account or, of a decoy, userId",
            ),
            (
                "throttles",
                json!([{"of": "code-recipient", "email": "x", "at": "2026-11-22T01:00:00Z", "times": 1}]),
                "throttles: email",
            ),
        ] {
            let error = read(name, &value).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
