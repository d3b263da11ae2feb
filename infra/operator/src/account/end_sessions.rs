//! `operator account end-sessions`.

use super::{Changing, ending::end_all};
use crate::language::{say, word};
use crate::{change::Plan, desk::Desk, failure::Failure};

pub(super) async fn run(desk: &Desk, changing: Changing) -> Result<(), Failure> {
    let Changing { of, careful } = changing;
    let errand = desk
        .writing("account-end-sessions", of.by, careful.dry_run)
        .await?;
    let account = desk.account(&errand, &of.user_id).await?;
    let subject = account.key.subject();
    let plan = |count: usize| {
        Plan::default()
            .with("Accounts", word!(ja: "ログインの一覧を空にします", en: "the list of sessions becomes empty"))
            .with("Sessions", say!(ja: "{count} 件を終了", en: "{count} listed, each deleted"))
            .with_event(&errand)
            .tell("すべての端末でログアウトしました。引き続きご利用の場合は、もう一度ログインしてください。")
    };
    if !desk
        .consents(&errand, &subject, careful, &plan(account.sessions.len()))
        .await?
    {
        return Ok(());
    }
    let ended = end_all(desk, &errand, &account, |seen| {
        desk.accounts.unlist_all_sessions(seen)
    })
    .await?;
    desk.format.print(&plan(ended));
    Ok(())
}
