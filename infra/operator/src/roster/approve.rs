//! `operator roster approve`: somebody else's yes to what was rehearsed of a folder.

use std::path::PathBuf;

use domain::InsurerCode;
use store::{Import, RosterImport};

use super::{
    approval::{KEPT, NAME, Standing, WITHDRAWN, standing},
    delivery::{Delivery, Folder},
    encoding::Inspected,
    guards::Beyond,
    summary::FEW,
};
use crate::{
    answer::grouped,
    audited::{Accountable, Errand},
    change::{Careful, Plan, ask_for},
    desk::Desk,
    failure::Failure,
    input::is_attended,
    insurer::subject,
    language::{say, word},
    world::now,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Approve {
    /// The folder, as it was rehearsed // 予行したときのフォルダー
    folder: PathBuf,
    /// Only this insurer's; may be given several times // この保険者だけ。複数指定できます
    #[arg(long, value_name = "CODE", value_parser = InsurerCode::parse)]
    insurer: Vec<InsurerCode>,
    /// Take an approval back, before it is written; anybody may // 書き込む前に承認を取り消します。
    /// だれでもできます
    #[arg(long)]
    withdraw: bool,
    /// How many insurers have a number beyond their limits, exactly: has to be said where there are any //
    /// 上限を超えた保険者の数（ちょうど）。あるときは指定が必要です
    #[arg(long, value_name = "N")]
    beyond: Option<u64>,
    #[command(flatten)]
    by: Accountable,
    #[command(flatten)]
    careful: Careful,
}

/// A file that may be approved, and what was rehearsed of it.
struct Approvable {
    insurer: InsurerCode,
    import: Import,
}

impl Approve {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let found = Folder::read(&self.folder)?;
        let deliveries: Vec<Delivery> = found
            .deliveries
            .into_iter()
            .filter(|it| self.insurer.is_empty() || self.insurer.contains(&it.insurer))
            .collect();
        if let Some(code) = self
            .insurer
            .iter()
            .find(|code| deliveries.iter().all(|it| it.insurer != **code))
        {
            let code = code.folded();
            return Err(Failure::NotFound(say!(
                ja: "フォルダーに {code} のファイルがありません",
                en: "the folder has no file of {code}",
            )));
        }
        let errand = desk
            .writing(NAME, self.by.clone(), self.careful.dry_run)
            .await?;
        let (mut approvable, mut others) = (Vec::new(), Vec::new());
        for delivery in &deliveries {
            match self.look(desk, &errand, delivery).await? {
                Ok(found) => approvable.push(found),
                Err(why) => others.push(why),
            }
        }
        if approvable.is_empty() {
            return Err(Failure::Refused(others.join("\n  ")));
        }
        let mut plan = approvable.iter().fold(Plan::default(), |plan, it| {
            plan.with("Audit", it.told(self.withdraw))
        });
        for why in others {
            plan = plan.with("", why);
        }
        let plan = plan.with_event(&errand);
        if !self.consents(desk, &plan, &approvable)? {
            return Ok(());
        }
        let outcome = if self.withdraw { WITHDRAWN } else { "done" };
        for it in approvable {
            let event = errand.event_of(it.import, subject(&it.insurer), outcome);
            desk.audit.note(&event).await?;
        }
        desk.format.print(&plan);
        Ok(())
    }

    /// A yes; where a number is beyond its limit, how many insurers have one.
    fn consents(
        &self,
        desk: &Desk,
        plan: &Plan,
        approvable: &[Approvable],
    ) -> Result<bool, Failure> {
        let beyond = approvable
            .iter()
            .filter(|it| !it.beyond().is_empty())
            .count() as u64;
        if self.careful.dry_run || self.withdraw || beyond == 0 || self.beyond == Some(beyond) {
            return self.careful.consents(plan, desk.format);
        }
        if self.beyond.is_none() && is_attended() {
            let warning = say!(
                ja: "  {beyond} 保険者が限度を超えています",
                en: "  {beyond} INSURERS ARE BEYOND THEIR LIMITS",
            );
            return ask_for(beyond, plan.asked().chain([warning])).map(|()| true);
        }
        Err(Failure::Refused(say!(
            ja: "{beyond} 保険者が限度を超えています。--dry-run で確認し、正しければ --beyond {beyond} を付けてください",
            en: "{beyond} insurers are beyond their limits: look at it with --dry-run, and if that is right, repeat the \
                 command with --beyond {beyond}",
        )))
    }

    /// What was rehearsed of a file, or why there is nothing to approve.
    async fn look(
        &self,
        desk: &Desk,
        errand: &Errand,
        delivery: &Delivery,
    ) -> Result<Result<Approvable, String>, Failure> {
        let inspected = Inspected::of(&delivery.file, delivery.mapping.encoding)?;
        let own = RosterImport {
            run: String::new(),
            file: inspected.sha256,
            mode: delivery.mode.name().to_owned(),
            mapping: delivery.mapping.sha256_with(inspected.form),
            operator: errand.operator().to_owned(),
            reason: errand.reason().to_owned(),
            began_at: now(),
            renewed_at: None,
            ended_at: None,
        };
        let insurer = &delivery.insurer;
        let code = insurer.folded();
        let approvable = |import: &Import| Approvable {
            insurer: insurer.clone(),
            import: import.clone(),
        };
        let trail = desk.audit.history(&subject(insurer)).await?;
        Ok(match (standing(&trail, &own, now()), self.withdraw) {
            (Standing::Approved(import), true) => Ok(approvable(import)),
            (_, true) => Err(say!(
                ja: "{code}：承認されていません",
                en: "{code}: it is not approved",
            )),
            (Standing::Approved(_), false) => Err(say!(
                ja: "{code}：すでに承認されています。`operator roster import --all` で書き込めます",
                en: "{code}: it is approved already; `operator roster import --all` writes it",
            )),
            (Standing::Unseen, false) => {
                let days = KEPT.whole_days();
                Err(say!(
                    ja: "{code}：このファイルとマッピングの予行が、{days}日以内にありません。先に `operator roster import --all` で予行し、\
                         問題があれば直してください",
                    en: "{code}: this file with this mapping was not rehearsed within {days} days, or was refused: rehearse \
                         it with `operator roster import --all` first, and mend what it names",
                ))
            }
            (Standing::Waiting(rehearsed), false) => {
                if rehearsed.is_by_another_than(errand.principal()) {
                    Ok(approvable(rehearsed.import))
                } else {
                    // Who tries to be two people is somebody to ask about.
                    let import = rehearsed.import.clone();
                    let event = errand.event_of(import, subject(insurer), "own-rehearsal");
                    desk.audit.note(&event).await?;
                    let by = rehearsed.last_by();
                    Err(say!(
                        ja: "{code}：予行したのと同じAWSの利用者です（{by}）。別の方の認証情報で承認してください",
                        en: "{code}: the same AWS principal has rehearsed it ({by}): somebody else has to approve it, \
                             with credentials of their own",
                    ))
                }
            }
        })
    }
}

