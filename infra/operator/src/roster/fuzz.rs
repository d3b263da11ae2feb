//! Files of insurers, and whatever else somebody may give in their place: every row is read or refused by its number,
//! and what a sound file says is what is read.

use std::io::Write as _;

use encoding_rs::{EUC_JP, SHIFT_JIS};
use proptest::{collection::vec, prelude::*};
use time::macros::date;

use super::{
    encoding::Inspected, intake::walk, layout::Whose, mapping::Mapping, reading::Read,
    source::Source,
};
use crate::failure::Failure;

/// What came of a row.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    Insured {
        id: String,
        name: String,
    },
    /// The rows that the refusals name.
    Refused(Vec<u64>),
    Other,
}

/// Reads a file of our own columns, of the insurer `jkc`.
fn read(bytes: &[u8]) -> Result<Vec<(u64, Came)>, Failure> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("a file");
    let inspected = Inspected::of(file.path(), None)?;
    let mapping = Mapping::read(None)?;
    let source = Source::of(file.path(), &inspected, &mapping)?;
    let whose = Whose {
        code: domain::InsurerCode::parse("jkc").expect("a code"),
        rule: domain::KeyRule::default(),
    };
    let mut came = Vec::new();
    walk(
        &source,
        &mapping,
        Some(&whose),
        date!(2026 - 04 - 01),
        |row, read, _| {
            let of_row = match read {
                Ok(Read::Insured(insured)) => Came::Insured {
                    id: insured.member.id.as_str().to_owned(),
                    name: insured.member.name.clone(),
                },
                Ok(_) => Came::Other,
                Err(refusals) => {
                    Came::Refused(refusals.iter().map(|refusal| refusal.row).collect())
                }
            };
            came.push((row.number, of_row));
            Ok(())
        },
    )?;
    Ok(came)
}

const HEADER: &str = "insurer_code,symbol,number,branch,relationship,birth_date,name,name_kana";

/// What stands in cells, and should not.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "",
            " ",
            "jkc",
            "ｊｋｃ",
            "1",
            "00000001",
            "=\"00000001\"",
            "１２３－４",
            "1.00E+05",
            "公立東京",
            "00",
            "insured",
            "dependant",
            "1980-01-01",
            "昭和55年1月1日",
            "S55.1.1",
            "1/1/1980",
            "29221",
            "35501011",
            "19800230",
            "見本 太郎",
            "髙橋\u{3000}花子",
            "\u{E000}",
            "〓",
            "ミホン タロウ",
            "ﾐﾎﾝ ﾀﾛｳ",
            "みほん",
            "ー",
            "MIHON",
            "\"",
            "\"\"",
            "a\"b",
            ",",
            ";",
            "\t",
            "\r",
            "\n",
            "\r\n",
            "\u{FEFF}",
            "\u{0}",
            "\u{FFFD}",
            "合計",
            "計 3名",
        ])
        .prop_map(str::to_owned),
    ]
}

/// Rows, mostly of eight cells, quoted or not, with any line ends.
fn rows() -> impl Strategy<Value = String> {
    let quoted = (cell(), any::<bool>()).prop_map(|(cell, is_quoted)| {
        if is_quoted {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell
        }
    });
    let row = (
        vec(quoted, 0..10),
        prop::sample::select(vec!["\n", "\r\n", "\r", ""]),
    )
        .prop_map(|(cells, end)| cells.join(",") + end);
    (any::<bool>(), vec(row, 0..12)).prop_map(|(has_header, rows)| {
        let header = if has_header {
            format!("{HEADER}\n")
        } else {
            String::new()
        };
        header + &rows.concat()
    })
}

fn encoded(text: &str, charset: usize) -> Vec<u8> {
    match charset {
        0 => text.as_bytes().to_vec(),
        1 => ["\u{FEFF}".as_bytes(), text.as_bytes()].concat(),
        2 => SHIFT_JIS.encode(text).0.into_owned(),
        3 => EUC_JP.encode(text).0.into_owned(),
        4 => [0xFF, 0xFE]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect(),
        _ => [0xFE, 0xFF]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
            .collect(),
    }
}

/// A file that nobody should give.
fn anything() -> impl Strategy<Value = Vec<u8>> {
    let broken = (
        rows(),
        0..6_usize,
        any::<prop::sample::Index>(),
        any::<u8>(),
        any::<bool>(),
    );
    let broken = broken.prop_map(|(text, charset, at, byte, is_broken)| {
        let mut bytes = encoded(&text, charset);
        if is_broken && !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    });
    // The beginning of a workbook, and nothing of one behind it.
    let no_workbook =
        vec(any::<u8>(), 0..300).prop_map(|bytes| [b"PK\x03\x04", &bytes[..]].concat());
    prop_oneof![6 => broken, 1 => vec(any::<u8>(), 0..300), 1 => no_workbook]
}

/// A member as a sound file has one: 記号, 番号, name and kana.
fn person() -> impl Strategy<Value = (String, u32, &'static str, &'static str)> {
    let named = prop::sample::select(vec![
        ("見本 太郎", "ミホン タロウ"),
        ("髙橋 花子", "タカハシ ハナコ"),
        ("一ノ関 みすゞ", "イチノセキ ミスズ"),
        ("渡邉 かをり", "ワタナベ カヲリ"),
    ]);
    (
        prop_oneof!["[1-9][0-9]{0,3}", Just("公立東京".to_owned())],
        1..99_999_999_u32,
        named,
    )
        .prop_map(|(symbol, number, (name, kana))| (symbol, number, name, kana))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_of_any_file_is_read_or_refused_by_its_number(bytes in anything()) {
        // A file that cannot be read is refused whole, in words.
        if let Ok(came) = read(&bytes) {
            prop_assert!(came.windows(2).all(|two| two[0].0 < two[1].0), "{:?}", came);
            for (row, came) in came {
                match came {
                    Came::Insured { id, name } => {
                        prop_assert!(id.starts_with("jkc#"), "{}", id);
                        prop_assert!(!name.trim().is_empty());
                    }
                    Came::Refused(rows) => {
                        prop_assert!(!rows.is_empty() && rows.iter().all(|refused| *refused == row), "{:?}", rows);
                    }
                    Came::Other => {}
                }
            }
        }
    }

    #[test]
    fn a_sound_file_says_the_same_in_every_encoding(
        people in vec(person(), 1..8), charset in 0..6_usize, is_crlf: bool, pads: bool,
    ) {
        let end = if is_crlf { "\r\n" } else { "\n" };
        let mut text = format!("{HEADER}{end}");
        for (symbol, number, name, kana) in &people {
            let number = if pads { format!("{number:08}") } else { number.to_string() };
            let row = format!("jkc,{symbol},{number},00,insured,1980-01-01,\"{name}\",{kana}{end}");
            text += &row;
        }
        let came = read(&encoded(&text, charset));
        let came = came.map_err(|failure| TestCaseError::fail(format!("{failure:?}")))?;
        let expected: Vec<_> = people
            .iter()
            .zip(2..)
            .map(|((symbol, number, name, _), row)| {
                let name = (*name).to_owned();
                (row, Came::Insured { id: format!("jkc#{symbol}#{number}"), name })
            })
            .collect();
        prop_assert_eq!(came, expected);
    }
}
