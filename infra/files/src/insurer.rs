//! An insurer as it is written in a file.

use domain::{
    EmailAddress, EmailError, Hyphens, IdentifierError, InsurerCode, KeyRule, LeadingZeros,
    LetterKeyRule, LetterKeyRuleError, LongMark, SurveyAddress, SurveyAddressError, SurveyDeadline,
    SurveyDeadlineError, SurveyOpening, SurveyOpeningError, TermsVersion, TermsVersionError,
};
use serde::{Deserialize, Serialize};
use store::{Contact, English, Insurer};

/// An insurer, field by field, as its file has it. What is read back from the table is written in the
/// same way, so that it can be edited and given again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InsurerEntry {
    /// 保険者指定コード.
    pub code: String,
    /// The name, to be shown.
    pub name: String,
    /// The address that its members' mails come from.
    pub mail_sender: String,
    /// The call centre's telephone number.
    pub telephone: String,
    /// When it is answered.
    pub hours: String,
    /// The address that takes questions at any time.
    pub mail: String,
    /// The name for who reads English. It goes with `hours_english`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_english: Option<String>,
    /// The hours for who reads English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours_english: Option<String>,
    /// The versions of the terms of use that were published, be it ahead of their day.
    pub terms_versions: Vec<String>,
    /// The first day of this year's survey. It goes with `survey_deadline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survey_opens: Option<String>,
    /// The last day of this year's survey, while there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survey_deadline: Option<String>,
    /// Where this year's survey is answered, `https`. It goes with `survey_opens`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survey_address: Option<String>,
    /// Whether ー does not count when kana names are compared.
    #[serde(default)]
    pub ignore_long_mark: bool,
    /// Whether leading zeros count in 記号 and 番号.
    #[serde(default)]
    pub keep_leading_zeros: bool,
    /// Whether hyphens count in 記号 and 番号.
    #[serde(default)]
    pub keep_hyphens: bool,
    /// What the key in a member's letter is worth: `off`, `accepted` or `required`.
    #[serde(default = "no_letter_key")]
    pub letter_key: String,
}

fn no_letter_key() -> String {
    LetterKeyRule::Off.as_str().to_owned()
}

type SurveyFields = (
    Option<SurveyOpening>,
    Option<SurveyDeadline>,
    Option<SurveyAddress>,
);

/// What is wrong with an insurer's file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("insurer {code}: {field}: {reason}")]
pub struct InsurerError {
    /// The code, as it stands in the file.
    pub code: String,
    /// The field.
    pub field: &'static str,
    /// Why it is none.
    pub reason: InsurerReason,
}

