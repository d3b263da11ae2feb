//! `operator account unlock`.

use domain::OPENED_FOR;
use store::{Guessed, Refused};

use super::Changing;
use crate::{
    audited::Errand,
    change::Plan,
    desk::Desk,
    failure::Failure,
    world::{in_japan, now},
};

pub(super) async fn run(desk: &Desk, changing: Changing) -> Result<(), Failure> {
    let Changing { of, careful } = changing;
    let errand = Errand::writing("account-unlock", of.by, careful.dry_run);
    let account = desk.account(&errand, &of.user_id).await?;
    let subject = account.key.subject();
    let devices = account.devices.len();
    let until = now() + OPENED_FOR;
    let plan = Plan::default()
        .with(
            "Throttles",
            format!("the wrong passwords are forgotten, those of {devices} known browsers too"),
        )
        .with(
            "Accounts",
            format!(
                "opened_until becomes {}: until then strangers lock nobody out but themselves",
                in_japan(until)
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
        .commit(&desk.database)
        .await?
        .map_err(|Refused| Failure::changed_meanwhile("the account"))?;
    desk.format.print(&plan);
    Ok(())
}
