//! The member's name in kana (氏名(カナ)), folded so that every way of writing the same name
//! compares equal: hiragana and katakana, full and half width, with or without a space, and
//! 「濁音・半濁音・拗音・促音については清音と同一視します」 (manual, step 2).
//!
//! One pass over the code points, by fixed ranges: no normalisation and no Unicode tables. NFKC
//! would not do: it turns the mark ゜ into a space and a combining mark, and unfolds ㌔ and ㋐,
//! which nobody writes in a name.

use crate::characters::{is_blank, is_middle_dot, is_stroke, narrow};

/// Whether ー counts when names are compared. A property of the insurer: some rosters have lost
/// the mark on their way through older systems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LongMark {
    /// マリー and マリ are two names.
    #[default]
    Significant,
    /// マリー and マリ are one name.
    Ignored,
}

/// A name in kana, folded: large unvoiced full-width katakana and ー, at least one kana.
#[derive(Clone, PartialEq, Eq)]
pub struct KanaName(String);

opaque_debug!(KanaName);

impl KanaName {
    /// The most code points of a name, before and after folding.
    pub const LONGEST: usize = 200;

    /// Reads a name as a member types it or as a roster spells it.
    ///
    /// Ignored: white space, invisible characters, voicing marks, and what separates parts of a
    /// name (・ = . , 、 。 in either width). Every horizontal stroke is taken for ー. The marks
    /// ゝゞヽヾ repeat the kana before them.
    ///
    /// # Errors
    /// [`KanaError`] names the first character that cannot stand in a name, and of which kind it
    /// is.
    ///
    /// # Examples
    /// ```
    /// use domain::KanaName;
    /// let typed = KanaName::parse("けんぽ しょうこ")?;
    /// let roster = KanaName::parse("ｹﾝﾎﾟｼﾖｳｺ")?;
    /// assert_eq!(typed.folded(), "ケンホシヨウコ");
    /// assert_eq!(typed, roster);
    /// # Ok::<(), domain::KanaError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, KanaError> {
        // Length first: what is refused as too long is not looked at.
        if text.chars().nth(Self::LONGEST).is_some() {
            return Err(KanaError::TooLong);
        }
        let mut folded = String::with_capacity(text.len());
        // What a repetition mark would repeat: the last character that was kept, if it is a kana.
        let mut last_kana = None;
        let mut any_kana = false;
        let mut any_visible = false;
        for c in text.chars() {
            if is_blank(c) {
                continue;
            }
            any_visible = true;
            match fold(c) {
                Folded::Ignored => {}
                Folded::LongMark => {
                    folded.push('ー');
                    last_kana = None;
                }
                Folded::Kana(kana) => {
                    folded.push(kana);
                    last_kana = Some(kana);
                    any_kana = true;
                }
                Folded::TwoKana(first, second) => {
                    folded.push(first);
                    folded.push(second);
                    last_kana = Some(second);
                    any_kana = true;
                }
                Folded::Repeat => match last_kana {
                    Some(kana) => folded.push(kana),
                    None => return Err(KanaError::Iteration(c)),
                },
                Folded::Refused(Kind::Kanji) => return Err(KanaError::Kanji(c)),
                Folded::Refused(Kind::LowerCaseLatin) if any_kana => {
                    return Err(KanaError::Unconverted(c));
                }
                Folded::Refused(Kind::LowerCaseLatin | Kind::Latin) => {
                    return Err(KanaError::Latin(c));
                }
                Folded::Refused(Kind::Digit) => return Err(KanaError::Digit(c)),
                Folded::Refused(Kind::OldKana) => return Err(KanaError::OldKana(c)),
                Folded::Refused(Kind::Symbol) => return Err(KanaError::Symbol(c)),
            }
        }
        if !any_visible {
            return Err(KanaError::Empty);
        }
        if !any_kana {
            return Err(KanaError::NoKana);
        }
        // ヿ and ゟ become two: what was folded must itself be a name that can be read again.
        if folded.chars().nth(Self::LONGEST).is_some() {
            return Err(KanaError::TooLong);
        }
        Ok(Self(folded))
    }

    /// The folded name. Reading it again gives the same name.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.0
    }

    /// Whether two spellings are the same name at an insurer with this rule for ー.
    #[must_use]
    pub fn matches(&self, other: &Self, long_mark: LongMark) -> bool {
        match long_mark {
            LongMark::Significant => self.0 == other.0,
            LongMark::Ignored => {
                let kana = |name: &Self| name.0.replace('ー', "");
                kana(self) == kana(other)
            }
        }
    }
}

