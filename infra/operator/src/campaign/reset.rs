//! `operator campaign reset`.
//!
//! First the insurer says when the survey began and that accounts are being removed, then they are, then
//! the insurer says so no longer. So it can be interrupted anywhere: who repeats it finds the begin it had,
//! and only what was made before is removed ([ADR 0018](../../../../docs/adr/0018-a-survey-begins-without-accounts.md)).

use domain::SurveyDeadline;
use store::{Campaign, Insurer, LetterRun, Refused};
use time::OffsetDateTime;

use super::Reset;
use crate::language::{say, word};
use crate::{
    change::Plan,
    desk::Desk,
    failure::Failure,
    insurer::{refuse_during_import, subject},
    removal::{Found, Removal},
    world::{begin_of, in_japan, now, to_japan, today},
};

fn question() -> &'static str {
    word!(
        ja: "元に戻せません。保険者と件数を 保険者コード=件数 の形で入力してください: ",
        en: "It cannot be undone. Type CODE=NUMBER, the insurer and the accounts: ",
    )
}

/// Where a reset stands when it is asked for.
enum Standing {
    /// It is to begin, and the insurer becomes this.
    New(Box<Insurer>),
    /// It was interrupted.
    Begun,
}

impl Reset {
    pub(super) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        // Before anything is counted: what is made from now on is of the new survey.
        let at = now();
        let insurer = desk.insurer(&self.insurer).await?;
        let (standing, campaign) = self.standing(&insurer, at)?;
        // What has begun only removes accounts: it goes on beside an import.
        if let Standing::New(_) = standing {
            refuse_during_import(desk, &insurer.code).await?;
        }
        let code = insurer.code.folded();
        let errand = desk
            .writing("campaign-reset", self.by.clone(), self.careful.dry_run)
            .await?;
        let removal = Removal::new(
            desk,
            &errand,
            &insurer.code,
            campaign.began,
            campaign.unused_since,
        );
        let found = if campaign.is_removing {
            removal.count().await?
        } else {
            Found::default()
        };
        let letters = desk.insurers.letter_run(&insurer.code).await?;
        let plan = |found: Found| {
            let plan = plan(&insurer, &campaign, &standing, found);
            with_letters(plan, letters.as_ref(), &insurer, &standing).with_event(&errand)
        };
        let consents = if campaign.is_removing {
            let words = format!("{code}={}", found.accounts);
            self.careful.consents_to_the_end(
                &plan(found),
                desk.format,
                (&words, question()),
                self.confirm.as_deref(),
            )?
        } else {
            self.careful.consents(&plan(found), desk.format)?
        };
        if !consents {
            return Ok(());
        }
        if let Standing::New(next) = &standing {
            let outcome = if campaign.is_removing {
                "begun"
            } else {
                "done"
            };
            let begun: Result<(), Refused> = desk
                .audit
                .act(&errand.event(subject(&insurer.code), outcome))
                .with(desk.insurers.replace(Some(&insurer), next))
                .commit(&desk.database)
                .await?;
            let Ok(()) = begun else {
                refuse_during_import(desk, &insurer.code).await?;
                return Err(Failure::changed_meanwhile(
                    word!(ja: "保険者", en: "the insurer"),
                ));
            };
        }
        let removed = if campaign.is_removing {
            let removed = removal.run(found.accounts).await?;
            desk.audit
                .act(&errand.done(subject(&insurer.code)))
                .with(desk.insurers.end_removal(&insurer.code, &campaign))
                .commit(&desk.database)
                .await?
                .map_err(|Refused| {
                    Failure::Refused(
                        say!(ja: "この切替えは、ほかの人が先に終えました。`operator stats` はそこから数えます", en: "somebody else has finished this reset beside you: `operator stats` counts from it"),
                    )
                })?;
            removed
        } else {
            Found::default()
        };
        desk.format.print(&plan(removed));
        Ok(())
    }

    /// What there is to do, or why it is not to be done.
    fn standing(
        &self,
        insurer: &Insurer,
        at: OffsetDateTime,
    ) -> Result<(Standing, Campaign), Failure> {
        let (code, asked) = (insurer.code.folded(), self.deadline.iso());
        let unused_since = self.unused_since.map(begin_of);
        if let Some(campaign) = &insurer.campaign {
            let (began, deadline) = (in_japan(campaign.began), campaign.deadline.iso());
            let is_same = campaign.deadline == self.deadline;
            let removes_same = !self.keep_accounts && campaign.unused_since == unused_since;
            if campaign.is_removing && !(is_same && removes_same) {
                let since = campaign.unused_since.map_or(String::new(), |since| {
                    let day = to_japan(since).date();
                    format!(" --unused-since {day}")
                });
                return Err(Failure::Refused(
                    say!(ja: "{code} の {began} からの切替えが終わっていません。先に --deadline {deadline}{since} で繰り返してください。締切は、そのあとで変えられます（`operator insurer put`）", en: "the reset of {code} that began at {began} is not finished: repeat it first, with --deadline {deadline}{since}; another deadline can be put when it is (`operator insurer put`)"),
                ));
            }
            if campaign.is_removing {
                return Ok((Standing::Begun, campaign.clone()));
            }
            if is_same {
                return Err(Failure::Refused(
                    say!(ja: "{code} の {asked} までの年度は {began} に始まっています。そのあと登録した会員が、登録し直すことになります。締切だけなら `operator insurer put` で変えられます。元に戻した切替えをやり直すときは、別の --deadline で始めてから直してください", en: "the survey of {code} until {asked} began at {began}: who has registered since would have to do it again. Another deadline alone is changed by `operator insurer put`; a reset that was undone begins again with another --deadline, which is then put right"),
                ));
            }
        }
        if self.deadline.is_over(today()) {
            return Err(Failure::Usage(
                say!(ja: "--deadline {asked} は過ぎています", en: "--deadline {asked} is over"),
            ));
        }
        if let Some(day) = self.unused_since.filter(|day| *day > today()) {
            return Err(Failure::Usage(
                say!(ja: "--unused-since {day} はまだ来ていません", en: "--unused-since {day} is yet to come"),
            ));
        }
        let campaign = Campaign {
            began: at,
            deadline: self.deadline.clone(),
            is_removing: !self.keep_accounts,
            unused_since,
        };
        let mut next = Insurer {
            campaign: Some(campaign.clone()),
            ..insurer.clone()
        };
        // The opening day and the address are those of the deadline that they were put with: beside another one, last
        // year's would say that this year's survey is open, and lead to last year's.
        if next.survey_deadline.as_ref() != Some(&self.deadline) {
            next.survey_deadline = Some(self.deadline.clone());
            next.survey_opens = None;
            next.survey_address = None;
        }
        Ok((Standing::New(Box::new(next)), campaign))
    }
}

