//! The key of a member's letter.

use serde::Deserialize;
use store::{Addressee, DrawnKey, Letter};
use time::OffsetDateTime;

use super::{Entry, MemberEntry, letter_key};
use crate::{dynamodb::TableItem, encode::table_item, samples::SampleSet};

/// The key that was drawn for the letter of a member.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LetterEntry {
    member: MemberEntry,
    /// As it is printed.
    key: String,
    #[serde(with = "time::serde::rfc3339")]
    drawn_at: OffsetDateTime,
}

impl Entry for LetterEntry {
    fn items(self, samples: &SampleSet) -> Result<Vec<TableItem>, String> {
        let (_, member) = self.member.find(samples)?;
        let drawn = DrawnKey {
            hash: letter_key(&self.key)?,
            at: self.drawn_at,
            run: "sample".to_owned(),
            survey: None,
        };
        let addressee = Addressee {
            member,
            letter: Letter {
                key: Some(drawn),
                wanted_at: None,
            },
        };
        Ok(vec![table_item("Members", &addressee.to_item())?])
    }
}