/// Why a field of an insurer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsurerReason {
    /// Nothing stands there.
    #[error("it is empty")]
    Empty,
    /// It is there without the one that it means nothing without.
    #[error("it goes with {0}")]
    GoesWith(&'static str),
    /// It is no code.
    #[error(transparent)]
    Code(#[from] IdentifierError),
    /// It is no mail address.
    #[error(transparent)]
    Mail(#[from] EmailError),
    /// It is no rule for letters' keys.
    #[error(transparent)]
    LetterKey(#[from] LetterKeyRuleError),
    /// It is no version of the terms.
    #[error(transparent)]
    Terms(#[from] TermsVersionError),
    /// It is no deadline.
    #[error(transparent)]
    Deadline(#[from] SurveyDeadlineError),
    /// It is no opening day, or not that of the deadline.
    #[error(transparent)]
    Opens(#[from] SurveyOpeningError),
    /// It is no address of a survey.
    #[error(transparent)]
    Address(#[from] SurveyAddressError),
}

impl InsurerEntry {
    /// Reads the insurer that the fields describe, without a campaign.
    ///
    /// # Errors
    /// When a field is none, saying which and why.
    pub fn read(self) -> Result<Insurer, InsurerError> {
        for (field, text) in [
            ("name", &self.name),
            ("telephone", &self.telephone),
            ("hours", &self.hours),
        ] {
            if text.trim().is_empty() {
                return Err(self.wrong(field, InsurerReason::Empty));
            }
        }
        let english = self.english()?;
        let (survey_opens, survey_deadline, survey_address) = self.survey()?;
        Ok(Insurer {
            code: InsurerCode::parse(&self.code).map_err(|error| self.wrong("code", error))?,
            mail_sender: EmailAddress::parse(&self.mail_sender)
                .map_err(|error| self.wrong("mailSender", error))?,
            letter_key: LetterKeyRule::parse(&self.letter_key)
                .map_err(|error| self.wrong("letterKey", error))?,
            terms_versions: self
                .terms_versions
                .iter()
                .map(|version| TermsVersion::parse(version))
                .collect::<Result<_, _>>()
                .map_err(|error| self.wrong("termsVersions", error))?,
            survey_opens,
            survey_deadline,
            survey_address,
            // No file has it: it is what a command has done.
            campaign: None,
            contact: Contact {
                mail: EmailAddress::parse(&self.mail)
                    .map_err(|error| self.wrong("mail", error))?
                    .as_str()
                    .to_owned(),
                telephone: self.telephone,
                hours: self.hours,
            },
            english,
            name: self.name,
            long_mark: if self.ignore_long_mark {
                LongMark::Ignored
            } else {
                LongMark::Significant
            },
            key_rule: KeyRule {
                zeros: if self.keep_leading_zeros {
                    LeadingZeros::Kept
                } else {
                    LeadingZeros::Dropped
                },
                hyphens: if self.keep_hyphens {
                    Hyphens::Kept
                } else {
                    Hyphens::Dropped
                },
            },
        })
    }

    fn english(&self) -> Result<Option<English>, InsurerError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let name = given(&self.name_english);
        let hours = given(&self.hours_english);
        match (name, hours) {
            (Some(name), Some(hours)) => Ok(Some(English { name, hours })),
            (None, None) => Ok(None),
            (None, Some(_)) => {
                Err(self.wrong("nameEnglish", InsurerReason::GoesWith("hoursEnglish")))
            }
            (Some(_), None) => {
                Err(self.wrong("hoursEnglish", InsurerReason::GoesWith("nameEnglish")))
            }
        }
    }

    /// The survey's days and its address. The opening day says of which year the address is: alone, last year's would
    /// be told beside a new deadline.
    fn survey(&self) -> Result<SurveyFields, InsurerError> {
        let opens = self.parsed(
            "surveyOpens",
            self.survey_opens.as_deref(),
            SurveyOpening::parse,
        )?;
        let deadline = self.parsed(
            "surveyDeadline",
            self.survey_deadline.as_deref(),
            SurveyDeadline::parse,
        )?;
        let address = self.parsed(
            "surveyAddress",
            self.survey_address.as_deref(),
            SurveyAddress::parse,
        )?;
        match (&opens, &deadline) {
            (Some(opens), Some(deadline)) => opens
                .opens(deadline)
                .map_err(|error| self.wrong("surveyOpens", error))?,
            (Some(_), None) => {
                return Err(self.wrong("surveyOpens", InsurerReason::GoesWith("surveyDeadline")));
            }
            (None, _) if address.is_some() => {
                return Err(self.wrong("surveyAddress", InsurerReason::GoesWith("surveyOpens")));
            }
            (None, _) => {}
        }
        Ok((opens, deadline, address))
    }

    fn parsed<T, E: Into<InsurerReason>>(
        &self,
        field: &'static str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, InsurerError> {
        let parsed = text.map(parse).transpose();
        parsed.map_err(|error| self.wrong(field, error))
    }

    fn wrong(&self, field: &'static str, reason: impl Into<InsurerReason>) -> InsurerError {
        InsurerError {
            code: self.code.clone(),
            field,
            reason: reason.into(),
        }
    }
}

impl From<&Insurer> for InsurerEntry {
    fn from(insurer: &Insurer) -> Self {
        let mut versions: Vec<_> = insurer.terms_versions.iter().collect();
        versions.sort();
        Self {
            code: insurer.code.folded().to_owned(),
            name: insurer.name.clone(),
            mail_sender: insurer.mail_sender.as_str().to_owned(),
            telephone: insurer.contact.telephone.clone(),
            hours: insurer.contact.hours.clone(),
            mail: insurer.contact.mail.clone(),
            name_english: insurer.english.as_ref().map(|english| english.name.clone()),
            hours_english: insurer
                .english
                .as_ref()
                .map(|english| english.hours.clone()),
            terms_versions: versions
                .into_iter()
                .map(|version| version.as_str().to_owned())
                .collect(),
            survey_opens: insurer.survey_opens.as_ref().map(SurveyOpening::iso),
            survey_deadline: insurer.survey_deadline.as_ref().map(SurveyDeadline::iso),
            survey_address: (insurer.survey_address.as_ref())
                .map(|address| address.as_str().to_owned()),
            ignore_long_mark: matches!(insurer.long_mark, LongMark::Ignored),
            keep_leading_zeros: insurer.key_rule.zeros == LeadingZeros::Kept,
            keep_hyphens: insurer.key_rule.hyphens == Hyphens::Kept,
            letter_key: insurer.letter_key.as_str().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> InsurerEntry {
        InsurerEntry {
            code: "jkc".to_owned(),
            name: "健保".to_owned(),
            mail_sender: "kennin@ibss.example.jp".to_owned(),
            telephone: "050-2018-3292".to_owned(),
            hours: "平日10時から17時".to_owned(),
            mail: "desk@ibss.example.jp".to_owned(),
            name_english: Some("Society".to_owned()),
            hours_english: Some("weekdays".to_owned()),
            terms_versions: vec!["2023-09-01".to_owned(), "2026-04-01".to_owned()],
            survey_opens: Some("2026-11-02".to_owned()),
            survey_deadline: Some("2027-01-29".to_owned()),
            survey_address: Some("https://survey.example.jp/jkc".to_owned()),
            ignore_long_mark: true,
            keep_leading_zeros: false,
            keep_hyphens: true,
            letter_key: "accepted".to_owned(),
        }
    }

    #[test]
    fn an_insurer_that_was_read_is_written_as_it_was() {
        assert_eq!(InsurerEntry::from(&entry().read().unwrap()), entry());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |change: fn(&mut InsurerEntry)| {
            let mut changed = entry();
            change(&mut changed);
            changed.read().map(|_| ()).unwrap_err().to_string()
        };
        for (message, field) in [
            (wrong(|entry| entry.name = " ".to_owned()), "name"),
            (wrong(|entry| entry.mail = "desk".to_owned()), "mail"),
            (wrong(|entry| entry.mail_sender.clear()), "mailSender"),
            (wrong(|entry| entry.name_english = None), "nameEnglish"),
            (
                wrong(|entry| entry.hours_english = Some(String::new())),
                "hoursEnglish",
            ),
            (
                wrong(|entry| entry.terms_versions.push("soon".to_owned())),
                "termsVersions",
            ),
            (
                wrong(|entry| entry.survey_deadline = Some("2027-02-30".to_owned())),
                "surveyDeadline",
            ),
            (
                wrong(|entry| entry.survey_opens = Some("soon".to_owned())),
                "surveyOpens",
            ),
            (
                wrong(|entry| entry.survey_opens = Some("2027-01-30".to_owned())),
                "surveyOpens",
            ),
            // Last year's day, and last year's address, are not this year's.
            (
                wrong(|entry| entry.survey_deadline = Some("2028-01-28".to_owned())),
                "surveyOpens",
            ),
            (wrong(|entry| entry.survey_opens = None), "surveyAddress"),
            (wrong(|entry| entry.survey_deadline = None), "surveyOpens"),
            (
                wrong(|entry| entry.survey_address = Some("http://survey.example.jp/".to_owned())),
                "surveyAddress",
            ),
            (
                wrong(|entry| entry.letter_key = "on".to_owned()),
                "letterKey",
            ),
        ] {
            let named = format!("insurer jkc: {field}: ");
            assert!(message.starts_with(&named), "{message}");
        }
    }
}
