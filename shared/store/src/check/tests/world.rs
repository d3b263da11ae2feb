//! Sound tables, to be broken.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    AccountId, AddressMark, BegunSession, BirthDate, Code, Delivery, DeliveryState, EmailAddress,
    FlowSubject, Guessable, HashMemory, InsurerCode, KanaName, KeyRule, LetterKeyRule, LongMark,
    MailId, MemberId, NewPassword, PasswordContext, PasswordHash, Subject, TermsVersion, Token,
    UserId,
};
use time::{OffsetDateTime, macros::datetime};

use super::*;
use crate::{
    Account, AccountKey, Addresses, Bucket, Chosen, Contact, EmailChange, Event, Guessed, Insurer,
    Item, MarkedAddress, Member, NewAccount, NewRegistration, NewReset, NewSession, Origin,
    Registration, Registrations, Reset, ResetAccount, Session, Share, Stamp, WaitingCode,
    item::{instant, text, ttl},
};

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-22 03:00 UTC);
pub(super) const MADE: OffsetDateTime = datetime!(2026-11-20 01:02:03.456 UTC);
pub(super) const ACCEPTED: OffsetDateTime = datetime!(2026-11-20 01:05 UTC);
pub(super) const SIGNED_IN: OffsetDateTime = datetime!(2026-11-22 01:00 UTC);
pub(super) const ASKED: OffsetDateTime = datetime!(2026-11-22 02:50:00.789 UTC);

pub(super) fn token(which: u8) -> Token {
    Token::draw(&Guessable::byte(which))
}

/// A code in the flow of a token, with one wrong try at it.
pub(super) fn waiting_code(of: u8, sent_at: OffsetDateTime, tried: u8) -> WaitingCode {
    let code = Code::parse("611898").unwrap();
    WaitingCode {
        wrong: vec![Stamp::draw(NOW, &Guessable::byte(tried))],
        ..WaitingCode::sent(code.seal(&token(of)), sent_at)
    }
}

pub(super) fn taro() -> Member {
    Member {
        id: MemberId::from_stored("jkc#1#jvc0211".to_owned()),
        symbol: "01".to_owned(),
        number: "jvc0211".to_owned(),
        name: "健保 太郎".to_owned(),
        name_kana: KanaName::parse("ケンポ タロウ").unwrap(),
        alternate_kana: Vec::new(),
        birth_date: BirthDate::from_iso("1980-01-01").unwrap(),
    }
}

pub(super) fn shoko() -> Member {
    Member {
        id: MemberId::from_stored("jkc#1#jvc0212".to_owned()),
        number: "jvc0212".to_owned(),
        name: "健保 昇子".to_owned(),
        ..taro()
    }
}

pub(super) fn jkc() -> Insurer {
    Insurer {
        code: InsurerCode::parse("jkc").unwrap(),
        name: "見本健康保険組合".to_owned(),
        mail_sender: EmailAddress::parse("no-reply@jkc.example.jp").unwrap(),
        contact: Contact {
            telephone: "03-0000-0000".to_owned(),
            hours: "平日".to_owned(),
            mail: "help@jkc.example.jp".to_owned(),
        },
        english: None,
        terms_versions: vec![terms()],
        survey_deadline: None,
        survey_opens: None,
        survey_address: None,
        campaign: None,
        long_mark: LongMark::Significant,
        key_rule: KeyRule::default(),
        letter_key: LetterKeyRule::Off,
    }
}

pub(super) fn terms() -> TermsVersion {
    TermsVersion::parse("2023-09-01").unwrap()
}