/// Why a text is no name in kana.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KanaError {
    /// Nothing was typed.
    #[error("the name is empty")]
    Empty,
    /// Only marks and separators, no kana.
    #[error("the name has no kana")]
    NoKana,
    /// More than [`KanaName::LONGEST`] code points.
    #[error("the name has more than 200 code points")]
    TooLong,
    /// A kanji, also one that looks like a kana or a long mark (一, 二, 口), and 々 and 〆.
    #[error("{0:?} is a kanji")]
    Kanji(char),
    /// A Latin letter, with or without an accent.
    #[error("{0:?} is a Latin letter")]
    Latin(char),
    /// A small Latin letter after kana: the member went on before the input method had made a
    /// kana of it (しょうk).
    #[error("{0:?} was left unconverted by an input method")]
    Unconverted(char),
    /// A digit.
    #[error("{0:?} is a digit")]
    Digit(char),
    /// A kana that is no longer in use (hentaigana and the like); no roster has it.
    #[error("{0:?} is an obsolete kana")]
    OldKana(char),
    /// A repetition mark (ゝゞヽヾ) with no kana before it.
    #[error("{0:?} has no kana to repeat")]
    Iteration(char),
    /// Anything else.
    #[error("{0:?} is not a kana")]
    Symbol(char),
}

impl KanaError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoKana => "no_kana",
            Self::TooLong => "too_long",
            Self::Kanji(_) => "kanji",
            Self::Latin(_) => "latin",
            Self::Unconverted(_) => "unconverted",
            Self::Digit(_) => "digit",
            Self::OldKana(_) => "old_kana",
            Self::Iteration(_) => "iteration",
            Self::Symbol(_) => "symbol",
        }
    }

    /// The character that was refused, as it was typed.
    #[must_use]
    pub fn character(&self) -> Option<char> {
        match self {
            Self::Empty | Self::NoKana | Self::TooLong => None,
            Self::Kanji(c)
            | Self::Latin(c)
            | Self::Unconverted(c)
            | Self::Digit(c)
            | Self::OldKana(c)
            | Self::Iteration(c)
            | Self::Symbol(c) => Some(*c),
        }
    }
}

/// What one visible code point becomes, whatever stands around it.
enum Folded {
    Ignored,
    LongMark,
    Kana(char),
    TwoKana(char, char),
    Repeat,
    Refused(Kind),
}

/// What a refused code point is. Where it stands decides between two of the errors.
enum Kind {
    Kanji,
    LowerCaseLatin,
    Latin,
    Digit,
    OldKana,
    Symbol,
}

/// Large and unvoiced, for U+30A1 ァ to U+30FA ヺ in order.
const KATAKANA: [char; 90] = [
    'ア', 'ア', 'イ', 'イ', 'ウ', 'ウ', 'エ', 'エ', 'オ', 'オ', // ァ–オ
    'カ', 'カ', 'キ', 'キ', 'ク', 'ク', 'ケ', 'ケ', 'コ', 'コ', // カ–ゴ
    'サ', 'サ', 'シ', 'シ', 'ス', 'ス', 'セ', 'セ', 'ソ', 'ソ', // サ–ゾ
    'タ', 'タ', 'チ', 'チ', 'ツ', 'ツ', 'ツ', 'テ', 'テ', 'ト',
    'ト', // タ–ド, ッ among them
    'ナ', 'ニ', 'ヌ', 'ネ', 'ノ', // ナ–ノ
    'ハ', 'ハ', 'ハ', 'ヒ', 'ヒ', 'ヒ', 'フ', 'フ', 'フ', 'ヘ', 'ヘ', 'ヘ', 'ホ', 'ホ',
    'ホ', // ハ–ポ
    'マ', 'ミ', 'ム', 'メ', 'モ', // マ–モ
    'ヤ', 'ヤ', 'ユ', 'ユ', 'ヨ', 'ヨ', // ャ–ヨ
    'ラ', 'リ', 'ル', 'レ', 'ロ', // ラ–ロ
    'ワ', 'ワ', 'イ', 'エ', 'オ', 'ン', // ヮワヰヱヲン
    'ウ', 'カ', 'ケ', 'ワ', 'イ', 'エ', 'オ', // ヴヵヶヷヸヹヺ
];

