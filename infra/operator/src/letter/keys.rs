//! `operator letter keys`: draws the keys of letters, and writes them for the printer (docs/adr/0038).
//!
//! A run is noted on the insurer before the first key is written and after the last. What it has drawn counts as
//! printed only from then on: the keys of a run that was interrupted are drawn anew, whoever has its file.

use std::{collections::BTreeSet, path::PathBuf};

use clap::Args;
use domain::{InsurerCode, LetterKeyRule, MemberId, MemberKey};
use serde::Serialize;
use store::{Addressee, Import, Insurer, LetterRun, Printed, Refused};

use super::{
    draw::Drawing,
    insert::refuse_when_over,
    printer::{Places, Printer},
    site::Site,
};
use crate::{
    answer::{Answer, grouped},
    audited::{Accountable, Errand},
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    insurer::{letters_under_way, refuse_during_import, subject},
    language::{say, word},
    member,
    progress::Progress,
    roster::run_id,
    world::now,
};

pub(super) const EXAMPLES: &str = "Examples:
  operator letter keys --insurer jkc --site https://ibss.example.jp --out jkc-keys.csv --reason 'ticket 4711' --dry-run
  operator letter keys --insurer jkc --site https://ibss.example.jp --out more.csv --inserts more \\
    --anew jkc/01/jvc0211 --reason 'ticket 4712'";

/// The most inserts of one run: each has its own font. A printer makes the rest from the file.
const MOST_INSERTS: usize = 200;

#[derive(Args, Debug)]
pub(super) struct Keys {
    /// The insurer whose members' letters are printed // 手紙を印刷する加入者の保険者
    #[arg(long, value_name = "CODE", value_parser = InsurerCode::parse)]
    insurer: InsurerCode,
    /// The members' site // 会員向けサイト
    #[arg(long, value_name = "https://…", value_parser = Site::parse)]
    site: Site,
    /// The printer's file, CSV; it must not be there yet, and only you may read it // 印刷所用のファイル（CSV）
    /// 。まだないものを指定します。本人だけが読めるファイルになります
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A folder for an insert of each, PDF, for small numbers; it must not be there yet // 1人ずつの紙（PDF）
    /// のフォルダー。少人数用です。まだないものを指定します
    #[arg(long, value_name = "FOLDER")]
    inserts: Option<PathBuf>,
    /// A member whose letter was lost: another key is drawn, and the former one ends. May be repeated //
    /// 手紙をなくした加入者。キーを作り直し、前のキーは使えなくなります。複数指定できます
    #[arg(long, value_name = "CODE/記号/番号", value_parser = member::read)]
    anew: Vec<MemberKey>,
    /// A run whose file was lost before it was printed: its keys are drawn anew. `operator insurer show` names
    /// the latest // 印刷する前にファイルをなくした回。そのキーを作り直します。最新の回は `operator insurer
    /// show` で分かります
    #[arg(long, value_name = "RUN")]
    redraw: Vec<String>,
    /// The letters are for the survey of the insurer's new deadline, which is still to begin: everybody is
    /// drawn a key whose key is of another deadline // まだ始めていない、新しい期限の調査の手紙です。
    /// ほかの期限のキーの方全員のキーを作ります
    #[arg(long)]
    new_survey: bool,
    /// End what was interrupted: the keys that it has drawn are drawn anew // 中断したものを終えます。
    /// 作ってあったキーは作り直します
    #[arg(long)]
    resume: bool,
    /// A font with Japanese characters for the inserts, in the place of the system's //
    /// システムのものに代えて紙に使う、日本語のフォント
    #[arg(long, value_name = "FILE", requires = "inserts")]
    font: Option<PathBuf>,
    #[command(flatten)]
    by: Accountable,
    #[command(flatten)]
    careful: Careful,
}

/// Why members are drawn a key, and how many.
#[derive(Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    /// They have none, or one of a survey that is over.
    without: u64,
    /// They asked for another letter.
    wanted: u64,
    /// They were named, or their run was.
    anew: u64,
    /// Their key was drawn by a run that was interrupted.
    interrupted: u64,
}

impl Counts {
    fn all(self) -> u64 {
        self.without + self.wanted + self.anew + self.interrupted
    }
}

/// What was written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    run: String,
    keys: u64,
    left_out: u64,
    file: String,
    sha256: String,
    inserts: Option<String>,
    #[serde(skip)]
    is_off: bool,
}

