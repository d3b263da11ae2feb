//! What values mean: whose a relationship is, what an entry says of who leaves, which era a digit stands for.

use std::collections::BTreeMap;

use domain::BirthDate;
use time::Date;

use super::super::mapping::{BirthDates, Era, Serials};

/// A sorting of values, and whether somebody should look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    /// Those of the insured; those of who leaves.
    pub(super) chosen: Vec<String>,
    /// All others that are known.
    pub(super) others: Vec<String>,
    /// Those of which nobody knows; of relationships, those of the others that are no word for somebody of the family.
    pub(super) unknown: Vec<String>,
    /// Whether it was guessed.
    pub(super) is_guess: bool,
}

/// Marks that people set in a column of 本人.
const MARKS: [&str; 8] = ["○", "◯", "〇", "●", "◎", "✓", "レ", "*"];

/// What words for somebody of the family have in them.
const FAMILY: [&str; 24] = [
    "妻",
    "夫",
    "子",
    "男",
    "女",
    "父",
    "母",
    "祖",
    "孫",
    "兄",
    "姉",
    "弟",
    "妹",
    "配偶",
    "家族",
    "扶養",
    "養",
    "甥",
    "姪",
    "義",
    "嫁",
    "dependant",
    "spouse",
    "child",
];

/// Whether a value is a word for somebody of the family, or the word that says 家族.
fn is_of_family(value: &str) -> bool {
    let lower = value.to_lowercase();
    value == "家" || FAMILY.iter().any(|word| lower.contains(word))
}

/// Whether a value may be of the family: a word for it, or a code.
fn may_be_of_family(value: &str) -> bool {
    let is_code = value.len() <= 3 && value.chars().all(|c| c.is_ascii_alphanumeric());
    is_code || is_of_family(value)
}

/// Whose each relationship is. Words say it; of codes, the one that each 番号 has exactly once is the insured's, or
/// else the lowest. Where only the family has a word, the empty cells are the insured's.
pub(super) fn relationships(
    column: &str,
    values: &BTreeMap<String, u64>,
    once: &[String],
) -> Sorted {
    // The last are kinds of the insured: those who work, and those who stay insured after that.
    const INSURED: [&str; 8] = [
        "本人",
        "被保険者",
        "insured",
        "self",
        "任意継続",
        "任継",
        "特退",
        "一般",
    ];
    let named: Vec<&String> = values.keys().filter(|value| !value.is_empty()).collect();
    let has_empty = values.len() > named.len();
    let empty = || vec![String::new()];
    let are_marks = !named.is_empty() && named.iter().all(|value| MARKS.contains(&value.as_str()));
    if are_marks && has_empty && column.contains("本人") {
        return Sorted {
            chosen: named.into_iter().cloned().collect(),
            others: empty(),
            unknown: Vec::new(),
            is_guess: true,
        };
    }
    let is_insured = |value: &&&String| {
        let lower = value.to_lowercase();
        **value == "本" || INSURED.iter().any(|word| lower.contains(word))
    };
    let words: Vec<String> = named
        .iter()
        .filter(is_insured)
        .map(|value| (**value).clone())
        .collect();
    let is_guess = words.is_empty();
    let is_all_family = !named.is_empty() && named.iter().all(|value| is_of_family(value));
    let chosen = if !is_guess {
        words
    } else if is_all_family {
        if has_empty { empty() } else { Vec::new() }
    } else if let [only] = once {
        vec![only.clone()]
    } else {
        const LOWEST: [&str; 7] = ["00", "0", "000", "01", "1", "001", "10"];
        let lowest = LOWEST
            .iter()
            .find(|code| named.iter().any(|value| value == *code));
        match (lowest, &*named) {
            (Some(code), _) => vec![(*code).to_owned()],
            (None, [only]) => vec![(*only).clone()],
            (None, _) => Vec::new(),
        }
    };
    let others = named.into_iter().filter(|value| !chosen.contains(value));
    let others: Vec<String> = others.cloned().collect();
    let strange = others.iter().filter(|value| !may_be_of_family(value));
    Sorted {
        unknown: if is_guess {
            Vec::new()
        } else {
            strange.cloned().collect()
        },
        others,
        is_guess,
        chosen,
    }
}