/// Large, for U+31F0 ㇰ to U+31FF ㇿ (small kana for Ainu) in order.
const SMALL_EXTENSION: [char; 16] = [
    'ク', 'シ', 'ス', 'ト', 'ヌ', 'ハ', 'ヒ', 'フ', 'ヘ', 'ホ', 'ム', 'ラ', 'リ', 'ル', 'レ', 'ロ',
];

/// Large and full width, for U+FF66 ｦ to U+FF9D ﾝ in order. The long mark in the middle is a
/// stroke and never looked up.
const HALF_WIDTH: [char; 56] = [
    'オ', 'ア', 'イ', 'ウ', 'エ', 'オ', 'ヤ', 'ユ', 'ヨ', 'ツ', 'ー', // ｦ ｧ–ｯ ｰ
    'ア', 'イ', 'ウ', 'エ', 'オ', 'カ', 'キ', 'ク', 'ケ', 'コ', //
    'サ', 'シ', 'ス', 'セ', 'ソ', 'タ', 'チ', 'ツ', 'テ', 'ト', //
    'ナ', 'ニ', 'ヌ', 'ネ', 'ノ', 'ハ', 'ヒ', 'フ', 'ヘ', 'ホ', //
    'マ', 'ミ', 'ム', 'メ', 'モ', 'ヤ', 'ユ', 'ヨ', //
    'ラ', 'リ', 'ル', 'レ', 'ロ', 'ワ', 'ン',
];

/// Decides on one code point that is not blank.
fn fold(c: char) -> Folded {
    match c {
        // Kana. Hiragana stand in katakana's order, 0x60 before them.
        '\u{3041}'..='\u{3096}' => in_table(&KATAKANA, c, 0x3041),
        '\u{30A1}'..='\u{30FA}' => in_table(&KATAKANA, c, 0x30A1),
        '\u{31F0}'..='\u{31FF}' => in_table(&SMALL_EXTENSION, c, 0x31F0),
        c if is_stroke(c) => Folded::LongMark,
        '\u{FF66}'..='\u{FF9D}' => in_table(&HALF_WIDTH, c, 0xFF66),
        '\u{309F}' => Folded::TwoKana('ヨ', 'リ'),
        '\u{30FF}' => Folded::TwoKana('コ', 'ト'),
        // The small kana extension, hiragana and katakana.
        '\u{1B132}' | '\u{1B155}' => Folded::Kana('コ'),
        '\u{1B150}' | '\u{1B164}' => Folded::Kana('イ'),
        '\u{1B151}' | '\u{1B165}' => Folded::Kana('エ'),
        '\u{1B152}' | '\u{1B166}' => Folded::Kana('オ'),
        '\u{1B167}' => Folded::Kana('ン'),
        '\u{309D}' | '\u{309E}' | '\u{30FD}' | '\u{30FE}' => Folded::Repeat,
        // Voicing marks: combining, spacing, half width.
        '\u{3099}'..='\u{309C}' | '\u{FF9E}' | '\u{FF9F}' => Folded::Ignored,
        c if separates_names(c) => Folded::Ignored,
        c => Folded::Refused(kind(c)),
    }
}

/// The entry of a table for `c`, whose first entry is for `first`.
fn in_table(table: &[char], c: char, first: u32) -> Folded {
    // Looked up rather than indexed: a range and its table that disagree refuse, never panic.
    usize::try_from(u32::from(c).saturating_sub(first))
        .ok()
        .and_then(|index| table.get(index))
        .map_or(Folded::Refused(Kind::Symbol), |kana| Folded::Kana(*kana))
}

