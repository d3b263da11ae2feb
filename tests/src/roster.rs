//! Rosters of any size, of invented people: the same people each time, dressed as insurers' systems dress
//! them.

use std::io::{self, Write};

use encoding_rs::SHIFT_JIS;

/// So many people of one insurer.
#[derive(Clone, Copy, Debug)]
pub struct GeneratedRoster {
    /// 保険者指定コード.
    pub insurer: &'static str,
    /// How many insured persons.
    pub members: u64,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Person {
    /// 記号.
    pub symbol: String,
    /// 番号, eight digits with leading zeros.
    pub number: String,
    /// The family name, and how it is read.
    pub family: [&'static str; 2],
    /// The given name, and how it is read.
    pub given: [&'static str; 2],
    /// Year, month and day of birth.
    pub born: (u64, u64, u64),
}

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// UTF-8 with a byte order mark, as Excel writes it.
    Utf8WithMark,
    /// CP932.
    Cp932,
}

/// How a file is written. The default is our own.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what is wrong with a file goes together with whatever else is"
)]
pub struct Dress {
    /// The encoding.
    pub charset: Charset,
    /// Rows end as on Windows.
    pub crlf: bool,
    /// Every so many-th has a dependant in the next row; nobody when 0.
    pub dependants: u64,
    /// The header is Japanese, the names stand in two columns, the kana are half-width.
    pub in_two_columns: bool,
    /// Birth dates have a digit for the era.
    pub era_codes: bool,
    /// 番号 are written `="00000001"`, and names end with blanks and line ends.
    pub through_excel: bool,
}

impl Dress {
    /// Our own columns, UTF-8.
    pub const OURS: Self = Self {
        charset: Charset::Utf8,
        crlf: false,
        dependants: 0,
        in_two_columns: false,
        era_codes: false,
        through_excel: false,
    };
    /// What an old system writes.
    pub const UGLY: Self = Self {
        charset: Charset::Cp932,
        crlf: true,
        dependants: 3,
        in_two_columns: true,
        era_codes: true,
        through_excel: true,
    };

    /// The mapping of such files; none is needed for our own columns.
    pub fn mapping(self) -> Option<String> {
        if !self.in_two_columns {
            return None;
        }
        let eras = if self.era_codes {
            "[birthDate]\neraCodes = { 1 = \"明治\", 2 = \"大正\", 3 = \"昭和\", 4 = \"平成\", 5 = \"令和\" }\n"
        } else {
            ""
        };
        Some(format!(
            "[columns]\nsymbol = \"記号\"\nnumber = \"番号\"\nname = [\"氏\", \"名\"]\n\
             kana = [\"カナ氏\", \"カナ名\"]\nbirthDate = \"生年月日\"\nrelationship = \"続柄\"\n\
             [relationship]\ninsured = [\"本人\"]\ndependants = [\"妻\"]\n{eras}"
        ))
    }

    fn header(self) -> &'static str {
        if self.in_two_columns {
            "記号,番号,続柄,生年月日,氏,名,カナ氏,カナ名"
        } else {
            "insurer_code,symbol,number,branch,relationship,birth_date,name,name_kana"
        }
    }

    fn row(self, insurer: &str, person: &Person, is_insured: bool) -> String {
        let Person {
            symbol,
            number,
            family,
            given,
            born: (year, month, day),
        } = person;
        let number = if self.through_excel {
            format!("\"=\"\"{number}\"\"\"")
        } else {
            number.clone()
        };
        let born = if self.era_codes {
            let (code, before) = if *year < 1989 { (3, 1925) } else { (4, 1988) };
            format!("{code}{:02}{month:02}{day:02}", year - before)
        } else {
            format!("{year}-{month:02}-{day:02}")
        };
        if self.in_two_columns {
            let relationship = if is_insured { "本人" } else { "妻" };
            let blanks = if self.through_excel { "　\n" } else { "" };
            format!(
                "{symbol},{number},{relationship},{born},{},\"{}{blanks}\",{},{}",
                family[0],
                given[0],
                half_width(family[1]),
                half_width(given[1])
            )
        } else {
            let relationship = if is_insured { "insured" } else { "dependant" };
            format!(
                "{insurer},{symbol},{number},00,{relationship},{born},{} {},{} {}",
                family[0], given[0], family[1], given[1]
            )
        }
    }
}

