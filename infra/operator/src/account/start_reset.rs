//! `operator account start-reset`: the way back for who cannot read the account's address any more.
//!
//! It notes an address and nothing else. The code goes there only when the member asks for it, and the
//! password is the member's: an operator can start a reset and not finish it.

use domain::RECOVERY_VALID;
use store::{Recovery, Refused};

use super::Changing;
use crate::language::{say, word};
use crate::{
    change::Plan,
    desk::Desk,
    failure::Failure,
    input,
    world::{in_japan, now, said},
};

pub(super) async fn run(desk: &Desk, changing: Changing) -> Result<(), Failure> {
    let Changing { of, careful } = changing;
    let email = input::address()?;
    let errand = desk
        .writing("account-start-reset", of.by, careful.dry_run)
        .await?;
    let account = desk.account(&errand, &of.user_id).await?;
    let subject = account.key.subject();
    if account.is_disabled() {
        let message = word!(ja: "アカウントは停止中です。先に再開するか、そのままにしてください", en: "the account is disabled: enable it first, or leave it so");
        return Err(desk.refuse(&errand, subject, "disabled", message).await);
    }
    if account.email.is_same_as(&email) {
        let message = word!(ja: "既にこのアカウントのアドレスです。会員が自分で、このアドレスでパスワードを再設定できます", en: "this is the account's address already: the member can ask for a new password with it, without you");
        return Err(desk.refuse(&errand, subject, "same-address", message).await);
    }
    let until = now() + RECOVERY_VALID;
    let recovery = Recovery { email, until };
    let plan = Plan::default()
        .with(
            "Accounts",
            { let email = recovery.email.masked(); let until = in_japan(until); say!(ja: "recovery_email を {email}、recovery_until を {until} にします", en: "recovery_email becomes {email}, recovery_until {until}") },
        )
        .with_event(&errand)
        .tell("ログイン画面の「パスワードを忘れた方はこちら」を開き、ユーザーIDと、いまお伝えいただいたメールアドレスを入力してください。")
        .tell(format!(
            "届いた認証番号で、新しいパスワードをご自身で設定していただきます。受付は{}までです。",
            said(until)
        ))
        .tell("再設定が終わると、このメールアドレスがご登録のアドレスになり、以前のアドレスにもお知らせが届きます。");
    if !desk.consents(&errand, &subject, careful, &plan).await? {
        return Ok(());
    }
    let event = errand.done(subject);
    desk.audit
        .act(&event)
        .with(desk.accounts.note_recovery(&account, &recovery))
        .commit(&desk.database)
        .await?
        .map_err(|Refused| {
            Failure::changed_meanwhile(word!(ja: "アカウント", en: "the account"))
        })?;
    desk.format.print(&plan);
    Ok(())
}
