//! What is sorted: members and removals as bytes, those of the file beside those of the table. Equal bytes
//! are the same member in the same words.

use domain::{BirthDate, KanaName, MemberId};
use store::Member;

/// Who leaves, as the file writes it.
pub(crate) struct Removal {
    pub(crate) id: MemberId,
    pub(crate) symbol: String,
    pub(crate) number: String,
}

/// The fields of a member, as bytes.
pub(crate) fn of_member(member: &Member) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    let born = member.birth_date.iso();
    let fixed: [&str; 5] = [
        &member.symbol,
        &member.number,
        &member.name,
        &born,
        member.name_kana.folded(),
    ];
    let alternate = member.alternate_kana.iter().map(KanaName::folded);
    for field in fixed.into_iter().chain(alternate) {
        push(&mut bytes, field);
    }
    bytes
}

/// The fields of a removal, as bytes: fewer than any member has.
pub(crate) fn of_removal(removal: &Removal) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32);
    push(&mut bytes, &removal.symbol);
    push(&mut bytes, &removal.number);
    bytes
}

/// What bytes were made of.
pub(crate) enum Record {
    Member(Member),
    Removal { symbol: String, number: String },
}

impl Record {
    /// Reads what [`of_member`] or [`of_removal`] wrote; nothing of anything else.
    pub(crate) fn read(id: &str, bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let (symbol, number) = (fields.next()?, fields.next()?);
        let Some(name) = fields.next() else {
            return Some(Self::Removal { symbol, number });
        };
        Some(Self::Member(Member {
            id: MemberId::from_stored(id.to_owned()),
            symbol,
            number,
            name,
            birth_date: BirthDate::from_iso(&fields.next()?).ok()?,
            name_kana: KanaName::parse(&fields.next()?).ok()?,
            alternate_kana: fields
                .map(|name| KanaName::parse(&name).ok())
                .collect::<Option<_>>()?,
        }))
    }

    /// 記号 and 番号 as they are written.
    pub(crate) fn written(&self) -> (&str, &str) {
        match self {
            Self::Member(member) => (&member.symbol, &member.number),
            Self::Removal { symbol, number } => (symbol, number),
        }
    }
}

/// A field: its length in two bytes, and its text. No field is as long as two bytes can tell.
fn push(bytes: &mut Vec<u8>, field: &str) {
    let length = u16::try_from(field.len()).unwrap_or(u16::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(field.as_bytes().iter().take(usize::from(length)));
}

struct Fields<'a>(&'a [u8]);

impl Iterator for Fields<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let (length, rest) = self.0.split_first_chunk()?;
        let (field, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        self.0 = rest;
        String::from_utf8(field.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(alternate_kana: &[&str]) -> Member {
        let kana = |name| KanaName::parse(name).unwrap();
        Member {
            id: MemberId::from_stored("jkc#1#2".to_owned()),
            symbol: "01".to_owned(),
            number: "2".to_owned(),
            name: "健保 太郎".to_owned(),
            name_kana: kana("ケンポ タロウ"),
            alternate_kana: alternate_kana.iter().copied().map(kana).collect(),
            birth_date: BirthDate::from_iso("1980-01-01").unwrap(),
        }
    }

    #[test]
    fn a_member_reads_back() {
        for names in [&[][..], &["イトウ タロウ", "アベ タロウ"]] {
            let bytes = of_member(&member(names));
            let Some(Record::Member(read)) = Record::read("jkc#1#2", &bytes) else {
                panic!("it is a member");
            };
            assert_eq!(read.to_item(), member(names).to_item());
            assert_eq!(of_member(&read), bytes);
        }
    }

    #[test]
    fn a_removal_reads_back() {
        let removal = Removal {
            id: MemberId::from_stored("jkc##2".to_owned()),
            symbol: String::new(),
            number: "002".to_owned(),
        };
        let read = Record::read("jkc##2", &of_removal(&removal)).unwrap();
        assert!(matches!(read, Record::Removal { .. }));
        assert_eq!(read.written(), ("", "002"));
    }

    #[test]
    fn what_is_neither_is_nothing() {
        for bytes in [
            &[][..],
            &[0],
            &[0, 9, b'1'],
            &[0, 1, b'1', 0, 1, b'2', 0, 1, b'3'],
        ] {
            assert!(Record::read("jkc##2", bytes).is_none(), "{bytes:?}");
        }
    }
}