pub(super) fn user_id(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

pub(super) fn email() -> EmailAddress {
    EmailAddress::parse("taro@example.jp").unwrap()
}

pub(super) fn password_hash() -> PasswordHash {
    let password = NewPassword::parse("kaze-to-7sora", &PasswordContext::default()).unwrap();
    domain::hash(&password, [0; 16], &mut HashMemory::new()).unwrap()
}

pub(super) fn event(subject: &Subject, name: &str, outcome: &str, at: OffsetDateTime) -> Event {
    Event {
        subject: subject.clone(),
        at: Stamp::draw(at, &Guessable::byte(7)),
        name: name.to_owned(),
        outcome: outcome.to_owned(),
        origin: Origin::Request("r-1".to_owned()),
        member: None,
    }
}

/// Items of all tables.
#[derive(Clone)]
pub(super) struct World(pub(super) Vec<(&'static str, Item)>);

impl World {
    /// A member with an account who is signed in and changes the address, another on the way to an account, a
    /// reset, a decoy, counters, mails, and what the trail has of all that.
    pub(super) fn sound() -> Self {
        let mut world = Self(Vec::new());
        world.put("Insurers", jkc().to_item());
        world.put("Members", taro().to_item());
        world.put("Members", shoko().to_item());
        world.put_account();
        world.put_registrations();
        world.put_resets();
        world.put_throttles();
        world.put_addresses();
        world
    }

    pub(super) fn put(&mut self, table: &'static str, item: Item) {
        self.0.push((table, item));
    }

    pub(super) fn tell(
        &mut self,
        subject: &Subject,
        name: &str,
        outcome: &str,
        at: OffsetDateTime,
    ) {
        self.put("Audit", event(subject, name, outcome, at).to_item());
    }

    pub(super) fn account() -> Account {
        Account::from(NewAccount {
            id: AccountId::draw(&Guessable::byte(1)),
            user_id: user_id("Taro"),
            member: taro().id,
            insurer: jkc().code,
            email: email(),
            password_hash: password_hash(),
            created_at: MADE,
        })
    }

    pub(super) fn put_account(&mut self) {
        let session = BegunSession {
            token: token(1).hash(),
            at: SIGNED_IN,
        };
        let account = Account {
            acceptances: [(terms(), ACCEPTED)].into(),
            sessions: vec![session.clone()],
            last_login_at: Some(SIGNED_IN),
            ..Self::account()
        };
        self.put("Accounts", account.to_item());
        self.put("Accounts", account.to_claim());
        let new = NewSession {
            token: session.token,
            account: AccountKey::of(&account.user_id),
            account_id: account.id.clone(),
            member: account.member.clone(),
            insurer: account.insurer.clone(),
            created_at: SIGNED_IN,
            device: None,
            place: None,
            previous_login_at: None,
            previous_login_place: None,
            terms_version: terms(),
            has_accepted_terms: true,
        };
        let session = Session {
            email_change: Some(EmailChange {
                email: email(),
                code: waiting_code(1, ASKED, 1),
            }),
            ..Session::from(new)
        };
        self.put("Sessions", session.to_item());
        let subject = account.user_id.subject();
        let made = event(&taro().id.subject(), "confirm-code", "done", MADE);
        self.put("Audit", made.to_item());
        self.put("Audit", made.also_of(subject.clone()).to_item());
        self.tell(&subject, "accept-terms", "done", ACCEPTED);
        self.tell(&subject, "login", "done", SIGNED_IN);
        self.tell(&subject, "change-email", "begun", ASKED);
    }

    pub(super) fn put_registrations(&mut self) {
        let insurer = jkc();
        for (which, member, is_over) in [(2, taro(), true), (3, shoko(), false)] {
            let new = NewRegistration {
                token: token(which).hash(),
                subject: FlowSubject::draw(&Guessable::byte(which)),
                member: &member,
                insurer: &insurer,
                verified_at: ASKED,
            };
            let sent = Stamp::draw(NOW, &Guessable::byte(2));
            let registration = Registration {
                chosen: Some(Chosen {
                    user_id: user_id("shoko"),
                    password_hash: password_hash(),
                    email: email(),
                }),
                code: Some(waiting_code(which, NOW, 2)),
                creates: vec![sent],
                sends: vec![sent],
                last_send: Some(sent),
                ..Registration::from(new)
            };
            if is_over {
                self.put("Registrations", registration.to_stub(NOW));
            } else {
                let reserved = Registrations::reservation_item(
                    &member.id,
                    &user_id("shoko"),
                    registration.expires_at,
                );
                self.put("Registrations", reserved);
                self.put("Registrations", registration.to_item());
            }
            self.tell(&member.id.subject(), "verify-member", "done", ASKED);
        }
    }

    pub(super) fn put_resets(&mut self) {
        let account = Self::account();
        for which in [4, 5] {
            let code = waiting_code(which, ASKED, 3);
            let new = NewReset {
                token: token(which).hash(),
                flow_subject: FlowSubject::draw(&Guessable::byte(which)),
                code: code.sealed.clone(),
                subject: account.user_id.subject(),
                requested_at: ASKED,
                account: (which == 4).then(|| ResetAccount::of(&account, &email())),
            };
            let reset = Reset {
                code,
                ..Reset::from(new)
            };
            self.put("Resets", reset.to_item());
        }
        self.tell(
            &account.user_id.subject(),
            "request-password-reset",
            "undeliverable",
            ASKED,
        );
    }

    pub(super) fn put_throttles(&mut self) {
        let wrong: Vec<Stamp> = (0..5)
            .map(|which| Stamp::draw(NOW, &Guessable::byte(which)))
            .collect();
        self.put(
            "Throttles",
            Bucket::VerifyIdentity(&taro().id).to_item(&wrong),
        );
        self.put(
            "Throttles",
            Guessed::ByAnybody(&user_id("taro")).to_item(&wrong),
        );
        self.put("Throttles", Share::Code(&email()).to_item(&wrong));
        self.put(
            "Throttles",
            Share::CodesOfClient(domain::Reach::Line("192.0.2.1")).to_item(&wrong),
        );
    }

    pub(super) fn put_addresses(&mut self) {
        let marked = MarkedAddress {
            mark: AddressMark {
                bounces: vec![ASKED],
                ..AddressMark::default()
            },
            message_id: Some("0106-1".to_owned()),
            lifted_at: None,
        };
        self.put("Addresses", marked.to_item(&email()));
        let mail = MailId::parse("0106-1").unwrap();
        let delivery = Delivery::default()
            .and(DeliveryState::HandedOver, Some(ASKED))
            .and(DeliveryState::Returned, Some(NOW));
        self.put("Addresses", Addresses::mail_item(&mail, &delivery));
        let latest = [
            (
                "address",
                text(format!("latest#{}", domain::fingerprint("taro@example.jp"))),
            ),
            ("mail", text("0106-1")),
            ("mailed_at", instant(ASKED)),
            ("ttl", ttl(ASKED + domain::DELIVERY_KEPT)),
        ];
        self.put("Addresses", crate::item::item(latest));
    }

    /// The one item of a table whose key begins so, and which has this attribute.
    pub(super) fn item(&mut self, table: &str, begins: &str, has: &str) -> &mut Item {
        let look = TABLES.iter().find(|look| look.table == table).unwrap();
        let is_it = |item: &Item| {
            item[look.key].as_s().unwrap().starts_with(begins) && item.contains_key(has)
        };
        let mut fitting = self
            .0
            .iter_mut()
            .filter(|(of, item)| *of == table && is_it(item));
        let (_, found) = fitting.next().unwrap();
        assert!(
            fitting.next().is_none(),
            "several items of {table} begin with {begins}"
        );
        found
    }

    pub(super) fn set(
        &mut self,
        table: &str,
        begins: &str,
        has: &str,
        attribute: &str,
        value: AttributeValue,
    ) {
        let item = self.item(table, begins, has);
        item.insert(attribute.to_owned(), value);
    }

    pub(super) fn take(&mut self, table: &str, begins: &str) {
        let look = TABLES.iter().find(|look| look.table == table).unwrap();
        let before = self.0.len();
        self.0.retain(|(of, item)| {
            *of != table || !item[look.key].as_s().unwrap().starts_with(begins)
        });
        assert_eq!(
            self.0.len() + 1,
            before,
            "one item of {table} begins with {begins}"
        );
    }

    pub(super) fn untell(&mut self, name: &str) {
        self.0
            .retain(|(table, item)| *table != "Audit" || item["event"] != text(name));
    }

    pub(super) fn survey(&self) -> Survey {
        let mut survey = Survey::at(NOW);
        for (table, item) in &self.0 {
            assert!(survey.add(table, item));
        }
        survey
    }
}