/// With what becomes of the letters whose keys were drawn for the survey before.
fn with_letters(
    plan: Plan,
    letters: Option<&LetterRun>,
    insurer: &Insurer,
    standing: &Standing,
) -> Plan {
    let deadline = match standing {
        Standing::New(next) => next.survey_deadline.as_ref(),
        Standing::Begun => None,
    };
    let before = insurer.campaign.as_ref().map(|campaign| campaign.began);
    let printed = letters.filter(|run| Some(run.began_at) > before);
    let (Some(run), Standing::New(_)) = (printed, standing) else {
        return plan;
    };
    let began = in_japan(run.began_at);
    let stays = run.survey.as_ref() == deadline;
    plan.with(
        "Members",
        if stays {
            say!(ja: "この締切のために {began} に作成した確認キーは、そのまま使えます", en: "the keys of letters drawn at {began} are for this deadline, and stay")
        } else {
            say!(ja: "{began} に作成した確認キーは別の締切のもので、使えなくなります", en: "the keys of letters drawn at {began} are for another deadline, and end")
        },
    )
}

fn told_accounts(campaign: &Campaign, accounts: u64) -> String {
    match campaign.unused_since {
        None => say!(
            ja: "それ以前の {accounts} 件を消去（会員との対応も）",
            en: "{accounts} made before are removed, each with its member's claim",
        ),
        Some(since) => {
            let day = to_japan(since).date();
            say!(
                ja: "{day} から使われていない {accounts} 件を消去（会員との対応も）",
                en: "{accounts} that nobody has used since {day} are removed, each with its member's claim",
            )
        }
    }
}

/// With what of the survey before is taken away.
fn with_what_ends(mut plan: Plan, insurer: &Insurer, next: &Insurer) -> Plan {
    let code = insurer.code.folded();
    if let (Some(opens), None) = (&insurer.survey_opens, &next.survey_opens) {
        let opens = opens.iso();
        plan = plan.with(
            "Insurers",
            say!(ja: "{code}：回答開始日 {opens} → なし", en: "{code}: surveyOpens: {opens} -> none"),
        );
    }
    if let (Some(address), None) = (&insurer.survey_address, &next.survey_address) {
        let address = address.as_str();
        plan = plan.with(
            "Insurers",
            say!(ja: "{code}：回答サイト {address} → なし", en: "{code}: surveyAddress: {address} -> none"),
        );
    }
    plan
}

fn plan(insurer: &Insurer, campaign: &Campaign, standing: &Standing, found: Found) -> Plan {
    let code = insurer.code.folded();
    let (began, deadline) = (in_japan(campaign.began), campaign.deadline.iso());
    let before = insurer.survey_deadline.as_ref();
    let before = before.map_or(
        word!(ja: "なし", en: "none").to_owned(),
        SurveyDeadline::iso,
    );
    let plan = match standing {
        Standing::New(next) => with_what_ends(
            Plan::default().with(
                "Insurers",
                say!(ja: "{code}：回答締切 {before} → {deadline}", en: "{code}: surveyDeadline: {before} -> {deadline}"),
            ),
            insurer,
            next,
        )
        .with("Insurers", say!(ja: "{code}：年度の開始 {began}", en: "{code}: the survey begins at {began}")),
        Standing::Begun => Plan::default().with(
            "Insurers",
            say!(ja: "{code}：{began} からの切替えを終えます", en: "{code}: the reset that began at {began} is finished"),
        ),
    };
    if !campaign.is_removing {
        return plan;
    }
    plan.with(
        "Accounts",
        told_accounts(campaign, found.accounts),
    )
    .with(
        "Sessions",
        { let sessions = found.sessions; say!(ja: "{sessions} 件を終了", en: "{sessions} listed, each deleted") },
    )
    .with(
        "Audit",
        say!(ja: "アカウントと会員ごとに1件の記録", en: "an event of each account and of its member"),
    )
}
