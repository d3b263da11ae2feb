//! `operator insurer show`.

use domain::InsurerCode;
use files::InsurerEntry;
use serde::Serialize;

use crate::{
    answer::{Answer, table},
    desk::Desk,
    failure::Failure,
};

#[derive(Serialize)]
struct Shown(InsurerEntry);

impl Answer for Shown {
    fn lines(&self) -> Vec<String> {
        let entry = &self.0;
        let deadline = entry.survey_deadline.as_deref().unwrap_or("none");
        table(&[
            ("code", entry.code.clone()),
            ("name", entry.name.clone()),
            ("mailSender", entry.mail_sender.clone()),
            ("telephone", entry.telephone.clone()),
            ("hours", entry.hours.clone()),
            ("mail", entry.mail.clone()),
            ("termsVersions", entry.terms_versions.join(", ")),
            ("surveyDeadline", deadline.to_owned()),
            ("ignoreLongMark", entry.ignore_long_mark.to_string()),
            ("keepLeadingZeros", entry.keep_leading_zeros.to_string()),
        ])
    }
}

pub(super) async fn run(desk: &Desk, code: &InsurerCode) -> Result<(), Failure> {
    let insurer = desk.insurer(code).await?;
    desk.format.print(&Shown(InsurerEntry::from(&insurer)));
    Ok(())
}