impl Approvable {
    /// The numbers that are beyond their limits.
    fn beyond(&self) -> &[String] {
        let reading = self.import.reading.as_ref();
        reading.map_or(&[], |reading| &reading.beyond)
    }

    fn told(&self, withdraws: bool) -> String {
        let code = self.insurer.folded();
        if withdraws {
            return say!(ja: "{code}：承認の取消し", en: "{code}: the approval is taken back");
        }
        let import = &self.import;
        let (new, leave) = (grouped(import.added), grouped(import.left));
        let file = import.file.get(..12).unwrap_or_default();
        let Some(reading) = &import.reading else {
            return format!("{code} {file}");
        };
        let (rows, all) = (grouped(reading.rows), grouped(reading.in_roster));
        let mode = &reading.mode;
        // Of a few, how many change would tell whether a guess is right.
        let changed = if reading.rows - reading.skipped.min(reading.rows) < FEW {
            String::new()
        } else {
            let changed = grouped(import.changed);
            say!(ja: "、変更 {changed}", en: ", changed {changed}")
        };
        let moved = if import.moved == 0 {
            String::new()
        } else {
            let moved = grouped(import.moved);
            say!(ja: "、番号の変更 {moved}", en: ", to another number {moved}")
        };
        let beyond = match self.beyond() {
            [] => String::new(),
            names => {
                let names: Vec<&str> = names.iter().map(|name| Beyond::told(name)).collect();
                let names = names.join(word!(ja: "・", en: ", "));
                say!(ja: "。限度を超えています：{names}", en: "; BEYOND THE LIMIT: {names}")
            }
        };
        say!(
            ja: "{code}：{file}…（--{mode}）、{rows} 行、名簿 {all} 名：追加 {new}{changed}、喪失 {leave}{moved}{beyond}",
            en: "{code}: {file}… (--{mode}), {rows} rows, {all} in the roster: new {new}{changed}, leave {leave}{moved}{beyond}",
        )
    }
}
