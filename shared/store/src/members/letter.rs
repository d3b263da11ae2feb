//! The key of a member's letter: attributes of the member's row that no roster's file has (docs/adr/0038).

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use domain::{InsurerCode, LetterKeyHash, MemberId, SurveyDeadline};
use time::OffsetDateTime;

use super::{KEY, Member, Members, TABLE};
use crate::{
    Campaign, Error, Item, Pages, Read, Write,
    database::key,
    item::{Reader, instant, present, text},
    transaction::update,
};

const LETTER_KEY: &str = "letter_key";
const DRAWN_AT: &str = "letter_key_drawn_at";
const RUN: &str = "letter_key_run";
const SURVEY: &str = "letter_key_survey";
const WANTED_AT: &str = "letter_wanted_at";
/// All of them.
pub(super) const ATTRIBUTES: [&str; 5] = [LETTER_KEY, DRAWN_AT, RUN, SURVEY, WANTED_AT];

/// A key that was drawn for a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnKey {
    /// What is kept of the key.
    pub hash: LetterKeyHash,
    /// When it was drawn.
    pub at: OffsetDateTime,
    /// The run that it was drawn in.
    pub run: String,
    /// The deadline of the survey that the letter is for, where it has one.
    pub survey: Option<SurveyDeadline>,
}

impl DrawnKey {
    /// Whether it is of this survey: drawn since its begin, or for its deadline, as letters are printed before it
    /// begins. Those of one before are no more.
    #[must_use]
    pub fn is_of(&self, survey: Option<&Campaign>) -> bool {
        survey.is_none_or(|survey| {
            self.at >= survey.began || self.survey.as_ref() == Some(&survey.deadline)
        })
    }
}

/// What is kept of a member's letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// The key, once one was drawn.
    pub key: Option<DrawnKey>,
    /// When the member asked for another letter that has not been drawn yet.
    pub wanted_at: Option<OffsetDateTime>,
}

impl Letter {
    pub(crate) fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        let hash = row.maybe_parsed(LETTER_KEY, LetterKeyHash::parse)?;
        let key = hash.map(|hash| {
            Ok(DrawnKey {
                hash,
                at: row.instant(DRAWN_AT)?,
                run: row.text(RUN)?.to_owned(),
                survey: row.maybe_parsed(SURVEY, SurveyDeadline::parse)?,
            })
        });
        Ok(Self {
            key: key.transpose()?,
            wanted_at: row.maybe_instant(WANTED_AT)?,
        })
    }
}

/// A member with what is kept of the letter.
#[derive(Clone)]
pub struct Addressee {
    /// The member.
    pub member: Member,
    /// The letter.
    pub letter: Letter,
}

impl Addressee {
    pub(crate) fn from_item(item: &Item) -> Result<Self, Error> {
        Ok(Self {
            member: Member::from_item(item)?,
            letter: Letter::from_item(item)?,
        })
    }

    /// The item of the member with the letter.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let key = self.letter.key.as_ref();
        let survey = key.and_then(|key| key.survey.as_ref());
        let mut member = self.member.to_item();
        member.extend(present([
            (LETTER_KEY, key.map(|key| text(key.hash.encoded()))),
            (DRAWN_AT, key.map(|key| instant(key.at))),
            (RUN, key.map(|key| text(&key.run))),
            (SURVEY, survey.map(|survey| text(survey.iso()))),
            (WANTED_AT, self.letter.wanted_at.map(instant)),
        ]));
        member
    }
}

impl Members {
    /// The read of a member with the letter, for [`Database::read`](crate::Database::read).
    #[must_use]
    pub fn read_addressee(&self, id: &MemberId) -> Read<Addressee> {
        Read::of(&self.table, KEY, id.as_str(), Addressee::from_item)
    }

    /// An insurer's roster with the letters, strongly consistent. Reads the whole table.
    pub async fn addressees(&self, insurer: &InsurerCode) -> Pages<Addressee> {
        let scan = self.scan(Some(insurer)).consistent_read(true);
        Pages::of(&self.database, &self.table, scan, Addressee::from_item).await
    }

    /// Gives a member a key in the place of what was `seen`. Refused when the member has left, or has another one
    /// by now, which the refusal gives.
    pub fn draw_key(
        &self,
        id: &MemberId,
        seen: Option<&DrawnKey>,
        drawn: &DrawnKey,
    ) -> Write<Option<DrawnKey>> {
        let set = format!("SET {LETTER_KEY} = :key, {DRAWN_AT} = :at, {RUN} = :run");
        let draw = match &drawn.survey {
            Some(survey) => self
                .of_letter(id)
                .update_expression(format!("{set}, {SURVEY} = :survey REMOVE {WANTED_AT}"))
                .expression_attribute_values(":survey", text(survey.iso())),
            None => self
                .of_letter(id)
                .update_expression(format!("{set} REMOVE {WANTED_AT}, {SURVEY}")),
        };
        let draw = draw
            .expression_attribute_values(":key", text(drawn.hash.encoded()))
            .expression_attribute_values(":at", instant(drawn.at))
            .expression_attribute_values(":run", text(&drawn.run));
        let draw = match seen {
            None => draw.condition_expression(format!(
                "attribute_exists(#member) AND attribute_not_exists({LETTER_KEY})"
            )),
            Some(seen) => draw
                .condition_expression(format!(
                    "attribute_exists(#member) AND {LETTER_KEY} = :seen"
                ))
                .expression_attribute_values(":seen", text(seen.hash.encoded())),
        };
        Write::from(draw).refused(|item| match item {
            Some(item) => Ok(Letter::from_item(item)?.key),
            None => Ok(None),
        })
    }

    /// Notes that a member wants another letter. Refused when there is no such member.
    pub fn want_letter(&self, id: &MemberId, at: OffsetDateTime) -> Write {
        self.of_letter(id)
            .update_expression(format!("SET {WANTED_AT} = :at"))
            .condition_expression("attribute_exists(#member)")
            .expression_attribute_values(":at", instant(at))
            .into()
    }

    fn of_letter(&self, id: &MemberId) -> UpdateBuilder {
        update()
            .table_name(&*self.table)
            .set_key(Some(key(KEY, id.as_str())))
            .expression_attribute_names("#member", KEY)
    }
}
