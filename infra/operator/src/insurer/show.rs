//! `operator insurer show`.

use domain::InsurerCode;
use files::InsurerEntry;
use serde::Serialize;
use store::{Campaign, LetterRun};

use crate::language::{say, word};
use crate::{
    answer::{Answer, grouped, table},
    desk::Desk,
    failure::Failure,
    world::in_japan,
};

/// JSON is the file that `put` takes, which has no campaign.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    entry: InsurerEntry,
    #[serde(skip)]
    campaign: Option<Campaign>,
    #[serde(skip)]
    letters: Option<LetterRun>,
}

/// What an insurer may not have.
fn said(text: Option<&str>) -> String {
    text.unwrap_or(word!(ja: "なし", en: "none")).to_owned()
}

/// Where the survey stands that was begun last.
fn standing(campaign: Option<&Campaign>) -> String {
    campaign.map_or(say!(ja: "なし", en: "none"), |campaign| {
        let began = in_japan(campaign.began);
        if campaign.is_removing {
            say!(ja: "{began} に開始。消去していないアカウントがあります。`operator campaign reset` を繰り返してください", en: "began {began}; accounts are still to be removed: repeat `operator campaign reset`")
        } else {
            say!(ja: "{began} に開始", en: "began {began}")
        }
    })
}

/// What the run made that drew the latest keys of letters.
fn run_of(letters: Option<&LetterRun>) -> String {
    let Some(letters) = letters else {
        return say!(ja: "なし", en: "none");
    };
    let (run, began) = (&letters.run, in_japan(letters.began_at));
    match &letters.printed {
        Some(printed) => {
            let (keys, sha256) = (grouped(printed.keys), &printed.file);
            say!(ja: "{run}（{began}）：{keys} 件、SHA-256 {sha256}", en: "{run}, {began}: {keys} keys, SHA-256 {sha256}")
        }
        None => say!(
            ja: "{run}（{began}）：終わっていません。`operator letter keys --resume`",
            en: "{run}, {began}: not ended; `operator letter keys --resume`",
        ),
    }
}

impl Answer for Shown {
    fn lines(&self) -> Vec<String> {
        let entry = &self.entry;
        table(&[
            ("code", entry.code.clone()),
            ("name", entry.name.clone()),
            ("mailSender", entry.mail_sender.clone()),
            ("telephone", entry.telephone.clone()),
            ("hours", entry.hours.clone()),
            ("mail", entry.mail.clone()),
            ("nameEnglish", said(entry.name_english.as_deref())),
            ("hoursEnglish", said(entry.hours_english.as_deref())),
            ("termsVersions", entry.terms_versions.join(", ")),
            ("surveyOpens", said(entry.survey_opens.as_deref())),
            ("surveyDeadline", said(entry.survey_deadline.as_deref())),
            ("surveyAddress", said(entry.survey_address.as_deref())),
            ("campaign", standing(self.campaign.as_ref())),
            ("ignoreLongMark", entry.ignore_long_mark.to_string()),
            ("keepLeadingZeros", entry.keep_leading_zeros.to_string()),
            ("keepHyphens", entry.keep_hyphens.to_string()),
            ("letterKey", entry.letter_key.clone()),
            ("letters", run_of(self.letters.as_ref())),
        ])
    }
}

pub(super) async fn run(desk: &Desk, code: &InsurerCode) -> Result<(), Failure> {
    let insurer = desk.insurer(code).await?;
    desk.format.print(&Shown {
        entry: InsurerEntry::from(&insurer),
        campaign: insurer.campaign,
        letters: desk.insurers.letter_run(code).await?,
    });
    Ok(())
}