impl Answer for Written {
    fn lines(&self) -> Vec<String> {
        let (file, sha256, run) = (&self.file, &self.sha256, &self.run);
        let (keys, left_out) = (grouped(self.keys), grouped(self.left_out));
        let mut lines = vec![
            say!(ja: "{file}  確認キー {keys} 件（実行 {run}）", en: "{file}  {keys} keys, drawn by the run {run}"),
            format!("SHA-256  {sha256}"),
        ];
        lines.extend(self.inserts.clone());
        if self.left_out > 0 {
            lines.push(say!(ja: "途中で変わった {left_out} 名は含まれません。もう一度実行してください", en: "{left_out} members changed meanwhile and are not in it: run it again"));
        }
        lines.push(say!(
            ja: "確認キーはこのファイルにしかありません。印刷会社へ安全に渡し、印刷が済んだら消してください",
            en: "The keys are in this file and nowhere else: hand it to the printer safely, and delete it once it is printed",
        ));
        if self.is_off {
            lines.push(say!(
                ja: "この保険者の letterKey は off です。手紙が届く前に accepted か required にしてください（`operator insurer put`）",
                en: "The insurer's letterKey is off: say accepted or required before the letters arrive (`operator insurer put`)",
            ));
        }
        lines
    }
}

impl Keys {
    pub(super) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let places = Places {
            out: self.out.clone(),
            inserts: self.inserts.clone(),
        };
        places.refuse_existing()?;
        let insurer = desk.insurer(&self.insurer).await?;
        refuse_when_over(&insurer)?;
        self.refuse_without_deadline(&insurer)?;
        refuse_during_import(desk, &insurer.code).await?;
        let errand = desk
            .writing("letter-keys", self.by.clone(), self.careful.dry_run)
            .await?;
        let noted = desk.insurers.letter_run(&insurer.code).await?;
        let not_printed = noted.as_ref().map(LetterRun::unprinted).unwrap_or_default();
        match (&noted, self.resume, not_printed.is_empty()) {
            (Some(run), false, false) => return Err(letters_under_way(run)),
            (_, true, true) => {
                return Err(Failure::Refused(say!(
                    ja: "中断された作成はありません。--resume なしで実行してください",
                    en: "nothing was interrupted: run it without --resume",
                )));
            }
            _ => {}
        }
        let (addressees, counts) = self.chosen(desk, &insurer, &not_printed).await?;
        if counts.all() == 0 && not_printed.is_empty() {
            return Err(Failure::Refused(say!(
                ja: "確認キーを作成する会員はいません",
                en: "everybody has a key, and nobody asked for another letter",
            )));
        }
        if self.inserts.is_some() && addressees.len() > MOST_INSERTS {
            let most = MOST_INSERTS;
            return Err(Failure::Usage(say!(
                ja: "--inserts は {most} 名までです。印刷会社にはCSVを渡してください",
                en: "--inserts is for {most} members at the most: the printer takes the file",
            )));
        }
        let plan = Self::plan(&insurer, counts, &errand);
        if !self.careful.consents(&plan, desk.format)? {
            return Ok(());
        }
        let mut printer = Printer::begin(&insurer, &self.site, &places, self.font.as_deref())?;
        let mut run = LetterRun {
            run: run_id(),
            operator: errand.operator().to_owned(),
            reason: errand.reason().to_owned(),
            began_at: now(),
            survey: insurer.survey_deadline.clone(),
            not_printed,
            printed: None,
        };
        begin(desk, &errand, &insurer, noted.as_ref(), &run).await?;
        let progress = Progress::of(
            desk.format,
            word!(ja: "作成", en: "drawing"),
            Some(counts.all()),
        );
        let drawing = Drawing {
            desk,
            errand: &errand,
            run: &run,
            progress: &progress,
        };
        let left_out = drawing.draw(&addressees, &mut printer).await;
        let (left_out, (sha256, keys)) =
            match left_out.and_then(|left_out| Ok((left_out, printer.end()?))) {
                Ok(written) => written,
                Err(failure) => return Err(unfinished(failure)),
            };
        drop(progress);
        run.printed = Some(Printed {
            at: now(),
            file: sha256.clone(),
            keys,
        });
        end(desk, &errand, &insurer, &run, counts).await?;
        places.finish().map_err(|error| {
            let out = self.out.display();
            Failure::Failed(say!(
                ja: "{out}.part は完成していますが、名前を {out} に変えられません：{error}",
                en: "{out}.part is complete, and could not be given the name {out}: {error}",
            ))
        })?;
        desk.format.print(&Written {
            run: run.run,
            keys,
            left_out,
            file: self.out.display().to_string(),
            sha256,
            inserts: self.inserts.map(|folder| folder.display().to_string()),
            is_off: insurer.letter_key == LetterKeyRule::Off,
        });
        Ok(())
    }

    /// Refuses to print for a new survey before its deadline is known.
    fn refuse_without_deadline(&self, insurer: &Insurer) -> Result<(), Failure> {
        if self.new_survey && insurer.survey_deadline.is_none() {
            return Err(Failure::Usage(say!(
                ja: "--new-survey には新しい回答締切が必要です。先に `operator insurer put` で surveyDeadline を設定してください",
                en: "--new-survey needs the new deadline: put it first (`operator insurer put`, surveyDeadline)",
            )));
        }
        Ok(())
    }

    /// Who is drawn a key, in the order of the roster's ids, and why.
    async fn chosen(
        &self,
        desk: &Desk,
        insurer: &Insurer,
        not_printed: &[String],
    ) -> Result<(Vec<Addressee>, Counts), Failure> {
        let named = self.anew.iter().map(|key| key.id(insurer.key_rule));
        let mut named: BTreeSet<MemberId> = named.collect();
        let deadline = insurer.survey_deadline.as_ref();
        let (mut chosen, mut counts) = (Vec::new(), Counts::default());
        let mut pages = desk.members.addressees(&insurer.code).await;
        while let Some(page) = pages.next().await? {
            for addressee in page.rows {
                let letter = &addressee.letter;
                let is_named = named.remove(&addressee.member.id);
                let drawn = letter.key.as_ref();
                let drawn = drawn.filter(|drawn| {
                    drawn.is_of(insurer.campaign.as_ref())
                        && (!self.new_survey || drawn.survey.as_ref() == deadline)
                });
                let why = match drawn {
                    None => &mut counts.without,
                    Some(drawn) if not_printed.contains(&drawn.run) => &mut counts.interrupted,
                    Some(drawn) if is_named || self.redraw.contains(&drawn.run) => &mut counts.anew,
                    Some(_) if letter.wanted_at.is_some() => &mut counts.wanted,
                    Some(_) => continue,
                };
                *why += 1;
                chosen.push(addressee);
            }
        }
        if let Some(nobody) = named.first() {
            let (member, code) = (nobody.as_str(), insurer.code.folded());
            return Err(Failure::NotFound(say!(
                ja: "{member} は {code} の名簿にありません",
                en: "{member} is not in the roster of {code}",
            )));
        }
        chosen.sort_by(|a, b| a.member.id.cmp(&b.member.id));
        Ok((chosen, counts))
    }

    fn plan(insurer: &Insurer, counts: Counts, errand: &Errand) -> Plan {
        let code = insurer.code.folded();
        let plan = [
            (counts.without, word!(ja: "確認キーがない、または前の年度のもの", en: "have none of this survey")),
            (counts.wanted, word!(ja: "再送の依頼（いままでのキーは使えなくなります）", en: "asked for another letter; the former key ends")),
            (counts.anew, word!(ja: "作り直し（いままでのキーは使えなくなります）", en: "are drawn anew; the former key ends")),
            (counts.interrupted, word!(ja: "中断された実行の分（そのファイルのキーは使えません）", en: "were drawn by what was interrupted; the keys of its file are void")),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .fold(Plan::default(), |plan, (count, why)| {
            let count = grouped(count);
            plan.with("Members", say!(ja: "{code}：{count} 名：{why}", en: "{code}: {count} {why}"))
        });
        plan.with_event(errand)
    }
}

