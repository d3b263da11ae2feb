//! `operator account unlock`.

use domain::OPENED_FOR;
use store::{Guessed, Refused, Share};

use super::Changing;
use crate::{
    change::Plan,
    desk::Desk,
    failure::Failure,
    language::{say, word},
    world::{in_japan, now},
};

pub(super) async fn run(desk: &Desk, changing: Changing) -> Result<(), Failure> {
    let Changing { of, careful } = changing;
    let errand = desk
        .writing("account-unlock", of.by, careful.dry_run)
        .await?;
    let account = desk.account(&errand, &of.user_id).await?;
    let subject = account.key.subject();
    let devices = account.devices.len();
    let until = now() + OPENED_FOR;
    let opened = in_japan(until);
    let plan = Plan::default()
        .with(
            "Throttles",
            say!(
                ja: "パスワードの誤りの回数（使った端末 {devices} 台の分も）と、パスワード再設定の申し込みの回数を消します",
                en: "the wrong passwords are forgotten, those of {devices} known browsers too, and the resets asked for",
            ),
        )
        .with(
            "Accounts",
            say!(
                ja: "opened_until を {opened} とします。それまでは、他人の誤りで本人が締め出されることはありません",
                en: "opened_until becomes {opened}: until then strangers lock nobody out but themselves",
            ),
        )
        .with_event(&errand)
        .tell("すぐにもう一度ログインをお試しいただけます。パスワードをお忘れの場合は、「パスワードを忘れた方はこちら」から再設定してください。");
    if !desk.consents(&errand, &subject, careful, &plan).await? {
        return Ok(());
    }
    let event = errand.done(subject);
    let by_anybody = Guessed::ByAnybody(&account.user_id);
    let by_devices = account
        .devices
        .iter()
        .map(|device| Guessed::ByDevice(&account.user_id, &device.token));
    let closed = std::iter::once(by_anybody).chain(by_devices);
    desk.audit
        .act(&event)
        .with(desk.accounts.open_until(&account, until))
        .and_all(closed.map(|guessed| desk.throttles.reset_login(guessed)))
        .and(
            desk.throttles
                .forget_share(Share::Reset(&account.user_id, &account.email)),
        )
        .commit(&desk.database)
        .await?
        .map_err(|Refused| {
            Failure::changed_meanwhile(word!(ja: "アカウント", en: "the account"))
        })?;
    desk.format.print(&plan);
    Ok(())
}
