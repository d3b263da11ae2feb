//! `operator member open`.

use domain::{MEMBER_CODES, MEMBER_USER_IDS, OPENED_FOR};
use store::{Refused, Share};

use super::{OfMember, counting, throttled};
use crate::{
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    language::{say, word},
    world::{in_japan, now},
};

pub(super) async fn run(desk: &Desk, of: OfMember, careful: Careful) -> Result<(), Failure> {
    let errand = desk.writing("member-open", of.by, careful.dry_run).await?;
    let insurer = desk.insurer(&of.member.insurer).await?;
    let id = of.member.id(insurer.key_rule);
    let (counted_as, at) = (throttled(&of.member), now());
    let reads = (
        desk.members.read(&id),
        desk.throttles.read_identity(&counted_as),
        desk.throttles.read_share(Share::UserIdsOfMember(&id)),
        desk.throttles.read_share(Share::CodesOfMember(&id)),
    );
    let (in_roster, tries, user_ids, codes) = desk.database.read(reads).await?;
    if in_roster.is_none() {
        desk.note(&errand, id.subject(), "not-found").await?;
        let member = id.as_str();
        return Err(Failure::NotFound(say!(
            ja: "{member} は名簿にありません。記号と番号を確かめるか、保険者にお問い合わせください",
            en: "{member} is not in the roster: check 記号 and 番号, or ask the insurer",
        )));
    }
    let wrong = tries.flatten().map_or(0, |tries| tries.wrong.len());
    let (member, until) = (id.as_str(), in_japan(at + OPENED_FOR));
    let user_ids = counting(user_ids, MEMBER_USER_IDS, at);
    let codes = counting(codes, MEMBER_CODES, at);
    let plan = Plan::default()
        .with(
            "Throttles",
            say!(
                ja: "{member} の入力の誤り {wrong} 回分を消し、{until} までは停止しないようにします",
                en: "{wrong} wrong entries for {member} are forgotten; until {until} nobody closes it",
            ),
        )
        .with(
            "Throttles",
            say!(
                ja: "登録の途中で使ったユーザーIDの候補 {user_ids} 件分と、送った認証番号 {codes} 通分を消します",
                en: "{user_ids} answers about user IDs and {codes} codes mailed are forgotten",
            ),
        )
        .with_event(&errand)
        .tell(
            "24時間は、初回ログイン画面からいつでもお手続きいただけます。\
             まだ「一時的に受付を停止しています」と表示される場合は、スマートフォンの回線など別のネットワークからお試しください。",
        );
    if !desk
        .consents(&errand, &id.subject(), careful, &plan)
        .await?
    {
        return Ok(());
    }
    desk.audit
        .act(&errand.done(id.subject()))
        .with(desk.members.still_there(&id))
        .and(desk.throttles.open_identity(&counted_as, at))
        .and(desk.throttles.forget_share(Share::UserIdsOfMember(&id)))
        .and(desk.throttles.forget_share(Share::CodesOfMember(&id)))
        .commit(&desk.database)
        .await?
        .map_err(|Refused| Failure::changed_meanwhile(word!(ja: "名簿", en: "the roster")))?;
    desk.format.print(&plan);
    Ok(())
}