/// What stands between the parts of a name: middle dots, equals signs, the double hyphen ゠,
/// full stops and commas (the keys beside ・ on a phone).
fn separates_names(c: char) -> bool {
    is_middle_dot(c)
        || matches!(narrow(c), '=' | '.' | ',')
        || matches!(c, '\u{30A0}' | '、' | '。' | '､' | '｡')
        || matches!(c, '\u{FE50}'..='\u{FE52}' | '\u{FE66}')
}

/// Which kind of character it is that cannot stand in a name.
fn kind(c: char) -> Kind {
    match narrow(c) {
        'a'..='z' => Kind::LowerCaseLatin,
        '0'..='9' => Kind::Digit,
        // The two operators × and ÷ stand among the Latin letters beyond ASCII.
        '\u{D7}' | '\u{F7}' => Kind::Symbol,
        'A'..='Z'
        | '\u{AA}'
        | '\u{BA}'
        | '\u{C0}'..='\u{2AF}'
        | '\u{1D00}'..='\u{1DBF}'
        | '\u{1E00}'..='\u{1EFF}'
        | '\u{2C60}'..='\u{2C7F}'
        | '\u{A722}'..='\u{A7FF}'
        | '\u{FB00}'..='\u{FB06}' => Kind::Latin,
        // 々〆〇〻 and 〸–〺, radicals, strokes, and the blocks of ideographs to the end of their
        // planes: an extension that Unicode adds tomorrow is already a kanji here.
        '\u{3005}'..='\u{3007}'
        | '\u{3038}'..='\u{303B}'
        | '\u{2E80}'..='\u{2FDF}'
        | '\u{31C0}'..='\u{31EF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => Kind::Kanji,
        // Kana Supplement and the archaic kana of Kana Extended-A.
        '\u{1B000}'..='\u{1B12F}' => Kind::OldKana,
        _ => Kind::Symbol,
    }
}

#[cfg(test)]
mod tests {
    use super::{HALF_WIDTH, KATAKANA, KanaError, KanaName, LongMark};

    fn folded(text: &str) -> Result<String, KanaError> {
        KanaName::parse(text).map(|name| name.folded().to_owned())
    }

    #[test]
    fn every_katakana_and_hiragana_has_its_place_in_the_table() {
        // The tables are written by hand; the rows of the syllabary check them.
        for (c, large) in ['ァ', 'ゴ', 'ッ', 'ド', 'ポ', 'ョ', 'ヮ', 'ン', 'ヴ', 'ヺ']
            .into_iter()
            .zip(['ア', 'コ', 'ツ', 'ト', 'ホ', 'ヨ', 'ワ', 'ン', 'ウ', 'オ'])
        {
            assert_eq!(folded(&c.to_string()), Ok(large.to_string()), "{c}");
        }
        for (c, large) in ['ぁ', 'ゟ', 'っ', 'ぽ', 'ゔ', 'ゖ']
            .into_iter()
            .zip(["ア", "ヨリ", "ツ", "ホ", "ウ", "ケ"])
        {
            assert_eq!(folded(&c.to_string()), Ok(large.to_owned()), "{c}");
        }
        assert_eq!(KATAKANA.len(), 0x30FA - 0x30A1 + 1);
        assert_eq!(HALF_WIDTH.len(), 0xFF9D - 0xFF66 + 1);
        assert_eq!(folded("ｦｯｰﾄﾎﾝ"), Ok("オツートホン".to_owned()));
    }

    #[test]
    fn no_kana_folds_into_a_small_or_voiced_one() {
        let large = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ\
                     マミムメモヤユヨラリルレロワン";
        for c in ('\u{3041}'..='\u{3096}')
            .chain('\u{30A1}'..='\u{30FA}')
            .chain('\u{31F0}'..='\u{31FF}')
            .chain('\u{FF71}'..='\u{FF9D}')
        {
            let folded = folded(&c.to_string()).unwrap();
            assert!(
                folded.chars().all(|c| large.contains(c)),
                "{c} became {folded}"
            );
        }
    }

    #[test]
    fn the_small_kana_extension_is_read() {
        assert_eq!(
            folded("ㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"),
            Ok("クシストヌハヒフヘホムラリルレロ".to_owned())
        );
        assert_eq!(
            folded(
                "\u{1B132}\u{1B150}\u{1B151}\u{1B152}\u{1B155}\u{1B164}\u{1B165}\u{1B166}\u{1B167}"
            ),
            Ok("コイエオコイエオン".to_owned())
        );
    }

