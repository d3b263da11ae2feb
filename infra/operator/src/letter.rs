//! `operator letter`: the insert for the letter that invites an insurer's members, ready to be printed.
//!
//! One layout, as SVG with text, becomes both files: the PDF has the font's used part embedded, the SVG has
//! outlines, for a printer's machine has none of our fonts.

mod print;
mod qr;
mod sheet;
mod site;
mod type_setting;

use std::path::PathBuf;

use clap::Args;
use domain::{InsurerCode, SurveyDeadline};
use serde::Serialize;

use self::{print::Press, site::Site};
use crate::language::{say, word};
use crate::{answer::Answer, desk::Desk, failure::Failure, world::today};

pub(crate) const EXAMPLES: &str = "Examples:
  operator letter --insurer jkc --site https://ibss.example.jp --out jkc.pdf
  operator letter --all --site https://ibss.example.jp --out 'letters/{code}.pdf'

What it says of the insurer (name, deadline, telephone, hours, address) is what the table has: see
`operator insurer show`. It is set in A4, upright, with margins of 16 mm.";

#[derive(Args, Debug)]
pub(crate) struct Letter {
    /// The insurer whose members it is for
    #[arg(long, value_name = "CODE", required_unless_present = "all", value_parser = InsurerCode::parse)]
    insurer: Option<InsurerCode>,
    /// One for every insurer; --out has {code} in it then
    #[arg(long, conflicts_with = "insurer")]
    all: bool,
    /// The members' site
    #[arg(long, value_name = "https://…", value_parser = Site::parse)]
    site: Site,
    /// The file: .pdf with embedded fonts, or .svg with outlines; {code} is the insurer's code
    #[arg(long, value_name = "FILE")]
    out: String,
    /// A font with Japanese characters, in the place of the system's
    #[arg(long, value_name = "FILE")]
    font: Option<PathBuf>,
}

/// What was written.
#[derive(Serialize)]
struct Written(Vec<Sheet>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sheet {
    insurer: String,
    file: String,
    address: String,
    survey_deadline: Option<String>,
}

impl Answer for Written {
    fn lines(&self) -> Vec<String> {
        let lines = self.0.iter().map(|sheet| {
            let deadline = sheet.survey_deadline.as_deref().unwrap_or(word!(ja: "なし", en: "none"));
            let (insurer, file, address) = (&sheet.insurer, &sheet.file, &sheet.address);
            say!(ja: "{file}  {insurer}、回答締切 {deadline}、{address}", en: "{file}  {insurer}, survey until {deadline}, {address}")
        });
        lines.collect()
    }
}

impl Letter {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        if self.all && !self.out.contains("{code}") {
            return Err(Failure::Usage(
                say!(ja: "--all は保険者ごとに1つのファイルを書きます。--out の名前に {{code}} を入れてください", en: "--all writes a file for each insurer: put {{code}} into the name that --out gives"),
            ));
        }
        let insurers = match &self.insurer {
            Some(code) => vec![desk.insurer(code).await?],
            None => desk.insurers.list().await?,
        };
        if let Some(over) = insurers.iter().find(|insurer| {
            let deadline = insurer.survey_deadline.as_ref();
            deadline.is_some_and(|deadline| deadline.is_over(today()))
        }) {
            return Err(Failure::Refused({
                let code = over.code.folded();
                say!(ja: "{code} の回答締切は過ぎています。先に新しい締切にするか、締切を消してください（`operator insurer put`）", en: "the survey of {code} is over, and the letter would say so: put its new deadline first (`operator insurer put`), or none")
            }));
        }
        let press = Press::with(self.font.as_deref())?;
        let mut written = Vec::new();
        for insurer in &insurers {
            let code = insurer.code.folded();
            if self.out.contains("{code}") && (code.contains(['/', '\\']) || code.starts_with('.'))
            {
                return Err(Failure::Usage(
                    say!(ja: "{code} はファイル名にできません。この保険者は --insurer で、別の名前にして書いてください", en: "{code} makes no file name: write this letter with --insurer and a name of its own"),
                ));
            }
            let file = self.out.replace("{code}", code);
            let sheet = sheet::svg(insurer, &self.site)?;
            press.print(&sheet, &file)?;
            written.push(Sheet {
                insurer: code.to_owned(),
                file,
                address: self.site.signup(&insurer.code),
                survey_deadline: insurer.survey_deadline.as_ref().map(SurveyDeadline::iso),
            });
        }
        desk.format.print(&Written(written));
        Ok(())
    }
}
