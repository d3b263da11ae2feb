//! Who moves, and who may not.

use domain::{BirthDate, KanaName};

use super::*;

const READING: Reading<'static> = Reading {
    long_mark: LongMark::Significant,
    column: "番号",
};

/// A member of a number, called by a letter and born in a year.
fn member(number: &str, (kana, year): (&str, u32)) -> Member {
    Member {
        id: MemberId::from_stored(format!("jkc##{number}")),
        symbol: String::new(),
        number: number.to_owned(),
        name: kana.to_owned(),
        name_kana: KanaName::parse(kana).unwrap(),
        alternate_kana: Vec::new(),
        birth_date: BirthDate::from_iso(&format!("{year}-01-01")).unwrap(),
    }
}

const A: (&str, u32) = ("ア", 1980);
const B: (&str, u32) = ("イ", 1981);
const C: (&str, u32) = ("ウ", 1982);

/// Who is where after the moves, the moves in a possible order, and what is refused.
fn found(
    roster: &[(&str, (&str, u32))],
    rows: &[(&str, &str, (&str, u32))],
) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (mut there, mut wanted) = (Sorter::new().unwrap(), Sorter::new().unwrap());
    for (number, who) in roster {
        let member = member(number, *who);
        there
            .push(member.id.as_str().as_bytes(), &record::of_member(&member))
            .unwrap();
    }
    for (row, (from, to, who)) in (2..).zip(rows) {
        let from = format!("jkc##{from}");
        wanted
            .push(from.as_bytes(), &pack(row, &member(to, *who)))
            .unwrap();
    }
    let (there, wanted) = (there.finish().unwrap(), wanted.finish().unwrap());
    let found = find(&wanted, &there, READING).unwrap();
    let mut merge = found.roster.merge().unwrap();
    let roster = std::iter::from_fn(|| merge.next_record().unwrap()).map(|record| {
        let member = read(&record).unwrap();
        assert_eq!(format!("jkc##{}", member.number).as_bytes(), record.key);
        format!("{} {}", member.number, member.name)
    });
    let at_once = found.moves.at_once().unwrap().map(Result::unwrap);
    let moves: Vec<String> = at_once
        .chain(found.moves.then().iter().cloned())
        .map(|it| {
            let from = it.from.as_str().strip_prefix("jkc##").unwrap();
            format!("{from} {}", it.number)
        })
        .collect();
    assert_eq!(found.moves.len(), moves.len() as u64);
    let refusals = found.refusals.iter();
    (
        roster.collect(),
        moves,
        refusals
            .map(|it| format!("{} {}", it.row, it.reason.code()))
            .collect(),
    )
}

#[track_caller]
fn becomes(
    roster: &[(&str, (&str, u32))],
    rows: &[(&str, &str, (&str, u32))],
    expected: (&[&str], &[&str], &[&str]),
) {
    let (there, moves, refused) = found(roster, rows);
    assert_eq!(there, expected.0);
    assert_eq!(moves, expected.1);
    assert_eq!(refused, expected.2);
}

#[test]
fn who_has_the_former_number_is_compared_under_the_new_one() {
    becomes(
        &[("1", A), ("2", B)],
        &[("1", "9", A)],
        (&["2 イ", "9 ア"], &["1 9"], &[]),
    );
    // The same file again: nobody has the former number, or somebody else.
    becomes(&[("9", A)], &[("1", "9", A)], (&["9 ア"], &[], &[]));
    becomes(
        &[("1", B), ("9", A)],
        &[("1", "9", A)],
        (&["1 イ", "9 ア"], &[], &[]),
    );
    // An earlier file has brought the new number as if it were somebody new.
    becomes(
        &[("1", A), ("9", A)],
        &[("1", "9", A)],
        (&["9 ア"], &["1 9"], &[]),
    );
}

#[test]
fn a_number_is_left_before_another_comes_to_it() {
    becomes(
        &[("1", A), ("2", B), ("3", C)],
        &[("1", "2", A), ("2", "3", B), ("3", "4", C)],
        (&["2 ア", "3 イ", "4 ウ"], &["3 4", "2 3", "1 2"], &[]),
    );
}

#[test]
fn what_cannot_be_decided_or_done_is_refused_with_its_row() {
    // Only the name, or only the birth date, is that of the former number.
    for who in [("ア", 1999), ("オ", 1980)] {
        becomes(
            &[("1", A)],
            &[("1", "9", who)],
            (&["1 ア"], &[], &["2 former-other"]),
        );
    }
    becomes(
        &[("1", A)],
        &[("1", "8", A), ("1", "9", A)],
        (&["8 ア"], &["1 8"], &["3 former-twice"]),
    );
    becomes(
        &[("1", A), ("9", B)],
        &[("1", "9", A)],
        (&["9 イ"], &[], &["2 new-taken"]),
    );
    // Two who change places: whoever goes first finds the number taken.
    let (_, moves, refused) = found(
        &[("1", A), ("2", B), ("3", C)],
        &[("1", "2", A), ("2", "1", B), ("3", "5", C)],
    );
    assert_eq!(moves, ["3 5"]);
    assert_eq!(refused, ["2 swapped", "3 swapped"]);
}
