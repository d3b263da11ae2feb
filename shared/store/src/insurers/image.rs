//! An insurer, and its item.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    EmailAddress, Hyphens, InsurerCode, KeyRule, LeadingZeros, LetterKeyRule, LongMark, Survey,
    SurveyAddress, SurveyDeadline, SurveyOpening, TermsVersion,
};
use time::{Date, OffsetDateTime};

use super::{KEY, TABLE};
use crate::{
    Error, Item,
    item::{Reader, instant, item, text},
};

const SURVEY_OPENS: &str = "survey_opens";
const SURVEY_DEADLINE: &str = "survey_deadline";
const SURVEY_ADDRESS: &str = "survey_address";
pub(super) const KEEP_LEADING_ZEROS: &str = "keep_leading_zeros";
pub(super) const KEEP_HYPHENS: &str = "keep_hyphens";
const NAME_ENGLISH: &str = "name_english";
const HOURS_ENGLISH: &str = "hours_english";
const LETTER_KEY: &str = "letter_key";
pub(super) const CAMPAIGN_BEGAN: &str = "campaign_began";
const CAMPAIGN_DEADLINE: &str = "campaign_deadline";
pub(super) const CAMPAIGN_REMOVING: &str = "campaign_removing";
const CAMPAIGN_UNUSED_SINCE: &str = "campaign_unused_since";
/// The attributes that an insurer may not have.
pub(super) const OPTIONAL: [&str; 11] = [
    KEEP_HYPHENS,
    NAME_ENGLISH,
    HOURS_ENGLISH,
    SURVEY_OPENS,
    SURVEY_DEADLINE,
    SURVEY_ADDRESS,
    LETTER_KEY,
    CAMPAIGN_BEGAN,
    CAMPAIGN_DEADLINE,
    CAMPAIGN_REMOVING,
    CAMPAIGN_UNUSED_SINCE,
];

/// A health-insurance society and how it does things.
#[derive(Clone)]
pub struct Insurer {
    /// 保険者指定コード.
    pub code: InsurerCode,
    /// The name, to be shown.
    pub name: String,
    /// The address that its members' mails come from.
    pub mail_sender: EmailAddress,
    /// Whom its members can ask.
    pub contact: Contact,
    /// What its members who read English are shown, if there is a translation.
    pub english: Option<English>,
    /// The versions of the terms of use that were published, be it ahead of their day.
    pub terms_versions: Vec<TermsVersion>,
    /// Until when this year's survey is to be answered, while there is one.
    pub survey_deadline: Option<SurveyDeadline>,
    /// From when on, as an operator put it. Members are told of [`survey`](Self::survey).
    pub survey_opens: Option<SurveyOpening>,
    /// Where it is answered, as an operator put it. Members are told of [`survey`](Self::survey).
    pub survey_address: Option<SurveyAddress>,
    /// The survey that was begun last, by `operator campaign reset`.
    pub campaign: Option<Campaign>,
    /// Whether ー counts when kana names are compared.
    pub long_mark: LongMark,
    /// What counts in 記号 and 番号.
    pub key_rule: KeyRule,
    /// What the key in a member's letter is worth.
    pub letter_key: LetterKeyRule,
}

/// A yearly survey, as an operator began it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// When: what members did before is not of this survey.
    pub began: OffsetDateTime,
    /// The deadline it was begun for; the insurer's may have been changed since.
    pub deadline: SurveyDeadline,
    /// Whether accounts that were made before are still to be removed.
    pub is_removing: bool,
    /// The first moment from which on whoever has used an account keeps it; of none, nobody does.
    pub unused_since: Option<OffsetDateTime>,
}

/// Whom a member can ask (the manual's お問い合わせ先).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The call centre's telephone number.
    pub telephone: String,
    /// When it is answered.
    pub hours: String,
    /// The address that takes questions at any time.
    pub mail: String,
}

/// What of an insurer is translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct English {
    /// Its name.
    pub name: String,
    /// When its call centre is answered.
    pub hours: String,
}

impl Insurer {
    /// The terms of use in force on a day in Japan.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when none has come into force yet: an insurer begins with terms.
    pub fn terms_in_force(&self, today: Date) -> Result<&TermsVersion, Error> {
        TermsVersion::in_force(&self.terms_versions, today).ok_or(Error::Corrupt {
            table: TABLE,
            attribute: "terms_versions",
        })
    }