/// What each entry of a column says of who leaves; a flag by one of its two digits.
pub(super) fn removals(column: &str, values: &BTreeMap<String, u64>) -> Sorted {
    const LEAVE: [&str; 14] = [
        "喪失",
        "退職",
        "死亡",
        "脱退",
        "削除",
        "抹消",
        "失効",
        "delete",
        "転出",
        "無効",
        "資格なし",
        "退会",
        "除籍",
        "inactive",
    ];
    const STAY: [&str; 17] = [
        "取得",
        "変更",
        "訂正",
        "継続",
        "新規",
        "追加",
        "在籍",
        "有効",
        "異動なし",
        "なし",
        "add",
        "update",
        "資格あり",
        "加入",
        "在職",
        "休職",
        "active",
    ];
    let is_flag = column.contains("フラグ") || column.to_lowercase().contains("flag");
    // A flag says what its column is called: 喪失フラグ, or 有効フラグ.
    let left = if ["有効", "在籍"].iter().any(|word| column.contains(word)) {
        "0"
    } else {
        "1"
    };
    if is_flag
        && values
            .keys()
            .all(|value| matches!(&**value, "" | "0" | "1"))
    {
        let (chosen, others) = values.keys().cloned().partition(|value| value == left);
        return Sorted {
            chosen,
            others,
            unknown: Vec::new(),
            is_guess: true,
        };
    }
    let mut sorted = Sorted::default();
    for value in values.keys() {
        let lower = value.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let is_not_yet = ["予定", "未"].iter().any(|word| lower.contains(word));
        let list = if value.is_empty() || (has(&STAY) && !has(&LEAVE) && !is_not_yet) {
            &mut sorted.others
        } else if has(&LEAVE) && !is_not_yet {
            &mut sorted.chosen
        } else {
            &mut sorted.unknown
        };
        list.push(value.clone());
    }
    sorted
}

/// One numbering of the eras.
pub(super) type Numbering = [(char, Era); 5];
/// 1 to 5, as most systems count.
const COUNTED: Numbering = [
    ('1', Era::Meiji),
    ('2', Era::Taisho),
    ('3', Era::Showa),
    ('4', Era::Heisei),
    ('5', Era::Reiwa),
];
/// The odd digits, as the pension service's forms have them.
const ODD: Numbering = [
    ('1', Era::Meiji),
    ('3', Era::Taisho),
    ('5', Era::Showa),
    ('7', Era::Heisei),
    ('9', Era::Reiwa),
];

/// The numbering that the digits of these birth dates have, and whether it was guessed from ages: who is insured is
/// of an age to work or to have worked.
pub(super) fn numbering(
    cells: &[Vec<String>],
    digits: &[char],
    today: Date,
) -> Option<(Numbering, bool)> {
    let fits = |numbering: &Numbering| {
        let has = |digit: &char| numbering.iter().any(|(code, _)| code == digit);
        digits.iter().all(has)
    };
    match (fits(&COUNTED), fits(&ODD)) {
        (true, false) => return Some((COUNTED, false)),
        (false, true) => return Some((ODD, false)),
        (false, false) => return None,
        (true, true) => {}
    }
    let plausible = |numbering: &Numbering| {
        let dates = BirthDates {
            era_codes: numbering.iter().copied().collect(),
            excel_serials: Some(Serials::From1900),
        };
        let ages = cells
            .iter()
            .filter_map(|cells| dates.read(cells, today).ok());
        ages.filter(|born| (15..=100).contains(&age(*born, today)))
            .count()
    };
    let (counted, odd) = (plausible(&COUNTED), plausible(&ODD));
    Some((if odd > counted { ODD } else { COUNTED }, true))
}