    #[test]
    fn separators_and_invisible_characters_are_ignored() {
        assert_eq!(
            folded("\u{FEFF}ア・イ·ウ･エ•オ.カ．キ,ク，ケ、コ､サ。シ｡ス=セ＝ソ゠タ\u{AD}\u{FE0F}"),
            Ok("アイウエオカキクケコサシスセソタ".to_owned())
        );
    }

    #[test]
    fn an_unfinished_conversion_is_told_from_latin_in_either_width() {
        assert_eq!(folded("けんぽ しょうk"), Err(KanaError::Unconverted('k')));
        assert_eq!(folded("けんぽ しょうｋ"), Err(KanaError::Unconverted('ｋ')));
        assert_eq!(folded("けんぽ K"), Err(KanaError::Latin('K')));
        assert_eq!(folded("けんぽ Ｋ"), Err(KanaError::Latin('Ｋ')));
        assert_eq!(folded("けんぽ é"), Err(KanaError::Latin('é')));
        assert_eq!(folded("kenpo"), Err(KanaError::Latin('k')));
        assert_eq!(folded("ーk"), Err(KanaError::Latin('k')));
    }

    #[test]
    fn look_alikes_of_kana_are_named_as_the_kanji_they_are() {
        for c in [
            '一', '二', '八', '口', '力', '夕', '卜', '工', '千', '々', '〆', '〇', '⼀', '﨑',
        ] {
            assert_eq!(folded(&format!("ア{c}")), Err(KanaError::Kanji(c)));
        }
    }

    #[test]
    fn a_repetition_needs_a_kana_before_it() {
        assert_eq!(folded("ゝ"), Err(KanaError::Iteration('ゝ')));
        assert_eq!(folded("・ヽア"), Err(KanaError::Iteration('ヽ')));
        assert_eq!(folded("アーヾ"), Err(KanaError::Iteration('ヾ')));
        assert_eq!(folded("アヽヽ"), Ok("アアア".to_owned()));
        assert_eq!(folded("ゟゝ"), Ok("ヨリリ".to_owned()));
    }

    #[test]
    fn two_hundred_code_points_are_accepted_and_one_more_is_not() {
        assert!(folded(&"ア".repeat(200)).is_ok());
        assert_eq!(folded(&"ア".repeat(201)), Err(KanaError::TooLong));
        assert_eq!(folded(&" ".repeat(201)), Err(KanaError::TooLong));
        assert_eq!(folded(&"健".repeat(10_000)), Err(KanaError::TooLong));
        assert!(folded(&"ヿ".repeat(100)).is_ok());
        assert_eq!(folded(&"ヿ".repeat(101)), Err(KanaError::TooLong));
    }

    #[test]
    fn blanks_alone_are_nothing_and_marks_alone_are_no_name() {
        assert_eq!(folded(" 　\u{200B}\t"), Err(KanaError::Empty));
        assert_eq!(folded("・゛ー"), Err(KanaError::NoKana));
    }

    #[test]
    fn control_characters_are_symbols() {
        assert_eq!(folded("ア\0"), Err(KanaError::Symbol('\0')));
        assert_eq!(folded("ア\u{7F}"), Err(KanaError::Symbol('\u{7F}')));
    }

    #[test]
    fn the_long_mark_counts_unless_the_insurer_says_otherwise() {
        let (long, short) = (
            KanaName::parse("オノ マリー").unwrap(),
            KanaName::parse("オノ マリ").unwrap(),
        );
        assert!(!long.matches(&short, LongMark::Significant));
        assert!(long.matches(&short, LongMark::Ignored));
        assert!(short.matches(&long, LongMark::Ignored));
        assert!(!short.matches(&KanaName::parse("オノ マイ").unwrap(), LongMark::Ignored));
        assert_eq!(LongMark::default(), LongMark::Significant);
    }

    #[test]
    fn a_name_does_not_print() {
        assert_eq!(
            format!("{:?}", KanaName::parse("ケンポ").unwrap()),
            "KanaName(..)"
        );
    }
}