    /// This year's survey, while there is one. A command from before there were opening days, which a rollback brings
    /// back, leaves last year's beside a new deadline: they are not told.
    #[must_use]
    pub fn survey(&self) -> Option<Survey<'_>> {
        let deadline = self.survey_deadline.as_ref()?;
        let (opens, address) = (self.survey_opens.as_ref(), self.survey_address.as_ref());
        Some(Survey::of(deadline, opens, address))
    }

    /// Reads an insurer.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the item is not as [`to_item`](Self::to_item) writes it.
    pub fn from_item(item: &Item) -> Result<Self, Error> {
        let row = Reader { table: TABLE, item };
        Ok(Self {
            code: row.parsed(KEY, InsurerCode::parse)?,
            name: row.text("name")?.to_owned(),
            mail_sender: row.parsed("mail_sender", EmailAddress::parse)?,
            contact: Contact {
                telephone: row.text("contact_telephone")?.to_owned(),
                hours: row.text("contact_hours")?.to_owned(),
                mail: row.text("contact_mail")?.to_owned(),
            },
            english: row
                .maybe_text(NAME_ENGLISH)?
                .map(|name| {
                    Ok::<_, Error>(English {
                        name: name.to_owned(),
                        hours: row.text(HOURS_ENGLISH)?.to_owned(),
                    })
                })
                .transpose()?,
            terms_versions: row.parsed_all("terms_versions", TermsVersion::parse)?,
            survey_deadline: row.maybe_parsed(SURVEY_DEADLINE, SurveyDeadline::parse)?,
            survey_opens: row.maybe_parsed(SURVEY_OPENS, SurveyOpening::parse)?,
            survey_address: row.maybe_parsed(SURVEY_ADDRESS, SurveyAddress::parse)?,
            campaign: row
                .maybe_instant(CAMPAIGN_BEGAN)?
                .map(|began| {
                    Ok::<_, Error>(Campaign {
                        began,
                        deadline: row.parsed(CAMPAIGN_DEADLINE, SurveyDeadline::parse)?,
                        is_removing: row.flag(CAMPAIGN_REMOVING)?,
                        unused_since: row.maybe_instant(CAMPAIGN_UNUSED_SINCE)?,
                    })
                })
                .transpose()?,
            long_mark: if row.flag("ignore_long_mark")? {
                LongMark::Ignored
            } else {
                LongMark::Significant
            },
            key_rule: KeyRule {
                zeros: if row.flag(KEEP_LEADING_ZEROS)? {
                    LeadingZeros::Kept
                } else {
                    LeadingZeros::Dropped
                },
                hyphens: if row.flag(KEEP_HYPHENS)? {
                    Hyphens::Kept
                } else {
                    Hyphens::Dropped
                },
            },
            letter_key: row
                .maybe_parsed(LETTER_KEY, LetterKeyRule::parse)?
                .unwrap_or_default(),
        })
    }

    /// The item of this insurer.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let terms_versions = self.terms_versions.iter().map(TermsVersion::as_str);
        let mut insurer = item([
            (KEY, text(self.code.folded())),
            ("name", text(&self.name)),
            ("mail_sender", text(self.mail_sender.as_str())),
            ("contact_telephone", text(&self.contact.telephone)),
            ("contact_hours", text(&self.contact.hours)),
            ("contact_mail", text(&self.contact.mail)),
            (
                "terms_versions",
                AttributeValue::Ss(terms_versions.map(str::to_owned).collect()),
            ),
            (
                "ignore_long_mark",
                AttributeValue::Bool(matches!(self.long_mark, LongMark::Ignored)),
            ),
            (
                KEEP_LEADING_ZEROS,
                AttributeValue::Bool(self.key_rule.zeros == LeadingZeros::Kept),
            ),
        ]);
        if let Some(english) = &self.english {
            insurer.insert(NAME_ENGLISH.to_owned(), text(&english.name));
            insurer.insert(HOURS_ENGLISH.to_owned(), text(&english.hours));
        }
        if self.key_rule.hyphens == Hyphens::Kept {
            insurer.insert(KEEP_HYPHENS.to_owned(), AttributeValue::Bool(true));
        }
        if self.letter_key != LetterKeyRule::Off {
            let rule = text(self.letter_key.as_str());
            insurer.insert(LETTER_KEY.to_owned(), rule);
        }
        if let Some(deadline) = &self.survey_deadline {
            insurer.insert(SURVEY_DEADLINE.to_owned(), text(deadline.iso()));
        }
        if let Some(opens) = &self.survey_opens {
            insurer.insert(SURVEY_OPENS.to_owned(), text(opens.iso()));
        }
        if let Some(address) = &self.survey_address {
            insurer.insert(SURVEY_ADDRESS.to_owned(), text(address.as_str()));
        }
        if let Some(campaign) = &self.campaign {
            insurer.insert(CAMPAIGN_BEGAN.to_owned(), instant(campaign.began));
            insurer.insert(CAMPAIGN_DEADLINE.to_owned(), text(campaign.deadline.iso()));
            if campaign.is_removing {
                let removing = AttributeValue::Bool(true);
                insurer.insert(CAMPAIGN_REMOVING.to_owned(), removing);
            }
            if let Some(since) = campaign.unused_since {
                insurer.insert(CAMPAIGN_UNUSED_SINCE.to_owned(), instant(since));
            }
        }
        insurer
    }
}