/// How old somebody is, in years.
pub(super) fn age(born: BirthDate, today: Date) -> i32 {
    let iso = born.iso();
    let part = |range: std::ops::Range<usize>| iso.get(range).and_then(|part| part.parse().ok());
    let (year, month, day): (Option<i32>, Option<u8>, Option<u8>) = (
        part(0..4),
        iso.get(5..7).and_then(|part| part.parse().ok()),
        iso.get(8..10).and_then(|part| part.parse().ok()),
    );
    let (Some(year), Some(month), Some(day)) = (year, month, day) else {
        return -1;
    };
    let is_before = (u8::from(today.month()), today.day()) < (month, day);
    today.year() - year - i32::from(is_before)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 04 - 01);

    fn counted(values: &[&str]) -> BTreeMap<String, u64> {
        values
            .iter()
            .map(|value| ((*value).to_owned(), 1))
            .collect()
    }

    #[test]
    fn a_relationship_is_sorted_by_its_word_or_its_code() {
        for (values, once, insured, is_guess) in [
            (&["本人", "妻", "子"][..], &[][..], &["本人"][..], false),
            (&["01:本人", "02:配偶者"], &[], &["01:本人"], false),
            (&["被保険者", "被扶養者"], &[], &["被保険者"], false),
            (&["0", "1"], &[], &["0"], true),
            (&["00", "01", "02"], &[], &["00"], true),
            (&["1", "2"], &[], &["1"], true),
            (&["1", "2", "9"], &["9"], &["9"], true),
            (&["5"], &[], &["5"], true),
            (&["一般", "任継"], &[], &["一般", "任継"], false),
            (&["A", "B"], &[], &[], true),
            (&["", "妻", "長男"], &[], &[""], true),
            (&["妻"], &[], &[], true),
            (&["妻", "01"], &[], &["01"], true),
        ] {
            let once: Vec<String> = once.iter().map(|code: &&str| (*code).to_owned()).collect();
            let sorted = relationships("続柄", &counted(values), &once);
            assert_eq!(
                (&*sorted.chosen, sorted.is_guess),
                (
                    &insured
                        .iter()
                        .map(|value| (*value).to_owned())
                        .collect::<Vec<_>>()[..],
                    is_guess
                ),
                "{values:?}"
            );
            let named = values.iter().filter(|value| !value.is_empty()).count();
            let of_empty = usize::from(sorted.chosen.contains(&String::new()));
            assert_eq!(
                sorted.chosen.len() + sorted.others.len(),
                named + of_empty,
                "{values:?}"
            );
        }
        let strange = relationships("続柄", &counted(&["本人", "妻", "02", "X(2)"]), &[]);
        assert_eq!(strange.unknown, ["X(2)"]);
        let marked = relationships("本人", &counted(&["○", ""]), &[]);
        assert_eq!((&*marked.chosen[0], &*marked.others[0]), ("○", ""));
    }

    #[test]
    fn an_entry_of_who_leaves_is_known_by_its_word() {
        let entries = ["", "資格喪失", "取得", "氏名変更", "喪失予定", "9"];
        let sorted = removals("異動区分", &counted(&entries));
        assert_eq!(sorted.chosen, ["資格喪失"]);
        assert_eq!(sorted.others, ["", "取得", "氏名変更"]);
        assert_eq!(sorted.unknown, ["9", "喪失予定"]);
        let flag = removals("喪失フラグ", &counted(&["", "0", "1"]));
        assert_eq!((flag.chosen, flag.is_guess), (vec!["1".to_owned()], true));
        assert_eq!(flag.others, ["", "0"]);
        let valid = removals("有効フラグ", &counted(&["0", "1"]));
        assert_eq!((valid.chosen, valid.is_guess), (vec!["0".to_owned()], true));
        let state = removals("資格状態", &counted(&["有効", "無効", "資格なし"]));
        assert_eq!(state.chosen, ["無効", "資格なし"]);
        let code = removals("喪失区分", &counted(&["0", "1"]));
        assert_eq!(code.unknown, ["0", "1"]);
    }

    #[test]
    fn the_numbering_of_eras_is_the_one_that_makes_grown_ups() {
        let of = |cells: &[&str]| {
            let digits: Vec<char> = cells
                .iter()
                .filter_map(|cell| cell.chars().next())
                .collect();
            let cells: Vec<Vec<String>> =
                cells.iter().map(|cell| vec![(*cell).to_owned()]).collect();
            let (numbering, is_guess) = numbering(&cells, &digits, TODAY)?;
            let showa = numbering.iter().find(|(_, era)| era.name() == "昭和");
            showa.map(|(code, _)| (*code, is_guess))
        };
        assert_eq!(of(&["3550101", "4020101"]), Some(('3', false)));
        assert_eq!(of(&["5550101", "7020101"]), Some(('5', false)));
        assert_eq!(of(&["3550101"]), Some(('3', true)));
        assert_eq!(of(&["5550101"]), Some(('5', true)));
        assert_eq!(of(&["8550101"]), None);
    }
}
