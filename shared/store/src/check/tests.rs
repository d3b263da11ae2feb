//! Each rule notices one item that it does not hold for, in tables that are sound without it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    AccountId, AddressMark, BegunSession, BirthDate, Code, Delivery, DeliveryState, EmailAddress,
    FlowSubject, Guessable, HashMemory, InsurerCode, KanaName, LeadingZeros, LetterKeyRule,
    LongMark, MailId, MemberId, NewPassword, PasswordContext, PasswordHash, Subject, TermsVersion,
    Token, UserId,
};
use time::{Duration, OffsetDateTime, macros::datetime};

use super::*;
use crate::{
    Account, AccountKey, Addresses, Bucket, Chosen, Contact, Event, Guessed, Insurer, Item, Share,
    MarkedAddress, Member, NewAccount, NewEmailChange, NewRegistration, NewReset, NewSession,
    Origin, Progress, Registrations, ResetAccount, Stamp,
    item::{instant, instants, number, stamps, text, ttl},
};

const NOW: OffsetDateTime = datetime!(2026-11-22 03:00 UTC);
const MADE: OffsetDateTime = datetime!(2026-11-20 01:02:03.456 UTC);
const ACCEPTED: OffsetDateTime = datetime!(2026-11-20 01:05 UTC);
const SIGNED_IN: OffsetDateTime = datetime!(2026-11-22 01:00 UTC);
const ASKED: OffsetDateTime = datetime!(2026-11-22 02:50:00.789 UTC);

fn token(which: u8) -> Token {
    Token::draw(&Guessable::byte(which))
}

fn taro() -> Member {
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

fn shoko() -> Member {
    Member {
        id: MemberId::from_stored("jkc#1#jvc0212".to_owned()),
        number: "jvc0212".to_owned(),
        name: "健保 昇子".to_owned(),
        ..taro()
    }
}

fn jkc() -> Insurer {
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
        campaign: None,
        long_mark: LongMark::Significant,
        leading_zeros: LeadingZeros::Dropped,
        letter_key: LetterKeyRule::Off,
    }
}

fn terms() -> TermsVersion {
    TermsVersion::parse("2023-09-01").unwrap()
}

