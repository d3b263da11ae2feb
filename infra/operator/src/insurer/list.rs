//! `operator insurer list`.

use domain::TermsVersion;
use files::InsurerEntry;
use serde::Serialize;
use store::Insurer;

use crate::language::{say, word};
use crate::{answer::Answer, desk::Desk, failure::Failure, world::today};

#[derive(Serialize)]
struct Listed(Vec<Line>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(flatten)]
    entry: InsurerEntry,
    terms_in_force: Option<String>,
}

impl Line {
    fn of(insurer: &Insurer) -> Self {
        let in_force = TermsVersion::in_force(&insurer.terms_versions, today());
        Self {
            entry: InsurerEntry::from(insurer),
            terms_in_force: in_force.map(|version| version.as_str().to_owned()),
        }
    }
}

impl Answer for Listed {
    fn lines(&self) -> Vec<String> {
        let lines = self.0.iter().map(|line| {
            let terms = line.terms_in_force.as_deref().unwrap_or(word!(ja: "なし", en: "none"));
            let survey = line.entry.survey_deadline.as_deref().unwrap_or(word!(ja: "なし", en: "none"));
            let (code, name) = (&line.entry.code, &line.entry.name);
            say!(ja: "{code:8}  利用規約 {terms:10}  回答締切 {survey:10}  {name}", en: "{code:8}  terms {terms:10}  survey until {survey:10}  {name}")
        });
        lines.collect()
    }
}

pub(super) async fn run(desk: &Desk) -> Result<(), Failure> {
    let insurers = desk.insurers.list().await?;
    let listed = Listed(insurers.iter().map(Line::of).collect());
    desk.format.print(&listed);
    Ok(())
}
