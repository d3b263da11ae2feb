//! The people of a soak: invented, and the same for each number.

use domain::{BirthDate, KanaName, KeyRule, NewPassword, PasswordContext};
use files::member_key;
use serde_json::{Value, json};
use store::Member;
use tests::{Chance, GeneratedRoster};

const INSURER: &str = "jkc";
/// So many members come from one address, one after the other: a company.
const PER_CLIENT: u64 = 40;

/// One member.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) number: u64,
}

impl Person {
    fn described(self) -> tests::Person {
        let roster = GeneratedRoster {
            insurer: INSURER,
            members: 0,
        };
        roster.person(self.number)
    }

    /// The five fields as the letter has them.
    pub(crate) fn identity(self) -> Value {
        let person = self.described();
        let (year, month, day) = person.born;
        json!({
            "insurerCode": INSURER,
            "symbol": person.symbol,
            "number": person.number,
            "birthDate": format!("{year}-{month:02}-{day:02}"),
            "nameKana": format!("{} {}", person.family[1], person.given[1]),
        })
    }

    /// The same, mistyped.
    pub(crate) fn mistyped_identity(self, chance: &mut Chance) -> Value {
        let mut identity = self.identity();
        let (field, value) = chance.pick(&[
            ("nameKana", "ケンポ ジロウサブロウ"),
            ("birthDate", "2001-02-03"),
            ("number", "9999999"),
        ]);
        identity[field] = value.into();
        identity
    }

    /// The name that the roster has.
    pub(crate) fn name(self) -> String {
        let person = self.described();
        format!("{} {}", person.family[0], person.given[0])
    }

    /// A user ID that the member may choose. The first is one that others like, too.
    pub(crate) fn user_id(self, choice: usize) -> String {
        match choice {
            0 => format!("Popular-{}", self.number / 8),
            _ => format!("Member-{}-{choice}", self.number),
        }
    }

    /// A password that the member may choose.
    pub(crate) fn password(self, choice: usize) -> String {
        // One in 12,000 seems to be a known one.
        let words = ["kaze", "sora", "hoshi"];
        let passwords = words.map(|word| format!("{word}-{}-{choice}", self.number));
        let context = PasswordContext::default();
        let may_be = |password: &String| NewPassword::parse(password, &context).is_ok();
        passwords.into_iter().find(may_be).unwrap_or_default()
    }

    /// Where mail reaches the member. The first is the one that the account is made with.
    pub(crate) fn email(self, choice: usize) -> String {
        match choice {
            0 => format!("soak-{}@example.jp", self.number),
            _ => format!("soak-{}-{choice}@example.jp", self.number),
        }
    }

    /// The address as somebody mistypes it: mail to it comes back.
    pub(crate) fn mistyped_email(self) -> String {
        format!("bounce.{}@simulator.example.jp", self.number)
    }

    /// The address of the network.
    pub(crate) fn client(self) -> String {
        let company = self.number / PER_CLIENT;
        format!("198.18.{}.{}", company / 250, 1 + company % 250)
    }

    /// What the roster has of the member.
    pub(crate) fn member(self) -> Member {
        let (person, identity) = (self.described(), self.identity());
        let text = |field: &str| identity[field].as_str().unwrap_or_default().to_owned();
        let key = member_key(INSURER, &person.symbol, &person.number).expect("a key");
        Member {
            id: key.id(KeyRule::default()),
            symbol: person.symbol,
            number: person.number,
            name: self.name(),
            name_kana: KanaName::parse(&text("nameKana")).expect("a name"),
            alternate_kana: Vec::new(),
            birth_date: BirthDate::from_iso(&text("birthDate")).expect("a date"),
        }
    }
}
