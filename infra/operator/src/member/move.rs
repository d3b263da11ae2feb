//! `operator member move`: a member under another 記号 and 番号.

use domain::MemberKey;

use crate::{
    audited::{Accountable, Errand},
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    insurer::refuse_during_import,
    language::{say, word},
    moving::{Against, Mover, Moving, NAME, Seen, written as as_typed},
};

pub(super) async fn run(
    desk: &Desk,
    from: &MemberKey,
    to: &MemberKey,
    by: Accountable,
    careful: Careful,
) -> Result<(), Failure> {
    let errand = desk.writing(NAME, by, careful.dry_run).await?;
    if from.insurer != to.insurer {
        return Err(Failure::Usage(say!(
            ja: "別の保険者へは移せません。移った先の保険者の名簿に載せ、会員に登録し直してもらってください",
            en: "nobody moves to another insurer: they come into its roster, and register there",
        )));
    }
    let insurer = desk.insurer(&from.insurer).await?;
    refuse_during_import(desk, &insurer.code).await?;
    let moving = Moving {
        from: from.id(insurer.key_rule),
        to: to.id(insurer.key_rule),
        symbol: to
            .symbol
            .as_ref()
            .map_or("", |symbol| symbol.folded())
            .to_owned(),
        number: to.number.folded().to_owned(),
    };
    if moving.from == moving.to {
        return Err(Failure::Usage(say!(
            ja: "どちらも同じ会員です",
            en: "both are the same member",
        )));
    }
    let tables = Mover::at(desk);
    let seen = tables.look(&moving).await?;
    let subject = moving.from.subject();
    if seen.row.is_none() && seen.account.is_none() {
        desk.note(&errand, subject, "not-found").await?;
        let member = as_typed(&moving.from);
        return Err(Failure::NotFound(say!(
            ja: "{member} は名簿になく、アカウントもありません",
            en: "{member} is not in the roster and has no account",
        )));
    }
    if let Some(against) = tables.against(&moving, &seen).await? {
        let message = against.words(&moving.to);
        return Err(desk
            .refuse(&errand, subject, against.outcome(), &message)
            .await);
    }
    let plan = plan(&moving, &seen, &errand);
    if !desk.consents(&errand, &subject, careful, &plan).await? {
        return Ok(());
    }
    let written = tables.write(&moving, &errand, seen).await?;
    written.map_err(|against| match against {
        Against::Changed => Failure::changed_meanwhile(word!(ja: "会員", en: "the member")),
        other => Failure::Refused(other.words(&moving.to)),
    })?;
    desk.format.print(&plan);
    Ok(())
}

fn plan(moving: &Moving, seen: &Seen, errand: &Errand) -> Plan {
    let to = as_typed(&moving.to);
    let mut plan = Plan::default();
    if seen.row.is_some() {
        plan = plan.with(
            "Members",
            if seen.is_there {
                say!(ja: "{to} は既にあり、以前の行は消えます", en: "{to} is there already, and the former row goes")
            } else {
                say!(ja: "行は {to} になります", en: "the row becomes {to}")
            },
        );
    }
    if let Some(account) = &seen.account {
        let sessions = account.sessions.len();
        plan = plan
            .with(
                "Accounts",
                say!(ja: "アカウントは {to} のものになります", en: "the account becomes that of {to}"),
            )
            .with(
                "Sessions",
                say!(ja: "{sessions} 件を終了", en: "{sessions} listed, each deleted"),
            );
    }
    plan.with_event(errand).tell(
        "記号・番号を変更しました。いままでのユーザーIDとパスワードで、もう一度ログインしてください。",
    )
}
