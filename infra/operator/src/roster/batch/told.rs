//! What became of each file, as it is told, and the reply to each insurer.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Compared, State};
use crate::{
    answer::{Answer, grouped},
    failure::Failure,
    language::{say, word},
    output::{For, write_new},
    roster::{
        reply::{self, Outcome, Written},
        report::place_of,
    },
};

impl State {
    fn told(self) -> &'static str {
        match self {
            Self::Rehearsed => word!(ja: "予行済み、承認待ち", en: "rehearsed, to be approved"),
            Self::Approved => word!(ja: "承認済み", en: "approved"),
            Self::Written => word!(ja: "書き込みました", en: "written"),
            Self::NothingToWrite => word!(ja: "変更なし", en: "nothing to write"),
            Self::Refused => word!(ja: "要修正", en: "refused"),
            Self::NotBegun => word!(ja: "未着手", en: "not begun"),
            Self::Unfinished => word!(ja: "途中で停止", en: "not finished"),
        }
    }
}

impl Compared {
    /// A line of numbers, and what is wrong.
    pub(super) fn lines(&self) -> Vec<String> {
        let code = self.file.insurer.code.folded();
        let (name, state) = (self.file.name(), self.state.told());
        let mut lines = match &self.file.stage {
            Err(_) => vec![format!("{code}  {name}  {state}")],
            Ok(rehearsal) => {
                let (rows, counts) = (&rehearsal.summary.rows, &rehearsal.summary.counts);
                let insured = grouped(rows.insured);
                let (new, leave) = (grouped(counts.new), grouped(counts.leavers));
                let changed = match rehearsal.summary.told_changed() {
                    Some([changed, _]) => {
                        let changed = grouped(changed);
                        say!(ja: "、変更 {changed}", en: ", changed {changed}")
                    }
                    None => String::new(),
                };
                vec![say!(
                    ja: "{code}  {name}  被保険者 {insured}：追加 {new}{changed}、喪失 {leave}  {state}",
                    en: "{code}  {name}  insured {insured}: new {new}{changed}, leave {leave}  {state}",
                )]
            }
        };
        let why = self.why.iter().flat_map(|why| why.lines());
        lines.extend(why.map(|why| format!("    {why}")));
        lines
    }

    /// Writes the reply for the insurer, and tells what became of the file.
    pub(super) fn told(&self, reports: &Path) -> Result<One, Failure> {
        let name = self.file.name();
        let place = place_of(&reports.join(&name), None, "reply", "txt")?;
        let written = match self.state {
            State::Written | State::NothingToWrite => Written::Yes,
            _ => Written::NotYet,
        };
        let outcome = match &self.file.stage {
            Err(why) => Outcome::Unread(why),
            Ok(rehearsal) => Outcome::Compared(rehearsal, written),
        };
        let text = reply::text(&self.file.insurer, &name, &outcome);
        write_new(&place, text.as_bytes(), For::OneselfAlone)?;
        let rehearsal = self.file.stage.as_ref().ok();
        let counts = rehearsal.map(|it| &it.summary.counts);
        Ok(One {
            insurer: self.file.insurer.code.folded().to_owned(),
            file: name,
            state: self.state,
            sha256: rehearsal.map(|it| it.summary.inspected.sha256.clone()),
            insured: rehearsal.map(|it| it.summary.rows.insured),
            new: counts.map(|it| it.new),
            changed: rehearsal
                .and_then(|it| it.summary.told_changed())
                .map(|[changed, _]| changed),
            leavers: counts.map(|it| it.leavers),
            written: rehearsal.map_or(0, |it| it.summary.written),
            why: self.why.clone(),
            reply: place,
            lines: self.lines(),
        })
    }
}

/// What became of one file, as it is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct One {
    insurer: String,
    file: String,
    state: State,
    sha256: Option<String>,
    insured: Option<u64>,
    new: Option<u64>,
    changed: Option<u64>,
    leavers: Option<u64>,
    written: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    reply: PathBuf,
    #[serde(skip)]
    lines: Vec<String>,
}

/// An insurer that has sent nothing.
#[derive(Serialize)]
pub(super) struct Missing {
    pub(super) insurer: String,
    pub(super) file: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    pub(super) dry_run: bool,
    pub(super) insurers: Vec<One>,
    pub(super) missing: Vec<Missing>,
}

impl Answer for Told {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for one in &self.insurers {
            lines.extend(one.lines.iter().cloned());
            let reply = one.reply.display();
            lines.push(say!(ja: "    送り返す報告：{reply}", en: "    to send back: {reply}"));
        }
        for missing in &self.missing {
            let (insurer, file) = (&missing.insurer, &missing.file);
            lines.push(say!(
                ja: "{insurer}  {file}  ファイルがありません",
                en: "{insurer}  {file}  no file yet",
            ));
        }
        let sum = |of: fn(&One) -> u64| grouped(self.insurers.iter().map(of).sum());
        let count = self.insurers.len();
        let (insured, new, leave, written) = (
            sum(|one| one.insured.unwrap_or_default()),
            sum(|one| one.new.unwrap_or_default()),
            sum(|one| one.leavers.unwrap_or_default()),
            sum(|one| one.written),
        );
        lines.push(say!(
            ja: "{count} 保険者：被保険者 {insured}、追加 {new}、喪失 {leave}、書き込み {written}",
            en: "{count} insurers: insured {insured}, new {new}, leave {leave}, written {written}",
        ));
        if self
            .insurers
            .iter()
            .any(|one| one.state == State::Rehearsed)
        {
            lines.push(say!(
                ja: "次に、別の方が `operator roster approve FOLDER` で承認し、このコマンドをもう一度実行すると書き込みます",
                en: "Next, somebody else approves it with `operator roster approve FOLDER`, and this command, given again, \
                     writes it",
            ));
        }
        lines
    }
}
