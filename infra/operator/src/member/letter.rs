//! `operator member letter`: another letter for who has lost it. Its key is drawn with the printer's next file.

use store::{Addressee, Refused};

use super::OfMember;
use crate::{
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    language::{say, word},
    world::{in_japan, now},
};

pub(super) async fn run(desk: &Desk, of: OfMember, careful: Careful) -> Result<(), Failure> {
    let errand = desk
        .writing("member-letter", of.by, careful.dry_run)
        .await?;
    let insurer = desk.insurer(&of.member.insurer).await?;
    let id = of.member.id(insurer.key_rule);
    let member = id.as_str();
    let reads = (
        desk.members.read_addressee(&id),
        desk.accounts.read_claim(&id),
    );
    let (addressee, claim) = desk.database.read(reads).await?;
    let Some(Addressee { letter, .. }) = addressee else {
        desk.note(&errand, id.subject(), "not-found").await?;
        return Err(Failure::NotFound(say!(
            ja: "{member} は名簿にありません。記号と番号を確かめるか、保険者にお問い合わせください",
            en: "{member} is not in the roster: check 記号 and 番号, or ask the insurer",
        )));
    };
    if claim.is_some() {
        let message = say!(
            ja: "{member} は登録済みです。手紙は要りません。ログインできないときは `operator account find --member` で調べてください",
            en: "{member} has an account and needs no letter: if the login fails, look with `operator account find --member`",
        );
        return Err(desk
            .refuse(&errand, id.subject(), "has-account", &message)
            .await);
    }
    let drawn = letter
        .key
        .filter(|key| key.is_of(insurer.campaign.as_ref()));
    let change = match (
        letter.wanted_at.map(in_japan),
        drawn.map(|key| in_japan(key.at)),
    ) {
        (Some(at), Some(_)) => {
            let message = say!(
                ja: "{member} の再送は {at} に受付済みで、次の印刷に入ります",
                en: "another letter for {member} was asked for at {at}, and is in the printer's next file",
            );
            return Err(desk
                .refuse(&errand, id.subject(), "wanted-already", &message)
                .await);
        }
        (_, None) => {
            let message = say!(
                ja: "{member} の確認キーはまだなく、頼まなくても次の印刷に入ります",
                en: "{member} has no key yet, and is in the printer's next file anyway",
            );
            return Err(desk.refuse(&errand, id.subject(), "no-key", &message).await);
        }
        (None, Some(at)) => say!(
            ja: "{member} の手紙を次の印刷に入れます。{at} に作成した確認キーは、それまで使えます",
            en: "another letter for {member} comes into the printer's next file; the key drawn at {at} is good until then",
        ),
    };
    let plan = Plan::default()
        .with("Members", change)
        .with_event(&errand)
        .tell("新しいご案内を、次の発送でお届けします。前のご案内が見つかった場合は、届くまでそのままお使いいただけます。");
    if !desk
        .consents(&errand, &id.subject(), careful, &plan)
        .await?
    {
        return Ok(());
    }
    desk.audit
        .act(&errand.done(id.subject()))
        .with(desk.members.want_letter(&id, now()))
        .commit(&desk.database)
        .await?
        .map_err(|Refused| Failure::changed_meanwhile(word!(ja: "名簿", en: "the roster")))?;
    desk.format.print(&plan);
    Ok(())
}
