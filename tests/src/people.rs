//! The sample members, and what each chooses for the account. Everybody here is invented.

use serde_json::{Value, json};

/// A member of the sample roster, as the letter and the insurance papers describe them.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// 保険者指定コード.
    pub insurer: &'static str,
    /// 記号; empty at insurers without one.
    pub symbol: &'static str,
    /// 番号.
    pub number: &'static str,
    /// The date of birth, ISO.
    pub birth_date: &'static str,
    /// The name in kana.
    pub kana: &'static str,
    /// The name in kanji.
    pub name: &'static str,
    /// The user ID that this member chooses.
    pub user_id: &'static str,
    /// The password that this member chooses.
    pub password: &'static str,
    /// The address of this member.
    pub email: &'static str,
}

impl Member {
    /// What the member sends to be verified.
    #[must_use]
    pub fn identity(&self) -> Value {
        let mut identity = json!({
            "insurerCode": self.insurer,
            "symbol": self.symbol,
            "number": self.number,
            "birthDate": self.birth_date,
            "nameKana": self.kana,
        });
        if self.symbol.is_empty() {
            identity["symbol"] = Value::Null;
        }
        identity
    }

    /// The same with one field changed.
    #[must_use]
    pub fn identity_with(&self, field: &str, value: impl Into<Value>) -> Value {
        let mut identity = self.identity();
        identity[field] = value.into();
        identity
    }

    /// What the member sends to create a user.
    #[must_use]
    pub fn choice(&self) -> Value {
        json!({"userId": self.user_id, "password": self.password, "email": self.email})
    }

    /// What the member sends to log in.
    #[must_use]
    pub fn credentials(&self) -> Value {
        json!({"userId": self.user_id, "password": self.password})
    }

    /// Insurer, 記号 and 番号, as states name a member.
    #[must_use]
    pub fn key(&self) -> Value {
        json!([self.insurer, self.symbol, self.number])
    }
}

/// 健保 太郎, whom the manual takes through the journey.
pub const TARO: Member = PEOPLE[0];
/// 健保 昇子, whose kana name the manual writes in several ways.
pub const SHOKO: Member = PEOPLE[1];
/// 見本 花子, whose insurer has no 記号.
pub const HANAKO: Member = PEOPLE[2];

macro_rules! people {
    ($($insurer:literal $symbol:literal $number:literal $birth_date:literal $kana:literal $name:literal $user_id:literal;)+) => {
        /// Members of the sample roster.
        pub const PEOPLE: [Member; [$($number),+].len()] = [$(Member {
            insurer: $insurer,
            symbol: $symbol,
            number: $number,
            birth_date: $birth_date,
            kana: $kana,
            name: $name,
            user_id: $user_id,
            password: "kaze-to-7sora",
            email: concat!($user_id, "@example.jp"),
        }),+];
    };
}

people! {
    "jkc" "01" "jvc0211" "1980-01-01" "ケンポ タロウ" "健保 太郎" "Kenpo-Taro";
    "jkc" "01" "jvc0212" "1985-04-01" "ケンポ ショウコ" "健保 昇子" "shoko";
    "demo" "" "100001" "1983-03-03" "ミホン ハナコ" "見本 花子" "hanako";
    "demo" "" "100002" "1984-04-04" "ミホン ジロウ" "見本 次郎" "jiro";
    "jkc" "01" "jvc0213" "1972-02-29" "ワタナベ ツルヨ" "渡辺 鶴代" "tsuruyo";
    "jkc" "01" "jvc0214" "1989-01-07" "オノ マリー" "小野 真理" "marie";
    "jkc" "01" "jvc0215" "1989-01-08" "オオノ マリ" "大野 まり" "mari";
    "jkc" "02" "00123" "1977-11-30" "ハヤシ ジュン" "林 潤" "jun";
    "jkc" "02" "00125" "1990-03-15" "スズキ イチロウ" "鈴木 一郎" "ichiro";
    "jkc" "公立東京" "3001" "1968-09-09" "サトウ キョウコ" "佐藤 京子" "kyoko";
}