async fn begin(
    desk: &Desk,
    errand: &Errand,
    insurer: &Insurer,
    seen: Option<&LetterRun>,
    run: &LetterRun,
) -> Result<(), Failure> {
    let begun = desk
        .audit
        .act(&errand.event(subject(&insurer.code), "begun"))
        .with(desk.insurers.begin_letters(&insurer.code, seen, run))
        .commit(&desk.database)
        .await?;
    if let Err(Refused) = begun {
        refuse_during_import(desk, &insurer.code).await?;
        return Err(Failure::changed_meanwhile(
            word!(ja: "名簿か確認キー", en: "the roster or its keys"),
        ));
    }
    Ok(())
}

async fn end(
    desk: &Desk,
    errand: &Errand,
    insurer: &Insurer,
    run: &LetterRun,
    counts: Counts,
) -> Result<(), Failure> {
    let printed = run.printed.as_ref();
    let file = printed
        .map(|printed| printed.file.clone())
        .unwrap_or_default();
    let changes = Import {
        file,
        reading: None,
        added: counts.without,
        changed: counts.all() - counts.without,
        left: 0,
        moved: 0,
    };
    let event = errand.event_of(changes, subject(&insurer.code), "done");
    let ended = desk
        .audit
        .act(&event)
        .with(desk.insurers.end_letters(&insurer.code, run))
        .commit(&desk.database)
        .await;
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Refused)) => Err(Failure::Refused(say!(
            ja: "別の実行がこの作成を引き継ぎました。このファイルのキーは使えないので、消してください",
            en: "another run has taken the place of this one: the keys of this file are void, delete it",
        ))),
        Err(error) => Err(unfinished(error.into())),
    }
}

/// What to do when not all was written.
fn unfinished(failure: Failure) -> Failure {
    let rest = say!(
        ja: "作成は終わっていません。.part のファイルは使えないので消し、--resume を付けて繰り返してください",
        en: "the run has not ended: delete its .part, which is void, and repeat the command with --resume",
    );
    match failure {
        Failure::Failed(cause) => {
            Failure::Failed(say!(ja: "{cause}。{rest}", en: "{cause}. {rest}"))
        }
        other => other,
    }
}