fn user_id(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

fn email() -> EmailAddress {
    EmailAddress::parse("taro@example.jp").unwrap()
}

fn password_hash() -> PasswordHash {
    let password = NewPassword::parse("kaze-to-7sora", &PasswordContext::default()).unwrap();
    domain::hash(&password, [0; 16], &mut HashMemory::new()).unwrap()
}

fn event(subject: &Subject, name: &str, outcome: &str, at: OffsetDateTime) -> Event {
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
struct World(Vec<(&'static str, Item)>);

impl World {
    /// A member with an account who is signed in and changes the address, another on the way to an account, a
    /// reset, a decoy, counters, mails, and what the trail has of all that.
    fn sound() -> Self {
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

    fn put(&mut self, table: &'static str, item: Item) {
        self.0.push((table, item));
    }

    fn tell(&mut self, subject: &Subject, name: &str, outcome: &str, at: OffsetDateTime) {
        self.put("Audit", event(subject, name, outcome, at).to_item());
    }

    fn account() -> Account {
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

    fn put_account(&mut self) {
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
        let mut session = new.to_item();
        let change = NewEmailChange {
            email: email(),
            code: Code::parse("611898").unwrap().seal(&token(1)),
            sent_at: ASKED,
        };
        change.add_to(&mut session, &[Stamp::draw(NOW, &Guessable::byte(1))]);
        self.put("Sessions", session);
        let subject = account.user_id.subject();
        let made = event(&taro().id.subject(), "confirm-code", "done", MADE);
        self.put("Audit", made.to_item());
        self.put("Audit", made.also_of(subject.clone()).to_item());
        self.tell(&subject, "accept-terms", "done", ACCEPTED);
        self.tell(&subject, "login", "done", SIGNED_IN);
        self.tell(&subject, "change-email", "begun", ASKED);
    }

    fn put_registrations(&mut self) {
        let insurer = jkc();
        for (which, member, is_over) in [(2, taro(), true), (3, shoko(), false)] {
            let new = NewRegistration {
                token: token(which).hash(),
                subject: FlowSubject::draw(&Guessable::byte(which)),
                member: &member,
                insurer: &insurer,
                verified_at: ASKED,
            };
            let mut item = new.to_item();
            let sent = Stamp::draw(NOW, &Guessable::byte(2));
            let progress = Progress {
                chosen: Some(Chosen {
                    user_id: user_id("shoko"),
                    password_hash: password_hash(),
                    email: email(),
                }),
                code: Some((Code::parse("611898").unwrap().seal(&token(which)), NOW)),
                code_tries: vec![sent],
                creates: vec![sent],
                sends: vec![sent],
                completed_at: None,
            };
            if is_over {
                for attribute in [
                    "member_name",
                    "symbol",
                    "number",
                    "birth_date",
                    "mail_sender",
                ] {
                    item.remove(attribute);
                }
                item.insert("completed_at".to_owned(), instant(NOW));
            } else {
                progress.add_to(&mut item);
                let expires_at = ASKED + domain::REGISTRATION_VALID;
                let reserved =
                    Registrations::reservation_item(&member.id, &user_id("shoko"), expires_at);
                self.put("Registrations", reserved);
            }
            self.put("Registrations", item);
            self.tell(&member.id.subject(), "verify-member", "done", ASKED);
        }
    }

    fn put_resets(&mut self) {
        let account = Self::account();
        for which in [4, 5] {
            let of = (which == 4).then(|| {
                ResetAccount::with(
                    AccountKey::of(&account.user_id),
                    account.member.clone(),
                    account.insurer.clone(),
                    email(),
                    &account.password_hash,
                )
            });
            let new = NewReset {
                token: token(which).hash(),
                flow_subject: FlowSubject::draw(&Guessable::byte(which)),
                code: Code::parse("611898").unwrap().seal(&token(which)),
                subject: account.user_id.subject(),
                requested_at: ASKED,
                account: of,
            };
            let mut item = new.to_item();
            NewReset::add_tries(&mut item, &[Stamp::draw(NOW, &Guessable::byte(3))]);
            self.put("Resets", item);
        }
        self.tell(
            &account.user_id.subject(),
            "request-password-reset",
            "undeliverable",
            ASKED,
        );
    }

    fn put_throttles(&mut self) {
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

    fn put_addresses(&mut self) {
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
    fn item(&mut self, table: &str, begins: &str, has: &str) -> &mut Item {
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

    fn set(
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

    fn take(&mut self, table: &str, begins: &str) {
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

    fn untell(&mut self, name: &str) {
        self.0
            .retain(|(table, item)| *table != "Audit" || item["event"] != text(name));
    }

    fn survey(&self) -> Survey {
        let mut survey = Survey::at(NOW);
        for (table, item) in &self.0 {
            assert!(survey.add(table, item));
        }
        survey
    }
}

#[test]
fn sound_tables_have_no_findings() {
    assert_eq!(World::sound().survey().findings(), []);
}

/// A world that is broken in one place, and what notices.
type Broken = (&'static str, Rule, fn(&mut World));

/// What happens to single items.
const BROKEN_ITEMS: &[Broken] = &[
    ("an account that does not read", Rule::Readable, |world| {
        world.item("Accounts", "user#", "email").remove("email");
    }),
    ("an insurer that does not read", Rule::Readable, |world| {
        world.set("Insurers", "jkc", "name", "name", number(1));
    }),
    ("a member that does not read", Rule::Readable, |world| {
        world
            .item("Members", "jkc#1#jvc0211", "name")
            .remove("name_kana");
    }),
    ("an account under another user ID", Rule::Key, |world| {
        world.set("Accounts", "user#", "email", "user_id", text("jiro"));
    }),
    ("a registration under another token", Rule::Key, |world| {
        world.set(
            "Registrations",
            "token#",
            "code",
            "token",
            text(token(9).hash().as_str()),
        );
    }),
    ("a counter of nothing", Rule::Key, |world| {
        let key = format!("nonsense#{}", domain::fingerprint("x"));
        world.set("Throttles", "login-user-id", "ttl", "throttle", text(key));
    }),
    (
        "a session that is collected when it is made",
        Rule::Ttl,
        |world| {
            world.set("Sessions", "", "account", "ttl", ttl(SIGNED_IN));
        },
    ),
    ("a session that is never collected", Rule::Ttl, |world| {
        world.item("Sessions", "", "account").remove("ttl");
    }),
    ("a session in milliseconds", Rule::Ttl, |world| {
        world.set(
            "Sessions",
            "",
            "account",
            "ttl",
            instant(SIGNED_IN + domain::SESSION_VALID),
        );
    }),
    ("a registration in milliseconds", Rule::Ttl, |world| {
        world.set(
            "Registrations",
            "token#",
            "email",
            "ttl",
            instant(ASKED + domain::REGISTRATION_VALID),
        );
    }),
    (
        "a stub that outlives its registration",
        Rule::Ttl,
        |world| {
            world.set(
                "Registrations",
                "token#",
                "completed_at",
                "ttl",
                ttl(NOW + Duration::days(1)),
            );
        },
    ),
    (
        "a reservation that is collected a second early",
        Rule::Ttl,
        |world| {
            let early = ASKED + domain::REGISTRATION_VALID - Duration::SECOND;
            world.set("Registrations", "user-id#", "holder", "ttl", ttl(early));
        },
    ),
    ("a reset that is never collected", Rule::Ttl, |world| {
        world.item("Resets", "", "account").remove("ttl");
    }),
    (
        "a lockout that is collected like a log",
        Rule::Ttl,
        |world| {
            world.set(
                "Throttles",
                "login-user-id",
                "tries",
                "ttl",
                ttl(NOW + Duration::minutes(15)),
            );
        },
    ),
    ("a log in milliseconds", Rule::Ttl, |world| {
        world.set(
            "Throttles",
            "verify-identity",
            "tries",
            "ttl",
            instant(NOW + Duration::minutes(15)),
        );
    }),
    (
        "mails to a recipient that are never collected",
        Rule::Ttl,
        |world| {
            world
                .item("Throttles", "code-recipient", "ttl")
                .remove("ttl");
        },
    ),
    (
        "a mark that is collected before it ends",
        Rule::Ttl,
        |world| {
            world.set(
                "Addresses",
                "",
                "bounces",
                "ttl",
                ttl(ASKED + Duration::days(29)),
            );
        },
    ),
    (
        "a mail that is kept as long as a mark",
        Rule::Ttl,
        |world| {
            world.set(
                "Addresses",
                "mail#",
                "ttl",
                "ttl",
                ttl(ASKED + domain::BOUNCE_COUNTS),
            );
        },
    ),
    (
        "an event that is collected a day early",
        Rule::Ttl,
        |world| {
            world.item("Audit", "", "member").insert(
                "ttl".to_owned(),
                ttl(MADE + domain::AUDIT_KEPT - Duration::DAY),
            );
        },
    ),
    ("an account that would be collected", Rule::Stays, |world| {
        world.set(
            "Accounts",
            "user#",
            "email",
            "ttl",
            ttl(NOW + Duration::DAY),
        );
    }),
    ("a claim that would be collected", Rule::Stays, |world| {
        world.set(
            "Accounts",
            "member#",
            "user_id",
            "ttl",
            ttl(NOW + Duration::DAY),
        );
    }),
    ("a member that would be collected", Rule::Stays, |world| {
        world.set(
            "Members",
            "jkc#1#jvc0211",
            "name",
            "ttl",
            ttl(NOW + Duration::DAY),
        );
    }),
    ("a name in a stub", Rule::Bare, |world| {
        world.set(
            "Registrations",
            "token#",
            "completed_at",
            "member_name",
            text("健保 太郎"),
        );
    }),
    ("an address in a claim", Rule::Bare, |world| {
        world.set(
            "Accounts",
            "member#",
            "user_id",
            "email",
            text("taro@example.jp"),
        );
    }),
    ("a name in a reservation", Rule::Bare, |world| {
        world.set(
            "Registrations",
            "user-id#",
            "holder",
            "member_name",
            text("健保 昇子"),
        );
    }),
    ("a code without a choice", Rule::Bare, |world| {
        world
            .item("Registrations", "token#", "code")
            .remove("user_id");
    }),
    ("an address in a decoy", Rule::Bare, |world| {
        let decoy = world
            .0
            .iter_mut()
            .find(|(table, item)| *table == "Resets" && !item.contains_key("account"));
        decoy
            .unwrap()
            .1
            .insert("email".to_owned(), text("taro@example.jp"));
    }),
    (
        "a counter that is keyed by an address",
        Rule::Bare,
        |world| {
            world.set(
                "Throttles",
                "code-recipient",
                "ttl",
                "throttle",
                text("code-recipient#taro@example.jp"),
            );
        },
    ),
    ("a mark that is keyed by an address", Rule::Bare, |world| {
        world.set(
            "Addresses",
            "",
            "bounces",
            "address",
            text("taro@example.jp"),
        );
    }),
    ("an address in an event", Rule::Bare, |world| {
        world
            .item("Audit", "", "member")
            .insert("email".to_owned(), text("taro@example.jp"));
    }),
    (
        "more tries than a log has room for",
        Rule::Bounded,
        |world| {
            let of_a_moment = |seconds| {
                let at = NOW - Duration::seconds(seconds);
                (0..=100).map(move |which| Stamp::draw(at, &Guessable::byte(which)))
            };
            let many: Vec<Stamp> = (0..3).flat_map(of_a_moment).collect();
            world.set(
                "Throttles",
                "verify-identity",
                "tries",
                "tries",
                stamps(&many),
            );
        },
    ),
    (
        "a try that is counted and was not charged",
        Rule::Bounded,
        |world| {
            let other = [Stamp::draw(NOW, &Guessable::byte(200))];
            world.set(
                "Throttles",
                "verify-identity",
                "tries",
                "tries_counted",
                stamps(&other),
            );
        },
    ),
    ("more mails than are let out", Rule::Bounded, |world| {
        let many: Vec<Stamp> = (0..6)
            .map(|which| Stamp::draw(NOW, &Guessable::byte(which)))
            .collect();
        world.set(
            "Throttles",
            "code-recipient",
            "ttl",
            "attempts",
            stamps(&many),
        );
    }),
    (
        "more tries at a code than are let in",
        Rule::Bounded,
        |world| {
            let many: Vec<Stamp> = (0..6)
                .map(|which| Stamp::draw(NOW, &Guessable::byte(which)))
                .collect();
            world.set("Sessions", "", "account", "code_tries", stamps(&many));
        },
    ),
    ("a session that lives longer", Rule::Bounded, |world| {
        let at = SIGNED_IN + domain::SESSION_VALID + Duration::HOUR;
        world.set("Sessions", "", "account", "expires_at", instant(at));
        world.set("Sessions", "", "account", "ttl", ttl(at));
    }),
    (
        "a mark that is refused for another time",
        Rule::Bounded,
        |world| {
            world.set("Addresses", "", "bounces", "refused_until", instant(NOW));
        },
    ),
    (
        "a mark of which one event is not spelled out",
        Rule::Bounded,
        |world| {
            world.set(
                "Addresses",
                "",
                "bounces",
                "bounces",
                instants(&[ASKED, NOW]),
            );
        },
    ),
    (
        "a mail that came back before it was sent",
        Rule::Bounded,
        |world| {
            world.set(
                "Addresses",
                "mail#",
                "ttl",
                "returned_at",
                instant(ASKED - Duration::SECOND),
            );
        },
    ),
];

/// What happens between items.
const BROKEN_TIES: &[Broken] = &[
    ("an account without its claim", Rule::Claimed, |world| {
        world.take("Accounts", "member#");
    }),
    (
        "an account whose claim is of another",
        Rule::Claimed,
        |world| {
            world.set(
                "Accounts",
                "member#",
                "user_id",
                "account_id",
                text(AccountId::draw(&Guessable::byte(9)).as_str()),
            );
        },
    ),
    ("a claim without its account", Rule::ClaimHeld, |world| {
        world.take("Accounts", "user#");
    }),
    ("two accounts of one id", Rule::OneId, |world| {
        let other = Account {
            key: AccountKey::of(&user_id("jiro")),
            user_id: user_id("jiro"),
            member: shoko().id,
            ..World::account()
        };
        world.put("Accounts", other.to_item());
    }),
    (
        "a session of an account that had the user ID before",
        Rule::SessionHasAccount,
        |world| {
            world.set(
                "Sessions",
                "",
                "account",
                "account_id",
                text(AccountId::draw(&Guessable::byte(9)).as_str()),
            );
        },
    ),
    (
        "a session that its account does not list",
        Rule::SessionListed,
        |world| {
            world.set(
                "Accounts",
                "user#",
                "email",
                "sessions",
                AttributeValue::M(Item::new()),
            );
        },
    ),
    (
        "a session behind terms that were not accepted",
        Rule::SessionTerms,
        |world| {
            world.set(
                "Accounts",
                "user#",
                "email",
                "acceptances",
                AttributeValue::M(Item::new()),
            );
        },
    ),
    ("a choice that is not reserved", Rule::Reserved, |world| {
        world.take("Registrations", "user-id#");
    }),
    (
        "a choice that is reserved for somebody else",
        Rule::Reserved,
        |world| {
            world.set(
                "Registrations",
                "user-id#",
                "holder",
                "holder",
                text(taro().id.as_str()),
            );
        },
    ),
    (
        "a reservation that nobody waits with",
        Rule::ReservationHeld,
        |world| {
            world.set("Registrations", "token#", "code", "user_id", text("other"));
        },
    ),
    (
        "a roster without its insurer",
        Rule::InsurerThere,
        |world| world.take("Insurers", "jkc"),
    ),
    (
        "a newest mail that is not there",
        Rule::LatestMail,
        |world| world.take("Addresses", "mail#"),
    ),
    ("an account that nothing tells of", Rule::Event, |world| {
        world.untell("confirm-code");
    }),
    (
        "an acceptance that nothing tells of",
        Rule::Event,
        |world| world.untell("accept-terms"),
    ),
    ("a login that nothing tells of", Rule::Event, |world| {
        world.untell("login");
    }),
    (
        "a verification that nothing tells of",
        Rule::Event,
        |world| world.untell("verify-member"),
    ),
    (
        "a change of address that nothing tells of",
        Rule::Event,
        |world| world.untell("change-email"),
    ),
    ("a reset that nothing tells of", Rule::Event, |world| {
        world.untell("request-password-reset");
    }),
    (
        "a disabled account that nothing tells of",
        Rule::Event,
        |world| {
            world.set("Accounts", "user#", "email", "disabled_at", instant(NOW));
        },
    ),
    (
        "an acceptance that a later one has moved",
        Rule::FirstAcceptance,
        |world| {
            let later = NOW;
            let accepted = Account {
                acceptances: [(terms(), later)].into(),
                ..Account::from_item(world.item("Accounts", "user#", "email")).unwrap()
            };
            *world.item("Accounts", "user#", "email") = accepted.to_item();
            world.tell(&user_id("taro").subject(), "accept-terms", "done", later);
        },
    ),
    (
        "an account of a member who was erased since",
        Rule::Erased,
        |world| world.tell(&taro().id.subject(), "member-erase", "done", NOW),
    ),
    (
        "a registration of an insurer that was removed since",
        Rule::Erased,
        |world| world.tell(&jkc().code.subject(), "insurer-remove", "done", NOW),
    ),
];

#[test]
fn each_rule_notices_what_is_broken_and_names_nobody() {
    let mut noticed = std::collections::BTreeSet::new();
    for (what, rule, breaks) in BROKEN_ITEMS.iter().chain(BROKEN_TIES) {
        let mut world = World::sound();
        breaks(&mut world);
        let findings = world.survey().findings();
        assert!(
            findings.iter().any(|found| found.rule == *rule),
            "{what}: {} is expected in {findings:?}",
            rule.name()
        );
        for found in &findings {
            let said = found.to_string().to_lowercase();
            for name in ["taro", "shoko", "jvc02", "健保", "@"] {
                assert!(!said.contains(name), "{what}: {said} names somebody");
            }
        }
        noticed.insert(*rule);
    }
    assert_eq!(noticed.into_iter().collect::<Vec<_>>(), Rule::ALL);
}

#[test]
fn what_is_broken_between_items_is_so_as_well_when_they_are_read_together() {
    for (what, rule, breaks) in BROKEN_TIES {
        let mut world = World::sound();
        breaks(&mut world);
        for suspect in world.survey().suspects() {
            let mut together = Survey::at(NOW);
            for (table, item) in &world.0 {
                let look = TABLES.iter().find(|look| look.table == *table).unwrap();
                let key = item[look.key].as_s().unwrap();
                let is_read = suspect
                    .places
                    .iter()
                    .any(|place| place.table == *table && place.key == *key);
                let is_event = *table == "Audit" && suspect.events.is_some();
                if is_read || is_event {
                    together.add(table, item);
                }
            }
            let again = together.suspects();
            assert!(
                again.iter().any(|again| again.finding == suspect.finding),
                "{what} ({}): {} is only suspected",
                rule.name(),
                suspect.finding
            );
        }
    }
}

#[test]
fn what_is_over_and_several_browsers_of_one_member_are_no_findings() {
    let mut world = World::sound();
    // The account listed it no longer when it was over.
    world.set(
        "Accounts",
        "user#",
        "email",
        "sessions",
        AttributeValue::M(Item::new()),
    );
    let mut later = Survey::at(NOW + Duration::hours(13));
    for (table, item) in &world.0 {
        later.add(table, item);
    }
    assert_eq!(later.findings(), []);

    // The member verified in another browser, and gave up there what was chosen here.
    let mut world = World::sound();
    world.take("Registrations", "user-id#");
    let (insurer, member) = (jkc(), shoko());
    let other = NewRegistration {
        token: token(6).hash(),
        subject: FlowSubject::draw(&Guessable::byte(6)),
        member: &member,
        insurer: &insurer,
        verified_at: ASKED,
    };
    world.put("Registrations", other.to_item());
    assert_eq!(world.survey().findings(), []);
    assert!(Account::from_item(world.item("Accounts", "user#", "email")).is_ok());
}