const FAMILIES: [[&str; 2]; 12] = [
    ["見本", "ミホン"],
    ["健保", "ケンポ"],
    ["髙橋", "タカハシ"],
    ["宮﨑", "ミヤザキ"],
    ["佐藤", "サトウ"],
    ["鈴木", "スズキ"],
    ["一ノ関", "イチノセキ"],
    ["八ヶ岳", "ヤツガタケ"],
    ["渡邉", "ワタナベ"],
    ["小鳥遊", "タカナシ"],
    ["大野", "オオノ"],
    ["小野", "オノ"],
];
const GIVEN: [[&str; 2]; 10] = [
    ["太郎", "タロウ"],
    ["花子", "ハナコ"],
    ["昇子", "ショウコ"],
    ["潤", "ジュン"],
    ["かをり", "カヲリ"],
    ["みすゞ", "ミスズ"],
    ["勇", "イサム"],
    ["京子", "キョウコ"],
    ["一郎", "イチロウ"],
    ["マリー", "マリー"],
];

impl GeneratedRoster {
    /// The person of a number, the same each time.
    pub fn person(&self, number: u64) -> Person {
        let drawn = mixed(number);
        let pick = |from: u64, count: usize| {
            usize::try_from((drawn >> from) % count as u64).unwrap_or_default()
        };
        Person {
            symbol: format!("{}", 100 + number % 300),
            number: format!("{number:08}"),
            family: FAMILIES[pick(0, FAMILIES.len())],
            given: GIVEN[pick(8, GIVEN.len())],
            born: (
                1950 + (drawn >> 16) % 55,
                1 + (drawn >> 24) % 12,
                1 + (drawn >> 32) % 28,
            ),
        }
    }

    /// Writes everybody to a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, dress: Dress, to: &mut impl Write) -> io::Result<()> {
        if dress.charset == Charset::Utf8WithMark {
            to.write_all("\u{FEFF}".as_bytes())?;
        }
        let end = if dress.crlf { "\r\n" } else { "\n" };
        let mut line = |row: &str| {
            let row = format!("{row}{end}");
            match dress.charset {
                Charset::Cp932 => to.write_all(&SHIFT_JIS.encode(&row).0),
                _ => to.write_all(row.as_bytes()),
            }
        };
        line(dress.header())?;
        for number in 1..=self.members {
            let person = self.person(number);
            line(&dress.row(self.insurer, &person, true))?;
            if dress.dependants > 0 && number % dress.dependants == 0 {
                let born = (1990, 1, 1);
                line(&dress.row(self.insurer, &Person { born, ..person }, false))?;
            }
        }
        Ok(())
    }
}

/// Splitmix64: the same for each number, and nothing like it for the next.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The same kana in half width.
fn half_width(kana: &str) -> String {
    const FULL: &str = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンャュョーッァィゥェォ";
    const HALF: &str = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｬｭｮｰｯｧｨｩｪｫ";
    let mut half = String::new();
    for c in kana.chars() {
        let plain = |plain: char| {
            let place = FULL.chars().position(|full| full == plain)?;
            HALF.chars().nth(place)
        };
        // Voiced kana stand after their unvoiced ones, half-voiced ones after these.
        let before = |by: u32| char::from_u32(u32::from(c) - by).and_then(plain);
        match (plain(c), before(1), before(2)) {
            (Some(own), ..) => half.push(own),
            (None, Some(own), _) => half.extend([own, 'ﾞ']),
            (None, _, Some(own)) => half.extend([own, 'ﾟ']),
            _ => half.push(c),
        }
    }
    half
}
