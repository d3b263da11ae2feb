//! `operator account disable` and `operator account enable`.

use store::Refused;

use super::{Changing, ending::end_all};
use crate::language::{say, word};
use crate::{change::Plan, desk::Desk, failure::Failure, world::now};

pub(super) async fn disable(desk: &Desk, changing: Changing) -> Result<(), Failure> {
    let Changing { of, careful } = changing;
    let errand = desk
        .writing("account-disable", of.by, careful.dry_run)
        .await?;
    let account = desk.account(&errand, &of.user_id).await?;
    let subject = account.key.subject();
    if account.is_disabled() {
        let message = word!(ja: "アカウントは既に停止しています。再開するには `operator account enable`", en: "the account is disabled already: `operator account enable` undoes it");
        return Err(desk
            .refuse(&errand, subject, "already-disabled", message)
            .await);
    }
    let plan = |count: usize| {
        Plan::default()
            .with("Accounts", word!(ja: "disabled_at を記入し、ログインの一覧を空にします", en: "disabled_at is set, the list of sessions becomes empty"))
            .with("Sessions", say!(ja: "{count} 件を終了", en: "{count} listed, each deleted"))
            .with_event(&errand)
            .tell("アカウントを停止しました。再開するまで、ログインもパスワードの再設定もできません。")
    };
    if !desk
        .consents(&errand, &subject, careful, &plan(account.sessions.len()))
        .await?
    {
        return Ok(());
    }
    let at = now();
    let ended = end_all(desk, &errand, &account, |seen| {
        desk.accounts.disable(seen, at)
    })
    .await?;
    desk.format.print(&plan(ended));
    Ok(())
}

pub(super) async fn enable(desk: &Desk, changing: Changing) -> Result<(), Failure> {
    let Changing { of, careful } = changing;
    let errand = desk
        .writing("account-enable", of.by, careful.dry_run)
        .await?;
    let account = desk.account(&errand, &of.user_id).await?;
    let subject = account.key.subject();
    let Some(disabled_at) = account.disabled_at else {
        let message = word!(ja: "アカウントは停止していません", en: "the account is not disabled: there is nothing to enable");
        return Err(desk.refuse(&errand, subject, "not-disabled", message).await);
    };
    let plan = Plan::default()
        .with(
            "Accounts",
            word!(ja: "disabled_at を消します", en: "disabled_at is removed"),
        )
        .with_event(&errand)
        .tell("アカウントを再開しました。いままでのユーザーIDとパスワードでログインできます。");
    if !desk.consents(&errand, &subject, careful, &plan).await? {
        return Ok(());
    }
    let event = errand.done(subject);
    desk.audit
        .act(&event)
        .with(desk.accounts.enable(&account, disabled_at))
        .commit(&desk.database)
        .await?
        .map_err(|Refused| {
            Failure::changed_meanwhile(word!(ja: "アカウント", en: "the account"))
        })?;
    desk.format.print(&plan);
    Ok(())
}
