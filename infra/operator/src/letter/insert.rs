//! The insert for the letter that invites an insurer's members, ready to be printed.
//!
//! One layout, as SVG with text, becomes both files: the PDF has the font's used part embedded, the SVG has
//! outlines, for a printer's machine has none of our fonts.

use std::path::PathBuf;

use clap::Args;
use domain::{InsurerCode, SurveyDeadline};
use serde::Serialize;
use store::Insurer;

use super::{print::Press, sheet, site::Site};
use crate::language::{say, word};
use crate::{answer::Answer, desk::Desk, failure::Failure, world::today};

#[derive(Args, Debug)]
pub(super) struct Insert {
    /// The insurer whose members it is for // 対象の加入者の保険者
    #[arg(long, value_name = "CODE", required_unless_present = "all", value_parser = InsurerCode::parse)]
    insurer: Option<InsurerCode>,
    /// One for every insurer; --out has {code} in it then // 保険者ごとに1つ。--out には {code} を入れます
    #[arg(long, conflicts_with = "insurer")]
    all: bool,
    /// The members' site // 会員向けサイト
    #[arg(long, value_name = "https://…", value_parser = Site::parse)]
    site: Site,
    /// The file: .pdf with embedded fonts, or .svg with outlines; {code} is the insurer's code // ファイル：
    /// .pdf（フォント埋込み）か .svg（アウトライン）。{code} は保険者のコードになります
    #[arg(long, value_name = "FILE")]
    out: String,
    /// A font with Japanese characters, in the place of the system's // システムのものに代えて使う、
    /// 日本語のフォント
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

impl Insert {
    pub(super) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        if self.all && !self.out.contains("{code}") {
            return Err(Failure::Usage(
                say!(ja: "--all は保険者ごとに1つのファイルを書きます。--out の名前に {{code}} を入れてください", en: "--all writes a file for each insurer: put {{code}} into the name that --out gives"),
            ));
        }
        let insurers = match &self.insurer {
            Some(code) => vec![desk.insurer(code).await?],
            None => desk.insurers.list().await?,
        };
        insurers.iter().try_for_each(refuse_when_over)?;
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
            let sheet = sheet::svg(insurer, &self.site, None)?;
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

/// Refuses an insurer whose survey is over: the letter would say so.
pub(super) fn refuse_when_over(insurer: &Insurer) -> Result<(), Failure> {
    let deadline = insurer.survey_deadline.as_ref();
    if !deadline.is_some_and(|deadline| deadline.is_over(today())) {
        return Ok(());
    }
    let code = insurer.code.folded();
    Err(Failure::Refused(
        say!(ja: "{code} の回答締切は過ぎています。先に新しい締切にするか、締切を消してください（`operator insurer put`）", en: "the survey of {code} is over, and the letter would say so: put its new deadline first (`operator insurer put`), or none"),
    ))
}

/// That the command line says of no insert what it takes.
pub(super) fn incomplete() -> Failure {
    Failure::Usage(say!(
        ja: "--insurer または --all と、--site と --out が必要です",
        en: "--insurer or --all is needed, with --site and --out",
    ))
}
