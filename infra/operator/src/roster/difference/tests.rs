//! Differences of files and rosters of a few people.

use domain::{BirthDate, KanaName};

use super::*;
use crate::roster::{
    mapping::Mode,
    record::{self, Removal},
    sort::Sorter,
};

fn member(number: &str, kana: &str, born: &str) -> Member {
    let canonical = number.trim_start_matches('0');
    Member {
        id: MemberId::from_stored(format!("jkc##{canonical}")),
        symbol: String::new(),
        number: number.to_owned(),
        name: "健保".to_owned(),
        name_kana: KanaName::parse(kana).unwrap(),
        alternate_kana: Vec::new(),
        birth_date: BirthDate::from_iso(born).unwrap(),
    }
}

fn of(number: &str) -> Member {
    member(number, "ケンポ", "1980-01-01")
}

fn file(rows: &[(u64, Member)]) -> Sorter {
    let mut sorter = Sorter::new().unwrap();
    for (row, member) in rows {
        push(
            &mut sorter,
            *row,
            member.id.as_str(),
            &record::of_member(member),
        );
    }
    sorter
}

fn push(sorter: &mut Sorter, row: u64, id: &str, bytes: &[u8]) {
    let body = [&row.to_be_bytes()[..], bytes].concat();
    sorter.push(id.as_bytes(), &body).unwrap();
}

fn removal(number: &str) -> Vec<u8> {
    record::of_removal(&Removal {
        id: of(number).id,
        symbol: String::new(),
        number: number.to_owned(),
    })
}

/// What becomes of it, in short.
fn told(file: Sorter, roster: &[Member], mode: Mode) -> Vec<String> {
    let mut there = Sorter::new().unwrap();
    for member in roster {
        there
            .push(member.id.as_str().as_bytes(), &record::of_member(member))
            .unwrap();
    }
    let (file, roster) = (file.finish().unwrap(), there.finish().unwrap());
    let comparison = Comparison {
        file: &file,
        roster: &roster,
        mode,
        long_mark: LongMark::Significant,
        column: "番号",
        is_history: false,
    };
    let mut differences = comparison.differences().unwrap();
    std::iter::from_fn(|| differences.next_difference().unwrap())
        .map(|difference| match difference {
            Difference::New(member) => format!("new {}", member.number),
            Difference::Changed {
                member,
                is_other_person,
                row,
            } => format!("changed {} {is_other_person} {row}", member.number),
            Difference::Unchanged => "unchanged".to_owned(),
            Difference::Leaver(id) => format!("leaver {}", id.as_str()),
            Difference::NotInFile => "not in file".to_owned(),
            Difference::GoneAlready => "gone".to_owned(),
            Difference::Repeated => "repeated".to_owned(),
            Difference::Former => "former".to_owned(),
            Difference::Disputed => "disputed".to_owned(),
            Difference::Refused(refusal) => {
                format!("{} {:?}", refusal.row, refusal.reason)
            }
        })
        .collect()
}

#[test]
fn who_came_back_is_insured_whatever_row_stands_first() {
    let removal = record::of_removal(&Removal {
        id: MemberId::from_stored("jkc##1".to_owned()),
        symbol: String::new(),
        number: "1".to_owned(),
    });
    for removal_first in [true, false] {
        let mut rows = Sorter::new().unwrap();
        let insured = of("1");
        let bytes = record::of_member(&insured);
        let both = if removal_first {
            [&removal, &bytes]
        } else {
            [&bytes, &removal]
        };
        for (row, bytes) in (2..).zip(both) {
            push(&mut rows, row, "jkc##1", bytes);
        }
        let (file, nobody) = (rows.finish().unwrap(), Sorter::new().unwrap());
        let nobody = nobody.finish().unwrap();
        for is_history in [true, false] {
            let comparison = Comparison {
                file: &file,
                roster: &nobody,
                mode: Mode::Full,
                long_mark: LongMark::Significant,
                column: "番号",
                is_history,
            };
            let mut differences = comparison.differences().unwrap();
            let first = differences.next_difference().unwrap().unwrap();
            let second = differences.next_difference().unwrap().unwrap();
            if is_history {
                assert!(matches!(first, Difference::Former));
                assert!(matches!(second, Difference::New(_)));
            } else {
                assert!(matches!(first, Difference::Refused(_)));
                assert!(matches!(second, Difference::Disputed));
            }
        }
    }
}

#[test]
fn each_member_is_new_changed_unchanged_or_leaves() {
    let rows = [
        (2, of("3")),
        (3, of("1")),
        (4, member("2", "ケンポ", "1981-01-01")),
    ];
    let roster = [of("2"), of("3"), of("4")];
    assert_eq!(
        told(file(&rows), &roster, Mode::Full),
        ["new 1", "changed 2 false 4", "unchanged", "leaver jkc##4"]
    );
    assert_eq!(told(file(&rows), &roster, Mode::Delta)[3], "not in file");
    assert_eq!(told(file(&[]), &roster, Mode::Full).len(), 3);
    assert_eq!(told(file(&rows), &[], Mode::Full).len(), 3);
}

#[test]
fn rows_of_one_member_agree_or_are_refused_with_both_rows() {
    let rows = [
        (2, of("1")),
        (3, of("1")),
        (4, member("1", "ケンホ", "1982-01-01")),
        (5, of("01")),
        (6, of("2")),
    ];
    assert_eq!(
        told(file(&rows), &[], Mode::Full),
        [
            "repeated",
            "4 Duplicate { row: 2 }",
            "5 Collision { row: 2 }",
            "disputed",
            "new 2"
        ]
    );
}

#[test]
fn a_row_can_say_that_somebody_leaves() {
    let mut sorter = file(&[(2, of("1"))]);
    push(&mut sorter, 3, "jkc##2", &removal("2"));
    push(&mut sorter, 4, "jkc##9", &removal("9"));
    assert_eq!(
        told(sorter, &[of("1"), of("2"), of("3")], Mode::Delta),
        ["unchanged", "leaver jkc##2", "not in file", "gone"]
    );
}

#[test]
fn somebody_else_under_the_same_number_is_seen() {
    for (kana, born, is_other) in [
        ("スズキ", "1990-01-01", true),
        ("スズキ", "1980-01-01", false),
        ("けんぽ", "1990-01-01", false),
    ] {
        let rows = [(2, member("1", kana, born))];
        assert_eq!(
            told(file(&rows), &[of("1")], Mode::Full),
            [format!("changed 1 {is_other} 2")]
        );
    }
}
